"""What a sweep over a million open clocks with 10 due costs, against one over a thousand with 10 due.

    python -m tests.bench.sweep [--clocks 1000000] [--rounds 7] [--only sqlite|postgres]

The clocks that are not due are written by SQL (each with its ticket and demand); the sweep is the service's own.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from desk.context import Desk
from desk.ports import Sender
from desk.reminders import sweep
from models import Clock, Demand, Outbox, Reminder, Ticket
from models.connect import client, is_postgres, opened
from tests.desk.people import Bench, Now, letter, make_desk
from tests.servers.base import Workspace
from tests.servers.postgres import Postgres

DUE, FEW, STEP = 10, 1000, 100_000
# Copies begin here, far above the tickets that the desk opened itself.
COPIES = 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clocks", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if arguments.only != "postgres":
            asyncio.run(_measured("SQLite", f"sqlite://{Path(folder) / 'desk.sqlite3'}", Path(folder), arguments))
        if arguments.only != "sqlite":
            workspace = Workspace()
            server = Postgres(workspace)
            server.start()
            try:
                url = asyncio.run(server.create_database())
                asyncio.run(_measured("PostgreSQL", url, Path(folder), arguments))
            finally:
                server.stop()
                workspace.close()


async def _measured(name: str, url: str, folder: Path, arguments: argparse.Namespace) -> None:
    async with opened(url, tests=True):
        now = Now()
        bench = Bench(make_desk(folder), now)
        for number in range(DUE + 1):
            sender = Sender("email", f"p{number}@example.org")
            words = {"kinds": ("access_request",), "subject": f"Запрос {number}", "sender": sender}
            await bench.arrives(letter(now(), number=number + 1, **words))
        now.forward(days=8)  # half the term is over: each of the ten has something to say
        await Clock.filter(ticket_id=DUE + 1).update(next_at=now() + timedelta(days=365))
        few = await _of(bench.desk, now, FEW, 0, arguments.rounds)
        began = time.perf_counter()
        for begin in range(FEW, arguments.clocks, STEP):  # one statement may not take longer than the store allows
            await _copy(begin, min(begin + STEP, arguments.clocks))
        filled = time.perf_counter() - began
        many = await _of(bench.desk, now, arguments.clocks, arguments.clocks, arguments.rounds)
    print(
        f"{name}: {DUE} due of {FEW} clocks {few * 1000:.1f} ms, of {arguments.clocks} clocks {many * 1000:.1f} ms: "
        f"ratio {many / few:.2f} (filled in {filled:.0f} s)"
    )


async def _of(desk: Desk, now: Now, clocks: int, there: int, rounds: int) -> float:
    """Seconds of a sweep, the median of several; the same ten clocks are due in each."""
    if not there:
        await _copy(0, clocks)
    await client().execute_script("ANALYZE")
    if is_postgres():  # what the filling left to the server is not the sweep's cost
        await client().execute_script("CHECKPOINT")
    took = []
    for _ in range(rounds + 1):
        now.forward(minutes=1)
        await Reminder.all().delete()
        await Outbox.filter(act__in=["reminder", "card"], ticket_id__lt=COPIES).delete()
        await Clock.filter(ticket_id__lte=DUE).update(next_at=now() - timedelta(minutes=1))
        began = time.perf_counter()
        await sweep(desk, now())
        took.append(time.perf_counter() - began)
        said = await Outbox.filter(act="reminder").count()
        if said != DUE:
            raise SystemExit(f"The sweep said {said} reminders instead of {DUE}.")
    assert await Clock.filter(next_at__isnull=False).count() >= clocks
    return statistics.median(took[1:])  # the first one warms up


async def _copy(first: int, last: int) -> None:
    """Copy the last ticket with its demand and clock, until there are `last` copies; none of them is due within a year."""
    template = await Ticket.all().order_by("-id").filter(id__lt=COPIES).first()
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
        (Ticket, {"id": copy}),
        (Demand, {"id": copy, "ticket_id": copy}),
        (Clock, {"id": copy, "ticket_id": copy, "demand_id": copy, "next_at": later}),
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
