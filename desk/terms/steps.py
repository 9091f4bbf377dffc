"""Steps: the checklist of what the law wants done for a demand; staff tick them, and take a mistaken tick back.

A step whose rule says `clock` is the act that stops that clock: ticked, the clock stops; taken back, it runs again.
"""

from dataclasses import dataclass
from datetime import datetime

from tortoise.exceptions import IntegrityError

from desk import history
from desk.context import Desk
from desk.errors import Refused
from desk.law import rules
from desk.outward import progress
from desk.ticket import clocks, endings, tickets, topic
from desk.ticket.staffing import actor
from models import Action, Clock, Demand, Ending, Staff, Step, Ticket, TicketStatus
from models.store.connect import transaction

ALREADY = "This was already recorded as done."


@dataclass(frozen=True)
class StepView:
    """A step as people see it, in the staff's language; `done_at` (UTC) is None while it is open.

    `elsewise` tells that its term ended otherwise (a refusal, a correction), so that nothing is left to tick.
    `over` tells that its whole demand did, `timed` that its rule has a clock for it.
    """

    demand: int
    kind: str
    key: str
    name: str
    text: str
    clock: int | None
    done_at: datetime | None = None
    done_by: str = ""
    evidence: str = ""
    elsewise: bool = False
    over: bool = False
    timed: bool = False


async def of_ticket(desk: Desk, ticket: Ticket) -> list[StepView]:
    """The steps of a ticket's demands, each demand's in the order of its rule; none of demands that were misread."""
    demands = Demand.filter(ticket_id=ticket.id).exclude(outcome=Ending.CORRECTED).order_by("id")
    return [view for demand in await demands.prefetch_related("clocks", "steps") for view in views_of(desk, demand)]


def views_of(desk: Desk, demand: Demand) -> list[StepView]:
    """The steps of one demand, whose clocks and steps were fetched."""
    ticked = {step.key: step for step in demand.steps}
    held = {clock.key: clock for clock in demand.clocks}
    over = demand.closed_at is not None and demand.outcome not in endings.ALIVE
    language = desk.staff_language
    found = []
    for step in clocks.rule_of(desk, demand).steps:
        clock, tick = held.get(step.clock or ""), ticked.get(step.key)
        stopped = clock is not None and clock.stopped_at is not None
        # Before steps had rows, the card stopped clocks alone.
        by_card = stopped and clock is not None and clocks.by_its_step(clock)
        found.append(
            StepView(
                demand=demand.id,
                kind=demand.kind,
                key=step.key,
                name=step.name.said(language),
                text=step.text.said(language),
                clock=clock.id if clock is not None else None,
                done_at=tick.done_at if tick else clock.stopped_at if clock is not None and by_card else None,
                done_by=tick.done_by if tick else clock.stopped_by if clock is not None and by_card else "",
                evidence=tick.evidence if tick else "",
                elsewise=stopped and tick is None and not by_card,
                over=over,
                timed=step.clock is not None,
            )
        )
    return found


async def done(desk: Desk, demand_id: int, key: str, staff: Staff, now: datetime, evidence: str = "") -> Step:
    """Tick a step; its clock, if it is the act that stops one, stops. The requester hears of it where the settings say so.

    `evidence` is what proves it, in the staff's words. Raises Refused when it was ticked before, its term ended otherwise,
    its demand was taken away or the ticket is closed.
    """
    demand, ticket, step = await _locked(desk, demand_id, key)
    clock = await Clock.get_or_none(demand_id=demand.id, key=step.clock) if step.clock else None
    if await Step.exists(demand_id=demand.id, key=key):
        raise Refused(ALREADY)
    if demand.closed_at is not None and demand.outcome not in endings.ALIVE:
        raise Refused("This demand has ended otherwise, so nothing of it is left to be done.")
    running = clock is not None and clock.stopped_at is None
    if clock is not None and not running:
        raise Refused(ALREADY if clocks.by_its_step(clock) else "The term of this step has ended otherwise.")
    try:
        # A transaction of its own inside the caller's, which a refusal of the database would undo whole.
        async with transaction():
            row = await Step.create(
                demand=demand, ticket_id=ticket.id, key=key, done_at=now, done_by=actor(staff), evidence=evidence.strip()
            )
    except IntegrityError:
        raise Refused(ALREADY) from None
    await history.add(ticket.id, actor(staff), Action.STEP_DONE, {"kind": demand.kind, "key": key}, now)
    if clock is not None and running:
        await clocks.stop(desk, clock.id, staff, now, why=clocks.STEP)
    elif clock is None and step.clock is not None and await _all_acts(desk, demand):
        # Its dates could not be counted; now nobody needs them.
        await Demand.filter(id=demand.id).update(closed_at=now, outcome=Ending.DONE)
    await progress.add(desk, ticket, demand, step, now)
    await topic.refresh_card(ticket, now)
    return row


async def done_by_clock(desk: Desk, clock_id: int, staff: Staff, now: datetime) -> Step:
    """Tick the step that stops a clock. Raises Refused as `done` does."""
    clock = await Clock.get_or_none(id=clock_id).select_related("demand")
    if clock is None:
        raise Refused("This term does not exist.")
    act = next((step for step in clocks.rule_of(desk, clock.demand).steps if step.clock == clock.key), None)
    if act is None:  # the rules are checked for it
        raise Refused("This step does not exist.")
    return await done(desk, clock.demand_id, act.key, staff, now)


async def undone(desk: Desk, demand_id: int, key: str, staff: Staff, now: datetime) -> Clock | None:
    """Take a tick back. The clock it stopped runs again by the dates of its rule, and is returned; its demand is open again.

    Raises Refused when the step is not ticked, its demand has ended otherwise since, or the ticket is closed.
    """
    demand, ticket, step = await _locked(desk, demand_id, key)
    if demand.closed_at is not None and demand.outcome not in ({"", Ending.DONE} if step.clock else endings.ALIVE):
        raise Refused("This demand has ended otherwise; that would have to be taken back first.")
    removed = await clocks.untick(Step.filter(demand_id=demand.id, key=key))
    clock = await Clock.get_or_none(demand_id=demand.id, key=step.clock) if step.clock else None
    if clock is not None and (clock.stopped_at is None or not clocks.by_its_step(clock)):
        clock = None
    if not removed and clock is None:
        raise Refused("This step is not ticked.")
    await history.add(ticket.id, actor(staff), Action.STEP_TAKEN_BACK, {"kind": demand.kind, "key": key}, now)
    if step.clock is not None and demand.outcome == Ending.DONE and (clock is not None or not await _has_clocks(demand)):
        await Demand.filter(id=demand.id).update(closed_at=None, outcome="")
    if clock is not None:
        await clocks.undo_stop(desk, clock, demand, now)
        await history.add(ticket.id, actor(staff), Action.CLOCK_RUNS_AGAIN, {"kind": demand.kind, "key": clock.key}, now)
        await clocks.lead(ticket)
    await progress.remove(ticket, demand, step, now)
    await topic.refresh_card(ticket, now)
    return clock


async def _locked(desk: Desk, demand_id: int, key: str) -> tuple[Demand, Ticket, rules.Step]:
    """A demand, its ticket and a step of its rule, with the ticket held until the transaction ends: one tap after another."""
    demand = await Demand.get_or_none(id=demand_id)
    while demand is not None:
        ticket = await Ticket.filter(id=demand.ticket_id).select_for_update(no_key=True).get()
        demand = await Demand.get(id=demand_id)
        if demand.ticket_id == ticket.id:
            break  # else it was merged into another ticket while we waited
    else:
        raise Refused("This step does not exist.")
    tickets.unmerged(ticket)
    step = clocks.rule_of(desk, demand).step(key)
    if step is None or demand.outcome == Ending.CORRECTED:
        raise Refused("This step does not exist.")
    if ticket.status == TicketStatus.CLOSED:
        raise Refused("This ticket is closed: open it again first.")
    return demand, ticket, step


async def _all_acts(desk: Desk, demand: Demand) -> bool:
    """Whether every act that would stop a clock was done, of a demand whose clocks could not be counted."""
    if await _has_clocks(demand):
        return False
    ticked = {step.key for step in await Step.filter(demand_id=demand.id)}
    return all(step.key in ticked for step in clocks.rule_of(desk, demand).steps if step.clock)


async def _has_clocks(demand: Demand) -> bool:
    return await Clock.filter(demand_id=demand.id).exists()
