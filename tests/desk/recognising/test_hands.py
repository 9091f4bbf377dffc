"""Letters of several hands are read as those who wrote them meant them, and what is not read yet stays among the candidates."""

import tomllib
from pathlib import Path

import pytest

from desk.recognising.letter import recognise

LETTERS = tomllib.loads((Path(__file__).parents[2] / "data" / "mail" / "hands.toml").read_text(encoding="utf-8"))["letter"]
NO_DEMAND = {"question", "complaint"}
READ = [letter for letter in LETTERS if not letter.get("missed")]
MISSED = [letter for letter in LETTERS if letter.get("missed") and not letter.get("unheard") and any(letter["either"])]


def read(letter):
    return recognise(letter.get("subject", ""), letter["text"], sender=letter.get("sender"))


def named(letter):
    return f"{letter.get('subject', '')}: {letter['text'][:40]}"


@pytest.mark.parametrize("letter", READ, ids=map(named, READ))
def test_every_demand_is_heard_and_nothing_is_added(letter):
    found = read(letter)
    kinds = set(found.kinds) - NO_DEMAND
    assert any(set(demanded) <= kinds <= {*demanded, *letter.get("may", ())} for demanded in letter["either"]), found.why


@pytest.mark.parametrize("letter", MISSED, ids=map(named, MISSED))
def test_what_is_not_read_is_among_the_candidates(letter):
    found = read(letter)
    heard = {*found.kinds, *found.candidates}
    assert any(set(demanded) <= heard for demanded in letter["either"]), found.why
