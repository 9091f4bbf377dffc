"""The chain: entries of the history, each hashed over the one before it, and what each transaction wrote, sealed into it.

A transaction that wrote in covered tables (models.store.covering) ends with an entry Action.SEALED, or has one behind its own
entries: of each row table, number, what it hangs on, and its digest, "" for one that is gone. So nothing of a matter can be
changed past the program unseen.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from tortoise.models import Model

from models.action import Action
from models.history import History
from models.store import connect, covering
from models.store.asking import Answer, Question, ask
from models.store.connect import client, is_postgres, memory
from models.store.covering import COVERED
from models.store.rows import among, insert, insert_if
from models.store.touched import Key, Known, Touched

GENESIS = "0" * 64
DESK = "desk"
# Any number nobody else locks; it names the chain.
CHAIN_LOCK = 152_000_001
# Rows in one entry: some hundred kilobytes of it.
ROWS_A_SEAL = 2000
# Entries that are inserted by one statement.
MOST_AT_ONCE = 1000
# Where an open transaction remembers that nobody else appends before its end, and the last entry.
_LOCKED, _TAIL = "history locked", "history"
LAST = Question(("hash", "at"), "SELECT hash, at FROM history ORDER BY id DESC LIMIT 1")
"""What the last entry is: to be asked with other questions once the chain is locked, and answered by `learn`."""
# The last entry that this process wrote, on SQLite.
_remembered: list["Tail"] = []


class Tail(NamedTuple):
    """The last entry: its hash and moment."""

    hash: str
    at: datetime


def hash_of(row: History) -> str:
    """The hash of an entry, over its own words and the hash of the entry before it."""
    words = [row.previous, row.ticket_id, row.at.astimezone(UTC).isoformat(), row.actor, row.action, row.details]
    return hashlib.sha256(json.dumps(words, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


async def append(*rows: History, sealing: bool = False) -> None:
    """Append rows in their order, inside the caller's transaction.

    With `sealing` the seal of what it has written until now follows at once, so that its end has less to write or nothing.
    """
    if not rows:
        return
    noted = covering.touched() if sealing else None
    if noted:
        await lock()
        rows = (*rows, *await _seals(noted, rows[-1].at))
        noted.sealed()
    # That nobody but this process has appended since is not asked before: the statement itself tells.
    trusting = _remembered and _TAIL not in memory() and not is_postgres() and len(rows) <= MOST_AT_ONCE
    if not (trusting and await _append(_remembered[0], rows, if_last=True)):
        await _append(await _end(), rows)


async def _append(tail: Tail, rows: Sequence[History], *, if_last: bool = False) -> bool:
    """Append rows after this entry, with `if_last` only where it is the last one; whether they were."""
    for row in rows:
        row.previous = tail.hash
        row.hash = hash_of(row)
        tail = Tail(row.hash, row.at)
    if not if_last:
        await insert(rows)
    elif not await insert_if(rows, "(SELECT hash FROM history ORDER BY id DESC LIMIT 1) = ?", rows[0].previous):
        return False
    memory()[_TAIL] = tail
    # Should this be undone, or another database be opened, then it is no end of the chain any more; see `append`.
    _remembered[:] = [tail]
    return True


async def lock() -> None:
    """Be the only one who appends, to the end of the caller's transaction; SQLite has one writer at a time."""
    if is_postgres() and not locked():
        await client().execute_query(f"SELECT pg_advisory_xact_lock({CHAIN_LOCK})")
        memory()[_LOCKED] = True


def learn(last: Answer) -> Tail:
    """Take the answer to `LAST`, in a transaction that had locked the chain before it asked."""
    end = Tail(last[0]["hash"], moment(last[0]["at"])) if last else Tail(GENESIS, datetime.fromtimestamp(0, UTC))
    found: Tail = memory().setdefault(_TAIL, end)
    return found


async def _end() -> Tail:
    """The last entry, which stays the last one but for what the caller's transaction appends, and which its memory keeps."""
    if _TAIL in memory():
        found: Tail = memory()[_TAIL]
        return found
    await lock()
    return learn(*await ask(LAST))


def locked() -> bool:
    """Whether the caller's transaction is the one that appends."""
    return _LOCKED in memory()


def moment(value: Any) -> datetime:
    """A moment as either back end gives it in a row read without the ORM."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


async def seal(noted: Touched) -> None:
    """The last act of a transaction: what it wrote in covered tables, into the chain."""
    # First the chain, then the rows: what is read after that is no older than what others have sealed.
    at = (await _end()).at
    for one in await _seals(noted, at):
        await append(one)


async def _seals(noted: Touched, at: datetime) -> list[History]:
    """The entries that seal what a transaction wrote."""
    entries = [[COVERED[model].table, number, row.of, row.digest] for (model, number), row in (await _read(noted)).items()]
    return [
        History(ticket_id=None, at=at, actor=DESK, action=Action.SEALED, details={"rows": entries[first : first + ROWS_A_SEAL]})
        for first in range(0, len(entries), ROWS_A_SEAL)
    ]


async def _read(noted: Touched) -> dict[Key, Known]:
    """Each touched row as it is now; those known only by number or parent are read, a table at once."""
    found = {key: known for key, known in noted.rows.items() if known is not None}
    lacking: defaultdict[type[Model], list[int]] = defaultdict(list)
    for (model, number), known in noted.rows.items():
        if known is None:
            lacking[model].append(number)
            found[model, number] = Known("", "")
    parents: defaultdict[tuple[type[Model], str], list[int]] = defaultdict(list)
    for model, name, number in noted.below:
        parents[model, name].append(number)
    wanted = [(model, {"id": numbers}) for model, numbers in lacking.items()]
    wanted += [(model, {name: numbers}) for (model, name), numbers in parents.items()]
    for model, given in wanted:
        for row in await among(model, given):
            if COVERED[model].holds(row):
                found[model, row.pk] = Known(covering.digest(row), covering.belongs(row))
    return found


connect.before_commit.append(seal)
