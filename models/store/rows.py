"""Rows written and read below the ORM: many of them with one statement a table, as the ORM would write each."""

# ruff: noqa: SLF001, S608  # what a table looks like is known from its model; names and marks, no values

import itertools
import json
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from tortoise.fields.base import Field
from tortoise.models import Model
from tortoise.validators import MaxLengthValidator

from models.store.connect import client, is_postgres
from models.store.covering import changed, known, made
from models.store.touched import Known

Row = TypeVar("Row", bound=Model)
# Both back ends take some more values with one statement.
PARAMETERS = 30_000
# So many rows of several tables at most are written by one statement on PostgreSQL, which has the words for each of them.
FEW = 24


@dataclass(frozen=True)
class _Table:
    """A table as its model describes it; `fields` are the attributes of a row in the order of `columns`.

    A value of the type that stands beside its field, and no longer than that, is written as it is; so is nothing.
    """

    name: str
    columns: tuple[str, ...]
    fields: tuple[tuple[str, Field[Any], type | None, int], ...]

    def values(self, row: Model) -> list[Any]:
        return [
            value
            if type(value := getattr(row, name)) is kind and (kind is not str or len(value) <= longest)  # type: ignore[arg-type]
            else None
            if value is None and field.null
            else field.to_db_value(value, row)
            for name, field, kind, longest in self.fields
        ]

    def insert(self, rows: int = 1, *, postgres: bool, after: int = 0) -> str:
        """The statement for so many rows, whose values stand behind so many others."""
        numbers = itertools.count(1 + after)
        marks = (", ".join(f"${next(numbers)}" if postgres else "?" for _ in self.columns) for _ in range(rows))
        return f'INSERT INTO "{self.name}" ({", ".join(self.columns)}) VALUES ({"), (".join(marks)})'

    def instead_of(self, key: Sequence[str]) -> str:
        wanted = [f'"{name}"' for name in key]
        changed = ", ".join(f"{column} = excluded.{column}" for column in self.columns if column not in wanted)
        return f" ON CONFLICT ({', '.join(wanted)}) DO UPDATE SET {changed}"


@cache
def _table(model: type[Model], *, numbered: bool) -> _Table:
    meta = model._meta
    named = [name for name in meta.fields_db_projection if numbered or name != meta.pk_attr]
    return _Table(
        name=meta.db_table,
        columns=tuple(f'"{meta.fields_db_projection[name]}"' for name in named),
        fields=tuple((name, meta.fields_map[name], *_as_it_is(meta.fields_map[name])) for name in named),
    )


def _as_it_is(field: Field[Any]) -> tuple[type | None, int]:
    """Of which type a value is written as it is, and how long at most; None where the column has something to say."""
    longest = [one.max_length for one in field.validators if isinstance(one, MaxLengthValidator)]
    plain = type(field).to_db_value is Field.to_db_value and len(longest) == len(field.validators)
    return (field.field_type if plain else None), min(longest, default=sys.maxsize)


@dataclass(frozen=True)
class Insertion:
    """New rows of one table, ready to be written: the statement, its values, and what the history will know of each row."""

    table: _Table
    more: str
    values: list[list[Any]]
    rows: list[Model]
    known: list[Known | None]

    async def write(self) -> None:
        """Write the rows, inside a transaction."""
        await client().execute_many(self.table.insert(postgres=is_postgres()) + self.more, self.values)
        made(self.rows, self.known)


def insertions(rows: Sequence[Model], *, unless_there: bool = False, instead_of: Sequence[str] = ()) -> list[Insertion]:
    """New rows of one table, to be written as `insert` does; they must not be changed any more."""
    found = []
    for numbered in (True, False):
        if group := [row for row in rows if (row.pk is not None) is numbered]:
            table = _table(type(group[0]), numbered=numbered)
            more = " ON CONFLICT DO NOTHING" if unless_there else table.instead_of(instead_of) if instead_of else ""
            found.append(Insertion(table, more, [table.values(row) for row in group], group, list(map(known, group))))
    return found


async def insert(rows: Sequence[Model], *, unless_there: bool = False, instead_of: Sequence[str] = ()) -> None:
    """Insert new rows of one table in their order, inside a transaction; a row whose number is set gets that number.

    With `unless_there` rows are left out of which a unique key is in the table already; with `instead_of`, a unique key,
    the row that has the same one is changed into the new one, and keeps its number.
    """
    for one in insertions(rows, unless_there=unless_there, instead_of=instead_of):
        await one.write()


async def write(ready: Sequence[Insertion], last: str = "", values: Sequence[Any] = ()) -> list[dict[str, Any]]:
    """Write new rows of tables, each after what it refers to, and run a `last` statement; what that one returns.

    Few rows are one statement on PostgreSQL, where each is a way to the server and back; none of its parts sees what
    another writes, and foreign keys are looked at when all are done.
    """
    if not is_postgres() or sum(len(one.rows) for one in ready) > FEW or len(ready) + bool(last) < 2:
        for one in ready:
            await one.write()
        return await client().execute_query_dict(last, list(values)) if last else []
    given, parts = list(values), []
    for one in ready:
        parts.append(one.table.insert(len(one.rows), postgres=True, after=len(given)) + one.more)
        given += itertools.chain(*one.values)
    parts += [last] if last else []
    named = ", ".join(f"part{number} AS ({words})" for number, words in enumerate(parts[:-1]))
    found = await client().execute_query_dict(f"WITH {named} {parts[-1]}", given)
    for one in ready:
        made(one.rows, one.known)
    return found


async def change(changes: Sequence[tuple[Model, Mapping[str, Any]]]) -> None:
    """Set columns of rows that are there, with one statement for those of one table that change the same."""
    mark = "${}".format if is_postgres() else "?".format
    groups: dict[tuple[type[Model], tuple[str, ...]], list[list[Any]]] = {}
    for row, values in changes:
        written = [row._meta.fields_map[name].to_db_value(value, row) for name, value in values.items()]
        groups.setdefault((type(row), tuple(values)), []).append([*written, row.pk])
    for (model, names), rows in groups.items():
        columns = [model._meta.fields_db_projection[name] for name in names]
        wanted = ", ".join(f'"{column}" = {mark(number)}' for number, column in enumerate(columns, 1))
        key = f'"{model._meta.db_pk_column}" = {mark(len(columns) + 1)}'
        await client().execute_many(f'UPDATE "{model._meta.db_table}" SET {wanted} WHERE {key}', rows)
        changed(model, [values[-1] for values in rows], names)


async def insert_unless_there(row: Model) -> bool:
    """Insert a new row and set its number; False, and nothing done, when a unique key of it is in its table already."""
    table = _table(type(row), numbered=False)
    words = f"{table.insert(postgres=is_postgres())} ON CONFLICT DO NOTHING RETURNING {row._meta.db_pk_column}"
    found = await client().execute_query_dict(words, table.values(row))
    if not found:
        return False
    row.pk = found[0][row._meta.db_pk_column]
    row._saved_in_db = True
    made([row])
    return True


async def insert_new(rows: Sequence[Model]) -> int:
    """Insert rows without numbers, but those of which a unique key is there already; how many were new.

    One statement for as many as its parameters allow, also outside of transactions; for tables that the history does not cover.
    """
    fresh = 0
    table = _table(type(rows[0]), numbered=False) if rows else None
    while table and rows:
        most = PARAMETERS // len(table.columns)
        some, rows = rows[:most], rows[most:]
        words = table.insert(len(some), postgres=is_postgres()) + " ON CONFLICT DO NOTHING RETURNING 1"
        fresh += len(await client().execute_query_dict(words, [value for row in some for value in table.values(row)]))
    return fresh


async def insert_if(rows: Sequence[Model], condition: str, *values: Any) -> bool:
    """Insert new rows of one table by one statement, on SQLite, if a condition holds then; whether it did."""
    table = _table(type(rows[0]), numbered=False)
    into, given = table.insert(len(rows), postgres=False).split(" VALUES ")
    words = f"{into} SELECT * FROM (VALUES {given}) WHERE {condition} RETURNING 1"
    done = await client().execute_query_dict(words, [*(value for row in rows for value in table.values(row)), *values])
    if done:
        made(rows)
    return bool(done)


async def among(model: type[Row], given: Mapping[str, Collection[Any]], more: str = "") -> list[Row]:
    """The rows of which one of the `given` columns is among its values, by number; `more` is a condition without values."""
    wanted = {column: list(values) for column, values in given.items() if values}
    if not wanted:
        return []
    words = f'SELECT * FROM "{model._meta.db_table}" WHERE ({" OR ".join(_within(wanted))}){more} ORDER BY id'
    return [read(model, record) for record in await client().execute_query_dict(words, bound(wanted.values()))]


async def chosen(model: type[Row], condition: str, *values: Any) -> list[Row]:
    """The rows for which a condition holds, by number; it has `{}` where a value stands. For what is asked of each message."""
    mark = ("${}" if is_postgres() else "?{}").format
    marked = condition.format(*map(mark, range(1, len(values) + 1)))
    words = f'SELECT * FROM "{model._meta.db_table}" WHERE {marked} ORDER BY id'
    return [read(model, record) for record in await client().execute_query_dict(words, list(values))]


def _within(wanted: Mapping[str, Any]) -> list[str]:
    return [f'"{column}" {within(number)}' for number, column in enumerate(wanted, 1)]


def within(number: int) -> str:
    """The condition to be among the values of one parameter: the words of a statement do not grow with the values."""
    return f"= ANY(${number})" if is_postgres() else f"IN (SELECT value FROM json_each(?{number}))"


def bound(lists: Iterable[Collection[Any]]) -> list[Any]:
    """The values of parameters that are lists (see `within`)."""
    return [list(one) if is_postgres() else json.dumps(list(one)) for one in lists]


def read(model: type[Row], record: Mapping[str, Any]) -> Row:
    """A row from all its columns as the database gave them."""
    return model._init_from_db(**record)
