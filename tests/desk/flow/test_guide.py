"""How staff's answers are read when they open a ticket by hand: moments, their order, contacts, and what is demanded."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from desk import moments
from desk.errors import Refused
from desk.flow import guide
from models import Way
from tests.desk.people import THURSDAY, make_desk


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("08.12.2026 11:30", "2026-12-08 08:30"),
        ("8.12.26 9:05", "2026-12-08 06:05"),
        ("8.12 9:05", "2026-12-08 06:05"),
        ("08/12/2026 в 11:30", "2026-12-08 08:30"),
        ("2026-12-08 11:30", "2026-12-08 08:30"),
        ("2026-12-08T11:30", "2026-12-08 08:30"),
        ("8 декабря 2026 г. 11:30", "2026-12-08 08:30"),
        ("8 December 2026 at 11:30", "2026-12-08 08:30"),
        ("1 мая 10.15", "2026-05-01 07:15"),
        ("вчера 23:59", "2026-12-09 20:59"),
        ("Сегодня, 10:00 МСК", "2026-12-10 07:00"),
        ("10:00", "2026-12-10 07:00"),
        ("сейчас", "2026-12-10 08:00"),
        ("31.12 18:30", "2025-12-31 15:30"),
        ("29.02 12:00", "2024-02-29 09:00"),
        ("08.12.2026", "2026-12-08 06:00"),
        ("сегодня", "2026-12-10 06:00"),
    ],
)
def test_a_moment_that_has_been_is_read_as_people_write_it(said: str, moment: str, tmp_path: Path) -> None:
    found = moments.came(make_desk(tmp_path), said, THURSDAY)
    assert found == datetime.fromisoformat(moment).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("31.11.2026 10:00", "There is no such day"),
        ("29.02.2026", "There is no such day"),
        ("10.12.2026 11:01", "still ahead"),
        ("11.12.2026", "still ahead"),
        ("завтра 10:00", "is no date"),
        ("08.12.2026 24:30", "There is no such time of day"),
        ("08.12.1926 10:00", "more than five years ago"),
        ("на днях", "is no date"),
        ("", "is no moment"),
        ("12", "is no date"),
    ],
)
def test_a_moment_that_cannot_be_gets_a_sentence(said: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=why):
        moments.came(make_desk(tmp_path), said, THURSDAY)


@pytest.mark.parametrize("said", ["10.12.2026", "сегодня", "вчера"])
def test_an_incident_needs_the_minute(said: str, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="to the minute"):
        moments.came(make_desk(tmp_path), said, THURSDAY, exact=True)


def _draft(way: Way, step: str, **answers: object) -> guide.Draft:
    return guide.Draft(way, step, answers=dict(answers))


@pytest.mark.parametrize(
    ("draft", "said", "why"),
    [
        (_draft(Way.PAPER, "handed_over", attempted="2026-12-08T06:00:00+00:00"), "07.12.2026 10:00", "cannot have been handed over"),
        (_draft(Way.PAPER, "attempted", handed_over="2026-12-07T06:00:00+00:00"), "08.12.2026 10:00", "cannot come after the hand-over"),
        (_draft(Way.ORDER, "came", document_date="2026-12-09"), "08.12.2026 10:00", "before the date it bears"),
        (_draft(Way.ORDER, "document_date", came="2026-12-07T06:00:00+00:00"), "08.12.2026", "after it came"),
        (_draft(Way.ORDER, "document_due", document_date="2026-12-09"), "08.12.2026", "cannot end before the date"),
        (_draft(Way.ORDER, "document_due"), "08.12.2099", "five years ahead"),
        (_draft(Way.ORDER, "document_date"), "12.12.2026", "still ahead"),
    ],
)  # fmt: skip
def test_moments_in_the_wrong_order_are_refused_and_asked_again(draft: guide.Draft, said: str, why: str, tmp_path: Path) -> None:
    step = draft.step
    with pytest.raises(Refused, match=why):
        guide.answered(make_desk(tmp_path), draft, said, THURSDAY)
    assert (draft.step, step in draft.answers) == (step, False)


@pytest.mark.parametrize(
    ("said", "contacts"),
    [
        ("anna@example.ru", {"email": "anna@example.ru"}),
        ("+7 (921) 123-45-67, anna@example.ru", {"phone": "+7 (921) 123-45-67", "email": "anna@example.ru"}),
        ("@anna_p", {"telegram": "@anna_p"}),
        ("tg: 123456789; 8 921 123 45 67", {"telegram": "123456789", "phone": "8 921 123 45 67"}),
    ],
)
def test_contacts_are_told_apart(said: str, contacts: dict[str, str], tmp_path: Path) -> None:
    draft = _draft(Way.VISIT, "contacts")
    guide.answered(make_desk(tmp_path), draft, said, THURSDAY)
    assert draft.answers["contacts"] == contacts


@pytest.mark.parametrize("said", ["Анна", "anna@", "a@b.ru, c@d.ru", "support@desk.example", "12345", ","])
def test_what_is_no_contact_is_refused(said: str, tmp_path: Path) -> None:
    with pytest.raises(Refused):
        guide.answered(make_desk(tmp_path), _draft(Way.VISIT, "contacts"), said, THURSDAY)


def test_the_words_tick_what_they_demand(tmp_path: Path) -> None:
    draft = _draft(Way.PAPER, "words")
    guide.answered(make_desk(tmp_path), draft, "Отзываю согласие на обработку моих персональных данных", THURSDAY)
    assert draft.current is guide.KINDS
    assert "consent_withdrawal" in draft.answers["kinds"]


def test_every_way_can_be_walked_to_its_review_and_back(tmp_path: Path) -> None:
    for way in Way:
        draft = guide.Draft()
        draft.begin(way)
        steps = [draft.step]
        while draft.current is not None:
            draft.on()
            steps.append(draft.step)
        assert steps[-1] == guide.REVIEW
        back = []
        while draft.step:
            back.append(draft.step)
            draft.back()
        assert back == steps[::-1]


def test_an_order_that_sets_its_date_is_not_opened_without_it(tmp_path: Path) -> None:
    desk, said = make_desk(tmp_path), "2026-12-08T06:00:00+00:00"
    draft = _draft(
        Way.ORDER,
        guide.REVIEW,
        issuer="Суд",
        kinds=["authority_order"],
        document_number="1",
        document_date="2026-12-01",
        came=said,
    )
    with pytest.raises(Refused, match="enter its term"):
        guide.needed(desk, draft, THURSDAY)
    draft.answers["document_due"] = "2026-12-28"
    guide.needed(desk, draft, THURSDAY)
