"""The answer of `deadline --json`, and the words that explain it."""

import json
from datetime import UTC, date, datetime

import pytest

from desk.law import (
    Counting,
    ExtensionRefused,
    LawError,
    count,
    deadline_json,
    explain,
    load_calendar,
    load_regime,
)
from desk.law.counting import PROMISED
from tests.law.recount import MOSCOW

RU = load_regime("ru-152fz")
COUNTING = Counting(zone=MOSCOW)


def test_the_answer_has_the_shape_of_the_interface():
    answer = deadline_json("consent_withdrawal", "2026-12-10T08:00Z", False, RU, COUNTING)
    assert list(answer) == ["kind", "received_at", "extended", "clocks"]
    assert (answer["kind"], answer["received_at"], answer["extended"]) == (
        "consent_withdrawal",
        "2026-12-10T11:00:00+03:00",
        False,
    )
    stop, destroy = answer["clocks"]
    assert list(stop) == ["key", "due", "due_at", "roll193", "safe", "safe_at", "target", "article", "why"]
    why = destroy.pop("why")
    assert destroy == {
        "key": "destroy",
        "due": "2027-01-09",
        "due_at": "2027-01-10T00:00:00+03:00",
        "roll193": "2027-01-11",
        "safe": "2026-12-30",
        "safe_at": "2026-12-30T18:00:00+03:00",
        "target": "2026-12-29",
        "article": "152-FZ Art. 21(5)",
    }
    assert stop["due_at"] == stop["safe_at"] == "2026-12-10T11:00:00+03:00"
    assert all(isinstance(line, str) for line in why)
    assert json.loads(json.dumps(answer)) == answer


def test_a_text_and_an_instant_give_one_answer():
    as_text = deadline_json("access_request", "2026-12-21T10:00", False, RU, COUNTING)
    as_instant = deadline_json("access_request", datetime(2026, 12, 21, 7, tzinfo=UTC), False, RU, COUNTING)
    assert as_text == as_instant


def test_every_kind_answers():
    for kind in RU.kinds:
        answer = deadline_json(kind, "2026-03-02", False, RU, COUNTING, document_due=date(2026, 4, 1))
        counted = [c.key for c in RU.rule(kind, date(2026, 3, 2)).clocks if c.setting != PROMISED]
        assert [clock["key"] for clock in answer["clocks"]] == counted


@pytest.mark.parametrize(
    ("kind", "received", "extended", "said"),
    [
        ("withdrawal", "2026-12-21", False, "no kind of request 'withdrawal'"),
        ("claim", "soon", False, "'soon' is not an instant"),
        ("claim", "2027-12-10", False, "working days of 2028 are not known"),
        ("rkn_order", "2026-12-10", False, "give the date from the document"),
        ("consent_withdrawal", "2026-12-10", True, r"152-FZ Art. 9\(2\), 21\(5\) allows no extension"),
    ],
)
def test_what_cannot_be_answered_is_a_sentence(kind, received, extended, said):
    with pytest.raises(LawError, match=said) as refusal:
        deadline_json(kind, received, extended, RU, COUNTING)
    assert refusal.value.sentence("ru") != str(refusal.value)


def test_the_explanation_names_each_day_and_the_gap():
    (clock,) = deadline_json("access_request", "2026-12-21T10:00", False, RU, COUNTING)["clocks"]
    assert clock["why"] == [
        "Received Mon 21 Dec 2026 10:00 (Europe/Moscow); that is day 0, counting starts the next day (Civil Code 191).",
        "10 working days: 22, 23, 24, 25, 28, 29, 30 Dec 2026 (7); 11, 12, 13 Jan 2027 (10).",
        "Days off, not counted: Sat 26 Dec 2026 – Sun 27 Dec 2026, Thu 31 Dec 2026 – Sun 10 Jan 2027.",
        "Due: Wed 13 Jan 2027, until 24:00 (152-FZ Art. 20(1); Civil Code 194).",
        "Safe date: Wed 13 Jan 2027 18:00; target Tue 12 Jan 2027.",
    ]


def test_the_explanation_speaks_russian():
    (_, clock) = deadline_json("consent_withdrawal", "2026-12-10T11:00", False, RU, COUNTING, lang="ru")["clocks"]
    assert clock["why"] == [
        "Получено: чт 10 декабря 2026 11:00 (Europe/Moscow); это день 0, счёт со следующего дня (ст. 191 ГК РФ).",
        (
            "30 календарных дней: 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31 "
            "декабря 2026 (21); 1, 2, 3, 4, 5, 6, 7, 8, 9 января 2027 (30)."
        ),
        "Срок по закону: сб 9 января 2027, до 24:00 (ч. 5 ст. 21 152-ФЗ; ст. 194 ГК РФ).",
        (
            "Это нерабочий день; перенос на пн 11 января 2027 (ст. 193 ГК РФ) спорен для сроков публичного права, "
            "на него не рассчитываем."
        ),
        "Надёжный срок: ср 30 декабря 2026 18:00; цель — вт 29 декабря 2026.",
    ]


def lines(kind, received, lang="en", **options):
    answer = deadline_json(kind, received, options.pop("extended", False), RU, COUNTING, lang=lang, **options)
    return "\n".join(answer["clocks"][-1]["why"])


def test_a_working_saturday_is_explained_by_its_decree():
    assert "Sat 2 Nov 2024 is a working day (Government decree 1314 of 10.08.2023)." in lines("access_request", "2024-10-21")
    assert "сб 2 ноября 2024 — рабочий день" in lines("access_request", "2024-10-21", "ru")


def test_a_short_day_is_named():
    assert "Safe date: Thu 11 Jun 2026 17:00 (short day)" in lines("distribution_stop", "2026-06-08")


def test_an_extension_is_named_with_its_article():
    said = lines("stop_processing", "2026-12-10", extended=True)
    assert "With the extension: 10 working days and 5 working days more (152-FZ Art. 21(5.1))." in said
    assert "С продлением: 10 рабочих дней и ещё 5 рабочих дней" in lines("rkn_request", "2026-03-02", "ru", extended=True)


def test_the_civil_roll_is_told_from_the_disputed_one():
    assert "(Civil Code 193) applies, nothing is planned on it" in lines("claim", "2026-11-12")
    assert "is disputed for public-law terms" in lines("consent_withdrawal", "2026-12-10")


def test_a_month_without_that_day_is_explained():
    assert "that month has no day 31: its last day" in lines("destruction_impossible", "2026-08-31")
    assert "дня 31 в этом месяце нет" in lines("destruction_impossible", "2026-08-31", "ru")


def test_a_term_without_a_working_day_says_act_at_once():
    assert "No working day is left within the term: act at once." in lines("consumer_claim", "2026-12-31")
    assert "действовать сразу" in lines("consumer_claim", "2026-12-31", "ru")


def test_who_set_the_term_is_said():
    assert "Own target: " in lines("question", "2026-03-02")
    assert "Due by the operator's policy: " in lines("claim", "2026-03-02")


def test_hours_and_immediate_clocks_are_explained():
    assert "72 hours on end, nights and days off included: until Thu 5 Mar 2026 00:00" in lines("breach_report", "2026-03-02")
    assert "72 часа подряд" in lines("breach_report", "2026-03-02", "ru")
    assert "Immediately (152-FZ Art. 15(2))" in lines("marketing_optout", "2026-03-02")


def test_a_term_moved_by_its_own_law_says_from_where():
    gdpr = load_regime("gdpr")
    berlin = Counting(zone=MOSCOW, calendar=load_calendar("eu"))
    rule = gdpr.rule("any_request", date(2026, 1, 31))
    (d,) = count(rule, datetime(2026, 1, 31, 10, tzinfo=MOSCOW), berlin).all()
    assert "Sat 28 Feb 2026 is a day off, so the term ends on Mon 2 Mar 2026" in "\n".join(d.why)
    assert "срок переходит на пн 2 марта 2026" in "\n".join(explain(d, rule, berlin, "ru"))


def test_every_line_of_every_kind_is_said_in_both_languages():
    for kind in RU.kinds:
        rule = RU.rule(kind, date(2026, 12, 18))
        for d in count(rule, datetime(2026, 12, 18, 19, tzinfo=MOSCOW), COUNTING, document_due=date(2027, 1, 3)).all():
            english, russian = explain(d, rule, COUNTING, "en"), explain(d, rule, COUNTING, "ru")
            assert list(d.why) == english
            assert len(english) == len(russian)
            assert not any(set(line) & set("абвгдежз") for line in english)
            assert all(set(line) & set("абвгдеиост") for line in russian)


def test_an_extension_of_a_kind_without_one_names_the_law_that_refuses_it():
    with pytest.raises(ExtensionRefused) as refusal:
        deadline_json("rectification", "2026-03-02", True, RU, COUNTING)
    assert "ч. 1 ст. 14, ч. 3 ст. 20, ч. 1–2 ст. 21 152-ФЗ продления не допускает" in refusal.value.sentence("ru")


@pytest.mark.parametrize(
    ("kind", "received", "known", "untold"),
    [
        ("rectification", "2027-12-28T10:00", ["block"], ["correct", "notify"]),
        ("consent_withdrawal", "2027-12-10", ["stop"], ["destroy"]),
        ("unlawful_processing", "2027-12-24", ["block", "stop"], ["destroy", "notify"]),
        ("unlawful_processing", "2027-12-30T23:00", ["block"], ["stop", "destroy", "notify"]),
        ("blocking_request", "2027-12-30", ["block"], ["result"]),
        ("distribution_stop", "2027-12-31", ["take_down"], ["stop"]),
        ("rkn_block_request", "2027-12-20", ["block", "stop", "correct"], ["destroy", "notify"]),
        ("complaint", "2027-12-24", ["triage"], ["answer"]),
        ("breach_report", "2027-12-31", ["notify_authority", "report_authority"], []),
    ],
)
def test_a_date_that_cannot_be_told_yet_stops_no_other(kind, received, known, untold):
    for lang in ("en", "ru"):
        answer = deadline_json(kind, received, False, RU, COUNTING, lang=lang)
        assert [clock["key"] for clock in answer["clocks"]] == known
        assert [clock["key"] for clock in answer.get("untold", [])] == untold
        assert all("2028" in clock["why"] for clock in answer.get("untold", []))
