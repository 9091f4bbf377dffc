"""Caps on automatic letters: what is counted for whom, and which texts are nearly the same."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.letters.caps import CAPS, Cap, Letter, Level, caps_for, closed, level, near, sketch
from desk.providers import base

NOW = datetime(2026, 12, 10, tzinfo=UTC)


def letter(address: str = "a@people.test", of: Level = Level.DEMAND) -> Letter:
    return Letter(NOW, address, 1, frozenset(), of)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Anna@People.test", "anna@people.test"),
        ("support+id17@robot.test", "support@robot.test"),
        ("a+b+c@x.test", "a@x.test"),
        ("+odd@x.test", "+odd@x.test"),
    ],
)
def test_a_tag_behind_a_plus_makes_no_other_address(written, folded):
    assert base(written) == folded


def test_what_answers_is_counted_most_strictly_and_a_first_demand_least():
    assert level(demands=True, answers=False) == Level.DEMAND
    assert level(demands=False, answers=False) == Level.PLAIN
    assert level(demands=True, answers=True) == Level.ANSWER
    strict, plain, free = (caps_for(letter(of=of)) for of in (Level.ANSWER, Level.PLAIN, Level.DEMAND))
    assert set(free) < set(plain) < set(strict) == set(CAPS)
    assert "text" not in {cap.name for cap in free}


def test_where_everybody_has_a_mailbox_the_domain_is_nobodys():
    assert letter("x@gmail.com").domain == letter("x@mail.ru").domain == ""
    assert "domain" not in {cap.name for cap in caps_for(letter("x@gmail.com", Level.ANSWER))}
    assert letter("x@robot.test").domain == "robot.test"


@given(counts=st.lists(st.integers(0, 30_000), min_size=len(CAPS), max_size=len(CAPS)))
def test_a_cap_is_closed_exactly_when_it_is_full(counts):
    by_cap: dict[Cap, int] = dict(zip(CAPS, counts, strict=True))
    full = [cap for cap, count in by_cap.items() if count >= cap.most]
    assert closed(by_cap) == (full[0] if full else None)


@pytest.mark.parametrize(
    "other",
    [
        "Ваше обращение № 18 принято 11.12.2026, ждите ответа на b@people.test. https://help.test/18",
        "ВАШЕ ОБРАЩЕНИЕ №99 принято. Ждите ответа.",
        "Re: Ваше обращение 5 принято, ждите ответа",
    ],
)
def test_numbers_addresses_and_links_make_no_other_text(other):
    assert near(
        sketch("Ваше обращение № 17 принято 10.12.2026, ждите ответа на a@people.test. https://help.test/17"), sketch(other)
    )


def test_other_words_are_another_text():
    assert not near(sketch("Отзываю согласие на обработку данных"), sketch("Когда откроется ваш магазин на Невском?"))
    assert not near(sketch(""), sketch("Здравствуйте"))


@given(text=st.text(max_size=300))
def test_a_text_is_near_itself(text):
    assert near(sketch(text), sketch(text))
