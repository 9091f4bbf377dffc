"""Where people stand in their dialogs with the bot, kept in the table `dialog`, so that a restart changes nothing."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from aiogram.fsm.storage.base import DefaultKeyBuilder, StorageKey

from models import Dialog
from models.store.rows import change, insert

# As aiogram's own storages would name them.
_KEYS = DefaultKeyBuilder(prefix="tg", with_bot_id=True, with_destiny=True)


def dialog_key(bot_id: int, chat: int, user: int) -> str:
    """The key of the row of a person's dialog in a chat."""
    return _KEYS.build(StorageKey(bot_id=bot_id, chat_id=chat, user_id=user))


async def dialogs(keys: Collection[str]) -> dict[str, Dialog]:
    """The dialogs under these keys, by key; one that nothing is remembered of is not there."""
    return {one.key: one for one in await Dialog.filter(key__in=list(keys))} if keys else {}


async def remember(key: str, held: Dialog | None, data: Mapping[str, Any], state: str, now: datetime) -> Dialog:
    """Keep what is known in a dialog, of which `held` is the row; its screen stays what it is."""
    if held is None:
        held = Dialog(key=key, state=state, data=dict(data), updated_at=now)
        await insert([held])
    else:
        await change([(held, {"state": state, "data": dict(data), "updated_at": now})])
    return held
