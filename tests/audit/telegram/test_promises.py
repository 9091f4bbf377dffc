"""Telegram's troubles: floods, edits after the end, taps from elsewhere."""

from typing import Any

import pytest

from bot.postings import media
from desk.flow import delivery, queues
from desk.ticket import tickets
from desk.ticket.staffing import known
from models import Attachment, Clock, History, Message, Outbox, Receipt, Staff, Ticket, TicketStatus
from models.store.leases import lease
from tests.bot.bench import Bench


async def test_a_flood_while_a_topic_is_made_makes_one_topic_and_tells_no_lies(bench: Bench) -> None:
    bench.server.faults.add("flood", method="createForumTopic", times=1, retry_after=17)
    bench.people.say(bench.anna, "Прошу посмотреть моё письмо")
    await bench.run()
    assert not await History.filter(action="topic was deleted").exists()
    bench.telegram.to_staff._pace._chats.clear()  # the waits of Telegram's limits are not waited here
    await bench.later(seconds=20)
    assert await Outbox.filter(errand="topic").count() == 1
    assert (await Ticket.get()).topic_id


async def test_a_demand_edited_into_a_closed_ticket_opens_it(bench: Bench) -> None:
    message = bench.people.say(bench.anna, "Прошу посмотреть моё письмо")
    await bench.run()
    ticket = await Ticket.get()
    boris = await _boris(bench)
    await tickets.close(bench.desk, ticket, boris, bench.now(), reason="Дубль")
    bench.people.edit(bench.anna, message, "Отзываю согласие на обработку моих персональных данных")
    await bench.run()
    ticket = await Ticket.get()
    assert ticket.status == TicketStatus.OPEN
    assert await Clock.filter(stopped_at__isnull=True).exists()


async def _boris(bench: Bench) -> Staff:
    return await known(bench.desk, bench.boris.id, "Борис", "boris", bench.now())


async def test_a_delivery_of_many_files_keeps_its_row_while_it_works_and_stops_when_it_lost_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.anna_asks()
    message = await Message.get(direction="in")
    for number in range(3):
        blob = await bench.desk.vault.write_async(bytes([number]) * 100)
        await Attachment.create(
            message=message, name=f"{number}.bin", type="application/octet-stream", size=60_000_000 // 2, sha256=blob.sha256,
            blob=blob.name,
        )  # fmt: skip
    await Message.filter(id=message.id).update(channel="mail")
    await Receipt.all().delete()
    await Outbox.filter(errand="requester").update(state="waiting", content={"album": "", "version": 1})
    stolen: list[Outbox] = []

    # Each upload takes two minutes; another process looks for work in between.
    async def slow(errand: Any, *told: Any, **named: Any) -> list[int]:
        bench.now.forward(minutes=2)
        stolen.extend(await lease(Outbox, now=bench.now(), owner="another", period=queues.LEASE, channel="staff"))
        return await right(errand, *told, **named)

    right = media._send
    monkeypatch.setattr(media, "_send", slow)
    await delivery.drain(bench.desk, bench.telegram.to_staff, bench.now)
    assert [one.errand for one in stolen if one.errand == "requester"] == []
    assert len(bench.calls("sendDocument")) == 3


async def test_in_another_staff_group_the_same_topic_number_is_not_the_same_ticket(bench: Bench) -> None:
    old = await bench.anna_asks()
    other = bench.world.add_group("Новая группа", forum=True, owner=bench.clara, members=[bench.boris])
    object.__setattr__(bench.desk, "staff_chat", other.id)
    theirs = bench.people.create_topic(other, "О своём", person=bench.clara)
    while theirs < old:
        theirs = bench.people.create_topic(other, "О своём", person=bench.clara)
    assert theirs == old
    bench.people.say(bench.boris, "/reply Это не про Анну", chat=other, topic=theirs)
    await bench.later(minutes=1)
    assert not await Message.filter(direction="out").exists()
    # What Anna writes then is not posted in that topic, but in a new one of her ticket.
    bench.people.say(bench.anna, "Напишите мне, пожалуйста")
    await bench.run()
    assert not any("Напишите мне" in one for one in bench.texts(other, theirs))
    assert any("Напишите мне" in one for one in bench.texts(other, await bench.topic()))
