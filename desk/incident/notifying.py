"""Notifying: the people concerned by an incident are told, some at each interval, below everything else that leaves.

A list becomes rows of `concerned`. While it runs, each batch is written to the outbox in one transaction with the next
moment, so that a crash repeats or forgets nobody; what a row's receipt proves is shown on the card.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from desk import contents, history, letters, outbox
from desk.context import Desk
from desk.errors import Refused
from desk.i18n import words as words_of
from desk.incident.notices import BY_KEY
from desk.incident.people import Listed
from desk.outbox import mail_conversation
from desk.terms import steps
from desk.terms.proofs import Proof
from desk.ticket import topic
from desk.ticket.staffing import actor
from models import (
    Action,
    Concerned,
    Contact,
    Demand,
    Incident,
    Notifying,
    Outbox,
    OutboxState,
    ProofKind,
    Staff,
    Step,
    Ticket,
    TicketStatus,
)
from models.store.connect import transaction
from models.store.query import column
from models.store.rows import insert

# Twenty people every twenty seconds: a provider takes it for no flood, and answers to requesters go ahead of it.
BATCH, INTERVAL = 20, timedelta(seconds=20)
# Below everything else (desk.outbox).
PRIORITY = outbox.LATE + 10
STOPPED = "The notices were stopped by staff."
STEP = "subjects"
NEEDED = ("happened", "categories", "measures", "contact")


@dataclass(frozen=True)
class Progress:
    """How many of the people concerned there are, and what became of their notices."""

    total: int
    sent: int = 0
    bounced: int = 0
    failed: int = 0
    state: Notifying = Notifying.NONE

    @property
    def left(self) -> int:
        """How many were not told yet, though they could be."""
        return self.total - self.sent - self.bounced - self.failed


async def progress(incident: Incident) -> Progress:
    """What became of the notices so far."""
    total = await Concerned.filter(incident_id=incident.id).count()
    bounced = await Concerned.filter(incident_id=incident.id, bounced_at__isnull=False).count()
    sent = await Concerned.filter(incident_id=incident.id, outbox__state=OutboxState.SENT, bounced_at__isnull=True).count()
    failed = await Concerned.filter(incident_id=incident.id, outbox__state=OutboxState.PARKED).count()
    # What a person dropped from the queue was given up, unless it was only stopped.
    dropped = Concerned.filter(incident_id=incident.id, outbox__state=OutboxState.DROPPED).exclude(outbox__error=STOPPED)
    return Progress(total, sent, bounced, failed + await dropped.count(), incident.notifying)


async def of_ticket(ticket: Ticket) -> Progress | None:
    """What became of the notices of a ticket; None where it has no list of people."""
    incident = await Incident.get_or_none(ticket_id=ticket.id)
    stood = await progress(incident) if incident is not None else None
    return stood if stood is not None and stood.total else None


async def accounts() -> dict[str, str]:
    """The private chats that the bot can write to, by number and by name (folded, without @)."""
    found: dict[str, str] = {}
    for value, shown in await Contact.filter(kind="telegram").values_list("value", "shown"):
        found[value] = value
        if shown.startswith("@"):
            found[shown[1:].casefold()] = value
    return found


async def take(incident: Incident, listed: Listed, staff: Staff, now: datetime) -> int:
    """Keep the people of a list, besides those of earlier lists; how many are new."""
    held = set(await Concerned.filter(incident_id=incident.id).values_list("channel", "address"))
    new = [one for one in listed.people if (one.channel, _folded(one.channel, one.address)) not in held]
    await insert(
        [
            Concerned(
                incident_id=incident.id,
                channel=one.channel,
                address=_folded(one.channel, one.address),
                name=one.name,
                language=one.language,
            )
            for one in new
        ]
    )
    if new and incident.notifying == Notifying.DONE:
        incident.notifying = Notifying.NONE
        await incident.save(update_fields=["notifying"])
    await history.add(incident.ticket_id, actor(staff), Action.CONCERNED_LISTED, {"new": len(new), "bad": len(listed.bad)}, now)
    return len(new)


def _folded(channel: str, address: str) -> str:
    return address.casefold() if channel == "mail" else address


async def begin(desk: Desk, ticket: Ticket, staff: Staff, now: datetime) -> Progress:
    """Begin to tell people, or go on after a stop. Raises Refused without people, without words, and while it runs."""
    incident = await _held(ticket)
    if incident.notifying == Notifying.RUNNING:
        raise Refused("The notices are going out already.")
    _ = words_of("desk.papers", desk.staff_language).gettext
    if gaps := [key for key in NEEDED if not incident.answers.get(key)]:
        raise Refused("The notice says nothing yet of: %(gaps)s.", gaps=", ".join(_(BY_KEY[key].name) for key in gaps))
    if desk.mailbox() is None and await Concerned.filter(incident_id=incident.id, channel="mail").exists():
        raise Refused("There is no mailbox to send notices from.")
    stood = await progress(incident)
    if not stood.left:
        raise Refused("There is nobody left to tell: send a list first (CSV), in reply to the question.")
    resumed = Outbox.filter(id__in=await _outbox_ids(incident), state=OutboxState.DROPPED, error=STOPPED)
    await resumed.update(state=OutboxState.WAITING, done_at=None, error="", next_try_at=now)
    incident.notifying, incident.notify_at = Notifying.RUNNING, now
    await incident.save(update_fields=["notifying", "notify_at"])
    await history.add(ticket.id, actor(staff), Action.NOTIFYING_BEGUN, {"left": stood.left}, now)
    await topic.refresh_card(ticket, now)
    return stood


async def stop(desk: Desk, ticket: Ticket, staff: Staff, now: datetime) -> Progress:
    """Stop telling people; what is leaving at this moment goes. Raises Refused when it does not run."""
    incident = await _held(ticket)
    if incident.notifying != Notifying.RUNNING:
        raise Refused("The notices are not going out.")
    waiting = Outbox.filter(id__in=await _outbox_ids(incident), state=OutboxState.WAITING, lease_until__isnull=True)
    await waiting.update(state=OutboxState.DROPPED, done_at=now, error=STOPPED)
    incident.notifying, incident.notify_at = Notifying.STOPPED, None
    await incident.save(update_fields=["notifying", "notify_at"])
    stood = await progress(incident)
    await history.add(ticket.id, actor(staff), Action.NOTIFYING_STOPPED, {"left": stood.left}, now)
    await topic.refresh_card(ticket, now)
    return stood


async def _held(ticket: Ticket) -> Incident:
    found = await Incident.filter(ticket_id=ticket.id).select_for_update().first()
    if found is None:
        raise Refused("This ticket has no incident.")
    return found


async def _outbox_ids(incident: Incident) -> list[int]:
    return await column(Concerned.filter(incident_id=incident.id, outbox_id__isnull=False), "outbox_id")


async def go_on(desk: Desk, now: datetime) -> int:
    """Decide the notices that are due now, of each incident in a transaction of its own; how many."""
    decided = 0
    for incident_id in await column(Incident.filter(notify_at__lte=now).order_by("id"), "id"):
        async with transaction():
            decided += await release(desk, incident_id, now)
    return decided


async def release(desk: Desk, incident_id: int, now: datetime) -> int:
    """Decide the notices of the next people of an incident, in the caller's transaction; how many."""
    incident = await Incident.filter(id=incident_id, notifying=Notifying.RUNNING).select_for_update().first()
    if incident is None or incident.notify_at is None or incident.notify_at > now:
        return 0
    ticket = await Ticket.get(id=incident.ticket_id)
    if ticket.status == TicketStatus.CLOSED:
        # Whoever closes an incident over notices that are going out has stopped them; opened again, they can go on.
        incident.notifying, incident.notify_at = Notifying.STOPPED, None
        await incident.save(update_fields=["notifying", "notify_at"])
        return 0
    people = await Concerned.filter(incident_id=incident.id, outbox_id__isnull=True).order_by("id").limit(BATCH)
    detected = await detected_at(ticket)
    for one in people:
        row = _row(desk, ticket, incident, one, detected, now)
        await outbox.add(row, ticket)
        one.outbox_id = row.id
        await one.save(update_fields=["outbox_id"])
    incident.notify_at = now + INTERVAL if people else None
    if not people:
        await _finish_if_over(desk, incident, ticket, now)
    await incident.save(update_fields=["notifying", "notify_at"])
    await topic.refresh_card(ticket, now)
    return len(people)


async def detected_at(ticket: Ticket) -> datetime:
    """The moment of detection (UTC), from which the terms of an incident count."""
    demand = await Demand.get_or_none(ticket_id=ticket.id, kind="breach_report")
    return demand.received_at if demand is not None else ticket.received_at


def _row(desk: Desk, ticket: Ticket, incident: Incident, one: Concerned, detected: datetime, now: datetime) -> Outbox:
    """The notice of one person, not written yet."""
    content = contents.BreachNotice(
        number=0,
        language=one.language,
        name=one.name,
        detected_at=detected,
        happened=incident.answers.get("happened", ""),
        categories=incident.answers.get("categories", ""),
        measures=incident.answers.get("measures", ""),
        harm=incident.answers.get("harm", ""),
        advice=incident.answers.get("advice", ""),
        contact=incident.answers.get("contact", ""),
        envelope=_envelope(desk, one, now) if one.channel == "mail" else None,
    )
    return outbox.row(
        channel=one.channel,
        conversation=mail_conversation(one.address) if one.channel == "mail" else outbox.private(int(one.address)),
        key=f"breach_notice:{one.id}",
        content=content,
        now=now,
        ticket=ticket,
        priority=PRIORITY,
    )


def _envelope(desk: Desk, one: Concerned, now: datetime) -> contents.Envelope:
    """An envelope that leads into nobody's ticket: who answers it opens one of their own."""
    mailbox = desk.mailbox()
    assert mailbox is not None
    return contents.Envelope(
        to=one.address,
        to_name=one.name,
        sender=mailbox.address,
        sender_name=mailbox.name or desk.operator.short_name or desk.operator.name,
        subject=words_of("mail", one.language).gettext("Your personal data: notice of an incident"),
        message_id=desk.signer.message_id(0, mailbox.domain),
        date=now,
    )


# --- what follows


async def _settled(desk: Desk, row: Outbox, now: datetime) -> None:
    """A notice was handed over, or could not be: with the last one the step is proved."""
    concerned = await Concerned.get_or_none(outbox_id=row.id).select_related("incident")
    if concerned is None:
        return
    incident = concerned.incident
    ticket = await Ticket.get(id=incident.ticket_id)
    if incident.notifying == Notifying.RUNNING and incident.notify_at is None:
        await _finish_if_over(desk, incident, ticket, now)
        await incident.save(update_fields=["notifying"])
    await topic.refresh_card(ticket, now)


async def _finish_if_over(desk: Desk, incident: Incident, ticket: Ticket, now: datetime) -> None:
    """All were written to: say so, and record it as the proof of its step."""
    stood = await progress(incident)
    if stood.left:
        return
    incident.notifying = Notifying.DONE
    counts = {"sent": stood.sent, "bounced": stood.bounced, "failed": stood.failed, "total": stood.total}
    await history.add(ticket.id, history.DESK, Action.NOTIFYING_DONE, dict(counts), now)
    words = "📨 The people concerned were told: %(sent)s of %(total)s; came back: %(bounced)s, not delivered: %(failed)s."
    await topic.tell(ticket, words, counts, now, key=f"notified:{incident.id}:{stood.total}")
    demand = await Demand.get_or_none(ticket_id=ticket.id, kind="breach_report")
    if demand is not None and not await Step.standing(demand_id=demand.id, key=STEP).exists():
        # The receipts of the single notices stand in the outbox; this is their sum.
        with suppress(Refused):
            await steps.prove(desk, demand.id, STEP, Proof(ProofKind.FACT, words=f"{stood.sent}/{stood.total}"), None, now)


async def _bounced(_desk: Desk, row: Outbox, now: datetime) -> None:
    if await Concerned.filter(outbox_id=row.id, bounced_at__isnull=True).update(bounced_at=now):
        await topic.refresh_card(await Ticket.get(id=row.ticket_id), now)


LETTER = letters.register(
    # To addresses of the operator's own list, in words that are the same for all: no disclosure to whoever wrote.
    letters.DecidedLetter(
        content=contents.BreachNotice,
        sent=letters.whole(_settled),
        bounced=_bounced,
        failed=_settled,
        one_of_many=True,
        undoable=False,
        gated=False,
        to_requester=False,
    )
)
