"""Who may act in the staff group, and how a refusal is said."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from aiogram import BaseMiddleware
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message, TelegramObject, User

from bot.screens import answer, say
from bot.staff.place import ticket_of
from bot.text import N_
from bot.words import full_name, is_service
from desk.context import Desk
from desk.errors import Refused
from desk.i18n import words
from desk.ports import Outcome
from desk.ticket import staffing
from models import Became, Inbound, Staff
from models.store.connect import transaction

# The account under which Telegram shows administrators who hide their names.
ANONYMOUS = 1087968824


class InStaffGroup(Filter):
    """Whether something happened in the staff group: the chat itself decides, never what a message or button says."""

    async def __call__(self, event: TelegramObject, staff_chat: int) -> bool:
        message = event.message if isinstance(event, CallbackQuery) else event
        chat = getattr(message, "chat", None)
        return bool(staff_chat) and chat is not None and chat.id == staff_chat


class Refusals(BaseMiddleware):
    """Turns Refused into a sentence for the person who asked; what was done before it is undone."""

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        try:
            async with transaction():
                return await handler(event, data)
        except Refused as refusal:
            row, now, desk = data["row"], data["now"], data["desk"]
            if isinstance(event, CallbackQuery):
                sentence = words("bot", desk.staff_language).gettext(refusal.words)
                sentence = sentence % refusal.params if refusal.params else sentence
                await answer(event, row, now, sentence, alert=True)
            elif isinstance(event, Message):
                place = await ticket_of(event)
                await say(
                    refusal.words,
                    {name: value if isinstance(value, int) else str(value) for name, value in refusal.params.items()},
                    key=_key(data, refusal, row),
                    now=now,
                    ticket=place.ticket,
                    reply_to=event.message_id,
                )
            return Outcome(Became.REFUSED)


def _key(data: dict[str, Any], refusal: Refused, row: Inbound) -> str:
    """Of the parts of one message the same is said once."""
    whole = data.get("whole")
    if whole is None or data.get("edited"):
        return f"refused:{row.id}"
    said = hashlib.sha256(repr((refusal.words, refusal.params)).encode()).hexdigest()[:12]
    return f"refused:{whole.head.chat_id}:{whole.head.message_id}:{said}"


def said_by_nobody(message: Message) -> bool:
    """Whether no person said it: Telegram itself, another bot, or a channel whose posts are forwarded by themselves."""
    by_bot = message.from_user is not None and message.from_user.is_bot and message.sender_chat is None
    return is_service(message) or bool(message.is_automatic_forward) or by_bot


def hidden(message: Message) -> bool:
    """Whether the writer hides behind the group or a channel, so that nobody can be named for the act."""
    return message.sender_chat is not None or message.from_user is None or message.from_user.id == ANONYMOUS


async def member(desk: Desk, user: User, now: datetime) -> Staff:
    """The staff member of an account."""
    return await staffing.known(desk, user.id, full_name(user), user.username or "", now)


def anonymous(message: Message) -> bool:
    """Whether an administrator of this very group wrote without a name."""
    return message.sender_chat is not None and message.sender_chat.id == message.chat.id


async def keeper(desk: Desk, message: Message, now: datetime) -> Staff:
    """Under whom words are kept: whoever wrote them, or the administrators together. Raises Refused for a channel's."""
    if not anonymous(message):
        return await writer(desk, message, now)
    title = words("bot", desk.staff_language).gettext("Anonymous administrator")
    return await staffing.known(desk, ANONYMOUS, message.author_signature or title, "", now)


async def writer(desk: Desk, message: Message, now: datetime) -> Staff:
    """The staff member who wrote a message. Raises Refused for those who hide their names."""
    if hidden(message) or message.from_user is None:
        raise Refused(N_("Write under your own name: what an anonymous administrator or a channel writes cannot be taken."))
    return await member(desk, message.from_user, now)
