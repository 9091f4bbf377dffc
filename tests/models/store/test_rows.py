"""New rows of several tables are written together, and each is in its table as if it had been written alone."""

from datetime import UTC, datetime

import pytest
from tortoise.exceptions import IntegrityError

from desk.record.checking import check
from models import Contact, Inbound, Outbox, Requester
from models.store.connect import is_postgres, transaction
from models.store.rows import FEW, insertions, write
from tests.bench.calls import counting

NOW = datetime(2026, 3, 2, 9, 30, 15, 123456, tzinfo=UTC)


def people(count: int, first: int = 1) -> list[Requester]:
    return [Requester(id=number, name=f"Анна {number}", created_at=NOW) for number in range(first, first + count)]


def contacts(of: list[Requester]) -> list[Contact]:
    return [Contact(id=one.id, requester_id=one.id, kind="email", value=f"p{one.id}@people.test", created_at=NOW) for one in of]


@pytest.mark.parametrize("count", [1, 2, FEW // 2, FEW // 2 + 1, FEW * 3])
async def test_rows_are_written_with_those_that_they_hang_on_and_the_history_knows_them(db: None, count: int) -> None:
    made = people(count)
    with counting() as calls:
        async with transaction():
            # The ones that hang on the others first: keys are looked at when all are there.
            ready = [*insertions(made), *insertions(contacts(made))]
            await write(ready)
            sent = calls.total()
    assert sent == (1 if is_postgres() and 2 * count <= FEW else 2)
    assert [(one.id, one.name) for one in await Requester.all().order_by("id")] == [(one.id, one.name) for one in made]
    found = await Contact.all().order_by("id")
    assert [(one.requester_id, one.value, one.created_at) for one in found] == [
        (one.id, f"p{one.id}@people.test", NOW) for one in made
    ]
    report = await check()
    assert (report.findings, report.covered) == ([], 2 * count)


async def test_a_row_that_hangs_on_nothing_has_none_written(db: None) -> None:
    made = people(2)
    with pytest.raises(IntegrityError):
        async with transaction():
            await write([*insertions(made), *insertions(contacts(people(1, first=77)))])
    assert not await Requester.exists()
    assert not await Contact.exists()


async def test_a_last_statement_tells_what_it_returns_and_rows_that_are_there_stay(db: None) -> None:
    raw = {"channel": "mail", "source": "s", "position": 1, "conversation": "c", "size": 1, "sealed": b"x"}
    letter = await Inbound.create(**raw, received_at=NOW, stored_at=NOW, next_try_at=NOW)

    def parting(words: str) -> Outbox:
        return Outbox(
            channel="mail", conversation="c", unique_key="once", errand=words, content={}, next_try_at=NOW, created_at=NOW
        )

    mark = "$1" if is_postgres() else "?1"
    for words in ("one", "two"):
        async with transaction():
            found = await write(
                insertions([parting(words)], unless_there=True),
                f"UPDATE inbound SET error = {mark} WHERE position = 1 RETURNING id, error",
                [words],
            )
        assert found == [{"id": letter.id, "error": words}]
    assert [one.errand for one in await Outbox.all()] == ["one"]


async def test_nothing_is_no_statement(db: None) -> None:
    with counting() as calls:
        async with transaction():
            assert await write([]) == []
    assert not calls
