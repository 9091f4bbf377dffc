"""How an answer of Telegram is read is worked out once, and not anew after each collection of what nobody holds."""

import gc
import json
from typing import Any
from weakref import ref

import pytest
from aiogram import Bot
from aiogram.methods import DeleteMessage, GetMe, SendMessage
from aiogram.methods.base import TelegramMethod

from bot.session import Session

MESSAGE = {"message_id": 5, "date": 1, "chat": {"id": -100, "type": "group"}}


@pytest.mark.parametrize(
    ("method", "result"),
    [
        (SendMessage(chat_id=1, text="x"), MESSAGE),
        (GetMe(), {"id": 7, "is_bot": True, "first_name": "B"}),
        (DeleteMessage(chat_id=1, message_id=2), True),
    ],
)
def test_the_way_to_read_an_answer_outlives_the_answer(method: TelegramMethod[Any], result: object) -> None:
    session = Session()
    bot = Bot("42:session", session=session)
    answer = session.check_response(bot, method, 200, json.dumps({"ok": True, "result": result}))
    assert isinstance(answer.result, method.__returning__)
    way = ref(type(answer))
    del answer
    gc.collect()
    assert way() is not None
