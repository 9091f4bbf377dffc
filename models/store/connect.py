"""Opening, migrating and closing the database, and transactions in it.

Everything else in the product uses `transaction()` and the tables; nothing else knows which database runs.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext, get_current_context
from tortoise.exceptions import BaseORMException, OperationalError, TransactionManagementError
from tortoise.transactions import in_transaction

from models.store import migrating
from models.store.address import CONNECTION, Address, StoreError, config, config_of, prepare_file, read
from models.store.locks import advisory_key, migrating_alone, unreachable
from models.store.migrating import NOTHING, Executor, Pending
from models.store.touched import Touched

__all__ = [
    "NOTHING",
    "Pending",
    "StoreError",
    "address",
    "client",
    "config",
    "is_postgres",
    "listening",
    "memory",
    "migrate",
    "opened",
    "pending_migrations",
    "transaction",
]

# The database this process has open: one or none.
_open: list[Address] = []
# What is done with what a transaction touched, before it is committed.
before_commit: list[Callable[[Touched], Awaitable[None]]] = []


@asynccontextmanager
async def opened(url: str, *, migrate: bool = True, tests: bool = False) -> AsyncIterator[None]:
    """Open the database at `url` for the whole process, its tables up to date, and close it whatever happens.

    With `migrate` the tables are made or changed first, by one process at a time; without, a database that does not
    fit the program is refused. With `tests` SQLite does not wait for the disk: fast, and unsafe when the machine crashes.
    Raises `StoreError` when the database cannot be opened, or belongs to a newer version of the program.
    """
    place = read(url)
    _prepare(place, make=migrate)
    async with _context(place, config_of(place, tests=tests), everywhere=True) as found:
        state = await migrating.pending(found)
        _refuse_newer(place, state)
        if state.waiting:
            if not migrate:
                raise StoreError(f"The tables of {place.shown} are not up to date. Run: rightsdesk migrate")
            await _migrate(place)
        _open.append(place)
        try:
            yield
        finally:
            _open.remove(place)


async def migrate(url: str, to: str | None = None) -> list[str]:
    """Bring the tables to the newest state, or up or down to the migration `to` (`NOTHING`: before the first).

    Returns the names of the migrations applied or undone; concurrent calls wait for each other. Raises `StoreError`.
    """
    place = read(url)
    _prepare(place, make=True)
    return await _migrate(place, to)


async def pending_migrations(url: str) -> Pending:
    """What the database at `url` lacks; changes nothing. Raises `StoreError` when it cannot be opened."""
    place = read(url)
    _prepare(place, make=False)
    async with _context(place, config_of(place), everywhere=False) as found:
        return await migrating.pending(found)


# What PostgreSQL answers to whatever follows a statement that failed.
_FAILED = "current transaction is aborted"
IGNORED = "Nothing was stored: a statement of the transaction had failed and the failure was ignored."


@asynccontextmanager
async def transaction() -> AsyncIterator[Any]:
    """A transaction of this task, for `async with`; inside another one, a part of it that can be undone alone.

    Leaving the block by an exception undoes it. No network, no big files, no new tasks inside: on SQLite every other
    query of the process waits for its end. Before its end what it wrote in covered tables is sealed (models.store.chain).
    """
    outermost = getattr(client(), "owner", None) is None
    async with in_transaction(CONNECTION) as inside:
        yield inside
        if outermost and (noted := inside.owner.touched):  # type: ignore[attr-defined]
            try:
                for act in before_commit:
                    await act(noted)
            except OperationalError as error:
                if _FAILED not in str(error):
                    raise
                raise TransactionManagementError(IGNORED) from None


async def lock_until_commit(name: str) -> None:
    """Lock `name` until the transaction of the caller ends; whoever wants it meanwhile waits.

    SQLite has one writer at a time anyway (transactions begin with BEGIN IMMEDIATE).
    """
    if is_postgres():
        await client().execute_query(f"SELECT pg_advisory_xact_lock({advisory_key(name)})")


def address() -> Address:
    """Where the open database is; `StoreError` when none is open."""
    if not _open:
        raise StoreError("No database is open.")
    return _open[-1]


def client() -> BaseDBAsyncClient:
    """The connection for SQL of one's own: the task's open transaction, or else the database."""
    return get_connection(CONNECTION)


def memory() -> dict[str, Any]:
    """What the open transaction remembers of itself, forgotten at its end and when a part of it is undone."""
    owner = getattr(client(), "owner", None)
    kept: dict[str, Any] = {} if owner is None else owner.memory
    return kept


@contextmanager
def listening() -> Iterator[list[Any]]:
    """What the open transaction is answered while the block runs, so that two readings can be compared. PostgreSQL only."""
    owner, heard = client().owner, list[Any]()  # type: ignore[attr-defined]
    owner.heard = heard
    try:
        yield heard
    finally:
        owner.heard = None


def is_postgres() -> bool:
    """Whether the open database is PostgreSQL, and so may be served by several processes."""
    return client().capabilities.dialect == "postgres"


def _prepare(place: Address, *, make: bool) -> None:
    if place.file is None:
        return
    if make:
        prepare_file(place.file)
    elif not place.file.exists():
        raise StoreError(f'There is no database at "{place.file}" yet. Run: rightsdesk migrate')


def _refuse_newer(place: Address, state: Pending) -> None:
    if state.unknown:
        raise StoreError(
            f"The tables of {place.shown} were changed by a newer version of the program "
            f"({', '.join(state.unknown)}). Start that version, or restore an older backup."
        )


async def _migrate(place: Address, to: str | None = None) -> list[str]:
    # Rebuilding a table of SQLite must not cascade, and changing a big one of PostgreSQL may take its time.
    changed: dict[str, Any] = {"command_timeout": None} if place.is_postgres else {"foreign_keys": "OFF"}
    settings = config_of(place, **changed)
    async with migrating_alone(place), _context(place, settings, everywhere=False) as found:
        _refuse_newer(place, await migrating.pending(found))
        try:
            return await Executor(found, settings["apps"]).move(to)
        except ValueError as error:
            raise StoreError(f"There is no migration {to}.") from error
        except BaseORMException as error:
            raise StoreError(f"The tables of {place.shown} could not be changed: {error}") from error
        finally:
            # It also knows the tables as they were half-way.
            EXECUTOR_CACHE.clear()


@asynccontextmanager
async def _context(place: Address, settings: dict[str, Any], *, everywhere: bool) -> AsyncIterator[BaseDBAsyncClient]:
    """A connected Tortoise, seen by every task (`everywhere`) or by this one only."""
    if everywhere and get_current_context() is not None:
        raise StoreError(f"The database {place.shown} is not opened: this process has one open already.")
    # Its statements are written for one back end and found by the table's name alone.
    EXECUTOR_CACHE.clear()
    context = TortoiseContext()
    context.__enter__()
    try:
        await context.init(config=settings, _enable_global_fallback=everywhere)
    except BaseException:
        context.__exit__(None, None, None)
        raise
    if everywhere:
        # Found from every task from now on; the mark on this task would not outlive a test's fixture.
        context.__exit__(None, None, None)
    try:
        found = context.connections.get(CONNECTION)
        try:
            await found.create_connection(with_db=True)
        except BaseORMException as error:
            raise unreachable(place, error) from error
        await _check_wal(place, found)
        yield found
    finally:
        try:
            await _closed(context)
        finally:
            context.__exit__(None, None, None)


async def _check_wal(place: Address, found: BaseDBAsyncClient) -> None:
    if place.is_postgres:
        return
    mode = (await found.execute_query_dict("PRAGMA journal_mode"))[0]["journal_mode"]
    if mode != "wal":
        raise StoreError(
            f"The folder of {place.shown} does not allow SQLite's write-ahead log: put the database on a local disk."
        )


async def _closed(context: TortoiseContext) -> None:
    """Close, and let no cancellation stop it half-way: the file must not stay open."""
    closing = asyncio.get_running_loop().create_task(context.close_connections())
    cancelled = False
    while not closing.done():
        try:
            await asyncio.shield(closing)
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError
    closing.result()
