"""Migrations: up, down, on filled tables, by several at once, half-way; and the check that none is missing."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import BaseORMException, IntegrityError
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.utils import generate_schema_for_client

from models import Requester
from models.store import connect, migrating
from models.store.address import config_of, read
from models.store.connect import NOTHING, StoreError, migrate, opened, pending_migrations
from models.store.locks import advisory_key, lock_file, migrating_alone, try_file
from models.store.migrating import Executor

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NEWEST = "0005_names_in_capitals"


@asynccontextmanager
async def growing(url: str, *, stock: bool = False) -> AsyncIterator[Any]:
    """An executor of the small history in tests/models/growing, on the database at `url`."""
    place = read(url)
    # As models.store.connect does it.
    changed = {"command_timeout": None} if place.is_postgres else {"foreign_keys": "ON" if stock else "OFF"}
    settings = config_of(place, **changed)
    history = {"models": settings["apps"]["models"] | {"migrations": "tests.models.growing"}}
    async with connect._context(place, settings, everywhere=False) as found:
        yield (MigrationExecutor if stock else Executor)(found, history)


async def fill(found: BaseDBAsyncClient) -> None:
    for statement in (
        "INSERT INTO owner (code, name, kind, head, gone) VALUES ('a', 'Anna', 'person', 'yes', 1)",
        "INSERT INTO owner (code, name, kind, head, gone) VALUES ('b', 'Boris', 'person', '', 2)",
        "INSERT INTO owner (code, name, kind, head, gone) VALUES ('c', 'Clara', 'person', '', 3)",
        "INSERT INTO pet (owner_id, name, age) SELECT id, 'cat', 3 FROM owner",
        "INSERT INTO pet (owner_id, name, age) SELECT id, 'dog', 4 FROM owner",
        # The highest number was given and taken back: it must not be given again.
        "DELETE FROM owner WHERE code = 'c'",
    ):
        if found.capabilities.dialect == "sqlite" and statement.startswith("DELETE"):
            await found.execute_query("DELETE FROM pet WHERE owner_id IN (SELECT id FROM owner WHERE code = 'c')")
        await found.execute_query(statement)


async def rows(found: BaseDBAsyncClient, query: str) -> list[tuple]:
    return [tuple(row.values()) for row in await found.execute_query_dict(query)]


# On filled tables


async def test_rebuilding_filled_tables_keeps_rows_references_indexes_and_uniqueness(nowhere_url):
    async with growing(nowhere_url) as executor:
        found = executor.connection
        await executor.move("0001_tables")
        await fill(found)
        assert await executor.move(NEWEST) == [
            "0002_longer_name",
            "0003_no_gone",
            "0004_longer_pet",
            "0005_names_in_capitals",
        ]
        assert await rows(found, "SELECT code, name, kind, head FROM owner ORDER BY id") == [
            ("a", "Anna", "person", "yes"),
            ("b", "Boris", "person", ""),
        ]
        pets = "SELECT owner.code, pet.name, pet.age, pet.colour FROM pet JOIN owner ON owner.id = owner_id ORDER BY pet.id"
        assert await rows(found, pets) == [
            ("a", "CAT", 3, "black"),
            ("b", "CAT", 3, "black"),
            ("a", "DOG", 4, "black"),
            ("b", "DOG", 4, "black"),
        ]
        for repeated in (
            "INSERT INTO owner (code, name, kind, head) VALUES ('a', 'x', 'x', '')",
            "INSERT INTO owner (code, name, kind, head) VALUES ('x', 'Anna', 'person', '')",
            "INSERT INTO owner (code, name, kind, head) VALUES ('x', 'x', 'person', 'yes')",
        ):
            with pytest.raises(IntegrityError):
                await found.execute_query(repeated)
        assert {"owner_kind", "owner_one_head"} <= await indexes(found)
        assert "owner_gone" not in await indexes(found)
        (new,) = await rows(found, "INSERT INTO owner (code, name, kind, head) VALUES ('n', 'n', 'n', '') RETURNING id")
        assert new[0] > 3
    async with growing(nowhere_url) as executor:
        if executor.connection.capabilities.dialect == "sqlite":
            await executor.connection.execute_query("PRAGMA foreign_keys=ON")
        with pytest.raises(IntegrityError):
            await executor.connection.execute_query("INSERT INTO pet (owner_id, name, age) VALUES (999, 'x', 1)")
        await executor.connection.execute_query("DELETE FROM owner WHERE code = 'a'")
        assert await rows(executor.connection, "SELECT count(*) FROM pet") == [(2,)]


async def indexes(found: BaseDBAsyncClient) -> set[str]:
    if found.capabilities.dialect == "sqlite":
        return {row[0] for row in await rows(found, "SELECT name FROM sqlite_master WHERE type = 'index'")}
    return {row[0] for row in await rows(found, "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'")}


async def test_tortoises_own_rebuilding_on_sqlite_deletes_the_rows_that_refer_to_the_table(tmp_path):
    async with growing(f"sqlite://{tmp_path}/desk.sqlite3", stock=True) as executor:
        found = executor.connection
        await executor.migrate([MigrationTarget("models", "0001_tables")])
        await fill(found)
        assert await rows(found, "SELECT count(*) FROM pet") == [(4,)]
        await executor.migrate([MigrationTarget("models", "0002_longer_name")])
        assert await rows(found, "SELECT count(*) FROM pet") == [(0,)]
        assert "owner_kind" not in await indexes(found)


async def test_an_sqlite_table_is_not_rebuilt_while_references_are_enforced(tmp_path):
    async with growing(f"sqlite://{tmp_path}/desk.sqlite3") as executor:
        await executor.move("0001_tables")
        await fill(executor.connection)
        await executor.connection.execute_query("PRAGMA foreign_keys=ON")
        with pytest.raises(StoreError, match="foreign keys"):
            await executor.move("0002_longer_name")
        assert await rows(executor.connection, "SELECT count(*) FROM pet") == [(4,)]


async def test_a_migration_that_leaves_dangling_references_is_undone(tmp_path):
    async with growing(f"sqlite://{tmp_path}/desk.sqlite3") as executor:
        await executor.move("0001_tables")
        await fill(executor.connection)
        await executor.connection.execute_query("DELETE FROM owner WHERE code = 'a'")
        with pytest.raises(StoreError, match="0002_longer_name"):
            await executor.move("0002_longer_name")
        assert [key.name for key in await executor.recorder.applied_migrations()] == ["0001_tables"]


# Half-way


async def test_a_migration_that_fails_leaves_nothing_of_itself(nowhere_url):
    async with growing(nowhere_url) as executor:
        with pytest.raises(BaseORMException):
            await executor.move()
        with pytest.raises(BaseORMException):
            await executor.connection.execute_query("SELECT * FROM half")
        assert [key.name for key in await executor.recorder.applied_migrations()][-1] == NEWEST


@pytest.mark.parametrize("stock", [False, True], ids=["ours", "tortoises own"])
async def test_a_migration_and_its_note_are_one_transaction(nowhere_url, monkeypatch, stock):
    async def killed(self, app, name):
        raise ZeroDivisionError

    async with growing(nowhere_url, stock=stock) as executor:
        with monkeypatch.context() as patch:
            patch.setattr(MigrationRecorder, "record_applied", killed)
            with pytest.raises(ZeroDivisionError):
                await (executor.migrate([MigrationTarget("models", "0001_tables")]) if stock else executor.move("0001_tables"))
        if stock:
            # The tables are there and nobody knows: every further start fails.
            with pytest.raises(BaseORMException):
                await executor.migrate([MigrationTarget("models", "0001_tables")])
        else:
            assert await executor.move("0001_tables") == ["0001_tables"]


# Up and down


def test_each_migration_follows_the_one_before_it() -> None:
    assert migrating.forks() == []


def test_two_migrations_written_side_by_side_are_noticed(monkeypatch) -> None:
    first, _, third, *_ = migrating.known()
    monkeypatch.setattr(migrating, "known", lambda: (first, third))
    said: list[str] = []
    assert migrating.check(said.append) == 1
    assert third in said[0]


@pytest.mark.timeout(300)  # each migration's tables are made as classes anew; beside other tests that takes a while
async def test_every_migration_goes_up_and_down_and_up_again(nowhere_url):
    assert await migrate(nowhere_url) == list(migrating.known())
    assert await migrate(nowhere_url, NOTHING) == list(reversed(migrating.known()))
    assert (await pending_migrations(nowhere_url)).waiting == migrating.known()
    place = read(nowhere_url)
    async with connect._context(place, config_of(place), everywhere=False) as found:
        assert await tables(found) <= {"tortoise_migrations", "sqlite_sequence"}
    assert await migrate(nowhere_url) == list(migrating.known())
    assert await migrate(nowhere_url) == []


async def tables(found: BaseDBAsyncClient) -> set[str]:
    if found.capabilities.dialect == "sqlite":
        return {row[0] for row in await rows(found, "SELECT name FROM sqlite_master WHERE type = 'table'")}
    return {row[0] for row in await rows(found, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}


async def test_one_migration_is_taken_back_and_applied_again(nowhere_url):
    last, before = migrating.known()[-1], migrating.known()[-2]
    await migrate(nowhere_url)
    assert await migrate(nowhere_url, before) == [last]
    assert await migrate(nowhere_url, last) == [last]


async def test_an_unknown_migration_gets_a_sentence(nowhere_url):
    with pytest.raises(StoreError, match="9999_nowhere"):
        await migrate(nowhere_url, "9999_nowhere")


async def test_the_migrations_make_the_same_tables_as_the_models(make_database):
    shapes = []
    migrated, generated = await make_database(True), await make_database(False)
    for url in (migrated, generated):
        place = read(url)
        async with connect._context(place, config_of(place), everywhere=False) as found:
            if url == generated:
                await generate_schema_for_client(found, safe=False)
            shapes.append(await (shape_of_sqlite(found) if not place.is_postgres else shape_of_postgres(found)))
    assert shapes[0] == shapes[1]
    assert {"inbound", "outbox", "ticket", "history"} <= {str(line[1]) for line in shapes[0]}


async def shape_of_sqlite(found: BaseDBAsyncClient) -> list[tuple]:
    shape = []
    for table in sorted(await tables(found) - {"tortoise_migrations", "sqlite_sequence"}):
        for row in await rows(found, f'PRAGMA table_info("{table}")'):
            shape.append(("column", table, *row[1:]))
        for row in await rows(found, f'PRAGMA foreign_key_list("{table}")'):
            shape.append(("reference", table, *row[2:]))
        for row in await found.execute_query_dict(f'PRAGMA index_list("{table}")'):
            columns = tuple(part[2] for part in await rows(found, f'PRAGMA index_info("{row["name"]}")'))
            name = row["name"] if row["origin"] == "c" and not row["unique"] else ""
            shape.append(("index", table, name, row["unique"], row["partial"], columns))
    return sorted(set(shape), key=str)


async def shape_of_postgres(found: BaseDBAsyncClient) -> list[tuple]:
    columns = await rows(
        found,
        "SELECT 'column', table_name, column_name, data_type, character_maximum_length, is_nullable, column_default "
        "FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'tortoise_migrations'",
    )
    constraints = await rows(
        found,
        "SELECT 'constraint', conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'tortoise_migrations'",
    )
    made = await rows(
        found,
        "SELECT 'index', tablename, regexp_replace(indexdef, 'INDEX uid_\\S+', 'INDEX') FROM pg_indexes "
        "WHERE schemaname = 'public' AND tablename <> 'tortoise_migrations' "
        "AND indexname NOT IN (SELECT conname FROM pg_constraint)",
    )
    return sorted({*columns, *constraints, *made}, key=str)


# Several at once


async def test_several_that_migrate_at_once_wait_for_each_other(nowhere_url):
    done = await asyncio.gather(*(migrate(nowhere_url) for _ in range(4)))
    assert sorted(done, key=len) == [[], [], [], list(migrating.known())]


OPENING = """
import asyncio, sys
from models.store.connect import opened
async def main():
    async with opened(sys.argv[1]):
        pass
asyncio.run(main())
"""


async def test_several_processes_may_start_on_an_empty_database_at_once(nowhere_url):
    processes = [await asyncio.create_subprocess_exec(sys.executable, "-c", OPENING, nowhere_url) for _ in range(3)]
    assert [await process.wait() for process in processes] == [0, 0, 0]
    async with opened(nowhere_url, migrate=False):
        await Requester.create(name="Anna", created_at=NOW)


async def test_migrating_waits_for_the_lock_of_an_sqlite_file(tmp_path):
    url = f"sqlite://{tmp_path}/desk.sqlite3"
    descriptor = try_file(lock_file(tmp_path / "desk.sqlite3", "migrating"))
    assert descriptor is not None
    waiting = asyncio.create_task(migrate(url))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not waiting.done()
    assert (await pending_migrations(url)).waiting == migrating.known()
    os.close(descriptor)
    assert await waiting == list(migrating.known())


@pytest.mark.postgres
async def test_migrating_waits_for_the_lock_of_a_postgresql_database(postgres_url):
    other = await asyncpg.connect(postgres_url)
    await other.execute("SELECT pg_advisory_lock($1)", advisory_key("migrating"))
    waiting = asyncio.create_task(migrate(postgres_url))
    while not await other.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"):
        assert not waiting.done()
    await other.close()
    assert await waiting == list(migrating.known())


async def test_waiting_for_the_lock_ends_with_a_sentence(nowhere_url):
    place = read(nowhere_url)
    async with migrating_alone(place):
        with pytest.raises(StoreError, match="Another process"):
            async with migrating_alone(place, patience=0):
                pass


# The check


def test_no_migration_is_missing(capsys):
    assert migrating.main(["check"]) == 0
    assert capsys.readouterr().out == ""


def test_a_missing_migration_is_told(capsys, monkeypatch):
    def without_history(url: str):
        settings = connect.config(url)
        settings["apps"]["models"]["migrations"] = "tests.models.growing"
        return settings

    monkeypatch.setattr(migrating, "config", without_history)
    assert migrating.main(["check"]) == 1
    told = capsys.readouterr().out
    assert "Create model Requester" in told
    assert "Delete model Owner" in told


def test_a_reworded_comment_needs_no_migration(monkeypatch):
    monkeypatch.setattr(Requester._meta, "table_description", "Reworded.")
    monkeypatch.setattr(Requester._meta.fields_map["name"], "description", "Reworded.")
    assert migrating.main(["check"]) == 0


def test_a_wrong_command_shows_the_right_ones(capsys):
    assert migrating.main(["destroy"]) == 2
    assert "make NAME" in capsys.readouterr().err
