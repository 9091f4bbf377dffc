"""What is folded away is only what a program surely quoted: a first letter has no quotation, and what is unclear is shown."""

import pytest

from mail.parsing.parse import parse
from tests.mail.parsing.letters import body, cases

LETTERS = cases("own_quotes.toml", "letter")


@pytest.mark.parametrize("described", LETTERS, ids=[one["name"] for one in LETTERS])
def test_the_writers_own_words_stay_and_quotations_are_folded(described):
    mail = parse(body(described))
    for words in described["shown"]:
        assert words in mail.new_text
    for words in described.get("folded", ()):
        assert words not in mail.new_text
        assert words in mail.text
