"""Moments as people say them - "завтра 10:00", "on the safe date", "28.12 15:00" - in the operator's time zone."""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta

from desk.context import Desk
from desk.errors import Refused

_DAYS = {
    "сегодня": 0, "today": 0,
    "завтра": 1, "tomorrow": 1,
    "послезавтра": 2,
}  # fmt: skip
_PAST = {"вчера": 1, "yesterday": 1, "позавчера": 2}
_WEEKDAYS = {
    "понедельник": 0, "пн": 0, "monday": 0, "mon": 0,
    "вторник": 1, "вт": 1, "tuesday": 1, "tue": 1,
    "среду": 2, "среда": 2, "ср": 2, "wednesday": 2, "wed": 2,
    "четверг": 3, "чт": 3, "thursday": 3, "thu": 3,
    "пятницу": 4, "пятница": 4, "пт": 4, "friday": 4, "fri": 4,
    "субботу": 5, "суббота": 5, "сб": 5, "saturday": 5, "sat": 5,
    "воскресенье": 6, "вс": 6, "sunday": 6, "sun": 6,
}  # fmt: skip
_SAFE = re.compile(
    r"^(?:(?:на|в|во)\s+)?(?:безопасн\w+|над[её]жн\w+)\s+(?:дат\w+|срок\w*|день)$|^(?:on\s+)?(?:the\s+)?safe(?:\s+date)?$"
)
_IN = re.compile(r"^(?:через|in)\s+(\d{1,4})\s*(мин\w*|min\w*|час\w*|ч|h|hours?|дн\w*|день|дня|d|days?)$")
_CLOCK = re.compile(r"(?:^|\s)(?:в\s+|at\s+)?(\d{1,2})[:.](\d{2})$")
_DATE = re.compile(r"^(\d{1,2})\.(\d{1,2})(?:\.(\d{4}))?$|^(\d{4})-(\d{2})-(\d{2})$")
# A moment that has been: its day in digits or with the name of the month, then perhaps a time of day.
_CAME_AT = re.compile(
    r"^(?P<day>.*?)[\sT,]*(?:(?:в|at)\s+)?(?:(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?::\d{2})?(?:\s*(?:мск|msk))?)?$",
    re.IGNORECASE,
)
_DIGITS = re.compile(
    r"^(?P<day>\d{1,2})[./-](?P<month>\d{1,2})(?:[./-](?P<year>\d{4}|\d{2}))?\s*г?\.?$|^(?P<iso>\d{4}-\d{1,2}-\d{1,2})$"
)
_NAMED = re.compile(r"^(?P<day>\d{1,2})\s+(?P<month>[^\W\d_]{3,})\.?(?:\s+(?P<year>\d{4}))?\s*(?:г\.?|года)?$")
_MONTHS = (
    "янв jan",
    "фев feb",
    "мар mar",
    "апр apr",
    "май мая may",
    "июн jun",
    "июл jul",
    "авг aug",
    "сен sep",
    "окт oct",
    "ноя nov",
    "дек dec",
)
_NOW = frozenset({"сейчас", "now", "только что", "just now"})
# What is said to have come longer ago than this is a mistyped year.
_LONG_AGO = 5


WHEN = (
    r"(?P<when>(?:(?:сегодня|вчера|позавчера|today|yesterday)\b|\d{1,2}[./]\d{1,2}(?:[./]\d{2,4})?(?!\d)|\d{4}-\d{2}-\d{2}"
    r"|\d{1,2}\s+(?:янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек|jan|feb|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-zа-яё]*"
    r"(?:\s+\d{4})?(?=[\s,:;|]|$))(?:,?\s*(?:в\s+|at\s+)?\d{1,2}[:.]\d{2}(?!\d))?)"
)
"""A day that has been, and perhaps a time of day, amid other words: what `came` reads, as the group "when" of a pattern."""


def moment(desk: Desk, words: str, now: datetime, safe_at: datetime | None = None) -> datetime:
    """The instant (UTC) a person means; without a time of day it is the opening hour, for the safe date an hour before its end.

    Raises Refused when the words say no moment, or one that is past.
    """
    said = " ".join(words.casefold().replace(",", " ").split())
    local = now.astimezone(desk.operator.zone)
    found = _safe(said, safe_at) or _after(said, local) or _on_a_day(desk, said, local)
    if found is None:
        raise Refused("“%(words)s” is no moment: write “tomorrow 10:00”, “28.12 15:00” or “safe date”.", words=words.strip()[:60])
    if found <= now:
        raise Refused("This moment is past.")
    return found.astimezone(UTC)


def day(desk: Desk, words: str, now: datetime, *, past: bool = False) -> date:
    """The day a person means: of a document, or with `past` of a letter that has come.

    Without a year it is the next such day, with `past` the last one. Raises Refused when the words name no day.
    """
    local = now.astimezone(desk.operator.zone)
    said = " ".join(words.casefold().split())
    found = local.date() - timedelta(days=_PAST[said]) if said in _PAST else _day(said, local)
    if found is None:
        raise Refused("“%(words)s” is no date: write it like 28.12.2026.", words=words.strip()[:60])
    if past and found > local.date() and (named := _DATE.match(said)) and not named[3] and not named[4]:
        # A 29 February that the year before did not have is its last day.
        found = date(found.year - 1, found.month, min(found.day, monthrange(found.year - 1, found.month)[1]))
    return found


def came(desk: Desk, words: str, now: datetime, *, exact: bool = False) -> datetime:
    """The instant (UTC) at which something is said to have come: a day, and perhaps a time of day, in the operator's time zone.

    Without a time of day it is the opening hour, or now where that is still ahead; `exact` wants the time to the minute.
    Raises Refused for what names no moment, for a day that does not exist, and for one ahead or in another age.
    """
    said = " ".join(words.casefold().replace(",", " ").split())
    if said in _NOW:
        return now.replace(second=0, microsecond=0)
    found, local = _came_at(said), now.astimezone(desk.operator.zone)
    if found is None:
        raise Refused("“%(words)s” is no moment: write it like 08.12.2026 11:30.", words=words.strip()[:60])
    day_said, at = found
    day_found = local.date() if not day_said else past_day(desk, day_said, now)
    if at is None and exact:
        raise Refused("The time of day is needed too, to the minute: write it like 08.12.2026 11:30.")
    moment_found = datetime.combine(day_found, at or desk.counting.opening, desk.operator.zone)
    if at is None and day_found == local.date():
        moment_found = min(moment_found, local)
    if moment_found > now:
        raise Refused(
            "%(moment)s is still ahead: what has come cannot have come in the future.", moment=f"{moment_found:%d.%m.%Y %H:%M}"
        )
    return moment_found.astimezone(UTC)


def past_day(desk: Desk, words: str, now: datetime) -> date:
    """A day that has been, of a letter or a document. Raises Refused for what is no day, does not exist, or is ahead."""
    local = now.astimezone(desk.operator.zone)
    said = " ".join(words.casefold().replace(",", " ").split())
    if said in _PAST or said in {"сегодня", "today"}:
        return local.date() - timedelta(days=_PAST.get(said, 0))
    found = _spelled(said, local.date(), words)
    if found > local.date():
        raise Refused("%(day)s is still ahead: what has come cannot have come in the future.", day=f"{found:%d.%m.%Y}")
    if found.year < local.year - _LONG_AGO:
        raise Refused("%(day)s is more than five years ago: check the year.", day=f"{found:%d.%m.%Y}")
    return found


def coming_day(desk: Desk, words: str, now: datetime) -> date:
    """A day that a document sets, today or ahead. Raises Refused for what is no day, does not exist, or is past."""
    today = now.astimezone(desk.operator.zone).date()
    said = " ".join(words.casefold().replace(",", " ").split())
    found = today + timedelta(days=_DAYS[said]) if said in _DAYS else _spelled(said, today, words, ahead=True)
    if found < today - timedelta(days=366):
        raise Refused("%(day)s is more than a year ago: check the term of the document.", day=f"{found:%d.%m.%Y}")
    if found.year > today.year + _LONG_AGO:
        raise Refused("%(day)s is more than five years ahead: check the year.", day=f"{found:%d.%m.%Y}")
    return found


def _came_at(said: str) -> tuple[str, time | None] | None:
    """The words of the day (none: today) and the time of day; None where the words are neither."""
    whole = _DIGITS.match(said) or _NAMED.match(said)
    found = None if whole else _CAME_AT.match(said)
    if found is None or not found["hour"]:
        return (said, None) if said else None
    try:
        at = time(int(found["hour"]), int(found["minute"]))
    except ValueError:
        raise Refused("There is no such time of day: write it like 11:30.") from None
    return found["day"].strip(), at


def _spelled(said: str, today: date, words: str, *, ahead: bool = False) -> date:
    """A day in digits or with the name of its month; without a year the last one, or the next one `ahead`."""
    digits, named = _DIGITS.match(said), _NAMED.match(said)
    month = 0
    if digits and digits["iso"]:
        year, month, day = map(int, digits["iso"].split("-"))
        return _existing(year, month, day)
    if digits:
        month = int(digits["month"])
    elif named:
        month = next((number for number, names in enumerate(_MONTHS, 1) if named["month"].startswith(tuple(names.split()))), 0)
    found = digits or named
    if not found or not month:
        raise Refused("“%(words)s” is no date: write it like 28.12.2026.", words=words.strip()[:60])
    day, year_said = int(found["day"]), found["year"]
    if year_said:
        return _existing(int(year_said) + (2000 if len(year_said) == 2 else 0), month, day)
    # 29 February is sought in the year that had it.
    step = 1 if ahead else -1
    for year in range(today.year, today.year + step * 5, step):
        try:
            one = date(year, month, day)
        except ValueError:
            continue
        if (one >= today) if ahead else (one <= today):
            return one
    return _existing(today.year, month, day)


def _existing(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise Refused("There is no such day as %(day)s.", day=f"{day:02d}.{month:02d}.{year}") from None


def _safe(said: str, safe_at: datetime | None) -> datetime | None:
    if not _SAFE.match(said):
        return None
    if safe_at is None:
        raise Refused("No running term of this ticket has a safe date ahead.")
    return safe_at - timedelta(hours=1)


def _after(said: str, local: datetime) -> datetime | None:
    found = _IN.match(said)
    if not found:
        return None
    count, unit = int(found[1]), found[2][0]
    if found[2].startswith(("мин", "min")):
        return local + timedelta(minutes=count)
    return local + (timedelta(hours=count) if unit in "чh" else timedelta(days=count))


def _on_a_day(desk: Desk, said: str, local: datetime) -> datetime | None:
    at = desk.counting.opening
    if clock := _CLOCK.search(said):
        if _DATE.match(said):  # "28.12" is a day, not a time of day
            clock = None
        else:
            try:
                at = time(int(clock[1]), int(clock[2]))
            except ValueError:
                return None
            said = said[: clock.start()].strip()
    day = local.date() if not said and clock else _day(said.removeprefix("в ").removeprefix("во ").removeprefix("on "), local)
    return datetime.combine(day, at, desk.operator.zone) if day else None


def _day(said: str, local: datetime) -> date | None:
    today = local.date()
    if said in _DAYS:
        return today + timedelta(days=_DAYS[said])
    if said in _WEEKDAYS:
        return today + timedelta(days=(_WEEKDAYS[said] - today.weekday() - 1) % 7 + 1)
    found = _DATE.match(said)
    if not found:
        return None
    try:
        if found[4]:
            return date(int(found[4]), int(found[5]), int(found[6]))
        day = date(int(found[3] or today.year), int(found[2]), int(found[1]))
        # Without a year the next such day is meant.
        return day.replace(year=day.year + 1) if not found[3] and day < today else day
    except ValueError:
        return None
