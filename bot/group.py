"""The staff group: its present id (until Telegram turns it into a supergroup with another), and which topics are closed there."""

from datetime import datetime

from desk.context import Desk
from models import MovedGroup, ShutTopic
from models.store.rows import chosen


async def staff_chat(desk: Desk) -> int:
    """The id of the staff group today; 0 when none is configured."""
    moved = await chosen(MovedGroup, "configured = {}", desk.staff_chat)
    return moved[0].chat if moved else desk.staff_chat


async def became(desk: Desk, chat: int, now: datetime) -> None:
    """Remember that the configured group has a new id."""
    await MovedGroup.exclude(configured=desk.staff_chat).delete()
    await MovedGroup.update_or_create({"chat": chat, "at": now}, configured=desk.staff_chat)


async def is_shut(chat: int, topic: int) -> bool:
    """Whether a topic is closed, as far as Telegram has told."""
    return await ShutTopic.exists(chat=chat, topic=topic)


async def shut(chat: int, topic: int, now: datetime, *, closed: bool) -> None:
    """Remember that a topic was closed, or opened."""
    if closed:
        await ShutTopic.update_or_create({"at": now}, chat=chat, topic=topic)
    else:
        await ShutTopic.filter(chat=chat, topic=topic).delete()
