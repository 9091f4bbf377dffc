"""The door in: turns a stored update into acts of the desk. Nothing here or in the handlers calls Telegram."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import structlog
from aiogram import Bot, Dispatcher
from aiogram.dispatcher.event.bases import UNHANDLED
from aiogram.types import Message, Update
from aiogram.types.update import UpdateTypeLookupError

from bot import requester, staff
from bot.decoding import decoded
from bot.errors import translated
from bot.files import fetch, remotes
from bot.group import staff_chat
from bot.members import Members
from bot.requester.talk import dialog_of
from bot.storage import dialogs
from desk.context import Desk
from desk.errors import Temporary
from desk.flow import intake
from desk.ports import File, Outcome
from desk.timepiece import Timepiece
from models import Became, Inbound

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Prepared:
    """An update that was read, and its files in the vault."""

    update: Update
    files: tuple[File, ...]
    username: str = ""
    present: bool | None = None
    """Whether who acts is a member of the staff group; None where nobody acts or it is not known."""


class TelegramDoor:
    """DoorIn of the channel "telegram": the private chats and the staff group.

    Handlers get `desk`, `now`, `row` (the inbound row), `files`, `staff_chat`, `username` (the bot's, where a command names
    one) and `present` (whether who acts is a member of the group) as keyword arguments, run inside the row's transaction, and
    return an Outcome. What they raise undoes the row; it is tried again, then parked.
    """

    channel = "telegram"

    def __init__(self, desk: Desk, bot: Bot, timepiece: Timepiece) -> None:
        self._desk, self._bot = desk, bot
        self._timepiece, self._members = timepiece, Members(bot)
        self._dispatcher = dispatcher()

    async def prepare(self, row: Inbound, raw: bytes) -> Prepared:
        """Read the update and fetch its files. Raises Permanent for what cannot be read, Temporary while files cannot be had."""
        update = await asyncio.to_thread(decoded, raw, self._bot) if len(raw) > 100_000 else decoded(raw, self._bot)
        message = update.message or update.edited_message
        present = await self._members.of_update(update, await staff_chat(self._desk), row.attempts, self._timepiece())
        if message is None or present is False or not await self._wanted(message):
            return Prepared(update, (), present=present)
        attempt = row.attempts
        files = [await fetch(self._bot, self._desk.vault, remote, attempt) for remote in remotes(message)]
        return Prepared(update, tuple(files), await self._username(message), present)

    async def handle(self, prepared: Prepared, row: Inbound, now: datetime) -> Outcome:
        """Let the handler of this update act; "ignored" when it concerns nobody."""
        [outcome] = await self.handle_together([(prepared, row)], now)
        return outcome

    async def handle_together(self, ready: Sequence[tuple[Prepared, Inbound]], now: datetime) -> list[Outcome]:
        """Let the handler of each update act: those of private chats in turns, each of the staff group when its turn comes."""
        group = await staff_chat(self._desk)
        keys = [dialog_of(prepared.update, self._bot.id) for prepared, _ in ready]
        given = {"desk": self._desk, "now": now, "staff_chat": group, "dialogs": await dialogs({key for key in keys if key})}
        outcomes: list[Outcome] = []
        for private, some in groupby(zip(ready, keys, strict=True), lambda one: bool(one[1])):
            together = [one for one, _key in some]
            size = len(together) if private else 1
            for begin in range(0, len(together), size):
                handlers = [self._handled(prepared, row, given) for prepared, row in together[begin : begin + size]]
                outcomes += await intake.handled(self._desk, handlers, now)
        return outcomes

    async def _handled(self, prepared: Prepared, row: Inbound, given: Mapping[str, Any]) -> Outcome:
        try:
            kind = prepared.update.event_type
        except UpdateTypeLookupError:
            # A kind of update we did not ask for and know nothing of.
            return Outcome(Became.IGNORED)
        result = await self._dispatcher.feed_update(
            self._bot,
            prepared.update,
            row=row,
            files=prepared.files,
            username=prepared.username,
            present=prepared.present,
            **given,
        )
        if result is UNHANDLED or result is None:
            log.debug("update ignored", kind=kind, inbound=row.id)
            return Outcome(Became.IGNORED)
        if not isinstance(result, Outcome):
            raise TypeError(f"A handler returned {type(result).__name__} instead of an Outcome.")
        return result

    async def _username(self, message: Message) -> str:
        """The bot's own name, where a command is addressed to a bot by name; asked for once."""
        words = (message.text or message.caption or "").split()
        if not words or not words[0].startswith("/") or "@" not in words[0]:
            return ""
        try:
            return (await self._bot.me()).username or ""
        except Exception as error:  # noqa: BLE001 - every refusal of Telegram has its meaning there
            raise Temporary("The bot's own name is not known yet.") from translated(error, private=True)

    async def _wanted(self, message: Message) -> bool:
        """Files are fetched from private chats and from the staff group only."""
        return message.chat.type == "private" or message.chat.id == await staff_chat(self._desk)


def dispatcher() -> Dispatcher:
    """All handlers in the order in which they are asked."""
    root = Dispatcher(disable_fsm=True)
    root.include_router(requester.setup())
    root.include_router(staff.setup())
    return root
