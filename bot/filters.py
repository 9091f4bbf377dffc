"""Filters of events: what aiogram's own magic ones ask, answered where we are."""

from aiogram.filters import Filter
from aiogram.types import TelegramObject
from magic_filter import MagicFilter


class Fits(Filter):
    """Whether an event fits a magic filter. A bare one is handed to a thread by aiogram, which costs more than the look."""

    def __init__(self, magic: MagicFilter) -> None:
        self._magic = magic

    async def __call__(self, event: TelegramObject) -> bool:
        return bool(self._magic.resolve(event))
