"""Destruction: what was destroyed where, by whom and how; its act (Order 179), the log extract, the signed act.

Staff fill in one record for each system and processor; it is kept as a draft, so that a colleague or a restart finds it as it
is. From the record the act is set as a PDF and a DOCX. When every act is signed, and has its extract where the processing was
automated, the step that waits for the act is proved.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from desk import contents, history, moments, outbox
from desk.context import Desk
from desk.deed import extract, person
from desk.deed.act import act_paper
from desk.errors import Refused
from desk.papers.editable import set_docx
from desk.papers.typesetting import set_paper
from desk.ports import File
from desk.terms import steps
from desk.terms.proofs import Proof
from desk.ticket import clocks, legs, tickets, topic
from desk.ticket.staffing import actor
from models import Action, Demand, Destruction, DestructionState, ProofKind, Staff, Step, Ticket

# Order 179 p. 8: acts and extracts are kept 3 years from the destruction.
KEPT_YEARS = 3
ACT = "act"
LONGEST = 1000
# What has to be there before an act is made, in the order of the form.
FIELDS = ("people", "destroyed_on", "method", "categories", "subject", "reason")
OF_PAPER = ("medium",)
# Order 179 p. 3 (g): a processor's act names the processor's system, which the settings need not know.
OF_PROCESSOR = ("system",)
_POSITION = re.compile(r"\s*(?:,|;|\s[-–—]\s|\()\s*")


@dataclass(frozen=True)
class Place:
    """Where data of people are: a system of the operator, or a processor. `row` is the latest record of it on a ticket."""

    name: str
    categories: Sequence[str]
    paper: bool = False
    processor: str = ""
    address: str = ""
    system: str = ""
    row: Destruction | None = None


async def places(desk: Desk, ticket: Ticket) -> list[Place]:
    """The systems and processors of the settings, and what is recorded of each on this matter."""
    held = {one.place: one for one in await of(ticket) if one.state != DestructionState.VOID}
    found = [
        Place(one.name, one.data_categories, paper=one.paper, system="" if one.paper else one.name, row=held.pop(one.name, None))
        for one in desk.systems
    ]
    found += [
        Place(
            one.name,
            one.data_categories,
            processor=one.name,
            address=one.address,
            system=", ".join(one.systems),
            row=held.pop(one.name, None),
        )
        for one in desk.processors
    ]
    # What the settings do not name any more stays recorded.
    return found + [Place(one.place, one.categories, paper=one.paper, processor=one.processor, row=one) for one in held.values()]


async def of(ticket: Ticket) -> list[Destruction]:
    """Every record of a matter, the oldest first."""
    return await Destruction.filter(ticket_id__in=await legs.numbers(ticket)).order_by("id")


async def held(number: int, *states: DestructionState) -> tuple[Destruction, Ticket]:
    """A record in one of these states, and the ticket in which its matter goes on, which is held. Raises Refused."""
    found = await legs.locked_with(Destruction, number)
    if found is None:
        raise Refused("This record of a destruction does not exist any more.")
    row, ticket = found
    if row.state not in states:
        if row.state == DestructionState.RECORDED:
            raise Refused("The act was made already: void it first, if it is wrong.")
        raise Refused("This act was voided." if row.state == DestructionState.VOID else "The act was not made yet.")
    return row, ticket


# --- the form --------------------------------------------------------------------------------------------------------


async def begin(desk: Desk, ticket: Ticket, name: str, staff: Staff, now: datetime) -> Destruction:
    """The draft for a system or processor: the one that stands, or a new one filled with what is known. Raises Refused."""
    ticket = await legs.locked(ticket)
    tickets.unmerged(ticket)
    place = next((one for one in await places(desk, ticket) if one.name == name), None)
    if place is None:
        raise Refused("“%(name)s” stands neither among the systems nor among the processors of the settings.", name=name[:60])
    if place.row is not None and place.row.state == DestructionState.DRAFT:
        return place.row
    before = await Destruction.filter(place=name, state=DestructionState.RECORDED).order_by("-id").first()
    row = await Destruction.create(
        ticket_id=ticket.id,
        place=place.name,
        paper=place.paper,
        system=place.system,
        processor=place.processor,
        processor_address=place.address,
        subject=await person.found_by(ticket),
        categories=list(place.categories),
        method=before.method if before else "",
        reason=await _reason(desk, ticket),
        medium=before.medium if before else "",
    )
    await history.add(ticket.id, actor(staff), Action.DESTRUCTION_BEGUN, {"destruction": row.id}, now)
    return row


async def _reason(desk: Desk, ticket: Ticket) -> str:
    """Why the data are destroyed, from what is demanded: the right, its article, the request."""
    language = desk.papers_language
    for demand in await Demand.filter(ticket_id=ticket.id).order_by("id"):
        rule = clocks.rule_of(desk, demand)
        if rule.step("destroy") is None:
            continue
        received = demand.received_at.astimezone(desk.operator.zone)
        what = rule.name.said(language)
        law = rule.cite.said(language)
        day = f"{received:%d.%m.%Y}"
        request = f"обращение № {ticket.id} от {day}" if language == "ru" else f"request No. {ticket.id} of {day}"
        return f"{what} ({law}), {request}"
    return ""


def fields(row: Destruction) -> tuple[str, ...]:
    """The fields of a record in the order of its form."""
    own = OF_PAPER if row.paper else OF_PROCESSOR if row.processor else ()
    return *FIELDS[:3], *own, *FIELDS[3:]


def lacking(row: Destruction) -> list[str]:
    """The fields of a draft that are still empty."""
    wanted = fields(row)
    return [name for name in wanted if not getattr(row, name) or (name == "medium" and row.sheets is None)]


async def people_before(row: Destruction) -> list[list[str]]:
    """Who destroyed in this place last time."""
    before = await Destruction.filter(place=row.place, state=DestructionState.RECORDED).exclude(id=row.id).order_by("-id").first()
    return before.people if before else []


async def fill(desk: Desk, number: int, field: str, said: str, staff: Staff, now: datetime) -> Destruction:
    """Fill in a field of a draft with words of staff. Raises Refused with what is wrong about them."""
    row, _ticket = await held(number, DestructionState.DRAFT)
    told = said.strip()[:LONGEST]
    if not told:
        raise Refused("Say it in words: nothing was written.")
    match field:
        case "people":
            row.people = people_of(told)
        case "destroyed_on":
            day = moments.day(desk, told, now, past=True)
            if day > now.astimezone(desk.operator.zone).date():
                raise Refused("The date %(date)s lies in the future.", date=f"{day:%d.%m.%Y}")
            row.destroyed_on = day
        case "categories":
            row.categories = [one for part in re.split(r"[,;\n]", told) if (one := " ".join(part.split()))]
        case "medium":
            row.medium, row.sheets = medium_of(told)
        case "method" | "reason":
            setattr(row, field, " ".join(told.split()))
        case "system":
            row.system = " ".join(told.split())[:255]
        case "subject":
            row.subject = told
        case _other:
            raise Refused("This button is out of date.")
    await row.save()
    return row


def people_of(said: str) -> list[list[str]]:
    """Names and positions, one person a line. Raises Refused where a position is missing."""
    found = []
    for line in filter(None, (" ".join(one.split()) for one in said.splitlines())):
        name, *rest = _POSITION.split(line, maxsplit=1)
        position = rest[0].rstrip(") ").strip() if rest else ""
        if not name or not position:
            raise Refused("Say the position too, behind a comma: Petrov Ivan Ivanovich, system administrator. One person a line.")
        found.append([name, position])
    return found


def medium_of(said: str) -> tuple[str, int]:
    """What kind of paper it was, and how many sheets. Raises Refused without a number."""
    numbers = re.findall(r"\d+", said)
    if not numbers:
        raise Refused("Say the number of sheets too: application forms, 12.")
    count = int(numbers[-1][:9])
    medium = re.sub(r"[\s,;:–-]*\d+\s*(?:лист\w*|л\.|sheets?)?\s*\.?$", "", said.strip(), flags=re.IGNORECASE).strip(" ,;:–-")
    if not medium or not count:
        raise Refused("Say what it was and how many sheets: application forms, 12.")
    return medium, count


async def drop(number: int, staff: Staff, now: datetime) -> Ticket:
    """Throw a draft away. Raises Refused for one whose act was made."""
    row, ticket = await held(number, DestructionState.DRAFT)
    await row.delete()
    await history.add(ticket.id, actor(staff), Action.DESTRUCTION_DROPPED, {"destruction": number}, now)
    return ticket


# --- the act ---------------------------------------------------------------------------------------------------------


async def record(desk: Desk, number: int, staff: Staff, now: datetime) -> Destruction:
    """Make the act of a draft: it gets its number, and its papers are posted in the topic. Raises Refused while fields lack."""
    row, ticket = await held(number, DestructionState.DRAFT)
    if missing := lacking(row):
        raise Refused("The act cannot be made yet: %(count)s fields are empty.", count=len(missing))
    assert row.destroyed_on is not None
    taken = await Destruction.filter(ticket_id=row.ticket_id).exclude(number="").count()
    row.number = f"{row.ticket_id}-{taken + 1}"
    row.state, row.recorded_at, row.recorded_by = DestructionState.RECORDED, now, actor(staff)
    row.acted_on, row.keep_until = now.astimezone(desk.operator.zone).date(), kept_until(row.destroyed_on)
    await _set(desk, row, now)
    await row.save()
    details = {"destruction": row.id, "number": row.number, "act": row.act_sha256}
    await history.add(ticket.id, actor(staff), Action.ACT_MADE, details, now)
    await post(row, ticket, now, key=row.act)
    await topic.refresh_card(ticket, now)
    return row


def kept_until(day: date) -> date:
    """The last day on which an act has to be kept (Order 179 p. 8)."""
    try:
        return day.replace(year=day.year + KEPT_YEARS)
    except ValueError:  # a 29 February
        return day.replace(year=day.year + KEPT_YEARS, day=28)


async def _set(desk: Desk, row: Destruction, now: datetime) -> None:
    """Set the papers of an act and keep them in the vault."""
    paper = act_paper(row, desk.operator, desk.papers_language)
    pdf = await desk.vault.write_async(await set_paper(paper, now))
    docx = await desk.vault.write_async(await set_docx(paper))
    row.act, row.act_sha256, row.editable = pdf.name, pdf.sha256, docx.name


async def post(row: Destruction, ticket: Ticket, now: datetime, *, key: str = "") -> None:
    """Post the papers of an act below everything: once for each `key`, without one at each moment anew."""
    await outbox.put(
        channel="staff",
        conversation=outbox.topic(ticket),
        key=f"act:{row.id}:{key or now.isoformat()}",
        content=contents.ActPapers(destruction=row.id),
        now=now,
        ticket=ticket,
        priority=outbox.SOON,
    )


async def void(desk: Desk, number: int, staff: Staff, now: datetime) -> Destruction:
    """An act was a mistake: it counts no more, and its number stays taken. What it proved is open again."""
    row, ticket = await held(number, DestructionState.RECORDED)
    row.state = DestructionState.VOID
    await row.save(update_fields=["state"])
    await history.add(ticket.id, actor(staff), Action.ACT_VOIDED, {"destruction": row.id, "number": row.number}, now)
    await _settle(desk, ticket, staff, now)
    await topic.refresh_card(ticket, now)
    return row


async def attach_extract(desk: Desk, number: int, file: File, staff: Staff, now: datetime) -> Destruction:
    """Keep the log extract of a record and look which points it shows; an act that is not signed yet is set anew with that.

    Raises Refused for a paper archive, and for a file that could not be fetched.
    """
    row, ticket = await held(number, DestructionState.DRAFT, DestructionState.RECORDED)
    if row.paper:
        raise Refused("For a paper archive the act alone is enough: no extract of a log is wanted (Order 179, point 1).")
    row.extract, row.extract_sha256, data = await _copied(desk, file)
    row.extract_name = file.name
    row.extract_seen = shown(desk, row, file.name, data)
    if row.state == DestructionState.RECORDED and not row.signed:
        await _set(desk, row, now)
    await row.save()
    details = {"destruction": row.id, "extract": row.extract_sha256, "lacking": extract.lacking(row.extract_seen)}
    await history.add(ticket.id, actor(staff), Action.EXTRACT_ATTACHED, details, now)
    if row.state == DestructionState.RECORDED:
        if not row.signed:
            await post(row, ticket, now, key=row.act)
        await _settle(desk, ticket, staff, now)
    return row


def shown(desk: Desk, row: Destruction, name: str, data: bytes) -> list[str]:
    """The points of Order 179 p. 5 that an extract shows."""
    expected = extract.Expected(
        subject=row.subject,
        categories=row.categories,
        system=row.system or row.place,
        day=row.destroyed_on or date.min,
        zone=desk.operator.zone,
    )
    text = extract.text_of(name, data)
    return extract.seen(f"{text}\n{name}" if text.strip() else "", expected)


async def _copied(desk: Desk, file: File) -> tuple[str, str, bytes]:
    """A file of its own in the vault: that of the message goes with the ticket's data. Raises Refused when it was not fetched."""
    if file.blob is None:
        raise Refused("This file could not be fetched from Telegram (over 20 MB?). Send a smaller one.")
    data = await desk.vault.read_async(file.blob.name)
    kept = await desk.vault.write_async(data)
    return kept.name, kept.sha256, data


async def attach_signed(desk: Desk, number: int, file: File, attachment: int | None, staff: Staff, now: datetime) -> Destruction:
    """The signed act came back, as a scan or a file with its electronic signature; `attachment` is where the ticket keeps it."""
    row, ticket = await held(number, DestructionState.RECORDED)
    row.signed, row.signed_sha256, _data = await _copied(desk, file)
    row.signed_name, row.signed_at, row.signed_by = file.name, now, actor(staff)
    await row.save()
    details = {"destruction": row.id, "number": row.number, "signed": row.signed_sha256}
    await history.add(ticket.id, actor(staff), Action.ACT_SIGNED, details, now)
    await _settle(desk, ticket, staff, now, attachment)
    await topic.refresh_card(ticket, now)
    return row


# --- what it proves --------------------------------------------------------------------------------------------------


async def open_points(ticket: Ticket) -> list[str]:
    """What is still wanted before the acts of a matter prove its step, each as number (or place) and what is missing."""
    found = []
    for row in await of(ticket):
        if row.state == DestructionState.DRAFT:
            found.append(f"{row.place}: draft")
        elif row.state == DestructionState.RECORDED:
            found += [f"{row.number}: signed"] if not row.signed else []
            found += [f"{row.number}: extract"] if not row.paper and not row.extract else []
    return found


async def without_record(desk: Desk, ticket: Ticket) -> list[str]:
    """The names of the places of which nothing is recorded: nothing of the person was there, or an act is still wanted."""
    return [one.name for one in await places(desk, ticket) if one.row is None]


async def _settle(desk: Desk, ticket: Ticket, staff: Staff, now: datetime, attachment: int | None = None) -> None:
    """Have the steps that wait for the act stand as the acts prove them."""
    acts = [one for one in await of(ticket) if one.state == DestructionState.RECORDED]
    proved = bool(acts) and not await open_points(ticket)
    numbers = ", ".join(str(one.number) for one in acts)
    for demand in await Demand.filter(ticket_id=ticket.id).order_by("id"):
        if clocks.rule_of(desk, demand).step(ACT) is None:
            continue
        row = await Step.standing(demand_id=demand.id, key=ACT).get_or_none()
        try:
            stale = row is not None and row.number != numbers[:64] and demand.closed_at is None
            if proved and stale:  # one more act, or one less: what stands names them all
                await steps.undone(desk, demand.id, ACT, staff, now)
            if proved and (row is None or stale):
                dated = max(one.acted_on for one in acts if one.acted_on)
                proof = Proof(ProofKind.DOCUMENT, attachment_id=attachment, number=numbers[:64], dated=dated)
                await steps.prove(desk, demand.id, ACT, proof, staff, now)
            elif row is not None and not acts:
                await steps.undone(desk, demand.id, ACT, staff, now)
        except Refused as refused:
            words = "⚠️ The step of the act did not follow from this by itself: %(why)s"
            key = f"act not proved:{demand.id}:{now.isoformat()}"
            await topic.tell(ticket, words, {"why": refused.said(desk.staff_language)}, now, key=key)
