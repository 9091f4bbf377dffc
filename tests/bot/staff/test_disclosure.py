"""What the gate stopped, /verify and /mandate in the staff group, over the sandbox's Telegram."""

from datetime import timedelta

import pytest

from bot.staff.mandate import shown_in
from bot.staff.verifying import facts_in
from desk.disclosure.mandates import Document
from desk.errors import Refused
from desk.reminders import sweep
from models import History, Level, Mandate, Ticket, Verification
from tests.bot.bench import Bench, taps, words

PHONE = "Мы храним номер +7 916 765-43-21"


async def answered(bench: Bench, topic: int, text: str) -> None:
    bench.people.say(bench.boris, f"/reply {text}", chat=bench.group, topic=topic)
    await bench.run()
    await bench.later(seconds=11)


def got(bench: Bench) -> str:
    return bench.texts(bench.chat_of(bench.anna))[-1]


async def test_an_answer_with_personal_data_waits_and_staff_see_why(bench: Bench) -> None:
    topic = await bench.anna_asks()
    await answered(bench, topic, PHONE)
    assert PHONE not in got(bench)
    asked = bench.last(bench.group, topic)
    assert "номер телефона" in words(asked)
    assert "Получатель: " in words(asked)
    assert taps(asked)[0] == "✅ Ложная тревога: персональных данных нет"
    assert "1 ответ ждёт решения" in words(await bench.card())


async def test_a_false_alarm_costs_one_tap(bench: Bench) -> None:
    topic = await bench.anna_asks()
    await answered(bench, topic, "Ваш паспорт 4510 123456")
    asked = bench.last(bench.group, topic)
    assert [one for one in taps(asked) if "не отправлять" in one.lower()]
    assert len(taps(asked)) == 2
    bench.people.press(bench.boris, asked, "✅ Ложная тревога: персональных данных нет", chat=bench.group)
    await bench.run()
    await bench.later(seconds=11)
    assert got(bench).endswith("4510 123456")
    told = await History.get(action="disclosure overridden")
    assert (told.actor, told.details["false_alarm"]) == (f"staff:{bench.boris.id}", True)


async def test_a_reason_in_words_lets_it_go_but_no_passport(bench: Bench) -> None:
    topic = await bench.anna_asks()
    await answered(bench, topic, "Ваш паспорт 4510 123456")
    bench.people.say(bench.boris, "Она просила", chat=bench.group, topic=topic, reply_to=bench.last(bench.group, topic))
    await bench.later(minutes=5)
    assert "4510" not in got(bench)
    assert "не отправляется" in bench.texts(bench.group, topic)[-1]


async def test_what_was_stopped_is_taken_back(bench: Bench) -> None:
    topic = await bench.anna_asks()
    await answered(bench, topic, PHONE)
    asked = bench.last(bench.group, topic)
    false_alarm = (asked.markup or {})["inline_keyboard"][0][0]["callback_data"]
    bench.people.press(bench.clara, asked, "🗑 Не отправлять", chat=bench.group)
    await bench.later(minutes=5)
    assert PHONE not in got(bench)
    assert "отменил" in words(bench.group.messages[asked.id])
    bench.people.tap(bench.boris, asked, false_alarm, chat=bench.group)
    await bench.later(minutes=5)
    assert PHONE not in got(bench)


async def test_an_answer_that_staff_mark_waits(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.say(bench.boris, "/данные Кличка собаки: Рекс", chat=bench.group, topic=topic)
    await bench.later(minutes=1)
    assert "Рекс" not in got(bench)
    assert "по вашей отметке" in bench.texts(bench.group, topic)[-1]


async def test_verify_by_taps_lets_what_waited_go_and_is_taken_back(bench: Bench) -> None:
    topic = await bench.anna_asks()
    await answered(bench, topic, PHONE)
    bench.people.say(bench.boris, "/verify", chat=bench.group, topic=topic)
    await bench.run()
    screen = bench.last(bench.group, topic)
    for tap in ("☐ номер договора", "☐ дата рождения", "✅ Записать"):
        bench.people.press(bench.boris, screen, tap, chat=bench.group)
        await bench.run()
        screen = bench.group.messages[screen.id]
    assert "сверил(а): номер договора, дата рождения" in words(screen)
    check = await Verification.get()
    assert (check.level, check.compared, check.by) == (Level.STAFF, ["contract", "birth"], f"staff:{bench.boris.id}")
    await bench.later(seconds=11)
    assert got(bench).endswith(PHONE)
    assert "подтверждено сотрудником" in words(await bench.card()).lower() or "🪪" in words(await bench.card())
    bench.people.say(bench.clara, "/проверить -", chat=bench.group, topic=topic)
    await bench.run()
    assert (await Verification.get()).taken_back_by == f"staff:{bench.clara.id}"
    await answered(bench, topic, PHONE + "!")
    assert not got(bench).endswith("!")


@pytest.mark.parametrize(
    ("said", "facts"),
    [
        ("договор, дата рождения", ("contract", "birth")),
        ("номер договора и номер заказа", ("contract", "order")),
        ("паспорт", ("document",)),
        ("contract number; date of birth", ("contract", "birth")),
        ("звонок", ("phone",)),
        ("лично", ("visit",)),
        ("логин, ЭП", ("account", "signature")),
    ],
)
def test_facts_are_named_in_words(said: str, facts: tuple[str, ...]) -> None:
    assert facts_in(said) == facts


@pytest.mark.parametrize("said", ["паспорт 4510 123456", "договор 77", "дата рождения 12.03.1985", "борода"])
def test_values_and_what_is_no_fact_are_refused(said: str) -> None:
    with pytest.raises(Refused):
        facts_in(said)


async def test_values_are_not_kept(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.say(bench.boris, "/verify паспорт 4510 123456", chat=bench.group, topic=topic)
    await bench.run()
    assert not await Verification.exists()
    assert "без самих значений" in bench.texts(bench.group, topic)[-1]


@pytest.mark.parametrize(
    ("said", "document", "number", "until", "scope"),
    [
        ("доверенность № 77 АВ 123456 от 01.10.2026 до 01.10.2027, получение сведений", "power", "77 АВ 123456", "2027-10-01", "получение сведений"),
        ("ордер № 15 от 01.12.2026", "order", "15", None, ""),
        ("Ордер адвоката N 15/26 от 2026-12-01 до 2027-01-31", "order", "15/26", "2027-01-31", ""),
        ("свидетельство о рождении № 123456 от 05.05.2017", "birth", "123456", None, ""),
        ("power of attorney no. 12 of 01.10.2026 until 01.10.2027", "power", "12", "2027-10-01", ""),
        ("опека, акт № 5 от 01.02.2020", "guardianship", "5", None, ""),
    ],
)  # fmt: skip
def test_a_document_is_read_from_one_line(said: str, document: str, number: str, until: str | None, scope: str) -> None:
    shown = shown_in(said)
    assert (shown.document, shown.number, shown.scope) == (Document(document), number, scope)
    assert (shown.until.isoformat() if shown.until else None) == until


async def test_a_representative_gets_nothing_before_their_document_is_checked_nor_after_its_end(bench: Bench) -> None:
    topic = await bench.anna_asks()
    await Ticket.all().update(represented={"name": "Мария Петрова", "basis": "доверенность"})
    bench.people.say(bench.boris, "/verify лично", chat=bench.group, topic=topic)
    await bench.run()
    await answered(bench, topic, PHONE)
    assert PHONE not in got(bench)
    assert "документ о полномочиях не проверен" in bench.texts(bench.group, topic)[-1]
    until = (bench.now() + timedelta(days=10)).strftime("%d.%m.%Y")
    bench.people.say(bench.boris, f"/mandate доверенность № 1 от 01.12.2026 до {until}", chat=bench.group, topic=topic)
    await bench.run()
    await bench.later(seconds=11)
    assert got(bench).endswith(PHONE)
    await bench.later(days=4)
    await sweep.sweep(bench.desk, bench.now())
    await bench.run()
    assert any(f"действует до {until}" in one for one in bench.texts(bench.group, topic))
    await bench.later(days=8)
    await sweep.sweep(bench.desk, bench.now())
    await answered(bench, topic, PHONE + "!")
    assert not got(bench).endswith("!")
    assert any(f"действовал до {until}" in one for one in bench.texts(bench.group, topic))
    assert (await Mandate.get()).remind_at is None


async def test_the_missing_document_is_asked_for_by_a_tap(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.say(bench.boris, "/mandate", chat=bench.group, topic=topic)
    await bench.run()
    screen = bench.last(bench.group, topic)
    bench.people.press(bench.boris, screen, "Адвокат", chat=bench.group)
    await bench.run()
    bench.people.press(bench.boris, bench.group.messages[screen.id], "✉️ Запросить документ", chat=bench.group)
    await bench.run()
    await bench.later(seconds=11)
    assert "пришлите, пожалуйста, ордер" in got(bench)
    assert "Копия паспорта" in got(bench)
    assert "Адвокат — документ не проверен" in words(await bench.card())


async def test_a_child_who_writes_is_seen_and_one_tap_opens_the_unlawful_processing(bench: Bench) -> None:
    topic = await bench.anna_asks("Мне 12 лет, удалите мой аккаунт")
    asked = next(one for one in bench.said(bench.group, topic) if words(one).startswith("🧒"))
    assert taps(asked) == ["➕ Неправомерная обработка", "✉️ Попросить написать родителя", "Не несовершеннолетний"]
    bench.people.press(bench.boris, asked, "➕ Неправомерная обработка", chat=bench.group)
    await bench.run()
    assert "неправомерн" in words(await bench.card()).lower()
    assert "до 14 лет" in words(await bench.card())


async def test_a_parent_is_asked_for_by_a_tap_and_a_mistake_is_corrected(bench: Bench) -> None:
    topic = await bench.anna_asks("Мне 16 лет, отзываю согласие")
    asked = next(one for one in bench.said(bench.group, topic) if words(one).startswith("🧒"))
    assert "➕ Неправомерная обработка" not in taps(asked)
    bench.people.press(bench.boris, asked, "Не несовершеннолетний", chat=bench.group)
    await bench.run()
    assert (await Ticket.get()).minor == ""
