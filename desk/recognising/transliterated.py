"""Reads Russian written in Latin letters ("ya otzyvayu soglasie") by spelling it back.

People spell as they like: "yu" or "ju", "kh" or "h", no soft signs. So words are compared by a sketch that leaves out what
such spelling loses, and a word known to the wording comes back as it is written there.
"""

import re
from functools import cache

from desk.recognising.languages import COMMON_LATIN, SPELLING
from desk.recognising.wording import wording

_LATIN = re.compile(r"[A-Za-z]+(?:['`’][A-Za-z]+)*['`’]?")
_CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
_SOUND = re.compile("|".join(sorted(map(re.escape, SPELLING), key=len, reverse=True)), re.IGNORECASE)
_LOST = str.maketrans({"ь": None, "ъ": None, "й": "и", "ы": "и", "э": "е", "ё": "е", "щ": "ш"})
_SHORTEST_STEM = 5  # letters of a stem that may stand for the beginning of a word
_MOST_WORDS = 400  # of a letter by which it is judged


def is_russian(text: str) -> bool:
    """Whether `text`, in Latin letters, is Russian: two words and a third of all are, and no other language's."""
    if _CYRILLIC.search(text):
        return False
    found = [match[0].lower() for match in _LATIN.finditer(text)][:_MOST_WORDS]
    told = [word for word in found if word not in COMMON_LATIN and _sketch(_spelt(word)) in _russian()]
    return len(set(told)) >= 2 and len(told) * 3 >= len(found)


def cyrillic(text: str) -> str:
    """`text` with every word of Latin letters spelt back in Cyrillic."""
    return _LATIN.sub(lambda match: _word(match[0].lower()), text)


@cache
def _russian() -> frozenset[str]:
    return frozenset(map(_sketch, wording().common)) | frozenset(_known()[0])


def _spelt(word: str) -> str:
    return _SOUND.sub(lambda match: SPELLING[match[0].lower()], word)


def _sketch(word: str) -> str:
    return word.translate(_LOST)


@cache
def _known() -> tuple[dict[str, str], dict[str, str]]:
    """The Russian words of the wording, and the beginnings it asks for, under their sketches."""
    words: dict[str, str] = {}
    stems: dict[str, str] = {}
    for piece in wording().pieces():
        if _CYRILLIC.match(piece):
            if piece.endswith("*"):
                stems.setdefault(_sketch(piece[:-1]), piece[:-1])
            elif len(piece) > 2:
                words.setdefault(_sketch(piece), piece)
    return words, stems


@cache
def _word(word: str) -> str:
    spelt = _spelt(word)
    sketch = _sketch(spelt)
    words, stems = _known()
    if sketch in words:
        return words[sketch]
    for length in range(len(sketch), _SHORTEST_STEM - 1, -1):
        if sketch[:length] in stems:
            return stems[sketch[:length]] + sketch[length:]
    return spelt
