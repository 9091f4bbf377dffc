"""Moving messages from one ticket of a person to another: nothing is lost, nothing stands in both."""

from collections.abc import Sequence
from datetime import datetime

from desk import history
from desk.ticket import legs, topic
from models import Action, Direction, Message, Outbox, OutboxState, Ticket


async def move(source: Ticket, target: Ticket, external_ids: Sequence[str], now: datetime) -> int:
    """Move a requester's messages, every version of them, to another ticket of theirs and post them there; how many moved.

    What has not been posted in the first topic yet is posted in the second only; else the first topic says where it went.
    """
    # Of a matter with several legs each message lies in the leg of the person, and goes to their leg of the other.
    moved = await Message.filter(
        ticket_id__in=await legs.numbers(source), external_id__in=list(external_ids), direction=Direction.IN, channel="telegram"
    ).order_by("id")
    if not moved:
        return 0
    ids = [message.id for message in moved]
    spoken = await Ticket.get(id=moved[0].ticket_id)
    leg = next((one for one in await legs.of(target) if one.requester_id == spoken.requester_id), target)
    # Parts of an album have one posting together: those that had one of their own have one again.
    rows = await Outbox.filter(message_id__in=ids, channel="staff", errand="requester").select_for_update()
    waiting = [row.id for row in rows if row.state == OutboxState.WAITING and row.lease_until is None]
    await Outbox.filter(id__in=waiting).update(
        state=OutboxState.DROPPED, done_at=now, error=f"The message was moved to ticket {target.id}."
    )
    await Message.filter(id__in=ids).update(ticket_id=leg.id)
    posted = {row.message_id: row for row in rows}
    for message in moved:
        row = posted.get(message.id)
        if row is not None:
            await topic.show(target, message, now, key=f":{target.id}")
    if len(waiting) < len(rows):
        await topic.tell(
            source,
            "↪️ The requester says that their last words belong to № %(number)s; they are there now.",
            {"number": target.number},
            now,
            key=f"moved:{ids[0]}:{target.id}",
        )
    await history.add(source.id, "requester", Action.MESSAGES_MOVED_AWAY, {"to": target.id, "messages": ids}, now)
    await history.add(target.id, "requester", Action.MESSAGES_MOVED_HERE, {"from": source.id, "messages": ids}, now)
    await topic.refresh_card(source, now)
    await topic.refresh_card(target, now)
    return len(moved)
