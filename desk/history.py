"""History: who did what on a ticket and when; each row's hash covers the row before it, so nothing can be changed unseen.

Details hold no free words of requesters: kinds, keys, numbers and dates only.
"""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from models import History
from models.store.connect import client, is_postgres
from models.store.query import column

GENESIS = "0" * 64
DESK = "desk"
# Any number nobody else locks; it names the chain.
CHAIN_LOCK = 152_000_001


def _hash(row: History) -> str:
    words = [row.previous, row.ticket_id, row.at.astimezone(UTC).isoformat(), row.actor, row.action, row.details]
    return hashlib.sha256(json.dumps(words, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


async def add(ticket_id: int | None, actor: str, action: str, details: dict[str, Any], now: datetime) -> None:
    """Append one row inside the caller's transaction."""
    if is_postgres():  # one writer at a time, to the end of the transaction; SQLite has no other
        await client().execute_query(f"SELECT pg_advisory_xact_lock({CHAIN_LOCK})")
    last = await column(History.all().order_by("-id").limit(1), "hash")
    row = History(
        ticket_id=ticket_id,
        at=now,
        actor=actor,
        action=action,
        details=details,
        previous=last[0] if last else GENESIS,
    )
    row.hash = _hash(row)
    await row.save()


async def verify(page: int = 1000) -> int | None:
    """The id of the first row where the chain breaks, or None when it is whole."""
    previous, seen = GENESIS, 0
    while rows := await History.filter(id__gt=seen).order_by("id").limit(page):
        for row in rows:
            if row.previous != previous or row.hash != _hash(row):
                return int(row.id)
            previous, seen = row.hash, row.id
    return None
