"""A whole sentence tells whose deeds it speaks of: an offer, thanks and what others did demand nothing."""

import pytest

from desk.recognising.letter import reading, recognise
from desk.recognising.normal import sentences
from desk.recognising.reading import frames
from desk.recognising.reading.speakers import overruling


def mood(text, language, around=frozenset()):
    return overruling(frames.cut(next(sentences(text)), language), around)


@pytest.mark.parametrize(
    ("text", "language", "wanted"),
    [
        ("Поможем удалить персональные данные, отозвать согласие и вернуть деньги", "ru", "offered"),
        ("Уничтожим бумаги с персональными данными, выдадим акт", "ru", "offered"),
        ("We help you answer erasure requests", "en", "offered"),
        ("В прошлом магазине у меня данные утекли", "ru", "elsewhere"),
        ("My previous phone company leaked my details", "en", "elsewhere"),
        ("Спасибо, что удалили мои данные", "ru", "thanked"),
        ("Прошу удалить мои данные", "ru", ""),
        ("Please delete my data", "en", ""),
    ],
)
def test_a_whole_sentence_is_an_offer_thanks_or_about_others(text, language, wanted):
    assert mood(text, language) == wanted


def test_what_the_neighbour_sentence_says_is_not_ours_is_of_others():
    assert mood("Мошенники знали мой паспорт", "ru", frozenset({"not_yours"})) == "elsewhere"


@pytest.mark.parametrize(
    "text",
    [
        "Спасибо за чайник, но прошу удалить мои данные из вашей базы",
        "В прошлом магазине данные утекли, поэтому прошу удалить мои данные у вас",
        "В соседнем магазине данные утекли, поэтому прошу вас удалить мои данные",
        "Из другой клиники уплыли карты пациентов, так что прошу удалить мои данные",
        "My data leaked from another shop last month, so please delete my account with you",
        "Вы предлагаете скидки, а я прошу удалить мои данные",
    ],
)
def test_what_is_asked_in_so_many_words_stays_asked(text):
    assert "consent_withdrawal" in recognise("", text).kinds


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("В прошлом магазине данные утекли, поэтому прошу удалить мои данные у вас", 2),
        ("The bank leaked my data, so please delete my account", 2),
        ("Данные утекли, в связи с этим прошу удалить мой аккаунт", 2),
        ("My data leaked from another shop, therefore, please delete my account", 2),
        ("Дані витекли, отже, прошу видалити мої дані", 2),
        ("Прошу удалить мои данные, потому что они утекли", 1),
        ("Please tell me what you hold, so that I can check it", 1),
        ("Поэтому прошу удалить мои данные", 1),
    ],
)
def test_the_net_looks_at_what_a_sentence_concludes_as_a_sentence_of_its_own(text, parts):
    windows = reading("", text)[0].signs.sentences
    assert len(windows) == parts
    assert [word for window in windows for word in window.words] == text.lower().replace(",", "").split()


def test_what_is_only_told_beside_a_demand_is_a_candidate_at_most():
    found = recognise("", "Удалите мою анкету, в ней даже фамилия с ошибкой написана, но это уже неважно.")
    assert "rectification" not in found.kinds
    assert "rectification" in found.candidates
