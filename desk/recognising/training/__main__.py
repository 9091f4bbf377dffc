"""`python -m desk.recognising.training [LETTERS.toml …]`: trains the nets and the balance anew and writes net.gz.

They learn from letters/*.jsonl, a file a hand, and from labelled letters in TOML files ([[letter]] with `text` and `demands`, as
in tests/data/mail). The balance is learnt from what nets that have not seen a hand find in its letters: it is to weigh what is
found in letters nobody has seen. The same input gives the same file; it takes some minutes.
"""

import gzip
import json
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from desk.recognising.balance import Reading, evidence, of_the_letter
from desk.recognising.letter import reading
from desk.recognising.net import ANY, NOTHING, Found, features, packed, share, title_pieces

_RAREST = 3  # times a piece must occur
_STRENGTH = 20.0  # of the fit of a net; smaller keeps fewer pieces
_BALANCE = 1.0  # of the fit of the balance
_LEAST = 0.6  # of a weight that is kept; smaller ones change no letter's reading, and weigh much together
_TABLES = 4.0  # what a letter of the tables weighs beside one of the hands: they are fewer
_FOLDS = 4  # groups of hands
_PLAIN = frozenset({"question", "complaint"})
_STEPS = 20  # a weight is a whole number of twentieths


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


@dataclass(frozen=True)
class Rows:
    """What a net learns from: rows of pieces, and for each kind whether it is demanded there and how much that weighs."""

    table: Any
    wanted: np.ndarray[Any, Any]  # rows × kinds
    weight: np.ndarray[Any, Any]  # rows × kinds; 0 where readers differ
    letter: np.ndarray[Any, Any]  # of each row, its number
    names: Sequence[str]


def _rows(
    pieces: Sequence[set[str]],
    wanted: Sequence[frozenset[str]],
    arguable: Sequence[frozenset[str]],
    of: Sequence[int],
    weight: Sequence[float],
    kinds: Sequence[str],
) -> Rows:
    counts = CountVectorizer(analyzer=sorted, binary=True, min_df=_RAREST)  # type: ignore[no-untyped-call]
    table = counts.fit_transform(pieces).astype(np.float64).multiply(np.array([[share(one)] for one in pieces])).tocsr()
    asked = np.array([[kind in one for kind in kinds] for one in wanted])
    weights = np.array([[0.0 if kind in one else much for kind in kinds] for one, much in zip(arguable, weight, strict=True)])
    names = counts.get_feature_names_out()  # type: ignore[no-untyped-call]
    return Rows(table, asked, weights, np.array(of), list(map(str, names)))


class Fitted:
    """One net, fitted to the rows of some letters."""

    def __init__(self, rows: Rows, learnt: np.ndarray[Any, Any]) -> None:
        among = np.isin(rows.letter, learnt)
        fits = [self._fit(rows, among, number) for number in range(rows.wanted.shape[1])]
        self.weights = np.array([fit.coef_[0] for fit in fits])
        self.bias = np.array([fit.intercept_[0] for fit in fits])

    @staticmethod
    def _fit(rows: Rows, among: np.ndarray[Any, Any], number: int) -> LogisticRegression:
        of_kind = among & (rows.weight[:, number] > 0)
        fit = LogisticRegression(  # type: ignore[no-untyped-call]
            C=_STRENGTH, solver="liblinear", random_state=0, class_weight={True: 2.0, False: 1.0}
        )
        fit.fit(rows.table[of_kind], rows.wanted[of_kind, number], sample_weight=rows.weight[of_kind, number])
        return fit

    def odds(self, table: Any) -> np.ndarray[Any, Any]:
        """The logarithms of the odds of every kind in every row."""
        return np.asarray(table @ self.weights.T + self.bias)


def trained(letters: Sequence[Letter]) -> dict[str, Any]:
    """The nets and their balance as they are shipped."""
    often = Counter(kind for letter in letters for kind in sorted(frozenset().union(*letter.either)))
    kinds = sorted(often, key=lambda kind: (-often[kind], kind))
    lanes = [ANY, *kinds]
    readings = [reading(letter.subject, letter.text)[0] for letter in letters]
    sentences, whole = _of_sentences(letters, lanes), _of_letters(letters, readings, lanes)
    hands = sorted({letter.hand for letter in letters} - {""})
    hand = np.array([letter.hand for letter in letters])
    everything = np.arange(len(letters))
    told: list[dict[str, float]] = []
    meant: list[bool] = []
    for fold in range(_FOLDS):
        unseen = np.isin(hand, hands[fold::_FOLDS])
        nets = [Fitted(rows, everything[~unseen]) for rows in (sentences, whole)]
        for number in everything[unseen]:
            found = _found(nets, sentences, whole, number, kinds)
            for kind, asked in _meant(letters[number], found, kinds):
                told.append(evidence(kind, readings[number], found) | of_the_letter(readings[number]))
                meant.append(asked)
    vectors = DictVectorizer()  # type: ignore[no-untyped-call]
    weighed = LogisticRegression(C=_BALANCE, max_iter=1000)  # type: ignore[no-untyped-call]
    weighed.fit(vectors.fit_transform(told), meant)
    balance = {str(name): round(float(value), 3) for name, value in zip(vectors.feature_names_, weighed.coef_[0], strict=True)}
    nets = [Fitted(rows, everything) for rows in (sentences, whole)]
    return {
        "kinds": kinds,
        "bias": [round(float(value), 3) for both in zip(*(net.bias for net in nets), strict=True) for value in both],
        "scale": 1 / _STEPS,
        "balance": {"": round(float(weighed.intercept_[0]), 3)} | balance,
        "weights": _kept(nets, (sentences, whole)),
    }


def _pieces(read: Reading) -> Iterator[set[str]]:
    return (set(features(window)) for window in read.signs.sentences)


def _of_sentences(letters: Sequence[Letter], kinds: Sequence[str]) -> Rows:
    """A row a labelled sentence; of a letter of the tables, all its sentences together."""
    rows = [
        (set().union(*_pieces(reading("", text)[0])), wanted, _with_any(letter.arguable - wanted - {ANY}) - wanted, number)
        for number, letter in enumerate(letters)
        for text, wanted in (letter.sentences or ((f"{letter.subject}. {letter.text}", letter.demanded),))
    ]
    pieces, wanted, arguable, of = zip(*rows, strict=True)
    return _rows(pieces, wanted, arguable, of, [_weight(letters[number]) for number in of], kinds)


def _of_letters(letters: Sequence[Letter], readings: Sequence[Reading], kinds: Sequence[str]) -> Rows:
    pieces = []
    for read in readings:
        whole = set().union(*_pieces(read))
        titles = (set(features(window)) for window in read.signs.sentences if window.title)
        pieces.append(whole | {piece for title in titles for piece in title_pieces(title)})
    return _rows(
        pieces,
        [letter.demanded for letter in letters],
        [letter.arguable for letter in letters],
        range(len(letters)),
        list(map(_weight, letters)),
        kinds,
    )


def _weight(letter: Letter) -> float:
    return 1.0 if letter.hand else _TABLES


def _found(nets: Sequence[Fitted], sentences: Rows, whole: Rows, number: int, kinds: Sequence[str]) -> Found:
    first, second = (
        net.odds(rows.table[np.flatnonzero(rows.letter == number)]) for net, rows in zip(nets, (sentences, whole), strict=True)
    )
    ranked = -np.sort(-first, axis=0)
    next_best = ranked[1] if len(ranked) > 1 else np.full(len(kinds) + 1, NOTHING)
    sentence, other, letter = (
        dict(zip((ANY, *kinds), map(float, row), strict=True)) for row in (ranked[0], next_best, second[0])
    )
    del other[ANY]
    return Found(sentence, other, letter, sentence.pop(ANY), letter.pop(ANY))


def _meant(letter: Letter, found: Found, kinds: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Every kind and whether it is meant, by the reading that the nets find likeliest; what another reader hears is left out."""
    heard = max(letter.either, key=lambda one: sum(found.letter[kind] + found.sentence[kind] for kind in one) / max(1, len(one)))
    either = frozenset().union(*letter.either) | letter.may
    return ((kind, kind in heard) for kind in kinds if kind in heard or kind not in either)


def _kept(nets: Sequence[Fitted], rows: Sequence[Rows]) -> dict[str, dict[int, int]]:
    """The weights of every piece, by their lanes."""
    kept: dict[str, dict[int, int]] = {}
    for at, (net, of) in enumerate(zip(nets, rows, strict=True)):
        for lane, column in zip(*np.nonzero(np.abs(net.weights) >= _LEAST), strict=True):
            kept.setdefault(of.names[column], {})[2 * int(lane) + at] = round(float(net.weights[lane, column]) * _STEPS)
    return dict(sorted(kept.items()))


def main() -> None:
    letters = [*by_hand(), *(letter for name in sys.argv[1:] for letter in of_table(Path(name)))]
    told = trained(letters)
    weights = told.pop("weights")
    lines = [json.dumps(told, ensure_ascii=False), *(f"{piece}\t{packed(one)}" for piece, one in weights.items())]
    target = Path(__file__).parents[1] / "net.gz"
    target.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0))
    print(f"{len(letters)} letters, {len(weights)} pieces, packed {target.stat().st_size // 1024} KiB")  # noqa: T201


if __name__ == "__main__":
    main()
