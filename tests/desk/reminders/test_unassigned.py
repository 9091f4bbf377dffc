"""Tickets that nobody took: in each digest, and from the second day on in their topics."""

from datetime import UTC, datetime

import pytest

from desk.ports import Sender
from desk.reminders import digest
from desk.ticket import tickets
from models import Outbox, Ticket
from tests.desk.people import Bench, letter


def _morning(bench: Bench, day: int) -> None:
    bench.now.at = datetime(2026, 12, day, 6, 0, tzinfo=UTC)


async def _called() -> list[Outbox]:
    return [row for row in await Outbox.filter(errand="notice").order_by("id") if "🙋" in row.content["words"]]


async def test_a_ticket_nobody_took_is_called_out_once_each_working_day_from_its_second(bench: Bench) -> None:
    bench.now.at = datetime(2026, 12, 10, 4, 0, tzinfo=UTC)
    await bench.arrives(letter(bench.now(), kinds=("access_request",), subject="Запрос"))
    _morning(bench, 10)
    assert await digest.say(bench.desk, bench.now())
    assert await _called() == []
    for day, said in ((11, 1), (11, 1), (12, 1), (13, 1), (14, 2)):  # the 12th is a Saturday
        _morning(bench, day)
        await digest.say(bench.desk, bench.now())
        assert len(await _called()) == said
    [first, _second] = await _called()
    assert first.content["params"] == {"since": "2026-12-10", "safe": "2026-12-24"}
    assert first.content["whom"] == [3]
    assert first.conversation == "topic:1"


async def test_who_takes_the_ticket_ends_the_calls(bench: Bench) -> None:
    await bench.arrives(letter(bench.now(), kinds=("access_request",), subject="Запрос"))
    await tickets.take(bench.desk, await Ticket.get(), await bench.boris(), bench.now())
    _morning(bench, 11)
    assert await digest.say(bench.desk, bench.now())
    assert await _called() == []
    assert (await Outbox.get(errand="digest")).content["unassigned"]["count"] == 0


async def test_of_very_many_the_most_urgent_are_called_out_and_the_digest_counts_all(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digest, "CALLED", 2)
    bench.now.at = datetime(2026, 12, 10, 4, 0, tzinfo=UTC)
    for number in range(1, 5):
        sender = Sender("email", f"p{number}@example.org")
        await bench.arrives(letter(bench.now(), number=number, kinds=("access_request",), sender=sender))
        bench.now.forward(days=1 if number == 2 else 0)
    _morning(bench, 14)
    assert await digest.say(bench.desk, bench.now())
    assert [row.ticket_id for row in await _called()] == [1, 2]
    assert (await Outbox.get(errand="digest")).content["unassigned"]["count"] == await Ticket.all().count()
