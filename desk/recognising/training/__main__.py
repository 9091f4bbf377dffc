"""`python -m desk.recognising.training [LETTERS.toml …]`: trains the net anew and writes net.json.gz.

It learns from the letters of several hands beside this module, sentence by sentence, from what the grammars write, and from
labelled letters in TOML files ([[letter]] with `text` and `demands`, as in tests/data/mail). The same input gives the same file.
"""

import gzip
import json
import sys
import tomllib
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize

from desk.recognising.languages import language
from desk.recognising.net import Window, features
from desk.recognising.normal import sentences
from desk.recognising.reading import frames
from desk.recognising.training.generate import Example, examples

_RAREST = 3  # times a piece must occur
_STRENGTH = 20.0  # of the fit; smaller keeps fewer pieces
_ENOUGH = 0.08  # likelihood of a candidate: a few questions too many rather than a demand unheard
_LEAST = 0.25  # of a weight that is kept
_TOLD_AGAIN = 8  # how often the labelled letters are told: they are fewer than the sentences
_STEPS = 20  # a weight is a whole number of twentieths


def labelled(path: Path) -> list[Example]:
    """The letters of a TOML file as examples."""
    letters = tomllib.loads(path.read_text(encoding="utf-8"))["letter"]
    return [
        Example(f"{letter.get('subject', '')} {letter.get('text', '')}", frozenset(told) - {"question", "complaint"})
        for letter in letters
        if "robot" not in letter
        and not letter.get("html")
        and (told := letter["either"][0] if "either" in letter else letter.get("demands", letter.get("kinds"))) is not None
    ]


def by_hand() -> list[Example]:
    """The sentences of letters/*.jsonl, a letter a line: `sentences` holds each with the kinds that it demands itself, if any."""
    files = sorted((resources.files("desk.recognising.training") / "letters").iterdir(), key=lambda file: file.name)
    letters = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [Example(text, frozenset(*kinds)) for letter in letters for text, *kinds in letter["sentences"]]


def trained(told: list[Example]) -> dict[str, object]:
    """The net as it is shipped."""
    counts = CountVectorizer(analyzer=_pieces, binary=True, min_df=_RAREST)  # type: ignore[no-untyped-call]
    table = normalize(counts.fit_transform([example.text for example in told]).astype(np.float64))
    kinds = sorted({kind for example in told for kind in example.kinds})
    weights: dict[str, list[int]] = {}
    bias: list[float] = []
    names = counts.get_feature_names_out()  # type: ignore[no-untyped-call]
    for number, kind in enumerate(kinds):
        wanted = np.array([kind in example.kinds for example in told])
        fit = LogisticRegression(  # type: ignore[no-untyped-call]
            C=_STRENGTH, solver="liblinear", random_state=0, class_weight={True: 2.0, False: 1.0}
        )
        fit.fit(table, wanted)
        bias.append(round(float(fit.intercept_[0]), 3))
        for column in np.flatnonzero(np.abs(fit.coef_[0]) >= _LEAST):
            weights.setdefault(str(names[column]), []).extend((number, round(float(fit.coef_[0][column]) * _STEPS)))
    return {
        "kinds": kinds,
        "bias": bias,
        "enough": [_ENOUGH] * len(kinds),
        "scale": 1 / _STEPS,
        "weights": dict(sorted(weights.items())),
    }


@cache  # the labelled letters are told again and again
def _pieces(text: str) -> list[str]:
    spoken = language(text)
    found = [(sentence.words.split(), frames.cut(sentence, spoken)) for sentence in sentences(text)]
    return [piece for words, parts in found for piece in features(Window(words, parts, frames.said(parts, spoken)))]


def main() -> None:
    told = (
        by_hand()
        + examples()
        + [example for name in sys.argv[1:] for example in labelled(Path(name)) for _ in range(_TOLD_AGAIN)]
    )
    packed = json.dumps(trained(told), ensure_ascii=False, separators=(",", ":")).encode()
    target = Path(__file__).parents[1] / "net.json.gz"
    target.write_bytes(gzip.compress(packed, mtime=0))
    print(f"{len(told)} letters, {len(packed) // 1024} KiB, packed {target.stat().st_size // 1024} KiB")  # noqa: T201


main()
