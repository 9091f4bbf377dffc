"""The bot's own small acts: answers to taps, lists of commands, leaving a group."""

from contextlib import suppress
from datetime import datetime, timedelta

from aiogram.methods import AnswerCallbackQuery, LeaveChat, SetMyCommands
from aiogram.types import BotCommand, BotCommandScopeAllPrivateChats, BotCommandScopeChat

from bot.calls import Errand
from bot.errors import TooOld
from desk.errors import Permanent
from desk.ports import Delivered

# Telegram keeps a tap waiting for a short while; a late answer only fails.
TAP_LIFE = timedelta(seconds=30)


async def callback(errand: Errand) -> Delivered:
    """Answer a tap, unless it is too old to matter."""
    content = errand.row.content
    if errand.now - datetime.fromisoformat(content["at"]) > TAP_LIFE:
        return errand.delivered()
    text, alert = content["text"] or None, content["alert"] or None
    with suppress(TooOld):
        await errand.call(AnswerCallbackQuery(callback_query_id=content["id"], text=text, show_alert=alert), cost=0)
    return errand.delivered()


async def commands(errand: Errand) -> Delivered:
    """Set the list of commands that people see: `scope` "private" or "staff", in one language or for all others."""
    content = errand.row.content
    scope = BotCommandScopeAllPrivateChats() if content["scope"] == "private" else BotCommandScopeChat(chat_id=errand.chat)
    await errand.call(
        SetMyCommands(
            commands=[BotCommand(command=name, description=text) for name, text in content["commands"]],
            scope=scope,
            language_code=content["language_code"] or None,
        ),
        cost=0,
    )
    return errand.delivered()


async def leave(errand: Errand) -> Delivered:
    """Leave a group; one that the bot is not in any more is left."""
    with suppress(Permanent):
        await errand.call(LeaveChat(chat_id=errand.chat), cost=0)
    return errand.delivered()
