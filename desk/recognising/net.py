"""A second opinion by statistics: which kinds a letter may hold besides those that were read in it.

A small linear net over pieces of words, trained by desk.recognising.training and shipped as net.json.gz beside this module.
It adds candidates, and speaks for what the rules read only loosely; no clock starts or ends by it alone.
"""

import gzip
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import combinations
from typing import Final

from desk.recognising.reading.clauses import Clause
from desk.recognising.reading.frames import deeds
from desk.recognising.reading.grammar import acts
from desk.recognising.reading.tables import DEEDS, THINGS

__all__ = ["Window", "features", "likely"]

_STEM: Final = 5  # letters
_PIECE: Final = 4  # letters
_MOST_WORDS: Final = 60  # of a window
_FEW_WORDS: Final = 4
_MOST_CLAUSES: Final = 12
_MOST_SENSES: Final = 16  # of a clause
_MOST_WINDOWS: Final = 80  # of a letter; the first and the last are read


@dataclass(frozen=True)
class Net:
    """Weights of the pieces for every kind."""

    kinds: tuple[str, ...]
    bias: tuple[float, ...]
    enough: tuple[float, ...]  # what a kind must be likely for to be a candidate, 0 to 1
    weights: dict[str, tuple[tuple[int, float], ...]]


@cache
def net() -> Net:
    """The net as trained; about 10 MiB in memory."""
    packed = (resources.files("desk.recognising") / "net.json.gz").read_bytes()
    read = json.loads(gzip.decompress(packed))
    scale = read["scale"]
    weights = {
        piece: tuple((flat[at], flat[at + 1] * scale) for at in range(0, len(flat), 2)) for piece, flat in read["weights"].items()
    }
    return Net(tuple(read["kinds"]), tuple(read["bias"]), tuple(read["enough"]), weights)


@dataclass(frozen=True)
class Window:
    """What the net looks at in one go: a sentence."""

    words: Sequence[str]  # plain
    clauses: Sequence[Clause]  # none in languages whose grammar is not known
    language: str
    title: bool = False

    @property
    def tells(self) -> bool:
        """Whether there is enough to go by: a word that is a deed or a thing, or several words."""
        return len(self.words) >= _FEW_WORDS or any(clause.senses & (DEEDS | THINGS) for clause in self.clauses)


def features(window: Window) -> Iterator[str]:
    """The pieces of a sentence: words, stems, pairs of stems, runs of letters that survive typing errors, and what was read."""
    before = "^"
    for word in window.words[:_MOST_WORDS]:
        stem = word[:_STEM]
        yield word
        if len(word) > _STEM:
            yield f"{stem}*"
        yield f"{before} {stem}"
        before = stem
        if len(word) >= _STEM + 1:
            marked = f"<{word[:24]}>"
            for at in range(len(marked) - _PIECE + 1):
                yield f"~{marked[at : at + _PIECE]}"
    yield from _read(window)


def _read(window: Window) -> Iterator[str]:
    """Senses, pairs of them in one clause, and how deeds are said; the same in every language."""
    for number, clause in enumerate(window.clauses[:_MOST_CLAUSES]):
        senses = sorted(clause.senses)[:_MOST_SENSES]
        for sense in senses:
            yield f"={sense}"
        for one, other in combinations(senses, 2):
            yield f"={one}+{other}"
        for act in acts(number, window.clauses, window.language, deeds()):
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
        sums = [0.0] * len(found.kinds)
        for piece in pieces:
            for kind, weight in found.weights.get(piece, ()):
                sums[kind] += weight
        length = math.sqrt(len(pieces))
        for kind, value in enumerate(sums):
            best[kind] = max(best[kind], value / length + found.bias[kind])
    told = {kind: _sigmoid(value) for kind, value in zip(found.kinds, best, strict=True)}
    return {kind: told[kind] for number, kind in enumerate(found.kinds) if told[kind] >= found.enough[number]}


def _sigmoid(value: float) -> float:
    return 0.0 if value < -30 else 1 / (1 + math.exp(-value))
