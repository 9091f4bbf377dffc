"""Blocks: the record of every blocking of a matter, kept in line with the step that asks for it.

Whatever proves the step begins a blocking, whatever sets it aside records why there is none, and a step that is taken back takes
what it recorded with it. The acts of staff stand in desk.terms.blocking.
"""

from collections.abc import Sequence
from datetime import datetime

from desk import history
from desk.ticket import legs
from models import Action, Blocking, BlockingResult, Demand, Ticket

BLOCK = "block"
"""The step of a rule that wants the data blocked."""
CORRECT = "correct"
"""The step of a rule that wants them corrected and unblocked."""


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
    row.result, row.ended_at, row.ended_by = result, now, by
    await row.save(update_fields=["result", "ended_at", "ended_by"])
    await history.add(ticket.id, by, Action.UNBLOCKED, {"blocking": row.id, "result": result.value}, now)


async def not_corrected(ticket: Ticket, at: datetime, by: str, now: datetime) -> None:
    """What had been corrected and unblocked at this moment was not: the blocking lasts on."""
    numbers = await legs.numbers(ticket)
    for row in await Blocking.filter(ticket_id__in=numbers, result=BlockingResult.CORRECTED, ended_at=at).order_by("id"):
        row.result, row.ended_at, row.ended_by = BlockingResult.OPEN, None, ""
        await row.save(update_fields=["result", "ended_at", "ended_by"])
        await history.add(ticket.id, by, Action.BLOCKING_LASTS, {"blocking": row.id}, now)


async def taken_back(ticket: Ticket, demand: Demand, by: str, now: datetime) -> None:
    """The step was not done after all: what lasts of its demand, and the ground not to block, were a mistake."""
    wrong = Blocking.filter(demand_id=demand.id, result__in=[BlockingResult.OPEN, BlockingResult.HARM])
    for row in await wrong.order_by("id"):
        await void(ticket, row, by, now)


async def void(ticket: Ticket, row: Blocking, by: str, now: datetime) -> None:
    """Let a record count no more."""
    row.result, row.ended_at, row.ended_by = BlockingResult.MISTAKE, now, by
    await row.save(update_fields=["result", "ended_at", "ended_by"])
    await history.add(ticket.id, by, Action.BLOCKING_VOIDED, {"blocking": row.id}, now)
