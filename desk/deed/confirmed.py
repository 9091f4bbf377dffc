"""What processors confirmed proves the steps that wait for them; what is taken back proves them no more."""

from collections.abc import Sequence
from datetime import datetime

from desk import history
from desk.context import Desk
from desk.errors import Refused
from desk.law import asks
from desk.terms import steps
from desk.terms.proofs import Proof
from desk.ticket import clocks, topic
from desk.ticket.stated import SPARED
from models import Demand, Instruction, InstructionState, ProofKind, Staff, Step, Ticket


async def settle(desk: Desk, ticket: Ticket, held: Sequence[Instruction], staff: Staff, now: datetime) -> None:
    """Have the steps of a ticket, which is held, stand as its instructions (`held`) prove them."""
    for demand in await Demand.filter(ticket_id=ticket.id).order_by("id"):
        for key, wanted in asks.of_kind(demand.kind).items():
            theirs = [one for one in held if one.covers_step(demand.kind, key)]
            if theirs:
                await _settle_step(desk, ticket, demand, key, wanted, theirs, staff, now)


async def _settle_step(
    desk: Desk,
    ticket: Ticket,
    demand: Demand,
    key: str,
    wanted: Sequence[str],
    theirs: Sequence[Instruction],
    staff: Staff,
    now: datetime,
) -> None:
    rule, names = clocks.rule_of(desk, demand), confirmed(theirs, wanted)
    if rule.step(key) is None:
        return
    row = await Step.standing(demand_id=demand.id, key=key).get_or_none()
    spared = all(one.state == InstructionState.SPARED for one in theirs)
    try:
        if names and row is None:
            await steps.prove(desk, demand.id, key, Proof(ProofKind.CONFIRMATION, by=", ".join(names)), None, now)
        elif spared and row is None:
            await steps.set_aside(desk, demand.id, key, SPARED, staff, now)
        elif row is not None and not names and not spared and _ours(row):
            await steps.undone(desk, demand.id, key, staff, now)
    except Refused as refused:
        words = "⚠️ The step that waits for the processors did not follow from this by itself: %(why)s"
        key_ = f"not proved:{demand.id}:{key}:{now.isoformat()}"
        await topic.tell(ticket, words, {"why": refused.said(desk.staff_language)}, now, key=key_)


def _ours(row: Step) -> bool:
    """Whether a step stands on these answers; what staff proved or set aside by themselves stays."""
    return row.evidence == SPARED if row.aside else row.done_by == history.DESK


def confirmed(theirs: Sequence[Instruction], wanted: Sequence[str]) -> list[str]:
    """The processors that confirmed, once each concerned one has confirmed all that is asked of it; else nobody."""
    concerned = [one for one in theirs if one.state != InstructionState.SPARED]
    names = list(dict.fromkeys(one.processor for one in concerned))
    for name in names:
        own = [one for one in concerned if one.processor == name]
        done = {ask for one in own if one.state == InstructionState.DONE for ask in one.asks}
        told = {ask for one in own for ask in one.asks}
        if not set(wanted) & told <= done or not set(wanted) & told:
            return []
    return names
