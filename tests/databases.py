"""pytest fixtures for the store: the same test runs on SQLite and on PostgreSQL.

db            an opened, migrated, empty database; runs the test once on each back end
db_url        its URL while it is open (a second process may connect to it)
database_url  the URL of a migrated, empty database that nobody has opened, once on each back end
nowhere_url   the URL of a database without any tables, once on each back end

Tables are made once a run, by the migrations; each test gets a copy. `pytest -m "not postgres"` leaves PostgreSQL out.
"""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

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
        return self._urls["postgres"]


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
    made: list[str] = []

    async def make_on_server(migrated: bool) -> str:
        made.append(await server.create_database(await templates.postgres(server) if migrated else None))
        return made[-1]

    yield make_on_server
    _wake(server)
    for url in made:
        await server.drop_database(url)


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
