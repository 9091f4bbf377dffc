"""The models of aiogram are built when they are used: what they read and write stays as it is."""

import json
import subprocess
import sys

import pytest

UPDATE = {
    "update_id": 7,
    "message": {
        "message_id": 3,
        "date": 1_790_000_000,
        "chat": {"id": -1001, "type": "supergroup", "title": "Группа", "is_forum": True},
        "from": {"id": 5, "is_bot": False, "first_name": "Анна"},
        "text": "привет",
        "entities": [{"type": "bold", "offset": 0, "length": 6}],
        "reply_to_message": {"message_id": 2, "date": 1_790_000_000, "chat": {"id": -1001, "type": "supergroup"}, "text": "ну"},
    },
}
BUILT = """
import sys, aiogram.types, aiogram.methods
models = [getattr(module, name) for module in (aiogram.types, aiogram.methods) for name in module.__all__]
models = [one for one in models if hasattr(one, "model_rebuild")]
print(len(models), sum(one.__pydantic_complete__ for one in models))
"""
READ = """
import json
from aiogram import Bot
from aiogram.methods import SendMessage
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, Update
bot = Bot("123456:" + "a" * 35)
update = Update.model_validate(json.loads({update!r}), context={{"bot": bot}})
print(update.model_dump_json(exclude_none=True))
keys = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="a", callback_data="b")]])
method = SendMessage(chat_id=1, text="x", reply_markup=keys)
print(method.reply_markup.model_dump_json(exclude_none=True), update.message.bot is bot)
told = json.dumps({{"ok": True, "result": json.loads({update!r})["message"]}})
print(bot.session.check_response(bot=bot, method=method, status_code=200, content=told).result.text)
"""


def said(*parts: str) -> list[str]:
    found = subprocess.run([sys.executable, "-c", "\n".join(parts)], capture_output=True, text=True, check=True)
    return found.stdout.splitlines()


def test_most_models_are_not_built_before_they_are_used_and_every_one_can_be() -> None:
    [counted] = said("import bot", BUILT)
    models, built = map(int, counted.split())
    assert models > 400
    assert built < models / 3  # those that refer to no other
    [counted] = said("import bot", BUILT.replace("print", "for one in models: one.model_rebuild()\nprint"))
    models, built = map(int, counted.split())
    assert built == models


def test_what_is_read_and_written_is_the_same() -> None:
    reading = READ.format(update=json.dumps(UPDATE))
    assert said("import bot", reading) == said(reading)


@pytest.mark.parametrize("before", ["import aiogram.types", "import aiogram"])
def test_an_aiogram_that_was_imported_before_stays_as_it_is(before: str) -> None:
    reading = READ.format(update=json.dumps(UPDATE))
    assert said(before, "import bot", reading) == said(reading)
