"""Caps on automatic letters: a loop with another robot ends whatever addresses the other side writes from.

How strictly letters are counted depends on what they answer. A first letter with a demand is a person's, and crowds of people
do write in the same words on the same day. One that demands nothing may be a robot's; one that speaks of a letter of ours from
an address we did not write to, or in the words of an answer, most likely is. A cap that closes keeps back the automatic
letter, never the ticket.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from hashlib import blake2b

from desk.providers import domain_of

TEN_MINUTES, HOUR, DAY = timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)
# From how much of their words in common two letters count as the same text.
ALIKE = 0.7
# So many letters are compared by their words.
COMPARED = 300
# So many words stand for a text, and so many characters of it are looked at.
SKETCH, READ = 32, 4_000

_NOISE = re.compile(r"\S+@\S+|https?://\S+|\S*\d\S*")
_WORD = re.compile(r"[^\W\d_]{2,}")


class Level(IntEnum):
    """How likely a letter is a robot's answer to one of ours."""

    DEMAND = 0  # it demands something, and answers nothing
    PLAIN = 1  # it demands nothing
    ANSWER = 2  # it answers, or speaks of, a letter of ours


@dataclass(frozen=True)
class Letter:
    """An automatic letter about to be decided: to which address (see `base`), of which ticket, and what it answers."""

    at: datetime
    address: str
    ticket: int
    words: frozenset[int]
    level: Level

    @property
    def domain(self) -> str:
        """The domain of the address; empty for one where everybody has a mailbox."""
        return domain_of(self.address)


@dataclass(frozen=True)
class Cap:
    """At most `most` automatic letters `within` that have the same `name`d thing; counts and holds those of `level` and above.

    `name` is "address", "ticket", "domain", "text" (near-identical words) or "all".
    """

    name: str
    most: int
    within: timedelta
    level: Level = Level.DEMAND


CAPS = (
    Cap("address", 5, DAY),
    Cap("ticket", 5, DAY),
    Cap("text", 5, HOUR, Level.ANSWER),
    # A patient robot, with an address of its own for each of our letters, would else go on for ever at five an hour.
    Cap("text", 10, DAY, Level.ANSWER),
    Cap("domain", 10, HOUR, Level.ANSWER),
    Cap("all", 30, TEN_MINUTES, Level.ANSWER),
    Cap("text", 20, HOUR, Level.PLAIN),
    Cap("text", 60, DAY, Level.PLAIN),
    Cap("domain", 60, HOUR, Level.PLAIN),
    Cap("all", 300, TEN_MINUTES, Level.PLAIN),
    Cap("all", 5_000, TEN_MINUTES),
    Cap("all", 20_000, DAY),
)


@dataclass
class Before:
    """The automatic letters before a letter, as far as its caps count them, and those decided since (`add`).

    `counts` by what and which and level, each within its time; `sketches` of the latest at and above a level, each with its
    moment; `back` the moments of the letters so many places behind the last.
    """

    counts: Mapping[tuple[str, str, Level], int]
    sketches: Sequence[tuple[Level, frozenset[int], datetime]]
    back: Mapping[int, datetime]
    since: list[Letter] = field(default_factory=list)

    def add(self, letter: Letter) -> None:
        """Count a letter that was just decided."""
        self.since.append(letter)

    def closed(self, letter: Letter) -> Cap | None:
        """The first cap that keeps a letter back; None when it may go."""
        return closed({cap: self._count(cap, letter) for cap in caps_for(letter)})

    def _count(self, cap: Cap, letter: Letter) -> int:
        later = [one for one in self.since if one.level >= cap.level]
        match cap.name:
            case "address":
                return self._held(cap, letter.address) + sum(one.address == letter.address for one in later)
            case "ticket":
                return self._held(cap, str(letter.ticket)) + sum(one.ticket == letter.ticket for one in later)
            case "domain":
                return self._held(cap, letter.domain) + sum(one.domain == letter.domain for one in later)
            case "text":
                after = letter.at - cap.within
                earlier = [words for least, words, at in self.sketches if least == cap.level and at > after]
                return sum(near(letter.words, words) for words in [*(one.words for one in later), *earlier][:COMPARED])
        if cap.level > Level.DEMAND:
            return self._held(cap, "") + len(later)
        back = self.back.get(cap.most - 1 - len(self.since))
        return cap.most if back is not None and back > letter.at - cap.within else 0

    def _held(self, cap: Cap, which: str) -> int:
        return sum(
            count for (what, one, level), count in self.counts.items() if (what, one) == (cap.name, which) and level >= cap.level
        )


def caps_for(letter: Letter) -> list[Cap]:
    """The caps that may keep a letter back."""
    return [cap for cap in CAPS if letter.level >= cap.level and (cap.name != "domain" or letter.domain)]


def closed(counts: Mapping[Cap, int]) -> Cap | None:
    """The first cap that is full; None when the letter may go."""
    return next((cap for cap, count in counts.items() if count >= cap.most), None)


def level(*, demands: bool, answers: bool) -> Level:
    """How likely a letter is a robot's. `answers`: it refers to or speaks of a letter of ours, or says "Re:"."""
    return Level.ANSWER if answers else Level.DEMAND if demands else Level.PLAIN


def near(one: frozenset[int], other: frozenset[int]) -> bool:
    """Whether two sketches are of nearly the same words."""
    if not one or not other:
        return one == other
    return len(one & other) / len(one | other) >= ALIKE


def sketch(text: str) -> frozenset[int]:
    """What stands for a text when texts are compared: numbers, addresses and links, which robots vary, do not count."""
    words = {one.casefold() for one in _WORD.findall(_NOISE.sub(" ", text[:READ]))}
    return frozenset(sorted(int.from_bytes(blake2b(word.encode(), digest_size=4).digest()) for word in words)[:SKETCH])
