"""Loops have names and an owner; one that dies stops the process loudly."""

import asyncio

import pytest

from app.tasks import Crew


@pytest.fixture
def alarm():
    return asyncio.Event()


@pytest.fixture
def crew(alarm):
    return Crew(alarm.set)


async def until(stop: asyncio.Event) -> None:
    await stop.wait()


async def test_a_loop_that_raises_stops_the_process(crew, alarm):
    async def dies() -> None:
        raise RuntimeError

    crew.start("sweep", dies())
    await alarm.wait()
    assert crew.failed == "sweep"
    assert crew.alive() == {"sweep": False}


async def test_a_loop_that_returns_before_its_time_stops_the_process_too(crew, alarm):
    async def returns() -> None:
        return

    crew.start("inbox", returns())
    await alarm.wait()
    assert crew.failed == "inbox"


async def test_loops_that_end_when_told_to_are_no_failure(crew, alarm):
    stop = asyncio.Event()
    crew.start("inbox", until(stop))
    crew.start("outbox mail", until(stop))
    assert crew.alive() == {"inbox": True, "outbox mail": True}
    stop.set()
    await crew.stop({"inbox", "outbox mail"}, patience=5)
    assert crew.failed is None
    assert not alarm.is_set()
    assert crew.alive() == {}


async def test_a_loop_that_does_not_end_is_cancelled_when_patience_is_over(crew, alarm):
    cancelled = asyncio.Event()

    async def deaf() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    crew.start("deaf", deaf())
    await asyncio.sleep(0)
    await crew.stop({"deaf"}, patience=0)
    assert cancelled.is_set()
    assert not alarm.is_set()


async def test_one_name_is_given_once(crew):
    stop = asyncio.Event()
    crew.start("inbox", until(stop))
    with pytest.raises(ValueError, match="inbox"):
        crew.start("inbox", until(stop))
    stop.set()
    await crew.stop({"inbox"}, patience=5)
