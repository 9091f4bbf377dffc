"""Names and addresses as people have them: commas in names, one domain in two spellings, words longer than any line."""

import base64

import pytest

from mail.parsing.headers import addresses, words
from mail.parsing.parse import parse
from tests.mail.parsing.letters import letter


@pytest.mark.parametrize(
    ("field", "name", "email"),
    [
        ("Петров, Иван <ivan@people.test>", "Петров, Иван", "ivan@people.test"),
        ("Petrov, Ivan <ivan@people.test>", "Petrov, Ivan", "ivan@people.test"),
        ("ООО Ромашка, отдел кадров, Петров И. <hr@romashka.test>", "ООО Ромашка, отдел кадров, Петров И.", "hr@romashka.test"),
        ('"Петров, Иван" <ivan@people.test>', "Петров, Иван", "ivan@people.test"),
        ("=?utf-8?Q?=D0=9F=D0=B5=D1=82=D1=80=D0=BE=D0=B2?=, Ivan <ivan@people.test>", "Петров, Ivan", "ivan@people.test"),
        ("Petrov, Ivan (office) <ivan@people.test>", "Petrov, Ivan", "ivan@people.test"),
        ("Smith; John <john@people.test>", "Smith; John", "john@people.test"),
    ],
)
def test_a_comma_in_a_name_belongs_to_the_name(field, name, email):
    (found,) = addresses(field)
    assert (found.name, found.email) == (name, email)


def test_a_comma_between_two_people_divides_them():
    found = addresses("Anna <anna@people.test>, Petrov, Ivan <ivan@people.test>, b@people.test")
    assert [(one.name, one.email) for one in found] == [
        ("Anna", "anna@people.test"), ("Petrov, Ivan", "ivan@people.test"), ("", "b@people.test"),
    ]  # fmt: skip
    assert [one.email for one in addresses("undisclosed-recipients:;, a@people.test")] == ["a@people.test"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("иван@почта.рф", "иван@xn--80a1acny.xn--p1ai"),
        ("Ivan@ПОЧТА.РФ", "ivan@xn--80a1acny.xn--p1ai"),
        ("ivan@bücher.example", "ivan@XN--BCHER-KVA.example"),
        ("ivan@faß.de", "ivan@xn--fa-hia.de"),
        ("ivan@почта。рф", "ivan@почта.рф"),
        ("ivan@people.test.", "ivan@people.test"),
    ],
)
def test_one_domain_in_two_spellings_is_one_person(one, other):
    first, second = addresses(one)[0], addresses(other)[0]
    assert first.key == second.key
    assert first.same(second)
    assert first.same(other)


def test_a_domain_is_shown_as_people_write_it():
    (found,) = addresses("Иван <ivan@xn--80a1acny.xn--p1ai>")
    assert (found.email, found.shown) == ("ivan@xn--80a1acny.xn--p1ai", "ivan@почта.рф")


@pytest.mark.parametrize("size", [100, 4_000, 5_000, 20_000, 40_000])
def test_encoded_words_of_any_length_are_read(size):
    text = "Прошу" + "о" * size
    encoded = f"=?utf-8?B?{base64.b64encode(text.encode()).decode()}?="
    if len(encoded) < 65_000:
        assert words(encoded) == text
    quoted = "".join(f"={byte:02X}" for byte in text[: size // 8].encode())
    assert words(f"=?utf-8?Q?{quoted}?= x") == f"{text[: size // 8]} x"


def test_many_beginnings_of_encoded_words_cost_no_time():
    assert words("=?a?b?" * 10_000)


def test_a_word_longer_than_any_line_comes_whole():
    word = "а" * 9_000
    mail = parse(letter({"type": "text/plain", "text": f"начало {word} конец"}))
    assert mail.new_text == f"начало {word} конец"
    mail = parse(letter({"type": "text/html", "text": f"<p>начало {word} конец</p>"}))
    assert mail.new_text == f"начало {word} конец"
