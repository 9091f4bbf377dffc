"""The feed of everything that happens in the world, for pages and tests that watch it."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager

from sandbox.telegram.records import Json


class EventLog:
    """Numbered events; followers get each once, in order, and may ask for the recent past."""

    def __init__(self, keep: int = 2000) -> None:
        self.last = 0
        self.recent: deque[Json] = deque(maxlen=keep)
        self._followers: set[asyncio.Queue[Json | None]] = set()

    def emit(self, kind: str, **data: object) -> None:
        self.last += 1
        event: Json = {"seq": self.last, "event": kind, **data}
        self.recent.append(event)
        for queue in self._followers:
            queue.put_nowait(event)

    def since(self, after: int) -> list[Json]:
        return [event for event in self.recent if event["seq"] > after]

    @contextmanager
    def _subscribed(self) -> Iterator[asyncio.Queue[Json | None]]:
        queue: asyncio.Queue[Json | None] = asyncio.Queue()
        self._followers.add(queue)
        try:
            yield queue
        finally:
            self._followers.discard(queue)

    async def follow(self, after: int | None = None) -> AsyncGenerator[Json, None]:
        """Events after the number given (default: from now on), as they happen, until `close`."""
        with self._subscribed() as queue:
            for event in self.since(self.last if after is None else after):
                yield event
            while (entry := await queue.get()) is not None:
                yield entry

    def close(self) -> None:
        """End every follower: the server stops."""
        for queue in self._followers:
            queue.put_nowait(None)
