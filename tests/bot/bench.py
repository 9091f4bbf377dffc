"""The bot at work: a desk, the sandbox's Telegram over real HTTP, and the recurring people in it."""

import struct
from typing import Any

from bot.limits import Limits
from bot.polling import UPDATES, RawGetUpdates, store
from bot.service import Telegram, build
from desk.context import Desk
from desk.flow import delivery, inbound
from desk.flow.ways import Ways
from models import Inbound, Outbox, Ticket
from sandbox.telegram import Chat, Message, Person, TelegramServer
from tests.desk.people import Now

FAST = Limits(per_second=100_000, chat_per_second=10_000, chat_burst=1000, group_per_minute=6_000_000, group_burst=1000)


class Bench:
    """Anna asks in her private chat, Boris and Clara answer in the staff group, Mallory belongs nowhere."""

    def __init__(self, server: TelegramServer, desk: Desk, now: Now, group: Chat, people: dict[str, Person]) -> None:
        self.server, self.desk, self.now, self.group = server, desk, now, group
        self.world, self.people = server.world, server.people
        self.anna, self.boris, self.clara, self.mallory = (people[name] for name in ("anna", "boris", "clara", "mallory"))
        self.begin()

    def begin(self) -> None:
        """A process begins: only the database is there of the one before."""
        server = self.server
        self.telegram: Telegram = build(self.desk, self.now, token=server.token, api_url=server.url, limits=FAST)
        self.ways = {door.channel: Ways(door) for door in (self.telegram.to_staff, self.telegram.to_requesters)}

    async def close(self) -> None:
        # Not bot.session.close(): it sleeps for the sake of TLS.
        client = self.telegram.bot.session._session
        if client is not None:
            await client.close()

    async def fetch(self) -> int:
        """One poll: what waits at Telegram is stored and confirmed."""
        bot = self.telegram.bot
        updates = await bot(RawGetUpdates(timeout=0, allowed_updates=list(UPDATES)))
        offset = await store(self.desk, bot.id, updates, self.now())
        if offset is not None:
            await bot(RawGetUpdates(offset=offset, timeout=0, limit=1, allowed_updates=list(UPDATES)))
        return len(updates)

    async def handle(self) -> int:
        return await inbound.drain(self.desk, {"telegram": self.telegram.door_in}, self.now)

    async def deliver(self) -> int:
        doors = (self.telegram.to_staff, self.telegram.to_requesters)
        return sum([await delivery.drain(self.desk, door, self.now, ways=self.ways[door.channel]) for door in doors])

    async def run(self) -> None:
        """Let everything that is due happen."""
        for _ in range(20):
            if not (await self.fetch() + await self.handle() + await self.deliver()):
                return
        raise AssertionError("The bot never comes to rest.")

    async def later(self, **step: float) -> None:
        self.now.forward(**step)
        await self.run()

    # --- looking ---------------------------------------------------------------------------------------------

    def chat_of(self, person: Person) -> Chat:
        return self.world.private_chat(self.world.bot, person)

    def said(self, chat: Chat, topic: int | None = None) -> list[Message]:
        """What the bot said in a chat (or a topic of it) and did not delete, oldest first."""
        return [
            one
            for one in chat.messages.values()
            if one.sender_id == self.world.bot.id
            and not one.deleted
            and not one.is_service
            and (topic is None or one.topic_id == topic)
        ]

    def texts(self, chat: Chat, topic: int | None = None) -> list[str]:
        return [words(one) for one in self.said(chat, topic)]

    def last(self, chat: Chat, topic: int | None = None) -> Message:
        return self.said(chat, topic)[-1]

    def calls(self, method: str) -> list[dict[str, Any]]:
        return [one.params for one in self.server.calls if one.method == method]

    async def ticket(self, number: int = 1) -> Ticket:
        return await Ticket.get(id=number)

    async def topic(self, number: int = 1) -> int:
        topic = (await self.ticket(number)).topic_id
        assert topic
        return topic

    async def card(self, number: int = 1) -> Message:
        card_id = (await self.ticket(number)).card_id
        assert card_id
        return self.group.messages[card_id]

    async def anna_asks(self, text: str = "Прошу посмотреть моё письмо") -> int:
        """Anna writes, and her ticket stands; its topic."""
        self.people.say(self.anna, text)
        await self.run()
        return await self.topic()

    async def outcomes(self) -> list[str]:
        return [row.outcome for row in await Inbound.all().order_by("id")]

    async def waiting(self) -> list[str]:
        return [row.errand for row in await Outbox.filter(state="waiting").order_by("id")]


def words(message: Message) -> str:
    return str(message.content.get("text") or message.content.get("caption") or "")


def taps(message: Message) -> list[str]:
    rows = (message.markup or {}).get("inline_keyboard", [])
    return [one["text"] for row in rows for one in row]


def picture(number: int, side: int = 64) -> bytes:
    """Enough of a PNG to be a picture; each number is another one."""
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBB", 13, b"IHDR", side, side, 8, 2, 0, 0, 0) + bytes([number] * 20)
