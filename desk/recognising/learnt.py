"""What the desk has learnt of its operator's own wording: weights of pieces, added to what the net finds. See `learning`.

There is one for a process, as there is one net: who starts a process says what it is to use (`use`).
"""

import gzip
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

MOST: Final = 8.0
"""What all pieces of a sentence or a letter may add to the logarithm of the odds of a kind, or take from it.

What the net is sure of stands about as far above nought: nothing learnt makes it quite unlikely, and what the rules read besides
stays.
"""


@dataclass(frozen=True)
class Learnt:
    """The weights of pieces (`net.Bag`), by piece and kind; `examples` is of how many it was learnt.

    `share` of the weights counts: who learns goes on until a part of them is enough.
    """

    weights: Mapping[str, Mapping[str, float]]
    examples: int = 0
    share: float = 1.0

    def adds(self, pieces: Iterable[str]) -> dict[str, float]:
        """What these pieces add to the odds of kinds, each within `MOST`; kinds that nothing speaks for are left out."""
        told: dict[str, float] = {}
        for piece in pieces:
            for kind, weight in self.weights.get(piece, {}).items():
                told[kind] = told.get(kind, 0.0) + weight
        return {kind: min(max(value * self.share, -MOST), MOST) for kind, value in told.items()}

    def packed(self) -> bytes:
        """As a file holds it; the same weights give the same bytes."""
        weights = {piece: dict(sorted(of.items())) for piece, of in sorted(self.weights.items())}
        told = {"examples": self.examples, "weights": weights}
        return gzip.compress(json.dumps(told, ensure_ascii=False, sort_keys=True).encode(), mtime=0)


def unpacked(data: bytes) -> Learnt:
    """What `packed` made. Raises ValueError where it is something else."""
    try:
        told = json.loads(gzip.decompress(data))
        weights = {str(piece): {str(kind): float(weight) for kind, weight in of.items()} for piece, of in told["weights"].items()}
        return Learnt(weights, int(told["examples"]))
    except (OSError, EOFError, KeyError, AttributeError, TypeError) as error:
        raise ValueError(type(error).__name__) from error


_in_use: list[Learnt] = []


def use(learnt: Learnt | None) -> None:
    """Let this process read by `learnt` from now on; by what is shipped alone with None."""
    _in_use[:] = [] if learnt is None else [learnt]


def used() -> Learnt | None:
    """What this process reads by besides what is shipped."""
    return _in_use[0] if _in_use else None
