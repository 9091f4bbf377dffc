"""History: who did what on a ticket and when; each row's hash covers the row before it, so nothing can be changed unseen.

Details hold no free words of requesters: kinds, keys, numbers and dates only.
"""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from desk.i18n import words
from models import Action, History
from models.store.connect import client, is_postgres, memory
from models.store.rows import insert

GENESIS = "0" * 64
DESK = "desk"
# Any number nobody else locks; it names the chain.
CHAIN_LOCK = 152_000_001
# Where an open transaction remembers the last hash: nobody else appends before its end.
_TAIL = "history"


def _hash(row: History) -> str:
    covered = [row.previous, row.ticket_id, row.at.astimezone(UTC).isoformat(), row.actor, row.action, row.details]
    return hashlib.sha256(json.dumps(covered, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


async def add(ticket_id: int | None, actor: str, action: Action, details: dict[str, Any], now: datetime) -> None:
    """Append one row inside the caller's transaction."""
    await append(entry(ticket_id, actor, action, details, now))


async def append(*rows: History) -> None:
    """Append rows in their order, inside the caller's transaction."""
    kept = await hold()
    for row in rows:
        row.previous = kept[_TAIL]
        kept[_TAIL] = row.hash = _hash(row)
    await insert(rows)


async def hold() -> dict[str, Any]:
    """Be the only one who appends, to the end of the caller's transaction, whose memory knows the last hash then."""
    kept = memory()
    if _TAIL in kept:
        return kept
    if is_postgres():  # SQLite has one writer at a time
        await client().execute_query(f"SELECT pg_advisory_xact_lock({CHAIN_LOCK})")
    last = await client().execute_query_dict("SELECT hash FROM history ORDER BY id DESC LIMIT 1")
    kept[_TAIL] = last[0]["hash"] if last else GENESIS
    return kept


def entry(ticket_id: int | None, actor: str, action: Action, details: dict[str, Any], now: datetime) -> History:
    """A row that is not in the chain yet."""
    return History(ticket_id=ticket_id, at=now, actor=actor, action=action, details=details)


def said(action: str, language: str) -> str:
    """An entry's action as people read it in their language; one that this release does not know, as it was stored."""
    return words("bot", language).gettext(action)


async def verify(page: int = 1000) -> int | None:
    """The id of the first row where the chain breaks, or None when it is whole."""
    previous, seen = GENESIS, 0
    while rows := await History.filter(id__gt=seen).order_by("id").limit(page):
        for row in rows:
            if row.previous != previous or row.hash != _hash(row):
                return int(row.id)
            previous, seen = row.hash, row.id
    return None
