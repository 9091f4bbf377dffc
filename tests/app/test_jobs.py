"""Jobs run at the start, outlive their own faults, and are finished before the process ends."""

import asyncio
from datetime import UTC, datetime

from app.jobs import Jobs

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


async def test_a_job_runs_at_once_and_says_when_it_succeeded():
    jobs, ran = Jobs(lambda: NOW), asyncio.Event()

    async def sweep() -> None:
        ran.set()

    jobs.every(3600, "sweep", sweep)
    jobs.start()
    await ran.wait()
    await jobs.stop(patience=5)
    assert jobs.succeeded == {"sweep": NOW}


async def test_a_job_that_fails_comes_again():
    jobs, again, runs = Jobs(lambda: NOW), asyncio.Event(), 0

    async def sweep() -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise OSError("the database is away")
        again.set()

    jobs.every(0.01, "sweep", sweep)
    jobs.start()
    await again.wait()
    await jobs.stop(patience=5)
    assert runs >= 2


async def test_a_running_job_is_finished_not_cancelled_when_the_process_stops():
    jobs, begun, go_on, finished = Jobs(lambda: NOW), asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def sweep() -> None:
        begun.set()
        await go_on.wait()
        finished.set()

    jobs.every(3600, "sweep", sweep)
    jobs.start()
    await begun.wait()
    async with asyncio.TaskGroup() as group:
        group.create_task(jobs.stop(patience=30))
        group.create_task(_set_soon(go_on))
    assert finished.is_set()


async def _set_soon(event: asyncio.Event) -> None:
    await asyncio.sleep(0)
    event.set()
