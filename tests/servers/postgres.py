"""A real PostgreSQL on loopback: one cluster a test run, a fresh database a test."""

import secrets
import signal
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from tests.servers.base import Server, ServerError, Workspace, answers, find_program, free_port

ADMINISTRATOR = "postgres"

# Written for speed: what is lost with the machine's power may be lost, what is lost with a process may not.
SETTINGS = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{home}'
max_connections = 200
shared_buffers = 32MB
dynamic_shared_memory_type = mmap
fsync = off
full_page_writes = off
synchronous_commit = on
autovacuum = off
jit = off
max_wal_size = 512MB
timezone = 'UTC'
log_min_messages = warning
"""

# As it is used: what is committed is on the disk.
DURABLE = """
fsync = on
full_page_writes = on
autovacuum = on
"""

# The rows that migrations write are part of the shape; a database with more rows than this is not worth washing.
MIGRATIONS = "tortoise_migrations"
MANY_ROWS = 2000
_TABLES = f"SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> '{MIGRATIONS}'"
_RESTART = """DO $$ DECLARE one record; BEGIN
FOR one IN SELECT schemaname, sequencename FROM pg_sequences WHERE last_value IS NOT NULL AND sequencename !~ '^tortoise' LOOP
EXECUTE format('ALTER SEQUENCE %I.%I RESTART', one.schemaname, one.sequencename); END LOOP; END $$"""
_SHAPE = f"""SELECT md5(string_agg(line, chr(10) ORDER BY line)) FROM (
SELECT concat_ws(' ', table_schema, table_name, column_name, data_type, column_default, is_nullable)
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT tgrelid::regclass || ' ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_'
UNION ALL SELECT to_jsonb(one)::text FROM {MIGRATIONS} one) AS shape (line)"""  # names of our own


def find_tool(name: str) -> str:
    """The newest installed version of a PostgreSQL program; Debian keeps them outside PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]), reverse=True)
    return find_program("PostgreSQL", *(str(path) for path in debian), name)


class Postgres(Server):
    """Trusts everybody on loopback; the administrator is `postgres`. Waits for the disk where `durable`.

    Stopping is the "fast" way (open transactions are rolled back); `kill` is a crash, after which `start` recovers.
    """

    name = "postgres"
    stop_signal = signal.SIGINT

    def __init__(self, workspace: Workspace, *, durable: bool = False) -> None:
        super().__init__(workspace)
        self.port = free_port()
        self.data = self.home / "data"
        self.workspace.run(
            [
                find_tool("initdb"),
                f"--pgdata={self.data}",
                f"--username={ADMINISTRATOR}",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
                "--no-instructions",
            ],
            patience=120,
        )
        settings = SETTINGS.format(port=self.port, home=self.home) + (DURABLE if durable else "")
        self.workspace.write(self.data / "postgresql.auto.conf", settings)

    def command(self) -> Sequence[str | Path]:
        return [find_tool("postgres"), "-D", self.data]

    def ready(self) -> bool:
        # "ready" is the last word the postmaster writes; before, connections are refused with "starting up".
        try:
            state = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(state) > 7 and state[7].strip() == "ready" and answers(self.port)

    def url(self, database: str = "postgres") -> str:
        return f"postgres://{ADMINISTRATOR}@127.0.0.1:{self.port}/{database}"

    async def execute(self, statement: str, database: str = "postgres") -> None:
        """Run SQL as the administrator."""
        connection = await asyncpg.connect(self.url(database))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def create_database(self, template: str | None = None) -> str:
        """A fresh database, and its URL: empty, or a copy of the database that the URL `template` names."""
        source = _database_of(template) if template else "template0"
        name = f"test_{secrets.token_hex(6)}"
        await self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
        return self.url(name)

    async def wash(self, url: str) -> str | None:
        """Empty a database for the next test, as fast as rows allow, and tell what its tables look like now.

        None when it held so much that a fresh copy is cheaper. Connections to it are ended first.
        """
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            # Neither foreign keys nor triggers are asked: everything goes.
            await connection.execute("SET session_replication_role = replica")
            rows = 0
            for (table,) in await connection.fetch(_TABLES):
                rows += int((await connection.execute(f'DELETE FROM "{table}"')).split()[-1])  # names of our own
            await connection.execute(_RESTART)
            return await connection.fetchval(_SHAPE) if rows < MANY_ROWS else None
        finally:
            await connection.close()

    async def shape(self, url: str) -> str:
        """What the tables of a database look like, and which migrations made them."""
        connection = await asyncpg.connect(url)
        try:
            return str(await connection.fetchval(_SHAPE))
        finally:
            await connection.close()

    async def drop_database(self, url: str) -> None:
        """Remove a database; connections to it are ended."""
        await self.execute(f'DROP DATABASE IF EXISTS "{_database_of(url)}" WITH (FORCE)')


def _database_of(url: str) -> str:
    name = urlsplit(url).path.lstrip("/")
    if not name:
        raise ServerError("the PostgreSQL URL names no database")
    return name
