"""The small language wording is written in, compiled to regular expressions over sentences of plain words.

отзыва*            a word with this beginning          ~     up to five words between
отзыв|отзывы       one of several words                ~~    up to fifteen words between
в_силе             words that stand together           мо*?  a word that may be missing
^                  the sentence starts here            $     and ends here
a & b              both, in any order
{удалить}          a family: all the forms listed under this name in words.toml
re:…               a regular expression as it is (for writing without spaces between words)
"""

import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property, lru_cache

BEGINNING = 5  # letters of a word by which the patterns worth trying are looked up
# Letters of the scripts of India and of East Asia, which are found in a sentence or not without trying what is asked of them.
FAR = re.compile("[\u0900-\U0010ffff]")
_GAPS = {"~": r"(?: \S+){0,5}?", "~~": r"(?: \S+){0,15}?"}


@dataclass(frozen=True)
class Pattern:
    """One wording, with the pieces of words a sentence must hold to be worth the regular expression."""

    source: str
    expression: str
    needs: tuple[tuple[str, ...], ...]
    also: tuple["Pattern", ...] = ()

    @cached_property
    def beginnings(self) -> tuple[frozenset[str], ...]:
        """For each word that must be there, how the words of a sentence may begin that can be it."""
        groups = [*self.needs, *(group for other in self.also for group in other.needs)]
        return tuple(frozenset(beginning(piece) for piece in group) for group in groups if all(map(beginning, group)))

    @cached_property
    def _telling(self) -> tuple[tuple[str, ...], ...]:
        """The needs that say more than `beginnings`; the others are not worth looking for before the expression is tried."""
        return tuple(group for group in self.needs if all(len(piece) > BEGINNING for piece in group))

    @property
    def far(self) -> bool:
        """Whether every letter it asks for is one of `FAR`."""
        return all(FAR.match(sign) for sign in self.source.removeprefix("re:") if sign.isalpha())

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """Compiled when a sentence first deserves it: most letters need few of the patterns."""
        return re.compile(self.expression)

    def found(self, sentence: str) -> bool:
        """Whether `sentence` (plain words, single spaces) is worded so."""
        return (
            all(any(piece in sentence for piece in pieces) for pieces in self._telling)
            and self.regex.search(f" {sentence} ") is not None
            and all(other.found(sentence) for other in self.also)
        )


def beginning(piece: str) -> str:
    """The letters a word must begin with to be `piece` of a pattern; nothing when it may begin with any."""
    return piece.partition(" ")[0][:BEGINNING]


@lru_cache(20_000)
def _beginnings(word: str) -> tuple[str, ...]:
    return tuple(word[:length] for length in range(1, min(len(word), BEGINNING) + 1))


def starts(words: Iterable[str]) -> set[str]:
    """How these words begin, with all that a pattern can be looked up by."""
    return set().union(*map(_beginnings, words))


def all_begun(groups: Iterable[frozenset[str]], begun: AbstractSet[str]) -> bool:
    """Whether for each of `groups` (of beginnings) there is a word that begins so."""
    for group in groups:  # noqa: SIM110 - a plain loop: it runs some hundred times a letter
        if group.isdisjoint(begun):
            return False
    return True


def compiled(source: str) -> Pattern:
    """The pattern written as `source`; raises ValueError when it is badly written."""
    if source.startswith("re:"):
        return Pattern(source, source[3:], ())
    if " & " in source:
        first, *others = (compiled(part) for part in source.split(" & "))
        return Pattern(source, first.expression, first.needs, tuple(others))
    parts = source.replace("-", "_").split()
    while parts and parts[-1] in _GAPS:
        parts.pop()
    if not parts or parts[0] in _GAPS:
        raise ValueError(f"a pattern starts with a word: {source!r}")
    regex: list[str] = []
    needs: list[tuple[str, ...]] = []
    for part in parts:
        if part in _GAPS:
            regex.append(_GAPS[part])
        elif part == "^":
            regex.append("^")
        elif part == "$":
            regex.append(r"(?= $)")
        else:
            optional = part.endswith("?")
            choices = part.removesuffix("?").split("|")
            body = "|".join(_word(choice) for choice in choices)
            regex.append(f"(?: (?:{body})(?= )){'?' if optional else ''}")
            if not optional:
                needs.append(tuple(_piece(choice) for choice in choices))
    return Pattern(source, "".join(regex), tuple(needs))


def _piece(choice: str) -> str:
    """What a sentence must hold for `choice` to be in it: its letters up to the first that may vary."""
    return choice.replace("_", " ").partition("*")[0]


def _word(choice: str) -> str:
    if not choice.strip("*_"):
        raise ValueError(f"an empty word in a pattern: {choice!r}")
    return re.escape(choice).replace(r"\*", r"[^ ]*").replace("_", " ")


def any_found(patterns: Sequence[Pattern], sentence: str, begun: AbstractSet[str]) -> Pattern | None:
    """The first of `patterns` that `sentence` is worded by; `begun` are the `starts` of its words."""
    return next((pattern for pattern in patterns if all_begun(pattern.beginnings, begun) and pattern.found(sentence)), None)
