"""A request that repeats an earlier one too soon: staff are told the rule and the first allowed day."""

from desk.terms import corrections
from models import Clock, Outbox, Ticket
from tests.desk.people import Bench, letter

ASKS = {"kinds": ("access_request",), "subject": "Запрос", "text": "Какие данные вы храните?"}


async def _asks(bench: Bench, number: int = 1, **changes: object) -> Ticket:
    await bench.arrives(letter(bench.now(), number=number, **{**ASKS, **changes}))
    return await Ticket.all().order_by("-id").first()


async def _closed(bench: Bench, ticket: Ticket) -> None:
    await bench.finishes(ticket)


async def _told() -> list[dict]:
    return [row.content["params"] for row in await Outbox.filter(errand="notice").order_by("id") if "🔁" in row.content["words"]]


async def test_a_repeat_within_thirty_days_quotes_the_rule_and_the_first_allowed_day(bench: Bench) -> None:
    await _closed(bench, await _asks(bench))
    bench.now.forward(days=29)
    second = await _asks(bench, 2)
    assert second.id == 2
    assert await _told() == [
        {"days": 30, "number": 1, "first": "2026-12-10", "allowed": "2027-01-09", "article": "ч. 4–6 ст. 14 152-ФЗ"}
    ]
    # It is for a person to refuse: the term runs.
    assert await Clock.filter(ticket_id=second.id, stopped_at__isnull=True).exists()


async def test_a_repeat_after_thirty_days_is_an_ordinary_request(bench: Bench) -> None:
    await _closed(bench, await _asks(bench))
    bench.now.forward(days=30)
    await _asks(bench, 2)
    assert await _told() == []


async def test_the_days_run_from_the_original_request_and_not_from_an_early_repeat(bench: Bench) -> None:
    await _closed(bench, await _asks(bench))
    bench.now.forward(days=20)
    await _closed(bench, await _asks(bench, 2))
    bench.now.forward(days=12)
    await _asks(bench, 3)
    assert [one["number"] for one in await _told()] == [1]


async def test_other_people_other_kinds_and_the_represented_repeat_nobody(bench: Bench) -> None:
    await _closed(bench, await _asks(bench))
    bench.now.forward(days=1)
    await _closed(bench, await _asks(bench, 2, represented={"name": "Ребёнок"}))
    await _closed(bench, await _asks(bench, 3, kinds=("rectification",)))
    await _closed(bench, await _asks(bench, 4, kinds=("rectification",)))
    assert await _told() == []


async def test_asking_again_in_a_closed_ticket_is_a_repeat_too(bench: Bench) -> None:
    first = await _asks(bench)
    await _closed(bench, first)
    bench.now.forward(days=3)
    await _asks(bench, 2, ticket_id=first.id)
    assert await Ticket.all().count() == 1
    assert [one["allowed"] for one in await _told()] == ["2027-01-09"]


async def test_a_second_letter_on_the_open_matter_is_no_repeat(bench: Bench) -> None:
    await _asks(bench)
    bench.now.forward(hours=1)
    await _asks(bench, 2)
    assert await _told() == []


async def test_a_kind_that_was_misread_is_no_earlier_request(bench: Bench) -> None:
    first = await _asks(bench)
    await corrections.change_kind(bench.desk, first, "access_request", "question", await bench.boris(), bench.now())
    bench.now.forward(days=2)
    await _asks(bench, 2)
    assert await _told() == []
