"""Whose transaction it is: what both engines keep to about tasks, savepoints and open transactions.

A task started inside a transaction inherits it. Once the transaction has ended, such a task would write into
nowhere (PostgreSQL) or into somebody else's transaction (SQLite); while it is open, a rollback would silently
take the task's rows away. So: only the task that opened a transaction writes in it, nobody uses it after its end.
Reading from child tasks stays allowed while it is open, because Tortoise prefetches relations that way.
"""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from tortoise.backends.base.client import NestedTransactionContext, TransactionalDBClient
from tortoise.exceptions import TransactionManagementError

from models.store.touched import Touched


class Ownership:
    """The state of one outermost transaction."""

    def __init__(self) -> None:
        self._task = asyncio.current_task()
        self._open = True
        self.doomed = ""
        # What the transaction knows of itself (models.store.connect.memory).
        self.memory: dict[str, Any] = {}
        # What it wrote in tables that the history answers for (models.store.covering).
        self.touched = Touched()
        # What it is answered while somebody listens (models.store.connect.listening).
        self.heard: list[Any] | None = None

    @property
    def usable(self) -> bool:
        """Whether a statement may still be sent."""
        return self._open and not self.doomed

    def close(self) -> None:
        """The transaction has ended or is ending: nobody may use it any more."""
        self._open = False

    @contextmanager
    def poisoning(self) -> Iterator[None]:
        """When the block fails, nobody knows what the transaction holds: it can only be rolled back."""
        try:
            yield
        except BaseException as error:
            self.doomed = f"The transaction was rolled back: a savepoint in it broke ({type(error).__name__})."
            raise

    def check_open(self) -> None:
        """Raise `TransactionManagementError` when the transaction has ended."""
        if not self._open:
            raise TransactionManagementError(
                "A task outlived the transaction it was started in; start tasks outside of transactions."
            )
        if self.doomed:
            raise TransactionManagementError(self.doomed)

    def check_writer(self) -> None:
        """Raise `TransactionManagementError` when this task may not write in the transaction."""
        self.check_open()
        if asyncio.current_task() is not self._task:
            raise TransactionManagementError(
                "A task writes in the transaction of another task; a transaction belongs to one task."
            )

    def check_statement(self, query: str) -> None:
        """Raise `TransactionManagementError` when this task may not run `query`; all but SELECT is writing."""
        if query.lstrip()[:6].upper() == "SELECT":
            self.check_open()
        else:
            self.check_writer()


class Savepoint(NestedTransactionContext):
    """A transaction inside a transaction: undone alone, or, when its own end is unclear, with all around it."""

    def __init__(self, client: TransactionalDBClient, owner: Ownership) -> None:
        super().__init__(client)
        self.owner = owner

    async def __aenter__(self) -> TransactionalDBClient:
        self.owner.check_writer()
        with self.owner.poisoning():
            await self.client.savepoint()
        return self.client

    async def __aexit__(self, kind: object, error: object, traceback: object) -> None:
        if kind is not None:
            # It may remember what is undone here.
            self.owner.memory.clear()
            self.owner.touched.doubt()
        if not self.owner.usable:
            return
        with self.owner.poisoning():
            if kind is None:
                await self.client.release_savepoint()
            else:
                await self.client.savepoint_rollback()


def detached(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Clean-up that must end although the task it cleans up after is cancelled again; that task waits for it."""
    return asyncio.get_running_loop().create_task(work)
