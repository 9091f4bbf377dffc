"""The database goes away under the running desk and comes back: the process outlives it, and nothing is lost."""

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.flows.rig import Nursery, letter, rig
from tests.servers.base import Workspace
from tests.servers.postgres import Postgres

pytestmark = pytest.mark.slow


# Longer than a lease, by which the rows of a process that died are freed.
PATIENCE = 240


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """A server that this test may kill."""
    workspace = Workspace()
    server = Postgres(workspace)
    server.start()
    yield server
    workspace.close()


async def test_the_desk_outlives_its_database(nursery: Nursery, own_postgres: Postgres, tmp_path: Path) -> None:
    async with rig(tmp_path, nursery, await own_postgres.create_database()) as desk:
        await desk.start()
        assert desk.mail is not None
        await desk.receive(letter("anna@people.test", "Withdrawal Statement", "Отзываю согласие. Анна"))
        await desk.until(lambda: desk.letters("anna@people.test"), "an acknowledgement")
        for kill in (True, False):
            written = desk.log.stat().st_size
            await asyncio.to_thread(own_postgres.kill if kill else own_postgres.stop)
            await desk.receive(letter(f"boris{kill}@people.test", "Withdrawal Statement", "Отзываю согласие. Борис"))
            desk.telegram.people.say(desk.people["anna"], f"Отзываю согласие {kill}")
            for loop in ("outbox mail", "outbox staff", "outbox telegram", "inbox"):
                await desk.until(partial(_noticed, desk.log, written, loop), f"“{loop}” notices")
            await asyncio.to_thread(own_postgres.start)
            await desk.until(
                partial(desk.letters, f"boris{kill}@people.test"), "the letter that came meanwhile is answered", PATIENCE
            )
        await desk.until(lambda: desk.from_bot(desk.people["anna"]), "the chat is answered", PATIENCE)
        assert len(await desk.tickets()) == 4
        assert [len(desk.letters(f"{who}@people.test")) for who in ("anna", "borisTrue", "borisFalse")] == [1, 1, 1]
        assert await desk.stop() == 0


def _noticed(log: Path, start: int, loop: str) -> bool:
    said = log.read_bytes()[start:].decode().splitlines()
    return any("the database is away" in line and f'"{loop}"' in line for line in said)
