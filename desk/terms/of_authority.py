"""What the letter of an authority names is proposed to staff: its term, its own number and date, a day of detection.

Nothing is taken by itself: a tap does what /term and /detected do, or records which document the letter is. Each can be taken
back, and what stood before stands again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from desk import contents, history, outbox
from desk.context import Desk
from desk.errors import Refused
from desk.outward.readers import reader_of
from desk.ports import Incoming
from desk.recognising import documents
from desk.terms import corrections
from desk.ticket import clocks, legs, tickets, topic
from desk.ticket.staffing import actor
from models import Action, Demand, History, Message, Outbox, Registration, Staff, Ticket, Way


@dataclass(frozen=True)
class Standing:
    """What of it stands now: the term of the document, the document that the letter is, and the days of detection."""

    term: date | None
    paper: contents.NamedPaper | None
    detected: frozenset[date]


def posting(
    desk: Desk, ticket: Ticket, message: Message, incoming: Incoming, demands: Iterable[Demand], now: datetime
) -> Outbox | None:
    """What staff are asked about a letter on these demands, not written yet; None where it names nothing, or is nobody's."""
    rules = [clocks.rule_of(desk, demand) for demand in demands if demand.closed_at is None]
    if not rules or reader_of(rules) != "authority":
        return None
    received = incoming.received_at.astimezone(desk.operator.zone).date()
    named = documents.read("\n".join((incoming.subject, incoming.new_text, *incoming.attached)), received)
    counted = {spec.start for rule in rules for spec in rule.clocks}
    content = contents.NamedDates(
        message=message.id,
        terms=named.terms if any(rule.needs_document for rule in rules) else (),
        papers=tuple(contents.NamedPaper(number=one.number, dated=one.dated) for one in named.papers),
        detected=named.detected if "detection" in counted else (),
    )
    if not (content.terms or content.papers or content.detected):
        return None
    return outbox.row(
        channel="staff",
        conversation=outbox.topic(ticket),
        key=f"named:{ticket.id}:{message.id}",
        content=content,
        now=now,
        ticket=ticket,
        priority=outbox.LATE,
    )


async def standing(desk: Desk, ticket: Ticket, named: contents.NamedDates) -> Standing:
    """What stands now of what a letter names, whoever entered it and how."""
    term, known = None, set[date]()
    for demand in await Demand.filter(ticket_id=ticket.id, closed_at__isnull=True).order_by("id"):
        rule = clocks.rule_of(desk, demand)
        if rule.needs_document and term is None:
            term = demand.document_due
        if demand.known_at is not None and any(spec.start == "detection" for spec in rule.clocks):
            known.add(demand.known_at.astimezone(desk.operator.zone).date())
    row = await Registration.get_or_none(message_id=named.message)
    paper = contents.NamedPaper(number=row.document_number, dated=row.document_date) if row and row.document_date else None
    return Standing(term, paper, frozenset(known))


async def set_term(desk: Desk, ticket: Ticket, due: date, staff: Staff, now: datetime) -> None:
    """Take a day for the term of the document. Raises Refused where it is already, or no demand takes its date from one."""
    if not await corrections.set_document_date(desk, ticket, due, staff, now):
        raise Refused("This date stands already.")


async def term_back(desk: Desk, ticket: Ticket, due: date, staff: Staff, now: datetime) -> date | None:
    """Take back that `due` is the term; what was entered before it stands again. Raises Refused where it stands no more."""
    demands = await Demand.filter(ticket_id=ticket.id, closed_at__isnull=True, document_due=due)
    if not demands:
        raise Refused("Somebody has changed this already: see the card.")
    entered = await History.filter(ticket_id=ticket.id, action=Action.DOCUMENT_DATE).order_by("-id")
    own = next((one.details for one in entered if one.details["due"] == due.isoformat() and "back" not in one.details), {})
    before = date.fromisoformat(own["from"]) if own.get("from") else None
    await corrections.set_document_date(desk, ticket, before, staff, now, back=True)
    return before


async def set_detected(desk: Desk, ticket: Ticket, day: date, staff: Staff, now: datetime) -> bool:
    """Take a day for that of detection; whether the terms count from it now. Raises Refused where nothing counts from one."""
    return await corrections.set_known_at(desk, ticket, "detection", _midnight(desk, day), "", staff, now)


async def detected_back(desk: Desk, ticket: Ticket, day: date, staff: Staff, now: datetime) -> date | None:
    """Take back that it was detected on `day`; what stood before it stands again. Raises Refused where it stands no more."""
    before = await corrections.known_back(desk, ticket, "detection", _midnight(desk, day), staff, now)
    return before.astimezone(desk.operator.zone).date() if before else None


async def set_paper(ticket: Ticket, message_id: int, paper: contents.NamedPaper, staff: Staff, now: datetime) -> None:
    """Record which document a letter is: the card, the dossier and the answer name it. Raises Refused where it stands already."""
    await legs.lock(ticket)
    tickets.unmerged(ticket)
    message = await Message.get(id=message_id)
    row = await Registration.get_or_none(message_id=message_id)
    details = _details(message_id, paper)
    if row is None:
        row = Registration(ticket_id=message.ticket_id, message_id=message_id, way=Way.ORDER, came_at=message.at)
        details["registered"] = True
    elif (row.document_number, row.document_date) == (paper.number, paper.dated):
        raise Refused("This date stands already.")
    else:
        details["from"] = _told(row.document_number, row.document_date)
    row.document_number, row.document_date = paper.number, paper.dated
    await row.save()
    await _noted(ticket, details, staff, now)


async def paper_back(
    ticket: Ticket, message_id: int, paper: contents.NamedPaper, staff: Staff, now: datetime
) -> contents.NamedPaper | None:
    """Take back which document a letter is; what was named before it stands again. Raises Refused where it stands no more.

    A registration stays, with all that staff know of the letter: only the one that naming the document made goes with it.
    """
    await legs.lock(ticket)
    tickets.unmerged(ticket)
    row = await Registration.get_or_none(message_id=message_id, document_number=paper.number, document_date=paper.dated)
    if row is None:
        raise Refused("Somebody has changed this already: see the card.")
    told = [one.details for one in await History.filter(ticket_id=ticket.id, action=Action.DOCUMENT_NAMED).order_by("-id")]
    own = next((one for one in told if one.items() >= _details(message_id, paper).items() and "back" not in one), {})
    before = own.get("from", _told("", None))
    if own.get("registered"):
        await row.delete()
    else:
        row.document_number = before["number"]
        row.document_date = date.fromisoformat(before["dated"]) if before["dated"] else None
        await row.save(update_fields=["document_number", "document_date"])
    await _noted(ticket, {"message": message_id, **before, "back": True}, staff, now)
    stands = before["dated"] and not own.get("registered")
    return contents.NamedPaper(number=before["number"], dated=date.fromisoformat(before["dated"])) if stands else None


def _details(message_id: int, paper: contents.NamedPaper) -> dict[str, Any]:
    return {"message": message_id, **_told(paper.number, paper.dated)}


def _told(number: str, dated: date | None) -> dict[str, Any]:
    return {"number": number, "dated": dated.isoformat() if dated else None}


async def _noted(ticket: Ticket, details: dict[str, Any], staff: Staff, now: datetime) -> None:
    await history.add(ticket.id, actor(staff), Action.DOCUMENT_NAMED, details, now)
    await topic.refresh_card(ticket, now)


def _midnight(desk: Desk, day: date) -> datetime:
    return datetime.combine(day, time(0), desk.operator.zone)
