"""The conversation of a ticket shown once more: in a topic that was made anew, in another group, or because staff ask for it."""

from datetime import datetime

from desk import contents, outbox
from desk.ticket import topic
from models import Direction, Message, Outbox, OutboxState, Ticket

# So many messages are shown at most, the newest of them: a topic is no place for a book.
LONGEST = 60


async def replay(ticket: Ticket, now: datetime, *, key: str) -> int:
    """Post what was said in the topic of a ticket again, oldest first, each under its own moment; how much of it there is.

    That is what the requester wrote, what staff answered, and what the desk itself wrote. What still waits to be posted follows
    by itself. `key` tells one showing from another.
    """
    shown = await Outbox.filter(ticket_id=ticket.id, errand=contents.RequesterWords.errand).exclude(state=OutboxState.WAITING)
    sent = Outbox.filter(ticket_id=ticket.id, state=OutboxState.SENT)
    answers = await sent.filter(errand=contents.Reply.errand)
    numbers = {row.message_id for row in (*shown, *answers) if row.message_id is not None}
    said: list[Message | Outbox] = [*await Message.filter(id__in=list(numbers))]
    said += await sent.exclude(kept=[]).exclude(errand=contents.Reply.errand)
    said.sort(key=_order)
    for one in said[-LONGEST:]:
        if isinstance(one, Message) and one.direction == Direction.IN:
            await topic.show(ticket, one, now, key=key)
        else:
            await _past(ticket, one, now, key)
    return len(said)


def _order(one: Message | Outbox) -> tuple[datetime, bool, int]:
    at = one.at if isinstance(one, Message) else one.done_at or one.created_at
    return at, isinstance(one, Outbox), one.id


async def _past(ticket: Ticket, one: Message | Outbox, now: datetime, key: str) -> None:
    """What left, shown once more: an answer of staff, or a letter of the desk's own."""
    own = isinstance(one, Outbox)
    await outbox.put(
        channel="staff",
        conversation=outbox.topic(ticket),
        key=f"past:{'letter:' if own else ''}{one.id}{key}",
        content=contents.Past(letter=one.id if own else 0),
        now=now,
        ticket=ticket,
        message=one if isinstance(one, Message) else None,
        priority=outbox.SOON,
    )
