"""The acknowledgement: number and dates, told to the requester over the channel they used."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from desk import outbox
from desk.context import Desk
from desk.outbox import mail_conversation
from desk.outward.envelopes import envelope
from desk.ports import Incoming
from desk.ticket import clocks, topic
from models import Clock, Demand, Outbox, OutboxState, Ticket

# How many automatic letters one address gets in a day, whatever it sends.
AUTOMATIC_A_DAY = 10


async def acknowledge(
    desk: Desk, ticket: Ticket, incoming: Incoming, demands: Sequence[Demand], now: datetime, *, linked: bool = False
) -> bool:
    """Tell the requester number and dates, over the channel they used. False when no automatic answer may go."""
    if not incoming.answerable or incoming.spam:
        return False
    content = await _acknowledgement(desk, ticket, demands, incoming.received_at, linked=linked)
    if ticket.channel == "telegram" and ticket.chat_id is not None:
        channel, conversation = "telegram", outbox.private(ticket.chat_id)
    elif ticket.answer_to:
        channel, conversation = "mail", mail_conversation(ticket.answer_to)
        if await _automatic_letters(conversation, now) >= AUTOMATIC_A_DAY:
            words = "No automatic letter was sent: this address had %(count)s of them within a day. Answer by hand."
            await topic.tell(ticket, words, {"count": AUTOMATIC_A_DAY}, now, key=f"capped:{ticket.id}:{now.date()}")
            return False
        await ticket.fetch_related("requester")
        content |= await envelope(desk, ticket, ticket.requester, ticket.answer_to, now)
    else:
        return False
    done = await Outbox.filter(ticket_id=ticket.id, act="acknowledgement").count()
    await outbox.put(
        channel=channel,
        act="acknowledgement",
        conversation=conversation,
        key=f"acknowledgement:{ticket.id}:{done}",
        content=content,
        now=now,
        ticket=ticket,
        priority=outbox.URGENT,
    )
    return True


async def _acknowledgement(
    desk: Desk, ticket: Ticket, demands: Sequence[Demand], received_at: datetime, *, linked: bool
) -> dict[str, Any]:
    kinds, dates = [], []
    for demand in demands:
        rule = clocks.rule_of(desk, demand)
        kinds.append(
            {
                "kind": demand.kind,
                "name": rule.name.get(ticket.language, rule.name["en"]),
                "article": rule.cite.get(ticket.language, rule.article),
            }
        )
        dates += [
            {
                "kind": demand.kind,
                "key": clock.key,
                "name": rule.clock(clock.key).name.get(ticket.language, clock.key),
                "due": clock.due.isoformat(),
                "safe": clock.safe.isoformat(),
                "article": rule.clock(clock.key).cite.get(ticket.language, clock.article),
                "immediate": clock.unit == "immediately",
                "statutory": clock.statutory,
            }
            for clock in await Clock.filter(demand_id=demand.id).order_by("due_at", "id")
        ]
    return {
        "number": ticket.id,
        "kinds": kinds,
        "clocks": dates,
        "received_at": received_at.isoformat(),
        "linked": linked,
        "language": ticket.language,
    }


async def _automatic_letters(conversation: str, now: datetime) -> int:
    return await Outbox.filter(
        conversation=conversation,
        act="acknowledgement",
        state__in=[OutboxState.WAITING, OutboxState.SENT],
        created_at__gte=now - timedelta(days=1),
    ).count()
