"""What happens, as one stream of Server-Sent Events: messages in Telegram, letters, faults, and the product's own state.

A page that (re)connects gets `hello` and loads everything anew, so nothing needs to be resumed.
"""

import asyncio
import json
from contextlib import aclosing
from typing import Any, Final

from aiohttp import web

from sandbox.mail import MailServer
from sandbox.page.breakages import Breakages
from sandbox.page.hooks import Hooks
from sandbox.telegram import TelegramServer, readouts

Json = dict[str, Any]

STATE_SECONDS: Final = 0.5
HEARTBEAT: Final = 15.0
# Calls of the bot are many, and the page has no use for them.
UNSHOWN: Final = frozenset({"call"})


class Feed:
    """The stream for every open page. `close` ends all of them."""

    def __init__(self, telegram: TelegramServer, mail: MailServer, hooks: Hooks, breakages: Breakages) -> None:
        self._telegram, self._mail, self._hooks, self._breakages = telegram, mail, hooks, breakages
        self._queues: set[asyncio.Queue[tuple[str, Json] | None]] = set()

    def close(self) -> None:
        for queue in self._queues:
            queue.put_nowait(None)

    def look(self) -> None:
        """Tell every page what is broken now."""
        for queue in self._queues:
            queue.put_nowait(("faults", {"faults": self._breakages.shown()}))

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Answer a page until it goes or the feed is closed."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        queue: asyncio.Queue[tuple[str, Json] | None] = asyncio.Queue()
        queue.put_nowait(("hello", {}))
        self._queues.add(queue)
        pumps = [
            asyncio.create_task(pump(queue), name="sandbox page feed")
            for pump in (self._pump_telegram, self._pump_mail, self._pump_state)
        ]
        try:
            await _write(response, queue)
        finally:
            self._queues.discard(queue)
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
        return response

    async def _pump_telegram(self, queue: asyncio.Queue[tuple[str, Json] | None]) -> None:
        world = self._telegram.world
        async with aclosing(world.events.follow()) as events:
            async for event in events:
                if event["event"] not in UNSHOWN:
                    queue.put_nowait(("telegram", self._with_message(event)))

    def _with_message(self, event: Json) -> Json:
        """Add the message an event is about, as it looks now."""
        world = self._telegram.world
        chat = world.chats.get(f"{event.get('bot_id', 0)}:{event.get('chat_id')}")
        message = chat.messages.get(event.get("message_id", 0)) if chat is not None else None
        if chat is None or message is None:
            return event
        return {**event, "message": readouts.message_readout(world, chat, message)}

    async def _pump_mail(self, queue: asyncio.Queue[tuple[str, Json] | None]) -> None:
        last = self._mail.arrivals[-1][0] if self._mail.arrivals else 0
        while True:
            await self._mail.wait_for_arrival(last, HEARTBEAT)
            for number, address, folder, uid in [one for one in self._mail.arrivals if one[0] > last]:
                queue.put_nowait(("mail", {"address": address, "folder": folder, "uid": uid}))
                last = number

    async def _pump_state(self, queue: asyncio.Queue[tuple[str, Json] | None]) -> None:
        shown: Json = {}
        while True:
            state = await self._hooks.state()
            if state != shown:
                shown = state
                queue.put_nowait(("state", state))
            await asyncio.sleep(STATE_SECONDS)


async def _write(response: web.StreamResponse, queue: asyncio.Queue[tuple[str, Json] | None]) -> None:
    """Write what comes, with a sign of life when nothing does, until the end."""
    while True:
        try:
            async with asyncio.timeout(HEARTBEAT):
                entry = await queue.get()
        except TimeoutError:
            await response.write(b": still here\n\n")
            continue
        if entry is None:
            return
        name, data = entry
        await response.write(f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode())
