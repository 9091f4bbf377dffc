"""The bench works: each part of it, run small, tells the figures that a long run is judged by, and a run is kept as one line."""

import json
from pathlib import Path

import pytest

from tests.bench.__main__ import PARTS, SMALL, run
from tests.bench.figures import Figure, keep, table


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("part", PARTS)
async def test_each_part_tells_what_it_measured_and_how_far_its_goals_are_reached(part: str, tmp_path: Path) -> None:
    figures = await run([part], SMALL)
    assert figures
    assert all(one.value >= 0 and one.name for one in figures)
    assert any(one.goal is not None for one in figures)
    keep(figures, tmp_path / "kept.md")
    [line] = (tmp_path / "kept.md").read_text().splitlines()
    kept = json.loads(line)
    assert set(kept["figures"]) == {one.name for one in figures}
    assert set(kept["reached"]) == {one.name for one in figures if one.goal is not None}
    assert {"at", "cores", "load", "python"} <= set(kept)


def test_a_goal_is_reached_from_one_on_whichever_way_it_goes() -> None:
    least, most = Figure("rate", 50, "/s", 200, "least"), Figure("wait", 100, "ms", 200)
    assert (least.ratio, most.ratio, Figure("plain", 3).ratio) == (0.25, 2.0, None)
    assert [line.split()[-1] for line in table([least, most]).splitlines()[1:]] == ["0.25", "2.00"]
