"""The outbox on its way to Telegram: topics, words and files, errors and limits."""

from dataclasses import replace

import pytest

from bot.limits import Limits, Pace
from bot.staff.commands import COMMANDS
from desk.flow import delivery
from desk.flow.intake import take
from desk.ports import File, Incoming, Sender
from desk.reminders.sweep import sweep
from desk.ticket import finding
from models import Attachment, Inbound, Outbox, OutboxState, Receipt, Ticket
from models.store.connect import transaction
from tests.bot.bench import Bench, picture, taps, words
from tests.desk.people import THURSDAY


async def mail_comes(bench: Bench, text: str, *, files: tuple[File, ...] = (), subject: str = "Запрос") -> Ticket:
    """A letter of Anna's, taken by the desk as the mail door would."""
    row = await Inbound.create(
        channel="mail", source="mail:x:1", position=await Inbound.all().count() + 1000, conversation="mail:anna@example.ru",
        received_at=bench.now(), stored_at=bench.now(), next_try_at=bench.now(), size=1, state="done",
    )  # fmt: skip
    incoming = Incoming(
        channel="mail", sender=Sender("email", "anna@example.ru", name="Анна Петрова"), received_at=bench.now(),
        external_id=f"<{row.id}@example.ru>", text=text, new_text=text, language="ru", subject=subject, kinds=("access_request",),
        files=files, answerable=False,
    )  # fmt: skip
    async with transaction():
        outcome = await take(bench.desk, incoming, row, bench.now())
    await bench.run()
    assert outcome.ticket_id is not None
    return await Ticket.get(id=outcome.ticket_id)


async def kept(bench: Bench, name: str, data: bytes) -> File:
    return File(name=name, type="application/pdf", blob=await bench.desk.vault.write_async(data))


# --- the requester's words and files ---------------------------------------------------------------------------------


async def test_a_document_is_copied_once_below_the_name_of_its_sender(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.send(bench.anna, "document", b"text", name="Договор.pdf", caption="Вот <договор>")
    await bench.run()
    copy = bench.last(bench.group, topic)
    assert copy.content["document"]["file_name"] == "Договор.pdf"
    assert words(copy) == "💬 Анна Петрова · 11:00\nВот <договор>"
    posting = await finding.by_posting(bench.group.id, copy.id)
    assert posting is not None
    assert posting.role == "requester"


async def test_an_album_stays_an_album(bench: Bench) -> None:
    topic = await bench.anna_asks()
    items = [{"kind": "photo", "data": picture(number)} for number in range(4)]
    items[0]["caption"] = "Четыре снимка"
    bench.people.send_album(bench.anna, items)
    await bench.run()
    await bench.later(seconds=2)
    photos = [one for one in bench.said(bench.group, topic) if "photo" in one.content]
    assert len(photos) == 4
    assert len({one.media_group_id for one in photos}) == 1
    assert any(words(one).endswith("Четыре снимка") for one in bench.said(bench.group, topic))
    assert len({(await finding.by_posting(bench.group.id, one.id)).message_id for one in photos}) == 4


@pytest.mark.parametrize("kind", ["sticker", "video_note", "voice", "video", "audio", "animation", "photo"])
async def test_every_kind_of_file_reaches_the_topic_and_is_kept(bench: Bench, kind: str) -> None:
    topic = await bench.anna_asks()
    data = picture(1) if kind == "photo" else b"bytes of a file"
    bench.people.send(bench.anna, kind, data)
    await bench.run()
    assert kind in bench.last(bench.group, topic).content
    held = await Attachment.get(telegram_kind=kind)
    assert await bench.desk.vault.read_async(held.blob) == data


async def test_what_the_person_deleted_meanwhile_comes_from_the_desks_own_copy(bench: Bench) -> None:
    topic = await bench.anna_asks()
    message = bench.people.send(bench.anna, "document", b"proof", name="Чек.pdf", caption="чек")
    await bench.fetch()
    await bench.handle()
    bench.people.delete(bench.anna, message)
    bench.server.faults.add(
        "refuse", method="sendDocument", times=1, description="Bad Request: wrong file identifier/HTTP URL specified"
    )
    await bench.run()
    shown = bench.last(bench.group, topic)
    assert shown.content["document"]["file_name"] == "Чек.pdf"
    assert words(shown).endswith("чек")


async def test_a_file_too_big_to_fetch_is_copied_and_staff_are_told_to_save_it(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.send(bench.anna, "document", bytes(21 * 1024 * 1024), name="Видео.zip")
    await bench.run()
    shown = bench.said(bench.group, topic)[-2:]
    assert shown[0].content["document"]["file_name"] == "Видео.zip"
    assert "больше 20 МБ" in words(shown[1])


async def test_a_file_that_cannot_be_fetched_for_a_while_delays_the_message_but_never_loses_it(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.server.faults.add("error", method="file", times=2)
    bench.people.send(bench.anna, "document", b"later", name="Позже.pdf")
    await bench.run()
    assert "document" not in bench.last(bench.group, topic).content
    await bench.later(seconds=5)
    await bench.later(seconds=30)
    assert bench.last(bench.group, topic).content["document"]["file_name"] == "Позже.pdf"


async def test_a_file_that_never_comes_lets_its_message_go_on_without_it(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.server.faults.add("error", method="file")
    bench.people.send(bench.anna, "document", b"never", name="Никогда.pdf", caption="смотрите файл")
    await bench.run()
    for _ in range(6):
        await bench.later(minutes=5)
    assert any("смотрите файл" in one for one in bench.texts(bench.group, topic))
    assert await Inbound.filter(state="parked").count() == 0


async def test_an_edit_is_shown_as_a_reply_to_the_first_version(bench: Bench) -> None:
    topic = await bench.anna_asks()
    message = bench.people.say(bench.anna, "Мой номер 12")
    await bench.run()
    first = bench.last(bench.group, topic)
    bench.people.edit(bench.anna, message, "Мой номер 21")
    await bench.run()
    edited = bench.last(bench.group, topic)
    assert edited.reply_to == first.id
    assert words(edited).startswith("✏️")
    assert "изменено" in words(edited)
    assert words(edited).endswith("Мой номер 21")


async def test_a_letter_comes_as_text_and_its_files_as_documents_under_their_names(bench: Bench) -> None:
    files = tuple([await kept(bench, f"Файл {number}.pdf", b"%PDF" + bytes([number]) * 10) for number in range(12)])
    ticket = await mail_comes(bench, "Прошу <b>сведения</b> & ответ", files=files)
    assert ticket.topic_id is not None
    posted = bench.said(bench.group, ticket.topic_id)
    assert any(words(one) == "✉️ Анна Петрова · 11:00\nЗапрос\n\nПрошу <b>сведения</b> & ответ" for one in posted)
    documents = [one for one in posted if "document" in one.content]
    assert [one.content["document"]["file_name"] for one in documents] == [f"Файл {number}.pdf" for number in range(12)]
    assert [sum(one.media_group_id == other.media_group_id for other in documents) for one in documents] == [10] * 10 + [2] * 2
    stored = bench.world.files
    first = documents[0].content["document"]["file_id"]
    assert stored.read(stored.get(first)) == b"%PDF" + bytes([0]) * 10


async def test_a_very_long_letter_is_its_beginning_and_a_text_file(bench: Bench) -> None:
    ticket = await mail_comes(bench, "слово " * 10_000)
    posted = bench.said(bench.group, ticket.topic_id)[1:]
    assert len(posted) == 2
    assert posted[1].content["document"]["file_name"].endswith(".txt")


async def test_a_letter_of_some_length_is_cut_into_messages(bench: Bench) -> None:
    ticket = await mail_comes(bench, "слово " * 1200)
    posted = bench.said(bench.group, ticket.topic_id)[1:]
    assert [len(words(one)) <= 4096 for one in posted] == [True, True]


async def test_a_failure_between_two_files_does_not_repeat_the_first(bench: Bench) -> None:
    files = (await kept(bench, "Раз.pdf", b"1"), await kept(bench, "Два.bin", b"2" * 49 * 1024 * 1024))
    bench.server.faults.add("error", method="sendDocument", times=1)
    ticket = await mail_comes(bench, "два файла", files=files)
    await bench.later(minutes=5)
    posted = bench.said(bench.group, ticket.topic_id)
    assert sum("два файла" in words(one) for one in posted) == 1
    assert [one.content["document"]["file_name"] for one in posted if "document" in one.content] == ["Раз.pdf", "Два.bin"]


async def test_a_file_over_fifty_megabytes_is_named_instead(bench: Bench) -> None:
    ticket = await mail_comes(bench, "большой", files=(await kept(bench, "Архив.zip", bytes(51 * 1024 * 1024)),))
    assert "Архив.zip» (51 МБ) слишком большой" in bench.texts(bench.group, ticket.topic_id)[-1]


# --- topics and the group --------------------------------------------------------------------------------------------


async def test_a_deleted_topic_is_made_anew_and_what_waited_follows(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.delete_topic(bench.group, topic)
    bench.people.say(bench.anna, "Вы ещё здесь?")
    await bench.run()
    again = await bench.topic()
    assert again != topic
    assert any("Вы ещё здесь?" in one for one in bench.texts(bench.group, again))
    assert (await bench.card()).topic_id == again
    assert (await bench.card()).pinned


async def test_a_closed_topic_is_opened_for_what_has_to_be_said(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.close_topic(bench.group, topic, person=bench.clara)
    bench.server.faults.add("refuse", method="sendMessage", times=1, description="Bad Request: TOPIC_CLOSED")
    bench.people.say(bench.anna, "Ещё вопрос")
    await bench.run()
    assert any("Ещё вопрос" in one for one in bench.texts(bench.group, topic))
    assert not bench.group.topics[topic].closed


async def test_a_vanished_card_is_sent_anew(bench: Bench) -> None:
    await bench.anna_asks()
    old = await bench.card()
    bench.world.delete(bench.group, old)
    bench.people.say(bench.boris, "/take", chat=bench.group, topic=await bench.topic())
    await bench.run()
    assert (await bench.card()).id != old.id
    assert "Борис" in words(await bench.card())


async def test_in_a_group_without_topics_a_ticket_lives_in_replies_to_its_card(bench: Bench) -> None:
    bench.people.set_forum(bench.group, on=False)
    bench.people.say(bench.anna, "Прошу посмотреть")
    await bench.run()
    ticket = await bench.ticket()
    assert ticket.topic_id == 0
    hers = next(one for one in bench.said(bench.group) if words(one).startswith("💬"))
    assert hers.reply_to == ticket.card_id
    bench.people.say(bench.boris, "Отвечаем", chat=bench.group, reply_to=hers)
    bench.people.say(bench.boris, "Просто болтаем", chat=bench.group)
    await bench.run()
    await bench.later(seconds=11)
    assert bench.texts(bench.chat_of(bench.anna))[-1].endswith("Отвечаем")
    assert (await bench.outcomes()).count("ignored") >= 1


async def test_topics_switched_off_later_lose_nothing(bench: Bench) -> None:
    await bench.anna_asks()
    bench.people.set_forum(bench.group, on=False)
    bench.people.say(bench.anna, "А теперь?")
    await bench.run()
    assert (await bench.ticket()).topic_id == 0
    assert any("А теперь?" in one for one in bench.texts(bench.group))


async def test_a_group_that_became_a_supergroup_is_followed(bench: Bench) -> None:
    plain = bench.world.add_group("Простая", kind="group", owner=bench.clara, members=[bench.boris])
    desk = replace(bench.desk, staff_chat=plain.id)
    moved = Bench(
        bench.server, desk, bench.now, plain,
        {"anna": bench.anna, "boris": bench.boris, "clara": bench.clara, "mallory": bench.mallory},
    )  # fmt: skip
    try:
        moved.people.say(moved.anna, "Прошу посмотреть")
        await moved.run()
        card = (await moved.ticket()).card_id
        new = moved.people.upgrade(plain, forum=True)
        for _ in range(5):
            moved.people.say(moved.boris, "Мы переехали", chat=new)
        moved.server.world.queues[moved.world.bot.id].waiting.clear()
        moved.people.say(moved.anna, "Второе письмо: отзываю согласие на обработку данных")
        await moved.run()
        assert any("Второе письмо" in one for one in moved.texts(new))
        moved.people.say(moved.boris, "/due", chat=new)
        await moved.run()
        assert "№ 1" in moved.texts(new)[-1]
        # The number of the old card is another message's here: it must not be overwritten.
        assert (await moved.ticket()).card_id != card
        assert any("№ 1 ·" in one for one in moved.texts(new))
    finally:
        await moved.close()


async def test_a_missing_right_holds_up_what_needs_it_alone_and_is_said_once(bench: Bench) -> None:
    bench.people.set_bot_rights(bench.group, ["can_pin_messages"], person=bench.clara)
    await bench.fetch()
    await bench.handle()
    await Outbox.all().delete()
    bench.people.say(bench.anna, "Прошу посмотреть")
    await bench.fetch()
    await bench.handle()
    for _ in range(3):
        await bench.deliver()
        bench.now.forward(seconds=10)
    assert sum("не хватает прав" in one for one in bench.texts(bench.group)) == 1
    await bench.later(days=30)
    assert await Outbox.filter(errand="topic", state=OutboxState.WAITING).count() == 1
    bench.people.set_bot_rights(bench.group, None, person=bench.clara)
    await bench.later(seconds=6)
    assert any("Прошу посмотреть" in one for one in bench.texts(bench.group))


# --- errors ----------------------------------------------------------------------------------------------------------


async def test_a_requester_who_blocked_the_bot_is_told_to_staff_at_the_reply(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.block(bench.anna)
    bench.people.say(bench.boris, "Ответ", chat=bench.group, topic=topic, reply_to=await bench.card())
    await bench.run()
    await bench.later(seconds=11)
    assert (await Outbox.get(errand="reply")).state == OutboxState.PARKED
    assert any("не достучаться" in one for one in bench.texts(bench.group, topic))
    assert any("Повторить" in taps(one) for one in bench.said(bench.group))


async def test_a_flood_is_obeyed_to_the_second_and_counts_as_no_attempt(bench: Bench) -> None:
    bench.server.faults.add("flood", method="sendMessage", times=1, retry_after=17)
    bench.people.start(bench.anna)
    await bench.fetch()
    await bench.handle()
    await delivery.drain(bench.desk, bench.telegram.to_requesters, bench.now)
    row = await Outbox.get(errand="screen")
    assert (row.state, row.attempts) == (OutboxState.WAITING, 0)
    assert (row.next_try_at - bench.now()).total_seconds() == pytest.approx(17, abs=1)


@pytest.mark.parametrize("fault", ["error", "cut"])
async def test_a_failing_network_delays_the_acknowledgement(bench: Bench, fault: str) -> None:
    bench.server.faults.add(fault, method="sendMessage", times=3)
    bench.people.say(bench.anna, "Прошу посмотреть")
    await bench.run()
    for _ in range(4):
        await bench.later(minutes=1)
    assert len(bench.texts(bench.chat_of(bench.anna))) == 1
    assert await Outbox.filter(state=OutboxState.PARKED).count() == 0


async def test_a_lost_answer_to_an_edit_of_the_card_is_no_trouble(bench: Bench) -> None:
    await bench.anna_asks()
    bench.server.faults.add("lost_answer", method="editMessageText", times=1)
    bench.people.press(bench.boris, await bench.card(), "🙋 Взять", chat=bench.group)
    await bench.run()
    await bench.later(minutes=1)
    assert "Борис" in words(await bench.card())
    assert sum("№ 1 ·" in one for one in bench.texts(bench.group)) == 1


async def test_a_tap_that_is_half_a_minute_old_is_not_answered(bench: Bench) -> None:
    await bench.anna_asks()
    bench.people.press(bench.boris, await bench.card(), "🙋 Взять", chat=bench.group)
    await bench.fetch()
    await bench.handle()
    await bench.later(seconds=31)
    assert bench.calls("answerCallbackQuery") == []


async def test_every_posting_has_its_receipt(bench: Bench) -> None:
    await bench.anna_asks()
    for chat, channel in ((bench.group, "staff"), (bench.chat_of(bench.anna), "telegram")):
        for message in bench.said(chat):
            assert await Receipt.filter(channel=channel, place=str(chat.id), external_id=str(message.id)).exists()


async def test_the_limits_of_telegram_are_kept_with_many_tickets(bench: Bench) -> None:
    moment = [0.0]

    async def sleep(seconds: float) -> None:
        moment[0] += seconds

    bench.server.limits.enforced = True
    bench.server.limits._timepiece = lambda: moment[0]
    pace = Pace(Limits(), lambda: moment[0], sleep)
    bench.telegram.to_staff._pace = bench.telegram.to_requesters._pace = pace
    for number in range(12):
        await mail_comes_quietly(bench, f"Запрос {number}", number)
    while await Outbox.filter(state=OutboxState.WAITING).exists():
        await delivery.drain(bench.desk, bench.telegram.to_staff, bench.now)
        moment[0] += 1
        bench.now.forward(seconds=1)
    assert [one for one in bench.server.calls if one.error and "Too Many" in one.error] == []
    assert len(bench.group.topics) == 12


async def mail_comes_quietly(bench: Bench, text: str, number: int) -> None:
    row = await Inbound.create(
        channel="mail", source="mail:x:1", position=2000 + number, conversation=f"mail:{number}@example.ru",
        received_at=bench.now(), stored_at=bench.now(), next_try_at=bench.now(), size=1, state="done",
    )  # fmt: skip
    incoming = Incoming(
        channel="mail", sender=Sender("email", f"{number}@example.ru"), received_at=bench.now(), external_id=f"<{number}@x>",
        text=text, new_text=text, language="ru", kinds=("question",), answerable=False,
    )  # fmt: skip
    async with transaction():
        await take(bench.desk, incoming, row, bench.now())


async def test_lists_of_commands_are_set_once_and_again_when_they_change(bench: Bench) -> None:
    for _ in range(2):
        await bench.telegram.introduce(bench.now())
        await bench.run()
    assert len(bench.calls("setMyCommands")) == 4
    staff = next(one for one in bench.calls("setMyCommands") if one["scope"]["type"] == "chat")
    assert [one["command"] for one in staff["commands"]] == list(COMMANDS)


async def test_lists_of_commands_are_set_however_many_messages_wait_for_room_in_the_group(bench: Bench) -> None:
    room = bench.telegram.to_staff.room
    bench.telegram.to_staff.room = lambda: replace(room(), rows=0)  # type: ignore[method-assign]
    bench.people.say(bench.anna, "Прошу посмотреть моё письмо")
    await bench.telegram.introduce(bench.now())
    await bench.run()
    assert [one["scope"]["type"] for one in bench.calls("setMyCommands")].count("chat") == 1
    assert await Outbox.filter(errand="topic", state=OutboxState.WAITING).exists()


async def test_an_act_nobody_knows_is_parked(bench: Bench) -> None:
    await Outbox.create(
        channel="telegram",
        errand="dance",
        conversation="tg:5",
        unique_key="dance",
        content={},
        created_at=THURSDAY,
        next_try_at=THURSDAY,
    )
    await bench.run()
    assert (await Outbox.get(errand="dance")).state == OutboxState.PARKED


async def test_an_overdue_term_is_said_aloud_and_calls_people_by_their_accounts(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.press(bench.boris, await bench.card(), "🙋 Взять", chat=bench.group)
    await bench.run()
    bench.now.forward(days=33)  # a working day: nobody is called on 9 January
    await sweep(bench.desk, bench.now())
    await bench.run()
    said = next(one for one in bench.said(bench.group, topic) if "СРОК ПРОПУЩЕН" in words(one))
    called = {one["user_id"] for one in said.content["entities"] if one["type"] == "text_mention"}
    assert bench.boris.id in called
    assert any("Нужно действовать сейчас" in one for one in bench.texts(bench.group))
    assert "срок пропущен" in words(await bench.card())
    loud = [one for one in bench.calls("sendMessage") if "СРОК ПРОПУЩЕН" in one["text"]]
    assert not any(one.get("disable_notification") for one in loud)
