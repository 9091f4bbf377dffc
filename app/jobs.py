"""What happens at its time: one APScheduler, whose jobs only look at what is due in the database.

A job that is late is run (never dropped), never twice at once, and never cancelled half-way: APScheduler would do
all three by default.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from desk.timepiece import Timepiece

log = structlog.get_logger(__name__)

Job = Callable[[], Awaitable[object]]


class Jobs:
    """The jobs of one process. `succeeded` tells when each last did."""

    def __init__(self, timepiece: Timepiece) -> None:
        self._timepiece = timepiece
        self._running: set[str] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._scheduler: Any = AsyncIOScheduler(  # type: ignore[no-untyped-call]
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        self.succeeded: dict[str, datetime] = {}

    def every(self, seconds: float, name: str, job: Job) -> None:
        """Run a job at the start and then every so many seconds."""
        # Timers go by the machine's time, whatever time the desk lives in.
        started = datetime.now(UTC)  # noqa: TID251
        self._scheduler.add_job(self._run, "interval", (name, job), seconds=seconds, id=name, next_run_time=started)

    def start(self) -> None:
        # Timers know only the time that has passed. Beating each second notices when the machine slept or its clock jumped.
        self._scheduler.add_job(_beat, "interval", seconds=1, id="heartbeat")
        self._scheduler.start()

    async def _run(self, name: str, job: Job) -> None:
        self._running.add(name)
        self._idle.clear()
        try:
            await job()
            self.succeeded[name] = self._timepiece()
        except Exception:
            # It comes again; a database that is away for a minute must not end the process.
            log.exception("a job failed", job=name)
        finally:
            self._running.discard(name)
            if not self._running:
                self._idle.set()

    async def stop(self, patience: float) -> None:
        """Begin no more jobs and wait for those that run, at most `patience` seconds."""
        if not self._scheduler.running:
            return
        self._scheduler.pause()
        try:
            async with asyncio.timeout(patience):
                await self._idle.wait()
        except TimeoutError:
            log.warning("a job did not end in time", names=sorted(self._running))
        self._scheduler.shutdown(wait=False)


async def _beat() -> None:
    """Nothing: being asked for is the point."""
