"""The outbox: whatever leaves is written here by the transaction that decided it; desk.flow.delivery hands it over."""

from datetime import datetime, timedelta

from desk import contents
from models import Message, Outbox, OutboxState, Ticket
from models.store.rows import insert_unless_there

# Urgent things first: lower goes sooner. What a ticket brings when it is new (topic, card, first words) comes after what is
# said in the tickets that staff work on; of new ones those first that bear no delay.
URGENT, SOON, PRESSING, NEW, NORMAL, LATE = 0, 20, 25, 30, 50, 80
# The parts of an album come as separate updates; what its first part brings waits this long for the others.
ALBUM_WAIT = timedelta(seconds=2)
# What waits for a person, who lets it go: a held reply, a letter that the gate stopped.
NOT_BY_ITSELF = timedelta(days=3650)


async def put(
    *,
    channel: str,
    conversation: str,
    key: str,
    content: contents.Content,
    now: datetime,
    ticket: Ticket | None = None,
    message: Message | None = None,
    priority: int = 50,
    not_before: datetime | None = None,
) -> Outbox | None:
    """Decide, inside the caller's transaction, that something leaves: an errand of the content's kind, over one of its channels.

    None when the same key was decided before.
    """
    decided = row(
        channel=channel,
        conversation=conversation,
        key=key,
        content=content,
        now=now,
        ticket=ticket,
        message=message,
        priority=priority,
        not_before=not_before,
    )
    return decided if await add(decided, ticket) else None


async def add(decided: Outbox, ticket: Ticket | None) -> bool:
    """Write, inside the caller's transaction, what is to leave; False when the same key was decided before."""
    if not await insert_unless_there(decided):
        return False
    if decided.priority < NEW and ticket is not None and ticket.topic_id is None and decided.conversation == topic(ticket):
        # Nothing stands in a topic before it is made: what makes it is as urgent as what waits for it.
        waiting = Outbox.filter(conversation=decided.conversation, errand="topic", state=OutboxState.WAITING)
        await waiting.filter(priority__gt=decided.priority).update(priority=decided.priority)
    return True


def row(
    *,
    channel: str,
    conversation: str,
    key: str,
    content: contents.Content,
    now: datetime,
    ticket: Ticket | None = None,
    message: Message | None = None,
    priority: int = 50,
    not_before: datetime | None = None,
) -> Outbox:
    """Something that is to leave (see `put`), not written yet."""
    return Outbox(
        channel=channel,
        errand=content.errand,
        conversation=conversation,
        unique_key=key,
        ticket_id=ticket.id if ticket else None,
        message_id=message.id if message else None,
        content=contents.as_json(content),
        priority=priority,
        created_at=now,
        next_try_at=not_before or now,
    )


def mail_conversation(address: str) -> str:
    """The outbox conversation of letters to an address."""
    return f"mail:{address.casefold()}"


GENERAL = "general"


def topic(ticket: Ticket) -> str:
    """The outbox conversation of a ticket's topic."""
    return f"topic:{ticket.id}"


def private(chat_id: int) -> str:
    """The outbox conversation of a private chat."""
    return f"tg:{chat_id}"
