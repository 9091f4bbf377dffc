"""Brings the ways people write one word together: case, ё, look-alike letters, hidden characters, spacing and typing errors."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

_HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u206a-\u206f\ufe00-\ufe0f\ufeff]"
)
_HYPHENATED = re.compile(r"[-\u2010\u2011](?<=[^\W\d_]{2}.)[ \t]*\n[ \t]*(?=[^\W\d_]{2})")
_SPACED = re.compile(r"(?<![^\W_])(?:[^\W\d_][ .\u00a0]){3,40}[^\W\d_](?![^\W_])")
# Vowel signs of the scripts of India and South-East Asia belong to the word, though they are no letters.
_WORD = re.compile(r"(?:[^\W_]|[\u0300-\u036f\u064b-\u065f\u0900-\u0eff])+(?:['’ʼ][^\W_]+)*")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")  # Thai to Chinese
_LINK = re.compile(r"(?:https?://|www\.)\S{1,500}|\S{1,64}@\S{1,255}")
_SENTENCE_END = re.compile(
    r"(?<=[.!?;…。！？।])[\"»”)\]]{0,3}(?:\s+|(?<=[。！？।])|(?=[А-ЯЁA-Z][а-яёa-z]))|\n\s*\n|\n(?=\s*(?:[-–—•*·▪◦]|\d{1,2}[.)]|[а-яa-z]\))\s)|(?<=:)\s*\n"
)
# "как можно скорее" says how soon, and asks nothing.
_AS_CAN_BE = re.compile(r"\bкак(?:\s+только)?\s+можно\s+(?=\w+(?:ее|ей|ше)\b)", re.IGNORECASE)
_ABBREVIATION = re.compile(
    r"(?i)\b(?:ст|п|пп|ч|г|гр|им|ул|д|кв|тел|руб|коп|стр|т|е|др|тыс|art|no|nr|mr|mrs|ms|dr|e\.g|i\.e|approx|inc|ltd|para|sec|abs)\.(?=\s*[\d\w])"
)

# Letters of the other alphabet that look the same and are typed by mistake, or to get past filters.
_TO_CYRILLIC = str.maketrans("aceopxykhmtbu3", "асеорхукнмтвиз")
_TO_LATIN = str.maketrans("асеорхукіјѕ", "aceopxykijs")
_LOOKALIKE_LATIN = frozenset("aceopxykhmtbu")
_LATIN = re.compile("[a-z]")
_MOST_SENTENCES = 3_000
_MOST_KEPT = 20_000  # words kept righted; a desk meets the same words over and over
_LONGEST_TURNING = 2_000  # characters of a sentence whose clauses are told apart


# Where a sentence turns to something else: after a denial, what follows may be what is wanted instead.
_TURN = re.compile(
    r"[,;:()–—]\s*|\s-\s|\s+(?=(?i:но|а|однако|зато|только|просто|лишь|but|just|only|instead|rather|aber|sondern|mais|але|лише)\s)"
)


@dataclass(frozen=True)
class Sentence:
    """One sentence of a text."""

    words: str  # plain, with single spaces between
    asked: bool  # it ends with a question mark
    written: str  # as it stands in the text

    @property
    def clauses(self) -> tuple[str, ...]:
        """Its parts between commas and before "but", as plain words, when there are several."""
        parts = _TURN.split(self.written[:_LONGEST_TURNING])
        found = (" ".join(words(part)) for part in parts if part)
        return tuple(part for part in found if part) if len(parts) > 1 else ()


def plain(text: str) -> str:
    """`text` in the one way it could have been written: composed, small letters, nothing hidden, words whole."""
    text = _HIDDEN.sub("", unicodedata.normalize("NFKC", text))
    text = _HYPHENATED.sub("", text)
    return _SPACED.sub(lambda match: re.sub(r"[ .\u00a0]", "", match[0]), text)


def sentences(text: str, *, most: int = _MOST_SENTENCES) -> Iterator[Sentence]:
    """The sentences of `text` in their order, empty ones left out."""
    kept = _ABBREVIATION.sub(lambda match: match[0][:-1] + " ", _AS_CAN_BE.sub("", without_links(plain(text))))
    for count, part in enumerate(_SENTENCE_END.split(kept)):
        if count >= most:
            return
        found = " ".join(words(part or ""))
        if found:
            yield Sentence(found, part.rstrip('"»”)] \n').endswith(("?", "？", "?!")), part)


def without_links(text: str) -> str:
    """`text` with a blank for every link and address; one without any is not searched letter by letter."""
    return _LINK.sub(" ", text) if "@" in text or "://" in text or "www." in text else text


def words(text: str) -> Iterator[str]:
    """The words of `text` in small letters, each in one alphabet, ё as е, common typing errors righted."""
    return map(_word, _WORD.findall(text))


def spelt(sentence: str) -> list[str]:
    """The words of a sentence's words as they are counted and weighed: of scripts that put no space between them, each sign."""
    return (_UNSPACED.sub(r" \g<0> ", sentence) if _UNSPACED.search(sentence) else sentence).split()


@lru_cache(_MOST_KEPT)
def _word(written: str) -> str:
    return righted(_one_alphabet(written.casefold().replace("ё", "е").replace("’", "'").replace("ʼ", "'")))


def _one_alphabet(word: str) -> str:
    if word.isascii() or not _LATIN.search(word):
        return word
    cyrillic = sum("а" <= c <= "я" or c in "іїєґў" for c in word)
    latin = sum("a" <= c <= "z" for c in word)
    if not (cyrillic and latin):
        return word
    foreign = [c for c in word if "a" <= c <= "z"]
    if cyrillic >= latin or all(c in _LOOKALIKE_LATIN for c in foreign):
        return word.translate(_TO_CYRILLIC)
    return word.translate(_TO_LATIN)


# --- typing errors


@cache
def _vocabulary() -> tuple[dict[str, str], frozenset[str], frozenset[str]]:
    from desk.recognising.wording import wording  # noqa: PLC0415 - the wording is compiled with this module

    known = wording().vocabulary
    near: dict[str, str] = {}
    for word in known:
        for form in _one_less(word):
            near.setdefault(form, word)
    whole = {piece for piece in wording().pieces() if not piece.endswith("*")}
    fine = frozenset(known) | wording().never_righted | whole
    return near, fine, fine & frozenset(near.values())


def _one_less(word: str) -> set[str]:
    return {word[:i] + word[i + 1 :] for i in range(len(word))}


def righted(word: str) -> str:
    """`word`, or the word of the vocabulary it is one typing error away from (a letter more, less, other or swapped)."""
    if len(word) < 6 or len(word) > 24 or not word.isalpha():
        return word
    return _righted(word) if len(word) > 6 or word[0] in "оспуudwcr" else word


@lru_cache(_MOST_KEPT)
def _righted_cached(word: str) -> str:
    near, fine, righted_to = _vocabulary()
    if word in fine or word[:-1] in fine or word[:-2] in fine:
        return word  # a known word, or one with another ending
    # A letter too many.
    if longer := righted_to & _one_less(word):
        return min(longer)
    # A letter missing, then a letter changed or two swapped (both lack one letter in common).
    if word in near:
        return near[word]
    for form in sorted(_one_less(word)):
        candidate = near.get(form)
        if candidate is not None and len(candidate) == len(word) and candidate[0] == word[0] and _one_error(word, candidate):
            return candidate
    return word


def _one_error(word: str, other: str) -> bool:
    """Whether two words of one length differ in one letter or by two neighbours swapped."""
    differ = [i for i, (a, b) in enumerate(zip(word, other, strict=True)) if a != b]
    if len(differ) == 1:
        return True
    return (
        len(differ) == 2
        and differ[1] == differ[0] + 1
        and word[differ[0]] == other[differ[1]]
        and word[differ[1]] == other[differ[0]]
    )


def _righted(word: str) -> str:
    return _righted_cached(word) if word.islower() or not word.isascii() else word
