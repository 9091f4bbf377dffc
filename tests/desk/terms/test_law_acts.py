"""What staff do about terms: extend, correct, put off, schedule; and what the digest tells them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from desk.errors import Refused
from desk.outward import replies
from desk.reminders import digest
from desk.terms import corrections, extension
from desk.ticket import clocks
from desk.views import cards
from models import Clock, Demand, Outbox, Ticket
from tests.desk.people import Bench, letter


async def _access(bench: Bench) -> Ticket:
    await bench.arrives(letter(bench.now(), kinds=("access_request",), subject="Запрос"))
    return await Ticket.get()


async def test_an_extension_moves_the_clock_only_when_its_notice_was_sent(bench: Bench) -> None:
    await _access(bench)  # 10.12.2026 + 10 working days = 24.12.2026
    clock = await Clock.get()
    await extension.extend(bench.desk, clock.id, await bench.boris(), "Архив у подрядчика", bench.now())
    assert (await Clock.get()).due == date(2026, 12, 24)
    bench.now.forward(seconds=11)
    await bench.run()
    notice = bench.out["mail"].acts("extension")[0].content
    assert (notice["old_due"], notice["new_due"]) == ("2026-12-24", "2027-01-11")
    moved = await Clock.get()
    assert (moved.due, moved.times_extended) == (date(2027, 1, 11), 1)
    with pytest.raises(Refused, match="20"):
        await extension.extend(bench.desk, clock.id, await bench.boris(), "Ещё", bench.now())


async def test_an_extension_is_refused_where_the_law_knows_none_or_the_term_is_over(bench: Bench) -> None:
    await bench.arrives(letter(bench.now()))
    destroy = await Clock.get(key="destroy")
    with pytest.raises(Refused, match="21"):
        await extension.extend(bench.desk, destroy.id, await bench.boris(), "Долго", bench.now())
    await bench.arrives(letter(bench.now(), number=2, kinds=("access_request",), subject="Запрос", text="Что у вас есть?"))
    answer = await Clock.get(key="answer")
    with pytest.raises(Refused, match="reasons"):
        await extension.extend(bench.desk, answer.id, await bench.boris(), "  ", bench.now())
    with pytest.raises(Refused, match="20"):
        await extension.extend(bench.desk, answer.id, await bench.boris(), "Поздно", bench.now() + timedelta(days=60))


async def test_a_notice_that_leaves_too_late_moves_nothing_and_is_said(bench: Bench) -> None:
    await _access(bench)
    clock = await Clock.get()
    await extension.extend(bench.desk, clock.id, await bench.boris(), "Архив", bench.now())
    bench.now.forward(days=40)
    await bench.run()
    assert (await Clock.get()).due == date(2026, 12, 24)
    assert not bench.out["mail"].acts("extension")
    assert any("does not hold" in row.content["words"] for row in bench.out["staff"].acts("notice"))


async def test_an_extension_taken_back_in_time_moves_nothing(bench: Bench) -> None:
    await _access(bench)
    clock = await Clock.get()
    row = await extension.extend(bench.desk, clock.id, await bench.boris(), "Архив", bench.now())
    assert await replies.undo(bench.desk, row.id, await bench.boris(), bench.now())
    bench.now.forward(days=1)
    await bench.run()
    assert (await Clock.get()).due == date(2026, 12, 24)


async def test_a_corrected_kind_counts_from_the_original_receipt(bench: Bench) -> None:
    await bench.arrives(letter(bench.now(), kinds=("question",)))
    ticket = await Ticket.get()
    received = bench.now()
    bench.now.forward(days=5)
    await corrections.change_kind(bench.desk, ticket, "question", "access_request", await bench.boris(), bench.now())
    demand = await Demand.get(kind="access_request")
    assert demand.received_at == received
    assert (await Clock.get(demand_id=demand.id)).due == date(2026, 12, 24)
    assert (await Demand.get(kind="question")).outcome == "corrected"
    assert [clock.demand_id for clock in await clocks.running(ticket)] == [demand.id]


async def test_a_ticket_is_never_left_without_a_kind(bench: Bench) -> None:
    ticket = await _access(bench)
    for old, new in (("access_request", None), ("claim", None), (None, "access_request"), ("access_request", "nonsense")):
        with pytest.raises(Refused):
            await corrections.change_kind(bench.desk, ticket, old, new, await bench.boris(), bench.now())


async def test_the_date_of_a_document_is_entered_by_hand(bench: Bench) -> None:
    await bench.arrives(letter(bench.now(), kinds=("rkn_order",), subject="Предписание"))
    ticket = await Ticket.get()
    assert ticket.due_at is None
    await corrections.set_document_date(bench.desk, ticket, date(2026, 12, 25), await bench.boris(), bench.now())
    assert (await Clock.get(key="comply")).due == date(2026, 12, 25)
    assert (await Ticket.get()).due_at is not None


async def test_an_earlier_paper_letter_moves_the_clocks_and_a_later_one_does_not(bench: Bench) -> None:
    ticket = await _access(bench)
    boris = await bench.boris()
    earlier = bench.now() - timedelta(days=2)
    assert await corrections.register_paper(bench.desk, ticket, earlier, "По почте", boris, bench.now())
    assert (await Clock.get()).due == date(2026, 12, 22)
    assert not await corrections.register_paper(bench.desk, ticket, bench.now(), "Ещё раз", boris, bench.now())
    assert (await Clock.get()).due == date(2026, 12, 22)
    assert (await Ticket.get()).received_at == earlier


async def test_a_destruction_that_is_impossible_goes_on_for_six_months_from_the_receipt(bench: Bench) -> None:
    await bench.arrives(letter(bench.now()))
    ticket = await Ticket.get()
    await corrections.destruction_impossible(bench.desk, ticket, "Резервные копии", await bench.boris(), bench.now())
    assert [(c.key, c.due) for c in await clocks.running(ticket) if c.key == "destroy"] == [("destroy", date(2027, 6, 10))]


async def test_a_scheduled_reply_leaves_at_its_moment_and_is_on_the_card(bench: Bench) -> None:
    ticket = await _access(bench)
    tomorrow = bench.now() + timedelta(days=1)
    row = await _write(bench, ticket, at=tomorrow)
    await bench.run()
    assert [one.at for one in (await cards.card(bench.desk, ticket, bench.now())).scheduled] == [tomorrow]
    assert not bench.out["mail"].acts("reply")
    assert await replies.reschedule(bench.desk, row.id, tomorrow + timedelta(hours=1), await bench.boris(), bench.now())
    bench.now.forward(days=1, minutes=1)
    await bench.run()
    assert not bench.out["mail"].acts("reply")
    bench.now.forward(hours=1)
    await bench.run()
    assert len(bench.out["mail"].acts("reply")) == 1


async def test_a_held_reply_waits_for_a_manager(bench: Bench) -> None:
    ticket = await _access(bench)
    row = await _write(bench, ticket, held=True)
    bench.now.forward(days=20)
    await bench.run()
    assert not bench.out["mail"].acts("reply")
    boris = await bench.boris()
    with pytest.raises(Refused, match="manager"):
        await replies.release(bench.desk, row.id, boris, bench.now())
    boris.role = "manager"
    assert await replies.release(bench.desk, row.id, boris, bench.now())
    await bench.run()
    assert len(bench.out["mail"].acts("reply")) == 1


async def _write(bench: Bench, ticket: Ticket, **when: object) -> Outbox:
    return await replies.reply(
        bench.desk, ticket, staff=await bench.boris(), text="Ответ", entities=None, files=(), external_id="-1001:90",
        album="", reply_to=90, now=bench.now(), **when,
    )  # fmt: skip


async def test_the_digest_is_said_once_each_working_day_after_the_desk_opens(bench: Bench) -> None:
    await _access(bench)
    bench.now.at = datetime(2026, 12, 11, 5, 59, tzinfo=UTC)
    assert not await digest.say(bench.desk, bench.now())
    bench.now.at = datetime(2026, 12, 11, 6, 0, tzinfo=UTC)
    assert await digest.say(bench.desk, bench.now())
    assert not await digest.say(bench.desk, bench.now())
    await bench.run()
    said = bench.out["staff"].acts("digest")[0].content
    assert (said["open"], said["unassigned"]["count"], said.get("calendar_wanted")) == (1, 1, None)
    assert said["chart"] == [{"day": "2026-12-24", "count": 1}]
    bench.now.at = datetime(2026, 12, 12, 7, 0, tzinfo=UTC)  # a Saturday
    assert not await digest.say(bench.desk, bench.now())


async def test_every_date_is_explained_day_by_day_in_both_languages(bench: Bench) -> None:
    ticket = await _access(bench)
    for language, word in (("ru", "рабоч"), ("en", "working")):
        [(heading, lines)] = await cards.why(bench.desk, ticket, language)
        assert heading
        assert any(word in line for line in lines)


async def test_the_coming_reminders_of_a_ticket_can_be_seen(bench: Bench) -> None:
    ticket = await _access(bench)
    levels = [one.level for one in await cards.coming(bench.desk, ticket, bench.now())]
    assert levels[-3:] == ["safe_morning", "safe_2h", "due"]
