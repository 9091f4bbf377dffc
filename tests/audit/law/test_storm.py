"""Staff and requesters do everything they can, in any order: no term is lost, nothing untrue is sent, nothing fails."""

import random
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import structlog

from models.store.connect import opened
from tests.audit.law.rules import Watch
from tests.audit.law.walk import Storm
from tests.databases import Templates
from tests.desk.people import Bench, Now, make_desk

ACTS = 60


@pytest_asyncio.fixture
async def quick(tmp_path: Path, templates: Templates) -> AsyncIterator[None]:
    """An empty SQLite database: what is looked for here is no matter of the back end."""
    shutil.copy(await templates.sqlite(), tmp_path / "desk.sqlite3")
    async with opened(f"sqlite://{tmp_path / 'desk.sqlite3'}", migrate=False, tests=True):
        yield


@pytest.mark.parametrize("seed", range(6))
async def test_nothing_is_lost_untrue_or_said_twice_in_a_storm(quick: None, tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    bench = Bench(make_desk(tmp_path), Now())
    storm = Storm(bench, dice)
    watch = Watch(storm)
    with structlog.testing.capture_logs() as logs:
        for _ in range(ACTS):
            await storm.step()
            swept = dice.random() < 0.4
            if swept:
                await storm.sweep()
            broken = await watch.broken(swept=swept)
            faults = [one for one in logs if one.get("exc_info") or "could not" in one["event"] or "fault" in one["event"]]
            assert not broken, "\n".join([*storm.trail, "", *broken])
            assert not faults, "\n".join([*storm.trail, "", *map(str, faults)])
