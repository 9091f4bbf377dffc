"""Reads the wording tables (TOML beside this module) once and compiles them."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from desk.recognising.patterns import Pattern, compiled


@dataclass(frozen=True)
class Rule:
    """Wordings that all mean one thing."""

    means: str  # a kind of demand, or a sign such as "erase" that `desk.recognise` weighs
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
    vocabulary: tuple[str, ...]  # words that typing errors are righted to
    never_righted: frozenset[str]
    expressions: Mapping[str, re.Pattern[str]]


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
    for path in tables:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        rules.extend(_rule(row, path.name) for row in table.get("rule", []))
        for key, value in table.get("expressions", {}).items():
            expressions[key] = re.compile(value, re.IGNORECASE | re.VERBOSE)
        for key, value in table.get("words", {}).items():
            words.setdefault(key, []).extend(value)
    return Wording(
        rules=tuple(rules),
        vocabulary=tuple(dict.fromkeys(words.get("vocabulary", []))),
        never_righted=frozenset(words.get("never_righted", [])),
        expressions=expressions,
    )


def _rule(row: dict[str, Any], name: str) -> Rule:
    try:
        return Rule(
            means=row["means"],
            why=row["why"],
            weight=float(row.get("weight", 1.0)),
            titles=row.get("titles", True),
            texts=row.get("texts", True),
            loose=row.get("loose", False),
            asked=row.get("asked", False),
            patterns=tuple(compiled(pattern) for pattern in row["patterns"]),
            unless=tuple(compiled(pattern) for pattern in row.get("unless", [])),
        )
    except (KeyError, ValueError) as error:
        raise ValueError(f"{name}: a rule is badly written: {error}") from error
