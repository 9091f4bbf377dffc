"""The door out: hands outbox rows of the channels "telegram" (private chats) and "staff" (the staff group) to Telegram."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramMigrateToChat
from aiogram.methods import GetChat, GetChatMember, GetMe, ReopenForumTopic, SendMessage

from bot import repeated
from bot.calls import Errand
from bot.echoes import Hearing
from bot.errors import NO_RIGHTS, NOT_IN_GROUP, Migrated, TopicClosed, translated
from bot.group import became, staff_chat
from bot.limits import Pace
from bot.postings import requester, small
from bot.postings.requester import private
from bot.postings.staff import (
    acts,
    answering,
    cards,
    digest,
    drafts,
    gate,
    incident,
    merging,
    named_dates,
    notices,
    overview,
    parked,
    past,
    processors,
    reminders,
    replies,
    requests,
    topics,
    volume,
    whole,
    young,
)
from bot.text import N_
from desk import contents
from desk.context import Desk
from desk.errors import DeskError, Misconfigured, Permanent, Temporary, TopicGone
from desk.ports import Delivered, DoorOut, Room
from desk.record import kept
from desk.ticket.finding import standing
from desk.timepiece import Timepiece
from models import Outbox, Ticket
from models.store.rows import chosen

log = structlog.get_logger(__name__)

Posting = Callable[[Errand], Awaitable[Delivered]]

# What a private chat gets besides letters, which bot/postings/requester finds by their names.
PRIVATE: dict[str, Posting] = {
    "notice": private.notice,
    "screen": private.screen,
    "callback": small.callback,
    "commands": small.commands,
    "leave": small.leave,
}
STAFF: dict[str, Posting] = {
    "requester": requests.requester,
    "processors": processors.processors,
    "act": acts.act,
    "answered": processors.answered,
    "whole": whole.whole,
    "past": past.past,
    "volume": volume.volume,
    "draft": drafts.draft,
    "undo": replies.undo,
    "gate": gate.gate,
    "young": young.young,
    "named_dates": named_dates.named_dates,
    "status": notices.status,
    "notice": notices.notice,
    "joint": merging.joint,
    "was_answer": answering.was_answer,
    "reminder": reminders.reminder,
    "digest": digest.digest,
    "incident_draft": incident.incident_draft,
    "overview": overview.overview,
    "parked": parked.parked,
    "screen": notices.screen,
    "callback": small.callback,
    "commands": small.commands,
    "reaction": small.reaction,
    "removal": small.removal,
    "forget": small.forget,
    "double": topics.double,
    "pin": cards.pin,
}
# Acts that are not about a place in the group.
_PLACELESS = frozenset({"topic", "callback", "commands"})
# Acts of the channel "staff" that Telegram's limits do not count.
_COSTLESS = frozenset({"callback", "commands"})
# Rows on their way at one moment: with 0.3 s a call and 30 messages a second some ten are, and slow ones beside them.
AT_ONCE = {"telegram": 32, "staff": 8}
GROUP, TOPICS = "staff", "staff topics"
NO_GROUP = N_("No staff group is configured: set telegram.staff_chat.")
PROBE_SECONDS = 10
# How often the group is told that the bot lacks a right.
_TELL_AGAIN_SECONDS = 3600


class TelegramDelivery(DoorOut):
    """DoorOut of one of the channels "telegram" and "staff"; both share the bot's `pace`."""

    heartbeat = timedelta(minutes=1)

    def __init__(self, desk: Desk, bot: Bot, channel: str, *, pace: Pace, timepiece: Timepiece, hearing: Hearing) -> None:
        self.channel = channel
        self.at_once = AT_ONCE[channel]
        self._desk, self._bot, self._pace, self._timepiece = desk, bot, pace, timepiece
        icons = topics.Icons()
        self._postings: dict[str, Posting]
        if channel == "staff":
            self._postings = {
                **STAFF,
                "topic": lambda errand: topics.topic(errand, icons, hearing),
                "card": lambda errand: cards.card(errand, icons),
            }
        else:
            self._postings = {**requester.letters(), **PRIVATE}
        self._told_at: datetime | None = None
        self._group = desk.staff_chat

    async def send(self, row: Outbox) -> Delivered:
        """Hand one row over. Raises Temporary, Permanent (TopicGone, Unreachable), Misconfigured."""
        posting = self._postings.get(row.errand)
        if posting is None:
            raise Permanent(f"The channel {self.channel} knows no errand “{row.errand}”.")
        errand: Errand | None = None
        try:
            errand = await self._errand(row)
            delivered = await self._recorded(errand, await self._run(posting, errand))
            await repeated.tell(errand, delivered)
        except TopicGone:
            if errand is not None:
                await errand.forget_steps()
            raise
        except Misconfigured as error:
            if errand is not None:
                await self._tell(errand, error)
            raise
        return delivered

    async def _recorded(self, errand: Errand, delivered: Delivered) -> Delivered:
        """With what is kept of a row that goes to a requester, in this try and in earlier ones."""
        if not (errand.private and kept.is_kept(errand.row)):
            return delivered
        return replace(delivered, kept=await kept.left(self._desk.vault, errand.row, *errand.kept))

    def ways(self) -> tuple[str, ...]:
        """A private chat is a matter of its own; in the group topics are made by a right that may be missing alone."""
        return (GROUP, TOPICS) if self.channel == "staff" else (self.channel,)

    def way(self, row: Outbox) -> str:
        """The way of a row."""
        return self.channel if self.channel != "staff" else TOPICS if row.errand == "topic" else GROUP

    def pause(self, error: DeskError) -> timedelta:  # noqa: ARG002 - Telegram may be asked as often whatever is wrong
        """Telegram answers what is asked in vain for long; who mended it wants to see it work."""
        return timedelta(seconds=5)

    async def probe(self, way: str) -> None:
        """Ask Telegram who we are, or how we stand in the staff group. Raises Temporary, Misconfigured."""
        try:
            if way == self.channel == "telegram":
                await self._bot(GetMe(), request_timeout=PROBE_SECONDS)
            else:
                await self._probe_group(rights=way == TOPICS)
        except Exception as error:  # noqa: BLE001 - every refusal of Telegram has its meaning there
            found = translated(error, private=False)
            if isinstance(found, Permanent):
                raise Temporary(found.sentence) from None
            raise found from None

    async def _probe_group(self, *, rights: bool) -> None:
        chat = await staff_chat(self._desk)
        if not chat:
            raise Misconfigured(NO_GROUP)
        try:
            me = await self._bot(GetChatMember(chat_id=chat, user_id=self._bot.id), request_timeout=PROBE_SECONDS)
        except TelegramMigrateToChat as moved:
            await became(self._desk, moved.migrate_to_chat_id, self._timepiece())
            return
        if me.status in {"left", "kicked"}:
            raise Misconfigured(NOT_IN_GROUP)
        if getattr(me, "can_send_messages", True) is False and me.status == "restricted":
            raise Misconfigured(NO_RIGHTS)
        if rights and me.status != "creator" and not getattr(me, "can_manage_topics", False):
            group = await self._bot(GetChat(chat_id=chat), request_timeout=PROBE_SECONDS)
            if group.is_forum:  # elsewhere nobody needs the right
                raise Misconfigured(NO_RIGHTS)

    def room(self) -> Room:
        """All that goes to the group shares one limit: a row is taken up only when it can go, so that the most urgent one is."""
        if self.channel == "telegram":
            return Room(self.at_once)
        free, wait = self._pace.room(self._group)
        return Room(min(free, self.at_once), _COSTLESS, timedelta(seconds=wait))

    async def _run(self, posting: Posting, errand: Errand) -> Delivered:
        """One posting; a closed topic is opened and a migrated group followed, once each."""
        try:
            return await posting(errand)
        except TopicClosed:
            if errand.thread is None:
                raise
            await errand.call(ReopenForumTopic(chat_id=errand.chat, message_thread_id=errand.thread), cost=0)
        except Migrated as moved:
            if errand.private:
                raise
            await became(self._desk, moved.chat, self._timepiece())
            log.warning("staff group became a supergroup", chat=moved.chat)
            # Messages of the old group have no place in the new one.
            errand.chat, errand.card, errand.anchor = moved.chat, None, None
        errand.sent.clear()
        return await posting(errand)

    async def _errand(self, row: Outbox) -> Errand:
        now = self._timepiece()
        ticket = next(iter(await chosen(Ticket, "id = {}", row.ticket_id)), None) if row.ticket_id else None
        if self.channel == "telegram":
            return Errand(
                self._desk,
                self._bot,
                self._pace,
                row,
                now,
                self._timepiece,
                chat=_private_chat(row),
                private=True,
                ticket=ticket,
                language=_language(row) or (ticket.language if ticket else self._desk.staff_language),
            )
        chat = self._group = await staff_chat(self._desk)
        if not chat:
            raise Misconfigured(NO_GROUP)
        errand = Errand(
            self._desk,
            self._bot,
            self._pace,
            row,
            now,
            self._timepiece,
            chat=chat,
            private=False,
            ticket=ticket,
            language=self._desk.staff_language,
        )
        if ticket is not None and row.conversation.startswith("topic:") and row.errand not in _PLACELESS:
            there, errand.card = await standing(ticket, chat)
            if not there:
                raise TopicGone("The ticket has no topic in this group.")
            errand.thread = ticket.topic_id or None
            errand.anchor = errand.card if not ticket.topic_id else None
        return errand

    async def _tell(self, errand: Errand, error: DeskError) -> None:
        """Say in the group itself, at most once an hour, that a right is missing: the queue stands still until it is given."""
        if errand.private or error.sentence != NO_RIGHTS:
            return
        if self._told_at and (errand.now - self._told_at).total_seconds() < _TELL_AGAIN_SECONDS:
            return
        self._told_at = errand.now
        try:
            await self._bot(SendMessage(chat_id=errand.chat, text="⚠️ " + errand._(error.sentence)))
        except Exception as failed:  # noqa: BLE001 - the trouble itself is reported by the caller
            log.warning("the group could not be told", error=type(failed).__name__)


def _language(row: Outbox) -> str:
    content = contents.read(row)
    return content.language if isinstance(content, contents.Spoken) else ""


def _private_chat(row: Outbox) -> int:
    """The chat of a row: named in it, or in the key of its conversation."""
    content = contents.read(row)
    if isinstance(content, contents.PrivateScreen | contents.Leave):
        return content.chat
    _, _, chat = row.conversation.partition(":")
    try:
        return int(chat)
    except ValueError:
        # Answers to taps and lists of commands go to no chat.
        return 0
