"""The same demands in other forms, beside other things, and the same words where nothing is demanded."""

import tomllib
from pathlib import Path

import pytest

from desk.recognising.letter import recognise

LETTERS = tomllib.loads((Path(__file__).parents[2] / "data" / "mail" / "variants.toml").read_text(encoding="utf-8"))["letter"]
NO_DEMAND = {"question", "complaint"}


@pytest.mark.parametrize("letter", LETTERS, ids=[f"{letter['group']}: {letter['text'][:40]}" for letter in LETTERS])
def test_a_demand_is_heard_in_every_form_and_none_where_nothing_is_demanded(letter):
    found = recognise(letter.get("subject", ""), letter["text"])
    kinds = set(found.kinds) - NO_DEMAND
    assert set(letter["demands"]) <= kinds, found.why
    assert kinds <= {*letter["demands"], *letter.get("may", ())}, found.why
    if letter["demands"]:
        assert not found.spam
