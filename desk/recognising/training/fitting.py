"""Fits the net: one layer of units over the pieces of words, which sentences and whole letters share, and a head for each.

What a unit learns from the sentences of one kind serves the letters of another: so the two together are righter than a linear
net a kind each (desk/recognising/training/README.md). Pieces and units are left out at random, so that none is relied upon.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

import numpy as np

_UNITS: Final = 48
_ROUNDS: Final = 20
_AT_ONCE: Final = 512  # rows
_RATE: Final = 0.006  # of a step, at first; it falls to nought
_PIECES_LEFT_OUT: Final = 0.6
_UNITS_LEFT_OUT: Final = 0.2
_FORGETS: Final = 0.001  # of a weight, a step of rate 1
_DEMANDED: Final = 2.0  # what a row that demands weighs beside one that does not
_SMALL, _LARGE, _UNLIKELY = 0.1, 0.2, -3.0  # how weights of pieces, weights of units and biases begin
_FAST, _SLOW, _TINY = 0.9, 0.99, 1e-8  # of Adam

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Rows:
    """What a head learns from: rows of pieces, and for each lane whether it is demanded there and how much that weighs."""

    table: Any  # rows × pieces, sparse
    wanted: Array  # rows × lanes
    weight: Array  # rows × lanes; 0 where readers differ
    letter: Array  # of each row, its number


class _Weights:
    """Weights that are moved step by step, each at a pace of its own (Adam)."""

    def __init__(self, value: Array) -> None:
        self.value = value.astype(np.float32)
        self._mean, self._square = np.zeros_like(self.value), np.zeros_like(self.value)
        self._steps = count(1)

    def move(self, slope: Array, rate: float) -> None:
        step = next(self._steps)
        self._mean += (1 - _FAST) * (slope - self._mean)
        self._square += (1 - _SLOW) * (slope * slope - self._square)
        pace = rate * np.sqrt(1 - _SLOW**step) / (1 - _FAST**step)
        self.value -= pace * self._mean / (np.sqrt(self._square) + _TINY)
        self.value *= 1 - rate * _FORGETS


class _Head:
    def __init__(self, lanes: int, chance: np.random.Generator) -> None:
        self.bias = _Weights(np.zeros(_UNITS))
        self.weights = _Weights(chance.standard_normal((_UNITS, lanes)) * _LARGE)
        self.odds = _Weights(np.full(lanes, _UNLIKELY))


class Fitted:
    """The net, fitted to the rows of some letters: `parts` are those of sentences and those of letters."""

    def __init__(self, parts: Sequence[Rows], learnt: Array) -> None:
        chance = np.random.default_rng(0)
        pieces, lanes = parts[0].table.shape[1], parts[0].wanted.shape[1]
        self._pieces = _Weights(chance.standard_normal((pieces, _UNITS)) * _SMALL)
        self._heads = [_Head(lanes, chance) for _ in parts]
        among = [np.flatnonzero(np.isin(rows.letter, learnt)) for rows in parts]
        for round_ in range(_ROUNDS):
            rate = _RATE * (1 - round_ / _ROUNDS) ** 0.5
            batches = [
                (number, some)
                for number, rows in enumerate(among)
                for some in np.array_split(chance.permutation(rows), max(1, len(rows) // _AT_ONCE))
            ]
            for at in chance.permutation(len(batches)):
                number, some = batches[at]
                self._learn(number, parts[number], some, rate, chance)

    def _learn(self, number: int, rows: Rows, some: Array, rate: float, chance: np.random.Generator) -> None:
        head, table = self._heads[number], rows.table[some]
        table.data = table.data * _left(chance, table.nnz, _PIECES_LEFT_OUT)
        sums = table @ self._pieces.value + head.bias.value
        left = _left(chance, sums.shape, _UNITS_LEFT_OUT)
        lit = np.maximum(sums, 0) * left
        wanted = rows.wanted[some]
        weight = rows.weight[some] * np.where(wanted, _DEMANDED, 1) / len(some)
        error = ((_sigmoid(lit @ head.weights.value + head.odds.value) - wanted) * weight).astype(np.float32)
        back = (error @ head.weights.value.T) * left * (sums > 0)
        self._pieces.move(np.asarray(table.T @ back), rate)
        head.bias.move(back.sum(0), rate)
        head.weights.move(lit.T @ error, rate)
        head.odds.move(error.sum(0), rate)

    def odds(self, number: int, table: Any) -> Array:
        """The logarithms of the odds of every lane in every row, by one of the heads."""
        head = self._heads[number]
        lit = np.maximum(table @ self._pieces.value + head.bias.value, 0)
        return np.asarray(lit @ head.weights.value + head.odds.value)

    @property
    def pieces(self) -> Array:
        """What each piece weighs for each unit."""
        return self._pieces.value

    def head(self, number: int) -> dict[str, Any]:
        """One of the heads, as `net.Head` has it."""
        head = self._heads[number]
        return {
            "threshold": _rounded(-head.bias.value),
            "weights": [_rounded(unit) for unit in head.weights.value],
            "bias": _rounded(head.odds.value),
        }


def _left(chance: np.random.Generator, shape: Any, out: float) -> Array:
    """What is left in, and weighs so much more."""
    return np.asarray((chance.random(shape, dtype=np.float32) >= out) / (1 - out), dtype=np.float32)


def _sigmoid(value: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-np.clip(value, -30, 30))))


def _rounded(values: Array) -> list[float]:
    return [round(float(value), 4) for value in values]
