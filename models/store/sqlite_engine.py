"""Tortoise's SQLite back end made safe: this module is named as `engine` in the connection settings.

What the stock back end does wrong and this one does right:

1. A task cancelled inside BEGIN, COMMIT or ROLLBACK kept the connection's lock for ever.
2. A task that outlived the transaction it was started in wrote into whatever transaction was open then.
3. A COMMIT that failed left the transaction open, and so did a `TransactionManagementError` in its body.
4. BEGIN was deferred, so two processes that read and then wrote got "database is locked" at once.
5. The count of changed rows was taken outside the worker thread and could include another statement's rows.
6. A connection cancelled half-way through its PRAGMAs was used without them (foreign keys off).
7. A crash without a close hung the interpreter on aiosqlite's thread.
8. Every statement went to another thread and back, which costs many times what most of them take.

One connection serves the process. While a transaction is open every other query waits, so nothing slow
(no network, no big file) may happen inside one. What waits for the disk or for other processes (BEGIN, COMMIT, a write
outside of a transaction), and a SELECT that turns out to be long, runs in the worker thread; the rest runs at once.
"""

# ruff: noqa: SLF001  # an engine extends the library from within

import asyncio
import itertools
import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import aiosqlite
from tortoise.backends.base.client import ConnectionWrapper, TransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionWrapper
from tortoise.connection import ConnectionToken, get_connections
from tortoise.exceptions import (
    DBConnectionError,
    IntegrityError,
    OperationalError,
    TransactionManagementError,
)

from models.store.transaction_owner import Ownership, Savepoint, detached

log = logging.getLogger(__name__)
# aiosqlite's debug lines hold every value of every statement: personal data.
logging.getLogger("aiosqlite").setLevel(logging.INFO)

Result = TypeVar("Result")
_savepoints = itertools.count(1)
# A SELECT of more steps of SQLite's machine than this (some 10 ms) is left to the worker thread, and so is a statement with
# more rows of values.
STEPS_AT_ONCE = 200_000
ROWS_AT_ONCE = 500


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the driver's errors into Tortoise's, so that callers need not know which driver runs."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise IntegrityError(error) from error
    except (sqlite3.Error, sqlite3.Warning, OverflowError) as error:
        raise OperationalError(error) from error


def _run(connection: sqlite3.Connection, query: str, values: Sequence[Any]) -> tuple[int, list[sqlite3.Row]]:
    """Run one statement in the worker thread; (rows changed or read, rows)."""
    before = connection.total_changes
    cursor = connection.execute(query, values)
    rows = cursor.fetchall()
    changed = cursor.rowcount if cursor.rowcount >= 0 else connection.total_changes - before
    return changed or len(rows), rows


class _TooLong(Exception):
    """A statement that was begun at once has to be left to the worker thread."""


def _run_briefly(connection: sqlite3.Connection, query: str, values: Sequence[Any]) -> tuple[int, list[sqlite3.Row]]:
    """Run one SELECT; `_TooLong` when it takes more than a moment. Nothing was changed then, so it can be run again."""
    connection.set_progress_handler(lambda: 1, STEPS_AT_ONCE)
    try:
        return _run(connection, query, values)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            raise _TooLong from None
        raise
    finally:
        connection.set_progress_handler(None, 0)


def _reads(query: str) -> bool:
    return query.lstrip()[:6].upper() == "SELECT"


class _Locked(ConnectionWrapper[aiosqlite.Connection]):
    """The stock wrapper, which forgot to give its lock back when connecting failed or was cancelled."""

    async def __aenter__(self) -> aiosqlite.Connection:
        await self._lock.acquire()
        try:
            await self.ensure_connection()
        except BaseException:
            self._lock.release()
            raise
        return self.connection


class SafeSqliteClient(SqliteClient):
    """The connection outside transactions."""

    def __init__(self, file_path: str, **pragmas: Any) -> None:
        super().__init__(file_path, **pragmas)
        self._connecting = asyncio.Lock()
        # What the worker thread has not ended yet, also of callers that were cancelled meanwhile.
        self._in_hand: set[object] = set()

    def _check_loop(self) -> bool:
        # A database is opened and closed within one loop; asking for it took longer than many a statement.
        return True

    async def create_connection(self, with_db: bool) -> None:  # noqa: ARG002
        """Connect and set every PRAGMA, or leave nothing behind."""
        async with self._connecting:
            if self._connection is None:
                self._connection = await self._connected()
                await self._post_connect()

    async def _connected(self) -> aiosqlite.Connection:
        connection = aiosqlite.connect(self.filename, isolation_level=None, check_same_thread=False)
        # The worker must never keep a crashed process alive: SQLite is made to be killed.
        connection._thread.daemon = True
        with _translated():
            await connection
            try:
                connection._conn.row_factory = sqlite3.Row
                for pragma, value in self.pragmas.items():
                    await connection.execute_fetchall(f"PRAGMA {pragma}={value}")
            except BaseException:
                # The worker answers once more; it must find the loop still there.
                if (stopped := connection.stop()) is not None:
                    await asyncio.wait([stopped])
                raise
        return connection

    def acquire_connection(self) -> ConnectionWrapper[aiosqlite.Connection]:
        return _Locked(self._lock, self)

    def _in_transaction(self) -> TransactionContext:
        return _Transaction(self)

    async def _call(self, work: Callable[..., Result], *arguments: Any) -> Result:
        """Run `work(sqlite3 connection, *arguments)` in the worker thread, behind the lock."""
        async with self.acquire_connection() as connection:
            with _translated():
                return await self._in_thread(connection, work, *arguments)

    async def _now(self, work: Callable[..., Result], *arguments: Any) -> Result:
        """Run `work(sqlite3 connection, *arguments)` at once, behind the lock; after the worker thread where that is busy."""
        async with self.acquire_connection() as connection:
            with _translated():
                if self._in_hand or connection._connection is None:
                    return await self._in_thread(connection, work, *arguments)
                return work(connection._connection, *arguments)

    async def _write(self, work: Callable[..., Result], *arguments: Any) -> Result:
        # It waits for the disk, and may wait for other processes.
        return await self._call(work, *arguments)

    async def _select(self, query: str, values: Sequence[Any]) -> tuple[int, list[sqlite3.Row]]:
        try:
            return await self._now(_run_briefly, query, values)
        except _TooLong:
            return await self._call(_run, query, values)

    async def _in_thread(self, connection: aiosqlite.Connection, work: Callable[..., Result], *arguments: Any) -> Result:
        token = object()

        def in_hand() -> Result:
            try:
                return work(connection._conn, *arguments)
            finally:
                self._in_hand.discard(token)

        self._in_hand.add(token)
        try:
            result: Result = await connection._execute(in_hand)  # type: ignore[no-untyped-call]
        except ValueError as error:
            if connection._connection is None or not connection._running:
                self._in_hand.discard(token)
                raise DBConnectionError("The database is closed.") from error
            raise
        return result

    async def execute_insert(self, query: str, values: list[Any]) -> Any:
        log.debug("%s", query)
        return await self._write(lambda connection: connection.execute(query, values).lastrowid)

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Sequence[dict[str, Any]]]:
        log.debug("%s", query)
        count, rows = await (self._select(query, values or []) if _reads(query) else self._write(_run, query, values or []))
        return count, rows  # type: ignore[return-value]  # sqlite3.Row reads like the mapping promised

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        return [dict(row) for row in (await self.execute_query(query, values))[1]]

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        async with self._in_transaction() as transaction:
            await transaction.execute_many(query, values)

    async def execute_script(self, query: str) -> None:
        log.debug("%s", query)
        await self._call(lambda connection: connection.executescript(query))


class _Wrapper(SqliteTransactionWrapper, SafeSqliteClient):
    """The connection as a transaction sees it; usable while it is open, written by the task that opened it."""

    def __init__(self, parent: SafeSqliteClient) -> None:
        super().__init__(parent)
        self.owner: Ownership = parent.owner if isinstance(parent, _Wrapper) else Ownership()
        self._in_hand = parent._in_hand

    def acquire_connection(self) -> ConnectionWrapper[aiosqlite.Connection]:
        self.owner.check_open()
        return _Locked(self._lock, self)

    def _in_transaction(self) -> TransactionContext:
        return Savepoint(_Wrapper(self), self.owner)

    async def execute_insert(self, query: str, values: list[Any]) -> Any:
        self.owner.check_writer()
        return await SafeSqliteClient.execute_insert(self, query, values)

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Sequence[dict[str, Any]]]:
        self.owner.check_statement(query)
        return await SafeSqliteClient.execute_query(self, query, values)

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        self.owner.check_writer()
        log.debug("%s", query)
        run = self._now if len(values) <= ROWS_AT_ONCE else self._call
        await run(lambda connection: connection.executemany(query, values))

    async def _write(self, work: Callable[..., Result], *arguments: Any) -> Result:
        # Nothing waits for the disk before the COMMIT.
        return await self._now(work, *arguments)

    async def execute_script(self, query: str) -> None:
        """Run several statements; sqlite3's own executescript would COMMIT what was done so far."""
        self.owner.check_writer()
        for statement in statements(query):
            await SafeSqliteClient.execute_query(self, statement)

    async def begin(self) -> None:
        raise TransactionManagementError("A transaction is opened by `async with transaction()`.")

    async def commit(self) -> None:
        raise TransactionManagementError("A transaction is committed by leaving its block.")

    async def rollback(self) -> None:
        raise TransactionManagementError("A transaction is rolled back by an exception that leaves its block.")

    async def savepoint(self) -> None:
        self._savepoint = f"desk_{next(_savepoints)}"
        await self._now(_run, f"SAVEPOINT {self._savepoint}", ())

    async def savepoint_rollback(self) -> None:
        # ROLLBACK TO alone would leave the savepoint on the stack.
        await self._now(_run, f"ROLLBACK TO {self._savepoint}", ())
        await self._now(_run, f"RELEASE {self._savepoint}", ())

    async def release_savepoint(self) -> None:
        await self._now(_run, f"RELEASE {self._savepoint}", ())


def statements(script: str) -> list[str]:
    """The single statements of an SQL script, split where SQLite itself says that one is complete."""
    found, current = [], ""
    for piece in script.split(";"):
        current += piece + ";"
        if sqlite3.complete_statement(current):
            found.append(current.strip().rstrip(";").strip())
            current = ""
    found.append(current.strip().rstrip(";").strip())
    return [statement for statement in found if statement]


class _Transaction(TransactionContext):
    """BEGIN IMMEDIATE … COMMIT; whatever happens, the lock is given back with no transaction left open."""

    def __init__(self, client: SafeSqliteClient) -> None:
        self.root = client
        self.token: ConnectionToken | None = None

    async def __aenter__(self) -> Any:
        lock = self.root._lock
        await lock.acquire()
        try:
            await self.root.create_connection(with_db=True)
        except BaseException:
            lock.release()
            raise
        self.client = wrapper = _Wrapper(self.root)
        try:
            with _translated():
                await wrapper._in_thread(wrapper._connection, _run, "BEGIN IMMEDIATE", ())
        except BaseException:
            await self._abort()
            raise
        self.token = get_connections().set(self.root.connection_name, wrapper)
        return wrapper

    async def __aexit__(self, kind: object, error: object, traceback: object) -> None:
        get_connections().reset(self.token)
        wrapper = self.client
        assert isinstance(wrapper, _Wrapper)
        doomed = wrapper.owner.doomed
        if kind is not None or doomed:
            await self._abort()
            if kind is None:
                raise TransactionManagementError(doomed)
            return
        # Nobody may slip in a statement behind the COMMIT.
        wrapper.owner.close()
        try:
            with _translated():
                await wrapper._in_thread(wrapper._connection, sqlite3.Connection.commit)
        except BaseException:
            await self._abort()
            raise
        wrapper._finalized = True
        self.root._lock.release()

    async def _abort(self) -> None:
        """Roll back and give the lock back, even if this task is cancelled again meanwhile.

        The connection has one worker with a queue: the ROLLBACK runs after an abandoned BEGIN or COMMIT.
        """
        wrapper, lock = self.client, self.root._lock
        assert isinstance(wrapper, _Wrapper)
        wrapper.owner.close()
        wrapper._finalized = True

        async def roll_back() -> None:
            try:
                with suppress(Exception):  # closed meanwhile, and then rolled back by SQLite itself
                    await wrapper._in_thread(wrapper._connection, sqlite3.Connection.rollback)
            finally:
                lock.release()

        await asyncio.wait([detached(roll_back())])


client_class = SafeSqliteClient
