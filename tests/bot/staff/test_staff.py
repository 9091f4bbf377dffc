"""The staff group: who may act, what is a reply and what is a note, buttons and commands."""

import pytest

from desk.ticket import topic
from models import Clock, Direction, Inbound, InboundState, Message, Receipt, Staff, TicketStatus
from sandbox.telegram import Message as Posting
from tests.bot.bench import Bench, picture, taps, words
from tests.bot.terms import demand


async def hers(bench: Bench, topic: int) -> Posting:
    """Anna's words in the topic."""
    return next(one for one in bench.said(bench.group, topic) if words(one).startswith("💬"))


async def out_of(bench: Bench) -> list[str]:
    return [one.text for one in await Message.filter(direction=Direction.OUT).order_by("id")]


async def notes_of(bench: Bench) -> list[str]:
    return [one.text for one in await Message.filter(direction=Direction.NOTE).order_by("id")]


# --- replies and notes -----------------------------------------------------------------------------------------------


async def test_a_reply_to_the_card_goes_out_with_its_formatting(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.say(
        bench.boris, "Данных <b>нет</b>", parse_mode="HTML", chat=bench.group, topic=topic, reply_to=await bench.card()
    )
    await bench.later(seconds=1)
    await bench.later(seconds=11)
    got = bench.last(bench.chat_of(bench.anna))
    assert words(got).endswith("Данных нет")
    bold = [one for one in got.content["entities"] if one["type"] == "bold"][-1]
    assert words(got)[bold["offset"] :] == "нет"


async def test_what_replies_to_nothing_is_a_note_and_goes_nowhere(bench: Bench) -> None:
    topic = await bench.anna_asks()
    before = len(bench.texts(bench.chat_of(bench.anna))), len(bench.said(bench.group))
    bench.people.say(bench.boris, "Опять она", chat=bench.group, topic=topic)
    await bench.later(minutes=5)
    assert await notes_of(bench) == ["Опять она"]
    assert (len(bench.texts(bench.chat_of(bench.anna))), len(bench.said(bench.group))) == before


async def test_a_reply_to_a_colleague_or_to_a_notice_is_a_note(bench: Bench) -> None:
    thread = await bench.anna_asks()
    await topic.tell(await bench.ticket(), "This ticket is open.", {}, bench.now(), key="x")
    await bench.run()
    notice = bench.last(bench.group, thread)
    bench.people.say(bench.boris, "на уведомление", chat=bench.group, topic=thread, reply_to=notice)
    colleague = bench.people.say(bench.clara, "что думаете?", chat=bench.group, topic=thread)
    bench.people.say(bench.boris, "думаю", chat=bench.group, topic=thread, reply_to=colleague)
    await bench.later(minutes=5)
    assert await out_of(bench) == []
    assert sorted(await notes_of(bench)) == ["думаю", "на уведомление", "что думаете?"]


async def test_a_reply_by_command_needs_no_message_to_reply_to(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.say(bench.boris, "/reply Скоро ответим", chat=bench.group, topic=topic)
    await bench.run()
    await bench.later(seconds=11)
    assert bench.texts(bench.chat_of(bench.anna))[-1].endswith("Скоро ответим")


async def test_a_file_with_the_command_in_its_caption_is_sent_whole_with_its_name(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.send(
        bench.boris, "document", b"%PDF-1.7 act", name="Акт.pdf", caption="/reply Вот акт", chat=bench.group, topic=topic
    )
    await bench.run()
    await bench.later(seconds=11)
    got = bench.last(bench.chat_of(bench.anna))
    assert got.content["document"]["file_name"] == "Акт.pdf"
    assert words(got).endswith("Вот акт")


async def test_an_album_whose_first_caption_holds_the_command_is_one_reply(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.send_album(
        bench.boris,
        [
            {"kind": "photo", "data": picture(1), "caption": "/reply Снимки"},
            {"kind": "photo", "data": picture(2)},
            {"kind": "photo", "data": picture(3)},
        ],
        chat=bench.group,
        topic=topic,
    )
    await bench.run()
    await bench.later(seconds=11)
    photos = [one for one in bench.said(bench.chat_of(bench.anna)) if "photo" in one.content]
    assert len(photos) == 3
    assert len({one.media_group_id for one in photos}) == 1
    assert words(photos[0]).endswith("Снимки")
    assert await notes_of(bench) == []
    assert len(await out_of(bench)) == 1


async def test_an_unknown_command_is_refused_and_never_sent(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.say(bench.boris, "/assign Клара", chat=bench.group, topic=topic, reply_to=await hers(bench, topic))
    await bench.later(minutes=1)
    assert await out_of(bench) == []
    assert "Такой команды нет" in bench.texts(bench.group, topic)[-1]


async def test_a_command_for_another_bot_is_none_of_our_business(bench: Bench) -> None:
    topic = await bench.anna_asks()
    before = len(bench.said(bench.group))
    bench.people.say(bench.boris, "/help@weather_bot", chat=bench.group, topic=topic)
    bench.people.say(bench.boris, "/nonsense@weather_bot", chat=bench.group, topic=topic)
    await bench.run()
    assert len(bench.said(bench.group)) == before
    bench.people.say(bench.boris, "/help@rights_desk_bot", chat=bench.group, topic=topic)
    await bench.run()
    assert "/reply" in bench.texts(bench.group)[-1]


async def test_an_empty_reply_is_refused_with_a_sentence(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.say(bench.boris, "/reply", chat=bench.group, topic=topic)
    await bench.run()
    assert "Отправлять нечего" in bench.texts(bench.group, topic)[-1]


async def test_a_place_reaches_the_requester_in_words(bench: Bench) -> None:
    topic = await bench.anna_asks()
    message = bench.people.send_location(bench.boris, 55.75, 37.61, chat=bench.group, topic=topic)
    message.reply_to = (await hers(bench, topic)).id
    bench.server.world.queues[bench.world.bot.id].waiting.clear()
    bench.world.push(bench.world.bot, "message", _shown(bench, message))
    await bench.run()
    await bench.later(seconds=11)
    assert "55.750000,37.610000" in bench.texts(bench.chat_of(bench.anna))[-1]


def _shown(bench: Bench, message: Posting) -> dict:
    from sandbox.telegram import views

    return views.message_json(bench.world, bench.world.bot, bench.group, message)


# --- undo and edits --------------------------------------------------------------------------------------------------


async def test_undo_takes_the_reply_back_and_says_so(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.say(bench.boris, "Ой", chat=bench.group, topic=topic, reply_to=await hers(bench, topic))
    await bench.run()
    waiting = bench.last(bench.group, topic)
    press = bench.people.press(bench.boris, waiting, "↩️ Отменить", chat=bench.group)
    await bench.run()
    assert press.text == "Отменено: заявитель ничего не получит."
    await bench.later(minutes=1)
    assert "Ой" not in " ".join(bench.texts(bench.chat_of(bench.anna)))
    assert words(waiting) == "↩️ Отменено, не отправлено"


async def test_a_second_tap_on_undo_changes_nothing(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.say(bench.boris, "Да", chat=bench.group, topic=topic, reply_to=await hers(bench, topic))
    await bench.run()
    waiting = bench.last(bench.group, topic)
    data = waiting.markup["inline_keyboard"][0][0]["callback_data"]
    await bench.later(seconds=11)
    press = bench.people.tap(bench.boris, waiting, data, chat=bench.group)
    await bench.run()
    assert press.show_alert
    assert press.text == "Поздно: ответ уже ушёл."
    assert bench.texts(bench.chat_of(bench.anna))[-1].endswith("Да")


async def test_an_edit_of_a_reply_that_waits_changes_what_is_sent(bench: Bench) -> None:
    topic = await bench.anna_asks()
    mine = bench.people.say(bench.boris, "Двнных нет", chat=bench.group, topic=topic, reply_to=await hers(bench, topic))
    await bench.run()
    bench.people.edit(bench.boris, mine, "Данных нет", chat=bench.group)
    await bench.run()
    await bench.later(seconds=11)
    assert bench.texts(bench.chat_of(bench.anna))[-1].endswith("Данных нет")


async def test_an_edit_of_a_reply_that_left_is_answered_with_what_to_do(bench: Bench) -> None:
    topic = await bench.anna_asks()
    mine = bench.people.say(bench.boris, "Двнных нет", chat=bench.group, topic=topic, reply_to=await hers(bench, topic))
    await bench.run()
    await bench.later(seconds=11)
    bench.people.edit(bench.boris, mine, "Данных нет", chat=bench.group)
    await bench.run()
    assert "Ответ уже ушёл" in bench.texts(bench.group, topic)[-1]


async def test_an_edited_note_keeps_both_versions(bench: Bench) -> None:
    topic = await bench.anna_asks()
    mine = bench.people.say(bench.boris, "раз", chat=bench.group, topic=topic)
    await bench.run()
    bench.people.edit(bench.boris, mine, "два", chat=bench.group)
    await bench.run()
    assert await notes_of(bench) == ["раз", "два"]


# --- the card --------------------------------------------------------------------------------------------------------


async def test_taking_a_ticket_shows_the_name_on_the_card(bench: Bench) -> None:
    await bench.anna_asks()
    press = bench.people.press(bench.boris, await bench.card(), "🙋 Взять", chat=bench.group)
    await bench.run()
    assert press.text == "Заявка ваша."
    assert "🧑‍💼 Борис" in words(await bench.card())
    assert "🙋 Взять" not in taps(await bench.card())
    assert (await Staff.get(telegram_id=bench.boris.id)).name == "Борис"


async def test_a_tap_on_a_term_stops_its_clock_once(bench: Bench) -> None:
    await demand(bench, "consent_withdrawal")
    clock = await Clock.get(key="stop")
    bench.people.press(bench.boris, await bench.card(), "✓ Обработка прекращена", chat=bench.group)
    await bench.run()
    assert (await Clock.get(key="stop")).stopped_at == bench.now()
    assert "✓ Обработка прекращена" not in taps(await bench.card())
    again = bench.people.tap(bench.clara, await bench.card(), f"card:stop:1:{clock.id}", chat=bench.group)
    await bench.run()
    assert again.show_alert
    assert (await Clock.get(key="stop")).stopped_by == f"staff:{bench.boris.id}"


async def test_closing_asks_why_while_terms_run(bench: Bench) -> None:
    topic = await bench.anna_asks("Когда вы работаете?")
    bench.people.press(bench.boris, await bench.card(), "Закрыть", chat=bench.group)
    await bench.run()
    question = bench.last(bench.group, topic)
    assert "Эти сроки ещё идут" in words(question)
    assert (await bench.ticket()).status == TicketStatus.OPEN
    bench.people.press(bench.boris, question, "Решено иначе", chat=bench.group)
    await bench.run()
    assert (await bench.ticket()).status == TicketStatus.CLOSED
    assert words(question) == "✅ Закрыто: Борис. Решено иначе.\nБез исполнения: вопрос."
    assert taps(await bench.card()) == ["Открыть снова"]
    assert "закрыта" in bench.group.topics[topic].name
    bench.people.press(bench.clara, await bench.card(), "Открыть снова", chat=bench.group)
    await bench.run()
    assert (await bench.ticket()).status == TicketStatus.OPEN


async def test_who_thinks_better_of_it_keeps_the_ticket_open(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.say(bench.boris, "/close", chat=bench.group, topic=topic)
    await bench.run()
    question = bench.last(bench.group, topic)
    bench.people.press(bench.boris, question, "Оставить", chat=bench.group)
    await bench.run()
    assert (await bench.ticket()).status == TicketStatus.OPEN
    assert taps(question) == []


async def test_commands_outside_a_ticket_say_where_to_write_them(bench: Bench) -> None:
    for command in ("/take", "/close", "/reopen", "/reply да", "/note да"):
        bench.people.say(bench.boris, command, chat=bench.group)
        await bench.run()
        assert "в теме заявки" in bench.texts(bench.group)[-1]


async def test_due_lists_open_tickets_with_a_link_to_their_topics(bench: Bench) -> None:
    bench.people.say(bench.boris, "/due", chat=bench.group)
    await bench.run()
    assert "Ничего не горит" in bench.texts(bench.group)[-1]
    topic = await bench.anna_asks()
    bench.people.say(bench.boris, "/due", chat=bench.group)
    await bench.run()
    listed = bench.last(bench.group)
    assert "№ 1" in words(listed)
    urls = [one.get("url") for one in listed.content["entities"] if one["type"] == "text_link"]
    assert urls == [f"https://t.me/c/{str(bench.group.id)[4:]}/{topic}"]


# --- what is parked --------------------------------------------------------------------------------------------------


async def test_what_is_parked_is_shown_with_buttons_and_can_be_dropped(bench: Bench) -> None:
    bench.world.push_raw(bench.world.bot, {"message": "nonsense"})
    await bench.run()
    shown = bench.last(bench.group)
    assert "не удалось принять" in words(shown)
    assert taps(shown) == ["Повторить", "Создать заявку", "Отбросить"]
    press = bench.people.press(bench.boris, shown, "Отбросить", chat=bench.group)
    await bench.run()
    assert press.text == "Отброшено."
    assert (await Inbound.get(id=1)).state == InboundState.DROPPED
    assert taps(shown) == []
    assert "Борис" in words(shown)
    late = bench.people.tap(bench.clara, shown, "park:drop:inbound:1", chat=bench.group)
    await bench.run()
    assert late.text == "Этим уже кто-то занялся."


async def test_a_parked_update_is_tried_again_from_the_list(bench: Bench) -> None:
    bench.world.push_raw(bench.world.bot, {"message": "nonsense"})
    await bench.run()
    bench.people.say(bench.boris, "/parked", chat=bench.group)
    await bench.run()
    bench.people.press(bench.boris, bench.last(bench.group), "Повторить", chat=bench.group)
    await bench.run()
    assert (await Inbound.get(id=1)).state == InboundState.PARKED
    assert (await Inbound.get(id=1)).attempts == 1


async def test_nothing_parked_is_said(bench: Bench) -> None:
    bench.people.say(bench.boris, "/parked", chat=bench.group)
    await bench.run()
    assert "Ничего не отложено" in bench.texts(bench.group)[-1]


# --- strangers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", ["card:take:1:0", "card:force:1:0", "undo:1", "park:drop:inbound:1", "card:stop:1:1"])
async def test_forged_taps_from_a_private_chat_do_nothing(bench: Bench, data: str) -> None:
    topic = await bench.anna_asks()
    bench.people.say(bench.boris, "Да", chat=bench.group, topic=topic, reply_to=await hers(bench, topic))
    await bench.run()
    bench.people.start(bench.mallory)
    await bench.run()
    bench.people.tap(bench.mallory, bench.last(bench.chat_of(bench.mallory)), data)
    await bench.run()
    ticket = await bench.ticket()
    assert (ticket.status, ticket.assignee_id) == (TicketStatus.OPEN, None)
    assert not await Clock.filter(stopped_at__isnull=False).exists()
    assert not await Staff.filter(telegram_id=bench.mallory.id).exists()
    await bench.later(seconds=11)
    assert bench.texts(bench.chat_of(bench.anna))[-1].endswith("Да")


async def test_staff_commands_in_a_private_chat_are_words_of_a_requester(bench: Bench) -> None:
    await bench.anna_asks()
    bench.people.say(bench.mallory, "/close 1")
    await bench.run()
    assert (await bench.ticket()).status == TicketStatus.OPEN


async def test_the_bot_leaves_a_group_it_was_not_configured_for_and_hears_nobody_there(bench: Bench) -> None:
    await bench.anna_asks()
    trap = bench.world.add_group("Ловушка", forum=True, owner=bench.mallory, bot=None)
    bench.people.add_bot(trap, person=bench.mallory, rights=None)
    bench.people.say(bench.mallory, "/close", chat=trap)
    await bench.run()
    assert not bench.world.member(trap, bench.world.bot.id).present
    assert (await bench.ticket()).status == TicketStatus.OPEN
    assert not await Staff.filter(telegram_id=bench.mallory.id).exists()


async def test_an_anonymous_administrator_is_asked_to_write_under_a_name(bench: Bench) -> None:
    topic = await bench.anna_asks()
    message = bench.people.say(bench.clara, "Аноним", chat=bench.group, topic=topic, reply_to=await bench.card())
    bench.server.world.queues[bench.world.bot.id].waiting.clear()
    shown = _shown(bench, message)
    group = {"id": bench.group.id, "title": "Заявки", "type": "supergroup"}
    anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
    bench.world.push(bench.world.bot, "message", {**shown, "from": anonymous, "sender_chat": group})
    await bench.later(minutes=1)
    assert await out_of(bench) == []
    assert "от своего имени" in bench.texts(bench.group, topic)[-1]


async def test_an_old_button_says_that_it_is_out_of_date(bench: Bench) -> None:
    await bench.anna_asks()
    press = bench.people.tap(bench.boris, await bench.card(), "something:of:yesterday", chat=bench.group)
    await bench.run()
    assert press.show_alert
    assert press.text == "Эта кнопка устарела."


# --- rooms -----------------------------------------------------------------------------------------------------------


async def test_a_requester_who_blocks_the_bot_is_noticed_in_their_topics(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.block(bench.anna)
    await bench.run()
    assert "заблокирован" in bench.texts(bench.group, topic)[-1]
    bench.people.unblock(bench.anna)
    await bench.run()
    assert "разблокировал бота" in bench.texts(bench.group, topic)[-1]


async def test_a_lost_right_is_said_in_the_group(bench: Bench) -> None:
    bench.people.set_bot_rights(bench.group, ["can_pin_messages"], person=bench.clara)
    await bench.run()
    assert "управление темами" in bench.texts(bench.group)[-1]


async def test_service_messages_of_the_topic_are_no_notes(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.edit_topic(bench.group, topic, "другое имя", person=bench.clara)
    bench.people.close_topic(bench.group, topic, person=bench.clara)
    bench.people.pin(bench.clara, await bench.card(), chat=bench.group)
    await bench.run()
    assert await notes_of(bench) == []
    assert "refused" not in await bench.outcomes()


async def test_a_reply_faster_than_the_record_of_the_posting_is_a_reply_all_the_same(bench: Bench) -> None:
    topic = await bench.anna_asks()
    asked = await hers(bench, topic)
    await Receipt.filter(external_id=str(asked.id), channel="staff").update(external_id="late")
    bench.people.say(bench.boris, "Готово", chat=bench.group, topic=topic, reply_to=asked)
    await bench.run()
    assert await out_of(bench) == await notes_of(bench) == []
    await Receipt.filter(external_id="late").update(external_id=str(asked.id))
    await bench.later(seconds=2)
    assert await out_of(bench) == ["Готово"]


async def test_a_reply_to_a_posting_that_was_never_recorded_is_refused_and_not_kept_as_a_note(bench: Bench) -> None:
    topic = await bench.anna_asks()
    asked = await hers(bench, topic)
    await Receipt.filter(external_id=str(asked.id), channel="staff").delete()
    bench.people.say(bench.boris, "Готово", chat=bench.group, topic=topic, reply_to=asked)
    for _ in range(6):
        await bench.later(seconds=5)
    assert await out_of(bench) == await notes_of(bench) == []
    assert any("Неизвестно, на что это ответ" in text for text in bench.texts(bench.group))
