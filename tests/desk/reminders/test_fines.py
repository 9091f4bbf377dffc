"""What a miss costs: said in the overdue alarm, in the digest and in /due, for the operator's kind, with article and edition."""

from dataclasses import replace

import pytest

from desk import contents
from desk.reminders import digest
from desk.reminders.sweep import sweep
from desk.views import cards
from models import Clock, Outbox, Ticket
from tests.desk.people import Bench, letter

ENTREPRENEUR, COMPANY = "до 30\u00a0000\u00a0₽", "до 80\u00a0000\u00a0₽"
WHERE = "ч. 4 ст. 13.11 КоАП РФ, редакция от 30.05.2025"


async def late(bench: Bench, kind: str = "entrepreneur") -> Ticket:
    """An access request of Anna's whose term is over."""
    bench.desk = replace(bench.desk, operator=replace(bench.desk.operator, kind=kind))
    await bench.arrives(letter(bench.now(), kinds=("access_request",)))
    bench.now.forward(days=33)
    return await Ticket.get()


@pytest.mark.parametrize(("kind", "fine"), [("entrepreneur", ENTREPRENEUR), ("company", COMPANY)])
async def test_the_overdue_alarm_says_what_it_may_cost_the_operator(bench: Bench, kind: str, fine: str) -> None:
    await late(bench, kind)
    await sweep(bench.desk, bench.now())
    alarms = [contents.of(row, contents.Reminder) for row in await Outbox.filter(errand="reminder")]
    [line] = [line for alarm in alarms for line in alarm.clocks if line.overdue]
    assert line.fine == f"{fine}, {WHERE}"
    aloud = await Outbox.filter(errand="notice", conversation="general").order_by("-id").first()
    assert aloud is not None
    assert line.fine in str(contents.of(aloud, contents.Notice).params["what"])


async def test_the_digest_and_due_name_the_fine_of_the_first_term(bench: Bench) -> None:
    ticket = await late(bench)
    [row] = (await digest.content(bench.desk, bench.now())).overdue.tickets
    assert (row.number, row.fine) == (ticket.id, f"{ENTREPRENEUR}, {WHERE}")
    [card] = await cards.due(bench.desk, bench.now())
    assert {clock.fine for clock in card.clocks} == {f"{ENTREPRENEUR}, {WHERE}"}


async def test_a_promise_of_the_operators_own_costs_no_fine(bench: Bench) -> None:
    ticket = await late(bench)
    await Clock.filter(ticket_id=ticket.id).update(statutory=False)
    [row] = (await digest.content(bench.desk, bench.now())).overdue.tickets
    assert row.fine == ""
