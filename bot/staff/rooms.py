"""What happens to the rooms the bot is in: rights lost, groups changed, strangers' groups, people who block the bot."""

from datetime import datetime

import structlog
from aiogram import F, Router
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, ChatMemberUpdated, Message

from bot.group import became
from bot.screens import answer, leave, say
from bot.text import N_
from bot.words import is_service
from desk import outbox
from desk.context import Desk
from desk.outward import unreachable
from desk.ports import Outcome
from desk.ticket import finding
from models import Inbound

log = structlog.get_logger(__name__)

PRESENT = frozenset({"creator", "administrator", "member", "restricted"})
# The rights the bot works with in a group with topics (Bot API ChatMemberAdministrator).
RIGHTS = ("can_manage_topics", "can_pin_messages")


NEEDED = {
    "can_manage_topics": N_("manage topics"),
    "can_pin_messages": N_("pin messages"),
}


class Said(Filter):
    """Whether a person said something, and not Telegram about the chat."""

    def __init__(self, *, service: bool) -> None:
        self._service = service

    async def __call__(self, message: Message) -> bool:
        return is_service(message) is self._service


def in_group() -> Router:
    """Service messages of the staff group, and what other bots and linked channels post there."""
    router = Router(name="staff rooms")
    router.message.register(group_became, F.migrate_to_chat_id)
    router.message.register(unheard, Said(service=True))
    router.message.register(unheard, F.is_automatic_forward | (F.from_user.is_bot & ~F.sender_chat))
    return router


def membership() -> Router:
    """How the bot itself stands in chats."""
    router = Router(name="membership")
    router.my_chat_member.register(blocked_or_back, F.chat.type == "private")
    router.my_chat_member.register(own_standing)
    return router


def elsewhere() -> Router:
    """Groups and channels that are not the staff group."""
    router = Router(name="elsewhere")
    router.message.register(moved_from, F.migrate_from_chat_id)
    router.message.register(strangers_message, F.chat.type != "private")
    router.callback_query.register(strangers_tap)
    return router


async def unheard(_event: Message) -> Outcome:
    """Nobody said it."""
    return Outcome("ignored")


async def group_became(message: Message, desk: Desk, row: Inbound, now: datetime) -> Outcome:
    """The group became a supergroup with another id: it is the staff group from now on."""
    assert message.migrate_to_chat_id is not None
    await became(desk, message.migrate_to_chat_id, now)
    log.warning("staff group became a supergroup", chat=message.migrate_to_chat_id)
    await say(
        N_("The group is a supergroup now; its new id is %(chat)s. Put it into the settings as telegram.staff_chat."),
        {"chat": message.migrate_to_chat_id},
        key=f"became:{row.id}",
        now=now,
    )
    return Outcome("group changed")


async def moved_from(message: Message, desk: Desk, staff_chat: int, now: datetime) -> Outcome:
    """The same news from the new group, when it comes first. It is believed only about our own group."""
    if message.migrate_from_chat_id == staff_chat and staff_chat:
        await became(desk, message.chat.id, now)
    return Outcome("group changed")


async def own_standing(event: ChatMemberUpdated, desk: Desk, row: Inbound, now: datetime, staff_chat: int) -> Outcome:
    """The bot came, went, or got other rights somewhere."""
    here = event.new_chat_member.status in PRESENT
    if event.chat.id != staff_chat:
        if not here:
            return Outcome("ignored")
        return await _newcomer(event, desk, row, now)
    if not here:
        log.error("the bot was removed from the staff group")
        return Outcome("removed from the staff group")
    missing = [name for name in RIGHTS if not getattr(event.new_chat_member, name, False)]
    if missing and event.new_chat_member.status != "creator":
        await say(
            N_("⚠️ The bot lacks rights in this group: %(first)s, %(second)s. Make it an administrator that has them.")
            if len(missing) > 1
            else N_("⚠️ The bot lacks a right in this group: %(first)s. Make it an administrator that has it."),
            dict(zip(("first", "second"), (NEEDED[name] for name in missing), strict=False)),
            key=f"rights:{row.id}",
            now=now,
            priority=outbox.URGENT,
        )
        return Outcome("rights lost")
    return Outcome("rights complete")


async def _newcomer(event: ChatMemberUpdated, desk: Desk, row: Inbound, now: datetime) -> Outcome:
    """Put into a group that is not ours: leave. While no staff group is set, the log tells the id that is to be set."""
    log.warning("put into a group that is not the staff group", chat=event.chat.id, configured=bool(desk.staff_chat))
    await leave(event.chat.id, key=f"leave:{row.id}", now=now)
    return Outcome("left")


async def strangers_message(message: Message, row: Inbound, now: datetime) -> Outcome:
    """Something is said in a group that is not ours: nobody there is listened to."""
    if message.left_chat_member is not None:
        return Outcome("ignored")
    await leave(message.chat.id, key=f"leave:{message.chat.id}:{row.stored_at:%Y%m%d%H}", now=now)
    return Outcome("left")


async def strangers_tap(event: CallbackQuery, row: Inbound, now: datetime) -> Outcome:
    """A tap that nobody is there for; it is answered with nothing."""
    await answer(event, row, now)
    return Outcome("ignored")


async def blocked_or_back(event: ChatMemberUpdated, desk: Desk, now: datetime) -> Outcome:
    """A requester stopped the bot, or lets it in again: the topics of their open tickets say so."""
    blocked = event.new_chat_member.status == "kicked"
    was_blocked = event.old_chat_member.status == "kicked"
    if blocked == was_blocked:
        return Outcome("ignored")
    for ticket in await finding.of_requester(event.from_user.id):
        if blocked:
            await unreachable.tell(desk, ticket, now)
        else:
            await unreachable.back(ticket, now)
    return Outcome("blocked" if blocked else "unblocked")
