"""Free messages: none is lost, none opens more than it should, and the person is told where it went."""

import pytest

from bot.requester.talk import PER_MINUTE
from models import Clock, Demand, Direction, Inbound, Outbox, Ticket
from models import Message as Stored
from tests.bot.bench import Bench, taps, words
from tests.bot.requester.conftest import PICTURE, Phone, kinds, messages, png, tickets
from tests.bot.requester.test_dialogs import begun, restart


async def a_question(phone: Phone, text: str = "Где находится ваш офис?") -> None:
    """A question ticket of its own, through the menu."""
    await begun(phone, "question")
    await phone.says(text)
    await phone.taps("Без файлов")
    await phone.taps("Отправить")


# --- without an open ticket


@pytest.mark.parametrize(
    "text", ["Привет!", "Здравствуйте", "Добрый день 👋", "Спасибо большое!", "👍", "Hello", "Good morning!", "ок"]
)
async def test_a_greeting_alone_opens_nothing_and_gets_the_menu(phone: Phone, text: str) -> None:
    await phone.says(text)
    assert await tickets() == []
    assert "🚫 Отозвать согласие" in taps(phone.live)


@pytest.mark.parametrize(
    "text", ["Привет, где вы находитесь?", "?", "Добрый день, мой заказ 77 не пришёл", "Здравствуйте. Удалите мои данные."]
)
async def test_a_greeting_with_something_to_say_is_no_greeting_alone(phone: Phone, text: str) -> None:
    await phone.says(text)
    assert len(await tickets()) == 1


async def test_a_question_opens_a_question_with_number_and_date(phone: Phone) -> None:
    await phone.says("Где находится ваш офис?")
    assert await kinds() == ["question"]
    assert "№ 1" in phone.last
    assert len(phone.screens) == 1


async def test_a_recognised_demand_counts_from_its_receipt_and_is_asked_about(phone: Phone) -> None:
    received = phone.bench.now()
    await phone.says("Отзываю согласие на обработку моих персональных данных.")
    assert await kinds() == ["consent_withdrawal"]
    assert (await Ticket.get()).received_at == received
    assert "Я понял ваше сообщение так" in phone.reads
    assert "Отзыв согласия" in phone.reads
    phone.bench.now.forward(minutes=30)
    await phone.taps("Да")
    (demand,) = await Demand.all()
    assert demand.recognised_by == "requester"
    assert demand.received_at == received
    assert len(await tickets()) == 1
    assert len(await messages()) == 1


async def test_only_a_question_takes_the_recognised_demand_back_and_tells_staff(phone: Phone) -> None:
    received = phone.bench.now()
    await phone.says("Отзываю согласие на обработку моих персональных данных.")
    asked = phone.live
    phone.bench.now.forward(minutes=30)
    await phone.taps("просто вопрос")
    withdrawal, question = await Demand.all().order_by("id")
    assert (withdrawal.outcome, question.kind, question.received_at) == ("not_demanded", "question", received)
    assert await Clock.filter(demand_id=withdrawal.id, stopped_at__isnull=True).count() == 0
    ticket = await Ticket.get()
    assert ticket.due_at == (await Clock.get(demand_id=question.id)).due_at
    assert any("просто вопрос" in one for one in phone.bench.texts(phone.bench.group, await phone.bench.topic()))
    assert taps(asked) == ["📋 Мои обращения", "☰ Меню"]


async def test_an_answer_about_a_demand_counts_once(phone: Phone) -> None:
    await phone.says("Отзываю согласие на обработку моих персональных данных.")
    asked = phone.live
    yes, no = (row[0]["callback_data"] for row in asked.markup["inline_keyboard"])
    await phone.forges(asked, yes)
    assert await phone.forges(asked, no) == "Эта кнопка устарела."
    assert (await Demand.get()).outcome == ""


async def test_a_message_in_english_is_answered_in_english_whatever_the_telegram_speaks(phone: Phone) -> None:
    await phone.says("I withdraw my consent to the processing of my personal data.")
    assert (await Ticket.get()).language == "en"


@pytest.mark.parametrize("kind", ["voice", "video", "video_note", "animation", "audio", "sticker", "document"])
async def test_every_kind_of_file_reaches_staff(phone: Phone, kind: str) -> None:
    # A sticker alone opens nothing, so there is a ticket already.
    await phone.says("Где находится ваш офис?")
    await phone.sends(kind)
    _question, message = await messages()
    assert message.attachments[0].telegram_kind == kind
    assert any(kind in one.content for one in phone.bench.said(phone.bench.group, await phone.bench.topic()))


async def test_places_contacts_and_things_unknown_reach_staff_in_words(phone: Phone) -> None:
    people = phone.bench.people
    people.send_location(phone.person, 55.75, 37.62)
    people.send_contact(phone.person, "+79160000000")
    chat = phone.chat
    phone.bench.world.post(chat, phone.person.id, {"dice": {"emoji": "🎲", "value": 4}})
    await phone.bench.run()
    texts = [one.text for one in await messages()]
    assert "55.75" in texts[0]
    assert "+79160000000" in texts[1]
    assert "🎲 4" in texts[2]
    assert len(await tickets()) == 1


async def test_an_album_stays_in_one_ticket(phone: Phone) -> None:
    items = [{"kind": "photo", "data": png(8 + number, 8)} for number in range(4)]
    items[0]["caption"] = "Когда вы ответите?"
    phone.bench.people.send_album(phone.person, items)
    await phone.bench.run()
    assert len(await tickets()) == 1
    assert len(await messages()) == 4
    assert len(phone.screens) == 1


# --- with one open ticket


async def test_what_follows_goes_to_the_open_ticket_and_is_confirmed_once_in_a_while(phone: Phone) -> None:
    await phone.says("Где находится ваш офис?")
    for number in range(5):
        await phone.says(f"И ещё вот что, {number}.")
    assert len(await messages()) == 6
    added = [one for one in phone.screens if "Добавлено к № 1" in words(one)]
    assert len(added) == 1
    phone.bench.now.forward(hours=1)
    await phone.says("Вы ещё здесь?")
    assert sum("Добавлено к № 1" in words(one) for one in phone.screens) == 2
    assert len(await tickets()) == 1


async def test_thanks_go_to_the_open_ticket(phone: Phone) -> None:
    await phone.says("Где находится ваш офис?")
    await phone.says("Спасибо!")
    assert [one.text for one in await messages()] == ["Где находится ваш офис?", "Спасибо!"]


async def test_a_new_demand_on_an_open_ticket_gets_its_own_clocks(phone: Phone) -> None:
    await phone.says("Где находится ваш офис?")
    at = phone.bench.now.forward(hours=3)
    await phone.says("Отзываю согласие на обработку моих персональных данных.")
    assert await kinds() == ["question", "consent_withdrawal"]
    assert (await Demand.get(kind="consent_withdrawal")).received_at == at
    assert "Я понял ваше сообщение так" in phone.reads
    await phone.taps("просто вопрос")
    assert (await Demand.get(kind="consent_withdrawal")).outcome == "not_demanded"
    assert await kinds() == ["question", "consent_withdrawal"]


async def test_an_edit_is_a_new_version_and_what_it_newly_demands_counts_from_it(phone: Phone) -> None:
    said = await phone.says("Где находится ваш офис?")
    edited_at = phone.bench.now.forward(hours=2)
    phone.bench.people.edit(phone.person, said, "Где ваш офис? И отзываю согласие на обработку моих персональных данных.")
    await phone.bench.run()
    assert [one.version for one in await messages()] == [1, 2]
    demand = await Demand.get(kind="consent_withdrawal")
    assert demand.received_at == edited_at
    assert len(await tickets()) == 1


async def test_a_greeting_edited_into_a_request_opens_its_ticket(phone: Phone) -> None:
    said = await phone.says("Привет")
    phone.bench.people.edit(phone.person, said, "Привет. Где находится ваш офис?")
    await phone.bench.run()
    assert await kinds() == ["question"]


# --- with several


async def test_with_several_open_tickets_it_is_asked_which_one_is_meant(phone: Phone) -> None:
    await a_question(phone)
    await a_question(phone, "Сколько стоит доставка?")
    await phone.says("И сколько ждать?")
    assert "Добавлено к № 2" in phone.reads
    await phone.says("Мне нужно скорее.")
    assert len([one for one in phone.screens if any("№ 1" in tap for tap in taps(one))]) == 1
    await phone.taps("№ 1 ·")
    assert "Добавлено к № 1" in phone.reads
    assert [one.text for one in await messages(1)][1:] == ["И сколько ждать?", "Мне нужно скорее."]
    assert len(await messages(2)) == 1
    posted = phone.bench.texts(phone.bench.group, await phone.bench.topic(1))
    assert sum("И сколько ждать?" in one for one in posted) == 1
    assert any("относятся к № 1" in one for one in phone.bench.texts(phone.bench.group, await phone.bench.topic(2)))
    await phone.says("Жду.")
    assert [one.text for one in await messages(1)][-1] == "Жду."


async def test_a_message_that_was_not_posted_yet_is_posted_in_the_chosen_topic_only(phone: Phone) -> None:
    await a_question(phone)
    await a_question(phone, "Сколько стоит доставка?")
    bench = phone.bench
    bench.people.say(phone.person, "И сколько ждать?")
    await bench.fetch()
    await bench.handle()
    from desk.flow import delivery

    await delivery.drain(bench.desk, bench.telegram.to_requesters, bench.now)
    phone_buttons = phone.live
    bench.people.press(phone.person, phone_buttons, next(one for one in taps(phone_buttons) if "№ 1 ·" in one))
    await bench.run()
    everywhere = bench.texts(bench.group)
    assert sum("И сколько ждать?" in one for one in everywhere) == 1
    assert sum("И сколько ждать?" in one for one in bench.texts(bench.group, await bench.topic(1))) == 1


async def test_without_an_answer_the_message_stays_in_the_newest_ticket(phone: Phone) -> None:
    await a_question(phone)
    await a_question(phone, "Сколько стоит доставка?")
    await phone.says("И сколько ждать?")
    await restart(phone)
    await phone.bench.later(hours=30)
    assert [one.text for one in await messages(2)][-1] == "И сколько ждать?"
    assert await Stored.filter(text="И сколько ждать?").count() == 1


async def test_it_may_be_a_question_of_its_own(phone: Phone) -> None:
    await a_question(phone)
    await a_question(phone, "Сколько стоит доставка?")
    received = phone.bench.now()
    await phone.says("А подарки вы заворачиваете?")
    phone.bench.now.forward(minutes=20)
    await phone.taps("новый вопрос")
    assert [one.text for one in await messages(3)] == ["А подарки вы заворачиваете?"]
    assert (await Ticket.get(id=3)).received_at == received
    assert await kinds(3) == ["question"]
    assert any("№ 3" in words(one) for one in phone.screens)
    assert len(await messages(2)) == 1


async def test_an_album_moves_as_a_whole(phone: Phone) -> None:
    await a_question(phone)
    await a_question(phone, "Сколько стоит доставка?")
    phone.bench.people.send_album(phone.person, [{"kind": "photo", "data": png(8 + number, 8)} for number in range(3)])
    await phone.bench.run()
    await phone.taps("№ 1 ·")
    await phone.bench.later(seconds=3)
    assert len(await messages(1)) == 4
    assert len(await messages(2)) == 1
    posted = phone.bench.said(phone.bench.group)
    assert [one.topic_id for one in posted if "photo" in one.content] == [await phone.bench.topic(1)] * 3


async def test_thanks_are_not_asked_about(phone: Phone) -> None:
    await a_question(phone)
    await a_question(phone, "Сколько стоит доставка?")
    await phone.says("Спасибо!")
    assert [one.text for one in await messages(2)][-1] == "Спасибо!"
    assert not any("новый вопрос" in tap for one in phone.screens for tap in taps(one))


async def test_a_choice_is_made_once_and_old_questions_are_out_of_date(phone: Phone) -> None:
    await a_question(phone)
    await a_question(phone, "Сколько стоит доставка?")
    await phone.says("И сколько ждать?")
    asked = phone.live
    data = [row[0]["callback_data"] for row in asked.markup["inline_keyboard"]]
    await phone.forges(asked, data[1])
    assert await phone.forges(asked, data[0]) == "Эта кнопка устарела."
    assert len(await messages(1)) == 2


async def test_with_several_a_demand_goes_to_the_ticket_that_holds_it_and_a_new_one_opens_its_own(phone: Phone) -> None:
    await phone.says("Отзываю согласие на обработку моих персональных данных.")
    await a_question(phone)
    await phone.says("Ещё раз: отзываю согласие на обработку персональных данных.")
    assert len(await messages(1)) == 2
    await phone.says("Не присылайте мне больше рекламу.")
    assert await kinds(3) == ["marketing_optout"]


async def test_a_reply_goes_to_the_ticket_it_answers(phone: Phone) -> None:
    first = await phone.says("Где находится ваш офис?")
    acknowledged = phone.screens[-1]
    await a_question(phone, "Сколько стоит доставка?")
    await phone.says("Это про офис.", reply_to=acknowledged)
    await phone.says("И это тоже.", reply_to=first)
    assert [one.text for one in await messages(1)][1:] == ["Это про офис.", "И это тоже."]
    assert len(await messages(2)) == 1


async def test_a_reply_to_an_answer_of_a_closed_ticket_opens_it_again(phone: Phone) -> None:
    await phone.says("Где находится ваш офис?")
    acknowledged = phone.screens[-1]
    await Ticket.filter(id=1).update(status="closed", closed_at=phone.bench.now())
    await phone.says("А этаж?", reply_to=acknowledged)
    assert (await Ticket.get(id=1)).status == "open"
    assert len(await tickets()) == 1


async def test_write_to_this_request_holds_for_a_while(phone: Phone) -> None:
    await a_question(phone)
    await a_question(phone, "Сколько стоит доставка?")
    await phone.says("/status")
    await phone.taps("№ 1")
    await phone.taps("Написать в это обращение")
    await phone.says("Это сюда.")
    assert [one.text for one in await messages(1)][1:] == ["Это сюда."]
    phone.bench.now.forward(hours=2)
    await phone.says("А это неясно куда.")
    assert len(await messages(2)) == 2


# --- strangers, floods, groups


async def test_nobody_sees_or_writes_to_the_ticket_of_another(phone: Phone, bench: Bench) -> None:
    await phone.says("Где находится ваш офис?")
    mallory = Phone(bench, bench.mallory)
    bench.people.start(bench.mallory)
    await bench.run()
    for data in ("see:1:0", "here:1"):
        assert await mallory.forges(mallory.live, data) == "Эта кнопка устарела."
    await mallory.says("Отдайте мне эту заявку.")
    assert len(await messages(1)) == 1
    assert len(await tickets()) == 2


async def test_a_flood_opens_one_ticket_and_gets_few_answers(phone: Phone) -> None:
    for number in range(200):
        phone.bench.people.say(phone.person, f"Сообщение номер {number}, где мой заказ?")
    while await phone.bench.fetch():
        pass
    await phone.bench.run()
    assert len(await tickets()) == 1
    assert len(await messages()) == 200
    assert len(phone.screens) <= 3


async def test_a_flood_of_commands_gets_no_flood_of_screens(phone: Phone) -> None:
    for _ in range(90):
        await phone.says("/menu")
    assert len(phone.screens) <= PER_MINUTE
    phone.bench.now.forward(minutes=2)
    await phone.says("/menu")
    assert "🚫 Отозвать согласие" in taps(phone.live)


async def test_a_flood_of_demands_opens_few_tickets(phone: Phone) -> None:
    demands = [
        "Отзываю согласие на обработку данных.",
        "Не присылайте рекламу.",
        "Какие данные вы обо мне храните?",
        "Претензия: верните деньги.",
    ]
    for number in range(60):
        phone.bench.people.say(phone.person, f"{demands[number % 4]} {demands[(number // 4) % 4]} ({number})")
    while await phone.bench.fetch():
        pass
    await phone.bench.run()
    assert len(await tickets()) <= 4
    assert await Stored.filter(direction=Direction.IN).count() == 60
    assert await Outbox.filter(errand="acknowledgement").count() <= 12


async def test_in_groups_the_requesters_side_is_silent(phone: Phone, bench: Bench) -> None:
    other = bench.world.add_group("Соседи", members=[bench.anna], owner=bench.mallory)
    bench.people.say(bench.anna, "Отзываю согласие на обработку данных.", chat=other)
    bench.people.say(bench.anna, "/start", chat=other)
    await bench.run()
    assert await tickets() == []
    assert bench.said(other) == []


# --- screens outside the dialogs


async def test_start_tells_who_the_operator_is_what_becomes_of_the_data_and_the_other_way(phone: Phone) -> None:
    phone.bench.people.start(phone.person)
    await phone.bench.run()
    for told in ("Лавка", "ИП Тестова А. А.", "паспорта", "support@desk.example", "только для ответа"):
        assert told in phone.reads


async def test_the_language_is_changed_by_a_button_and_by_a_command_and_holds(phone: Phone) -> None:
    phone.bench.people.start(phone.person)
    await phone.bench.run()
    await phone.taps("English")
    assert "Hello!" in phone.reads
    await restart(phone)
    await phone.says("/menu")
    assert "What would you like to do?" in phone.reads
    await phone.says("/language")
    await phone.taps("Русский")
    assert "Здравствуйте!" in phone.reads


async def test_open_tickets_follow_the_language(phone: Phone) -> None:
    await phone.says("Где находится ваш офис?")
    await phone.says("/language")
    await phone.taps("English")
    assert (await Ticket.get()).language == "en"


async def test_status_lists_the_persons_requests_with_dates_and_details(phone: Phone) -> None:
    await phone.says("/status")
    assert "Пока ни одного" in phone.reads
    await phone.says("Отзываю согласие на обработку моих персональных данных.")
    await phone.says("/status")
    assert "№ 1 · отзыв согласия" in phone.reads
    assert "10.12.2026 11:00 МСК" in phone.reads
    assert "не позднее 9 января 2027" in phone.reads
    await phone.taps("№ 1")
    assert "ч. 5 ст. 21 152-ФЗ" in phone.reads
    await Ticket.filter(id=1).update(status="closed", closed_at=phone.bench.now())
    await phone.taps("Назад")
    assert "Закрыто 10 декабря 2026" in phone.reads


async def test_a_ticket_with_every_demand_there_is_can_still_be_looked_at(phone: Phone) -> None:
    from desk.ticket.tickets import add_demands

    await phone.says("Где находится ваш офис?")
    desk, now = phone.bench.desk, phone.bench.now()
    every = [one for one in desk.regime.kinds if one not in {"rkn_order", "authority_order"}]
    await add_demands(desk, await Ticket.get(), every, now, "staff", now)
    await phone.says("/status")
    await phone.taps("№ 1")
    assert "Написать в это обращение" in str(taps(phone.live))


async def test_many_requests_are_shown_page_by_page(phone: Phone) -> None:
    for number in range(8):
        phone.bench.now.forward(minutes=3)
        await a_question(phone, f"Вопрос {number}?")
    phone.bench.now.forward(minutes=3)
    await phone.says("/status")
    assert "1/2" in phone.reads
    await phone.taps("▶️")
    assert "№ 1 ·" in phone.reads
    await phone.taps("◀️")
    assert "№ 8 ·" in phone.reads


@pytest.mark.parametrize("command", ["/help", "/privacy", "/stop", "/nonsense"])
async def test_commands_answer_and_open_nothing(phone: Phone, command: str) -> None:
    await phone.says(command)
    assert taps(phone.live)
    assert await tickets() == []


async def test_a_command_with_words_after_it_is_a_message(phone: Phone) -> None:
    await phone.says("/claim верните деньги за чайник")
    assert len(await messages()) == 1


async def test_the_commands_are_registered_in_each_language(phone: Phone) -> None:
    await phone.bench.telegram.introduce(phone.bench.now())
    await phone.bench.run()
    set_for = {
        one.get("language_code"): one["commands"]
        for one in phone.bench.calls("setMyCommands")
        if "all_private_chats" in str(one["scope"])
    }
    assert set(set_for) == {"ru", "en", None}
    assert "мои обращения" in str(set_for["ru"])
    assert all(name in str(set_for["en"]) for name in ("start", "menu", "status", "language", "help", "cancel"))


async def test_nothing_is_parked_by_anything_above(phone: Phone) -> None:
    await phone.sends("photo", PICTURE, caption="Где мой заказ?")
    await phone.says("/status")
    assert await Inbound.filter(state="parked").count() == 0
