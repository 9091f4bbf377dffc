"""Why a letter was read as it was, for a reader of either language: the reasons of letter.Recognition.why in words.

A reason names what was said (a sentence), or the wording that was found: that is shown between quotation marks, for it is of
the letter's language and not of the reader's.
"""

import re
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path

_PLACE = re.compile(r"(?P<place>subject|file name|text|attached text)(?:, sentence (?P<number>\d+))?: (?P<why>.+)", re.DOTALL)
_LIKELY = re.compile(r"(?P<sure>means|may mean) (?P<kind>\w+), (?P<by>by its words|though its words) as a whole.*")
_LIKELY_SAID = {
    ("means", "by its words"): ("по словам в целом означает: %s", "its words as a whole mean: %s"),
    ("may mean", "by its words"): ("по словам в целом возможно: %s", "its words as a whole may mean: %s"),
    ("may mean", "though its words"): (
        "возможно: %s – прочитано, но слова в целом говорят против",
        "may mean: %s – it was read so, but its words as a whole speak against it",
    ),
}
_BUT = ", but "


@cache
def _russian() -> dict[str, dict[str, str]]:
    return tomllib.loads((Path(__file__).parent / "reasons.toml").read_text(encoding="utf-8"))


def told(why: str, language: str, kind_name: Callable[[str], str]) -> str:
    """A reason in the reader's language; `kind_name` calls a kind of demand by its name there."""
    ru = language == "ru"
    if (likely := _LIKELY.fullmatch(why)) is not None:
        russian, english = _LIKELY_SAID[likely["sure"], likely["by"]]
        return (russian if ru else english) % kind_name(likely["kind"])
    found = _PLACE.fullmatch(why)
    if found is None:
        return _said(why, ru=ru)
    place, number = found["place"], found["number"]
    if ru:
        place = _russian()["places"][place]
    if number:
        place += f", предложение {number}" if ru else f", sentence {number}"
    return f"{place}: {_said(found['why'], ru=ru)}"


def _said(why: str, *, ru: bool) -> str:
    sentence, but, against = why.partition(_BUT)
    russian = _russian()["said"].get(sentence)
    wording = f"слова «{sentence}»" if ru else f"the words “{sentence}”"
    shown = wording if russian is None else russian if ru else sentence
    return shown + (_against(but + against, ru=ru) if but else "")


def _against(words: str, *, ru: bool) -> str:
    return f", {_russian()['but'][words.removeprefix(', ')]}" if ru else words
