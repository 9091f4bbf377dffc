"""A reaction is seen by staff, beside what it is about; it asks for nothing and opens nothing."""

import pytest

from bot.polling import store
from models import Ticket
from sandbox.telegram import Message
from tests.bot.bench import Bench, words
from tests.bot.requester.conftest import Phone, tickets


async def answered(bench: Bench) -> Message:
    """Boris's answer to Anna's question, as she has it."""
    bench.people.say(bench.boris, "На Тверской", chat=bench.group, topic=await bench.topic(), reply_to=await bench.card())
    await bench.run()
    await bench.later(seconds=30)
    return next(one for one in bench.said(bench.chat_of(bench.anna)) if "На Тверской" in words(one))


async def seen(bench: Bench) -> list[str]:
    return [one for one in bench.texts(bench.group, await bench.topic()) if "Реакция" in one]


async def test_a_reaction_to_an_answer_is_shown_below_it_once(phone: Phone, bench: Bench) -> None:
    await phone.says("Где находится ваш офис?")
    answer = await answered(bench)
    for emoji in ("👍", None, "👍"):
        bench.people.react(bench.anna, answer, emoji)
        await bench.run()
    assert await seen(bench) == ["👍 Реакция заявителя на этот ответ."]
    said = next(one for one in bench.said(bench.group, await bench.topic()) if "Реакция" in words(one))
    assert "На Тверской" in words(bench.group.messages[said.reply_to])


async def test_a_reaction_to_the_acknowledgement_or_to_own_words_is_shown(phone: Phone, bench: Bench) -> None:
    own = await phone.says("Где находится ваш офис?")
    bench.people.react(bench.anna, own, "🔥")
    bench.people.react(bench.anna, next(one for one in phone.screens if "№ 1" in words(one)), "❤")
    await bench.run()
    assert len(await seen(bench)) == 2


async def test_a_reaction_after_closing_opens_nothing_again(phone: Phone, bench: Bench) -> None:
    await phone.says("Где находится ваш офис?")
    answer = await answered(bench)
    bench.people.say(bench.clara, "/close ответили", chat=bench.group, topic=await bench.topic())
    await bench.later(seconds=30)
    bench.people.react(bench.anna, answer, "👍")
    await bench.run()
    assert (await Ticket.get()).status == "closed"
    assert len(await tickets()) == 1
    assert await seen(bench)


@pytest.mark.parametrize("kind", [{"type": "custom_emoji", "custom_emoji_id": "1"}, {"type": "paid"}, {"type": "tomorrow"}])
async def test_reactions_of_any_kind_park_nothing(phone: Phone, bench: Bench, kind: dict[str, str]) -> None:
    own = await phone.says("Где находится ваш офис?")
    raw = {
        "update_id": 900_000_001,
        "message_reaction": {
            "chat": {"id": bench.anna.id, "type": "private", "first_name": "Анна"},
            "message_id": own.id,
            "user": {"id": bench.anna.id, "is_bot": False, "first_name": "Анна"},
            "date": 1796889600,
            "old_reaction": [],
            "new_reaction": [kind],
        },
    }
    await store(bench.desk, bench.telegram.bot.id, [raw], bench.now())
    await bench.run()
    assert "" not in await bench.outcomes()


async def test_a_reaction_to_a_screen_or_in_the_group_concerns_nobody(phone: Phone, bench: Bench) -> None:
    await phone.says("/start")
    bench.people.react(bench.anna, phone.screens[-1], "👍")
    await phone.says("Где находится ваш офис?")
    bench.people.react(bench.boris, await bench.card(), "👍", chat=bench.group)
    await bench.run()
    assert await seen(bench) == []
