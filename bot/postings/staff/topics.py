"""A ticket's topic in the staff group: its making, and the name and icon that say state and date, never a person."""

from datetime import datetime

import structlog
from aiogram.methods import CloseForumTopic, CreateForumTopic, EditForumTopic, GetForumTopicIconStickers, ReopenForumTopic
from aiogram.types import ForumTopic

from bot.calls import Errand
from bot.echoes import Hearing, Once, adopted
from bot.errors import NoForum, NotModified
from bot.format import kind_short, topic_address
from bot.group import is_shut, shut
from bot.screens import Rows, link
from bot.text import clip
from desk import contents
from desk.errors import DeskError, Permanent, Temporary, TopicGone
from desk.i18n import words
from desk.ports import Delivered
from desk.views import cards
from models import Posted

log = structlog.get_logger(__name__)

# A topic's name has at most 128 characters (Bot API createForumTopic).
NAME_LIMIT = 120
# Icons by state; only those that Telegram offers for topics can be used.
NEW, TAKEN, SOON, OVERDUE, CLOSED = "❗️", "✍️", "🔥", "‼️", "✅"
SOON_DAYS = 3


class Icons:
    """The icons that Telegram offers for topics, asked for once; without them topics have a plain colour."""

    def __init__(self) -> None:
        self._ids: dict[str, str] | None = None
        # The names we gave in this process: a topic whose name stays the same is not renamed again.
        self.given: dict[int, tuple[str, str | None]] = {}

    async def id_of(self, emoji: str, errand: Errand) -> str | None:
        if self._ids is None:
            try:
                stickers = await errand.call(GetForumTopicIconStickers(), cost=0)
            except DeskError:
                return None  # a topic in a plain colour today is better than none
            self._ids = {_bare(one.emoji or ""): one.custom_emoji_id or "" for one in stickers}
        return self._ids.get(_bare(emoji)) or None


def _bare(emoji: str) -> str:
    """An emoji without the mark that asks for its coloured form."""
    return emoji.replace("\ufe0f", "")


async def topic(errand: Errand, icons: Icons, hearing: Hearing) -> Delivered:
    """Make the topic of a ticket. In a group without topics the ticket lives in replies to its card: topic 0."""
    assert errand.ticket is not None
    if (made_before := await adopted(errand, Posted.TOPIC)) is not None:
        errand.keep([made_before], Posted.TOPIC)
        return errand.delivered()
    card = await cards.card(errand.desk, errand.ticket, errand.now)
    name, icon = topic_name(card, errand.language), await icons.id_of(topic_icon(card, errand.now), errand)
    try:
        async with Once(errand, hearing):
            made = await _create(errand, name, icon)
    except NoForum:
        errand.keep([0], Posted.TOPIC)
        return errand.delivered()
    icons.given[made.message_thread_id] = (name, icon)
    errand.keep([made.message_thread_id], Posted.TOPIC)
    return errand.delivered()


async def _create(errand: Errand, name: str, icon: str | None) -> ForumTopic:
    """Make a topic, if need be without its icon. A ticket without a topic is heard of by nobody, so this never gives up."""
    for wanted in (icon, None) if icon else (None,):
        try:
            return await errand.call(CreateForumTopic(chat_id=errand.chat, name=name, icon_custom_emoji_id=wanted))
        except NoForum:
            raise
        except Permanent as error:
            log.warning("topic refused", ticket=errand.row.ticket_id, why=error.sentence, icon=wanted is not None)
    raise Temporary("Telegram does not make the topic.")


async def double(errand: Errand) -> Delivered:
    """Close a topic that was made twice, with a pointer to the other one."""
    assert errand.ticket is not None
    thread, number = errand.content(contents.DoubledTopic).thread, errand.ticket.id
    if thread == errand.ticket.topic_id:
        return errand.delivered()
    words = errand._("♻️ This topic was made twice: № %(number)s goes on in the other one. What is written here is taken there.")
    address = topic_address(errand.chat, errand.ticket.topic_id)
    buttons = [[link(errand._("Open № %(number)s") % {"number": number}, address)]] if address else None
    errand.thread = thread
    try:
        await errand.once("pointer", Posted.NOTICE, lambda: _pointer(errand, words % {"number": number}, buttons))
        await errand.call(CloseForumTopic(chat_id=errand.chat, message_thread_id=thread), cost=0)
    except (TopicGone, NotModified):
        pass  # somebody was faster
    return errand.delivered()


async def _pointer(errand: Errand, words: str, buttons: Rows | None) -> list[int]:
    return [await errand.post((words, []), buttons=buttons)]


async def rename(errand: Errand, icons: Icons, card: cards.Card) -> None:
    """Let the topic's name and icon follow the ticket. A look is not worth a failed delivery."""
    if not errand.thread:
        return
    name, icon = topic_name(card, errand.language), await icons.id_of(topic_icon(card, errand.now), errand)
    if icons.given.get(errand.thread) == (name, icon):
        return
    try:
        await errand.call(
            EditForumTopic(chat_id=errand.chat, message_thread_id=errand.thread, name=name, icon_custom_emoji_id=icon),
            cost=0,
        )
    except NotModified:
        pass
    except TopicGone:
        raise
    except DeskError as error:
        log.warning("topic not renamed", ticket=card.number, why=error.sentence)
        return
    if len(icons.given) > 5000:
        icons.given.clear()
    icons.given[errand.thread] = (name, icon)


async def follow(errand: Errand, card: cards.Card) -> None:
    """Let the topic be closed as long as the ticket is. It matters no more than a look."""
    # Where the matter goes on elsewhere staff may still be pointed to it.
    closed = card.status == "closed" and card.merged_into is None
    if not errand.thread or closed == await is_shut(errand.chat, errand.thread):
        return
    method = CloseForumTopic if closed else ReopenForumTopic
    try:
        await errand.call(method(chat_id=errand.chat, message_thread_id=errand.thread), cost=0)
    except NotModified:
        pass
    except TopicGone:
        raise
    except DeskError as error:
        log.warning("topic not closed or opened", ticket=card.number, why=error.sentence)
        return
    await shut(errand.chat, errand.thread, errand.now, closed=closed)


def topic_name(card: cards.Card, language: str) -> str:
    """Number, what is asked, and the earliest safe date: № 17 · отзыв согласия · до 24.12."""
    _ = words("bot", language).gettext
    kinds = ", ".join(dict.fromkeys(kind_short(one.kind, language) for one in card.kinds[:2]))
    running = [clock for clock in card.clocks if clock.stopped_at is None]
    parts = [f"№ {card.number}", kinds + ("…" if len(card.kinds) > 2 else "")]
    if card.merged_into is not None:
        parts.append(f"→ № {card.merged_into}")
    elif card.status == "closed":
        parts.append(_("closed"))
    elif running:
        # What is due at once has no date of its own: the next date that matters says more than the day of receipt for ever.
        ahead = [clock.safe for clock in running if not clock.immediate]
        parts.append(_("until %(date)s") % {"date": f"{min(ahead):%d.%m}"} if ahead else _("at once"))
    return clip(" · ".join(part for part in parts if part), NAME_LIMIT)


def topic_icon(card: cards.Card, now: datetime) -> str:
    """The icon of a ticket's state; the most urgent truth wins."""
    running = [clock for clock in card.clocks if clock.stopped_at is None]
    if card.status == "closed":
        return CLOSED
    if any(clock.due_at <= now and not clock.immediate for clock in running):
        return OVERDUE
    if any((clock.safe_at - now).days < SOON_DAYS for clock in running):
        return SOON
    return TAKEN if card.assignee else NEW
