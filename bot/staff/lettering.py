"""Letters as they are read, not as they are typed: without invisible signs, decorations, look-alikes and a wrong keyboard layout.

Nothing here knows commands; bot.staff.meaning does.
"""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from desk.recognising.languages import SPELLING

Glyph = tuple[str, int]
"""A character as it is read, in lower case, and where in the text it stands."""

# Signs that show nothing though Unicode calls them letters or symbols: fillers of Hangul, the blank of Braille.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f")
_INVISIBLE = frozenset({"Cf", "Mn", "Me", "Co", "Cn"})
# What Unicode's compatibility forms leave out: small capitals, letters in boxes and circles of emoji, regional letters.
_SMALL_CAPITALS = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True))
_BOXED = {chr(first + number): chr(97 + number) for first in (0x1F150, 0x1F170, 0x1F1E6) for number in range(26)}
_DECORATED = str.maketrans(_SMALL_CAPITALS | _BOXED)
# Before letters lose their case: capitals of other alphabets that look Latin while their small forms do not.
_CAPITALS = str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX")
# Small letters that look alike, Cyrillic (and Greek) to Latin.
_LOOKS_LATIN = str.maketrans("аеорсухкмтнвіјѕԁһӏοανρικτυϲ", "aeopcyxkmthbijsdhloavpiktuc")
_LOOKS_CYRILLIC = str.maketrans("aeopcyxkmtbh", "аеорсухкмтвн")
_EN_KEYS = "`qwertyuiop[]asdfghjkl;'zxcvbnm,."
_RU_KEYS = "еицукенгшщзхъфывапролджэячсмитьбю"
_TO_RU = str.maketrans(_EN_KEYS, _RU_KEYS)
# Read back, и is the key of the letter b and е that of t: what bears a sign above was folded.
_TO_EN = str.maketrans("цукенгшщзхъфывапролджэячсмитьбю", "wertyuiop[]asdfghjkl;'zxcvbnm,.")
LETTER_KEYS = frozenset("[];',.`")
"""The signs of the English layout that are letters in the Russian one."""
# As it is written: й and ё have keys of their own.
_KEYS = _TO_EN | str.maketrans("йеиё", "qtb`")
_SOUNDS = sorted(SPELLING, key=len, reverse=True)
_LOST = str.maketrans({"ь": None, "ъ": None, "й": "и", "ы": "и", "э": "е", "ё": "е", "щ": "ш"})


def glyphs(text: str) -> list[Glyph]:
    """What is seen of a text, in lower case and without marks above or below; line breaks stay, other controls do not."""
    seen: list[Glyph] = []
    for index, character in enumerate(text):
        plain = character.translate(_DECORATED).translate(_CAPITALS)
        for one in unicodedata.normalize("NFKD", plain):
            if one in _BLANK or unicodedata.category(one) in _INVISIBLE or (one < " " and one not in "\n\r\t"):
                continue
            seen += [(small, index) for small in one.casefold()]
    return seen


def folded(word: str) -> str:
    """A word as `glyphs` shows it."""
    return "".join(one for one, _ in glyphs(word))


def in_other_layout(word: str) -> set[str]:
    """What the keys of a folded word would have written in the other keyboard layout, Russian and English."""
    return {folded(word.translate(_TO_RU)), word.translate(_TO_EN)} - {word}


def keys_of(word: str) -> str:
    """What the keys of a Russian word, as it is written, would have written in the English keyboard layout."""
    return word.translate(_KEYS)


def alike(word: str) -> set[str]:
    """A folded word, and what its look-alikes of the other alphabet read."""
    return {word, word.translate(_LOOKS_LATIN), word.translate(_LOOKS_CYRILLIC)}


def spelt(word: str) -> str:
    """A Russian word in Latin letters spelt back, as `sketch` has it; other words likewise."""
    out, at = "", 0
    while at < len(word):
        sound = next((one for one in _SOUNDS if word.startswith(one, at)), word[at])
        out, at = out + SPELLING.get(sound, sound), at + len(sound)
    return sketch(out)


def sketch(word: str) -> str:
    """A word without what spelling in other letters loses."""
    return word.translate(_LOST)


@lru_cache(maxsize=4096)
def distance(one: str, other: str) -> int:
    """How many letters were missed, added, changed or swapped with their neighbour (optimal string alignment)."""
    before, last = [0] * (len(other) + 1), list(range(len(other) + 1))
    for row, left in enumerate(one, 1):
        here = [row]
        for column, right in enumerate(other, 1):
            best = min(last[column] + 1, here[-1] + 1, last[column - 1] + (left != right))
            if row > 1 and column > 1 and (left, one[row - 2]) == (other[column - 2], right):
                best = min(best, before[column - 2] + 1)
            here.append(best)
        before, last = last, here
    return last[-1]


def nearest(words: Iterable[str], known: Iterable[str]) -> int:
    """The least distance between any of `words` and any of `known`."""
    return min((distance(one, other) for one in words for other in known), default=99)
