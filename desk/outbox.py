"""The outbox: whatever leaves is written here by the transaction that decided it; desk.flow.delivery hands it over."""

from datetime import datetime
from typing import Any

from tortoise.exceptions import IntegrityError

from models import Message, Outbox, Ticket
from models.store.connect import is_postgres, transaction


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
    if await Outbox.exists(unique_key=key):
        return None
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
    if not is_postgres():  # one writer at a time: what was looked up above still holds
        await row.save()
        return row
    try:
        # A transaction of its own inside the caller's, which a refusal would undo whole.
        async with transaction():
            await row.save()
    except IntegrityError:
        if await Outbox.exists(unique_key=key):
            return None
        raise
    return row


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
