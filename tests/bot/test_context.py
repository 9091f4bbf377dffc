"""Context travels both ways: what somebody replies to, quotes or forwards is seen on the other side."""

import pytest

from sandbox.telegram import Message
from tests.bot.bench import Bench, words


def replied_to(message: Message) -> int | None:
    """The message that a posting replies to."""
    return message.reply_to


async def answer(bench: Bench, text: str, to: Message) -> Message:
    """Boris answers a posting, and it reaches Anna: what she got."""
    bench.people.say(bench.boris, text, chat=bench.group, topic=await bench.topic(), reply_to=to)
    await bench.run()
    await bench.later(seconds=30)
    return bench.last(bench.chat_of(bench.anna))


async def posting(bench: Bench, text: str) -> Message:
    """The posting in the topic that bears these words."""
    return next(one for one in bench.said(bench.group, await bench.topic()) if text in words(one))


async def test_a_reply_to_one_of_two_questions_says_which(bench: Bench) -> None:
    await bench.anna_asks("Где находится ваш офис?")
    card = await bench.card()
    first = bench.people.say(bench.boris, "Вы были у нас в мае?", chat=bench.group, topic=await bench.topic(), reply_to=card)
    second = bench.people.say(bench.boris, "А в июне?", chat=bench.group, topic=await bench.topic(), reply_to=card)
    await bench.run()
    await bench.later(seconds=30)
    got = {words(one).splitlines()[-1]: one for one in bench.said(bench.chat_of(bench.anna))}
    bench.people.say(bench.anna, "Да", reply_to=got["А в июне?"])
    await bench.run()
    shown = await posting(bench, "Да")
    assert replied_to(shown) == second.id
    bench.people.say(bench.anna, "Нет", reply_to=got["Вы были у нас в мае?"])
    await bench.run()
    assert replied_to(await posting(bench, "Нет")) == first.id


async def test_an_answer_to_one_of_two_messages_replies_to_it(bench: Bench) -> None:
    first = bench.people.say(bench.anna, "Где находится ваш офис?")
    await bench.run()
    second = bench.people.say(bench.anna, "Сколько стоит доставка?")
    await bench.run()
    got = await answer(bench, "Бесплатно", await posting(bench, "доставка"))
    assert replied_to(got) == second.id
    got = await answer(bench, "На Тверской", await posting(bench, "офис"))
    assert replied_to(got) == first.id


async def test_an_answer_to_the_card_replies_to_nothing(bench: Bench) -> None:
    await bench.anna_asks("Где находится ваш офис?")
    assert replied_to(await answer(bench, "На Тверской", await bench.card())) is None


async def test_words_that_staff_choose_are_quoted_to_the_requester(bench: Bench) -> None:
    await bench.anna_asks("Где находится ваш офис? И когда вы открыты?")
    to = await posting(bench, "офис")
    bench.people.say(bench.boris, "С девяти", chat=bench.group, topic=await bench.topic(), reply_to=to, quote="когда вы открыты")
    await bench.run()
    await bench.later(seconds=30)
    got = bench.last(bench.chat_of(bench.anna))
    assert got.quote["text"] == "когда вы открыты"
    assert words(got).splitlines()[-1] == "С девяти"
    assert "когда вы открыты" not in words(got)


@pytest.mark.parametrize("gone", ["edited", "deleted", "formatted", "refused"])
async def test_words_that_cannot_be_quoted_any_more_stand_in_the_answer(bench: Bench, gone: str) -> None:
    """Telegram quotes only what stands there, letter by letter and with its formatting."""
    chosen, asked = "когда вы открыты", "Где находится ваш офис? И когда вы открыты?"
    said = bench.people.say(bench.anna, asked)
    await bench.run()
    to = await posting(bench, "офис")
    bench.people.say(bench.boris, "С девяти", chat=bench.group, topic=await bench.topic(), reply_to=to, quote=chosen)
    await bench.run()
    if gone == "edited":
        bench.people.edit(bench.anna, said, text="Где офис?")
    if gone == "deleted":
        bench.people.delete(bench.anna, said)
    if gone == "formatted":
        bench.server.faults.add("refuse", method="sendMessage", times=1, description="Bad Request: message quote not found")
    if gone == "refused":
        bench.server.faults.add("refuse", method="sendMessage", times=1, description="Bad Request: QUOTE_TEXT_INVALID")
    bench.now.forward(seconds=30)
    await bench.deliver()
    got = next(one for one in bench.said(bench.chat_of(bench.anna)) if "С девяти" in words(one))
    assert "когда вы открыты" in words(got)
    assert any(one["type"] == "blockquote" for one in got.content["entities"])


async def test_a_long_answer_bears_its_quotation_once(bench: Bench) -> None:
    await bench.anna_asks("Где находится ваш офис? И когда вы открыты?")
    to = await posting(bench, "офис")
    bench.people.say(
        bench.boris, "Слово. " * 584, chat=bench.group, topic=await bench.topic(), reply_to=to, quote="когда вы открыты"
    )
    await bench.run()
    await bench.later(seconds=30)
    got = [one for one in bench.said(bench.chat_of(bench.anna)) if "Слово." in words(one)]
    assert len(got) > 1
    assert [bool(one.quote) for one in got] == [True] + [False] * (len(got) - 1)


async def test_what_was_quoted_of_our_answer_reaches_staff(bench: Bench) -> None:
    await bench.anna_asks("Где находится ваш офис?")
    got = await answer(bench, "На Тверской, вход со двора, этаж пятый", await bench.card())
    bench.people.say(bench.anna, "А где это?", reply_to=got, quote="вход со двора")
    await bench.run()
    assert "вход со двора" in words(await posting(bench, "А где это?"))


async def test_a_reply_to_the_acknowledgement_or_a_screen_shows_its_words(bench: Bench) -> None:
    await bench.anna_asks("Отзываю согласие на обработку моих персональных данных")
    said = next(one for one in bench.said(bench.chat_of(bench.anna)) if "№ 1" in words(one))
    bench.people.say(bench.anna, "А почему так долго?", reply_to=said)
    await bench.run()
    shown = words(await posting(bench, "А почему так долго?"))
    assert "Отзыв согласия" in shown


async def test_a_reply_to_words_of_ones_own_replies_to_them_in_the_topic(bench: Bench) -> None:
    first = bench.people.say(bench.anna, "Где находится ваш офис?")
    await bench.run()
    bench.people.say(bench.anna, "Сколько стоит доставка?")
    await bench.run()
    bench.people.say(bench.anna, "Это срочно", reply_to=first)
    await bench.run()
    assert replied_to(await posting(bench, "Это срочно")) == (await posting(bench, "офис")).id


async def test_a_photo_in_reply_replies_as_well(bench: Bench) -> None:
    await bench.anna_asks("Где находится ваш офис?")
    asked = bench.people.say(
        bench.boris, "Пришлите фото чека", chat=bench.group, topic=await bench.topic(), reply_to=await bench.card()
    )
    await bench.run()
    await bench.later(seconds=30)
    got = bench.last(bench.chat_of(bench.anna))
    bench.people.send(
        bench.anna, "photo", b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR\0\0\0\x08\0\0\0\x08\x08\x02\0\0\0" + bytes(9), reply_to=got
    )
    await bench.run()
    shown = next(one for one in bench.said(bench.group, await bench.topic()) if "photo" in one.content)
    assert replied_to(shown) == asked.id


@pytest.mark.parametrize("origin", ["person", "hidden", "channel"])
async def test_a_forward_says_whose_words_they_were(bench: Bench, origin: str) -> None:
    await bench.anna_asks("Где находится ваш офис?")
    origins = {
        "person": {
            "type": "user",
            "date": 1796889600,
            "sender_user": {"id": 77, "is_bot": False, "first_name": "Пётр", "username": "pyotr"},
        },
        "hidden": {"type": "hidden_user", "date": 1796889600, "sender_user_name": "Пётр"},
        "channel": {
            "type": "channel",
            "date": 1796889600,
            "chat": {"id": -1001, "type": "channel", "title": "Пётр о рыбе", "username": "fish"},
            "message_id": 5,
        },
    }
    bench.people._put(bench.anna, None, {"text": "Мы продали вашу базу"}, forward_origin=origins[origin])
    await bench.run()
    assert "Пётр" in words(await posting(bench, "Мы продали вашу базу"))


async def test_a_reply_to_a_post_of_another_chat_shows_what_it_was(bench: Bench) -> None:
    await bench.anna_asks("Где находится ваш офис?")
    raw = {
        "update_id": 900_000_001,
        "message": {
            "message_id": 900,
            "date": 1796889600,
            "chat": {"id": bench.anna.id, "type": "private", "first_name": "Анна"},
            "from": {"id": bench.anna.id, "is_bot": False, "first_name": "Анна"},
            "text": "Это про меня?",
            "external_reply": {
                "origin": {
                    "type": "channel",
                    "date": 1796889600,
                    "chat": {"id": -5, "type": "channel", "title": "Новости"},
                    "message_id": 3,
                }
            },
            "quote": {"text": "утекла база", "position": 0},
        },
    }
    from bot.polling import store

    await store(bench.desk, bench.telegram.bot.id, [raw], bench.now())
    await bench.run()
    assert "утекла база" in words(await posting(bench, "Это про меня?"))
