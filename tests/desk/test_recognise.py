"""What letters demand is recognised from their words; the letters are a table in tests/data/mail/demands.toml."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.recognising.letter import recognise
from desk.recognising.normal import plain, sentences, spelt
from desk.recognising.patterns import compiled
from desk.recognising.wording import wording

LETTERS = tomllib.loads((Path(__file__).parents[1] / "data" / "mail" / "demands.toml").read_text(encoding="utf-8"))["letter"]
KINDS = {
    "consent_withdrawal", "stop_processing", "access_request", "rectification", "blocking_request", "destruction_request", "unlawful_processing",
    "marketing_optout", "distribution_stop", "automated_decision_objection", "claim", "consumer_claim", "rkn_request", "rkn_block_request", "rkn_order",
    "authority_order", "breach_report", "question", "complaint", "destruction_impossible", "purpose_reached",
}  # fmt: skip


def seen(text, subject="", **more):
    return recognise(subject, text, **more)


@pytest.mark.parametrize("letter", LETTERS, ids=range(len(LETTERS)))
def test_letters_are_recognised_as_what_they_demand(letter):
    found = recognise(letter.get("subject", ""), letter["text"], file_names=letter.get("files", ()))
    assert found.spam == letter.get("spam", False)
    if "kinds" in letter:
        assert list(found.kinds) == letter["kinds"], found.why
    elif "first" in letter:
        assert found.kinds[0] == letter["first"], found.why


def test_the_table_knows_every_kind_in_both_languages():
    told = {}
    for letter in LETTERS:
        script = "ru" if any("а" <= c <= "я" for c in letter["text"].lower()) else "en"
        for kind in letter.get("kinds", [letter.get("first")]):
            told.setdefault(kind, set()).add(script)
    assert len(LETTERS) >= 150
    assert set(told) >= KINDS
    follow_ups = {"destruction_impossible", "purpose_reached", "rkn_request", "rkn_block_request", "rkn_order", "authority_order"}
    assert {kind for kind in KINDS - follow_ups if told[kind] < {"ru", "en"}} == set()


@pytest.mark.parametrize("subject", ["Withdrawal Statement", "WITHDRAWAL STATEMENT", "Re: Withdrawal  Statement", "Fwd: withdrawal statement", "Отзыв согласия", "Отзыв согласия на обработку персональных данных", "Заявление об отзыве согласия", "[SUP-17] отзыв согласия"])  # fmt: skip
def test_a_withdrawal_named_in_the_subject_needs_no_text(subject):
    assert seen("", subject).kinds == ("consent_withdrawal",)
    assert seen(" \n", subject, file_names=["scan.pdf"]).kinds == ("consent_withdrawal",)


@pytest.mark.parametrize(
    "name",
    [
        "Withdrawal Statement.pdf",
        "withdrawal_statement(1).PDF",
        "Отзыв согласия.docx",
        "Заявление_на_отзыв_ПДн.pdf",
        "WithdrawalStatement.pdf",
    ],
)
def test_a_withdrawal_named_by_its_file_needs_neither_text_nor_subject(name):
    assert seen("", file_names=["IMG_1.jpg", name]).kinds == ("consent_withdrawal",)


def test_a_demand_in_an_attached_letter_counts():
    found = seen(
        "Коллеги, просьба отработать.", "FW: обращение", file_texts=["Отзываю согласие на обработку персональных данных"]
    )
    assert found.kinds == ("consent_withdrawal",)


def test_the_subject_of_an_answer_is_no_demand_of_its_own():
    assert seen("Спасибо, получила ваш ответ.", "Re: Отзыв согласия").kinds == ("question",)
    assert seen("Заявление во вложении", "Re: Отзыв согласия").kinds == ("consent_withdrawal",)


def test_a_demand_at_the_end_of_a_long_letter_is_found():
    text = (
        "Договор об оказании услуг действует до конца года. " * 400
        + "\n\nС учётом изложенного согласие, предоставленное ранее, отзываю."
    )
    kinds = seen(text).kinds
    assert kinds[0] == "consent_withdrawal"
    assert set(kinds) <= {"consent_withdrawal", "stop_processing"}


@pytest.mark.parametrize("sender", ["a@gmail.com", "info@rkn.evil.test", None])
def test_a_free_mailbox_makes_no_authority(sender):
    assert seen("Здравствуйте, у меня вопрос по оплате заказа", sender=sender).kinds == ("question",)


def test_mail_of_the_authority_is_its_request_whatever_it_says():
    assert seen("Добрый день, направляем повторно.", "О направлении", sender="office@77.rkn.gov.ru").kinds == ("rkn_request",)
    assert seen("Направляем повторно.", sender="a@regulator.test", authority_domains={"regulator.test": "rkn"}).kinds == (
        "rkn_request",
    )


def test_a_person_who_threatens_with_the_authority_is_a_person():
    found = seen(
        "Отзываю согласие на обработку моих данных. Иначе напишу жалобу в Роскомнадзор и прокуратуру, предоставьте ответ."
    )
    assert found.kinds[0] == "consent_withdrawal"
    assert not {"rkn_request", "authority_order"} & set(found.kinds)


def test_fraud_in_the_name_of_the_authority_is_flagged():
    found = seen(
        "Оплатите штраф 300 000 рублей за нарушение закона о персональных данных по ссылке.",
        "Роскомнадзор",
        sender="rkn@gmail.com",
    )
    assert found.spam
    assert found.kinds == ("question",)


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Судебный пристав", "Срочно оплатите задолженность 14 500 рублей по ссылке ниже, иначе счета будут арестованы."),
        ("Штраф", "Роскомнадзор выявил нарушение. Перейдите по ссылке и оплатите 50 000 рублей сегодня со скидкой 50 %."),
        ("Fine", "Roskomnadzor: pay the fine of 2,000 USD by the link within 24 hours or your site will be blocked."),
    ],
)
def test_who_wants_to_be_paid_in_an_office_s_name_opens_nothing(subject, text):
    found = seen(text, subject, sender="info@rkn-pay.example")
    assert (found.spam, found.kinds) == (True, ("question",))


@pytest.mark.parametrize(
    "text",
    [
        "Удалите, пожалуйста, все мои данные из вашей системы.",
        "Здравствуйте! Прошу удалить все сведения обо мне из ваших баз. Спасибо.",
        "Сотрите все мои данные, пожалуйста, полностью.",
        "Please delete all my personal data from your systems.",
        "Good morning, kindly erase everything you hold about me.",
    ],
)
def test_to_delete_ones_data_is_to_withdraw_and_to_have_the_processing_ended_and_no_third_demand(text):
    assert set(seen(text).kinds) == {"consent_withdrawal", "stop_processing"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Прошу удалить мои данные", "ru"),
        ("Please delete my data", "en"),
        ("Прошу видалити мої дані", "uk"),
        ("Прашу выдаліць мае дадзеныя, калі ласка", "be"),
        ("Менің жеке деректерімді өшіріңіз", "kk"),
        ("Bitte löschen Sie meine Daten", "de"),
        ("Veuillez supprimer mes données", "fr"),
        ("Por favor, borren mis datos personales", "es"),
        ("Vi chiedo di cancellare i miei dati", "it"),
        ("Proszę o usunięcie moich danych", "pl"),
        ("Por favor, apaguem os meus dados", "pt"),
        ("Lütfen kişisel verilerimi silin", "tr"),
        ("कृपया मेरा डेटा हटाएं", "hi"),
        ("请删除我的个人信息", "zh"),
        ("個人情報を削除してください", "ja"),
        ("Здравствуйте, я про out of office, ваш support не отвечает", "ru"),
        ("", "en"),
    ],
)
def test_the_language_of_a_letter_is_told(text, code):
    assert seen(text).language == code


def test_an_empty_letter_has_the_language_of_its_subject_or_file():
    assert seen("", "Отзыв согласия").language == "ru"
    assert seen("", file_names=["Заявление.pdf"]).language == "ru"
    assert seen("см.", "Withdrawal Statement").language in {"ru", "en"}


def test_reasons_hold_no_word_of_the_person():
    found = seen("Я, Анна Петрова, тел. +79160000000, отзываю согласие на обработку данных", "Отзыв", file_names=["Петрова.pdf"])
    assert found.why
    assert not any("петров" in reason.lower() or "7916" in reason for reason in found.why)


def test_certainty_grows_with_the_number_of_places_that_say_so():
    by_file = seen("", file_names=["Отзыв согласия.pdf"]).confidence
    by_text = seen("Отзываю согласие").confidence
    by_both = seen("Отзываю согласие на обработку данных", "Отзыв согласия").confidence
    assert 0 < by_file < by_text < by_both <= 1


@given(text=st.text(max_size=400), subject=st.text(max_size=60), name=st.text(max_size=30))
@settings(max_examples=200)
def test_no_text_whatever_raises(text, subject, name):
    found = recognise(subject, text, file_names=[name], file_texts=[text], sender=name)
    assert found.kinds
    assert set(found.kinds) <= KINDS
    assert 0 <= found.confidence <= 1


@pytest.mark.parametrize(
    "text",
    [
        "отзыв " * 60_000,
        "а" * 500_000,
        "о " * 250_000,
        "прошу предоставить " * 20_000,
        "." * 300_000,
        "a@b." * 100_000,
        "http://" * 60_000,
    ],
)
def test_texts_made_to_waste_time_are_read(text):
    assert recognise("", text).kinds


def test_words_are_brought_together():
    assert plain("персо-\nнальных") == "персональных"
    assert [s.words for s in sentences("О т з ы в а ю согласие")] == ["отзываю согласие"]
    assert [s.words for s in sentences("coглacие, всё!")] == ["согласие все"]
    assert [s.words for s in sentences("отзыаваю соглассие")] == ["отзываю согласие"]
    assert [s.words for s in sentences("ст. 9 закона. Прошу")] == ["ст 9 закона", "прошу"]


@pytest.mark.parametrize("bad", ["", "~ слово", "а|*", "||"])
def test_a_badly_written_pattern_is_refused(bad):
    with pytest.raises(ValueError, match="pattern"):
        compiled(bad)


def test_every_pattern_can_be_compiled():
    assert all(pattern.regex.pattern for rule in wording().rules for pattern in (*rule.patterns, *rule.unless))


def test_recognising_needs_nothing_but_the_standard_library():
    heavy = "import sys, desk.recognising.letter; print(sorted({'aiogram', 'tortoise', 'aioimaplib', 'inscriptis', 'lxml', 'pydantic'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_of_scripts_without_spaces_each_sign_is_a_word():
    assert spelt("请把我的 护照 abc") == ["请", "把", "我", "的", "护", "照", "abc"]
    assert spelt("прошу удалить") == ["прошу", "удалить"]
