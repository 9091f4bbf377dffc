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
    """

    rows: dict[Key, Known | None] = field(default_factory=dict)
    below: set[tuple[type[Model], str, int]] = field(default_factory=set)

    def doubt(self) -> None:
        """A part of the transaction was undone: what is there is only known at its end."""
        self.rows = dict.fromkeys(self.rows)

    def __bool__(self) -> bool:
        return bool(self.rows or self.below)
