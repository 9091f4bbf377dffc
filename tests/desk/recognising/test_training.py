"""The net is trained from labelled letters, and the same letters give the same net."""

from itertools import islice
from operator import mul
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from desk.recognising.net import ANY, LARGEST, Bag, Head, Net, Window, bag_of, net, packed, unpacked
from desk.recognising.training.__main__ import Letter, by_hand, of_table, trained
from desk.recognising.training.fitting import Fitted, Rows

TABLES = Path(__file__).parents[2] / "data" / "mail"


def some(each: int) -> list[Letter]:
    letters = by_hand()
    hands = sorted({letter.hand for letter in letters})
    return [letter for hand in hands[:5] for letter in islice((one for one in letters if one.hand == hand), each)]


def test_the_same_letters_give_the_same_nets_and_balance() -> None:
    letters = [*some(60), *islice(of_table(TABLES / "demands.toml"), 20)]
    first = trained(letters)
    assert first == trained(letters)
    for head in (first["sentences"], first["letters"]):
        assert len(head["weights"]) == len(head["threshold"])
        assert {len(unit) for unit in head["weights"]} == {len(head["bias"])} == {1 + len(first["kinds"])}
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


@given(st.lists(st.lists(st.integers(-LARGEST, LARGEST), min_size=3, max_size=3), min_size=1, max_size=60), st.integers(1, 40))
@example([[LARGEST, -LARGEST, 1]] * 60, 40)
def test_weights_are_packed_so_that_each_unit_keeps_its_own_however_many_there_are(weights: list[list[int]], times: int) -> None:
    head = Head((0.0,) * 3, (), ())
    pieces = {f"{time} {number}": unpacked(packed(one)) for time in range(times) for number, one in enumerate(weights)}
    net = Net((), head, head, 1.0, pieces, {})
    assert net.sums(Bag(set(), {*pieces, "unknown"})) == tuple(times * sum(of_unit) for of_unit in zip(*weights, strict=True))


WORDS = st.lists(st.text("абвxyz", min_size=1, max_size=40), max_size=90, unique=True)


@given(WORDS, st.sets(st.text("абв", min_size=1, max_size=3), max_size=9), st.integers(-LARGEST, LARGEST))
def test_a_word_weighs_what_its_pieces_do_however_many_stand_beside_it(words: list[str], others: set[str], weight: int) -> None:
    bag = Bag({*words, *(f"^{word}" for word in words[:5])}, others)
    pieces = list(bag.pieces)
    assert bag.size == len(pieces)
    head = Head((0.0,) * 2, (), ())
    read = Net((), head, head, 1.0, {piece: unpacked(packed([weight, LARGEST])) for piece in pieces}, {})
    assert read.sums(bag) == (weight * len(pieces), LARGEST * len(pieces))


UNITS = st.lists(st.floats(-50, 50), min_size=3, max_size=3)


@given(UNITS, UNITS, st.lists(st.lists(st.floats(-20, 20), min_size=2, max_size=2), min_size=3, max_size=3))
def test_a_unit_speaks_by_what_stands_above_its_threshold(
    units: list[float], thresholds: list[float], weights: list[list[float]]
) -> None:
    lit = [max(unit - threshold, 0.0) for unit, threshold in zip(units, thresholds, strict=True)]
    meant = [bias + sum(map(mul, lit, lane)) for bias, lane in zip((-1.0, 2.0), zip(*weights, strict=True), strict=True)]
    assert Head.of(thresholds, weights, (-1.0, 2.0)).odds(units) == pytest.approx(meant, abs=0.1)


def test_a_net_learns_what_each_piece_speaks_for():
    table = csr_matrix(np.repeat(np.eye(4, dtype=np.float32), 3_000, axis=0))
    wanted = np.repeat(np.array([[1, 0], [0, 0], [1, 1], [0, 1]], dtype=bool), 3_000, axis=0)
    rows = Rows(table, wanted, np.ones(wanted.shape), np.arange(len(wanted)))
    heard = Fitted([rows, rows], np.arange(len(wanted))).odds(1, np.eye(4, dtype=np.float32)) > 0
    assert heard.tolist() == [[True, False], [False, False], [True, True], [False, True]]


def test_a_sentence_has_its_words_pairs_of_their_stems_and_runs_of_their_letters():
    bag = bag_of(Window(["прошу", "немедленно", "удалить"], (), ()))
    assert {"удалить", "удали*", "~удал", "~ить>", "^ прошу", "прошу немед", "прошу _ удали"} <= set(bag.pieces)
    assert {"^удалить", "^~ить>", "^прошу немед"} <= set(bag.titled.pieces)


def test_what_is_shipped_weighs_what_was_fitted_and_no_lane_is_too_narrow_for_it() -> None:
    pieces = sorted(net().weights)
    assert all(max(map(abs, net().sums(Bag(set(), {piece})))) <= LARGEST for piece in pieces[::25])
    assert len(net().sums(Bag(set(), set(pieces)))) == len(net().letters.threshold)


def test_the_net_reads_as_it_was_fitted() -> None:
    chance = np.random.default_rng(1)
    table = csr_matrix((chance.random((3_000, 12)) < 0.3).astype(np.float32) * Bag(set(), set()).share)
    wanted = np.asarray(table[:, :3].toarray() > 0)
    rows = Rows(table, wanted, np.ones(wanted.shape), np.arange(len(wanted)))
    fitted = Fitted([rows, rows], np.arange(len(wanted)))
    weights = {str(at): unpacked(packed(one)) for at, one in enumerate(np.round(fitted.pieces * 20).astype(int).tolist())}
    heads = [Head.of(**fitted.head(number)) for number in (0, 1)]
    read = Net((), heads[0], heads[1], 1 / 20, weights, {})
    for number in (0, 1):
        for row, meant in zip(table[:50], fitted.odds(number, table[:50]), strict=True):
            assert read.odds(Bag(set(), set(map(str, row.indices))), heads[number]) == pytest.approx(meant.tolist(), abs=0.4)
