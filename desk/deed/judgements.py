"""Judgements: staff judge what a processor did, take that back, spare it, or have it told anew."""

from datetime import datetime

from desk import history
from desk.context import Desk
from desk.deed import confirmed, drafting, instructions, releasing
from desk.errors import Refused
from desk.ticket import topic
from desk.ticket.staffing import actor
from models import Action, Instruction, InstructionState, Outbox, OutboxState, Staff, Ticket


async def spare(desk: Desk, number: int, staff: Staff, now: datetime) -> Instruction:
    """Staff found that this processor holds nothing of the person; or, of one that was spared, that it does after all."""
    one, ticket = await instructions.held(number)
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


async def judge(
    desk: Desk, number: int, state: InstructionState, staff: Staff, now: datetime, *, note: str = "", seen: str | None = None
) -> Instruction:
    """Staff judge what a processor did: done, partly or refused; `note` is what it said, where no letter of it is kept.

    `seen` is the state that whoever decides has before them. Raises Refused when it was never told, or was judged since.
    """
    assert state in instructions.JUDGED
    one, ticket = await instructions.held(number)
    if seen is not None and one.state != seen:
        raise Refused("A colleague has decided about this meanwhile: look at the list once more.")
    if one.state not in instructions.PENDING | instructions.JUDGED or (
        one.state == InstructionState.RELEASED and not await _left(one)
    ):
        raise Refused("This processor was not told yet, so it cannot have confirmed.")
    if one.state == state:
        raise Refused("This was already recorded.")
    one.state, one.decided_at, one.decided_by, one.next_at = state, now, actor(staff), None
    one.note = note.strip()[: instructions.LONGEST] or one.note
    await one.save(update_fields=["state", "decided_at", "decided_by", "note", "next_at"])
    await history.add(ticket.id, actor(staff), Action.INSTRUCTION_JUDGED, {"instruction": one.id, "state": state.value}, now)
    await _follow(desk, ticket, staff, now)
    return one


async def _left(one: Instruction) -> bool:
    return await Outbox.filter(id=one.outbox_id, state=OutboxState.SENT).exists()


async def take_judgement_back(desk: Desk, number: int, staff: Staff, now: datetime) -> Instruction:
    """A judgement was wrong: the answer is to be judged again, or waited for. Raises Refused when there is none."""
    one, ticket = await instructions.held(number)
    if one.state not in instructions.JUDGED:
        raise Refused("Nothing was decided about this yet.")
    one.state = InstructionState.ANSWERED if one.answer is not None else InstructionState.TOLD
    one.decided_at, one.decided_by = None, ""
    one.next_at = releasing.next_moment(desk, one, now)
    await one.save(update_fields=["state", "decided_at", "decided_by", "next_at"])
    await history.add(ticket.id, actor(staff), Action.JUDGEMENT_TAKEN_BACK, {"instruction": one.id}, now)
    await _follow(desk, ticket, staff, now)
    return one


async def again(desk: Desk, number: int, staff: Staff, now: datetime) -> Instruction:
    """Draft the letter anew, to the address that the settings name now: after a bounce, a refusal, or silence. Raises Refused."""
    one, ticket = await instructions.held(number)
    releasing.not_closed(ticket)
    if one.state not in (instructions.PENDING | instructions.JUDGED) - {InstructionState.DONE}:
        raise Refused("There is nothing to say again here.")
    if one.state == InstructionState.RELEASED and not await _failed(one):
        raise Refused("The letter is on its way.")
    drafting.address(one, drafting.registered(desk, one.processor))
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
    one, ticket = await instructions.held(number)
    await answered(desk, one, ticket, message, now)
    await history.add(ticket.id, actor(staff), Action.LETTER_TAKEN_AS_ANSWER, {"instruction": one.id, "message": message}, now)
    await instructions.show(ticket, now)
    return one


async def _follow(desk: Desk, ticket: Ticket, staff: Staff, now: datetime) -> None:
    """What follows from a judgement: steps are proved, or not any more, and the list shows it."""
    await confirmed.settle(desk, ticket, await instructions.of(ticket), staff, now)
    await instructions.show(ticket, now)
    await topic.refresh_card(ticket, now)
