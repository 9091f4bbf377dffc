"""What the inbox and the outbox share: leases, back-off and waiting for work without a busy loop."""

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

import structlog
from tortoise.exceptions import DBConnectionError
from tortoise.queryset import QuerySet

from desk import outbox, pausing
from models import Inbound, InboundState, Outbox, OutboxState
from models.store.leases import Leased, end_leases, lease, lease_some, next_due
from models.store.query import column

log = structlog.get_logger(__name__)


def process_name() -> str:
    """A name no other process has, with the machine and the process id that tell whether it still lives."""
    return f"{socket.gethostname()[:32]}:{os.getpid()}:{secrets.token_hex(4)}"


# Who we are in `leased_by`: unique to this process, so that a restart knows its predecessor's leases from its own.
HOLDER = process_name()
# Longer than any single errand may take; a row whose holder died is taken over after this.
LEASE = timedelta(minutes=3)
# How long a worker sleeps at most when nothing is known to fall due: other processes write rows without waking us.
IDLE = timedelta(seconds=2)
BREATH = timedelta(milliseconds=100)
# How soon a loop looks again for a database that is away.
AWAY = timedelta(seconds=3)


def backoff(attempts: int) -> timedelta:
    """The wait after the n-th failed attempt (from 1): 2 s, 4 s, 8 s … at most two hours."""
    return pausing.backoff(attempts, timedelta(seconds=2), timedelta(hours=2))


@asynccontextmanager
async def outliving(loop: str, ours: QuerySet[Any], stop: asyncio.Event) -> AsyncIterator[None]:
    """A round of a loop. A database that is away ends the round, not the loop, which has nothing in hand then.

    `ours` are the rows that only this loop leases: what it had leased is free again as soon as the database is back.
    """
    try:
        yield
    except DBConnectionError as error:
        log.error("the database is away", loop=loop, error=type(error).__name__)
        await pausing.pause(stop, AWAY.total_seconds())
        with suppress(DBConnectionError):
            await ours.filter(leased_by=HOLDER, lease_until__isnull=False).update(lease_until=None, leased_by="")


async def wait_for_work(event: asyncio.Event, stop: asyncio.Event, next_at: datetime | None, now: datetime) -> None:
    """Sleep until the event, the order to stop, or the moment when the next row falls due; two seconds at most."""
    if stop.is_set():
        return
    # A row may be due and yet wait behind another of its conversation: look again soon, but do not spin.
    wait = max(BREATH, min(IDLE, next_at - now)) if next_at else IDLE
    await pausing.pause(event, wait.total_seconds())


async def lease_outbox(channel: str, now: datetime, limit: int = 1, errands: Collection[str] = ()) -> list[Outbox]:
    """The most urgent rows of a channel that may leave now, leased to this process; of `errands` only where some are told.

    These are looked for among what is urgent: all else that waits is not gone through for them.
    """
    urgent = outbox.URGENT if errands else None
    return await lease(
        Outbox, now=now, owner=HOLDER, period=LEASE, channel=channel, limit=limit, errands=errands, priority=urgent
    )


async def hasten(channel: str, now: datetime, error: str | None = None) -> int:
    """Let what was put off in a channel (for this error, or for any) go now, for its reason is gone; how many rows."""
    put_off = Outbox.filter(state=OutboxState.WAITING, channel=channel, lease_until__isnull=True, next_try_at__gt=now)
    put_off = put_off.filter(error=error) if error else put_off.exclude(error="")
    return await put_off.update(next_try_at=now)


async def lease_inbound(now: datetime, limit: int = 1) -> Leased:
    """The oldest inbound rows that may be taken now, of one conversation one at most, leased to this process."""
    return await lease_some(Inbound, now=now, owner=HOLDER, period=LEASE, limit=limit)


async def next_outbox_at(channel: str) -> datetime | None:
    """When the next waiting row of a channel that nobody holds falls due."""
    return await next_due(Outbox, channel)


async def next_inbound_at() -> datetime | None:
    """When the next waiting inbound row that nobody holds falls due."""
    return await next_due(Inbound)


async def forget_leases_of_the_dead(now: datetime) -> int:
    """End the leases of processes of this machine that were killed; how many. Called at start, with several processes running.

    Rows leased by processes of other machines wait until their lease runs out.
    """
    ended = 0
    for model, state in ((Inbound, InboundState.WAITING), (Outbox, OutboxState.WAITING)):
        leased = model.filter(state=state, lease_until__isnull=False)
        for holder in set(await column(leased, "leased_by")):
            if _dead(holder):
                ended += await end_leases(leased.filter(leased_by=holder), now=now)
    return ended


def _dead(holder: str) -> bool:
    """Whether a holder was a process of this machine that no longer runs (its number may be ours by now)."""
    host, pid, _ = holder.split(":") if holder.count(":") == 2 else ("", "", "")
    if holder == HOLDER or host != HOLDER.split(":", maxsplit=1)[0] or not pid.isdigit():
        return False
    if int(pid) == os.getpid():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
