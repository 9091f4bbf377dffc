"""The outbox: whatever leaves is written here by the transaction that decided it; desk.flow.delivery hands it over."""

from datetime import datetime
from typing import Any

from models import Message, Outbox, Ticket
from models.store.rows import insert_unless_there


async def put(
    *,
    channel: str,
    act: str,
    conversation: str,
    key: str,
    content: dict[str, Any],
    now: datetime,
    ticket: Ticket | None = None,
    message: Message | None = None,
    priority: int = 50,
    not_before: datetime | None = None,
) -> Outbox | None:
    """Decide, inside the caller's transaction, that something leaves. None when the same key was decided before."""
    row = Outbox(
        channel=channel,
        act=act,
        conversation=conversation,
        unique_key=key,
        ticket=ticket,
        message=message,
        content=content,
        priority=priority,
        created_at=now,
        next_try_at=not_before or now,
    )
    return row if await insert_unless_there(row) else None


def mail_conversation(address: str) -> str:
    """The outbox conversation of letters to an address."""
    return f"mail:{address.casefold()}"


# Urgent things first: lower goes sooner.
URGENT, SOON, NORMAL, LATE = 0, 20, 50, 80


GENERAL = "general"


def topic(ticket: Ticket) -> str:
    """The outbox conversation of a ticket's topic."""
    return f"topic:{ticket.id}"


def private(chat_id: int) -> str:
    """The outbox conversation of a private chat."""
    return f"tg:{chat_id}"
