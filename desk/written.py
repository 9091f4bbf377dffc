"""Dates as letters and people write them - 05.12.2026, «5» декабря 2026 г., 2026-12-05, December 5 - found in a text."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

_MONTHS = {
    "янв": 1, "фев": 2, "мар": 3, "апр": 4, "мая": 5, "май": 5, "мае": 5, "июн": 6, "июл": 7, "авг": 8, "сен": 9, "окт": 10,
    "ноя": 11, "дек": 12,
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
_NAME = (
    r"(?P<{}>янв|фев|мар|апр|ма[яйе]|июн|июл|авг|сен|окт|ноя|дек|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[а-яёa-z]*\.?"
)
_FORMS = re.compile(
    r"(?<![\d.,/-])(?:"
    r"(?P<iso_year>\d{4})[-.](?P<iso_month>\d{1,2})[-.](?P<iso_day>\d{1,2})"
    r"|(?P<day>\d{1,2})\s?[./-]\s?(?P<month>\d{1,2})(?:\s?[./-]\s?(?P<year>\d{4}|\d{2}))?(?:\s?г(?:ода|\.)?)?"
    r"|[«\"“]?(?P<ru_day>\d{1,2})(?:st|nd|rd|th|-?го|-?е)?[»\"”]?\s+(?:of\s+)?" + _NAME.format("name") +
    r"(?:,?\s+(?P<ru_year>\d{4}|\d{2}(?!\d|[.:]))(?:\s?г(?:ода|\.)?)?)?"
    r"|" + _NAME.format("en_name") + r"\s+(?P<en_day>\d{1,2})(?:st|nd|rd|th)?(?:,?\s+(?P<en_year>\d{4}))?"
    r")(?![\d/-]|[.,]\d)",
    re.IGNORECASE,
)  # fmt: skip
CENTURY = 2000


@dataclass(frozen=True)
class Written:
    """A date in a text, from `start` to `end`."""

    day: date
    start: int
    end: int


def dates(text: str, today: date, *, past: bool = True) -> list[Written]:
    """The dates of a text in their order. One without a year is the last such day, or with `past` false the next one."""
    found = []
    for match in _FORMS.finditer(text):
        parts = match.groupdict()
        year = parts["iso_year"] or parts["year"] or parts["ru_year"] or parts["en_year"]
        day = int(parts["iso_day"] or parts["day"] or parts["ru_day"] or parts["en_day"])
        named = (parts["name"] or parts["en_name"] or "").casefold()
        month = _MONTHS[named] if named else int(parts["iso_month"] or parts["month"])
        moment = _day(year, month, day, today, past=past)
        if moment is not None:
            found.append(Written(moment, match.start(), match.end()))
    return found


def _day(year: str | None, month: int, day: int, today: date, *, past: bool) -> date | None:
    if not 1 <= month <= 12 or day < 1:
        return None
    if year is not None:
        full = int(year) if len(year) == 4 else CENTURY + int(year)
        return date(full, month, day) if day <= monthrange(full, month)[1] else None
    # Without a year: the nearest such day on the side that is meant; a 29 February looks for a leap year.
    for step in range(9):
        full = today.year + (-step if past else step)
        if day > monthrange(full, month)[1]:
            continue
        found = date(full, month, day)
        if (found <= today) if past else (found >= today):
            return found
    return None
