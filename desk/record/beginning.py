"""The beginning: what lay in a table before the history answered for it is sealed once, and covered from then on."""

from datetime import datetime
from typing import Any

from tortoise.models import Model

from desk import history
from models import Action, History
from models.store.chain import lock, seal
from models.store.connect import transaction
from models.store.covering import COVERED
from models.store.touched import Touched

PAGE = 1000


async def begin(now: datetime) -> bool:
    """Seal the tables that the history does not answer for yet (all, or those a release added); whether there were any."""
    if not (fresh := await _fresh()):
        return False
    for model in fresh.values():
        await _seal_table(model)
    async with transaction():
        await lock()
        if not (fresh := await _fresh()):  # another process was faster
            return False
        await history.add(None, history.DESK, Action.COVERED, {"tables": sorted(fresh)}, now)
    return True


async def _fresh() -> dict[str, type[Model]]:
    """The tables to be covered of which no entry says so."""
    known: set[str] = set()
    for entry in await History.filter(action=Action.COVERED):
        known |= tables_of(entry.details)
    return {covered.table: model for model, covered in COVERED.items() if covered.table not in known}


def tables_of(details: dict[str, Any]) -> set[str]:
    """The tables that an entry says are covered from it on."""
    return {str(name) for name in details["tables"]}


async def _seal_table(model: type[Model]) -> None:
    """Seal the rows of one table, a page a transaction: who works meanwhile is not kept waiting for all of them."""
    seen = 0
    while True:
        async with transaction():
            await lock()
            rows = await model.filter(id__gt=seen).order_by("id").limit(PAGE)
            if not rows:
                return
            await seal(Touched(rows={(model, row.pk): None for row in rows}))
            seen = rows[-1].pk
