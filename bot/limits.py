"""Telegram's limits on what a bot may send, kept by waiting before the call instead of being refused after it.

Telegram promises about 30 messages a second to a bot, one a second to a chat (short bursts pass) and 20 a minute to a
group; what it really allows it says in a 429, which is obeyed to the second. (Bots FAQ, "My bot is hitting limits".)
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.text import N_
from desk.errors import PutOff

# A caller waits here at most so long (seconds); a longer pause sends the row back to its queue, where urgent ones pass it.
PATIENCE = 5.0
# Telegram counts a call when it arrives: a minute of ours is longer by what calls differ on their way.
MINUTE = 62.0


@dataclass(frozen=True)
class Limits:
    """How much may be sent. A burst is part of its limit: with 20 a minute and a burst of 3, no minute sees more than 20.

    A group that has much to be told is told all 20 in a minute, evenly: what is urgent waits for one of them and no longer.
    """

    per_second: float = 30
    chat_per_second: float = 1
    chat_burst: int = 3
    group_per_minute: float = 20
    group_burst: int = 3


class Paced(PutOff):
    """Our own limits, or a 429 of Telegram's, put it off."""


class Bucket:
    """`burst` calls at once, then one every `every` seconds. A call may cost more: the next one waits the debt off.

    Of `a_minute` (0: as many as come) no minute sees more; while that is half spent, no burst is begun.
    """

    def __init__(self, burst: int, every: float, now: float, a_minute: int = 0) -> None:
        self.burst, self.every, self._a_minute = burst, every, a_minute
        self._tokens, self._at = float(burst), now
        self._paused_until = 0.0
        self._last: deque[float] = deque(maxlen=a_minute)

    def wait(self, now: float) -> float:
        """Seconds until the next call may go; nothing is taken."""
        self._refill(now)
        full = self._last[0] + MINUTE - now if self._last and len(self._last) == self._a_minute else 0.0
        return max((1 - self._tokens) * self.every, self._paused_until - now, full, 0.0)

    def free(self, now: float) -> int:
        """How many calls may go at once."""
        self._refill(now)
        left = self._a_minute - len(self._last) if self._a_minute else self.burst
        return 0 if self._paused_until > now else max(min(int(self._tokens + 1e-6), left), 0)

    def take(self, cost: int, now: float) -> None:
        self._refill(now)
        self._tokens -= cost
        self._last.extend([now] * cost)

    def pause(self, seconds: float, now: float) -> None:
        """Let nothing go for so long: Telegram said so."""
        self._paused_until = max(self._paused_until, now + seconds)

    def idle(self, now: float) -> bool:
        """Whether the bucket is as good as new and may be forgotten."""
        self._refill(now)
        return self._tokens >= self.burst and self._paused_until <= now

    def _refill(self, now: float) -> None:
        while self._last and self._last[0] + MINUTE <= now + 1e-6:
            self._last.popleft()
        most = self.burst if 2 * len(self._last) <= self._a_minute else 1
        self._tokens = min(most, self._tokens + (now - self._at) / self.every)
        self._at = now


class Pace:
    """The limits of one bot, shared by all its channels. Of those that wait, the most urgent that may go goes first."""

    def __init__(
        self,
        limits: Limits | None = None,
        seconds: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.limits = limits or Limits()
        self._seconds, self._sleep = seconds, sleep
        burst = max(1, int(self.limits.per_second / 6))
        self._all = Bucket(burst, 1 / max(self.limits.per_second - burst, 1), seconds())
        self._chats: dict[int, Bucket] = {}
        self._waiting: list[tuple[int, int, int]] = []
        self._count = 0

    async def turn(self, chat: int, *, cost: int = 1, priority: int = 50) -> None:
        """Wait for the turn of a posting to a chat. Raises Paced when that would take longer than a worker may stand still."""
        self._count += 1
        me = (priority, self._count, chat)
        self._waiting.append(me)
        try:
            while (wait := self._wait(me)) > 0:
                if wait > PATIENCE:
                    raise Paced(N_("Telegram asked us to wait."), timedelta(seconds=wait))
                await self._sleep(wait)
            now = self._seconds()
            self._all.take(cost, now)
            self._bucket(chat).take(cost, now)
        finally:
            self._waiting.remove(me)

    def room(self, chat: int) -> tuple[int, float]:
        """How many postings a chat takes now, and the seconds until it takes (one more)."""
        bucket, now = self._bucket(chat), self._seconds()
        return bucket.free(now), bucket.wait(now)

    def pause(self, chat: int | None, seconds: float) -> None:
        """Obey a 429: nothing goes to that chat, or without one nothing at all, for so long."""
        bucket = self._all if chat is None else self._bucket(chat)
        bucket.pause(seconds, self._seconds())

    def _wait(self, me: tuple[int, int, int]) -> float:
        now = self._seconds()
        wait = max(self._all.wait(now), self._bucket(me[2]).wait(now))
        # Less than a clock can tell apart is no wait.
        if wait > 1e-6:
            return wait
        before = [one for one in self._waiting if one < me and self._bucket(one[2]).wait(now) <= 1e-6]
        return len(before) * self._all.every

    def _bucket(self, chat: int) -> Bucket:
        found = self._chats.get(chat)
        if found is None:
            now = self._seconds()
            if len(self._chats) > 1000:
                self._chats = {key: bucket for key, bucket in self._chats.items() if not bucket.idle(now)}
            found = self._chats[chat] = self._new_bucket(chat, now)
        return found

    def _new_bucket(self, chat: int, now: float) -> Bucket:
        limits = self.limits
        if chat > 0:
            return Bucket(limits.chat_burst, 1 / limits.chat_per_second, now)
        most = max(int(limits.group_per_minute), 1)
        return Bucket(min(limits.group_burst, most), MINUTE / most, now, a_minute=most)
