"""Where what staff have written stands: a note, a reply that waits, was taken back, or has left."""

from desk import contents
from models import Direction, Message, Outbox, OutboxState


async def of(external_id: str) -> Message | None:
    """What the desk has made of a message of staff ("chat:message"): the reply or note that it is now."""
    found = Message.filter(external_id=external_id, direction__in=[Direction.OUT, Direction.NOTE])
    return await found.order_by("-version", "-id").first()


async def row_of(message: Message | None) -> Outbox | None:
    """The outbox row by which a reply leaves, or left; None for a note."""
    if message is None or message.direction != Direction.OUT:
        return None
    return await Outbox.filter(message_id=message.id, errand="reply").select_for_update(of=("outbox",)).order_by("-id").first()


async def has_left(external_id: str) -> bool:
    """Whether the reply of a message has left, or is leaving at this moment."""
    row = await row_of(await of(external_id))
    if row is None or row.state == OutboxState.DROPPED:
        return False
    return row.state != OutboxState.WAITING or row.lease_until is not None


async def was_taken_back(external_id: str) -> bool:
    """Whether somebody has taken the reply of a message back."""
    row = await row_of(await of(external_id))
    return row is not None and row.state == OutboxState.DROPPED


async def version_waiting(external_id: str) -> int | None:
    """Which version of a reply waits; None when none does."""
    row = await row_of(await of(external_id))
    return contents.of(row, contents.Reply).version if row is not None and row.state == OutboxState.WAITING else None


async def version(outbox_id: int) -> int:
    """Which version of a reply stands there now."""
    row = await Outbox.get(id=outbox_id)
    return contents.of(row, contents.Reply).version
