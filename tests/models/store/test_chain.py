"""The chain goes on from the entry that stands there, whatever this process remembers of the last one."""
# ruff: noqa: PT012  # what fails is the block of a transaction

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from models import Action, History
from models.store.chain import GENESIS, append, hash_of
from models.store.connect import is_postgres, transaction
from tests.bench.calls import counting

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def entry(number: int) -> History:
    return History(ticket_id=None, at=NOW, actor="desk", action=Action.TOPIC_MADE, details={"number": number})


async def add(*numbers: int) -> None:
    async with transaction():
        await append(*map(entry, numbers))


async def undone() -> None:
    with pytest.raises(ZeroDivisionError):
        async with transaction():
            await append(entry(100))
            raise ZeroDivisionError


async def partly_undone() -> None:
    async with transaction():
        await append(entry(100))
        with pytest.raises(ZeroDivisionError):
            async with transaction():
                await append(entry(101))
                raise ZeroDivisionError
        await append(entry(102))


async def by_another() -> None:
    [last] = await History.all().order_by("-id").limit(1)
    other = entry(100)
    other.previous = last.hash
    other.hash = hash_of(other)
    await other.save()


async def cut() -> None:
    [last] = await History.all().order_by("-id").limit(1)
    await last.delete()


async def many() -> None:
    await add(*range(100, 1300))


async def nothing() -> None:
    await add()


@pytest.mark.parametrize("meanwhile", [nothing, undone, partly_undone, by_another, cut, many])
async def test_whatever_happened_since_the_next_entry_follows_the_last_that_is_there(
    db: None, meanwhile: Callable[[], Awaitable[None]]
) -> None:
    await add(1, 2)
    await add(3)
    await meanwhile()
    await add(4, 5)
    await add(6)
    previous = GENESIS
    for row in await History.all().order_by("id"):
        assert (row.previous, row.hash) == (previous, hash_of(row)), row.details
        previous = row.hash
    assert [row.details["number"] for row in await History.all().order_by("id")][-3:] == [4, 5, 6]


async def test_who_appended_last_asks_nothing_before_it_appends_again(db: None) -> None:
    await add(1)
    with counting() as calls:
        await add(2)
    # Where several processes append, each waits for its turn, and looks then.
    assert calls.total() == (3 if is_postgres() else 1)
