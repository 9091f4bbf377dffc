"""Drafting: what each processor concerned is to be told, one letter a processor, whatever the number of demands."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from desk import history
from desk.context import Desk, Processor
from desk.deed import instructions, person
from desk.errors import Refused
from desk.law import asks
from desk.ticket import legs, tickets, topic
from desk.ticket.staffing import actor
from models import Action, Demand, Instruction, InstructionState, Staff, Ticket
from models.store.connect import transaction
from models.store.query import column

# So many tickets are drafted for in one round of the job.
BATCH = 20


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
        await instructions.show(ticket, now)
        await topic.refresh_card(ticket, now)
    return len(made)


async def begin(desk: Desk, ticket: Ticket, now: datetime) -> int:
    """Draft for a matter, which is held, that was opened before its processors were named; how many instructions are new."""
    if desk.processors and not await instructions.of(ticket):
        open_ = [one.id for one in await tickets.unmet(ticket) if asks.of_kind(one.kind)]
        await Demand.filter(id__in=open_).update(to_instruct=True)
    return await draft_for(desk, ticket, now)


async def _forget_earlier_rounds(ticket: Ticket, steps: Iterable[tuple[str, str]]) -> None:
    """A demand that is made anew is not proved by what was confirmed of it before."""
    again = {tuple(one) for one in steps}
    for held in await instructions.of(ticket):
        kept = [one for one in held.covers if tuple(one) not in again]
        if len(kept) < len(held.covers):
            held.covers = kept
            await held.save(update_fields=["covers"])


async def _drafted(
    desk: Desk, ticket: Ticket, wanted: Sequence[tuple[Processor, str, str, str]], words: str, now: datetime
) -> list[Instruction]:
    """New instructions for what is wanted; what a processor is told already, or is drafted for it, takes it in."""
    held, made = await instructions.of(ticket), list[Instruction]()
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
    return one.state in instructions.PENDING and ask in one.asks


def address(one: Instruction, processor: Processor) -> None:
    """Have an instruction name a processor as the settings do now."""
    one.processor, one.address, one.email = processor.name, processor.address, processor.email.casefold()
    number, day = processor.contract_number, processor.contract_date
    one.contract = f"{number}|{day.isoformat() if day else ''}" if number or day else ""
    one.categories = list(processor.data_categories)


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
    made = await _drafted(desk, ticket, wanted, words.strip()[: instructions.LONGEST], now)
    if words.strip():
        for one in await instructions.drafts(ticket):
            if ask in one.asks and not one.words:
                one.words = words.strip()[: instructions.LONGEST]
                await one.save(update_fields=["words"])
    await history.add(
        ticket.id, actor(staff), Action.INSTRUCTIONS_DRAFTED, {"ask": ask, "instructions": [one.id for one in made]}, now
    )
    return made


async def include(desk: Desk, ticket: Ticket, name: str, staff: Staff, now: datetime) -> Instruction:
    """Draft for a processor that was not concerned by itself what the others are told. Raises Refused."""
    tickets.unmerged(ticket)
    processor = registered(desk, name)
    if any(one.processor == processor.name for one in await instructions.of(ticket)):
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


def registered(desk: Desk, name: str) -> Processor:
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


async def describe(desk: Desk, ticket: Ticket, whom: str, staff: Staff, now: datetime) -> int:
    """Say by what processors find the person, in all letters that have not left; how many. Raises Refused."""
    told = whom.strip()[: instructions.LONGEST]
    if not told:
        raise Refused("Say by what the processor finds the person: a name, an address, a contract number.")
    waiting = await instructions.drafts(await legs.locked(ticket))
    if not waiting:
        raise Refused("No letter to a processor waits for its release.")
    await Instruction.filter(id__in=[one.id for one in waiting]).update(person=told)
    await history.add(ticket.id, actor(staff), Action.INSTRUCTIONS_CHANGED, {"instructions": [one.id for one in waiting]}, now)
    await instructions.show(ticket, now)
    return len(waiting)


async def know(ticket: Ticket, now: datetime) -> None:
    """Another ticket was joined to this one: letters that have not left tell also what it adds to find the person by.

    Words of staff stand as they are.
    """
    found = await person.found_by(ticket)
    known = set(found.splitlines())
    untouched = [one for one in await instructions.drafts(ticket) if set(one.person.splitlines()) < known]
    if untouched:
        await Instruction.filter(id__in=[one.id for one in untouched]).update(person=found)
        await instructions.show(ticket, now)


async def word(desk: Desk, ticket: Ticket, words: str, staff: Staff, now: datetime) -> int:
    """Say what exactly is to be corrected, in the letters that wait for it; how many. Raises Refused."""
    told = words.strip()[: instructions.LONGEST]
    waiting = [one for one in await instructions.drafts(await legs.locked(ticket)) if asks.needs_words(one.asks)]
    if not waiting or not told:
        raise Refused("Say first what exactly is to be corrected." if waiting else "No letter to a processor waits for words.")
    await Instruction.filter(id__in=[one.id for one in waiting]).update(words=told)
    await history.add(ticket.id, actor(staff), Action.INSTRUCTIONS_CHANGED, {"instructions": [one.id for one in waiting]}, now)
    await instructions.show(ticket, now)
    return len(waiting)
