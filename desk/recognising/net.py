"""A second opinion by statistics: which kinds a letter may hold besides those that were read in it.

A small linear net over pieces of words, trained by desk.recognising.training and shipped as net.json.gz beside this module.
It adds candidates, and speaks for what the rules read only loosely; no clock starts or ends by it alone.
"""

import gzip
import json
import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from itertools import chain, combinations, pairwise
from typing import Final

from desk.recognising.reading.clauses import Clause
from desk.recognising.reading.grammar import Act
from desk.recognising.reading.tables import THINGS

__all__ = ["Window", "features", "likely"]

_STEM: Final = 5  # letters
_PIECE: Final = 4  # letters
_MOST_WORDS: Final = 60  # of a window
_FEW_WORDS: Final = 4
# Deeds that say by themselves what they are about; "please have a look" may be said of anything.
_TELLING: Final = frozenset({"stop", "erase", "destroy", "withdraw", "block", "unsubscribe", "refund", "compensate"})
_MOST_CLAUSES: Final = 12
_MOST_SENSES: Final = 16  # of a clause
_MOST_WINDOWS: Final = 80  # of a letter; the first and the last are read
_LANE: Final = 32  # bits
_MIDDLE: Final = 1 << _LANE - 1
_MOST_KEPT: Final = 20_000  # words whose pieces are kept; a desk meets the same words over and over


@dataclass(frozen=True)
class Net:
    """Weights of the pieces for every kind.

    The weights of a piece are whole numbers, all in one: each kind has `_LANE` bits of it. So the sums for all kinds are one
    sum, which Python adds at the speed of one.
    """

    kinds: tuple[str, ...]
    bias: tuple[float, ...]
    enough: tuple[float, ...]  # what a kind must be likely for to be a candidate, 0 to 1
    scale: float  # of a weight
    weights: Mapping[str, int]

    def sums(self, pieces: AbstractSet[str]) -> tuple[int, ...]:
        """What `pieces` weigh for each kind, in parts of `scale`."""
        lanes = len(self.kinds)
        lifted = sum(filter(None, map(self.weights.get, pieces)), _lifted(lanes))
        return tuple(one - _MIDDLE for one in struct.unpack(f"<{lanes}I", lifted.to_bytes(lanes * _LANE // 8, "little")))


@cache
def _lifted(lanes: int) -> int:
    """The middle of every lane: what is added to it stays above nought."""
    return sum(_MIDDLE << _LANE * number for number in range(lanes))


@cache
def net() -> Net:
    """The net as trained; about 3 MiB in memory."""
    packed = (resources.files("desk.recognising") / "net.json.gz").read_bytes()
    read = json.loads(gzip.decompress(packed))
    weights = {
        piece: sum(flat[at + 1] << _LANE * flat[at] for at in range(0, len(flat), 2)) for piece, flat in read["weights"].items()
    }
    return Net(tuple(read["kinds"]), tuple(read["bias"]), tuple(read["enough"]), read["scale"], weights)


@dataclass(frozen=True)
class Window:
    """What the net looks at in one go: a sentence."""

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


def likely(windows: Sequence[Window]) -> dict[str, float]:
    """How likely each kind is, 0 to 1, by the window that speaks most for it; only kinds that are likely enough."""
    found = net()
    best = [-math.inf] * len(found.kinds)
    read = windows if len(windows) <= _MOST_WINDOWS else [*windows[: _MOST_WINDOWS // 2], *windows[-_MOST_WINDOWS // 2 :]]
    for window in read:
        if not window.tells:
            continue
        pieces = set(features(window))
        factor = found.scale / math.sqrt(len(pieces))
        best = list(map(max, best, (value * factor + bias for value, bias in zip(found.sums(pieces), found.bias, strict=True))))
    told = {kind: _sigmoid(value) for kind, value in zip(found.kinds, best, strict=True)}
    return {kind: told[kind] for number, kind in enumerate(found.kinds) if told[kind] >= found.enough[number]}


def _sigmoid(value: float) -> float:
    return 0.0 if value < -30 else 1 / (1 + math.exp(-value))
