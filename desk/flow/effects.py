"""Effects: what decisions want to be so, as values, and how those of many messages are written at once."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tortoise.models import Model

from desk import history
from models import Attachment, Automatic, Clock, Clue, Contact, Demand, History, Message, Outbox, Quiet, Requester, Ticket
from models.store import rows
from models.store.rows import Insertion, change, insertions

# New rows are written in this order: each after what it refers to.
ORDER = (Requester, Contact, Ticket, Demand, Clock, Message, Attachment, Clue, Automatic, Quiet, Outbox)
# Of these a row whose key is there already is left out.
UNLESS_THERE = (Quiet, Outbox)


@dataclass(frozen=True)
class Change:
    """Columns of a row that is there already."""

    row: Model
    values: dict[str, Any]


@dataclass(frozen=True)
class Act:
    """What another room does with the database itself, after all effects before it; what was read before is no longer so.

    It tells the numbers of the demands that it opened.
    """

    do: Callable[[], Awaitable[list[int]]]


# A model that is not saved is a row to be inserted.
Effect = Model | Change | Act


@dataclass(frozen=True)
class Ready:
    """Effects that are written at once, as far as they can be made ready before: new rows by table, entries, changes."""

    insertions: list[Insertion]
    entries: list[History]
    changes: list[tuple[Model, dict[str, Any]]]

    async def write(self) -> None:
        await rows.write(self.insertions)
        await change(self.changes)
        await history.append(*self.entries, sealing=True)


def ready(effects: Iterable[Effect]) -> list[Ready | Act]:
    """Effects made ready: those between two acts are written with one statement a table. They must not change any more."""
    steps: list[Ready | Act] = []
    waiting: list[Model | Change] = []
    for effect in effects:
        if isinstance(effect, Act):
            steps += [_together(waiting), effect]
            waiting = []
        else:
            waiting.append(effect)
    return [*steps, _together(waiting)]


def _together(effects: Iterable[Model | Change]) -> Ready:
    by: defaultdict[type, list[Any]] = defaultdict(list)
    for one in effects:
        by[type(one)].append(one)
    found = [one for table in ORDER for one in insertions(by[table], unless_there=table in UNLESS_THERE)]
    return Ready(found, by[History], [(one.row, one.values) for one in by[Change]])


async def write(steps: Iterable[Ready | Act]) -> list[int]:
    """Write effects that were made ready, inside the caller's transaction; what the acts among them told."""
    told: list[int] = []
    for step in steps:
        if isinstance(step, Act):
            told += await step.do()
        else:
            await step.write()
    return told
