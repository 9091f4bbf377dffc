"""Takes what points to a person out of a letter: names, addresses, numbers, contacts. Pure; it would sooner take too much.

What is known of the writer goes first, in any case form; then contacts, postal addresses, dates and long numbers by their form;
then what dictionaries call names, and words with capitals that no dictionary has.
"""

import re
from collections.abc import Collection
from functools import lru_cache
from typing import Final

from desk.recognising.personal import DAY, PLACES
from desk.recognising.reading.lemmas import known, morphology

TAKEN: Final = "XXX"
"""What stands in the place of what was taken out."""

_LINKS: Final = re.compile(
    r"(?:https?://|www\.)\S+|(?<![\w@])@\w{3,}|\b[\w-]+(?:\.[\w-]+)*\.(?:ru|com|org|net|рф|su|me)\b\S*", re.IGNORECASE
)
_NUMBER: Final = re.compile(r"\w*\d(?:[\s().,/№#:\-]{0,2}\d){3,}\w*")
_WORD: Final = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
_MARKS: Final = frozenset({"Name", "Surn", "Patr"})
_BEGINS: Final = re.compile(r"(?:^|[.!?…:\n\r«\"(]\s*)$")
_SURE: Final = 0.3  # of the likelihood of a reading as a name, at the beginning of a sentence
_SURE_IF_SMALL: Final = 0.6  # in small letters
_ALIKE: Final = 3  # letters at least of a name that is known, and of its end as many as may change with the case
_ENDING: Final = 2
_INITIALS: Final = re.compile(r"(?<!\w)(?:[A-ZА-ЯЁ]\.\s?){1,2}(?=\s?XXX)|(?<=XXX)\s(?:[A-ZА-ЯЁ]\.\s?){1,2}")
_RUN: Final = re.compile(rf"{TAKEN}(?:[ ,]*{TAKEN})+")


def depersonalised(text: str, names: Collection[str] = ()) -> str:
    """The text without what points to a person; `names` are how the writer and others in the matter are called."""
    out = text
    for pattern in (*PLACES, _LINKS, re.compile(DAY, re.IGNORECASE), _NUMBER):
        out = pattern.sub(TAKEN, out)
    stems = frozenset(_stem(word) for name in names for word in _WORD.findall(name) if len(word) >= _ALIKE)
    out = _WORD.sub(lambda match: TAKEN if _names(match, stems) else match[0], out)
    out = _signed(out)
    return _RUN.sub(TAKEN, _INITIALS.sub("", out))


def _signed(text: str) -> str:
    """Below a letter stands a name: a short line that is nothing but words with capitals."""
    return "\n".join(_WORD.sub(TAKEN, line) if _is_signature(line) else line for line in text.split("\n"))


def _is_signature(line: str) -> bool:
    words = _WORD.findall(line)
    if not 0 < len(words) <= 3 or not all(word[:1].isupper() for word in words) or re.search(r"[.!?,:]\s*$", line):
        return False
    return all(word.isascii() for word in words) or any(_likeness(word.casefold()) > 0 for word in words if not word.isascii())


def _stem(word: str) -> str:
    folded = word.casefold().replace("ё", "е")
    return folded[: max(_ALIKE, len(folded) - _ENDING)]


def _names(match: re.Match[str], stems: frozenset[str]) -> bool:
    word = match[0]
    folded = word.casefold().replace("ё", "е")
    if word == TAKEN:
        return False
    if any(folded.startswith(stem) and len(folded) - len(stem) <= 2 * _ENDING for stem in stems):
        return True
    capital = word[:1].isupper() and not (word.isupper() and len(word) > 1)
    first = _BEGINS.search(match.string[max(0, match.start() - 12) : match.start()]) is not None
    if re.search("[а-яё]", folded):
        least = _SURE_IF_SMALL if not word[:1].isupper() else _SURE if first else 0.0
        return any(_likeness(part) > least or (capital and not known(part, "ru")) for part in folded.split("-") if len(part) > 1)
    return capital and len(word) > 1 and not first


@lru_cache(20_000)
def _likeness(word: str) -> float:
    """How likely a Russian word (folded) is a name, as a dictionary says."""
    if not known(word, "ru"):
        return 0.0
    return float(sum(one.score for one in morphology("ru").parse(word) if one.tag.grammemes & _MARKS))
