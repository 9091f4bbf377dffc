"""A bot, a desk and the sandbox's Telegram for every test, on both back ends."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from sandbox.telegram import TelegramServer
from tests.bot.bench import Bench
from tests.desk.people import Now, make_desk


@pytest.fixture(scope="session", autouse=True)
def plain_tracebacks() -> Iterator[None]:
    """Tracebacks with all values of a Telegram message in them take half a minute to draw."""
    before = structlog.get_config()["processors"]
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*before[:-1], plain])
    yield
    structlog.configure(processors=before)


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
async def server(now: Now) -> AsyncIterator[TelegramServer]:
    server = TelegramServer(timepiece=lambda: now().timestamp())
    await server.start()
    yield server
    await server.stop()
    assert server.violations == []


@pytest.fixture
async def bench(db: object, tmp_path: Path, now: Now, server: TelegramServer) -> AsyncIterator[Bench]:
    world = server.world
    people = {
        "anna": world.add_person("Анна", last_name="Петрова", username="anna"),
        "boris": world.add_person("Борис"),
        "clara": world.add_person("Клара"),
        "mallory": world.add_person("Мэллори"),
    }
    group = world.add_group("Заявки", forum=True, owner=people["clara"], members=[people["boris"]])
    desk = make_desk(tmp_path, staff_chat=group.id, managers=frozenset({people["clara"].id}))
    made = Bench(server, desk, now, group, people)
    yield made
    await made.close()
