"""Counts the clocks of a request: Civil Code 190-194 in the operator's time zone, three dates a clock.

1. The day of receipt is day 0, whatever the hour and whether or not it is a working day; day 1 is the next one.
2. `due` is the strict last day and is never moved (only a regime whose own law moves it, like the GDPR, does so).
3. `roll193` is `due` moved forward to a working day: information for a dispute, never a plan.
4. `safe` is the last working day on or before `due`; `target` is one working day earlier.
5. Neither lies before the day of receipt. A claim of 31 December may have no working day at all within its term: then
   `safe` and `target` are the day of receipt itself, "at once", because waiting for a working day would be too late.
   (A document whose date has passed before it arrived has all three on that date: overdue from the start.)
6. Hours are exact instants, days off included, and `safe` is `due`. "Immediately" is due at the receipt itself.
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import lru_cache

from desk.law.calendar import DAY, Calendar
from desk.law.dates import HOUR, ClockDates, Counting
from desk.law.errors import DocumentTermMissing, ExtensionRefused, LawError, UnverifiedYear
from desk.law.explain import explain
from desk.law.rules import ClockSpec, Extension, Roll, Rule, Unit

# The setting of a term that runs only where the operator's policy promises it.
PROMISED = "breach_notice_hours"


@dataclass(frozen=True)
class Counted:
    """The clocks whose dates are known, in the order of the rule, and why the others cannot be told yet, by their keys."""

    dates: tuple[ClockDates, ...]
    untold: Mapping[str, LawError] = field(default_factory=dict)

    def all(self) -> tuple[ClockDates, ...]:
        """The dates of every clock. Raises `UnverifiedYear` or `DocumentTermMissing` where one cannot be told yet."""
        for error in self.untold.values():
            raise error
        return self.dates

    def of(self, key: str) -> ClockDates | None:
        """The dates of the clock `key`; None where the rule counts no such clock. Raises LawError where they are not told yet."""
        if key in self.untold:
            raise self.untold[key]
        return next((one for one in self.dates if one.key == key), None)


def count(
    rule: Rule,
    received_at: datetime,
    counting: Counting,
    *,
    extended: bool = False,
    document_due: date | None = None,
    unlawful: bool = False,
    trigger_at: datetime | None = None,
    known_at: datetime | None = None,
) -> Counted:
    """Count every clock of `rule` for a request received at `received_at` (any aware instant).

    `extended` lengthens each clock that allows it. `document_due` is the last day a document names, `unlawful` says the
    requester alleges unlawful processing, `trigger_at` is the original event of a follow-up (default: the receipt);
    each of the three matters only to the rules that ask for it. `known_at` is when the proof came or the fault was detected:
    the clocks that run from that count from it, without it from the receipt (the strict reading).

    A clock whose date cannot be told yet (a calendar, a document is missing) stops no other. Raises `LawError` for a naive
    instant, and `ExtensionRefused`.
    """
    received = counting.local(received_at)
    if extended and rule.extension is None:
        raise ExtensionRefused(rule.name, rule.cite)
    trigger = received if trigger_at is None else counting.local(trigger_at)
    if trigger > received:
        raise LawError(
            "The original event cannot be later than the request that follows from it.",
            "Исходное событие не может быть позже обращения, которое из него следует.",
        )
    starts = {"receipt": received, "trigger": trigger}
    if known_at is not None:
        starts |= dict.fromkeys(("proof", "detection"), counting.local(known_at))
    dates, untold = list[ClockDates](), dict[str, LawError]()
    try:
        specs = [spec for spec in rule.clocks if spec.setting != PROMISED or counting.breach_notice_hours]
        for spec in specs:
            try:
                dates.append(_clock(rule, spec, received, starts, counting, extended, document_due, unlawful))
            except (UnverifiedYear, DocumentTermMissing) as error:
                untold[spec.key] = error
    except OverflowError:
        raise LawError(
            f"The term runs past the last year that can be counted (received {received.date()}).",
            f"Срок выходит за последний год, который можно посчитать (получено {received.date()}).",
        ) from None
    return Counted(tuple(dates), untold)


def repeat_allowed_from(rule: Rule, first_at: datetime, counting: Counting) -> date | None:
    """Return the first day a repeat of the request received at `first_at` cannot be refused as too early.

    None when the rule knows no such gate. 152-FZ Art. 14(4): not earlier than 30 days after the first request.
    """
    return counting.local(first_at).date() + rule.repeat.days * DAY if rule.repeat else None


def extension_for(rule: Rule, dates: ClockDates, now: datetime, *, times_extended: int = 0) -> Extension:
    """Return the extension that may be given to a running clock at `now` (aware), `times_extended` times before.

    Raises `ExtensionRefused` with the article when the law knows none, when it was used up, or when the term is over.
    """
    extension = rule.clock(dates.key).extension
    if extension is None:
        raise ExtensionRefused(rule.name, rule.cite)
    ru, en = extension.cite["ru"], extension.cite["en"]
    if times_extended >= extension.times:
        used = (f"{en} allows it once, and it was extended already", f"{ru} допускает это один раз, срок уже продлён")
        raise ExtensionRefused(rule.name, extension.cite, used)
    if now >= dates.due_at:
        over = (
            f"the notice {en} asks for must go out before the term ends, and it has ended",
            f"уведомление, которого требует {ru}, направляют до конца срока, а он истёк",
        )
        raise ExtensionRefused(rule.name, extension.cite, over)
    return extension


def _clock(
    rule: Rule,
    spec: ClockSpec,
    received: datetime,
    starts: Mapping[str, datetime],
    counting: Counting,
    extended: bool,
    document_due: date | None,
    unlawful: bool,
) -> ClockDates:
    start = starts.get(spec.start, received)
    amount = None if spec.amount is None else term(spec, spec.amount, counting, extended, unlawful)
    unmoved = None
    rolled: date | None
    if spec.unit == "immediately":
        due_at = safe_at = start
        due = safe = target = start.date()
        rolled = due
    elif spec.unit == "h":
        due_at = safe_at = hours_after(start, amount or 0)
        due = safe = due_at.date()
        rolled = due
        target = hours_target(due, start.date(), counting.calendar)
    else:
        if spec.unit == "document" and document_due is None:
            raise DocumentTermMissing(rule.name, spec.cite)
        last = last_day(spec.unit, amount or 0, start.date(), counting.calendar, document_due)
        due, rolled, safe, target = day_dates(last, spec.roll, received.date(), counting.calendar)
        unmoved = None if due == last else last
        due_at = datetime.combine(due + DAY, time(0), counting.zone)
        safe_at = min(max(counting.closing_at(safe), received), due_at)
    dates = ClockDates(
        key=spec.key,
        kind=rule.kind,
        start_at=start,
        due=due,
        due_at=due_at,
        roll193=rolled,
        safe=safe,
        safe_at=safe_at,
        target=target,
        article=spec.article,
        statutory=spec.statutory,
        unit=spec.unit,
        immediate=spec.immediate,
        amount=amount,
        extended=extended and spec.extension is not None,
        unmoved=unmoved,
        since=spec.start if spec.start in starts else "receipt",
    )
    # Filled in before anybody sees the value; dataclasses.replace would double the cost of counting.
    object.__setattr__(dates, "why", tuple(explain(dates, rule, counting, "en")))
    return dates


def term(spec: ClockSpec, amount: int, counting: Counting, extended: bool, unlawful: bool) -> int:
    """Return the length of a clock in its unit, with the setting, the allegation and the extension applied."""
    if unlawful and spec.amount_if_unlawful:
        amount = spec.amount_if_unlawful
    if spec.setting == "claim_days":
        amount = min(amount, counting.claim_days)
    if spec.setting == PROMISED:
        amount = counting.breach_notice_hours
    return amount + (spec.extension.amount if extended and spec.extension else 0)


def hours_after(start: datetime, hours: int) -> datetime:
    """Add hours of real time, whatever the clocks of the zone do meanwhile."""
    return (start.astimezone(UTC) + hours * HOUR).astimezone(start.tzinfo)


def add_months(day: date, months: int) -> date:
    """Return the same date `months` later, or the last day of that month when it has no such date (GC 192(3))."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    if year > date.max.year:
        raise OverflowError
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def last_day(unit: Unit, amount: int, start: date, calendar: Calendar, document_due: date | None) -> date:
    """Return the strict last day of a term whose day 0 is `start`, before anything moves it."""
    if unit == "wd":
        return calendar.add_working_days(start, amount)
    if unit == "cd":
        return start + amount * DAY
    if unit == "mo":
        return add_months(start, amount)
    if document_due is None:
        raise LawError("A term from a document needs the date the document names.")
    return document_due


@lru_cache(maxsize=65536)
def day_dates(last: date, roll: Roll, received: date, calendar: Calendar) -> tuple[date, date | None, date, date]:
    """Return `due`, `roll193`, `safe` and `target` of a day clock whose strict last day is `last`.

    Where `last` is the last day that is known, and a day off, nobody can say yet where it would roll to: only a law that moves
    the term itself has to know. Raises UnverifiedYear then, and where `last` lies in an unknown year.
    """
    rolled = calendar.next_working_on_or_after(last) if roll == "statute" else _rolled(last, calendar)
    due = rolled if roll == "statute" and rolled is not None else last
    floor = min(received, due)
    safe = _working_or(floor, due, calendar)
    return due, rolled, safe, _working_or(floor, safe - DAY, calendar)


def _rolled(last: date, calendar: Calendar) -> date | None:
    """The working day a day off would roll to, for information; None where its year is unknown."""
    calendar.is_working(last)  # the last day itself has to be known
    try:
        return calendar.next_working_on_or_after(last)
    except UnverifiedYear:
        return None


def _working_or(floor: date, day: date, calendar: Calendar) -> date:
    """Return the last working day on or before `day`, but no day before `floor`, which need not be known itself."""
    while day > floor and not calendar.is_working(day):
        day -= DAY
    return max(day, floor)


def hours_target(due: date, received: date, calendar: Calendar) -> date:
    """Return the working day before `due`, not before the receipt.

    An hours clock must be countable in any year, so where the calendar is silent the target is the day of receipt.
    """
    known = calendar.is_verified(due) and calendar.is_verified(received)
    return _working_or(received, due - DAY, calendar) if known else received
