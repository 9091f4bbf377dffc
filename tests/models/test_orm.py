"""What the product leans on in Tortoise, through our engines, alike on both back ends."""
# ruff: noqa: PT012  # what fails is a transaction, and that is a block

import asyncio
from datetime import UTC, datetime

import pytest
from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from models import Contact, Requester, Staff
from models.store.connect import transaction

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


async def test_five_tasks_that_get_or_create_the_same_row_make_one(db):
    found = await asyncio.gather(
        *(Staff.get_or_create(telegram_id=7, defaults={"seen_at": NOW, "name": "Boris"}) for _ in range(5))
    )
    assert {row.id for row, _ in found} == {(await Staff.get(telegram_id=7)).id}
    assert sum(made for _, made in found) == 1


async def test_get_or_create_and_update_or_create_work_inside_a_transaction(db):
    async with transaction():
        row, made = await Staff.get_or_create(telegram_id=7, defaults={"seen_at": NOW})
        assert made
        same, made = await Staff.update_or_create({"name": "Boris"}, telegram_id=7)
        assert not made
        assert same.id == row.id
    assert (await Staff.get(telegram_id=7)).name == "Boris"


async def test_a_repeated_row_can_be_passed_over_inside_a_transaction(db):
    async with transaction():
        await Staff.create(telegram_id=7, seen_at=NOW, name="Boris")
        await Staff.bulk_create([Staff(telegram_id=7, seen_at=NOW), Staff(telegram_id=8, seen_at=NOW)], ignore_conflicts=True)
        with pytest.raises(IntegrityError):
            async with transaction():
                await Staff.create(telegram_id=8, seen_at=NOW)
        await Staff.create(telegram_id=9, seen_at=NOW)
    assert await Staff.all().order_by("telegram_id").values_list("telegram_id", "name") == [(7, "Boris"), (8, ""), (9, "")]


async def test_parallel_counting_under_a_row_lock_loses_nothing(db):
    await Requester.create(name="counter", language="0", created_at=NOW)

    async def count():
        for _ in range(10):
            async with transaction():
                row = await Requester.select_for_update().get(name="counter")
                row.language = str(int(row.language) + 1)
                await row.save(update_fields=["language"])

    await asyncio.gather(*(count() for _ in range(5)))
    assert (await Requester.get(name="counter")).language == "50"


async def test_compare_and_set_lets_one_of_many_through(db):
    row = await Staff.create(telegram_id=7, seen_at=NOW)

    async def change(name: str) -> int:
        return await Staff.filter(id=row.id, name="").update(name=name, telegram_id=F("telegram_id") + 1)

    assert sorted(await asyncio.gather(*(change(f"n{n}") for n in range(5)))) == [0, 0, 0, 0, 1]
    assert (await Staff.get(id=row.id)).telegram_id == 8


async def test_rows_that_belong_to_a_row_go_with_it_and_rows_in_use_stay(db):
    anna = await Requester.create(name="Anna", created_at=NOW)
    await Contact.create(requester=anna, kind="email", value="anna@people.test", created_at=NOW)
    (found,) = await Requester.all().prefetch_related("contacts")
    assert [contact.value for contact in found.contacts] == ["anna@people.test"]
    async with transaction():
        await anna.delete()
    assert await Contact.all().count() == 0
    with pytest.raises(IntegrityError):
        await Contact.create(requester_id=anna.id, kind="email", value="x", created_at=NOW)


async def test_a_transaction_ends_inside_a_time_limit_as_everywhere(db):
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01), transaction():
            await Staff.create(telegram_id=7, seen_at=NOW)
            await asyncio.Event().wait()
    assert await Staff.all().count() == 0
    await Staff.create(telegram_id=7, seen_at=NOW)
