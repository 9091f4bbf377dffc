"""Reminders: one sweep reads the clocks whose next moment has come, says each level once, and sets the next moment.

Nothing about a ticket lives in a scheduler's memory. What fell due while the desk was down is said once, as missed, and
not at night: a day clock waits for the next working moment, as all its reminders do.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from desk import clocks, history, outbox, replies, tickets
from desk.context import Desk
from desk.envelopes import mail_conversation
from desk.i18n import words as words_of
from desk.law import ClockDates, Rule, next_overdue, owed, plan, plan_stamp, speaking_moment
from desk.law import Reminder as Planned
from models import Clock, Demand, Reminder, Ticket, TicketStatus
from models.connect import transaction
from models.query import column

log = structlog.get_logger(__name__)

BATCH = 200
# Who is called at which level: the assignee first, then the managers, then everybody. A repeated alarm is for everybody
# from the third one on, 16 hours after the opening.
FOR_MANAGERS = frozenset({"wd1", "safe_morning", "safe_2h", "due", "overdue", "repeat"})
FOR_EVERYBODY = frozenset({"due", "overdue"})
LAST_REPEAT_FOR_MANAGERS = 2
# What is said later than this after its moment was missed.
LATE = timedelta(hours=1)


async def sweep(desk: Desk, now: datetime) -> int:
    """Say everything that is due at `now`; how many reminders were written. One transaction a ticket.

    A ticket that fails silences no other: its error is raised when all others were served.
    """
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
    for fault in failed.values():
        raise fault
    return said


async def recount(desk: Desk, now: datetime) -> int:
    """Count the clocks that could not be counted before, as when a calendar was missing; how many demands it helped.

    What still cannot be counted is said again, once a day: nothing is left without a date in silence.
    """
    helped = 0
    missing = Demand.filter(clocks__id__isnull=True, closed_at__isnull=True, ticket__status=TicketStatus.OPEN)
    for demand in await missing.select_related("ticket"):
        async with transaction():
            helped += await tickets.count(desk, demand.ticket, demand, now)
            await clocks.lead(demand.ticket)
    desk.wake.deliveries()
    return helped


async def replan(desk: Desk, now: datetime) -> int:
    """Plan the running clocks anew that were planned by other settings, another calendar or an older version; how many moved.

    Nothing is lost or said again: what the old plan still had to say is said, and a level that was newly chosen but whose
    day is over is not made up.
    """
    moved = last = 0
    stamp = plan_stamp(desk.counting)
    while True:
        other = Clock.filter(id__gt=last, next_at__isnull=False).exclude(planned_by=stamp)
        found = await other.order_by("id").limit(BATCH).select_related("demand")
        if not found:
            return moved
        last = found[-1].id
        async with transaction():
            for clock in found:
                moment = await _moment_anew(desk, clock, now)
                moved += moment != clock.next_at
                # Only as it was read: what was reminded of or stopped meanwhile has been planned by whoever did so.
                await Clock.filter(id=clock.id, next_at=clock.next_at).update(next_at=moment, owed_from=None, planned_by=stamp)


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


async def _remind(desk: Desk, ticket_id: int, now: datetime) -> int:
    """Write one reminder for all the clocks of a ticket that are due, and move each to its next moment."""
    async with transaction():
        due = await Clock.filter(ticket_id=ticket_id, next_at__lte=now).select_for_update(of=("clock",)).order_by("id")
        if not due:
            return 0
        ticket = await Ticket.get(id=ticket_id).select_related("assignee")
        demands = {demand.id: demand for demand in await Demand.filter(ticket_id=ticket_id)}
        lines, levels, missed = [], list[Planned](), list[Planned]()
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
                await Reminder.create(clock=clock, level=reminder.level, at=reminder.at, said_at=now, missed=late)
            levels.append(fallen[-1])
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


def _line(desk: Desk, clock: Clock, rule: Rule, kind: str, level: str, now: datetime) -> dict[str, Any]:
    return {
        "clock": clock.id,
        "kind": kind,
        "key": clock.key,
        "name": rule.name.get(desk.staff_language, rule.name["en"]),
        "label": rule.clock(clock.key).name.get(desk.staff_language, clock.key),
        "article": rule.clock(clock.key).cite.get(desk.staff_language, clock.article),
        "level": level,
        "due": clock.due.isoformat(),
        "due_at": clock.due_at.isoformat(),
        "safe": clock.safe.isoformat(),
        "safe_at": clock.safe_at.isoformat(),
        "target": clock.target.isoformat(),
        "immediate": clock.unit == "immediately",
        "overdue": clock.due_at <= now,
    }


async def _say(
    desk: Desk,
    ticket: Ticket,
    lines: list[dict[str, Any]],
    levels: list[Planned],
    missed: list[Planned],
    now: datetime,
) -> None:
    missed = sorted(missed)
    overdue = any(line["overdue"] and not line["immediate"] for line in lines)
    whom = set()
    if ticket.assignee is not None:
        whom.add(ticket.assignee.telegram_id)
    if not whom or any(_is_for(FOR_MANAGERS, reminder.level) for reminder in levels):
        whom |= desk.managers
    # With the date, for a term that moved says its levels again.
    key = f"reminder:{lines[0]['clock']}:{lines[0]['level']}:{lines[0]['due_at']}"
    content = {
        "level": levels[0].level,
        "clocks": lines,
        "missed": list(dict.fromkeys(reminder.level for reminder in missed)),
        "missed_since": missed[0].at.isoformat() if missed else None,
        "late": levels[0].at.isoformat() if now - levels[0].at > LATE else None,
        "whom": sorted(whom),
        "held": await replies.held(ticket),
        "overdue": overdue,
    }
    await outbox.put(
        channel="staff",
        act="reminder",
        conversation=tickets.topic(ticket),
        key=key,
        content=content,
        now=now,
        ticket=ticket,
        priority=tickets.URGENT if overdue else tickets.SOON,
    )
    if any(_is_for(FOR_EVERYBODY, reminder.level) for reminder in levels):
        await _everybody(desk, ticket, lines, key, now)
    await history.add(
        ticket.id,
        history.DESK,
        "reminder said",
        {"levels": sorted({reminder.level for reminder in levels}), "missed": content["missed"]},
        now,
    )
    await tickets.refresh_card(ticket, now)


def _is_for(whom: frozenset[str], level: str) -> bool:
    name, _sep, number = level.partition("_")
    if name == "repeat" and whom is FOR_EVERYBODY:
        return int(number) > LAST_REPEAT_FOR_MANAGERS
    return level in whom or (number.isdigit() and name in whom)


async def _everybody(desk: Desk, ticket: Ticket, lines: list[dict[str, Any]], key: str, now: datetime) -> None:
    """Say it aloud outside the topic too: in the group's general room and to the alert address."""
    late = [line for line in lines if line["overdue"] and not line["immediate"]]
    at_once = [line for line in lines if line["immediate"]]
    if late:
        title = "Overdue: № %(number)s"
        words = "🔴 Ticket № %(number)s is past its date: %(what)s. Somebody must act now."
    elif at_once:
        title = "At once: № %(number)s"
        words = "🔴 Ticket № %(number)s: what the law wants at once is still not done: %(what)s. Somebody must act now."
    else:
        title = "Ends now: № %(number)s"
        words = "🟠 The term of ticket № %(number)s ends now: %(what)s. Somebody must act."
    what = "; ".join(f"{line['name']} — {line['due']}" for line in late or at_once or lines)
    params = {"number": ticket.id, "what": what}
    await outbox.put(
        channel="staff",
        act="notice",
        conversation=tickets.GENERAL,
        key=f"{key}:general",
        content={"words": words, "params": params, "loud": True, "reply_to": None},
        now=now,
        ticket=ticket,
        priority=tickets.URGENT,
    )
    mailbox = desk.mailbox()
    if desk.alert_email and mailbox is not None:
        await outbox.put(
            channel="mail",
            act="alert",
            conversation=mail_conversation(desk.alert_email),
            key=f"{key}:mail",
            content={
                "to": desk.alert_email,
                "to_name": "",
                "from": mailbox.address,
                "from_name": mailbox.name or desk.operator.short_name or desk.operator.name,
                "subject": words_of("mail", desk.staff_language).gettext(title) % {"number": ticket.id},
                "message_id": desk.signer.message_id(ticket.id, mailbox.domain),
                "in_reply_to": "",
                "references": [],
                "date": now.isoformat(),
                "language": desk.staff_language,
                "number": ticket.id,
                "lines": [{"words": words, "params": params}],
            },
            now=now,
            ticket=ticket,
            priority=tickets.URGENT,
        )
