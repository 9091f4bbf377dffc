"""Kinds that may be meant are named beside those that were read; they never take one away."""

import json
from importlib import resources

import pytest

from desk.law import load_regime
from desk.recognising import letter
from desk.recognising.letter import recognise
from desk.recognising.net import Window, features, likely
from desk.recognising.training.generate import examples

WORDS = "Мне неприятно, что посторонние листают мою карточку клиента со всеми телефонами и адресами"


def test_the_net_adds_candidates_and_takes_no_kind_away(monkeypatch):
    texts = ["Отзываю согласие на обработку данных", "Хватит слать смс", WORDS, "Спасибо, заказ получил"]
    with_net = [recognise("", text) for text in texts]
    monkeypatch.setattr(letter, "likely", lambda windows: {})
    without = [recognise("", text) for text in texts]
    assert [found.kinds for found in with_net] == [found.kinds for found in without]
    assert any(found.candidates for found in with_net)


def test_what_is_only_named_is_a_candidate_and_opens_no_clock():
    found = recognise(
        "", "Касательно удаления моих персональных данных из ваших систем и резервных копий говорили вчера по телефону с Ольгой"
    )
    assert set(found.kinds) <= {"question", "complaint"}
    assert "consent_withdrawal" in found.candidates


@pytest.mark.parametrize(
    "text",
    ["Спасибо, мои данные удалены", "Не удаляйте мой аккаунт", "Как отозвать согласие?", "Thanks, my account has been deleted"],
)
def test_what_is_told_denied_or_asked_about_is_no_candidate(text):
    assert recognise("", text).candidates == ()


def test_no_kind_is_both_sure_and_a_candidate_and_few_are_named():
    for text in (WORDS, "Отзываю согласие, удалите данные, верните деньги и не звоните больше, мошенники знают мой адрес"):
        found = recognise("", text)
        assert not set(found.kinds) & set(found.candidates)
        assert len(found.candidates) <= 4


def test_staff_read_which_sentence_says_so_and_what_speaks_against_it():
    why = recognise("", "Добрый день. Отзываю согласие. Данные не удаляйте.").why
    assert "text, sentence 2: takes a consent back" in why
    assert any(line.startswith("text, sentence 3") and line.endswith("the sentence denies it") for line in why)


def test_typing_errors_leave_most_pieces_of_a_word():
    right, wrong = (set(features(Window([word], (), ()))) for word in ("персональных", "персонльных"))
    assert len(right & wrong) >= 3


def test_training_letters_are_the_same_for_the_same_seed_and_hold_every_kind():
    first, again = examples(1), examples(1)
    assert first == again
    kinds = {kind for example in first for kind in example.kinds}
    assert kinds >= {
        "breach_report",
        "consumer_claim",
        "marketing_optout",
        "rectification",
        "access_request",
        "consent_withdrawal",
    }
    assert sum(not example.kinds for example in first) > 500


def test_every_sentence_that_the_net_learns_from_is_labelled_with_kinds_of_the_law():
    places = resources.files("desk.recognising.training") / "letters"
    letters = [json.loads(line) for file in places.iterdir() for line in file.read_text(encoding="utf-8").splitlines()]
    told = [frozenset(*kinds) for letter in letters for _, *kinds in letter["sentences"]]
    assert len(letters) > 1_500
    assert frozenset().union(*told) <= set(load_regime("ru-152fz").kinds)
    assert sum(not any(kinds for _, *kinds in letter["sentences"]) for letter in letters) > len(letters) / 4


@pytest.mark.parametrize(
    "words", ["Прошу посмотреть", "Прошу проверить", "Сообщите, пожалуйста", "Please advise", "Прошу разобраться"]
)
def test_a_word_or_two_that_may_be_said_of_anything_make_no_candidate(words):
    assert recognise("", words).candidates == ()


def test_nothing_at_all_is_likely_of_nothing():
    assert likely([]) == {}
    assert likely([Window([], (), ())]) == {}


def test_a_letter_of_two_megabytes_is_read_in_part(monkeypatch):
    read = []
    monkeypatch.setattr(letter, "gather", lambda text, place, signs, language: read.append(len(text)))
    recognise("", "слово " * 350_000)
    assert max(read) < 200_000
