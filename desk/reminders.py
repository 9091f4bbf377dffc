"""Reminders: one sweep reads the clocks whose next moment has come, says each level once, and sets the next moment.

Nothing about a ticket lives in a scheduler's memory. What fell due while the desk was down is said once, as missed.
"""

from datetime import datetime
from typing import Any

import structlog

from desk import clocks, history, outbox, replies, tickets
from desk.context import Desk
from desk.envelopes import mail_conversation
from desk.i18n import words as words_of
from desk.law import ClockDates, Rule, next_overdue, plan
from desk.law import Reminder as Planned
from models import Clock, Demand, Reminder, Ticket, TicketStatus
from models.connect import transaction
from models.query import column

log = structlog.get_logger(__name__)

BATCH = 200
# Who is called at which level: the assignee first, then the managers, then everybody.
FOR_MANAGERS = ("wd1", "safe_morning", "safe_2h", "due", "overdue", "repeat")
FOR_EVERYBODY = ("due", "overdue")


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


async def _remind(desk: Desk, ticket_id: int, now: datetime) -> int:
    """Write one reminder for all the clocks of a ticket that are due, and move each to its next moment."""
    async with transaction():
        due = await Clock.filter(ticket_id=ticket_id, next_at__lte=now).select_for_update(of=("clock",)).order_by("id")
        if not due:
            return 0
        ticket = await Ticket.get(id=ticket_id).select_related("assignee")
        demands = {demand.id: demand for demand in await Demand.filter(ticket_id=ticket_id)}
        lines, levels, missed = [], [], []
        for clock in due:
            demand = demands[clock.demand_id]
            dates = clocks.dates_of(desk, clock, demand.kind)
            fallen = await _unsaid(desk, clock, dates, now)
            await Clock.filter(id=clock.id).update(next_at=clocks.next_moment(desk, dates, clock.opened_at, now))
            if not fallen or ticket.status != TicketStatus.OPEN:
                continue
            for reminder in fallen:
                await Reminder.create(
                    clock=clock, level=reminder.level, at=reminder.at, said_at=now, missed=reminder is not fallen[-1]
                )
            levels.append(fallen[-1])
            missed += [reminder.level for reminder in fallen[:-1]]
            lines.append(_line(desk, clock, clocks.rule_of(desk, demand), demand.kind, fallen[-1].level, now))
        if not lines:
            return 0
        await _say(desk, ticket, lines, levels, missed, now)
        return len(lines)


async def _unsaid(desk: Desk, clock: Clock, dates: ClockDates, now: datetime) -> list[Planned]:
    """The reminders of a clock that have fallen due since the ticket was opened and were not said, oldest first."""
    said = set(await column(Reminder.filter(clock_id=clock.id), "level"))
    fallen = [r for r in plan(dates, desk.counting, clock.opened_at) if clock.opened_at < r.at <= now]
    last = max(dates.due_at, clock.opened_at, *(r.at for r in fallen))
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
        "immediate": clock.unit == "immediately",
        "overdue": clock.due_at <= now,
    }


async def _say(
    desk: Desk,
    ticket: Ticket,
    lines: list[dict[str, Any]],
    levels: list[Planned],
    missed: list[str],
    now: datetime,
) -> None:
    names = [reminder.level.partition("_")[0] if reminder.level not in FOR_MANAGERS else reminder.level for reminder in levels]
    overdue = any(line["overdue"] and not line["immediate"] for line in lines)
    whom = set()
    if ticket.assignee is not None:
        whom.add(ticket.assignee.telegram_id)
    if not whom or any(name in FOR_MANAGERS for name in names):
        whom |= desk.managers
    # With the date, for a term that moved says its levels again.
    key = f"reminder:{lines[0]['clock']}:{lines[0]['level']}:{lines[0]['due_at']}"
    content = {
        "level": levels[0].level,
        "clocks": lines,
        "missed": sorted(set(missed)),
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
    if any(name in FOR_EVERYBODY for name in names):
        await _everybody(desk, ticket, lines, key, now)
    await history.add(
        ticket.id,
        history.DESK,
        "reminder said",
        {"levels": sorted({reminder.level for reminder in levels}), "missed": sorted(set(missed))},
        now,
    )
    await tickets.refresh_card(ticket, now)


async def _everybody(desk: Desk, ticket: Ticket, lines: list[dict[str, Any]], key: str, now: datetime) -> None:
    """Say it aloud outside the topic too: in the group's general room and to the alert address."""
    late = [line for line in lines if line["overdue"]] or lines
    if any(line["overdue"] for line in lines):
        title = "Overdue: № %(number)s"
        words = "🔴 Ticket № %(number)s is past its date: %(what)s. Somebody must act now."
    else:
        title = "Ends now: № %(number)s"
        words = "🟠 The term of ticket № %(number)s ends now: %(what)s. Somebody must act."
    what = "; ".join(f"{line['name']} — {line['due']}" for line in late)
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
