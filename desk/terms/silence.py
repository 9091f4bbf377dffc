"""Silence: which processors that were told to act have not confirmed, so that nobody records for them that they have."""

from desk.ticket import legs
from models import Instruction, InstructionState, Ticket

OVER = (InstructionState.DONE, InstructionState.SPARED)


async def silent(ticket: Ticket, kind: str, key: str) -> list[str]:
    """The processors of a matter whose confirmation of this step is still wanted."""
    held = await Instruction.filter(ticket_id__in=await legs.numbers(ticket)).exclude(state__in=list(OVER)).order_by("id")
    return list(dict.fromkeys(one.processor for one in held if one.covers_step(kind, key)))
