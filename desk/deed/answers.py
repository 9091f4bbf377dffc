"""Answers of processors: whose a letter about an instruction is, and what follows from it. Pure, as desk.flow.deciding is.

A letter is a processor's answer when it bears the reference of an instruction *and* comes from that processor. With the
reference alone it is a stranger's; from the processor without any reference it is shown with its one open instruction, and
staff say whether it answers that. Neither changes anything by itself.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from desk import contents, outbox
from desk.ports import Incoming
from desk.providers import base, domain_of
from models import Instruction, InstructionState, Level, Message, Outbox, Requester, Ticket

if TYPE_CHECKING:
    from desk.flow.seen import Seen

AWAITED: Final = (InstructionState.RELEASED, InstructionState.TOLD, InstructionState.BOUNCED)
"""States in which a processor's answer is awaited."""


def instruction_of(seen: "Seen", incoming: Incoming, known: Requester | None) -> Instruction | None:
    """The instruction that a letter is about; None for one of somebody whose own ticket that is, or about something else."""
    if incoming.automated or incoming.channel != "mail":
        return None
    told = seen.instructions.get(incoming.instruction) if incoming.instruction is not None else None
    if told is None:
        # A demand is a person's own, whoever else writes from that address.
        told = _only_awaited(seen, incoming) if incoming.ticket_id is None and not incoming.kinds else None
    ticket = seen.ticket(told.ticket_id) if told is not None else None
    if told is None or ticket is None:
        return None
    own = known is not None and any(leg.requester_id == known.id for leg in seen.legs(seen.head(ticket)))
    return None if own and not is_of(told, incoming) else told


def _only_awaited(seen: "Seen", incoming: Incoming) -> Instruction | None:
    theirs = [one for one in seen.instructions.values() if one.state in AWAITED and _same(one.email, incoming)]
    return theirs[0] if len(theirs) == 1 else None


def _same(email: str, incoming: Incoming) -> bool:
    return incoming.sender.kind == "email" and bool(email) and base(email) == base(incoming.sender.value)


def is_of(told: Instruction, incoming: Incoming) -> bool:
    """Whether a letter comes from the processor of an instruction: its address, or one of its own house."""
    if _same(told.email, incoming):
        return True
    house = domain_of(base(told.email)) if told.email else ""
    return incoming.sender.kind == "email" and house != "" and domain_of(base(incoming.sender.value)) == house


def taken(told: Instruction, message: int, now: datetime) -> dict[str, Any]:
    """What changes in an instruction when its processor answers; what was judged stays as it is until staff judge anew."""
    changes: dict[str, Any] = {"answer": message, "answered_at": now}
    if told.state in AWAITED:
        changes |= {"state": InstructionState.ANSWERED, "next_at": None}
    return changes


def posting(ticket: Ticket, told: Instruction, message: Message, incoming: Incoming, now: datetime) -> Outbox:
    """The question to staff below a letter about an instruction: what was done, or whether it is the processor's at all."""
    return outbox.row(
        channel="staff",
        conversation=outbox.topic(ticket),
        key=f"answered:{told.id}:{message.id}",
        content=contents.Answered(
            instruction=told.id,
            sender=incoming.sender.shown or incoming.sender.value,
            stranger=not is_of(told, incoming),
            referred=incoming.instruction is not None,
            proven=incoming.sender.verified.rank >= Level.AUTHENTICATED.rank,
        ),
        now=now,
        ticket=ticket,
        message=message,
        priority=outbox.SOON,
    )
