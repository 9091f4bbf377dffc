"""Says of one word which lemmas it may be a form of, and which form.

Russian and Ukrainian by the dictionaries of pymorphy3, languages in Latin letters by the stems of Snowball.

Forms are named alike in all languages:

imp    told to do (удалите, delete!)            you, they  done by others now or later (удалите ли вы, удалят)
inf    to do (удалить; an English base form)    past       done (удалили, deleted)
i      done by the writer now (отзываю)         short      has been done to it (удалены)
will   done by the writer later (отзову)        noun       the doing as a thing (удаление, deletion)
other  anything else
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any, Final

import pymorphy3.analyzer
import snowballstemmer

from desk.recognising.reading.tables import PAST

CYRILLIC: Final = frozenset({"ru", "uk"})
_STEMMERS: Final = {
    "en": "english",
    "de": "german",
    "fr": "french",
    "es": "spanish",
    "it": "italian",
    "pl": "polish",
    "pt": "portuguese",
    "tr": "turkish",
    "nl": "dutch",
}
# Grammemes of OpenCorpora; in the Ukrainian dictionary they are written a little otherwise.
_FORMS: Final = tuple(
    (form, frozenset(marks.split()))
    for form, marks in (
        ("imp", "impr"),
        ("inf", "INFN"),
        ("inf", "infn"),
        ("short", "PRTS"),
        ("short", "Impe"),
        ("past", "VERB past"),
        ("i", "1per pres"),
        ("will", "1per futr"),
        ("you", "2per"),
        ("they", "3per"),
        ("noun", "NOUN"),
    )
)
MOST_WORDS: Final = 20_000  # kept analysed; a desk meets the same words over and over


@cache
def morphology(language: str) -> Any:
    return pymorphy3.analyzer.MorphAnalyzer(lang=language)  # type: ignore[no-untyped-call]


@lru_cache(8)
def parses(word: str, language: str) -> Sequence[Any]:
    """What the dictionary of a Cyrillic language makes of a word, likeliest first."""
    return tuple(morphology(language).parse(word))


@cache
def _stemmer(language: str) -> Any:
    return snowballstemmer.stemmer(_STEMMERS[language])


@lru_cache(MOST_WORDS)
def analysed(word: str, language: str) -> tuple[tuple[str, str], ...]:
    """The lemmas `word` (small letters, ё as е) may belong to, each with the form it then is."""
    if language not in CYRILLIC:
        return ((_stemmer(language).stemWord(word), _english(word) if language == "en" else "other"),)
    found: dict[tuple[str, str], None] = {}
    meant = parses(word, language)
    if any("NOUN" in parse.tag.grammemes for parse in meant):
        # "Данные" are data here, not "given" ones.
        meant = [parse for parse in meant if "PRTF" not in parse.tag.grammemes]
    for parse in meant:
        found[parse.normal_form.replace("ё", "е"), _slavic(parse.tag)] = None
    return tuple(found)


@lru_cache(MOST_WORDS)
def known(word: str, language: str) -> bool:
    """Whether the dictionary of a Cyrillic language has the word."""
    return bool(morphology(language).word_is_known(word))


@lru_cache(MOST_WORDS)
def lemmas(word: str, language: str) -> frozenset[str]:
    """What a word of the tables is compared by."""
    return frozenset(lemma for lemma, _ in analysed(word, language))


def _slavic(tag: Any) -> str:
    of = tag.grammemes
    for form, marks in _FORMS:
        if marks <= of:
            return form
    return "other"


def _english(word: str) -> str:
    """By its ending only: the reader of clauses sees what stands before it."""
    if word in PAST or (word.endswith("ed") and len(word) > 4):
        return "past"
    if word.endswith("ing") and len(word) > 5:
        return "ing"
    if word.endswith(("tion", "sion", "ment", "ance", "ure", "wal", "val", "fund", "ction")):
        return "noun"
    if word.endswith("s") and not word.endswith("ss"):
        return "they"
    return "inf"
