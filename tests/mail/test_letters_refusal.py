"""The reasoned refusal as a letter, and the notice that processing goes on: what a requester, a lawyer and a mail program find."""

from functools import partial

import pytest

from desk import contents
from mail.letters import build, render
from tests.mail.test_letters import ENVELOPE, OPERATOR, REGIME, html_of, letter_of, text_of

# The content of an outbox row, from the JSON that it is kept as.
content = partial(contents.reading, "mail")
REFUSAL = ENVELOPE | {
    "demand": 5,
    "kind": "access_request",
    "name": "Запрос сведений об обработке персональных данных",
    "law": "ч. 1–3, 7 ст. 14, ч. 1 ст. 20 152-ФЗ",
    "received_at": "2026-12-10T08:00:00+00:00",
    "outcome": "refused",
    "ground": "14-8-4",
    "article": "п. 4 ч. 8 ст. 14 152-ФЗ",
    "provision": "доступ нарушает права и законные интересы третьих лиц",
    "reason": "В переписке названы адреса соседей; без их согласия её не выдать.",
    "met": [],
    "rest": ["Ответить на запрос"],
    "to_authority": False,
    "by": "staff:2",
}
# 21:30 in London is half past midnight of the next day in Moscow.
CONTINUED = REFUSAL | {
    "kind": "consent_withdrawal",
    "name": "Отзыв согласия на обработку персональных данных",
    "law": "ч. 2 ст. 9, ч. 5 ст. 21 152-ФЗ",
    "outcome": "continued",
    "ground": "6-1-5",
    "article": "п. 5 ч. 1 ст. 6 152-ФЗ",
    "provision": "обработка нужна для исполнения договора с субъектом персональных данных",
    "reason": "Заказ № 15 ещё не доставлен.",
    "met": [{"label": "Прекратить обработку", "at": "2026-12-10T21:30:00+00:00"}],
}
IN_ENGLISH = REFUSAL | {
    "language": "en",
    "name": "Request for information on the processing of personal data",
    "law": "152-FZ Art. 14(1)-(3), 14(7), 20(1)",
    "article": "152-FZ Art. 14(8)(4)",
    "provision": "access would violate the rights and legitimate interests of third parties",
    "reason": "The letters name neighbours.",
}


def test_the_refusal_names_what_was_asked_when_the_provision_the_reasons_and_where_to_complain():
    message = letter_of("refusal", REFUSAL)
    for said in (text_of(message), html_of(message).shown):
        assert "обращение № 17, полученное 10 декабря 2026 г. в 11:00" in said
        assert "Запрос сведений об обработке персональных данных (ч. 1–3, 7 ст. 14, ч. 1 ст. 20 152-ФЗ)." in said
        assert "В удовлетворении этого требования отказано." in said
        assert "п. 4 ч. 8 ст. 14 152-ФЗ: доступ нарушает права и законные интересы третьих лиц." in said
        assert REFUSAL["reason"] in said
        assert "обжаловать наши действия в Роскомнадзор или в суд (ст. 17 152-ФЗ)" in said
        assert "Что сделано" not in said
        assert OPERATOR.name in said


def test_processing_that_goes_on_is_told_with_what_was_done_and_when_by_the_operators_clock():
    said = text_of(letter_of("refusal", CONTINUED))
    assert "Требование исполнено в части, названной ниже." in said
    assert "В остальном обработка персональных данных продолжается" in said
    assert "Прекратить обработку: исполнено, 11 декабря 2026 г., пятница" in said
    assert "Когда это основание отпадёт, обработка будет прекращена." in said
    assert "отказано" not in said


def test_processing_that_goes_on_whole_claims_nothing_was_done():
    said = text_of(letter_of("refusal", CONTINUED, met=[]))
    assert "Обработка персональных данных продолжается" in said
    assert "исполнен" not in said.replace("для исполнения", "")


def test_a_refusal_of_what_remains_says_so():
    assert "в остальной части отказано" in text_of(letter_of("refusal", REFUSAL, met=CONTINUED["met"]))


def test_the_refusal_in_english_says_the_same():
    said = text_of(letter_of("refusal", IN_ENGLISH))
    assert "request No. 17, received on 10 December 2026" in said
    assert "This demand is refused." in said
    assert "152-FZ Art. 14(8)(4): access would violate the rights and legitimate interests of third parties." in said
    assert "Roskomnadzor or to a court (152-FZ Art. 17)" in said
    went_on = text_of(
        letter_of("refusal", IN_ENGLISH, outcome="continued", met=[{"label": "Stop", "at": "2026-12-10T08:00+00:00"}])
    )
    assert "For the rest, the processing of personal data goes on" in went_on
    assert "Stop: done, Thursday, 10 December 2026" in went_on


def test_a_person_decided_it_so_it_is_no_automatic_letter():
    message = letter_of("refusal", REFUSAL)
    assert message["Auto-Submitted"] is message["X-Auto-Response-Suppress"] is None
    assert message["In-Reply-To"] == "<letter-1@people.test>"
    assert message["Message-ID"] == ENVELOPE["message_id"]


def test_the_reasons_stand_as_they_were_written_and_are_no_markup():
    reason = "# Срочно\n- пункт **раз**\n<b>не тег</b> & {{ number }}"
    message = letter_of("refusal", REFUSAL, reason=reason)
    assert reason in text_of(message)
    assert reason.replace("\n", "") in html_of(message).shown.replace("\n", "")


def test_an_authority_is_told_the_decision_and_not_where_to_complain():
    said = text_of(letter_of("refusal", REFUSAL, to_authority=True))
    assert "Оснований для исполнения требования не установлено." in said
    assert "обжаловать" not in said
    assert "ваше обращение" not in said


@pytest.mark.parametrize(("regime", "whom"), [("gdpr", "supervisory authority"), ("uk-gdpr", "Information Commissioner")])
def test_under_another_law_its_own_authority_is_named(regime: str, whom: str):
    said = render(OPERATOR, regime, content("refusal", IN_ENGLISH)).text
    assert whom in said
    assert "Roskomnadzor" not in said


def test_the_name_of_the_requester_is_not_told():
    message = letter_of("refusal", REFUSAL)
    assert ENVELOPE["to_name"].split()[0] not in text_of(message)


def test_the_same_row_gives_the_same_bytes():
    assert build(OPERATOR, REGIME, content("refusal", REFUSAL)).raw == build(OPERATOR, REGIME, content("refusal", REFUSAL)).raw
