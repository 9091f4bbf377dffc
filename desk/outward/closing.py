"""Closing over terms that run: whoever was promised a date hears that nobody keeps it, and how to object.

The reason staff gave is their own talk and is not told. The message waits `desk.undo` like a reply, and does not leave when
the request was opened again meanwhile. What the person writes then goes on with this matter (desk.flow.afterwards).
"""

from collections.abc import Sequence
from datetime import datetime

from desk import contents, history, letters
from desk.context import Desk
from desk.errors import Refused
from desk.i18n import N_
from desk.letters.way_back import way_back
from desk.outward import replies
from desk.ticket import clocks, legs, tickets
from models import Action, Clock, Demand, Ending, Outbox, OutboxState, Staff, Ticket, TicketStatus


async def close(desk: Desk, ticket: Ticket, staff: Staff, now: datetime, *, reason: str = "") -> list[Demand]:
    """Close the ticket as `tickets.close` does, and tell whoever was promised a date that was dropped. Raises Refused."""
    dropped = await tickets.close(desk, ticket, staff, now, reason=reason)
    if dropped:
        told = set[str]()
        for leg in await legs.of(ticket):
            await _tell(desk, ticket, leg, dropped, told, now)
    return dropped


async def _tell(desk: Desk, ticket: Ticket, leg: Ticket, dropped: Sequence[Demand], told: set[str], now: datetime) -> None:
    if not await _was_promised(leg):
        return
    try:
        way = await way_back(desk, leg, now)
    except Refused:  # no address to tell it to
        return
    if way.conversation in told:
        return
    told.add(way.conversation)
    letter = contents.Closing(
        number=way.number,
        joined=way.joined,
        language=leg.language,
        envelope=way.envelope,
        closed_at=now,
        promised=await _promised(desk, dropped, leg.language),
    )
    times = await Outbox.filter(ticket_id=ticket.id, errand=contents.Closing.errand).count()
    await replies.decide(desk, ticket, f"closing:{ticket.id}:{times}", way, letter, now)


async def _was_promised(leg: Ticket) -> bool:
    """Whether the person was told a date: advertising and what robots send was answered by nobody."""
    told = Outbox.filter(ticket_id=leg.id, errand="acknowledgement", state__in=[OutboxState.SENT, OutboxState.WAITING])
    return await told.exists()


async def _promised(desk: Desk, dropped: Sequence[Demand], language: str) -> tuple[contents.Promise, ...]:
    """The dates that were promised and that nobody keeps, in the reader's language."""
    found = []
    for demand in dropped:
        rule = clocks.rule_of(desk, demand)
        ended = Clock.filter(demand_id=demand.id, ending=Ending.DROPPED).exclude(unit="immediately")
        for clock in await ended.order_by("due_at", "id"):
            name = rule.clock(clock.key).name.said(language)
            found.append(contents.Promise(key=clock.key, name=name, due=clock.due))
    return tuple(sorted(found, key=lambda one: one.due))


async def overtaken(_desk: Desk, row: Outbox, _now: datetime) -> bool:
    """Whether the request is open again: then nothing was broken."""
    return (await Ticket.get(id=row.ticket_id)).status != TicketStatus.CLOSED


async def was_sent(_desk: Desk, row: Outbox, now: datetime) -> None:
    """The message went out: history and the topic say so."""
    await history.add(row.ticket_id, history.DESK, Action.CLOSING_TOLD, {"channel": row.channel}, now)
    await replies.status(row, "sent", now)


LETTER = letters.register(
    letters.DecidedLetter(
        content=contents.Closing,
        sent=letters.whole(was_sent),
        overtaken=overtaken,
        waiting=lambda _content: letters.Waiting(
            N_("☑️ That the request was closed before its term is told to the requester by %(via)s in %(seconds)d s")
        ),
    )
)
