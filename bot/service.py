"""The bot put together: what the composition root starts. Importing this module imports aiogram (seconds, 169 MB)."""

import asyncio
import hashlib
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiogram import Bot
from aiogram.client.telegram import PRODUCTION, TelegramAPIServer
from aiogram.utils.token import TokenValidationError, validate_token
from aiohttp import web

from bot.check import OFFICIAL
from bot.delivery import TelegramDelivery
from bot.door import TelegramDoor
from bot.errors import translated
from bot.limits import Limits, Pace
from bot.moved import Moving
from bot.polling import Polling, poll, set_webhook, webhook_app
from bot.requester.menu import COMMANDS as COMMANDS_IN_PRIVATE
from bot.session import Session
from bot.staff.commands import COMMANDS
from desk import contents, outbox
from desk.context import Desk
from desk.errors import DeskError, Misconfigured
from desk.i18n import LANGUAGES, words
from desk.timepiece import Timepiece
from models.store.connect import transaction


@dataclass
class Telegram:
    """The bot and its doors. Close it with `close()` when the loops have ended."""

    desk: Desk
    bot: Bot
    door_in: TelegramDoor
    to_requesters: TelegramDelivery
    to_staff: TelegramDelivery
    moving: Moving
    health: Polling = field(default_factory=Polling)

    def loops(self, stop: asyncio.Event, timepiece: Timepiece) -> list[tuple[str, Coroutine[Any, Any, None]]]:
        """The bot's own loops, for the caller to run: polling. Leave it out where a webhook brings the updates."""
        return [("telegram polling", poll(self.desk, self.bot, stop, timepiece, self.health))]

    def webhook(self, *, path: str, secret: str, timepiece: Timepiece) -> web.Application:
        """The application that takes a webhook's updates; add it to the program's HTTP server."""
        return webhook_app(self.desk, self.bot, path=path, secret=secret, timepiece=timepiece)

    async def use_webhook(self, *, url: str, secret: str) -> None:
        """Have Telegram call the webhook. Raises Temporary or Misconfigured."""
        try:
            await set_webhook(self.bot, url=url, secret=secret)
        except Exception as error:  # noqa: BLE001 - every refusal of Telegram has its meaning there
            raise translated(error, private=False) from None

    async def introduce(self, now: datetime) -> None:
        """Put the lists of commands into the outbox; they are set once, and again when they change."""
        async with transaction():
            for language in (*LANGUAGES, ""):
                await _commands("telegram", "private", COMMANDS_IN_PRIVATE, language, language or "en", self.bot.id, now)
            if self.desk.staff_chat:
                spoken = self.desk.staff_language
                await _commands("staff", "staff", COMMANDS, "", spoken, self.desk.staff_chat, now)

    async def close(self) -> None:
        """Close the connections to Telegram."""
        await self.bot.session.close()


def build(
    desk: Desk,
    timepiece: Timepiece,
    *,
    token: str,
    api_url: str = OFFICIAL,
    proxy: str = "",
    limits: Limits | None = None,
) -> Telegram:
    """The bot of a token. Raises Misconfigured for what cannot be a token, an address or a proxy."""
    try:
        validate_token(token)
    except TokenValidationError:
        raise Misconfigured("telegram.token is no bot token: it looks like 123456789:AAF…") from None
    api = PRODUCTION if api_url.rstrip("/") == OFFICIAL else TelegramAPIServer.from_base(api_url.rstrip("/"))
    try:
        session = Session(proxy=proxy or None, api=api)
    except (ValueError, RuntimeError, DeskError):
        raise Misconfigured("telegram.proxy is no proxy address: it looks like socks5://user:password@host:1080") from None
    bot = Bot(token, session=session)
    pace, health = Pace(limits), Polling()
    return Telegram(
        desk=desk,
        bot=bot,
        door_in=TelegramDoor(desk, bot, timepiece),
        to_requesters=TelegramDelivery(desk, bot, "telegram", pace=pace, timepiece=timepiece, hearing=health.hearing),
        to_staff=TelegramDelivery(desk, bot, "staff", pace=pace, timepiece=timepiece, hearing=health.hearing),
        moving=Moving(desk, timepiece),
        health=health,
    )


async def _commands(
    channel: str, scope: str, named: dict[str, str], language_code: str, language: str, whose: int, now: datetime
) -> None:
    gettext = words("bot", language).gettext
    shown = [(name, gettext(what)[:256]) for name, what in named.items()]
    mark = hashlib.sha256(repr([list(one) for one in shown]).encode()).hexdigest()[:12]
    await outbox.put(
        channel=channel,
        conversation=f"commands:{scope}",
        key=f"commands:{whose}:{scope}:{language_code}:{mark}",
        content=contents.Commands(scope=scope, commands=tuple(shown), language_code=language_code),
        now=now,
        priority=outbox.URGENT,
    )
