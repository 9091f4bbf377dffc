"""The beginning: what lay in a database before the history answered for rows is sealed once, and covered from then on."""

from datetime import datetime

from desk import history
from models import Action, History
from models.store.chain import lock, seal
from models.store.connect import transaction
from models.store.covering import COVERED
from models.store.touched import Touched

PAGE = 1000


async def begin(now: datetime) -> bool:
    """Seal what the history does not answer for yet, unless that was done; whether it was done now."""
    if await History.filter(action=Action.COVERED).exists():
        return False
    counts = {covered.table: await _seal_table(covered.model) for covered in COVERED.values()}
    async with transaction():
        await lock()
        if await History.filter(action=Action.COVERED).exists():
            return False
        await history.add(
            None, history.DESK, Action.COVERED, {"rows": {name: count for name, count in counts.items() if count}}, now
        )
    return True


async def _seal_table(model: type) -> int:
    """Seal the rows of one table, a page a transaction: who works meanwhile is not kept waiting for all of them."""
    seen = count = 0
    while True:
        async with transaction():
            await lock()
            numbers = await model.filter(id__gt=seen).order_by("id").limit(PAGE).values_list("id", flat=True)  # type: ignore[attr-defined]
            if not numbers:
                return count
            await seal(Touched(rows=dict.fromkeys((model, int(number)) for number in numbers)))
            seen, count = int(numbers[-1]), count + len(numbers)
