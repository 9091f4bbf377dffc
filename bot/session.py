"""The session with Telegram: aiogram's own, which remembers how each kind of answer is read."""

from functools import cache
from typing import Any

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType


@cache
def _answer(result: Any) -> type[Response[Any]]:
    """How an answer with such a result is read. The library keeps no hold of that, and builds it anew after each collection."""
    return Response[result]


class Session(AiohttpSession):
    """aiogram's session over aiohttp."""

    def check_response(
        self, bot: Bot, method: TelegramMethod[TelegramType], status_code: int, content: str
    ) -> Response[TelegramType]:
        """The answer to a call. Raises what aiogram raises for a refusal."""
        _answer(method.__returning__)
        return super().check_response(bot, method, status_code, content)
