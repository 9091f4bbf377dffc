"""Retention: a ticket that was closed long ago loses its personal data; a line without them stays for the journal.

Words, files, names, addresses and letters of the ticket and its legs go, the topic in the staff group and what the operator held
of the addresses from elsewhere with them; number, kinds,
dates, outcomes and history stay. Acts of destruction are kept three years from the destruction, whatever becomes of their
ticket, and go then (Order 179 p. 8).
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from tortoise.models import Model
from tortoise.queryset import QuerySet

from desk import contents, history, outbox
from desk.context import Desk
from desk.ticket import legs
from models import (
    Action,
    Answer,
    Attachment,
    Automatic,
    Blocking,
    Challenge,
    Clock,
    Clue,
    Concerned,
    Contact,
    Demand,
    Destruction,
    Ending,
    Heard,
    Held,
    Inbound,
    Instruction,
    Mandate,
    Message,
    Outbox,
    Quiet,
    Registration,
    Requester,
    Step,
    Ticket,
    TicketStatus,
    Verification,
)
from models.store.connect import transaction
from models.store.query import column

log = structlog.get_logger(__name__)

# So many tickets lose their data in one round.
BATCH = 50
# What goes row by row, and of which rows only the words go; messages, tickets and people have their own ways below.
DELETED: Final = (Clue, Automatic, Challenge, Verification, Mandate)
EMPTIED: Final[dict[type[Model], tuple[str, ...]]] = {
    Quiet: ("sender", "subject", "words"),
    Step: ("evidence", "confirmed_by", "number", "tracking"),
    Instruction: ("person", "words", "note", "number", "way"),
    Blocking: ("words",),
    Demand: ("known_why",),
    Registration: ("number", "name", "postal", "phone", "issuer", "document_number"),
}
# Endings that keep words of staff.
WORDED: Final = (Ending.DROPPED, Ending.ASIDE)


@dataclass(frozen=True)
class Kept:
    """How long data of closed tickets are kept: so many years, counted in the operator's time zone."""

    years: int
    zone: ZoneInfo

    @classmethod
    def by(cls, desk: Desk) -> "Kept":
        """As the settings of a desk say."""
        return cls(desk.closed_ticket_years, desk.operator.zone)

    def before(self, now: datetime) -> datetime:
        """Tickets closed at or before this moment (UTC) lose their personal data."""
        return _years_from(now.astimezone(self.zone), -self.years).astimezone(UTC)


def _years_from(moment: datetime, years: int) -> datetime:
    """The same moment of another year; of a 29 February the 28th."""
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:
        return moment.replace(year=moment.year + years, day=28)


def _closed() -> QuerySet[Ticket]:
    """Closed tickets that hold personal data; what was merged goes with the ticket in which its matter went on."""
    return Ticket.filter(status=TicketStatus.CLOSED, merged_into__isnull=True, erased_at__isnull=True)


def due(kept: Kept, now: datetime) -> QuerySet[Ticket]:
    """The tickets whose time has come."""
    return _closed().filter(closed_at__lte=kept.before(now))


def acts_due(kept: Kept, now: datetime) -> QuerySet[Destruction]:
    """The acts that need not be kept any longer, of tickets that lost their data."""
    today = now.astimezone(kept.zone).date()
    return Destruction.filter(keep_until__lt=today, ticket__erased_at__isnull=False)


async def erase(desk: Desk, now: datetime) -> int:
    """Erase what is due, a transaction a ticket; how many tickets lost their personal data."""
    kept = Kept.by(desk)
    numbers = await column(due(kept, now).order_by("closed_at").limit(BATCH), "id")
    for number in numbers:
        async with transaction():
            gone = await _erase(desk, number, now)
        await _delete(desk, gone)
    for number in await column(acts_due(kept, now).order_by("id").limit(BATCH), "id"):
        async with transaction():
            row = await Destruction.get(id=number)
            details = {"destruction": row.id, "number": row.number, "act": row.act_sha256, "signed": row.signed_sha256}
            await history.add(row.ticket_id, history.DESK, Action.ACT_ERASED, details, now)
            await row.delete()
        await _delete(desk, row.files)
    if numbers:
        log.info("personal data of closed tickets erased", count=len(numbers))
        desk.wake.deliveries()
    return len(numbers)


async def _erase(desk: Desk, number: int, now: datetime) -> list[str]:
    """Erase one matter; the files of the vault that nobody names any more."""
    head = await Ticket.filter(id=number).select_for_update(no_key=True).get()
    if not await due(Kept.by(desk), now).filter(id=number).exists():  # opened again, or erased by another process
        return []
    matter = await legs.of(head)
    numbers = [one.id for one in matter]
    files = await _of_messages(numbers)
    rows = Outbox.filter(ticket_id__in=numbers).exclude(kept=[])
    files += [str(one["blob"]) for each in await column(rows, "kept") for one in each]
    for ticket in matter:
        if ticket.topic_id:
            await _forget_topic(ticket, now)
    await Outbox.filter(ticket_id__in=numbers).exclude(errand=contents.ForgottenTopic.errand).delete()
    await Concerned.filter(incident__ticket_id__in=numbers).delete()
    known = set(await Challenge.filter(ticket_id__in=numbers).values_list("to_kind", "to_value"))
    for table in DELETED:
        await table.filter(ticket_id__in=numbers).delete()
    for emptied, names in EMPTIED.items():
        await emptied.filter(ticket_id__in=numbers).update(**dict.fromkeys(names, ""))
    # What the letters of answer said is gone; their outgoing numbers stay given.
    await Answer.filter(ticket_id__in=numbers).update(said={}, files=[], shown="", tracking="")
    # The words with which staff closed it are their own; the ground of a refusal is the law's.
    await Clock.filter(ticket_id__in=numbers, ending__in=WORDED).update(stopped_why="")
    await Demand.filter(ticket_id__in=numbers, outcome__in=WORDED).update(ground="")
    for ticket in matter:
        ticket.named, ticket.represented, ticket.answer_to, ticket.chat_id = "", None, "", None
        ticket.subject, ticket.candidates, ticket.topic_id, ticket.card_id, ticket.erased_at = "", None, None, None, now
        await ticket.save()
    await _forget_held(known | await _forget_people({one.requester_id for one in matter}))
    await history.add(number, history.DESK, Action.ERASED, {"legs": numbers, "files": len(files)}, now)
    return files


async def _of_messages(numbers: Sequence[int]) -> list[str]:
    """Erase words and files, raw and read; the files of the vault that were theirs."""
    messages = await Message.filter(ticket_id__in=numbers).order_by("id")
    held = Attachment.filter(message__ticket_id__in=numbers)
    files = await column(held.exclude(blob=""), "blob")
    await Attachment.filter(message_id__in=[one.id for one in messages]).delete()
    for one in messages:
        one.text = one.new_text = one.subject = one.quote = one.album = ""
        one.remarks, one.external_id = [], f"erased:{one.id}"
        await one.save()
    heard = await Heard.filter(ticket_id__in=numbers)
    raw = {one.inbound_id for one in messages if one.inbound_id} | {one.inbound_id for one in heard}
    for row in await Inbound.filter(id__in=list(raw)) + await Inbound.filter(ticket_id__in=list(numbers)):
        files += [row.blob] if row.blob else []
        # Its fingerprint stays, so that the same letter in a mailbox numbered anew is not taken for a new one.
        row.sealed, row.blob, row.conversation, row.error = None, "", "erased", ""
        await row.save(update_fields=["sealed", "blob", "conversation", "error"])
    files += [file["blob"]["name"] for one in heard for file in one.files if file["blob"]]
    await Heard.filter(id__in=[one.id for one in heard]).delete()
    return list(dict.fromkeys(files))


async def _forget_people(people: set[int]) -> set[tuple[str, str]]:
    """Forget who nobody's data are kept of any more; their contacts (kind and value)."""
    gone: set[tuple[str, str]] = set()
    for person in people:
        if await Ticket.filter(requester_id=person, erased_at__isnull=True).exists():
            continue
        gone |= set(await Contact.filter(requester_id=person).values_list("kind", "value"))
        await Contact.filter(requester_id=person).delete()
        await Requester.filter(id=person).update(name="")
    return gone


async def _forget_held(contacts: set[tuple[str, str]]) -> None:
    """Forget what is held of addresses from elsewhere, once no other matter needs them; a list read again brings them back."""
    for kind, value in contacts:
        needed = await Challenge.filter(to_kind=kind, to_value=value).exists()
        if not needed and not await Contact.filter(kind=kind, value=value).exists():
            await Held.filter(kind=kind, value=value).delete()


async def _forget_topic(ticket: Ticket, now: datetime) -> None:
    assert ticket.topic_id is not None
    await outbox.put(
        channel="staff",
        conversation=f"forgotten:{ticket.id}",
        key=f"forgotten:{ticket.id}:{ticket.topic_id}",
        content=contents.ForgottenTopic(thread=ticket.topic_id),
        now=now,
        priority=outbox.LATE,
    )


async def _delete(desk: Desk, files: Sequence[str]) -> None:
    """Delete files of the vault; one that cannot be deleted now is found by the daily tidying."""
    for name in files:
        await asyncio.to_thread(desk.vault.delete, name)


async def looked_at(kept: Kept, now: datetime) -> tuple[int, int, date | None]:
    """How many tickets, and acts, would lose their data now; and the day on which the next ticket after them will."""
    later = _closed().filter(closed_at__gt=kept.before(now)).order_by("closed_at").limit(1)
    soonest = await column(later, "closed_at")
    following = _years_from(soonest[0].astimezone(kept.zone), kept.years).date() if soonest else None
    return await due(kept, now).count(), await acts_due(kept, now).count(), following
