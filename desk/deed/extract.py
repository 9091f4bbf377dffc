"""The log extract: which of the five points of Order 179 p. 5 a file from a system shows; what it does not, the act does. Pure.

The check is one of words: it finds what a person would look for. Where it is unsure it says that a point is missing, for the
act then states it (p. 6), which is never wrong.
"""

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from pypdf import PdfReader
from pypdf.errors import PyPdfError

POINTS: Final = ("subject", "categories", "system", "reason", "date")
"""The points in the order of p. 5: а) whose data, б) which categories, в) which system, г) why, д) when."""

# So much of an extract is read: a log of one person is short.
LONGEST: Final = 2_000_000
PAGES: Final = 200

_WORD = re.compile(r"\w+(?:-\w+)*")
_EMAIL = re.compile(r"\S+@\S+\.\S+")
_ISO = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?(?:[.,]\d+)?\s*(Z|[+-]\d\d:?\d\d)?)?")
_REASON = re.compile(
    r"отзыв|отозва|требовани|прекращени\w+ обработк|достижени\w+ цел|цел\w+ достигнут|истек|истеч|незаконн|неправомерн|"
    r"ст\.? ?21|152-?фз|withdr|revok|consent|erasure|data subject request|dsr\b|gdpr|purpose (?:reached|achieved)|expired|"
    r"retention|unlawful|on request|request of",
    re.IGNORECASE,
)
_MONTHS = {
    "янв": 1, "фев": 2, "мар": 3, "апр": 4, "мая": 5, "май": 5, "июн": 6, "июл": 7, "авг": 8, "сен": 9, "окт": 10, "ноя": 11,
    "дек": 12,
    "jan": 1, "feb": 2, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})(?!\d)")
_WORDED = re.compile(r"(?<!\d)(\d{1,2})(?:st|nd|rd|th)?[\s.-]+([^\W\d_]{3,9})\.?,?[\s-]+(\d{4})")
_WORDED_US = re.compile(r"\b([^\W\d_]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
# What systems call a category in their fields.
_ALSO: Final = {
    "имя": ("name", "фио", "fio", "fullname", "фамилия"),
    "фио": ("name", "имя", "fio", "fullname"),
    "name": ("имя", "фио", "fullname"),
    "телефон": ("phone", "tel", "msisdn", "mobile"),
    "phone": ("телефон", "tel", "msisdn", "mobile"),
    "почты": ("email", "mail", "e-mail", "почта"),
    "почта": ("email", "mail", "e-mail"),
    "email": ("почта", "почты", "mail", "e-mail"),
    "адрес": ("address", "addr"),
    "address": ("адрес", "addr"),
    "заказов": ("orders", "order", "заказы"),
    "orders": ("заказы", "заказов", "order"),
    "отзывы": ("reviews", "review", "отзыв"),
    "паспортные": ("passport", "паспорт"),
    "переписка": ("messages", "correspondence", "переписки"),
}
# Words of a category that tell nothing by themselves.
_EMPTY: Final = frozenset(
    {"данные", "сведения", "о", "об", "и", "в", "история", "электронной", "data", "of", "the", "and", "history"}
)


_MAIL, _ADDRESS = frozenset({"почты", "email", "e-mail"}), frozenset({"адрес", "address"})


@dataclass(frozen=True)
class Expected:
    """What an extract is looked through for: the act's own words. `subject` are lines, each of which tells who it is."""

    subject: str
    categories: Sequence[str]
    system: str
    day: date
    zone: ZoneInfo


def text_of(name: str, data: bytes) -> str:
    """The words of a file: a PDF's text, or those of a CSV or log in whatever encoding. Empty where there are none (a scan)."""
    if data.startswith(b"%PDF") or name.casefold().endswith(".pdf"):
        return _pdf(data)
    if b"\x00" in data[:2000] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ""  # a picture, an archive, a workbook
    for encoding in ("utf-16",) if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "cp1251"):
        try:
            return data[:LONGEST].decode(encoding)
        except UnicodeDecodeError:
            continue
    return data[:LONGEST].decode("utf-8", "ignore")


def _pdf(data: bytes) -> str:
    try:
        pages = PdfReader(io.BytesIO(data)).pages
        return "\n".join(pages[number].extract_text() for number in range(min(len(pages), PAGES)))[:LONGEST]
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, OSError, RecursionError):
        return ""


def seen(text: str, expected: Expected) -> list[str]:
    """The points that a text shows, in their order."""
    folded = _folded(text)
    words = set(_WORD.findall(folded))
    shown = {
        "subject": any(_names(line, folded, words) for line in expected.subject.splitlines()),
        "categories": bool(expected.categories) and all(_category(one, words) for one in expected.categories),
        "system": _mentions(expected.system, words),
        "reason": _REASON.search(folded) is not None,
        "date": expected.day in _days(text, expected.zone),
    }
    return [point for point in POINTS if shown[point]]


def lacking(shown: Iterable[str]) -> list[str]:
    """The points that are not shown, in their order."""
    return [point for point in POINTS if point not in set(shown)]


def _folded(text: str) -> str:
    return text.casefold().replace("ё", "е")


def _names(line: str, folded: str, words: set[str]) -> bool:
    """Whether a text names a person by this line: an address, a number, or a name."""
    line = _folded(line).strip()
    if not line:
        return False
    if _EMAIL.fullmatch(line):
        return line in folded
    digits = re.sub(r"\D", "", line)
    if len(digits) >= 4 and len(digits) >= len(re.sub(r"\s", "", line)) // 2:
        return any(digits[-10:] in re.sub(r"\D", "", one) for one in re.findall(r"\+?\d[\d ()\u00a0-]*\d", folded))
    parts = [one for one in _WORD.findall(line) if len(one) > 1]
    if not parts:
        return False
    there = [_near(one, words) for one in parts]
    # A surname with initials names a person too; a first name alone does not.
    initials = rf"{re.escape(parts[0][: max(4, len(parts[0]) - 2)])}\w*\s+{parts[1][0]}\." if len(parts) > 1 else r"(?!)"
    return (len(parts) > 1 and sum(there) >= 2) or re.search(initials, folded) is not None


def _category(category: str, words: set[str]) -> bool:
    telling = [one for one in _WORD.findall(_folded(category)) if one not in _EMPTY]
    if _MAIL & set(telling):  # an address of that kind, which systems call by the kind alone
        telling = [one for one in telling if one not in _ADDRESS]
    return bool(telling) and all(_called(one, words) for one in telling[:3])


def _called(word: str, words: set[str]) -> bool:
    """Whether a log names a category by a word of it, or as systems call it."""
    parts = {part for each in words if "_" in each for part in each.split("_")}
    return _near(word, words) or any(one in words | parts for one in _ALSO.get(word, ()))


def _mentions(name: str, words: set[str]) -> bool:
    parts = [one for one in _WORD.findall(_folded(name)) if len(one) > 2 or one.isdecimal()]
    return bool(parts) and all(_near(one, words) for one in parts)


def _near(word: str, words: set[str]) -> bool:
    """Whether a word is among others in one of its forms."""
    if word in words:
        return True
    stem = word[: max(3, len(word) - 2)]
    return len(word) > 3 and any(one.startswith(stem) and len(one) <= len(word) + 3 for one in words)


def _days(text: str, zone: ZoneInfo) -> set[date]:
    """The days that a text names; an instant with its offset is a day of the operator."""
    found: set[date] = set()
    for year, month, day, *clock, offset in _ISO.findall(text):
        if offset and clock[0]:
            moment = f"{year}-{month}-{day}T{clock[0]}:{clock[1]}:{clock[2] or '00'}{'+00:00' if offset == 'Z' else offset}"
            try:
                found.add(datetime.fromisoformat(moment).astimezone(zone).date())
            except (ValueError, OverflowError):
                continue
        else:
            found |= _day(year, month, day)
    for day, month, year in _NUMERIC.findall(text):
        found |= _day(year if len(year) == 4 else f"20{year}", month, day)
    for day, month, year in _WORDED.findall(text):
        found |= _day(year, str(_MONTHS.get(_folded(month)[:3], 0)), day)
    for month, day, year in _WORDED_US.findall(text):
        found |= _day(year, str(_MONTHS.get(_folded(month)[:3], 0)), day)
    return found


def _day(year: str, month: str, day: str) -> set[date]:
    try:
        return {date(int(year), int(month), int(day))}
    except ValueError:
        return set()
