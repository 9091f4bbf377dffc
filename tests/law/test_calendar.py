"""Working days against two independent sources: the `holidays` package and the decrees' own day counts."""

from datetime import date, timedelta

import holidays
import pytest

from desk.law import BadLawData, UnverifiedYear, load_calendar, parse_calendar
from desk.law.data import read_data
from tests.law.recount import SHORT_DAYS, YEARS

DAY = timedelta(days=1)
RU = load_calendar("ru")


def days():
    day = date(2024, 1, 1)
    while day.year in YEARS:
        yield day
        day += DAY


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("ru", holidays.country_holidays("RU", years=YEARS)),
        ("uk", holidays.country_holidays("GB", subdiv="ENG", years=YEARS)),
    ],
    ids=["ru", "uk"],
)
def test_every_day_of_the_verified_years_agrees_with_the_holidays_package(name, other):
    calendar = load_calendar(name)
    assert [d for d in days() if calendar.is_working(d) != other.is_working_day(d)] == []


def test_the_european_calendar_claims_only_what_all_member_states_share():
    calendar = load_calendar("eu")
    off = [d for d in days() if d.weekday() < 5 and not calendar.is_working(d)]
    assert {(d.month, d.day) for d in off} == {(1, 1), (12, 25)}


def test_short_days_are_the_eves_of_holidays():
    assert {d for d in days() if RU.is_short(d)} == SHORT_DAYS


def test_working_saturdays_are_working_days():
    saturdays = ["2024-04-27", "2024-11-02", "2024-12-28", "2025-11-01", "2027-02-20"]
    assert [d.isoformat() for d in days() if d.weekday() >= 5 and RU.is_working(d)] == saturdays


def test_the_verified_years_are_declared():
    assert RU.verified_years == (2024, 2025, 2026, 2027)


def test_the_new_year_gap_is_crossed_both_ways():
    assert RU.last_working_on_or_before(date(2027, 1, 9)) == date(2026, 12, 30)
    assert RU.next_working_on_or_after(date(2026, 12, 31)) == date(2027, 1, 11)
    assert RU.add_working_days(date(2026, 12, 30), 1) == date(2027, 1, 11)


def test_a_working_day_is_its_own_neighbour():
    assert RU.last_working_on_or_before(date(2026, 12, 30)) == date(2026, 12, 30)
    assert RU.next_working_on_or_after(date(2026, 12, 30)) == date(2026, 12, 30)


def test_working_days_between_counts_the_last_day_and_not_the_first():
    assert RU.working_days_between(date(2026, 12, 21), date(2027, 1, 13)) == 10
    assert RU.working_days_between(date(2026, 12, 31), date(2027, 1, 10)) == 0
    assert RU.working_days_between(date(2026, 12, 22), date(2026, 12, 21)) == 0


def test_working_days_between_undoes_add_working_days():
    for day in days():
        if day < date(2027, 11, 1):
            assert RU.working_days_between(day, RU.add_working_days(day, 17)) == 17


@pytest.mark.parametrize(
    ("ask", "year"),
    [
        (lambda: RU.is_working(date(2028, 1, 10)), 2028),
        (lambda: RU.is_short(date(2023, 12, 29)), 2023),
        (lambda: RU.add_working_days(date(2027, 12, 29), 2), 2028),
        (lambda: RU.add_working_days(date(2028, 3, 1), 1), 2028),
        (lambda: RU.add_working_days(date(2023, 12, 30), 1), 2023),
        (lambda: RU.last_working_on_or_before(date(2024, 1, 8)), 2023),
        (lambda: RU.next_working_on_or_after(date(2027, 12, 31)), 2028),
        (lambda: RU.working_days_between(date(2027, 12, 1), date(2028, 1, 1)), 2028),
    ],
)
def test_a_day_outside_the_verified_years_is_refused_with_the_year_and_the_cure(ask, year):
    with pytest.raises(UnverifiedYear) as refusal:
        ask()
    assert refusal.value.year == year
    assert str(year) in str(refusal.value)
    assert "calendar import" in str(refusal.value)
    assert str(year) in refusal.value.sentence("ru")


def test_the_eve_of_the_first_verified_year_may_be_day_zero():
    assert RU.add_working_days(date(2023, 12, 31), 1) == date(2024, 1, 9)


NEXT = """
name = "ru"
[[year]]
year = 2028
decree = "a decree of 2027"
days_off = ["01-03", "01-04", "01-05", "01-06", "01-07"]
working_days = 255
"""


def plain_year(year):
    """A year of 365 days that begins on a weekday, without a single holiday."""
    return f'name = "ru"\n[[year]]\nyear = {year}\ndecree = "a decree"\ndays_off = []\nworking_days = 261\n'


def test_an_imported_year_makes_the_refused_term_countable():
    longer = RU.with_years(parse_calendar(NEXT))
    assert longer.verified_years == (2024, 2025, 2026, 2027, 2028)
    assert longer.add_working_days(date(2027, 12, 30), 1) == date(2028, 1, 10)
    assert RU.verified_years == (2024, 2025, 2026, 2027)


def test_an_imported_year_replaces_the_one_that_was_there():
    assert RU.with_years(parse_calendar(plain_year(2027))).is_working(date(2027, 12, 31))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("working_days = 248", "working_days = 249", "248 working days are listed, working_days says 249"),
        ('"01-01", "01-02"', '"01-06", "01-02"', "is a weekend day"),
        ('working_weekends = ["04-27"', 'working_weekends = ["04-26"', "is not a weekend day"),
        ('short = ["02-22"', 'short = ["02-23"', "short but not a working day"),
        ('"02-23"', '"02-30"', "expected a day of 2024 as month and day"),
        ("working_days = 248\n", "", "has no working_days"),
        ('decree = "Постановление Правительства РФ от 10.08.2023 № 1314"', 'decree = " "', "decree is not named"),
        ("name =", "title_of =", "has no name"),
        ("\n[[year]]\n", "\n[[year]\n", "not valid TOML"),
    ],
)
def test_a_calendar_that_contradicts_itself_is_refused(old, new, said):
    text = read_data("calendars", "ru")
    assert old in text
    with pytest.raises(BadLawData, match=said):
        parse_calendar(text.replace(old, new, 1))


def test_a_gap_between_years_is_refused():
    with pytest.raises(BadLawData, match="2027 and 2029"):
        RU.with_years(parse_calendar(plain_year(2029)))


def test_a_calendar_without_years_is_refused():
    with pytest.raises(BadLawData, match="no year"):
        parse_calendar('name = "ru"\n')


@pytest.mark.parametrize("text", ['name = "ru"\nyear = 5\n', 'name = "ru"\nyear = [1, 2]\n'])
def test_a_calendar_of_another_shape_is_refused(text):
    with pytest.raises(BadLawData, match="tables"):
        parse_calendar(text)


def test_a_year_written_twice_is_refused():
    with pytest.raises(BadLawData, match="a year twice"):
        parse_calendar(plain_year(2027) + plain_year(2027).removeprefix('name = "ru"\n'))


@pytest.mark.parametrize(
    ("today", "year"),
    [
        (date(2026, 11, 21), None),
        (date(2027, 9, 30), None),
        (date(2027, 10, 1), 2028),
        (date(2027, 12, 31), 2028),
        (date(2028, 1, 1), 2028),
    ],
)
def test_the_next_year_is_wanted_from_october(today, year):
    assert RU.year_to_add(today) == year


def test_nobody_works_on_a_public_holiday_by_the_packaged_calendar():
    assert load_calendar("ru").working_holidays() == ()
