"""Mandates: who speaks for somebody else, by which document, whether staff have checked it, and until when it holds.

A representative gets no personal data before the document was checked, nor after it has expired. What may be asked of them is
the law's and no more (LAW §3.2): the document with its number, date, scope and end; of an advocate the order (ордер); of a
parent, a guardian and an heir what shows the relation.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from desk import history
from desk.context import Desk
from desk.errors import Refused
from desk.i18n import N_
from desk.ticket import legs, topic
from desk.ticket.staffing import actor
from models import Action, Mandate, Staff, Ticket
from models.store.connect import transaction


class Role(StrEnum):
    """As what somebody speaks for another person."""

    REPRESENTATIVE = "representative"  # by a power of attorney (GC 185)
    ADVOCATE = "advocate"  # a lawyer of the bar, by an order
    PARENT = "parent"  # legal representative of a child (GC 28, Family Code 64)
    GUARDIAN = "guardian"  # of a ward, by an act of guardianship
    HEIR = "heir"  # of somebody who died (152-FZ 9(7))


class Document(StrEnum):
    """What shows that somebody may speak for another person."""

    POWER = "power"  # power of attorney
    ORDER = "order"  # an advocate's order
    BIRTH = "birth"  # birth certificate
    GUARDIANSHIP = "guardianship"  # act on guardianship
    INHERITANCE = "inheritance"  # certificate of inheritance, or of death and of kinship


WANTED: dict[str, Document] = {
    Role.REPRESENTATIVE: Document.POWER,
    Role.ADVOCATE: Document.ORDER,
    Role.PARENT: Document.BIRTH,
    Role.GUARDIAN: Document.GUARDIANSHIP,
    Role.HEIR: Document.INHERITANCE,
}
"""The document that each role is asked for."""
DOCUMENTS: dict[str, str] = {
    Document.POWER: N_("power of attorney"),
    Document.ORDER: N_("advocate's order"),
    Document.BIRTH: N_("birth certificate of the child"),
    Document.GUARDIANSHIP: N_("act on guardianship"),
    Document.INHERITANCE: N_("certificate of inheritance"),
}
ROLES: dict[str, str] = {
    Role.REPRESENTATIVE: N_("representative"),
    Role.ADVOCATE: N_("advocate"),
    Role.PARENT: N_("parent"),
    Role.GUARDIAN: N_("guardian"),
    Role.HEIR: N_("heir"),
}
UNDER_14, UNDER_18 = "under14", "under18"
# So long before its last day the end of a document is spoken of, and at what hour of the operator's day.
WARNED, HOUR = timedelta(days=7), time(9)


_BASES = {
    role: re.compile(words, re.IGNORECASE | re.VERBOSE)
    for role, words in {
        Role.ADVOCATE: r"адвокат|ордер|\b(?:lawyer|solicitor|advocate|(?<!power\ of\ )attorney)\b",
        Role.GUARDIAN: r"опекун|опек[аеиу]|попечит|guardian|trustee",
        Role.HEIR: r"наследни|наследств|\bheir|inherit|executor",
        Role.PARENT: r"""родител|\b(?:мать|мама|отец|папа|parent|mother|father|mum|mom|dad)\b
            |свидетельств\w+\ о\ рождении|birth\ certificate""",
    }.items()
}


@dataclass(frozen=True)
class Shown:
    """What was shown of a document: its kind, number, date, scope and last day."""

    document: Document
    number: str = ""
    dated: date | None = None
    scope: str = ""
    until: date | None = None


async def of(ticket: Ticket) -> list[Mandate]:
    """The documents of a matter that were checked and not taken back, the oldest first."""
    joint = [one.id for one in await legs.of(await legs.head(ticket))]
    return await Mandate.filter(ticket_id__in=joint, taken_back_at__isnull=True).order_by("id")


def role_of(ticket: Ticket) -> str:
    """As what the requester of a ticket speaks for another person; empty: for themselves, as far as is known."""
    return ticket.speaker or (role_in(ticket.represented.get("basis", "")) if ticket.represented else "")


def role_in(basis: str) -> str:
    """The role that the right to act names, as the dialog asked for it: a power of attorney where it names nothing else."""
    return next((role for role, words in _BASES.items() if words.search(basis)), Role.REPRESENTATIVE)


async def stands(desk: Desk, ticket: Ticket, now: datetime) -> str:
    """How the right to speak stands: "own", "checked", "missing", "expired", or "minor" for a child that writes alone."""
    if not role_of(ticket):
        return "minor" if ticket.minor == UNDER_14 else "own"
    found = await of(ticket)
    today = now.astimezone(desk.operator.zone).date()
    if any(one.until is None or one.until >= today for one in found):
        return "checked"
    return "expired" if found else "missing"


async def check(desk: Desk, ticket: Ticket, shown: Shown, staff: Staff, now: datetime) -> Mandate:
    """Record that staff have checked the document of whoever speaks; it becomes known as what they speak.

    Raises Refused for a document that has expired, or of an impossible date.
    """
    today = now.astimezone(desk.operator.zone).date()
    if shown.until is not None and shown.until < today:
        raise Refused("This document has expired: nothing can be disclosed on it.")
    if shown.dated is not None and shown.dated > today:
        raise Refused("The date of the document is still to come: check it.")
    if shown.document in {Document.POWER, Document.ORDER} and not (shown.number or shown.dated):
        raise Refused("Write the number or the date of the document, for example: № 77 АВ 123456 от 01.10.2026 до 01.10.2027.")
    role = next(role for role, document in WANTED.items() if document == shown.document)
    if role_of(ticket) != role:
        ticket.speaker = role
        await ticket.save(update_fields=["speaker"])
    made = await Mandate.create(
        ticket=ticket,
        role=role,
        document=shown.document,
        number=shown.number[:128],
        dated=shown.dated,
        scope=shown.scope[:1000],
        until=shown.until,
        checked_by=actor(staff),
        checked_at=now,
        remind_at=_warning(desk, shown.until, now) if shown.until else None,
    )
    details = {"document": shown.document.value, "until": shown.until.isoformat() if shown.until else None}
    await history.add(ticket.id, actor(staff), Action.MANDATE_CHECKED, details, now)
    await topic.refresh_card(await legs.head(ticket), now)
    return made


def _warning(desk: Desk, until: date, now: datetime) -> datetime:
    """When the end of a document is spoken of next: some days before, and the day after its last one (UTC)."""
    before = datetime.combine(until - WARNED, HOUR, desk.operator.zone)
    return before if before > now else datetime.combine(until + timedelta(days=1), HOUR, desk.operator.zone)


async def take_back(ticket: Ticket, staff: Staff, now: datetime) -> bool:
    """Take the newest check of a document back; False when there is none."""
    found = await of(ticket)
    if not found:
        return False
    last = found[-1]
    last.taken_back_at, last.taken_back_by, last.remind_at = now, actor(staff), None
    await last.save(update_fields=["taken_back_at", "taken_back_by", "remind_at"])
    await history.add(last.ticket_id, actor(staff), Action.MANDATE_TAKEN_BACK, {"document": last.document}, now)
    await topic.refresh_card(await legs.head(ticket), now)
    return True


async def speaks(ticket: Ticket, role: str, staff: Staff, now: datetime) -> None:
    """Staff say as what the requester speaks; an empty role: for themselves."""
    ticket.speaker = role
    await ticket.save(update_fields=["speaker"])
    await history.add(ticket.id, actor(staff), Action.SPEAKER_NAMED, {"role": role}, now)
    await topic.refresh_card(await legs.head(ticket), now)


async def no_minor(ticket: Ticket, staff: Staff, now: datetime) -> None:
    """Staff say that the requester is of age."""
    ticket.minor = ""
    await ticket.save(update_fields=["minor"])
    await history.add(ticket.id, actor(staff), Action.SPEAKER_NAMED, {"minor": ""}, now)
    await topic.refresh_card(await legs.head(ticket), now)


async def remind(desk: Desk, now: datetime) -> int:
    """Say in their topics which documents are about to expire, or have; how many. One transaction each."""
    said = 0
    while True:
        async with transaction():
            due = await Mandate.filter(remind_at__lte=now).select_for_update(of=("mandate",)).order_by("remind_at").first()
            if due is None:
                break
            await _remind(desk, due, now)
            said += 1
    if said:
        desk.wake.deliveries()
    return said


async def _remind(desk: Desk, due: Mandate, now: datetime) -> None:
    assert due.until is not None
    ticket = await legs.head(await Ticket.get(id=due.ticket_id))
    expired = due.until < now.astimezone(desk.operator.zone).date()
    words = "⏳ The document by which the requester speaks (%(document)s) holds until %(date)s. Ask for a new one in time."
    if expired:
        words = "⌛️ The document by which the requester speaks (%(document)s) ended on %(date)s: no personal data leave to them."
    named = {"document": DOCUMENTS[due.document], "date": f"{due.until:%d.%m.%Y}"}
    due.remind_at = None if expired else datetime.combine(due.until + timedelta(days=1), HOUR, desk.operator.zone)
    await due.save(update_fields=["remind_at"])
    assignee = await Staff.get_or_none(id=ticket.assignee_id) if ticket.assignee_id else None
    whom = [assignee.telegram_id] if assignee else []
    await topic.tell(ticket, words, named, now, key=f"mandate:{due.id}:{'ended' if expired else 'ends'}", whom=whom)
    await topic.refresh_card(ticket, now)
