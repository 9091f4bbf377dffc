"""The worked examples that ship with the law, and the check that refuses a law without them."""

from pathlib import Path

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


def test_the_cases_that_a_lawyer_reads_are_those_that_ship():
    """tests/data/law is a link to the packaged files; see docs/adr/0005-one-place-of-cases.md."""
    read = Path(__file__).parents[1] / "data" / "law"
    assert sorted(file.stem for file in read.glob("*.toml")) == list(REGIMES)
    for name in REGIMES:
        assert parse_cases((read / f"{name}.toml").read_text(encoding="utf-8")) == load_cases(name)


QUESTION = 'regime = "ru-152fz"\nzone = "Europe/Moscow"\n[[case]]\nwords = "w"\nkind = "question"\n'


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            'received_at = "2026-03-02"\nexpect.answer = { due = "2026-03-17" }',
            "answer.due is '2026-03-17', expected a date without",
        ),
        (
            'received_at = "2026-03-02"\nexpect.answer = { due = 2026-03-17, safe_at = 2026-03-17 }',
            "safe_at is .* text in quotes",
        ),
        (
            'received_at = "2026-03-02"\nextendd = true\nexpect.answer = { due = 2026-03-17 }',
            "has extendd, which is not asked for",
        ),
        (
            'received_at = "2026-03-02"\nextended = "no"\nexpect.answer = { due = 2026-03-17 }',
            "extended is 'no', expected true or",
        ),
        ('received_at = "2026-03-02"\ndocument_due = "2026-03-05"\nexpect.answer = { due = 2026-03-17 }', "document_due"),
        ('received_at = "2026-03-02"\ntrigger_at = 2026-03-01\nexpect.answer = { due = 2026-03-17 }', "trigger_at"),
        ('received_at = "2026-03-02"\nclaim_days = 20.5\nexpect.answer = { due = 2026-03-17 }', "claim_days is 20.5"),
        ("received_at = 20260302\nexpect.answer = { due = 2026-03-17 }", "received_at is 20260302"),
        ('received_at = "2026-03-02"\nexpect = "soon"', "wrong|expected dates"),
    ],
)
def test_a_case_in_another_form_is_refused_with_what_was_found_and_expected(line, said):
    with pytest.raises(BadLawData, match=said):
        parse_cases(QUESTION + line)


def test_a_date_of_receipt_may_stand_without_quotes():
    (case,) = parse_cases(QUESTION + "received_at = 2026-03-02T10:00:00\nexpect.answer = { due = 2026-03-17 }")
    assert run_case(load_regime("ru-152fz"), case) == []


def changed(valid_to, valid_from):
    """The Russian law in which the question has a second version of twenty working days."""
    text = read_data("regimes", "ru-152fz")
    start = text.index('[[rule]]\nid = "ru-152fz.question"')
    end = text.find("\n[[rule]]\n", start + 1)
    table = text[start : end if end > 0 else None]
    old = table.replace("valid_from = 2022-09-01", f"valid_from = 2022-09-01\nvalid_to = {valid_to}", 1)
    new = table.replace("valid_from = 2022-09-01", f"valid_from = {valid_from}", 1)
    new = new.replace("version = 1", "version = 2", 1).replace("amount = 10", "amount = 20", 1)
    return text.replace(table, f"{old}\n{new}")


def test_a_new_version_without_a_case_is_reported():
    (finding,) = check_regime(parse_regime(changed("2026-12-31", "2027-01-01")), load_cases("ru-152fz"))
    assert "ru-152fz.question version 2 has no case" in finding


def test_days_without_any_version_are_reported():
    findings = check_regime(parse_regime(changed("2026-12-31", "2027-03-01")), load_cases("ru-152fz"))
    assert "ru-152fz: no rule for question is in force from 2027-01-01 to 2027-02-28, between two versions of it." in findings


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (changed("2026-12-31", "2026-12-31"), "two rules for question are in force on 2026-12-31"),
        (changed("2020-01-01", "2026-12-31"), "ends on 2020-01-01, before it begins on 2022-09-01"),
        (changed("2026-12-31", "2027-01-01").replace("version = 2", "version = 1"), "version"),
        (read_data("regimes", "ru-152fz").replace("extension = {", "extention = {", 1), "extention, which is not asked for"),
        (read_data("regimes", "ru-152fz").replace("valid_from = 2022-09-01", "valid_from = 2022-09-01\nvalid_until = 2026-01-01", 1),
         "valid_until, which is not asked for"),
    ],
)  # fmt: skip
def test_versions_that_contradict_each_other_and_misspelt_keys_are_refused(text, said):
    with pytest.raises(BadLawData, match=said):
        parse_regime(text)


def test_the_cases_of_another_law_are_reported():
    findings = check_regime(load_regime("uk-gdpr"), load_cases("gdpr"))
    assert any("its file says that it is about gdpr" in finding for finding in findings)


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
