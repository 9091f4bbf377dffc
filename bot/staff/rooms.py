"""What happens to the rooms the bot is in: rights lost, groups changed, strangers' groups, people who block the bot."""

from datetime import datetime

import structlog
from aiogram import Bot, F, Router
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, ChatMemberUpdated, Message

from bot.filters import Fits
from bot.group import became, shut
from bot.members import PRESENT
from bot.screens import answer, leave, remove, say
from bot.staff import standing
from bot.staff.talk import Talk
from bot.text import N_
from bot.words import is_service
from desk import outbox
from desk.context import Desk
from desk.outward import unreachable
from desk.ports import Outcome
from desk.ticket import finding, topic
from models import Became, Inbound, TicketStatus

log = structlog.get_logger(__name__)

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
    router.message.register(group_became, Fits(F.migrate_to_chat_id))
    router.message.register(came_or_went, Fits(F.new_chat_members | F.left_chat_member))
    router.message.register(pinned, Fits(F.pinned_message))
    router.message.register(closed_by_hand, Fits(F.forum_topic_closed))
    router.message.register(reopened_by_hand, Fits(F.forum_topic_reopened))
    router.message.register(unheard, Said(service=True))
    router.message.register(unheard, Fits(F.is_automatic_forward | (F.from_user.is_bot & ~F.sender_chat)))
    return router


def membership() -> Router:
    """How the bot itself stands in chats."""
    router = Router(name="membership")
    router.my_chat_member.register(blocked_or_back, Fits(F.chat.type == "private"))
    router.my_chat_member.register(own_standing)
    return router


def elsewhere() -> Router:
    """Groups and channels that are not the staff group."""
    router = Router(name="elsewhere")
    router.message.register(moved_from, Fits(F.migrate_from_chat_id))
    router.message.register(strangers_message, Fits(F.chat.type != "private"))
    router.callback_query.register(strangers_tap)
    return router


async def unheard(_event: Message) -> Outcome:
    """Nobody said it."""
    return Outcome(Became.IGNORED)


async def came_or_went(message: Message, desk: Desk, row: Inbound, now: datetime) -> Outcome:
    """The same as chat_member tells, for a bot that is not told."""
    for user in message.new_chat_members or []:
        if not user.is_bot:
            await standing.came(desk, user, now)
    gone = message.left_chat_member
    if gone is not None and not gone.is_bot:
        await standing.left(desk, gone, row, now)
    return Outcome(Became.MEMBER_LEFT if gone else Became.MEMBER_CAME)


async def pinned(message: Message, bot: Bot, now: datetime) -> Outcome:
    """The line that Telegram posts for each card that the bot pins tells nobody anything."""
    if message.from_user is None or message.from_user.id != bot.id:
        return Outcome(Became.IGNORED)
    await remove(message.chat.id, message.message_id, now=now)
    return Outcome(Became.REMOVED)


async def closed_by_hand(message: Message, talk: Talk, bot: Bot) -> Outcome:
    """A topic is closed as long as its ticket is: one that somebody closed is opened again, and they are told why."""
    await shut(message.chat.id, message.message_thread_id or 0, talk.now, closed=True)
    ticket = await finding.by_topic(message.chat.id, message.message_thread_id or 0)
    if ticket is None or (message.from_user is not None and message.from_user.id == bot.id):
        return Outcome(Became.IGNORED)
    if ticket.status != TicketStatus.OPEN:
        return Outcome(Became.IGNORED, ticket.id)
    if ticket.due_at is not None:
        words = N_("🔓 The topic was closed, but terms run until %(date)s: it is open again. To close the ticket: /close")
        params = {"date": ticket.due_at.astimezone(talk.desk.operator.zone).date().isoformat()}
    else:
        words = N_("🔓 The topic was closed, but the ticket is open: so is the topic again. To close the ticket: /close")
        params = {}
    await say(words, params, key=f"closed_by_hand:{talk.row.id}", now=talk.now, ticket=ticket)
    await topic.refresh_card(ticket, talk.now)
    return Outcome(Became.CLOSED_BY_HAND, ticket.id)


async def reopened_by_hand(message: Message, now: datetime) -> Outcome:
    """Remember that a topic is open."""
    await shut(message.chat.id, message.message_thread_id or 0, now, closed=False)
    return Outcome(Became.IGNORED)


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
    return Outcome(Became.GROUP_CHANGED)


async def moved_from(message: Message, desk: Desk, staff_chat: int, now: datetime) -> Outcome:
    """The same news from the new group, when it comes first. It is believed only about our own group."""
    if message.migrate_from_chat_id == staff_chat and staff_chat:
        await became(desk, message.chat.id, now)
    return Outcome(Became.GROUP_CHANGED)


async def own_standing(event: ChatMemberUpdated, desk: Desk, row: Inbound, now: datetime, staff_chat: int) -> Outcome:
    """The bot came, went, or got other rights somewhere."""
    here = event.new_chat_member.status in PRESENT
    if event.chat.id != staff_chat:
        if not here:
            return Outcome(Became.IGNORED)
        return await _newcomer(event, desk, row, now)
    if not here:
        log.error("the bot was removed from the staff group")
        return Outcome(Became.BOT_REMOVED)
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
        return Outcome(Became.RIGHTS_LOST)
    return Outcome(Became.RIGHTS_COMPLETE)


async def _newcomer(event: ChatMemberUpdated, desk: Desk, row: Inbound, now: datetime) -> Outcome:
    """Put into a group that is not ours: leave. While no staff group is set, the log tells the id that is to be set."""
    log.warning("put into a group that is not the staff group", chat=event.chat.id, configured=bool(desk.staff_chat))
    await leave(event.chat.id, key=f"leave:{row.id}", now=now)
    return Outcome(Became.LEFT)


async def strangers_message(message: Message, row: Inbound, now: datetime) -> Outcome:
    """Something is said in a group that is not ours: nobody there is listened to."""
    if message.left_chat_member is not None:
        return Outcome(Became.IGNORED)
    await leave(message.chat.id, key=f"leave:{message.chat.id}:{row.stored_at:%Y%m%d%H}", now=now)
    return Outcome(Became.LEFT)


async def strangers_tap(event: CallbackQuery, row: Inbound, now: datetime) -> Outcome:
    """A tap that nobody is there for; it is answered with nothing."""
    await answer(event, row, now)
    return Outcome(Became.IGNORED)


async def blocked_or_back(event: ChatMemberUpdated, desk: Desk, now: datetime) -> Outcome:
    """A requester stopped the bot, or lets it in again: the topics of their open tickets say so."""
    blocked = event.new_chat_member.status == "kicked"
    was_blocked = event.old_chat_member.status == "kicked"
    if blocked == was_blocked:
        return Outcome(Became.IGNORED)
    for ticket in await finding.of_requester(event.from_user.id):
        if blocked:
            await unreachable.tell(desk, ticket, now)
        else:
            await unreachable.back(ticket, now)
    return Outcome(Became.BLOCKED if blocked else Became.UNBLOCKED)
