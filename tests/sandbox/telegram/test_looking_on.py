"""What a test in the same process sees and waits for."""

import asyncio

import pytest

from sandbox.telegram.errors import ControlError


async def test_messages_are_seen_as_people_see_them(server, api, anna, cast):
    await api("sendMessage", chat_id=anna.id, text="Hello")
    assert [(m["from"]["is_bot"], m["text"]) for m in server.seen(anna)] == [(False, "/start"), (True, "Hello")]
    topic = (await api("createForumTopic", chat_id=cast.desk.id, name="№ 1"))["message_thread_id"]
    await api("sendMessage", chat_id=cast.desk.id, message_thread_id=topic, text="card")
    await api("sendMessage", chat_id=cast.desk.id, text="general")
    assert [m.get("text") for m in server.seen(cast.desk, topic=topic)] == [None, "card"]
    assert [m["text"] for m in server.seen(cast.desk, topic=1)] == ["general"]


async def test_waiting_ends_when_it_has_come_true(server, api, anna):
    waiting = asyncio.create_task(server.wait_for(lambda: server.seen(anna)[1:]))
    await asyncio.sleep(0)
    await api("sendMessage", chat_id=anna.id, text="at last")
    assert [m["text"] for m in await waiting] == ["at last"]


async def test_waiting_ends_with_its_time(server, anna):
    with pytest.raises(TimeoutError):
        await server.wait_for(lambda: server.seen(anna)[1:], seconds=0.01)


def test_people_cannot_write_more_than_telegram_takes(server, cast):
    with pytest.raises(ControlError, match="4096"):
        server.people.say(cast.anna, "x" * 4097)
