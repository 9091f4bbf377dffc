"""What a letter of an authority names: the day by which it wants to be obeyed, its own number and date, a day of detection.

Pure, and never certain: staff choose by a tap. Dates of laws, of letters it answers and of validity are none of these.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from desk.written import Written, dates

Kind = TypeVar("Kind")

READ = 30_000
# So many of each are proposed at most.
MOST = 3
# An order is not older than this when it comes, and sets no later term.
OLDEST, LATEST = timedelta(days=366), timedelta(days=3 * 366)
_FLAGS = re.IGNORECASE | re.VERBOSE
_CLOCK = (
    r"(?:\s*\d{1,2}[:.\-]\d{2}\s*(?:час\w*|ч\.?|мин\w*)?|\s*\d{1,2}\s*(?:час\w*|ч\.)"
    r"|\s*(?:конца|окончания)\s+(?:рабочего\s+)?дня)?"
)
_TERM = re.compile(
    r"(?:\b(?:до|не\s+позднее|не\s+позже|к|сроком?\s+(?:по|до)|by|until|till|before|no(?:t)?\s+later\s+than|due(?:\s+on)?)"
    rf"|\bсрок\w*[^.\n]{{0,60}}|\b(?:term|deadline)\b[^.\n]{{0,40}}){_CLOCK}[\s:–—«\"-]*$",
    _FLAGS,
)
_LASTING = re.compile(
    r"\b(?:действ\w+|действител\w+|период\w*|полномоч\w+|доверенност\w+|лиценз\w+|valid|effective|expires?|period|power\s+of\s+attorney)\b"
    r"(?:[^.;\n]|\.(?=\d)){0,50}$",
    _FLAGS,
)
_NUMBER = r"(?:№|\#|\bN\b|\bno\.?|\bnumber)\s*(?P<number>\w[\w/.\-–()]{0,40})"
_BEFORE = re.compile(rf"(?:{_NUMBER})\s*,?\s*(?:от|dated|of|датиров\w+)?\s*[«\"]?\s*$", _FLAGS)
_AFTER = re.compile(rf"^\s*(?:г\.|года)?\s*,?\s*(?:за\s+)?(?:{_NUMBER})", _FLAGS)
_DATED = re.compile(r"\b(?:от|dated)\s*[«\"]?\s*$", _FLAGS)
# What another document is called by: a law, or a letter that this one answers.
_OTHERS = re.compile(
    r"\b(?:закон\w*|кодекс\w*|указ\w*|приказ\w*|постановлени\w+\s+правительств\w*|распоряжени\w+\s+правительств\w*|регламент\w*|положени\w+"
    r"|соглашени\w+|договор\w*|полис\w*|доверенност\w*|(?:на|по)\s+(?:ваш\w*|наш\w*)\s+\w+|ваш\w*\s+(?:письм|ответ|исх)\w*|в\s+ответ\s+на|на\s+исх\w*|law|act|order\s+of\s+the\s+(?:government|ministry)"
    r"|your\s+(?:letter|answer|ref\w*)|contract|in\s+reply\s+to)\b[^.;\n]{0,80}$",
    _FLAGS,
)
_ANSWERS = re.compile(r"\bна\s*(?:№|исх)[^\n]{0,30}$", _FLAGS)
_OF_LAW = re.compile(r"-?\s*(?:ФЗ|FZ|ФКЗ)$", re.IGNORECASE)
_DETECTED = re.compile(
    r"\b(?:выявл\w+|обнаруж\w+|установл\w+|зафиксир\w+|detected|discovered|identified|established|found|revealed)\b", _FLAGS
)
_SENTENCE = re.compile(r"(?<!\d)[.;!?](?=\s+[A-ZА-ЯЁ«])|\n\s*\n")


@dataclass(frozen=True)
class Paper:
    """A document by its number (empty where none is told) and its date."""

    number: str
    dated: date


@dataclass(frozen=True)
class Named:
    """What a letter names: days by which it wants to be obeyed, documents that may be it, days of detection; likeliest first."""

    terms: tuple[date, ...] = ()
    papers: tuple[Paper, ...] = ()
    detected: tuple[date, ...] = ()


def read(text: str, received: date) -> Named:
    """What the words of an authority name; `received` is the operator's day of receipt."""
    words = text[:READ]
    sure, likely, papers, detected = list[date](), list[date](), list[Paper](), list[date]()
    claimed = 0  # what stands before it belongs to the date before
    for found in _dates(words, received):
        before, after = words[max(claimed, found.start - 100) : found.start], words[found.end : found.end + 60]
        number = _AFTER.search(after)
        claimed = found.end + number.end() if number else claimed
        if _OTHERS.search(before) or _ANSWERS.search(before):
            continue
        term = _TERM.search(before) is not None
        if found.day > received or (term and found.day == received):
            if not _LASTING.search(before) and found.day <= received + LATEST:
                (sure if term else likely).append(found.day)
        elif found.day >= received - OLDEST:
            paper = _paper(number or _BEFORE.search(before), before, found.day)
            if paper is not None:
                papers.append(paper)
            elif _DETECTED.search(_sentence(words, found)):
                detected.append(found.day)
    return Named(_most([*sure, *likely]), _most(papers), _most(detected))


def _dates(words: str, received: date) -> Iterator[Written]:
    """Its dates. One without a year is the coming one after “until”, else the last one."""
    last = {one.start: one for one in dates(words, received)}
    for found in dates(words, received, past=False):
        ahead = _TERM.search(words[max(0, found.start - 100) : found.start])
        yield found if ahead else last.get(found.start, found)


def _paper(told: re.Match[str] | None, before: str, day: date) -> Paper | None:
    """The document that a date belongs to, by the number that was `told` with it and the words before; none for a law."""
    if told is not None and any(character.isdigit() for character in told["number"]):
        number = told["number"].rstrip(".-–,(")
        return None if _OF_LAW.search(number) else Paper(number, day)
    return Paper("", day) if _DATED.search(before) else None


def _sentence(words: str, found: Written) -> str:
    floor = max(0, found.start - 200)
    start = max((one.end() for one in _SENTENCE.finditer(words, floor, found.start)), default=floor)
    end = _SENTENCE.search(words, found.end, found.end + 120)
    return words[start : end.start() if end else found.end + 60]


def _most(found: list[Kind]) -> tuple[Kind, ...]:
    return tuple(dict.fromkeys(found))[:MOST]
