"""Reads an instant in any ISO 8601 notation; the standard library reads only some of them.

Decisions where the standard leaves room:
- a date alone is 00:00 of that day, the strictest reading of "received that day";
- without an offset it is the operator's time; an hour that a change to summer time skips or repeats is read as the
  earlier of the two instants;
- 24:00 is 00:00 of the next day; second 60 is the last microsecond of its minute, so it stays in its day;
- digits beyond microseconds are cut off, never rounded up into the next day;
- a month, a week or a year without its day is refused: it is a period, not an instant.
"""

import re
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from desk.law.errors import BadInstant

_DATE = r"""
    (?P<year>[0-9]{4})
    (?: -?(?P<month>[0-9]{2})-?(?P<day>[0-9]{2})
      | -?W(?P<week>[0-9]{2})-?(?P<weekday>[0-9])
      | -?(?P<ordinal>[0-9]{3}) )
"""
_TIME = r"(?P<hour>[0-9]{2})(?: :?(?P<minute>[0-9]{2})(?: :?(?P<second>[0-9]{2}))? )?(?: [.,](?P<fraction>[0-9]+))?"
_OFFSET = r"\s?(?P<offset>Z|(?P<sign>[+\-−])(?P<off_hour>[0-9]{2})(?: :?(?P<off_minute>[0-9]{2}))?)"
_INSTANT = re.compile(rf"{_DATE}(?:(?:\s?T\s?|\s){_TIME}(?:{_OFFSET})?)?", re.VERBOSE | re.IGNORECASE)

_LONGEST = 64
_EXAMPLES = "2026-12-21T10:00, 2026-12-21T10:00:00+03:00, 20261221T070000Z, 2026-W52-1T10:00, 2026-355"


def parse_instant(text: str, zone: ZoneInfo) -> datetime:
    """Return the aware instant `text` names, in the offset it was written in, or in `zone` when it has none.

    Raises `BadInstant` with a sentence that shows the forms that are understood.
    """
    written = text.strip()
    found = _INSTANT.fullmatch(written) if len(written) <= _LONGEST else None
    if found is None:
        raise _bad(text, "it is not a date with a time", "это не дата со временем")
    part = found.groupdict()
    try:
        day = _day(part)
        moment = datetime(day.year, day.month, day.day) + _time(part)  # noqa: DTZ001 — the zone is added below
        if part["offset"]:
            return moment.replace(tzinfo=_offset(part))
        return _earliest(moment, zone)
    except OverflowError:
        raise _bad(text, "the year is out of range", "год вне диапазона") from None
    except ValueError as error:
        raise _bad(text, str(error), "такой даты или времени нет") from None


def _day(part: dict[str, str | None]) -> date:
    year = int(part["year"] or 0)
    if part["ordinal"]:
        day = date(year, 1, 1) + timedelta(days=int(part["ordinal"]) - 1)
        if day.year != year or int(part["ordinal"]) == 0:
            raise ValueError(f"{year} has no day {part['ordinal']}")
        return day
    if part["week"]:
        return date.fromisocalendar(year, int(part["week"]), int(part["weekday"] or 0))
    return date(year, int(part["month"] or 0), int(part["day"] or 0))


def _time(part: dict[str, str | None]) -> timedelta:
    """Return the time of day as a length; a fraction belongs to the smallest unit that was written."""
    hour, minute, second = (int(part[name] or 0) for name in ("hour", "minute", "second"))
    if hour > 24 or minute > 59 or second > 60:
        raise ValueError("the time is not within 00:00 and 24:00")
    unit = 1 if part["second"] else 60 if part["minute"] else 3600
    digits = (part["fraction"] or "0")[:12]
    fraction = timedelta(microseconds=int(digits) * unit * 1_000_000 // 10 ** len(digits))
    length = timedelta(hours=hour, minutes=minute, seconds=second) + fraction
    if hour == 24 and length > timedelta(hours=24):
        raise ValueError("only 24:00 itself ends a day")
    if second == 60:
        return timedelta(hours=hour, minutes=minute + 1) - timedelta(microseconds=1)
    return length


def _offset(part: dict[str, str | None]) -> timezone:
    hours, minutes = int(part["off_hour"] or 0), int(part["off_minute"] or 0)
    if hours > 23 or minutes > 59:
        raise ValueError("the offset is not a time")
    length = timedelta(hours=hours, minutes=minutes)
    return timezone(-length if part["sign"] in {"-", "−"} else length)


def _earliest(moment: datetime, zone: ZoneInfo) -> datetime:
    return min((moment.replace(tzinfo=zone, fold=fold) for fold in (0, 1)), key=lambda t: t.timestamp())


def _bad(text: str, en: str, ru: str) -> BadInstant:
    shown = text.strip()[:_LONGEST]
    return BadInstant(
        f"{shown!r} is not an instant: {en}. Write it like {_EXAMPLES}.",
        f"{shown!r} — не момент времени: {ru}. Пишите так: {_EXAMPLES}.",
    )
