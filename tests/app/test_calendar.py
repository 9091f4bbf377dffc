# ruff: noqa: F811 - the fixture is used by its name
"""`rightsdesk calendar`: which years are covered, one in full, and years that a lawyer adds."""

import json
from datetime import date, timedelta

import pytest

from tests.app.test_cli import run  # noqa: F401 - the fixture

YEAR = 2028
HOLIDAYS = {f"01-{day:02d}" for day in range(1, 9)} | {"02-23", "03-08", "05-01", "05-09", "06-12", "11-04"}


def a_year(**changes: object) -> dict[str, object]:
    """A year as it might be decreed: the holidays of the Labour Code that fall on working days."""
    days = [date(YEAR, 1, 1) + timedelta(days=number) for number in range(366)]
    off = sorted(f"{day:%m-%d}" for day in days if f"{day:%m-%d}" in HOLIDAYS and day.weekday() < 5)
    working = sum(day.weekday() < 5 and f"{day:%m-%d}" not in off for day in days)
    return {
        "year": YEAR, "decree": "Постановление № 1", "working_days": working, "days_off": off, "working_weekends": [], "short": [],
    } | changes  # fmt: skip


@pytest.fixture
def file(tmp_path):
    """Writes a calendar file; its name."""

    def write(*years: dict[str, object], name: str = "ru", form: str = "json") -> str:
        path = tmp_path / f"calendar.{form}"
        if form == "json":
            path.write_text(json.dumps({"name": name, "year": list(years)}), encoding="utf-8")
        else:
            rows = "\n".join("[[year]]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in y.items()) for y in years)
            path.write_text(f'name = "{name}"\n{rows}\n', encoding="utf-8")
        return str(path)

    return write


@pytest.mark.parametrize("form", ["json", "toml"])
def test_an_imported_year_is_counted_by(run, file, form):
    before = run("deadline", "access_request", "2027-12-24T10:00")
    assert before[0] != 0
    assert "2028" in before[1] + before[2]
    code, out, _ = run("calendar", "import", file(a_year(), form=form))
    assert code == 0
    assert "366 days" in out
    code, out, _ = run("deadline", "access_request", "2027-12-24T10:00", "--json")
    assert code == 0
    assert json.loads(out)["clocks"][0]["due"].startswith("2028-01")
    shown = json.loads(run("calendar", "show", "2028", "--json")[1])
    assert (shown["decree"], shown["working_days"]) == ("Постановление № 1", a_year()["working_days"])
    assert [one["year"] for one in json.loads(run("calendar", "--json")[1])["years"]][-1] == 2028


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"working_days": 200}, "working_days says 200"),
        ({"decree": " "}, "decree"),
        ({"working_weekends": ["02-22"]}, "not a weekend day"),
        ({"days_off": ["01-01"]}, "weekend day"),
        ({"days_off": ["02-30"]}, "wrong"),
        ({"short": ["01-04"]}, "short"),
        ({"days_off": ["2028-01-03"]}, "as month and day"),
        ({"days_off": "01-03"}, "expected a list of days"),
        ({"days_off": ["01-03", "01-03"]}, "01-03 twice"),
        ({"days_off": [], "working_days": 260}, "people work on public holidays (03.01.2028, 04.01.2028"),
        ({"working_days": 247.5}, "working_days is 247.5"),
        ({"decree": None}, "decree is None"),
        ({"days_of": []}, "days_of is not asked for"),
        ({"year": 99999}, "year is 99999, expected a whole number from 1990 to 2200"),
        ({"year": "2028 г."}, "year is '2028 г.'"),
        ({"year": 2030, "days_off": [], "working_days": 261}, "between"),
        ({"year": 2027, "days_off": [], "working_days": 261}, "known already"),
    ],
)
def test_a_year_that_contradicts_itself_is_refused_and_nothing_is_kept(run, file, tmp_path, changes, why):
    code, _, err = run("calendar", "import", file(a_year(**changes)))
    assert code == 1
    assert why in err
    assert not (tmp_path / "var" / "calendars").exists()


def test_a_known_year_is_replaced_only_on_purpose(run, file):
    assert run("calendar", "import", file(a_year()))[0] == 0
    other = file(a_year(decree="Постановление № 2"), form="toml")
    code, _, err = run("calendar", "import", other)
    assert (code, "--replace" in err) == (1, True)
    assert run("calendar", "import", other, "--replace")[0] == 0
    assert json.loads(run("calendar", "show", "2028", "--json")[1])["decree"] == "Постановление № 2"


def test_the_calendar_of_another_law_is_refused(run, file):
    code, _, err = run("calendar", "import", file(a_year(), name="eu"))
    assert (code, '"eu"' in err) == (1, True)


def test_a_spoiled_file_is_named_at_the_start(run, file, tmp_path):
    assert run("calendar", "import", file(a_year()))[0] == 0
    [kept] = (tmp_path / "var" / "calendars").iterdir()
    kept.write_text("{", encoding="utf-8")
    code, _, err = run("calendar")
    assert code == 2
    assert kept.name in err


def test_a_year_is_shown_month_by_month(run):
    code, out, _ = run("calendar", "show", "2026", LANG="ru_RU.UTF-8")
    assert code == 0
    assert "рабочие выходные" in out
    assert "247 / 365" in out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("show",), 2),
        (("show", "year"), 2),
        (("show", "1999"), 1),
        (("import",), 2),
        (("import", "nowhere.toml"), 1),
        (("list", "x"), 2),
    ],
)
def test_wrong_usage_is_told_in_a_sentence(run, words, code):
    found, _, err = run("calendar", *words)
    assert found == code
    assert err.strip()
    assert "Traceback" not in err
