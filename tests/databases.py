"""pytest fixtures for the store: the same test runs on SQLite and on PostgreSQL.

db            an opened, migrated, empty database; runs the test once on each back end
db_url        its URL while it is open (a second process may connect to it)
database_url  the URL of a migrated, empty database that nobody has opened, once on each back end
nowhere_url   the URL of a database without any tables, once on each back end

Tables are made once a run, by the migrations; each test gets a copy, on PostgreSQL one that another test used and that was
emptied after it (a copy takes a third of a second there). `pytest -m "not postgres"` leaves PostgreSQL out.
"""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from models.store.connect import migrate, opened
from tests.servers.postgres import Postgres

BOTH = [pytest.param("sqlite", id="sqlite"), pytest.param("postgres", id="postgres", marks=pytest.mark.postgres)]

MakeDatabase = Callable[[bool], Awaitable[str]]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "postgres: needs a PostgreSQL server")


@pytest.fixture(params=BOTH)
def back_end(request: pytest.FixtureRequest) -> str:
    """Which one it is: "sqlite" or "postgres"."""
    return str(request.param)


class Templates:
    """The migrated database of each back end, made when first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._urls: dict[str, str] = {}
        self._shape = ""
        self._spare: list[str] = []

    async def sqlite(self) -> Path:
        """A file to copy; its write-ahead log went into it when it was closed."""
        file = self._folder / "desk.sqlite3"
        if "sqlite" not in self._urls:
            await migrate(f"sqlite://{file}")
            self._urls["sqlite"] = str(file)
        return file

    async def postgres(self, server: Postgres) -> str:
        """The URL of a database to copy."""
        if "postgres" not in self._urls:
            url = await server.create_database()
            await migrate(url)
            self._urls["postgres"] = url
            self._shape = await server.shape(url)
        return self._urls["postgres"]

    async def take(self, server: Postgres) -> str:
        """The URL of a migrated, empty database on a server, for one test."""
        template = await self.postgres(server)
        return self._spare.pop() if self._spare else await server.create_database(template)

    async def give_back(self, server: Postgres, url: str) -> None:
        """Keep a database for the next test when it is as it was made; else it is dropped."""
        with suppress(asyncpg.PostgresError):  # a test may have dropped it, or its tables
            if await server.wash(url) == self._shape:
                self._spare.append(url)
                return
        await server.drop_database(url)


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    return Templates(tmp_path_factory.mktemp("template"))


@pytest_asyncio.fixture
async def make_database(
    back_end: str, request: pytest.FixtureRequest, tmp_path: Path, templates: Templates
) -> AsyncIterator[MakeDatabase]:
    """Makes databases on the back end of the test: `await make_database(True)` a migrated one, `(False)` a bare one."""
    if back_end == "sqlite":

        async def make(migrated: bool) -> str:
            file = tmp_path / f"desk{len(list(tmp_path.glob('*.sqlite3')))}.sqlite3"
            if migrated:
                shutil.copy(await templates.sqlite(), file)
            return f"sqlite://{file}"

        yield make
        return
    server: Postgres = request.getfixturevalue("postgres")
    _wake(server)
    made: dict[str, bool] = {}

    async def make_on_server(migrated: bool) -> str:
        url = await templates.take(server) if migrated else await server.create_database()
        made[url] = migrated
        return url

    yield make_on_server
    _wake(server)
    for url, migrated in made.items():
        await (templates.give_back(server, url) if migrated else server.drop_database(url))


def _wake(server: Postgres) -> None:
    """A test may have stopped or frozen it."""
    server.resume()
    server.start()


@pytest_asyncio.fixture
async def database_url(make_database: MakeDatabase) -> str:
    """The URL of a migrated, empty database."""
    return await make_database(True)


@pytest_asyncio.fixture
async def nowhere_url(make_database: MakeDatabase) -> str:
    """The URL of a database without tables (SQLite: without a file)."""
    return await make_database(False)


@pytest.fixture
def db_url(database_url: str) -> str:
    """The URL of the database that `db` opens."""
    return database_url


@pytest_asyncio.fixture
async def db(db_url: str) -> AsyncIterator[None]:
    """An open, migrated, empty database."""
    async with opened(db_url, migrate=False, tests=True):
        yield
