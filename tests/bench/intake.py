"""What a waiting mail costs until it is a ticket with a queued acknowledgement, and until that is delivered, by stages.

    python -m tests.bench.intake [--mails 1000] [--database sqlite|postgres] [--why] [--keep docs/bench.md]

One process, real letters, a database that waits for the disk. The first stage is what a mail costs at the least here:
read, and one commit of its own. Every other is compared with it, so that the speed of a machine falls out. `--why` prints
the statements that are sent most, `--keep` appends the run as a line of JSON to a file.
"""

import argparse
import asyncio
import json
import logging
import os
import platform
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import structlog

from bot.delivery import AT_ONCE
from desk.flow import delivery, inbound
from desk.flow.inbound import Item
from mail import scanners
from mail.delivery import AHEAD, CONNECTIONS
from mail.door import MailDoor
from mail.parsing.parse import parse
from models import Inbound, Outbox, Ticket
from models.store.connect import opened, transaction
from tests.bench.calls import counting
from tests.desk.people import Now, RecordingDoor, make_desk
from tests.servers.base import Workspace
from tests.servers.postgres import Postgres

SOURCE = "mail:support@desk.example:INBOX:1"


@dataclass(frozen=True)
class Stage:
    """One stage of so many mails: how long it took, and what was sent to the database."""

    name: str
    mails: int
    seconds: float
    calls: Counter[str]

    @property
    def a_second(self) -> float:
        return self.mails / self.seconds

    @property
    def calls_a_mail(self) -> float:
        return self.calls.total() / self.mails


def raw(number: int) -> bytes:
    """A letter of a person who has not written before."""
    message = EmailMessage()
    message["From"] = f"Person {number} <p{number}@people.test>"
    message["To"], message["Subject"] = "support@desk.example", "Withdrawal Statement"
    message["Message-ID"] = f"<m{number}@people.test>"
    message.set_content(f"Отзываю согласие на обработку персональных данных, номер {number}.")
    return message.as_bytes()


async def measure(mails: int, folder: Path, *, first: int = 0, processes: int = 0) -> list[Stage]:
    """The stages of so many mails on the open database, read by so many processes beside this one."""
    desk, now = make_desk(folder), Now()
    raws = [raw(first + number) for number in range(mails)]
    door, out = MailDoor(desk, processes=processes), [_door_out(name) for name in ("mail", "staff", "telegram")]
    items = [Item(first + n, f"mail:p{first + n}@people.test", now(), one) for n, one in enumerate(raws, 1)]

    async def floor() -> None:
        for n, one in enumerate(raws):
            parse(one)
            async with transaction():
                await Inbound.create(
                    channel="floor",
                    source=f"floor:{first}",
                    position=n,
                    conversation="",
                    received_at=now(),
                    stored_at=now(),
                    next_try_at=now(),
                    size=len(one),
                    sealed=one,
                    state="done",
                )

    async def stored() -> None:
        for begin in range(0, mails, 100):
            await inbound.store_many(desk, "mail", SOURCE, items[begin : begin + 100], now())

    async def taken() -> None:
        await inbound.drain(desk, {"mail": door}, now)

    async def delivered() -> None:
        # Side by side, as in the process.
        await asyncio.gather(*(delivery.drain(desk, one, now) for one in out))

    stages = [
        await _stage(name, mails, work)
        for name, work in {"read + one commit": floor, "stored": stored, "taken": taken, "delivered": delivered}.items()
    ]
    await door.close()
    assert await Ticket.filter(id__gt=0).count() >= mails
    assert not await Outbox.filter(state="waiting").exists()
    return stages


def _door_out(channel: str) -> RecordingDoor:
    """A door out that takes as many rows at once as the real one."""
    door = RecordingDoor(channel)
    door.at_once, door.ahead = (CONNECTIONS, AHEAD) if channel == "mail" else (AT_ONCE[channel], 0)
    return door


async def _stage(name: str, mails: int, work: Callable[[], Awaitable[None]]) -> Stage:
    with counting() as calls:
        began = time.perf_counter()
        await work()
        return Stage(name, mails, time.perf_counter() - began, Counter(calls))


def table(stages: list[Stage]) -> str:
    """The stages as lines, each with its ratio to the first."""
    floor = stages[0]
    return "\n".join(
        f"{stage.name:20} {stage.a_second:8.0f}/s {stage.seconds / stage.mails * 1000:8.2f} ms a mail "
        f"{stage.a_second / floor.a_second:6.2f} of the first {stage.calls_a_mail:7.2f} calls a mail"
        for stage in stages
    )


@asynccontextmanager
async def database(name: str, folder: Path) -> AsyncIterator[None]:
    """A new database of this kind, open."""
    if name == "sqlite":
        async with opened(f"sqlite://{folder}/bench.sqlite3"):
            yield
        return
    with server() as running:
        async with opened(await running.create_database()):
            yield


@contextmanager
def server() -> Iterator[Postgres]:
    """A PostgreSQL server of its own, which waits for the disk as it does where it is used."""
    workspace = Workspace()
    running = Postgres(workspace, durable=True)
    running.start()
    try:
        yield running
    finally:
        running.stop()
        workspace.close()


async def _main(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with database(arguments.database, Path(folder)):
            alone = await measure(1, Path(folder))
            stages = await measure(arguments.mails, Path(folder), first=1, processes=arguments.processes)
    print(f"{arguments.database}, {arguments.mails} mails\n{table(stages)}")
    print(
        f"one mail alone: {alone[2].calls.total()} calls until it is a ticket, {sum(s.calls.total() for s in alone[1:])} in all"
    )
    if arguments.keep:
        with arguments.keep.open("a", encoding="utf-8") as file:
            file.write(json.dumps(_line(arguments, alone, stages)) + "\n")
    if arguments.why:
        for stage in stages[2:]:
            print(stage.name)
            for words, count in stage.calls.most_common(40):
                print(f"  {count / stage.mails:6.2f}  {words[:230]}")


def _line(arguments: argparse.Namespace, alone: list[Stage], stages: list[Stage]) -> dict[str, Any]:
    """One run, with the machine and the day: what is compared is the ratio to the first stage."""
    return {
        "at": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "database": arguments.database,
        "mails": arguments.mails,
        "calls_alone": [alone[2].calls.total(), sum(stage.calls.total() for stage in alone[1:])],
        "stages": {
            stage.name: {
                "a_second": round(stage.a_second),
                "of_the_first": round(stage.a_second / stages[0].a_second, 2),
                "calls_a_mail": round(stage.calls_a_mail, 2),
            }
            for stage in stages
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=1000)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--processes", type=int, default=scanners.wanted())
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--why", action="store_true")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    asyncio.run(_main(parser.parse_args()))


if __name__ == "__main__":
    main()
