"""Turn what came over the wire into typed parameters, and say what was wrong with it.

Telegram is lenient: numbers may come as text, objects as JSON text. So is this; what even Telegram could not read is
left out and reported.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from sandbox.telegram.files import Upload
from sandbox.telegram.schema import Method, Schema, split_alternatives

_TRUE = {"true", "yes", "1"}
_FALSE = {"false", "no", "0", ""}


@dataclass
class Parameters:
    """Typed parameters of one call, its uploaded files, and the faults found on the way."""

    values: dict[str, Any] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def read_parameters(schema: Schema, method: Method, raw: dict[str, Any], uploads: dict[str, Upload]) -> Parameters:
    result = Parameters(uploads=uploads)
    for name, value in raw.items():
        spec = method.params.get(name)
        if spec is None:
            result.faults.append(f"{name}: unknown parameter of {method.name}")
            continue
        if value is None:  # JSON null is an omitted parameter
            continue
        try:
            converted = _convert(value, spec.type)
        except (TypeError, ValueError):
            result.faults.append(f"{name}: {spec.type} is expected")
            continue
        if not _is_file(spec.type):
            result.faults.extend(schema.faults(converted, spec.type, name))
        result.values[name] = converted
    for name in uploads:
        # A part that no parameter is named after must be the target of some attach://.
        if name not in method.params and f"attach://{name}" not in json.dumps(result.values, ensure_ascii=False):
            result.faults.append(f"{name}: uploaded file that nothing refers to")
    given = result.values.keys() | uploads.keys()
    result.faults.extend(
        f"{name}: required parameter of {method.name} is missing"
        for name, spec in method.params.items()
        if spec.required and name not in given
    )
    return result


def _is_file(expression: str) -> bool:
    return "InputFile" in split_alternatives(expression)


def _convert(value: Any, expression: str) -> Any:
    """Convert one parameter to its declared type; ValueError or TypeError when it cannot be read so."""
    if expression == "Integer":
        return _integer(value)
    if expression == "Float":
        return float(value)
    if expression in {"Boolean", "True"}:
        return _boolean(value)
    if expression == "Integer or String":
        return _chat_id(value)
    if expression == "String" or _is_file(expression):
        if isinstance(value, dict | list):
            raise ValueError
        return value if isinstance(value, str) else json.dumps(value)
    given = json.loads(value) if isinstance(value, str) else value
    if not isinstance(given, list if expression.startswith("Array of ") else dict):
        raise TypeError
    return given


def _integer(value: Any) -> int:
    if isinstance(value, float) and not value.is_integer():
        raise ValueError
    number = int(value)
    if abs(number) >= 2**63:
        raise ValueError
    return number


def _boolean(value: Any) -> bool:
    text = str(value).lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError


def _chat_id(value: Any) -> int | str:
    if isinstance(value, bool | dict | list):
        raise TypeError
    try:
        return int(value)
    except ValueError:
        return str(value)
