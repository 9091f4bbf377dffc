"""Faults on demand: what goes wrong between a bot and Telegram, for so many calls or so long.

Kinds: `error` (an HTTP status with an HTML page, as proxies answer), `refuse` (a Bot API error of your words), `flood`
(429), `timeout` (no answer ever), `cut` (the connection breaks before anything is done), `lost_answer` (it is done, and
the connection breaks before the answer), `slow` (done after a delay), `outage` (everything is cut, long polls too).
With `done` the deed is done all the same, and only its answer is replaced by the fault's.
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.telegram.errors import ControlError

KINDS = frozenset({"error", "refuse", "flood", "timeout", "cut", "lost_answer", "slow", "outage"})


@dataclass
class Fault:
    """One thing that goes wrong."""

    id: int
    kind: str
    method: str | None = None
    """Only calls of this method; all when None. `file` means downloads."""
    times: int | None = None
    """Only so many calls; None means until it is lifted or its time is over."""
    until: float | None = None
    """On the faults' clock; None means no end."""
    status: int = 502
    description: str = "Bad Request: the sandbox refuses"
    retry_after: int = 5
    delay: float = 1.0
    done: bool = False
    """Whether what was called for is done before it goes wrong."""

    def concerns(self, method: str) -> bool:
        if self.kind == "outage" or self.method is None:
            return True
        return self.method.lower() == method.lower()


class Faults:
    """The faults in force. The clock counts seconds and never goes back."""

    def __init__(self, timepiece: Callable[[], float] = time.monotonic) -> None:
        self._timepiece = timepiece
        self._last = 0
        self.active: list[Fault] = []
        self.outage_began: Callable[[], None] = lambda: None

    def add(
        self, kind: str, *, method: str | None = None, times: int | None = None, seconds: float | None = None, **how: Any
    ) -> Fault:
        """Let something go wrong from now on: `times` calls, `seconds` long, or until `lift`.

        `how` may give `status` (error), `description` and `status` (refuse), `retry_after` (flood), `delay` (slow),
        and for all of them `done`.
        """
        if kind not in KINDS:
            raise ControlError(f"Unknown kind of fault {kind!r}; there are {', '.join(sorted(KINDS))}")
        self._last += 1
        until = self._timepiece() + seconds if seconds is not None else None
        try:
            fault = Fault(self._last, kind, method, times, until, **how)
        except TypeError as error:
            raise ControlError(f"A fault has no such setting: {', '.join(how)}") from error
        self.active.append(fault)
        if kind == "outage":
            self.outage_began()
        return fault

    def lift(self, fault: Fault | int | None = None) -> None:
        """End one fault, or all of them."""
        number = fault.id if isinstance(fault, Fault) else fault
        self.active = [f for f in self.active if number is not None and f.id != number]

    def current(self) -> list[Fault]:
        now = self._timepiece()
        self.active = [f for f in self.active if (f.until is None or f.until > now) and f.times != 0]
        return self.active

    def strike(self, method: str) -> Fault | None:
        """Find the fault that hits this call, and count it."""
        for fault in self.current():
            if fault.concerns(method):
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None

    @property
    def outage(self) -> bool:
        """Whether nothing gets through at all now."""
        return any(fault.kind == "outage" for fault in self.current())

    def shown(self) -> list[dict[str, Any]]:
        now = self._timepiece()
        return [
            {**asdict(f), "until": None, "seconds_left": None if f.until is None else round(f.until - now, 1)}
            for f in self.current()
        ]


HTML_ERROR = """<html>\r
<head><title>{status} {reason}</title></head>\r
<body>\r
<center><h1>{status} {reason}</h1></center>\r
<hr><center>nginx/1.18.0</center>\r
</body>\r
</html>\r
"""
"""The page of a proxy that could not reach what is behind it."""
