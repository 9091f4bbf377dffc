"""The ways out of a channel and whether each is open: where rows fail, the way is asked once, and not each row again and again.

What is wrong with a row is told apart from what is wrong with its way by a probe that carries no row. While a way is shut its
rows wait and nothing is counted against them; the first probe that succeeds lets all of them go, the most urgent first.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from desk.errors import DeskError, Misconfigured, Temporary
from desk.pausing import backoff
from desk.ports import DoorOut
from desk.timepiece import Timepiece

log = structlog.get_logger(__name__)

# Rows that fail at one moment share one probe; its answer holds for so long.
FRESH = timedelta(seconds=1)
# The first pause between two probes of a way that is shut; it doubles up to the door's own (DoorOut.pause).
FIRST_PAUSE = timedelta(seconds=1)


@dataclass
class Shut:
    """A way that is shut: by what error, since when, and when it is asked again."""

    error: DeskError
    since: datetime
    again_at: datetime
    asked: int = 1


class Ways:
    """The ways of one door. Whoever delivers asks here; health reads it."""

    def __init__(self, door: DoorOut) -> None:
        self._door = door
        self._shut: dict[str, Shut] = {}
        self._open_at: dict[str, datetime] = {}
        self._asking: dict[str, asyncio.Lock] = {}

    def shut(self, way: str) -> Shut | None:
        """What is known of a way that is shut; None of one that is open."""
        return self._shut.get(way)

    @property
    def all_shut(self) -> bool:
        """Whether nothing can leave at all."""
        return bool(self._shut) and self._shut.keys() >= set(self._door.ways())

    def known(self) -> list[tuple[str, Shut | None]]:
        """Each way and, where it is shut, what is known of that."""
        return [(way, self._shut.get(way)) for way in self._door.ways()]

    def troubles(self) -> dict[str, Shut]:
        """The ways that are shut, by name."""
        return dict(self._shut)

    def passed(self, way: str, now: datetime) -> None:
        """A row went this way just now: that is as good as a probe."""
        self._open_at[way] = now

    async def ask(self, way: str, timepiece: Timepiece) -> Shut | None:
        """Probe a way after a row failed on it; None when it is open, so that the row itself is to blame."""
        asked_at = timepiece()
        async with self._asking.setdefault(way, asyncio.Lock()):
            held = self._shut.get(way)
            if held is not None:
                return held
            opened = self._open_at.get(way)
            if opened is not None and asked_at < opened < asked_at + FRESH:  # another row's probe answered meanwhile
                return None
            return await self._probe(way, timepiece)

    async def look(self, timepiece: Timepiece) -> bool:
        """Probe the shut ways whose moment has come, and those long unused; whether one of them has opened."""
        opened = False
        for way in self._door.ways():
            if self._due(way, timepiece()):
                async with self._asking.setdefault(way, asyncio.Lock()):
                    was_shut = way in self._shut
                    opened |= await self._probe(way, timepiece) is None and was_shut
        return opened

    def due(self, now: datetime) -> bool:
        """Whether a way is to be asked now: one that is shut, or one that carried nothing for long."""
        return any(self._due(way, now) for way in self._door.ways())

    def next_at(self) -> datetime | None:
        """When the next shut way is to be asked."""
        return min((one.again_at for one in self._shut.values()), default=None)

    def _due(self, way: str, now: datetime) -> bool:
        held = self._shut.get(way)
        if held is not None:
            return held.again_at <= now
        every = self._door.heartbeat
        return every is not None and now - self._open_at.setdefault(way, now) >= every

    async def _probe(self, way: str, timepiece: Timepiece) -> Shut | None:
        error: DeskError
        try:
            await self._door.probe(way)
        except (Temporary, Misconfigured) as refused:
            error = refused
        except Exception as fault:  # a fault of ours must not pass for an open way, nor end the loop
            log.exception("a way out could not be probed", channel=self._door.channel)
            error = Temporary(f"Internal error: {type(fault).__name__}. The log has the details.")
        else:
            now = timepiece()
            self._open_at[way] = now
            if (held := self._shut.pop(way, None)) is not None:
                log.info("a way out is open again", channel=self._door.channel, seconds=round((now - held.since).total_seconds()))
            return None
        return self._keep_shut(way, error, timepiece())

    def _keep_shut(self, way: str, error: DeskError, now: datetime) -> Shut:
        held = self._shut.get(way)
        asked = held.asked + 1 if held else 1
        pause = backoff(asked, FIRST_PAUSE, self._door.pause(error))
        after = getattr(error, "after", None) or timedelta(0)
        if held is None:
            log.error("a way out is shut", channel=self._door.channel, why=error.sentence)
        self._shut[way] = Shut(error, held.since if held else now, now + max(pause, after), asked)
        return self._shut[way]
