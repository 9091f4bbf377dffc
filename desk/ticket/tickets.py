"""Tickets: opened, taken, closed, reopened; and how the desk speaks of them to the staff group."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from desk import history, outbox
from desk.context import Desk
from desk.errors import Refused
from desk.law import asks
from desk.ports import Incoming
from desk.ticket import blocks, clocks, legs, notes, topic
from desk.ticket.staffing import actor
from models import (
    Action,
    Clock,
    Demand,
    Ending,
    History,
    Message,
    Outbox,
    OutboxState,
    RecognisedBy,
    Requester,
    Staff,
    Ticket,
    TicketStatus,
)
from models.store.query import column

# What a ticket asks for when nothing else is known: a question, or in a regime without one, any request.
QUESTION, ANY = "question", "any_request"
# A term that ends so soon lets its ticket pass others that are new.
PRESSING = timedelta(days=4)
# Characters of a reason that are kept.
LONGEST_REASON = 500


async def open_ticket(desk: Desk, incoming: Incoming, requester: Requester, kinds: Sequence[str], now: datetime) -> Ticket:
    """Open a ticket with its demands and clocks, and tell the staff group. The caller adds the first message."""
    ticket = row(incoming, requester.id, now)
    await ticket.save()
    await history.add(ticket.id, "requester", Action.TICKET_OPENED, {"channel": incoming.channel, "kinds": list(kinds)}, now)
    await outbox.add(topic.opening(ticket, now), ticket)
    await topic.refresh_card(ticket, now)
    await add_demands(desk, ticket, kinds, incoming.received_at, recognised_by(incoming), now)
    if pressing(await clocks.running(ticket), now):
        arrived = Outbox.filter(ticket_id=ticket.id, channel="staff", state=OutboxState.WAITING, priority=outbox.NEW)
        await arrived.update(priority=outbox.PRESSING)
    return ticket


def pressing(running: Iterable[Clock], now: datetime) -> bool:
    """Whether a new ticket bears no delay: of many that come at one moment staff see such ones first."""
    return any(clock.unit == "immediately" or clock.safe_at - now < PRESSING for clock in running)


def recognised_by(incoming: Incoming) -> RecognisedBy:
    """Who said what a message demands (models.Demand)."""
    return RecognisedBy.REQUESTER if incoming.chosen else RecognisedBy.MACHINE


def row(incoming: Incoming, requester_id: int, now: datetime) -> Ticket:
    """The ticket that a message opens, not written yet."""
    return Ticket(
        requester_id=requester_id,
        represented=incoming.represented,
        named=incoming.named[:255],
        channel=incoming.channel,
        mailbox=incoming.mailbox,
        answer_to=incoming.answer_to or (incoming.sender.value if incoming.sender.kind == "email" else ""),
        chat_id=incoming.chat_id,
        language=incoming.language,
        subject=incoming.subject,
        received_at=incoming.received_at,
        opened_at=now,
        candidates=list(incoming.candidates) or None,
    )


async def add_demands(
    desk: Desk, ticket: Ticket, kinds: Sequence[str], received_at: datetime, recognised_by: RecognisedBy, now: datetime
) -> list[Demand]:
    """Open the demands that the ticket does not hold yet, each with its clocks; returns the new ones.

    A ticket that was merged demands in the one in which the matter goes on, also when it is merged at this moment.
    """
    ticket = await legs.locked(ticket)
    kinds = in_this_law(desk, kinds)
    held = set(await column(Demand.filter(ticket_id=ticket.id), "kind"))
    opened = []
    unlawful = "unlawful_processing" in {*held, *kinds}
    for kind in dict.fromkeys(kinds):
        if kind in held:
            continue
        demand = demand_row(desk, ticket, kind, received_at, recognised_by, unlawful=unlawful)
        await demand.save()
        opened.append(demand)
        await count(desk, ticket, demand, now)
        await history.append(demand_opened(demand, now))
    if opened and ticket.status == TicketStatus.CLOSED:
        # Nobody is reminded of a closed ticket.
        await reopen(desk, ticket, None, now)
    await clocks.lead(ticket)
    return opened


def demand_row(
    desk: Desk, ticket: Ticket, kind: str, received_at: datetime, recognised_by: RecognisedBy, *, unlawful: bool
) -> Demand:
    """A demand by the rule in force at its receipt, not written yet. Raises UnknownKind."""
    rule = clocks.rule_for(desk, kind, received_at)
    return Demand(
        ticket_id=ticket.id,
        kind=kind,
        recognised_by=recognised_by,
        rule_id=rule.id,
        rule_version=rule.version,
        received_at=received_at,
        unlawful=unlawful,
        to_instruct=bool(desk.processors and asks.of_kind(kind)),
    )


def demand_opened(demand: Demand, now: datetime) -> History:
    """What history says of a demand that is opened."""
    rule = f"{demand.rule_id}@{demand.rule_version}"
    return history.entry(demand.ticket_id, history.DESK, Action.DEMAND_OPENED, {"kind": demand.kind, "rule": rule}, now)


def in_this_law(desk: Desk, kinds: Sequence[str]) -> list[str]:
    """What these kinds are in the operator's law: one that it has no rule of its own for is "any request" there."""
    known = desk.regime.kinds
    return list(dict.fromkeys(kind if kind in known or ANY not in known else ANY for kind in kinds))


async def count(desk: Desk, ticket: Ticket, demand: Demand, now: datetime) -> bool:
    """Open the clocks of a demand; whether it has all of them now.

    Where one cannot be counted the request and its other clocks stand all the same, and staff are told each day.
    """
    untold = await clocks.open_for(desk, demand, now)
    if untold:
        await topic.tell_untold(desk, ticket, demand, untold, now)
    return not untold


async def take(desk: Desk, ticket: Ticket, staff: Staff, now: datetime) -> None:
    """The staff member takes the ticket; whoever had it is told. Raises Refused when it is theirs already."""
    if ticket.assignee_id == staff.id:
        raise Refused("This ticket is yours already.")
    former = await Staff.get_or_none(id=ticket.assignee_id) if ticket.assignee_id else None
    ticket.assignee_id = staff.id
    await ticket.save(update_fields=["assignee_id"])
    details = {"from": actor(former)} if former else {}
    await history.add(ticket.id, actor(staff), Action.TICKET_TAKEN, details, now)
    if former is not None:
        words = "🙋 %(who)s has taken this ticket over."
        key = f"taken_over:{ticket.id}:{now.isoformat()}"
        await topic.tell(ticket, words, {"who": staff.name}, now, key=key, priority=outbox.SOON, whom=(former.telegram_id,))
    await topic.refresh_card(ticket, now)


async def unmet(ticket: Ticket) -> list[Demand]:
    """The demands of a ticket that nobody has met, refused or taken away: their terms run, or could not be counted."""
    return await Demand.filter(ticket_id=ticket.id, closed_at__isnull=True).order_by("id")


async def close(desk: Desk, ticket: Ticket, staff: Staff, now: datetime, *, reason: str = "") -> list[Demand]:
    """Close the ticket; the demands that nobody met and that were dropped with it, for the `reason` given.

    Without a reason they hold it open, and so does a blocking that lasts: Refused names what is still due.
    """
    # A tick that is taken back at this moment must not leave a closed ticket with a running clock.
    await legs.lock(ticket)
    if ticket.status == TicketStatus.CLOSED:
        raise Refused("This ticket is closed already.")
    left, why, by = await unmet(ticket), " ".join(reason.split())[:LONGEST_REASON], actor(staff)
    if left and not why:
        still = ", ".join(f"{clock.key} ({clock.due:%d.%m.%Y})" for clock in await clocks.running(ticket))
        raise Refused("These terms still run: %(terms)s.", terms=still or ", ".join(demand.kind for demand in left))
    if not why and await blocks.lasting(ticket):
        raise Refused("The data are still blocked: record the result and lift the blocking first (/unblock).")
    for demand in left:
        await clocks.end(desk, demand, by=by, ending=Ending.DROPPED, why=why, now=now)
    ticket.status, ticket.closed_at = TicketStatus.CLOSED, now
    await ticket.save(update_fields=["status", "closed_at"])
    await clocks.lead(ticket)
    note = await _kept(ticket, why, by, now) if why else None
    details = {"dropped": [demand.kind for demand in left], "note": note.id if note else None}
    await history.add(ticket.id, by, Action.TICKET_CLOSED, details, now)
    await topic.refresh_card(ticket, now)
    return left


async def _kept(ticket: Ticket, why: str, by: str, now: datetime) -> Message:
    """The reason of a closing as a note."""
    number = await Message.filter(ticket_id=ticket.id, channel="staff", external_id__startswith="closing:").count() + 1
    return await notes.keep(ticket.id, by, why, f"closing:{number}", now)


async def reopen(desk: Desk, ticket: Ticket, staff: Staff | None, now: datetime, *, by: str = "requester") -> None:
    """Open a closed ticket again, and with it what was dropped when it was closed, with its own dates.

    Without `staff`, `by` is who did it, as it stands in history. Raises Refused when it is open, or was merged into another
    one. When nothing runs then, the caller gives it something that does (see `awaken`).
    """
    await legs.lock(ticket)
    unmerged(ticket)
    if ticket.status == TicketStatus.OPEN:
        raise Refused("This ticket is open.")
    ticket.status, ticket.closed_at = TicketStatus.OPEN, None
    await ticket.save(update_fields=["status", "closed_at"])
    dropped = await Demand.filter(ticket_id=ticket.id, outcome=Ending.DROPPED).order_by("id")
    for demand in dropped:
        await clocks.resume(desk, demand, {Ending.DROPPED}, now)
    await clocks.lead(ticket)
    details = {"running again": [demand.kind for demand in dropped]}
    await history.add(ticket.id, actor(staff) if staff else by, Action.TICKET_REOPENED, details, now)
    await topic.refresh_card(ticket, now)


async def awaken(desk: Desk, ticket: Ticket, staff: Staff, now: datetime) -> None:
    """Staff open a closed ticket again: where nothing is due any more, a question is, for an open ticket is never silent.

    Raises Refused as `reopen` does.
    """
    await reopen(desk, ticket, staff, now)
    if not await unmet(ticket):
        await ask(desk, ticket, now, RecognisedBy.STAFF, now)
        words = "🟢 Open again. Everything it asked for was over, so it stands as a question: answer it by the date on the card."
        await topic.tell(ticket, words, {}, now, key=f"awakened:{ticket.id}:{now.isoformat()}")


async def ask(desk: Desk, ticket: Ticket, received_at: datetime, recognised_by: RecognisedBy, now: datetime) -> None:
    """Have a question stand on a ticket on which nothing else does: a new one, or anew the one that was over."""
    kind = QUESTION if QUESTION in desk.regime.kinds else ANY
    held = await Demand.get_or_none(ticket_id=ticket.id, kind=kind)
    if held is None:
        await add_demands(desk, ticket, [kind], received_at, recognised_by, now)
        return
    await demand_anew(desk, ticket, held, received_at, now)
    await clocks.lead(ticket)


async def demand_anew(desk: Desk, ticket: Ticket, demand: Demand, received_at: datetime, now: datetime) -> None:
    """A demand that was over is made again: it counts from the new receipt alone."""
    await clocks.forget(demand, received_at, now)
    if desk.processors and asks.of_kind(demand.kind):
        demand.to_instruct = True
        await demand.save(update_fields=["to_instruct"])
    await count(desk, ticket, demand, now)
    await history.add(ticket.id, history.DESK, Action.DEMAND_OPENED_AGAIN, {"kind": demand.kind}, now)


def unmerged(ticket: Ticket) -> None:
    """Raises Refused for a ticket that was merged: what is done there would be done in a matter that goes on elsewhere."""
    if ticket.merged_into is not None:
        raise Refused(
            "This ticket was joined to № %(number)s: go on there. /unmerge takes them apart.", number=ticket.merged_into
        )
