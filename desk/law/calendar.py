"""Which days are working days: dated data from a TOML file, and nothing guessed beyond its verified years.

All days of the verified years are laid out once in an array, so a question costs a look-up, not a walk.
"""

import json
import tomllib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

from desk.law.data import read_data
from desk.law.errors import BadLawData, UnverifiedYear

SATURDAY = 5
DAY = timedelta(days=1)
DECREES_SINCE_MONTH = 10
YEARS = (1990, 2200)
YEAR_KEYS = frozenset({"year", "decree", "decree_en", "transfers", "working_days", "days_off", "working_weekends", "short"})
# Holidays that no decree makes a working day, by calendar: Labour Code of the Russian Federation, Art. 112.
HOLIDAYS = {
    "ru": (*(f"01-{day:02d}" for day in range(1, 9)), "02-23", "03-08", "05-01", "05-09", "06-12", "11-04"),
}


@dataclass(frozen=True)
class CalendarYear:
    """One verified year: its decree (`decree_en`: in English), days off Monday to Friday, working weekends, short days."""

    year: int
    decree: str
    decree_en: str
    transfers: str
    days_off: frozenset[date]
    working_weekends: frozenset[date]
    short: frozenset[date]

    def is_working(self, day: date) -> bool:
        return day in self.working_weekends if day.weekday() >= SATURDAY else day not in self.days_off

    def days(self) -> Iterator[date]:
        day = date(self.year, 1, 1)
        while day.year == self.year:
            yield day
            day += DAY


class Calendar:
    """Working days of the verified years, which follow one another without a gap.

    Every question about a day outside them raises `UnverifiedYear` with the year that is missing.
    """

    def __init__(self, name: str, years: Iterable[CalendarYear]) -> None:
        self.name = name
        self.years: Mapping[int, CalendarYear] = {y.year: y for y in sorted(years, key=lambda y: y.year)}
        self.verified_years: tuple[int, ...] = tuple(self.years)
        if not self.years:
            raise BadLawData(f"The calendar {name!r} has no year.")
        for before, after in pairwise(self.verified_years):
            if after != before + 1:
                raise BadLawData(f"The calendar {name!r} has {before} and {after} but not the years between them.")
        # Ordinals of all working days, in order: the n-th working day after a day is n places further.
        self._working = [d.toordinal() for y in self.years.values() for d in y.days() if y.is_working(d)]
        self._is_working = frozenset(self._working)
        self._first = date(self.verified_years[0], 1, 1).toordinal()
        self._last = date(self.verified_years[-1], 12, 31).toordinal()

    def __repr__(self) -> str:
        return f"Calendar({self.name!r}, {self.verified_years[0]}–{self.verified_years[-1]})"

    def is_verified(self, day: date) -> bool:
        """Tell whether the calendar knows this day at all."""
        return self._first <= day.toordinal() <= self._last

    def is_working(self, day: date) -> bool:
        return self._known(day) in self._is_working

    def is_short(self, day: date) -> bool:
        """Tell whether the day is a working day one hour shorter (the eve of a holiday)."""
        self._known(day)
        return day in self.years[day.year].short

    def add_working_days(self, day: date, count: int) -> date:
        """Return working day number `count` (from 1) after `day`; `day` itself is day 0, working or not.

        `day` may be the eve of the first verified year; any earlier or later day raises `UnverifiedYear`.
        """
        ordinal = day.toordinal()
        if ordinal + 1 < self._first or ordinal > self._last:
            raise self._unverified(day.year)
        place = bisect_right(self._working, ordinal) + count - 1
        if place >= len(self._working):
            raise self._unverified(self.verified_years[-1] + 1)
        return date.fromordinal(self._working[place])

    def last_working_on_or_before(self, day: date) -> date:
        place = bisect_right(self._working, self._known(day)) - 1
        if place < 0:
            raise self._unverified(self.verified_years[0] - 1)
        return date.fromordinal(self._working[place])

    def next_working_on_or_after(self, day: date) -> date:
        place = bisect_left(self._working, self._known(day))
        if place == len(self._working):
            raise self._unverified(self.verified_years[-1] + 1)
        return date.fromordinal(self._working[place])

    def working_days_between(self, after: date, until: date) -> int:
        """Count the working days later than `after` up to and including `until` (0 when there are none)."""
        if until <= after:
            return 0
        self._known(after + DAY)
        self._known(until)
        return bisect_right(self._working, until.toordinal()) - bisect_right(self._working, after.toordinal())

    def year_to_add(self, today: date) -> int | None:
        """Return the year whose calendar is wanted now: this one, or from October on the next; None when all is well.

        Decrees come out in autumn, and a term opened in December already needs the next year.
        """
        wanted = [today.year] + [today.year + 1] * (today.month >= DECREES_SINCE_MONTH)
        return next((year for year in wanted if year not in self.years), None)

    def working_holidays(self) -> tuple[date, ...]:
        """Return the public holidays that count as working days: somebody forgot to list them."""
        days = (date.fromisoformat(f"{year}-{text}") for year in self.years for text in HOLIDAYS.get(self.name, ()))
        return tuple(day for day in days if self.is_working(day))

    def with_years(self, more: "Calendar") -> "Calendar":
        """Return this calendar with the years of `more` added; a year in both is taken from `more`."""
        return Calendar(self.name, ({**self.years, **more.years}).values())

    def _known(self, day: date) -> int:
        ordinal = day.toordinal()
        if not self._first <= ordinal <= self._last:
            raise self._unverified(day.year)
        return ordinal

    def _unverified(self, year: int) -> UnverifiedYear:
        return UnverifiedYear(year, self.name, self.verified_years)


@cache
def load_calendar(name: str) -> Calendar:
    """Return the packaged calendar `name` ("ru", "eu", "uk"). Raises `BadLawData` when there is none."""
    return parse_calendar(read_data("calendars", name))


def parse_calendar(text: str) -> Calendar:
    """Read a calendar in the form of `calendars/ru.toml`, or the same as JSON (`{"name": …, "year": [{…}]}`).

    Raises `BadLawData` with what is wrong in it.
    """
    as_json = text.lstrip().startswith("{")
    try:
        data = json.loads(text) if as_json else tomllib.loads(text)
    except ValueError as error:
        raise BadLawData(f"The calendar file is not valid {'JSON' if as_json else 'TOML'}: {error}.") from error
    if not isinstance(data.get("name"), str):
        raise BadLawData('The calendar file has no name = "…".')
    rows = data.get("year", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadLawData("The years of a calendar file are [[year]] tables.")
    if len({row.get("year") for row in rows}) != len(rows):
        raise BadLawData(f"The calendar {data['name']!r} has a year twice.")
    return Calendar(data["name"], [_year(data["name"], row) for row in rows])


def _year(name: str, row: dict[str, Any]) -> CalendarYear:
    try:
        _refuse_unknown(row)
        number = _whole(row, "year", *YEARS)
        year = CalendarYear(
            year=number,
            decree=_text(row["decree"]),
            decree_en=str(row.get("decree_en", row["decree"])),
            transfers=str(row.get("transfers", "")),
            days_off=_days(number, row, "days_off"),
            working_weekends=_days(number, {"working_weekends": [], **row}, "working_weekends"),
            short=_days(number, {"short": [], **row}, "short"),
        )
        total = _whole(row, "working_days", 1, 366)
    except KeyError as error:
        raise BadLawData(f"A year of the calendar {name!r} has no {error.args[0]}.") from error
    except (TypeError, ValueError) as error:
        raise BadLawData(f"A year of the calendar {name!r} is wrong: {error}.") from error
    _check(name, year, total)
    return year


def _refuse_unknown(row: dict[str, Any]) -> None:
    if strange := sorted(set(row) - YEAR_KEYS):
        raise ValueError(f"{', '.join(strange)} is not asked for; known are {', '.join(sorted(YEAR_KEYS))}")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"decree is {value!r}, expected text")
    return value


def _whole(row: dict[str, Any], key: str, low: int, high: int) -> int:
    value = row[key]
    if type(value) is not int or not low <= value <= high:
        raise ValueError(f"{key} is {value!r}, expected a whole number from {low} to {high}")
    return value


def _day(year: int, text: object, key: str) -> date:
    wrong = f'{key} has {str(text)!r}, expected a day of {year} as month and day, such as "01-09"'
    if not isinstance(text, str) or len(text) != len("MM-DD"):
        raise ValueError(wrong)
    try:
        return date.fromisoformat(f"{year}-{text}")
    except ValueError:
        raise ValueError(wrong) from None


def _days(year: int, row: dict[str, Any], key: str) -> frozenset[date]:
    """Read a list of days of the year, each as month and day ("01-09")."""
    value = row[key]
    if not isinstance(value, list):
        raise TypeError(f'{key} is {value!r}, expected a list of days such as ["01-09", "05-11"]')
    found = [_day(year, text, key) for text in value]
    if len(set(found)) != len(found):
        twice = next(day for day in found if found.count(day) > 1)
        raise ValueError(f"{key} has {twice:%m-%d} twice")
    return frozenset(found)


def _check(name: str, year: CalendarYear, total: int) -> None:
    """Refuse a year that contradicts itself; a slip of the pen must not become a wrong date."""
    where = f"The calendar {name!r}, year {year.year}:"
    if not year.decree.strip():
        raise BadLawData(f"{where} the decree is not named.")
    for day in sorted(year.days_off):
        if day.weekday() >= SATURDAY:
            raise BadLawData(f"{where} {day} is a weekend day, days_off lists Mondays to Fridays only.")
    for day in sorted(year.working_weekends):
        if day.weekday() < SATURDAY:
            raise BadLawData(f"{where} {day} is not a weekend day, so it cannot be in working_weekends.")
    for day in sorted(year.short):
        if not year.is_working(day):
            raise BadLawData(f"{where} {day} is short but not a working day.")
    found = sum(year.is_working(day) for day in year.days())
    if found != total:
        raise BadLawData(f"{where} {found} working days are listed, working_days says {total}.")
