"""Small questions to the tables, typed."""

from typing import Any

from tortoise.queryset import QuerySet


async def column(query: QuerySet[Any], field: str) -> list[Any]:
    """One column of a query's rows, in its order."""
    return [row[0] for row in await query.values_list(field)]
