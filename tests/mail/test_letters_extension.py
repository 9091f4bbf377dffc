"""The reasoned notice of an extension as a letter: what a requester, a lawyer and a mail program find in it."""

from functools import partial

import pytest

from desk import contents
from desk.errors import Permanent
from mail.letters import build, render
from tests.mail.test_letters import ENVELOPE, OPERATOR, REGIME, html_of, letter_of, text_of

# The content of an outbox row, from the JSON that it is kept as.
content = partial(contents.reading, "mail")
NOTICE = ENVELOPE | {
    "kind": "access_request",
    "name": "Запрос сведений об обработке персональных данных",
    "label": "Ответить на запрос",
    "article": "ч. 1 ст. 20 152-ФЗ",
    "received_at": "2026-12-10T08:00:00+00:00",
    "reason": "Часть сведений хранит подрядчик: ждём выгрузку из его архива.",
    "old_due": "2026-12-24",
    "new_due": "2027-01-11",
    "clock": 5,
    "times": 0,
    "notice_to": "requester",
}
IN_ENGLISH = NOTICE | {
    "language": "en",
    "name": "Request for information on the processing of personal data",
    "label": "Answer the request",
    "article": "152-FZ Art. 20(1)",
    "reason": "Part of the data is kept by a contractor.",
}


def test_the_notice_tells_what_is_extended_by_which_article_why_and_until_when():
    message = letter_of("extension", NOTICE)
    for said in (text_of(message), html_of(message).shown):
        assert "№ 17" in said
        assert "запрос сведений об обработке персональных данных" in said
        assert "10 декабря 2026 г. в 11:00" in said
        assert "Прежний срок: 24 декабря 2026 г., четверг" in said
        assert "Новый срок: не позднее 11 января 2027 г., понедельник" in said
        assert "Основание: ч. 1 ст. 20 152-ФЗ" in said
        assert NOTICE["reason"] in said
        assert "обжаловать наши действия в Роскомнадзор или в суд (ст. 17 152-ФЗ)" in said
        assert OPERATOR.name in said


def test_the_notice_in_english_says_the_same():
    said = text_of(letter_of("extension", IN_ENGLISH))
    assert "Term so far: Thursday, 24 December 2026" in said
    assert "New term: Monday, 11 January 2027 at the latest" in said
    assert "Legal basis: 152-FZ Art. 20(1)" in said
    assert "Part of the data is kept by a contractor." in said
    assert "Roskomnadzor or to a court (152-FZ Art. 17)" in said


def test_a_person_decided_it_so_it_is_no_automatic_letter():
    message = letter_of("extension", NOTICE)
    assert message["Auto-Submitted"] is message["X-Auto-Response-Suppress"] is None
    assert message["In-Reply-To"] == "<letter-1@people.test>"
    assert message["Message-ID"] == ENVELOPE["message_id"]


def test_the_reasons_stand_as_they_were_written_and_are_no_markup():
    reason = "# Срочно\n- пункт **раз**\n<b>не тег</b> & {{ number }}"
    message = letter_of("extension", NOTICE, reason=reason)
    assert reason in text_of(message)
    assert reason.replace("\n", "") in html_of(message).shown.replace("\n", "")


def test_an_authority_is_not_told_where_to_complain():
    said = text_of(letter_of("extension", NOTICE, notice_to="authority"))
    assert "обжаловать" not in said
    assert "Новый срок" in said


def test_under_the_gdpr_the_supervisory_authority_is_named():
    said = render(OPERATOR, "gdpr", content("extension", IN_ENGLISH | {"article": "GDPR Art. 12(3)"})).text
    assert "supervisory authority" in said
    assert "Roskomnadzor" not in said


def test_the_same_row_gives_the_same_bytes():
    assert build(OPERATOR, REGIME, content("extension", NOTICE)).raw == build(OPERATOR, REGIME, content("extension", NOTICE)).raw


def test_a_letter_nobody_knows_is_refused():
    with pytest.raises(Permanent, match="knows no errand"):
        build(OPERATOR, REGIME, content("prolongation", NOTICE))
