"""The staff group's present id: the configured one, until Telegram turns the group into a supergroup with another."""

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
