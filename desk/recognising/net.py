"""A second opinion by statistics: what the words of a letter, and of each of its sentences, speak for.

Two small linear nets over the same pieces of words, one for sentences and one for whole letters, trained by
desk.recognising.training and shipped as net.gz beside this module. What an operator's corrections have taught (`learnt`) is
added to what they find. What comes of it is decided by `balance`.
"""

import gzip
import json
import math
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from itertools import chain, combinations, pairwise
from typing import Final

from desk.recognising.learnt import Learnt, used
from desk.recognising.reading.clauses import Clause
from desk.recognising.reading.grammar import Act
from desk.recognising.reading.tables import THINGS

__all__ = ["Found", "Window", "features", "found", "title_pieces"]

_STEM: Final = 5  # letters
_PIECE: Final = 4  # letters
_MOST_WORDS: Final = 60  # of a window
_FEW_WORDS: Final = 4
_FEW_PIECES: Final = 24
# Deeds that say by themselves what they are about; "please have a look" may be said of anything.
_TELLING: Final = frozenset({"stop", "erase", "destroy", "withdraw", "block", "unsubscribe", "refund", "compensate"})
_MOST_CLAUSES: Final = 12
_MOST_SENSES: Final = 16  # of a clause
_MOST_WINDOWS: Final = 80  # of a letter; the first and the last are read
_LANE: Final = 32  # bits
_MIDDLE: Final = 1 << _LANE - 1
ANY: Final = "any"
"""Stands beside the kinds: that anything is demanded at all, which is heard by how it is said more than by what about."""
NOTHING: Final = -6.0  # the logarithm of the odds where no sentence is left to speak
_MOST_KEPT: Final = 20_000  # words whose pieces are kept; a desk meets the same words over and over


@dataclass(frozen=True)
class Net:
    """Weights of the pieces for `ANY` and for every kind.

    The weights of a piece are whole numbers, all in one: each kind has `_LANE` bits of it for sentences and then as many for
    letters. So the sums for all kinds are one sum, which Python adds at the speed of one. Those that most pieces speak for stand
    first: what stands behind the last that a piece speaks for takes no memory.
    """

    kinds: tuple[str, ...]  # without `ANY`, which stands before them
    bias: tuple[float, ...]  # in a sentence and in a letter, of each in turn
    scale: float  # of a weight
    weights: Mapping[str, int]
    balance: Mapping[str, float]  # what each piece of evidence weighs (`balance.evidence`)

    def sums(self, pieces: AbstractSet[str]) -> tuple[int, ...]:
        """What `pieces` weigh in a sentence and in a letter, for each in turn, in parts of `scale`."""
        lanes = len(self.bias)
        lifted = sum(filter(None, map(self.weights.get, pieces)), _lifted(lanes))
        return tuple(one - _MIDDLE for one in struct.unpack(f"<{lanes}I", lifted.to_bytes(lanes * _LANE // 8, "little")))


@cache
def _lifted(lanes: int) -> int:
    """The middle of every lane: what is added to it stays above nought."""
    return sum(_MIDDLE << _LANE * number for number in range(lanes))


@cache
def net() -> Net:
    """The net as trained: a first line of JSON, then one a piece with its weights as one number. About 25 MiB in memory."""
    # Line by line: the whole of its words beside what is made of them would stay with the process for good.
    with (resources.files("desk.recognising") / "net.gz").open("rb") as file, gzip.open(file, "rt", encoding="utf-8") as lines:
        read = json.loads(next(lines))
        weights = {piece: int(weighed, 16) for piece, _, weighed in (line.partition("\t") for line in lines)}
    return Net(tuple(read["kinds"]), tuple(read["bias"]), read["scale"], weights, read["balance"])


def packed(weights: Mapping[int, int]) -> str:
    """The weights of a piece, by their lanes, as a line of the shipped file has them."""
    return f"{sum(weight << _LANE * lane for lane, weight in weights.items()):x}"


@dataclass(frozen=True)
class Window:
    """What the net of sentences looks at in one go."""

    words: Sequence[str]  # plain
    clauses: Sequence[Clause]  # none in languages whose grammar is not known
    said: Sequence[Sequence[Act]]  # how the deeds of each clause are said
    title: bool = False

    @property
    def tells(self) -> bool:
        """Whether there is enough to go by: a word that is a thing or a telling deed, or several words."""
        return len(self.words) >= _FEW_WORDS or any(clause.senses & (_TELLING | THINGS) for clause in self.clauses)


def features(window: Window) -> Iterator[str]:
    """The pieces of a sentence: words, stems, pairs of stems, runs of letters that survive typing errors, and what was read."""
    words = window.words[:_MOST_WORDS]
    pairs = map(" ".join, pairwise(("^", *(word[:_STEM] for word in words))))
    return chain(chain.from_iterable(map(_of_a_word, words)), pairs, _read(window))


@lru_cache(_MOST_KEPT)
def _of_a_word(word: str) -> tuple[str, ...]:
    if len(word) <= _STEM:
        return (word,)
    marked = f"<{word[:24]}>"
    return (word, f"{word[:_STEM]}*", *(f"~{marked[at : at + _PIECE]}" for at in range(len(marked) - _PIECE + 1)))


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
    """What the nets found for every kind, as logarithms of odds: above 0 is likelier than not."""

    sentence: Mapping[str, float]  # in the sentence that speaks most for it
    second: Mapping[str, float]  # in the next one
    letter: Mapping[str, float]  # in the letter as a whole
    any_sentence: float  # that anything is demanded, in the sentence that speaks most for that
    any_letter: float  # and in the letter as a whole
    known: float = 1.0  # the share of its words that the nets know, 0 to 1


def title_pieces(pieces: Iterable[str]) -> Iterator[str]:
    """What a title says besides, for the net of letters: its pieces count twice, and by themselves."""
    return (f"^{piece}" for piece in pieces)


def found(windows: Sequence[Window]) -> Found | None:
    """What the nets find in a letter, with what is learnt added; None where nothing tells of anything."""
    return with_learnt(scored(windows), used())


@dataclass(frozen=True)
class Scored:
    """The pieces of each sentence that has any, and of the letter with its title once more, each with its odds.

    These are of `ANY` and of every kind.
    """

    sentences: Sequence[tuple[AbstractSet[str], Sequence[float]]]
    letter: tuple[AbstractSet[str], Sequence[float]]
    known: float


def scored(windows: Sequence[Window]) -> Scored | None:
    """What the nets as they are shipped find in a letter; None where nothing tells of anything."""
    read = windows if len(windows) <= _MOST_WINDOWS else [*windows[: _MOST_WINDOWS // 2], *windows[-_MOST_WINDOWS // 2 :]]
    known = net()
    whole: set[str] = set()
    sentences: list[tuple[AbstractSet[str], Sequence[float]]] = []
    for window in read:
        pieces = set(features(window))
        if pieces:
            sentences.append((pieces, _scores(known, pieces)[::2]))
        whole |= pieces
        if window.title:
            whole.update(title_pieces(pieces))
    if not sentences or not any(window.tells for window in read):
        return None
    share = _share({word for window in read for word in window.words}, known.weights)
    return Scored(sentences, (whole, _scores(known, whole)[1::2]), share)


def with_learnt(told: Scored | None, learnt: Learnt | None) -> Found | None:
    """What the nets find, with what `learnt` adds to every sentence and to the letter."""
    if told is None:
        return None
    kinds = (ANY, *net().kinds)
    sentences = [_added(kinds, pieces, odds, learnt) for pieces, odds in told.sentences]
    ranked = [sorted(of_kind, reverse=True) for of_kind in zip(*sentences, strict=True)]
    best = {kind: odds[0] for kind, odds in zip(kinds, ranked, strict=True)}
    second = {kind: odds[1] if len(odds) > 1 else NOTHING for kind, odds in zip(kinds, ranked, strict=True)}
    letter = dict(zip(kinds, _added(kinds, *told.letter, learnt), strict=True))
    del second[ANY]
    return Found(best, second, letter, best.pop(ANY), letter.pop(ANY), told.known)


def _added(kinds: Sequence[str], pieces: AbstractSet[str], odds: Sequence[float], learnt: Learnt | None) -> Sequence[float]:
    added = learnt.adds(pieces) if learnt is not None else {}
    if added:  # what speaks for a kind speaks for a demand
        added[ANY] = max(added.values())
    return [value + added.get(kind, 0.0) for kind, value in zip(kinds, odds, strict=True)] if added else odds


def _share(words: AbstractSet[str], weights: Mapping[str, int]) -> float:
    return sum(word in weights or f"{word[:_STEM]}*" in weights for word in words) / max(1, len(words))


def share(pieces: AbstractSet[str]) -> float:
    """What each of `pieces` weighs: the less the more there are, but where there are few they do not decide all the more."""
    return 1 / math.sqrt(max(len(pieces), _FEW_PIECES))


def _scores(known: Net, pieces: AbstractSet[str]) -> list[float]:
    factor = known.scale * share(pieces)
    return [value * factor + bias for value, bias in zip(known.sums(pieces), known.bias, strict=True)]
