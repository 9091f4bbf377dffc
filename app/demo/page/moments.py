"""Where the page can move the clock: to the next thing that is due, or past the next date of the law."""

from datetime import datetime, time, timedelta
from typing import Any, Final

from desk.context import Desk
from desk.law import next_overdue, plan
from desk.ticket import clocks
from models import Clock, Demand, Outbox, OutboxState, TicketStatus

Json = dict[str, Any]
Words = dict[str, str]

LEVELS: Final[dict[str, Words]] = {
    "opened": {"ru": "новая заявка", "en": "a new request"},
    "half": {"ru": "половина срока", "en": "half of the term"},
    "safe_morning": {"ru": "утро надёжного срока", "en": "the safe date, morning"},
    "safe_2h": {"ru": "два часа до конца надёжного срока", "en": "two hours to the end of the safe date"},
    "due": {"ru": "последний рабочий час срока", "en": "the last working moment of the term"},
    "overdue": {"ru": "срок прошёл: тревога", "en": "the term has passed: alarm"},
    "repeat": {"ru": "сделать немедленно: напоминание", "en": "to be done at once: reminder"},
}
WAITING: Final[dict[str, Words]] = {
    "reply": {"ru": "уйдёт ответ", "en": "a reply leaves"},
    "": {"ru": "новая попытка отправки", "en": "another attempt to send"},
}
# Work that will be done within this anyway is nothing to move the clock to.
SOON: Final = timedelta(seconds=20)
# The morning after the last day, when people and reminders are awake again.
MORNING: Final = timedelta(hours=9, minutes=1)


def level_words(level: str) -> Words:
    """A level of desk.law.plan in words."""
    if level.removeprefix("wd").isdigit():
        days = level.removeprefix("wd")
        return {"ru": f"рабочих дней до цели: {days}", "en": f"working days to the target: {days}"}
    return LEVELS.get(level) or LEVELS.get(level.partition("_")[0]) or {"ru": level, "en": level}


async def next_thing(desk: Desk, now: datetime) -> Json | None:
    """The earliest reminder or waiting row that lies ahead: its instant (ISO) and title."""
    found = [one for one in (await _next_reminder(desk, now), await _next_row(now)) if one is not None]
    return min(found, key=lambda one: datetime.fromisoformat(one["at"]), default=None)


async def _next_reminder(desk: Desk, now: datetime) -> Json | None:
    open_clocks = Clock.filter(next_at__gt=now, ticket__status=TicketStatus.OPEN)
    clock = await open_clocks.order_by("next_at").select_related("demand").first()
    if clock is None or clock.next_at is None:
        return None
    return _moment(clock.next_at, clock.ticket_id, level_words(_level(desk, clock, clock.next_at)))


def _level(desk: Desk, clock: Clock, at: datetime) -> str:
    dates = clocks.dates_of(desk, clock, clock.demand.kind)
    planned = {one.at: one.level for one in plan(dates, desk.counting, clock.opened_at)}
    return planned.get(at) or next_overdue(dates, desk.counting, at - timedelta(seconds=1), opened_at=clock.opened_at).level


async def _next_row(now: datetime) -> Json | None:
    row = await Outbox.filter(state=OutboxState.WAITING, next_try_at__gt=now + SOON).order_by("next_try_at").first()
    if row is None:
        return None
    return _moment(row.next_try_at, row.ticket_id, WAITING["reply" if row.errand == "reply" and not row.attempts else ""])


async def next_date(desk: Desk, now: datetime) -> Json | None:
    """The morning after the next date of the law that lies ahead: its instant (ISO) and title."""
    running = Clock.filter(stopped_at__isnull=True, due_at__gt=now, ticket__status=TicketStatus.OPEN)
    clock = await running.exclude(unit="immediately").order_by("due_at").first()
    if clock is None:
        return None
    demand = await Demand.get(id=clock.demand_id)
    spec = clocks.rule_of(desk, demand).clock(clock.key)
    day = clock.due.strftime("%d.%m.%Y")
    title = {"ru": f"{spec.name.get('ru', clock.key)} — до {day}", "en": f"{spec.name.get('en', clock.key)} — by {day}"}
    at = clock.due_at
    if at.astimezone(desk.operator.zone).time() == time():
        at += MORNING
    return _moment(at, clock.ticket_id, title)


def _moment(at: datetime, ticket: int | None, title: Words) -> Json:
    number = f"№ {ticket}: " if ticket else ""
    return {"at": at.isoformat(), "title": {language: number + words for language, words in title.items()}}
