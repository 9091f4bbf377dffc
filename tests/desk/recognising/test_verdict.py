"""What opens a clock and what is asked about, decided from what the rules read and how likely each kind is."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.recognising.balance import Reading, likelihoods
from desk.recognising.letter import reading, recognise
from desk.recognising.net import found, net
from desk.recognising.signs import Signs
from desk.recognising.verdict import candidates, opened

KINDS = sorted(net().kinds)
LIKELY = st.dictionaries(st.sampled_from(KINDS), st.floats(0, 1))
TEXTS = [
    "Отзываю согласие.",
    "Удалите мои данные",
    "Please delete my data and refund me",
    "Верните деньги, претензия",
    "Здравствуйте",
]


def read(text: str) -> Reading:
    return reading("", text)[0]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_likely_opens_though_no_rule_read_it_and_what_is_less_likely_is_asked_about(kind: str) -> None:
    nothing = Reading(Signs(), "ru", (), (), advert=False)
    assert opened(nothing, {kind: 0.9}) == (kind,)
    assert opened(nothing, {kind: 0.4}) == ()
    assert candidates(nothing, (), {kind: 0.4}) == (kind,)
    assert candidates(nothing, (), {kind: 0.03}) == ()


def test_what_a_frame_read_opens_unless_everything_else_speaks_against_it() -> None:
    told = read("Отзываю согласие.")
    assert opened(told, {"consent_withdrawal": 0.4}) == ("consent_withdrawal",)
    assert opened(told, {"consent_withdrawal": 0.1}) == ()
    assert candidates(told, (), {"consent_withdrawal": 0.1}) == ("consent_withdrawal",)


def test_in_one_word_that_a_rule_read_nothing_else_can_speak_against_it() -> None:
    assert opened(read("STOP"), {"marketing_optout": 0.1}) == ("marketing_optout",)
    assert opened(read("Stop this advertising at last"), {"marketing_optout": 0.1}) == ()


@pytest.mark.parametrize(
    ("subject", "word"),
    [("Invoice: refund policy", "Attached"), ("Удаление данных выполнено", "Готово"), ("Отзыв согласия", "Спасибо")],
)
def test_what_a_subject_says_above_one_word_can_be_spoken_against(subject: str, word: str) -> None:
    told = reading(subject, word)[0]
    assert opened(told, dict.fromkeys(KINDS, 0.01)) == ()
    assert set(told.kinds) <= set(candidates(told, (), dict.fromkeys(KINDS, 0.01)))


def test_what_is_only_named_has_to_be_likelier() -> None:
    told = read("Насчёт отзыва согласия на обработку данных говорил с Петром в понедельник")
    assert (told.kinds, told.named) == ((), ("consent_withdrawal",))
    assert opened(told, {"consent_withdrawal": 0.7}) == ()
    assert candidates(told, (), {"consent_withdrawal": 0.7}) == ("consent_withdrawal",)
    assert opened(told, {"consent_withdrawal": 0.8}) == ("consent_withdrawal",)
    erasure = Reading(Signs(), "ru", (), ("destruction_request",), advert=False)
    assert opened(erasure, {"destruction_request": 0.7}) == ()
    assert opened(erasure, {"destruction_request": 0.8}) == ("destruction_request",)


def test_what_sounds_like_an_erasure_in_a_frauds_letter_opens_nothing() -> None:
    fraud = read("Роскомнадзор выписал вам штраф, оплатите сегодня по ссылке http://pay.evil.test")
    assert fraud.defrauds
    assert opened(fraud, {"destruction_request": 0.9, "consent_withdrawal": 0.9, "stop_processing": 0.9, "claim": 0.9}) == ()


def test_what_calls_itself_a_claim_and_was_not_read_as_one_opens_none() -> None:
    told = reading("Досудебная претензия", "Претензия. Просим погасить задолженность 312 400 руб. и уплатить неустойку.")[0]
    assert told.kinds == ("claim",)
    assert opened(told, {"claim": 0.01}) == ("claim",)
    assert opened(replace(told, kinds=()), {"claim": 0.01}) == ()


def test_what_was_read_is_not_left_out_for_what_is_likelier() -> None:
    told = Reading(Signs(), "ru", ("breach_report",), (), advert=False)
    likely = {"breach_report": 0.02} | dict.fromkeys(("claim", "access_request", "rectification", "marketing_optout"), 0.06)
    assert "breach_report" in candidates(told, (), likely)


def test_of_a_few_words_what_is_hardly_likely_is_not_asked_about() -> None:
    told = read("И ещё вот что, второе")
    assert candidates(told, (), {"access_request": 0.2}) == ()
    assert candidates(told, (), {"access_request": 0.4}) == ("access_request",)


def test_what_the_net_never_learnt_and_a_rule_only_named_is_a_candidate() -> None:
    told = Reading(Signs(), "ru", (), ("purpose_reached",), advert=False)
    assert candidates(told, (), {"claim": 0.01}) == ("purpose_reached",)


def test_a_demand_to_erase_is_as_likely_as_its_two_readings_together() -> None:
    nothing = Reading(Signs(), "ru", (), (), advert=False)
    halves = {"destruction_request": 0.4, "consent_withdrawal": 0.35, "stop_processing": 0.3}
    assert opened(nothing, halves) == ("destruction_request",)
    assert opened(nothing, halves | {"destruction_request": 0.2, "consent_withdrawal": 0.5, "stop_processing": 0.5}) == (
        "consent_withdrawal",
        "stop_processing",
    )


def test_the_kinds_that_one_word_of_erasure_stands_for_open_together() -> None:
    told = read("Удалите мои данные")
    assert set(told.kinds) == {"consent_withdrawal", "stop_processing"}
    assert set(opened(told, {"consent_withdrawal": 0.05, "stop_processing": 0.9})) == set(told.kinds)


def test_a_likely_destruction_brings_no_withdrawal_that_nothing_speaks_for() -> None:
    told = read("Требую уничтожить мои персональные данные")
    assert "consent_withdrawal" in told.kinds
    likely = {"destruction_request": 0.9, "consent_withdrawal": 0.05, "stop_processing": 0.4}
    assert set(opened(told, likely)) == {"destruction_request", "stop_processing"}
    assert "consent_withdrawal" in opened(told, likely | {"consent_withdrawal": 0.2})


def test_what_the_net_never_learnt_is_left_to_the_rules() -> None:
    told = read("Сообщаем, что цель обработки персональных данных достигнута.")
    likely = likelihoods(told, found(told.signs.sentences))
    assert "purpose_reached" not in net().kinds
    assert (told.kinds, likely["purpose_reached"]) == (("purpose_reached",), 1.0)


def test_a_claim_is_a_consumers_or_it_is_not() -> None:
    nothing = Reading(Signs(), "ru", (), (), advert=False)
    both = {"claim": 0.8, "consumer_claim": 0.95}
    assert opened(nothing, both) == ("consumer_claim",)
    assert "claim" in candidates(nothing, ("consumer_claim",), both)


def test_who_gives_a_consent_withdraws_none() -> None:
    giving = read("Даю согласие на обработку моих персональных данных")
    assert "consent_withdrawal" not in opened(giving, {"consent_withdrawal": 0.9})


@given(st.sampled_from(TEXTS), LIKELY)
def test_nothing_that_was_read_is_dropped_and_nothing_stands_twice(text: str, likely: dict[str, float]) -> None:
    told = read(text)
    kinds = opened(told, likely)
    others = candidates(told, kinds, likely)
    assert len(set(kinds)) == len(kinds)
    assert not set(kinds) & set(others)
    assert len(others) <= 4
    assert set(told.kinds) <= {*kinds, *others} or len(others) == 4


@pytest.mark.parametrize("text", TEXTS)
def test_likelihoods_are_between_nought_and_one_and_the_same_every_time(text: str) -> None:
    told = read(text)
    first = likelihoods(told, found(told.signs.sentences))
    assert first == likelihoods(told, found(told.signs.sentences))
    assert all(0 <= value <= 1 for value in first.values())


def test_of_a_tongue_the_nets_do_not_know_they_say_nothing() -> None:
    told = read("ขอให้ลบข้อมูลของฉัน")
    assert likelihoods(told, found(told.signs.sentences)) == {}


@pytest.mark.parametrize(
    "text",
    [
        "Прошу исправить адрес и заблокировать данные до проверки.",
        "Требую исправить отчество, заблокировать данные на время проверки.",
        "Требую уточнить мои персональные данные, заблокировать их на время проверки и дать письменный ответ.",
        "Прошу заблокировать данные на время проверки, телефон неверный.",
        "Please correct my surname and block the data while you check it.",
    ],
)
def test_where_no_office_is_read_of_a_demand_to_block_is_the_persons_own(text):
    heard = recognise("", text)
    assert "blocking_request" in heard.kinds
    assert "rkn_block_request" not in {*heard.kinds, *heard.candidates}


def test_where_an_office_is_read_of_the_demand_to_block_is_its_own():
    heard = recognise("", "Роскомнадзор требует заблокировать данные гражданина Петрова на время проверки.")
    assert heard.kinds[0] == "rkn_block_request"


def test_beside_a_demand_that_opens_another_may_be_less_likely() -> None:
    nothing = Reading(Signs(), "ru", (), (), advert=False)
    assert opened(nothing, {"access_request": 0.55}) == ()
    assert opened(nothing, {"access_request": 0.55, "rectification": 0.7}) == ("rectification", "access_request")
    assert candidates(nothing, ("rectification",), {"access_request": 0.03, "rectification": 0.7}) == ("access_request",)


def test_what_is_denied_does_not_open_beside_a_demand_nor_does_one_more_reading_of_an_erasure() -> None:
    denying = Reading(Signs(against={"access_request"}), "ru", (), (), advert=False)
    assert opened(denying, {"access_request": 0.6, "rectification": 0.7}) == ("rectification",)
    nothing = Reading(Signs(), "ru", (), (), advert=False)
    assert opened(nothing, {"destruction_request": 0.6, "consent_withdrawal": 0.7}) == ("consent_withdrawal",)
    assert opened(nothing, {"destruction_request": 0.7, "stop_processing": 0.6}) == ("destruction_request",)
    assert opened(nothing, {"consent_withdrawal": 0.7, "stop_processing": 0.6}) == ("consent_withdrawal", "stop_processing")


def test_what_a_sentence_denies_has_to_be_likelier() -> None:
    denying = Reading(Signs(against={"blocking_request"}), "ru", (), (), advert=False)
    assert opened(denying, {"blocking_request": 0.8}) == ()
    assert opened(denying, {"blocking_request": 0.9}) == ("blocking_request",)
