"""Plans the reminders of one clock; pure, so a plan can be shown, stored and recomputed to the same moments.

Day clocks (also the date of a document) remind in working hours of working days only:
  opened        when the clock is opened; outside working hours, at the next opening
  half          half the term between start and due
  wd5 wd3 wd1   that many working days before `target`, at opening
  safe_morning  on the safe date, at opening
  safe_2h       two hours before closing on the safe date
  due           the last working moment before the term ends
  overdue_N     on the N-th working day after `due`, at opening, for ever
A moment outside working hours moves to the nearest earlier working moment: a warning may come early, never late.
When no working moment is left before the term ends (a term that lies in the New Year gap, a ticket opened on the last
evening), days off count as working days, and `opened` comes at once: silence would be worse than a disturbed holiday.

Hours clocks and "immediately" alarm at any hour:
  opened, repeat_1 (+1 h), repeat_2 (+4 h), then repeat_N every 12 hours from the opening until somebody acts;
  an hours clock also has half, safe_2h (two hours before the end), due (the end), then overdue_N every 12 hours.

Only moments after the opening are planned. Of several levels at one moment the most urgent stays, so a short term has
few levels. A level never falls after the date it warns of.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count as counter

from desk.law.calendar import DAY, SATURDAY
from desk.law.counting import hours_after
from desk.law.dates import HOUR, ClockDates, Counting

REPEAT_HOURS = 12
WARNING_DAYS = (5, 3, 1)


@dataclass(frozen=True, order=True)
class Reminder:
    """A moment (operator's time zone) at which a clock asks for attention, and how urgently."""

    at: datetime
    level: str


def plan(dates: ClockDates, counting: Counting, opened_at: datetime) -> tuple[Reminder, ...]:
    """Return the reminders of a clock opened at `opened_at` (aware), in order; `next_overdue` continues after them."""
    opened = opened_at.astimezone(counting.zone)
    if dates.unit in {"h", "immediately"}:
        return _alarms(dates, opened)
    days = _Days(counting, dates, opened)
    first = Reminder(days.opening_moment(), "opened")
    later = [r for r in _warnings(dates, days) if r.at > first.at]
    return (first, *_most_urgent(later))


def next_overdue(dates: ClockDates, counting: Counting, after: datetime, *, opened_at: datetime | None = None) -> Reminder:
    """Return the first repeating alarm later than `after`: overdue_N, or repeat_N of an "immediately" clock.

    Give the `opened_at` the plan was made with, so that repeats of "immediately" clocks continue it; without it they
    run from the receipt.
    """
    moment = after.astimezone(counting.zone)
    if dates.immediate:
        return next(r for r in _repeats((opened_at or dates.start_at).astimezone(counting.zone)) if r.at > moment)
    if dates.unit == "h":
        n = max(_elapsed(dates.due_at, moment) // (REPEAT_HOURS * HOUR), 0) + 1
        return Reminder(hours_after(dates.due_at, n * REPEAT_HOURS), f"overdue_{n}")
    return next(r for r in _overdue_days(dates, counting) if r.at > moment)


class _Days:
    """Working moments for one clock: days off count as working days when no working moment is left before its end."""

    def __init__(self, counting: Counting, dates: ClockDates, opened: datetime) -> None:
        self.counting = counting
        self.opened = opened
        self.due_at = dates.due_at
        self.any_day = False
        self.any_day = not self._working_moment_left()

    def working(self, day: date) -> bool:
        return self.any_day or _works(self.counting, day)

    def opens(self, day: date) -> datetime:
        return datetime.combine(day, self.counting.opening, self.counting.zone)

    def closes(self, day: date) -> datetime:
        return self.counting.closing_at(day)

    def opening_moment(self) -> datetime:
        """Return the opening itself, or the next opening hour; at once when the term would be over by then."""
        moment = self.next_moment()
        return self.opened if self.any_day and self.opened < self.due_at else moment

    def next_moment(self) -> datetime:
        day = self.opened.date()
        if self.working(day) and self.opened <= self.closes(day):
            return max(self.opened, self.opens(day))
        day += DAY
        while not self.working(day):
            day += DAY
        return self.opens(day)

    def not_after(self, moment: datetime) -> datetime:
        """Return the nearest working moment at or before `moment`."""
        day = moment.date()
        if self.working(day) and moment >= self.opens(day):
            return min(moment, self.closes(day))
        day -= DAY
        while not self.working(day):
            day -= DAY
        return self.closes(day)

    def before(self, day: date, working_days: int) -> date:
        """Return the day that lies so many working days before `day`."""
        while working_days:
            day -= DAY
            working_days -= self.working(day)
        return day

    def _working_moment_left(self) -> bool:
        return self.opened >= self.due_at or self.next_moment() < self.due_at


def _warnings(dates: ClockDates, days: _Days) -> Iterator[Reminder]:
    """Yield the levels of a day clock from the mildest to the most urgent."""
    yield Reminder(days.not_after(_half(dates)), "half")
    for n in WARNING_DAYS:
        yield Reminder(days.opens(days.before(dates.target, n)), f"wd{n}")
    yield Reminder(days.not_after(days.opens(dates.safe)), "safe_morning")
    yield Reminder(days.not_after(dates.safe_at - 2 * HOUR), "safe_2h")
    yield Reminder(days.not_after(dates.due_at), "due")


def _most_urgent(reminders: list[Reminder]) -> list[Reminder]:
    """Keep one reminder a moment, the last (most urgent) of them, in order of time."""
    return sorted({r.at: r for r in reminders}.values())


def _alarms(dates: ClockDates, opened: datetime) -> tuple[Reminder, ...]:
    """Return the alarms of an hours clock up to its end, or the first ones of an "immediately" clock."""
    first = Reminder(opened, "opened")
    if dates.immediate:
        repeats = _repeats(opened)
        return (first, next(repeats), next(repeats))
    later = [r for r in _until(dates.due_at, _repeats(opened)) if r.at < dates.due_at]
    later += [
        Reminder(_half(dates), "half"),
        Reminder(hours_after(dates.due_at, -2), "safe_2h"),
        Reminder(dates.due_at, "due"),
    ]
    return (first, *_most_urgent([r for r in later if r.at > opened]))


def _half(dates: ClockDates) -> datetime:
    """Return the middle of the term, in real time whatever the clocks of the zone do."""
    start = dates.start_at.astimezone(UTC)
    return (start + _elapsed(dates.start_at, dates.due_at) / 2).astimezone(dates.start_at.tzinfo)


def _elapsed(start: datetime, end: datetime) -> timedelta:
    """Return the real time between two instants; within one zone, subtraction alone would be wall time."""
    return end.astimezone(UTC) - start.astimezone(UTC)


def _until(end: datetime, reminders: Iterator[Reminder]) -> Iterator[Reminder]:
    for reminder in reminders:
        if reminder.at >= end:
            return
        yield reminder


def _repeats(opened: datetime) -> Iterator[Reminder]:
    """Yield repeat_1 after an hour, repeat_2 after four, then one every twelve hours."""
    for n in counter(1):
        hours = 1 if n == 1 else 4 + (n - 2) * REPEAT_HOURS
        yield Reminder(hours_after(opened, hours), f"repeat_{n}")


def _overdue_days(dates: ClockDates, counting: Counting) -> Iterator[Reminder]:
    """Yield overdue_N at the opening of the N-th working day after `due`."""
    day, n = dates.due, 0
    while True:
        day += DAY
        if _works(counting, day):
            n += 1
            yield Reminder(datetime.combine(day, counting.opening, counting.zone), f"overdue_{n}")


def _works(counting: Counting, day: date) -> bool:
    """Tell whether to disturb people that day; in a year without a calendar, Monday to Friday.

    Only alarms fall back so: a date of the law is never counted in an unverified year.
    """
    if counting.calendar.is_verified(day):
        return counting.calendar.is_working(day)
    return day.weekday() < SATURDAY
