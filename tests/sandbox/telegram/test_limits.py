"""Telegram's sending limits."""

import pytest

from sandbox.telegram.errors import ApiError
from sandbox.telegram.limits import Limits


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def timepiece():
    return Clock()


@pytest.fixture
def limits(timepiece):
    return Limits(enforced=True, timepiece=timepiece)


def wait(limits, *args):
    with pytest.raises(ApiError) as caught:
        limits.spend(*args)
    assert caught.value.description == f"Too Many Requests: retry after {caught.value.parameters['retry_after']}"
    return caught.value.parameters["retry_after"]


def test_a_chat_takes_a_burst_and_then_one_a_second(limits, timepiece):
    for _ in range(4):
        limits.spend(1, 50)
    assert wait(limits, 1, 50) == 4
    timepiece.now += 4
    limits.spend(1, 50)


def test_a_bot_sends_thirty_a_second(limits, timepiece):
    for chat in range(1, 31):
        limits.spend(1, chat)
    assert wait(limits, 1, 99) == 1
    limits.spend(2, 99)
    timepiece.now += 1
    limits.spend(1, 99)


def test_a_group_takes_twenty_a_minute(limits, timepiece):
    for _ in range(20):
        limits.spend(1, -50)
        timepiece.now += 1.125
    assert wait(limits, 1, -50) == 38
    timepiece.now += 38
    limits.spend(1, -50)


def test_what_is_refused_is_not_counted(limits, timepiece):
    for _ in range(4):
        limits.spend(1, 50)
    for _ in range(10):
        wait(limits, 1, 50)
    timepiece.now += 4
    limits.spend(1, 50, 4)


async def test_a_flood_is_answered_with_429(server, api, anna):
    server.limits.enforced = True
    for number in range(4):
        await api("sendMessage", chat_id=anna.id, text=str(number))
    body = await api.raw("sendMessage", chat_id=anna.id, text="too much")
    assert body["error_code"] == 429
    assert body["parameters"]["retry_after"] >= 1
    assert len(server.world.private_chat(server.world.bot, anna).messages) == 5
