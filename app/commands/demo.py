"""`rightsdesk demo`: the whole desk with a local Telegram and mail server; with --script, one story that ends by itself."""

import asyncio
import shutil
import signal
import sys
from argparse import Namespace
from datetime import datetime
from pathlib import Path
from typing import Final

from app import logs
from app.cli import FINDING, FINE, Finding
from app.speech import language, said
from app.timepiece import MovableTimepiece

FOLDER: Final = Path("var/demo")
STORY_FOLDER: Final = Path("var/demo-story")
# A Thursday before the New Year gap: the date where counting is hardest to do in one's head.
STORY_BEGINS: Final = datetime.fromisoformat("2026-12-10T11:00:00+03:00")


def demo(args: Namespace) -> int:
    """Play the story, or run until Ctrl-C."""
    folder = STORY_FOLDER if args.script else FOLDER
    if args.script or args.fresh:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    print(said("The demo begins: importing Telegram's library takes some seconds …"), file=sys.stderr)
    with (folder / "desk.log").open("a", encoding="utf-8") as log:
        logs.set_up(stream=log, console=False)
        return asyncio.run(_story(folder) if args.script else _stay(folder))


async def _story(folder: Path) -> int:
    from app.demo.stage import Stage, StepFailed
    from app.demo.story import play
    from app.demo.world import opened
    from app.service import Service

    timepiece = MovableTimepiece(folder / "clock.json")
    timepiece.offset = STORY_BEGINS - MovableTimepiece(folder / "none")()
    async with opened(folder, timepiece, DESK_STAFF__UNDO_SECONDS="1") as world, asyncio.TaskGroup() as group:
        stage = Stage(world, language(), sys.stdout)
        service = Service(world.settings, timepiece)
        serving = group.create_task(service.run(), name="service")
        started = group.create_task(service.started.wait(), name="started")
        await asyncio.wait({serving, started}, return_when=asyncio.FIRST_COMPLETED)
        started.cancel()
        failed: StepFailed | None = None
        try:
            if not serving.done():
                await play(stage, service, timepiece)
        except StepFailed as error:
            failed = error
        service.stop()
    if failed is not None:
        raise Finding(said("\n✗ %(failed)s.\n  The log is in %(what)s.", failed=failed, what=folder / "desk.log"))
    if serving.result():
        raise Finding(said("\n✗ A loop of the service died. The log is in %(what)s.", what=folder / "desk.log"))
    print("\n✓ " + ("Всё произошло на самом деле." if stage.lang == "ru" else "Every step really happened."))
    return FINE


async def _stay(folder: Path) -> int:
    from app.demo.page import Page
    from app.demo.world import opened
    from app.service import Service

    timepiece = MovableTimepiece(folder / "clock.json")
    async with opened(folder, timepiece) as world:
        service = Service(world.settings, timepiece)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, service.stop)
        async with Page(world, service, timepiece) as page, asyncio.TaskGroup() as group:
            group.create_task(page.introduce(sys.stdout), name="introduction")
            serving = group.create_task(service.run(), name="service")
    return FINDING if serving.result() else FINE
