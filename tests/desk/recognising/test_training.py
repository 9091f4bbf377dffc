"""The nets are trained from labelled letters, and the same letters give the same nets."""

from itertools import islice
from pathlib import Path

import pytest

from desk.recognising.net import ANY, packed
from desk.recognising.training.__main__ import Letter, by_hand, of_table, trained

TABLES = Path(__file__).parents[2] / "data" / "mail"


def some(each: int) -> list[Letter]:
    letters = by_hand()
    hands = sorted({letter.hand for letter in letters})
    return [letter for hand in hands[:5] for letter in islice((one for one in letters if one.hand == hand), each)]


def test_the_same_letters_give_the_same_nets_and_balance() -> None:
    letters = [*some(60), *islice(of_table(TABLES / "demands.toml"), 20)]
    first = trained(letters)
    assert first == trained(letters)
    assert len(first["bias"]) == 2 * (1 + len(first["kinds"]))
    assert {"", "letter", "sentence", "opened"} <= set(first["balance"])
    assert first["weights"]


def test_a_letter_may_be_read_in_several_ways_and_what_readers_differ_on_teaches_nothing() -> None:
    either = (frozenset({"destruction_request"}), frozenset({"consent_withdrawal", "stop_processing"}))
    letter = Letter("hand", "", (), "Сотрите меня", either, frozenset({"access_request"}))
    assert letter.demanded == {ANY}
    assert letter.arguable == {"destruction_request", "consent_withdrawal", "stop_processing", "access_request"}


@pytest.mark.parametrize("name", ["demands", "unseen", "variants", "hands"])
def test_the_tables_teach_what_they_demand_and_no_robots(name: str) -> None:
    letters = list(of_table(TABLES / f"{name}.toml"))
    assert len(letters) > 150
    assert any(letter.demanded for letter in letters)
    assert not any({"question", "complaint"} & letter.demanded for letter in letters)


def test_weights_are_packed_so_that_each_lane_keeps_its_own() -> None:
    number = int(packed({0: 7, 3: -2, 20: 5}), 16)
    assert number == 7 + (-2 << 32 * 3) + (5 << 32 * 20)
