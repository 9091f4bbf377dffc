"""One nursery a run; a world and a desk for each story."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.flows.rig import Nursery, Rig, rig


@pytest_asyncio.fixture(scope="session")
async def nursery() -> AsyncIterator[Nursery]:
    opened = await Nursery.opened()
    yield opened
    await opened.close()


@pytest.fixture
async def desk(nursery: Nursery, tmp_path: Path) -> AsyncIterator[Rig]:
    async with rig(tmp_path, nursery) as made:
        yield made
