"""Says in words, day by day, how a date was counted; in Russian and English, for the terminal and the topic.

The days of a term are listed by month, each list ending with how many days are counted by then.
"""

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby, pairwise

from desk.law.calendar import DAY, SATURDAY, Calendar
from desk.law.dates import ClockDates, Counting
from desk.law.rules import ClockSpec, Rule, Start, Unit
from desk.texts import Text

MONTHS = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "ru": (
        "января", "февраля", "марта", "апреля", "мая", "июня",
        "июля", "августа", "сентября", "октября", "ноября", "декабря",
    ),
}  # fmt: skip
WEEKDAYS = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "ru": ("пн", "вт", "ср", "чт", "пт", "сб", "вс"),
}
SINCE: dict[str, dict[Start, str]] = {
    "ru": {"receipt": "Получено", "trigger": "Исходное событие", "proof": "Подтверждение получено", "detection": "Выявлено"},
    "en": {"receipt": "Received", "trigger": "Original event", "proof": "The proof came", "detection": "Detected"},
}
UNITS: dict[str, dict[str, tuple[str, str, str]]] = {
    "ru": {
        "wd": ("рабочий день", "рабочих дня", "рабочих дней"),
        "cd": ("календарный день", "календарных дня", "календарных дней"),
        "mo": ("месяц", "месяца", "месяцев"),
        "h": ("час", "часа", "часов"),
    },
    "en": {
        "wd": ("working day", "working days", "working days"),
        "cd": ("calendar day", "calendar days", "calendar days"),
        "mo": ("month", "months", "months"),
        "h": ("hour", "hours", "hours"),
    },
}


def explain(dates: ClockDates, rule: Rule, counting: Counting, lang: str = "en") -> list[str]:
    """Return how `dates` were counted, line by line, in `lang` ("ru", anything else is English)."""
    lang = "ru" if lang == "ru" else "en"
    spec, law = rule.clock(dates.key), rule.counting_law
    lines = [receipt_line(spec, dates.start_at, law["start"], lang, dates.since)]
    if dates.extended and spec.extension:
        lines.append(extension_line(dates, spec, lang))
    if dates.immediate:
        return [*lines, immediate_line(spec.cite, lang)]
    if dates.unit == "h":
        return [*lines, hours_line(dates.amount or 0, dates.due_at, spec.cite, lang)]
    last, calendar = dates.unmoved or dates.due, counting.calendar
    lines += days_lines(dates.unit, dates.amount or 0, dates.start_at.date(), last, calendar, lang)
    if dates.unmoved:
        lines.append(moved_line(dates.unmoved, dates.due, law["roll"], lang))
    lines.append(due_line(dates, spec, law["end"], lang))
    lines += roll_lines(spec.roll, dates.due, dates.roll193, law["roll"], lang)
    if not calendar.is_working(dates.safe):
        lines.append(no_working_day_line(lang))
    lines.append(safe_line(dates.safe_at, dates.target, calendar.is_short(dates.safe), lang))
    return lines


def amount_text(amount: int, unit: Unit, lang: str) -> str:
    """Return "10 working days", "10 рабочих дней", with the right plural."""
    one, few, many = UNITS[lang][unit]
    tens, ones = amount // 10 % 10, amount % 10
    if lang == "en":
        return f"{amount} {one if amount == 1 else many}"
    if tens == 1 or ones == 0 or ones > 4:
        return f"{amount} {many}"
    return f"{amount} {one if ones == 1 else few}"


@lru_cache(maxsize=16384)
def day_text(day: date, lang: str) -> str:
    return f"{WEEKDAYS[lang][day.weekday()]} {day.day} {MONTHS[lang][day.month - 1]} {day.year}"


def instant_text(instant: datetime, lang: str) -> str:
    seconds = f":{instant.second:02}" if instant.second else ""
    return f"{day_text(instant.date(), lang)} {instant.hour:02}:{instant.minute:02}{seconds}"


def receipt_line(spec: ClockSpec, start: datetime, law: Text, lang: str, since: Start) -> str:
    """Say what the term runs from, and that the day itself is not counted."""
    zone, when = start.tzinfo, instant_text(start, lang)
    if lang == "ru":
        what = SINCE["ru"][since]
        if spec.unit in {"h", "immediately"}:
            return f"{what}: {when} ({zone}); срок идёт с этого момента."
        return f"{what}: {when} ({zone}); это день 0, счёт со следующего дня ({law['ru']})."
    what = SINCE["en"][since]
    if spec.unit in {"h", "immediately"}:
        return f"{what} {when} ({zone}); the term runs from that moment."
    return f"{what} {when} ({zone}); that is day 0, counting starts the next day ({law['en']})."


def immediate_line(cite: Text, lang: str) -> str:
    if lang == "ru":
        return f"Немедленно ({cite['ru']}): срок наступил в момент получения."
    return f"Immediately ({cite['en']}): due at the moment of receipt."


def hours_line(amount: int, due_at: datetime, cite: Text, lang: str) -> str:
    term, until = amount_text(amount, "h", lang), instant_text(due_at, lang)
    if lang == "ru":
        return f"{term} подряд, включая ночи и выходные: до {until} ({cite['ru']})."
    return f"{term} on end, nights and days off included: until {until} ({cite['en']})."


@lru_cache(maxsize=16384)
def days_lines(unit: Unit, amount: int, start: date, due: date, calendar: Calendar, lang: str) -> tuple[str, ...]:
    """Say which days were counted, which were not and why."""
    if unit == "document":
        return (
            f"Последний день назван в документе: {day_text(due, lang)}."
            if lang == "ru"
            else f"The document names the last day: {day_text(due, lang)}.",
        )
    term = amount_text(amount, unit, lang)
    if unit == "mo":
        return (_months_line(term, start, due, lang),)
    span = tuple(start + n * DAY for n in range(1, (due - start).days + 1))
    if unit == "cd":
        return (f"{term}: {_listed(span, lang)}.",)
    counted = tuple(day for day in span if calendar.is_working(day))
    lines = [f"{term}: {_listed(counted, lang)}."]
    skipped = [day for day in span if day not in counted]
    if skipped:
        off = ", ".join(_run_text(run, lang) for run in _runs(skipped))
        lines.append(f"Не считаются выходные и праздники: {off}." if lang == "ru" else f"Days off, not counted: {off}.")
    lines += [_weekend_line(day, calendar, lang) for day in counted if day.weekday() >= SATURDAY]
    return tuple(lines)


def extension_line(dates: ClockDates, spec: ClockSpec, lang: str) -> str:
    """Say that an extension is in the count, and by which article."""
    if spec.extension is None or dates.amount is None:
        return ""
    term = amount_text(dates.amount - spec.extension.amount, dates.unit, lang)
    more = amount_text(spec.extension.amount, dates.unit, lang)
    if lang == "ru":
        return f"С продлением: {term} и ещё {more} ({spec.extension.cite['ru']})."
    return f"With the extension: {term} and {more} more ({spec.extension.cite['en']})."


BASES = {
    "en": {"statute": "Due", "policy": "Due by the operator's policy", "own": "Own target"},
    "ru": {"statute": "Срок по закону", "policy": "Срок по политике оператора", "own": "Собственный срок"},
}


def due_line(dates: ClockDates, spec: ClockSpec, end: Text, lang: str) -> str:
    """Say the last day, who set the term and by which article it ends at midnight."""
    what, day = BASES[lang][spec.basis], day_text(dates.due, lang)
    if lang == "ru":
        return f"{what}: {day}, до 24:00 ({spec.cite['ru']}; {end['ru']})."
    return f"{what}: {day}, until 24:00 ({spec.cite['en']}; {end['en']})."


def roll_lines(roll: str, due: date, rolled: date | None, law: Text, lang: str) -> tuple[str, ...]:
    """Say what a day off at the end does to the term, and that nothing is planned on it."""
    if due == rolled:
        return ()
    if rolled is None:
        unknown = due.year + 1
        if lang == "ru":
            return (f"Это нерабочий день; куда он переносится ({law['ru']}), станет известно с календарём на {unknown} год.",)
        return (f"That is a day off; where it rolls to ({law['en']}) will be known with the calendar of {unknown}.",)
    later = day_text(rolled, lang)
    if lang == "ru":
        sure = "применим" if roll == "civil" else "спорен для сроков публичного права"
        return (f"Это нерабочий день; перенос на {later} ({law['ru']}) {sure}, на него не рассчитываем.",)
    sure = "applies" if roll == "civil" else "is disputed for public-law terms"
    return (f"That is a day off; the roll to {later} ({law['en']}) {sure}, nothing is planned on it.",)


def moved_line(unmoved: date, due: date, law: Text, lang: str) -> str:
    """Say that the regime's own law moved the last day."""
    if lang == "ru":
        return f"{day_text(unmoved, lang)} — нерабочий день, срок переходит на {day_text(due, lang)} ({law['ru']})."
    return f"{day_text(unmoved, lang)} is a day off, so the term ends on {day_text(due, lang)} ({law['en']})."


def safe_line(safe_at: datetime, target: date, short: bool, lang: str) -> str:
    when, goal = instant_text(safe_at, lang), day_text(target, lang)
    if lang == "ru":
        return f"Надёжный срок: {when}{' (короткий день)' if short else ''}; цель — {goal}."
    return f"Safe date: {when}{' (short day)' if short else ''}; target {goal}."


def no_working_day_line(lang: str) -> str:
    if lang == "ru":
        return "В пределах срока не осталось рабочего дня: действовать сразу."
    return "No working day is left within the term: act at once."


def _months_line(term: str, start: date, due: date, lang: str) -> str:
    line = f"{term}: {day_text(start, lang)} → {day_text(due, lang)}"
    if start.day != due.day:
        line += (
            f" (дня {start.day} в этом месяце нет: последний день месяца)"
            if lang == "ru"
            else f" (that month has no day {start.day}: its last day)"
        )
    return line + "."


def _weekend_line(day: date, calendar: Calendar, lang: str) -> str:
    year, when = calendar.years[day.year], day_text(day, lang)
    return f"{when} — рабочий день ({year.decree})." if lang == "ru" else f"{when} is a working day ({year.decree_en})."


def _listed(days: Iterable[date], lang: str) -> str:
    """Return "22, 23 Dec 2026 (2); 11 Jan 2027 (3)": the days by month with the running count."""
    parts, total = [], 0
    for (year, month), group in groupby(days, key=lambda day: (day.year, day.month)):
        numbers = [day.day for day in group]
        total += len(numbers)
        parts.append(f"{', '.join(map(str, numbers))} {MONTHS[lang][month - 1]} {year} ({total})")
    return "; ".join(parts)


def _runs(days: list[date]) -> list[tuple[date, date]]:
    """Join neighbouring days into (first, last)."""
    breaks = [i + 1 for i, (a, b) in enumerate(pairwise(days)) if b - a != DAY]
    edges = [0, *breaks, len(days)]
    return [(days[a], days[b - 1]) for a, b in pairwise(edges)]


def _run_text(run: tuple[date, date], lang: str) -> str:
    first, last = run
    return day_text(first, lang) if first == last else f"{day_text(first, lang)} – {day_text(last, lang)}"
