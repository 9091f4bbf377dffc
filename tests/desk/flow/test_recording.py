"""What was handed over at about the same moment is recorded together, and becomes what it becomes one by one."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from desk import contents, outbox
from desk.context import Desk
from desk.flow import delivery, inbound, settling
from desk.ports import Delivered, Sender, Sent
from desk.record.checking import check
from models import Outbox, OutboxState, Posted, Receipt, Ticket
from models.store.connect import transaction
from models.store.leases import LeaseLost
from tests.bench.calls import counting
from tests.desk.people import Bench, RecordingDoor, letter


async def tickets_of(bench: Bench, people: int, first: int = 1) -> None:
    for number in range(first, first + people):
        sender = Sender("email", f"p{number}@example.org", name=f"Person {number}")
        await bench.arrives(letter(bench.now(), number=number, sender=sender), handle=False)
    await inbound.drain(bench.desk, bench.doors, bench.now)


class Crowd(RecordingDoor):
    """A door that many pass at once, in the same moment; the numbers it gives follow the rows."""

    def __init__(self, channel: str, at_once: int = 50) -> None:
        super().__init__(channel)
        self.at_once = at_once

    async def send(self, row: Outbox) -> Delivered:
        await asyncio.sleep(0)
        role = (await super().send(row)).sent[0].role
        place = str(-1001) if row.channel == "staff" else row.conversation
        return Delivered((Sent(place, str(1000 + row.id), role),))


class Slow(RecordingDoor):
    """A door whose first passage lasts until it is told to go on."""

    def __init__(self, channel: str) -> None:
        super().__init__(channel)
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()

    async def send(self, row: Outbox) -> Delivered:
        self.begun.set()
        await self.go_on.wait()
        return await super().send(row)


async def put_notice(bench: Bench, key: str) -> None:
    async with transaction():
        content = contents.Notice(words="", params={})
        await outbox.put(channel="telegram", conversation="tg:1", key=key, content=content, now=bench.now())


async def all_leave(bench: Bench, at_once: int) -> None:
    doors = [Crowd(name, at_once) for name in ("mail", "staff", "telegram")]
    while sum([await delivery.drain(bench.desk, door, bench.now) for door in doors]):
        pass


def told(rows: Sequence[dict[str, Any]], *left_out: str) -> list[str]:
    return sorted(str({key: value for key, value in row.items() if key not in left_out}) for row in rows)


async def everything() -> dict[str, list[str]]:
    return {
        "outbox": told(await Outbox.all().values(), "leased_by"),
        "receipt": told(await Receipt.all().values(), "id"),
        "ticket": told(await Ticket.all().values("id", "topic_id", "card_id", "status")),
    }


async def test_rows_of_one_moment_are_recorded_with_few_statements(bench: Bench) -> None:
    await tickets_of(bench, 30)
    with counting() as calls:
        await all_leave(bench, 50)
    assert not await Outbox.filter(state=OutboxState.WAITING).exists()
    assert calls.total() <= 30 * 4, calls.most_common(8)
    assert (await check()).whole


async def test_a_channel_is_asked_again_only_where_something_may_have_followed(bench: Bench) -> None:
    await tickets_of(bench, 1)
    rows = await Outbox.all()
    with counting() as calls:
        await asyncio.gather(*(delivery.drain(bench.desk, Crowd(name), bench.now) for name in ("mail", "staff", "telegram")))
    assert not await Outbox.filter(state=OutboxState.WAITING).exists()
    looked = sum(number for words, number in calls.items() if "WITH chosen AS" in words)
    assert looked == len(rows) + 1, calls.most_common(4)  # one of Telegram's, where nothing waits


async def test_what_comes_to_a_conversation_while_its_row_is_on_the_way_goes_at_once_after_it(bench: Bench) -> None:
    door = Slow("telegram")
    await put_notice(bench, "first")
    draining = asyncio.create_task(delivery.drain(bench.desk, door, bench.now))
    await door.begun.wait()
    await put_notice(bench, "second")
    bench.desk.wake.deliveries()
    await asyncio.sleep(0)
    door.go_on.set()
    assert await draining == 2
    assert [row.unique_key for row in door.rows] == ["first", "second"]


async def test_together_they_become_what_they_become_one_by_one(bench: Bench) -> None:
    await tickets_of(bench, 12)
    urgency = dict(await Outbox.all().values_list("id", "priority"))
    await all_leave(bench, 1)
    alone = await everything()
    changes: dict[str, Any] = {"state": OutboxState.WAITING, "done_at": None, "attempts": 0}
    await Receipt.all().delete()
    for number, priority in urgency.items():
        await Outbox.filter(id=number).update(priority=priority, **changes)
    await Ticket.all().update(topic_id=None, card_id=None)
    await all_leave(bench, 50)
    assert await everything() == alone
    for ticket in await Ticket.all():
        assert (ticket.card_id or 0) > (ticket.topic_id or 0) > 0


async def test_a_row_that_another_has_by_now_stays_theirs_and_the_others_are_recorded(bench: Bench) -> None:
    await tickets_of(bench, 5)
    door = Crowd("mail")
    send = door.send

    lost: list[int] = []

    async def taken_over(row: Outbox) -> Delivered:
        if not lost:
            lost.append(row.id)
            await Outbox.filter(id=row.id).update(leased_by="another")
        return await send(row)

    door.send = taken_over  # type: ignore[method-assign]
    await delivery.drain(bench.desk, door, bench.now)
    states = [row.state for row in await Outbox.filter(channel="mail").order_by("id")]
    assert states.count(OutboxState.SENT) == 4
    assert states.count(OutboxState.WAITING) == 1
    [theirs] = await Outbox.filter(channel="mail", state=OutboxState.WAITING)
    assert theirs.leased_by == "another"
    assert not await Receipt.filter(outbox_id=theirs.id).exists()


async def test_when_they_cannot_be_recorded_together_each_is_alone(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    await tickets_of(bench, 6)
    together = settling.sent_together

    async def only_alone(desk: Desk, handed: Sequence[tuple[Outbox, Delivered]], now: datetime) -> dict[int, bool]:
        if len(handed) > 1:
            raise RuntimeError("not so many")
        return await together(desk, handed, now)

    monkeypatch.setattr(settling, "sent_together", only_alone)
    await all_leave(bench, 50)
    assert not await Outbox.exclude(state=OutboxState.SENT).exists()
    assert (await check()).whole


async def test_a_posting_that_was_heard_of_before_is_of_the_row_that_made_it(bench: Bench) -> None:
    await tickets_of(bench, 3)
    door = Crowd("mail")
    rows = await Outbox.filter(channel="mail").order_by("id")
    for row in rows:
        await Receipt.create(
            outbox_id=rows[0].id,
            channel="mail",
            place=row.conversation,
            external_id=str(1000 + row.id),
            role=Posted.STATUS,
            at=bench.now(),
        )
    await delivery.drain(bench.desk, door, bench.now)
    kept = {receipt.outbox_id: receipt.role for receipt in await Receipt.filter(channel="mail")}
    assert kept == {row.id: Posted.LETTER for row in rows}


async def test_who_records_for_all_and_is_told_to_stop_leaves_nobody_waiting(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tickets_of(bench, 4)
    begun = asyncio.Event()

    async def for_ever(*_given: object) -> dict[int, bool]:
        begun.set()
        await asyncio.Event().wait()
        return set()

    monkeypatch.setattr(settling, "sent_together", for_ever)
    work = asyncio.create_task(delivery.drain(bench.desk, Crowd("mail"), bench.now))
    await begun.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    # What is not known to be recorded is handed over once more when its lease has run out.
    assert await Outbox.filter(channel="mail", state=OutboxState.WAITING).count() == 4


async def test_alone_a_row_that_is_no_longer_ours_is_not_recorded(bench: Bench) -> None:
    await outbox.put(channel="mail", conversation="a", key="a", content=contents.Leave(chat=1), now=bench.now())
    [row] = await Outbox.all()
    with pytest.raises(LeaseLost):
        await settling.sent(bench.desk, _held_by(row, "nobody"), Delivered(), bench.now())
    assert (await Outbox.get(id=row.id)).state == OutboxState.WAITING


def _held_by(row: Outbox, name: str) -> Outbox:
    row.leased_by = name
    return row
