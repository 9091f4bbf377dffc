"""Listing: the processors of a matter as staff see them. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from desk.context import Desk
from desk.deed import instructions, releasing
from desk.law import asks
from models import Instruction, InstructionState, Message, Outbox, OutboxState, Ticket


@dataclass(frozen=True)
class Told:
    """One instruction: `state` is a models.InstructionState, or "failed" where its letter could not be sent.

    `asks` are their short names in the staff's language, `lacking` why a draft cannot leave (a sentence; empty when it can).
    `by` is who decided, `reference` what the processor's answer bears.
    """

    id: int
    processor: str
    email: str
    asks: str
    state: str
    person: str
    words: str
    lacking: str
    reference: str
    due: date | None = None
    late: bool = False
    told_at: datetime | None = None
    way: str = ""
    number: str = ""
    answered_at: datetime | None = None
    decided_at: datetime | None = None
    by: str = ""
    note: str = ""
    error: str = ""


@dataclass(frozen=True)
class Listing:
    """All of them, and the names of processors of the settings that are told nothing."""

    told: Sequence[Told]
    others: Sequence[str]

    @property
    def count(self) -> tuple[int, int]:
        """How many processors confirmed everything, and how many are concerned."""
        return counted([(one.processor, one.state) for one in self.told])


def counted(states: Sequence[tuple[str, str]]) -> tuple[int, int]:
    """How many processors confirmed everything, and how many are concerned, of (processor, state)."""
    concerned: dict[str, list[str]] = {}
    for name, state in states:
        if state != InstructionState.SPARED:
            concerned.setdefault(name, []).append(state)
    done = sum(all(state == InstructionState.DONE for state in theirs) for theirs in concerned.values())
    return done, len(concerned)


async def listing(desk: Desk, ticket: Ticket, now: datetime) -> Listing:
    """The processors of a matter; the order is that of the instructions."""
    held = await instructions.of(ticket)
    rows = {one.id: one for one in await Outbox.filter(id__in=[each.outbox_id for each in held if each.outbox_id])}
    told = [_told(desk, one, rows.get(one.outbox_id or 0), now) for one in held]
    names = {one.processor for one in told}
    return Listing(told, [one.name for one in desk.processors if one.name not in names])


async def count(numbers: Sequence[int]) -> tuple[int, int]:
    """How many processors of a matter, by the numbers of its legs, confirmed, and how many are concerned."""
    held = Instruction.filter(ticket_id__in=list(numbers))
    return counted(await held.values_list("processor", "state"))


async def answer_to(one: Instruction) -> Message | None:
    """The letter that staff judge."""
    return await Message.get_or_none(id=one.answer) if one.answer is not None else None


def _told(desk: Desk, one: Instruction, row: Outbox | None, now: datetime) -> Told:
    failed = one.state == InstructionState.RELEASED and row is not None and row.state in {OutboxState.PARKED, OutboxState.DROPPED}
    today = now.astimezone(desk.operator.zone).date()
    return Told(
        id=one.id,
        processor=one.processor,
        email=one.email,
        asks=asks.names(one.asks, desk.staff_language),
        state="failed" if failed else one.state.value,
        person=one.person,
        words=one.words,
        lacking=releasing.lacking(one) if one.state == InstructionState.DRAFTED else "",
        reference=desk.signer.instruction_tag(one.id),
        due=one.due,
        late=one.state == InstructionState.TOLD and one.due is not None and today > one.due,
        told_at=one.told_at,
        way=one.way,
        number=one.number,
        answered_at=one.answered_at,
        decided_at=one.decided_at,
        by=one.decided_by,
        note=one.note,
        error=row.error if failed and row is not None else "",
    )
