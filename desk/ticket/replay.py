"""The conversation of a ticket shown once more: in a topic that was made anew, in another group, or because staff ask for it."""

from datetime import datetime

from desk import contents, outbox
from desk.ticket import topic
from models import Direction, Message, Outbox, OutboxState, Ticket

# So many messages are shown at most, the newest of them: a topic is no place for a book.
LONGEST = 60


async def replay(ticket: Ticket, now: datetime, *, key: str) -> int:
    """Post what was said in the topic of a ticket again, oldest first, each under its own moment; how much of it there is.

    What still waits to be posted follows by itself. `key` tells one showing from another.
    """
    shown = await Outbox.filter(ticket_id=ticket.id, errand=contents.RequesterWords.errand).exclude(state=OutboxState.WAITING)
    left = await Outbox.filter(ticket_id=ticket.id, errand=contents.Reply.errand, state=OutboxState.SENT)
    numbers = {row.message_id for row in (*shown, *left) if row.message_id is not None}
    messages = await Message.filter(id__in=list(numbers)).order_by("at", "id")
    for message in messages[-LONGEST:]:
        if message.direction == Direction.IN:
            await topic.show(ticket, message, now, key=key)
        else:
            await outbox.put(
                channel="staff",
                conversation=outbox.topic(ticket),
                key=f"past:{message.id}{key}",
                content=contents.Past(),
                now=now,
                ticket=ticket,
                message=message,
                priority=outbox.SOON,
            )
    return len(messages)
