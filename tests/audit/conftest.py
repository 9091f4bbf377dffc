"""A desk on an empty database, both back ends."""

from pathlib import Path

import pytest

from tests.desk.people import Bench, Now, make_desk


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
async def bench(db: object, tmp_path: Path, now: Now) -> Bench:
    return Bench(make_desk(tmp_path), now)
