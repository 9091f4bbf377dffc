"""The two databases as files: SQLite by VACUUM INTO, PostgreSQL by pg_dump and pg_restore.

Both are read in one snapshot while the service writes on; what the manifest says is asked in the same snapshot.
"""

# ruff: noqa: ASYNC240 - a command does one thing at a time

import asyncio
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from app.backup import facts
from app.backup.manifest import Facts
from app.cli import Finding
from app.speech import said
from models.store.address import Address, read
from models.store.locks import lock_file, own_connection, try_file

SET_ASIDE: Final = "before_restore_"
BUSY_SECONDS: Final = 10.0


# SQLite


async def save_sqlite(file: Path, into: Path) -> Facts:
    """A copy of an SQLite database, without what was deleted in it; what it holds. Raises Finding."""

    def copy() -> None:
        with closing(_reading(file)) as connection:
            connection.execute("VACUUM INTO ?", (str(into),))

    try:
        await asyncio.to_thread(copy)
        into.chmod(0o600)
        return await facts_of_sqlite(into)
    except sqlite3.Error as error:
        raise Finding(said('The database "%(file)s" cannot be copied: %(error)s.', file=file, error=error)) from error


async def facts_of_sqlite(file: Path) -> Facts:
    """What is in an SQLite file. Raises sqlite3.Error when it is damaged."""
    with closing(sqlite3.connect(file, timeout=BUSY_SECONDS)) as connection:
        ((verdict,),) = connection.execute("PRAGMA quick_check(1)").fetchall()
        if verdict != "ok":
            raise sqlite3.DatabaseError(f"it is damaged ({verdict})")
        return await facts.gathered(facts.of_sqlite(connection), postgres=False)


def _reading(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)


def skip_sqlite(file: Path, by: int) -> None:
    """Let the next numbers of every table but the history begin `by` later."""
    with closing(sqlite3.connect(file, timeout=BUSY_SECONDS)) as connection, connection:
        connection.execute("UPDATE sqlite_sequence SET seq = seq + ? WHERE name NOT IN ('history', ?)", (by, facts.MIGRATIONS))


@asynccontextmanager
async def alone(place: Address) -> AsyncIterator[None]:
    """Nobody serves the database while the block runs. Raises Finding when somebody does."""
    if place.file is None:
        async with own_connection(place) as connection:
            name = place.credentials["application_name"]
            asked = (
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE datname = current_database() AND application_name = $1 AND pid <> pg_backend_pid()"
            )
            if served := await connection.fetchval(asked, name):
                raise Finding(
                    said(
                        "The desk is running on %(shown)s (%(served)s connections). Stop it first.",
                        shown=place.shown,
                        served=served,
                    )
                )
        yield
        return
    place.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = try_file(lock_file(place.file, "desk"))
    if lock is None:
        raise Finding(said("The desk is running on %(shown)s. Stop it first.", shown=place.shown))
    try:
        yield
    finally:
        os.close(lock)


def set_aside_sqlite(file: Path, mark: str) -> Path | None:
    """Rename a database and its log; where it is now, or None when there was none."""
    if not file.exists():
        return None
    aside = file.with_name(f"{file.name}.before-restore-{mark}")
    for ending in ("-wal", "-shm", ""):
        part = file.with_name(file.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    return aside


# PostgreSQL


def _tool(name: str) -> str:
    newest = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[4]), reverse=True)
    found = shutil.which(name) or next((str(path) for path in newest), None)
    if found is None:
        raise Finding(
            said(
                "The program %(name)s is not installed here, and a PostgreSQL database is backed up and "
                "restored with it. On Debian or Ubuntu: apt-get install postgresql-client",
                name=name,
            )
        )
    return found


def _environment(url: str) -> dict[str, str]:
    """How libpq's programs are told where the database is: no password on a command line."""
    place, parts = read(url), urlsplit(url)
    options = dict(parse_qsl(parts.query))
    told = {
        "PGHOST": place.credentials["host"],
        "PGPORT": str(place.credentials["port"]),
        "PGDATABASE": place.credentials["database"],
        "PGUSER": place.credentials["user"],
        "PGPASSWORD": place.credentials["password"],
        "PGSSLMODE": options.get("sslmode"),
        "PGSSLROOTCERT": options.get("sslrootcert"),
        "PGAPPNAME": "rightsdesk backup",
    }
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "LC_ALL", "TZ"}}
    return kept | {name: value for name, value in told.items() if value}


async def _run(url: str, what: str, *command: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, env=_environment(url), stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    try:
        _, told = await process.communicate()
    except BaseException:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        raise
    if process.returncode:
        lines = [line for line in told.decode(errors="replace").splitlines() if line.strip()]
        raise Finding(f"{what}: {' '.join(lines[:2]) or said('no reason given')}")


async def save_postgres(url: str, into: Path) -> Facts:
    """A dump of a PostgreSQL database; what it holds. Raises Finding."""
    program, place = _tool("pg_dump"), read(url)
    async with own_connection(place) as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
        found = await facts.gathered(facts.of_postgres(connection), postgres=True)
        into.touch(mode=0o600)
        await _run(
            url,
            f"pg_dump could not copy {place.shown}",
            *(program, "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"),
            *(f"--exclude-schema={SET_ASIDE}*", f"--file={into}"),
        )
    return found


async def facts_of_postgres(url: str) -> Facts:
    """What is in a PostgreSQL database."""
    async with own_connection(read(url)) as connection:
        return await facts.gathered(facts.of_postgres(connection), postgres=True)


@asynccontextmanager
async def restored_postgres(url: str, dump: Path, mark: str) -> AsyncIterator[str]:
    """Bring a dump into the database; the schema its former tables were moved to, empty when there were none.

    When the block fails, the database is as it was before. Raises Finding.
    """
    program, place = _tool("pg_restore"), read(url)
    async with own_connection(place) as connection:
        ask = facts.of_postgres(connection)
        old = sorted(await facts.tables(ask, postgres=True))
        schema = await connection.fetchval("SELECT current_schema()")
        aside = f"{SET_ASIDE}{mark}".lower() if old else ""
        if aside:
            await _move(connection, old, aside, f'CREATE SCHEMA "{aside}"')
        try:
            await _run(
                url,
                f"pg_restore could not fill {place.shown}",
                *(program, "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"),
                *(f"--dbname={place.credentials['database']}", str(dump)),
            )
            yield aside
        except BaseException:
            for name in await facts.tables(ask, postgres=True):
                await connection.execute(f'DROP TABLE "{name}" CASCADE')
            if aside:
                await _move(connection, old, schema, "", aside)
                await connection.execute(f'DROP SCHEMA "{aside}"')
            raise


async def _move(connection: Any, names: list[str], to: str, first: str, source: str = "") -> None:
    """Move tables, with their indexes and counters, to another schema in one transaction."""
    place = f'"{source}".' if source else ""
    async with connection.transaction():
        if first:
            await connection.execute(first)
        for name in names:
            await connection.execute(f'ALTER TABLE {place}"{name}" SET SCHEMA "{to}"')


async def skip_postgres(url: str, by: int) -> None:
    """Let the next numbers of every table but the history begin `by` later."""
    async with own_connection(read(url)) as connection:
        for table, columns in (await facts.tables(facts.of_postgres(connection), postgres=True)).items():
            if "id" not in columns or table in {"history", facts.MIGRATIONS}:
                continue
            counter = await connection.fetchval("SELECT pg_get_serial_sequence($1, 'id')", f'"{table}"')
            if counter:
                await connection.execute(f"SELECT setval('{counter}', nextval('{counter}') + {by:d} - 1)")
