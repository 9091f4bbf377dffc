"""Writes training letters from the grammars beside this module.

Every verb of a kind meets every object in every form, among greetings, thanks and typing errors; and the same words stand
where nothing is demanded.
"""

import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Any

GRAMMARS = ("ru", "en", "others")
_EACH = {"ru": 140, "en": 90, "others": 0}  # sentences of a kind from verbs and objects; phrases are all taken
_PHRASE_COPIES = 2
_QUIET_SHARE = 0.35


@dataclass(frozen=True)
class Example:
    """A sentence or a short letter, and the kinds demanded in it."""

    text: str
    kinds: frozenset[str]


def examples(seed: int = 13) -> list[Example]:
    """All training letters; the same for the same seed."""
    dice = random.Random(seed)  # noqa: S311 - training data, no secrets
    return [example for name in GRAMMARS for example in _written(name, dice)]


def _written(name: str, dice: random.Random) -> Iterator[Example]:
    grammar = tomllib.loads((resources.files("desk.recognising.training") / f"{name}.toml").read_text(encoding="utf-8"))
    neutral = [phrase for row in grammar["kind"] if not row["kinds"] for phrase in row["phrases"]]
    for row in grammar["kind"]:
        kinds = frozenset(row["kinds"])
        for text, demanded in _sentences(row, grammar.get("forms", {}), _EACH[name], dice):
            yield Example(_noisy(text, dice), kinds if demanded else frozenset())
        for phrase in row["phrases"]:
            yield Example(phrase, kinds)
            for _ in range(_PHRASE_COPIES):
                yield Example(_noisy(_among(phrase, grammar["context"], neutral, dice), dice), kinds)


def _sentences(row: dict[str, Any], forms: dict[str, list[str]], most: int, dice: random.Random) -> Iterator[tuple[str, bool]]:
    verbs = [verb.split("|") for verb in row.get("verbs", [])]
    if not verbs:
        return
    for number in range(most):
        demanded = number > most * _QUIET_SHARE
        form = dice.choice(forms["asked" if demanded else "quiet"])
        first, second, third = dice.choice(verbs)
        named = (
            {"imp": first, "inf": second, "past": third}
            if "{inf}" in "".join(forms["asked"])
            else {"imp": first, "past": second, "ing": third}
        )
        yield form.format(obj=dice.choice(row["objects"]), **named), demanded


def _among(phrase: str, context: dict[str, list[str]], neutral: list[str], dice: random.Random) -> str:
    parts = [
        dice.choice(context["before"]),
        dice.choice(neutral) if dice.random() < 0.15 else "",
        phrase,
        dice.choice(context["after"]),
    ]
    return " ".join(part for part in parts if part)


def _noisy(text: str, dice: random.Random) -> str:
    """`text` as people type: small letters, no full stops, a letter lost, doubled or swapped."""
    if dice.random() < 0.3:
        text = text.lower()
    if dice.random() < 0.35:
        for _ in range(1 + len(text) // 60):
            at = dice.randrange(max(1, len(text) - 1))
            turn = dice.randrange(3)
            if turn == 0:
                text = text[:at] + text[at + 1 :]
            elif turn == 1:
                text = text[:at] + text[at : at + 1] + text[at:]
            else:
                text = text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]
    return text
