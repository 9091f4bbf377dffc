"""A database with requests in it goes back to the first tables and grows again: no request, term, letter or history is lost."""

from pathlib import Path

from desk.matter import merging
from desk.record.checking import check
from desk.reminders import sweep
from desk.terms import steps
from models import Clock, Demand, History, Message, Outbox, Receipt, Step, Ticket
from models.store import migrating
from models.store.connect import migrate, opened
from tests.desk.people import Bench, Now, letter, make_desk

KEPT = (Ticket, Demand, Clock, Message, Outbox, Receipt, History)


async def _counted() -> dict[str, int]:
    return {model.__name__: await model.all().count() for model in KEPT}


async def test_what_is_in_the_tables_outlives_every_migration_back_and_forth(database_url: str, tmp_path: Path) -> None:
    bench = Bench(make_desk(tmp_path), Now())
    async with opened(database_url, migrate=False):
        made = [
            await bench.arrives(letter(bench.now(), kinds=("consent_withdrawal", "access_request"), number=number, ticket_id=None,
                                       sender=letter(bench.now()).sender.__class__("email", f"anna{number}@example.org")))
            for number in (1, 2, 3)
        ]  # fmt: skip
        first, second, third = [await Ticket.get(id=row.ticket_id) for row in made]
        boris = await bench.boris()
        await bench.stops((await Clock.filter(ticket_id=third.id).order_by("id"))[0])
        await merging.merge(bench.desk, first, second.id, boris, bench.now())
        before = await _counted()
        stopped = await Clock.filter(stopped_at__isnull=False).count()
    for name in reversed(migrating.known()[:-1]):
        await migrate(database_url, name)
    await migrate(database_url)
    async with opened(database_url, migrate=False):
        assert await _counted() == before
        assert (await check()).first_broken is None
        assert await Clock.filter(stopped_at__isnull=False).count() == stopped
        # What the older tables could not hold is gone; the clock says still that its step was done.
        assert await Step.all().count() == 0
        done = [one for one in await steps.of_ticket(bench.desk, await Ticket.get(id=third.id)) if one.done_at]
        assert len(done) == 1
        assert await Clock.filter(planned_by="").count() == before["Clock"]
        await sweep.replan(bench.desk, bench.now())
        assert await Clock.filter(stopped_at__isnull=True, planned_by="").count() == 0
        bench.now.forward(days=1)
        assert await sweep.sweep(bench.desk, bench.now())
