"""What a requester says about how the desk understood them: that it is so, or that they only asked a question."""

from collections.abc import Sequence
from datetime import datetime

from desk import history, outbox
from desk.context import Desk
from desk.ticket import clocks, legs, tickets, topic
from models import Action, Clock, Demand, Ending, RecognisedBy, Ticket

REQUESTER = "requester"


async def confirmed(ticket: Ticket, kinds: Sequence[str], now: datetime) -> None:
    """The requester confirms demands that the machine recognised; their dates stay as they are."""
    changed = await Demand.filter(ticket_id=ticket.id, kind__in=list(kinds), recognised_by=RecognisedBy.MACHINE).update(
        recognised_by=RecognisedBy.REQUESTER
    )
    if changed:
        await history.add(ticket.id, REQUESTER, Action.DEMANDS_CONFIRMED, {"kinds": list(kinds)}, now)
        await topic.refresh_card(ticket, now)


async def only_a_question(desk: Desk, ticket: Ticket, kinds: Sequence[str], now: datetime) -> None:
    """The requester demands none of this: the clocks of these demands stop, a question stands from the same receipt.

    Only demands that the machine recognised and that nobody has worked on are taken back. Staff are told, for they read
    the words themselves and have the last one.
    """
    await legs.lock(ticket)
    mistaken = await Demand.filter(
        ticket_id=ticket.id, kind__in=list(kinds), recognised_by=RecognisedBy.MACHINE, closed_at__isnull=True
    ).order_by("id")
    if not mistaken:
        return
    ids = [demand.id for demand in mistaken]
    await Clock.filter(demand_id__in=ids, stopped_at__isnull=True).update(
        stopped_at=now, stopped_by=REQUESTER, ending=Ending.NOT_DEMANDED, next_at=None
    )
    await Demand.filter(id__in=ids).update(closed_at=now, outcome=Ending.NOT_DEMANDED)
    await history.add(ticket.id, REQUESTER, Action.DEMANDS_TAKEN_BACK, {"kinds": [one.kind for one in mistaken]}, now)
    if not await Demand.exists(ticket_id=ticket.id, closed_at__isnull=True):
        await tickets.ask(desk, ticket, mistaken[0].received_at, RecognisedBy.REQUESTER, now)
    await clocks.lead(ticket)
    await topic.tell(
        ticket,
        "💬 The requester says that this is only a question and demands nothing: the terms recognised in it were stopped. "
        "Read the message once more.",
        {},
        now,
        key=f"only_a_question:{ticket.id}:{ids[0]}",
        priority=outbox.SOON,
    )
    await topic.refresh_card(ticket, now)
