"""Reads settings into dataclasses: TOML below, environment above, secrets from files, all problems told at once.

It knows nothing of what the settings mean; `app.settings.declared` declares them. Written here rather than taken from
pydantic-settings because a command must answer at once (pydantic alone costs 0.3 s), every setting may come from
a file, lists take an index, and a problem is one sentence that never shows a secret.
"""

import difflib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from datetime import date, datetime, time
from pathlib import Path
from types import UnionType
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

from app.speech import said

PREFIX: Final = "DESK_"
LEVEL: Final = "__"
FILE: Final = "_file"
LARGEST_SECRET: Final = 64 * 1024

Section = TypeVar("Section")
Path_ = tuple[str, ...]


class SettingsError(Exception):
    """The settings cannot be used; `problems` holds one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Secret:
    """A text that shows itself only when asked to."""

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself: for the one call that needs it, never for a log or an error."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "Secret(…)" if self._text else "Secret()"


Check = Callable[[Any], str | None]
"""Says what is wrong with a value, or None; the words follow "is"/"has": 'not reachable without TLS'."""


def setting(default: Any, meaning: str, *, expected: str = "", choices: tuple[str, ...] = (), check: Check | None = None) -> Any:
    """Declare one setting: its default, what it means (for the table in README) and what may stand there."""
    metadata = {"meaning": meaning, "expected": expected, "choices": choices, "check": check}
    if isinstance(default, list | dict):
        raise TypeError("Defaults are immutable: use a tuple.")
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Leaf:
    """One given value, and the name under which it was given."""

    value: Any
    label: str
    from_environment: bool


class Reader:
    """One reading: the given values by path, and the problems found so far."""

    def __init__(self) -> None:
        self.leaves: dict[Path_, Leaf] = {}
        self.used: set[Path_] = set()
        self.problems: list[str] = []

    def add_toml(self, path: Path) -> None:
        """Take the values of a TOML file; its problems are noted."""
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            self.problems.append(
                said("The settings file %(path)s cannot be read: %(why)s.", path=path, why=error.strerror or error)
            )
        except UnicodeDecodeError:
            self.problems.append(said("The settings file %(path)s is not UTF-8 text.", path=path))
        except tomllib.TOMLDecodeError as error:
            self.problems.append(
                said("The settings file %(path)s is not valid TOML: %(error)s.", path=path, error=_without_values(error))
            )
        else:
            self._flatten((), data)

    def _flatten(self, path: Path_, value: Any) -> None:
        # Spelled-out lists become one leaf an element, so that the environment can replace a single one.
        if isinstance(value, dict):
            for name, inner in value.items():
                self._flatten((*path, str(name)), inner)
        elif isinstance(value, list) and value:
            for index, inner in enumerate(value):
                self._flatten((*path, str(index)), inner)
        else:
            self.leaves[path] = Leaf(value, ".".join(path), from_environment=False)

    def add_environment(self, environment: Mapping[str, str]) -> None:
        """Lay the DESK_ variables over what is there; an empty variable counts as not given."""
        for name in sorted(environment):
            if not name.startswith(PREFIX) or name == "DESK_CONFIG" or not environment[name].strip():
                continue
            path = tuple(name.removeprefix(PREFIX).lower().split(LEVEL))
            for below in [p for p in self.leaves if p[: len(path)] == path]:
                del self.leaves[below]
            self.leaves[path] = Leaf(environment[name], name, from_environment=True)

    # Building

    def build(self, kind: type[Section], path: Path_ = ()) -> Section:
        """A dataclass from the values under `path`; what is wrong is noted and replaced by the default."""
        values: dict[str, Any] = {}
        hints = get_type_hints(kind)
        if path in self.leaves:
            self._refuse(path, said("a table of settings"))
        for each in fields(kind):  # type: ignore[arg-type]
            values[each.name] = self._field((*path, each.name), each, hints[each.name])
        return kind(**values)

    def _field(self, path: Path_, each: "Field[Any]", hint: Any) -> Any:
        if is_dataclass(hint):
            assert isinstance(hint, type)
            return self.build(hint, path)
        if get_origin(hint) is tuple:
            return self._list(path, each, get_args(hint)[0])
        leaf = self._leaf(path)
        if leaf is None:
            self._refuse_below(path, _expected(each, hint))
            return _default(each)
        return self._value(leaf, each, hint)

    def _list(self, path: Path_, each: "Field[Any]", element: Any) -> Any:
        whole = self._leaf(path)
        if whole is not None and isinstance(whole.value, str) and whole.from_environment and not is_dataclass(element):
            texts = [text.strip() for text in whole.value.strip("[] ").split(",") if text.strip()]
            found = [self._value(Leaf(t.strip("\"'"), whole.label, True), each, element) for t in texts]
            return tuple(found)
        if whole is not None and whole.value != []:
            self._refuse(path, said("a list"))
            return _default(each)
        names = {p[len(path)] for p in self.leaves if len(p) > len(path) and p[: len(path)] == path}
        if not names and whole is not None and _default(each):
            self.problems.append(
                said("%(label)s is empty, expected at least %(each)s.", label=whole.label, each=_expected(each, element))
            )
        if not names:
            return () if whole is not None else _default(each)
        indexes = sorted(int(name) for name in names if name.isdecimal())
        if len(indexes) < len(names) or indexes != list(range(len(indexes))):
            self._refuse_below(
                path,
                said("a list whose items are numbered from 0 without a gap (in TOML a list of tables is written [[name]])"),
            )
            return _default(each)
        return tuple(self._item((*path, str(index)), each, element) for index in indexes)

    def _item(self, path: Path_, each: "Field[Any]", element: Any) -> Any:
        if is_dataclass(element):
            assert isinstance(element, type)
            return self.build(element, path)
        leaf = self._leaf(path)
        if leaf is None:
            self._refuse_below(path, _expected(each, element))
            return None
        return self._value(leaf, each, element)

    def _leaf(self, path: Path_) -> Leaf | None:
        """The value given for a path, by itself or by a file that holds it."""
        named = (*path[:-1], path[-1] + FILE)
        given, file = self.leaves.get(path), self.leaves.get(named)
        if file is None:
            self.used.add(path)
            return given
        self.used |= {path, named}
        if given is not None and given.from_environment == file.from_environment:
            self.problems.append(
                said("%(label)s and %(label2)s are both set: leave one of them.", label=given.label, label2=file.label)
            )
            return given
        if given is not None and given.from_environment:
            return given
        return self._from_file(file)

    def _from_file(self, file: Leaf) -> Leaf | None:
        path = Path(str(file.value))
        try:
            with path.open(encoding="utf-8") as handle:
                text = handle.read(LARGEST_SECRET + 1)
        except OSError as error:
            self.problems.append(
                said(
                    "%(label)s: the file %(path)s cannot be read: %(why)s.",
                    label=file.label,
                    path=path,
                    why=error.strerror or error,
                )
            )
            return None
        except UnicodeDecodeError:
            self.problems.append(said("%(label)s: the file %(path)s is not UTF-8 text.", label=file.label, path=path))
            return None
        if not text.strip() or len(text) > LARGEST_SECRET:
            size = said("empty") if not text.strip() else said("larger than 64 KiB")
            self.problems.append(
                said(
                    "%(label)s: the file %(path)s is %(size)s, expected the value alone.", label=file.label, path=path, size=size
                )
            )
            return None
        return Leaf(text.strip("\r\n"), file.label, from_environment=True)

    def _value(self, leaf: Leaf, each: "Field[Any]", hint: Any) -> Any:
        kind = _plain(hint)
        try:
            value = CONVERSIONS[kind](leaf.value, leaf.from_environment)
        except (ValueError, TypeError, KeyError, OSError):
            self._complain(leaf, _expected(each, hint), secret=kind is Secret)
            return _default(each)
        choices = each.metadata.get("choices")
        if choices and value not in choices:
            near = difflib.get_close_matches(str(value), choices, n=1)
            hint_ = said("; did you mean “%(name)s”?", name=near[0]) if near else ""
            self._complain(leaf, _expected(each, hint) + hint_, secret=kind is Secret)
        wrong = each.metadata["check"](value) if each.metadata.get("check") else None
        if wrong:
            self.problems.append(said("%(label)s %(wrong)s.", label=leaf.label, wrong=wrong))
        return value

    # Saying what is wrong

    def _complain(self, leaf: Leaf, expected: str, *, secret: bool) -> None:
        found = said("a value that is kept secret") if secret else _shown(leaf.value)
        self.problems.append(
            said("%(label)s: found %(found)s, expected %(expected)s.", label=leaf.label, found=found, expected=expected)
        )

    def _refuse(self, path: Path_, expected: str) -> None:
        leaf = self.leaves[path]
        self.used.add(path)
        self._complain(leaf, expected, secret=True) if leaf.value != [] else None

    def _refuse_below(self, path: Path_, expected: str) -> None:
        below = sorted(p for p in self.leaves if len(p) > len(path) and p[: len(path)] == path)
        if below:
            self.used |= set(below)
            self.problems.append(
                said(
                    "%(label)s: found several values, expected %(expected)s.",
                    label=self.leaves[below[0]].label,
                    expected=expected,
                )
            )

    def refuse_unknown(self, kind: type) -> None:
        """Note every value that nothing asked for, with the nearest name there is."""
        known = [path for path, _, _ in walk(kind)]
        for path in sorted(set(self.leaves) - self.used):
            leaf = self.leaves[path]
            # A list's index stands for every item when names are compared.
            general = tuple("0" if part.isdecimal() else part for part in path)
            written = {_name(p, env=leaf.from_environment): p for p in known}
            near = difflib.get_close_matches(_name(general, env=leaf.from_environment), written, n=1, cutoff=0.75)
            if leaf.from_environment and len(path) == 1 and not near and path[0] not in {p[0] for p in known}:
                # DESK_PORT, DESK_SERVICE_HOST and their kind are put there by container platforms.
                continue
            hint = said("; the nearest is %(name)s", name=near[0]) if near else ""
            self.problems.append(said("%(label)s is not a setting%(hint)s.", label=leaf.label, hint=hint))


def walk(kind: type, path: Path_ = ()) -> list[tuple[Path_, "Field[Any]", Any]]:
    """All settings of a dataclass tree: path (0 for the items of a list of tables), field and type."""
    found: list[tuple[Path_, Field[Any], Any]] = []
    hints = get_type_hints(kind)
    for each in fields(kind):
        hint = hints[each.name]
        inner = get_args(hint)[0] if get_origin(hint) is tuple else hint
        if is_dataclass(inner):
            assert isinstance(inner, type)
            below = (*path, each.name, "0") if inner is not hint else (*path, each.name)
            found += walk(inner, below)
        else:
            found.append(((*path, each.name), each, hint))
    return found


def _name(path: Path_, *, env: bool) -> str:
    return PREFIX + LEVEL.join(path).upper() if env else ".".join(path)


def variable(path: Path_) -> str:
    """The environment variable of a setting."""
    return _name(path, env=True)


def _plain(hint: Any) -> Any:
    if get_origin(hint) in {Union, UnionType}:
        return next(kind for kind in get_args(hint) if kind is not type(None))
    return hint


def _default(each: "Field[Any]") -> Any:
    if each.default is not MISSING:
        return each.default
    assert each.default_factory is not MISSING
    return each.default_factory()


def _shown(value: Any) -> str:
    text = f"“{value}”" if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _without_values(error: tomllib.TOMLDecodeError) -> str:
    """Where a TOML file is wrong, without its words: the line may hold a password."""
    text = str(error)
    return text if "'" not in text else said("a mistake") + " " + text[text.rfind("(at ") :].strip("()")


def _expected(each: "Field[Any]", hint: Any) -> str:
    choices = each.metadata.get("choices")
    if choices:
        return said("one of %(choices)s", choices=", ".join(f"“{choice}”" for choice in choices))
    return said(each.metadata.get("expected") or EXPECTED[_plain(hint)])


def _text(value: Any, _from_text: bool) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value.strip()


def _whole(value: Any, from_text: bool) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str) or (isinstance(value, str) and not from_text):
        raise TypeError
    return int(value)


def _number(value: Any, from_text: bool) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str) or (isinstance(value, str) and not from_text):
        raise TypeError
    return float(value)


WORDS: Final = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def _truth(value: Any, from_text: bool) -> bool:
    if isinstance(value, bool):
        return value
    if not from_text:
        raise TypeError
    return WORDS[str(value).strip().lower()]


def _time(value: Any, _from_text: bool) -> time:
    found = value if isinstance(value, time) else time.fromisoformat(_text(value, True))
    if found.tzinfo is not None:
        raise ValueError
    return found


def _date(value: Any, _from_text: bool) -> date:
    if isinstance(value, datetime):
        raise TypeError
    return value if isinstance(value, date) else date.fromisoformat(_text(value, True))


CONVERSIONS: Final[dict[Any, Callable[[Any, bool], Any]]] = {
    str: _text,
    Secret: lambda value, from_text: Secret(_text(value, from_text)),
    int: _whole,
    float: _number,
    bool: _truth,
    Path: lambda value, from_text: Path(_text(value, from_text)),
    time: _time,
    date: _date,
    ZoneInfo: lambda value, from_text: ZoneInfo(_text(value, from_text)),
}

EXPECTED: Final = {
    str: "text in quotes",
    Secret: "text in quotes",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    Path: "a path in quotes",
    time: "a time of day such as “18:00”",
    date: "a date such as 2026-03-01",
    ZoneInfo: "a time zone such as “Europe/Moscow”",
}
