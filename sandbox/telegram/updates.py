"""The queue of updates of one bot: numbering, confirmation by offset, and the one poller who may wait on it."""

import asyncio
import json
from collections import deque

from sandbox.telegram.errors import OTHER_POLLER, ApiError, conflict
from sandbox.telegram.records import Bot, Json

NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""Kinds of updates a bot gets only when it names them in `allowed_updates`."""


class UpdateQueue:
    """Updates that wait to be confirmed, oldest first, each as the JSON text that goes over the wire."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self.waiting: deque[tuple[int, str]] = deque()
        self.changed: set[int] = set()
        """Numbers of updates that came or went since they were last saved."""
        self._poller: asyncio.Future[None] | None = None
        self.arrived = asyncio.Event()
        """Set while updates wait: the webhook sender sleeps on it."""

    def wanted(self, kind: str) -> bool:
        allowed = self._bot.allowed_updates
        return kind in allowed if allowed else kind not in NOT_BY_DEFAULT

    def push(self, update: Json) -> int:
        """Append an update; one without `update_id` gets the next. Returns its number."""
        number = update.get("update_id")
        if not isinstance(number, int):
            number = self._bot.next_update_id
            update = {"update_id": number, **update}
        self._bot.next_update_id = max(self._bot.next_update_id, number + 1)
        self.waiting.append((number, json.dumps(update, ensure_ascii=False, separators=(",", ":"))))
        self.changed.add(number)
        self.arrived.set()
        if self._poller is not None and not self._poller.done():
            self._poller.set_result(None)
        return number

    def restore(self, number: int, text: str) -> None:
        """Put back an update that was saved."""
        self.waiting.append((number, text))
        self.arrived.set()

    def confirm(self, offset: int) -> None:
        """Forget every update with a number below the offset; a negative offset keeps only so many from the end."""
        if offset < 0:
            while len(self.waiting) > -offset:
                self.changed.add(self.waiting.popleft()[0])
        else:
            while self.waiting and self.waiting[0][0] < offset:
                self.changed.add(self.waiting.popleft()[0])
        if not self.waiting:
            self.arrived.clear()

    def batch(self, limit: int) -> list[str]:
        return [self.waiting[i][1] for i in range(min(limit, len(self.waiting)))]

    def end_poll(self, reason: ApiError) -> None:
        """End a poll that waits now with an error."""
        if self._poller is not None and not self._poller.done():
            self._poller.set_exception(reason)
        self._poller = None

    async def wait(self, seconds: float) -> None:
        """Wait for an update, at most so long. A second poller ends the first with 409, as at Telegram."""
        self.end_poll(conflict(OTHER_POLLER))
        poller = asyncio.get_running_loop().create_future()
        self._poller = poller
        try:
            async with asyncio.timeout(seconds):
                await poller
        except TimeoutError:
            return
        finally:
            if self._poller is poller:
                self._poller = None
