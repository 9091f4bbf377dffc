"""Closing over running terms: only with a reason that is kept; an open ticket is never without a clock."""

import pytest

from desk.errors import Refused
from desk.reminders import sweep
from desk.ticket import clocks, tickets
from models import Clock, Demand, Direction, History, Message, Outbox, Ticket, TicketStatus
from tests.desk.people import Bench, letter

WHY = "Заявитель отозвал обращение"


async def _ticket(bench: Bench, **changes: object) -> Ticket:
    await bench.arrives(letter(bench.now(), **changes))
    return await Ticket.get()


async def _close(bench: Bench, ticket: Ticket, reason: str = "") -> list[Demand]:
    return await tickets.close(bench.desk, ticket, await bench.boris(), bench.now(), reason=reason)


async def test_without_a_reason_running_terms_hold_the_ticket_open(bench: Bench) -> None:
    ticket = await _ticket(bench)
    for reason in ("", "   \n "):
        with pytest.raises(Refused, match="destroy"):
            await _close(bench, ticket, reason)
    assert (await Ticket.get()).status == TicketStatus.OPEN
    assert await Clock.filter(stopped_at__isnull=True).count() == 2


async def test_the_reason_stands_with_each_term_its_demand_and_who_closed(bench: Bench) -> None:
    ticket = await _ticket(bench)
    assert [one.kind for one in await _close(bench, ticket, WHY)] == ["consent_withdrawal"]
    for clock in await Clock.all():
        assert (clock.stopped_how, clock.stopped_by) == (f"closed: {WHY}", "staff:2")
    demand = await Demand.get()
    assert (demand.outcome, demand.ground) == ("dropped", WHY)
    row = await History.get(action="ticket closed")
    note = await Message.get(direction=Direction.NOTE)
    assert (row.actor, row.details) == ("staff:2", {"dropped": ["consent_withdrawal"], "note": note.id})
    assert (note.text, note.author) == (WHY, "staff:2")
    assert (await Ticket.get()).due_at is None


async def test_what_was_done_before_keeps_its_own_end(bench: Bench) -> None:
    ticket = await _ticket(bench)
    stop = await Clock.get(key="stop")
    await clocks.stop(bench.desk, stop.id, await bench.boris(), bench.now(), why="card")
    await _close(bench, ticket, WHY)
    assert (await Clock.get(key="stop")).stopped_how == "card"
    await tickets.awaken(bench.desk, await Ticket.get(), await bench.boris(), bench.now())
    assert [clock.key for clock in await clocks.running(ticket)] == ["destroy"]


async def test_a_demand_that_could_not_be_counted_holds_the_ticket_open_too(bench: Bench) -> None:
    ticket = await _ticket(bench, kinds=("rkn_order",), subject="Предписание")
    assert not await Clock.all().exists()
    with pytest.raises(Refused, match="rkn_order"):
        await _close(bench, ticket)
    await _close(bench, ticket, WHY)
    assert (await Demand.get()).outcome == "dropped"


async def test_reopened_by_staff_the_terms_run_with_the_dates_they_had(bench: Bench) -> None:
    ticket = await _ticket(bench)
    before = {clock.key: (clock.start_at, clock.due_at) for clock in await Clock.all()}
    lead = (await Ticket.get()).safe_at
    await _close(bench, ticket, WHY)
    bench.now.forward(days=3)
    await tickets.awaken(bench.desk, await Ticket.get(), await bench.boris(), bench.now())
    assert {clock.key: (clock.start_at, clock.due_at) for clock in await clocks.running(ticket)} == before
    demand = await Demand.get()
    assert (demand.outcome, demand.ground, demand.closed_at) == ("", "", None)
    assert (await Ticket.get()).safe_at == lead
    assert all(clock.next_at is not None for clock in await Clock.all())


async def test_a_message_on_a_ticket_closed_as_a_mistake_lets_its_terms_run_from_their_own_receipt(bench: Bench) -> None:
    first = bench.now()
    ticket = await _ticket(bench)
    await _close(bench, ticket, WHY)
    bench.now.forward(days=2)
    await bench.arrives(letter(bench.now(), number=2, kinds=("question",), ticket_id=ticket.id, text="Я ничего не отзывала"))
    assert (await Ticket.get()).status == TicketStatus.OPEN
    assert {(clock.key, clock.start_at) for clock in await clocks.running(ticket)} == {("stop", first), ("destroy", first)}
    assert not await Demand.filter(kind="question").exists()


async def test_the_same_demand_again_never_moves_a_dropped_one_to_the_later_receipt(bench: Bench) -> None:
    first = bench.now()
    ticket = await _ticket(bench)
    await _close(bench, ticket, WHY)
    bench.now.forward(days=2)
    await bench.arrives(letter(bench.now(), number=2, ticket_id=ticket.id, text="Снова отзываю согласие"))
    assert {clock.start_at for clock in await clocks.running(ticket)} == {first}


async def test_a_new_demand_on_a_closed_ticket_brings_the_dropped_one_back_too(bench: Bench) -> None:
    ticket = await _ticket(bench)
    await _close(bench, ticket, WHY)
    await tickets.add_demands(bench.desk, ticket, ["access_request"], bench.now(), "staff", bench.now())
    assert {clock.key for clock in await clocks.running(ticket)} == {"answer", "stop", "destroy"}


async def test_a_ticket_whose_demands_were_met_opens_with_a_question(bench: Bench) -> None:
    ticket = await _ticket(bench)
    await bench.finishes(ticket)
    later = bench.now.forward(days=5)
    await tickets.awaken(bench.desk, await Ticket.get(), await bench.boris(), later)
    [clock] = await clocks.running(ticket)
    assert clock.start_at == later
    assert (await Demand.get(id=clock.demand_id)).kind == "question"
    notices = await Outbox.filter(errand="notice", ticket_id=ticket.id)
    assert any("stands as a question" in row.content["words"] for row in notices)
    await bench.finishes(ticket)
    again = bench.now.forward(days=5)
    await tickets.awaken(bench.desk, await Ticket.get(), await bench.boris(), again)
    [clock] = await clocks.running(ticket)
    assert clock.start_at == again
    assert (await Ticket.get()).due_at is not None


async def test_an_open_ticket_cannot_be_opened_nor_a_closed_one_closed(bench: Bench) -> None:
    ticket = await _ticket(bench)
    with pytest.raises(Refused, match="is open"):
        await tickets.awaken(bench.desk, ticket, await bench.boris(), bench.now())
    await _close(bench, ticket, WHY)
    with pytest.raises(Refused, match="closed already"):
        await _close(bench, await Ticket.get(), WHY)


async def test_a_term_that_passed_while_the_ticket_was_closed_is_called_at_once(bench: Bench) -> None:
    ticket = await _ticket(bench)
    await _close(bench, ticket, WHY)
    bench.now.forward(days=60)
    await tickets.awaken(bench.desk, await Ticket.get(), await bench.boris(), bench.now())
    bench.now.at = bench.now().replace(hour=8)
    assert await sweep.sweep(bench.desk, bench.now())
    [line] = [one for row in await Outbox.filter(errand="reminder") for one in row.content["clocks"] if one["key"] == "destroy"]
    assert line["overdue"]
    assert not await sweep.sweep(bench.desk, bench.now())
