"""The operator's file: contacts of people that the operator holds, brought in from a list."""

import csv
import re
from collections.abc import Iterator
from datetime import datetime

from desk.disclosure.identity import Place
from desk.errors import Refused
from models import Held
from models.store.connect import transaction

# How the columns of a list may be called.
COLUMNS = {
    "email": ("email", "e-mail", "mail", "почта", "электронная почта", "эл. почта"),
    "telegram": ("telegram", "telegram_id", "телеграм"),
    "phone": ("phone", "телефон"),
    "name": ("name", "fio", "имя", "фио", "ф.и.о.", "клиент"),
    "reference": ("reference", "contract", "order", "договор", "номер договора", "заказ", "номер заказа"),
}


def read(text: str) -> Iterator[tuple[Place, str, str]]:
    """The contacts of a list (CSV with a heading line): each with its name and number. Raises Refused without known columns."""
    rows = list(csv.reader(text.splitlines(), delimiter=_delimiter(text)))
    if not rows:
        raise Refused("The list is empty.")
    heading = [one.strip().casefold().lstrip("\ufeff") for one in rows[0]]
    at = {column: heading.index(name) for column, names in COLUMNS.items() for name in names if name in heading}
    if "name" not in at or not {"email", "telegram", "phone"} & set(at):
        raise Refused("The first line has to name the columns: name, email (or telegram, phone), and contract if there is one.")
    for row in rows[1:]:
        cell = {column: row[place].strip() for column, place in at.items() if place < len(row)}
        for kind in ("email", "telegram", "phone"):
            if value := cell.get(kind, ""):
                folded = value.casefold() if kind == "email" else re.sub(r"\D", "", value)
                if folded:
                    yield Place(kind, folded[:320]), cell.get("name", "")[:255], cell.get("reference", "")[:64].casefold()


def _delimiter(text: str) -> str:
    first = text.splitlines()[0] if text.splitlines() else ""
    return max(";,\t", key=first.count)


async def bring_in(text: str, now: datetime) -> tuple[int, int]:
    """Bring a list in: how many contacts are new, and how many there are in it. Twice brings in nothing new."""
    found = list(read(text))
    new = 0
    async with transaction():
        for place, name, reference in found:
            _row, made = await Held.get_or_create(
                {"name": name, "source": "import", "added_at": now}, kind=place.kind, value=place.value, reference=reference
            )
            new += made
    return new, len(found)
