"""Sent once, recorded once: whatever goes wrong between the two, and whoever works on the same ticket at the same moment."""

import asyncio
from dataclasses import replace

import pytest
from tortoise.exceptions import OperationalError

from desk import contents, letters, outbox
from desk.context import Mailbox
from desk.errors import Misconfigured, Permanent
from desk.flow import delivery, inbound, settling
from desk.outward import acknowledgement
from desk.ports import Sender
from desk.ticket import topic
from mail.delivery import MailDelivery
from mail.letters import Letter
from mail.urls import parse_smtp
from models import Outbox, OutboxState, Ticket
from models.store.connect import is_postgres, transaction
from tests.desk.people import Bench, letter


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "SETTLE_PAUSE", 0.0, raising=False)


async def test_two_at_once_may_refresh_the_card_of_a_ticket(bench: Bench) -> None:
    await bench.arrives(letter(bench.now()))
    ticket = await Ticket.get()
    both = asyncio.Barrier(2)

    async def act() -> None:
        async with transaction():
            if is_postgres():
                await both.wait()
            await topic.refresh_card(ticket, bench.now())
            await asyncio.sleep(0)

    await asyncio.gather(act(), act())
    assert await Outbox.filter(errand="card", state=OutboxState.WAITING).count() >= 1


async def test_a_key_that_another_has_just_used_undoes_nothing_else(bench: Bench) -> None:
    used, done = asyncio.Event(), []

    async def first() -> None:
        async with transaction():
            await _notice(bench, "k")
            used.set()
            if is_postgres():
                await asyncio.sleep(0.2)

    async def second() -> None:
        await used.wait()
        async with transaction():
            await _notice(bench, "mine")
            done.append(await _notice(bench, "k"))
            await _notice(bench, "mine too")

    await asyncio.gather(first(), second())
    assert done == [None]
    assert await Outbox.filter(unique_key__in=["k", "mine", "mine too"]).count() == 3


async def _notice(bench: Bench, key: str) -> Outbox | None:
    return await outbox.put(
        channel="staff",
        conversation="general",
        key=key,
        content=contents.Notice(words="Nothing here.", params={}),
        now=bench.now(),
    )


async def test_what_was_sent_is_not_sent_again_because_recording_failed_for_a_moment(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    right, troubles = settling.sent, [OperationalError("deadlock detected"), OperationalError("deadlock detected")]

    async def sent(*told: object) -> None:
        if troubles:
            raise troubles.pop()
        await right(*told)  # type: ignore[arg-type]

    monkeypatch.setattr(settling, "sent", sent)
    await bench.arrives(letter(bench.now()))
    assert len(bench.out["mail"].acts("acknowledgement")) == 1
    assert (await Outbox.get(errand="acknowledgement")).state == OutboxState.SENT


async def test_what_can_never_be_recorded_is_parked_and_not_sent_again_and_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_told: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(letters._REGISTERED, "acknowledgement", replace(acknowledgement.LETTER, sent=never, noted=None))
    await bench.arrives(letter(bench.now()))
    bench.now.forward(hours=1)
    await bench.run()
    assert len(bench.out["mail"].acts("acknowledgement")) == 1
    row = await Outbox.get(errand="acknowledgement")
    assert row.state == OutboxState.PARKED
    assert [one.content["outbox"] for one in bench.out["staff"].acts("parked")] == [row.id]


async def test_a_lease_lost_while_parking_ends_no_worker(bench: Bench) -> None:
    await bench.arrives(letter(bench.now()), handle=False)
    bench.out["mail"].errors = [Permanent("Refused.")]
    right = bench.out["mail"].send

    async def slow(row: Outbox) -> object:
        await Outbox.filter(id=row.id).update(leased_by="another")
        return await right(row)

    bench.out["mail"].send = slow  # type: ignore[method-assign,assignment]
    await bench.run()
    assert not bench.out["staff"].acts("parked")


async def test_a_delivery_that_kills_its_process_is_parked_in_the_end(bench: Bench) -> None:
    await bench.arrives(letter(bench.now()), handle=False)
    bench.out["mail"].errors = [Misconfigured("Not now.")]
    await bench.run()
    await Outbox.filter(errand="acknowledgement").update(attempts=delivery.MAX_ATTEMPTS)
    bench.now.forward(hours=1)
    await bench.run()
    assert not bench.out["mail"].acts("acknowledgement")
    assert (await Outbox.get(errand="acknowledgement")).state == OutboxState.PARKED


async def test_one_misconfigured_mailbox_holds_up_no_other(bench: Bench) -> None:
    await bench.arrives(letter(bench.now()), handle=False)
    clara = Sender("email", "clara@example.org")
    await bench.arrives(letter(bench.now(), number=2, sender=clara, mailbox="second@desk.example"), handle=False)
    bench.out["mail"].errors = [Misconfigured("The first mailbox refuses the password.")]
    await bench.run()
    assert len(bench.out["mail"].acts("acknowledgement")) == 1
    bench.now.forward(minutes=2)
    await bench.run()
    assert len(bench.out["mail"].acts("acknowledgement")) == 2


async def test_a_mailbox_whose_password_is_refused_is_asked_seldom_and_the_other_one_sends(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = ("support@desk.example", "second@desk.example")
    door = MailDelivery(bench.desk, {one: parse_smtp("smtp://127.0.0.1:25") for one in addresses})
    logins, sent = [], []

    async def refused(letter_: Letter) -> None:
        logins.append(letter_.message_id)
        raise Misconfigured("The server refuses the password of the mailbox.")

    async def taken(letter_: Letter) -> None:
        sent.append(letter_.recipient)

    monkeypatch.setattr(door._lines[addresses[0]], "send", refused)
    monkeypatch.setattr(door._lines[addresses[1]], "send", taken)
    object.__setattr__(bench.desk, "mailboxes", tuple(Mailbox(one) for one in addresses))
    for number in range(5):
        anna = Sender("email", f"anna{number}@example.org")
        await bench.arrives(letter(bench.now(), number=number, sender=anna, mailbox=addresses[0]), handle=False)
    clara = Sender("email", "clara@example.org")
    await bench.arrives(letter(bench.now(), number=9, sender=clara, mailbox=addresses[1]), handle=False)
    await inbound.drain(bench.desk, bench.doors, bench.now)
    await delivery.drain(bench.desk, door, bench.now)
    assert sent == ["clara@example.org"]
    assert len(logins) == 1
    assert await Outbox.filter(errand="acknowledgement", state=OutboxState.WAITING, attempts=0).count() == 5
