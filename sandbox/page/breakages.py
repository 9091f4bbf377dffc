"""Faults for so long: breaks Telegram, IMAP or SMTP of the sandbox from the page, and mends them when their time is over."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sandbox.mail import MailServer
from sandbox.page.hooks import PageError
from sandbox.telegram import TelegramServer

Json = dict[str, Any]

LONGEST: Final = 24 * 3600

# What the page offers: by service and name the fault of the sandbox it stands for.
TELEGRAM: Final[dict[str, Json]] = {
    "outage": {"kind": "outage"},
    "errors": {"kind": "error", "status": 502},
    "lost": {"kind": "lost_answer", "method": "sendMessage"},
    "flood": {"kind": "flood", "retry_after": 5},
    "slow": {"kind": "slow", "delay": 3.0},
}
MAIL: Final[dict[str, dict[str, Json]]] = {
    "imap": {
        "outage": {"kind": "refuse"},
        "silent": {"kind": "timeout"},
        "login": {"kind": "login"},
    },
    "smtp": {
        "outage": {"kind": "refuse"},
        "errors": {"kind": "reject", "answer": "451 4.7.1 Greylisted, try again later"},
        "lost": {"kind": "lost_answer"},
        "reject": {"kind": "reject", "answer": "550 5.1.1 No such user"},
        "bounce": {"kind": "bounce", "answer": "550 5.2.2 Mailbox full"},
    },
}
OFFERED: Final = {"telegram": list(TELEGRAM), **{service: list(kinds) for service, kinds in MAIL.items()}}


@dataclass
class Breakage:
    """One service that is broken in one way, until `until` on the machine's own clock (None: until it is mended)."""

    id: int
    service: str
    name: str
    fault: int
    until: float | None
    timer: asyncio.TimerHandle | None = None

    def shown(self) -> Json:
        left = None if self.until is None else max(0.0, self.until - time.time())
        return {"id": self.id, "service": self.service, "name": self.name, "seconds_left": left}


class Breakages:
    """What is broken now; `changed` is called whenever that changes."""

    def __init__(self, telegram: TelegramServer, mail: MailServer) -> None:
        self._telegram, self._mail = telegram, mail
        self.changed: Callable[[], None] = lambda: None
        self._active: dict[int, Breakage] = {}
        self._last = 0
        self._mending: set[asyncio.Task[None]] = set()

    def shown(self) -> list[Json]:
        return [one.shown() for one in self._active.values()]

    async def add(self, service: str, name: str, seconds: float | None) -> Json:
        """Break a service for so many seconds, or until it is mended. Raises PageError."""
        if seconds is not None and not 0 < seconds <= LONGEST:
            raise PageError("A fault lasts more than nothing and at most a day.")
        number = await self._break(service, name)
        self._last += 1
        until = None if seconds is None else time.time() + seconds
        one = Breakage(self._last, service, name, number, until)
        self._active[one.id] = one
        if seconds is not None:
            one.timer = asyncio.get_running_loop().call_later(seconds, self._mend_soon, one.id)
        self.changed()
        return one.shown()

    async def _break(self, service: str, name: str) -> int:
        if service == "telegram" and name in TELEGRAM:
            return self._telegram.faults.add(**TELEGRAM[name]).id
        if name in MAIL.get(service, {}):
            return (await self._mail.fault(service, **MAIL[service][name])).id
        raise PageError("There is no such fault.")

    def _mend_soon(self, number: int) -> None:
        task = asyncio.create_task(self.mend(number), name="sandbox page mends")
        self._mending.add(task)
        task.add_done_callback(self._mending.discard)

    async def mend(self, number: int | None = None) -> None:
        """End one fault, or all of them."""
        for one in [one for one in self._active.values() if number in {None, one.id}]:
            del self._active[one.id]
            if one.timer is not None:
                one.timer.cancel()
            if one.service == "telegram":
                self._telegram.faults.lift(one.fault)
            else:
                await self._mail.lift_faults(one.fault)
        self.changed()

    def close(self) -> None:
        """Forget the timers: the page goes, and the sandbox with it."""
        for one in self._active.values():
            if one.timer is not None:
                one.timer.cancel()
        for task in self._mending:
            task.cancel()
