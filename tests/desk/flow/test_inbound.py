"""Stored first, acted on later, never lost."""

import os
import subprocess
import sys

from desk.errors import Permanent, Temporary
from desk.flow import inbound, parking, queues
from desk.record import received
from models import Inbound, InboundState, Message, OutboxState, Ticket
from tests.desk.people import Bench, letter


async def test_a_message_is_stored_sealed_and_comes_back_whole(bench: Bench) -> None:
    for position, raw in enumerate((b"short", b"x" * 100_000), 1):
        item = inbound.Item(position, "mail:anna@example.org", bench.now(), raw)
        assert await inbound.store_many(bench.desk, "mail", "mail:a:INBOX:1", [item], bench.now()) == 1
        row = await Inbound.get(position=position)
        assert await received.raw(bench.desk, row) == raw
        assert raw not in bytes(row.sealed or b"")


async def test_storing_twice_is_harmless(bench: Bench) -> None:
    item = inbound.Item(7, "mail:a", bench.now(), b"one")
    assert await inbound.store_many(bench.desk, "mail", "s", [item, item], bench.now()) == 1
    assert await inbound.store_many(bench.desk, "mail", "s", [item], bench.now()) == 0
    assert await inbound.last_position("s") == 7


async def test_a_temporary_failure_keeps_the_order_of_the_conversation(bench: Bench) -> None:
    bench.doors["mail"].errors = [Temporary("The vault is on a disk that is away.")]
    await bench.arrives(letter(bench.now()), handle=False)
    ticketless = await bench.arrives(letter(bench.now(), number=2, subject="другое", kinds=("question",)))
    assert ticketless.state == InboundState.WAITING
    assert await Ticket.all().count() == 0
    bench.now.forward(seconds=10)
    await bench.run()
    assert [m.external_id for m in await Message.all().order_by("id")] == ["<letter1@example.org>", "<letter2@example.org>"]


async def test_what_cannot_be_read_is_parked_where_staff_see_it_and_does_not_block_the_next(bench: Bench) -> None:
    bench.doors["mail"].errors = [Permanent("This is no letter.")]
    broken = await bench.arrives(letter(bench.now()))
    assert broken.state == InboundState.PARKED
    assert bench.out["staff"].acts("parked")[0].content == {"inbound": broken.id, "error": "This is no letter."}
    assert (await bench.arrives(letter(bench.now(), number=2))).state == InboundState.DONE


async def test_our_own_fault_is_tried_a_few_times_and_then_parked(bench: Bench) -> None:
    bench.doors["mail"].errors = [ZeroDivisionError() for _ in range(10)]
    row = await bench.arrives(letter(bench.now()))
    for _ in range(10):
        bench.now.forward(minutes=5)
        await bench.run()
    row = await Inbound.get(id=row.id)
    assert row.state == InboundState.PARKED
    assert "ZeroDivisionError" in row.error


async def test_a_parked_message_can_be_tried_again(bench: Bench) -> None:
    bench.doors["mail"].errors = [Permanent("Not today.")]
    row = await bench.arrives(letter(bench.now()))
    await parking.retry_inbound(row.id, "staff:2", bench.now())
    await bench.run()
    assert (await Inbound.get(id=row.id)).state == InboundState.DONE
    assert await Ticket.all().count() == 1


async def test_a_ticket_can_be_made_of_a_parked_message(bench: Bench) -> None:
    bench.doors["mail"].errors = [Permanent("Not readable.")]
    row = await bench.arrives(letter(bench.now()))
    ticket = await parking.open_from_inbound(bench.desk, row.id, "staff:2", bench.now())
    assert ticket.answer_to == "anna@example.org"
    assert ticket.received_at == row.received_at
    assert (await parking.parked()).inbound == []


async def test_a_parked_delivery_can_be_tried_again_or_dropped(bench: Bench) -> None:
    bench.out["mail"].errors = [Permanent("Refused."), Permanent("Refused again.")]
    await bench.arrives(letter(bench.now()))
    [row] = (await parking.parked()).outbox
    bench.now.forward(minutes=1)
    await parking.retry_outbox(row.id, "staff:2", bench.now())
    await bench.run()
    [row] = (await parking.parked()).outbox
    assert len(bench.out["staff"].acts("parked")) == 2  # each time it is said again
    await parking.drop_outbox(row.id, "staff:2", bench.now())
    await row.refresh_from_db()
    assert row.state == OutboxState.DROPPED


async def test_the_leases_of_a_killed_process_of_this_machine_end_at_the_next_start(bench: Bench) -> None:
    await bench.arrives(letter(bench.now()), handle=False)
    host = queues.HOLDER.split(":", maxsplit=1)[0]
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()
    for holder, ended in (
        (f"{host}:{child.pid}:00", 1),
        ("elsewhere:1:00", 0),
        (f"{host}:{os.getppid()}:00", 0),
        (queues.HOLDER, 0),
    ):
        await Inbound.all().update(lease_until=bench.now() + queues.LEASE, leased_by=holder)
        assert await queues.forget_leases_of_the_dead(bench.now()) == ended, holder
