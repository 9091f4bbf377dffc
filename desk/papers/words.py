"""The words of papers: their catalogue, and how days are written on them."""

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from desk.i18n import words


def spoken_in(language: str) -> Callable[[str], str]:
    """What translates a sentence of papers; used as `_`."""
    return words("desk.papers", language).gettext


def day(value: date) -> str:
    """A day as papers write it: 14.12.2026."""
    return f"{value:%d.%m.%Y}"


def number_and_day(number: str, dated: date | None, language: str) -> str:
    """A document by its number and day, as far as they are known: No. 12, 14.12.2026."""
    _ = spoken_in(language)
    return ", ".join(filter(None, (f"{_('No.')} {number}" if number else "", day(dated) if dated else "")))


def hour(value: datetime, zone: ZoneInfo) -> str:
    """A moment in the operator's time where the paper names the zone: 14.12.2026 11:05."""
    return f"{value.astimezone(zone):%d.%m.%Y %H:%M}"


def offset(value: datetime, zone: ZoneInfo) -> str:
    """How far the operator's time is from UTC at a moment: UTC+03:00."""
    there = value.astimezone(zone).strftime("%z")
    return f"UTC{there[:3]}:{there[3:5]}"


def moment(value: datetime, zone: ZoneInfo) -> str:
    """A moment in the operator's time, with its offset: 14.12.2026 11:05 (UTC+03:00)."""
    return f"{hour(value, zone)} ({offset(value, zone)})"


def pages(language: str) -> str:
    """How pages are counted below each."""
    _ = spoken_in(language)
    return _("Page %(page)s of %(pages)s")
