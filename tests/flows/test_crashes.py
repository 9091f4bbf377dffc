"""The process is killed at a hundred moments, and nothing is lost, nothing doubled that was not in flight."""

import asyncio
import random
from collections import Counter
from pathlib import Path

import pytest

from bot.delivery import AT_ONCE
from mail.delivery import CONNECTIONS
from sandbox.mail.faults import Service
from tests.flows.rig import Nursery, Rig, rig, text_of

SEED = 20261122


def _person(life: int) -> str:
    return f"person{life}@people.test"


async def _feed(desk: Rig, life: int) -> None:
    """Each life somebody writes a letter, and somebody writes to the bot."""
    await desk.writes(
        _person(life), "Withdrawal Statement", f"Отзываю согласие на обработку персональных данных. Обращение {life}."
    )
    if life % 2:
        person = desk.telegram.world.add_person(f"Гость {life}", person_id=900_000 + life)
        desk.telegram.people.say(person, f"Вопрос {life}: когда вы работаете?")


async def _a_moment_of_violence(desk: Rig, dice: random.Random) -> str:
    """Kill the process at a random time, or the instant after it handed something over and before it can record that."""
    way = dice.choice(["time", "time", "telegram", "mail"])
    if way == "time":
        await asyncio.sleep(dice.uniform(0.05, 0.9))
    elif way == "telegram":
        after = len(desk.telegram.calls) + dice.randrange(4, 14)
        await _passes(lambda: len(desk.telegram.calls) >= after or len(desk.telegram.calls) == desk.telegram.calls.maxlen)
    else:
        assert desk.mail is not None
        seen = len(desk.mail.arrivals)
        await _passes(lambda: len(desk.mail.arrivals) > seen)
    await desk.kill()
    return way


async def _passes(true: object, patience: float = 1.5) -> None:
    """Look as often as the loop turns, so that the kill comes before the desk hears of its success."""
    try:
        async with asyncio.timeout(patience):
            while not true():
                await asyncio.sleep(0)
    except TimeoutError:
        return


@pytest.mark.timeout(420)
async def test_a_hundred_kills_lose_nothing_and_double_at_most_what_was_in_flight(nursery: Nursery, tmp_path: Path) -> None:
    await _live_and_die(nursery, tmp_path, "", 100)


@pytest.mark.postgres
@pytest.mark.timeout(300)
async def test_kills_on_postgresql_lose_nothing_either(nursery: Nursery, tmp_path: Path, postgres_url: str) -> None:
    await _live_and_die(nursery, tmp_path, postgres_url, 20)


async def _live_and_die(nursery: Nursery, folder: Path, database: str, lives: int) -> None:
    dice = random.Random(SEED)
    async with rig(folder, nursery, database) as desk:
        arrived: Counter[str] = Counter()
        for life in range(lives):
            await _feed(desk, life)
            await desk.start(wait=False)
            await _a_moment_of_violence(desk, dice)
            # What the dead left in the line must not pass for the next life's.
            await desk.mail.cut_connections(Service.SMTP)
            came = Counter({who: len(desk.letters(who)) for who in map(_person, range(life + 1))}) - arrived
            assert set(came.values()) <= {1}, f"life {life} sent a letter twice: {came}"
            arrived += came
        await desk.start()
        mails, chats = set(range(lives)), {life for life in range(lives) if life % 2}
        await desk.until(lambda: all(desk.letters(_person(life)) for life in mails), "every letter is acknowledged", 120)
        await desk.until(
            lambda: all(desk.from_bot(desk.telegram.world.people[900_000 + life]) for life in chats), "every chat is answered", 60
        )

        async def settled() -> bool:
            waiting = await desk.command("outbox", "list")
            return not [row for row in waiting if row["state"] == "waiting"]

        await desk.until(settled, "the outbox is empty", 120)
        tickets = await desk.tickets()
        assert await desk.stop() == 0

        # Every request has one ticket, and every message is in it once.
        by_mail = Counter(ticket["requester"]["emails"][0] for ticket in tickets if ticket["channel"] == "mail")
        assert by_mail == {_person(life): 1 for life in mails}
        by_chat = Counter(ticket["requester"]["telegram_id"] for ticket in tickets if ticket["channel"] == "telegram")
        assert by_chat == {900_000 + life: 1 for life in chats}
        assert all(len(ticket["messages"]) == 1 for ticket in tickets)

        # Every acknowledgement went out; a repeated one is the same letter; no more leave again than a kill found in hand.
        letters = messages = 0
        for life in mails:
            ids = [letter["Message-ID"] for letter in desk.letters(_person(life))]
            assert len(set(ids)) == 1, f"letters to person {life} differ"
            assert len(ids) <= arrived[_person(life)] + 1, f"the last life sent person {life} a letter twice"
            letters += len(ids) - 1
        for life in chats:
            messages += len(desk.from_bot(desk.telegram.world.people[900_000 + life])) - 1
        assert letters <= CONNECTIONS * lives
        assert messages <= AT_ONCE["telegram"] * lives
        group = desk.telegram.world.group(desk.group_id)
        assert group is not None
        cards = Counter(m.topic_id for m in group.messages.values() if m.pinned)
        assert set(cards) >= {ticket["topic_id"] for ticket in tickets}
        assert not desk.telegram.violations, desk.telegram.violations[:5]
        assert not [text_of(m) for m in group.messages.values() if "Internal error" in text_of(m)]
