"""The day the proof came, and the moment a fault was detected: entered by staff, and never a later date without a reason."""

from datetime import UTC, date, datetime, timedelta

import pytest

from desk.errors import Refused
from desk.matter import merging
from desk.ports import Sender
from desk.terms import corrections
from desk.views import cards, listing
from models import Action, Clock, Demand, History, Ticket
from models.store.connect import transaction
from tests.desk.people import Bench, letter

# Received on Thursday, 10 December 2026; the entered moment is the next Tuesday, or two days before.
LATER, EARLIER = datetime(2026, 12, 15, 9, tzinfo=UTC), datetime(2026, 12, 8, 9, tzinfo=UTC)
KINDS = [
    # kind, what it counts from, a clock, its dates from the receipt, from later, from earlier
    ("rectification", "proof", "correct", date(2026, 12, 21), date(2026, 12, 24), date(2026, 12, 17)),
    ("destruction_request", "proof", "destroy", date(2026, 12, 21), date(2026, 12, 24), date(2026, 12, 17)),
    ("blocking_request", "detection", "result", date(2026, 12, 21), date(2026, 12, 24), date(2026, 12, 17)),
    ("unlawful_processing", "detection", "stop", date(2026, 12, 15), date(2026, 12, 18), date(2026, 12, 11)),
    ("unlawful_processing", "detection", "destroy", date(2026, 12, 24), date(2026, 12, 29), date(2026, 12, 22)),
    ("rkn_block_request", "detection", "correct", date(2026, 12, 21), date(2026, 12, 24), date(2026, 12, 17)),
]


async def _opened(bench: Bench, kind: str) -> Ticket:
    await bench.arrives(letter(bench.now(), kinds=(kind,), subject="Запрос"))
    bench.now.forward(days=6)
    return await Ticket.get()


@pytest.mark.parametrize(("kind", "start", "key", "strict", "later", "earlier"), KINDS)
async def test_terms_count_from_a_later_date_only_for_a_reason(
    bench: Bench, kind: str, start: str, key: str, strict: date, later: date, earlier: date
) -> None:
    ticket, boris = await _opened(bench, kind), await bench.boris()

    async def due() -> date:
        return (await Clock.get(key=key)).due

    async def entered(at: datetime | None, why: str = "") -> bool:
        return await corrections.set_known_at(bench.desk, ticket, start, at, why, boris, bench.now())

    assert await due() == strict
    assert (await entered(LATER), await due()) == (False, strict)
    assert (await entered(LATER, "  "), await due()) == (False, strict)
    assert (await entered(LATER, "Копия паспорта пришла 15.12"), await due()) == (True, later)
    assert (await entered(EARLIER), await due()) == (True, earlier)
    assert (await entered(None), await due()) == (False, strict)
    assert (await Demand.get()).known_why == ""
    told = [row.details for row in await History.filter(action=Action.KNOWN_DATE).order_by("id")]
    assert [one["counts"] for one in told] == [False, False, True, True, False]
    assert told[2]["why"] == "Копия паспорта пришла 15.12"


async def test_what_is_due_at_once_stays_due_at_the_receipt(bench: Bench) -> None:
    ticket, boris = await _opened(bench, "rectification"), await bench.boris()
    before = (await Clock.get(key="block")).due_at
    await corrections.set_known_at(bench.desk, ticket, "proof", LATER, "Пришли документы", boris, bench.now())
    assert (await Clock.get(key="block")).due_at == before


@pytest.mark.parametrize(
    ("kind", "start", "field"), [("rectification", "proof", "proof_at"), ("unlawful_processing", "detection", "detected_at")]
)
async def test_the_card_and_the_listing_show_the_date(bench: Bench, kind: str, start: str, field: str) -> None:
    ticket, boris = await _opened(bench, kind), await bench.boris()
    [before] = (await listing.full(bench.desk, ticket))["demands"]
    assert (before["proof_at"], before["detected_at"]) == (None, None)
    await corrections.set_known_at(bench.desk, ticket, start, LATER, "", boris, bench.now())
    [demand] = (await listing.full(bench.desk, ticket))["demands"]
    assert demand[field] == "2026-12-15T12:00:00+03:00"
    [shown] = (await cards.card(bench.desk, ticket, bench.now())).kinds
    assert shown.known is not None
    assert (shown.known.at, shown.known.detected, shown.known.counts) == (LATER, start == "detection", False)
    await corrections.set_known_at(bench.desk, ticket, start, LATER, "Проверка", boris, bench.now())
    lines = [line for _heading, lines in await cards.why(bench.desk, ticket, "ru") for line in lines]
    said = "Подтверждение получено" if start == "proof" else "Выявлено"
    assert any(line.startswith(said) for line in lines)


@pytest.mark.parametrize(("kind", "start"), [("access_request", "proof"), ("rectification", "detection"), ("claim", "detection")])
async def test_no_other_demand_counts_from_such_a_date(bench: Bench, kind: str, start: str) -> None:
    ticket, boris = await _opened(bench, kind), await bench.boris()
    with pytest.raises(Refused, match="counts from such a date"):
        await corrections.set_known_at(bench.desk, ticket, start, LATER, "", boris, bench.now())


async def test_a_date_to_come_is_refused(bench: Bench) -> None:
    ticket, boris = await _opened(bench, "rectification"), await bench.boris()
    with pytest.raises(Refused, match="in the future"):
        await corrections.set_known_at(bench.desk, ticket, "proof", bench.now() + timedelta(hours=1), "", boris, bench.now())


@pytest.mark.parametrize(
    ("theirs", "why", "due"),
    [(EARLIER, "", date(2026, 12, 17)), (LATER, "Документы пришли", date(2026, 12, 21)), (None, "", date(2026, 12, 21))],
)
async def test_what_is_merged_brings_its_date_and_no_term_moves_later(
    bench: Bench, theirs: datetime | None, why: str, due: date
) -> None:
    kept = await _opened(bench, "rectification")
    await bench.arrives(
        letter(LATER, kinds=("rectification",), number=2, sender=Sender("email", "anna@work.example", name="Анна Петрова"))
    )
    merged = await Ticket.exclude(id=kept.id).get()
    boris = await bench.boris()
    if theirs is not None:
        await corrections.set_known_at(bench.desk, merged, "proof", theirs, why, boris, bench.now())
    async with transaction():
        await merging.merge(bench.desk, merged, kept.id, boris, bench.now())
    demand = await Demand.get(ticket_id=kept.id)
    assert demand.known_at == theirs
    assert (await Clock.get(demand_id=demand.id, key="correct")).due == due
