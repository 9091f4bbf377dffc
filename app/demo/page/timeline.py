"""How the last message goes through the desk: the inbound row (or the clock that spoke), the ticket, the outbox rows.

Reads ids, states, times and acts; no words of anybody.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from tortoise.expressions import Q

from app.demo.page.moments import level_words
from desk.context import Desk
from desk.ticket import clocks
from models import Became, Clock, Demand, Inbound, InboundState, Outbox, Reminder, Ticket

Json = dict[str, Any]

# So many rows fit; a message seldom has more.
ROWS: Final = 12
# What Telegram itself says about a chat is no message of anybody.
NOBODYS: Final = (Became.IGNORED, Became.REMOVED)
# The desk looks at its clock a moment before it writes.
SAME_MOMENT: Final = timedelta(seconds=1)


async def latest(desk: Desk, now: datetime) -> Json | None:
    """The way of the newest message or reminder; None before the first."""
    ticket_id: int | None
    row = await Inbound.exclude(outcome__in=NOBODYS).order_by("-id").first()
    said = await Reminder.all().order_by("-said_at", "-at").select_related("clock").first()
    if said is not None and (row is None or said.said_at > row.stored_at):
        ticket_id, since = said.clock.ticket_id, said.said_at
        source = {"kind": "clock", "id": said.id, "at": said.said_at.isoformat(), "words": level_words(said.level)}
        rows = await _rows(ticket_id, "", since)
    elif row is not None:
        ticket_id, since = row.ticket_id, row.stored_at
        source = _source(row)
        rows = await _rows(ticket_id, row.conversation, since)
    else:
        return None
    return {"source": source, "ticket": await _ticket(desk, ticket_id, now), "outbox": [_shown(one) for one in rows]}


def _source(row: Inbound) -> Json:
    kind = "staff" if row.conversation.startswith("staff:") else row.channel
    state = "working" if row.state == InboundState.WAITING and row.leased_by else row.state.value
    return {
        "kind": kind,
        "id": row.id,
        "state": state,
        "outcome": row.outcome,
        "at": row.stored_at.isoformat(),
        "attempts": row.attempts,
        "error": row.error,
    }


async def _rows(ticket_id: int | None, conversation: str, since: datetime) -> list[Outbox]:
    """What the desk decided to send since then, about this ticket or to this chat."""
    about = Q(ticket_id=ticket_id) if ticket_id is not None else Q(conversation=conversation) | Q(errand="callback")
    found = await Outbox.filter(about, created_at__gte=since - SAME_MOMENT).order_by("-id").limit(ROWS)
    return found[::-1]


def _shown(row: Outbox) -> Json:
    return {
        "id": row.id,
        "channel": row.channel,
        "act": row.errand,
        "state": row.state.value,
        "attempts": row.attempts,
        "next_try_at": row.next_try_at.isoformat(),
        "done_at": row.done_at.isoformat() if row.done_at else None,
        "error": row.error,
    }


async def _ticket(desk: Desk, ticket_id: int | None, now: datetime) -> Json | None:
    ticket = await Ticket.get_or_none(id=ticket_id) if ticket_id is not None else None
    if ticket is None:
        return None
    kinds = [clocks.rule_of(desk, demand).name for demand in await Demand.filter(ticket_id=ticket.id).order_by("id")]
    running = await Clock.filter(ticket_id=ticket.id, stopped_at__isnull=True).order_by("due_at")
    dated = [clock for clock in running if clock.unit != "immediately"]
    return {
        "number": ticket.id,
        "status": ticket.status.value,
        "channel": ticket.channel,
        "kinds": [dict(name) for name in kinds],
        "immediate": len(dated) < len(running),
        "safe": min(clock.safe for clock in dated).isoformat() if dated else None,
        "due": dated[0].due.isoformat() if dated else None,
        "overdue": any(clock.due_at <= now for clock in dated),
        "topic": ticket.topic_id,
    }
