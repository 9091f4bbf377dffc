"""Tortoise's own back ends, to show in a test what ours cure, and a way to cancel a task exactly where one wants."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Coroutine, Generator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.context import TortoiseContext

from models.store.address import CONNECTION, config

Result = TypeVar("Result")


@asynccontextmanager
async def stock_tortoise(url: str) -> AsyncIterator[BaseDBAsyncClient]:
    """The database at `url` opened by Tortoise's own back end, for this task only."""
    settings = config(url, tests=True)
    connection = settings["connections"][CONNECTION]
    connection["engine"] = connection["engine"].replace("models.store.sqlite_engine", "tortoise.backends.sqlite")
    connection["engine"] = connection["engine"].replace("models.store.asyncpg_engine", "tortoise.backends.asyncpg")
    EXECUTOR_CACHE.clear()
    with TortoiseContext() as context:
        await context.init(config=settings)
        client = context.connections.get(CONNECTION)
        await client.create_connection(with_db=True)
        try:
            yield client
        finally:
            if hasattr(client, "_pool") and client._pool is not None:
                # What the stock back end leaked would be waited for.
                client._pool.terminate()
                client._pool = None
            await context.close_connections()


class CancelledAt(Awaitable[Result]):
    """Runs a coroutine and cancels its task at its n-th suspension, as `Task.cancel` does; `steps` counts them."""

    def __init__(self, step: int, coroutine: Coroutine[Any, Any, Result]) -> None:
        self._step, self._coroutine = step, coroutine
        self.steps = 0

    def __await__(self) -> Generator[Any, None, Result]:
        iterator = self._coroutine.__await__()
        error: BaseException | None = None
        while True:
            try:
                waited = iterator.throw(error) if error else iterator.send(None)
            except StopIteration as done:
                return done.value
            self.steps += 1
            if self.steps == self._step:
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
            error = None
            try:
                yield waited
            except BaseException as thrown:
                error = thrown


def lost_connections(client: BaseDBAsyncClient) -> int:
    """How many connections nobody uses and nobody can have: the deadlock to come."""
    pool = getattr(client, "_pool", None)
    if pool is not None:
        return pool.get_max_size() - pool._queue.qsize()
    return int(client._lock.locked())
