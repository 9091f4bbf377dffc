"""Reactions and recalls are notes: they reopen and open nothing; what demands something is a letter, whatever it looks like."""

import pytest

from mail.automated import nature
from mail.parsing.parse import parse
from mail.writer import House
from tests.mail.parsing.letters import cases, letter

LETTERS = cases("signals.toml", "letter")
HOUSE = House(frozenset({"support@support.test"}))


@pytest.mark.parametrize("described", LETTERS, ids=[one["name"] for one in LETTERS])
def test_reactions_and_recalls_are_told_from_letters(described):
    mail = parse(letter(described))
    found = nature(mail, HOUSE, proven=False)
    assert (found.automated.kind if found.automated else None) == described.get("kind")
    if described.get("kind") == "recall":
        assert mail.recalls == "Withdrawal Statement"
