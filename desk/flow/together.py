"""Records deliveries of about the same moment in one transaction: while one is written, the next ones gather.

Only where nothing or little follows from a delivery (`settling.plain`); every other, and each of a batch that failed, is
recorded alone.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from desk.context import Desk
from desk.flow import settling
from desk.ports import Delivered
from models import Outbox
from models.store.connect import transaction

log = structlog.get_logger(__name__)

MOST_AT_ONCE = 100


@dataclass(frozen=True)
class _Handed:
    """One row that was handed over; `recorded` tells whether its conversation goes on, None: it has to be recorded alone."""

    row: Outbox
    delivered: Delivered
    recorded: "asyncio.Future[bool | None]"


@dataclass
class Together:
    """The deliveries of one channel that wait to be recorded; `group` is where the recording runs."""

    desk: Desk
    timepiece: Callable[[], datetime]
    group: asyncio.TaskGroup
    _waiting: list[_Handed] = field(default_factory=list)
    _recording: bool = False

    async def record(self, row: Outbox, delivered: Delivered) -> bool | None:
        """Record a delivery with others; whether its conversation goes on, or None when it has to be recorded alone."""
        if not settling.plain(row):
            return None
        handed = _Handed(row, delivered, asyncio.get_running_loop().create_future())
        self._waiting.append(handed)
        if not self._recording:
            self._recording = True
            self.group.create_task(self._record_all())
        return await handed.recorded

    async def _record_all(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
                await self._record(batch)
        finally:
            self._recording = False

    async def _record(self, batch: list[_Handed]) -> None:
        recorded: dict[int, bool] = {}
        try:
            async with transaction():
                recorded = await settling.sent_together(self.desk, [(one.row, one.delivered) for one in batch], self.timepiece())
        except Exception as error:  # noqa: BLE001 - each of them is recorded alone, and judged there
            recorded = {}
            log.warning("deliveries could not be recorded together", rows=len(batch), error=type(error).__name__)
        finally:
            # Whoever waits here goes on, whatever happened, be it that we were told to stop.
            for one in batch:
                if not one.recorded.done():
                    one.recorded.set_result(recorded.get(one.row.id))
