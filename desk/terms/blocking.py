"""Blocking: the data of one person are blocked for a check, and the check has a result; or they are not blocked, and why.

152-FZ Art. 21(1)-(3), (6). To begin a blocking is what proves the step "block" of the demands that want it; to say why there is
none sets that step aside. A blocking that lasts holds its ticket open (desk.ticket.tickets.close) until its result is recorded.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from desk.context import Desk
from desk.errors import Refused
from desk.terms import steps
from desk.terms.proofs import Proof
from desk.ticket import blocks, clocks, legs, tickets, topic
from desk.ticket.staffing import actor
from desk.ticket.stated import RESULTS
from models import Blocking, BlockingResult, Demand, ProofKind, Staff, Ticket, TicketStatus

LONGEST = 1000
"""Characters of words that are kept."""


async def begin(
    desk: Desk,
    ticket: Ticket,
    systems: Sequence[str],
    staff: Staff,
    now: datetime,
    *,
    words: str = "",
    categories: Sequence[str] = (),
    since: datetime | None = None,
) -> Blocking:
    """Record that the data are blocked in these systems of the settings, or where `words` say: from now on, or `since` then.

    Without `categories` they are those of the systems. Proves the step of every open demand that wants it. Raises Refused when
    it is not said where, a system is unknown or blocked already, and when the ticket is closed or merged away.
    """
    ticket = await legs.locked(ticket)
    tickets.unmerged(ticket)
    if ticket.status == TicketStatus.CLOSED:
        raise Refused("This ticket is closed: open it again first.")
    said, known = _clean(words), {one.name: one for one in desk.systems}
    if unknown := [one for one in systems if one not in known]:
        raise Refused("The settings name no system “%(name)s”.", name=unknown[0][:60])
    if not systems and not said:
        raise Refused("Say where the data are blocked: choose the systems, or name them in words.")
    before = {name for one in await blocks.lasting(ticket) for name in one.systems}
    if again := [one for one in systems if one in before]:
        raise Refused("The data are blocked already in: %(names)s.", names=", ".join(again))
    wanted = await wanting(desk, ticket)
    held = list(categories) or list(dict.fromkeys(one for name in systems for one in known[name].data_categories))
    demand = wanted[0] if wanted else await _asking(desk, ticket)
    if since is not None:
        _begun(since, now)
    row = await blocks.begin(ticket, demand, list(dict.fromkeys(systems)), held, said, actor(staff), now)
    if since is not None:
        await blocks.dated(ticket, row, since, actor(staff), now)
    await _prove(desk, wanted, row, staff, now)
    await topic.refresh_card(ticket, now)
    return row


async def began(desk: Desk, blocking_id: int, at: datetime | None, staff: Staff, now: datetime) -> Blocking:
    """Enter when a blocking had truly begun, where it was recorded later; None takes that back. The step keeps its own moment.

    Raises Refused for a moment ahead, for one after its end, and for what was never blocked.
    """
    row, ticket = await _held(blocking_id)
    if row.started_at is None or row.result == BlockingResult.MISTAKE:
        raise Refused("The data were not blocked, so this has no beginning.")
    if at is not None:
        _begun(at, now)
        if row.ended_at is not None and at >= row.ended_at:
            raise Refused("The blocking was over by then.")
    elif row.noted_at is None:
        raise Refused("It began as it was recorded: there is nothing to take back.")
    await blocks.dated(ticket, row, at, actor(staff), now)
    await topic.refresh_card(ticket, now)
    return row


async def _held(blocking_id: int) -> tuple[Blocking, Ticket]:
    """A blocking and the ticket in which its matter goes on, which is held. Raises Refused."""
    found = await legs.locked_with(Blocking, blocking_id)
    if found is None:
        raise Refused("This blocking does not exist.")
    return found


def _begun(at: datetime, now: datetime) -> None:
    if at > now:
        raise Refused("This has not happened yet: the date lies in the future.")


async def covers(desk: Desk, ticket: Ticket, staff: Staff, now: datetime) -> Blocking:
    """Record that what is blocked already is all that the open demands want blocked. Raises Refused where nothing is."""
    ticket = await legs.locked(ticket)
    lasting = await blocks.lasting(ticket)
    if not lasting:
        raise Refused("Nothing of this ticket is blocked.")
    await _prove(desk, await wanting(desk, ticket), lasting[0], staff, now)
    return lasting[0]


async def _prove(desk: Desk, wanted: Sequence[Demand], row: Blocking, staff: Staff, now: datetime) -> None:
    evidence = "; ".join(filter(None, (", ".join(row.systems), row.words)))
    for one in wanted:
        await steps.prove(desk, one.id, blocks.BLOCK, Proof(ProofKind.FACT, words=evidence), staff, now)


async def not_blocked(desk: Desk, ticket: Ticket, reason: str, staff: Staff, now: datetime) -> list[Demand]:
    """Record why the data are not blocked: it would harm the person or third parties (Art. 21(1)).

    The demands whose step is set aside so. Raises Refused without a reason, while a blocking lasts, and when no open demand
    waits to have the data blocked.
    """
    ticket = await legs.locked(ticket)
    said = _clean(reason)
    if not said:
        raise Refused("Say whom blocking would harm, and how: nothing else allows not to block (152-FZ Art. 21(1)).")
    if await blocks.lasting(ticket):
        raise Refused("The data are blocked: record the result and lift the blocking first (/unblock).")
    wanted = await wanting(desk, ticket)
    if not wanted:
        raise Refused("No open demand of this ticket waits for the data to be blocked.")
    for one in wanted:
        await steps.set_aside(desk, one.id, blocks.BLOCK, said, staff, now)
    return wanted


async def end(desk: Desk, blocking_id: int, result: BlockingResult, staff: Staff, now: datetime, *, words: str = "") -> Blocking:
    """Record what the check came to, and that the blocking is over; on a closed ticket too.

    With the last of them the steps are proved that say the same: corrected and unblocked, stopped, checked.

    A MISTAKE was never blocked: the steps that it had proved are open again. Raises Refused when it is over already, and for
    what is no result.
    """
    row, ticket = await _held(blocking_id)
    if row.result != BlockingResult.OPEN:
        raise Refused("This blocking is over already.")
    if result == BlockingResult.MISTAKE:
        await _mistaken(desk, ticket, row, staff, now)
    elif result in RESULTS:
        if said := _clean(words):
            row.words = "\n".join(filter(None, (row.words, said)))
            await row.save(update_fields=["words"])
        await blocks.end(ticket, row, result, actor(staff), now)
        if not await blocks.lasting(ticket):
            await _proved(desk, ticket, result, staff, now)
    else:
        raise Refused("This is no result of a check.")
    await topic.refresh_card(ticket, now)
    return await Blocking.get(id=blocking_id)


async def _proved(desk: Desk, ticket: Ticket, result: BlockingResult, staff: Staff, now: datetime) -> None:
    """Prove the steps that this end of the last blocking is, of the demands that wanted the data blocked."""
    for one in await _of_asking(desk, ticket):
        by_it = one.key in blocks.PROVED_BY and (blocks.PROVED_BY[one.key] == result or one.key == blocks.CHECK)
        if by_it and one.open:
            with suppress(Refused):  # its term has ended otherwise
                await steps.prove(desk, one.demand, one.key, Proof(ProofKind.FACT, words=RESULTS[result]), staff, now)


async def _mistaken(desk: Desk, ticket: Ticket, row: Blocking, staff: Staff, now: datetime) -> None:
    """It was not blocked after all; unless another blocking lasts, the steps that rest on it are open again."""
    await blocks.void(ticket, row, actor(staff), now)
    if await blocks.lasting(ticket):
        return
    assert row.started_at is not None
    for view in await steps.of_ticket(desk, ticket):
        rests = view.key == blocks.BLOCK and not view.aside and view.done_at is not None and view.done_at >= row.started_at
        if rests:
            with suppress(Refused):  # its demand has ended otherwise since, or the ticket is closed
                await steps.undone(desk, view.demand, view.key, staff, now)


async def to_tell(desk: Desk, ticket: Ticket) -> bool:
    """Whether a letter that tells what the check came to is still open."""
    return any(one.open and one.wanted == "letter" for one in await _of_asking(desk, ticket))


async def _of_asking(desk: Desk, ticket: Ticket) -> list[steps.StepView]:
    """The steps of the demands that want, or wanted, the data blocked."""
    of_ticket = await steps.of_ticket(desk, ticket)
    asking = {one.demand for one in of_ticket if one.key == blocks.BLOCK}
    return [one for one in of_ticket if one.demand in asking]


async def wanting(desk: Desk, ticket: Ticket) -> list[Demand]:
    """The open demands of a ticket whose rule wants the data blocked, and that is neither done nor set aside."""
    ids = [one.demand for one in await steps.of_ticket(desk, ticket) if one.key == blocks.BLOCK and one.open]
    return await Demand.filter(id__in=ids).order_by("id")


async def _asking(desk: Desk, ticket: Ticket) -> Demand | None:
    """The demand that a blocking beyond the first belongs to."""
    for one in await Demand.filter(ticket_id=ticket.id, closed_at__isnull=True).order_by("id"):
        if clocks.rule_of(desk, one).step(blocks.BLOCK) is not None:
            return one
    return None


def _clean(words: str) -> str:
    return " ".join(words.split())[:LONGEST]
