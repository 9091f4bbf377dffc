"""Merging: two tickets of one matter become one with two legs; the earliest receipt counts, and it can be taken apart again.

What a merge of ticket M into ticket S does, in one transaction and in this order:

1. A demand that S lacks goes over with its clocks and its own receipt.
2. A demand that both hold is one from now on, in S: the earlier receipt counts and its clocks are counted anew from it, so
   that no term ends later than before. An extension stays where its notice went out in time for the earlier receipt too.
   What S has recorded as done stays done, unless M came after that: then M asks anew and its clock runs on in S. Every
   clock of M that stops by this is named in the topic.
3. M is closed and `merged_into` S; it stays a leg. Its messages, receipts and threads are not touched: they lie in M for
   good and are shown with S, so history stays true, letters go on in their own thread, and taking apart loses nothing.
4. What comes over M's channel later is kept in M and handled in S (desk.flow.intake). Answers go over the channel of S; an
   answer to a message of M goes to M's address.

Who may see what: a merge is the judgement of staff, not a proof. So requesters are not made one. No contact counts as
verified by it, no other ticket of either person becomes visible to the other. The contacts of M's requester may write to the
joint ticket and see its number, kinds and dates; words and files reach them only when staff answer a message of theirs.
"""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from desk import history, letters
from desk.context import Desk
from desk.deed import drafting
from desk.errors import Refused
from desk.law import ClockDates, LawError
from desk.outward import replies
from desk.terms import corrections
from desk.ticket import clocks, endings, legs, tickets, topic
from desk.ticket.staffing import actor
from models import (
    Action,
    Clock,
    Demand,
    Direction,
    Ending,
    History,
    Message,
    Outbox,
    OutboxState,
    RecognisedBy,
    Staff,
    Step,
    Ticket,
    TicketStatus,
)
from models.store.query import column

# The outcome of a demand that goes on in the ticket which the matter was merged into, and how its clocks stopped.
# So many of the latest messages of M are posted once more in the topic of S.
SHOWN_AGAIN = 20


@dataclass
class Joined:
    """What a merge did to the demands of the ticket that goes on.

    `moved`: ids that came over; `receipts`: by id, from when to when; `reopened`: by id, outcome and ground that they had had;
    `done_before`: clocks ("kind.key") that do not run on because it was done there before.
    """

    moved: list[int] = field(default_factory=list)
    receipts: dict[str, list[str]] = field(default_factory=dict)
    reopened: dict[str, list[str]] = field(default_factory=dict)
    kinds: list[str] = field(default_factory=list)
    done_before: list[str] = field(default_factory=list)


async def destination(ticket: Ticket, number: int) -> Ticket:
    """The ticket of a number in which its matter goes on. Raises Refused when it cannot take `ticket` in."""
    if ticket.merged_into is not None:
        raise Refused("№ %(number)s was joined to № %(into)s already.", number=ticket.id, into=ticket.merged_into)
    named = await Ticket.get_or_none(id=number) if 0 < number < 2**63 else None
    if named is None:
        raise Refused("There is no ticket № %(number)s.", number=number)
    into = await legs.head(named)
    if into.id == ticket.id:
        raise Refused("A ticket cannot be merged into itself.")
    for one in (ticket, into):
        if one.status != TicketStatus.OPEN:
            raise Refused("№ %(number)s is closed. Open it again first, if its matter goes on.", number=one.id)
    if _whom(ticket) != _whom(into):
        raise Refused("These tickets speak for different people: their matters are not the same.")
    for one in (ticket, into):
        await _nothing_on_its_way(one, leaving=one is ticket)
    return into


def _whom(ticket: Ticket) -> str:
    """For whom a ticket speaks, but for the words in which the right to do so was put."""
    name = str((ticket.represented or {}).get("name", ""))
    return " ".join(name.casefold().replace("ё", "е").split())


async def _nothing_on_its_way(ticket: Ticket, *, leaving: bool) -> None:
    """Raises Refused while something that a merge would make untrue, or send into the void, may still reach the requester."""
    rows = Outbox.filter(ticket_id=ticket.id, state__in=[OutboxState.WAITING, OutboxState.PARKED])
    for row in await rows.exclude(channel="staff").exclude(errand__in=["acknowledgement", "instruction"]).order_by("id"):
        if row.errand == "extension":
            raise Refused("The notice of an extension of № %(number)s has not gone out yet: wait for it first.", number=ticket.id)
        if leaving:
            raise _waits(row, ticket)


def _waits(row: Outbox, ticket: Ticket) -> Refused:
    if row.state == OutboxState.PARKED:
        words = "A message of № %(number)s could not be delivered: send it again or drop it first (/parked)."
    elif replies.is_held(row):
        words = "An answer of № %(number)s waits for a manager’s release: release it or take it back first."
    else:
        words = "An answer of № %(number)s waits to be sent: let it go or take it back first."
    return Refused(words, number=ticket.id)


async def merge(desk: Desk, ticket: Ticket, number: int, staff: Staff, now: datetime) -> Ticket:
    """Merge a ticket into the one of a number (or into that which this one was merged into); the ticket that goes on.

    Raises Refused as `destination` does.
    """
    return await join(desk, ticket, number, actor(staff), now)


async def join(desk: Desk, ticket: Ticket, number: int, by: str, now: datetime) -> Ticket:
    """What `merge` does, by whoever stands in history as `by`: the desk itself where there is no doubt."""
    # Locked to the end of the transaction, always in the same order: two people may merge crosswise at this moment.
    found = await legs.head(await Ticket.get_or_none(id=number) or ticket)
    for one in sorted({ticket.id, found.id}):
        await legs.locked(await Ticket.get(id=one))
    ticket = await Ticket.get(id=ticket.id)
    into = await legs.locked(await destination(ticket, number))
    joined = await _demands(desk, ticket, into, by, now)
    before = into.received_at
    into.received_at = min(before, ticket.received_at)
    if into.assignee_id is None:
        into.assignee_id = ticket.assignee_id
    await into.save(update_fields=["received_at", "assignee_id"])
    said = await _say_farewell(ticket, into, now)
    ticket.status, ticket.closed_at, ticket.merged_into = TicketStatus.CLOSED, now, into.id
    await ticket.save(update_fields=["status", "closed_at", "merged_into"])
    await clocks.lead(ticket)
    await clocks.lead(into)
    await history.add(ticket.id, by, Action.TICKET_MERGED, {"into": into.id, "kinds": joined.kinds}, now)
    received = [before.isoformat(), into.received_at.isoformat()]
    await history.add(into.id, by, Action.TICKET_TAKEN_IN, {"from": ticket.id, "received_at": received, **asdict(joined)}, now)
    await _announce(ticket, into, joined, said, now)
    await drafting.know(into, now)
    for one in (ticket, into):
        await topic.refresh_card(one, now)
    return into


# --- demands ---------------------------------------------------------------------------------------------------------


async def _demands(desk: Desk, ticket: Ticket, into: Ticket, by: str, now: datetime) -> Joined:
    joined = Joined()
    held = {one.kind: one for one in await Demand.filter(ticket_id=into.id)}
    for demand in await Demand.filter(ticket_id=ticket.id).order_by("id"):
        kept = held.get(demand.kind)
        if kept is None:
            await _hand_over(demand, into)
            joined.moved.append(demand.id)
        else:
            await _join(desk, kept, demand, joined, by, now)
        if demand.closed_at is None or kept is None:
            joined.kinds.append(demand.kind)
    return joined


async def _hand_over(demand: Demand, into: Ticket) -> None:
    """The demand goes to another ticket with all that hangs on it."""
    await Demand.filter(id=demand.id).update(ticket_id=into.id)
    await Clock.filter(demand_id=demand.id).update(ticket_id=into.id)
    await Step.filter(demand_id=demand.id).update(ticket_id=into.id)


async def _join(desk: Desk, kept: Demand, other: Demand, joined: Joined, by: str, now: datetime) -> None:
    """Make one of two demands of a kind: `kept` stays, `other` ends as merged."""
    if other.closed_at is not None:
        # What was over before this one was asked is another story; what was still open when it came began it.
        if kept.closed_at is None and other.outcome not in endings.MISREAD and other.closed_at >= kept.received_at:
            await _receive(desk, kept, other, {}, joined, by, now)
        return
    running = {clock.key: clock for clock in await Clock.filter(demand_id=other.id, stopped_at__isnull=True)}
    over = kept.closed_at is not None and kept.outcome not in endings.MISREAD and kept.closed_at >= other.received_at
    if over:
        # Should it run again, it counts from the first receipt.
        if other.received_at < kept.received_at:
            joined.receipts[str(kept.id)] = [kept.received_at.isoformat(), other.received_at.isoformat()]
            kept.received_at = other.received_at
            await kept.save(update_fields=["received_at"])
        joined.done_before += [f"{other.kind}.{key}" for key in running]
    else:
        await _receive(desk, kept, other, dict(running), joined, by, now)
    await clocks.end(desk, other, by=by, ending=Ending.MERGED, why="", now=now)


async def _receive(
    desk: Desk, kept: Demand, other: Demand, running: dict[str, Clock], joined: Joined, by: str, now: datetime
) -> None:
    """Let the receipt of `other`, and its running clocks, count in `kept`."""
    anew = kept.closed_at is not None
    if anew:
        joined.reopened[str(kept.id)] = [kept.outcome, kept.ground]
    before, kept.received_at = kept.received_at, other.received_at if anew else min(kept.received_at, other.received_at)
    if kept.received_at != before:
        joined.receipts[str(kept.id)] = [before.isoformat(), kept.received_at.isoformat()]
    kept.closed_at, kept.outcome, kept.ground = None, "", ""
    kept.unlawful = kept.unlawful or other.unlawful
    kept.document_due = min(filter(None, (kept.document_due, other.document_due)), default=None)
    kept.trigger_at = min(filter(None, (kept.trigger_at, other.trigger_at)), default=None)
    # The strict date of either stands: only a reason that both have lets the terms count from later.
    kept.known_at = min(filter(None, (kept.known_at, other.known_at)), default=None)
    kept.known_why = kept.known_why if other.known_why else ""
    if kept.recognised_by == RecognisedBy.MACHINE:
        kept.recognised_by = other.recognised_by
    fields = ["received_at", "closed_at", "outcome", "ground", "unlawful", "document_due", "trigger_at"]
    fields += ["known_at", "known_why", "recognised_by"]
    await kept.save(update_fields=fields)
    counted = _counted(desk, kept, extended=False)
    for clock in await Clock.filter(demand_id=kept.id):
        his = running.pop(clock.key, None)
        if clock.stopped_at is None:
            await _earlier(desk, kept, clock, his, counted.get(clock.key), now)
        elif his is not None and clock.stopped_at >= other.received_at and not anew:
            joined.done_before.append(f"{kept.kind}.{clock.key}")
        elif his is not None:
            await _run_on(desk, clock, his, kept.kind, now)
    for his in running.values():
        await _copy(his, kept)
    if anew:
        await clocks.untick(Step.standing(demand_id=kept.id), by, now)
    else:
        await clocks.drop_ticks(desk, kept, by, now)
    if kept.uncounted or not await Clock.exists(demand_id=kept.id):
        # What neither could count so far.
        await tickets.count(desk, await Ticket.get(id=kept.ticket_id), kept, now)
    await clocks.settle(desk, kept.id, now)


def _counted(desk: Desk, demand: Demand, *, extended: bool) -> dict[str, ClockDates]:
    try:
        return {one.key: one for one in clocks.known(desk, demand, extended=extended).dates}
    except LawError:
        return {}


async def _earlier(desk: Desk, kept: Demand, clock: Clock, his: Clock | None, plain: ClockDates | None, now: datetime) -> None:
    """Give a running clock the dates of the earliest receipt, never later ones than it has."""
    extended = next((one for one in (clock, his) if one is not None and one.times_extended), None)
    dates, times, at = plain, 0, None
    if extended is not None and extended.extended_at is not None and (plain is None or extended.extended_at < plain.due_at):
        dates = _counted(desk, kept, extended=True).get(clock.key) or plain
        times, at = extended.times_extended, extended.extended_at
    elif his is not None and (dates is None or his.due_at < dates.due_at):
        dates = clocks.dates_of(desk, his, kept.kind)
    if dates is None or dates.due_at >= clock.due_at:
        return
    await clocks.move(desk, clock, dates, now)
    await Clock.filter(id=clock.id).update(times_extended=times, extended_at=at)


async def _run_on(desk: Desk, clock: Clock, his: Clock, kind: str, now: datetime) -> None:
    """A stopped clock runs again, as the other one does that was asked for after it had stopped."""
    await clocks.move(desk, clock, clocks.dates_of(desk, his, kind), now)
    await Clock.filter(id=clock.id).update(
        stopped_at=None, stopped_by="", ending="", stopped_why="", times_extended=his.times_extended, extended_at=his.extended_at
    )


async def _copy(his: Clock, kept: Demand) -> None:
    """A clock that the demand lacks, as it runs for the other one."""
    clock = his.clone(pk=None)
    clock.demand_id, clock.ticket_id = kept.id, kept.ticket_id
    await clock.save()


# --- what is said ----------------------------------------------------------------------------------------------------


async def _say_farewell(ticket: Ticket, into: Ticket, now: datetime) -> int:
    """Say in the topic that ends where the matter goes on, and how often this ticket was merged so far."""
    times = await History.filter(ticket_id=ticket.id, action=Action.TICKET_MERGED).count()
    words = "↪️ This matter goes on in № %(number)s; nothing more is done here. /unmerge takes them apart."
    await topic.tell_joint(ticket, words, {"number": into.id}, now, key=f"merged:{ticket.id}:{times}", to=into.id)
    return times


async def _announce(ticket: Ticket, into: Ticket, joined: Joined, times: int, now: datetime) -> None:
    """Say in the topic that goes on what came in, and show the latest words of it there."""
    words = (
        "↪️ № %(number)s was joined to this ticket; the terms stay, for the earliest receipt counts. Its latest messages follow. "
        "To answer one, reply to it: the answer goes where it came from."
    )
    if joined.receipts:
        words = (
            "↪️ № %(number)s was joined to this ticket. It came first, so the terms count from its receipt. Its latest messages "
            "follow. To answer one, reply to it: the answer goes where it came from."
        )
    key, done = f"joined:{into.id}:{ticket.id}:{times}", joined.done_before
    await topic.tell_joint(into, words, {"number": ticket.id}, now, key=key, to=ticket.id, done=done)
    for message in await _latest(ticket):
        await topic.show(into, message, now, key=f":{into.id}:{times}")


async def _latest(ticket: Ticket) -> list[Message]:
    """The latest messages of a ticket's legs, each in its newest version; of an album its first part, which shows them all."""
    found: dict[str, Message] = {}
    stored = Message.filter(ticket_id__in=await legs.numbers(ticket), direction=Direction.IN).exclude(channel="paper")
    for message in await stored.order_by("id"):
        known = found.get(message.external_id)
        if message.album and known is None and any(one.album == message.album for one in found.values()):
            continue
        found[message.external_id] = message
    return sorted(found.values(), key=lambda one: one.id)[-SHOWN_AGAIN:]


# --- taking apart ----------------------------------------------------------------------------------------------------


async def unmerge(desk: Desk, ticket: Ticket, staff: Staff, now: datetime) -> Ticket:
    """Take a merged ticket apart again from the one it was merged into; that one, which goes on for itself.

    Its messages, those that came since included, lie in it already, and what they demanded it demands for itself. Its
    demands go back and run as before from their own receipt; what only the other one was told of them counts for nothing.
    A receipt that the merge had moved in the other goes back where nobody has moved it since, and what was over there before
    is over again; whatever else runs there runs on.
    Raises Refused for a ticket that is not merged, and while an answer to it, or a notice of a demand, waits.
    """
    if ticket.merged_into is None:
        joined = [str(number) for number in await legs.numbers(ticket) if number != ticket.id]
        if joined:
            raise Refused(
                "Others were joined to this one: write /unmerge in the topic of № %(numbers)s.", numbers=", ".join(joined)
            )
        raise Refused("This ticket was not joined to another one.")
    into = await legs.locked(ticket)
    ticket = await Ticket.get(id=ticket.id)
    parent = ticket.merged_into
    if parent is None:
        raise Refused("This ticket was not joined to another one.")
    await _nothing_waits_for(ticket, into)
    taken = History.filter(ticket_id=parent, action=Action.TICKET_TAKEN_IN).order_by("-id")
    details = next((row.details for row in await taken if row.details["from"] == ticket.id), {})
    ticket.status, ticket.closed_at, ticket.merged_into = TicketStatus.OPEN, None, None
    await ticket.save(update_fields=["status", "closed_at", "merged_into"])
    back = Demand.filter(id__in=details.get("moved", []), ticket_id__in=await legs.numbers(into))
    for demand in await back.order_by("id"):
        await _hand_over(demand, ticket)
        await _untell(desk, demand, ticket, now)
    for demand in await Demand.filter(ticket_id=ticket.id, outcome=Ending.MERGED):
        await clocks.resume(desk, demand, {Ending.MERGED}, now)
    await _asked_since(desk, ticket, now)
    await _give_receipts_back(desk, into, details, actor(staff), now)
    await clocks.lead(ticket)
    await clocks.lead(into)
    await history.add(ticket.id, actor(staff), Action.TICKET_TAKEN_APART, {"from": into.id}, now)
    await history.add(into.id, actor(staff), Action.TICKET_TAKEN_APART, {"from": ticket.id}, now)
    times = await History.filter(ticket_id=ticket.id, action=Action.TICKET_TAKEN_APART).count()
    words = "✂️ № %(number)s is a ticket of its own again. Check the terms of both."
    for one, other in ((ticket, into), (into, ticket)):
        key = f"apart:{ticket.id}:{one.id}:{times}"
        await topic.tell_joint(one, words, {"number": ticket.id}, now, key=key, to=other.id)
        await topic.refresh_card(one, now)
    return into


async def _nothing_waits_for(ticket: Ticket, into: Ticket) -> None:
    own = await column(Message.filter(ticket_id=ticket.id, direction=Direction.OUT), "id")
    waiting = Outbox.filter(ticket_id=into.id, message_id__in=own, state__in=[OutboxState.WAITING, OutboxState.PARKED])
    told = Outbox.filter(
        ticket_id=into.id,
        errand__in=letters.errands(lambda one: one.of_demands),
        state__in=[OutboxState.WAITING, OutboxState.PARKED],
    )
    for row in await told.order_by("id"):
        # It may speak of a demand that goes back, whose requester it does not go to.
        raise _waits(row, into)
    if await waiting.exclude(channel="staff").exists():
        raise Refused("An answer of № %(number)s waits to be sent: let it go or take it back first.", number=ticket.id)


async def _asked_since(desk: Desk, ticket: Ticket, now: datetime) -> None:
    """What was demanded over this leg while it was joined, it demands for itself from then on; the other one keeps its own."""
    merged = await History.filter(ticket_id=ticket.id, action=Action.TICKET_MERGED).order_by("-id").first()
    asked = History.filter(
        ticket_id__in=await legs.numbers(ticket), action=Action.DEMANDED_IN_JOINT, id__gt=merged.id if merged else 0
    )
    for row in await asked.order_by("id"):
        received_at = datetime.fromisoformat(row.details["received_at"])
        await tickets.add_demands(desk, ticket, row.details["kinds"], received_at, RecognisedBy.MACHINE, now)
        await corrections.came_earlier(desk, ticket, received_at, now, kinds=row.details["kinds"])


async def _untell(desk: Desk, demand: Demand, ticket: Ticket, now: datetime) -> None:
    """What only the other one was told of a demand that goes back - a refusal, an extension - counts for nothing here."""
    elsewhere = Outbox.filter(state=OutboxState.SENT).exclude(ticket_id=ticket.id)
    for clock in await Clock.filter(demand_id=demand.id, times_extended__gt=0):
        if await elsewhere.filter(errand="extension", unique_key__startswith=f"extension:{clock.id}:").exists():
            clock.times_extended, clock.extended_at = 0, None
            await clock.save(update_fields=["times_extended", "extended_at"])
            if clock.stopped_at is None:
                await corrections.recount(desk, demand, now)
    if demand.outcome in endings.DECIDED:
        told = elsewhere.filter(errand="refusal", unique_key__startswith=f"refusal:{demand.id}:")
        if await told.filter(done_at__gte=demand.closed_at).exists():
            await clocks.resume(desk, demand, endings.DECIDED, now)


async def _give_receipts_back(desk: Desk, into: Ticket, details: dict[str, Any], by: str, now: datetime) -> None:
    for demand_id, (before, since) in details.get("receipts", {}).items():
        demand = await Demand.get_or_none(id=int(demand_id), ticket_id=into.id)
        if demand is not None and demand.received_at == datetime.fromisoformat(since):
            if demand.closed_at is not None and demand_id in details.get("reopened", {}):
                continue  # it ran for the other ticket's sake, and was met
            demand.received_at = datetime.fromisoformat(before)
            await demand.save(update_fields=["received_at"])
            if demand.closed_at is not None:
                continue
            if demand_id in details.get("reopened", {}):
                # It was over before the merge, and ran for the other ticket's sake only.
                outcome, ground = details["reopened"][demand_id]
                over = (Ending(outcome), ground)
                await clocks.end(desk, demand, by=by, ending=Ending.APART, why="", now=now, before=over)
            else:
                await _recount(desk, into, demand, now)
    before, since = details.get("received_at", ["", ""])
    if since and into.received_at == datetime.fromisoformat(since):
        into.received_at = datetime.fromisoformat(before)
        await into.save(update_fields=["received_at"])


async def _recount(desk: Desk, into: Ticket, demand: Demand, now: datetime) -> None:
    """Count from the receipt that was given back; where that cannot be, there is no date again, and staff are told so."""
    if not _counted(desk, demand, extended=False):
        await clocks.forget(demand, demand.received_at, now)
        await tickets.count(desk, into, demand, now)
        return
    await corrections.recount(desk, demand, now)
