"""The only place that starts detached work: every loop has a name and this owner, and a dying loop is never silent."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

log = structlog.get_logger(__name__)


class Crew:
    """The loops of one process.

    A loop is to run until its own stop event; one that ends earlier, by an error or by returning, is `failed`
    and `on_failure` is called at once, so that the process stops loudly instead of working on without a limb.
    """

    def __init__(self, on_failure: Callable[[], None]) -> None:
        self._on_failure = on_failure
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._released: set[str] = set()
        self.failed: str | None = None

    def start(self, name: str, loop: Coroutine[Any, Any, None]) -> None:
        """Run a loop under a name that is unique among those running."""
        if name in self._tasks:
            loop.close()
            raise ValueError(f"A loop named {name} runs already.")
        task = asyncio.create_task(loop, name=name)
        self._tasks[name] = task
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        name = task.get_name()
        if name in self._released or task.cancelled():
            return
        error = task.exception()
        self.failed = self.failed or name
        if error is None:
            log.critical("a loop ended before its time", loop=name)
        else:
            log.critical("a loop died", loop=name, exc_info=error)
        self._on_failure()

    def alive(self) -> dict[str, bool]:
        """Each loop's name and whether it runs."""
        return {name: not task.done() for name, task in self._tasks.items()}

    async def stop(self, names: set[str], patience: float) -> None:
        """Wait for loops whose stop event is set; what has not ended after `patience` seconds is cancelled."""
        self._released |= names
        tasks = {task for name, task in self._tasks.items() if name in names}
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=patience)
        for task in late:
            log.warning("a loop did not end in time and is cancelled", loop=task.get_name())
            task.cancel()
        if late:
            # A cancelled loop may still be closing a connection; a moment is enough for that.
            await asyncio.wait(late, timeout=0.5)
        for task in tasks:
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                log.error("a loop failed while stopping", loop=task.get_name(), exc_info=error)
        self._tasks = {name: task for name, task in self._tasks.items() if name not in names}
