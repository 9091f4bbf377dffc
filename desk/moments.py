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
