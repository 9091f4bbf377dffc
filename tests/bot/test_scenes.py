"""Scenes of daily use that no other test stages: one person, one slip, one sentence each."""

import pytest
from aiogram.exceptions import TelegramRetryAfter

from models import Message as Stored
from models import Outbox, OutboxState, Ticket
from tests.bot.bench import Bench, picture, words


@pytest.fixture
def back_end() -> str:
    """What people do is the same on both."""
    return "sqlite"


async def answered(bench: Bench, text: str = "Посмотрели, всё в порядке") -> int:
    """Anna asked and was answered; the answer as Boris wrote it."""
    topic = await bench.anna_asks()
    said = bench.people.say(bench.boris, text, chat=bench.group, topic=topic, reply_to=await bench.card())
    await bench.run()
    await bench.later(seconds=30)
    return said.id


def to_anna(bench: Bench) -> str:
    return "\n".join(bench.texts(bench.chat_of(bench.anna)))


async def in_topic(bench: Bench, number: int = 1) -> str:
    return "\n".join(bench.texts(bench.group, await bench.topic(number)))


# --- 429 for ever on one chat


@pytest.mark.parametrize("after", [5, 60, 3600])
async def test_a_chat_that_is_put_off_for_ever_ends_and_is_told_and_others_go_on(bench: Bench, after: int) -> None:
    await bench.anna_asks()
    anna = bench.chat_of(bench.anna).id
    pace = bench.telegram.to_requesters._pace
    call = bench.telegram.bot.session.make_request

    async def refused(bot: object, method: object, timeout: object = None) -> object:
        if getattr(method, "chat_id", None) == anna and type(method).__name__ == "SendMessage":
            raise TelegramRetryAfter(method=method, message="Flood control", retry_after=after)  # type: ignore[arg-type]
        return await call(bot, method, timeout)  # type: ignore[arg-type]

    bench.telegram.bot.session.make_request = refused  # type: ignore[method-assign, assignment]
    bench.people.say(bench.boris, "Ответ", chat=bench.group, topic=await bench.topic(), reply_to=await bench.card())
    await bench.run()
    bench.people.say(bench.mallory, "Отзываю согласие на обработку данных")
    await bench.later(seconds=20)
    assert any("принято" in one for one in bench.texts(bench.chat_of(bench.mallory)))
    for _ in range(400):
        row = await Outbox.filter(errand="reply").order_by("-id").first()
        assert row is not None
        if row.state != OutboxState.WAITING:
            break
        pace._chats.clear()
        pace._all._paused_until = 0
        bench.now.at = max(bench.now.at, row.next_try_at)
        bench.now.forward(seconds=1) if row.attempts > 1 else bench.now.forward(hours=1)
        await bench.deliver()
    assert row.state == OutboxState.PARKED
    assert (bench.now() - row.created_at).days < 14
    await bench.run()
    assert "🔴" in await in_topic(bench)
    assert bench.ways["telegram"].troubles() == {}


# --- edits after an answer left


async def test_the_requester_edits_a_reply_of_theirs_after_it_was_answered(bench: Bench) -> None:
    await answered(bench)
    got = bench.last(bench.chat_of(bench.anna))
    said = bench.people.say(bench.anna, "Нет, не в порядке", reply_to=got)
    await bench.run()
    bench.people.say(bench.boris, "Что не так?", chat=bench.group, topic=await bench.topic(), reply_to=await bench.card())
    await bench.run()
    await bench.later(seconds=30)
    bench.people.edit(bench.anna, said, text="Нет, не в порядке: письмо не то")
    await bench.run()
    shown = [one for one in bench.said(bench.group, await bench.topic()) if "письмо не то" in words(one)]
    assert len(shown) == 1
    assert "изменено" in words(shown[0])
    first = next(one for one in bench.said(bench.group, await bench.topic()) if words(one).endswith("Нет, не в порядке"))
    assert shown[0].reply_to == first.id


async def test_staff_edit_an_answer_that_was_a_reply_to_words_and_left(bench: Bench) -> None:
    await bench.anna_asks()
    to = next(one for one in bench.said(bench.group, await bench.topic()) if "Прошу посмотреть" in words(one))
    said = bench.people.say(bench.boris, "Да", chat=bench.group, topic=await bench.topic(), reply_to=to)
    await bench.run()
    await bench.later(seconds=30)
    bench.people.edit(bench.boris, said, text="Нет", chat=bench.group)
    await bench.run()
    assert "уже ушёл" in await in_topic(bench)
    assert "Нет" not in to_anna(bench)


async def test_an_answer_that_becomes_a_command_after_it_left_is_told(bench: Bench) -> None:
    number = await answered(bench)
    bench.people.edit(bench.boris, bench.group.messages[number], text="/note внутреннее", chat=bench.group)
    await bench.run()
    assert "внутреннее" not in to_anna(bench)
    assert "ушёл" in await in_topic(bench)


async def test_a_requester_edits_words_of_a_closed_ticket(bench: Bench) -> None:
    said = bench.people.say(bench.anna, "Прошу посмотреть моё письмо")
    await bench.run()
    bench.people.say(bench.boris, "/close решено", chat=bench.group, topic=await bench.topic())
    await bench.run()
    await bench.later(seconds=30)
    bench.people.edit(bench.anna, said, text="Отзываю согласие на обработку моих данных")
    await bench.run()
    assert "Отзываю согласие" in await in_topic(bench, await Ticket.all().count())


async def test_an_edit_of_a_photo_after_the_answer_left_is_told(bench: Bench) -> None:
    topic = await bench.anna_asks()
    sent = bench.people.send(
        bench.boris, "photo", picture(1), caption="Вот", chat=bench.group, topic=topic, reply_to=await bench.card()
    )
    await bench.run()
    await bench.later(seconds=30)
    bench.people.edit_media(bench.boris, sent, "photo", picture(2), chat=bench.group)
    await bench.run()
    assert "уже ушёл" in await in_topic(bench)


# --- commands in odd places


@pytest.mark.parametrize(
    "caption",
    ["/тщеу не показывать", "/заметка не показывать", "／note не показывать", "/nоte не показывать", "⁄note не показывать"],
)
async def test_a_mangled_note_under_an_album_keeps_all_of_it_inside(bench: Bench, caption: str) -> None:
    topic = await bench.anna_asks()
    items = [{"kind": "photo", "data": picture(one)} for one in (1, 2, 3)]
    items[0]["caption"] = caption
    bench.people.send_album(bench.boris, items, chat=bench.group, topic=topic, reply_to=await bench.card())
    await bench.run()
    await bench.later(seconds=30)
    assert not [one for one in bench.said(bench.chat_of(bench.anna)) if "photo" in one.content]
    assert "не показывать" not in to_anna(bench)


@pytest.mark.parametrize(
    "text",
    [
        "\u200b/note тайна",
        "\u2068/note\u2069 тайна",
        "**/note** тайна",
        "«/note» тайна",
        "note: тайна",
        "Заметка: тайна",
        ">/note тайна",
    ],
)
async def test_what_could_be_a_note_never_leaves_by_itself(bench: Bench, text: str) -> None:
    topic = await bench.anna_asks()
    bench.people.say(bench.boris, text, chat=bench.group, topic=topic, reply_to=await bench.card())
    await bench.run()
    await bench.later(seconds=60)
    assert "тайна" not in to_anna(bench)


async def test_a_file_replaced_while_it_waits_leaves_as_the_new_one(bench: Bench) -> None:
    topic = await bench.anna_asks()
    sent = bench.people.send(
        bench.boris, "document", b"%PDF wrong", name="чужой.pdf", chat=bench.group, topic=topic, reply_to=await bench.card()
    )
    await bench.run()
    bench.people.edit_media(bench.boris, sent, "document", b"%PDF right", name="свой.pdf", chat=bench.group)
    await bench.run()
    await bench.later(seconds=60)
    names = [one.content["document"]["file_name"] for one in bench.said(bench.chat_of(bench.anna)) if "document" in one.content]
    assert names == ["свой.pdf"]


# --- courtesies


async def _writes_after_the_closing(bench: Bench, text: str) -> None:
    await bench.anna_asks()
    bench.people.say(bench.boris, "/close решено", chat=bench.group, topic=await bench.topic())
    await bench.run()
    await bench.later(seconds=30)
    bench.people.say(bench.anna, text)
    await bench.run()


@pytest.mark.parametrize("kind", ["sticker", "animation"])
async def test_a_newcomer_with_media_without_words_opens_nothing(bench: Bench, kind: str) -> None:
    bench.people.send(bench.mallory, kind, picture(1))
    await bench.run()
    assert await Ticket.all().count() == 0
    assert bench.texts(bench.chat_of(bench.mallory))


@pytest.mark.parametrize(
    "text", ["Спасибо!", "Спасибо большое, до свидания", "👍", "ок, спс", "Благодарю вас 🙏", "Thanks a lot!", "Ясно, спасибо"]
)
async def test_thanks_after_the_closing_open_nothing(bench: Bench, text: str) -> None:
    await _writes_after_the_closing(bench, text)
    assert (await bench.ticket()).status == "closed"
    assert await Ticket.all().count() == 1


@pytest.mark.parametrize(
    "text",
    [
        "Спасибо! И удалите мои данные",
        "Спасибо за ответ. Отзываю согласие на обработку данных",
        "Ок. Но данные всё ещё на сайте, уберите",
    ],
)
async def test_a_demand_after_thanks_is_never_swallowed(bench: Bench, text: str) -> None:
    await _writes_after_the_closing(bench, text)
    assert await Ticket.filter(status="open").count() == 1


# --- who is staff


async def test_a_former_member_acts_no_more(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.say(bench.boris, "/take", chat=bench.group, topic=topic)
    await bench.run()
    card = await bench.card()
    bench.people.leave(bench.boris, bench.group)
    await bench.run()
    rows = (card.markup or {})["inline_keyboard"]
    data = next(one["callback_data"] for row in rows for one in row if "Ответ дан" in one["text"])
    press = bench.people.tap(bench.boris, card, data, chat=bench.group)
    await bench.run()
    assert press.text or press.show_alert
    assert (await bench.ticket()).status == "open"


async def test_an_anonymous_administrators_note_is_kept_and_their_answer_waits_for_a_name(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.say(bench.clara, "Клиент нервный", chat=bench.group, topic=topic, anonymous=True)
    bench.people.say(bench.clara, "Ответим завтра", chat=bench.group, topic=topic, reply_to=await bench.card(), anonymous=True)
    await bench.run()
    await bench.later(seconds=60)
    assert await Stored.filter(direction="note", text__contains="нервный").exists()
    assert "Ответим завтра" not in to_anna(bench)


async def test_a_button_of_another_ticket_does_nothing(bench: Bench) -> None:
    await bench.anna_asks()
    bench.people.say(bench.mallory, "Отзываю согласие на обработку данных")
    await bench.run()
    bench.people.tap(bench.boris, await bench.card(1), "card:close:2:0", chat=bench.group)
    await bench.run()
    assert [one.status for one in await Ticket.all().order_by("id")] == ["open", "open"]


async def test_two_take_one_ticket_at_once_and_the_second_is_asked(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.say(bench.boris, "/take", chat=bench.group, topic=topic)
    bench.people.say(bench.clara, "/take", chat=bench.group, topic=topic)
    await bench.run()
    assert "Забрать" in str([one.markup for one in bench.said(bench.group, topic)]) or "взял" in await in_topic(bench)
    ticket = await Ticket.get(id=1).select_related("assignee")
    assert ticket.assignee is not None
    assert ticket.assignee.name == "Борис"


# --- the group's own life


async def test_what_is_written_in_a_topic_that_was_deleted_and_made_anew_stands_in_the_new_one(bench: Bench) -> None:
    old = await bench.anna_asks("Прошу удалить мои данные")
    bench.people.delete_topic(bench.group, old)
    for text in ("Раз", "Два", "Три"):
        bench.people.say(bench.anna, text)
    await bench.run()
    texts = await in_topic(bench)
    assert all(text in texts for text in ("Прошу удалить", "Раз", "Два", "Три"))
    assert len([one for one in bench.group.topics.values() if one.name.startswith("№ 1")]) == 1


async def test_a_topic_closed_by_hand_is_open_when_the_person_writes(bench: Bench) -> None:
    topic = await bench.anna_asks("Отзываю согласие на обработку данных")
    bench.people.close_topic(bench.group, topic, person=bench.clara)
    await bench.run()
    assert "сроки идут" in await in_topic(bench)
    bench.people.say(bench.anna, "Когда?")
    await bench.run()
    assert not bench.group.topics[topic].closed
    assert "Когда?" in await in_topic(bench)


async def test_the_assignee_who_left_is_not_the_only_one_called(bench: Bench) -> None:
    topic = await bench.anna_asks("Отзываю согласие на обработку данных")
    bench.people.say(bench.boris, "/take", chat=bench.group, topic=topic)
    await bench.run()
    bench.people.leave(bench.boris, bench.group)
    await bench.run()
    bench.people.say(bench.anna, "Вы где?")
    await bench.run()
    assert "Вы где?" in await in_topic(bench)
    told = await in_topic(bench) + "\n".join(bench.texts(bench.group))
    assert "вышел" in told or "ушёл" in told or "больше нет" in told or "покинул" in told, told[-600:]


# --- what a person can send


@pytest.mark.parametrize("kind", ["voice", "video_note", "audio", "video", "animation", "sticker", "document", "photo"])
async def test_every_file_in_an_open_ticket_is_seen_as_what_it_is(bench: Bench, kind: str) -> None:
    topic = await bench.anna_asks()
    bench.people.send(bench.anna, kind, picture(1))
    await bench.run()
    assert any(kind in one.content for one in bench.said(bench.group, topic)), [
        one.content for one in bench.said(bench.group, topic)
    ]


async def test_a_place_and_a_contact_are_seen(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.send_location(bench.anna, 55.75, 37.61)
    bench.people.send_contact(bench.anna, "+79990001122")
    await bench.run()
    shown = str([one.content for one in bench.said(bench.group, topic)])
    assert "55.75" in shown
    assert "79990001122" in shown


async def test_a_checklist_with_a_demand_opens_that_demand(bench: Bench) -> None:
    tasks = [{"id": 1, "text": "Отзываю согласие на обработку данных"}, {"id": 2, "text": "Удалите мои фото"}]
    chat = bench.chat_of(bench.anna)
    bench.people.start(bench.anna)
    await bench.run()
    bench.people._put(bench.anna, None, {"checklist": {"title": "Дела", "tasks": tasks}})
    await bench.run()
    assert chat
    assert await Ticket.all().count() == 1
    texts = await in_topic(bench)
    assert "Удалите мои фото" in texts
    assert "огласи" in words(await bench.card())


async def test_a_text_cut_in_pieces_by_the_app_is_one_note(bench: Bench) -> None:
    topic = await bench.anna_asks()
    card = await bench.card()
    bench.people.say(bench.boris, "/note " + "очень тайно " * 340, chat=bench.group, topic=topic, reply_to=card)
    bench.people.say(bench.boris, "и это тоже тайно", chat=bench.group, topic=topic, reply_to=card)
    await bench.run()
    await bench.later(seconds=60)
    assert "тайно" not in to_anna(bench)


async def test_a_long_answer_cut_in_pieces_leaves_whole_and_once(bench: Bench) -> None:
    topic = await bench.anna_asks()
    card = await bench.card()
    bench.people.say(bench.boris, "Ответ по пунктам. " * 227, chat=bench.group, topic=topic, reply_to=card)
    bench.people.say(bench.boris, "Конец ответа.", chat=bench.group, topic=topic, reply_to=card)
    await bench.run()
    await bench.later(seconds=60)
    got = to_anna(bench)
    assert got.count("Конец ответа.") == 1
    assert got.count("пунктам.") == 227
    assert got.count("Ответ на ваше обращение") == 1


# --- the card, blocked requesters, silence


async def test_after_a_block_the_other_ways_are_offered_once(bench: Bench) -> None:
    topic = await bench.anna_asks("Отзываю согласие, мой адрес anna@people.test")
    bench.people.block(bench.anna)
    await bench.run()
    for text in ("Первый ответ", "Второй ответ"):
        bench.people.say(bench.boris, text, chat=bench.group, topic=topic, reply_to=await bench.card())
        await bench.run()
        await bench.later(minutes=3)
    told = bench.texts(bench.group, topic)
    assert sum("Другие пути" in one for one in told) == 1
    # Of each answer it is told once that it did not go.
    assert sum("не достучаться" in one for one in told) == 2


async def test_a_number_of_somebody_else_in_a_message_is_said_to_staff(bench: Bench) -> None:
    await bench.anna_asks()
    bench.people.say(bench.mallory, "Отзываю согласие. Это по № 1, добавьте туда")
    await bench.run()
    assert "№ 1" in await in_topic(bench, 2)
    assert "Отзываю согласие" not in await in_topic(bench, 1)


@pytest.mark.parametrize("name", ["\u202eКлара", "Кла\u2066ра\u2069", "\u200fАнна"])
async def test_bidi_controls_never_reach_a_card_or_a_topic(bench: Bench, name: str) -> None:
    person = bench.world.add_person(name, language_code="ru")
    bench.people.say(person, "Отзываю согласие на обработку данных")
    await bench.run()
    shown = words(await bench.card()) + str([one.name for one in bench.group.topics.values()])
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200f\u200e")


async def test_a_card_forwarded_to_the_bot_in_private_opens_nothing(bench: Bench) -> None:
    await bench.anna_asks()
    bench.people.start(bench.boris)
    await bench.run()
    bench.people.forward(bench.boris, await bench.card(), bench.group)
    await bench.run()
    assert await Ticket.all().count() == 1


async def test_a_reply_to_a_status_line_of_the_bot_asks_or_goes(bench: Bench) -> None:
    await answered(bench)
    line = next(one for one in bench.said(bench.group, await bench.topic()) if "Отправлено" in words(one))
    bench.people.say(bench.boris, "И ещё одно", chat=bench.group, topic=await bench.topic(), reply_to=line)
    await bench.run()
    await bench.later(seconds=60)
    assert "И ещё одно" in to_anna(bench) or "❓" in await in_topic(bench)


async def test_a_postponed_answer_that_was_taken_back_never_leaves(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.say(
        bench.boris, "/later завтра 10:00 | Ответ завтра", chat=bench.group, topic=topic, reply_to=await bench.card()
    )
    await bench.run()
    waits = next(one for one in bench.said(bench.group, topic) if words(one).startswith("🕒"))
    bench.people.press(bench.boris, waits, "↩️ Забрать", chat=bench.group)
    await bench.run()
    await bench.later(days=2)
    assert "Ответ завтра" not in to_anna(bench)


async def test_telegram_away_for_ten_minutes_then_all_of_it_in_order(bench: Bench) -> None:
    topic = await bench.anna_asks()
    fault = bench.server.faults.add("outage")
    for text in ("Раз", "Два"):
        bench.people.say(bench.anna, text)
    bench.people.say(bench.boris, "Отвечаю", chat=bench.group, topic=topic, reply_to=await bench.card())
    for _ in range(20):
        await bench.deliver()
        bench.now.forward(seconds=30)
    bench.server.faults.lift(fault)
    await bench.later(seconds=6)
    await bench.later(seconds=20)
    texts = await in_topic(bench)
    assert texts.index("Раз") < texts.index("Два")
    assert "Отвечаю" in to_anna(bench)


async def test_what_is_demanded_later_is_told_as_more_of_the_same_request(bench: Bench) -> None:
    await bench.anna_asks("Отзываю согласие на обработку персональных данных")
    bench.people.say(bench.anna, "И ещё пришлите, какие мои данные вы храните")
    await bench.run()
    told = [one for one in bench.texts(bench.chat_of(bench.anna)) if "№ 1" in one and "Получено" in one]
    assert [one[0] for one in told] == ["✅", "➕"]


async def test_thanks_in_an_open_ticket_are_passed_on_and_not_called_an_addition(bench: Bench) -> None:
    await answered(bench)
    bench.people.say(bench.anna, "Спасибо большое!")
    await bench.run()
    assert bench.texts(bench.chat_of(bench.anna))[-1] == "🙂 Передано."
    assert "Спасибо большое!" in await in_topic(bench)


async def test_a_closing_that_was_told_is_named_in_the_topic(bench: Bench) -> None:
    topic = await bench.anna_asks("Отзываю согласие на обработку персональных данных")
    bench.people.say(bench.boris, "/close всё сделано", chat=bench.group, topic=topic)
    await bench.run()
    await bench.later(seconds=30)
    assert "Отправлено (Telegram): сообщение о закрытии" in await in_topic(bench)
