"""Kinds that may be meant are named beside those that were read; they never take one away."""

import json
from dataclasses import replace
from importlib import resources

import pytest

from desk.law import load_regime
from desk.recognising import balance, letter
from desk.recognising.balance import ERASED
from desk.recognising.letter import recognise
from desk.recognising.net import Window, found, pieces_of

WORDS = "Мне неприятно, что посторонние листают мою карточку клиента со всеми телефонами и адресами"


def test_without_the_net_the_rules_are_read_as_they_are(monkeypatch):
    texts = ["Отзываю согласие на обработку данных", "Хватит слать смс", "Спасибо, заказ получил"]
    with_net = [recognise("", text) for text in texts]
    monkeypatch.setattr(letter, "found", lambda windows: None)
    without = [recognise("", text) for text in texts]
    assert [one.kinds for one in with_net] == [one.kinds for one in without]


def test_what_was_read_and_not_opened_is_asked_about(monkeypatch):
    monkeypatch.setattr(
        letter, "likelihoods", lambda reading, found: dict.fromkeys(("consent_withdrawal", "rectification"), 0.01)
    )
    told = recognise("", "Отзываю согласие на обработку данных")
    assert told.kinds == ("question",)
    assert told.candidates == ("consent_withdrawal",)
    assert "may mean consent_withdrawal, though its words as a whole speak against it" in told.why


def test_a_tongue_that_the_net_never_met_is_left_to_the_rules():
    read, _ = letter.reading("", "我撤回我的同意。")
    told = found(read.signs.sentences)
    assert told is not None
    assert balance.likelihoods(read, told)
    assert not balance.likelihoods(read, replace(told, known=0.05))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("请把我的护照照片和手机号从你们的系统里删掉。", "destruction_request"),
        ("请停止给我发广告短信，我不想再收到。", "marketing_optout"),
        (
            "我是贵公司的老客户，去年在你们网站上注册了会员账号并且填写了我的姓名、手机号码、家庭住址以及银行卡信息，由于最近一直接到陌生人的骚扰电话，因此请你们停止给我发广告短信，我不想再收到。",
            "marketing_optout",
        ),
    ],
)
def test_what_is_written_without_spaces_is_read_sign_by_sign_however_long_it_is(text, kind):
    told = recognise("", text)
    assert kind in {*told.kinds, *told.candidates}


@pytest.mark.parametrize(
    "text", ["Относительно удаления аккаунта вопрос решили с менеджером вчера", "Re deletion of my data: spoke to Tom yesterday"]
)
def test_what_is_only_named_is_a_candidate_and_opens_no_clock(text):
    told = recognise("", text)
    assert set(told.kinds) <= {"question", "complaint"}
    assert ERASED.intersection(told.candidates)  # readers differ in which of them an erasure is


@pytest.mark.parametrize(
    "text",
    ["Спасибо, мои данные удалены", "Не удаляйте мой аккаунт", "Как отозвать согласие?", "Thanks, my account has been deleted"],
)
def test_what_is_told_denied_or_asked_about_is_no_candidate(text):
    assert recognise("", text).candidates == ()


def test_no_kind_is_both_sure_and_a_candidate_and_few_are_named():
    for text in (WORDS, "Отзываю согласие, удалите данные, верните деньги и не звоните больше, мошенники знают мой адрес"):
        told = recognise("", text)
        assert not set(told.kinds) & set(told.candidates)
        assert len(told.candidates) <= 4


def test_staff_read_which_sentence_says_so_and_what_speaks_against_it():
    why = recognise("", "Добрый день. Отзываю согласие. Данные не удаляйте.").why
    assert "text, sentence 2: takes a consent back" in why
    assert any(line.startswith("text, sentence 3") and line.endswith("the sentence denies it") for line in why)


def test_typing_errors_leave_most_pieces_of_a_word():
    right, wrong = (set(pieces_of(word)) for word in ("персональных", "персонльных"))
    assert len(right & wrong) >= 3


def test_every_sentence_that_the_net_learns_from_is_labelled_with_kinds_of_the_law():
    places = resources.files("desk.recognising.training") / "letters"
    letters = [json.loads(line) for file in places.iterdir() for line in file.read_text(encoding="utf-8").splitlines()]
    told = [frozenset(*kinds) for letter in letters for _, *kinds in letter["sentences"]]
    assert len(letters) > 4_000
    assert frozenset().union(*told) <= set(load_regime("ru-152fz").kinds)
    assert sum(not any(kinds for _, *kinds in letter["sentences"]) for letter in letters) > len(letters) / 4


@pytest.mark.parametrize(
    "words", ["Прошу посмотреть", "Прошу проверить", "Сообщите, пожалуйста", "Please advise", "Прошу разобраться"]
)
def test_a_word_or_two_that_may_be_said_of_anything_make_no_candidate(words):
    assert recognise("", words).candidates == ()


def test_nothing_at_all_is_likely_of_nothing():
    assert found([]) is None
    assert found([Window([], (), ())]) is None


def test_a_letter_of_two_megabytes_is_read_in_part(monkeypatch):
    read = []
    monkeypatch.setattr(letter, "gather", lambda text, place, signs, language: read.append(len(text)))
    recognise("", "слово " * 350_000)
    assert max(read) < 200_000


@pytest.mark.parametrize(
    "words",
    [
        "а какая цена",
        "test 123",
        "Some text here",
        "What's the price of this hat?",
        "hey, just testing",
        "тестовое сообщение",
        "почём рубашка?",
    ],
)
def test_a_few_words_about_other_things_open_nothing(words):
    assert set(recognise("", words).kinds) <= {"question", "complaint"}
