"""One text from the alternatives of a letter: the fullest of them, and whatever words only another one has."""

import re
from bisect import bisect_right
from collections.abc import Sequence

_WORD = re.compile(r"https?://[^\s<>]+|\w+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_ENOUGH = 0.8  # of the fullest text's words, for an earlier alternative to be taken for the whole
_MOST_LINES = 400  # lines that only another alternative has


def joined(texts: Sequence[str]) -> str:
    """The text of a letter that was written several times, the plainest first.

    Alternatives should say the same. Where they do not (a stub that asks for another program, a plain text without the
    addresses of its links, a calendar beside a letter), no word is left out: lines of the others whose words the chosen one
    lacks are put in where they stood.
    """
    full = [text for text in texts if text.strip()]
    if not full:
        return ""
    sizes = [len(_words(text)) for text in full]
    chosen = next(at for at, size in enumerate(sizes) if size >= _ENOUGH * max(sizes))
    text = full[chosen]
    for at, other in enumerate(full):
        if at != chosen:
            text = _completed(text, other)
    return text


def _words(text: str) -> frozenset[str]:
    return frozenset(found[0].casefold().rstrip(".,;") for found in _WORD.finditer(_INVISIBLE.sub("", text)))


def _completed(text: str, other: str) -> str:
    """`text` with the lines of `other` that have words it lacks, each behind the line it followed."""
    has = _words(text)
    lacking = [number for number, line in enumerate(other.split("\n")) if not _words(line) <= has]
    if not lacking:
        return text
    rows, theirs = text.split("\n"), other.split("\n")
    places = _places(rows)
    put: dict[int, list[str]] = {}
    done: set[str] = set()
    for number in lacking[:_MOST_LINES]:
        line = theirs[number].strip()
        if line not in done:
            done.add(line)
            put.setdefault(_place(theirs, number, places, len(rows)), []).append(line)
    out = []
    for at in range(-1, len(rows)):
        if at >= 0:
            out.append(rows[at])
        out += put.get(at, [])
    return "\n".join(out)


def _places(rows: Sequence[str]) -> dict[tuple[str, ...], int]:
    """In which line three words in a row end, at their first occurrence."""
    words: list[str] = []
    starts: list[int] = []
    for row in rows:
        starts.append(len(words))
        words += [found[0].casefold() for found in _WORD.finditer(row)]
    places: dict[tuple[str, ...], int] = {}
    for at in range(len(words) - 2):
        places.setdefault(tuple(words[at : at + 3]), bisect_right(starts, at + 2) - 1)
    return places


def _place(theirs: Sequence[str], number: int, places: dict[tuple[str, ...], int], end: int) -> int:
    """Behind which line the line `number` of the other text belongs; -1 for the top."""
    before: list[str] = []
    for line in reversed(theirs[max(0, number - 6) : number]):
        before = [found[0].casefold() for found in _WORD.finditer(line)] + before
        for at in range(len(before) - 3, -1, -1):
            if tuple(before[at : at + 3]) in places:
                return places[tuple(before[at : at + 3])]
    return end - 1 if before else -1
