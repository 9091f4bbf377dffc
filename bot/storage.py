"""Where people stand in their dialogs with the bot, kept in the table `dialog`, so that a restart changes nothing."""

from collections.abc import Mapping
from typing import Any

from aiogram.fsm.state import State
from aiogram.fsm.storage.base import BaseStorage, DefaultKeyBuilder, StateType, StorageKey

from desk.timepiece import Timepiece
from models import Dialog

_KEYS = DefaultKeyBuilder(prefix="tg", with_bot_id=True, with_destiny=True)


def dialog_key(key: StorageKey) -> str:
    """The key of a dialog's row."""
    return _KEYS.build(key)


class DialogStorage(BaseStorage):
    """aiogram's storage over models.Dialog; inside a handler it is part of the update's own transaction."""

    def __init__(self, timepiece: Timepiece) -> None:
        self._timepiece = timepiece

    async def set_state(self, key: StorageKey, state: StateType = None) -> None:
        value = state.state if isinstance(state, State) else state
        await self._write(key, {"state": value or ""})

    async def get_state(self, key: StorageKey) -> str | None:
        found = await Dialog.get_or_none(key=dialog_key(key))
        return found.state or None if found else None

    async def set_data(self, key: StorageKey, data: Mapping[str, Any]) -> None:
        await self._write(key, {"data": dict(data)})

    async def get_data(self, key: StorageKey) -> dict[str, Any]:
        found = await Dialog.get_or_none(key=dialog_key(key))
        return dict(found.data) if found else {}

    async def close(self) -> None:
        """Nothing to close: the tables belong to the program."""

    async def _write(self, key: StorageKey, change: dict[str, Any]) -> None:
        found = await Dialog.get_or_none(key=dialog_key(key))
        if found is None:
            await Dialog.create(**{"key": dialog_key(key), "data": {}, "updated_at": self._timepiece(), **change})
            return
        found.update_from_dict({**change, "updated_at": self._timepiece()})
        await found.save(update_fields=[*change, "updated_at"])
