"""The chain goes on from the entry that stands there, whatever this process remembers of the last one."""
# ruff: noqa: PT012  # what fails is the block of a transaction

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from desk.record.checking import check
from models import Action, History, Requester
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


async def person(name: str) -> Requester:
    found = Requester(name=name, created_at=NOW)
    await found.save()
    return found


async def renamed(one: Requester) -> None:
    with pytest.raises(ZeroDivisionError):
        async with transaction():
            await Requester.filter(id=one.id).update(name="Борис")
            raise ZeroDivisionError


async def renamed_and_sealed(one: Requester) -> None:
    with pytest.raises(ZeroDivisionError):
        async with transaction():
            await Requester.filter(id=one.id).update(name="Борис")
            await append(entry(2), sealing=True)
            raise ZeroDivisionError


async def made_and_sealed(one: Requester) -> None:
    with pytest.raises(ZeroDivisionError):
        async with transaction():
            await person("Вера")
            await append(entry(2), sealing=True)
            raise ZeroDivisionError


async def renamed_for_good(one: Requester) -> None:
    await Requester.filter(id=one.id).update(name="Борис")


async def gone(one: Requester) -> None:
    await one.delete()


async def left_alone(one: Requester) -> None:
    pass


@pytest.mark.parametrize("sealing", [True, False])
@pytest.mark.parametrize("then", [left_alone, renamed, renamed_and_sealed, made_and_sealed, renamed_for_good, gone])
async def test_what_was_sealed_before_the_end_is_as_sealed_whatever_comes_after_it(
    db: None, then: Callable[[Requester], Awaitable[None]], sealing: bool
) -> None:
    async with transaction():
        anna = await person("Анна")
        await append(entry(1), sealing=sealing)
        await then(anna)
    report = await check()
    assert report.findings == []
    assert (report.covered, report.uncovered) == (0 if then is gone else 1, 0)


async def test_what_was_sealed_with_entries_is_not_sealed_once_more_at_the_end(db: None) -> None:
    async with transaction():
        await person("Анна")
        await append(entry(1), sealing=True)
    assert [one.action for one in await History.all().order_by("id")] == [Action.TOPIC_MADE, Action.SEALED]
