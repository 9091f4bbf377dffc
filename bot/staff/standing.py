"""Who is staff is a person, not a place: only members of the group act, and who leaves it leaves their tickets to others."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import structlog
from aiogram import BaseMiddleware, Router
from aiogram.types import CallbackQuery, ChatMemberUpdated, Message, TelegramObject, User

from bot.members import PRESENT
from bot.screens import answer, say
from bot.staff.permission import said_by_nobody
from bot.text import N_
from bot.words import full_name
from desk import outbox
from desk.context import Desk
from desk.i18n import words
from desk.ports import Outcome
from desk.ticket import staffing
from models import Became, Inbound

log = structlog.get_logger(__name__)

STRANGER = N_("Only members of the staff group can do this.")


class MembersOnly(BaseMiddleware):
    """Turns away whoever is not in the group, though what they send bears its id: a public group, or one linked to a channel."""

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        present = data.get("present")
        if not _in_group(event, data["staff_chat"]) or present is None:
            return await handler(event, data)
        desk, row, now = data["desk"], data["row"], data["now"]
        user = getattr(event, "from_user", None)
        if present:
            outcome = await handler(event, data)
            if user is not None:
                await staffing.stands(user.id, now, present=True)
            return outcome
        if user is not None:
            await left(desk, user, row, now)
        if isinstance(event, CallbackQuery):
            await answer(event, row, now, words("bot", desk.staff_language).gettext(STRANGER), alert=True)
        elif isinstance(event, Message) and user is not None:
            await say(
                N_("⚠️ Somebody writes here who is no member of this group; nothing of it is taken. Make the group private."),
                {},
                key=f"stranger:{user.id}:{now.astimezone(desk.operator.zone).date()}",
                now=now,
            )
        return Outcome(Became.NOT_A_MEMBER)


def _in_group(event: TelegramObject, staff_chat: int) -> bool:
    message = event.message if isinstance(event, CallbackQuery) else event
    if isinstance(message, Message) and message is event and said_by_nobody(message):
        return False
    chat = getattr(message, "chat", None)
    return chat is not None and chat.id == staff_chat


def setup() -> Router:
    """What Telegram tells of those who come and go (Bot API chat_member; an administrator bot gets it)."""
    router = Router(name="staff members")
    router.chat_member.register(member_changed)
    return router


async def member_changed(event: ChatMemberUpdated, desk: Desk, row: Inbound, now: datetime, staff_chat: int) -> Outcome:
    """Somebody came into the staff group, left it, or was removed."""
    new = event.new_chat_member
    if event.chat.id != staff_chat or new.user.is_bot:
        return Outcome(Became.IGNORED)
    if new.status in PRESENT and getattr(new, "is_member", True) is not False:
        await came(desk, new.user, now)
        return Outcome(Became.MEMBER_CAME)
    await left(desk, new.user, row, now)
    return Outcome(Became.MEMBER_LEFT)


async def came(desk: Desk, user: User, now: datetime) -> None:
    """Somebody is in the group from now on."""
    await staffing.known(desk, user.id, full_name(user), user.username or "", now)
    await staffing.stands(user.id, now, present=True)


async def left(desk: Desk, user: User, row: Inbound, now: datetime) -> None:
    """Somebody is in the group no more: nobody waits for them, and their tickets are to be taken by others."""
    await staffing.stands(user.id, now, present=False)
    dropped = await staffing.leaves(desk, user.id, now)
    if not dropped:
        return
    numbers = ", ".join(f"№ {ticket.id}" for ticket in dropped)
    await say(
        N_("👋 %(who)s is no longer in this group. Nobody has these tickets now: %(numbers)s."),
        {"who": full_name(user) or "?", "numbers": numbers},
        key=f"left:{user.id}:{row.id}",
        now=now,
        priority=outbox.URGENT,
        whom=sorted(await staffing.called(desk)),
    )
    log.info("a member left the staff group", tickets=len(dropped))
