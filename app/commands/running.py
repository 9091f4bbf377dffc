"""`rightsdesk run`, `health`, `migrate`."""

import asyncio
import gc
import json
import signal
import sys
import urllib.error
import urllib.request
from argparse import Namespace
from typing import TYPE_CHECKING

from app import logs
from app.cli import FINDING, FINE, Finding
from app.commands.terminal import answer_json
from app.settings.declared import Settings, load
from app.speech import said
from app.timepiece import SystemTimepiece

if TYPE_CHECKING:
    from app.service import Service


def run(_args: Namespace) -> int:
    """The service."""
    settings = load(for_running=True)
    logs.set_up()
    return asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> int:
    # Telegram's library alone takes seconds to import, so the settings are told to be wrong before that.
    from app.service import Service

    service = Service(settings, SystemTimepiece())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, service.stop)
    settled = loop.create_task(_settled(service))
    try:
        return await service.run()
    finally:
        settled.cancel()


async def _settled(service: "Service") -> None:
    """Once it serves, what was loaded for that is not looked through for garbage any more: each time took a tenth of a second."""
    await service.started.wait()
    gc.collect()
    gc.freeze()


def health(args: Namespace) -> int:
    """Ask the running service."""
    http = load().http
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(http.host, http.host)  # noqa: S104 - asked here, not listened on
    url = f"http://{f'[{host}]' if ':' in host.strip('[]') and not host.startswith('[') else host}:{http.port}/healthz"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=4) as answer:
            report = json.loads(answer.read())
    except urllib.error.HTTPError as error:
        report = json.loads(error.read() or b"{}")
    except (OSError, ValueError) as error:
        raise Finding(
            said("The service does not answer on %(url)s: %(error)s.", url=url, error=getattr(error, "reason", error))
        ) from error
    alive, well = report.get("status") in {"ok", "degraded"}, report.get("status") == "ok"
    if args.json:
        answer_json(report)
    else:
        verdict = said("The service is well.") if well else said("The service is not well.")
        if alive and not well:
            verdict = said("The service runs, but a channel is in trouble.")
        print(verdict, file=sys.stdout if well else sys.stderr)
        for name, runs in report.get("loops", {}).items():
            print(f"  {name}: {said('runs') if runs else said('HAS ENDED')}")
        for name, state in report.get("sources", {}).items():
            print(f"  {name}: {state}")
    return FINE if well or (alive and args.alive) else FINDING


def migrate(args: Namespace) -> int:
    """Bring the database to this version, or to the state after one migration."""
    from models.store import connect

    done = asyncio.run(connect.migrate(load().database_url, args.to))
    for name in done:
        print(f"{name}: {said('undone') if args.to and name > args.to else said('applied')}")
    if not done:
        print(said("The database is up to date."))
    return FINE
