"""Where two acts meet on one demand: the earliest receipt counts, nothing untrue leaves, nothing stands in silence."""

from datetime import date, timedelta

import pytest

from desk.errors import Refused, Temporary
from desk.law import load_regime
from desk.matter import merging
from desk.outward import replies
from desk.ports import Sender
from desk.reminders import sweep
from desk.terms import confirming, corrections, extension, refusal
from desk.ticket import clocks, tickets
from models import Clock, Demand, Outbox, OutboxState, Ticket, TicketStatus
from tests.desk.people import Bench, letter


async def _opened(bench: Bench, *kinds: str, number: int = 1, **changes: object) -> Ticket:
    row = await bench.arrives(letter(bench.now(), kinds=kinds, number=number, subject=f"Письмо {number}", **changes))
    return await Ticket.get(id=row.ticket_id)


async def _goes_out(bench: Bench) -> None:
    bench.now.forward(minutes=1)
    await bench.run()


async def _ticked_all(bench: Bench, demand: Demand) -> None:
    for clock in await Clock.filter(demand_id=demand.id, stopped_at__isnull=True):
        await bench.stops(clock)


def _notices(bench: Bench) -> str:
    return "\n".join(row.content["words"] for row in bench.out["staff"].acts("notice"))


# --- the earliest receipt ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("others", [(), ("claim",)], ids=["a repeat", "a repeat that adds a demand"])
async def test_a_repeat_that_was_received_first_but_read_later_moves_the_terms(bench: Bench, others: tuple[str, ...]) -> None:
    await _opened(bench, "access_request")
    first = bench.now() - timedelta(days=3)
    bench.now.forward(days=2)
    await bench.arrives(letter(first, kinds=("access_request", *others), number=2, mailbox="second@desk.example"))
    assert (await Demand.get(kind="access_request")).received_at == first
    assert (await Clock.get(demand__kind="access_request")).due == date(2026, 12, 21)
    assert (await Ticket.get()).received_at == first


async def test_a_paper_letter_counts_for_the_demands_that_have_dates_beside_one_that_has_none(bench: Bench) -> None:
    ticket, boris = await _opened(bench, "rkn_order", "access_request"), await bench.boris()
    earlier = ticket.received_at - timedelta(days=3)
    assert await corrections.register_paper(bench.desk, ticket, earlier, "Почтой", boris, bench.now())
    assert (await Clock.get()).due == date(2026, 12, 21)


async def test_a_paper_letter_before_which_the_extension_would_have_been_too_late_ends_it(bench: Bench) -> None:
    ticket, boris = await _opened(bench, "access_request"), await bench.boris()
    bench.now.forward(days=8)
    await extension.extend(bench.desk, (await Clock.get()).id, boris, "Архив", bench.now())
    await _goes_out(bench)
    earlier = ticket.received_at - timedelta(days=9)  # 01.12.2026: ten working days ended on the 15th, before the notice
    await corrections.register_paper(bench.desk, ticket, earlier, "Почтой", boris, bench.now())
    clock = await Clock.get()
    assert (clock.due, clock.times_extended) == (date(2026, 12, 15), 0)


async def test_a_paper_letter_registered_while_a_demand_stood_refused_counts_when_it_runs_again(bench: Bench) -> None:
    ticket, boris = await _opened(bench, "access_request"), await bench.boris()
    demand = await Demand.get()
    await refusal.refuse(bench.desk, demand.id, "no-data", boris, "Проверили.", bench.now())
    await _goes_out(bench)
    earlier = ticket.received_at - timedelta(days=3)
    await corrections.register_paper(bench.desk, ticket, earlier, "Почтой", boris, bench.now())
    await refusal.take_back(bench.desk, demand.id, "staff:2", bench.now())
    assert (await Clock.get()).due == date(2026, 12, 21)


async def test_what_was_refused_before_a_merge_counts_from_the_first_receipt_when_it_runs_again(bench: Bench) -> None:
    first = await _opened(bench, "access_request")
    bench.now.forward(days=4)
    second = await _opened(bench, "access_request", number=2, sender=Sender("email", "clara@example.org"))
    demand = await Demand.get(ticket_id=second.id)
    await refusal.refuse(bench.desk, demand.id, "no-data", await bench.boris(), "Проверили.", bench.now())
    await _goes_out(bench)
    await merging.merge(bench.desk, first, second.id, await bench.boris(), bench.now())
    await refusal.take_back(bench.desk, demand.id, "staff:2", bench.now())
    assert (await Clock.get(demand_id=demand.id)).due == date(2026, 12, 24)


async def test_another_order_asks_for_its_own_date(bench: Bench) -> None:
    ticket, boris = await _opened(bench, "rkn_order"), await bench.boris()
    await corrections.set_document_date(bench.desk, ticket, date(2026, 12, 20), boris, bench.now())
    await _ticked_all(bench, await Demand.get())
    bench.now.forward(days=30)
    await bench.arrives(letter(bench.now(), kinds=("rkn_order",), number=2, ticket_id=ticket.id))
    demand = await Demand.get()
    assert (demand.document_due, demand.uncounted) == (None, True)
    assert not await Clock.exists()


# --- nothing stands in silence -------------------------------------------------------------------------------------------


async def test_a_kind_taken_up_again_on_a_closed_ticket_opens_it(bench: Bench) -> None:
    ticket, boris = await _opened(bench, "access_request", "question"), await bench.boris()
    await corrections.change_kind(bench.desk, ticket, "access_request", None, boris, bench.now())
    await _ticked_all(bench, await Demand.get(kind="question"))
    await tickets.close(bench.desk, ticket, boris, bench.now())
    await corrections.change_kind(bench.desk, await Ticket.get(), None, "access_request", boris, bench.now())
    ticket = await Ticket.get()
    assert (ticket.status, ticket.due_at) == (TicketStatus.OPEN, (await Clock.get(demand__kind="access_request")).due_at)


async def test_staff_have_the_last_word_on_what_the_requester_called_only_a_question(bench: Bench) -> None:
    ticket = await _opened(bench, "access_request")
    await confirming.only_a_question(bench.desk, ticket, ["access_request"], bench.now())
    await corrections.change_kind(bench.desk, ticket, None, "access_request", await bench.boris(), bench.now())
    assert (await Clock.get(demand__kind="access_request")).stopped_at is None


async def test_only_a_question_stands_also_where_an_earlier_one_was_answered(bench: Bench) -> None:
    ticket = await _opened(bench, "question")
    await _ticked_all(bench, await Demand.get())
    bench.now.forward(days=1)
    await bench.arrives(letter(bench.now(), kinds=("access_request",), number=2, ticket_id=ticket.id))
    await confirming.only_a_question(bench.desk, ticket, ["access_request"], bench.now())
    assert [clock.demand_id for clock in await clocks.running(ticket)] == [(await Demand.get(kind="question")).id]


async def test_a_destruction_put_off_a_second_time_is_no_fault(bench: Bench) -> None:
    ticket, boris = await _opened(bench, "consent_withdrawal", "unlawful_processing"), await bench.boris()
    for _ in range(2):
        await corrections.destruction_impossible(bench.desk, ticket, "Резервные копии", boris, bench.now())
    assert await Demand.filter(kind=corrections.IMPOSSIBLE).count() == 1
    with pytest.raises(Refused, match="may be put off"):
        await corrections.destruction_impossible(bench.desk, ticket, "Резервные копии", boris, bench.now())
    await _ticked_all(bench, await Demand.get(kind=corrections.IMPOSSIBLE))
    bench.now.forward(days=3)
    again = await _opened(bench, "unlawful_processing", number=3, ticket_id=ticket.id)
    await _ticked_all(bench, await Demand.get(kind="unlawful_processing"))
    assert again.id == ticket.id
    bench.now.forward(days=3)
    await bench.arrives(letter(bench.now(), kinds=("unlawful_processing",), number=4, ticket_id=ticket.id))
    await corrections.destruction_impossible(bench.desk, ticket, "Резервные копии", boris, bench.now())
    assert await Clock.filter(demand__kind=corrections.IMPOSSIBLE, stopped_at__isnull=True).count() == 1


async def test_what_was_closed_while_dates_were_counted_gets_no_clock(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket, boris = await _opened(bench, "rkn_order"), await bench.boris()
    listed = [await Demand.get()]
    await Demand.all().update(document_due=date(2026, 12, 30))
    await tickets.close(bench.desk, ticket, boris, bench.now(), reason="Ошибка")

    async def before_the_closing(*_: object) -> list[int]:
        return [one.id for one in listed]

    monkeypatch.setattr(sweep, "column", before_the_closing)
    assert await sweep.recount(bench.desk, bench.now()) == 0
    assert not await Clock.exists()


# --- nothing untrue leaves -----------------------------------------------------------------------------------------------


async def test_a_refusal_of_what_was_met_while_the_server_was_away_does_not_leave(bench: Bench) -> None:
    await _opened(bench, "access_request")
    demand = await Demand.get()
    await refusal.refuse(bench.desk, demand.id, "no-data", await bench.boris(), "Проверили.", bench.now())
    bench.out["mail"].errors = [Temporary("Away.")]
    await _goes_out(bench)
    await _ticked_all(bench, demand)
    bench.now.forward(hours=1)
    await bench.run()
    assert not bench.out["mail"].acts("refusal")
    assert (await Outbox.get(errand="refusal")).state == OutboxState.DROPPED
    assert (await Demand.get()).outcome == "done"
    assert "The refusal was not sent" in _notices(bench)


async def test_a_notice_of_extension_whose_term_was_met_or_moved_does_not_leave(bench: Bench) -> None:
    ticket, boris = await _opened(bench, "access_request", "stop_processing"), await bench.boris()
    for clock in await Clock.all():
        await extension.extend(bench.desk, clock.id, boris, "Архив", bench.now())
    await _ticked_all(bench, await Demand.get(kind="stop_processing"))
    await corrections.register_paper(bench.desk, ticket, ticket.received_at - timedelta(days=3), "Почтой", boris, bench.now())
    await _goes_out(bench)
    assert not bench.out["mail"].acts("extension")
    assert await Outbox.filter(errand="extension", state=OutboxState.DROPPED).count() == 2
    assert await Clock.filter(times_extended=0).exclude(key="steps").count() == 2
    # What is true again can be decided again.
    clock = await Clock.get(demand__kind="access_request")
    await extension.extend(bench.desk, clock.id, boris, "Архив", bench.now())
    await _goes_out(bench)
    assert (await Clock.get(id=clock.id)).times_extended == 1


async def test_a_notice_of_a_term_that_is_gone_is_no_fault(bench: Bench) -> None:
    ticket, boris = await _opened(bench, "access_request"), await bench.boris()
    row = await extension.extend(bench.desk, (await Clock.get()).id, boris, "Архив", bench.now())
    await Clock.all().delete()
    await extension.sent(bench.desk, await Outbox.get(id=row.id), bench.now())
    await bench.run()
    assert "does not hold" in _notices(bench)
    assert ticket.id == row.ticket_id


async def test_progress_that_waited_tells_the_dates_of_today(bench: Bench) -> None:
    object.__setattr__(bench.desk, "progress", "always")
    ticket, boris = await _opened(bench, "consent_withdrawal"), await bench.boris()
    stop = await Clock.get(key="stop")
    await bench.stops(stop)
    await corrections.register_paper(bench.desk, ticket, ticket.received_at - timedelta(days=3), "Почтой", boris, bench.now())
    await _goes_out(bench)
    [told] = bench.out["mail"].acts("progress")
    assert [one["due"] for one in told.content["coming"]] == ["2027-01-06"]


async def test_an_extension_whose_notice_came_back_does_not_hold(bench: Bench) -> None:
    await _opened(bench, "access_request")
    await extension.extend(bench.desk, (await Clock.get()).id, await bench.boris(), "Архив", bench.now())
    await _goes_out(bench)
    assert (await Clock.get()).due == date(2027, 1, 11)
    [sent] = bench.out["mail"].acts("extension")
    returned = letter(
        bench.now(), number=2, automated="bounce", answerable=False, original_message_id=sent.content["message_id"]
    )  # fmt: skip
    await bench.arrives(returned)
    clock = await Clock.get()
    assert (clock.due, clock.times_extended, clock.extended_at) == (date(2026, 12, 24), 0, None)
    assert (await Ticket.get()).due_at == clock.due_at
    assert "the term ends on its first date" in _notices(bench)


# --- merging -------------------------------------------------------------------------------------------------------------


async def _two(bench: Bench) -> tuple[Ticket, Ticket]:
    """Anna asks for access, Clara withdraws; staff take them for one matter."""
    anna = await _opened(bench, "access_request")
    clara = await _opened(bench, "consent_withdrawal", number=2, sender=Sender("email", "clara@example.org"))
    return anna, clara


async def test_what_only_the_other_one_was_told_counts_for_nothing_after_taking_apart(bench: Bench) -> None:
    anna, clara = await _two(bench)
    boris, demand = await bench.boris(), await Demand.get(kind="access_request")
    due = (await Clock.get(demand_id=demand.id)).due
    await merging.merge(bench.desk, anna, clara.id, boris, bench.now())
    await extension.extend(bench.desk, (await Clock.get(demand_id=demand.id)).id, boris, "Архив", bench.now())
    await _goes_out(bench)
    await refusal.refuse(bench.desk, demand.id, "no-data", boris, "Проверили.", bench.now())
    await _goes_out(bench)
    assert (await Demand.get(id=demand.id)).outcome == "refused"
    await merging.unmerge(bench.desk, await Ticket.get(id=anna.id), boris, bench.now())
    demand, clock = await Demand.get(id=demand.id), await Clock.get(demand_id=demand.id)
    assert (demand.ticket_id, demand.outcome, demand.closed_at) == (anna.id, "", None)
    assert (clock.stopped_at, clock.due, clock.times_extended) == (None, due, 0)


async def test_a_refusal_is_let_go_before_its_demand_goes_back_to_somebody_else(bench: Bench) -> None:
    anna, clara = await _two(bench)
    boris, demand = await bench.boris(), await Demand.get(kind="access_request")
    await merging.merge(bench.desk, anna, clara.id, boris, bench.now())
    row = await refusal.refuse(bench.desk, demand.id, "no-data", boris, "Проверили.", bench.now())
    with pytest.raises(Refused, match="waits to be sent"):
        await merging.unmerge(bench.desk, await Ticket.get(id=anna.id), boris, bench.now())
    await replies.undo(bench.desk, row.id, boris, bench.now())
    await merging.unmerge(bench.desk, await Ticket.get(id=anna.id), boris, bench.now())
    assert (await Demand.get(id=demand.id)).ticket_id == anna.id


async def test_an_extension_taken_back_before_a_merge_can_be_decided_after_it(bench: Bench) -> None:
    anna, clara = await _two(bench)
    boris, clock = await bench.boris(), await Clock.get(demand__kind="access_request")
    row = await extension.extend(bench.desk, clock.id, boris, "Архив", bench.now())
    await replies.undo(bench.desk, row.id, boris, bench.now())
    await merging.merge(bench.desk, anna, clara.id, boris, bench.now())
    await extension.extend(bench.desk, clock.id, boris, "Архив", bench.now())
    await _goes_out(bench)
    assert (await Clock.get(id=clock.id)).due == date(2027, 1, 11)


async def test_a_demand_without_dates_that_takes_clocks_over_is_uncounted_no_more(bench: Bench) -> None:
    anna = await _opened(bench, "rkn_order")
    clara = await _opened(bench, "rkn_order", number=2, sender=Sender("email", "clara@example.org"))
    boris = await bench.boris()
    await corrections.set_document_date(bench.desk, anna, date(2026, 12, 20), boris, bench.now())
    await merging.merge(bench.desk, anna, clara.id, boris, bench.now())
    assert not (await Demand.get(ticket_id=clara.id)).uncounted


async def test_what_was_demanded_over_a_merged_leg_is_demanded_there_after_taking_apart(bench: Bench) -> None:
    anna, clara = await _two(bench)
    boris = await bench.boris()
    await merging.merge(bench.desk, anna, clara.id, boris, bench.now())
    bench.now.forward(days=1)
    asked = bench.now()
    await _opened(bench, "consent_withdrawal", "claim", number=3, ticket_id=anna.id)
    bench.now.forward(days=1)
    await merging.unmerge(bench.desk, await Ticket.get(id=anna.id), boris, bench.now())
    hers = {one.kind: one.received_at for one in await Demand.filter(ticket_id=anna.id, closed_at__isnull=True)}
    assert hers == {"access_request": asked - timedelta(days=1), "consent_withdrawal": asked, "claim": asked}
    running = {clock.demand_id for clock in await clocks.running(anna)}
    assert running == {demand.id for demand in await Demand.filter(ticket_id=anna.id)}
    assert await Demand.filter(ticket_id=clara.id, closed_at__isnull=True, kind="consent_withdrawal").exists()


async def test_a_thank_you_on_a_closed_ticket_leaves_no_open_one_in_silence_under_any_law(bench: Bench) -> None:
    object.__setattr__(bench.desk, "regime", load_regime("gdpr"))
    ticket, boris = await _opened(bench, "access_request"), await bench.boris()
    await bench.proves(ticket)
    await tickets.close(bench.desk, ticket, boris, bench.now())
    bench.now.forward(days=1)
    await bench.arrives(letter(bench.now(), kinds=(), number=2, ticket_id=ticket.id))
    ticket = await Ticket.get()
    assert ticket.status == TicketStatus.OPEN
    assert await clocks.running(ticket)
