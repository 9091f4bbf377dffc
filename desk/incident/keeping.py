"""Keeping: what staff know of an incident, field by field, and the receipts of the notices to the authority."""

from datetime import date, datetime

from desk import history
from desk.context import Desk
from desk.errors import Refused
from desk.incident.notices import BY_KEY, STEPS, Receipt, Stage
from desk.terms import steps
from desk.terms.proofs import Proof
from desk.ticket import tickets
from desk.ticket.staffing import actor
from models import Action, Demand, Incident, ProofKind, Staff, Ticket

KIND = "breach_report"
LONGEST = 4000
# What is asked besides the fields of the form: for the people concerned.
ADVICE = "advice"


async def of(ticket: Ticket) -> Incident:
    """What is known of the incident of a ticket, begun on first sight. Raises Refused where the ticket is about none."""
    tickets.unmerged(ticket)
    found = await Incident.get_or_none(ticket_id=ticket.id)
    if found is not None:
        return found
    if not await Demand.filter(ticket_id=ticket.id, kind=KIND).exists():
        raise Refused("This ticket is about no incident. If it is: /kind +breach_report")
    return await Incident.create(ticket_id=ticket.id)


async def answer(ticket: Ticket, key: str, words: str, staff: Staff, now: datetime) -> Incident:
    """Keep what is known of one field. Raises Refused for a field there is not, and for too many words."""
    if key not in BY_KEY and key != ADVICE:
        raise Refused("This button is out of date.")
    said = words.strip()
    if len(said) > LONGEST:
        raise Refused("This is too long: at most %(most)s characters.", most=LONGEST)
    await of(ticket)
    incident = await Incident.filter(ticket_id=ticket.id).select_for_update().get()
    incident.answers = {**incident.answers, key: said}
    await incident.save(update_fields=["answers"])
    await history.add(ticket.id, actor(staff), Action.INCIDENT_DESCRIBED, {"field": key}, now)
    return incident


async def receipt(desk: Desk, ticket: Ticket, stage: Stage, number: str, dated: date, staff: Staff, now: datetime) -> None:
    """Record what the authority's portal gave for a notice: it proves the step, and the second notice names the first.

    Raises Refused where the step cannot be done (any more).
    """
    await of(ticket)
    demand = await Demand.get_or_none(ticket_id=ticket.id, kind=KIND)
    if demand is None:
        raise Refused("This ticket is about no incident. If it is: /kind +breach_report")
    incident = await Incident.filter(ticket_id=ticket.id).select_for_update().get()
    incident.receipts = {**incident.receipts, stage: {"number": number, "dated": f"{dated:%d.%m.%Y}"}}
    await incident.save(update_fields=["receipts"])
    proof = Proof(ProofKind.PAPER, number=number, dated=dated, way="portal")
    await steps.prove(desk, demand.id, STEPS[stage], proof, staff, now)


def first_receipt(incident: Incident) -> Receipt | None:
    """What the portal gave for the first notice, for the second one to name."""
    held = incident.receipts.get("first")
    return Receipt(held["number"], held["dated"]) if held else None
