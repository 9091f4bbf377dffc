"""Clauses, lemmas and the way things are said, one stage at a time."""

import pytest

from desk.recognising.letter import recognise, warm_up
from desk.recognising.normal import sentences
from desk.recognising.reading.clauses import clauses
from desk.recognising.reading.frames import cut, frames, read
from desk.recognising.reading.frames import said as how
from desk.recognising.reading.lemmas import analysed, morphology
from desk.recognising.reading.senses import senses


def said(text, sense="erase", language="ru"):
    """How `sense` is said in the first sentence, and whether it is not to be done."""
    from desk.recognising.reading.grammar import acts

    (sentence,) = sentences(text)
    parts = clauses(sentence, language)
    return next((act.said, act.never) for number in range(len(parts)) for act in acts(number, parts, language, {sense}))


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("Удалите мои данные", ("asked", False)),
        ("Удаляй мои данные", ("asked", False)),
        ("Хочу, чтобы вы удалили мои данные", ("asked", False)),
        ("Мои данные должны быть удалены", ("asked", False)),
        ("Удалить мои данные", ("asked", False)),
        ("Прошу удаления моих данных", ("asked", False)),
        ("Не могли бы вы удалить мои данные?", ("asked", False)),
        ("Пусть мои данные удалят", ("asked", False)),
        ("Не удаляйте мои данные", ("asked", True)),
        ("Удалять мои данные не нужно", ("asked", True)),
        ("Прошу прекратить удалять мои данные", ("asked", True)),
        ("Прошу прекратить немедленно удалять мои данные", ("asked", True)),
        ("Прошу прекратить блокировать и удалять мои данные", ("asked", True)),
        ("Прошу прекратить обработку и удалить мои данные", ("asked", False)),
        ("Требуем отказаться от дальнейшей обработки анкеты и удалить её копии", ("asked", False)),
        ("Прошу остановить звонки и стереть мой номер из базы", ("asked", False)),
        ("Не хочу, чтобы вы удаляли мои данные", ("asked", True)),
        ("Я не прошу удалить мои данные", ("asked", True)),
        ("Вы удалили мои данные", ("told", False)),
        ("Спасибо, что удалили мои данные", ("told", False)),
        ("Мои данные удалены", ("short", False)),
        ("Как удалить мои данные?", ("questioned", False)),
        ("Если вы удалите мои данные", ("supposed", False)),
        ("Чтобы удалить профиль, нажмите кнопку", ("supposed", False)),
    ],
)
def test_one_frame_covers_all_forms_of_a_verb(text, how):
    assert said(text) == how


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("Please delete my data", ("asked", False)),
        ("I want you to delete my data", ("asked", False)),
        ("I'd like my data deleted", ("asked", False)),
        ("My data must be deleted", ("asked", False)),
        ("Do not delete my data", ("asked", True)),
        ("Stop deleting my data", ("asked", True)),
        ("Stop using my data and delete it", ("asked", False)),
        ("My data has been deleted", ("told", False)),
        ("Thank you for deleting my data", ("told", False)),
        ("How do I delete my data?", ("questioned", False)),
        ("If you delete my data", ("supposed", False)),
    ],
)
def test_english_verbs_are_told_apart_by_what_stands_before_them(text, how):
    assert said(text, language="en") == how


def test_a_stop_turns_what_it_governs_into_its_contrary():
    assert said("Прекратите присылать рекламу", "send") == ("asked", True)
    assert said("Не прекращайте присылать новости", "send") == ("asked", False)


def test_clauses_end_where_another_deed_begins():
    (sentence,) = sentences("Отзываю согласие и прошу удалить данные, телефон и почту, но рассылку не отключайте")
    assert [clause.text for clause in clauses(sentence, "ru")] == [
        "отзываю согласие",
        "и прошу удалить данные телефон и почту",
        "но рассылку не отключайте",
    ]


def test_an_exception_binds_to_its_clause():
    (sentence,) = sentences("Удалите мои данные, а товар из заказа не убирайте")
    parts = cut(sentence, "ru")
    assert {(reading.sign, reading.sure) for reading in read(parts, how(parts, "ru"))} >= {("erase", True)}


def test_words_are_known_by_their_lemma_whatever_their_form():
    assert ("удалить", "imp") in analysed("удалите", "ru")
    assert ("видалити", "short") in analysed("видалено", "uk")
    assert all(lemma == "данные" for lemma, _ in analysed("данных", "ru") if lemma in {"данные", "дать"})


def test_every_sense_a_frame_names_is_listed_in_some_language():
    listed = set()
    for language in ("ru", "en"):
        table = senses(language)
        for entries in (table.by_lemma, table.by_word, table.by_beginning):
            listed |= {entry.sense for rows in entries.values() for entry in rows}
    named = {sense for frame in frames() for sense in (*frame.do, *frame.to, *frame.without, *frame.not_to)}
    named |= {sense for frame in frames() for group in frame.together for sense in group}
    assert named <= listed, named - listed


def test_once_warm_no_russian_or_english_letter_waits_for_a_dictionary():
    warm_up()
    loaded = morphology.cache_info().misses
    for words in ("Отзываю согласие", "I withdraw my consent"):
        recognise("", words)
    assert morphology.cache_info().misses == loaded
