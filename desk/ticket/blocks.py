"""Blocks: the record of every blocking of a matter, kept in line with the step that asks for it.

Whatever proves the step begins a blocking, whatever sets it aside records why there is none, and a step that is taken back takes
what it recorded with it. The acts of staff stand in desk.terms.blocking.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from desk import history
from desk.ticket import legs
from models import Action, Blocking, BlockingResult, Demand, Ticket

BLOCK = "block"
"""The step of a rule that wants the data blocked."""
CORRECT = "correct"
"""The step of a rule that wants them corrected and unblocked."""
CHECK = "check"
"""The step of a rule that wants accuracy and lawfulness checked."""
PROVED_BY = {
    CORRECT: BlockingResult.CORRECTED,
    "stop": BlockingResult.UNLAWFUL,
    CHECK: BlockingResult.LIFTED,
}
"""The steps that the end of a blocking proves, each with the result that says so; a check is over with every result."""
REMINDED_AFTER = timedelta(days=7)
"""So long a blocking lasts until staff are reminded of it, and again after each such time."""


async def of(ticket: Ticket) -> list[Blocking]:
    """What is recorded of a matter, the oldest first; mistakes too."""
    return await among(await legs.numbers(ticket))


async def among(numbers: Sequence[int]) -> list[Blocking]:
    """What is recorded of the legs of a matter, by their numbers; mistakes too."""
    return await Blocking.filter(ticket_id__in=list(numbers)).order_by("id")


async def standing(numbers: Sequence[int]) -> list[Blocking]:
    """The same without what was recorded by mistake."""
    return [one for one in await among(numbers) if one.result != BlockingResult.MISTAKE]


async def lasting(ticket: Ticket) -> list[Blocking]:
    """The blockings of a matter that nobody has ended."""
    return [one for one in await of(ticket) if one.result == BlockingResult.OPEN]


async def tickets() -> tuple[int, ...]:
    """The tickets in which the matters go on whose data are blocked, closed ones too: their data are still blocked."""
    held = [one.ticket for one in await Blocking.filter(result=BlockingResult.OPEN).order_by("id").select_related("ticket")]
    return tuple(dict.fromkeys(one.id for one in await legs.heads(held)))


async def begin(
    ticket: Ticket, demand: Demand | None, systems: Sequence[str], categories: Sequence[str], words: str, by: str, now: datetime
) -> Blocking:
    """Write that the data are blocked from now on."""
    row = await Blocking.create(
        ticket_id=ticket.id,
        demand_id=demand.id if demand is not None else None,
        systems=list(systems),
        categories=list(categories),
        words=words,
        started_at=now,
        started_by=by,
        next_at=now + REMINDED_AFTER,
    )
    await history.add(ticket.id, by, Action.BLOCKED, {"blocking": row.id, "systems": row.systems}, now)
    return row


async def settled(ticket: Ticket, demand: Demand, words: str, by: str, now: datetime, *, aside: bool) -> None:
    """The step was proved or set aside: what that says is recorded, unless an earlier blocking of the matter covers it."""
    if await lasting(ticket):
        return
    if not aside:
        await begin(ticket, demand, [], [], words, by, now)
        return
    row = await Blocking.create(
        ticket_id=ticket.id, demand_id=demand.id, words=words, ended_at=now, ended_by=by, result=BlockingResult.HARM
    )
    await history.add(ticket.id, by, Action.NOT_BLOCKED, {"blocking": row.id, "kind": demand.kind}, now)


async def corrected(ticket: Ticket, by: str, now: datetime) -> None:
    """The data were corrected and unblocked: what lasts of the matter ended so."""
    for row in await lasting(ticket):
        await end(ticket, row, BlockingResult.CORRECTED, by, now)


async def end(ticket: Ticket, row: Blocking, result: BlockingResult, by: str, now: datetime) -> None:
    """Write what a check came to, and that the blocking is over."""
    row.result, row.ended_at, row.ended_by, row.next_at = result, now, by, None
    await row.save(update_fields=["result", "ended_at", "ended_by", "next_at"])
    await history.add(ticket.id, by, Action.UNBLOCKED, {"blocking": row.id, "result": result.value}, now)


async def not_ended(ticket: Ticket, step: str, at: datetime, by: str, now: datetime) -> None:
    """The step that a blocking's end had proved at this moment was not done: the blocking lasts on."""
    numbers = await legs.numbers(ticket)
    for row in await Blocking.filter(ticket_id__in=numbers, result=PROVED_BY[step], ended_at=at).order_by("id"):
        row.result, row.ended_at, row.ended_by, row.next_at = BlockingResult.OPEN, None, "", now + REMINDED_AFTER
        await row.save(update_fields=["result", "ended_at", "ended_by", "next_at"])
        await history.add(ticket.id, by, Action.BLOCKING_LASTS, {"blocking": row.id}, now)


async def taken_back(ticket: Ticket, demand: Demand, by: str, now: datetime) -> None:
    """The step was not done after all: what lasts of its demand, and the ground not to block, were a mistake."""
    wrong = Blocking.filter(demand_id=demand.id, result__in=[BlockingResult.OPEN, BlockingResult.HARM])
    for row in await wrong.order_by("id"):
        await void(ticket, row, by, now)


async def void(ticket: Ticket, row: Blocking, by: str, now: datetime) -> None:
    """Let a record count no more."""
    row.result, row.ended_at, row.ended_by, row.next_at = BlockingResult.MISTAKE, now, by, None
    await row.save(update_fields=["result", "ended_at", "ended_by", "next_at"])
    await history.add(ticket.id, by, Action.BLOCKING_VOIDED, {"blocking": row.id}, now)


async def dated(ticket: Ticket, row: Blocking, at: datetime | None, by: str, now: datetime) -> None:
    """Write when a blocking had truly begun; None: as it was recorded. Both moments are kept."""
    recorded = row.noted_at or row.started_at
    before = row.started_at
    row.started_at, row.noted_at = (at, recorded) if at is not None else (recorded, None)
    await row.save(update_fields=["started_at", "noted_at"])
    said = {"blocking": row.id, "from": before.isoformat() if before else None}
    said["to"] = row.started_at.isoformat() if row.started_at else None
    await history.add(ticket.id, by, Action.BLOCKING_DATED, said, now)
