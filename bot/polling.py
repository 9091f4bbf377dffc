"""Updates on their way in: each is stored raw and committed, and only then is Telegram told that it arrived.

aiogram's own polling acknowledges an update before it is handled, and one update it cannot decode stops all others
(LIBRARIES §5). Here nothing is decoded beyond what orders the work: the chat, the topic, the date. What an update means
is found out later by the door, one row at a time.
"""

import asyncio
import hashlib
import json
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from typing import Any, TypeVar

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramConflictError, TelegramNotFound, TelegramRetryAfter, TelegramUnauthorizedError
from aiogram.methods import DeleteWebhook, GetUpdates, SetWebhook
from aiohttp import web

from bot.echoes import Hearing, hear
from bot.errors import BAD_TOKEN
from bot.group import staff_chat
from bot.text import N_
from desk.context import Desk
from desk.flow import inbound
from desk.pausing import backoff, pause
from desk.record import received
from desk.timepiece import Timepiece
from models import Inbound

log = structlog.get_logger(__name__)

# What we ask Telegram for: everything people may say or do in our chats, and nothing else.
UPDATES = ("message", "edited_message", "callback_query", "my_chat_member", "chat_member", "message_reaction")
POLL_SECONDS = 25
# Back-off between failed polls, in seconds; a wrong token is tried again this often. Who mended it waits for the next try.
FIRST_WAIT, LONGEST_WAIT, TOKEN_WAIT = 1.0, 10.0, 5.0
# Two that poll take turns in failing: the trouble is over when this much time passed without a conflict.
CONFLICT_LASTS = timedelta(minutes=2)
AWAY = N_("Telegram cannot be reached, or its updates cannot be stored.")
CONFLICT = N_("Another program fetches the updates of this bot, or a webhook is set.")
WAIT = N_("Telegram asked us to wait.")
# The column of positions holds so much.
_BIGINT = 2**63 - 1

Result = TypeVar("Result")


class RawGetUpdates(GetUpdates):
    """getUpdates whose answer is left as it came, so that an update nobody can decode is an update like any other."""

    __returning__ = list[Any]
    __api_method__ = "getUpdates"


@dataclass
class Polling:
    """How the polling goes, for health: when it last succeeded and what is wrong with it, in a sentence."""

    last_success: datetime | None = None
    trouble: str = ""
    conflict_at: datetime | None = None
    hearing: Hearing = field(default_factory=Hearing)

    def succeeded(self, now: datetime, began: datetime | None = None) -> None:
        """A poll that began then went well."""
        self.last_success = now
        self.hearing.until, self.hearing.trouble = began or now, False
        if self.conflict_at is None or now - self.conflict_at > CONFLICT_LASTS:
            self.trouble, self.conflict_at = "", None

    def failed(self, why: str) -> None:
        """A poll failed."""
        self.trouble, self.hearing.trouble = why, True


async def poll(desk: Desk, bot: Bot, stop: asyncio.Event, timepiece: Timepiece, health: Polling | None = None) -> None:
    """Fetch updates for as long as the process lives. Returns when told to stop; whatever was not stored will come again.

    The offset is only ever one past what this very loop received and stored: a remembered one could be higher than
    Telegram's numbering, which starts anew after a week of silence, and would throw away what waits there.
    """
    health = health or Polling()
    confirm: int | None = None
    failures = 0
    while not stop.is_set():
        began = timepiece()
        try:
            updates = await until(stop, bot(_request(confirm), request_timeout=POLL_SECONDS + 15))
            if updates is None:
                return
            stored = await store(desk, bot.id, updates, timepiece())
        except TelegramConflictError:
            failures += 1
            health.failed(CONFLICT)
            health.conflict_at = timepiece()
            log.warning("polling conflict", attempt=failures)
            await _forget_webhook(bot)
            await pause(stop, _wait(failures))
        except (TelegramUnauthorizedError, TelegramNotFound):
            failures += 1
            health.failed(BAD_TOKEN)
            log.error("telegram is misconfigured", why=BAD_TOKEN)
            await pause(stop, TOKEN_WAIT if failures > 1 else FIRST_WAIT)
        except TelegramRetryAfter as error:
            health.failed(WAIT)
            log.warning("polling put off", seconds=error.retry_after)
            await pause(stop, error.retry_after)
        except Exception as error:  # noqa: BLE001 - the loop outlives network, proxies and the database alike
            failures += 1
            health.failed(AWAY)
            # The type only: the text of a decoding error quotes what people wrote.
            log.warning("polling failed", error=type(error).__name__, attempt=failures)
            await pause(stop, _wait(failures))
        else:
            failures = 0
            health.succeeded(timepiece(), began)
            # Once a poll with the offset succeeded, Telegram has forgotten what it confirms.
            confirm = stored
            if stored is None and updates:
                # Without a number nothing can be confirmed: it would come again at once, for ever.
                await pause(stop, LONGEST_WAIT)


def _request(confirm: int | None) -> RawGetUpdates:
    return RawGetUpdates(offset=confirm, timeout=POLL_SECONDS, allowed_updates=list(UPDATES))


async def store(desk: Desk, bot_id: int, updates: list[Any], now: datetime) -> int | None:
    """Store updates in one transaction; returns the offset that confirms them, None when none of them has a number."""
    group = await staff_chat(desk)
    source = f"telegram:{bot_id}"
    items = [_item(update, group, bot_id, now) for update in updates]
    if items and await inbound.store_many(desk, "telegram", source, items, now) < len(items):
        for item in items:
            await _store_another(desk, source, item, now)
    await hear([update for update in updates if is_echo(update, group, bot_id)], now)
    numbers = [item.position for item in items if item.position >= 0]
    return max(numbers) + 1 if numbers else None


def _item(update: Any, group: int, bot_id: int, now: datetime) -> inbound.Item:
    """An update as an inbound row. One without a usable number is known by its content, by a number below zero."""
    raw = json.dumps(update).encode()
    number = update.get("update_id") if isinstance(update, dict) else None
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < _BIGINT:
        number = -int.from_bytes(hashlib.sha256(raw).digest()[:7])
    # The line that tells of a pin is to be removed.
    told = is_echo(update, group, bot_id) and "pinned_message" not in update["message"]
    outcome = "ignored" if told else ""
    return inbound.Item(number, conversation_of(update, group), moment_of(update, now), raw, outcome)


def is_echo(update: Any, group: int, bot_id: int) -> bool:
    """Whether Telegram tells only what the bot itself did in the staff group: it made a topic, pinned a card."""
    message = update.get("message") if isinstance(update, dict) else None
    if not isinstance(message, dict) or "migrate_to_chat_id" in message:
        return False
    chat, sender = message.get("chat"), message.get("from")
    ours = isinstance(sender, dict) and sender.get("id") == bot_id and "sender_chat" not in message
    return ours and group != 0 and isinstance(chat, dict) and chat.get("id") == group


async def _store_another(desk: Desk, source: str, item: inbound.Item, now: datetime) -> None:
    """Store an update whose number another one bears: Telegram's numbering starts anew after a week of silence."""
    held = await Inbound.get_or_none(source=source, position=item.position)
    if held is not None and await received.raw(desk, held) != item.raw:
        await inbound.store_many(desk, "telegram", f"{source}:{hashlib.sha256(item.raw).hexdigest()[:16]}", [item], now)


def body_of(update: Any) -> dict[str, Any]:
    """What an update is about: the object beside its number; empty when there is none."""
    if not isinstance(update, dict):
        return {}
    return next((value for key, value in update.items() if key != "update_id" and isinstance(value, dict)), {})


def conversation_of(update: Any, group: int) -> str:
    """The key of order: a private chat, or a topic of the staff group."""
    body = body_of(update)
    inner = body.get("message")
    message: dict[str, Any] = inner if isinstance(inner, dict) else body
    chat = message.get("chat")
    chat_id = chat.get("id") if isinstance(chat, dict) else None
    if not isinstance(chat_id, int):
        return "telegram"
    if group and chat_id == group:
        thread = message.get("message_thread_id") if message.get("is_topic_message") else 0
        return f"staff:{chat_id}:{thread if isinstance(thread, int) else 0}"
    return f"tg:{chat_id}"


def moment_of(update: Any, now: datetime) -> datetime:
    """When Telegram took the message (UTC), or `now` for what carries no date of its own."""
    body = body_of(update)
    stamp = body.get("edit_date") or body.get("date")
    if not isinstance(stamp, int) or isinstance(stamp, bool):
        return now
    try:
        moment = datetime.fromtimestamp(stamp, UTC)
    except (ValueError, OverflowError, OSError):
        return now
    # A date that cannot be is not believed.
    return moment if timedelta(0) <= now - moment < timedelta(days=3650) else now


def webhook_app(desk: Desk, bot: Bot, *, path: str, secret: str, timepiece: Timepiece) -> web.Application:
    """An aiohttp application for Telegram's webhook: 200 only when the update is stored, 401 for a wrong secret.

    Telegram repeats what was not answered with 200, so a failed database loses nothing.
    """

    async def take(request: web.Request) -> web.Response:
        given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not compare_digest(given.encode("utf-8", "surrogateescape"), secret.encode()):
            return web.Response(status=401)
        try:
            update = json.loads(await request.read())
        except (ValueError, RecursionError):
            # Not from Telegram; it would only be repeated.
            return web.Response(status=400)
        await store(desk, bot.id, [update], timepiece())
        return web.Response()

    app = web.Application(client_max_size=4 * 1024 * 1024)
    app.router.add_post(path, take)
    return app


async def set_webhook(bot: Bot, *, url: str, secret: str) -> None:
    """Have Telegram bring its updates to our address; what waits there is kept."""
    await bot(SetWebhook(url=url, secret_token=secret, allowed_updates=list(UPDATES), drop_pending_updates=False))


async def until(stop: asyncio.Event, work: Coroutine[Any, Any, Result]) -> Result | None:
    """The result of `work`, or None when the order to stop came first: then it is cancelled."""
    done: list[Result] = []
    failed: list[Exception] = []

    async def run() -> None:
        try:
            done.append(await work)
        except Exception as error:  # noqa: BLE001 - handed on to the caller below
            failed.append(error)

    async with asyncio.TaskGroup() as group:
        task, stopper = group.create_task(run()), group.create_task(stop.wait())
        await asyncio.wait({task, stopper}, return_when=asyncio.FIRST_COMPLETED)
        task.cancel()
        stopper.cancel()
    if failed:
        raise failed[0]
    return done[0] if done else None


def _wait(failures: int) -> float:
    """Back-off that doubles up to ten seconds, spread so that many bots do not come back at one moment."""
    return backoff(failures, FIRST_WAIT, LONGEST_WAIT, spread=(0.7, 1.3))


async def _forget_webhook(bot: Bot) -> None:
    """A webhook that was set before keeps polling from working."""
    try:
        await bot(DeleteWebhook(drop_pending_updates=False))
    except Exception as error:  # noqa: BLE001 - a courtesy on the way; the poll itself reports the trouble
        log.debug("deleteWebhook failed", error=type(error).__name__)
