"""Delivery: hands over what the outbox holds, of each channel as much at once as its door takes; no row is lost on the way.

What is wrong with a row is counted, put off longer each time, and parked in the end; what is wrong with the way it takes
(desk.flow.ways) is not the row's fault, and lets it wait until the way is open.
"""

import asyncio
from datetime import datetime, timedelta

import structlog
from tortoise.exceptions import DBConnectionError

from desk import letters
from desk.context import Desk
from desk.disclosure import gate
from desk.errors import DeskError, Misconfigured, Permanent, PutOff, Temporary, TopicGone
from desk.flow import queues, settling
from desk.flow.together import Together
from desk.flow.ways import Shut, Ways
from desk.ports import Delivered, DoorOut
from desk.timepiece import Timepiece
from models import Outbox, OutboxState
from models.store.connect import transaction
from models.store.leases import LeaseLost, give_back

log = structlog.get_logger(__name__)

# A row that fails is tried for about four days (see `again_after`), then it is parked.
MAX_ATTEMPTS = 90
FAULT_ATTEMPTS = 5
# What is put off counts as no attempt, but not for ever.
PUT_OFF_FOR = timedelta(days=4)
# How long a row waits whose way is shut while others of its channel are open; the way lets it go sooner when it opens.
BEHIND_A_SHUT_WAY = timedelta(minutes=5)
# How soon it is looked again whether the Undo of what leaves is on the screen.
UNSEEN = timedelta(seconds=1)
# A row that was leased beforehand and has waited longer is given back: its lease has to last for its way.
STALE = timedelta(seconds=10)
# How often it is tried to record that a row was handed over, and the first pause between (seconds); it doubles. All of
# them together are shorter than the lease: as long as we try, nobody hands the row over once more.
SETTLE_TRIES = 9
SETTLE_PAUSE = 0.2


def again_after(attempts: int) -> timedelta:
    """The wait after the n-th failed attempt (from 1): 2 s, 4 s … a minute; after half an hour longer, up to two hours."""
    return min(queues.backoff(attempts), timedelta(minutes=1)) if attempts <= 35 else queues.backoff(attempts - 29)


async def deliver(desk: Desk, door: DoorOut, row: Outbox, timepiece: Timepiece, ways: Ways, together: Together) -> bool:
    """Hand over one leased row and settle what follows, whatever happens on the way; False: nothing is left that waits for it."""
    delivered = await _handed_over(desk, door, row, timepiece, ways)
    if delivered is None:
        return True
    ways.passed(door.way(row), timepiece())
    goes_on = await together.record(row, delivered)
    if goes_on is None:
        await _settle(desk, row, delivered, timepiece)
    if row.attempts > 1 and row.error:
        # What held this one up is over, so it is over for others as well.
        await queues.hasten(row.channel, timepiece(), row.error)
    return goes_on is not False or row.attempts > 1


async def _handed_over(desk: Desk, door: DoorOut, row: Outbox, timepiece: Timepiece, ways: Ways) -> Delivered | None:
    """Hand over one leased row; None: it did not leave, and what becomes of it now is settled."""
    if row.attempts > MAX_ATTEMPTS:  # a lease counts at once: this one ended the process that tried it
        died = Permanent("The process ended each time this was tried; it is not tried again by itself.")
        await _park(desk, row, died, timepiece())
        return None
    if (shut := ways.shut(door.way(row))) is not None:
        await _behind(row, shut, timepiece())
        return None
    if await settling.unseen(desk, row, timepiece()):
        await _later(row, "", UNSEEN, timepiece(), counted=False)
        return None
    try:
        if letters.may_be_overtaken(row):
            async with transaction():
                if await settling.overtaken(desk, row, timepiece()):
                    return None
        if await gate.leaves(desk, row, timepiece()):
            return await door.send(row)
    except TopicGone:
        async with transaction():
            await settling.topic_gone(desk, row, timepiece())
    except LeaseLost:
        log.error("delivery took longer than its lease", channel=door.channel, errand=row.errand, ticket=row.ticket_id)
    except Permanent as error:
        ways.passed(door.way(row), timepiece())
        await _park(desk, row, error, timepiece())
    except PutOff as error:
        now = timepiece()
        counted = now - row.created_at > PUT_OFF_FOR
        if counted and row.attempts >= MAX_ATTEMPTS:
            await _park(desk, row, error, now)
        else:
            await _later(row, error.sentence, error.after or queues.BREATH, now, counted=counted)
    except (Temporary, Misconfigured) as error:
        await _failed(desk, door, row, error, timepiece, ways)
    except Exception as error:  # our own fault: never lose the row, never stop the queue
        log.exception("delivery failed by a fault of ours", channel=door.channel, errand=row.errand, ticket=row.ticket_id)
        fault = Permanent(f"Internal error: {type(error).__name__}. The log has the details.")
        if row.attempts >= FAULT_ATTEMPTS:
            await _park(desk, row, fault, timepiece())
        else:
            await _later(row, fault.sentence, queues.backoff(row.attempts), timepiece())
    return None


async def _failed(desk: Desk, door: DoorOut, row: Outbox, error: DeskError, timepiece: Timepiece, ways: Ways) -> None:
    """It failed: by the fault of its way, which is asked, or by its own."""
    shut = await ways.ask(door.way(row), timepiece)
    if shut is not None:
        await _behind(row, shut, timepiece())
    elif row.attempts >= MAX_ATTEMPTS:
        await _park(desk, row, error, timepiece())
    else:
        wait = max(again_after(row.attempts), getattr(error, "after", None) or timedelta(0))
        log.warning("delivery put off", channel=door.channel, errand=row.errand, ticket=row.ticket_id, attempts=row.attempts)
        await _later(row, error.sentence, wait, timepiece())


async def _behind(row: Outbox, shut: Shut, now: datetime) -> None:
    """A row waits for its way to open; it was not tried, or it is not known whether it would have gone."""
    await _later(row, shut.error.sentence, BEHIND_A_SHUT_WAY, now, counted=False)


async def _settle(desk: Desk, row: Outbox, delivered: Delivered, timepiece: Timepiece) -> None:
    """Record that a row was handed over and do what follows. Trouble here must not have it handed over once more."""
    attempt = 0
    while attempt < SETTLE_TRIES:
        try:
            async with transaction():
                await settling.sent(desk, row, delivered, timepiece())
        except LeaseLost:
            log.error("delivery took longer than its lease", channel=row.channel, errand=row.errand, ticket=row.ticket_id)
        except DBConnectionError:  # it comes back, and as long as this process lives it knows what was handed over
            log.error("the database is away", loop=f"outbox {row.channel}", errand=row.errand, ticket=row.ticket_id)
            await asyncio.sleep(queues.AWAY.total_seconds())
            continue
        except Exception:  # another was faster, or a fault of ours
            log.exception("a delivery could not be recorded", channel=row.channel, errand=row.errand, ticket=row.ticket_id)
            await asyncio.sleep(SETTLE_PAUSE * 2**attempt)
            attempt += 1
            continue
        return
    async with transaction():
        await settling.unrecorded(desk, row, delivered, timepiece())


async def _park(desk: Desk, row: Outbox, error: DeskError, now: datetime) -> None:
    log.error("delivery parked", channel=row.channel, errand=row.errand, ticket=row.ticket_id, why=error.sentence)
    async with transaction():
        await settling.parked(desk, row, error, now)


async def _later(row: Outbox, why: str, wait: timedelta, now: datetime, *, counted: bool = True) -> None:
    await give_back(row, next_try_at=now + wait, counted=counted, error=why)


class _Hands:
    """The rows of one channel that are on their way at this moment."""

    def __init__(self, desk: Desk, door: DoorOut, timepiece: Timepiece, ways: Ways, stop: asyncio.Event) -> None:
        self._desk, self._door, self._timepiece, self._ways, self._stop = desk, door, timepiece, ways, stop
        # Whoever is on the way holds one until it is recorded: so many, and not more, may leave once more after a crash.
        self._turns = asyncio.Semaphore(door.at_once)
        self.news = desk.wake.outbox[door.channel]
        self.news.fresh, self._claimed_at = True, timepiece()
        self.busy, self.tried, self.looking = 0, 0, False
        # Whether the last claim left none that may go now.
        self.exhausted = False
        self.away: DBConnectionError | None = None

    async def take(self) -> list[Outbox]:
        """Claim what may leave now, as far as there are hands; none where the last claim left none and there is no news."""
        now = self._timepiece()
        if self._ways.all_shut or (self._door.ahead and self.busy > self._door.at_once):
            return []
        if not self.news.fresh and now < self._claimed_at + queues.IDLE:
            return []
        free, room = self._door.at_once + self._door.ahead - self.busy, self._door.room()
        rows: list[Outbox] = []
        if (limit := min(free, room.rows - self.busy)) > 0:
            self.news.fresh, self._claimed_at = False, now
            rows = await queues.lease_outbox(self._door.channel, now, limit)
            self.news.fresh |= len(rows) == limit
        elif free > 0 and room.errands:
            rows = await queues.lease_outbox(self._door.channel, now, limit := free, room.errands)
        self.exhausted = len(rows) < limit
        self.busy += len(rows)
        self.tried += len(rows)
        return rows

    async def carry(self, row: Outbox, together: Together) -> None:
        """Deliver one row. Only the database's absence is told to the others; whatever else happens is this row's own."""
        goes_on = True
        try:
            async with self._turns:
                now, until = self._timepiece(), row.lease_until
                if self.away is not None or until is None or until <= now:  # it is free again, or will be
                    return
                if self._stop.is_set() or until - now < queues.LEASE - STALE:
                    await give_back(row, next_try_at=row.next_try_at, counted=False)
                    return
                goes_on = await deliver(self._desk, self._door, row, self._timepiece, self._ways, together)
        except DBConnectionError as error:
            self.away = error
        except LeaseLost:
            log.error("delivery took longer than its lease", channel=row.channel, errand=row.errand, ticket=row.ticket_id)
        except Exception:  # nothing was handed over; the row is tried again when its lease has run out
            log.exception(
                "what became of a delivery could not be kept", channel=row.channel, errand=row.errand, ticket=row.ticket_id
            )
        finally:
            self.busy -= 1
            self.news.stir()
            if goes_on:
                self.news.set()
                self._desk.wake.outbox["staff"].set()

    async def look(self) -> None:
        """Ask the ways whose moment has come; what waited for one that has opened goes now."""
        try:
            if await self._ways.look(self._timepiece):
                freed = await queues.hasten(self._door.channel, self._timepiece())
                log.info("what waited for a way out goes now", channel=self._door.channel, rows=freed)
        except DBConnectionError as error:
            self.away = error
        finally:
            self.looking = False
            self.news.set()

    async def rest(self) -> None:
        """Wait until there may be something to do: a row, a free hand, room, a way to be asked."""
        now, room = self._timepiece(), self._door.room()
        moments = [self._ways.next_at()]
        if not self._ways.all_shut:
            crowded = room.again is not None and room.rows <= self.busy
            if crowded and room.again:
                moments.append(now + room.again)
            elif not self.busy:  # else what is on its way tells soon enough when it has come
                moments.append(await queues.next_outbox_at(self._door.channel))
        await queues.wait_for_work(self.news, self._stop, min((one for one in moments if one is not None), default=None), now)
        if not self.news.is_set():  # what it waited for was a moment, which has come
            self.news.fresh = True


async def drain(
    desk: Desk, door: DoorOut, timepiece: Timepiece, stop: asyncio.Event | None = None, ways: Ways | None = None
) -> int:
    """Deliver everything that may leave now; how many rows were tried."""
    stop, ways = stop or asyncio.Event(), ways or Ways(door)
    hands = _Hands(desk, door, timepiece, ways, stop)
    async with asyncio.TaskGroup() as group:
        together = Together(desk, timepiece, group)
        while not stop.is_set() and hands.away is None:
            hands.news.clear()
            if not hands.looking and ways.due(timepiece()):
                hands.looking = True
                group.create_task(hands.look())
            try:
                rows = await hands.take()
                if not rows:
                    if not hands.busy and not hands.looking:
                        break
                    await hands.rest()
            except DBConnectionError as error:  # what is on its way must not be given up for that
                hands.away = error
                break
            for row in rows:
                group.create_task(hands.carry(row, together))
            if rows and hands.exhausted:
                await hands.rest()
    if hands.away is not None:
        raise hands.away
    return hands.tried


async def work(desk: Desk, door: DoorOut, stop: asyncio.Event, timepiece: Timepiece, ways: Ways | None = None) -> None:
    """Deliver the rows of a channel for as long as the process lives."""
    ways = ways or Ways(door)
    hands = _Hands(desk, door, timepiece, ways, stop)
    ours = Outbox.filter(state=OutboxState.WAITING, channel=door.channel)
    async with queues.outliving(f"outbox {door.channel}", ours, stop):
        # What an earlier life put off may go by now.
        await queues.hasten(door.channel, timepiece())
    while not stop.is_set():
        async with queues.outliving(f"outbox {door.channel}", ours, stop):
            await drain(desk, door, timepiece, stop, ways)
            await hands.rest()
