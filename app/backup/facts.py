"""What a database holds, asked in plain SQL, so that a backup of any version of the tables can be looked at."""

import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any, Final

from app.backup.manifest import Facts
from desk.vault import BLOB_NAME

Ask = Callable[[str], Awaitable[list[tuple[Any, ...]]]]
MIGRATIONS: Final = "tortoise_migrations"


def of_sqlite(connection: sqlite3.Connection) -> Ask:
    """Ask an SQLite connection."""

    async def ask(sql: str) -> list[tuple[Any, ...]]:
        return connection.execute(sql).fetchall()

    return ask


def of_postgres(connection: Any) -> Ask:
    """Ask a PostgreSQL connection (asyncpg)."""

    async def ask(sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await connection.fetch(sql)]

    return ask


async def tables(ask: Ask, *, postgres: bool) -> dict[str, set[str]]:
    """The tables of the desk and the names of their columns."""
    if postgres:
        rows = await ask("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()")
    else:
        rows = await ask(
            "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c "
            "WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        )
    found: dict[str, set[str]] = {}
    for table, column in rows:
        found.setdefault(str(table), set()).add(str(column))
    return found


async def gathered(ask: Ask, *, postgres: bool) -> Facts:
    """Everything the manifest says about a database; asked in one snapshot by whoever holds it."""
    known = await tables(ask, postgres=postgres)
    counts = {table: await _number(ask, f'SELECT count(*) FROM "{table}"') for table in sorted(known)}  # noqa: S608
    (server,) = (await ask("SHOW server_version" if postgres else "SELECT sqlite_version()"))[0]
    last = await ask("SELECT hash FROM history ORDER BY id DESC LIMIT 1") if "history" in known else []
    return Facts(
        server=str(server),
        migrations=tuple(sorted(str(name) for (name,) in await ask(f"SELECT name FROM {MIGRATIONS}")))  # noqa: S608
        if MIGRATIONS in known
        else (),
        counts=counts,
        highest_ticket=await _number(ask, "SELECT max(id) FROM ticket") if "ticket" in known else 0,
        waiting=await _number(ask, "SELECT count(*) FROM outbox WHERE state = 'waiting'") if "outbox" in known else 0,
        history=(counts.get("history", 0), str(last[0][0]) if last else ""),
        keys=tuple(sorted(await _keys(ask, known, postgres=postgres))),
        blobs=frozenset(await _blobs(ask, known)),
    )


async def _number(ask: Ask, sql: str) -> int:
    return int((await ask(sql))[0][0] or 0)


def key_of_sealed(*, postgres: bool) -> str:
    """SQL for the key of a sealed value: bytes 2 to 9 of it (desk.vault)."""
    return "encode(substring(sealed from 2 for 8), 'hex')" if postgres else "lower(hex(substr(sealed, 2, 8)))"


async def _keys(ask: Ask, known: dict[str, set[str]], *, postgres: bool) -> set[str]:
    identity = key_of_sealed(postgres=postgres)
    found: set[str] = set()
    for table, columns in known.items():
        if "sealed" in columns:
            rows = await ask(f'SELECT DISTINCT {identity} FROM "{table}" WHERE sealed IS NOT NULL')  # noqa: S608
            found.update(str(key) for (key,) in rows)
    return found


async def _blobs(ask: Ask, known: dict[str, set[str]]) -> set[str]:
    """The files of the vault that rows name, those of unfinished dialogs among them."""
    found: set[str] = set()
    for table, columns in known.items():
        if "blob" in columns:
            found.update(str(name) for (name,) in await ask(f"SELECT blob FROM \"{table}\" WHERE blob <> ''"))  # noqa: S608
    if "kept" in known.get("outbox", ()):
        for (data,) in await ask("SELECT CAST(kept AS TEXT) FROM outbox WHERE CAST(kept AS TEXT) <> '[]'"):
            found.update(BLOB_NAME.findall(str(data)))
    if "dialog" in known:
        for (data,) in await ask("SELECT CAST(data AS TEXT) FROM dialog"):
            found.update(BLOB_NAME.findall(str(data)))
    return found
