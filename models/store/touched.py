"""What an open transaction wrote in tables that the history answers for (models.store.covering)."""

from dataclasses import dataclass, field
from typing import NamedTuple

from tortoise.models import Model

Key = tuple[type[Model], int]


class Known(NamedTuple):
    """A row as the transaction made it: its digest, and what it hangs on (models.store.covering.belongs)."""

    digest: str
    of: str


@dataclass
class Touched:
    """`rows` by table and number, None for one that is to be read at the end.

    `below` are rows made without a known number, told by what they hang on (table, attribute, number of the parent).
    What was sealed before the end needs no more, unless a part of the transaction is undone, be it the seal itself.
    """

    rows: dict[Key, Known | None] = field(default_factory=dict)
    below: set[tuple[type[Model], str, int]] = field(default_factory=set)
    _sealed: "Touched | None" = None

    def sealed(self) -> None:
        """What it has written until now is in the chain."""
        before = self._sealed or Touched()
        self._sealed = Touched(before.rows | self.rows, before.below | self.below)
        self.rows, self.below = {}, set()

    def doubt(self) -> None:
        """A part of the transaction was undone: what is there is only known at its end."""
        before, self._sealed = self._sealed or Touched(), None
        self.rows = dict.fromkeys(before.rows | self.rows)
        self.below |= before.below

    def __bool__(self) -> bool:
        return bool(self.rows or self.below)
