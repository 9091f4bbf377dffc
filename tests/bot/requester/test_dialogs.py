"""The guided dialogs, from the menu to the ticket, in both languages."""

from datetime import timedelta

import pytest

from bot.requester.kinds import KINDS
from desk.i18n import words as catalogue
from models import Demand, Inbound, Outbox, Requester, Ticket
from tests.bot.bench import taps, words
from tests.bot.requester.conftest import Phone, kinds, messages, png, tickets


def says(language: str, sentence: str) -> str:
    return catalogue("bot", language).gettext(sentence)


async def begun(phone: Phone, kind: str = "consent_withdrawal", language: str = "ru") -> None:
    phone.bench.people.start(phone.person)
    await phone.bench.run()
    await phone.taps(says(language, KINDS[kind].label))


async def to_files(phone: Phone) -> None:
    """A Russian withdrawal for oneself as far as the files."""
    await begun(phone)
    await phone.taps("О моих")
    await phone.says("Петрова Анна Ивановна")
    await phone.says("anna@example.org")
    await phone.taps("Полностью")
    await phone.taps("Принять")


async def to_review(phone: Phone) -> None:
    await to_files(phone)
    await phone.taps("Без файлов")


async def restart(phone: Phone) -> None:
    """The process dies and another one takes over; only the database is left."""
    bench = phone.bench
    await bench.close()
    bench.begin()


# --- the whole way


async def test_a_withdrawal_in_russian_becomes_one_ticket_received_when_it_was_sent(phone: Phone) -> None:
    await to_review(phone)
    assert "anna@example.org" in phone.reads
    assert "шаг 7 из 7" in phone.reads
    assert await tickets() == []
    sent_at = phone.bench.now.forward(minutes=7)
    await phone.taps("Отправить")
    (ticket,) = await tickets()
    assert ticket.received_at == sent_at
    assert ticket.language == "ru"
    assert ticket.represented is None
    assert await kinds() == ["consent_withdrawal"]
    assert (await Demand.get()).recognised_by == "requester"
    assert (await Requester.get()).name == "Петрова Анна Ивановна"
    (message,) = await messages()
    assert "Отзываю согласие на обработку моих персональных данных, данное оператору Лавка, для всех целей." in message.text
    assert "anna@example.org" in message.text
    assert "Кому: ИП Тестова А. А." in message.text
    assert "№ 1" in phone.last
    assert "9 января 2027" in phone.last
    assert any("Отзываю согласие" in one for one in phone.bench.texts(phone.bench.group, await phone.bench.topic()))


async def test_a_withdrawal_in_english_speaks_english_on_every_screen(english: Phone) -> None:
    await begun(english, language="en")
    assert "step 1 of 7" in english.reads
    await english.taps("Mine")
    await english.says("Ann Smith")
    await english.taps("Skip")
    await english.taps("For everything")
    assert "I withdraw the consent given to Лавка to process my personal data for all purposes." in english.reads
    await english.taps("Take this text")
    await english.taps("No files")
    await english.taps("Send")
    assert (await Ticket.get()).language == "en"
    assert "№ 1" in english.last
    assert "9 January 2027" in english.last
    spoken = " ".join(words(one) for one in english.screens).replace("Лавка", "").replace("ИП Тестова А. А.", "")
    assert not any("а" <= letter <= "я" for letter in spoken.lower())


async def test_a_claim_says_what_happened_and_what_is_demanded(phone: Phone) -> None:
    await begun(phone, "claim")
    await phone.taps("О моих")
    await phone.says("Петрова Анна")
    await phone.says("заказ 4510123456")
    await phone.says("Мой отзыв опубликовали под чужим именем.")
    assert "Что вы требуете" in phone.reads
    await phone.says("Извинитесь и исправьте имя.")
    await phone.taps("Без файлов")
    await phone.taps("Отправить")
    assert (await kinds())[0] == "claim"
    (message,) = await messages()
    assert "Мой отзыв опубликовали" in message.text
    assert "Извинитесь и исправьте имя." in message.text
    assert "заказ 4510123456" in message.text


async def test_a_claim_in_english_may_take_the_ready_demand(english: Phone) -> None:
    await begun(english, "claim", "en")
    await english.taps("Mine")
    await english.says("Ann Smith")
    await english.taps("Skip")
    await english.says("The parcel never came.")
    await english.taps("Take this text")
    await english.taps("No files")
    await english.taps("Send")
    assert await kinds() == ["claim"]
    assert "send me a written answer" in (await messages())[0].text


async def test_a_claim_for_money_back_also_opens_the_shorter_term_of_consumers(phone: Phone) -> None:
    await begun(phone, "claim")
    await phone.taps("О моих")
    await phone.says("Петрова Анна")
    await phone.taps("Пропустить")
    await phone.says("Купленный чайник сломался через день.")
    await phone.says("Верните деньги за товар, иначе пойду в суд.")
    await phone.taps("Без файлов")
    await phone.taps("Отправить")
    assert set(await kinds()) == {"claim", "consumer_claim"}


async def test_a_withdrawal_for_advertising_only_names_its_purposes_and_stops_it_at_once(phone: Phone) -> None:
    await begun(phone)
    await phone.taps("О моих")
    await phone.says("Петрова Анна")
    await phone.taps("Пропустить")
    await phone.taps("некоторых")
    await phone.says("рассылки и реклама")
    assert "для следующих целей: рассылки и реклама." in phone.reads
    await phone.taps("Принять")
    await phone.taps("Без файлов")
    await phone.taps("Отправить")
    assert await kinds() == ["consent_withdrawal", "marketing_optout"]


async def test_answers_as_long_as_a_message_leave_room_for_the_screen(phone: Phone) -> None:
    await begun(phone)
    await phone.taps("О моих")
    await phone.says("<b>&" + "А" * 150)
    await phone.taps("Пропустить")
    await phone.taps("некоторых")
    await phone.says("<рассылки> & " + "ы" * 3900)
    assert "<рассылки> &" in phone.reads
    assert "шаг 6 из 8" in phone.reads
    await phone.says("Отзываю согласие. " + "ъ" * 4000)
    await phone.taps("Без файлов")
    assert "шаг 8 из 8" in phone.reads
    await phone.taps("Отправить")
    assert (await messages())[0].text.count("ы") > 3900


async def test_a_parent_writes_for_a_child(phone: Phone) -> None:
    await begun(phone)
    await phone.taps("ребёнка")
    await phone.says("Петров Пётр")
    await phone.taps("Родитель")
    await phone.says("Петрова Анна")
    await phone.taps("Пропустить")
    await phone.taps("Полностью")
    await phone.taps("Принять")
    await phone.taps("Без файлов")
    await phone.taps("Отправить")
    assert (await Ticket.get()).represented == {"name": "Петров Пётр", "basis": "Родитель"}
    assert (await Requester.get()).name == "Петрова Анна"
    assert "Петров Пётр" in (await messages())[0].text
    assert "Петров Пётр" in words(await phone.bench.card())


async def test_a_representative_names_the_basis_in_words(english: Phone) -> None:
    await begun(english, language="en")
    await english.taps("Someone I represent")
    await english.says("John Smith")
    await english.says("Power of attorney No. 7 of 1 March 2026")
    await english.says("Ann Smith")
    await english.taps("Skip")
    await english.taps("For everything")
    await english.taps("Take this text")
    await english.taps("No files")
    await english.taps("Send")
    assert (await Ticket.get()).represented == {"name": "John Smith", "basis": "Power of attorney No. 7 of 1 March 2026"}


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("kind", list(KINDS))
async def test_every_kind_of_the_menu_leads_to_its_ticket(phone: Phone, kind: str, language: str) -> None:
    if language == "en":
        phone.bench.people.start(phone.person)
        await phone.bench.run()
        await phone.taps("English")
    await begun(phone, kind, language)
    for _ in range(12):
        labels = taps(phone.live)
        if says(language, "📨 Send") in labels:
            break
        wanted = [
            says(language, one)
            for one in ("🙋 Mine", "🌐 For everything", "🙂 I just want it", "✅ Take this text", "⏭ Skip", "➡️ No files")
        ]
        found = next((one for one in wanted if one in labels), None)
        if found:
            await phone.taps(found)
        else:
            await phone.says("Петрова Анна" if language == "ru" else "Ann Smith")
    await phone.taps(says(language, "📨 Send"))
    assert "№ 1" in phone.last
    expected = {"destruction_request": ["consent_withdrawal", "stop_processing"]}.get(kind, [kind])
    assert await kinds() == expected


async def test_deleting_on_a_ground_opens_the_shorter_term_too(phone: Phone) -> None:
    await begun(phone, "destruction_request")
    await phone.taps("О моих")
    await phone.says("Петрова Анна")
    await phone.taps("Пропустить")
    await phone.taps("незаконно")
    assert "получены незаконно" in phone.reads
    await phone.taps("Принять")
    await phone.taps("Без файлов")
    await phone.taps("Отправить")
    assert await kinds() == ["destruction_request", "consent_withdrawal", "stop_processing"]


async def test_own_words_replace_the_ready_text_and_open_what_they_demand_besides(phone: Phone) -> None:
    await begun(phone)
    await phone.taps("О моих")
    await phone.says("Петрова Анна")
    await phone.taps("Пропустить")
    await phone.taps("Полностью")
    await phone.says("Отзываю согласие и требую прекратить обработку моих персональных данных.")
    await phone.taps("Без файлов")
    await phone.taps("Отправить")
    assert await kinds() == ["consent_withdrawal", "stop_processing"]
    assert "требую прекратить обработку моих" in (await messages())[0].text


# --- there and back


async def test_back_leads_through_every_step_to_the_menu_and_keeps_the_answers(phone: Phone) -> None:
    await to_review(phone)
    for number in range(6, 0, -1):
        await phone.taps("Назад")
        assert f"шаг {number} из 7" in phone.reads
    await phone.taps("Назад")
    assert "Что вы хотите сделать?" in phone.reads
    await phone.taps("Продолжить")
    assert "шаг 1 из 7" in phone.reads
    await phone.taps("О моих")
    assert "Сейчас: Петрова Анна Ивановна" in phone.reads
    await phone.taps("Оставить как есть")
    assert "anna@example.org" in phone.reads


async def test_cancel_at_any_step_sends_nothing_and_forgets_the_answers(phone: Phone) -> None:
    steps = [
        lambda: begun(phone),
        lambda: phone.taps("О моих"),
        lambda: phone.says("Петрова Анна"),
        lambda: phone.says("anna@example.org"),
        lambda: phone.taps("Полностью"),
        lambda: phone.taps("Принять"),
        lambda: phone.taps("Без файлов"),
    ]
    for length in range(1, len(steps) + 1):
        phone.bench.now.forward(minutes=2)
        for step in steps[:length]:
            await step()
        await phone.taps("Отмена")
        assert "Ничего не отправлено" in phone.reads
        assert "draft" not in (await phone.dialog()).data
    assert await tickets() == []


async def test_the_command_cancel_drops_the_request_and_says_when_there_is_none(phone: Phone) -> None:
    await to_review(phone)
    await phone.says("/cancel")
    assert "Ничего не отправлено" in phone.reads
    await phone.says("/cancel")
    assert "Отменять нечего" in phone.reads
    assert (await phone.dialog()).state == ""


async def test_an_answer_is_changed_from_the_review(phone: Phone) -> None:
    await to_review(phone)
    await phone.taps("✏️ ФИО")
    await phone.says("Иванова Анна")
    assert "шаг 7 из 7" in phone.reads
    assert "Иванова Анна" in phone.reads
    await phone.taps("✏️ Что отзывается")
    await phone.taps("некоторых")
    await phone.says("рассылки")
    assert "Цели: рассылки" in phone.reads
    await phone.taps("✏️ ФИО")
    await phone.taps("Назад")
    assert "шаг 8 из 8" in phone.reads
    await phone.taps("Отправить")
    assert "для следующих целей: рассылки" in (await messages())[0].text
    assert (await Requester.get()).name == "Иванова Анна"


async def test_whose_data_it_is_may_be_changed_from_the_review_and_back(phone: Phone) -> None:
    await to_review(phone)
    await phone.taps("✏️ Для кого")
    await phone.taps("ребёнка")
    await phone.says("Петров Пётр")
    await phone.taps("Опекун")
    assert "Петров Пётр" in phone.reads
    assert "шаг 9 из 9" in phone.reads
    await phone.taps("✏️ Для кого")
    await phone.taps("О моих")
    assert "Петров" not in phone.reads.replace("Петрова", "")
    await phone.taps("Отправить")
    assert (await Ticket.get()).represented is None
    assert "Петров Пётр" not in (await messages())[0].text


async def test_one_message_is_edited_in_place_and_old_screens_lose_their_buttons(phone: Phone) -> None:
    await begun(phone)
    first = phone.live
    await phone.taps("О моих")
    assert phone.live.id == first.id
    await phone.says("Петрова Анна")
    assert phone.live.id != first.id
    assert taps(first) == []
    assert words(first) == "2/7 · ФИО"


# --- what may go wrong


async def test_a_dialog_survives_a_restart_at_every_step(phone: Phone) -> None:
    await begun(phone)
    await restart(phone)
    await phone.taps("О моих")
    await restart(phone)
    await phone.says("Петрова Анна")
    await restart(phone)
    await phone.taps("Пропустить")
    await restart(phone)
    await phone.taps("Полностью")
    await restart(phone)
    await phone.taps("Принять")
    await restart(phone)
    await phone.sends("document", b"proof", name="чек.pdf")
    await restart(phone)
    await phone.taps("Готово")
    await restart(phone)
    await phone.taps("Отправить")
    assert await kinds() == ["consent_withdrawal"]
    statement, file = await messages()
    (attachment,) = file.attachments
    assert phone.bench.desk.vault.read(attachment.blob) == b"proof"
    assert "Петрова Анна" in statement.text


async def test_two_taps_on_send_open_one_ticket(phone: Phone) -> None:
    await to_review(phone)
    review = phone.live
    data = next(one["callback_data"] for row in review.markup["inline_keyboard"] for one in row if "Отправить" in one["text"])
    first = phone.bench.people.tap(phone.person, review, data)
    second = phone.bench.people.tap(phone.person, review, data)
    await phone.bench.run()
    assert len(await tickets()) == 1
    assert len(await messages()) == 1
    assert first.text is None
    assert second.text == "Эта кнопка устарела."
    assert await phone.forges(review, data) == "Эта кнопка устарела."
    assert await Outbox.filter(errand="acknowledgement").count() == 1


async def test_a_row_that_is_repeated_after_a_fault_sends_once(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    await to_review(phone)
    from bot.requester import dialog

    real = dialog._sent

    def broken(*_: object) -> None:
        monkeypatch.setattr(dialog, "_sent", real)
        raise RuntimeError("the power went out")

    monkeypatch.setattr(dialog, "_sent", broken)
    await phone.taps("Отправить")
    assert await tickets() == []
    await phone.bench.later(seconds=10)
    (ticket,) = await tickets()
    assert len(await messages(ticket.id)) == 1


async def test_buttons_of_an_earlier_step_change_nothing(phone: Phone) -> None:
    await begun(phone)
    whom = phone.live
    old = [one["callback_data"] for row in whom.markup["inline_keyboard"] for one in row]
    await phone.taps("О моих")
    data = (await phone.dialog()).data
    for button in old:
        assert await phone.forges(whom, button) == "Эта кнопка устарела."
    assert (await phone.dialog()).data["draft"] == data["draft"]


@pytest.mark.parametrize(
    "data",
    [
        "",
        "do:1",
        "do:x:pick:self",
        "do:99:send:",
        "new:everything",
        "half:1:on",
        "see:abc:0",
        "card:close:1:0",
        "go:nowhere:0",
        "speak:de",
        "which:1:1",
        "sure:1:1",
        "here:5",
    ],
)
async def test_forged_and_foreign_buttons_are_answered_with_a_word(phone: Phone, data: str) -> None:
    phone.bench.people.start(phone.person)
    await phone.bench.run()
    assert await phone.forges(phone.live, data) == "Эта кнопка устарела."
    assert await tickets() == []


async def test_a_second_request_of_the_same_kind_is_linked_to_the_open_one(phone: Phone) -> None:
    await to_review(phone)
    await phone.taps("Отправить")
    await to_review(phone)
    await phone.taps("Отправить")
    assert len(await tickets()) == 1
    assert len(await messages()) == 2
    assert any("Добавлено к вашему обращению № 1" in words(one) for one in phone.screens)


async def test_requests_of_different_kinds_are_tickets_of_their_own(phone: Phone) -> None:
    await to_review(phone)
    await phone.taps("Отправить")
    await begun(phone, "question")
    await phone.says("Где ваш офис?")
    await phone.taps("Без файлов")
    await phone.taps("Отправить")
    assert await kinds(2) == ["question"]


# --- left half-way


async def test_a_dialog_left_half_way_is_offered_at_start(phone: Phone) -> None:
    await to_files(phone)
    phone.bench.people.start(phone.person)
    await phone.bench.run()
    assert "незаконченное обращение: Отзыв согласия, шаг 6 из 7" in phone.reads
    await phone.taps("Продолжить")
    assert "шаг 6 из 7" in phone.reads
    phone.bench.people.start(phone.person)
    await phone.bench.run()
    await phone.taps("Начать заново")
    assert "шаг 1 из 7" in phone.reads
    assert (await phone.dialog()).data["draft"]["answers"] == {}


async def test_another_kind_from_the_menu_offers_the_unfinished_one_first(phone: Phone) -> None:
    await to_files(phone)
    await phone.says("/menu")
    await phone.taps("Претензия")
    assert "незаконченное обращение: Отзыв согласия" in phone.reads
    await phone.taps("🗑 Удалить")
    await phone.taps("Претензия")
    assert "Претензия · шаг 1" in phone.reads


async def test_hours_later_a_message_is_no_answer_but_a_message_and_the_draft_is_offered(phone: Phone) -> None:
    await begun(phone)
    await phone.taps("О моих")
    phone.bench.now.forward(hours=5)
    await phone.says("Когда вы работаете в субботу?")
    assert await kinds() == ["question"]
    assert "незаконченное обращение" in phone.reads
    await phone.taps("Продолжить")
    assert "шаг 2 из 7" in phone.reads
    await phone.says("Петрова Анна")
    assert "шаг 3 из 7" in phone.reads


async def test_a_greeting_hours_later_only_offers_the_draft(phone: Phone) -> None:
    await to_files(phone)
    phone.bench.now.forward(hours=5)
    await phone.says("Привет!")
    assert "незаконченное обращение" in phone.reads
    assert await tickets() == []


# --- answers that are none


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("4510 123456", "паспорт"),
        ("45 10 123456", "паспорт"),
        ("4510 № 123456", "паспорт"),
        ("паспорт 4510123456", "паспорт"),
        ("4510123456", "Десять цифр"),
        ("х" * 300, "очень длинно"),
        ("!!", "очень коротко"),
    ],
)
async def test_a_contact_that_looks_like_a_passport_or_is_none_is_not_kept(phone: Phone, text: str, told: str) -> None:
    await begun(phone)
    await phone.taps("О моих")
    await phone.says("Петрова Анна")
    await phone.says(text)
    assert told in phone.reads
    assert "шаг 3 из 7" in phone.reads
    assert text not in str((await phone.dialog()).data)


@pytest.mark.parametrize(
    "text", ["anna@example.org", "+7 916 123-45-67", "89161234567", "9161234567", "договор 4510123456", "Заказ № 77"]
)
async def test_a_contact_is_taken_as_it_is(phone: Phone, text: str) -> None:
    await begun(phone)
    await phone.taps("О моих")
    await phone.says("Петрова Анна")
    await phone.says(text)
    assert "шаг 4 из 7" in phone.reads
    assert (await phone.dialog()).data["draft"]["answers"]["contact"]["text"] == text


@pytest.mark.parametrize(
    ("text", "told"),
    [("…", "буквами"), ("Я " * 150, "очень длинно"), ("anna@example.org", "контакт"), ("4510 123456", "паспорт")],
)
async def test_a_name_that_is_none_is_asked_for_again(phone: Phone, text: str, told: str) -> None:
    await begun(phone)
    await phone.taps("О моих")
    await phone.says(text)
    assert told in phone.reads
    assert "шаг 2 из 7" in phone.reads


async def test_a_demand_in_the_place_of_a_name_is_kept_and_goes_along(phone: Phone) -> None:
    await begun(phone)
    await phone.taps("О моих")
    await phone.says("Прошу не присылать мне рекламу")
    assert "само обращение" in phone.reads
    await phone.says("Петрова Анна")
    await phone.taps("Пропустить")
    await phone.taps("Полностью")
    await phone.taps("Принять")
    await phone.taps("Готово")
    await phone.taps("Отправить")
    assert (await messages())[1].text == "Прошу не присылать мне рекламу"
    assert await kinds() == ["consent_withdrawal", "marketing_optout"]


async def test_words_where_a_button_is_expected_are_kept(phone: Phone) -> None:
    await begun(phone)
    await phone.says("Это очень важно для меня!")
    assert "Сохранил" in phone.reads
    assert "шаг 1 из 7" in phone.reads
    assert (await phone.dialog()).data["draft"]["extras"][0]["text"] == "Это очень важно для меня!"


async def test_a_shared_contact_answers_the_question_for_one(phone: Phone) -> None:
    await begun(phone)
    await phone.taps("О моих")
    await phone.says("Петрова Анна")
    phone.bench.people.send_contact(phone.person, "+79161234567")
    await phone.bench.run()
    assert (await phone.dialog()).data["draft"]["answers"]["contact"]["text"] == "+79161234567"


async def test_a_long_text_cut_up_by_telegram_is_one_answer(phone: Phone) -> None:
    await begun(phone, "claim")
    await phone.taps("О моих")
    await phone.says("Петрова Анна")
    await phone.taps("Пропустить")
    phone.bench.people.say(phone.person, "слово " * 680)
    phone.bench.people.say(phone.person, "и конец.")
    await phone.bench.run()
    assert "Что вы требуете" in phone.reads
    assert (await phone.dialog()).data["draft"]["answers"]["happened"]["text"].endswith("слово\nи конец.")


async def test_an_edited_answer_changes_the_draft(phone: Phone) -> None:
    await begun(phone)
    await phone.taps("О моих")
    name = await phone.says("Петрова Ана")
    phone.bench.people.edit(phone.person, name, "Петрова Анна")
    await phone.bench.run()
    assert (await phone.dialog()).data["draft"]["answers"]["name"]["text"] == "Петрова Анна"
    assert "шаг 3 из 7" in phone.reads


async def test_an_answer_edited_after_sending_reaches_the_ticket(phone: Phone) -> None:
    await begun(phone, "question")
    asked = await phone.says("Где ваш офис?")
    await phone.taps("Без файлов")
    await phone.taps("Отправить")
    phone.bench.people.edit(phone.person, asked, "Где ваш офис в Твери?")
    await phone.bench.run()
    assert [one.text for one in await messages()][1:] == ["Где ваш офис в Твери?"]


# --- files


async def test_files_and_albums_go_to_the_ticket_with_their_words_and_names(phone: Phone) -> None:
    await to_files(phone)
    await phone.sends("document", b"contract", name="договор.pdf", caption="вот договор")
    phone.bench.people.send_album(
        phone.person,
        [{"kind": "photo", "data": png(9, 9), "caption": "два снимка"}, {"kind": "photo", "data": png(10, 10)}],
    )
    await phone.bench.run()
    await phone.sends("voice")
    assert "Уже приложено: 4" in phone.reads
    await phone.taps("Готово")
    assert "Файлы: 4" in phone.reads
    await phone.taps("Отправить")
    await phone.bench.later(seconds=3)
    statement, contract, first, second, voice = await messages()
    assert "Приложено сообщений и файлов: 4" in statement.text
    assert [one.name for one in contract.attachments] == ["договор.pdf"]
    assert contract.text == "вот договор"
    assert first.album == second.album != ""
    assert phone.bench.desk.vault.read(second.attachments[0].blob) == png(10, 10)
    assert voice.attachments[0].telegram_kind == "voice"
    posted = phone.bench.said(phone.bench.group, await phone.bench.topic())
    assert sum("photo" in one.content for one in posted) == 2
    assert sum("voice" in one.content for one in posted) == 1
    assert await Inbound.filter(state="parked").count() == 0


async def test_the_last_file_may_be_taken_back(phone: Phone) -> None:
    await to_files(phone)
    await phone.sends("document", name="не то.pdf")
    await phone.taps("Убрать последнее")
    assert "не то.pdf" not in phone.reads
    await phone.taps("Без файлов")
    await phone.taps("Отправить")
    assert len(await messages()) == 1


async def test_a_scan_of_a_passport_is_not_attached_unless_it_is_something_else(phone: Phone) -> None:
    await to_files(phone)
    await phone.sends("document", name="Паспорт чайника.pdf")
    assert "не нужен" in phone.reads
    assert (await phone.dialog()).data["draft"]["extras"] == []
    await phone.taps("Это другое")
    await phone.sends("photo", caption="мой паспорт")
    await phone.taps("Готово")
    assert "Файлы: 1" in phone.reads
    await phone.taps("Отправить")
    assert [one.attachments[0].name for one in (await messages())[1:]] == ["Паспорт чайника.pdf"]


async def test_a_photo_with_words_answers_a_question_and_is_attached(phone: Phone) -> None:
    await begun(phone, "question")
    await phone.sends("photo", caption="Что это за письмо?")
    assert "Уже приложено: 1" in phone.reads
    await phone.taps("Готово")
    await phone.taps("Отправить")
    statement, photo = await messages()
    assert "Что это за письмо?" in statement.text
    assert len(photo.attachments) == 1


async def test_a_file_sent_early_is_kept_for_the_request(phone: Phone) -> None:
    await begun(phone)
    await phone.taps("О моих")
    await phone.sends("photo")
    assert "Сохранил" in phone.reads
    assert "шаг 2 из 7" in phone.reads


async def test_more_files_than_screens_a_minute_are_all_kept_and_done_still_works(phone: Phone) -> None:
    await to_files(phone)
    for number in range(40):
        await phone.sends("document", name=f"{number}.pdf")
    await phone.taps("Готово")
    phone.bench.now.forward(minutes=2)
    await phone.taps("Готово")
    await phone.taps("Отправить")
    assert len(await messages()) == 41


# --- reached from a link, and limits


async def test_a_link_may_name_the_kind_to_begin_with(phone: Phone) -> None:
    phone.bench.people.start(phone.person, "claim")
    await phone.bench.run()
    assert "Претензия · шаг 1 из 7" in phone.reads


async def test_one_account_cannot_open_more_tickets_than_a_day_allows(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.requester import arrivals

    monkeypatch.setattr(arrivals, "TICKETS_A_DAY", 3)
    for number in range(5):
        phone.bench.now.forward(minutes=2)
        await begun(phone, "question")
        await phone.says(f"Вопрос {number}?")
        await phone.taps("Без файлов")
        await phone.taps("Отправить")
    assert len(await tickets()) == 3
    assert len(await messages(3)) == 3
    phone.bench.now.at += timedelta(days=2)
    await begun(phone, "question")
    await phone.says("Ещё один?")
    await phone.taps("Без файлов")
    await phone.taps("Отправить")
    assert len(await tickets()) == 4


def test_the_review_fits_into_one_message_whatever_was_answered() -> None:
    from bot.requester.steps import SHOWN_IN_REVIEW

    assert max(len(one.steps) for one in KINDS.values()) * (SHOWN_IN_REVIEW + 60) < 4096
