"""Delivery of updates to a bot's webhook: one after the other, each until the bot takes it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from sandbox.telegram.records import Bot, Json
from sandbox.telegram.world import World

_TIMEOUT = aiohttp.ClientTimeout(total=60)
_OUTAGE_STEP = 0.1
"""Seconds between looks whether an outage is over."""

CallMethod = Callable[[Bot, str, Json], Awaitable[Any]]


class WebhookSender:
    """Sends what waits for one bot to its webhook. Runs until cancelled."""

    def __init__(self, world: World, bot: Bot, call_method: CallMethod, retry_seconds: float, held: Callable[[], bool]) -> None:
        self._world = world
        self._held = held
        """Whether there is an outage, in which nothing is delivered."""
        self._bot = bot
        self._call_method = call_method
        self._retry_seconds = retry_seconds

    async def run(self) -> None:
        queue = self._world.queues[self._bot.id]
        failures = 0
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
            while True:
                await queue.arrived.wait()
                if self._held():
                    await asyncio.sleep(_OUTAGE_STEP)
                    continue
                number, body = queue.waiting[0]
                if await self._deliver(session, body):
                    queue.confirm(number + 1)
                    self._world.touch("bot", self._bot.id)
                    failures = 0
                else:
                    failures += 1
                    await asyncio.sleep(min(60.0, self._retry_seconds * 2 ** min(failures - 1, 8)))

    async def _deliver(self, session: aiohttp.ClientSession, body: str) -> bool:
        webhook = self._bot.webhook or {}
        headers = {"Content-Type": "application/json"}
        if webhook.get("secret_token"):
            headers["X-Telegram-Bot-Api-Secret-Token"] = webhook["secret_token"]
        try:
            async with session.post(webhook["url"], data=body.encode(), headers=headers) as response:
                answer = await response.text()
                if not 200 <= response.status < 300:
                    reason = response.reason or ""
                    self._failed(f"Wrong response from the webhook: {response.status} {reason}".strip())
                    return False
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self._failed(f"Connection failed: {type(error).__name__}")
            return False
        await self._method_in_answer(answer)
        return True

    def _failed(self, why: str) -> None:
        if self._bot.webhook is not None:
            self._bot.webhook |= {"last_error_date": self._world.now(), "last_error_message": why}
            self._world.touch("bot", self._bot.id)
            self._world.events.emit("webhook_error", bot_id=self._bot.id, text=why)

    async def _method_in_answer(self, answer: str) -> None:
        """A webhook may answer with a method to call; its result is told to nobody."""
        try:
            body = json.loads(answer)
        except ValueError:
            return
        if isinstance(body, dict) and isinstance(body.get("method"), str):
            name = body.pop("method")
            await self._call_method(self._bot, name, body)
