"""Waiting: one pause, which ends with the order to stop, and one back-off for whatever is tried again."""

import asyncio
import random
from datetime import timedelta
from typing import TypeVar

# Seconds, or a timedelta.
Wait = TypeVar("Wait", float, timedelta)


async def pause(event: asyncio.Event, seconds: float) -> None:
    """Sleep, but not past the event (an order to stop, work that came)."""
    try:
        async with asyncio.timeout(max(seconds, 0)):
            await event.wait()
    except TimeoutError:
        return


def backoff(failures: int, first: Wait, longest: Wait, spread: tuple[float, float] = (1.0, 1.0)) -> Wait:
    """The wait after the n-th failure in a row (from 1): `first`, then twice as long each time, at most `longest`.

    `spread` is a range of factors of which one is drawn, so that many who failed at once do not come back at once.
    """
    wait: Wait = min(first * 2.0 ** min(failures - 1, 20), longest)
    return wait * random.uniform(*spread)  # noqa: S311 - no secret
