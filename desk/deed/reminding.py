"""Reminding: processors that do not confirm are reminded by letter, then staff are told, until somebody decides.

Before its last day a processor gets a polite letter; when the day is over, a second one, and staff hear of it; from then on
staff hear of it each working morning. One that was told on paper is called by staff: for it only they are reminded.
"""

from datetime import datetime

from desk import history, outbox
from desk.context import Desk
from desk.deed import instructions, releasing
from desk.ticket import due, legs, topic
from desk.ticket.staffing import called_for
from models import Action, Instruction, InstructionState, Ticket, TicketStatus

# From which reminder on the managers are called too.
MANAGERS_FROM = 3
SOON, LATE = 1, 2


async def remind(desk: Desk, now: datetime) -> int:
    """Say what is due about instructions, a transaction each; how many were reminded of. One that fails silences no other."""
    waiting = Instruction.filter(next_at__lte=now).order_by("next_at")
    return await due.each(desk, waiting, lambda number: _remind(desk, number, now), "an instruction could not be reminded of")


async def _remind(desk: Desk, number: int, now: datetime) -> bool:
    found = await Instruction.get(id=number).select_related("ticket")
    ticket = await legs.locked(found.ticket)
    one = await Instruction.get(id=number)
    if one.next_at is None or one.next_at > now:  # another process was faster
        return False
    if one.state != InstructionState.TOLD or one.due is None or ticket.status == TicketStatus.CLOSED:
        await Instruction.filter(id=number).update(next_at=None)
        return False
    late = now.astimezone(desk.operator.zone).date() > one.due
    one.reminded = max(one.reminded + 1, LATE if late else SOON)
    one.next_at = releasing.next_moment(desk, one, now)
    await one.save(update_fields=["reminded", "next_at"])
    by_mail = bool(one.email) and not one.way and one.reminded <= LATE
    if by_mail:
        await releasing.remind_by_letter(desk, ticket, one, now)
    details = {"instruction": one.id, "reminder": one.reminded, "by_mail": by_mail}
    await history.add(ticket.id, history.DESK, Action.PROCESSOR_REMINDED, details, now)
    if late or not by_mail:
        await _tell(desk, ticket, one, now, late=late)
    await instructions.show(ticket, now)
    return True


async def _tell(desk: Desk, ticket: Ticket, one: Instruction, now: datetime, *, late: bool) -> None:
    assert one.due is not None
    words = "🔴 %(name)s has not confirmed by %(date)s what it was told to do: call it, or decide (/processors)."
    if not late:
        words = "⏳ %(name)s has to confirm by %(date)s what it was told on paper: remind it (/processors)."
    whom = await called_for(desk, ticket, everybody=one.reminded >= MANAGERS_FROM)
    params = {"name": one.processor, "date": one.due.isoformat()}
    key = f"processor silent:{one.id}:{one.reminded}:{now.date()}"
    await topic.tell(ticket, words, params, now, key=key, priority=outbox.SOON, whom=whom)
