"""What all tables have in common: a new row is made of its columns in one go.

Tortoise makes each attribute by itself, with a dozen questions; a letter becomes some twenty rows, which are then a quarter of
what deciding about it costs.
"""

# ruff: noqa: SLF001  # a table is described by its `_meta`

from collections.abc import Callable
from functools import cache
from inspect import iscoroutinefunction
from typing import Any, NamedTuple

from tortoise.fields.base import Field
from tortoise.models import Model

PLAIN = (int, float, str, bool, bytes, type(None))


class _Columns(NamedTuple):
    """The columns of a table, and of which type what is given to them is taken as it is.

    `untold` is what they hold where nothing is given, `made` makes it where it could be changed; the database numbers `numbered`.
    """

    fields: dict[str, Field[Any]]
    kinds: dict[str, type | None]
    untold: dict[str, Any]
    made: dict[str, Callable[[], Any]]
    numbered: str


class Table(Model):
    """A table of the desk."""

    class Meta:
        abstract = True

    def __init__(self, **told: Any) -> None:
        columns = _columns(type(self), len(self._meta.fields_db_projection))
        if columns is None or not columns.fields.keys() >= told.keys():
            super().__init__(**told)
            return
        row: dict[str, Any] = {
            "_partial": False,
            "_saved_in_db": False,
            "_custom_generated_pk": columns.numbered in told,
            "_await_when_save": {},
            **columns.untold,
        }
        row |= {name: make() for name, make in columns.made.items() if name not in told}
        for name, value in told.items():
            if type(value) is not columns.kinds[name]:
                if value is None and not columns.fields[name].null:
                    raise ValueError(f"{name} is non nullable field, but null was passed")
                value = columns.fields[name].to_python_value(value)  # noqa: PLW2901
            row[name] = value
        self.__dict__.update(row)


@cache
def _columns(model: type[Model], _known: int) -> _Columns | None:
    """None where a default is found out by asking somebody: that is left to Tortoise.

    How many columns are known grows when the tables are related to each other.
    """
    meta = model._meta
    fields = {name: meta.fields_map[name] for name in meta.fields_db_projection}
    if any(iscoroutinefunction(field.default) for field in fields.values()):
        return None
    untold = {name: field.default for name, field in fields.items() if _is_constant(field)}
    return _Columns(
        fields=fields,
        kinds={name: field.field_type if _takes_as_it_is(field) else None for name, field in fields.items()},
        untold=untold,
        made={name: _maker(field) for name, field in fields.items() if name not in untold},
        numbered=meta.pk_attr if meta.pk.generated else "",
    )


def _is_constant(field: Field[Any]) -> bool:
    return isinstance(field.default, PLAIN) and not (field.default is None and field.has_db_default())


def _takes_as_it_is(field: Field[Any]) -> bool:
    return type(field).to_python_value is Field.to_python_value


def _maker(field: Field[Any]) -> Callable[[], Any]:
    return field.default if callable(field.default) else field.get_db_default_value
