"""What the jobs of the clock cost with a million open clocks and 10 due, against a thousand open and 10 due.

    python -m tests.bench.sweep [--clocks 1000000] [--rounds 9] [--only sqlite|postgres] [--explain]

Two databases of each kind, alike but for their size: the clocks that are not due are written by SQL, each with its ticket
and demand, and the tables analysed. The rounds alternate between the two, so that what else the machine does falls on
both; after each change of database two sweeps warm it up unmeasured. Medians are compared. The number of statements stands
beside the time: it must be the same. `--explain` shows how the database finds what is due, with all clocks in it.
"""

import argparse
import asyncio
import logging
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from desk.context import Desk
from desk.ports import Sender
from desk.reminders import digest
from desk.reminders.sweep import recount, replan, sweep
from models import Clock, Demand, Outbox, Reminder, Ticket
from models.store.connect import client, is_postgres, opened
from tests.desk.people import Bench, Now, letter, make_desk
from tests.servers.base import Workspace
from tests.servers.postgres import Postgres

DUE, FEW, STEP = 10, 1000, 100_000
WARMING, MEASURED = 2, 3
# Copies begin here, far above the tickets that the desk opened itself.
COPIES = 1_000_000
# Eight days after the receipt of the ten: half of their terms is over, so each has something to say.
LATER = timedelta(days=8)

Job = Callable[[Desk, datetime], Awaitable[object]]
JOBS: dict[str, Job] = {"sweep": sweep, "recount": recount, "digest": digest.content, "replan": replan}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clocks", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    parser.add_argument("--explain", action="store_true")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as folder:
        if arguments.only != "postgres":
            urls = [f"sqlite://{Path(folder) / name}.sqlite3" for name in ("few", "many")]
            asyncio.run(_measured("SQLite", urls, Path(folder), arguments))
        if arguments.only != "sqlite":
            workspace = Workspace()
            server = Postgres(workspace)
            server.start()
            try:
                urls = [asyncio.run(server.create_database()) for _ in range(2)]
                asyncio.run(_measured("PostgreSQL", urls, Path(folder), arguments))
            finally:
                server.stop()
                workspace.close()


async def _measured(name: str, urls: list[str], folder: Path, arguments: argparse.Namespace) -> None:
    desk, now = make_desk(folder), Now()
    sizes = dict(zip(urls, (FEW, arguments.clocks), strict=True))
    for url, clocks in sizes.items():
        async with opened(url, tests=True):
            await fill(desk, clocks)
    took: dict[tuple[str, str], list[float]] = defaultdict(list)
    statements: dict[tuple[str, str], Counter[str]] = {}
    now.at += LATER
    for _ in range(arguments.rounds):
        for url in urls:
            async with opened(url, tests=True):
                for turn in range(WARMING + MEASURED):
                    for job, work in JOBS.items():
                        await _make_due(now)
                        with _counting() as counted:
                            began = time.perf_counter()
                            await work(desk, now())
                            seconds = time.perf_counter() - began
                        statements[url, job] = counted
                        if turn >= WARMING:
                            took[url, job].append(seconds)
                    await _check(job_said=DUE)
    for job in JOBS:
        few, many = (statistics.median(took[url, job]) for url in urls)
        counts = [statements[url, job].total() for url in urls]
        print(
            f"{name} {job}: {few * 1000:.1f} ms with {FEW} clocks, {many * 1000:.1f} ms with {arguments.clocks}: "
            f"ratio {many / few:.2f}; statements {counts[0]} and {counts[1]}"
        )
    if arguments.explain:
        async with opened(urls[1], tests=True):
            await _explain(name, desk, now)


async def fill(desk: Desk, clocks: int) -> None:
    """Ten tickets, and copies of an eleventh that has nothing to say for a year; somebody has taken those."""
    now = Now()
    bench = Bench(desk, now)
    boris = await bench.boris()
    for number in range(DUE + 1):
        sender = Sender("email", f"p{number}@example.org")
        words = {"kinds": ("access_request",), "subject": f"Запрос {number}", "sender": sender}
        await bench.arrives(letter(now(), number=number + 1, **words))
    far = datetime(2028, 3, 1, tzinfo=UTC)
    await Clock.filter(ticket_id=DUE + 1).update(next_at=far, due_at=far, safe_at=far, due=far.date(), safe=far.date())
    await Ticket.filter(id=DUE + 1).update(assignee_id=boris.id, due_at=far, safe_at=far)
    began = time.perf_counter()
    for begin in range(0, clocks, STEP):  # one statement may not take longer than the store allows
        await _copy(begin, min(begin + STEP, clocks))
    for command in ("VACUUM ANALYZE", "CHECKPOINT") if is_postgres() else ("ANALYZE",):
        await client().execute_script(command)
    print(f"  {clocks} clocks filled in {time.perf_counter() - began:.0f} s", flush=True)


async def _make_due(now: Now) -> None:
    """The same ten are due again, as if nothing had been said."""
    now.forward(seconds=10)
    await Reminder.all().delete()
    await Outbox.filter(errand__in=["reminder", "card"], ticket_id__lt=COPIES).delete()
    await Clock.filter(ticket_id__lte=DUE).update(next_at=now() - timedelta(hours=24))


async def _check(*, job_said: int) -> None:
    """The jobs did what they are for: the last of them leaves the ten due, so one more sweep would say them."""
    assert await Clock.filter(next_at__lte=datetime(2027, 1, 1, tzinfo=UTC)).count() == job_said


@contextmanager
def _counting() -> Iterator[Counter[str]]:
    """Count the statements that go to the database, by their words."""
    counted: Counter[str] = Counter()
    kind = type(client())
    kinds = {kind, *(sub for sub in kind.__subclasses__())}
    kept = []
    for one in kinds:
        for name in ("execute_query", "execute_insert"):
            if name in vars(one):
                kept.append((one, name, vars(one)[name]))
                setattr(one, name, _counted(vars(one)[name], counted))
    try:
        yield counted
    finally:
        for one, name, method in kept:
            setattr(one, name, method)


def _counted(method: Any, counted: Counter[str]) -> Any:
    async def call(self: Any, query: str, values: Any = None) -> Any:
        counted[query] += 1
        return await method(self, query, values)

    return call


async def _explain(name: str, desk: Desk, now: Now) -> None:
    """Each reading statement of each job, and whether the database walks through a large table for it."""
    seen: dict[str, list[Any]] = {}
    kind = type(client())
    kept = [(one, vars(one)["execute_query"]) for one in (kind, *kind.__subclasses__()) if "execute_query" in vars(one)]

    def noting(method: Any) -> Any:
        async def call(self: Any, query: str, values: Any = None) -> Any:
            seen.setdefault(query, list(values or []))
            return await method(self, query, values)

        return call

    for one, method in kept:
        one.execute_query = noting(method)
    for work in JOBS.values():
        await _make_due(now)
        await work(desk, now())
    for one, method in kept:
        one.execute_query = method
    for query, values in seen.items():
        if not query.startswith("SELECT"):
            continue
        how = "EXPLAIN (COSTS OFF) " if is_postgres() else "EXPLAIN QUERY PLAN "
        plan = await client().execute_query_dict(how + query.partition(" FOR UPDATE")[0], values)
        lines = [str(line.get("QUERY PLAN") or line.get("detail")) for line in plan]
        walks = any("Seq Scan" in line or line.startswith("SCAN") for line in lines)
        print(f"{name} {'WALKS ' if walks else ''}{query[:400]}")
        for line in lines:
            print("     ", line)


async def _copy(first: int, last: int) -> None:
    """Copy the last ticket with its demand and clock, until there are `last` copies; none of them is due within a year."""
    template = await Ticket.all().order_by("-id").filter(id__lt=COPIES).first()
    assert template is not None
    numbers = (
        f"generate_series({first + 1}, {last}) AS series(n)"
        if is_postgres()
        else f"(WITH RECURSIVE series(n) AS (SELECT {first + 1} UNION ALL SELECT n + 1 FROM series WHERE n < {last}) "
        "SELECT n FROM series) AS series"
    )
    copy = f"{COPIES} + series.n"
    later = "'2028-01-01 00:00:00+00:00'"
    if is_postgres():
        later = f"timestamptz {later} + series.n * interval '1 minute'"
    else:
        later = "strftime('%Y-%m-%d %H:%M:%S.000000+00:00', '2028-01-01', '+' || series.n || ' minutes')"
    for model, changes in (
        (Ticket, {"id": copy, "due_at": later, "safe_at": later}),
        (Demand, {"id": copy, "ticket_id": copy}),
        (Clock, {"id": copy, "ticket_id": copy, "demand_id": copy, "next_at": later, "due_at": later, "safe_at": later}),
    ):
        columns = [f'"{one}"' for one in model._meta.fields_db_projection.values()]
        values = [changes.get(one.strip('"'), f"source.{one}") for one in columns]
        where = "source.id" if model is Ticket else "source.ticket_id"
        await client().execute_script(
            f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) SELECT {', '.join(values)} "
            f"FROM {model._meta.db_table} AS source, {numbers} WHERE {where} = {template.id}"
        )


if __name__ == "__main__":
    main()
