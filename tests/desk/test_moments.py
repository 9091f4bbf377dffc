"""Moments as people say them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from desk.errors import Refused
from desk.moments import day, moment
from tests.desk.people import THURSDAY, make_desk

SAFE = datetime(2026, 12, 24, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("завтра 10:00", "2026-12-11T07:00"),
        ("Tomorrow at 10:00", "2026-12-11T07:00"),
        ("завтра", "2026-12-11T06:00"),
        ("сегодня в 18:30", "2026-12-10T15:30"),
        ("18:30", "2026-12-10T15:30"),
        ("послезавтра 9:15", "2026-12-12T06:15"),
        ("28.12", "2026-12-28T06:00"),
        ("28.12 15:00", "2026-12-28T12:00"),
        ("9.01", "2027-01-09T06:00"),
        ("28.12.2026 15:00", "2026-12-28T12:00"),
        ("2026-12-28 15:00", "2026-12-28T12:00"),
        ("в пятницу 12:00", "2026-12-11T09:00"),
        ("четверг", "2026-12-17T06:00"),
        ("monday 9:00", "2026-12-14T06:00"),
        ("через 2 часа", "2026-12-10T10:00"),
        ("in 30 minutes", "2026-12-10T08:30"),
        ("через 3 дня", "2026-12-13T08:00"),
        ("на безопасную дату", "2026-12-24T14:00"),
        ("on the safe date", "2026-12-24T14:00"),
        ("в надёжный срок", "2026-12-24T14:00"),
        ("надежный срок", "2026-12-24T14:00"),
    ],
)
def test_usual_words_are_understood(tmp_path: Path, words: str, expected: str) -> None:
    assert moment(make_desk(tmp_path), words, THURSDAY, SAFE) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "words", ["", "когда-нибудь", "вчера", "32.12", "завтра 25:00", "сегодня 09:00", "2020-01-01", "29.02.2027"]
)
def test_other_words_are_refused_with_a_sentence(tmp_path: Path, words: str) -> None:
    with pytest.raises(Refused):
        moment(make_desk(tmp_path), words, THURSDAY, SAFE)


def test_a_ticket_without_a_term_has_no_safe_date(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="has a safe date ahead"):
        moment(make_desk(tmp_path), "safe date", THURSDAY)
    assert moment(make_desk(tmp_path), "in 1 h", THURSDAY) == THURSDAY + timedelta(hours=1)


@pytest.mark.parametrize(
    ("words", "past", "expected"),
    [
        ("28.12", False, "2026-12-28"),
        ("9.12", False, "2027-12-09"),
        ("9.12", True, "2026-12-09"),
        ("28.12", True, "2025-12-28"),
        ("10.12", True, "2026-12-10"),
        ("2026-12-01", True, "2026-12-01"),
        ("01.12.2026", False, "2026-12-01"),
        ("вчера", True, "2026-12-09"),
        ("today", True, "2026-12-10"),
    ],
)
def test_a_day_of_a_document_is_to_come_and_that_of_a_letter_has_been(
    tmp_path: Path, words: str, past: bool, expected: str
) -> None:
    assert day(make_desk(tmp_path), words, THURSDAY, past=past).isoformat() == expected


def test_a_leap_day_never_breaks_the_desk(tmp_path: Path) -> None:
    desk, march = make_desk(tmp_path), datetime(2028, 3, 1, 8, 0, tzinfo=UTC)
    with pytest.raises(Refused):
        moment(desk, "29.02 10:00", march)
    assert day(desk, "29.02", datetime(2028, 2, 1, 8, 0, tzinfo=UTC), past=True).isoformat() == "2027-02-28"
