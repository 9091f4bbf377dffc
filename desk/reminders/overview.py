"""The overview of a burst: when many new tickets wait for their topics, staff see at once which there are, in one message.

Telegram takes 20 messages a minute in a group, so topics of hundreds of tickets take their time. The overview is posted before
them and edited while they grow and shrink.
"""

from datetime import datetime, timedelta

from desk import contents, outbox
from desk.context import Desk
from models import Demand, Outbox, OutboxState
from models.store.connect import transaction
from models.store.query import column

# So many waiting topics make a burst; fewer are made within a minute or two.
MANY = 12
# A burst is over when nothing was said of it for so long; the next one gets an overview of its own.
OVER = timedelta(minutes=10)
# What only shrinks is said again after so long: in a burst each message that says so costs the place of half a ticket.
SHRUNK = timedelta(minutes=2)


async def say(desk: Desk, now: datetime) -> bool:
    """Post the overview or let it follow what waits; whether there was something to say."""
    topics = Outbox.filter(channel="staff", errand=contents.Topic.errand, state=OutboxState.WAITING)
    waiting = await column(topics.order_by("id"), "ticket_id")
    last = await Outbox.filter(channel="staff", errand=contents.Overview.errand).order_by("-id").first()
    goes_on = last is not None and now - last.created_at < OVER and bool(contents.of(last, contents.Overview).numbers)
    if not goes_on and len(waiting) < MANY:
        return False
    held = contents.of(last, contents.Overview) if last is not None and goes_on else None
    fresh = contents.Overview(numbers=await _by_kind(waiting), burst=held.burst if held else now)
    if held is not None and last is not None and _only_shrank(held, fresh) and now - last.created_at < SHRUNK:
        return False
    if held == fresh or (last is not None and goes_on and last.state == OutboxState.WAITING and last.lease_until is not None):
        return False
    async with transaction():
        if last is not None and goes_on:  # an older state that has not left yet is not worth a message
            overtaken = Outbox.filter(id=last.id, state=OutboxState.WAITING, lease_until__isnull=True)
            await overtaken.update(state=OutboxState.DROPPED, done_at=now, error="A newer overview is said instead.")
        written = await outbox.put(
            channel="staff",
            conversation="overview",
            key=f"overview:{now.isoformat()}",
            content=fresh,
            now=now,
            priority=outbox.URGENT,
        )
    desk.wake.deliveries()
    return written is not None


def _only_shrank(before: contents.Overview, after: contents.Overview) -> bool:
    """Whether some of what waited has its topic now, some still waits, and none has come."""
    left = {one for numbers in after.numbers.values() for one in numbers}
    return bool(left) and left < {one for numbers in before.numbers.values() for one in numbers}


async def _by_kind(waiting: list[int]) -> dict[str, tuple[int, ...]]:
    """The numbers of tickets by the first kind of each, the kind of most tickets first."""
    kinds = dict(reversed(await Demand.filter(ticket_id__in=waiting).order_by("id").values_list("ticket_id", "kind")))
    found: dict[str, list[int]] = {}
    for number in waiting:
        found.setdefault(str(kinds.get(number, "")), []).append(number)
    return {kind: tuple(numbers) for kind, numbers in sorted(found.items(), key=lambda one: (-len(one[1]), one[0]))}
