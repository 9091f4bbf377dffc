"""Releasing: a letter to a processor leaves once staff release it, or staff tell it by another way; then its clock runs."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from tortoise.queryset import QuerySet

from desk import contents, history, letters, outbox
from desk.context import Desk
from desk.deed import instructions
from desk.errors import Refused
from desk.i18n import N_
from desk.law import asks
from desk.law.plan import opening_on_or_after, working_day_before
from desk.letters.envelopes import NEVER_LEFT
from desk.ticket import endings, legs, topic
from desk.ticket.staffing import actor
from models import Action, Clock, Demand, Ending, Instruction, InstructionState, Outbox, OutboxState, Staff, Ticket, TicketStatus
from models.store.query import column

DAY = timedelta(days=1)


# Demands that ended so ask nothing of processors any more.
UNWANTED = endings.MISREAD | {Ending.REFUSED, Ending.DROPPED}


def contract_of(one: Instruction) -> tuple[str, date | None]:
    """Number and date of the contract by which the processor works."""
    number, _sep, day = one.contract.partition("|")
    return number, date.fromisoformat(day) if day else None


async def release(desk: Desk, ticket: Ticket, numbers: Sequence[int] | None, staff: Staff, now: datetime) -> list[Instruction]:
    """Let letters go, all that can or those of these numbers; each waits `desk.undo`. Raises Refused when none can."""
    ticket = await legs.locked(ticket)
    not_closed(ticket)
    waiting = await instructions.drafts(ticket)
    chosen = [one for one in waiting if numbers is None or one.id in numbers]
    ready = [one for one in chosen if lacking(one) == ""]
    if not ready:
        raise Refused(lacking(chosen[0]) if chosen else "This letter was released before.")
    for one in ready:
        await _send(desk, ticket, one, now)
    details = {"instructions": [one.id for one in ready]}
    await history.add(ticket.id, actor(staff), Action.INSTRUCTIONS_RELEASED, details, now)
    await instructions.show(ticket, now)
    await topic.refresh_card(ticket, now)
    return ready


def lacking(one: Instruction) -> str:
    """Why a draft cannot leave, as a sentence; empty when it can."""
    if not one.email:
        return N_("This processor has no e-mail address in the settings: tell it on paper and record that.")
    if not one.person.strip():
        return N_("Say first by what the processor finds the person.")
    if asks.needs_words(one.asks) and not one.words.strip():
        return N_("Say first what exactly is to be corrected.")
    return ""


def not_closed(ticket: Ticket) -> None:
    if ticket.status == TicketStatus.CLOSED:
        raise Refused("This ticket is closed: open it again first.")


async def _send(desk: Desk, ticket: Ticket, one: Instruction, now: datetime, reminder: int = 0) -> None:
    """Write the letter of an instruction, or a reminder of it, into the outbox."""
    before = await _letters(one).order_by("id")
    key = f"instruction:{one.id}:{len(before)}"
    due = one.due if reminder and one.due else await due_day(desk, ticket, one, now)
    thread = tuple(
        letter.envelope.message_id
        for row in before
        if row.state not in NEVER_LEFT and (letter := contents.of(row, contents.Instruction)).envelope is not None
    )
    number, day = contract_of(one)
    language, tag = desk.papers_language, desk.signer.instruction_tag(one.id)
    letter = contents.Instruction(
        number=ticket.id,
        language=language,
        envelope=envelope(desk, ticket, one, f"{asks.subject(one.asks, language)} [{tag}]", thread, now),
        instruction=one.id,
        reference=tag,
        processor=one.processor,
        contract=number,
        contract_date=day,
        asks=tuple(asks.known()[key].told(language, desk.regime.name) for key in asks.in_order(one.asks)),
        tell=tuple(asks.known()[key].answered(language, desk.regime.name) for key in asks.in_order(one.asks)),
        categories=tuple(one.categories),
        person=one.person,
        words=one.words,
        due=due,
        reminder=reminder,
        told_at=one.told_at if reminder else None,
    )
    row = await outbox.put(
        channel="mail",
        conversation=outbox.mail_conversation(one.email),
        key=key,
        content=letter,
        now=now,
        ticket=await Ticket.get(id=one.ticket_id),
        priority=outbox.SOON,
        not_before=now if reminder else now + desk.undo,
    )
    assert row is not None, "each letter of an instruction has a number of its own"
    if not reminder:
        one.state, one.outbox_id, one.reminded, one.next_at = InstructionState.RELEASED, row.id, 0, None
        await one.save(update_fields=["state", "outbox_id", "reminded", "next_at"])


def envelope(
    desk: Desk, ticket: Ticket, one: Instruction, subject: str, thread: Sequence[str], now: datetime
) -> contents.Envelope:
    """The envelope of a letter to a processor, in the thread of its instruction (the Message-IDs before it)."""
    mailbox = desk.mailbox(ticket.mailbox)
    return contents.Envelope(
        to=one.email,
        to_name=one.processor,
        sender=mailbox.address if mailbox else "",
        sender_name=(mailbox.name if mailbox else "") or desk.operator.short_name or desk.operator.name,
        subject=subject,
        message_id=desk.signer.instruction_message_id(one.id, mailbox.domain if mailbox else "localhost"),
        in_reply_to=thread[-1] if thread else "",
        references=tuple(thread),
        date=now,
    )


async def remind_by_letter(desk: Desk, ticket: Ticket, one: Instruction, now: datetime) -> None:
    """Write the processor again what it was told, as the reminder that `one.reminded` counts."""
    await _send(desk, ticket, one, now, reminder=one.reminded)


def _letters(one: Instruction) -> QuerySet[Outbox]:
    return Outbox.filter(
        ticket_id=one.ticket_id, errand=contents.Instruction.errand, unique_key__startswith=f"instruction:{one.id}:"
    )


async def due_day(desk: Desk, ticket: Ticket, one: Instruction, now: datetime) -> date:
    """The last day on which the processor may confirm: what the settings give it, or the law's safe date if that is sooner."""
    today = now.astimezone(desk.operator.zone).date()
    days = next((each.confirm_within_days for each in desk.processors if each.name == one.processor), 5)
    kinds = {kind for kind, _ in one.covers}
    ends = Clock.filter(ticket_id=ticket.id, demand__kind__in=list(kinds), stopped_at__isnull=True, safe__gt=today)
    soonest = await column(ends.exclude(unit="immediately").order_by("safe").limit(1), "safe")
    last: date = min([today + days * DAY, *soonest])
    return last


async def take_back(desk: Desk, number: int, staff: Staff, now: datetime) -> bool:
    """Take a released letter back before it leaves; False when it has left, or is leaving at this moment."""
    one, ticket = await instructions.held(number)
    if one.state != InstructionState.RELEASED or one.outbox_id is None:
        return False
    waits = Outbox.filter(id=one.outbox_id, state=OutboxState.WAITING, lease_until__isnull=True)
    if not await waits.update(state=OutboxState.DROPPED, done_at=now, error="Taken back by staff."):
        return False
    one.state = InstructionState.DRAFTED
    await one.save(update_fields=["state"])
    await history.add(ticket.id, actor(staff), Action.INSTRUCTION_TAKEN_BACK, {"instruction": one.id}, now)
    await instructions.show(ticket, now)
    return True


async def told_otherwise(desk: Desk, number: int, way: str, document: str, day: date, staff: Staff, now: datetime) -> Instruction:
    """Staff told a processor on paper or by another way on `day` (the operator's); its clock runs from then. Raises Refused."""
    one, ticket = await instructions.held(number)
    not_closed(ticket)
    if one.state not in {InstructionState.DRAFTED, InstructionState.BOUNCED, InstructionState.TOLD}:
        raise Refused("This processor was told before.")
    if day > now.astimezone(desk.operator.zone).date():
        raise Refused("The date %(date)s lies in the future.", date=f"{day:%d.%m.%Y}")
    one.way, one.number, one.dated = way.strip()[:64], document.strip()[:64], day
    told = datetime.combine(day, time(12), desk.operator.zone)
    await _told(desk, one, ticket, min(told, now), now)
    details = {"instruction": one.id, "way": "paper", "dated": day.isoformat()}
    await history.add(ticket.id, actor(staff), Action.INSTRUCTION_TOLD, details, now)
    await instructions.show(ticket, now)
    return one


async def _told(desk: Desk, one: Instruction, ticket: Ticket, told_at: datetime, now: datetime) -> None:
    """The processor knows from `told_at` on: its clock runs."""
    one.state, one.told_at, one.reminded = InstructionState.TOLD, told_at, 0
    one.due = await due_day(desk, ticket, one, told_at)
    one.next_at = next_moment(desk, one, now)
    await one.save(update_fields=["state", "told_at", "reminded", "due", "next_at", "way", "number", "dated"])


def next_moment(desk: Desk, one: Instruction, now: datetime) -> datetime | None:
    """When the next reminder is due: a working morning before the last day, then each working morning after it."""
    if one.state != InstructionState.TOLD or one.due is None:
        return None
    before = opening_on_or_after(desk.counting, working_day_before(desk.counting, one.due))
    told = one.told_at.astimezone(desk.operator.zone).date() if one.told_at else one.due
    if one.reminded == 0 and before.date() > told and before > now:
        return before
    today = now.astimezone(desk.operator.zone).date()
    return opening_on_or_after(desk.counting, max(one.due, today) + DAY)


async def _was_sent(desk: Desk, row: Outbox, now: datetime) -> None:
    letter = contents.of(row, contents.Instruction)
    one, ticket = await instructions.held(letter.instruction)
    details = {"instruction": one.id, "reminder": letter.reminder}
    await history.add(ticket.id, history.DESK, Action.INSTRUCTION_SENT, details, now)
    if not letter.reminder and one.outbox_id == row.id and one.state == InstructionState.RELEASED:
        await _told(desk, one, ticket, now, now)
    await instructions.show(ticket, now)
    await topic.refresh_card(ticket, now)


async def _came_back(desk: Desk, row: Outbox, now: datetime) -> None:
    """The processor's server sent a letter back: it was told nothing, and staff have to see to it."""
    letter = contents.of(row, contents.Instruction)
    one, ticket = await instructions.held(letter.instruction)
    if one.state in {InstructionState.RELEASED, InstructionState.TOLD} and not one.way:
        one.state, one.next_at = InstructionState.BOUNCED, None
        await one.save(update_fields=["state", "next_at"])
    await history.add(ticket.id, history.DESK, Action.INSTRUCTION_CAME_BACK, {"instruction": one.id}, now)
    words = (
        "↩️ The letter to %(name)s came back: it does not know what to do. Mend its address, or tell it otherwise (/processors)."
    )
    await topic.tell(ticket, words, {"name": one.processor}, now, key=f"instruction back:{row.id}", priority=outbox.URGENT)
    await instructions.show(ticket, now)


async def _overtaken(desk: Desk, row: Outbox, now: datetime) -> bool:
    """Whether what a letter asks is not wanted any more: its demands were misread, refused or closed since."""
    one = await Instruction.get_or_none(id=contents.of(row, contents.Instruction).instruction)
    if one is None:
        return True
    if contents.of(row, contents.Instruction).reminder and one.state != InstructionState.TOLD:
        return True  # it has answered meanwhile
    kinds = {kind for kind, _ in one.covers if kind}
    if not kinds:
        return False
    head = await legs.head(await Ticket.get(id=one.ticket_id))
    alive = Demand.filter(ticket_id=head.id, kind__in=list(kinds)).exclude(outcome__in=list(UNWANTED))
    if await alive.exists():
        return False
    if one.state == InstructionState.RELEASED:
        one.state = InstructionState.DRAFTED
        await one.save(update_fields=["state"])
    words = "⚠️ The letter to the processor %(name)s was not sent: what it was to do is not demanded any more."
    await topic.tell(head, words, {"name": one.processor}, now, key=f"instruction void:{row.id}", priority=outbox.URGENT)
    return True


LETTER = letters.register(
    letters.DecidedLetter(
        content=contents.Instruction,
        sent=letters.whole(_was_sent),
        bounced=_came_back,
        overtaken=_overtaken,
        undoable=False,
        to_requester=False,
        gated=False,
        unreached=N_("⚠️ A letter to a processor could not be sent: %(why)s It does not know yet what to do (/processors)."),
    )
)
