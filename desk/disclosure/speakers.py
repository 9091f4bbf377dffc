"""Who speaks: as what the writer of a letter speaks for somebody else, and whether they or the child are under age. Pure.

Read are words of the writer about themselves; what is only mentioned (somebody's advocate, children thirteen years ago) is not.
Nothing is certain: staff see what was read and correct it by a tap.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from importlib import resources
from typing import Any

from desk import contents, outbox
from desk.disclosure.mandates import UNDER_14, UNDER_18, Role
from models import Outbox, Ticket

READ = 20_000
_FLAGS = re.IGNORECASE | re.VERBOSE | re.MULTILINE
_TABLES: dict[str, dict[str, re.Pattern[str]]] = {
    table: {name: re.compile(words, _FLAGS) for name, words in rows.items()}
    for table, rows in tomllib.loads((resources.files("desk.disclosure") / "speakers.toml").read_text(encoding="utf-8")).items()
}
_AGES = _TABLES["ages"]
_WORDS = {
    word: number
    for number, words in enumerate(
        (
            "год one", "два two", "три three", "четыре four", "пять five", "шесть six", "семь seven", "восемь eight",
            "девять nine", "десять ten", "одиннадцать eleven", "двенадцать twelve",
            "тринадцать thirteen", "четырнадцать fourteen",
            "пятнадцать fifteen", "шестнадцать sixteen", "семнадцать seventeen",
        ),
        1,
    )
    for word in words.split()
}  # fmt: skip
_ORDINALS = ("перв", "втор", "трет", "четв", "пят", "шест", "седьм", "восьм", "девят", "десят", "одиннадц")
# A pupil of the first class is about seven, of the first grade about six.
_CLASS, _GRADE = 6, 5
_YEAR = re.compile(r"\d{4}")
_BIRTH = re.compile(r"рожд|родил|д\.\s?р|г\.?\s*р|born|birth|dob", re.IGNORECASE)
# Of several roles the first that is told: a parent may write by an advocate.
_ORDER = (Role.ADVOCATE, Role.GUARDIAN, Role.HEIR, Role.PARENT, Role.REPRESENTATIVE)
# Younger than this nobody writes to an operator.
_WRITES = 6


@dataclass(frozen=True)
class Spoken:
    """What a letter says of who speaks: the role (empty: for themselves), and how young the writer or the child is."""

    role: str = ""
    writer: str = ""
    child: str = ""


def read(text: str, today: date) -> Spoken:
    """Who speaks in a letter, as far as its words tell; `today` in the operator's time zone."""
    words = text[:READ]
    born = list(_births(words, today))
    writer = _youngest([*_writers(words), *(band for child, band in born if not child)])
    child = _youngest([*_children(words), *(band for child, band in born if child)])
    role = next((one for one in _ORDER if _speaks(words, one)), "")
    if not role and child and not writer:
        role = Role.PARENT
    return Spoken(role, writer if role in {"", Role.REPRESENTATIVE} else "", child)


def posting(ticket: Ticket, spoken: Spoken, row: int, now: datetime) -> Outbox:
    """What staff are asked when somebody seems to be under age, not written yet."""
    return outbox.row(
        channel="staff",
        conversation=outbox.topic(ticket),
        key=f"young:{ticket.id}:{row}",
        content=contents.Young(writer=spoken.writer, child=spoken.child),
        now=now,
        ticket=ticket,
        priority=outbox.LATE,
    )


def _speaks(words: str, role: str) -> bool:
    never = _TABLES["never"][role]
    for match in _TABLES["roles"][role].finditer(words):
        around = words[max(0, match.start() - 25) : match.end() + 25]
        if not never.search(around):
            return True
    return False


def _youngest(bands: Iterable[str]) -> str:
    found = set(bands)
    return UNDER_14 if UNDER_14 in found else UNDER_18 if UNDER_18 in found else ""


def _band(age: int) -> str:
    return UNDER_14 if age < 14 else UNDER_18 if age < 18 else ""


def _writers(words: str) -> Iterator[str]:
    for match in _AGES["writer"].finditer(words):
        age = _number(match)
        if age is not None and age >= _WRITES and _is_age(words, match):
            yield _band(age)
    for match in _AGES["writer_minor"].finditer(words):
        below = match["below"] or match["below_en"] or ""
        yield UNDER_14 if below in {"14", "четырнадцати", "fourteen"} else UNDER_18
    for match in _AGES["writer_class"].finditer(words):
        grade = match["grade"] or match["grade_in"]
        number = int(grade) if grade else _class(match["class"] or match["class_in"] or match["class_of"])
        if 1 <= number <= 12:
            yield _band(number + (_GRADE if grade else _CLASS))


def _children(words: str) -> Iterator[str]:
    for match in _AGES["child"].finditer(words):
        age = _number(match)
        if age is not None and _is_age(words, match):
            yield _band(age)
    for match in _AGES["child_minor"].finditer(words):
        number = match["child_class"] or match["daughter_class"]
        yield _band(int(number) + _CLASS) if number else UNDER_18


def _births(words: str, today: date) -> Iterator[tuple[bool, str]]:
    """Whose birth is told (a child's, or the writer's) and the band of the age it makes."""
    # Most letters tell of none, and whose it is takes long to find out.
    if not (_YEAR.search(words) and _BIRTH.search(words)):
        return
    for match in _AGES["born"].finditer(words):
        told = match["born"] or match["born_after"]
        year = int(re.findall(r"\d{4}", told)[0])
        parts = [int(one) for one in re.findall(r"\d+", told)]
        day = parts if len(told) > 4 and len(str(parts[0])) == 4 else parts[::-1]
        passed = len(day) == 3 and (today.month, today.day) < (day[1], day[2])
        age = today.year - year - passed
        if 0 <= age < 18:
            yield bool(match["whose"] or match["whose_after"]), _band(age)


def _number(match: re.Match[str]) -> int | None:
    told = next((value for name, value in match.groupdict().items() if value), "").casefold()
    return int(told) if told.isdecimal() else _WORDS.get(told)


def _class(told: str) -> int:
    if told.isdecimal():
        return int(told)
    return next((number for number, start in enumerate(_ORDINALS, 1) if told.casefold().startswith(start)), 0)


def _is_age(words: str, match: re.Match[str]) -> bool:
    """Whether a number beside "I" or a child is an age: neither a span, nor a count, a date or long ago."""
    number = next(match.start(name) for name, value in match.groupdict().items() if value)
    after, before = words[match.end() : match.end() + 30], words[max(0, number - 30) : number]
    if _AGES["not_age"].match(after) or _AGES["not_now"].search(before):
        return False
    said: Any = match[0].casefold()
    bare = not re.search(r"лет|год|years?|y\.?/?o|yrs|old|возраст|age|летн|turned|стукнул|исполн", said)
    # Without a unit it is an age only where the sentence ends there.
    return not bare or re.match(r"\s*(?:[.,;!?)\n]|$|и\b|and\b|but\b|а\b|но\b)", after) is not None
