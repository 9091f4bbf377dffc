"""Due: rows that have come due are seen to one by one, a transaction each; one that fails silences no other."""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from tortoise.queryset import QuerySet

from desk.context import Desk
from models.store.connect import transaction
from models.store.query import column

log = structlog.get_logger(__name__)

BATCH = 100  # rows in one go


async def each(desk: Desk, due: QuerySet[Any], see_to: Callable[[int], Awaitable[bool]], failure: str) -> int:
    """See to the first rows that are due, by their numbers; of how many something was said.

    A row that fails is named in the log under `failure`; the last of such errors is raised when all were seen to.
    """
    said, failed = 0, None
    for number in await column(due.limit(BATCH), "id"):
        try:
            async with transaction():
                said += await see_to(number)
        except Exception as error:  # whatever it is, the others are due too
            log.exception(failure, **{due.model.__name__.casefold(): number})
            failed = error
    if said:
        desk.wake.deliveries()
    if failed is not None:
        raise failed
    return said
