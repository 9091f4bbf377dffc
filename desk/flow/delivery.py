"""Delivery: hands over what the outbox holds, one worker or more for each channel; a row is never lost on the way."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from tortoise.exceptions import DBConnectionError

from desk.context import Desk
from desk.errors import DeskError, Misconfigured, Permanent, Temporary, TopicGone
from desk.flow import queues, settling
from desk.ports import Delivered, DoorOut
from models import Outbox, OutboxState
from models.store.connect import transaction
from models.store.leases import LeaseLost, give_back

log = structlog.get_logger(__name__)

# A temporary failure is tried for about four days (see desk.flow.queues.backoff), then it is parked.
MAX_ATTEMPTS = 60
MISCONFIGURED_PAUSE = timedelta(seconds=60)
# How often it is tried to record that a row was handed over, and the first pause between (seconds); it doubles. All of
# them together are shorter than the lease: as long as we try, nobody hands the row over once more.
SETTLE_TRIES = 9
SETTLE_PAUSE = 0.2


async def deliver(desk: Desk, door: DoorOut, row: Outbox, clock: Callable[[], datetime]) -> None:
    """Hand over one claimed row and settle what follows, whatever happens on the way."""
    if row.attempts > MAX_ATTEMPTS:  # a claim counts at once: this one ended the process that tried it
        await _park(desk, row, Permanent("The process ended each time this was tried; it is not tried again by itself."), clock())
        return
    try:
        if row.act in settling.BEFORE_SENT:
            async with transaction():
                if await settling.overtaken(desk, row, clock()):
                    return
        delivered = await door.send(row)
    except TopicGone:
        async with transaction():
            await settling.topic_gone(desk, row, clock())
    except LeaseLost:
        log.error("delivery took longer than its lease", channel=door.channel, act=row.act, ticket=row.ticket_id)
    except Permanent as error:
        await _park(desk, row, error, clock())
    except Misconfigured as error:
        log.error("channel is misconfigured", channel=door.channel, act=row.act, ticket=row.ticket_id, why=error.sentence)
        await _later(row, error.sentence, MISCONFIGURED_PAUSE if error.part else timedelta(0), clock(), counted=False)
        if not error.part:
            raise
    except Temporary as error:
        if row.attempts >= MAX_ATTEMPTS:
            await _park(desk, row, error, clock())
        else:
            log.warning("delivery put off", channel=door.channel, act=row.act, ticket=row.ticket_id, attempts=row.attempts)
            await _later(row, error.sentence, error.after or queues.backoff(row.attempts), clock())
    except Exception as error:  # our own fault: never lose the row, never stop the queue
        log.exception("delivery failed by a fault of ours", channel=door.channel, act=row.act, ticket=row.ticket_id)
        fault = Permanent(f"Internal error: {type(error).__name__}. The log has the details.")
        if row.attempts >= 5:
            await _park(desk, row, fault, clock())
        else:
            await _later(row, fault.sentence, queues.backoff(row.attempts), clock())
    else:
        await _settle(desk, row, delivered, clock)


async def _settle(desk: Desk, row: Outbox, delivered: Delivered, clock: Callable[[], datetime]) -> None:
    """Record that a row was handed over and do what follows. Trouble here must not have it handed over once more."""
    attempt = 0
    while attempt < SETTLE_TRIES:
        try:
            async with transaction():
                await settling.sent(desk, row, delivered, clock())
        except LeaseLost:
            log.error("delivery took longer than its lease", channel=row.channel, act=row.act, ticket=row.ticket_id)
        except DBConnectionError:  # it comes back, and as long as this process lives it knows what was handed over
            log.error("the database is away", loop=f"outbox {row.channel}", act=row.act, ticket=row.ticket_id)
            await asyncio.sleep(queues.AWAY.total_seconds())
            continue
        except Exception:  # another was faster, or a fault of ours
            log.exception("a delivery could not be recorded", channel=row.channel, act=row.act, ticket=row.ticket_id)
            await asyncio.sleep(SETTLE_PAUSE * 2**attempt)
            attempt += 1
            continue
        return
    async with transaction():
        await settling.unrecorded(desk, row, delivered, clock())


async def _park(desk: Desk, row: Outbox, error: DeskError, now: datetime) -> None:
    log.error("delivery parked", channel=row.channel, act=row.act, ticket=row.ticket_id, why=error.sentence)
    async with transaction():
        await settling.parked(desk, row, error, now)


async def _later(row: Outbox, why: str, wait: timedelta, now: datetime, *, counted: bool = True) -> None:
    await give_back(row, next_try_at=now + wait, counted=counted, error=why)


async def drain(desk: Desk, door: DoorOut, clock: Callable[[], datetime], stop: asyncio.Event | None = None) -> int:
    """Deliver everything that is due now; how many rows were tried. Raises Misconfigured, the row being kept."""
    tried = 0
    while not (stop and stop.is_set()):
        row = await queues.claim_outbox(door.channel, clock())
        if row is None:
            break
        tried += 1
        try:
            await deliver(desk, door, row, clock)
        except (Misconfigured, DBConnectionError):
            raise
        except LeaseLost:
            log.error("delivery took longer than its lease", channel=row.channel, act=row.act, ticket=row.ticket_id)
        except Exception:  # nothing was handed over; the row is tried again when its lease has run out
            log.exception("what became of a delivery could not be kept", channel=row.channel, act=row.act, ticket=row.ticket_id)
        desk.wake.outbox["staff"].set()
    return tried


async def work(desk: Desk, door: DoorOut, stop: asyncio.Event, clock: Callable[[], datetime]) -> None:
    """Deliver the rows of a channel for as long as the process lives. A misconfigured channel pauses, its rows are kept."""
    event = desk.wake.outbox[door.channel]
    while not stop.is_set():
        event.clear()
        held = Outbox.filter(state=OutboxState.WAITING, channel=door.channel)
        async with queues.outliving(f"outbox {door.channel}", held, stop):
            try:
                await drain(desk, door, clock, stop)
            except Misconfigured:
                await queues.pause(stop, MISCONFIGURED_PAUSE)
            else:
                await queues.wait_for_work(event, stop, await queues.next_outbox_at(door.channel), clock())
