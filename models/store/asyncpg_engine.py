"""Tortoise's PostgreSQL back end made safe: this module is named as `engine` in the connection settings.

What the stock back end does wrong and this one does right:

1. A task cancelled inside BEGIN never gave its connection back; ten of them and the pool was empty.
2. A connection lost in COMMIT or ROLLBACK left the dead transaction in the task's context.
3. A COMMIT that the server answered with ROLLBACK (a failed statement was ignored) counted as stored.
4. The driver's and the network's errors came through untranslated, some with the values of the row in them.
5. `INSERT` counted 0 rows and `UPDATE … RETURNING` returned none.
6. A task that outlived its transaction failed in the driver; here it is told what it did wrong.
"""

# ruff: noqa: SLF001  # an engine extends the library from within

import asyncio
import itertools
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import ConnectionWrapper, PoolConnectionWrapper, TransactionContext
from tortoise.connection import ConnectionToken, get_connections
from tortoise.exceptions import (
    DBConnectionError,
    IntegrityError,
    OperationalError,
    TransactionManagementError,
)

from models.store.transaction_owner import Ownership, Savepoint, detached

log = logging.getLogger(__name__)

# How long a pool may take to close and an abandoned transaction to roll back, in seconds.
CLOSING_SECONDS = 5
_savepoints = itertools.count(1)


def describe(error: asyncpg.PostgresError) -> str:
    """What the server refused, without the values of the row, which may be personal data."""
    # Class 22 (data exception) quotes the value in its message, class 23 (constraints) in its detail.
    words = "" if (error.sqlstate or "").startswith(("22", "23")) else f": {error.message}"
    place = ".".join(filter(None, (error.table_name, error.column_name or error.constraint_name)))
    return f"{type(error).__name__} ({error.sqlstate}){' at ' + place if place else ''}{words}"


@contextmanager
def translated() -> Iterator[None]:
    """Turn the driver's and the network's errors into Tortoise's; values of rows are left out."""
    try:
        yield
    except asyncpg.IntegrityConstraintViolationError as error:
        raise IntegrityError(describe(error)) from None
    except (asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError) as error:
        raise DBConnectionError(describe(error)) from None
    except asyncpg.PostgresError as error:
        raise OperationalError(describe(error)) from None
    except ValueError as error:  # asyncpg's own DataError and UnicodeEncodeError, both quote the value
        raise OperationalError(f"A value does not fit its column ({type(error).__name__}).") from None
    except (asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        raise DBConnectionError(str(error)) from error
    except TimeoutError as error:
        raise DBConnectionError("The database did not answer in time.") from error
    except OSError as error:
        raise DBConnectionError(f"The database cannot be reached ({type(error).__name__}).") from error


async def _keep_session(_connection: Any) -> None:
    """Nothing to reset between users of a connection: no session state is ever set on a pooled one."""


async def _give_back(pool: asyncpg.Pool, connection: Any) -> None:
    """Return a connection; when it breaks just then, what was done on it stands, and the pool drops it."""
    try:
        await pool.release(connection)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as lost:
        log.warning("A connection to the database broke: %s", type(lost).__name__)


class _Pooled(PoolConnectionWrapper[Any]):
    """A connection of the pool for one statement."""

    connection: Any

    async def __aenter__(self) -> Any:
        with translated():
            return await super().__aenter__()

    async def __aexit__(self, kind: object, error: object, traceback: object) -> None:
        await _give_back(self.client._pool, self.connection)


class SafeAsyncpgClient(AsyncpgDBClient):
    """The pool outside transactions."""

    def _check_loop(self) -> bool:
        # A database is opened and closed within one loop.
        return True

    async def create_connection(self, with_db: bool) -> None:
        with translated():
            await super().create_connection(with_db)

    async def create_pool(self, **kwargs: Any) -> Any:
        return await asyncpg.create_pool(None, reset=_keep_session, **kwargs)

    async def _close(self) -> None:
        if self._pool is None:
            return
        try:
            async with asyncio.timeout(CLOSING_SECONDS):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()
        finally:
            self._pool = None

    def acquire_connection(self) -> Any:
        return _Pooled(self, self._pool_init_lock)

    def _in_transaction(self) -> TransactionContext:
        return _Transaction(self)

    async def execute_insert(self, query: str, values: list[Any]) -> Any:
        log.debug("%s", query)
        async with self.acquire_connection() as connection:
            with translated():
                return await connection.fetchrow(query, *values)

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, list[dict[str, Any]]]:
        log.debug("%s", query)
        async with self.acquire_connection() as connection:
            with translated():
                return await _run(connection, query, values or [])

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        return [dict(row) for row in (await self.execute_query(query, values))[1]]

    async def execute_many(self, query: str, values: list[Any]) -> None:
        # asyncpg makes executemany atomic by itself.
        log.debug("%s", query)
        async with self.acquire_connection() as connection:
            with translated():
                await connection.executemany(query, values)

    async def execute_script(self, query: str) -> None:
        log.debug("%s", query)
        async with self.acquire_connection() as connection:
            with translated():
                await connection.execute(query)


async def _run(connection: Any, query: str, values: Sequence[Any]) -> tuple[int, list[Any]]:
    """Run one statement; (rows changed or read, rows)."""
    words = query.upper().split(None, 1)
    if words and words[0] in {"UPDATE", "DELETE", "INSERT"} and "RETURNING" not in words[1]:
        status = await connection.execute(query, *values)
        return int(status.rsplit(" ", 1)[1]), []
    rows = await connection.fetch(query, *values)
    return len(rows), rows


class _Wrapper(TransactionWrapper, SafeAsyncpgClient):
    """A connection as a transaction sees it; usable while it is open, written by the task that opened it."""

    def __init__(self, parent: SafeAsyncpgClient) -> None:
        super().__init__(parent)
        self.owner: Ownership = parent.owner if isinstance(parent, _Wrapper) else Ownership()
        # Statements of one connection wait for each other, those about savepoints too.
        self._lock = parent._lock if isinstance(parent, _Wrapper) else asyncio.Lock()

    def acquire_connection(self) -> ConnectionWrapper[Any]:
        self.owner.check_open()
        return ConnectionWrapper(self._lock, self)

    def _in_transaction(self) -> TransactionContext:
        return Savepoint(_Wrapper(self), self.owner)

    async def execute_insert(self, query: str, values: list[Any]) -> Any:
        self.owner.check_writer()
        return await SafeAsyncpgClient.execute_insert(self, query, values)

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, list[dict[str, Any]]]:
        self.owner.check_statement(query)
        count, rows = await SafeAsyncpgClient.execute_query(self, query, values)
        if self.owner.heard is not None:
            self.owner.heard.append(rows)
        return count, rows

    async def execute_many(self, query: str, values: list[Any]) -> None:
        self.owner.check_writer()
        await SafeAsyncpgClient.execute_many(self, query, values)

    async def execute_script(self, query: str) -> None:
        self.owner.check_writer()
        await SafeAsyncpgClient.execute_script(self, query)

    async def begin(self) -> None:
        raise TransactionManagementError("A transaction is opened by `async with transaction()`.")

    async def commit(self) -> None:
        raise TransactionManagementError("A transaction is committed by leaving its block.")

    async def rollback(self) -> None:
        raise TransactionManagementError("A transaction is rolled back by an exception that leaves its block.")

    async def savepoint(self) -> None:
        self._name = f"desk_{next(_savepoints)}"
        await SafeAsyncpgClient.execute_script(self, f"SAVEPOINT {self._name}")

    async def savepoint_rollback(self) -> None:
        # ROLLBACK TO alone would leave the savepoint on the stack.
        await SafeAsyncpgClient.execute_script(self, f"ROLLBACK TO {self._name}; RELEASE {self._name}")

    async def release_savepoint(self) -> None:
        await SafeAsyncpgClient.execute_script(self, f"RELEASE {self._name}")


class _Transaction(TransactionContext):
    """BEGIN … COMMIT on a connection of the pool, which is given back clean whatever happens."""

    def __init__(self, client: SafeAsyncpgClient) -> None:
        self.root = client
        self.token: ConnectionToken | None = None

    async def __aenter__(self) -> Any:
        root = self.root
        if root._pool is None:
            async with root._pool_init_lock:
                if root._pool is None:
                    await root.create_connection(with_db=True)
        pool: Any = root._pool
        self.pool = pool
        self.wrapper = _Wrapper(root)
        with translated():
            connection = await self.pool.acquire()
        self.wrapper._connection = connection
        try:
            with translated():
                await connection.execute("BEGIN")
        except BaseException:
            await self._abort()
            raise
        self.token = get_connections().set(root.connection_name, self.wrapper)
        return self.wrapper

    async def __aexit__(self, kind: object, error: object, traceback: object) -> None:
        get_connections().reset(self.token)
        doomed = self.wrapper.owner.doomed
        if kind is not None or doomed:
            await self._abort()
            if kind is None:
                raise TransactionManagementError(doomed)
            return
        # Nobody may slip in a statement behind the COMMIT.
        self.wrapper.owner.close()
        try:
            with translated():
                answer = await self.wrapper._connection.execute("COMMIT")
        except BaseException:
            await self._abort()
            raise
        self.wrapper._finalized = True
        await _give_back(self.pool, self.wrapper._connection)
        if answer != "COMMIT":
            raise TransactionManagementError(
                "Nothing was stored: a statement of the transaction had failed and the failure was ignored."
            )

    async def _abort(self) -> None:
        """Roll back and give the connection back, even if this task is cancelled again meanwhile."""
        self.wrapper.owner.close()
        self.wrapper._finalized = True
        connection = self.wrapper._connection

        async def roll_back() -> None:
            try:
                async with asyncio.timeout(CLOSING_SECONDS):
                    await connection.execute("ROLLBACK")
            except Exception as error:  # noqa: BLE001 - whatever it is, this connection is not used again
                log.warning("A connection was dropped, its rollback failed: %s", type(error).__name__)
                with suppress(asyncpg.InterfaceError):  # it broke, and the pool has it back already
                    connection.terminate()
            finally:
                await _give_back(self.pool, connection)

        await asyncio.wait([detached(roll_back())])


client_class = SafeAsyncpgClient
