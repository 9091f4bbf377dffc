"""A letter that no desk writes, made as CONTRIBUTING says: a content, and its record."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

import pytest

from desk import contents, history, letters
from desk.contents import stored
from desk.context import Desk
from desk.letters.way_back import way_back
from desk.outward import replies
from desk.texts import Text
from models import Outbox, Ticket
from models.store.connect import transaction


@dataclass(frozen=True, kw_only=True)
class Greeting(contents.Letter):
    """A letter that no desk writes."""

    errand: ClassVar[str] = "greeting"
    called: ClassVar[Text] = Text("приветствие", "greeting")

    on: date
    whom: str = ""


async def _sent(_desk: Desk, row: Outbox, now: datetime) -> None:
    await history.add(row.ticket_id, history.DESK, "greeted", {"whom": contents.of(row, Greeting).whom}, now)


async def _overtaken(_desk: Desk, row: Outbox, now: datetime) -> bool:
    return contents.of(row, Greeting).on < now.date()


@contextmanager
def known(monkeypatch: pytest.MonkeyPatch) -> Iterator[letters.DecidedLetter]:
    """The one record of the letter, as long as a test lasts."""
    monkeypatch.setattr(letters, "_REGISTERED", dict(letters._REGISTERED))
    monkeypatch.setattr(stored, "_BY_ERRAND", dict(stored._BY_ERRAND))
    yield letters.register(
        letters.DecidedLetter(content=Greeting, sent=letters.whole(_sent), overtaken=_overtaken, of_demands=True)
    )
    stored._adapter.cache_clear()


async def decide(desk: Desk, ticket: Ticket, now: datetime) -> Outbox:
    """Somebody decides that the requester is greeted."""
    async with transaction():
        way = await way_back(desk, ticket, now)
        greeting = Greeting(number=ticket.id, language="ru", envelope=way.envelope, on=now.date(), whom="Анна")
        decided = await replies.decide(desk, ticket, "greeting:1", way, greeting, now)
    assert decided is not None
    return decided
