"""The letter on what was done: what a requester and a mail program find in it."""

from functools import partial

import pytest

from desk import contents
from mail.letters import build, render
from tests.mail.test_letters import ENVELOPE, OPERATOR, html_of, letter_of, text_of

# The content of an outbox row, from the JSON that it is kept as.
content = partial(contents.reading, "mail")
STOPPED = "Мы прекратили обработку ваших данных, для которой нет других законных оснований."
DONE = ENVELOPE | {
    "steps": [
        {"demand": 1, "key": "stop", "at": "2026-12-10T08:00:00+00:00", "words": STOPPED},
        {"demand": 2, "key": "stop", "at": "2026-12-10T08:00:01+00:00", "words": STOPPED},
        {"demand": 2, "key": "suppress", "at": "2026-12-10T08:00:02+00:00", "words": "Мы исключили ваши контакты."},
    ],
    "coming": [{"key": "destroy", "name": "Уничтожить данные", "due": "2027-01-09", "article": "ч. 5 ст. 21 152-ФЗ"}],
    "may_go_on": True,
}


def test_the_letter_says_what_was_done_once_and_what_is_to_come_by_when():
    message = letter_of("progress", DONE)
    for said in (text_of(message), html_of(message).shown):
        assert "по вашему обращению № 17" in said
        assert said.count(STOPPED) == 1
        assert "Мы исключили ваши контакты." in said
        assert "Не позднее 9 января 2027 г., суббота" in said
        assert "уничтожить данные (ч. 5 ст. 21 152-ФЗ)" in said
        assert "назовём основание в ответе" in said
        assert "ответьте на это письмо" in said
        assert OPERATOR.name in said


def test_the_letter_in_english_says_the_same():
    said = text_of(letter_of("progress", DONE, language="en"))
    assert "about your request No. 17" in said
    assert "By Saturday, 9 January 2027" in said
    assert "our answer will name the ground" in said


def test_when_nothing_is_to_come_nothing_is_promised():
    said = text_of(letter_of("progress", DONE, coming=[], may_go_on=False))
    assert "предстоит" not in said
    assert "основание" not in said
    assert "\n\n\n" not in said


def test_no_robot_answers_it_and_it_is_no_automatic_answer():
    message = letter_of("progress", DONE)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["In-Reply-To"] == "<letter-1@people.test>"


@pytest.mark.parametrize(("regime", "said"), [("ru-152fz", True), ("gdpr", False)])
def test_roskomnadzor_is_named_under_its_law_only(regime: str, said: bool):
    assert ("Роскомнадзор" in render(OPERATOR, regime, content("progress", DONE)).text) is said


def test_the_same_row_gives_the_same_bytes():
    assert (
        build(OPERATOR, "ru-152fz", content("progress", DONE)).raw == build(OPERATOR, "ru-152fz", content("progress", DONE)).raw
    )
