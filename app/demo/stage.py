"""The stage of the demo's story: speaking to the reader, waiting for what has to happen, looking at what people see."""

import asyncio
import smtplib
import textwrap
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any, Final, TextIO, TypeVar

from app.demo.world import World
from sandbox.telegram import Message, Person

Found = TypeVar("Found")

PATIENCE: Final = 30.0
WIDTH: Final = 100


class StepFailed(Exception):
    """A step of the story did not happen; the text says which and what was waited for."""


@dataclass
class Stage:
    """Where the story is played. What is found is printed; what is not found ends the story."""

    world: World
    lang: str
    out: TextIO
    step: str = ""
    _number: int = 0
    read_letters: dict[str, int] = field(default_factory=dict)

    # Speaking

    def begin(self, ru: str, en: str) -> None:
        """Announce a step."""
        self._number += 1
        self.step = f"{self._number}. {ru if self.lang == 'ru' else en}"
        self.out.write(f"\n━━ {self.step}\n")
        self.out.flush()

    def say(self, ru: str, en: str) -> None:
        """A line of the story."""
        self.out.write(f"   {ru if self.lang == 'ru' else en}\n")
        self.out.flush()

    def show(self, title: str, text: str, limit: int = 40) -> None:
        """What somebody sees, in a frame."""
        lines = [piece for line in text.strip().splitlines() for piece in textwrap.wrap(line, WIDTH - 8) or [""]]
        if len(lines) > limit:
            lines = [*lines[:limit], "…"]
        self.out.write(f"   ┌─ {title}\n" + "".join(f"   │ {line}\n" for line in lines) + "   └─\n")
        self.out.flush()

    def require(self, fact: object, what: str) -> None:
        """End the story unless it is so."""
        if not fact:
            raise StepFailed(f"{self.step}: {what}")

    # Waiting

    async def until(self, look: Callable[[], Found | None], what: str) -> Found:
        """The first thing found, looked for again and again. Raises StepFailed."""

        async def asked() -> Found | None:
            return look()

        return await self.until_stored(asked, what)

    async def until_stored(self, ask: Callable[[], Coroutine[Any, Any, Found | None]], what: str) -> Found:
        """Like `until`, for what has to be asked of the database."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not (found := await ask()):  # noqa: ASYNC110 - a story looks, as its reader would
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise StepFailed(f"{self.step}: waited {PATIENCE:.0f} s in vain for {what}") from None
        return found

    # Mail

    async def send(self, letter: EmailMessage) -> None:
        """Hand a letter to the local mail server over SMTP, as any mail program does."""
        letter["Message-ID"] = f"<story-{self._number}-{len(self.read_letters)}@people.example>"
        await asyncio.to_thread(self._submit, letter)

    def _submit(self, letter: EmailMessage) -> None:
        with smtplib.SMTP("127.0.0.1", self.world.mail.smtp_port, timeout=10) as server:
            server.send_message(letter)

    async def next_letter(self, address: str, what: str) -> EmailMessage:
        """The next letter in a person's mailbox that was not read yet."""
        number = self.read_letters.get(address, 0)

        def look() -> bytes | None:
            found = self.world.mail.messages(address)
            return found[number] if len(found) > number else None

        raw = await self.until(look, what)
        self.read_letters[address] = number + 1
        letter = BytesParser(policy=policy.default).parsebytes(raw)
        assert isinstance(letter, EmailMessage)
        return letter

    def unread(self, address: str) -> int:
        return len(self.world.mail.messages(address)) - self.read_letters.get(address, 0)

    # Telegram

    def private(self, person: Person) -> list[Message]:
        """The bot's messages in a person's private chat, as they stand."""
        world = self.world.telegram.world
        chat = world.private_chat(world.bot, person)
        return [m for m in chat.messages.values() if m.sender_id == world.bot.id and not m.deleted]

    def topic(self, topic_id: int) -> list[Message]:
        """The messages of a topic of the staff group."""
        return [m for m in self.world.group.messages.values() if m.topic_id == topic_id and not m.deleted]

    def general(self) -> list[Message]:
        """The bot's messages outside the topics."""
        bot = self.world.telegram.world.bot.id
        return [m for m in self.world.group.messages.values() if m.topic_id in {None, 1} and m.sender_id == bot and not m.deleted]


def words_of(message: Message) -> str:
    """The text or caption of a message."""
    return str(message.content.get("text") or message.content.get("caption") or "")


def buttons_of(message: Message) -> list[str]:
    """The words on the inline buttons of a message."""
    rows = (message.markup or {}).get("inline_keyboard") or []
    return [str(button["text"]) for row in rows for button in row]


def body_of(letter: EmailMessage) -> str:
    """The plain words of a letter."""
    part = letter.get_body(("plain",))
    return str(part.get_content()) if part is not None else ""
