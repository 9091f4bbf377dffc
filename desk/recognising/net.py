"""A second opinion by statistics: what the words of a letter, and of each of its sentences, speak for.

A small net over pieces of words, which reads sentences and whole letters by the same units, trained by
desk.recognising.training and shipped as net.gz beside this module. What an operator's corrections have taught (`learnt`) is
added to what it finds. What comes of it is decided by `balance`.
"""

import gzip
import json
import math
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from heapq import nlargest
from importlib import resources
from itertools import chain, combinations, pairwise
from typing import Any, Final, Self

from desk.recognising.learnt import Learnt, used
from desk.recognising.reading.clauses import Clause
from desk.recognising.reading.grammar import Act
from desk.recognising.reading.tables import THINGS

__all__ = ["Found", "Window", "bag_of", "found"]

_STEM: Final = 5  # letters
_PIECE: Final = 4  # letters
_LONGEST: Final = 24  # letters of a word that are looked at in runs
_MOST_PIECES: Final = _LONGEST + 5 - _PIECE  # of a word: itself, its stem, its runs with an edge on both sides
_MOST_WORDS: Final = 150  # of a window; signs where words stand without spaces
_FEW_WORDS: Final = 4
_FEW_PIECES: Final = 24
# Deeds that say by themselves what they are about; "please have a look" may be said of anything.
_TELLING: Final = frozenset({"stop", "erase", "destroy", "withdraw", "block", "unsubscribe", "refund", "compensate"})
_MOST_CLAUSES: Final = 12
_MOST_SENSES: Final = 16  # of a clause
_MOST_WINDOWS: Final = 80  # of a letter; the first and the last are read
_LANE: Final = 16  # bits of a lane of what a piece weighs
_MIDDLE: Final = 1 << _LANE - 1
LARGEST: Final = 32
"""The largest weight of a piece for a unit."""
_AT_ONCE: Final = (_MIDDLE - 1) // LARGEST  # pieces whose weights no lane is too narrow for
_WIDE: Final = 64  # bits of a lane of what the units speak for
_MIDDLE_OF_WIDE: Final = 1 << _WIDE - 1
_FINE: Final = 4096  # so many parts of one are told apart in a unit and in its weights
ANY: Final = "any"
"""Stands beside the kinds: that anything is demanded at all, which is heard by how it is said more than by what about."""
NOTHING: Final = -6.0  # the logarithm of the odds where no sentence is left to speak
_ROWS_AT_ONCE: Final = 500
_MOST_KEPT: Final = 20_000  # words whose pieces are kept; a desk meets the same words over and over


@dataclass(frozen=True)
class Head:
    """What the units speak for in a sentence, or in a letter as a whole: a unit is lit by what stands above its threshold.

    The weights of a unit are whole numbers in parts of `_FINE`, all in one, as those of a piece are (`Net`).
    """

    threshold: tuple[int, ...]  # of each unit, in parts of `_FINE`
    weights: tuple[int, ...]  # of each unit, for `ANY` and for every kind
    bias: tuple[float, ...]  # for `ANY` and for every kind

    @classmethod
    def of(cls, threshold: Iterable[float], weights: Iterable[Sequence[float]], bias: Iterable[float]) -> Self:
        """A head; `weights` are for each unit those for `ANY` and for every kind."""
        dark = tuple(round(value * _FINE) for value in threshold)
        whole = ([round(weight * _FINE) for weight in unit] for unit in weights)
        return cls(dark, tuple(_joined(unit, _WIDE) for unit in whole), tuple(bias))

    def odds(self, units: Iterable[float], scale: float = 1.0) -> list[float]:
        """The logarithms of the odds of `ANY` and of every kind; the units are told in parts of `scale`."""
        lanes, fine = len(self.bias), scale * _FINE
        each = zip(units, self.threshold, self.weights, strict=True)
        lit = [value * weights for unit, dark, weights in each if (value := int(unit * fine) - dark) > 0]
        lifted = sum(lit, _lifted(lanes, _WIDE)).to_bytes(lanes * _WIDE // 8, "little")
        sums = struct.unpack(f"<{lanes}Q", lifted)
        return [(one - _MIDDLE_OF_WIDE) / _FINE**2 + bias for one, bias in zip(sums, self.bias, strict=True)]


@dataclass(frozen=True)
class Net:
    """What the pieces of words speak for: each to a few dozen units, and these for `ANY` and for every kind.

    The weights of a piece are whole numbers up to `LARGEST`, all in one: each unit has `_LANE` bits of it. So the sums for all
    units are one sum, which Python adds at the speed of one; so many pieces at once that no lane runs over.
    """

    kinds: tuple[str, ...]  # without `ANY`, which stands before them
    sentences: Head
    letters: Head
    scale: float  # of a weight
    weights: Mapping[str, int]
    balance: Mapping[str, float]  # what each piece of evidence weighs (`balance.evidence`)

    def sums(self, bag: "Bag") -> tuple[int, ...]:
        """What the pieces of `bag` weigh for each unit, in parts of `scale`."""
        words, others = list(map(self.of_a_word, bag.words)), list(filter(None, map(self.weights.get, bag.others)))
        if bag.size <= _AT_ONCE:
            return self._sums(chain(words, others))
        parts = (*_cut(words, _AT_ONCE // _MOST_PIECES), *_cut(others, _AT_ONCE))
        return tuple(map(sum, zip(*map(self._sums, parts), strict=True)))

    @cached_property
    def of_a_word(self) -> Callable[[str], int]:
        """What all pieces of a word weigh, as one number; nothing where none is known."""
        return lru_cache(_MOST_KEPT)(lambda word: sum(self.weights.get(piece, 0) for piece in pieces_of(word)))

    def _sums(self, told: Iterable[int]) -> tuple[int, ...]:
        units = len(self.letters.threshold)
        lifted = sum(told, _lifted(units, _LANE)).to_bytes(units * _LANE // 8, "little")
        return tuple(one - _MIDDLE for one in struct.unpack(f"<{units}H", lifted))

    def odds(self, bag: "Bag", head: Head) -> list[float]:
        """The logarithms of the odds that `bag` speaks for, of `ANY` and of every kind."""
        return head.odds(self.sums(bag), self.scale * bag.share)


def _cut(told: Sequence[int], most: int) -> Iterator[Sequence[int]]:
    return (told[at : at + most] for at in range(0, len(told), most))


@cache
def _lifted(lanes: int, width: int) -> int:
    """The middle of every lane: what is added to it stays above nought."""
    return _joined([1 << width - 1] * lanes, width)


def _joined(weights: Iterable[int], width: int) -> int:
    """Whole numbers as one, each in a lane of so many bits."""
    return sum(weight << width * lane for lane, weight in enumerate(weights))


@cache
def net() -> Net:
    """The net as trained: a line of JSON, a line of its pieces, and their weights, as `packed`. About 13 MiB in memory."""
    with (resources.files("desk.recognising") / "net.gz").open("rb") as file, gzip.open(file) as lines:
        read, pieces = json.loads(lines.readline()), lines.readline()[:-1].decode().split("\t")
        letters = _head(read["letters"])
        rows = _rows(lines, len(letters.threshold) * _LANE // 8)
        weights = {piece: unpacked(row) for piece, row in zip(pieces, rows, strict=True)}
    return Net(tuple(read["kinds"]), _head(read["sentences"]), letters, read["scale"], weights, read["balance"])


def _rows(file: gzip.GzipFile, size: int) -> Iterator[bytes]:
    """What is left of a file in rows of so many bytes; some hundred at a time, for the whole would be as large as the net."""
    while some := file.read(size * _ROWS_AT_ONCE):
        yield from (some[at : at + size] for at in range(0, len(some), size))


def _head(told: Mapping[str, Any]) -> Head:
    return Head.of(told["threshold"], told["weights"], told["bias"])


def packed(weights: Sequence[int]) -> bytes:
    """The weights of a piece for each unit, as the shipped file has them."""
    return _joined(weights, _LANE).to_bytes(len(weights) * _LANE // 8, "little", signed=True)


def unpacked(row: bytes) -> int:
    """The weights of a piece as one number, each unit in its lane."""
    return int.from_bytes(row, "little", signed=True)


@dataclass(frozen=True)
class Window:
    """A sentence, as the net looks at it."""

    words: Sequence[str]  # plain
    clauses: Sequence[Clause]  # none in languages whose grammar is not known
    said: Sequence[Sequence[Act]]  # how the deeds of each clause are said
    title: bool = False

    @property
    def tells(self) -> bool:
        """Whether there is enough to go by: a word that is a thing or a telling deed, or several words."""
        return len(self.words) >= _FEW_WORDS or any(clause.senses & (_TELLING | THINGS) for clause in self.clauses)


@dataclass(frozen=True)
class Bag:
    """The pieces of a sentence or of a letter: those of each of its words, and others.

    Of a letter a word of the title stands in it once more, as `^word`. Pieces that two words have in common count twice:
    so those of a word weigh together what they do wherever it stands.
    """

    words: AbstractSet[str]
    others: AbstractSet[str]  # pairs of stems together or one apart, and what was read

    @property
    def titled(self) -> "Bag":
        """What a title says besides, in a letter as a whole: its pieces count twice, and by themselves."""
        return Bag({f"^{word}" for word in self.words}, {f"^{other}" for other in self.others})

    @property
    def pieces(self) -> Iterator[str]:
        """Every piece, as often as words have it."""
        return chain(chain.from_iterable(map(pieces_of, self.words)), self.others)

    @cached_property
    def distinct(self) -> frozenset[str]:
        """Every piece once."""
        return frozenset(self.pieces)

    @cached_property
    def size(self) -> int:
        """How many pieces there are."""
        return sum(map(_count, self.words)) + len(self.others)

    @property
    def share(self) -> float:
        """What each piece weighs: the less the more there are, but where there are few they do not decide all the more."""
        return 1 / math.sqrt(max(self.size, _FEW_PIECES))


def bag_of(window: Window) -> Bag:
    """The pieces of a sentence: words, stems, runs of letters, pairs of stems together or one apart, and what was read.

    Runs of letters survive typing errors.
    """
    words = window.words[:_MOST_WORDS]
    stems = [word[:_STEM] for word in words]
    pairs = map(" ".join, pairwise(("^", *stems)))
    apart = map(" _ ".join, zip(stems, stems[2:], strict=False))
    return Bag(frozenset(words), {*pairs, *apart, *_read(window)})


@lru_cache(_MOST_KEPT)
def pieces_of(word: str) -> tuple[str, ...]:
    """The pieces of a word: itself, its stem, and its runs of letters."""
    if word.startswith("^"):
        return tuple(f"^{piece}" for piece in pieces_of(word[1:]))
    if len(word) <= _STEM:
        return (word,)
    marked = f"<{word[:_LONGEST]}>"
    return (word, f"{word[:_STEM]}*", *(f"~{marked[at : at + _PIECE]}" for at in range(len(marked) - _PIECE + 1)))


@lru_cache(_MOST_KEPT)
def _count(word: str) -> int:
    """How many pieces a word has."""
    letters = len(word) - word.startswith("^")
    return 1 if letters <= _STEM else min(letters, _LONGEST) + _MOST_PIECES - _LONGEST


@lru_cache(_MOST_KEPT)
def _of_senses(senses: tuple[str, ...]) -> tuple[str, ...]:
    return (*(f"={sense}" for sense in senses), *(f"={one}+{other}" for one, other in combinations(senses, 2)))


def _read(window: Window) -> Iterator[str]:
    """Senses, pairs of them in one clause, and how deeds are said; the same in every language."""
    for number, clause in enumerate(window.clauses[:_MOST_CLAUSES]):
        senses = tuple(sorted(clause.senses)[:_MOST_SENSES])
        yield from _of_senses(senses)
        for act in window.said[number]:
            said = f"={act.sense} {act.said}{' never' if act.never else ''}"
            yield said
            for thing in senses:
                if thing in THINGS:
                    yield f"{said} {thing}"


@dataclass(frozen=True)
class Found:
    """What the net found for every kind, as logarithms of odds: above 0 is likelier than not."""

    sentence: Mapping[str, float]  # in the sentence that speaks most for it
    second: Mapping[str, float]  # in the next one
    letter: Mapping[str, float]  # in the letter as a whole
    any_sentence: float  # that anything is demanded, in the sentence that speaks most for that
    any_letter: float  # and in the letter as a whole
    known: float = 1.0  # the share of its words that the net knows, or knows a piece of, 0 to 1

    @cached_property
    def of_sentences(self) -> tuple[float, float]:
        """The two highest of all kinds in a sentence."""
        return _highest(self.sentence)

    @cached_property
    def of_letters(self) -> tuple[float, float]:
        """The two highest of all kinds in the letter as a whole."""
        return _highest(self.letter)


def _highest(odds: Mapping[str, float]) -> tuple[float, float]:
    first, second = nlargest(2, odds.values())
    return first, second


def found(windows: Sequence[Window]) -> Found | None:
    """What the net finds in a letter, with what is learnt added; None where nothing tells of anything."""
    return with_learnt(scored(windows), used())


@dataclass(frozen=True)
class Scored:
    """The pieces of each sentence that has any, and of the letter with its title once more, each with its odds.

    These are of `ANY` and of every kind.
    """

    sentences: Sequence[tuple[Bag, Sequence[float]]]
    letter: tuple[Bag, Sequence[float]]
    known: float


def scored(windows: Sequence[Window]) -> Scored | None:
    """What the net as it is shipped finds in a letter; None where nothing tells of anything."""
    read = windows if len(windows) <= _MOST_WINDOWS else [*windows[: _MOST_WINDOWS // 2], *windows[-_MOST_WINDOWS // 2 :]]
    told = [(window, bag) for window in read if (bag := bag_of(window)).size]
    if not told or not any(window.tells for window in read):
        return None
    by = net()
    words = {word for window in read for word in window.words}
    known = sum(map(bool, map(by.of_a_word, words))) / max(1, len(words))
    whole = whole_of(told)
    return Scored([(bag, by.odds(bag, by.sentences)) for _, bag in told], (whole, by.odds(whole, by.letters)), known)


def whole_of(told: Iterable[tuple[Window, Bag]]) -> Bag:
    """The pieces of a letter as a whole, with its title once more."""
    bags = [one for window, bag in told for one in ((bag, bag.titled) if window.title else (bag,))]
    return joined(bags)


def joined(bags: Sequence[Bag]) -> Bag:
    """The pieces of several sentences together."""
    return Bag(set().union(*(bag.words for bag in bags)), set().union(*(bag.others for bag in bags)))


def with_learnt(told: Scored | None, learnt: Learnt | None) -> Found | None:
    """What the net finds, with what `learnt` adds to every sentence and to the letter."""
    if told is None:
        return None
    kinds = (ANY, *net().kinds)
    sentences = [_added(kinds, bag, odds, learnt) for bag, odds in told.sentences]
    ranked = [sorted(of_kind, reverse=True) for of_kind in zip(*sentences, strict=True)]
    best = {kind: odds[0] for kind, odds in zip(kinds, ranked, strict=True)}
    second = {kind: odds[1] if len(odds) > 1 else NOTHING for kind, odds in zip(kinds, ranked, strict=True)}
    letter = dict(zip(kinds, _added(kinds, *told.letter, learnt), strict=True))
    del second[ANY]
    return Found(best, second, letter, best.pop(ANY), letter.pop(ANY), told.known)


def _added(kinds: Sequence[str], bag: Bag, odds: Sequence[float], learnt: Learnt | None) -> Sequence[float]:
    added = learnt.adds(bag.distinct) if learnt is not None else {}
    if added:  # what speaks for a kind speaks for a demand
        added[ANY] = max(added.values())
    return [value + added.get(kind, 0.0) for kind, value in zip(kinds, odds, strict=True)] if added else odds
