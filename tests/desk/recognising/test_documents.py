"""The dates of an authority's letter: the term it sets, its own number and date, a day of detection - and what is none of these."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.recognising.documents import Named, Paper, read

GOT = date(2026, 11, 16)
TERM = date(2026, 11, 28)


@pytest.mark.parametrize(
    "words",
    [
        "Вам надлежит устранить нарушения в срок до 28.11.2026.",
        "Предписываем представить отчёт не позднее 28 ноября 2026 г.",
        "Срок исполнения предписания — 28.11.2026",
        "Срок: «28» ноября 2026 года.",
        "Просим сообщить о результатах к 28 ноября",
        "сведения направить до 18:00 28.11.2026 на адрес суда",
        "исполнить до конца рабочего дня 28.11.2026",
        "You shall comply by 28 November 2026.",
        "Report to the authority no later than November 28, 2026",
        "Deadline: 2026-11-28.",
        "Судебное заседание назначено на 28.11.2026 в 10:00",
        "Срок исполнения предписания установлен до 28.11.26 включительно",
    ],
)
def test_the_term_that_a_document_sets(words: str) -> None:
    assert read(words, GOT) == Named(terms=(TERM,))


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("Предписание от 12.11.2026 № 08-45123/77", "08-45123/77"),
        ("12.11.2026 № 08-45123/77\n\nО представлении информации", "08-45123/77"),
        ("Исх. № 5-12 от «12» ноября 2026 г.", "5-12"),
        ("Требование № 7/Т, 12 ноября 2026 года", "7/Т"),
        ("Определение суда от 12 ноября 2026 г. по делу", ""),
        ("Order No. 17-A dated 12 November 2026", "17-A"),
        ("ЗАПРОС\nот 12.11.2026 N 1234", "1234"),
    ],
)
def test_the_number_and_date_of_the_document_itself(words: str, number: str) -> None:
    assert read(words, GOT) == Named(papers=(Paper(number, date(2026, 11, 12)),))


@pytest.mark.parametrize(
    "words",
    [
        "12.11.2026 выявлено, что сайт публикует персональные данные.",
        "В ходе наблюдения 12 ноября 2026 года обнаружена недостоверность данных.",
        "Факт установлен 12.11.2026.",
        "On 12 November 2026 we detected that data are inaccurate.",
    ],
)
def test_the_day_of_detection(words: str) -> None:
    assert read(words, GOT) == Named(detected=(date(2026, 11, 12),))


@pytest.mark.parametrize(
    "words",
    [
        "В соответствии с Федеральным законом от 27.07.2026 № 265-ФЗ",
        "приказом Роскомнадзора от 28.10.2026 № 179",
        "На Ваше письмо от 01.11.2026 № 12",
        "На № 12 от 01.11.2026",
        "В ответ на обращение от 01.11.2026 № 12 сообщаем",
        "доверенность действительна до 31.12.2026",
        "за период с 01.12.2026 по 31.12.2026",
        "договор от 05.11.2026 № 3",
        "Федеральный закон от 27.07.2006 № 152-ФЗ «О персональных данных»",
        "тел. 8 (495) 12-11-20, дом 12/11",
        "ст. 21.1, п. 3.1, версия 12.11",
        "",
    ],
)
def test_other_dates_are_not_proposed(words: str) -> None:
    assert read(words, GOT) == Named()


def test_a_whole_order() -> None:
    words = (
        "РОСКОМНАДЗОР\n12.11.2026 № 08-45123\nна № 77 от 02.11.2026\n\nПредписание\n\nВ соответствии с Федеральным законом "
        "от 27.07.2006 № 152-ФЗ и приказом от 30.05.2026 № 94 10.11.2026 выявлено распространение данных. Предписываем устранить "
        "нарушение в срок до 28.11.2026, отчёт представить не позднее 1 декабря 2026 г."
    )
    assert read(words, GOT) == Named(
        terms=(TERM, date(2026, 12, 1)), papers=(Paper("08-45123", date(2026, 11, 12)),), detected=(date(2026, 11, 10),)
    )


def test_the_day_of_receipt_may_be_the_term() -> None:
    assert read("Исполнить до 16.11.2026", GOT) == Named(terms=(GOT,))


@given(st.text(max_size=400))
def test_any_words_are_read(words: str) -> None:
    found = read(words, GOT)
    assert all(len(one) <= 3 for one in (found.terms, found.papers, found.detected))
