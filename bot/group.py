"""The staff group: its present id (until Telegram turns it into a supergroup with another), and which topics are closed there."""

from datetime import datetime

from desk.context import Desk
from models import Dialog

KEY = "staff_chat"


async def staff_chat(desk: Desk) -> int:
    """The id of the staff group today; 0 when none is configured."""
    moved = await Dialog.get_or_none(key=KEY)
    if moved is not None and moved.data.get("configured") == desk.staff_chat:
        return int(moved.data["chat"])
    return desk.staff_chat


async def became(desk: Desk, chat: int, now: datetime) -> None:
    """Remember that the configured group has a new id. A changed setting ends this memory."""
    await Dialog.update_or_create(
        {"state": "", "data": {"configured": desk.staff_chat, "chat": chat}, "updated_at": now}, key=KEY
    )


async def is_shut(chat: int, topic: int) -> bool:
    """Whether a topic is closed, as far as Telegram has told."""
    return await Dialog.exists(key=_topic(chat, topic))


async def shut(chat: int, topic: int, now: datetime, *, closed: bool) -> None:
    """Remember that a topic was closed, or opened."""
    if closed:
        await Dialog.update_or_create({"state": "closed", "data": {}, "updated_at": now}, key=_topic(chat, topic))
    else:
        await Dialog.filter(key=_topic(chat, topic)).delete()


def _topic(chat: int, topic: int) -> str:
    return f"topic:{chat}:{topic}"
