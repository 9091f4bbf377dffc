"""Writing to the history: who did what on a ticket and when; the chain of hashes is made in models.store.chain.

Details hold no free words of requesters: kinds, keys, numbers and dates only.
"""

from datetime import datetime
from typing import Any

from desk.i18n import words
from models import Action, History
from models.store.chain import DESK, LAST, append, learn, lock, locked

__all__ = ["DESK", "LAST", "add", "append", "entry", "learn", "lock", "locked", "said"]


async def add(ticket_id: int | None, actor: str, action: Action, details: dict[str, Any], now: datetime) -> None:
    """Append one row inside the caller's transaction."""
    await append(entry(ticket_id, actor, action, details, now))


def entry(ticket_id: int | None, actor: str, action: Action, details: dict[str, Any], now: datetime) -> History:
    """A row that is not in the chain yet."""
    return History(ticket_id=ticket_id, at=now, actor=actor, action=action, details=details)


def said(action: str, language: str) -> str:
    """An entry's action as people read it in their language; one that this release does not know, as it was stored."""
    return words("bot", language).gettext(action)
