"""The inbox: raw messages are stored whole before their source is told so; a worker then takes each in one transaction.

A row that fails is tried a bounded number of times and then parked; whose turn it is decides models.store.leases.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from tortoise.exceptions import DBConnectionError

from desk import contents, history, outbox
from desk.context import Desk
from desk.errors import Permanent, Temporary
from desk.flow import queues
from desk.outbox import put
from desk.ports import DoorForMany, DoorIn, DoorReadingMany, Outcome
from desk.record import received
from desk.timepiece import Timepiece
from models import Action, Inbound, InboundState
from models.store.connect import transaction
from models.store.leases import LeaseLost, finish, finish_together, give_back, still_ours
from models.store.query import column
from models.store.rows import insert_new

log = structlog.get_logger(__name__)

# How often a row is tried: when something outside fails for a while, and when we ourselves do.
TEMPORARY_ATTEMPTS, FAULT_ATTEMPTS = 8, 4
# A lease counts at once. A row leased more often than it can fail has ended the process that took it, each time.
DEADLY = 12
# How long rows wait whose channel is not set up in this process.
NO_DOOR = timedelta(minutes=10)
# Under load so many rows are taken in one transaction, of so many bytes together; so many are prepared at a time.
MOST_AT_ONCE, BYTES_AT_ONCE, PREPARED_AT_ONCE = 100, 4 * 1024 * 1024, 4


# What a door made of a row, and the row.
Ready = tuple[Any, Inbound]


@dataclass(frozen=True)
class Item:
    """One raw message as its source gives it; `position` is its id there, `conversation` the key of its order.

    `outcome` is what it became where its source knows that already: it is kept, and no worker looks at it.
    """

    position: int
    conversation: str
    received_at: datetime
    raw: bytes
    outcome: str = ""


async def store(
    desk: Desk,
    *,
    channel: str,
    source: str,
    position: int,
    conversation: str,
    received_at: datetime,
    raw: bytes,
    now: datetime,
) -> bool:
    """Store one raw message durably; True when it was not there yet. Only then may its source be told that we have it."""
    item = Item(position, conversation, received_at, raw)
    return await store_many(desk, channel, source, [item], now) == 1


async def store_many(desk: Desk, channel: str, source: str, items: Sequence[Item], now: datetime) -> int:
    """Store raw messages of one source durably, together; how many were new. Taking any of them twice is harmless."""
    given = {item.position: item for item in items}
    if any(received.large(item.raw) for item in items):  # no file of the vault is written for one that is there
        for position in await column(Inbound.filter(source=source, position__in=list(given)), "position"):
            del given[position]
    rows = [await _row(desk, channel, source, item, now) for item in given.values()]
    if new := await insert_new(rows):
        desk.wake.inbox.set()
    return new


async def park(desk: Desk, *, channel: str, source: str, item: Item, error: str, now: datetime) -> None:
    """Store a message that could not even be read from its source, parked at once where staff see it."""
    if await Inbound.exists(source=source, position=item.position):
        return
    row = await _row(desk, channel, source, item, now)
    async with transaction():
        await row.save()
        await _park(row, error, now)
    desk.wake.deliveries()


async def _row(desk: Desk, channel: str, source: str, item: Item, now: datetime) -> Inbound:
    row = Inbound(
        channel=channel,
        source=source[:400],
        position=item.position,
        conversation=item.conversation[:400],
        received_at=item.received_at,
        stored_at=now,
        next_try_at=now,
        size=len(item.raw),
    )
    if item.outcome:
        row.state, row.outcome, row.done_at = InboundState.DONE, item.outcome, now
    await received.keep(desk, row, item.raw)
    return row


async def last_position(source: str) -> int:
    """The highest position of a source that is stored; 0 when there is none."""
    found = await column(Inbound.filter(source=source).order_by("-position").limit(1), "position")
    return int(found[0]) if found else 0


async def prepared(desk: Desk, door: DoorIn[Any], rows: Sequence[Inbound], timepiece: Timepiece) -> list[Ready]:
    """Rows with what their door made of them; those of which it made nothing were put off or parked."""
    found: list[tuple[Inbound, bytes | Exception]] = [(row, await _opened(desk, row)) for row in rows]
    whole = [(row, content) for row, content in found if isinstance(content, bytes)]
    made = iter(await _prepared_together(door, whole) if isinstance(door, DoorReadingMany) else await _each(door, whole))
    ready: list[Ready] = []
    for row, content in found:
        one = content if isinstance(content, Exception) else next(made)
        if isinstance(one, Exception):
            await _went_wrong(desk, row, one, timepiece())
        else:
            ready.append((one, row))
    return ready


async def _opened(desk: Desk, row: Inbound) -> bytes | Exception:
    if row.attempts > DEADLY:
        return Permanent("The process ended each time this message was taken; it is not tried again by itself.")
    try:
        return await received.raw(desk, row)
    except Exception as error:  # noqa: BLE001 - each kind has its meaning where it is judged
        return error


async def _prepared_together(door: DoorReadingMany[Any], rows: Sequence[tuple[Inbound, bytes]]) -> list[Any]:
    try:
        return await door.prepare_together(rows)
    except Exception as error:  # noqa: BLE001 - of all of them
        return [error] * len(rows)


async def _each(door: DoorIn[Any], rows: Sequence[tuple[Inbound, bytes]]) -> list[Any]:
    turns = asyncio.Semaphore(PREPARED_AT_ONCE)

    async def one(row: Inbound, content: bytes) -> Any:
        async with turns:
            return await door.prepare(row, content)

    return await asyncio.gather(*(one(row, content) for row, content in rows), return_exceptions=True)


async def handle(desk: Desk, door: DoorIn[Any], ready: Sequence[Ready], timepiece: Timepiece) -> None:
    """Act upon prepared rows of different conversations and mark all done, in one transaction.

    What fails is put off or parked alone, as if it had been alone.
    """
    if not ready:
        return
    try:
        async with transaction():
            now = timepiece()
            # That one alone was taken over is noticed when it is marked; one of many must not undo the others.
            ours = await still_ours([row for _, row in ready]) if len(ready) > 1 else {row.id for _, row in ready}
            taken = [one for one in ready if one[1].id in ours]
            outcomes = await acted(door, taken, now)
            done = [(row, _done(row, outcome, now)) for (_, row), outcome in zip(taken, outcomes, strict=True)]
            if len(ready) > 1:
                await finish_together(done)
            else:
                await finish(ready[0][1], **done[0][1])
    except LeaseLost:
        taken, outcomes, ours = [], [], set()
    except DBConnectionError as error:
        if len(ready) > 1:
            raise
        await _went_wrong(desk, ready[0][1], error, timepiece())
        return
    except Exception as error:  # noqa: BLE001 - each kind has its meaning there
        if len(ready) > 1:
            # One of them is bad, and nothing was done of any: halves find it.
            for half in (ready[: len(ready) // 2], ready[len(ready) // 2 :]):
                await handle(desk, door, half, timepiece)
            return
        await _went_wrong(desk, ready[0][1], error, timepiece())
        return
    for _, row in ready:
        if row.id not in ours:
            log.warning("inbound was taken over by another worker", channel=row.channel, inbound=row.id)
    for (_, row), outcome in zip(taken, outcomes, strict=True):
        log.info("inbound taken", channel=row.channel, inbound=row.id, outcome=outcome.words, ticket=outcome.ticket_id)


async def acted(door: DoorIn[Any], ready: Sequence[Ready], now: datetime) -> list[Outcome]:
    """What became of prepared rows, inside their transaction."""
    if isinstance(door, DoorForMany):
        return await door.handle_together(ready, now)
    return [await door.handle(prepared, row, now) for prepared, row in ready]


def _done(row: Inbound, outcome: Outcome, now: datetime) -> dict[str, Any]:
    return {
        "state": InboundState.DONE,
        "outcome": outcome.words,
        "ticket_id": outcome.ticket_id,
        "fingerprint": row.fingerprint,
        "done_at": now,
        "error": "",
    }


async def _went_wrong(desk: Desk, row: Inbound, error: Exception, now: datetime) -> None:
    """Put off or park a row by what its taking raised."""
    match error:
        case Temporary():
            await _failed(desk, row, error.sentence, TEMPORARY_ATTEMPTS, error.after, now)
        case Permanent():
            await _failed(desk, row, error.sentence, 0, None, now)
        case _:  # our own fault: the row is kept, tried again, then shown to staff
            log.error("inbound failed by a fault of ours", channel=row.channel, inbound=row.id, exc_info=error)
            words = f"Internal error: {type(error).__name__}. The log has the details."
            await _failed(desk, row, words, FAULT_ATTEMPTS, None, now)


async def _failed(desk: Desk, row: Inbound, why: str, attempts: int, after: timedelta | None, now: datetime) -> None:
    try:
        async with transaction():
            if row.attempts >= attempts:
                await _park(row, why, now)
            else:
                await give_back(row, next_try_at=now + (after or queues.backoff(row.attempts)), error=why)
    except LeaseLost:
        log.warning("inbound was taken over by another worker", channel=row.channel, inbound=row.id)
        return
    if row.attempts >= attempts:
        log.error("inbound parked", channel=row.channel, inbound=row.id, attempts=row.attempts)


async def _park(row: Inbound, why: str, now: datetime) -> None:
    await finish(row, state=InboundState.PARKED, error=why, done_at=now)
    await history.add(None, history.DESK, Action.INBOUND_PARKED, {"inbound": row.id, "channel": row.channel}, now)
    await put(
        channel="staff",
        conversation=outbox.GENERAL,
        key=f"parked:inbound:{row.id}:{now.isoformat()}",
        content=contents.Parked(inbound=row.id, error=why),
        now=now,
        priority=outbox.SOON,
    )


async def drain(desk: Desk, doors: Mapping[str, DoorIn[Any]], timepiece: Timepiece, stop: asyncio.Event | None = None) -> int:
    """Take everything that is due now; how many rows were tried.

    One row at first, and twice as many each time there were as many: who waits alone waits for nobody. From then on the next
    batch is prepared while one is acted upon; of a conversation nothing is leased as long as a row before it is in hand.
    """
    tried, many = 0, 1
    async with asyncio.TaskGroup() as group:
        line = _Line(desk, doors, timepiece, group, stop or asyncio.Event())
        while not line.stop.is_set() and line.away is None:
            try:
                desk.wake.inbox.clear()
                rows, more = await queues.lease_inbound(timepiece(), many)
                if not rows and not await line.done():
                    break
                for together in batches(rows):
                    tried += await line.take(together)
                if len(rows) < many or many == 1 or not more:
                    await line.done()
                if rows and not more and not desk.wake.inbox.is_set():
                    break
                many = min(many * 2, MOST_AT_ONCE) if len(rows) == many else 1
            except DBConnectionError as error:  # what is acted upon at this moment is not given up for that
                line.away = error
    if line.away is not None:
        raise line.away
    return tried


class _Line:
    """Batches one after another: one is acted upon while the next is prepared."""

    def __init__(
        self,
        desk: Desk,
        doors: Mapping[str, DoorIn[Any]],
        timepiece: Timepiece,
        group: asyncio.TaskGroup,
        stop: asyncio.Event,
    ) -> None:
        self._desk, self._doors, self._timepiece, self._group, self.stop = desk, doors, timepiece, group, stop
        self._acting: asyncio.Task[None] | None = None
        self.away: DBConnectionError | None = None

    async def take(self, rows: Sequence[Inbound]) -> int:
        """Prepare rows of one channel, and begin to act when the batch before is done; how many rows were tried."""
        channel = rows[0].channel
        door = self._doors.get(channel)
        if door is None and not self.stop.is_set():
            for row in rows:
                log.warning("inbound of a channel that is not set up waits", channel=channel, inbound=row.id)
                await give_back(row, next_try_at=self._timepiece() + NO_DOOR, counted=False, error="This channel is not set up.")
            return len(rows)
        with _kept_running(rows):
            if door is None or self.stop.is_set():
                await _untouched(rows)
                return 0
            ready = await prepared(self._desk, door, rows, self._timepiece)
            await self.done()
            if self.stop.is_set():
                await _untouched([row for _, row in ready])
                return len(rows) - len(ready)
            if self.away is None:
                self._acting = self._group.create_task(self._act(door, ready))
        return len(rows)

    async def done(self) -> bool:
        """Wait until nothing is acted upon; whether something was."""
        acting, self._acting = self._acting, None
        if acting is not None:
            await acting
        return acting is not None

    async def _act(self, door: DoorIn[Any], ready: Sequence[Ready]) -> None:
        try:
            with _kept_running([row for _, row in ready]):
                await handle(self._desk, door, ready, self._timepiece)
        except DBConnectionError as error:
            self.away = error
        finally:
            self._desk.wake.deliveries()


async def _untouched(rows: Sequence[Inbound]) -> None:
    """Give back what was leased and not acted upon."""
    for row in rows:
        await give_back(row, next_try_at=row.next_try_at, counted=False)


@contextmanager
def _kept_running(rows: Sequence[Inbound]) -> Iterator[None]:
    try:
        yield
    except DBConnectionError:
        raise
    except Exception:  # nothing was decided; the rows are taken again when their lease has run out
        log.exception("what became of inbound could not be kept", channel=rows[0].channel, inbound=[row.id for row in rows])


def batches(rows: Sequence[Inbound]) -> list[list[Inbound]]:
    """Rows of one channel that go together, by size; one that was tried before goes alone: it may have ended a process."""
    made: list[list[Inbound]] = []
    for row in sorted(rows, key=lambda one: one.channel):
        last = made[-1] if made else []
        fits = sum(one.size for one in last) + row.size <= BYTES_AT_ONCE
        if last and fits and row.channel == last[0].channel and row.attempts <= 1 and last[-1].attempts <= 1:
            last.append(row)
        else:
            made.append([row])
    return made


async def work(desk: Desk, doors: Mapping[str, DoorIn[Any]], stop: asyncio.Event, timepiece: Timepiece) -> None:
    """Take inbound rows for as long as the process lives."""
    while not stop.is_set():
        async with queues.outliving("inbox", Inbound.filter(state=InboundState.WAITING), stop):
            await drain(desk, doors, timepiece, stop)
            await queues.wait_for_work(desk.wake.inbox, stop, await queues.next_inbound_at(), timepiece())
