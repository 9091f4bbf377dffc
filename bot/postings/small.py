"""The bot's own small errands: answers to taps, lists of commands, leaving a group."""

from contextlib import suppress
from datetime import timedelta

from aiogram.methods import AnswerCallbackQuery, DeleteForumTopic, DeleteMessage, LeaveChat, SetMessageReaction, SetMyCommands
from aiogram.types import BotCommand, BotCommandScopeAllPrivateChats, BotCommandScopeChat, ReactionTypeEmoji

from bot.calls import Errand
from bot.errors import MessageGone, TooOld
from desk.contents import Callback, Commands, ForgottenTopic, Reaction, Removal
from desk.errors import Misconfigured, Permanent, TopicGone
from desk.ports import Delivered
from models import Posted

# Telegram keeps a tap waiting for a short while; a late answer only fails.
TAP_LIFE = timedelta(seconds=30)
# The sign of a note (one of the reactions that Telegram has).
NOTE = "✍"


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


async def reaction(errand: Errand) -> Delivered:
    """Put the sign of a note under a message; where the group allows no reactions, say it in a word."""
    message = errand.content(Reaction).message
    sign = SetMessageReaction(chat_id=errand.chat, message_id=message, reaction=[ReactionTypeEmoji(emoji=NOTE)])
    try:
        await errand.call(sign, cost=0)
    except (MessageGone, TopicGone):
        pass
    except Permanent:
        thread = errand.ticket.topic_id if errand.ticket else None
        errand.thread = thread or None
        words = errand._("📝 A note: it stays in this group.")
        errand.keep([await errand.post((words, []), reply_to=message, silent=True)], Posted.NOTICE)
    return errand.delivered()


async def removal(errand: Errand) -> Delivered:
    """Delete a message of the group; one that is gone is gone, and one that has to stay stays."""
    with suppress(Permanent, Misconfigured):
        await errand.call(DeleteMessage(chat_id=errand.chat, message_id=errand.content(Removal).message), cost=0)
    return errand.delivered()


async def forget(errand: Errand) -> Delivered:
    """Delete a topic whose ticket lost its personal data; one that is gone is gone."""
    with suppress(TopicGone, MessageGone):
        thread = errand.content(ForgottenTopic).thread
        await errand.call(DeleteForumTopic(chat_id=errand.chat, message_thread_id=thread), cost=0)
    return errand.delivered()


async def leave(errand: Errand) -> Delivered:
    """Leave a group; one that the bot is not in any more is left."""
    with suppress(Permanent):
        await errand.call(LeaveChat(chat_id=errand.chat), cost=0)
    return errand.delivered()
