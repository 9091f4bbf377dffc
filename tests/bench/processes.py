"""What several processes make of a backlog of mails in one PostgreSQL database, beside one process that does the same.

    python -m tests.bench.processes [--mails 1500] [--processes 3] [--rounds 1] [--waits]

Mails are stored beforehand; the processes, which have all imported and are connected, begin together and end when nothing is
due any more. Each reads its letters itself: processes are compared, and not the scanners beside them. Seconds of the
processor tell more than the clock's where other things run; `--waits` tells what the server's connections waited for.
"""

import argparse
import asyncio
import logging
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import structlog

from desk.flow import inbound
from desk.flow.inbound import Item
from desk.recognising.letter import warm_up
from mail.door import MailDoor
from models import Inbound, InboundState, Ticket
from models.store.connect import opened
from tests.bench.figures import Figure
from tests.bench.intake import SOURCE, raw, server
from tests.desk.people import Now, make_desk

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Drained:
    """So many mails drained by so many processes: seconds of the clock and of their processors; what connections waited for."""

    mails: int
    processes: int
    seconds: float
    processor: float
    waits: Counter[str]

    @property
    def a_second(self) -> float:
        return self.mails / self.seconds


async def measure(mails: int, processes: int, rounds: int = 1) -> tuple[list[Drained], list[Drained]]:
    """Rounds of one process and of several, in turns on new databases of one server, which waits for the disk."""
    one: list[Drained] = []
    several: list[Drained] = []
    with server() as running:
        for _ in range(rounds):
            for count, kept in ((1, one), (processes, several)):
                with tempfile.TemporaryDirectory() as folder:
                    kept.append(await _drained(await running.create_database(), mails, count, Path(folder)))
    return one, several


def figures(one: Sequence[Drained], several: Sequence[Drained]) -> list[Figure]:
    """The rates, medians of the rounds, and how many times as fast several are."""
    rates = [statistics.median(run.a_second for run in runs) for runs in (one, several)]
    name = f"postgres: {several[0].processes} processes"
    return [
        Figure("postgres: one process that reads by itself, waiting mails to tickets", rates[0], "/s", 120, "least"),
        Figure(f"{name}, waiting mails to tickets", rates[1], "/s"),
        Figure(f"{name}, times as fast as one", rates[1] / rates[0], "", 1.8, "least"),
        Figure(f"{name}, of the processor", _processor(several), "ms a mail"),
        Figure("postgres: one process, of the processor", _processor(one), "ms a mail"),
    ]


def _processor(runs: Sequence[Drained]) -> float:
    return statistics.median(run.processor / run.mails * 1000 for run in runs)


async def _drained(url: str, mails: int, processes: int, folder: Path) -> Drained:
    desk, now = make_desk(folder), Now()
    async with opened(url):
        items = [Item(n, f"mail:p{n}@people.test", now(), raw(n)) for n in range(1, mails + 1)]
        for begin in range(0, mails, 100):
            await inbound.store_many(desk, "mail", SOURCE, items[begin : begin + 100], now())
    command = [sys.executable, "-m", "tests.bench.processes", "--drain", url, str(folder)]
    children = [
        await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(processes)
    ]
    for child in children:
        assert child.stdout is not None
        assert await child.stdout.readline() == b"ready\n"
    waits: Counter[str] = Counter()
    watching = asyncio.create_task(_watched(url, waits))
    began = time.perf_counter()
    told = await asyncio.gather(*(child.communicate(b"go\n") for child in children))
    seconds = time.perf_counter() - began
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    async with opened(url, migrate=False):
        assert not await Inbound.filter(state=InboundState.WAITING).exists()
        assert await Ticket.all().count() == mails
    return Drained(mails, processes, seconds, sum(float(words) for words, _ in told), waits)


async def _watched(url: str, waits: Counter[str]) -> None:
    """Count twenty times a second what the connections to a database wait for; "run" where they do not."""
    words = (
        "SELECT coalesce(wait_event_type || ' ' || wait_event, 'run') FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event IS DISTINCT FROM 'ClientRead'"
    )
    connection = await asyncpg.connect(url)
    try:
        while True:
            waits.update(row[0] for row in await connection.fetch(words))
            await asyncio.sleep(0.05)
    finally:
        await connection.close()


async def _drain(url: str, folder: Path) -> None:
    """One of the processes: its seconds of the processor, told when nothing is due any more."""
    desk = make_desk(folder)
    warm_up()
    async with opened(url, migrate=False):
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        before = _used()
        await inbound.drain(desk, {"mail": MailDoor(desk)}, Now())
        print(_used() - before)


def _used() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=1500)
    parser.add_argument("--processes", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--waits", action="store_true")
    parser.add_argument("--drain", nargs=2, metavar=("URL", "FOLDER"), help=argparse.SUPPRESS)
    told = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    if told.drain:
        asyncio.run(_drain(told.drain[0], Path(told.drain[1])))
        return
    one, several = asyncio.run(measure(told.mails, told.processes, told.rounds))
    for run in (run for pair in zip(one, several, strict=True) for run in pair):
        print(
            f"{run.processes} processes {run.a_second:6.0f}/s, {run.processor / run.mails * 1000:5.2f} ms of their processors a mail"
        )
        if told.waits:
            print("  " + ", ".join(f"{words} {count}" for words, count in run.waits.most_common(6)))
    print(f"{figures(one, several)[2].value:.2f} times as fast")


if __name__ == "__main__":
    main()
