"""Levels: how far somebody is proved is a place in an order, not a word."""

from itertools import pairwise

import pytest

from models import Level


def test_the_levels_stand_in_their_order() -> None:
    assert [one.value for one in Level] == ["said", "sender", "authenticated", "code", "document", "staff"]
    assert all(low < high and high > low and low <= high and high >= low for low, high in pairwise(Level))


@pytest.mark.parametrize(("better", "worse"), [("staff", "said"), ("sender", "said"), ("code", "authenticated")])
def test_they_are_compared_by_rank_where_their_words_would_say_otherwise(better: str, worse: str) -> None:
    assert Level(better) > Level(worse)
    assert max(Level(worse), Level(better)) is Level(better)
