"""Cuts a sentence into clauses and gives every word its senses."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from desk.recognising.normal import Sentence, words
from desk.recognising.reading.lemmas import MOST_WORDS
from desk.recognising.reading.senses import Senses, senses
from desk.recognising.reading.tables import CONCLUDES, DEEDS, JOINS, TURNS

_CUT = re.compile(r"(?<!\d)[,;:()–—](?!\d)|[,;:](?=\s)|\s[-–—]\s|\.{2,}")
_LONGEST = 3_000  # characters of a sentence that are read
_MOST_WORDS = 60  # of a clause: nobody asks in a longer one

_LONGEST_CONCLUSION = 4  # words of what begins one: "в связи с этим"
_TITLE = 14  # words of a sentence that may be one name after another
_ALONE = frozenset({"if", "so_that", "asking", "thanks"})
_NEAR = 5  # words after "and" in which a deed makes it a clause of its own


@dataclass(frozen=True)
class Word:
    """One word with what it may mean: sense and form."""

    text: str
    senses: tuple[tuple[str, str], ...]

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(sense for sense, _ in self.senses)

    @cached_property
    def deed(self) -> bool:
        """Whether it says that something is done; a noun does not."""
        return any(sense in DEEDS and form != "noun" for sense, form in self.senses)

    @cached_property
    def stands_alone(self) -> bool:
        """Whether a part of a sentence with this word can be a clause of its own."""
        return self.deed or not self.names.isdisjoint(_ALONE)

    def has(self, sense: str) -> bool:
        return sense in self.names

    def form(self, sense: str) -> str:
        """The forms in which it has `sense`: an order is told from a future by the reader, so both are named."""
        forms = {form for own, form in self.senses if own == sense}
        if {"imp", "you"} <= forms:
            return "imp?"
        return next(
            (form for form in ("imp", "inf", "i", "will", "past", "short", "noun", "you", "they", "ing") if form in forms),
            "other",
        )


@dataclass(frozen=True)
class Clause:
    """A part of a sentence with at most a few deeds."""

    words: tuple[Word, ...]
    asked: bool  # the sentence ends with a question mark
    first: bool = True  # of its sentence
    brief: bool = True  # the sentence is as short as a title

    @cached_property
    def senses(self) -> frozenset[str]:
        return frozenset().union(*(word.names for word in self.words))

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    def begins(self, *listed: str) -> bool:
        """Whether one of the first two words has one of these senses."""
        return any(word.has(sense) for word in self.words[:2] for sense in listed)


def senses_of(parts: Sequence[Clause]) -> frozenset[str]:
    """All senses of a sentence."""
    return frozenset().union(*(part.senses for part in parts))


def clauses(sentence: Sentence, language: str) -> tuple[Clause, ...]:
    """The clauses of `sentence` in their order; a part without a deed belongs to the one before it."""
    table = senses(language)
    found: list[list[Word]] = []
    held: list[Word] = []
    for piece in _CUT.split(sentence.written[:_LONGEST]):
        for cut in _parts(_read(tuple(words(piece or "")), table), language):
            part, held = [*held, *cut], []
            if _text(part) in CONCLUDES.get(language, ()):  # "therefore, please …"
                held = part
            elif found and not _stands_alone(part) and len(found[-1]) + len(part) <= _MOST_WORDS:
                found[-1].extend(part)
            elif found and not _stands_alone(found[-1]) and len(found[-1]) <= 6 and not _turns(part, language):
                found[-1].extend(part)  # "здравствуйте, прошу …"
            else:
                found.append(list(part))
    if held:
        found.append(held)
    brief = sum(map(len, found)) <= _TITLE
    return tuple(Clause(tuple(part[:_MOST_WORDS]), sentence.asked, number == 0, brief) for number, part in enumerate(found))


def _read(found: Sequence[str], table: Senses) -> list[Word]:
    """Every word with its senses; those of words that stand together go to the first of them, and the others keep their own."""
    return [
        _alone(word, table.language) or _word(word, tuple((sense, form) for sense, form, _ in table.of(found, at)))
        for at, word in enumerate(found)
    ]


@lru_cache(MOST_WORDS)
def _alone(text: str, language: str) -> Word | None:
    """The word as it is wherever it stands; nothing when it may mean more beside some other."""
    table = senses(language)
    if any(entry.rest for entry, _ in table.listed(text)):
        return None
    return _word(text, tuple((sense, form) for sense, form, _ in table.of((text,), 0)))


@lru_cache(MOST_WORDS)
def _word(text: str, senses: tuple[tuple[str, str], ...]) -> Word:
    """The same word again is the same object, which knows its senses already."""
    return Word(text, senses)


def _parts(found: list[Word], language: str) -> Iterator[list[Word]]:
    part: list[Word] = []
    for at, word in enumerate(found):
        turn = word.text in TURNS.get(language, ())
        joins = word.text in JOINS and any(near.deed for near in found[at + 1 : at + 1 + _NEAR])
        if part and (turn or (joins and any(own.deed and not own.has("ask") for own in part))):
            yield part
            part = []
        part.append(word)
    if part:
        yield part


def _turns(part: Sequence[Word], language: str) -> bool:
    return bool(part) and (part[0].text in TURNS.get(language, ()) or _text(part).startswith(CONCLUDES.get(language, ())))


def _text(part: Sequence[Word]) -> str:
    """The first words of a part, each with a space behind it."""
    return "".join(f"{word.text} " for word in part[:_LONGEST_CONCLUSION])


def _stands_alone(part: Sequence[Word]) -> bool:
    return any(word.stands_alone for word in part)
