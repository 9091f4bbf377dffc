"""Reminders: one sweep reads the clocks that are due, and says each level once, to assignee, managers or everybody.

Nothing about a ticket lives in a scheduler's memory. What fell due while the desk was down is said once, as missed, and
not at night: a day clock waits for the next working moment, as all its reminders do.
"""

from datetime import UTC, datetime, timedelta

import structlog

from desk import contents, history, outbox
from desk.context import Desk
from desk.disclosure import mandates
from desk.law import ClockDates, Rule, next_overdue, owed, plan, plan_stamp, speaking_moment
from desk.law import Reminder as Planned
from desk.outward import alerts, replies
from desk.reminders import looks
from desk.ticket import clocks, staffing, tickets, topic
from models import Action, Clock, Demand, Outbox, Reminder, Ticket, TicketStatus
from models.store.connect import transaction
from models.store.query import column

log = structlog.get_logger(__name__)

BATCH = 200
# Who is called at which level: the assignee first, then the managers, then everybody. A repeated alarm is for everybody
# from the third one on, 16 hours after the opening.
FOR_MANAGERS = frozenset({"wd1", "safe_morning", "safe_2h", "due", "overdue", "repeat"})
FOR_EVERYBODY = frozenset({"due", "overdue"})
LAST_REPEAT_FOR_MANAGERS = 2
# What is as true an hour later; and from the mildest to the most urgent, so that a ticket's reminder is headed by the latter.
STILL_TRUE = frozenset({"overdue", "repeat"})
ORDER = ("opened", "half", "wd", "repeat", "safe_morning", "safe_2h", "due", "overdue")
# What is true at its moment only; and how many tickets a notice names.
TRUE_ONCE = frozenset({"due", "overdue", "repeat"})
LISTED = 30
ONE_DAY = timedelta(days=1)
# What is said later than this after its moment was missed.
LATE = timedelta(hours=1)


async def sweep(desk: Desk, now: datetime) -> int:
    """Say everything that is due at `now`; how many reminders were written. One transaction a ticket.

    A ticket that fails silences no other: its error is raised when all others were served.
    """
    await _unsay_what_came_too_early(desk, now)
    said = 0
    failed: dict[int, Exception] = {}
    while True:
        clocks_due = Clock.filter(next_at__lte=now)
        if failed:
            clocks_due = clocks_due.exclude(ticket_id__in=list(failed))
        due = await column(clocks_due.order_by("next_at").limit(BATCH), "ticket_id")
        for ticket_id in dict.fromkeys(due):
            try:
                said += await _remind(desk, ticket_id, now)
            except Exception as error:  # whatever it is, the others are due too
                log.exception("a ticket could not be reminded of", ticket=ticket_id)
                failed[ticket_id] = error
        desk.wake.deliveries()
        if not due:
            break
    await looks.refresh_passed(now)
    await alerts.unheard(desk, now)
    await mandates.remind(desk, now)
    for fault in failed.values():
        raise fault
    return said


async def recount(desk: Desk, now: datetime) -> int:
    """Count the clocks that could not be counted before, as when a calendar was missing; how many demands it helped.

    What still cannot be counted is said again, once a day: nothing is left without a date in silence.
    """
    helped = 0
    for demand_id in await column(clocks.uncounted(), "id"):
        async with transaction():
            # Of several processes that look at the same time, the later ones find it counted.
            demand = await Demand.filter(id=demand_id).select_for_update(of=("demand",)).select_related("ticket").first()
            if demand is None or demand.closed_at is not None or not demand.uncounted:
                continue
            helped += await tickets.count(desk, demand.ticket, demand, now)
            await clocks.lead(demand.ticket)
    desk.wake.deliveries()
    return helped


async def replan(desk: Desk, now: datetime) -> int:
    """Plan the running clocks anew that were planned by other settings, another calendar or an older version; how many moved.

    Nothing is lost or said again: what the old plan still had to say is said, and a level that was newly chosen but whose
    day is over is not made up.
    """
    moved, stamp = 0, plan_stamp(desk.counting)
    # Two ranges rather than "not this one", which would be looked for among all clocks.
    for other in (Clock.filter(planned_by__lt=stamp), Clock.filter(planned_by__gt=stamp)):
        while found := await other.order_by("planned_by").limit(BATCH).select_related("demand"):
            planned = 0
            async with transaction():
                for clock in found:
                    moment = await _moment_anew(desk, clock, now) if clock.next_at else None
                    # Only as it was read: what was reminded of or stopped meanwhile has been planned by whoever did so.
                    mine = Clock.filter(id=clock.id, planned_by=clock.planned_by)
                    mine = mine.filter(next_at=clock.next_at) if clock.next_at else mine.filter(next_at__isnull=True)
                    changed = await mine.update(next_at=moment, owed_from=None, planned_by=stamp)
                    planned += changed
                    moved += changed and moment != clock.next_at
            if not planned:  # another process plans the same clocks
                break
    return moved


async def _moment_anew(desk: Desk, clock: Clock, now: datetime) -> datetime:
    """The next moment (UTC) of a clock by the plan of today."""
    dates = clocks.dates_of(desk, clock, clock.demand.kind)
    since = _since(desk, clock, dates, await _said(clock), now)
    return since if since <= now else clocks.next_moment(desk, dates, clock.opened_at, now)


async def _said(clock: Clock) -> set[str]:
    return set(await column(Reminder.filter(clock_id=clock.id), "level"))


def _since(desk: Desk, clock: Clock, dates: ClockDates, said: set[str], now: datetime) -> datetime:
    """The moment (UTC) before which everything planned for a clock is settled."""
    since = clock.owed_from or clock.next_at or now
    if clock.planned_by != plan_stamp(desk.counting) and (unsaid := owed(dates, desk.counting, clock.opened_at, said, now)):
        since = min(since, unsaid[0].at.astimezone(UTC))
    return since


async def _unsay_what_came_too_early(desk: Desk, now: datetime) -> None:
    """After the machine's clock stood ahead and was set back: tell it, and let no end of a term pass in silence for it.

    A warning that came early has warned and is not repeated. But that a term ends, is over or still waits was not true when
    it was said: such a level is forgotten when its moment is more than a day ahead, and said again when it is.
    """
    last = await Reminder.all().order_by("-id").first()
    if last is None or last.said_at <= now + LATE:
        return
    key = f"clock went back:{last.id}"
    if await Outbox.exists(unique_key=key):
        return
    early = await Reminder.filter(said_at__gt=now + LATE).select_related("clock__demand")
    async with transaction():
        numbers = sorted({one.clock.ticket_id for one in early})
        words = "⏪ The machine’s clock stood at %(until)s and was set back. Reminders said by it came too early: %(tickets)s."
        shown = ", ".join(f"№ {number}" for number in numbers[:LISTED]) + (" …" if len(numbers) > LISTED else "")
        params = {"until": f"{last.said_at.astimezone(desk.operator.zone):%d.%m.%Y %H:%M}", "tickets": shown}
        told = await _aloud(words, params, now, key=key, priority=outbox.SOON)
        if told is None:  # another process was faster
            return
        untrue = [one.id for one in early if one.at > now + ONE_DAY and one.level.partition("_")[0] in TRUE_ONCE]
        await Reminder.filter(id__in=untrue).delete()
        # By the right clock the others were said at this moment at the latest.
        await Reminder.filter(id__in=[one.id for one in early]).update(said_at=now)
        for clock in {one.clock_id: one.clock for one in early}.values():
            dates = clocks.dates_of(desk, clock, clock.demand.kind)
            coming = clocks.next_moment(desk, dates, clock.opened_at, now)
            await Clock.filter(id=clock.id, stopped_at__isnull=True).update(next_at=coming, owed_from=None)


async def _remind(desk: Desk, ticket_id: int, now: datetime) -> int:
    """Write one reminder for all the clocks of a ticket that are due, and move each to its next moment."""
    async with transaction():
        due = await Clock.filter(ticket_id=ticket_id, next_at__lte=now).select_for_update(of=("clock",)).order_by("id")
        if not due:
            return 0
        ticket = await Ticket.get(id=ticket_id).select_related("assignee")
        demands = {demand.id: demand for demand in await Demand.filter(ticket_id=ticket_id)}
        lines, levels, missed = [], list[Reminder](), list[Planned]()
        for clock in due:
            demand = demands[clock.demand_id]
            dates = clocks.dates_of(desk, clock, demand.kind)
            fallen = await _unsaid(desk, clock, dates, now) if ticket.status == TicketStatus.OPEN else []
            if fallen and now - fallen[-1].at > LATE and (later := speaking_moment(dates, desk.counting, now)) > now:
                await Clock.filter(id=clock.id).update(next_at=later, owed_from=clock.owed_from or clock.next_at)
                continue
            coming = clocks.next_moment(desk, dates, clock.opened_at, now)
            await Clock.filter(id=clock.id).update(next_at=coming, owed_from=None, planned_by=plan_stamp(desk.counting))
            if not fallen:
                continue
            for reminder in fallen:
                late = reminder is not fallen[-1] or now - reminder.at > LATE
                row = await Reminder.create(clock=clock, level=reminder.level, at=reminder.at, said_at=now, missed=late)
            levels.append(row)
            missed += fallen[:-1]
            lines.append(_line(desk, clock, clocks.rule_of(desk, demand), demand.kind, fallen[-1].level, now))
        if not lines:
            return 0
        await _say(desk, ticket, lines, levels, missed, now)
        return len(lines)


async def _unsaid(desk: Desk, clock: Clock, dates: ClockDates, now: datetime) -> list[Planned]:
    """The reminders of a clock that have fallen due since it was looked at last and were not said, oldest first."""
    said = await _said(clock)
    since = _since(desk, clock, dates, said, now)
    fallen = [r for r in plan(dates, desk.counting, clock.opened_at) if clock.opened_at < r.at and since <= r.at <= now]
    last = max(dates.due_at, clock.opened_at, since - timedelta(microseconds=1), *(r.at for r in fallen))
    while (coming := next_overdue(dates, desk.counting, last, opened_at=clock.opened_at)).at <= now:
        fallen.append(coming)
        last = coming.at
    return [reminder for reminder in fallen if reminder.level not in said]


def _line(desk: Desk, clock: Clock, rule: Rule, kind: str, level: str, now: datetime) -> contents.ReminderLine:
    return contents.ReminderLine(
        clock=clock.id,
        kind=kind,
        key=clock.key,
        name=rule.name.said(desk.staff_language),
        label=rule.clock(clock.key).name.said(desk.staff_language),
        article=rule.clock(clock.key).cite.said(desk.staff_language),
        level=level,
        due=clock.due,
        due_at=clock.due_at,
        safe=clock.safe,
        safe_at=clock.safe_at,
        target=clock.target,
        immediate=clock.unit == "immediately",
        overdue=clock.due_at <= now,
        fine=clocks.fine_of(desk, clock, rule),
    )


async def _say(
    desk: Desk,
    ticket: Ticket,
    lines: list[contents.ReminderLine],
    levels: list[Reminder],
    missed: list[Planned],
    now: datetime,
) -> None:
    missed, first = sorted(missed), max(levels, key=_urgency)
    lines.sort(key=lambda one: (not one.immediate, one.safe_at, one.clock))
    overdue = any(line.overdue and not line.immediate for line in lines)
    whom = set()
    if ticket.assignee is not None and ticket.assignee.present is not False:
        whom.add(ticket.assignee.telegram_id)
    if not whom or any(_is_for(FOR_MANAGERS, reminder.level) for reminder in levels):
        whom |= await staffing.called(desk)
    key = f"reminder:{first.id}:{first.level}"
    content = contents.Reminder(
        level=first.level,
        clocks=tuple(lines),
        missed=tuple(dict.fromkeys(reminder.level for reminder in missed)),
        missed_since=missed[0].at if missed else None,
        late=first.at if now - first.at > LATE and first.level.partition("_")[0] not in STILL_TRUE else None,
        whom=tuple(sorted(whom)),
        held=tuple(await replies.held(ticket)),
        overdue=overdue,
    )
    await outbox.put(
        channel="staff",
        conversation=outbox.topic(ticket),
        key=key,
        content=content,
        now=now,
        ticket=ticket,
        priority=outbox.URGENT if overdue else outbox.SOON,
    )
    if any(_is_for(FOR_EVERYBODY, reminder.level) for reminder in levels):
        await _everybody(desk, ticket, lines, key, now)
    await history.add(
        ticket.id,
        history.DESK,
        Action.REMINDER_SAID,
        {
            "levels": sorted({reminder.level for reminder in levels}),
            "missed": list(content.missed),
            "terms": [[line.kind, line.key] for line in lines],
        },
        now,
    )
    await topic.refresh_card(ticket, now)


def _urgency(reminder: Reminder) -> tuple[int, int]:
    level = reminder.level
    if level in ORDER:
        return ORDER.index(level), 0
    name = level.partition("_")[0] if "_" in level else "wd"
    number = int(level.removeprefix(name).strip("_") or 0)
    return ORDER.index(name), -number if name == "wd" else number


def _is_for(whom: frozenset[str], level: str) -> bool:
    name, _sep, number = level.partition("_")
    if name == "repeat" and whom is FOR_EVERYBODY:
        return int(number) > LAST_REPEAT_FOR_MANAGERS
    return level in whom or (number.isdigit() and name in whom)


async def _everybody(desk: Desk, ticket: Ticket, lines: list[contents.ReminderLine], key: str, now: datetime) -> None:
    """Say it aloud outside the topic too: in the group's general room and to the alert address."""
    late = [line for line in lines if line.overdue and not line.immediate]
    at_once = [line for line in lines if line.immediate]
    if late:
        title = "Overdue: № %(number)s"
        words = "🔴 Ticket № %(number)s is past its date: %(what)s. Somebody must act now."
    elif at_once:
        title = "At once: № %(number)s"
        words = "🔴 Ticket № %(number)s: what the law wants at once is still not done: %(what)s. Somebody must act now."
    else:
        title = "Ends now: № %(number)s"
        words = "🟠 The term of ticket № %(number)s ends now: %(what)s. Somebody must act."
    # Two demands may want the same by the same day: it is said once. What is due at once has no date to name.
    named = (line.label if line.immediate else f"{line.label} — {line.due:%d.%m.%Y}" for line in late or at_once or lines)
    fines = [line.fine for line in late or at_once or lines if line.fine]
    what = "; ".join(dict.fromkeys([*named, *fines]))
    params: contents.Params = {"number": ticket.id, "what": what}
    await _aloud(words, params, now, key=f"{key}:general", priority=outbox.URGENT, ticket=ticket)
    await alerts.mail(
        desk,
        key=f"{key}:mail",
        title=title,
        params={"number": ticket.id},
        lines=[contents.Sentence(words=words, params=params)],
        now=now,
        ticket=ticket,
    )


async def _aloud(
    words: str, params: contents.Params, now: datetime, *, key: str, priority: int, ticket: Ticket | None = None
) -> Outbox | None:
    """Say something with sound in the group's general room; None when it was said."""
    return await outbox.put(
        channel="staff",
        conversation=outbox.GENERAL,
        key=key,
        content=contents.Notice(words=words, params=params, loud=True),
        now=now,
        ticket=ticket,
        priority=priority,
    )
