"""Endings: each says what a requester may be told; rows of older releases, which wrote them as texts, are understood."""

import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from desk.ticket import endings
from desk.ticket.endings import Told, meaning
from models import Clock, Demand, Ending
from models.store import migrating
from models.store.connect import _context, config_of, migrate, opened, read
from tests.desk.people import Bench, Now, letter, make_desk

ROOT = Path(__file__).parents[3]
OURS = "0013_how_things_end"
BEFORE = migrating.known()[migrating.known().index(OURS) - 1]
# What the column `stopped_how` held, the outcome of the demand, and the ending that it is.
OLD = [
    ("step", "done", Ending.DONE, "step"),
    ("card", "", Ending.DONE, "card"),
    ("", "done", Ending.DONE, ""),
    ("refused: 14-8-4", "refused", Ending.REFUSED, "14-8-4"),
    ("refused: 6-1-5", "continued", Ending.CONTINUED, "6-1-5"),
    ("closed: Тот же человек: № 2", "dropped", Ending.DROPPED, "Тот же человек: № 2"),
    ("kind corrected", "corrected", Ending.CORRECTED, ""),
    ("not_demanded", "not_demanded", Ending.NOT_DEMANDED, ""),
    ("merged", "merged", Ending.MERGED, ""),
    ("taken apart", "refused", Ending.APART, ""),
    ("destruction impossible: нет доступа к архиву", "", Ending.IMPOSSIBLE, "нет доступа к архиву"),
]


@pytest.mark.parametrize("ending", Ending)
def test_only_what_was_done_is_told_as_done(ending: Ending) -> None:
    assert (meaning(ending).told is Told.DONE) is (ending is Ending.DONE)
    assert endings.was_done(Clock(ending=ending)) is (ending is Ending.DONE)


def test_what_still_runs_was_not_done() -> None:
    assert not endings.was_done(Clock())


def test_an_ending_that_says_nothing_about_what_is_told_does_not_pass_the_check_of_types(tmp_path: Path) -> None:
    known = (ROOT / "models" / "ending.py").read_text(encoding="utf-8")
    wrong = tmp_path / "wrong.py"
    room = (ROOT / "desk" / "ticket" / "endings.py").read_text(encoding="utf-8")
    enum = known.partition("class Ending")[2]
    wrong.write_text(
        room.replace("from models import Clock, Ending\n", "from models import Clock\n").replace(
            "\n\nclass Told", f'\n\nclass Ending{enum}    FORGOTTEN = "forgotten"\n\n\nclass Told'
        )
    )
    said = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-error-summary", "--follow-imports=silent", str(wrong)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    assert 'Argument 1 to "assert_never" has incompatible type' in said
    assert "FORGOTTEN" in said


async def test_endings_that_older_releases_wrote_as_texts_are_understood_and_go_back_as_they_were(
    database_url: str, tmp_path: Path
) -> None:
    bench = Bench(make_desk(tmp_path), Now())
    async with opened(database_url):
        for number in range(len(OLD)):
            sender = letter(bench.now()).sender.__class__("email", f"anna{number}@example.org")
            await bench.arrives(letter(bench.now(), number=number, kinds=("question",), sender=sender))
        ids = await Clock.all().order_by("id").values_list("id", flat=True)
    await migrate(database_url, BEFORE)
    async with _tables(database_url) as run:
        for number, (how, outcome, *_) in zip(ids, OLD, strict=True):
            when = "2026-12-10 08:00:00+00:00"
            await run(f"UPDATE clock SET stopped_how = '{how}', stopped_at = '{when}', next_at = NULL WHERE id = {number}")
            await run(f"UPDATE demand SET outcome = '{outcome}' WHERE id = (SELECT demand_id FROM clock WHERE id = {number})")
    await migrate(database_url)
    async with opened(database_url, migrate=False):
        found = await Clock.all().order_by("id")
        assert [(one.ending, one.stopped_why, one.stopped_how) for one in found] == [
            (ending, why, how) for how, _, ending, why in OLD
        ]
        assert await Demand.all().count() == len(OLD)
    await migrate(database_url, BEFORE)
    async with _tables(database_url) as run:
        rows = await run("SELECT stopped_how FROM clock ORDER BY id")
        assert [row["stopped_how"] for row in rows] == [how for how, *_ in OLD]
    await migrate(database_url)


@asynccontextmanager
async def _tables(url: str) -> AsyncIterator[Callable[[str], Awaitable[list[dict[str, str]]]]]:
    """Tables as they are, whatever the program thinks of them."""
    place = read(url)
    async with _context(place, config_of(place), everywhere=False) as found:
        yield found.execute_query_dict
