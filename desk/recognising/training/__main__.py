"""`python -m desk.recognising.training [LETTERS.toml …]`: trains the net and the balance anew and writes net.gz.

They learn from letters/*.jsonl, a file a hand, and from labelled letters in TOML files ([[letter]] with `text` and `demands`, as
in tests/data/mail). The balance is learnt from what a net that has not seen a hand finds in its letters: it is to weigh what is
found in letters nobody has seen. It takes some minutes; with one thread of OpenBLAS (`make net`) the same input gives the same
file on the same machine.
"""

import gzip
import json
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib import resources
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from desk.recognising.balance import Reading, evidence, of_the_letter
from desk.recognising.letter import reading
from desk.recognising.net import ANY, LARGEST, NOTHING, Bag, Found, bag_of, joined, packed, whole_of
from desk.recognising.training.fitting import Fitted, Rows

_RAREST = 12  # letters that a piece must occur in
_BALANCE = 1.0  # of the fit of the balance
_TABLES = 4.0  # what a letter of the tables weighs beside one of the hands: they are fewer
_FOLDS = 4  # groups of hands
_PLAIN = frozenset({"question", "complaint"})
_STEPS = 20  # a weight is a whole number of twentieths
_SENTENCES, _LETTERS = 0, 1  # the heads of the net


@dataclass(frozen=True)
class Letter:
    """A letter and what it demands: one of `either`, and perhaps of `may`."""

    hand: str  # "" for a letter of the tables
    subject: str
    sentences: tuple[tuple[str, frozenset[str]], ...]  # each with what it demands itself; none in tables
    text: str
    either: tuple[frozenset[str], ...]
    may: frozenset[str]

    @property
    def demanded(self) -> frozenset[str]:
        """What is demanded however it is read; also that anything is."""
        return frozenset.intersection(*map(_with_any, self.either))

    @property
    def arguable(self) -> frozenset[str]:
        """What one reader hears and another does not."""
        return _with_any(frozenset().union(*self.either, self.may)) - self.demanded


def _with_any(kinds: frozenset[str]) -> frozenset[str]:
    """Kinds that are demanded, and that anything is."""
    return kinds | {ANY} if kinds else kinds


def by_hand() -> list[Letter]:
    """The letters of letters/*.jsonl, one a line."""
    files = sorted((resources.files("desk.recognising.training") / "letters").iterdir(), key=lambda file: file.name)
    return [_letter(Path(file.name).stem, json.loads(line)) for file in files for line in file.read_text("utf-8").splitlines()]


def _letter(hand: str, told: dict[str, Any]) -> Letter:
    sentences = tuple((one, _with_any(frozenset(*kinds))) for one, *kinds in told["sentences"])
    text = ""
    for one, _ in sentences:
        text += one if not text or text.endswith("\n") or one.startswith("\n") else f" {one}"
    return Letter(
        hand, told.get("subject", ""), sentences, text, tuple(map(frozenset, told["either"])), frozenset(told.get("may", ()))
    )


def of_table(path: Path) -> Iterator[Letter]:
    """The letters of a TOML file. One of which only the `first` demand is told may hold any other."""
    told = tomllib.loads(path.read_text("utf-8"))["letter"]
    known = {kind for one in told for meant in _told(one) for kind in meant} - _PLAIN
    for one in told:
        if "robot" not in one and not one.get("html"):
            either = tuple(frozenset(meant) - _PLAIN for meant in _told(one))
            may = known if "first" in one and any(either) else one.get("may", ())
            yield Letter("", one.get("subject", ""), (), one.get("text", ""), either, frozenset(may))


def _told(one: dict[str, Any]) -> list[list[str]]:
    """What a letter of a table demands, in one reading or several."""
    if "either" in one:
        return list(one["either"])
    return [one.get("demands", one.get("kinds", [one["first"]] if "first" in one else []))]


def _rows(
    counts: CountVectorizer,
    bags: Sequence[Bag],
    wanted: Sequence[frozenset[str]],
    arguable: Sequence[frozenset[str]],
    of: Sequence[int],
    weight: Sequence[float],
    lanes: Sequence[str],
) -> Rows:
    # A piece that is not known weighs nothing, and counts among them all the same: so it is where the net reads.
    shares = np.array([[bag.share] for bag in bags])
    table = counts.transform(bags).astype(np.float32)  # type: ignore[no-untyped-call]
    table = table.multiply(shares.astype(np.float32)).tocsr()
    asked = np.array([[kind in one for kind in lanes] for one in wanted])
    weights = np.array([[0.0 if kind in one else much for kind in lanes] for one, much in zip(arguable, weight, strict=True)])
    return Rows(table, asked, weights, np.array(of))


def trained(letters: Sequence[Letter]) -> dict[str, Any]:
    """The net and its balance as they are shipped."""
    # What no hand's letter demands is left to the rules.
    often = Counter(kind for letter in letters if letter.hand for kind in sorted(frozenset().union(*letter.either)))
    kinds = sorted(often, key=lambda kind: (-often[kind], kind))
    lanes = [ANY, *kinds]
    readings = [reading(letter.subject, letter.text)[0] for letter in letters]
    counts, parts = rows_of(letters, readings, lanes)
    hands = sorted({letter.hand for letter in letters} - {""})
    hand = np.array([letter.hand for letter in letters])
    everything = np.arange(len(letters))
    folds = [np.isin(hand, hands[fold::_FOLDS]) for fold in range(_FOLDS)]
    with ProcessPoolExecutor() as pool:
        *without, net = pool.map(Fitted, repeat(parts), [*(everything[~unseen] for unseen in folds), everything])
    told: list[dict[str, float]] = []
    meant: list[bool] = []
    for unseen, blind in zip(folds, without, strict=True):
        for number in everything[unseen]:
            found = _found(blind, parts, number, kinds)
            for kind, asked in _meant(letters[number], found, kinds):
                told.append(evidence(kind, readings[number], found) | of_the_letter(readings[number]))
                meant.append(asked)
    vectors = DictVectorizer()  # type: ignore[no-untyped-call]
    weighed = LogisticRegression(C=_BALANCE, max_iter=1000)  # type: ignore[no-untyped-call]
    weighed.fit(vectors.fit_transform(told), meant)
    balance = {str(name): round(float(value), 3) for name, value in zip(vectors.feature_names_, weighed.coef_[0], strict=True)}
    return {
        "kinds": kinds,
        "sentences": net.head(_SENTENCES),
        "letters": net.head(_LETTERS),
        "scale": 1 / _STEPS,
        "balance": {"": round(float(weighed.intercept_[0]), 3)} | balance,
        "weights": _kept(net, list(map(str, counts.get_feature_names_out()))),  # type: ignore[no-untyped-call]
    }


def rows_of(letters: Sequence[Letter], readings: Sequence[Reading], lanes: Sequence[str]) -> tuple[CountVectorizer, list[Rows]]:
    """The pieces that are known, and what the heads learn from, `_SENTENCES` and `_LETTERS`."""
    wholes = list(map(_whole, readings))
    counts = CountVectorizer(analyzer=lambda bag: sorted(bag.pieces), min_df=_RAREST).fit(wholes)  # type: ignore[no-untyped-call]
    return counts, [_of_sentences(counts, letters, lanes), _of_letters(counts, letters, wholes, lanes)]


def _bags(read: Reading) -> list[Bag]:
    return list(map(bag_of, read.signs.sentences))


def _of_sentences(counts: CountVectorizer, letters: Sequence[Letter], lanes: Sequence[str]) -> Rows:
    """A row a labelled sentence; of a letter of the tables, all its sentences together."""
    rows = [
        (joined(_bags(reading("", text)[0])), wanted, _with_any(letter.arguable - wanted - {ANY}) - wanted, number)
        for number, letter in enumerate(letters)
        for text, wanted in (letter.sentences or ((f"{letter.subject}. {letter.text}", letter.demanded),))
    ]
    bags, wanted, arguable, of = zip(*rows, strict=True)
    return _rows(counts, bags, wanted, arguable, of, [_weight(letters[number]) for number in of], lanes)


def _of_letters(counts: CountVectorizer, letters: Sequence[Letter], wholes: Sequence[Bag], lanes: Sequence[str]) -> Rows:
    return _rows(
        counts,
        wholes,
        [letter.demanded for letter in letters],
        [letter.arguable for letter in letters],
        range(len(letters)),
        list(map(_weight, letters)),
        lanes,
    )


def _whole(read: Reading) -> Bag:
    return whole_of(zip(read.signs.sentences, _bags(read), strict=True))


def _weight(letter: Letter) -> float:
    return 1.0 if letter.hand else _TABLES


def _found(net: Fitted, parts: Sequence[Rows], number: int, kinds: Sequence[str]) -> Found:
    first, second = (net.odds(at, rows.table[np.flatnonzero(rows.letter == number)]) for at, rows in enumerate(parts))
    ranked = -np.sort(-first, axis=0)
    next_best = ranked[1] if len(ranked) > 1 else np.full(len(kinds) + 1, NOTHING)
    sentence, other, letter = (
        dict(zip((ANY, *kinds), map(float, row), strict=True)) for row in (ranked[0], next_best, second[0])
    )
    del other[ANY]
    return Found(sentence, other, letter, sentence.pop(ANY), letter.pop(ANY))


def _meant(letter: Letter, found: Found, kinds: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Every kind and whether it is meant, by the reading that the net finds likeliest; what another reader hears is left out."""
    heard = max(letter.either, key=lambda one: sum(found.letter[kind] + found.sentence[kind] for kind in one) / max(1, len(one)))
    either = frozenset().union(*letter.either) | letter.may
    return ((kind, kind in heard) for kind in kinds if kind in heard or kind not in either)


def _kept(net: Fitted, names: Sequence[str]) -> dict[str, list[int]]:
    """The weights of every piece, by unit."""
    weights = np.clip(np.round(net.pieces * _STEPS), -LARGEST, LARGEST).astype(int).tolist()
    return {name: units for name, units in sorted(zip(names, weights, strict=True)) if any(units)}


def main() -> None:
    letters = [*by_hand(), *(letter for name in sys.argv[1:] for letter in of_table(Path(name)))]
    told = trained(letters)
    weights = told.pop("weights")
    lines = (json.dumps(told, ensure_ascii=False), "\t".join(weights))
    written = "".join(f"{line}\n" for line in lines).encode() + b"".join(map(packed, weights.values()))
    target = Path(__file__).parents[1] / "net.gz"
    target.write_bytes(gzip.compress(written, mtime=0))
    print(f"{len(letters)} letters, {len(weights)} pieces, packed {target.stat().st_size // 1024} KiB")  # noqa: T201


if __name__ == "__main__":
    main()
