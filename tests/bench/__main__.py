"""What the desk costs, beside what it may cost: every figure of docs/bench.md, and how far each goal is reached.

    python -m tests.bench [--small] [--only PART …] [--keep docs/bench.md]

Parts: `sqlite` and `postgres` (a mail by stages), `processes` (several beside one on PostgreSQL), `updates` (of Telegram),
`views` (lists), `process` (start, letters one by one, messages, idleness), `polled` (without IDLE), `memory`. `--keep` appends
the run to a file as one line of JSON.
"""

import argparse
import asyncio
import logging
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from mail import scanners
from models.store.connect import opened
from tests.bench import intake, process, processes, updates, views
from tests.bench.figures import Figure, keep, table


@dataclass(frozen=True)
class Sizes:
    """How much of everything a run takes."""

    mails: int = 1000
    updates: int = 1000
    tickets: int = 100_000
    letters: int = 20
    polled: int = 9
    quiet: float = 30
    many: int = 10_000
    largest: int = 40 * 2**20
    old: int = 100_000


SMALL = Sizes(mails=20, updates=60, tickets=200, letters=2, polled=1, quiet=1, many=20, largest=2**20, old=50)


async def mail(database: str, sizes: Sizes) -> list[Figure]:
    """A mail by stages."""
    with tempfile.TemporaryDirectory() as folder:
        async with intake.database(database, Path(folder)):
            alone = await intake.measure(1, Path(folder))
            floor, _, taken, delivered = await intake.measure(sizes.mails, Path(folder), first=1, processes=scanners.wanted())
    goal = {"sqlite": 200.0, "postgres": 120.0}[database]
    both = taken.seconds + delivered.seconds
    return [
        Figure(f"{database}: waiting mails to tickets", taken.a_second, "/s", goal, "least"),
        Figure(f"{database}: the same, of reading and one commit each", taken.a_second / floor.a_second, "", 0.5, "least"),
        Figure(f"{database}: waiting mails to delivered, without the servers", sizes.mails / both, "/s", 100, "least"),
        Figure(f"{database}: calls of one mail until it is a ticket", alone[2].calls.total(), "", 15),
        Figure(f"{database}: calls of one mail in all", sum(one.calls.total() for one in alone[1:]), "", 30),
        Figure(f"{database}: calls a mail of many, until tickets", taken.calls_a_mail, "", 3),
        Figure(f"{database}: calls a mail of many, in all", taken.calls_a_mail + delivered.calls_a_mail, "", 8),
    ]


async def shared(sizes: Sizes) -> list[Figure]:
    """A backlog that three processes share."""
    return processes.figures(*await processes.measure(sizes.mails, 3))


async def telegram(sizes: Sizes) -> list[Figure]:
    """An update of Telegram by stages."""
    with tempfile.TemporaryDirectory() as folder:
        async with intake.database("sqlite", Path(folder)):
            return updates.figures(await updates.measure(sizes.updates, Path(folder)))


async def lists(sizes: Sizes) -> list[Figure]:
    """What is listed when much is open."""
    with tempfile.TemporaryDirectory() as folder:
        async with opened(f"sqlite://{folder}/lists.sqlite3", tests=True):
            return await views.measure(sizes.tickets, Path(folder))


PARTS: dict[str, Callable[[Sizes], Awaitable[list[Figure]]]] = {
    "sqlite": lambda sizes: mail("sqlite", sizes),
    "postgres": lambda sizes: mail("postgres", sizes),
    "processes": shared,
    "updates": telegram,
    "views": lists,
    "process": lambda sizes: process.started(sizes.letters, sizes.updates, sizes.quiet),
    "polled": lambda sizes: process.polled(sizes.polled),
    "memory": lambda sizes: process.weighed(sizes.many, sizes.largest, sizes.old),
}


async def run(parts: Sequence[str], sizes: Sizes) -> list[Figure]:
    """The figures of these parts, told while they come."""
    found = []
    for part in parts:
        figures = await PARTS[part](sizes)
        print(f"\n{part}\n{table(figures)}", flush=True)
        found += figures
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--keep", type=Path)
    told = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    figures = asyncio.run(run(told.only, SMALL if told.small else Sizes()))
    if told.keep:
        keep(figures, told.keep)


if __name__ == "__main__":
    main()
