"""Counts what goes to the database: one call is one statement sent, be it with the values of one row or of many."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from models.store.connect import client, is_postgres


@contextmanager
def counting() -> Iterator[Counter[str]]:
    """Count the statements sent while the block runs, by their words; BEGIN and COMMIT are not among them."""
    counted: Counter[str] = Counter()
    safe = next(one for one in type(client()).__mro__ if one.__name__.startswith("Safe"))
    [inside] = (one for one in safe.__subclasses__() if one.__module__ == safe.__module__)
    # What a transaction sends passes through the class outside of it, but for the many rows of SQLite.
    bulk = safe if is_postgres() else inside
    with ExitStack() as stack:
        for kind, name in ((safe, "execute_query"), (safe, "execute_insert"), (safe, "execute_script"), (bulk, "execute_many")):
            stack.enter_context(patch.object(kind, name, _counted(getattr(kind, name), counted)))
        yield counted


def _counted(method: Any, counted: Counter[str]) -> Any:
    async def call(self: Any, query: str, *values: Any) -> Any:
        counted[query] += 1
        return await method(self, query, *values)

    return call
