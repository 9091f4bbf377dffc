"""Taps on inline buttons."""

import asyncio

import pytest

from sandbox.telegram.errors import ControlError
from sandbox.telegram.methods.callbacks import CALLBACK_SECONDS

MARKUP = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}, {"text": "Site", "url": "https://a.example"}]]}
TOO_OLD = "400 Bad Request: query is too old and response timeout expired or query ID is invalid"


@pytest.fixture
async def message(api, anna):
    return (await api("sendMessage", chat_id=anna.id, text="Sure?", reply_markup=MARKUP))["message_id"]


async def test_a_tap_reaches_the_bot_and_its_answer_the_person(server, api, anna, message):
    press = server.people.press(anna, message, "Yes")
    (update,) = await api.updates()
    query = update["callback_query"]
    assert (query["data"], query["message"]["message_id"], query["from"]["id"]) == ("y", message, anna.id)
    waiting = asyncio.create_task(press.answered())
    await api("answerCallbackQuery", callback_query_id=query["id"], text="Done", show_alert=True)
    assert await waiting
    assert (press.text, press.show_alert) == ("Done", True)


async def test_a_tap_is_answered_once_and_in_time(server, api, anna, message):
    press = server.people.press(anna, message, "y")
    await api("answerCallbackQuery", callback_query_id=press.id)
    assert await api.error("answerCallbackQuery", callback_query_id=press.id) == TOO_OLD
    assert await api.error("answerCallbackQuery", callback_query_id="17") == TOO_OLD
    late = server.people.press(anna, message, "y")
    server.world.clock_offset += CALLBACK_SECONDS + 1
    assert await api.error("answerCallbackQuery", callback_query_id=late.id) == TOO_OLD
    assert not await late.answered(0.01)


async def test_there_is_no_tapping_what_is_not_there(server, api, anna, message):
    with pytest.raises(ControlError, match="'Yes', 'Site'"):
        server.people.press(anna, message, "No")
    with pytest.raises(ControlError):
        server.people.press(anna, message, "Site")
    await api("editMessageReplyMarkup", chat_id=anna.id, message_id=message)
    with pytest.raises(ControlError, match="none"):
        server.people.press(anna, message, "Yes")


async def test_forged_data_and_deleted_messages_can_be_played(server, api, anna, message):
    chat = server.world.private_chat(server.world.bot, anna)
    stored = chat.messages[message]
    server.people.tap(anna, stored, "forged")
    server.people.delete(anna, message)
    server.people.tap(anna, message, "y", chat=chat)
    forged, gone = [u["callback_query"] for u in await api.updates()]
    assert forged["data"] == "forged"
    assert gone["message"] == {"chat": forged["message"]["chat"], "message_id": message, "date": 0}
