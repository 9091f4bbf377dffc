"""Compares how sentences are said with the frames of frames.toml: what they are signs of, and in whose words."""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

from desk.recognising.normal import Sentence
from desk.recognising.reading.clauses import Clause, clauses, senses_of
from desk.recognising.reading.grammar import MEANT, Act, acts
from desk.recognising.reading.speakers import overruled
from desk.recognising.reading.tables import THINGS

READ = frozenset({"ru", "uk", "en", "de", "fr", "es", "it", "pl", "pt", "tr", "nl"})  # languages whose grammar is known here

_OF_A_PERSON = frozenset({"identity", "data"})  # beside which no other thing changes what a deed is about
_BRIEF = 8  # words of a clause in which a deed that is only named is meant: "Отзыв согласия"
_KEYS = frozenset({"sign", "why", "do", "to", "with", "without", "not_to", "said", "never", "own", "unless"})
SAID = frozenset({"asked", "declared", "told", "questioned", "supposed", "named", "short"})


@dataclass(frozen=True)
class Frame:
    """One row of frames.toml."""

    sign: str
    why: str
    do: frozenset[str]
    to: frozenset[str]
    together: tuple[frozenset[str], ...]
    without: frozenset[str]
    not_to: frozenset[str]
    said: frozenset[str]
    never: bool
    own: bool  # what it is done to stands in the clause itself
    unless: frozenset[str]  # of the sentence or those beside it


@dataclass(frozen=True)
class Reading:
    """What one clause is a sign of."""

    sign: str
    why: str
    said: str
    never: bool
    text: str  # of the clause, as plain words
    sure: bool  # said as the frame wants it; otherwise it only speaks for it


@cache
def frames() -> tuple[Frame, ...]:
    """The frames as written; raises ValueError for one that is badly written."""
    text = (resources.files("desk.recognising.reading") / "frames.toml").read_text(encoding="utf-8")
    return tuple(_frame(row) for row in tomllib.loads(text)["frame"])


@lru_cache(5_000)
def _worth_trying(senses: frozenset[str]) -> tuple[Frame, ...]:
    """The frames whose deed, or first word where they have none, is among the senses of a clause."""
    return tuple(frame for frame in frames() if senses & (frame.do or frame.together[0]) and not senses & frame.without)


@cache
def signs() -> frozenset[str]:
    """What frames can be signs of."""
    return frozenset(frame.sign for frame in frames())


@cache
def deeds() -> frozenset[str]:
    """The deeds that frames look at."""
    return frozenset().union(*(frame.do for frame in frames()))


def _frame(row: dict[str, object]) -> Frame:
    said = frozenset(row.get("said", ()))  # type: ignore[call-overload]
    if not set(row) <= _KEYS or not said <= SAID or not (row.get("do") or row.get("with")):
        raise ValueError(f"a frame is badly written: {row}")
    return Frame(
        sign=str(row["sign"]),
        why=str(row["why"]),
        do=frozenset(row.get("do", ())),  # type: ignore[call-overload]
        to=frozenset(row.get("to", ())),  # type: ignore[call-overload]
        together=tuple(frozenset(group) for group in row.get("with", ())),  # type: ignore[attr-defined]
        without=frozenset(row.get("without", ())),  # type: ignore[call-overload]
        not_to=frozenset(row.get("not_to", ())),  # type: ignore[call-overload]
        said=said,
        never=bool(row.get("never", False)),
        own=bool(row.get("own", False)),
        unless=frozenset(row.get("unless", ())),  # type: ignore[call-overload]
    )


def cut(sentence: Sentence, language: str) -> tuple[Clause, ...]:
    """The clauses of a sentence; none in a language whose grammar is not known here."""
    return clauses(sentence, language) if language in READ else ()


def said(parts: Sequence[Clause], language: str, mood: str = "") -> list[list[Act]]:
    """How the deeds of each clause of a sentence are said that is `mood` as a whole."""
    return overruled([acts(number, parts, language, deeds()) for number in range(len(parts))], parts, mood)


def read(
    parts: Sequence[Clause], said: Sequence[Sequence[Act]], around: frozenset[str] = frozenset(), mood: str = ""
) -> list[Reading]:
    """What the sentence with the clauses `parts`, `said` so, is a sign of.

    `around` are the senses of the sentences beside it; `mood` is what the sentence as a whole says of its deeds.
    """
    everything = senses_of(parts)
    found: dict[tuple[str, str, bool, bool], Reading] = {}
    for number, clause in enumerate(parts):
        near = clause.senses | _borrowed(number, parts)
        for frame in _worth_trying(clause.senses):
            for reading in _readings(frame, clause, said[number], near, everything, around, mood):
                found.setdefault((reading.sign, reading.said, reading.never, reading.sure), reading)
    return list(found.values())


def _borrowed(number: int, parts: Sequence[Clause]) -> frozenset[str]:
    """The things of the neighbouring clauses, for a clause that names none of its own."""
    own = parts[number].senses
    if own & THINGS:
        return frozenset()
    found: set[str] = set()
    for other in (number - 1, number + 1):
        if 0 <= other < len(parts):
            found |= parts[other].senses & THINGS
    return frozenset(found)


def _readings(
    frame: Frame,
    clause: Clause,
    said: Sequence[Act],
    near: frozenset[str],
    everything: frozenset[str],
    around: frozenset[str],
    mood: str,
) -> Iterator[Reading]:
    if frame.unless & (everything | around):
        return
    if not all(group & (everything | around if number else everything) for number, group in enumerate(frame.together)):
        return
    if not frame.do:
        if frame.to and not frame.to & clause.senses:
            return
        how = _mood(said)
        if mood and how not in MEANT:
            yield Reading(frame.sign, frame.why, mood, False, clause.text, sure=False)
        elif how in frame.said:
            yield Reading(frame.sign, frame.why, how, False, clause.text, sure=True)
        return
    other = bool(clause.senses & frame.not_to) and not clause.senses & _OF_A_PERSON
    if frame.to and not frame.to & (clause.senses if frame.own else near) and not other:
        return
    for act in said:
        if act.sense in frame.do and (other or (act.never != frame.never and act.said in MEANT)):
            yield Reading(frame.sign, frame.why, "other" if other else "denied", act.never, clause.text, sure=False)
        elif act.sense in frame.do and act.never == frame.never:
            brief = act.said != "named" or (len(clause.words) <= _BRIEF and (clause.first or clause.brief))
            yield Reading(frame.sign, frame.why, act.said, act.never, clause.text, brief and act.said in frame.said)


def _mood(said: Sequence[Act]) -> str:
    """How a clause as a whole is said."""
    found = [act.said for act in said]
    return next((mood for mood in ("supposed", "questioned", "asked", "declared", "short", "told") if mood in found), "named")
