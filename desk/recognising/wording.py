"""Reads the wording tables (TOML beside this module) once and compiles them."""

import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from desk.recognising.patterns import FAR, Pattern, all_begun, any_found, compiled, starts

_FAMILY = re.compile(r"(?<![.\)\]}])\{([^\W\d]\w*)\}")  # never the {0,30} of a regular expression

_PIECE = re.compile(r"[^\W\d_]+\*?")


@dataclass(frozen=True)
class Rule:
    """Wordings that all mean one thing."""

    means: str  # a kind of demand, or a sign such as "erase" that `desk.recognising.letter` weighs
    why: str
    weight: float
    titles: bool  # counts in subjects and file names
    texts: bool  # counts in texts
    loose: bool  # read only when nothing else was understood, over several sentences at once
    asked: bool  # counts also in a sentence that asks how something is done
    patterns: tuple[Pattern, ...]
    unless: tuple[Pattern, ...]


@dataclass(frozen=True)
class Wording:
    """All tables together."""

    rules: tuple[Rule, ...]
    index: "Index"  # of the rules that are not loose
    loose: "Index"
    vocabulary: tuple[str, ...]  # words that typing errors are righted to
    never_righted: frozenset[str]
    common: frozenset[str]  # everyday Russian words, by which Russian in Latin letters is told
    expressions: Mapping[str, re.Pattern[str]]

    def pieces(self) -> frozenset[str]:
        """Every word the patterns ask for, with its star when it is only a beginning."""
        sources = (pattern.source for rule in self.rules for pattern in (*rule.patterns, *rule.unless))
        return frozenset(piece for source in sources if not source.startswith("re:") for piece in _PIECE.findall(source))


_Entry = tuple[int, Pattern, tuple[frozenset[str], ...]]  # its rule, and what its other words may begin with


class Index:
    """Finds the rules that word a sentence without trying them all: a pattern waits under the beginnings of one of its words."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(rules)
        entries = [(number, pattern) for number, rule in enumerate(rules) for pattern in rule.patterns]
        common = Counter(start for _, pattern in entries for group in pattern.beginnings for start in group)
        self._far: list[_Entry] = []
        self._always: list[_Entry] = []
        self._under: dict[str, list[_Entry]] = {}
        for number, pattern in entries:
            groups = sorted(pattern.beginnings, key=lambda group: sum(common[start] for start in group))
            if not groups:
                (self._far if pattern.far else self._always).append((number, pattern, ()))
                continue
            for start in groups[0]:
                self._under.setdefault(start, []).append((number, pattern, tuple(groups[1:])))

    def found(self, sentence: str) -> list[Rule]:
        """The rules whose wording `sentence` (plain words, single spaces) has, in the order they are written."""
        begun = starts(sentence.split(" "))
        far = self._far if FAR.search(sentence) else ()
        told: set[int] = set()
        for entries in (self._always, far, *map(self._under.__getitem__, begun & self._under.keys())):
            for number, pattern, groups in entries:
                if number not in told and all_begun(groups, begun) and pattern.found(sentence):
                    told.add(number)
        return [self._rules[number] for number in sorted(told) if any_found(self._rules[number].unless, sentence, begun) is None]


@cache
def wording() -> Wording:
    """The wording as written; raises ValueError for a table that is badly written."""
    rules: list[Rule] = []
    words: dict[str, list[str]] = {}
    expressions: dict[str, re.Pattern[str]] = {}
    tables = sorted(
        (path for path in resources.files("desk.recognising").iterdir() if path.name.endswith(".toml")),
        key=lambda path: path.name,
    )
    read = [(path.name, tomllib.loads(path.read_text(encoding="utf-8"))) for path in tables]
    families = {name: forms for _, table in read for name, forms in table.get("families", {}).items()}
    for file, table in read:
        rules.extend(_rule(row, file, families) for row in table.get("rule", []))
        for key, value in table.get("expressions", {}).items():
            expressions[key] = re.compile(value, re.IGNORECASE | re.VERBOSE)
        for key, value in table.get("words", {}).items():
            words.setdefault(key, []).extend(value)
    return Wording(
        rules=tuple(rules),
        index=Index([rule for rule in rules if not rule.loose]),
        loose=Index([rule for rule in rules if rule.loose]),
        vocabulary=tuple(dict.fromkeys(words.get("vocabulary", []))),
        never_righted=frozenset(words.get("never_righted", [])),
        common=frozenset(words.get("common", [])),
        expressions=expressions,
    )


def _rule(row: dict[str, Any], name: str, families: Mapping[str, str]) -> Rule:
    def patterns(key: str) -> tuple[Pattern, ...]:
        return tuple(compiled(_FAMILY.sub(lambda match: families[match[1]], pattern)) for pattern in row.get(key, []))

    if not row.get("patterns"):
        raise ValueError(f"{name}: a rule without patterns")
    try:
        return Rule(
            means=row["means"],
            why=row["why"],
            weight=float(row.get("weight", 1.0)),
            titles=row.get("titles", True),
            texts=row.get("texts", True),
            loose=row.get("loose", False),
            asked=row.get("asked", False),
            patterns=patterns("patterns"),
            unless=patterns("unless"),
        )
    except (KeyError, ValueError) as error:
        raise ValueError(f"{name}: a rule is badly written: {error}") from error
