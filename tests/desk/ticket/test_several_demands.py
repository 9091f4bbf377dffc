"""One letter, many demands: all their clocks run, the earliest leads, and whatever is corrected counts from the receipt."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from desk.law import load_regime
from desk.ports import Sender
from desk.terms import corrections
from desk.ticket import clocks
from models import Clock, Demand, History, Inbound, Ticket
from tests.desk.people import Bench, Now, letter, make_desk


async def running(ticket: Ticket) -> set[tuple[str, str]]:
    found = await Clock.filter(ticket_id=ticket.id, stopped_at__isnull=True).select_related("demand")
    return {(one.demand.kind, one.key) for one in found}


async def test_every_demand_of_a_letter_runs_and_the_earliest_leads(bench: Bench) -> None:
    await bench.arrives(letter(bench.now(), kinds=("claim", "access_request", "rectification")))
    ticket = await Ticket.get()
    assert await running(ticket) == {
        ("claim", "answer"),
        ("access_request", "answer"),
        ("rectification", "block"),
        ("rectification", "correct"),
        ("rectification", "notify"),
    }
    held = await Clock.all()
    assert ticket.safe_at == min(one.safe_at for one in held)
    assert ticket.due_at == min(one.due_at for one in held) == bench.now()
    for kind, safe in (
        ("rectification", date(2026, 12, 21)),
        ("access_request", date(2026, 12, 24)),
        ("claim", date(2026, 12, 30)),
    ):
        first = (await clocks.running(await Ticket.get()))[0]
        if first.unit == "immediately":
            await bench.stops(first)
        first = (await clocks.running(await Ticket.get()))[0]
        assert (await Demand.get(id=first.demand_id)).kind == kind
        assert (first.safe, (await Ticket.get()).safe_at) == (safe, first.safe_at)
        for clock in await Clock.filter(demand_id=first.demand_id, stopped_at__isnull=True):
            await bench.stops(clock)
    ticket = await Ticket.get()
    assert (ticket.due_at, ticket.safe_at) == (None, None)


async def test_a_letter_that_repeats_one_demand_and_adds_another_is_the_same_matter(bench: Bench) -> None:
    await bench.arrives(letter(bench.now()))
    before = {one.key: one.due for one in await Clock.all()}
    bench.now.forward(days=4)
    more = ("consent_withdrawal", "access_request")
    row = await bench.arrives(letter(bench.now(), number=2, subject="Ещё раз", kinds=more, text="Отзываю и прошу сведения"))
    ticket = await Ticket.get()
    assert (row.outcome, row.ticket_id) == ("added", ticket.id)
    withdrawal, access = await Demand.all().order_by("id")
    assert {one.key: one.due for one in await Clock.filter(demand_id=withdrawal.id)} == before
    assert (access.kind, access.received_at) == ("access_request", bench.now())
    told = bench.out["mail"].acts("acknowledgement")[-1].content
    assert ([one["kind"] for one in told["kinds"]], told["linked"]) == (["access_request"], False)


@pytest.mark.parametrize(
    "change", [{"represented": {"name": "Пётр", "basis": "мать"}}, {"sender": Sender("email", "b@example.org")}]
)
async def test_the_same_demand_for_or_by_somebody_else_is_another_matter(bench: Bench, change: dict) -> None:
    await bench.arrives(letter(bench.now()))
    more = ("consent_withdrawal", "access_request")
    row = await bench.arrives(letter(bench.now(), number=2, kinds=more, text="Отзываю и прошу", **change))
    assert row.outcome == "opened"
    assert await Ticket.all().count() == 2


async def test_a_changed_kind_counts_from_the_original_receipt_and_history_says_so(bench: Bench) -> None:
    await bench.arrives(letter(bench.now(), kinds=("question", "claim")))
    ticket = await Ticket.get()
    received = ticket.received_at
    bench.now.forward(days=6)
    await corrections.change_kind(bench.desk, ticket, "question", "access_request", await bench.boris(), bench.now())
    access = await Demand.get(kind="access_request")
    assert access.received_at == received
    clock = await Clock.get(demand_id=access.id)
    assert (clock.start_at, clock.due, clock.opened_at) == (received, date(2026, 12, 24), bench.now())
    [said] = await History.filter(ticket_id=ticket.id, action="kind changed")
    assert (said.actor, said.details) == ("staff:2", {"from": "question", "to": "access_request"})
    assert await running(ticket) == {("claim", "answer"), ("access_request", "answer")}


async def test_a_kind_taken_up_again_in_the_place_of_an_earlier_one_counts_from_that(bench: Bench) -> None:
    await bench.arrives(letter(bench.now(), kinds=("claim",)))
    ticket, boris = await Ticket.get(), await bench.boris()
    bench.now.forward(days=5)
    await bench.arrives(letter(bench.now(), number=2, ticket_id=ticket.id, kinds=("access_request",), text="И что у вас есть?"))
    await corrections.change_kind(bench.desk, ticket, "access_request", None, boris, bench.now())
    await corrections.change_kind(bench.desk, ticket, "claim", "access_request", boris, bench.now())
    access = await Demand.get(kind="access_request")
    assert access.received_at == ticket.received_at
    assert (await Clock.get(demand_id=access.id)).due == date(2026, 12, 24)
    await corrections.change_kind(bench.desk, ticket, None, "claim", boris, bench.now())
    assert (await Demand.get(kind="claim")).received_at == ticket.received_at


@pytest.mark.parametrize("kinds", [("consent_withdrawal",), ("question",), (), ("access_request", "claim")])
async def test_a_law_without_a_rule_of_its_own_for_a_kind_takes_it_as_any_request(
    db: object, tmp_path: Path, now: Now, kinds: tuple[str, ...]
) -> None:
    bench = Bench(make_desk(tmp_path, regime=load_regime("gdpr")), now)
    row = await bench.arrives(letter(now(), kinds=kinds))
    assert (row.outcome, row.error) == ("opened", "")
    held = set(await Demand.all().values_list("kind", flat=True))
    assert held <= set(bench.desk.regime.kinds)
    assert "any_request" in held
    ticket = await Ticket.get()
    assert ticket.due_at is not None
    answer = replace(letter(now(), number=2, kinds=("question",), text="Спасибо"), ticket_id=ticket.id)
    assert (await bench.arrives(answer)).outcome == "added"
    assert await Inbound.filter(state="parked").count() == 0
    assert await Ticket.all().count() == 1


async def test_clocks_of_a_later_letter_never_hide_an_earlier_one(bench: Bench) -> None:
    await bench.arrives(letter(bench.now(), kinds=("access_request",)))
    ticket = await Ticket.get()
    first = ticket.due_at
    bench.now.forward(days=1)
    await bench.arrives(letter(bench.now(), number=2, ticket_id=ticket.id, kinds=("claim",), text="И верните деньги"))
    assert (await Ticket.get()).due_at == first
    assert first is not None
    assert first < (await Clock.get(demand__kind="claim")).due_at
