"""The worked examples that ship with the law, and the check that refuses a law without them."""

import pytest

from desk.law import BadLawData, check_rules, load_calendar, load_regime, parse_regime
from desk.law.check import check_regime, load_cases, parse_cases, run_case
from desk.law.data import names, read_data

REGIMES = names("regimes")
CASES = [(name, case) for name in REGIMES for case in load_cases(name)]


@pytest.mark.parametrize(("name", "case"), CASES, ids=[f"{name}: {case.words}" for name, case in CASES])
def test_a_worked_example_comes_out_as_written(name, case):
    assert run_case(load_regime(name), case) == []


def test_the_packaged_law_passes_its_own_check():
    assert check_rules() == []


def test_every_kind_of_every_regime_has_a_case():
    for name in REGIMES:
        assert {case.kind for case in load_cases(name)} >= set(load_regime(name).kinds)


def test_a_case_that_expects_another_date_is_reported_with_both():
    text = read_data("cases", "ru-152fz").replace("due = 2027-01-13", "due = 2027-01-14", 1)
    (finding,) = check_regime(load_regime("ru-152fz"), parse_cases(text))
    assert "answer.due is 2027-01-13, expected 2027-01-14" in finding


def test_a_rule_whose_cases_are_taken_away_is_refused():
    cases = tuple(case for case in load_cases("ru-152fz") if case.kind != "question")
    (finding,) = check_regime(load_regime("ru-152fz"), cases)
    assert "ru-152fz.question version 1 has no case" in finding


def test_a_refused_case_does_not_count_as_the_case_of_a_rule():
    text = 'regime = "ru-152fz"\nzone = "Europe/Moscow"\n[[case]]\nwords = "w"\nkind = "question"\n'
    text += 'received_at = "2027-12-31"\nrefused = "2028"\n'
    findings = check_regime(load_regime("ru-152fz"), parse_cases(text))
    assert any("ru-152fz.question version 1 has no case" in finding for finding in findings)


def test_a_case_that_is_counted_though_a_refusal_is_expected_is_reported():
    text = 'regime = "ru-152fz"\nzone = "Europe/Moscow"\n[[case]]\nwords = "w"\nkind = "question"\n'
    text += 'received_at = "2026-03-02"\nrefused = "2028"\n'
    (case,) = parse_cases(text)
    assert run_case(load_regime("ru-152fz"), case) == ["it was counted, though a refusal with “2028” is expected"]


def test_a_case_with_a_missing_clock_is_reported():
    text = 'regime = "ru-152fz"\nzone = "Europe/Moscow"\n[[case]]\nwords = "w"\nkind = "consent_withdrawal"\n'
    text += 'received_at = "2026-03-02"\nexpect.destroy = { due = 2026-04-01 }\n'
    (case,) = parse_cases(text)
    assert run_case(load_regime("ru-152fz"), case) == ["its clocks are stop, destroy, expected are destroy"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "either expected dates or the words of a refusal"),
        ("expect.answer = { safe = 2026-04-01 }", "give due"),
        ("expect.answer = { due = 2026-04-01, often = 1 }", "give due, and of the rest only"),
        ("expect.answer = {", "not valid TOML"),
    ],
)
def test_a_case_that_says_too_little_is_refused(line, said):
    text = 'regime = "ru-152fz"\nzone = "Europe/Moscow"\n[[case]]\nwords = "w"\nkind = "question"\n'
    with pytest.raises(BadLawData, match=said):
        parse_cases(text + f'received_at = "2026-03-02"\n{line}\n')


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("case = 3", "wrong"),
        ('regime = "ru-152fz"', "has no case"),
        ('regime = "r"\nzone = "Mars/Base"\n[[case]]\nwords = "w"\nkind = "k"\nreceived_at = "2026"\nrefused = "x"', "Mars/Base"),
    ],
)
def test_a_case_file_of_another_shape_is_refused(text, said):
    with pytest.raises(BadLawData, match=said):
        parse_cases(text)


def without(line_start, table="ru-152fz.access_request"):
    """Return the Russian regime with the first line of the named rule that starts so taken out."""
    lines = read_data("regimes", "ru-152fz").splitlines()
    start = lines.index(f'id = "{table}"')
    place = next(i for i in range(start, len(lines)) if lines[i].startswith(line_start))
    return "\n".join(lines[:place] + lines[place + 1 :])


@pytest.mark.parametrize("key", ["article", "version", "valid_from", "name", "kinds", "source", "key", "amount", "unit"])
def test_a_rule_without_its_article_date_version_or_term_is_refused_by_name(key):
    with pytest.raises(BadLawData, match=rf"ru-152fz.access_request.*{key}"):
        parse_regime(without(f"{key} ="))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('unit = "wd"', 'unit = "weeks"', "'weeks' is not one of"),
        ("amount = 10", "amount = 0", "at least 1"),
        ("amount = 10", "amount = 2.5", "whole number"),
        ('clock = "answer"', 'clock = "reply"', "stops the clock reply"),
        ("version = 1", 'version = "one"', "whole number"),
        ("valid_from = 2022-09-01", 'valid_from = "2022-09-01"', "is not a date"),
        ('refusal = ["14-8-1"', 'refusal = ["14-8-9"', "'14-8-9' is missing or names nothing known"),
        ('en = "Answer the request"', 'en = " "', "empty in one of its languages"),
        ("company = [150_000, 300_000]", "company = [300_000, 150_000]", "span of roubles"),
        ('unit = "immediately"', 'unit = "immediately"\namount = 1', "has no amount"),
        ('key = "notify"\namount = 7', 'key = "correct"\namount = 7', "stands twice"),
        ("amount = 5, unit =", 'amount = 5, unit = "cd", was =', "counted in the unit of its clock"),
        ("title = { ru", "title = [ ru", "not valid TOML"),
    ],
)
def test_a_slip_in_the_rules_is_refused_with_what_is_wrong(old, new, said):
    text = read_data("regimes", "ru-152fz")
    assert old in text
    with pytest.raises(BadLawData, match=said):
        parse_regime(text.replace(old, new, 1))


def test_a_file_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(BadLawData, match="ru-152fz"):
        load_regime("fr")
    with pytest.raises(BadLawData, match="choose one of eu, ru, uk"):
        load_calendar("../ru")
