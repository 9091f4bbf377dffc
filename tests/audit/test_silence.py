"""Nothing is left past its date, or parked, in silence."""

from datetime import timedelta

import pytest

from desk.errors import Permanent
from desk.flow import inbound, parking
from desk.outward import replies
from desk.reminders import sweep
from desk.terms import confirming
from desk.ticket import clocks, tickets
from models import Clock, Demand, Inbound, InboundState, Outbox, Reminder, Ticket, TicketStatus
from tests.desk.people import Bench, letter


async def test_a_term_that_moved_is_reminded_of_at_every_level_again(bench: Bench) -> None:
    await bench.arrives(letter(bench.now(), kinds=("claim",), subject="Претензия"))
    for _ in range(20 * 24):
        bench.now.forward(hours=1)
        await sweep.sweep(bench.desk, bench.now())
    await bench.run()
    before = {row.content["level"] for row in bench.out["staff"].acts("reminder")}
    assert "wd1" in before
    clock = await Clock.get()
    demand = await Demand.get()
    demand.received_at = bench.now()
    [dates] = clocks.counted(bench.desk, demand)
    await clocks.move(bench.desk, clock, dates, bench.now())
    bench.out["staff"].rows.clear()
    for _ in range(35 * 24):
        bench.now.forward(hours=1)
        await sweep.sweep(bench.desk, bench.now())
    await bench.run()
    said = {row.content["level"] for row in bench.out["staff"].acts("reminder")}
    assert {"half", "wd5", "wd3", "wd1", "safe_morning", "due", "overdue_1"} <= said


async def test_one_ticket_that_cannot_be_reminded_of_silences_no_other(bench: Bench) -> None:
    await bench.arrives(letter(bench.now(), kinds=("claim",), subject="Претензия"))
    await bench.arrives(
        letter(
            bench.now(),
            number=2,
            kinds=("claim",),
            subject="Другая",
            sender=letter(bench.now()).sender.__class__("email", "clara@example.org"),
        )
    )
    first, second = await Ticket.all().order_by("id")
    await Demand.filter(ticket_id=first.id).update(rule_id="gone-rule")
    bench.now.forward(days=60)
    with pytest.raises(Exception, match="gone-rule"):
        await sweep.sweep(bench.desk, bench.now())
    assert await Reminder.filter(clock__ticket_id=second.id).exists()


async def test_what_fails_again_after_a_retry_is_said_again(bench: Bench) -> None:
    bench.doors["mail"].errors = [Permanent("Not today."), Permanent("Nor tomorrow.")]
    row = await bench.arrives(letter(bench.now()))
    bench.now.forward(minutes=5)
    await parking.retry_inbound(row.id, "staff:2", bench.now())
    await bench.run()
    said = [one.content["error"] for one in bench.out["staff"].acts("parked")]
    assert said == ["Not today.", "Nor tomorrow."]


async def test_a_demand_made_again_after_it_was_done_has_a_clock_again(bench: Bench) -> None:
    await bench.arrives(letter(bench.now(), kinds=("access_request", "claim"), subject="Запрос"))
    ticket = await Ticket.get()
    access = await Demand.get(kind="access_request")
    for clock in await Clock.filter(demand_id=access.id):
        await bench.stops(clock)
    bench.now.forward(days=5)
    row = await bench.arrives(letter(bench.now(), number=2, kinds=("access_request",), subject="Ещё раз"))
    assert row.ticket_id is not None
    running = await Clock.filter(demand__kind="access_request", stopped_at__isnull=True)
    assert running, "the second request has no running clock"
    assert min(one.start_at for one in running) >= bench.now() - timedelta(minutes=1)
    # And when it comes by a proven reference.
    for clock in running:
        await bench.stops(clock)
    bench.now.forward(days=5)
    await bench.arrives(letter(bench.now(), number=3, kinds=("access_request",), subject="И ещё", ticket_id=row.ticket_id))
    assert await Clock.filter(demand__kind="access_request", stopped_at__isnull=True).exists()
    assert ticket.status == TicketStatus.OPEN


async def test_a_demand_taken_back_and_made_after_all_has_a_clock(bench: Bench) -> None:
    await bench.arrives(letter(bench.now()))
    ticket = await Ticket.get()
    await confirming.only_a_question(bench.desk, ticket, ["consent_withdrawal"], bench.now())
    bench.now.forward(days=1)
    await bench.arrives(letter(bench.now(), number=2, ticket_id=ticket.id))
    assert await Clock.filter(demand__kind="consent_withdrawal", stopped_at__isnull=True).exists()
    assert (await Demand.get(kind="consent_withdrawal")).closed_at is None


async def test_a_demand_added_to_a_closed_ticket_opens_it(bench: Bench) -> None:
    await bench.arrives(letter(bench.now()))
    ticket = await Ticket.get()
    await bench.finishes(ticket)
    ticket = await Ticket.get()
    await tickets.add_demands(bench.desk, ticket, ["access_request"], bench.now(), "machine", bench.now())
    assert (await Ticket.get(id=ticket.id)).status == TicketStatus.OPEN


async def test_a_request_made_again_in_a_year_without_a_calendar_is_still_a_ticket(bench: Bench) -> None:
    await bench.arrives(letter(bench.now(), kinds=("access_request",)))
    ticket = await Ticket.get()
    await bench.finishes(ticket)
    bench.now.forward(days=365 * 4)
    row = await bench.arrives(letter(bench.now(), number=2, kinds=("access_request",), ticket_id=ticket.id))
    assert (row.state, row.outcome) == (InboundState.DONE, "added")
    assert any("No date could be counted" in one.content["words"] for one in bench.out["staff"].acts("notice"))


async def test_a_row_that_kills_its_process_is_parked_in_the_end(bench: Bench) -> None:
    row = await bench.arrives(letter(bench.now()), handle=False)
    # Every process that took it died: the leases were counted, nothing else was.
    await Inbound.filter(id=row.id).update(attempts=50)
    await bench.run()
    row = await Inbound.get(id=row.id)
    assert row.state == InboundState.PARKED
    assert bench.out["staff"].acts("parked")


async def test_a_row_settled_by_another_worker_meanwhile_is_not_parked(bench: Bench) -> None:
    row = await bench.arrives(letter(bench.now()), handle=False)

    class Slow:
        channel = "mail"

        async def prepare(self, one: Inbound, raw: bytes) -> None:
            # Our lease ran out, and another worker has taken the letter.
            await Inbound.filter(id=one.id).update(state=InboundState.DONE, leased_by="", lease_until=None, outcome="opened")
            raise Permanent("Too late to matter.")

        async def handle(self, prepared: object, one: Inbound, now: object) -> None:
            raise AssertionError

    await inbound.drain(bench.desk, {"mail": Slow()}, bench.now)  # type: ignore[dict-item]
    assert (await Inbound.get(id=row.id)).state == InboundState.DONE
    assert not await Outbox.filter(errand="parked").exists()


async def test_a_row_of_a_channel_that_is_switched_off_waits_and_holds_up_nobody(bench: Bench) -> None:
    row = await bench.arrives(letter(bench.now()), handle=False)
    assert await inbound.drain(bench.desk, {}, bench.now) <= 2
    row = await Inbound.get(id=row.id)
    assert row.state == InboundState.WAITING
    await inbound.drain(bench.desk, bench.doors, lambda: bench.now() + timedelta(hours=2))
    assert (await Inbound.get(id=row.id)).state == InboundState.DONE


async def test_a_reply_put_off_uncounted_is_not_overtaken(bench: Bench) -> None:
    await bench.arrives(letter(bench.now()))
    ticket = await Ticket.get()
    for number in (1, 2):
        await replies.reply(
            bench.desk,
            ticket,
            staff=await bench.boris(),
            text=f"Ответ {number}",
            entities=None,
            files=(),
            external_id=f"-1001:{number}",
            album="",
            reply_to=number,
            now=bench.now(),
        )
        bench.now.forward(seconds=1)
    bench.now.forward(minutes=1)
    first, second = await Outbox.filter(errand="reply").order_by("id")
    await Outbox.filter(id=first.id).update(
        attempts=0, error="Telegram asked us to wait.", next_try_at=bench.now() + timedelta(seconds=30)
    )
    await bench.run()
    assert not bench.out["mail"].acts("reply")
    bench.now.forward(seconds=31)
    await bench.run()
    assert [row.id for row in bench.out["mail"].acts("reply")] == [first.id, second.id]
