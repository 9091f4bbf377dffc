"""Anna at her telephone: she writes, taps and reads; everything goes over the sandbox's Telegram."""

from typing import Any

import pytest

from models import Demand, Dialog, Ticket
from models import Message as Stored
from sandbox.telegram import Chat, Message, Person
from tests.bot.bench import Bench, taps, words
from tests.sandbox.telegram.conftest import png

PICTURE = png(8, 8)


class Phone:
    """One person's private chat with the bot."""

    def __init__(self, bench: Bench, person: Person) -> None:
        self.bench, self.person = bench, person

    @property
    def chat(self) -> Chat:
        return self.bench.chat_of(self.person)

    async def says(self, text: str, **more: Any) -> Message:
        said = self.bench.people.say(self.person, text, **more)
        await self.bench.run()
        return said

    async def sends(self, kind: str, data: bytes = PICTURE, **more: Any) -> Message:
        sent = self.bench.people.send(self.person, kind, data, **more)
        await self.bench.run()
        return sent

    async def taps(self, label: str, message: Message | None = None) -> str | None:
        """Tap the button that bears these words, of the newest message that has it; what the bot said on top of the chat."""
        where = message or next(one for one in reversed(self.screens) if any(label in tap for tap in taps(one)))
        rows = (where.markup or {})["inline_keyboard"]
        data = next(one["callback_data"] for row in rows for one in row if label in one["text"])
        return await self.forges(where, data)

    async def forges(self, message: Message, data: str) -> str | None:
        press = self.bench.people.tap(self.person, message, data)
        await self.bench.run()
        return press.text

    @property
    def screens(self) -> list[Message]:
        return self.bench.said(self.chat)

    @property
    def live(self) -> Message:
        """The one message with buttons."""
        found = [one for one in self.screens if taps(one)]
        assert len(found) == 1, [words(one) for one in found]
        return found[0]

    @property
    def reads(self) -> str:
        return words(self.live)

    @property
    def last(self) -> str:
        return words(self.screens[-1])

    async def dialog(self) -> Dialog:
        return await Dialog.get(key__contains=str(self.person.id))


@pytest.fixture
def phone(bench: Bench) -> Phone:
    return Phone(bench, bench.anna)


@pytest.fixture
def english(bench: Bench) -> Phone:
    return Phone(bench, bench.world.add_person("Ann", last_name="Smith", language_code="en"))


async def kinds(number: int = 1) -> list[str]:
    return [one.kind for one in await Demand.filter(ticket_id=number).order_by("id")]


async def messages(number: int = 1) -> list[Stored]:
    return await Stored.filter(ticket_id=number).order_by("id").prefetch_related("attachments")


async def tickets() -> list[Ticket]:
    return await Ticket.all().order_by("id")
