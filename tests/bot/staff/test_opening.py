"""/new: staff open a ticket for what did not come by itself."""

from datetime import date, datetime

import pytest

from models import Attachment, Clock, Contact, Demand, Dialog, Level, Message, Outbox, Registration, Ticket
from sandbox.telegram import Message as Shown
from tests.bot.bench import Bench, picture, taps, words
from tests.bot.terms import demand, presses, writes

# The dialog's message, by bench.
SCREEN: dict[int, int] = {}
WITHDRAWS = "Отзываю согласие на обработку моих персональных данных и требую прекратить обработку."


async def says(bench: Bench, text: str) -> Shown:
    """Boris answers the dialog's message."""
    screen = dialog(bench)
    bench.people.say(bench.boris, text, chat=bench.group, reply_to=screen)
    await bench.run()
    return dialog(bench)


def dialog(bench: Bench) -> Shown:
    """The dialog's message: the last one of General that has or had its buttons."""
    return [one for one in bench.said(bench.group) if not one.topic_id and SCREEN.get(id(bench), one.id) == one.id][-1]


async def begin(bench: Bench, way: str) -> Shown:
    bench.people.say(bench.boris, "/new", chat=bench.group)
    await bench.run()
    SCREEN[id(bench)] = [one for one in bench.said(bench.group) if not one.topic_id][-1].id
    await presses(bench, dialog(bench), way)
    return dialog(bench)


async def paper(bench: Bench, *, contacts: str = "", name: str = "Иванова Мария Петровна") -> None:
    """Boris fills in a paper letter up to its review."""
    await begin(bench, "Бумажное письмо")
    await says(bench, name)
    await says(bench, "150000, Ярославль, ул. Мира, 5")
    if contacts:
        await says(bench, contacts)
    else:
        await presses(bench, dialog(bench), "Неизвестно")
    await says(bench, "12-П")
    await says(bench, "07.12.2026")
    await says(bench, "09.12.2026 15:20")
    await says(bench, WITHDRAWS)
    await presses(bench, dialog(bench), "▶️ Дальше")
    await presses(bench, dialog(bench), "Без файлов")


async def test_a_paper_letter_gets_its_ticket_with_clocks_from_the_first_delivery_attempt(bench: Bench) -> None:
    await paper(bench)
    review = words(dialog(bench))
    for part in ("Иванова Мария Петровна", "150000", "12-П", "07.12.2026 09:00", "09.12.2026 15:20"):
        assert part in review
    assert await presses(bench, dialog(bench), "✅ Открыть заявку") == "✅ Открыта заявка № 1."
    ticket = await bench.ticket()
    assert (ticket.channel, ticket.named, ticket.received_at.isoformat()) == (
        "paper",
        "Иванова Мария Петровна",
        "2026-12-07T06:00:00+00:00",
    )
    destroy = await Clock.get(key="destroy", demand__kind="consent_withdrawal")
    stop = await Clock.get(key="stop", demand__kind="stop_processing")
    assert (destroy.due, stop.due) == (date(2027, 1, 6), date(2026, 12, 21))
    registration = await Registration.get()
    assert registration.attempted_at == datetime.fromisoformat("2026-12-07T06:00:00+00:00")
    assert registration.handed_over_at == datetime.fromisoformat("2026-12-09T12:20:00+00:00")
    card = words(await bench.card())
    for part in (
        "вх. № 12-П",
        "первая попытка вручения: 07.12.2026 09:00",
        "вручено: 09.12.2026 15:20",
        "150000, Ярославль",
        "на бумаге",
    ):
        assert part in card
    topic = await bench.topic()
    assert any(WITHDRAWS in one for one in bench.texts(bench.group, topic))
    assert any("Отвечать на бумаге: 150000" in one for one in bench.texts(bench.group, topic))
    assert await Dialog.filter(key__startswith="staff:").count() == 0
    refused = await writes(bench, "/reply Здравствуйте", topic)
    assert "Известен только почтовый адрес (150000" in words(refused)
    assert {one.recognised_by for one in await Demand.all()} == {"staff"}


async def test_where_an_address_is_known_the_letter_is_acknowledged(bench: Bench) -> None:
    await paper(bench, contacts="maria@example.ru, +7 921 123-45-67")
    assert "подтверждение уходит по электронной почте" in await presses(bench, dialog(bench), "✅ Открыть заявку")
    told = await Outbox.get(errand="acknowledgement")
    assert (told.channel, told.conversation) == ("mail", "mail:maria@example.ru")
    assert told.content["received_at"].startswith("2026-12-07T06:00")
    assert (await bench.ticket()).channel == "mail"
    assert "+7 921 123-45-67" in words(await bench.card())
    assert (await Contact.get(kind="email")).verified == Level.SAID


async def test_a_telegram_name_that_the_bot_knows_is_acknowledged_there(bench: Bench) -> None:
    await bench.anna_asks()
    await paper(bench, contacts="@anna")
    assert "уходит в Telegram" in await presses(bench, dialog(bench), "✅ Открыть заявку")
    assert "№ 2" in words(bench.last(bench.chat_of(bench.anna)))
    await paper(bench, contacts="@nobody_here")
    assert "боту не писал" in await presses(bench, dialog(bench), "✅ Открыть заявку")
    assert await Ticket.all().count() == 2


async def test_two_taps_open_one_ticket(bench: Bench) -> None:
    await paper(bench)
    for _ in range(2):
        bench.people.press(bench.boris, dialog(bench), "✅ Открыть заявку", chat=bench.group)
    await bench.run()
    assert await Ticket.all().count() == 1
    assert words(dialog(bench)) == "✅ Открыта заявка № 1."


async def test_a_double_tap_within_the_dialog_goes_one_step(bench: Bench) -> None:
    await begin(bench, "Визит")
    await says(bench, "Иванова Мария")
    for _ in range(2):
        bench.people.press(bench.boris, dialog(bench), "Неизвестно", chat=bench.group)
    await bench.run()
    assert "3/7" in words(dialog(bench))


async def test_back_cancel_and_a_colleague(bench: Bench) -> None:
    await begin(bench, "Звонок")
    await says(bench, "Иванова Мария")
    await presses(bench, dialog(bench), "◀️ Назад")
    assert "Сейчас указано: Иванова Мария" in words(dialog(bench))
    await presses(bench, dialog(bench), "▶️ Оставить и дальше")
    assert "2/6" in words(dialog(bench))
    assert "Это заполняет Борис" in await presses(bench, dialog(bench), "Неизвестно", who=bench.clara)
    bench.people.say(bench.clara, "clara@example.ru", chat=bench.group, reply_to=dialog(bench))
    await bench.run()
    assert "Это заполняет Борис" in words(bench.said(bench.group)[-1])
    assert "2/6" in words(dialog(bench))
    await presses(bench, dialog(bench), "✖️ Отмена")
    assert "отменён" in words(dialog(bench))
    assert await Ticket.all().count() == 0
    assert await Dialog.filter(key__startswith="staff:").count() == 0


async def test_a_restart_in_the_middle_changes_nothing(bench: Bench) -> None:
    await begin(bench, "Бумажное письмо")
    await says(bench, "Иванова Мария Петровна")
    await bench.close()
    bench.begin()
    await says(bench, "150000, Ярославль")
    assert "3/9" in words(dialog(bench))
    assert (await Dialog.get(key__startswith="staff:")).data["draft"]["answers"]["name"] == "Иванова Мария Петровна"


async def test_wrong_moments_are_told_and_asked_again(bench: Bench) -> None:
    await begin(bench, "Выявлен инцидент")
    for said, why in (
        ("31.11.2026 10:00", "не бывает"),
        ("вчера", "с точностью до минуты"),
        ("11.12.2026 10:00", "ещё не наступило"),
    ):
        bench.people.say(bench.boris, said, chat=bench.group, reply_to=dialog(bench))
        await bench.run()
        assert why in words(bench.said(bench.group)[-1])
        assert "1/3" in words(dialog(bench))


async def test_an_incident_counts_from_its_minute_and_acknowledges_nobody(bench: Bench) -> None:
    await begin(bench, "Выявлен инцидент")
    await says(bench, "09.12.2026 18:30")
    await says(bench, "Выгрузка клиентов лежит в открытом доступе")
    await presses(bench, dialog(bench), "Без файлов")
    await presses(bench, dialog(bench), "✅ Открыть заявку")
    clocks = {one.key: one.due_at.isoformat() for one in await Clock.all()}
    assert clocks["notify_authority"] == "2026-12-10T15:30:00+00:00"
    assert clocks["report_authority"] == "2026-12-12T15:30:00+00:00"
    assert await Outbox.filter(errand="acknowledgement").count() == 0
    assert "выявлено нами" in words(await bench.card())


async def test_an_order_counts_from_its_own_date(bench: Bench) -> None:
    await begin(bench, "Документ органа власти")
    await says(bench, "Тверской районный суд")
    await presses(bench, dialog(bench), "требование органа")
    await says(bench, "02-1234/2026")
    await says(bench, "01.12.2026")
    await says(bench, "08.12.2026 10:00")
    await says(bench, "28.12.2026")
    for _ in range(3):
        await presses(bench, dialog(bench), taps(dialog(bench))[0])
    await says(bench, "Предоставить сведения")
    await presses(bench, dialog(bench), "Без файлов")
    await presses(bench, dialog(bench), "✅ Открыть заявку")
    assert (await Clock.get()).due == date(2026, 12, 28)
    assert "№ 02-1234/2026 01.12.2026" in words(await bench.card())


async def test_a_purpose_reached_counts_thirty_days(bench: Bench) -> None:
    await begin(bench, "Достигнута цель обработки")
    await says(bench, "Соискатели 2026 года")
    await says(bench, "01.12.2026")
    await says(bench, "Подбор персонала закончен")
    await presses(bench, dialog(bench), "✅ Открыть заявку")
    assert (await Clock.get(key="destroy")).due == date(2026, 12, 31)


async def test_scans_come_along(bench: Bench) -> None:
    await begin(bench, "Визит")
    await says(bench, "Иванова Мария")
    for button in ("Неизвестно", "Неизвестно", "🕒 Только что"):
        await presses(bench, dialog(bench), button)
    await says(bench, WITHDRAWS)
    await presses(bench, dialog(bench), "▶️ Дальше")
    bench.people.send(bench.boris, "document", data=picture(1), name="скан.png", chat=bench.group, reply_to=dialog(bench))
    await bench.run()
    assert "скан.png" in words(dialog(bench))
    await presses(bench, dialog(bench), "▶️ Оставить и дальше")
    await presses(bench, dialog(bench), "✅ Открыть заявку")
    kept = await Attachment.get()
    assert (kept.name, (await Message.get(id=kept.message_id)).channel) == ("скан.png", "visit")


async def test_a_paper_letter_of_an_open_matter_becomes_a_way_of_it_and_the_earliest_receipt_counts(bench: Bench) -> None:
    await demand(
        bench,
        "consent_withdrawal",
        "stop_processing",
        named="Иванова Мария Петровна",
        channel="mail",
        answer_to="anna@example.ru",
    )
    before = await Clock.get(key="stop", demand__kind="stop_processing")
    await paper(bench, contacts="anna@example.ru")
    button = next(one for one in taps(dialog(bench)) if "К заявке" in one or "к заявке № 1" in one)
    assert await presses(bench, dialog(bench), button) == "📎 Зарегистрировано в заявке № 1."
    assert await Ticket.all().count() == 1
    after = await Clock.get(id=before.id)
    assert (before.due, after.due) == (date(2026, 12, 24), date(2026, 12, 21))
    card = words(await bench.card())
    assert "на бумаге" in card
    assert "первая попытка вручения" in card


@pytest.mark.parametrize("typed", ["/new", "/новая", "/туц", ".туц"])
async def test_the_command_is_known_in_russian_and_in_the_other_layout(bench: Bench, typed: str) -> None:
    bench.people.say(bench.boris, typed, chat=bench.group)
    await bench.run()
    assert "Бумажное письмо" in taps(bench.said(bench.group)[-1])
