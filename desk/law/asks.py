"""Asks: what a processor may be told to do, in words of both languages, and for which demands it is. Pure."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final

TAKE_DOWN: Final = "take_down"


@dataclass(frozen=True)
class Ask:
    """One thing to do; `needs_words`: staff say what exactly, before a letter can leave."""

    key: str
    name: Mapping[str, str]
    do: Mapping[str, str]
    did: Mapping[str, str]
    needs_words: bool = False
    cite: Mapping[str, str] = field(default_factory=dict)
    recorded: Mapping[str, str] = field(default_factory=dict)

    def told(self, language: str, regime: str) -> str:
        """What the letter tells to do; under 152-FZ with the article, for another law without one."""
        return _joined(self.do, " (%s)", self.cite, language, regime)

    def answered(self, language: str, regime: str) -> str:
        """What the confirmation is to say."""
        return _joined(self.did, ": %s", self.recorded, language, regime)


def _joined(said: Mapping[str, str], form: str, more: Mapping[str, str], language: str, regime: str) -> str:
    return said[language] + (form % more[language] if more and regime.startswith("ru") else "")


@cache
def known() -> Mapping[str, Ask]:
    """Every ask by its key, in the order in which letters list them."""
    return {key: Ask(key=key, **values) for key, values in _read().items() if key != "of"}


def in_order(keys: Iterable[str]) -> list[str]:
    """These asks, each once, in the order in which letters list them."""
    wanted = set(keys)
    return [key for key in known() if key in wanted]


def names(keys: Iterable[str], language: str) -> str:
    """Short names of asks, for lists and buttons."""
    return ", ".join(known()[key].name[language] for key in in_order(keys))


def needs_words(keys: Iterable[str]) -> bool:
    """Whether staff have to say what exactly is to be done."""
    return any(known()[key].needs_words for key in keys)


def subject(keys: Iterable[str], language: str) -> str:
    """The subject of the letter; it names nobody."""
    what = names(keys, language)
    return f"Указание обработчику: {what}" if language == "ru" else f"Instruction to the processor: {what}"


def of_kind(kind: str) -> Mapping[str, Sequence[str]]:
    """What processors are asked when this is demanded, by the key of the step that their confirmation proves."""
    wanted: Mapping[str, Mapping[str, Sequence[str]]] = _read()["of"]
    return wanted.get(kind, {})


@cache
def _read() -> Mapping[str, Any]:
    return tomllib.loads((files("desk.law") / "asks.toml").read_text(encoding="utf-8"))
