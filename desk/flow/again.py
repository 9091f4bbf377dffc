"""Again: what a message sets going that was over, done by the rooms it concerns, with the database, in the row's transaction."""

from datetime import datetime

from desk import history, letters, outbox
from desk.context import Desk
from desk.errors import Refused
from desk.flow.matching import demanded
from desk.matter import likeness, merging
from desk.outward import replies
from desk.ports import Incoming
from desk.terms import corrections, repeats, steps, triage
from desk.ticket import clocks, legs, tickets, topic
from models import Demand, Outbox, RecognisedBy, Ticket, TicketStatus


async def bounced(desk: Desk, letter: Outbox, incoming: Incoming, now: datetime) -> list[int]:
    """A letter of ours came back: staff are told, and what it was to end runs again."""
    decided = letters.of(letter)
    if decided is None or (decided.to_requester and not decided.one_of_many):
        await replies.bounced(letter, incoming, now)
    if decided is not None:
        await decided.bounced(desk, letter, now)
    await steps.came_back(desk, letter, now)
    return []


async def runs(desk: Desk, number: int, incoming: Incoming, now: datetime) -> list[int]:
    """A closed ticket opens again, what was over and is demanded again runs from the new receipt, and the earliest counts.

    An answer to the question what is demanded is heard too. Returns the numbers of the demands that are new to the ticket.

    What was only dropped with its ticket runs already, from its own receipt. A ticket that was closed never stands without a
    clock: where nothing is demanded and nothing runs, a question is open.
    """
    ticket = await legs.locked(await Ticket.get(id=number))
    closed, kinds, received_at = ticket.status == TicketStatus.CLOSED, demanded(incoming), incoming.received_at
    if closed:
        await tickets.reopen(desk, ticket, None, now)
        words = "🔓 The requester wrote after the closing: the ticket is open again, and the card shows what runs."
        await topic.tell(ticket, words, {}, now, key=f"opened_again:{ticket.id}:{now.isoformat()}", priority=outbox.SOON)
    if closed and not kinds and not await tickets.unmet(ticket):
        await tickets.ask(desk, ticket, received_at, RecognisedBy.MACHINE, now)
    over = await Demand.filter(ticket_id=ticket.id, kind__in=list(kinds), closed_at__isnull=False).order_by("id")
    # Before the clocks forget the first receipt.
    await repeats.tell(desk, ticket, [demand.kind for demand in over], received_at, now)
    for demand in over:
        await tickets.demand_anew(desk, ticket, demand, received_at, now)
    if closed and not over:
        await tickets.add_demands(desk, ticket, sorted(kinds), received_at, RecognisedBy.MACHINE, now)
    await clocks.lead(ticket)
    new = await tickets.add_demands(desk, ticket, sorted(kinds, key=incoming.kinds.index), received_at, RecognisedBy.MACHINE, now)
    new += await triage.heard(desk, ticket, incoming, now)
    await corrections.came_earlier(desk, ticket, received_at, now, kinds=kinds)
    return [demand.id for demand in new]


async def runs_from_earlier(desk: Desk, number: int, incoming: Incoming, now: datetime) -> list[int]:
    """The earliest receipt counts, also of a letter that was read late."""
    ticket = await legs.locked(await Ticket.get(id=number))
    if await corrections.came_earlier(desk, ticket, incoming.received_at, now, kinds=demanded(incoming)):
        await topic.refresh_card(ticket, now)
    return []


async def joins(desk: Desk, number: int, into: int, now: datetime) -> list[int]:
    """The copy of a paper letter becomes a leg of that letter's ticket; where it cannot, staff are asked as for any other."""
    ticket = await Ticket.get(id=number)
    try:
        await merging.join(desk, ticket, into, history.DESK, now)
    except Refused:
        await outbox.add(likeness.offer(ticket, [into], now), ticket)
    return []
