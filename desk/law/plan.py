"""Plans the reminders of one clock; pure, so a plan can be shown, stored and recomputed to the same moments.

Day clocks (also the date of a document) remind in working hours of working days only, outside the operator's quiet hours:
  opened        when the clock is opened; outside those hours, at their next beginning
  half          half the term between start and due
  wdN           N working days before `target`, at opening (5, 3 and 1, unless the operator wants others)
  safe_morning  on the safe date, at opening
  safe_2h       two hours before closing on the safe date, when that is later than safe_morning
  due           the last moment of those hours before the term ends
  overdue_N     on the N-th working day after `due`, at opening, for ever
`opened`, `safe_morning`, `due` and `overdue_N` are always planned; the operator chooses the others (desk.law.reminder_settings).
A moment outside those hours moves to the nearest earlier one within them: a warning may come early, never late.
When no such moment is left before the term ends (a term that lies in the New Year gap, a ticket opened on the last
evening), days off count as working days, and `opened` comes at once: silence would be worse than a disturbed holiday.

Hours clocks and "immediately" alarm at any hour, and none of their alarms can be switched off:
  opened, repeat_1 (+1 h), repeat_2 (+4 h), then repeat_N every 12 hours from the opening until somebody acts;
  an hours clock also has half, safe_2h (two hours before the end), due (the end), then overdue_N every 12 hours.

Only moments after the opening are planned. Of several levels at one moment the most urgent stays, so a short term has
few levels. A level never falls after the date it warns of.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from itertools import count as counter

from desk.law.calendar import DAY, SATURDAY
from desk.law.counting import hours_after
from desk.law.dates import HOUR, ClockDates, Counting
from desk.law.reminder_settings import FIXED

REPEAT_HOURS = 12
# Raise it with any change of this module that moves a moment: stored clocks are then planned anew (`plan_stamp`).
PLAN_VERSION = 1

Spans = tuple[tuple[datetime, datetime], ...]


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


def speaking_moment(dates: ClockDates, counting: Counting, now: datetime) -> datetime:
    """Return when something that should have been said before may be said: `now`, or the next moment nobody is disturbed.

    A day clock waits for it, unless its term would be over by then; an hours clock and "immediately" never wait.
    """
    moment = now.astimezone(counting.zone)
    return moment if dates.unit in {"h", "immediately"} else _Days(counting, dates, moment).opening_moment()


def reminding_moment(counting: Counting, now: datetime) -> datetime:
    """Return `now` where people may be reminded, else the next moment at which they may: in working hours that are not quiet."""
    return _from(now.astimezone(counting.zone), lambda day: _spans(counting, day) if _works(counting, day) else ())


def opening_on_or_after(counting: Counting, day: date) -> datetime:
    """Return the first moment of a day, or of the next working day after it, at which people may be reminded."""
    while not (_works(counting, day) and (spans := _spans(counting, day))):
        day += DAY
    return spans[0][0]


def working_day_before(counting: Counting, day: date) -> date:
    """Return the last day before `day` on which people may be reminded."""
    day -= DAY
    while not _works(counting, day):
        day -= DAY
    return day


def owed(
    dates: ClockDates, counting: Counting, opened_at: datetime, said: Collection[str], now: datetime
) -> tuple[Reminder, ...]:
    """Return what is still to be said when the plan itself was changed at `now`, though its new moment has just passed.

    A level that another plan would have said in an hour must not get lost because the new one would have said it an hour
    ago. A level that was newly chosen, and whose day is over, is not owed: it would no longer be true. So a wdN of today
    counts, and any other level since the opening of the last working day before today.
    """
    today = now.astimezone(counting.zone).date()
    before = today - DAY
    while not _works(counting, before):
        before -= DAY
    return tuple(
        one
        for one in plan(dates, counting, opened_at)
        if opened_at < one.at <= now
        and one.level not in said
        and one.at.date() >= (today if one.level.startswith("wd") else before)
    )


@lru_cache(maxsize=64)
def plan_stamp(counting: Counting) -> str:
    """Return a short text that differs when anything differs by which the same clock would be planned otherwise."""
    calendar = counting.calendar
    years = [(one.year, sorted(one.days_off), sorted(one.working_weekends), sorted(one.short)) for one in calendar.years.values()]
    known = (
        PLAN_VERSION,
        counting.zone.key,
        counting.opening,
        counting.closing,
        sorted({*counting.reminding.levels, *FIXED}),
        counting.reminding.quiet,
        years,
    )
    return sha256(repr(known).encode()).hexdigest()[:16]


class _Days:
    """Moments for one clock: days off count as working days when no working moment is left before its end."""

    def __init__(self, counting: Counting, dates: ClockDates, opened: datetime) -> None:
        self.counting = counting
        self.opened = opened
        self.due_at = dates.due_at
        self.any_day = False
        self.any_day = not self._working_moment_left()

    def working(self, day: date) -> bool:
        return self.any_day or _works(self.counting, day)

    def spans(self, day: date) -> Spans:
        """Return the hours of a day in which a reminder may be said; none on a day off."""
        return _spans(self.counting, day) if self.working(day) else ()

    def opens(self, day: date) -> datetime:
        """Return the first moment of a day; of a day off, its opening hour all the same."""
        spans = self.spans(day)
        return spans[0][0] if spans else datetime.combine(day, self.counting.opening, self.counting.zone)

    def opening_moment(self) -> datetime:
        """Return the opening itself, or the next opening hour; at once when the term would be over by then."""
        moment = self.next_moment()
        return self.opened if self.any_day and self.opened < self.due_at else moment

    def next_moment(self) -> datetime:
        return _from(self.opened, self.spans)

    def not_after(self, moment: datetime) -> datetime:
        """Return the nearest moment at or before `moment`."""
        day = moment.date()
        while True:
            for begin, end in reversed(self.spans(day)):
                if begin <= moment:
                    return min(moment, end)
            day -= DAY

    def before(self, day: date, working_days: int) -> date:
        """Return the day that lies so many working days before `day`."""
        while working_days:
            day -= DAY
            working_days -= self.working(day)
        return day

    def _working_moment_left(self) -> bool:
        return self.opened >= self.due_at or self.next_moment() < self.due_at


def _from(moment: datetime, spans: Callable[[date], Spans]) -> datetime:
    """Return a moment itself where it lies in the spans of its day, else the beginning of the next span."""
    day = moment.date()
    while True:
        for begin, end in spans(day):
            if moment <= end:
                return max(moment, begin)
        day += DAY


@lru_cache(maxsize=1024)
def _spans(counting: Counting, day: date) -> Spans:
    """Return the hours of a working day that are not quiet, as instants."""
    closing = counting.closing_at(day)
    if closing.date() < day:  # an office that closes within the first hour of the day is closed on a short one
        return ()
    combine, zone = datetime.combine, counting.zone
    hours = counting.reminding.spans(counting.opening, closing.time())
    return tuple((combine(day, first, zone), combine(day, last, zone)) for first, last in hours)


def _warnings(dates: ClockDates, days: _Days) -> Iterator[Reminder]:
    """Yield the levels of a day clock from the mildest to the most urgent."""
    wanted = days.counting.reminding
    if wanted.wants("half"):
        yield Reminder(days.not_after(_half(dates)), "half")
    for n in wanted.working_days:
        yield Reminder(days.not_after(days.opens(days.before(dates.target, n))), f"wd{n}")
    morning = days.not_after(days.opens(dates.safe))
    yield Reminder(morning, "safe_morning")
    last_hours = days.not_after(dates.safe_at - 2 * HOUR)
    if wanted.wants("safe_2h") and last_hours > morning:
        yield Reminder(last_hours, "safe_2h")
    yield Reminder(days.not_after(dates.due_at - timedelta(microseconds=1)), "due")  # `due_at` itself is the next day


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
        if _works(counting, day) and (spans := _spans(counting, day)):
            n += 1
            yield Reminder(spans[0][0], f"overdue_{n}")


def _works(counting: Counting, day: date) -> bool:
    """Tell whether to disturb people that day; in a year without a calendar, Monday to Friday.

    Only alarms fall back so: a date of the law is never counted in an unverified year.
    """
    if counting.calendar.is_verified(day):
        return counting.calendar.is_working(day)
    return day.weekday() < SATURDAY
