"""Covering: which rows the history answers for, how a row is digested, and what an open transaction has touched of them.

A covered table is told here once (`cover`, in models/__init__.py). Whatever the program then writes in it through the ORM or
models.store.rows is noted in the transaction, whose last act is an entry of the history with the digests of these rows
(models.store.chain). Rows changed past the program have another digest than the history says, or none.
"""

# ruff: noqa: SLF001  # what a table looks like is known from its model; signals have their own arguments

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.fields import JSONField
from tortoise.fields.base import Field, OnDelete
from tortoise.fields.relational import BackwardFKRelation
from tortoise.manager import Manager
from tortoise.models import Model
from tortoise.queryset import DeleteQuery, QuerySet, UpdateQuery
from tortoise.signals import Signals

from models.store import connect
from models.store.touched import Known, Touched

# As much of a SHA-256 as an entry holds of each row: 128 bits, which nobody finds a second row for.
LENGTH = 32


@dataclass(frozen=True)
class Covered:
    """What is covered of a table: the attributes in `names`; `when` names the one that a row must have to be covered."""

    model: type[Model]
    names: tuple[str, ...]
    when: str = ""

    @property
    def table(self) -> str:
        return str(self.model._meta.db_table)

    def watches(self, names: Collection[str]) -> bool:
        """Whether a change of these attributes concerns the history."""
        return self.when in names if self.when else not set(self.names).isdisjoint(names)

    def holds(self, row: Model) -> bool:
        return not self.when or bool(getattr(row, self.when))


COVERED: dict[type[Model], Covered] = {}


def cover(model: type[Model], *, but: Collection[str] = (), only: Sequence[str] = (), when: str = "") -> None:
    """Have the history answer for a table: all its columns `but` those that say nothing of the matter, or `only` these.

    With `when` a row is covered as soon as that attribute of it is set, and is noted when that is written.
    """
    names = [name for name in model._meta.fields_db_projection if name != model._meta.pk_attr and name not in but]
    COVERED[model] = Covered(model, tuple(sorted(only or names)), when)
    model._meta.manager = _Manager(model)
    model._listeners[Signals.post_save].setdefault(model, []).append(_saved)
    model._listeners[Signals.pre_delete].setdefault(model, []).append(_deleted)


def digest(row: Model) -> str:
    """What the covered columns of a row say, as the database gives them back, in a few letters.

    What says nothing, or no more than the column's default, is left out: so a column that a later release adds changes no
    digest of the rows that were there. A migration that changes what rows say has to note them itself.
    """
    said = []
    for name, column, kind, default in _columns(type(row)):
        value = getattr(row, name)
        if value is None or value == "":
            continue
        plain = value if type(value) is kind else _plain(column, value, row)
        if plain and plain != default:
            said.append([name, plain])
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:LENGTH]


@cache
def _columns(model: type[Model]) -> list[tuple[str, Field[Any], type | None, Any]]:
    """The covered columns of a table, of which type a value says what it is, and what a row has that was told nothing."""
    fields = [(name, model._meta.fields_map[name]) for name in COVERED[model].names]
    return [(name, field, _says_itself(field), _default(field)) for name, field in fields]


def _says_itself(column: Field[Any]) -> type | None:
    plain = type(column).to_db_value is Field.to_db_value and column.field_type in {str, int, bool, float}
    return column.field_type if plain else None


def _default(column: Field[Any]) -> Any:
    """What a row has in a column that it was not told: as the program fills it in, else as the database does."""
    given = column.default if column.default is not None else column.db_default
    return None if callable(given) else getattr(given, "value", given)


def _plain(column: Field[Any], value: Any, row: Model) -> Any:
    if value is None:
        return None
    if isinstance(column, JSONField):
        return json.loads(json.dumps(value)) if not isinstance(value, str) else json.loads(value)
    value = column.to_db_value(value, row)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    return value if isinstance(value, str | int | float | bool) else str(value)


def belongs(row: Model) -> str:
    """What a row hangs on, as "table number": its ticket where it names one; a ticket hangs on itself."""
    if row._meta.db_table == "ticket" or not _links(type(row)):
        return f"{row._meta.db_table} {row.pk}"
    name = parent(type(row), ticket=True)
    relation = next(one for one in _links(type(row)) if row._meta.fields_map[one].source_field == name)
    return f"{row._meta.fields_map[relation].related_model._meta.db_table} {getattr(row, name)}"  # type: ignore[attr-defined]


def touched() -> Touched | None:
    """What the open transaction has touched; None outside of one."""
    owner = getattr(connect.client(), "owner", None)
    noted: Touched | None = owner.touched if owner is not None else None
    return noted


def known(row: Model) -> Known | None:
    """What the history will know of a new row; None where that is not known before it is written, or nothing is to be known."""
    covered = COVERED.get(type(row))
    return Known(digest(row), belongs(row)) if covered is not None and not covered.when and row.pk is not None else None


def made(rows: Sequence[Model], told: Sequence[Known | None] = ()) -> None:
    """Note new rows, with what is `known` of each, if that was found out before; one without a number by what it hangs on."""
    noted = touched()
    for row, one in zip(rows, told or map(known, rows), strict=True):
        covered = COVERED.get(type(row))
        if covered is None or noted is None or covered.when:
            continue
        if row.pk is not None:
            key = (type(row), row.pk)
            noted.rows[key] = one if key not in noted.rows else None
        else:
            name = parent(type(row))
            noted.below.add((type(row), name, getattr(row, name)))


def changed(model: type[Model], numbers: Iterable[int], names: Collection[str]) -> None:
    """Note rows of which these attributes were written."""
    covered, noted = COVERED.get(model), touched()
    if covered is not None and noted is not None and covered.watches(names):
        noted.rows.update(dict.fromkeys((model, number) for number in numbers))


def parent(model: type[Model], *, ticket: bool = False) -> str:
    """The attribute by which a row names what it hangs on; with `ticket` the ticket, where it names one."""
    keys = [str(model._meta.fields_map[name].source_field) for name in _links(model)]
    if ticket and "ticket_id" in keys:
        return "ticket_id"
    return next((key for key in keys if key != "ticket_id"), "ticket_id")


def _links(model: type[Model]) -> list[str]:
    """The relations by which a row hangs on others, several of one or one of one."""
    return sorted(model._meta.fk_fields | model._meta.o2o_fields)


def children(model: type[Model]) -> Iterator[tuple[type[Model], str]]:
    """The covered tables of which rows go, or change, with a row of this one, and the attribute that names it."""
    for name in sorted(model._meta.backward_fk_fields | model._meta.backward_o2o_fields):
        relation = model._meta.fields_map[name]
        assert isinstance(relation, BackwardFKRelation)
        child = relation.related_model
        if child in COVERED or any(True for _ in children(child) if child is not model):
            yield child, str(relation.relation_field)


async def descend(model: type[Model], numbers: Sequence[int]) -> None:
    """Note rows that are about to be deleted, and those that the database takes or changes with them."""
    noted = touched()
    if noted is None or not numbers:
        return
    if model in COVERED:
        noted.rows.update(dict.fromkeys((model, number) for number in numbers))
    for child, name in children(model):
        found = await child.filter(**{f"{name}__in": numbers}).values_list("id", flat=True)
        if _goes_along(child, name):
            await descend(child, [int(number) for number in found])  # type: ignore[call-overload]
        elif child in COVERED:
            noted.rows.update(dict.fromkeys((child, int(number)) for number in found))  # type: ignore[call-overload]


def _goes_along(child: type[Model], name: str) -> bool:
    links = (child._meta.fields_map[one] for one in _links(child))
    return any(one.source_field == name and getattr(one, "on_delete", None) is OnDelete.CASCADE for one in links)


def _inside() -> AbstractAsyncContextManager[Any]:
    """The open transaction, or one for this statement alone: what it writes and its digest stand or fall together."""
    return nullcontext() if touched() is not None else connect.transaction()


async def _saved(
    sender: type[Model],
    row: Model,
    created: bool,
    using_db: BaseDBAsyncClient | None,
    names: list[str] | None,
) -> None:
    if created:
        async with _inside():
            made([row])
    elif COVERED[sender].watches(names or COVERED[sender].names):
        async with _inside():
            changed(sender, [row.pk], names or COVERED[sender].names)


async def _deleted(sender: type[Model], row: Model, using_db: BaseDBAsyncClient | None) -> None:
    if touched() is None:
        raise RuntimeError(f"A {sender._meta.db_table} is deleted inside a transaction only.")
    await descend(sender, [row.pk])


class _Update(UpdateQuery):
    """An UPDATE that tells which rows it changed."""

    __slots__ = ()

    async def _execute(self) -> int:
        if not COVERED[self.model].watches(self.update_kwargs):
            return await super()._execute()
        key = self.model._meta.db_pk_column
        words, values = self.query.get_parameterized_sql()
        async with _inside():
            count, rows = await connect.client().execute_query(f'{words} RETURNING "{key}"', values)
            changed(self.model, [row[key] for row in rows], self.update_kwargs)
        return count


class _Delete(DeleteQuery):
    """A DELETE that tells before which rows go; `doomed` is the query for them."""

    __slots__ = ("doomed",)

    doomed: QuerySet[Any]

    async def _execute(self) -> int:
        async with _inside():
            await descend(self.model, [one.pk for one in await self.doomed.using_db(connect.client())])
            return (await connect.client().execute_query(*self.query.get_parameterized_sql()))[0]


class _QuerySet(QuerySet[Any]):
    def update(self, **values: Any) -> UpdateQuery:
        query = super().update(**values)
        query.__class__ = _Update
        return query

    def delete(self) -> DeleteQuery:
        plain = super().delete()
        query = _Delete(
            db=plain._db,
            model=self.model,
            q_objects=self._q_objects,
            annotations=self._annotations,
            custom_filters=self._custom_filters,
            limit=self._limit,
            orderings=self._orderings,
        )
        query.doomed = self._clone()
        return query

    def bulk_create(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError("Rows that the history covers are inserted by models.store.rows.")

    def bulk_update(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError("Rows that the history covers are changed by models.store.rows.")


class _Manager(Manager):
    def get_queryset(self) -> QuerySet[Any]:
        return _QuerySet(self._model)
