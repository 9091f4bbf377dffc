"""The engines: transactions under cancellation, tasks that outlive them, commits that fail, errors without data."""
# ruff: noqa: PT012  # what fails is a transaction, and that is a block

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import aiosqlite
import pytest
from tortoise.exceptions import (
    DBConnectionError,
    IntegrityError,
    OperationalError,
    TransactionManagementError,
)
from tortoise.transactions import in_transaction

from models import Contact, Requester, Staff
from models.store.connect import client, is_postgres, opened, transaction
from models.store.sqlite_engine import SafeSqliteClient, statements
from tests.models.stock import CancelledAt, lost_connections, stock_tortoise
from tests.servers.postgres import Postgres

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def requester(name: str, connection=None):
    return Requester.create(name=name, created_at=NOW, using_db=connection)


async def names() -> list[str]:
    return sorted([row.name for row in await Requester.all()])


async def run(coroutine):
    """Run in a task of its own, as a worker would."""
    return await asyncio.gather(asyncio.create_task(coroutine), return_exceptions=True)


async def two_rows_in(nested: bool):
    async with in_transaction():
        await requester("Anna")
        if nested:
            async with in_transaction():
                await requester("Boris")
        else:
            await requester("Boris")


# Cancellation


@pytest.mark.parametrize("nested", [False, True], ids=["plain", "nested"])
async def test_a_transaction_cancelled_at_any_step_leaves_all_or_nothing_and_the_connection_free(db, nested):
    step = 0
    while True:
        step += 1
        attempt = CancelledAt(step, two_rows_in(nested))
        (outcome,) = await run(_awaited(attempt))
        assert lost_connections(client()) == 0, f"cancelled at step {step}"
        assert await names() in ([], ["Anna", "Boris"]), f"cancelled at step {step}"
        async with transaction():
            await Requester.all().delete()
        if outcome is None and attempt.steps < step:
            break
        assert isinstance(outcome, asyncio.CancelledError) or attempt.steps >= step
    # BEGIN and COMMIT were hit, and on PostgreSQL, where they wait too, the two INSERTs.
    assert step > (4 if is_postgres() else 2)


async def _awaited(awaitable):
    return await awaitable


async def test_tortoises_own_transaction_loses_the_connection_when_cancelled(database_url):
    lost = 0
    async with stock_tortoise(database_url) as connection:
        for step in range(1, 6):
            await run(_awaited(CancelledAt(step, two_rows_in(False))))
            lost = max(lost, lost_connections(connection))
            if lost:
                break
    assert lost


LONG = (
    "SELECT count(*) AS n FROM (WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < 300000) "
    "SELECT n FROM series) AS counted"
)


@pytest.mark.parametrize("inside", [False, True], ids=["alone", "in a transaction"])
async def test_a_long_select_of_sqlite_lets_others_go_on_and_a_short_one_does_not_wait(tmp_path, inside):
    turns = 0

    async def others():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with opened(f"sqlite://{tmp_path}/desk.sqlite3", tests=True):
        async with transaction() if inside else nullcontext():
            await client().execute_query("SELECT 1")
            task = asyncio.create_task(others())
            before = turns
            assert (await client().execute_query_dict("SELECT 1 AS one")) == [{"one": 1}]
            assert turns == before
            assert (await client().execute_query_dict(LONG)) == [{"n": 300000}]
            assert turns > before + 1
        task.cancel()


async def test_what_a_cancelled_task_left_to_the_thread_is_done_before_what_comes_after_it(db):
    """A write of a task that was cancelled while the thread had it is never overtaken."""
    for step in range(1, 6):
        attempt = CancelledAt(step, requester("Anna"))
        (outcome,) = await run(_awaited(attempt))
        written = await names()
        await asyncio.sleep(0)
        # What was to be seen at first is still all there is.
        assert await names() == written, f"cancelled at step {step}"
        assert outcome is None or isinstance(outcome, Requester | asyncio.CancelledError)
        await Requester.all().delete()


async def test_a_task_cancelled_twice_still_gives_the_connection_back(db):
    class Twice(CancelledAt):
        def __await__(self):
            inner = super().__await__()
            error = None
            while True:
                try:
                    waited = inner.throw(error) if error else inner.send(None)
                except StopIteration as done:
                    return done.value
                if self.steps > self._step:
                    asyncio.current_task().cancel()
                error = None
                try:
                    yield waited
                except BaseException as thrown:
                    error = thrown

    for step in range(1, 9):
        await run(_awaited(Twice(step, two_rows_in(False))))
        # Whoever comes next gets in, be it after the abandoned rollback.
        async with transaction():
            await Requester.all().delete()
    assert lost_connections(client()) == 0


async def test_a_bulk_insert_cancelled_at_any_step_stores_all_or_nothing(db):
    # Of a table that the history does not cover: others are written by models.store.rows.
    rows = [Staff(telegram_id=n, seen_at=NOW) for n in range(20)]
    for step in range(1, 12):
        await run(_awaited(CancelledAt(step, Staff.bulk_create(rows))))
        assert await Staff.all().count() in (0, 20)
        assert lost_connections(client()) == 0
        async with transaction():
            await Staff.all().delete()


async def test_tortoises_own_bulk_insert_cancelled_on_sqlite_leaves_a_transaction_open(tmp_path):
    async with opened(f"sqlite://{tmp_path}/desk.sqlite3", tests=True):
        pass
    left_open = False
    async with stock_tortoise(f"sqlite://{tmp_path}/desk.sqlite3") as connection:
        for step in range(1, 12):
            rows = [Staff(telegram_id=step, seen_at=NOW)]
            await run(_awaited(CancelledAt(step, Staff.bulk_create(rows))))
            left_open = left_open or connection._connection._conn.in_transaction
    assert left_open


async def test_connecting_cancelled_at_any_step_leaves_no_connection_without_its_pragmas(tmp_path):
    async def connect(found: SafeSqliteClient):
        await found.create_connection(with_db=True)

    for step in range(1, 12):
        found = SafeSqliteClient(str(tmp_path / "desk.sqlite3"), connection_name="default", foreign_keys="ON")
        await run(_awaited(CancelledAt(step, connect(found))))
        assert (await found.execute_query_dict("PRAGMA foreign_keys"))[0]["foreign_keys"] == 1
        await found.close()


# Whose transaction it is


async def test_a_task_that_outlived_its_transaction_cannot_write_into_anothers(db):
    go = asyncio.Event()

    async def late():
        await go.wait()
        await requester("Mallory")

    async with transaction():
        child = asyncio.create_task(late())
    with pytest.raises(ZeroDivisionError):
        async with transaction():
            go.set()
            with pytest.raises(TransactionManagementError, match="outlived"):
                await child
            raise ZeroDivisionError
    assert await names() == []


async def test_tortoises_own_sqlite_writes_a_late_tasks_row_into_anothers_transaction(tmp_path):
    async with opened(f"sqlite://{tmp_path}/desk.sqlite3", tests=True):
        pass
    go = asyncio.Event()

    async def late():
        await go.wait()
        await Staff.create(telegram_id=7, seen_at=NOW)

    async with stock_tortoise(f"sqlite://{tmp_path}/desk.sqlite3"):
        async with in_transaction():
            child = asyncio.create_task(late())
        with pytest.raises(ZeroDivisionError):
            async with in_transaction():
                go.set()
                await child  # no error: the row is "stored" …
                raise ZeroDivisionError
        assert not await Staff.exists()  # … and gone with somebody else's rollback


async def test_a_child_task_may_read_in_a_transaction_but_not_write(db):
    async with transaction():
        anna = await requester("Anna")
        (count,) = await asyncio.gather(Requester.all().count())
        assert count == 1
        for write in (requester("Mallory"), _awaited(Requester.all().delete()), _nested()):
            (outcome,) = await run(write)
            assert isinstance(outcome, TransactionManagementError)
        # Tortoise prefetches in child tasks.
        await anna.fetch_related("contacts", "tickets")
    assert await names() == ["Anna"]


async def _nested():
    async with transaction():
        pass


async def test_a_nested_transaction_is_undone_alone(db):
    async with transaction():
        await requester("Anna")
        for _ in range(3):
            with pytest.raises(IntegrityError):
                async with transaction():
                    await requester("Mallory")
                    await Staff.create(telegram_id=1, seen_at=NOW)
                    await Staff.create(telegram_id=1, seen_at=NOW)
        async with transaction():
            await requester("Boris")
    assert await names() == ["Anna", "Boris"]
    assert await Staff.all().count() == 0


async def test_a_savepoint_whose_end_is_unclear_undoes_the_whole_transaction(db):
    async def nested():
        async with transaction():
            await requester("Boris")

    hit = False
    for step in range(1, 9):
        error = None
        try:
            async with transaction():
                await requester("Anna")
                attempt = CancelledAt(step, nested())
                try:
                    await attempt
                except asyncio.CancelledError:
                    asyncio.current_task().uncancel()
        except TransactionManagementError as found:
            error, hit = found, True
        # Never Boris without his savepoint having ended well, never a row out of a doomed transaction.
        assert await names() in ([[]] if error else [["Anna"], ["Anna", "Boris"]])
        await Requester.all().delete()
    # What does not wait is not cancelled half-way.
    assert hit == is_postgres()


async def test_a_transaction_management_error_in_the_body_rolls_back(db):
    with pytest.raises(TransactionManagementError):
        async with transaction():
            await requester("Anna")
            raise TransactionManagementError("of the caller's own")
    assert await names() == []
    await requester("Boris")


@pytest.mark.parametrize("method", ["begin", "commit", "rollback"])
async def test_a_transaction_is_not_ended_by_hand(db, method):
    with pytest.raises(TransactionManagementError, match=r"block|opened"):
        async with transaction() as inside:
            await requester("Anna")
            await getattr(inside, method)()
    assert await names() == []


async def test_parallel_transactions_do_not_see_each_other(db):
    async def one(name: str):
        async with transaction():
            await requester(name)
            assert await names() == [name] or is_postgres()
            if name != "Anna":
                raise ZeroDivisionError

    await asyncio.gather(*(run(one(name)) for name in ("Anna", "Boris", "Clara")))
    assert await names() == ["Anna"]


# COMMIT


async def test_a_commit_that_fails_rolls_back_and_leaves_the_connection_usable(db):
    await client().execute_script("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
    await client().execute_script("CREATE TABLE child (parent INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)")
    with pytest.raises(IntegrityError):
        async with transaction():
            await requester("Anna")
            await client().execute_query("INSERT INTO child VALUES (7)")
    assert await names() == []
    async with transaction():
        await requester("Boris")
    assert await names() == ["Boris"]


@pytest.mark.postgres
async def test_an_ignored_failure_inside_a_postgresql_transaction_is_told_at_its_end(postgres_url: str):
    async with opened(postgres_url):
        with pytest.raises(TransactionManagementError, match="Nothing was stored"):
            async with transaction():
                await requester("Anna")
                with pytest.raises(OperationalError):
                    await client().execute_query("SELECT * FROM nothing_like_it")
        assert await names() == []


# Counting, scripts, errors


async def test_changed_rows_are_counted_alike(db):
    await client().execute_query(
        "INSERT INTO requester (name, language, created_at) VALUES ('a', 'ru', '2026-01-01'), ('b', 'ru', '2026-01-01')"
    )
    assert (await client().execute_query("INSERT INTO requester (name, language, created_at) VALUES ('c', 'ru', '2026-01-01')"))[
        0
    ] == 1
    assert await Requester.filter(name="a").update(name="z") == 1
    assert await Requester.filter(name="a").update(name="z") == 0
    count, rows = await client().execute_query("UPDATE requester SET language = 'en' RETURNING id")
    assert (count, len(rows)) == (3, 3)
    assert (await client().execute_query("UPDATE requester SET language = 'en' WHERE id < 0 RETURNING id"))[0] == 0
    assert (await client().execute_query("SELECT id FROM requester"))[0] == 3
    assert await Requester.filter(language="en").delete() == 3


async def test_a_script_inside_a_transaction_is_undone_with_it(db):
    with pytest.raises(ZeroDivisionError):
        async with transaction() as inside:
            await inside.execute_script(
                "CREATE TABLE made (id INTEGER); INSERT INTO made VALUES (1); INSERT INTO made VALUES (2)"
            )
            raise ZeroDivisionError
    with pytest.raises(OperationalError):
        await client().execute_query("SELECT * FROM made")


def test_a_script_is_split_only_between_statements():
    script = (
        "INSERT INTO t VALUES ('a;b'); /* not; here */ CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; SELECT 2; END; SELECT 3"
    )
    assert [statement[:6] for statement in statements(script)] == ["INSERT", "/* not", "SELECT"]


async def test_errors_name_the_column_but_not_the_value(db):
    anna = await requester("Anna")
    await Contact.create(requester=anna, kind="email", value="anna@people.test", created_at=NOW)
    with pytest.raises(IntegrityError, match="contact") as repeated:
        await Contact.create(requester=anna, kind="email", value="anna@people.test", created_at=NOW)
    with pytest.raises(OperationalError) as wrong:
        await client().execute_query("SELECT abs('anna@people.test', 1, CAST('anna@people.test' AS INTEGER))")
    for error in (repeated.value, wrong.value):
        assert "anna@people.test" not in str(error)
        assert "anna@people.test" not in str(error.__cause__ or "")


async def test_a_value_that_no_column_takes_is_a_database_error(db):
    with pytest.raises(OperationalError):
        await Staff.create(telegram_id=2**70, seen_at=NOW)
    with pytest.raises(OperationalError):
        await Staff.filter(telegram_id=2**70)
    assert await Staff.all().count() == 0


@pytest.mark.postgres
async def test_a_lost_server_is_a_connection_error_and_the_pool_recovers(postgres: Postgres, postgres_url: str):
    async with opened(postgres_url, tests=True):
        await requester("Anna")
        with pytest.raises(DBConnectionError):
            async with transaction():
                await requester("Mallory")
                postgres.kill()
                await requester("Mallory")
        with pytest.raises(DBConnectionError):
            await requester("Mallory")
        assert lost_connections(client()) == 0
        postgres.start()
        assert await names() == ["Anna"]
        async with transaction():
            await requester("Boris")
        assert await names() == ["Anna", "Boris"]


async def test_a_closed_database_is_a_connection_error_not_a_hang(tmp_path):
    async with opened(f"sqlite://{tmp_path}/desk.sqlite3", tests=True):
        connection = client()
        with pytest.raises((DBConnectionError, OperationalError)):
            async with transaction():
                await connection._connection.close()
                await requester("Anna")
        assert lost_connections(connection) == 0
        connection._connection = None


# Several processes

COUNTING = """
import asyncio, sys
from models import Requester
from models.store.connect import opened, transaction
from tests.models.stock import stock_tortoise
from tortoise.exceptions import OperationalError
from tortoise.transactions import in_transaction

async def main(url, times, own):
    failed = 0
    async with opened(url, migrate=False, tests=True) if own else stock_tortoise(url):
        for _ in range(times):
            try:
                async with in_transaction():
                    row = await Requester.get(name="counter")
                    row.language = str(int(row.language) + 1)
                    await row.save(update_fields=["language"])
            except OperationalError:
                failed += 1
    print(failed)

asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3] == "own"))
"""


async def count_in_processes(url: str, times: int, engine: str) -> int:
    processes = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", COUNTING, url, str(times), engine, stdout=subprocess.PIPE)
        for _ in range(3)
    ]
    return sum([int((await process.communicate())[0]) for process in processes])


async def test_three_processes_that_read_and_then_write_one_sqlite_file_lose_nothing(tmp_path):
    url = f"sqlite://{tmp_path}/desk.sqlite3"
    async with opened(url):
        await Requester.create(name="counter", language="0", created_at=NOW)
    assert await count_in_processes(url, 60, "own") == 0
    async with opened(url):
        assert (await Requester.get(name="counter")).language == "180"


async def test_tortoises_own_begin_fails_at_once_when_another_process_writes(tmp_path):
    url = f"sqlite://{tmp_path}/desk.sqlite3"
    async with opened(url):
        await requester("Anna")
    async with stock_tortoise(url):
        other = sqlite3.connect(tmp_path / "desk.sqlite3", isolation_level=None)
        with pytest.raises(OperationalError, match="locked"):
            async with in_transaction():
                await names()
                # Somebody else writes between our reading and our writing: no waiting helps any more.
                other.execute("UPDATE requester SET name = 'Clara'")
                await requester("Boris")
        other.close()


async def test_a_crash_without_closing_ends_the_process(tmp_path):
    script = (
        "import asyncio\n"
        "from models.store.sqlite_engine import SafeSqliteClient\n"
        "async def main():\n"
        f"    found = SafeSqliteClient({str(tmp_path / 'x.sqlite3')!r}, connection_name='default')\n"
        "    await found.create_connection(with_db=True)\n"
        "    raise SystemExit(7)\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stderr=subprocess.DEVNULL)
    assert await process.wait() == 7


def test_aiosqlites_own_thread_would_keep_a_crashed_process_alive():
    assert aiosqlite.Connection(lambda: sqlite3.connect(Path(":memory:")), 64)._thread.daemon is False
