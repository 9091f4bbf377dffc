"""Leases on rows of inbox and outbox, in order within a conversation; `holder`: the one process that serves a mailbox or polls.

A leased table has the columns id, state ("waiting" until a row is settled), conversation, next_try_at,
lease_until, leased_by and attempts, and may have channel and priority. Of each conversation only one waiting row can be
leased, the most urgent and of those the oldest, and none while another is in hand: a conversation is worked on by one worker
at a time and in order; a batch holds one row of a conversation at most, so a flood in one does not hold up the others.

A lease counts as an attempt at once: a row that kills its process is counted too, and parked in the end.
"""

import asyncio
import json
import logging
import os
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from tortoise.backends.base.client import TransactionalDBClient
from tortoise.exceptions import BaseORMException, TransactionManagementError
from tortoise.models import Model
from tortoise.queryset import QuerySet

from models.fields import UtcDatetimeField, as_utc
from models.store import connect
from models.store.address import StoreError
from models.store.covering import changed
from models.store.locks import advisory_key, file_holder, lock_file, own_connection, try_file
from models.store.rows import Insertion, bound, change, within, write
from models.store.rows import read as read_row

log = logging.getLogger(__name__)

Row = TypeVar("Row", bound=Model)
WAITING = "waiting"
# From how many ends of a process on a row is held for what may have ended them, and how long it rests then.
SUSPECTED, REST = 3, timedelta(seconds=10)
# Seconds between two questions to a PostgreSQL connection whether it lives, and for the answer.
PULSE_SECONDS = 5.0
# Seconds between two tries for a lock that another process holds.
RETRY_SECONDS = 1.0


class LeaseLost(Exception):
    """The row was settled or leased by another worker meanwhile; whatever was decided about it must be undone."""


class HolderLost(StoreError):
    """The connection that held a lock broke: another process may hold it now."""


class Leased(NamedTuple):
    """Rows that were leased, and whether `more` were due then: beyond what was asked for, or behind one of their conversation."""

    rows: list[Any]
    more: bool


async def lease(
    model: type[Row],
    *,
    now: datetime,
    owner: str,
    period: timedelta,
    limit: int = 1,
    channel: str | None = None,
    errands: Collection[str] = (),
    priority: int | None = None,
) -> list[Row]:
    """Lease up to `limit` due rows to `owner` until `now + period`, the most urgent first; committed on return.

    `channel` restricts to one channel, `errands` to some errands, `priority` to what is no less urgent. Rows whose lease ran
    out are leased anew. Not to be called inside a transaction: others could not see it.
    """
    leased = await lease_some(
        model, now=now, owner=owner, period=period, limit=limit, channel=channel, errands=errands, priority=priority
    )
    return leased.rows


async def lease_some(
    model: type[Model],
    *,
    now: datetime,
    owner: str,
    period: timedelta,
    limit: int = 1,
    channel: str | None = None,
    errands: Collection[str] = (),
    priority: int | None = None,
) -> Leased:
    """Lease rows as `lease` does, and tell whether more are due, so that nobody has to ask. One statement does it all."""
    client = connect.client()
    if isinstance(client, TransactionalDBClient):
        raise TransactionManagementError("Rows are leased outside of transactions, so that others see it.")
    # SQL of our own goes past the column types, which would do this.
    now = as_utc(now)
    given = [one for one in (channel, priority) if one is not None]
    words = _leasing(
        model,
        postgres=connect.is_postgres(),
        channelled=channel is not None,
        bounded=priority is not None,
        errands=len(errands),
    )
    values = [now, limit, now + period, owner, *given, *errands]
    rows = [dict(row) for row in await client.execute_query_dict(words, values)]
    more = {row.pop("more") for row in rows}  # of all the same
    return Leased(sorted((read_row(model, row) for row in rows), key=_urgency), any(more))


@cache
def _leasing(model: type[Model], *, postgres: bool, channelled: bool, bounded: bool = False, errands: int = 0) -> str:
    """The statement that leases: its values are now, how many, until when, for whom; the channel, the priority, the errands."""
    mark = ("${}" if postgres else "?{}").format
    now, limit, until, owner = map(mark, range(1, 5))
    table = model._meta.db_table  # noqa: SLF001
    given = map(mark, range(5, 5 + channelled + bounded + errands))
    due = f"row.state = '{WAITING}' AND row.next_try_at <= {now} AND (row.lease_until IS NULL OR row.lease_until <= {now})"
    if channelled:
        due += f" AND row.channel = {next(given)}"
    if bounded:
        due += f" AND row.priority <= {next(given)}"
    if errands:
        due += f" AND row.errand IN ({', '.join(islice(given, errands))})"
    urgent = _has(model, "priority")
    put_off = " OR older.error <> ''" if _has(model, "error") else ""
    older = f"FROM {table} AS older WHERE older.state = '{WAITING}' AND older.conversation = row.conversation"
    first = "older.priority, older.id" if urgent else "older.id"
    # "First of its conversation" is a scalar on purpose: PostgreSQL turns NOT EXISTS into a join, which is quadratic
    # when its statistics have not seen a new backlog yet.
    chosen = (
        f"SELECT row.id FROM {table} AS row WHERE {due} "  # noqa: S608
        f"AND row.id = (SELECT older.id {older} "
        # A row set for a later moment (a reply that can be undone) lets others pass until then; one that failed, or
        # was put off without being counted, lets pass only what is more urgent.
        f"AND (older.next_try_at <= {now} OR older.attempts > 0{put_off}) ORDER BY {first} LIMIT 1) "
    )
    if urgent:  # what is more urgent passes what waits, not what is in hand
        chosen += f"AND (SELECT count(*) {older} AND older.lease_until > {now}) = 0 "
    chosen += (
        f"ORDER BY {'row.priority, ' if urgent else ''}row.next_try_at, row.id "
        f"LIMIT {limit}{' FOR UPDATE OF row SKIP LOCKED' if postgres else ''}"
    )
    return (
        f"WITH chosen AS MATERIALIZED ({chosen}) "  # noqa: S608
        f"UPDATE {table} SET lease_until = {until}, leased_by = {owner}, attempts = attempts + 1 "
        f"WHERE id IN (SELECT id FROM chosen) RETURNING *, "
        f"EXISTS (SELECT 1 FROM {table} AS row WHERE {due} AND row.id NOT IN (SELECT id FROM chosen)) AS more"
    )


def _has(model: type[Model], column: str) -> bool:
    return column in model._meta.fields_map  # noqa: SLF001


def _urgency(row: Model) -> tuple[Any, ...]:
    return getattr(row, "priority", 0), getattr(row, "next_try_at", None), row.pk


async def _set(row: Model, **values: Any) -> bool:
    """Set columns of a leased row that is still this worker's; whether it was."""
    model = type(row)
    written = [model._meta.fields_map[name].to_db_value(value, row) for name, value in values.items()]  # noqa: SLF001
    words = _setting(model, tuple(values), postgres=connect.is_postgres())
    found = await connect.client().execute_query_dict(words, [*written, row.pk, getattr(row, "leased_by", "")])
    changed(model, [one["id"] for one in found], values)
    return bool(found)


@cache
def _setting(model: type[Model], names: tuple[str, ...], *, postgres: bool) -> str:
    mark = ("${}" if postgres else "?{}").format
    columns = [model._meta.fields_db_projection[name] for name in names]  # noqa: SLF001
    wanted = ", ".join(f'"{column}" = {mark(number)}' for number, column in enumerate(columns, 1))
    ours = f"id = {mark(len(names) + 1)} AND state = '{WAITING}' AND leased_by = {mark(len(names) + 2)}"
    return f"UPDATE {model._meta.db_table} SET {wanted} WHERE {ours} RETURNING id"  # noqa: S608, SLF001


async def finish(row: Model, **values: Any) -> None:
    """Settle a leased row: set `values` (state, done_at, …) and end its lease, in the transaction of what it became.

    Raises `LeaseLost` when the row is no longer this worker's; the transaction must then be undone.
    """
    if not await _set(row, lease_until=None, leased_by="", **values):
        raise LeaseLost("The row was settled or leased by another worker meanwhile.")


async def still_ours(rows: Sequence[Model]) -> set[int]:
    """Which of these leased rows of one table are still this worker's; they are locked to the end of the transaction."""
    if not rows:
        return set()
    table, holders = rows[0]._meta.db_table, sorted({getattr(row, "leased_by", "") for row in rows})  # noqa: SLF001
    locked = " FOR UPDATE" if connect.is_postgres() else ""
    found = await connect.client().execute_query_dict(
        f"SELECT id FROM {table}{_by_number()} WHERE id {within(1)} AND state = '{WAITING}' "  # noqa: S608
        f"AND leased_by {within(2)} ORDER BY id{locked}",
        bound([[row.pk for row in rows], holders]),
    )
    return {row["id"] for row in found}


def _by_number() -> str:
    """What has SQLite find rows by their numbers: it would sooner look through all that wait."""
    return "" if connect.is_postgres() else " NOT INDEXED"


async def finish_together(settled: Sequence[tuple[Model, Mapping[str, Any]]]) -> None:
    """Settle leased rows (see `finish`) that `still_ours` locked in this transaction."""
    await change([(row, {"lease_until": None, "leased_by": "", **values}) for row, values in settled])


async def finish_alike(
    rows: Sequence[Model],
    values: Mapping[str, Any],
    own: Mapping[int, Mapping[str, Any]],
    along: Sequence[Insertion] = (),
) -> dict[int, bool]:
    """Settle those of these leased rows of one table that are still this worker's, by one statement, inside a transaction.

    All get `values`; a row gets `own` columns besides, by its number: JSON, the same ones wherever there are some. New rows
    are written `along`. Returns the numbers of those that were ours, each with whether more waits in its conversation.
    """
    if not rows:
        return {}
    model, postgres = type(rows[0]), connect.is_postgres()
    fields, table = model._meta.fields_map, model._meta.db_table  # noqa: SLF001
    mark = ("${}" if postgres else "?{}").format
    given = bound([[row.pk for row in rows], sorted({getattr(row, "leased_by", "") for row in rows})])
    sets = ["lease_until = NULL", "leased_by = ''"]
    for name, value in values.items():
        given.append(fields[name].to_db_value(value, rows[0]))
        sets.append(f'"{name}" = {mark(len(given))}')
    names = sorted({name for columns in own.values() for name in columns})
    for name in names:
        given.append(json.dumps({number: columns[name] for number, columns in own.items()}, ensure_ascii=False))
        whole = mark(len(given))
        found = f"CAST({whole} AS JSONB) -> id::text" if postgres else f"json_extract({whole}, '$.\"' || id || '\"')"
        sets.append(f'"{name}" = COALESCE({found}, "{name}")')
    ours = f"id {within(1)} AND state = '{WAITING}' AND leased_by {within(2)}"
    if postgres:  # in one order, as everywhere: who wants the same rows waits, instead of each for the other
        ours = f"id IN (SELECT id FROM {table} WHERE {ours} ORDER BY id FOR UPDATE)"  # noqa: S608
    # An expression on purpose: SQLite uses no index for a column of the row that is returned.
    other = (
        f"SELECT 1 FROM {table} AS other WHERE other.state = '{WAITING}' AND other.conversation = {table}.conversation || '' "  # noqa: S608
        f"AND other.id <> {table}.id"
    )
    words = f"UPDATE {table}{_by_number()} SET {', '.join(sets)} WHERE {ours} RETURNING id, EXISTS ({other}) AS more"  # noqa: S608
    settled = {row["id"]: bool(row["more"]) for row in await write(along, words, given)}
    changed(model, [number for number in own if number in settled], names)
    return settled


async def give_back(row: Model, *, next_try_at: datetime, counted: bool = True, **values: Any) -> bool:
    """End the lease of a leased row, to be leased again from `next_try_at` on; whether it was still this worker's.

    `counted` tells whether the try counts as an attempt; `values` are set as well (error, …).
    """
    attempts = getattr(row, "attempts", 0) - (0 if counted else 1)
    return await _set(row, lease_until=None, leased_by="", next_try_at=next_try_at, attempts=attempts, **values)


async def renew(row: Model, *, now: datetime, period: timedelta, **values: Any) -> bool:
    """Keep a leased row until `now + period` and set `values`; False, and nothing set, when it is no longer this worker's."""
    return await _set(row, lease_until=now + period, **values)


async def next_due(model: type[Model], channel: str | None = None) -> datetime | None:
    """When the next waiting row that nobody holds falls due; `channel` restricts to one."""
    of_it = f" AND channel = {'$1' if connect.is_postgres() else '?'}" if channel is not None else ""
    words = (
        f"SELECT next_try_at FROM {model._meta.db_table} WHERE state = '{WAITING}'{of_it} AND lease_until IS NULL "  # noqa: S608, SLF001
        "ORDER BY next_try_at LIMIT 1"
    )
    found = await connect.client().execute_query_dict(words, [channel] if channel is not None else [])
    field: UtcDatetimeField[datetime] = model._meta.fields_map["next_try_at"]  # type: ignore[assignment]  # noqa: SLF001
    return field.to_python_value(found[0]["next_try_at"]) if found else None


async def forget_leases(model: type[Model], *, now: datetime) -> int:
    """End all leases; how many. Only for the one process that serves the database, at its start: they are of the dead."""
    return await end_leases(model.filter(state=WAITING, lease_until__isnull=False), now=now)


async def end_leases(leased: QuerySet[Any], *, now: datetime) -> int:
    """End the leases of the dead on rows that bear one; how many.

    A row that was on its way when several processes ended may be why they did, or only the first in the line: it rests for
    a while, so that others go before it and it does not end every process that starts.
    """
    freed = {"lease_until": None, "leased_by": ""}
    resting = await leased.filter(attempts__gt=SUSPECTED).update(next_try_at=now + REST, **freed)
    return resting + await leased.update(**freed)


@asynccontextmanager
async def holder(name: str, *, wait: bool | None = None) -> AsyncIterator[None]:
    """Be the only process that does `name` (a mailbox, polling, …) on the open database while the block runs.

    PostgreSQL: waits for its turn (unless `wait` is False); should the connection that holds the lock break, the
    block is cancelled and `HolderLost` raised. SQLite is served by one process: when another holds the lock,
    `StoreError` says so at once (unless `wait` is True). A holder that is killed gives way at once; one whose
    machine vanished, within about a minute.
    """
    address = connect.address()
    if address.file is not None:
        async with _file_locked(lock_file(address.file, name), address.shown, wait=bool(wait)):
            yield
        return
    async with own_connection(address) as connection:
        key = advisory_key(name)
        while not await _ask(connection, "SELECT pg_try_advisory_lock($1)", key):
            if wait is False:
                raise StoreError(f"Another process that uses {address.shown} does this already.")
            await asyncio.sleep(RETRY_SECONDS)
        async with _watched(connection):
            yield


@asynccontextmanager
async def _file_locked(path: Any, shown: str, *, wait: bool) -> AsyncIterator[None]:
    while (descriptor := try_file(path)) is None:
        if not wait:
            raise StoreError(
                f"The database {shown} is being served by another process (process id {file_holder(path)}). "
                "SQLite is served by one process: stop that one first, or use PostgreSQL."
            )
        await asyncio.sleep(RETRY_SECONDS)
    try:
        yield
    finally:
        os.close(descriptor)


async def _ask(connection: Any, query: str, *values: Any) -> Any:
    # Only PostgreSQL has these locks; on SQLite its driver is never imported.
    from models.store.asyncpg_engine import translated  # noqa: PLC0415

    try:
        with translated():
            async with asyncio.timeout(PULSE_SECONDS):
                return await connection.fetchval(query, *values)
    except BaseORMException as error:
        raise HolderLost(f"The connection to the database broke: {error}") from error


@asynccontextmanager
async def _watched(connection: Any) -> AsyncIterator[None]:
    """Run the block only as long as `connection` lives."""
    broken = asyncio.Event()
    connection.add_termination_listener(lambda _connection: broken.set())

    async def watch() -> None:
        while True:
            try:
                async with asyncio.timeout(PULSE_SECONDS):
                    await broken.wait()
            except TimeoutError:
                await _ask(connection, "SELECT 1")
            else:
                raise HolderLost("The connection to the database broke.")

    failure: BaseException | None = None
    try:
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(watch(), name="holder")
            try:
                yield
            except BaseException as error:
                failure = error
                raise
            finally:
                watching.cancel()
    except BaseExceptionGroup as errors:
        lost = errors.subgroup(HolderLost)
        if lost is not None and not isinstance(failure, Exception):
            raise HolderLost("The connection to the database broke; another process may do this now.") from None
        raise failure if failure is not None else errors  # noqa: B904
