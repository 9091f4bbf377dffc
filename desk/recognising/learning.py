"""Learns an operator's own wording from what people said of how letters were read: weights of pieces, and nothing else.

A perceptron over the pieces of whole letters: where a kind was missed, the pieces of its letter weigh more for it; where one was
wrongly heard, less; until a part of the weights is enough, or so many rounds are over. What the net knows already hardly counts
in this: it stands in letters of all kinds. A piece that fewer than two people used in letters that were corrected is left out:
so nothing is learnt from a single person, and no name. Letters that were read right, of the operator and of those the net has
learnt from, have to stay so. The same letters in the same order give the same weights.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from typing import Final

from desk.recognising.balance import Reading, likelihoods
from desk.recognising.judging import PLAIN
from desk.recognising.learnt import MOST, Learnt
from desk.recognising.letter import reading
from desk.recognising.net import Scored, net, scored, with_learnt
from desk.recognising.verdict import opened

__all__ = ["Example", "Lesson", "guards", "learn"]

_ROUNDS: Final = 20
_STEP: Final = 1.0  # by so much the odds of a kind move when its letter was read wrongly
_ENOUGH: Final = 0.75  # of the weights has to be enough for what was corrected
_KNOWN: Final = 0.05  # what a piece that the net knows counts beside one that it does not
_LEAST_MASS: Final = 3.0  # of pieces, for a whole step
_PEOPLE: Final = 2  # at least, who used a piece
_GROUPS: Final = 5  # of people, for what is told of letters that nothing was learnt from
_EVERY: Final = 20  # of the letters that the net has learnt from guards what they read
_HAIR: Final = 0.05  # of likelihood
_LEAST: Final = 0.01  # of a weight that is kept


@dataclass(frozen=True)
class Example:
    """A letter without what points to a person, and what people said it demands. `person` only tells people apart.

    `corrected`: somebody said so; otherwise it was answered as it had been read.
    """

    subject: str
    text: str
    language: str
    demanded: frozenset[str]
    person: int
    corrected: bool = True
    sender: str | None = None

    @cached_property
    def read(self) -> Reading | None:
        """What the rules make of it; None of an authority's letter, which is left to them."""
        read, whose = reading(self.subject, self.text, sender=self.sender)
        return read if whose is None else None

    @cached_property
    def scored(self) -> Scored | None:
        """What the net makes of it."""
        return scored(self.read.signs.sentences) if self.read is not None else None

    @property
    def teaches(self) -> bool:
        """Whether anything can be learnt from it: there is something to go by, and kinds that the net knows."""
        return self.scored is not None and self.demanded <= set(net().kinds)

    def heard(self, learnt: Learnt | None, likelier: float = 0.0) -> frozenset[str]:
        """What it is read as; or would be if each kind were so much likelier."""
        assert self.read is not None
        likely = likelihoods(self.read, with_learnt(self.scored, learnt))
        return frozenset(opened(self.read, {kind: value + likelier for kind, value in likely.items()})) - PLAIN

    @property
    def sure(self) -> bool:
        """Whether it is not by a hair that it is read so, with nothing learnt."""
        return self.heard(None, _HAIR) == self.heard(None, -_HAIR)


@dataclass(frozen=True)
class Lesson:
    """What was learnt, and what comes of it: of the letters that people corrected or let stand, how many are read right."""

    learnt: Learnt
    examples: int
    corrected: int
    people: int  # whose letters were corrected
    before: int
    after: int
    unseen: int  # each read by what the letters of other people taught
    worse: int  # that were read right and would not be; those that the net has learnt from among them


def guards() -> list[Example]:
    """Some of the letters that the net has learnt from, as they are surely read without anything learnt."""
    files = sorted((resources.files("desk.recognising.training") / "letters").iterdir(), key=lambda file: file.name)
    lines = [line for file in files for line in file.read_text("utf-8").splitlines()]
    return [one for one in map(_guard, lines[::_EVERY]) if one.teaches and one.sure]


def _guard(line: str) -> Example:
    told = json.loads(line)
    text = " ".join(sentence for sentence, *_ in told["sentences"])
    blank = Example(told.get("subject", ""), text, told["lang"], frozenset(), 0, corrected=False)
    demanded = blank.heard(None) if blank.scored is not None else frozenset()
    return Example(blank.subject, blank.text, blank.language, demanded, 0, corrected=False)


def learn(examples: Sequence[Example], kept_right: Sequence[Example]) -> Lesson:
    """Learn from `examples`; those of `kept_right` have to be read as they are."""
    told = [one for one in examples if one.teaches]
    right = [one for one in told if one.heard(None) == one.demanded]
    learnt = _taught(told, kept_right)
    stood = [one for one in (*right, *kept_right) if one.heard(None) == one.demanded]
    return Lesson(
        learnt=learnt,
        examples=len(told),
        corrected=sum(one.corrected for one in told),
        people=len({one.person for one in told if one.corrected}),
        before=len(right),
        after=sum(one.heard(learnt) == one.demanded for one in told),
        unseen=sum(_of_others(told, kept_right)),
        worse=sum(one.heard(learnt) != one.demanded for one in stood),
    )


def _of_others(told: Sequence[Example], kept_right: Sequence[Example]) -> Iterator[bool]:
    """Of each letter, whether it is read right by what the letters of people in other groups taught."""
    people = sorted({one.person for one in told})
    for number in range(min(_GROUPS, len(people))):
        group = set(people[number::_GROUPS])
        learnt = _taught([one for one in told if one.person not in group], kept_right)
        yield from (one.heard(learnt) == one.demanded for one in told if one.person in group)


def _taught(told: Sequence[Example], kept_right: Sequence[Example]) -> Learnt:
    corrected = [one for one in told if one.corrected]
    shared = _shared(corrected)
    weights: dict[str, dict[str, float]] = {}
    whole, part = Learnt(weights), Learnt(weights, share=_ENOUGH)
    for _ in range(_ROUNDS if shared else 0):
        # A list, so that every letter is looked at in each round.
        moved = [_moved(one, part if one.corrected else whole, shared, weights) for one in (*told, *kept_right)]
        if not any(moved):
            break
    kept = {
        piece: rounded
        for piece, of in sorted(weights.items())
        if (rounded := {kind: round(weight, 3) for kind, weight in of.items() if abs(weight) >= _LEAST})
    }
    return Learnt(kept, len(told))


def _moved(one: Example, by: Learnt, shared: dict[str, float], weights: dict[str, dict[str, float]]) -> bool:
    """Move the weights where a letter is read wrongly; whether it was."""
    assert one.scored is not None
    own = [(piece, shared[piece]) for piece in sorted(shared.keys() & one.scored.letter[0].distinct)]
    if not own:
        return False
    heard = one.heard(by)
    # What nobody corrected has to stay as it is; where it is read otherwise without anything learnt, nobody has said so.
    if heard == one.demanded or (not one.corrected and one.heard(None) != one.demanded):
        return False
    mass = max(sum(value for _, value in own), _LEAST_MASS)
    added = by.adds(piece for piece, _ in own)
    moved = False
    for kind in sorted(heard ^ one.demanded):
        way = 1 if kind in one.demanded else -1
        if way * added.get(kind, 0.0) >= MOST:
            continue
        moved = True
        for piece, value in own:
            of = weights.setdefault(piece, {})
            of[kind] = of.get(kind, 0.0) + way * _STEP * value / mass
    return moved


def _shared(corrected: Iterable[Example]) -> dict[str, float]:
    """The pieces that several people used, each with what it counts."""
    people: dict[str, set[int]] = {}
    for one in corrected:
        if one.scored is not None:
            for piece in one.scored.letter[0].distinct:
                people.setdefault(piece, set()).add(one.person)
    known = net().weights
    return {piece: _KNOWN if piece in known else 1.0 for piece, of in people.items() if len(of) >= _PEOPLE and "xxx" not in piece}
