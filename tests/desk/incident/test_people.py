"""Lists of people concerned, as they come out of anybody's program."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.errors import Refused
from desk.incident.people import BadLine, Person, decoded, read

ACCOUNTS = {"700000001": "700000001", "anna": "700000001"}
ANNA, PETR = Person("mail", "anna@example.ru", "Анна Петрова"), Person("mail", "petr@example.ru", "Пётр Иванов")
TABLE = "ФИО;Электронная почта\nАнна Петрова;anna@example.ru\nПётр Иванов;petr@example.ru\n"


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1251", "koi8-r", "cp866"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_charset_delimiter_and_end_of_line(charset: str, delimiter: str, end: str) -> None:
    data = TABLE.replace(";", delimiter).replace("\n", end).encode(charset)
    assert read(data, ACCOUNTS).people == [ANNA, PETR]


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("anna@example.ru\npetr@example.ru\n", ["anna@example.ru", "petr@example.ru"]),
        ("email\nanna@example.ru", ["anna@example.ru"]),
        ('"Петрова, Анна","anna@example.ru"\n"Иванов, Пётр","petr@example.ru"', ["anna@example.ru", "petr@example.ru"]),
        ("sep=,\nname,E-mail\nАнна,anna@example.ru", ["anna@example.ru"]),
        ("Имя;Почта;Телефон\nАнна;anna@example.ru;+7 921 123-45-67", ["anna@example.ru"]),
        ("Name;E-Mail\nAnna;Anna Petrova <anna@example.ru>", ["anna@example.ru"]),
        ("Name;E-Mail\nAnna;mailto:anna@example.ru", ["anna@example.ru"]),
        ("id;email;name\n1;анна@пример.рф;Анна", ["анна@пример.рф"]),
        ("telegram;name\n@anna;Анна", ["700000001"]),
        ("700000001;Анна", ["700000001"]),
        ("email;telegram\n;@Anna", ["700000001"]),
        ("email;telegram\nnot-an-address;@anna", ["700000001"]),
        ("\n\nemail\n\n  anna@example.ru  \n\n", ["anna@example.ru"]),
    ],
)
def test_columns_are_found_by_their_names_or_by_what_they_hold(text: str, people: list[str]) -> None:
    assert [one.address for one in read(text.encode(), ACCOUNTS).people] == people


def test_bad_lines_are_named_and_left_out() -> None:
    text = "email;name\nanna@example.ru;Анна\n;Без адреса\nanna@@example;Кривой\nanna@example;Без зоны\npetr@example.ru;Пётр\n"
    listed = read(text.encode(), ACCOUNTS)
    assert [one.address for one in listed.people] == ["anna@example.ru", "petr@example.ru"]
    assert [(one.number, one.found) for one in listed.bad] == [(3, ""), (4, "anna@@example"), (5, "anna@example")]


def test_an_account_that_never_wrote_cannot_be_told() -> None:
    listed = read(b"telegram\n@nobody\n", ACCOUNTS)
    assert listed.bad == [BadLine(2, "%(found)s has not written to the bot, and a bot cannot write first", "@nobody")]


def test_who_stands_there_twice_is_told_once() -> None:
    listed = read(b"email\nanna@example.ru\nANNA@example.RU\n anna@example.ru\npetr@example.ru", ACCOUNTS)
    assert ([one.address for one in listed.people], listed.twice) == (["anna@example.ru", "petr@example.ru"], 2)


def test_the_language_of_each_is_read() -> None:
    listed = read(b"email,language\nann@example.com,en\nanna@example.ru,RU\nx@example.ru,\n", ACCOUNTS)
    assert [one.language for one in listed.people] == ["en", "ru", "ru"]


@pytest.mark.parametrize(
    "data", [b"PK\x03\x04 an xlsx", b"%PDF-1.4", b"", b"\n\n", "просто слова\nи ещё".encode(), b"\x00\x01\x02\x03" * 9]
)
def test_what_is_no_list_is_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        read(data, ACCOUNTS)


@given(st.binary(max_size=300))
def test_nothing_breaks_the_reader(data: bytes) -> None:
    try:
        listed = read(data, ACCOUNTS)
    except Refused:
        return
    assert all(one.channel in {"mail", "telegram"} for one in listed.people)


@given(st.text(alphabet="абвгдежзиклмнопрстуфхцчшщыэюяАБВ ,.", min_size=12, max_size=80))
def test_russian_words_come_through(text: str) -> None:
    line = f"Уважаемые соискатели: {text}"
    assert decoded(line.encode("cp1251")) == line
