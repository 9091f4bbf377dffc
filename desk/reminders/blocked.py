"""Blocked: staff are reminded of data that are still blocked, each week until the blocking is lifted.

152-FZ Art. 21 lets a blocking last for the time of a check only. The digest lists it each morning; here whoever has the ticket is
called in its topic, and from the second time on the managers too. Nobody is called at night, in quiet hours or on a day off.
"""

from datetime import datetime

from tortoise.expressions import Q

from desk import contents, outbox
from desk.context import Desk
from desk.law.plan import reminding_moment
from desk.ticket import blocks, due, legs, topic
from desk.ticket.staffing import called_for
from models import Blocking, BlockingResult


async def remind(desk: Desk, now: datetime) -> int:
    """Say what is due, a transaction each; how many were reminded of. One that fails silences no other."""
    waiting = Blocking.filter(Q(next_at__lte=now) | Q(next_at__isnull=True), result=BlockingResult.OPEN).order_by("id")
    return await due.each(desk, waiting, lambda number: _remind(desk, number, now), "a blocking could not be reminded of")


async def _remind(desk: Desk, number: int, now: datetime) -> bool:
    found = await Blocking.get(id=number).select_related("ticket")
    ticket = await legs.locked(found.ticket)
    one = await Blocking.get(id=number)
    if one.result != BlockingResult.OPEN or one.started_at is None:  # somebody was faster
        return False
    # One of a release that did not remind has no moment yet.
    moment = one.next_at or one.started_at + blocks.REMINDED_AFTER
    if moment > now:
        await Blocking.filter(id=number, next_at=None).update(next_at=moment)
        return False
    if (open_at := reminding_moment(desk.counting, now)) > now:
        await Blocking.filter(id=number).update(next_at=open_at)
        return False
    days = (now.astimezone(desk.operator.zone).date() - one.started_at.astimezone(desk.operator.zone).date()).days
    words = "🔒 The data have been blocked since %(since)s, for %(days)s days. End the check: /unblock with its result."
    params: contents.Params = {"since": one.started_at.astimezone(desk.operator.zone).date().isoformat(), "days": days}
    whom = await called_for(desk, ticket, everybody=days >= 2 * blocks.REMINDED_AFTER.days)
    await topic.tell(ticket, words, params, now, key=f"blocked:{one.id}:{now.date()}", priority=outbox.SOON, whom=whom)
    await Blocking.filter(id=number).update(next_at=now + blocks.REMINDED_AFTER)
    return True
