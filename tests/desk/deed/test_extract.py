"""Which of the five points of Order 179 p. 5 a log extract shows."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.deed import extract
from desk.papers import typesetting
from desk.papers.paper import Paper, Text

EXPECTED = extract.Expected(
    subject="Петрова Анна Сергеевна\nanna@example.org\n+7 9123456789",
    categories=("имя", "адрес электронной почты"),
    system="Сервис рассылок",
    day=date(2026, 12, 14),
    zone=ZoneInfo("Europe/Moscow"),
)
ALL = list(extract.POINTS)
CSV = (
    "time;system;subject;fields;reason\n"
    "2026-12-14T10:05:00+03:00;Сервис рассылок;anna@example.org;name,email,address;отзыв согласия\n"
)


def seen(text: str) -> list[str]:
    return extract.seen(text, EXPECTED)


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        (CSV, []),
        # who
        (CSV.replace("anna@example.org", "Петровой Анны"), []),
        (CSV.replace("anna@example.org", "ПЕТРОВА А. С."), []),
        (CSV.replace("anna@example.org", "8 (912) 345-67-89"), []),
        (CSV.replace("anna@example.org", "boris@example.org"), ["subject"]),
        (CSV.replace("anna@example.org", "Анна"), ["subject"]),
        (CSV.replace("anna@example.org", "user 4711"), ["subject"]),
        # what
        (CSV.replace("name,email,address", "fio,e-mail"), []),
        (CSV.replace("name,email,address", "ИМЯ, адрес электронной почты"), []),
        (CSV.replace("name,email,address", "row"), ["categories"]),
        (CSV.replace("name,email,address", "phone"), ["categories"]),
        # where
        (CSV.replace("Сервис рассылок", "сервиса рассылок"), []),
        (CSV.replace("Сервис рассылок", "CRM"), ["system"]),
        # why
        (CSV.replace("отзыв согласия", "consent withdrawn"), []),
        (CSV.replace("отзыв согласия", "требование субъекта"), []),
        (CSV.replace("отзыв согласия", "DELETE"), ["reason"]),
        # when
        (CSV.replace("2026-12-14T10:05:00+03:00", "14.12.2026 10:05"), []),
        (CSV.replace("2026-12-14T10:05:00+03:00", "14 декабря 2026 г."), []),
        (CSV.replace("2026-12-14T10:05:00+03:00", "Dec 14, 2026"), []),
        (CSV.replace("2026-12-14T10:05:00+03:00", "2026-12-13T22:30:00Z"), []),  # the 14th in Moscow
        (CSV.replace("2026-12-14T10:05:00+03:00", "2026-12-14T22:30:00Z"), ["date"]),  # the 15th
        (CSV.replace("2026-12-14T10:05:00+03:00", "15.12.2026"), ["date"]),
        ("", ALL),
        ("ok", ALL),
    ],
)
def test_each_point_is_found_or_named_as_missing(text: str, missing: list[str]) -> None:
    assert extract.lacking(seen(text)) == missing


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
def test_an_extract_in_any_usual_encoding_is_read(encoding: str) -> None:
    assert seen(extract.text_of("log.csv", CSV.encode(encoding))) == ALL


def test_a_pdf_of_the_system_is_read() -> None:
    made = typesetting.pdf("paper", Paper(language="ru", title="Журнал", blocks=(Text(CSV),)).data())
    assert seen(extract.text_of("log.pdf", made)) == ALL


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("scan.pdf", b"%PDF-1.4 broken"),
        ("scan.png", b"\x89PNG\r\n\x1a\n\x00\x00"),
        ("book.xlsx", b"PK\x03\x04\x00\x00"),
        ("x.txt", b""),
    ],
)
def test_what_has_no_words_shows_nothing(name: str, data: bytes) -> None:
    assert seen(extract.text_of(name, data)) == []


@given(st.binary(max_size=300), st.text(max_size=200))
def test_no_file_breaks_the_look(data: bytes, text: str) -> None:
    extract.seen(extract.text_of("x.csv", data), EXPECTED)
    extract.seen(extract.text_of("x.pdf", b"%PDF" + data), EXPECTED)
    extract.seen(text, extract.Expected(text, (text,), text, date(2026, 1, 1), EXPECTED.zone))
