"""Clocks: the statutory terms of a ticket's demands; opened at receipt, stopped only by their own act."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any, cast

from tortoise.queryset import QuerySet

from desk import history
from desk.context import Desk
from desk.errors import Refused
from desk.law import ClockDates, Counted, LawError, Rule, count, next_overdue, plan, plan_stamp
from desk.law.rules import OF_STEPS, STEPS, Unit
from desk.ticket import obligatory
from desk.ticket.obligatory import STEP
from models import Action, Clock, Demand, Ending, Reminder, Step, Ticket, TicketStatus
from models.store.query import column


def rule_of(desk: Desk, demand: Demand) -> Rule:
    """The very rule a demand was opened under, even when a later version is in force."""
    return desk.regime.rule_version(demand.rule_id, demand.rule_version)


def fine_of(desk: Desk, clock: Clock, rule: Rule) -> str:
    """What missing a term may cost this operator, in the staff's language; a term of the operator's own costs no fine."""
    return rule.fine(desk.operator.kind, desk.staff_language) if clock.statutory else ""


def rule_for(desk: Desk, kind: str, received_at: datetime) -> Rule:
    """The rule in force on the operator's date of receipt; for a letter older than every version, the first one.

    Raises UnknownKind.
    """
    first = min((rule.valid_from for rule in desk.regime.rules if rule.kind == kind), default=date.min)
    return desk.regime.rule(kind, max(first, received_at.astimezone(desk.operator.zone).date()))


def counted(desk: Desk, demand: Demand, *, extended: bool = False) -> tuple[ClockDates, ...]:
    """Count all the clocks of a demand as its rule says.

    Raises LawError when one cannot be counted (no verified calendar for that year, no date of the document).
    """
    return known(desk, demand, extended=extended).all()


def known(desk: Desk, demand: Demand, *, extended: bool = False) -> Counted:
    """Count the clocks of a demand whose dates can be told. Raises LawError when none of them can be counted at all."""
    return count(
        rule_of(desk, demand),
        demand.received_at,
        desk.counting,
        extended=extended,
        document_due=demand.document_due,
        unlawful=demand.unlawful,
        trigger_at=demand.trigger_at,
        known_at=known_at(demand),
    )


def known_at(demand: Demand) -> datetime | None:
    """When the proof came or the fault was detected, where terms count from that: one later than the receipt needs a reason."""
    at = demand.known_at
    return at if at is not None and (demand.known_why or at <= demand.received_at) else None


async def open_for(desk: Desk, demand: Demand, now: datetime) -> Mapping[str, LawError]:
    """Open the clocks of a demand that it has not yet; why the others have no date, by their keys.

    One whose step was ticked before it could be counted stands from the tick on.
    """
    ticked = {step.key: step for step in await Step.standing(demand_id=demand.id)}
    acts = {step.clock: ticked[step.key] for step in rule_of(desk, demand).steps if step.clock and step.key in ticked}
    held = set(await column(Clock.filter(demand_id=demand.id), "key"))
    opened, untold = rows(desk, demand, now, acts)
    opened = [clock for clock in opened if clock.key not in held]
    untold = {key: error for key, error in untold.items() if key not in held}
    for clock in opened:
        await clock.save()
    if demand.uncounted != bool(untold):
        demand.uncounted = bool(untold)
        await demand.save(update_fields=["uncounted"])
    if acts or (opened and held):
        await settle(desk, demand.id, now)
    return untold


def rows(
    desk: Desk, demand: Demand, now: datetime, acts: Mapping[str, Step] = MappingProxyType({})
) -> tuple[list[Clock], Mapping[str, LawError]]:
    """The clocks of a demand, not written yet, and why the others have no date; `acts` stopped some, by key, before."""
    try:
        found = known(desk, demand)
    except LawError as error:  # of the demand as a whole
        return [], {spec.key: error for spec in rule_of(desk, demand).clocks}
    opened = [
        Clock(
            demand_id=demand.id,
            ticket_id=demand.ticket_id,
            key=dates.key,
            unit=dates.unit,
            statutory=dates.statutory,
            opened_at=now,
            **_moments(desk, dates, now, now) | _stopped(acts.get(dates.key)),
        )
        for dates in found.dates
    ]
    return opened, found.untold


def untold(desk: Desk, demand: Demand, held: Iterable[str], now: datetime) -> dict[str, LawError]:
    """Why the clocks that an open demand still lacks have no date, by their keys; `held` are the keys of those it has."""
    if not demand.uncounted or demand.closed_at is not None:
        return {}
    have = set(held)
    return {key: error for key, error in rows(desk, demand, now)[1].items() if key not in have}


def _stopped(act: Step | None) -> dict[str, Any]:
    """The columns of a clock whose act was done already."""
    if act is None:
        return {}
    ending, why = (Ending.ASIDE, act.evidence) if act.aside else (Ending.DONE, STEP)
    return {"stopped_at": act.done_at, "stopped_by": act.done_by, "ending": ending, "stopped_why": why, "next_at": None}


def _moments(desk: Desk, dates: ClockDates, opened_at: datetime, now: datetime) -> dict[str, Any]:
    """The counted dates as columns: instants in UTC."""
    return {
        "article": dates.article,
        "start_at": dates.start_at.astimezone(UTC),
        "due": dates.due,
        "due_at": dates.due_at.astimezone(UTC),
        "roll193": dates.roll193,
        "safe": dates.safe,
        "safe_at": dates.safe_at.astimezone(UTC),
        "target": dates.target,
        "next_at": next_moment(desk, dates, opened_at, now),
        "owed_from": None,
        "planned_by": plan_stamp(desk.counting),
    }


async def move(desk: Desk, clock: Clock, dates: ClockDates, now: datetime) -> None:
    """Give a running clock other dates; what was said about the old ones may be said again about the new."""
    if dates.due_at != clock.due_at:
        await Reminder.filter(clock_id=clock.id).delete()
    await Clock.filter(id=clock.id).update(**_moments(desk, dates, clock.opened_at, now))


def recounted(desk: Desk, demand: Demand, clock: Clock) -> ClockDates:
    """The dates of a clock by the receipt that its demand has now.

    An extension stays where its notice went out in time for that receipt too (152-FZ Art. 20(1)). Raises LawError.
    """
    if clock.key == STEPS:
        return _of_steps(counted(desk, demand, extended=bool(clock.times_extended)))
    plain = known(desk, demand).of(clock.key)
    if plain is None:  # the policy does not promise it any more: to whom it was promised it stands
        return dates_of(desk, clock, demand.kind)
    if not clock.times_extended or (clock.extended_at is not None and clock.extended_at >= plain.due_at):
        return plain
    return known(desk, demand, extended=True).of(clock.key) or plain


def extended(desk: Desk, demand: Demand, clock: Clock) -> ClockDates:
    """The dates of a clock once it is extended. Raises LawError."""
    return known(desk, demand, extended=True).of(clock.key) or dates_of(desk, clock, demand.kind)


async def recount(desk: Desk, demand: Demand, clock: Clock, now: datetime) -> None:
    """Give a clock the dates of the receipt that its demand has now (see `recounted`). Raises LawError."""
    dates = recounted(desk, demand, clock)
    await move(desk, clock, dates, now)
    if clock.times_extended and not dates.extended:
        await Clock.filter(id=clock.id).update(times_extended=0, extended_at=None)


def dates_of(desk: Desk, clock: Clock, kind: str) -> ClockDates:
    """A stored clock as desk.law speaks of it."""
    zone = desk.operator.zone
    return ClockDates(
        key=clock.key,
        kind=kind,
        start_at=clock.start_at.astimezone(zone),
        due=clock.due,
        due_at=clock.due_at.astimezone(zone),
        roll193=clock.roll193,
        safe=clock.safe,
        safe_at=clock.safe_at.astimezone(zone),
        target=clock.target,
        article=clock.article,
        statutory=clock.statutory,
        unit=cast("Unit", clock.unit),
        immediate=clock.unit == "immediately",
        why=(),
    )


def next_moment(desk: Desk, dates: ClockDates, opened_at: datetime, after: datetime) -> datetime:
    """The next moment (UTC) after `after` at which this clock wants a word: a planned reminder, then the overdue ones."""
    coming = [reminder.at for reminder in plan(dates, desk.counting, opened_at) if reminder.at > after]
    moment = min(coming) if coming else next_overdue(dates, desk.counting, after, opened_at=opened_at).at
    return moment.astimezone(UTC)


def uncounted() -> QuerySet[Demand]:
    """The demands of open tickets of which a date could not be counted yet, so that a clock is missing."""
    return Demand.filter(uncounted=True, closed_at__isnull=True, ticket__status=TicketStatus.OPEN).order_by("id")


async def running(ticket: Ticket) -> list[Clock]:
    """The clocks that still run, the earliest safe date first."""
    return await Clock.filter(ticket_id=ticket.id, stopped_at__isnull=True).order_by("safe_at", "due_at", "id")


async def next_safe(ticket: Ticket, now: datetime) -> datetime | None:
    """The first safe moment (UTC) that is still ahead; a term "immediately" has none, it runs out as it starts."""
    ahead = [clock.safe_at for clock in await running(ticket) if clock.unit != "immediately" and clock.safe_at > now]
    return min(ahead, default=None)


async def lead(ticket: Ticket) -> None:
    """Let the earliest of the running clocks lead the ticket; a later one never hides an earlier one."""
    ticket.due_at, ticket.safe_at = leading(await running(ticket))
    await ticket.save(update_fields=["due_at", "safe_at"])


def leading(clocks: Iterable[Clock]) -> tuple[datetime | None, datetime | None]:
    """When the first of these clocks is due and safe, of those that run; None where none does."""
    run = [clock for clock in clocks if clock.stopped_at is None]
    return min((clock.due_at for clock in run), default=None), min((clock.safe_at for clock in run), default=None)


async def stop(desk: Desk, clock_id: int, by: str, now: datetime, why: str = "", ending: Ending = Ending.DONE) -> Clock:
    """Record that what a clock demands was done, or how its term ended otherwise. Raises Refused when it was recorded before.

    That alone meets no demand: its steps do (see `settle`). `by` is who did it, as it stands in history.
    """
    clock = await Clock.get_or_none(id=clock_id).select_related("ticket", "demand")
    if clock is None:
        raise Refused("This term does not exist.")
    stopped = await Clock.filter(id=clock_id, stopped_at__isnull=True).update(
        stopped_at=now, stopped_by=by, ending=ending, stopped_why=why, next_at=None
    )
    if not stopped:
        raise Refused("This was already recorded as done.")
    clock.stopped_at, clock.stopped_by, clock.next_at = now, by, None
    await history.add(clock.ticket_id, by, Action.CLOCK_STOPPED, {"kind": clock.demand.kind, "key": clock.key}, now)
    await settle(desk, clock.demand_id, now)
    await lead(clock.ticket)
    return clock


async def end(
    desk: Desk, demand: Demand, *, by: str, ending: Ending, why: str, now: datetime, before: tuple[Ending, str] | None = None
) -> list[Clock]:
    """Stop what still runs of a demand and close it, when it ends otherwise than by what it demands; the clocks stopped.

    `before` is how the demand itself had ended, and on which ground, where that is what it goes back to.
    """
    outcome, ground = before or (ending, why)
    ended = await Clock.filter(demand_id=demand.id, stopped_at__isnull=True).select_for_update().order_by("due_at", "id")
    running = Clock.filter(id__in=[one.id for one in ended])
    await running.update(stopped_at=now, stopped_by=by, ending=ending, stopped_why=why, next_at=None)
    for one in ended:
        await history.add(demand.ticket_id, by, Action.CLOCK_STOPPED, {"kind": demand.kind, "key": one.key, "how": outcome}, now)
    demand.closed_at, demand.outcome, demand.ground = now, outcome, ground
    await demand.save(update_fields=["closed_at", "outcome", "ground"])
    return ended


async def resume(desk: Desk, demand: Demand, endings: Collection[Ending], now: datetime) -> list[Clock]:
    """Undo `end`: the demand is open, and the clocks that ended in one of these ways run with the dates they had.

    Where an earlier receipt has come to light meanwhile, they run with its dates.
    """
    stopped = await Clock.filter(demand_id=demand.id, stopped_at__isnull=False, ending__in=list(endings)).order_by("id")
    for one in stopped:
        await undo_stop(desk, one, demand, now)
    demand.closed_at, demand.outcome, demand.ground = None, "", ""
    await demand.save(update_fields=["closed_at", "outcome", "ground"])
    await settle(desk, demand.id, now)
    return stopped


async def _run(desk: Desk, clock: Clock, demand: Demand, now: datetime) -> None:
    """Let a stopped clock run again with the dates it has; what would have been said while it stood is not said any more."""
    dates = dates_of(desk, clock, demand.kind)
    clock.stopped_at, clock.stopped_by, clock.ending, clock.stopped_why = None, "", "", ""
    # Where it became late while it stood, the next sweep says so, not the next working morning.
    late = dates.due_at <= now and not dates.immediate
    clock.next_at = dates.due_at.astimezone(UTC) if late else next_moment(desk, dates, clock.opened_at, now)
    clock.owed_from, clock.planned_by = None, plan_stamp(desk.counting)
    await clock.save(update_fields=["stopped_at", "stopped_by", "ending", "stopped_why", "next_at", "owed_from", "planned_by"])


async def undo_stop(desk: Desk, clock: Clock, demand: Demand, now: datetime) -> None:
    """Undo `stop`: the clock runs by the dates of its rule, extended if it was, and its demand is the caller's to open."""
    try:
        dates = recounted(desk, demand, clock)
    except LawError:  # it was counted before, so the dates it has are as good as ever
        dates = dates_of(desk, clock, demand.kind)
    # An earlier paper letter may have come in the meantime, or another document; a date of a merged ticket moves no later.
    if dates.due_at < clock.due_at or (clock.unit == "document" and dates.due != clock.due):
        await recount(desk, demand, clock, now)
        await clock.refresh_from_db()
    await _run(desk, clock, demand, now)


async def settle(desk: Desk, demand_id: int, now: datetime) -> None:
    """Bring an open demand in line with its steps: it is met once every obligatory one is proved or set aside.

    While only steps without a term of their own are left they have one clock together, with the dates of the demand's last
    term; it is reminded of like any other. What is not counted yet has none.
    """
    demand = await Demand.get(id=demand_id).prefetch_related("clocks", "steps")
    if demand.closed_at is not None:
        return
    own = [one for one in demand.clocks if one.key != STEPS]
    rest = next((one for one in demand.clocks if one.key == STEPS), None)
    left = obligatory.left(desk, rule_of(desk, demand), own, demand.steps)
    alone = bool(own) and not demand.uncounted and all(one.stopped_at is not None for one in own)
    if not left and (alone or not own):
        await Clock.filter(demand_id=demand_id, key=STEPS, stopped_at__isnull=True).update(
            stopped_at=now, stopped_by=history.DESK, ending=Ending.DONE, stopped_why=STEP, next_at=None
        )
        await Demand.filter(id=demand_id).update(closed_at=now, outcome=Ending.DONE)
    elif not alone and rest is not None:
        await Reminder.filter(clock_id=rest.id).delete()
        await rest.delete()
    elif alone and rest is None:
        await _rest(desk, demand, own, now).save()
    elif alone and rest is not None and rest.stopped_at is not None:
        await _run(desk, rest, demand, now)


def _rest(desk: Desk, demand: Demand, own: Iterable[Clock], now: datetime) -> Clock:
    """The clock of the steps without a term of their own, not written yet."""
    last = max(own, key=lambda one: (one.due_at, one.id))
    moments = _moments(desk, _of_steps([dates_of(desk, last, demand.kind)]), now, now)
    return Clock(
        demand_id=demand.id,
        ticket_id=demand.ticket_id,
        key=STEPS,
        unit=last.unit,
        statutory=False,
        opened_at=now,
        times_extended=last.times_extended,
        extended_at=last.extended_at,
        **moments,
    )


def _of_steps(dates: Sequence[ClockDates]) -> ClockDates:
    """The dates of the steps without a term: those of the last of these terms, as a target of the desk's own."""
    last = max(dates, key=lambda one: one.due_at)
    return replace(last, key=STEPS, article=OF_STEPS.article, statutory=False)


async def drop_ticks(desk: Desk, demand: Demand, by: str, now: datetime) -> None:
    """Take the ticks of the steps whose clocks run: what stopped them does not count any more."""
    running = set(await column(Clock.filter(demand_id=demand.id, stopped_at__isnull=True), "key"))
    keys = [step.key for step in rule_of(desk, demand).steps if step.clock in running]
    await untick(Step.standing(demand_id=demand.id, key__in=keys), by, now)


async def untick(ticks: QuerySet[Step], by: str, now: datetime) -> list[Step]:
    """Take back what stands of these rows; returns them. Each stays, with the moment and by whom, and stands no more."""
    rows = await ticks.filter(void=0)
    for row in rows:
        row.taken_back_at, row.taken_back_by, row.void = now, by, row.id
        await row.save(update_fields=["taken_back_at", "taken_back_by", "void"])
    return rows


async def undated(desk: Desk, demand: Demand) -> None:
    """Take away the running clocks that count from a document whose date is not known any more; staff are reminded of it."""
    keys = [spec.key for spec in rule_of(desk, demand).clocks if spec.unit == "document"]
    gone = await Clock.filter(demand_id=demand.id, key__in=[*keys, STEPS], stopped_at__isnull=True)
    await Reminder.filter(clock_id__in=[clock.id for clock in gone]).delete()
    await Clock.filter(id__in=[clock.id for clock in gone]).delete()
    demand.uncounted = True
    await demand.save(update_fields=["uncounted"])


async def forget(demand: Demand, received_at: datetime, now: datetime) -> None:
    """Open a demand again from a later receipt, without its clocks and ticks: the caller has them counted anew."""
    demand.received_at, demand.closed_at, demand.outcome, demand.ground = received_at, None, "", ""
    # Another document names its own date.
    demand.document_due, demand.known_at, demand.known_why = None, None, ""
    fields = ["received_at", "closed_at", "outcome", "ground", "document_due", "known_at", "known_why"]
    await demand.save(update_fields=fields)
    old = await Clock.filter(demand_id=demand.id)
    await Reminder.filter(clock_id__in=[clock.id for clock in old]).delete()
    await Clock.filter(demand_id=demand.id).delete()
    await untick(Step.standing(demand_id=demand.id), history.DESK, now)
