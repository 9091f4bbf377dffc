"""What is recorded of acts of destruction, as a letter may tell it."""

import re
from collections.abc import Sequence
from datetime import date

from babel.dates import format_date

from models import Demand, Step

ACT = "act"


def day(value: date, language: str) -> str:
    """A day in words."""
    return format_date(value, "d MMMM y 'г.'" if language == "ru" else "d MMMM y", language)


async def of(demands: Sequence[Demand], language: str) -> dict[str, str]:
    """The acts by which the destruction is proved: their numbers, the day of the last, and whether there are several."""
    rows = [one for one in await _standing(demands, ACT) if one.number or one.dated]
    numbers = list(dict.fromkeys(one for row in rows for one in re.split(r"\s*,\s*", row.number) if one))
    dates = [row.dated for row in rows if row.dated is not None]
    return {
        "number": ", ".join(numbers),
        "date": day(max(dates), language) if dates else "",
        "several": "yes" if len(numbers) > 1 else "",
    }


async def _standing(demands: Sequence[Demand], key: str) -> list[Step]:
    """The step as it stands at each of the demands."""
    return await Step.standing(demand_id__in=[one.id for one in demands], key=key).order_by("id") if demands else []
