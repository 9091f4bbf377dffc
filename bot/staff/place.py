"""Where in the staff group a message stands: which ticket it is about, and what it replies to."""

from dataclasses import dataclass

from aiogram.types import Message

from desk.ticket import finding, legs
from models import Message as Stored
from models import Posted, Ticket

# A reply to one of these postings is an answer to the requester; to any other it is talk among staff.
ANSWERABLE = frozenset({Posted.REQUESTER, Posted.CARD})
# The role of a message of the bot's own that the desk has no receipt of (yet).
UNKNOWN = "unknown"


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
            answers = posting.message_id if posting.role == Posted.REQUESTER else None
            return Place(posting.ticket, posting.role, await _leg(posting), answers)
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
