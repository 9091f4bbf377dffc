"""The Bot API's own description of itself, as data, and checks of values against it.

`botapi.json` holds, for the API version it names, every method (`params` and `returns`), every union and every
type. A field is written as Telegram's documentation writes its type, with `!` when it is required:
`"chat_id": "Integer or String!"`, `"media": "Array of InputMediaPhoto and InputMediaVideo!"`.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

Fault = str
Check = Callable[[Any, str], list[Fault]]


@dataclass(frozen=True)
class Field:
    """One parameter of a method or one field of a type."""

    type: str
    required: bool


@dataclass(frozen=True)
class Method:
    """One method: its name as Telegram spells it, its parameters, and the type of its result."""

    name: str
    params: dict[str, Field]
    returns: str


def _fields(raw: dict[str, str]) -> dict[str, Field]:
    return {name: Field(spec.rstrip("!"), spec.endswith("!")) for name, spec in raw.items()}


class Schema:
    """Methods and types of one version of the Bot API."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.version: str = raw["version"]
        self.types = {name: _fields(fields) for name, fields in raw["types"].items()}
        self.unions: dict[str, list[str]] = raw["unions"]
        methods = (Method(n, _fields(m["params"]), m["returns"]) for n, m in raw["methods"].items())
        self._methods = {method.name.lower(): method for method in methods}
        self._checks: dict[str, Check] = {}

    def method(self, name: str) -> Method | None:
        """Telegram takes method names in any case."""
        return self._methods.get(name.lower())

    def faults(self, value: Any, expression: str, path: str) -> list[Fault]:
        """What is wrong with a value that should be of the type the expression names."""
        return self._check(expression)(value, path)

    def _check(self, expression: str) -> Check:
        if expression not in self._checks:
            # Types refer to themselves (a message holds a message), so a name is looked up again when it is used.
            self._checks[expression] = self._compile(expression)
        return self._checks[expression]

    def _compile(self, expression: str) -> Check:
        if expression.startswith("Array of "):
            return self._array(expression.removeprefix("Array of "))
        names = split_alternatives(expression)
        if len(names) > 1:
            return self._any_of(names)
        name = names[0]
        if name in _SCALARS:
            return _scalar(name)
        if name in self.unions:
            return self._any_of(self.unions[name])
        if name in self.types:
            return self._object(name)
        return lambda _value, _path: []  # InputFile, and words the data does not explain

    def _array(self, item: str) -> Check:
        def check(value: Any, path: str) -> list[Fault]:
            if not isinstance(value, list):
                return [f"{path}: an array of {item} is expected"]
            inner = self._check(item)
            return [fault for i, entry in enumerate(value) for fault in inner(entry, f"{path}[{i}]")]

        return check

    def _any_of(self, names: list[str]) -> Check:
        def check(value: Any, path: str) -> list[Fault]:
            best: list[Fault] | None = None
            for name in names:
                faults = self._check(name)(value, path)
                if not faults:
                    return []
                if best is None or len(faults) < len(best):
                    best = faults
            return best or []

        return check

    def _object(self, name: str) -> Check:
        fields = self.types[name]
        required = frozenset(n for n, f in fields.items() if f.required)

        def check(value: Any, path: str) -> list[Fault]:
            if not isinstance(value, dict):
                return [f"{path}: an object {name} is expected"]
            faults = [f"{path}.{key}: required in {name}" for key in required - value.keys()]
            for key, entry in value.items():
                field = fields.get(key)
                if field is None:
                    faults.append(f"{path}.{key}: unknown in {name}")
                else:
                    faults.extend(self._check(field.type)(entry, f"{path}.{key}"))
            return faults

        return check


_SCALARS: dict[str, tuple[type, ...]] = {
    "Integer": (int,),
    "Float": (int, float),
    "String": (str,),
    "Boolean": (bool,),
    "True": (bool,),
}


def _scalar(name: str) -> Check:
    kinds = _SCALARS[name]
    numeric = name in {"Integer", "Float"}

    def check(value: Any, path: str) -> list[Fault]:
        # In Python True is an int; on the wire it is not.
        if isinstance(value, kinds) and not (numeric and isinstance(value, bool)):
            return []
        return [f"{path}: {name} is expected"]

    return check


def split_alternatives(expression: str) -> list[str]:
    """Name the alternatives: "A or B", "A, B and C"."""
    words = expression.replace(",", " ").replace(" and ", " ").replace(" or ", " ").split()
    return words or [expression]


@cache
def bot_api() -> Schema:
    """Read the packaged description, once."""
    text = files("sandbox.telegram").joinpath("botapi.json").read_text(encoding="utf-8")
    return Schema(json.loads(text))
