"""Telegram's limits, on a clock that only sleeping moves."""

import asyncio
import itertools
from contextlib import suppress

import pytest

from bot.limits import Limits, Pace, Paced

GROUP, ANNA = -100500, 42


class Timepiece:
    def __init__(self) -> None:
        self.at = 1000.0

    def seconds(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds
        await asyncio.sleep(0)


@pytest.fixture
def timepiece() -> Timepiece:
    return Timepiece()


@pytest.fixture
def pace(timepiece: Timepiece) -> Pace:
    return Pace(Limits(), timepiece.seconds, timepiece.sleep)


async def test_no_minute_of_a_group_sees_more_than_twenty_messages(pace: Pace, timepiece: Timepiece) -> None:
    times = []
    for _ in range(100):
        with suppress(Paced):
            await pace.turn(GROUP)
            times.append(timepiece.at)
            continue
        timepiece.at += 1  # its row is taken up again
    assert max(sum(start <= at < start + 60 for at in times) for start in times) <= 20
    assert timepiece.at - times[0] < 6 * 60


async def test_a_group_with_much_to_be_told_is_told_twenty_a_minute_evenly(pace: Pace, timepiece: Timepiece) -> None:
    times: list[float] = []
    while timepiece.at < 1000 + 30 * 60:
        with suppress(Paced):
            await pace.turn(GROUP)
            times.append(timepiece.at)
            continue
        timepiece.at += 1
    assert len(times) > 19 * 30
    later = [one for one in times if one > 1000 + 120]
    assert max(b - a for a, b in itertools.pairwise(later)) < 4


async def test_a_burst_of_three_goes_to_a_private_chat_at_once_then_one_a_second(pace: Pace, timepiece: Timepiece) -> None:
    times = []
    for _ in range(6):
        await pace.turn(ANNA)
        times.append(round(timepiece.at - 1000, 3))
    assert times[:3] == [0, 0, 0]
    assert [round(b - a, 1) for a, b in itertools.pairwise(times[2:])] == [1, 1, 1]


async def test_all_chats_together_get_no_more_than_thirty_a_second(pace: Pace, timepiece: Timepiece) -> None:
    times = []
    for number in range(1, 200):
        await pace.turn(number)
        times.append(timepiece.at)
    assert max(sum(start <= at < start + 1 for at in times) for start in times) <= 30


async def test_of_those_that_wait_the_most_urgent_goes_first(pace: Pace) -> None:
    for _ in range(3):
        await pace.turn(GROUP)
    order: list[str] = []

    async def post(name: str, priority: int) -> None:
        await pace.turn(GROUP, priority=priority)
        order.append(name)

    async with asyncio.TaskGroup() as group:
        group.create_task(post("card", 80))
        group.create_task(post("undo", 0))
    assert order == ["undo", "card"]


async def test_an_album_is_paid_off_before_the_next_message(pace: Pace, timepiece: Timepiece) -> None:
    await pace.turn(ANNA, cost=6)
    before = timepiece.at
    await pace.turn(ANNA)
    assert timepiece.at - before == pytest.approx(4)


async def test_a_pause_that_telegram_asked_for_sends_the_row_back_instead_of_blocking_the_others(
    pace: Pace, timepiece: Timepiece
) -> None:
    pace.pause(GROUP, 30)
    with pytest.raises(Paced) as put_off:
        await pace.turn(GROUP)
    assert put_off.value.after is not None
    assert put_off.value.after.total_seconds() == pytest.approx(30)
    await pace.turn(ANNA)
    assert timepiece.at == 1000
    timepiece.at += 30
    await pace.turn(GROUP)
