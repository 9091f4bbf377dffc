"""Where in the staff group a message stands: which ticket it is about, and what it replies to."""

import re
from dataclasses import dataclass

from aiogram.types import Message

from bot.text import Piece, shifted, units
from desk.ticket import finding, legs
from models import Message as Stored
from models import Posted, Receipt, Ticket

# A reply to one of these postings is an answer to the requester; to any other it is talk among staff.
ANSWERABLE = frozenset({Posted.REQUESTER, Posted.CARD})
# The role of a message of the bot's own that the desk has no receipt of (yet).
UNKNOWN = "unknown"
# What a reply to an overview begins with: the number of the ticket it is about, perhaps after a command.
NUMBERED = re.compile(r"\s*(?P<command>/\w+\s+)?(?:№|#|N[o°º]?\.?)?\s*(?P<number>\d{1,18})(?![\d/])[.:,;)]?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """The ticket of a message, None in the general room; `role` is that of the desk's posting it replies to.

    `leg` is the merged ticket whose words that posting shows, `answers` the requester's message (its id) that it shows.
    """

    ticket: Ticket | None = None
    role: str = ""
    leg: Ticket | None = None
    answers: int | None = None


async def ticket_of(message: Message) -> Place:
    """The place of a message: by what it replies to, else by its topic."""
    target = message.reply_to_message
    topic = message.message_thread_id if message.is_topic_message else None
    # In a topic every message that replies to nothing is shown as a reply to the topic's making.
    if target is not None and target.forum_topic_created is None and target.message_id != topic:
        posting = await finding.by_posting(message.chat.id, target.message_id)
        if posting is not None:
            # On a card words stand below the state: who quotes them answers them.
            shows = posting.role == Posted.REQUESTER or (posting.role == Posted.CARD and message.quote is not None)
            answers = posting.message_id if shows else None
            return Place(posting.ticket, posting.role, await _leg(posting), answers)
        if await _is_overview(message.chat.id, target.message_id):
            return Place(await _numbered(message.text or message.caption or ""), Posted.OVERVIEW)
        if topic and target.from_user is not None and message.bot is not None and target.from_user.id == message.bot.id:
            return Place(await finding.by_topic(message.chat.id, topic), UNKNOWN)
    if topic:
        return Place(await finding.by_topic(message.chat.id, topic))
    return Place()


async def _leg(posting: finding.Posting) -> Ticket | None:
    """The other ticket whose message a posting shows; only one that still is a leg of this one."""
    shown = await Stored.get_or_none(id=posting.message_id) if posting.message_id else None
    if shown is None or shown.ticket_id == posting.ticket.id:
        return None
    leg = await Ticket.get(id=shown.ticket_id)
    return leg if (await legs.head(leg)).id == posting.ticket.id else None


async def _is_overview(chat: int, number: int) -> bool:
    return await Receipt.filter(channel="staff", place=str(chat), external_id=str(number), role=Posted.OVERVIEW).exists()


async def _numbered(text: str) -> Ticket | None:
    """The ticket that a reply to an overview names; of a merged one that in which the matter goes on."""
    named = NUMBERED.match(text)
    ticket = await Ticket.get_or_none(id=int(named["number"])) if named else None
    return await legs.head(ticket) if ticket is not None else None


def after_number(piece: Piece) -> Piece:
    """The words after the number, with their formatting."""
    text, entities = piece
    named = NUMBERED.match(text)
    if named is None or named["command"]:
        return piece
    cut = units(text[: named.end()])
    return text[named.end() :], shifted([one for one in entities if one["offset"] >= cut], -cut)
