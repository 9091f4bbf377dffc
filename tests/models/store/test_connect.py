"""Opening and closing the store: settings that are wrong, files and rights, one process, a clean end."""

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models import Requester, Staff
from models.store.address import read
from models.store.connect import (
    StoreError,
    address,
    client,
    config,
    is_postgres,
    migrate,
    opened,
    pending_migrations,
    transaction,
)
from tests.servers.base import free_port

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECRET = "s3cr3t-Пароль"


# The URL


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite://var/desk.sqlite3", "var/desk.sqlite3"),
        ("sqlite:///srv/desk.sqlite3", "/srv/desk.sqlite3"),
        ("sqlite:var/desk.sqlite3", "var/desk.sqlite3"),
        ("SQLite:///srv/My%20Desk.sqlite3", "/srv/My Desk.sqlite3"),
    ],
)
def test_an_sqlite_url_names_a_relative_or_an_absolute_file(url, file):
    assert read(url).file == Path(file)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "asyncpg"])
def test_a_postgresql_url_gives_its_parts(scheme):
    found = read(f"{scheme}://desk:s%2Fe%40cret@db.example:6543/rights?maxsize=20&statement_cache_size=0&sslmode=require")
    assert found.is_postgres
    assert found.shown == "postgres://desk@db.example:6543/rights"
    assert (
        found.credentials
        | {
            "host": "db.example",
            "port": 6543,
            "user": "desk",
            "password": "s/e@cret",
            "database": "rights",
            "maxsize": 20,
            "statement_cache_size": 0,
            "ssl": "require",
        }
        == found.credentials
    )


def test_a_socket_folder_may_stand_for_the_host():
    assert read("postgres:///rights?host=/run/postgresql").credentials["host"] == "/run/postgresql"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "desk.sqlite3",
        "mysql://desk@db/rights",
        "sqlite://",
        "sqlite://:memory:",
        "sqlite://var/",
        "sqlite://var/desk.sqlite3?synchronous=OFF",
        f"postgres://desk:{SECRET}@/rights",
        f"postgres://desk:{SECRET}@db.example",
        f"postgres://desk:{SECRET}@db.example:port/rights",
        f"postgres://desk:{SECRET}@db.example/rights?nonsense=1",
        f"postgres://desk:{SECRET}@db.example/rights?maxsize=many",
        f"postgres://desk:{SECRET}@db.example/rights?sslmode=perhaps",
        f"postgres://desk:{SECRET}@db.example/rights?sslrootcert=/nowhere.pem",
        f"postgres://desk:12/{SECRET}@db.example/rights",
        f"postgres://desk:a?{SECRET}@db.example/rights",
        f"postgres://desk:a#{SECRET}@db.example/rights",
        f"postgres://desk:a/{SECRET}@db.example/rights",
    ],
)
def test_a_wrong_url_gets_a_sentence_without_the_password(url):
    with pytest.raises(StoreError) as error:
        read(url)
    assert SECRET not in str(error.value)
    assert str(error.value).endswith(".")


def test_neither_the_address_nor_its_representation_shows_the_password():
    found = read("postgres://desk:hidden@db.example/rights")
    assert "hidden" not in repr(found)
    assert "hidden" not in found.shown


def test_the_settings_for_tortoise_name_our_engines():
    assert config("sqlite://x.sqlite3")["connections"]["default"]["engine"] == "models.store.sqlite_engine"
    assert config("postgres://h/x")["connections"]["default"]["engine"] == "models.store.asyncpg_engine"
    assert config("sqlite://x.sqlite3")["connections"]["default"]["credentials"]["synchronous"] == "FULL"


# What cannot be opened


@pytest.mark.postgres
async def test_an_unreachable_server_gets_a_sentence_without_the_password():
    with pytest.raises(StoreError, match="cannot be") as error:
        async with opened(f"postgres://desk:hidden@127.0.0.1:{free_port()}/rights"):
            pass
    assert "hidden" not in str(error.value)


@pytest.mark.postgres
async def test_a_missing_database_gets_a_sentence(postgres_url):
    with pytest.raises(StoreError, match="nothing_like_it"):
        async with opened(postgres_url.rsplit("/", 1)[0] + "/nothing_like_it"):
            pass


async def test_a_file_that_is_no_database_gets_a_sentence(tmp_path):
    file = tmp_path / "desk.sqlite3"
    file.write_bytes(b"This is a letter, not a database. " * 100)
    with pytest.raises(StoreError, match="not a database"):
        async with opened(f"sqlite://{file}"):
            pass


async def test_a_folder_in_place_of_the_file_gets_a_sentence(tmp_path):
    with pytest.raises(StoreError, match="cannot be opened"):
        async with opened(f"sqlite://{tmp_path}"):
            pass


async def test_a_missing_file_is_not_made_by_a_command_that_only_reads(tmp_path):
    url = f"sqlite://{tmp_path}/desk.sqlite3"
    for attempt in (opened(url, migrate=False).__aenter__(), pending_migrations(url)):
        with pytest.raises(StoreError, match="rightsdesk migrate"):
            await attempt
    assert list(tmp_path.iterdir()) == []


async def test_a_database_without_the_newest_tables_is_refused_by_a_command_that_only_reads(nowhere_url, back_end):
    if back_end == "sqlite":
        Path(nowhere_url.removeprefix("sqlite://")).touch()
    with pytest.raises(StoreError, match="not up to date"):
        async with opened(nowhere_url, migrate=False):
            pass


async def test_a_database_of_a_newer_version_is_refused(database_url):
    async with opened(database_url):
        await client().execute_query(
            "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('models', '9999_future', '2030-01-01')"
        )
    for attempt in (opened(database_url).__aenter__(), migrate(database_url)):
        with pytest.raises(StoreError, match="9999_future"):
            await attempt


async def test_a_process_opens_one_database_and_the_refusal_leaves_it_open(db, database_url):
    with pytest.raises(StoreError, match="open already"):
        async with opened(database_url):
            pass
    await Requester.create(name="Anna", created_at=NOW)
    assert await Requester.all().count() == 1


async def test_without_an_open_database_there_is_no_address():
    with pytest.raises(StoreError, match="No database is open"):
        address()


# How it is opened


async def test_folder_and_file_are_made_for_the_owner_alone(tmp_path):
    before = os.umask(0o000)
    try:
        async with opened(f"sqlite://{tmp_path}/var/deep/desk.sqlite3"):
            await Requester.create(name="Anna", created_at=NOW)
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "var/deep").iterdir()}
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "var/deep").stat().st_mode) == 0o700
    assert {"desk.sqlite3", "desk.sqlite3-wal", "desk.sqlite3-shm"} <= set(modes)
    assert set(modes.values()) == {0o600}


async def test_sqlite_waits_for_the_disk_and_checks_references(tmp_path):
    async with opened(f"sqlite://{tmp_path}/desk.sqlite3"):
        pragmas = {}
        for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout"):
            pragmas[name] = next(iter((await client().execute_query_dict(f"PRAGMA {name}"))[0].values()))
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


async def test_every_task_sees_the_open_database(db):
    async def elsewhere():
        async with transaction():
            await Requester.create(name="Anna", created_at=NOW)

    await asyncio.gather(*(elsewhere() for _ in range(5)))
    assert await Requester.all().count() == 5


async def test_a_database_can_be_closed_and_opened_again_and_nothing_of_it_stays_behind(database_url):
    for n in range(3):
        async with opened(database_url):
            assert await Requester.all().count() == n
            await Requester.create(name="Anna", created_at=NOW)
        with pytest.raises(RuntimeError):
            await Requester.all()


async def test_closing_goes_on_when_the_task_is_cancelled_meanwhile(database_url):
    async def serve():
        async with opened(database_url):
            async with transaction():
                await Requester.create(name="Anna", created_at=NOW)
            asyncio.current_task().cancel()

    (outcome,) = await asyncio.gather(asyncio.create_task(serve()), return_exceptions=True)
    assert isinstance(outcome, asyncio.CancelledError)
    async with opened(database_url):
        assert await Requester.all().count() == 1


async def test_statements_kept_for_one_back_end_are_not_used_on_the_other(tmp_path, postgres_url):
    for url in (f"sqlite://{tmp_path}/desk.sqlite3", postgres_url) * 2:
        async with opened(url, tests=True):
            row = await Staff.create(telegram_id=1, seen_at=NOW)
            row.name = "Boris"
            await row.save(update_fields=["name"])
            assert (await Staff.get(telegram_id=1)).name == "Boris"
            await row.delete()


async def test_the_open_database_knows_which_it_is(db, back_end, db_url):
    assert is_postgres() is (back_end == "postgres")
    assert address().shown == read(db_url).shown


# The end of the process

CRASHING = """
import asyncio, sys
from datetime import datetime, UTC
from models import Requester
from models.store.connect import opened, transaction

async def main():
    async with opened(sys.argv[1]):
        async with transaction():
            await Requester.create(name="Anna", created_at=datetime.now(UTC))
        async with transaction():
            await Requester.create(name="Boris", created_at=datetime.now(UTC))
            {crash}

asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("crash", "code"),
    [
        ("raise ZeroDivisionError", 1),
        ("sys.exit(3)", 3),
        ("raise KeyboardInterrupt", None),
        ("import os; os.kill(os.getpid(), 9)", -9),
    ],
)
async def test_a_crash_ends_the_process_and_keeps_what_was_committed(database_url, crash, code):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CRASHING.format(crash=crash), database_url, stderr=subprocess.DEVNULL
    )
    ended = await process.wait()
    assert ended == code or (code is None and ended != 0)
    async with opened(database_url):
        assert [row.name for row in await Requester.all()] == ["Anna"]


async def test_no_lock_of_a_closed_database_stays_behind(tmp_path):
    async with opened(f"sqlite://{tmp_path}/desk.sqlite3"):
        pass
    other = sqlite3.connect(tmp_path / "desk.sqlite3", isolation_level=None)
    assert other.execute("PRAGMA locking_mode=EXCLUSIVE").fetchone()
    other.execute("BEGIN EXCLUSIVE")
    other.close()
