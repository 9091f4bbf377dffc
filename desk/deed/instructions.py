"""Instructions: each processor concerned is told by one letter what to do with a person's data; staff release and judge.

A demand whose rule names what processors are asked (desk.law.asks) is drafted by `draft`, which a job calls: one instruction a
processor, whatever the number of demands. Nothing leaves before staff release it. What a processor confirmed proves the steps
of the demands (desk.deed.confirmed); the requester hears nothing before that.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta

from tortoise.queryset import QuerySet

from desk import contents, history, letters, outbox
from desk.context import Desk, Processor
from desk.deed import confirmed, person
from desk.errors import Refused
from desk.i18n import N_
from desk.law import asks
from desk.law.plan import opening_on_or_after, working_day_before
from desk.letters.envelopes import NEVER_LEFT
from desk.ticket import endings, legs, tickets, topic
from desk.ticket.staffing import actor
from models import Action, Clock, Demand, Ending, Instruction, InstructionState, Outbox, OutboxState, Staff, Ticket, TicketStatus
from models.store.connect import transaction
from models.store.query import column

DAY = timedelta(days=1)
# So many tickets are drafted for in one round of the job.
BATCH = 20
# What has been said to a processor and is not over.
PENDING = frozenset({InstructionState.RELEASED, InstructionState.TOLD, InstructionState.BOUNCED, InstructionState.ANSWERED})
JUDGED = frozenset({InstructionState.DONE, InstructionState.PARTLY, InstructionState.REFUSED})
# Demands that ended so ask nothing of processors any more.
UNWANTED = endings.MISREAD | {Ending.REFUSED, Ending.DROPPED}
# The longest words that go into a letter: of the person, of what is to be corrected, of a judgement.
LONGEST = 2000


# --- drafting --------------------------------------------------------------------------------------------------------


async def draft(desk: Desk, now: datetime) -> int:
    """Draft the instructions of demands that have none yet, a transaction a ticket; how many were drafted."""
    drafted = 0
    waiting = Demand.filter(to_instruct=True).order_by("id").limit(BATCH)
    for number in dict.fromkeys(await column(waiting, "ticket_id")):
        async with transaction():
            ticket = await legs.locked(await Ticket.get(id=number))
            drafted += await draft_for(desk, ticket, now)
    if drafted:
        desk.wake.deliveries()
    return drafted


def concerned(processors: Sequence[Processor], ask: str) -> list[Processor]:
    """Whom an ask concerns: those who publish further where publications are to be taken down, else the others."""
    return [one for one in processors if one.publishes == (ask == asks.TAKE_DOWN)]


async def draft_for(desk: Desk, ticket: Ticket, now: datetime) -> int:
    """Draft what processors are to be told of this matter, which is held; how many instructions are new."""
    waiting = await Demand.filter(ticket_id__in=await legs.numbers(ticket), to_instruct=True).order_by("id")
    if not waiting:
        return 0
    await Demand.filter(id__in=[one.id for one in waiting]).update(to_instruct=False)
    wanted = [
        (processor, demand.kind, key, ask)
        for demand in waiting
        if demand.closed_at is None and demand.ticket_id == ticket.id
        for key, told in asks.of_kind(demand.kind).items()
        for ask in told
        for processor in concerned(desk.processors, ask)
    ]
    await _forget_earlier_rounds(ticket, {(kind, key) for _, kind, key, _ in wanted})
    made = await _drafted(desk, ticket, wanted, "", now)
    if made:
        await history.add(ticket.id, history.DESK, Action.INSTRUCTIONS_DRAFTED, {"instructions": [one.id for one in made]}, now)
    if wanted:
        await show(ticket, now)
        await topic.refresh_card(ticket, now)
    return len(made)


async def begin(desk: Desk, ticket: Ticket, now: datetime) -> int:
    """Draft for a matter, which is held, that was opened before its processors were named; how many instructions are new."""
    if desk.processors and not await of(ticket):
        open_ = [one.id for one in await tickets.unmet(ticket) if asks.of_kind(one.kind)]
        await Demand.filter(id__in=open_).update(to_instruct=True)
    return await draft_for(desk, ticket, now)


async def _forget_earlier_rounds(ticket: Ticket, steps: Iterable[tuple[str, str]]) -> None:
    """A demand that is made anew is not proved by what was confirmed of it before."""
    again = {tuple(one) for one in steps}
    for held in await of(ticket):
        kept = [one for one in held.covers if tuple(one) not in again]
        if len(kept) < len(held.covers):
            held.covers = kept
            await held.save(update_fields=["covers"])


async def _drafted(
    desk: Desk, ticket: Ticket, wanted: Sequence[tuple[Processor, str, str, str]], words: str, now: datetime
) -> list[Instruction]:
    """New instructions for what is wanted; what a processor is told already, or is drafted for it, takes it in."""
    held, made = await of(ticket), list[Instruction]()
    whom = ""
    for processor, kind, key, ask in wanted:
        theirs = [one for one in held if one.processor == processor.name]
        fits = next((one for one in theirs if _takes(one, ask)), None)
        if fits is None:
            whom = whom or await person.found_by(ticket)
            fits = Instruction(ticket_id=ticket.id, asks=[], covers=[], person=whom, words=words, drafted_at=now)
            address(fits, processor)
            held.append(fits)
            made.append(fits)
        fits.asks = asks.in_order([*fits.asks, ask])
        if key and not fits.covers_step(kind, key):
            fits.covers = [*fits.covers, [kind, key]]
        await fits.save()
    return made


def _takes(one: Instruction, ask: str) -> bool:
    """Whether an instruction says this already, or may say it too: what needs words of its own is a letter of its own."""
    if one.state == InstructionState.DRAFTED:
        return asks.needs_words(one.asks) == asks.needs_words([ask]) if one.asks else True
    return one.state in PENDING and ask in one.asks


def address(one: Instruction, processor: Processor) -> None:
    """Have an instruction name a processor as the settings do now."""
    one.processor, one.address, one.email = processor.name, processor.address, processor.email.casefold()
    number, day = processor.contract_number, processor.contract_date
    one.contract = f"{number}|{day.isoformat() if day else ''}" if number or day else ""
    one.categories = list(processor.data_categories)


def contract_of(one: Instruction) -> tuple[str, date | None]:
    """Number and date of the contract by which the processor works."""
    number, _sep, day = one.contract.partition("|")
    return number, date.fromisoformat(day) if day else None


async def instruct(desk: Desk, ticket: Ticket, ask: str, words: str, staff: Staff, now: datetime) -> list[Instruction]:
    """Staff have all processors concerned told something besides what was drafted; new drafts. Raises Refused."""
    tickets.unmerged(ticket)
    if ask not in asks.known():
        raise Refused(
            "“%(name)s” is nothing that processors are told here. There are: %(known)s.",
            name=ask[:40],
            known=asks.names(asks.known(), desk.staff_language),
        )
    whom = concerned(desk.processors, ask)
    if not whom:
        raise Refused("No processor of the settings is concerned by this.")
    steps = await _steps_asking(desk, ticket, ask) or [("", "")]
    wanted = [(processor, kind, key, ask) for processor in whom for kind, key in steps]
    made = await _drafted(desk, ticket, wanted, words.strip()[:LONGEST], now)
    if words.strip():
        for one in await drafts(ticket):
            if ask in one.asks and not one.words:
                one.words = words.strip()[:LONGEST]
                await one.save(update_fields=["words"])
    await history.add(
        ticket.id, actor(staff), Action.INSTRUCTIONS_DRAFTED, {"ask": ask, "instructions": [one.id for one in made]}, now
    )
    return made


async def include(desk: Desk, ticket: Ticket, name: str, staff: Staff, now: datetime) -> Instruction:
    """Draft for a processor that was not concerned by itself what the others are told. Raises Refused."""
    tickets.unmerged(ticket)
    processor = _registered(desk, name)
    if any(one.processor == processor.name for one in await of(ticket)):
        raise Refused("“%(name)s” is on the list already.", name=processor.name)
    wanted = [
        (processor, demand.kind, key, ask)
        for demand in await tickets.unmet(ticket)
        for key, told in asks.of_kind(demand.kind).items()
        for ask in told
        if not asks.needs_words([ask])
    ]
    made = await _drafted(desk, ticket, wanted, "", now)
    if not made:
        raise Refused("Nothing that is open here asks for processors.")
    await history.add(ticket.id, actor(staff), Action.INSTRUCTIONS_DRAFTED, {"instructions": [one.id for one in made]}, now)
    return made[0]


def _registered(desk: Desk, name: str) -> Processor:
    found = next((one for one in desk.processors if one.name == name), None)
    if found is None:
        raise Refused("“%(name)s” does not stand in the settings any more.", name=name)
    return found


async def _steps_asking(desk: Desk, ticket: Ticket, ask: str) -> list[tuple[str, str]]:
    return [
        (demand.kind, key)
        for demand in await tickets.unmet(ticket)
        for key, told in asks.of_kind(demand.kind).items()
        if ask in told
    ]


# --- reading ---------------------------------------------------------------------------------------------------------


async def of(ticket: Ticket) -> list[Instruction]:
    """Every instruction of a matter, the oldest first."""
    return await Instruction.filter(ticket_id__in=await legs.numbers(ticket)).order_by("id")


async def drafts(ticket: Ticket) -> list[Instruction]:
    """What waits for a release."""
    return [one for one in await of(ticket) if one.state == InstructionState.DRAFTED]


async def _held(number: int) -> tuple[Instruction, Ticket]:
    """An instruction and the ticket in which its matter goes on, which is held. Raises Refused."""
    found = await Instruction.get_or_none(id=number).select_related("ticket")
    if found is None:
        raise Refused("This instruction does not exist.")
    ticket = await legs.locked(found.ticket)
    return await Instruction.get(id=number), ticket


# --- releasing -------------------------------------------------------------------------------------------------------


async def release(desk: Desk, ticket: Ticket, numbers: Sequence[int] | None, staff: Staff, now: datetime) -> list[Instruction]:
    """Let letters go, all that can or those of these numbers; each waits `desk.undo`. Raises Refused when none can."""
    ticket = await legs.locked(ticket)
    _open(ticket)
    waiting = await drafts(ticket)
    chosen = [one for one in waiting if numbers is None or one.id in numbers]
    ready = [one for one in chosen if lacking(one) == ""]
    if not ready:
        raise Refused(lacking(chosen[0]) if chosen else "This letter was released before.")
    for one in ready:
        await _send(desk, ticket, one, now)
    details = {"instructions": [one.id for one in ready]}
    await history.add(ticket.id, actor(staff), Action.INSTRUCTIONS_RELEASED, details, now)
    await show(ticket, now)
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


def _open(ticket: Ticket) -> None:
    if ticket.status == TicketStatus.CLOSED:
        raise Refused("This ticket is closed: open it again first.")


async def _send(desk: Desk, ticket: Ticket, one: Instruction, now: datetime, reminder: int = 0) -> None:
    """Write the letter of an instruction, or a reminder of it, into the outbox."""
    before = await _letters(one).order_by("id")
    key = f"instruction:{one.id}:{len(before)}"
    due = one.due if reminder and one.due else await due_day(desk, ticket, one, now)
    mailbox = desk.mailbox(ticket.mailbox)
    thread = tuple(
        letter.envelope.message_id
        for row in before
        if row.state not in NEVER_LEFT and (letter := contents.of(row, contents.Instruction)).envelope is not None
    )
    number, day = contract_of(one)
    language = desk.staff_language
    letter = contents.Instruction(
        number=ticket.id,
        language=language,
        envelope=contents.Envelope(
            to=one.email,
            to_name=one.processor,
            sender=mailbox.address if mailbox else "",
            sender_name=(mailbox.name if mailbox else "") or desk.operator.short_name or desk.operator.name,
            subject=f"{asks.subject(one.asks, language)} [{desk.signer.instruction_tag(one.id)}]",
            message_id=desk.signer.instruction_message_id(one.id, mailbox.domain if mailbox else "localhost"),
            in_reply_to=thread[-1] if thread else "",
            references=thread,
            date=now,
        ),
        instruction=one.id,
        reference=desk.signer.instruction_tag(one.id),
        processor=one.processor,
        contract=number,
        contract_date=day,
        asks=tuple(asks.known()[key].do[language] for key in asks.in_order(one.asks)),
        tell=tuple(asks.known()[key].did[language] for key in asks.in_order(one.asks)),
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
    one, ticket = await _held(number)
    if one.state != InstructionState.RELEASED or one.outbox_id is None:
        return False
    waits = Outbox.filter(id=one.outbox_id, state=OutboxState.WAITING, lease_until__isnull=True)
    if not await waits.update(state=OutboxState.DROPPED, done_at=now, error="Taken back by staff."):
        return False
    one.state = InstructionState.DRAFTED
    await one.save(update_fields=["state"])
    await history.add(ticket.id, actor(staff), Action.INSTRUCTION_TAKEN_BACK, {"instruction": one.id}, now)
    await show(ticket, now)
    return True


async def told_otherwise(desk: Desk, number: int, way: str, document: str, day: date, staff: Staff, now: datetime) -> Instruction:
    """Staff told a processor on paper or by another way on `day` (the operator's); its clock runs from then. Raises Refused."""
    one, ticket = await _held(number)
    _open(ticket)
    if one.state not in {InstructionState.DRAFTED, InstructionState.BOUNCED, InstructionState.TOLD}:
        raise Refused("This processor was told before.")
    if day > now.astimezone(desk.operator.zone).date():
        raise Refused("The date %(date)s lies in the future.", date=f"{day:%d.%m.%Y}")
    one.way, one.number, one.dated = way.strip()[:64], document.strip()[:64], day
    told = datetime.combine(day, time(12), desk.operator.zone)
    await _told(desk, one, ticket, min(told, now), now)
    details = {"instruction": one.id, "way": "paper", "dated": day.isoformat()}
    await history.add(ticket.id, actor(staff), Action.INSTRUCTION_TOLD, details, now)
    await show(ticket, now)
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


# --- what is said in it ----------------------------------------------------------------------------------------------


async def describe(desk: Desk, ticket: Ticket, whom: str, staff: Staff, now: datetime) -> int:
    """Say by what processors find the person, in all letters that have not left; how many. Raises Refused."""
    told = whom.strip()[:LONGEST]
    if not told:
        raise Refused("Say by what the processor finds the person: a name, an address, a contract number.")
    waiting = await drafts(await legs.locked(ticket))
    if not waiting:
        raise Refused("No letter to a processor waits for its release.")
    await Instruction.filter(id__in=[one.id for one in waiting]).update(person=told)
    await history.add(ticket.id, actor(staff), Action.INSTRUCTIONS_CHANGED, {"instructions": [one.id for one in waiting]}, now)
    await show(ticket, now)
    return len(waiting)


async def know(ticket: Ticket, now: datetime) -> None:
    """Another ticket was joined to this one: letters that have not left tell also what it adds to find the person by.

    Words of staff stand as they are.
    """
    found = await person.found_by(ticket)
    known = set(found.splitlines())
    untouched = [one for one in await drafts(ticket) if set(one.person.splitlines()) < known]
    if untouched:
        await Instruction.filter(id__in=[one.id for one in untouched]).update(person=found)
        await show(ticket, now)


async def word(desk: Desk, ticket: Ticket, words: str, staff: Staff, now: datetime) -> int:
    """Say what exactly is to be corrected, in the letters that wait for it; how many. Raises Refused."""
    told = words.strip()[:LONGEST]
    waiting = [one for one in await drafts(await legs.locked(ticket)) if asks.needs_words(one.asks)]
    if not waiting or not told:
        raise Refused("Say first what exactly is to be corrected." if waiting else "No letter to a processor waits for words.")
    await Instruction.filter(id__in=[one.id for one in waiting]).update(words=told)
    await history.add(ticket.id, actor(staff), Action.INSTRUCTIONS_CHANGED, {"instructions": [one.id for one in waiting]}, now)
    await show(ticket, now)
    return len(waiting)


async def spare(desk: Desk, number: int, staff: Staff, now: datetime) -> Instruction:
    """Staff found that this processor holds nothing of the person; or, of one that was spared, that it does after all."""
    one, ticket = await _held(number)
    if one.state not in {InstructionState.DRAFTED, InstructionState.SPARED}:
        raise Refused("This letter was released before.")
    spared = one.state == InstructionState.DRAFTED
    one.state = InstructionState.SPARED if spared else InstructionState.DRAFTED
    one.decided_at, one.decided_by = (now, actor(staff)) if spared else (None, "")
    await one.save(update_fields=["state", "decided_at", "decided_by"])
    action = Action.PROCESSOR_NOT_CONCERNED if spared else Action.PROCESSOR_CONCERNED
    await history.add(ticket.id, actor(staff), action, {"instruction": one.id}, now)
    await _follow(desk, ticket, staff, now)
    return one


# --- judging ---------------------------------------------------------------------------------------------------------


async def judge(
    desk: Desk, number: int, state: InstructionState, staff: Staff, now: datetime, *, note: str = "", seen: str | None = None
) -> Instruction:
    """Staff judge what a processor did: done, partly or refused; `note` is what it said, where no letter of it is kept.

    `seen` is the state that whoever decides has before them. Raises Refused when it was never told, or was judged since.
    """
    assert state in JUDGED
    one, ticket = await _held(number)
    if seen is not None and one.state != seen:
        raise Refused("A colleague has decided about this meanwhile: look at the list once more.")
    if one.state not in PENDING | JUDGED or (one.state == InstructionState.RELEASED and not await _left(one)):
        raise Refused("This processor was not told yet, so it cannot have confirmed.")
    if one.state == state:
        raise Refused("This was already recorded.")
    one.state, one.decided_at, one.decided_by, one.next_at = state, now, actor(staff), None
    one.note = note.strip()[:LONGEST] or one.note
    await one.save(update_fields=["state", "decided_at", "decided_by", "note", "next_at"])
    await history.add(ticket.id, actor(staff), Action.INSTRUCTION_JUDGED, {"instruction": one.id, "state": state.value}, now)
    await _follow(desk, ticket, staff, now)
    return one


async def _left(one: Instruction) -> bool:
    return await Outbox.filter(id=one.outbox_id, state=OutboxState.SENT).exists()


async def take_judgement_back(desk: Desk, number: int, staff: Staff, now: datetime) -> Instruction:
    """A judgement was wrong: the answer is to be judged again, or waited for. Raises Refused when there is none."""
    one, ticket = await _held(number)
    if one.state not in JUDGED:
        raise Refused("Nothing was decided about this yet.")
    one.state = InstructionState.ANSWERED if one.answer is not None else InstructionState.TOLD
    one.decided_at, one.decided_by = None, ""
    one.next_at = next_moment(desk, one, now)
    await one.save(update_fields=["state", "decided_at", "decided_by", "next_at"])
    await history.add(ticket.id, actor(staff), Action.JUDGEMENT_TAKEN_BACK, {"instruction": one.id}, now)
    await _follow(desk, ticket, staff, now)
    return one


async def again(desk: Desk, number: int, staff: Staff, now: datetime) -> Instruction:
    """Draft the letter anew, to the address that the settings name now: after a bounce, a refusal, or silence. Raises Refused."""
    one, ticket = await _held(number)
    _open(ticket)
    if one.state not in (PENDING | JUDGED) - {InstructionState.DONE}:
        raise Refused("There is nothing to say again here.")
    if one.state == InstructionState.RELEASED and not await _failed(one):
        raise Refused("The letter is on its way.")
    address(one, _registered(desk, one.processor))
    one.state, one.next_at, one.decided_at, one.decided_by = InstructionState.DRAFTED, None, None, ""
    await one.save()
    await history.add(ticket.id, actor(staff), Action.INSTRUCTION_DRAFTED_AGAIN, {"instruction": one.id}, now)
    await _follow(desk, ticket, staff, now)
    return one


async def _failed(one: Instruction) -> bool:
    return await Outbox.filter(id=one.outbox_id, state__in=[OutboxState.PARKED, OutboxState.DROPPED]).exists()


async def answered(desk: Desk, one: Instruction, ticket: Ticket, message: int, now: datetime) -> None:
    """An answer of the processor came, which staff have to judge; one that was judged stays as it is."""
    one.answer, one.answered_at = message, now
    if one.state in {InstructionState.RELEASED, InstructionState.TOLD, InstructionState.BOUNCED}:
        one.state, one.next_at = InstructionState.ANSWERED, None
    await one.save(update_fields=["answer", "answered_at", "state", "next_at"])


async def take_as_answer(desk: Desk, number: int, message: int, staff: Staff, now: datetime) -> Instruction:
    """Staff say that a letter of somebody else is the processor's answer. Raises Refused."""
    one, ticket = await _held(number)
    await answered(desk, one, ticket, message, now)
    await history.add(ticket.id, actor(staff), Action.LETTER_TAKEN_AS_ANSWER, {"instruction": one.id, "message": message}, now)
    await show(ticket, now)
    return one


async def _follow(desk: Desk, ticket: Ticket, staff: Staff, now: datetime) -> None:
    """What follows from a judgement: steps are proved, or not any more, and the list shows it."""
    await confirmed.settle(desk, ticket, await of(ticket), staff, now)
    await show(ticket, now)
    await topic.refresh_card(ticket, now)


async def show(ticket: Ticket, now: datetime, *, anew: bool = False) -> None:
    """Have the list of processors in the topic show the present state; `anew` below everything that was said since."""
    await topic.show_processors(await legs.head(ticket), now, anew=anew)


# --- the letter ------------------------------------------------------------------------------------------------------


async def _was_sent(desk: Desk, row: Outbox, now: datetime) -> None:
    letter = contents.of(row, contents.Instruction)
    one, ticket = await _held(letter.instruction)
    details = {"instruction": one.id, "reminder": letter.reminder}
    await history.add(ticket.id, history.DESK, Action.INSTRUCTION_SENT, details, now)
    if not letter.reminder and one.outbox_id == row.id and one.state == InstructionState.RELEASED:
        await _told(desk, one, ticket, now, now)
    await show(ticket, now)
    await topic.refresh_card(ticket, now)


async def _came_back(desk: Desk, row: Outbox, now: datetime) -> None:
    """The processor's server sent a letter back: it was told nothing, and staff have to see to it."""
    letter = contents.of(row, contents.Instruction)
    one, ticket = await _held(letter.instruction)
    if one.state in {InstructionState.RELEASED, InstructionState.TOLD} and not one.way:
        one.state, one.next_at = InstructionState.BOUNCED, None
        await one.save(update_fields=["state", "next_at"])
    await history.add(ticket.id, history.DESK, Action.INSTRUCTION_CAME_BACK, {"instruction": one.id}, now)
    words = (
        "↩️ The letter to %(name)s came back: it does not know what to do. Mend its address, or tell it otherwise (/processors)."
    )
    await topic.tell(ticket, words, {"name": one.processor}, now, key=f"instruction back:{row.id}", priority=outbox.URGENT)
    await show(ticket, now)


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
