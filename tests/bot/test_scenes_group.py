"""Scenes of the staff group that no other test stages: lost answers beside other postings, groups of every kind, hands at once."""

import pytest

from models import Heard, Message, Outbox, OutboxState, Receipt, Ticket
from tests.bot.bench import Bench, words


@pytest.fixture
def back_end() -> str:
    """What people do is the same on both."""
    return "sqlite"


def cards(bench: Bench, number: int) -> list[int]:
    return [one.id for one in bench.said(bench.group) if words(one).startswith(f"№ {number} ·")]


async def rest(bench: Bench) -> None:
    for _ in range(6):
        await bench.later(seconds=60)


# --- a card whose answer was lost


@pytest.mark.parametrize("chatter", [0, 1, 3, 7])
async def test_a_lost_card_is_found_between_what_others_write(bench: Bench, chatter: int) -> None:
    await bench.anna_asks()
    bench.people.say(bench.mallory, "Отзываю согласие на обработку данных")
    await bench.fetch()
    await bench.handle()
    for number in range(chatter):
        bench.people.say(bench.boris, f"Слово {number}", chat=bench.group)
    bench.server.faults.add("lost_answer", method="sendMessage", times=2)
    await bench.run()
    for number in range(chatter):
        bench.people.say(bench.boris, f"Ещё слово {number}", chat=bench.group)
    await rest(bench)
    assert cards(bench, 2) == [(await bench.ticket(2)).card_id]
    assert not [one for one in bench.said(bench.group) if one.forward_origin]


async def test_two_lost_cards_at_once_are_each_found(bench: Bench) -> None:
    for number in range(4):
        person = bench.world.add_person(f"Ч{number}", language_code="ru")
        bench.people.say(person, "Отзываю согласие на обработку данных")
    await bench.fetch()
    await bench.handle()
    bench.server.faults.add("lost_answer", method="sendMessage", times=4)
    await bench.run()
    await rest(bench)
    for number in range(1, 5):
        assert cards(bench, number) == [(await bench.ticket(number)).card_id]


async def test_a_card_that_was_not_posted_is_posted_though_its_try_is_in_doubt(bench: Bench) -> None:
    bench.server.faults.add("cut", method="sendMessage", times=2)
    await bench.anna_asks()
    await rest(bench)
    assert cards(bench, 1) == [(await bench.ticket()).card_id]


async def test_a_card_is_not_mistaken_for_words_of_staff_that_look_like_it(bench: Bench) -> None:
    bench.people.say(bench.anna, "Прошу посмотреть моё письмо")
    await bench.fetch()
    await bench.handle()
    bench.people.say(bench.boris, "№ 1 · это не карточка", chat=bench.group)
    bench.server.faults.add("cut", method="sendMessage", times=2)
    await bench.run()
    await rest(bench)
    card = (await bench.ticket()).card_id
    assert card is not None
    assert bench.group.messages[card].sender_id == bench.world.bot.id


async def test_a_look_that_fails_posts_the_card_and_says_that_it_may_stand_twice(bench: Bench) -> None:
    bench.server.faults.add("lost_answer", method="sendMessage", times=2)
    bench.server.faults.add("refuse", method="forwardMessage", description="Bad Request: message can't be forwarded")
    await bench.anna_asks()
    await rest(bench)
    assert len(cards(bench, 1)) == 2
    assert any("дважды" in one and "карточка" in one for one in bench.texts(bench.group))


async def test_an_answer_that_may_have_come_twice_is_told_once(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.say(bench.boris, "Вот ответ", chat=bench.group, topic=topic, reply_to=await bench.card())
    await bench.run()
    bench.server.faults.add("lost_answer", method="sendMessage", times=1)
    await bench.later(seconds=30)
    await rest(bench)
    got = [one for one in bench.texts(bench.chat_of(bench.anna)) if "Вот ответ" in one]
    told = [one for one in bench.texts(bench.group, topic) if "мог получить" in one]
    assert len(got) == 2
    assert len(told) == 1
    assert "ответ" in told[0]


async def test_words_that_may_stand_twice_are_told_beside_them(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.say(bench.anna, "Ещё одно слово")
    await bench.fetch()
    await bench.handle()
    bench.server.faults.add("lost_answer", method="sendMessage", times=1)
    await bench.run()
    await rest(bench)
    texts = bench.texts(bench.group, topic)
    twice = sum("Ещё одно слово" in one for one in texts)
    assert twice == 1 or any("дважды" in one for one in texts)


async def test_a_process_that_died_after_posting_a_card_finds_it_or_tells(bench: Bench) -> None:
    bench.people.say(bench.anna, "Прошу посмотреть моё письмо")
    await bench.fetch()
    await bench.handle()
    bench.server.faults.add("lost_answer", method="sendMessage", times=1)
    await bench.deliver()
    await Outbox.filter(errand="card").update(attempts=1, error="", next_try_at=bench.now())
    await bench.close()
    bench.begin()
    await rest(bench)
    assert len(cards(bench, 1)) == 1 or any("дважды" in one for one in bench.texts(bench.group))


async def test_a_plain_restart_says_nothing_of_repeats(bench: Bench) -> None:
    await bench.anna_asks()
    bench.people.say(bench.anna, "Ещё")
    await bench.fetch()
    await bench.handle()
    await bench.close()
    bench.begin()
    await rest(bench)
    assert not any("дважды" in one for one in bench.texts(bench.group))


@pytest.mark.parametrize("trouble", ["revoked", "paced"])
async def test_what_surely_did_not_leave_is_not_said_to_stand_twice(bench: Bench, trouble: str) -> None:
    await bench.anna_asks()
    bench.people.say(bench.anna, "Ещё")
    await bench.fetch()
    await bench.handle()
    bot = bench.world.bot
    token = bot.token
    if trouble == "paced":
        fault = bench.server.faults.add("flood", times=3, retry_after=2)
    else:
        bot.token, fault = f"{bot.id}:other", None
    for _ in range(3):
        await bench.deliver()
        bench.now.forward(seconds=10)
        bench.telegram.to_staff._pace._chats.clear()
        bench.telegram.to_staff._pace._all._paused_until = 0
    bot.token = token
    if fault is not None:
        bench.server.faults.lift(fault)
    await rest(bench)
    assert not any("дважды" in one for one in bench.texts(bench.group))


# --- hands at once


async def test_a_close_and_words_of_the_requester_at_the_same_moment_lose_neither(bench: Bench) -> None:
    topic = await bench.anna_asks("Отзываю согласие на обработку данных")
    bench.people.say(bench.boris, "/close выполнено", chat=bench.group, topic=topic)
    bench.people.say(bench.anna, "Вы ещё не удалили!")
    await bench.run()
    await rest(bench)
    assert any("Вы ещё не удалили" in one for one in bench.texts(bench.group, topic))
    assert (await bench.ticket()).status == "open"
    assert any("снова открыта" in one for one in bench.texts(bench.group, topic))


async def test_a_double_tap_on_take_is_one_taking(bench: Bench) -> None:
    await bench.anna_asks()
    card = await bench.card()
    for _ in range(2):
        bench.people.press(bench.boris, card, "🙋 Взять", chat=bench.group)
    await bench.run()
    ticket = await Ticket.get(id=1).select_related("assignee")
    assert ticket.assignee is not None
    assert not any("Забрать" in str(one.markup) for one in bench.said(bench.group, await bench.topic()))


async def test_a_note_has_its_sign_and_no_words(bench: Bench) -> None:
    topic = await bench.anna_asks()
    said = bench.people.say(bench.boris, "перезвоню завтра", chat=bench.group, topic=topic)
    await bench.run()
    assert bench.group.messages[said.id].reactions
    assert await Message.filter(direction="note").count() == 1
    assert await Heard.filter(message_id=said.id).exists()


async def test_a_tap_on_an_old_card_of_a_topic_made_anew_is_answered(bench: Bench) -> None:
    topic = await bench.anna_asks()
    old = await bench.card()
    rows = (old.markup or {})["inline_keyboard"]
    data = rows[0][0]["callback_data"]
    bench.people.delete(bench.clara, old, chat=bench.group)
    bench.people.say(bench.boris, "/kind question", chat=bench.group, topic=topic)
    await bench.run()
    bench.people.say(bench.boris, "/take", chat=bench.group, topic=topic)
    await bench.run()
    assert len(cards(bench, 1)) == 1
    assert data
    assert await Outbox.filter(state=OutboxState.PARKED).count() == 0


async def test_every_receipt_of_a_card_with_words_leads_to_its_ticket(bench: Bench) -> None:
    await bench.anna_asks()
    assert await Receipt.filter(role="card", ticket_id=1).count() == 1
