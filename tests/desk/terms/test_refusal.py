"""A demand refused on a ground, or unmet because processing goes on: told first, ended then, and taken back when it was wrong."""

from datetime import date, datetime, timedelta

import pytest

from desk.errors import Permanent, Refused
from desk.outward import replies
from desk.reminders import sweep
from desk.terms import corrections, refusal
from desk.ticket import clocks, tickets
from desk.views import cards, listing
from models import Clock, Demand, History, Outbox, Ticket, TicketStatus
from tests.desk.people import Bench, letter

WHY = "В выписке стоят адреса соседей заявителя: ст. 26 395-1."


async def _access(bench: Bench) -> Demand:
    await bench.arrives(letter(bench.now(), kinds=("access_request",), subject="Запрос"))
    return await Demand.get()


async def _refuse(bench: Bench, demand: Demand, ground: str = "14-8-4", why: str = WHY) -> Outbox:
    return await refusal.refuse(bench.desk, demand.id, ground, await bench.boris(), why, bench.now())


async def _goes_out(bench: Bench) -> None:
    bench.now.forward(seconds=11)
    await bench.run()


async def test_a_refusal_ends_the_terms_only_when_it_was_sent(bench: Bench) -> None:
    demand = await _access(bench)
    await _refuse(bench, demand)
    assert (await Clock.get()).stopped_at is None
    await _goes_out(bench)
    [told] = [row.content for row in bench.out["mail"].acts("refusal")]
    assert (told["outcome"], told["ground"], told["reason"]) == ("refused", "14-8-4", WHY)
    assert told["article"] == "п. 4 ч. 8 ст. 14 152-ФЗ"
    assert told["provision"] == "доступ нарушает права и законные интересы третьих лиц"
    clock, demand = await Clock.get(), await Demand.get()
    assert (clock.stopped_how, clock.stopped_by, clock.stopped_at) == ("refused: 14-8-4", "staff:2", bench.now())
    assert (demand.outcome, demand.ground, demand.closed_at) == ("refused", "14-8-4", bench.now())
    assert (await Ticket.get()).due_at is None
    [done] = await History.filter(action="demand refused")
    assert done.details == {
        "kind": "access_request", "outcome": "refused", "ground": "14-8-4", "clocks": ["answer"], "late": [],
    }  # fmt: skip
    assert done.actor == "staff:2"
    [shown] = (await listing.full(bench.desk, await Ticket.get()))["demands"]
    assert shown["name"] == "Запрос сведений об обработке персональных данных"
    assert shown["ground_cite"].endswith("152-ФЗ")
    assert (shown["outcome"], shown["ground"]) == ("refused", "14-8-4")


async def test_processing_that_goes_on_is_told_with_what_was_done(bench: Bench) -> None:
    await bench.arrives(letter(bench.now()))
    demand = await Demand.get()
    stop = await Clock.get(key="stop")
    await clocks.stop(bench.desk, stop.id, await bench.boris(), bench.now(), why="card")
    await _refuse(bench, demand, "6-1-5", "Заказ № 15 ещё не выполнен.")
    await _goes_out(bench)
    told = bench.out["mail"].acts("refusal")[0].content
    assert told["outcome"] == "continued"
    assert [one["label"] for one in told["met"]] == ["Прекратить обработку"]
    assert told["rest"] == ["Уничтожить данные"]
    assert (await Demand.get()).outcome == "continued"
    assert (await Clock.get(key="stop")).stopped_how == "card"
    assert (await Clock.get(key="destroy")).stopped_how == "refused: 6-1-5"


async def test_a_refusal_taken_back_in_time_ends_nothing_and_can_be_decided_again(bench: Bench) -> None:
    demand = await _access(bench)
    row = await _refuse(bench, demand)
    with pytest.raises(Refused, match="on its way"):
        await _refuse(bench, demand)
    assert await replies.undo(bench.desk, row.id, await bench.boris(), bench.now())
    await _goes_out(bench)
    assert not bench.out["mail"].acts("refusal")
    assert (await Clock.get()).stopped_at is None
    await _refuse(bench, demand)
    await _goes_out(bench)
    assert len(bench.out["mail"].acts("refusal")) == 1
    assert (await Demand.get()).outcome == "refused"


async def test_one_that_cannot_be_delivered_ends_nothing_and_is_dealt_with_first(bench: Bench) -> None:
    demand = await _access(bench)
    await _refuse(bench, demand)
    bench.now.forward(seconds=11)
    bench.out["mail"].errors = [Permanent("The address does not exist.")]
    await bench.run()
    assert (await Clock.get()).stopped_at is None
    assert (await Demand.get()).closed_at is None
    with pytest.raises(Refused, match="could not be delivered"):
        await _refuse(bench, demand)


@pytest.mark.parametrize(
    ("kind", "ground", "why", "says"),
    [
        ("access_request", "6-1-5", WHY, "no ground of this demand.*14-8-1"),
        ("access_request", "14-8-4", "  ", "with its reasons"),
        ("access_request", "other-law", "Так велит закон.", "its article"),
        ("marketing_optout", "6-1-5", WHY, "ч. 2 ст. 15"),
        ("claim", "14-8-4", WHY, "/reply"),
        ("question", "14-8-4", WHY, "/reply"),
    ],
)
async def test_what_cannot_be_refused_is_said_with_its_reason(bench: Bench, kind: str, ground: str, why: str, says: str) -> None:
    await bench.arrives(letter(bench.now(), kinds=(kind,), subject="Запрос"))
    with pytest.raises(Refused, match=says):
        await _refuse(bench, await Demand.get(kind=kind), ground, why)
    assert not await Outbox.filter(errand="refusal").exists()


async def test_another_federal_law_is_a_ground_when_its_article_is_named(bench: Bench) -> None:
    demand = await _access(bench)
    await _refuse(bench, demand, "other-law", "Ст. 26 Федерального закона № 395-1.")
    await _goes_out(bench)
    assert (await Demand.get()).ground == "other-law"


async def test_what_was_met_already_cannot_be_refused(bench: Bench) -> None:
    demand = await _access(bench)
    await bench.stops(await Clock.get())
    with pytest.raises(Refused, match="No term of this demand runs"):
        await _refuse(bench, demand)
    with pytest.raises(Refused, match="does not exist"):
        await refusal.refuse(bench.desk, 4096, "14-8-4", await bench.boris(), WHY, bench.now())


async def test_a_late_refusal_counts_and_is_recorded_as_late(bench: Bench) -> None:
    demand = await _access(bench)
    bench.now.forward(days=30)
    await _refuse(bench, demand)
    await _goes_out(bench)
    assert (await Demand.get()).outcome == "refused"
    assert (await History.get(action="demand refused")).details["late"] == ["answer"]
    assert any("it was late" in row.content["words"] for row in bench.out["staff"].acts("notice"))


async def test_a_consequence_that_is_repeated_changes_nothing(bench: Bench) -> None:
    demand = await _access(bench)
    row = await _refuse(bench, demand)
    await _goes_out(bench)
    before = (await Clock.get()).stopped_at, (await Demand.get()).closed_at
    bench.now.forward(days=1)
    await refusal.sent(bench.desk, await Outbox.get(id=row.id), bench.now())
    assert ((await Clock.get()).stopped_at, (await Demand.get()).closed_at) == before
    assert await History.filter(action="demand refused").count() == 1
    assert await Clock.all().count() == 1


async def test_a_kind_corrected_meanwhile_is_not_ended_by_the_refusal(bench: Bench) -> None:
    demand = await _access(bench)
    await _refuse(bench, demand)
    ticket, boris = await Ticket.get(), await bench.boris()
    await corrections.change_kind(bench.desk, ticket, "access_request", "rectification", boris, bench.now())
    await _goes_out(bench)
    assert (await Demand.get(kind="access_request")).outcome == "corrected"
    assert await Clock.filter(demand__kind="rectification", stopped_at__isnull=True).count() == 3
    assert any("has changed since it was decided" in row.content["words"] for row in bench.out["staff"].acts("notice"))


async def test_a_demand_made_anew_meanwhile_is_not_ended_by_the_refusal(bench: Bench) -> None:
    demand = await _access(bench)
    row = await _refuse(bench, demand)
    # The desk stood still; the answer was given by other means, and asked for again.
    await bench.stops(await Clock.get())
    later = bench.now() + timedelta(seconds=5)
    await bench.arrives(letter(later, number=2, kinds=("access_request",), ticket_id=row.ticket_id))
    await _goes_out(bench)
    assert (await Clock.get()).stopped_at is None
    assert (await Demand.get()).outcome == ""


async def test_an_extended_demand_is_refused_with_its_longer_term(bench: Bench) -> None:
    demand = await _access(bench)
    await Clock.filter(demand_id=demand.id).update(times_extended=1, due=date(2027, 1, 11))
    await _refuse(bench, demand)
    await _goes_out(bench)
    assert (await Clock.get()).stopped_how == "refused: 14-8-4"


async def test_a_refusal_that_was_wrong_is_taken_back_and_the_terms_run_with_their_own_dates(bench: Bench) -> None:
    demand = await _access(bench)
    due = (await Clock.get()).due_at
    await _refuse(bench, demand)
    await _goes_out(bench)
    ticket = await Ticket.get()
    await tickets.close(bench.desk, ticket, await bench.boris(), bench.now())
    bench.now.forward(days=2)
    await refusal.take_back(bench.desk, demand.id, "staff:2", bench.now())
    clock, demand, ticket = await Clock.get(), await Demand.get(), await Ticket.get()
    assert (clock.stopped_at, clock.stopped_by, clock.stopped_how, clock.due_at) == (None, "", "", due)
    assert clock.next_at is not None
    assert clock.next_at > bench.now()
    assert (demand.outcome, demand.ground, demand.closed_at) == ("", "", None)
    assert (ticket.status, ticket.due_at) == (TicketStatus.OPEN, due)
    acts = (
        await History.filter(action__in=["demand refused", "refusal withdrawn"]).order_by("id").values_list("action", flat=True)
    )
    assert list(acts) == ["demand refused", "refusal withdrawn"]
    with pytest.raises(Refused, match="is not refused"):
        await refusal.take_back(bench.desk, demand.id, "staff:2", bench.now())
    await _refuse(bench, demand, "no-data", "Проверили ещё раз.")
    await _goes_out(bench)
    assert (await Demand.get()).ground == "no-data"


async def test_a_term_that_passed_while_it_stood_refused_is_called_at_once(bench: Bench) -> None:
    demand = await _access(bench)
    await _refuse(bench, demand)
    await _goes_out(bench)
    bench.now.forward(days=60)
    await refusal.take_back(bench.desk, demand.id, "staff:2", bench.now())
    assert await sweep.sweep(bench.desk, bench.now())
    assert (await Outbox.filter(errand="reminder").order_by("-id").first()).content["overdue"]


async def test_a_letter_that_demands_it_again_opens_a_refused_demand_anew(bench: Bench) -> None:
    demand = await _access(bench)
    await _refuse(bench, demand)
    await _goes_out(bench)
    later = bench.now.forward(days=40)
    await bench.arrives(letter(later, number=2, kinds=("access_request",), ticket_id=demand.ticket_id))
    demand, clock = await Demand.get(), await Clock.get()
    assert (demand.outcome, demand.ground, demand.received_at) == ("", "", later)
    assert (clock.start_at, clock.stopped_at) == (later, None)


async def test_an_objection_that_demands_nothing_leaves_the_decision_to_a_person(bench: Bench) -> None:
    demand = await _access(bench)
    await _refuse(bench, demand)
    await _goes_out(bench)
    await bench.arrives(letter(bench.now(), number=2, kinds=("question",), ticket_id=demand.ticket_id, text="Не согласна"))
    assert (await Demand.get()).outcome == "refused"
    assert bench.out["staff"].acts("requester")[-1].content["version"] == 1


async def test_a_letter_that_comes_back_refused_nothing(bench: Bench) -> None:
    demand = await _access(bench)
    await _refuse(bench, demand)
    await _goes_out(bench)
    sent = bench.out["mail"].acts("refusal")[0]
    returned = letter(
        bench.now(), number=2, automated="bounce", answerable=False, original_message_id=sent.content["message_id"],
        subject="Undelivered",
    )  # fmt: skip
    await bench.arrives(returned)
    assert (await Demand.get()).outcome == ""
    assert (await Clock.get()).stopped_at is None
    assert (await History.get(action="refusal withdrawn")).actor == "desk"
    assert any("came back" in row.content["words"] for row in bench.out["staff"].acts("notice"))


async def test_a_roskomnadzor_demand_is_answered_without_advice_where_to_complain(bench: Bench) -> None:
    await bench.arrives(letter(bench.now(), kinds=("rkn_block_request",), subject="Запрос"))
    await _refuse(bench, await Demand.get(), "not-unlawful", "Проверка показала согласие.")
    await _goes_out(bench)
    assert bench.out["mail"].acts("refusal")[0].content["to_authority"]
    assert await Clock.filter(stopped_at__isnull=True).count() == 0


async def test_only_one_of_several_demands_is_refused(bench: Bench) -> None:
    await bench.arrives(letter(bench.now(), kinds=("access_request", "marketing_optout"), subject="Запрос"))
    ticket = await Ticket.get()
    assert [one.kind for one in await refusal.refusable(bench.desk, ticket)] == ["access_request"]
    await _refuse(bench, await Demand.get(kind="access_request"))
    await _goes_out(bench)
    assert [one.key for one in await clocks.running(ticket)] == ["stop"]
    assert (await Ticket.get()).due_at is not None
    card = await cards.card(bench.desk, await Ticket.get(), bench.now())
    assert [(one.kind, one.refusable) for one in card.kinds] == [("access_request", False), ("marketing_optout", False)]
    ending = card.kinds[0].ending
    assert ending is not None
    assert (ending.outcome, ending.ground) == ("refused", "п. 4 ч. 8 ст. 14 152-ФЗ")
    assert isinstance(ending.at, datetime)
