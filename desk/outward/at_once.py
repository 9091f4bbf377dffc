"""At once: two colleagues who answer the same requester within a minute; the second is asked before anything goes.

What counts is the person who is answered, not the topic: the same requester may have several tickets, and a matter several
legs. Deciding is done one after another, so of two at the very same moment the later one sees the earlier.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tortoise.expressions import Q

from desk import contents
from desk.ticket.staffing import actor, named
from models import Outbox, OutboxState, Staff, Ticket
from models.store.connect import lock_until_commit

# Two who answer within this time may not know of each other.
AT_ONCE = timedelta(minutes=1)


@dataclass(frozen=True)
class Colleague:
    """Who has just answered the same requester: their name, and the ticket in which they did."""

    name: str
    ticket: int


async def colleague(ticket: Ticket, staff: Staff, now: datetime, *, own: str = "", leg: Ticket | None = None) -> Colleague | None:
    """Who else has decided an answer to this requester within the last minute, unless it was taken back; None: nobody.

    `own` is the message of staff ("chat:message") that is being decided on, `leg` the merged ticket whose requester is
    answered. Until the caller's transaction ends nobody else decides on an answer to this requester.
    """
    people = sorted({one.requester_id for one in (ticket, leg) if one is not None and one.requester_id is not None})
    for person in people:
        await lock_until_commit(f"answering:{person}")
    same = Q(ticket_id__in=[one.id for one in (ticket, leg) if one is not None])
    if people:
        same |= Q(ticket__requester_id__in=people)
    decided = Outbox.filter(same, errand__in=[contents.Reply.errand, contents.Refusal.errand], created_at__gte=now - AT_ONCE)
    for row in await decided.exclude(state=OutboxState.DROPPED).order_by("-id").select_related("message"):
        author = _author(row)
        if author and author != actor(staff) and not (own and row.message is not None and row.message.external_id == own):
            other = await named(author)
            return Colleague(other.name if other is not None else "?", row.ticket_id or ticket.id)
    return None


def _author(row: Outbox) -> str:
    """Who decided a letter."""
    if row.message is not None:
        return row.message.author
    letter = contents.read(row)
    return letter.by if isinstance(letter, contents.Refusal) else ""
