"""Tells in which language a letter is written, as far as an answer and the staff need it (ISO 639-1)."""

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from importlib import resources

_LINK = re.compile(r"(?:https?://|www\.)\S{1,500}|\S{1,64}@\S{1,255}")
_WORD = re.compile(r"[^\W\d_]+")
_LONGEST = 20_000

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
        found = _language(_LINK.sub(" ", text[:_LONGEST]))
        if found:
            return found
    return "en"


def _language(text: str) -> str | None:
    letters = [c for c in text.casefold() if c.isalpha()]
    if not letters:
        return None
    cyrillic = sum("Ѐ" <= c <= "ӿ" for c in letters)
    latin = sum(c < "ɐ" for c in letters)
    other = len(letters) - cyrillic - latin
    if other > max(cyrillic, latin) or other * 4 > len(letters):
        best = max(_SCRIPTS, key=lambda row: sum(row[1] <= c <= row[2] for c in letters))
        kana = any("぀" <= c <= "ヿ" for c in letters)
        return "ja" if kana else best[0]
    words = [word.casefold() for word in _WORD.findall(text)]
    if cyrillic * 2 >= latin:
        return _by_cyrillic(letters, words)
    return _by_words(_LATIN_WORDS, words, "en")


def _by_cyrillic(letters: list[str], words: list[str]) -> str:
    for name, marks in _CYRILLIC_MARKS.items():
        if sum(c in marks for c in letters) * 200 > len(letters):
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
