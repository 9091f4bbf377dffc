"""Reads grammar.toml, the words by which sentences are cut and verbs are told."""

import tomllib
from importlib import resources
from typing import Any, Final

_TABLES: Final[dict[str, Any]] = tomllib.loads(
    (resources.files("desk.recognising.reading") / "grammar.toml").read_text(encoding="utf-8")
)
DEEDS: Final = frozenset(_TABLES["deeds"].split())  # senses
THINGS: Final = frozenset(_TABLES["things"].split())  # senses
TURNS: Final[dict[str, frozenset[str]]] = {name: frozenset(words.split()) for name, words in _TABLES["turns"].items()}
JOINS: Final = frozenset(word for words in _TABLES["joins"].values() for word in words.split())
PAST: Final = frozenset(_TABLES["past"]["en"].split())
CONCLUDES: Final = {
    name: tuple(f"{begun.replace('_', ' ')} " for begun in told.split()) for name, told in _TABLES["concludes"].items()
}
