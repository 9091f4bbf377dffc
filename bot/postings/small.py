"""The bot's own small acts: answers to taps, lists of commands, leaving a group."""

from contextlib import suppress
from datetime import timedelta

from aiogram.methods import AnswerCallbackQuery, LeaveChat, SetMyCommands
from aiogram.types import BotCommand, BotCommandScopeAllPrivateChats, BotCommandScopeChat

from bot.calls import Errand
from bot.errors import TooOld
from desk.contents import Callback, Commands
from desk.errors import Permanent
from desk.ports import Delivered

# Telegram keeps a tap waiting for a short while; a late answer only fails.
TAP_LIFE = timedelta(seconds=30)


async def callback(errand: Errand) -> Delivered:
    """Answer a tap, unless it is too old to matter."""
    tap = errand.content(Callback)
    if errand.now - tap.at > TAP_LIFE:
        return errand.delivered()
    with suppress(TooOld):
        await errand.call(
            AnswerCallbackQuery(callback_query_id=tap.id, text=tap.text or None, show_alert=tap.alert or None), cost=0
        )
    return errand.delivered()


async def commands(errand: Errand) -> Delivered:
    """Set the list of commands that people see: `scope` "private" or "staff", in one language or for all others."""
    listed = errand.content(Commands)
    scope = BotCommandScopeAllPrivateChats() if listed.scope == "private" else BotCommandScopeChat(chat_id=errand.chat)
    await errand.call(
        SetMyCommands(
            commands=[BotCommand(command=name, description=text) for name, text in listed.commands],
            scope=scope,
            language_code=listed.language_code or None,
        ),
        cost=0,
    )
    return errand.delivered()


async def leave(errand: Errand) -> Delivered:
    """Leave a group; one that the bot is not in any more is left."""
    with suppress(Permanent):
        await errand.call(LeaveChat(chat_id=errand.chat), cost=0)
    return errand.delivered()
