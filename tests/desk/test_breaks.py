"""What may not be torn apart at the end of a line: citations, numbers, dates, houses, initials."""

import pytest

from desk.breaks import WHOLE, together


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("по ч. 5 ст. 21 152-ФЗ", "по ч.~5~ст.~21~152-ФЗ"),
        ("(п. 6.2 политики; ст. 190 ГК РФ)", "(п.~6.2 политики; ст.~190~ГК РФ)"),
        ("152-FZ Art. 21(5)", "152-FZ~Art.~21(5)"),
        ("от 24 ноября 2026 г. № 17", "от 24~ноября 2026~г. №~17"),
        ("on 24 November 2026, No. 17", "on 24~November 2026, No.~17"),
        ("договор № Д-17/2024", "договор №~Д-17/2024"),
        ("101000, г. Москва, Придуманный проезд, д. 5, стр. 1", "101000, г.~Москва, Придуманный проезд, д.~5, стр.~1"),
        ("Ю. К. Долгопрудненская и Иванов И. И.", "Ю.~К.~Долгопрудненская и Иванов И.~И."),
        ("телефон +7 900 000-00-02 вместо 8 (900) 000-00-01", "телефон +7~900~000-00-02 вместо 8~(900)~000-00-01"),
        ("заказ 8 900 000 штук", "заказ 8 900 000 штук"),
        ("Данные уничтожены в 2026 году. В системе их нет.", "Данные уничтожены в 2026 году. В системе их нет."),
        ("The copy. A letter follows.", "The copy. A letter follows."),
    ],
)
def test_what_belongs_together_stays_in_a_line(said: str, kept: str) -> None:
    assert together(said).replace("\u00a0", "~") == kept
    assert together(together(said)) == together(said)
    assert together(said).replace("\u00a0", " ") == said


def test_the_number_of_a_law_is_whole_at_its_hyphen() -> None:
    assert [one.group() for one in WHOLE.finditer("152-ФЗ, 402-FZ, Д-17, 152-ФЗы, 10-12, 000-00-02")] == [
        "152-ФЗ",
        "402-FZ",
        "000-00-02",
    ]
