"""Changing the tables: which migrations wait, applying and undoing them, writing and checking them.

Tortoise's own migrations, with what they lack: a migration and the note that it was applied are one transaction;
rebuilding an SQLite table keeps its indexes, its unique sets, its counter, and the rows that refer to it.

    python -m models.store.migrating check        fails when the tables of models/ and the migrations differ
    python -m models.store.migrating make NAME    writes the migration that makes up the difference
"""

import asyncio
import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import tortoise.models
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.context import TortoiseContext
from tortoise.fields.base import Field
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget, PlanStep
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.migrations.schema_editor import BaseSchemaEditor, SqliteSchemaEditor
from tortoise.migrations.schema_generator.state import State
from tortoise.migrations.writer import MigrationWriter
from tortoise.transactions import in_transaction

import models.migrations
from models.store.address import APP, CONNECTION, MIGRATIONS, StoreError, config
from models.store.sqlite_engine import statements

# The name before the first migration: `move(…, NOTHING)` undoes them all.
NOTHING = "nothing"


class Pending(NamedTuple):
    """What a database lacks, in order, and what it has that this program does not know (a newer one wrote it)."""

    waiting: tuple[str, ...]
    unknown: tuple[str, ...]


def known() -> tuple[str, ...]:
    """The migrations of this program, in order; reads the folder, imports nothing."""
    names = (module.name for module in pkgutil.iter_modules(models.migrations.__path__))
    return tuple(sorted(name for name in names if name[0] not in "_~"))


async def pending(client: BaseDBAsyncClient) -> Pending:
    """Compare a database with this program."""
    applied = await _applied(client)
    names = known()
    return Pending(
        waiting=tuple(name for name in names if name not in applied),
        unknown=tuple(sorted(applied.difference(names))),
    )


async def _applied(client: BaseDBAsyncClient) -> set[str]:
    if client.capabilities.dialect == "sqlite":
        exists = "SELECT 1 AS yes FROM sqlite_master WHERE type = 'table' AND name = 'tortoise_migrations'"
    else:
        exists = "SELECT 1 AS yes WHERE to_regclass('tortoise_migrations') IS NOT NULL"
    if not await client.execute_query_dict(exists):
        return set()
    rows = await client.execute_query_dict(f"SELECT name FROM tortoise_migrations WHERE app = '{APP}'")  # noqa: S608
    return {row["name"] for row in rows}


class Editor(SqliteSchemaEditor):
    """SQLite's table rebuilding without its losses; wants `foreign_keys=OFF`, see `_remake_table`."""

    async def _run_sql(self, sql: str) -> None:
        if self.collect_sql:
            await super()._run_sql(sql)
            return
        for statement in statements(sql):
            await self.client.execute_query(statement)

    async def _remake_table(
        self,
        model: Any,
        create_field: Field[Any] | None = None,
        delete_field: Field[Any] | None = None,
        alter_fields: list[tuple[Field[Any], Field[Any]]] | None = None,
    ) -> None:
        """Rebuild a table, then put back what DROP TABLE took with it.

        With foreign keys on, DROP TABLE deletes every row that refers to the table with ON DELETE CASCADE.
        """
        if self.collect_sql:
            await super()._remake_table(model, create_field, delete_field, alter_fields)
            return
        table = model._meta.db_table  # noqa: SLF001
        if (await self._rows("PRAGMA foreign_keys"))[0]["foreign_keys"]:
            raise StoreError("A table is rebuilt with foreign keys switched off, or the rows that refer to it go.")
        made = "SELECT sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL AND tbl_name = ?"
        lost = [row["sql"] for row in await self._rows(made, [table])]
        counter = await self._rows("SELECT seq FROM sqlite_sequence WHERE name = ?", [table])
        await super()._remake_table(model, create_field, delete_field, alter_fields)
        gone = delete_field and (delete_field.source_field or delete_field.model_field_name)
        for sql in lost:
            if not (gone and f'"{gone}"' in sql):
                await self.client.execute_query(sql)
        await self._restore_unique_sets(model, gone or "")
        if counter:
            await self._rows("DELETE FROM sqlite_sequence WHERE name = ?", [table])
            await self._rows("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", [table, counter[0]["seq"]])

    async def _restore_unique_sets(self, model: Any, gone: str) -> None:
        table = model._meta.db_table  # noqa: SLF001
        for fields in model._meta.unique_together or ():  # noqa: SLF001
            columns = self._resolve_fields_to_columns(model, fields)
            if gone not in columns:
                name, listed = f"uid_{table}_{'_'.join(columns)}", ", ".join(map(self.quote, columns))
                await self.client.execute_query(f'CREATE UNIQUE INDEX IF NOT EXISTS "{name}" ON "{table}" ({listed})')

    async def remove_constraint(self, model: Any, constraint: Any) -> None:
        """Take a unique set away: one that stands in the table's own text goes only with the table, which is built anew."""
        if self.collect_sql or not isinstance(constraint, UniqueConstraint):
            await super().remove_constraint(model, constraint)
            return
        table, columns = model._meta.db_table, self._resolve_fields_to_columns(model, constraint.fields)  # noqa: SLF001
        own = False
        for index in await self._rows(f"PRAGMA index_list({self.quote(table)})"):
            held = [row["name"] for row in await self._rows(f"PRAGMA index_info({self.quote(index['name'])})")]
            if index["unique"] and held == list(columns):
                own = own or index["origin"] == "u"
                if index["origin"] == "c":
                    await self.client.execute_query(f"DROP INDEX {self.quote(index['name'])}")
        if own:
            kept = [one for one in model._meta.unique_together or () if tuple(one) != tuple(constraint.fields)]  # noqa: SLF001
            model._meta.unique_together = tuple(kept)  # noqa: SLF001
            await self._remake_table(model)

    async def _rows(self, sql: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        return await self.client.execute_query_dict(sql, values)


@contextmanager
def _no_filters() -> Iterator[None]:
    """Let the tables of a state be classes without filters.

    Each operation makes the classes of its table and of all that are related anew. Nobody asks them for rows, and their
    filters are half of what migrating costs.
    """
    kept = tortoise.models.get_filters_for_field  # type: ignore[attr-defined]
    tortoise.models.get_filters_for_field = lambda *_, **__: {}  # type: ignore[attr-defined]
    try:
        yield
    finally:
        tortoise.models.get_filters_for_field = kept  # type: ignore[attr-defined]


class Executor(MigrationExecutor):
    """Applies and undoes migrations, each in one transaction together with the note of it."""

    def _schema_editor(self, atomic: bool = True, collect_sql: bool = False) -> BaseSchemaEditor:
        if self.connection.capabilities.dialect == "sqlite":
            return Editor(self.connection, atomic=atomic, collect_sql=collect_sql)
        return super()._schema_editor(atomic, collect_sql)

    async def move(self, target: str | None = None) -> list[str]:
        """Bring the tables to the newest state, or up or down to `target`; the names moved over."""
        with _no_filters():
            return await self._move(target)

    async def _move(self, target: str | None) -> list[str]:
        await self.loader.build_graph()
        await self.recorder.ensure_schema(self._schema_editor(atomic=False))
        applied = set(await self.recorder.applied_migrations())
        wanted = {None: "__latest__", NOTHING: "__first__"}.get(target, target)
        plan = self._migration_plan([MigrationTarget(APP, str(wanted))], applied, self.loader.graph)
        if not plan:
            return []
        # A plan goes one way only. Upwards a migration carries the state on; downwards each needs the one before it.
        if plan[0].backward:
            states = await self._states_before({_key(step) for step in plan}, applied)
        else:
            states = dict.fromkeys(map(_key, plan), await self._project_state(applied, upto=_key(plan[0])))
        for step in plan:
            await self._step(step, states[_key(step)], applied)
        return [step.migration.name for step in plan]

    async def _states_before(self, wanted: set[MigrationKey], applied: set[MigrationKey]) -> dict[MigrationKey, State]:
        """The tables as they are before each of some applied migrations, projected in one go: that takes long."""
        first = next(key for key in self._full_plan() if key in wanted)
        state, found = await self._project_state(applied, upto=first), {}
        for key in self._full_plan():
            if key in wanted and (migration := self.loader.graph.nodes[key]) is not None:
                found[key] = state.clone()
                await migration.apply(state, dry_run=True, schema_editor=None)
        return found

    async def _step(self, step: PlanStep, state: State, applied: set[MigrationKey]) -> None:
        key = _key(step)
        async with in_transaction(CONNECTION) as client:
            editor, recorder = self._schema_editor(), MigrationRecorder(client)
            editor.client = client
            if step.backward:
                await step.migration.unapply(state, dry_run=False, schema_editor=editor)
                await recorder.record_unapplied(key.app_label, key.name)
                applied.discard(key)
            else:
                await step.migration.apply(state, dry_run=False, schema_editor=editor)
                await recorder.record_applied(key.app_label, key.name)
                applied.add(key)
            await _check_references(client, key.name)


def _key(step: PlanStep) -> MigrationKey:
    return MigrationKey(step.migration.app_label, step.migration.name)


async def _check_references(client: BaseDBAsyncClient, name: str) -> None:
    """SQLite's migrations run with foreign keys off: see to it that every reference still leads somewhere."""
    if client.capabilities.dialect == "sqlite" and await client.execute_query_dict("PRAGMA foreign_key_check"):
        raise StoreError(f"Migration {name} would leave references to rows that are gone; nothing was changed.")


class _Autodetector(MigrationAutodetector):
    """Compares what is stored, not what is written about it: a reworded comment rebuilds no table."""

    def _current_state(self) -> State:
        return _without_words(super()._current_state())

    async def _project_state(self) -> State:
        return _without_words(await super()._project_state())


def _without_words(state: State) -> State:
    for model in state.models.values():
        model.options.pop("table_description", None)
        for column in model.fields.values():
            column.description = None
    return state


async def difference() -> list[MigrationWriter]:
    """The migrations that are missing for the tables of models/, as writers; empty when all is well."""
    settings = config("sqlite://nowhere.sqlite3")
    with TortoiseContext() as context:
        await context.init(config=settings, init_connections=False)
        assert context.apps is not None
        return await _Autodetector(context.apps, settings["apps"]).changes()


def forks() -> list[str]:
    """The migrations that do not follow the one before them by name: two that were written side by side."""
    names, found = known(), []
    for before, name in zip(("", *names), names, strict=False):
        migration = importlib.import_module(f"{models.migrations.__name__}.{name}").Migration
        if [one for _, one in migration.dependencies] != ([before] if before else []):
            found.append(name)
    return found


def check(say: Callable[[str], object]) -> int:
    """Tell what the migrations lack; 0 when nothing, else 1."""
    if names := forks():
        say(f"Each migration follows the one before it by name; these do not: {', '.join(names)}. Mend their `dependencies`.\n")
        return 1
    writers = asyncio.run(difference())
    for writer in writers:
        say("The tables of models/ and the migrations differ:\n")
        for operation in writer.operations:
            say(f"  {operation.describe()}\n")
        say("`python -m models.store.migrating make NAME` writes a migration; read it before you commit it.\n")
    return 1 if writers else 0


def make(name: str, say: Callable[[str], object]) -> int:
    """Write the migration that is missing under the next number."""
    writers = asyncio.run(difference())
    for writer in writers:
        writer.name = f"{len(known()) + 1:04d}_{name}"
        say(f"{writer.write()}\n")
    if not writers:
        say(f"The tables of models/ and {MIGRATIONS} are the same: nothing to write.\n")
    return 0


def main(arguments: list[str]) -> int:
    """The command line of this module."""
    match arguments:
        case ["check"]:
            return check(sys.stdout.write)
        case ["make", name] if name.isidentifier():
            return make(name, sys.stdout.write)
        case _:
            sys.stderr.write(f"{__doc__}\n")
            return 2
