"""Two colleagues who answer the same requester within a minute: the second is asked before anything goes."""

import asyncio

import pytest

from desk import contents
from desk.outward import at_once, replies
from models import Outbox, OutboxState, Staff, Ticket
from models.store.connect import transaction
from tests.bot.bench import Bench, taps, words
from tests.bot.terms import demand, presses, writes


async def replied(bench: Bench) -> list[str]:
    rows = await Outbox.filter(errand="reply").exclude(state=OutboxState.DROPPED).order_by("id")
    return [contents.of(row, contents.Reply).text for row in rows]


async def two_tickets(bench: Bench) -> tuple[int, int]:
    """Anna has two matters; the topics of both."""
    first = await demand(bench, "access_request")
    return first, await demand(bench, "claim")


async def test_in_another_ticket_of_the_same_person_the_second_is_asked_too(bench: Bench) -> None:
    await two_tickets(bench)
    tickets = await Ticket.all().order_by("id")
    assert len({one.requester_id for one in tickets}) == 1
    await writes(bench, "Готовим сведения", await bench.topic(tickets[0].id), reply_to=await bench.card(tickets[0].id))
    topic = await bench.topic(tickets[1].id)
    asked = await writes(bench, "Вернём деньги", topic, who=bench.clara, reply_to=await bench.card(tickets[1].id))
    assert f"Борис уже отвечает этому же человеку в № {tickets[0].id}" in words(asked)
    assert await replied(bench) == ["Готовим сведения"]
    send = next(one for one in taps(asked) if one.startswith("📤"))
    await presses(bench, asked, send, who=bench.clara)
    assert await replied(bench) == ["Готовим сведения", "Вернём деньги"]


@pytest.mark.parametrize("command", ["/reply Наш ответ", "/later завтра 10:00 | Наш ответ", "/hold Наш ответ"])
async def test_whichever_way_the_second_answers(bench: Bench, command: str) -> None:
    topic = await demand(bench, "access_request")
    await writes(bench, "Первый ответ", topic, reply_to=await bench.card())
    asked = await writes(bench, command, topic, who=bench.clara)
    assert "уже отвечает" in words(asked)
    assert await replied(bench) == ["Первый ответ"]


async def test_who_refused_just_now_has_answered(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    await writes(bench, "/refuse 14-8-4 В переписке есть адреса соседей", topic)
    asked = await writes(bench, "Готовим сведения", topic, who=bench.clara, reply_to=await bench.card())
    assert "уже отвечает" in words(asked)
    assert await replied(bench) == []


async def test_after_a_minute_or_when_it_was_taken_back_or_in_ones_own_words_nobody_is_asked(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    undo = await writes(bench, "Первый", topic, reply_to=await bench.card())
    await writes(bench, "Ещё от меня", topic, reply_to=await bench.card())
    assert await replied(bench) == ["Первый", "Ещё от меня"]
    await bench.later(seconds=61)
    await writes(bench, "Через минуту", topic, who=bench.clara, reply_to=await bench.card())
    assert await replied(bench) == ["Первый", "Ещё от меня", "Через минуту"]
    await bench.later(seconds=61)
    undo = await writes(bench, "Отменю", topic, reply_to=await bench.card())
    await presses(bench, undo, next(one for one in taps(undo) if "Отменить" in one))
    await writes(bench, "После отмены", topic, who=bench.clara, reply_to=await bench.card())
    assert (await replied(bench))[-1] == "После отмены"


async def test_an_answer_to_another_person_asks_nobody(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    bench.people.say(bench.mallory, "Прошу удалить мои данные")
    await bench.run()
    other = await Ticket.all().order_by("-id").first()
    assert other is not None
    await writes(bench, "Анне", topic, reply_to=await bench.card())
    await writes(bench, "Мэллори", await bench.topic(other.id), who=bench.clara, reply_to=await bench.card(other.id))
    assert await replied(bench) == ["Анне", "Мэллори"]


async def test_of_two_at_the_very_same_moment_one_sees_the_other(bench: Bench) -> None:
    """Two processes decide at once: whoever is second waits for the first, and sees what the first decided."""
    await two_tickets(bench)
    tickets = await Ticket.all().order_by("id")
    boris, clara = [
        await Staff.get_or_create(telegram_id=who.id, defaults={"name": name, "seen_at": bench.now()})
        for who, name in ((bench.boris, "Борис"), (bench.clara, "Клара"))
    ]
    asked: list[str] = []

    async def answers(staff: Staff, ticket: Ticket, number: int) -> None:
        async with transaction():
            other = await at_once.colleague(ticket, staff, bench.now())
            await asyncio.sleep(0.05)
            if other is not None:
                asked.append(other.name)
                return
            await replies.reply(
                bench.desk, ticket, staff=staff, text="Ответ", entities=None, files=(), external_id=f"{bench.group.id}:{number}",
                album="", reply_to=number, now=bench.now(),
            )  # fmt: skip

    await asyncio.gather(answers(boris[0], tickets[0], 9001), answers(clara[0], tickets[1], 9002))
    assert len(asked) == 1
    assert await replied(bench) == ["Ответ"]
