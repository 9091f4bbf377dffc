"""What an update of Telegram costs until it is handled to the end: many people write at one moment, in one process.

The updates are real, as is the door that takes them; nothing is sent to anybody. The first stage is what an update costs at
the least here: decoded, and one commit of its own. Processor time is told beside the clock's, for that is not shared.
"""

import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from aiogram import Bot

from bot import polling
from bot.decoding import decoded
from bot.door import TelegramDoor
from desk.flow import inbound
from desk.recognising.letter import warm_up
from models import Inbound
from models.store.connect import transaction
from tests.bench.calls import counting
from tests.bench.figures import Figure
from tests.desk.people import Now, make_desk

BOT = 42


@dataclass(frozen=True)
class Stage:
    """A stage of so many updates: seconds by the clock and of the processor, and what was sent to the database."""

    updates: int
    seconds: float
    processor: float
    calls: Counter[str]


def update(number: int, people: int, now: datetime) -> dict[str, Any]:
    """One of these people writes a message in private."""
    person = 800_000 + number % people
    chat = {"id": person, "first_name": f"P{person}"}
    message = {"message_id": number + 1, "date": int(now.timestamp()), "text": f"Сообщение {number}"}
    sender = {**chat, "is_bot": False, "language_code": "ru"}
    return {"update_id": number + 1, "message": message | {"chat": chat | {"type": "private"}, "from": sender}}


async def measure(updates: int, folder: Path, people: int = 100) -> dict[str, Stage]:
    """The stages of so many updates on the open database."""
    desk, now = make_desk(folder), Now()
    bot = Bot(f"{BOT}:bench")
    door = TelegramDoor(desk, bot, now)
    given = [update(number, people, now()) for number in range(updates)]
    warm_up()

    async def floor() -> None:
        raw = [polling.json.dumps(one).encode() for one in given]
        for number, one in enumerate(raw):
            decoded(one, bot)
            async with transaction():
                told = {"received_at": now(), "stored_at": now(), "next_try_at": now(), "size": len(one), "sealed": one}
                await Inbound.create(channel="floor", source="floor", position=number, conversation="", state="done", **told)

    async def stored() -> None:
        for begin in range(0, updates, 100):
            await polling.store(desk, BOT, given[begin : begin + 100], now())

    async def handled() -> None:
        await inbound.drain(desk, {"telegram": door}, now)

    stages = {"floor": floor, "stored": stored, "handled": handled}
    found = {name: await _stage(updates, work) for name, work in stages.items()}
    await bot.session.close()
    assert await Inbound.filter(channel="telegram", state="done").count() == updates
    return found


async def _stage(updates: int, work: Callable[[], Awaitable[None]]) -> Stage:
    with counting() as calls:
        began, used = time.perf_counter(), time.process_time()
        await work()
        return Stage(updates, time.perf_counter() - began, time.process_time() - used, Counter(calls))


def figures(stages: dict[str, Stage]) -> list[Figure]:
    """What is to be reached."""
    floor, handled = stages["floor"], stages["handled"]
    return [
        Figure("updates handled in a process of its own, by the clock", handled.updates / handled.seconds, "/s", 200, "least"),
        Figure("updates handled in a second of the processor", handled.updates / handled.processor, "/s", 200, "least"),
        Figure("the same, of decoding and one commit each", floor.seconds / handled.seconds, ""),
        Figure("database calls an update, of many", handled.calls.total() / handled.updates, "", 8),
    ]
