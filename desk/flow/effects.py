"""Effects: what decisions want to be so, as values, and how those of many messages are written at once."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tortoise.models import Model

from desk import history
from models import Attachment, Automatic, Clock, Clue, Contact, Demand, History, Message, Outbox, Quiet, Requester, Ticket
from models.store.rows import change, insert

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


async def write(effects: Iterable[Effect]) -> list[int]:
    """Write effects inside the caller's transaction, those between two acts with one statement a table; what acts told."""
    waiting: list[Model | Change] = []
    told: list[int] = []
    for effect in effects:
        if isinstance(effect, Act):
            await _write(waiting)
            told += await effect.do()
            waiting = []
        else:
            waiting.append(effect)
    await _write(waiting)
    return told


async def _write(effects: Sequence[Model | Change]) -> None:
    for table in ORDER:
        await insert([one for one in effects if isinstance(one, table)], unless_there=table in UNLESS_THERE)
    entries = [one for one in effects if isinstance(one, History)]
    if entries:
        await history.append(*entries)
    await change([(one.row, one.values) for one in effects if isinstance(one, Change)])
