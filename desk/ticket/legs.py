"""Legs: what was merged is one matter over several channels; each ticket keeps its number, messages and way back as a leg.

The ticket that was not merged away leads. What a leg says is shown, counted and decided in the leading one. Reads only.
"""

from collections.abc import Iterable
from typing import TypeVar

from models import Blocking, Destruction, Instruction, Ticket

Row = TypeVar("Row", Blocking, Destruction, Instruction)


async def head(ticket: Ticket) -> Ticket:
    """The ticket in which the matter goes on: itself, unless it was merged."""
    while ticket.merged_into is not None:
        ticket = await Ticket.get(id=ticket.merged_into)
    return ticket


async def lock(ticket: Ticket) -> None:
    """Hold a ticket until the transaction ends; how it stands is read anew, for it may have changed while one waited."""
    row = await Ticket.filter(id=ticket.id).select_for_update(no_key=True).get()
    ticket.status, ticket.closed_at, ticket.merged_into = row.status, row.closed_at, row.merged_into
    ticket.received_at = row.received_at


async def locked(ticket: Ticket) -> Ticket:
    """`head`, locked (see `lock`) against a merge at the same moment."""
    while True:
        await lock(ticket)
        if ticket.merged_into is None:
            return ticket
        ticket = await Ticket.get(id=ticket.merged_into)


async def locked_with(model: type[Row], number: int) -> tuple[Row, Ticket] | None:
    """A row of a matter, read once its ticket is `locked`, and the ticket in which the matter goes on; None: no such row."""
    found = await model.get_or_none(id=number).select_related("ticket")
    if found is None:
        return None
    ticket = await locked(found.ticket)
    return await model.get(id=number), ticket


async def of(ticket: Ticket) -> list[Ticket]:
    """The ticket and everything that was merged into it, directly or on the way, the oldest merge of each first."""
    return (await of_each([ticket]))[ticket.id]


async def of_each(tickets: Iterable[Ticket]) -> dict[int, list[Ticket]]:
    """`of` for many tickets at once, by number."""
    found = {one.id: [one] for one in tickets}
    wave = {number: [number] for number in found}  # the legs that were found last, each with the tickets it is a leg of
    while wave:
        merged = await Ticket.filter(merged_into__in=list(wave)).order_by("id")
        leads = {one.id: wave[one.merged_into] for one in merged if one.merged_into is not None}
        for one in merged:
            for number in leads[one.id]:
                found[number].append(one)
        wave = leads
    return found


async def numbers(ticket: Ticket) -> list[int]:
    """The numbers of a ticket's legs, its own first."""
    return [one.id for one in await of(ticket)]


async def heads(tickets: Iterable[Ticket]) -> list[Ticket]:
    """The tickets in which these matters go on, each once, in the order of their first leg."""
    found: dict[int, Ticket] = {}
    for ticket in tickets:
        leading = await head(ticket)
        found.setdefault(leading.id, leading)
    return list(found.values())
