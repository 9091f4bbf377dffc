"""The morning digest: once each working day, what is late, what is due, what nobody has taken, what waits for a person."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from desk import contents, outbox
from desk.context import Desk
from desk.flow import quiet
from desk.law import UnverifiedYear
from desk.outward import alerts
from desk.record import anchors
from desk.ticket import blocks, clocks
from models import Clock, Inbound, InboundState, Outbox, OutboxState, Ticket, TicketStatus
from models.store.connect import transaction
from models.store.query import column

# How many tickets a list names at most, and how many days the chart looks ahead.
LISTED, AHEAD = 15, 21
# In so many topics a morning it is said that nobody has taken the ticket; the digest tells how many there are.
CALLED = 100
INSTANT = timedelta(microseconds=1)


async def say(desk: Desk, now: datetime) -> bool:
    """Write today's digest if it is a working hour that is not quiet, and it was not written; whether it was.

    A desk that was down all day says nothing in the evening: the next morning's digest holds everything.
    """
    local = now.astimezone(desk.operator.zone)
    spans = desk.counting.reminding.spans(desk.counting.opening, desk.counting.closing_at(local.date()).time())
    if not _works(desk, local) or not any(begin <= local.time() <= end for begin, end in spans):
        return False
    key = f"digest:{local.date()}"
    if await Outbox.exists(unique_key=key):
        return False
    async with transaction():
        written = await outbox.put(
            channel="staff",
            conversation=outbox.GENERAL,
            key=key,
            content=await content(desk, now),
            now=now,
            priority=outbox.SOON,
        )
        if written is None:  # another process was faster
            return False
        await _anchor(desk, local, now)
        await _call_for_takers(desk, local, now)
    desk.wake.deliveries()
    return True


async def _anchor(desk: Desk, local: datetime, now: datetime) -> None:
    """Mail the head of the history to the operator's mailbox for it, where there is one."""
    head = await anchors.head(now)
    if head is None or not desk.anchor_email:
        return
    what = "Entry %(entry)s of the history has the hash %(hash)s."
    how = "Keep this letter. To check later: rightsdesk audit verify --head %(head)s"
    await alerts.mail(
        desk,
        to=desk.anchor_email,
        key=f"anchor:{local.date()}",
        title="The history of the desk on %(date)s",
        params={"date": f"{local:%d.%m.%Y}"},
        lines=[
            contents.Sentence(words=what, params={"entry": head.entry, "hash": head.hash}),
            contents.Sentence(words=how, params={"head": f"{head.entry}:{head.hash}"}),
        ],
        now=now,
        priority=outbox.NORMAL,
    )


async def _call_for_takers(desk: Desk, local: datetime, now: datetime) -> None:
    """From its second day on, say in the topics of the most urgent tickets that nobody has taken them, and call the managers."""
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    waiting = Ticket.filter(status=TicketStatus.OPEN, assignee_id__isnull=True, opened_at__lt=midnight)
    for ticket in await waiting.order_by("safe_at", "id").limit(CALLED):
        since = ticket.opened_at.astimezone(desk.operator.zone).date().isoformat()
        words = "🙋 Nobody has taken this request since %(since)s."
        params: dict[str, str | int] = {"since": since}
        # What is due at once was due when it came: there is no date to name.
        if ticket.safe_at is not None and ticket.safe_at > now:
            words = "🙋 Nobody has taken this request since %(since)s; its safe date is %(safe)s."
            params["safe"] = ticket.safe_at.astimezone(desk.operator.zone).date().isoformat()
        await outbox.put(
            channel="staff",
            conversation=outbox.topic(ticket),
            key=f"unassigned:{ticket.id}:{local.date()}",
            content=contents.Notice(words=words, params=params, whom=tuple(sorted(desk.managers))),
            now=now,
            ticket=ticket,
            priority=outbox.NORMAL,
        )


def _works(desk: Desk, local: datetime) -> bool:
    try:
        return desk.counting.calendar.is_working(local.date())
    except UnverifiedYear:
        return local.weekday() < 5


async def content(desk: Desk, now: datetime) -> contents.Digest:
    """What the digest says: numbers of tickets, never words of requesters."""
    local = now.astimezone(desk.operator.zone)
    tomorrow = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    running = Ticket.filter(status=TicketStatus.OPEN, due_at__isnull=False)
    week = tomorrow + timedelta(days=7)
    dates = await Clock.filter(stopped_at__isnull=True, safe__lte=(local + timedelta(days=AHEAD)).date()).values_list(
        "safe", "unit"
    )
    chart = Counter(max(safe, local.date()) for safe, unit in dates if unit != "immediately")
    return contents.Digest(
        date=local.date(),
        open=await Ticket.filter(status=TicketStatus.OPEN).count(),
        overdue=await _listed(desk, running.filter(due_at__lte=now), by="due_at"),
        today=await _listed(desk, running.filter(due_at__gt=now, safe_at__lt=tomorrow)),
        week=await _listed(desk, running.filter(due_at__gt=now, safe_at__gte=tomorrow, safe_at__lt=week)),
        unassigned=await _listed(desk, Ticket.filter(status=TicketStatus.OPEN, assignee_id__isnull=True)),
        uncounted=tuple(sorted(set(await column(clocks.uncounted(), "ticket_id")))),
        blocked=await blocks.tickets(),
        parked=await Inbound.filter(state=InboundState.PARKED).count() + await Outbox.filter(state=OutboxState.PARKED).count(),
        quiet=await quiet.counts(),
        calendar_wanted=desk.counting.calendar.year_to_add(local.date()),
        history=head.short if (head := await anchors.head(now)) else "",
        chart=tuple(contents.DigestDay(day=day, count=chart[day]) for day in sorted(chart)),
    )


async def _listed(desk: Desk, query: Any, *, by: str = "safe_at") -> contents.DigestList:
    # In the order of the index that finds them, so that no other tickets are read.
    found = await query.order_by(by, "id").limit(LISTED).prefetch_related("assignee", "demands__clocks")
    rows = tuple(
        contents.DigestTicket(
            number=ticket.id,
            safe=ticket.safe_at.astimezone(desk.operator.zone).date() if ticket.safe_at else None,
            # A day ends at the midnight after it.
            due=(ticket.due_at - INSTANT).astimezone(desk.operator.zone) if ticket.due_at else None,
            kinds=tuple(one.kind for one in ticket.demands if one.closed_at is None),
            topic=ticket.topic_id,
            assignee=ticket.assignee.name if ticket.assignee else None,
            fine=_fine(desk, ticket),
        )
        for ticket in found
    )
    return contents.DigestList(count=await query.count(), tickets=rows)


def _fine(desk: Desk, ticket: Any) -> str:
    """What missing the first of a ticket's running terms may cost."""
    running = [(clock.due_at, clock.id, clock, one) for one in ticket.demands for clock in one.clocks if clock.stopped_at is None]
    if not running:
        return ""
    _, _, clock, demand = min(running, key=lambda one: one[:2])
    return clocks.fine_of(desk, clock, clocks.rule_of(desk, demand))
