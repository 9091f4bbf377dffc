"""Answering: a reply went out, and where a demand waits for its letter staff are asked whether this was it."""

from datetime import datetime

from desk import contents, outbox
from desk.context import Desk
from desk.terms import steps
from desk.ticket import legs
from models import Outbox, Ticket

# So many demands are asked about at once.
SEVERAL = 8


async def ask(desk: Desk, row: Outbox, now: datetime) -> None:
    """Ask in the topic which open steps a reply was, if any step of the ticket is a letter that is still to be sent."""
    if row.ticket_id is None or row.errand != contents.Reply.errand:
        return
    ticket = await legs.head(await Ticket.get(id=row.ticket_id))
    wanted = [one for one in await steps.left(desk, ticket) if one.wanted == "letter"][:SEVERAL]
    if not wanted:
        return
    await outbox.put(
        channel="staff",
        conversation=outbox.topic(ticket),
        key=f"was answer:{row.id}",
        content=contents.WasAnswer(
            reply=row.id,
            steps=tuple(contents.OpenStep(demand=one.demand, kind=one.kind, key=one.key, name=one.name) for one in wanted),
        ),
        now=now,
        ticket=ticket,
        priority=outbox.SOON,
    )
