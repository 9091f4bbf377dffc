"""Corrections: what staff know better than the machine - the kind, the date of a document, an earlier paper letter.

Whatever is corrected, clocks count from the original receipt, and history keeps what was before.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from desk import history
from desk.context import Desk
from desk.errors import Refused
from desk.law import LawError, UnknownKind
from desk.ticket import clocks, endings, legs, tickets, topic
from desk.ticket.staffing import actor
from models import (
    Action,
    Clock,
    Demand,
    Direction,
    Ending,
    History,
    Message,
    RecognisedBy,
    Registration,
    Staff,
    Ticket,
    TicketStatus,
    Way,
)

IMPOSSIBLE = "destruction_impossible"


async def change_kind(desk: Desk, ticket: Ticket, old: str | None, new: str | None, staff: Staff, now: datetime) -> None:
    """Put one kind in the place of another: add one (no `old`), take one away (no `new`), or both.

    The new demand counts from the receipt of the old one. Raises Refused for a kind that is not there, is there already, or
    is unknown, when the ticket would be left without any, and for a ticket that was merged.
    """
    await legs.lock(ticket)
    tickets.unmerged(ticket)
    held = {demand.kind: demand for demand in await Demand.filter(ticket_id=ticket.id)}
    if old is not None and (old not in held or held[old].closed_at is not None):
        raise Refused("This ticket has no open “%(kind)s”.", kind=old)
    if new is not None and new in held and held[new].outcome not in endings.MISREAD:
        raise Refused("This ticket has “%(kind)s” already.", kind=new)
    if new is None and len([demand for demand in held.values() if demand.closed_at is None]) < 2:
        raise Refused("A ticket needs a kind: name the one to put in its place.")
    received_at = held[old].received_at if old is not None else ticket.received_at
    if new is not None:
        try:
            clocks.rule_for(desk, new, received_at)
        except UnknownKind as error:
            raise Refused("%(why)s", why=error.sentence(desk.staff_language)) from error
        if new in held:
            await _revive(desk, ticket, held[new], received_at if old is not None else held[new].received_at, now)
        else:
            await tickets.add_demands(desk, ticket, [new], received_at, RecognisedBy.STAFF, now)
    if old is not None:
        await Clock.filter(demand_id=held[old].id, stopped_at__isnull=True).update(
            stopped_at=now, stopped_by=actor(staff), ending=Ending.CORRECTED, next_at=None
        )
        await Demand.filter(id=held[old].id).update(closed_at=now, outcome=Ending.CORRECTED)
    if new is not None and ticket.status == TicketStatus.CLOSED:
        # Nobody is reminded of a closed ticket.
        await tickets.reopen(desk, ticket, staff, now)
    await clocks.lead(ticket)
    await history.add(ticket.id, actor(staff), Action.KIND_CHANGED, {"from": old, "to": new}, now)
    await topic.refresh_card(ticket, now)


async def _revive(desk: Desk, ticket: Ticket, demand: Demand, received_at: datetime, now: datetime) -> None:
    """Take up again a kind that was taken away before: its clocks run as if they had never stopped.

    They count from its own receipt, or from that of the kind it takes the place of, whichever came first.
    """
    await Clock.filter(demand_id=demand.id).delete()
    demand.received_at = min(demand.received_at, received_at)
    demand.closed_at, demand.outcome, demand.ground, demand.recognised_by = None, "", "", RecognisedBy.STAFF
    await demand.save(update_fields=["received_at", "closed_at", "outcome", "ground", "recognised_by"])
    await tickets.count(desk, ticket, demand, now)


async def set_document_date(
    desk: Desk, ticket: Ticket, due: date | None, staff: Staff, now: datetime, *, back: bool = False
) -> bool:
    """Enter the date by which a document (an order, a demand of an authority) wants to be obeyed; None takes it back.

    False where that date stands already. `back` tells that it takes another one's place again. Raises Refused.
    """
    await legs.lock(ticket)
    tickets.unmerged(ticket)
    for demand in await Demand.filter(ticket_id=ticket.id, closed_at__isnull=True).order_by("id"):
        if not clocks.rule_of(desk, demand).needs_document:
            continue
        before, demand.document_due = demand.document_due, due
        if before == due:
            return False
        await demand.save(update_fields=["document_due"])
        if due is None:
            await clocks.undated(desk, demand)
        else:
            await recount(desk, demand, now)
        details = {"kind": demand.kind, "due": due.isoformat() if due else None}
        details |= {"from": before.isoformat()} if before else {}
        await history.add(ticket.id, actor(staff), Action.DOCUMENT_DATE, details | ({"back": True} if back else {}), now)
        await clocks.lead(ticket)
        await topic.refresh_card(ticket, now)
        return True
    raise Refused("No demand of this ticket takes its date from a document.")


async def set_known_at(
    desk: Desk, ticket: Ticket, start: str, at: datetime | None, why: str, staff: Staff, now: datetime
) -> bool:
    """Enter when the proof came (`start` "proof") or the fault was detected ("detection"); None takes it back.

    True where the terms count from it now. They count from the receipt, the strict reading, until staff say `why` they may
    count from later; an earlier moment needs no reason. Raises Refused for a moment to come, and where no open demand counts
    from such a date.
    """
    if at is not None and at > now:
        raise Refused("This has not happened yet: the date lies in the future.")
    await legs.lock(ticket)
    tickets.unmerged(ticket)
    found = await _counting_from(desk, ticket, start)
    if not found:
        raise Refused("No open demand of this ticket counts from such a date.")
    for demand in found:
        await _know(desk, demand, at, why.strip() if at is not None else "", staff, now)
    await clocks.lead(ticket)
    await topic.refresh_card(ticket, now)
    return any(clocks.known_at(demand) is not None for demand in found)


async def known_back(desk: Desk, ticket: Ticket, start: str, at: datetime, staff: Staff, now: datetime) -> datetime | None:
    """Take back that `at` is such a date: what stood before it stands again, with its reason; None where nothing did.

    Raises Refused where another date stands.
    """
    await legs.lock(ticket)
    tickets.unmerged(ticket)
    held = [demand for demand in await _counting_from(desk, ticket, start) if demand.known_at == at]
    if not held:
        raise Refused("Somebody has changed this already: see the card.")
    entered = await History.filter(ticket_id=ticket.id, action=Action.KNOWN_DATE).order_by("-id")
    for demand in held:
        own = next((one.details for one in entered if _entered(one.details, demand.kind, at)), {})
        before = datetime.fromisoformat(own["from"]) if own.get("from") else None
        await _know(desk, demand, before, own.get("from_why", "") if before else "", staff, now, back=True)
    await clocks.lead(ticket)
    await topic.refresh_card(ticket, now)
    return held[0].known_at


def _entered(details: dict[str, Any], kind: str, at: datetime) -> bool:
    if details["kind"] != kind or "back" in details or not details["to"]:
        return False
    return datetime.fromisoformat(details["to"]) == at


async def _counting_from(desk: Desk, ticket: Ticket, start: str) -> list[Demand]:
    open_ones = await Demand.filter(ticket_id=ticket.id, closed_at__isnull=True).order_by("id")
    return [one for one in open_ones if any(spec.start == start for spec in clocks.rule_of(desk, one).clocks)]


async def _know(
    desk: Desk, demand: Demand, at: datetime | None, why: str, staff: Staff, now: datetime, *, back: bool = False
) -> None:
    """Enter such a date of one demand and count anew; the history keeps what stood before."""
    before, before_why = demand.known_at, demand.known_why
    demand.known_at, demand.known_why = at, why
    await demand.save(update_fields=["known_at", "known_why"])
    await recount(desk, demand, now)
    await clocks.settle(desk, demand.id, now)
    details = {
        "kind": demand.kind,
        "from": before.isoformat() if before else None,
        "from_why": before_why,
        "to": at.isoformat() if at else None,
        "why": why,
        "counts": clocks.known_at(demand) is not None,
    }
    await history.add(demand.ticket_id, actor(staff), Action.KNOWN_DATE, details | ({"back": True} if back else {}), now)


async def register_paper(
    desk: Desk,
    ticket: Ticket,
    handed_over_at: datetime | None,
    words: str,
    staff: Staff,
    now: datetime,
    *,
    attempted_at: datetime | None = None,
) -> bool:
    """Record that the same demand came on paper too; whether that moved the clocks: the earliest receipt counts.

    Both moments of the letter are kept: the first attempt to deliver it, which counts where the operator did not collect it
    (Civil Code Art. 165.1), and the hand-over. Raises Refused for a moment in the future, for a hand-over before the attempt,
    where neither is told, and for a ticket that was merged.
    """
    await legs.lock(ticket)
    tickets.unmerged(ticket)
    moments = [one for one in (attempted_at, handed_over_at) if one is not None]
    if not moments:
        raise Refused("Say when the letter was handed over, or when the post tried to deliver it.")
    if max(moments) > now:
        raise Refused("A letter cannot have come in the future.")
    if attempted_at is not None and handed_over_at is not None and handed_over_at < attempted_at:
        raise Refused("It cannot have been handed over before the first attempt to deliver it.")
    received_at = min(moments)
    number = await Message.filter(ticket_id=ticket.id, channel="paper").count() + 1
    message = await Message.create(
        ticket=ticket,
        direction=Direction.IN,
        channel="paper",
        author=actor(staff),
        at=received_at,
        text=words,
        new_text=words,
        external_id=f"paper:{number}",
    )
    await Registration.create(
        ticket_id=ticket.id,
        message_id=message.id,
        way=Way.PAPER,
        came_at=received_at,
        attempted_at=attempted_at,
        handed_over_at=handed_over_at,
    )
    moved = await came_earlier(desk, ticket, received_at, now)
    details = {"received_at": received_at.isoformat(), "moved": moved}
    await history.add(ticket.id, actor(staff), Action.PAPER_REGISTERED, details, now)
    await topic.refresh_card(ticket, now)
    return bool(moved)


async def came_earlier(
    desk: Desk, ticket: Ticket, received_at: datetime, now: datetime, *, kinds: Collection[str] | None = None
) -> list[str]:
    """Let the earliest receipt count, when a letter turns out to have come before; the kinds whose terms run from it now.

    It demanded `kinds`, or without them what the ticket demands. What is over keeps it for the day it runs again.
    """
    moved = []
    for demand in await Demand.filter(ticket_id=ticket.id).order_by("id"):
        if received_at >= demand.received_at or (kinds is not None and demand.kind not in kinds):
            continue
        demand.received_at = received_at
        await demand.save(update_fields=["received_at"])
        if demand.closed_at is None:
            moved.append(demand.kind)
            await _recount_or_tell(desk, ticket, demand, now)
    if moved and kinds is not None:
        details = {"received_at": received_at.isoformat(), "moved": moved}
        await history.add(ticket.id, history.DESK, Action.EARLIER_RECEIPT, details, now)
    if received_at < ticket.received_at and (moved or kinds is None):
        ticket.received_at = received_at
        await ticket.save(update_fields=["received_at"])
    await clocks.lead(ticket)
    return moved


async def _recount_or_tell(desk: Desk, ticket: Ticket, demand: Demand, now: datetime) -> None:
    """Count running clocks anew. What has none waits to be counted; what cannot be counted by this receipt is told."""
    try:
        for clock in await Clock.filter(demand_id=demand.id, stopped_at__isnull=True):
            await clocks.recount(desk, demand, clock, now)
    except LawError as error:
        await topic.tell_uncounted(desk, ticket, demand, error, now)


async def destruction_impossible(desk: Desk, ticket: Ticket, reason: str, staff: Staff, now: datetime) -> None:
    """Go on from a destruction that cannot be done now: block at once, destroy within six months (152-FZ Art. 21(6)).

    Counted from the original receipt, the strict reading. Raises Refused where no demand of the ticket allows it.
    """
    if not reason.strip():
        raise Refused("Say why the data cannot be destroyed now: the law allows six months only for that.")
    await legs.lock(ticket)
    for demand in await Demand.filter(ticket_id=ticket.id, closed_at__isnull=True).order_by("id"):
        clock = await Clock.get_or_none(demand_id=demand.id, key="destroy", stopped_at__isnull=True)
        if clocks.rule_of(desk, demand).follow_up != IMPOSSIBLE or clock is None:
            continue
        follow_up = await _follow_up(desk, ticket, demand.received_at, now)
        await clocks.stop(desk, clock.id, actor(staff), now, why=reason.strip(), ending=Ending.IMPOSSIBLE)
        await history.add(
            ticket.id, actor(staff), Action.DESTRUCTION_IMPOSSIBLE, {"kind": demand.kind, "demand": follow_up.id}, now
        )
        await topic.refresh_card(ticket, now)
        return
    raise Refused("No running destruction of this ticket may be put off: the law allows it only for some demands.")


async def _follow_up(desk: Desk, ticket: Ticket, received_at: datetime, now: datetime) -> Demand:
    """The demand to destroy within six months; of several destructions put off, the earliest receipt counts."""
    held = await Demand.get_or_none(ticket_id=ticket.id, kind=IMPOSSIBLE)
    if held is None:
        [held] = await tickets.add_demands(desk, ticket, [IMPOSSIBLE], received_at, RecognisedBy.STAFF, now)
    elif held.closed_at is None:
        await came_earlier(desk, ticket, received_at, now, kinds={IMPOSSIBLE})
    else:
        await clocks.forget(held, received_at, now)
        await tickets.count(desk, ticket, held, now)
    return held


async def recount(desk: Desk, demand: Demand, now: datetime) -> None:
    """Count the running clocks of a demand anew and open those it had none of.

    Raises Refused when a running one, or that of the document, cannot be counted.
    """
    try:
        if demand.uncounted or not await Clock.exists(demand_id=demand.id):
            untold = await clocks.open_for(desk, demand, now)
            of_document = {spec.key for spec in clocks.rule_of(desk, demand).clocks if spec.unit == "document"}
            for error in [error for key, error in untold.items() if key in of_document]:
                raise error
        for clock in await Clock.filter(demand_id=demand.id, stopped_at__isnull=True):
            await clocks.recount(desk, demand, clock, now)
    except LawError as error:
        raise Refused("%(why)s", why=error.sentence(desk.staff_language)) from error
