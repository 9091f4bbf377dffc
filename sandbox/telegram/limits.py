"""Telegram's sending limits: about 30 messages a second a bot, one a second a chat, 20 a minute a group.

Short bursts to one chat are let through, as at Telegram; what goes over is answered with 429 and the seconds to wait.
"""

import math
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.telegram.errors import flood


@dataclass
class _Window:
    """At most `count` acts within any `seconds`."""

    count: int
    seconds: float
    times: deque[float] = field(default_factory=deque)

    def wait(self, now: float, wanted: int) -> float:
        """Seconds until so many more acts fit; 0 when they do now."""
        while self.times and self.times[0] <= now - self.seconds:
            self.times.popleft()
        over = len(self.times) + min(wanted, self.count) - self.count
        return self.times[over - 1] + self.seconds - now if over > 0 else 0.0


class Limits:
    """Counts what every bot sends. Off until `enforced`; the clock counts seconds and never goes back."""

    def __init__(self, *, enforced: bool = False, timepiece: Callable[[], float] = time.monotonic) -> None:
        self.enforced = enforced
        self._timepiece = timepiece
        self.per_bot = (30, 1.0)
        self.per_chat = (4, 4.0)
        """One a second on the average, four at once."""
        self.per_group = (20, 60.0)
        self._windows: dict[str, _Window] = defaultdict(lambda: _Window(0, 0))

    def spend(self, bot_id: int, chat_id: int, messages: int = 1) -> None:
        """Count messages about to be sent; ApiError 429 when they are too many."""
        if not self.enforced:
            return
        now = self._timepiece()
        rules = {f"bot {bot_id}": self.per_bot, f"chat {bot_id} {chat_id}": self.per_chat}
        if chat_id < 0:
            rules[f"group {bot_id} {chat_id}"] = self.per_group
        windows = []
        for key, (count, seconds) in rules.items():
            window = self._windows[key]
            window.count, window.seconds = count, seconds
            windows.append(window)
        wait = max(window.wait(now, messages) for window in windows)
        if wait > 0:
            raise flood(max(1, math.ceil(wait)))
        for window in windows:
            window.times.extend([now] * messages)
