"""Rows written and read below the ORM: many of them with one statement a table, as the ORM would write each."""

# ruff: noqa: SLF001, S608  # what a table looks like is known from its model; names and marks, no values

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from tortoise.fields.base import Field
from tortoise.models import Model

from models.store.connect import client, is_postgres

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class _Table:
    """A table as its model describes it; `fields` are the attributes of a row in the order of `columns`."""

    name: str
    columns: tuple[str, ...]
    fields: tuple[tuple[str, Field[Any]], ...]

    def values(self, row: Model) -> list[Any]:
        return [field.to_db_value(getattr(row, name), row) for name, field in self.fields]

    def insert(self, *, postgres: bool) -> str:
        marks = ", ".join(f"${number}" if postgres else "?" for number in range(1, len(self.columns) + 1))
        return f'INSERT INTO "{self.name}" ({", ".join(self.columns)}) VALUES ({marks})'


@cache
def _table(model: type[Model], *, numbered: bool) -> _Table:
    meta = model._meta
    named = [name for name in meta.fields_db_projection if numbered or name != meta.pk_attr]
    return _Table(
        name=meta.db_table,
        columns=tuple(f'"{meta.fields_db_projection[name]}"' for name in named),
        fields=tuple((name, meta.fields_map[name]) for name in named),
    )


async def insert(rows: Sequence[Model]) -> None:
    """Insert new rows, those of one table with one statement and in their order; tables in the order of their first row.

    A row whose number is set gets that number. Call it inside a transaction.
    """
    postgres = is_postgres()
    groups: dict[tuple[type[Model], bool], list[Model]] = {}
    for row in rows:
        groups.setdefault((type(row), row.pk is not None), []).append(row)
    for (model, numbered), group in groups.items():
        table = _table(model, numbered=numbered)
        await client().execute_many(table.insert(postgres=postgres), [table.values(row) for row in group])


async def insert_unless_there(row: Model) -> bool:
    """Insert a new row and set its number; False, and nothing done, when a unique key of it is in its table already."""
    table = _table(type(row), numbered=False)
    words = f"{table.insert(postgres=is_postgres())} ON CONFLICT DO NOTHING RETURNING {row._meta.db_pk_column}"
    found = await client().execute_query_dict(words, table.values(row))
    if not found:
        return False
    row.pk = found[0][row._meta.db_pk_column]
    row._saved_in_db = True
    return True


def read(model: type[Row], record: Mapping[str, Any]) -> Row:
    """A row from all its columns as the database gave them."""
    return model._init_from_db(**record)
