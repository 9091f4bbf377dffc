"""Refusals in the topic: the demand, the ground and the reasons asked for one by one, or in one line; and closing with a reason."""

from dataclasses import replace

import pytest

from bot.callbacks import CloseTap, RefuseTap
from bot.postings.staff.cards import card_buttons
from bot.staff.commands import COMMANDS, help_html
from bot.staff.refusal import grounds_screen
from bot.text import MESSAGE_LIMIT, units
from desk.law import load_regime
from desk.terms import steps
from desk.ticket import clocks, endings
from desk.ticket.stated import CLOSING
from desk.views import cards
from models import Clock, Demand, Direction, History, Message, Outbox, Staff, TicketStatus
from models.store.connect import transaction
from tests.bot.bench import Bench, taps, words
from tests.bot.terms import demand, presses, writes
from tests.desk.people import THURSDAY, proof_of

WHY = "В переписке <есть> адреса соседей."


async def test_a_refusal_is_asked_for_step_by_step_and_told_with_its_ground(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    assert await presses(bench, await bench.card(), "🚫 Отказать") == "Выберите в теме."
    choice = bench.last(bench.group, topic)
    assert "п. 4 ч. 8 ст. 14 152-ФЗ — доступ нарушает права и законные интересы третьих лиц" in words(choice)
    assert len(taps(choice)) == 8
    assert "• 14-8-4 · п. 4 ч. 8" in words(choice)
    assert all(
        one.endswith("…") and one.rstrip("…").rpartition(" · ")[2] + " " in words(choice) for one in taps(choice) if "…" in one
    )
    button = next(one for one in taps(choice) if one.startswith("п. 4 ч. 8 ст. 14 ·"))
    assert await presses(bench, choice, button) == "Напишите в теме почему."
    assert words(choice) == "🚫 доступ к данным: п. 4 ч. 8 ст. 14 152-ФЗ"
    assert taps(choice) == []
    question = bench.last(bench.group, topic)
    assert words(question).startswith("Почему?")
    waiting = await writes(bench, WHY, topic, reply_to=question)
    assert words(waiting).startswith("🚫 Отказ уйдёт заявителю (Telegram)")
    assert taps(waiting) == ["↩️ Отменить"]
    assert (await Clock.get()).stopped_at is None
    await bench.later(seconds=11)
    told = bench.last(bench.chat_of(bench.anna))
    for part in (
        "Решение по вашему обращению № 1",
        "Получено: 10.12.2026 11:00 МСК",
        "В удовлетворении этого требования отказано.",
        "Основание: п. 4 ч. 8 ст. 14 152-ФЗ — доступ нарушает права и законные интересы третьих лиц.",
        WHY,
        "Роскомнадзор или в суд",
    ):
        assert part in words(told)
    assert [one["type"] for one in told.content["entities"]].count("blockquote") == 1
    assert (await Clock.get()).stopped_how == "refused: 14-8-4"
    assert words(waiting) == "✅ Отправлено (Telegram): отказ"
    card = words(await bench.card())
    assert "🚫 Отказано 10.12.2026: п. 4 ч. 8 ст. 14 152-ФЗ" in card
    assert "🚫 Ответить на запрос" in card
    assert "🚫 Отказать" not in taps(await bench.card())
    assert not await Message.filter(direction=Direction.NOTE).exists()


async def test_in_one_line_it_goes_at_once_and_undo_takes_it_back(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    waiting = await writes(bench, f"/refuse 14-8-4 {WHY}", topic)
    assert words(waiting).startswith("🚫 Отказ уйдёт")
    assert "уже отправляется" in words(await writes(bench, f"/refuse 14-8-4 {WHY}", topic))
    said = len(bench.said(bench.chat_of(bench.anna)))
    await presses(bench, waiting, "↩️ Отменить")
    await bench.later(minutes=1)
    assert len(bench.said(bench.chat_of(bench.anna))) == said
    assert (await Demand.get()).outcome == ""
    assert words(waiting) == "↩️ Отменено, не отправлено"


async def test_processing_that_goes_on_is_told_with_what_was_done(bench: Bench) -> None:
    topic = await demand(bench, "consent_withdrawal")
    await presses(bench, await bench.card(), "✓ Обработка прекращена")
    waiting = await writes(bench, "/refuse 6-1-5 Заказ № 15 ещё не выполнен.", topic)
    assert words(waiting).startswith("⚖️ Уведомление о продолжении обработки уйдёт")
    await bench.later(seconds=11)
    told = words(bench.last(bench.chat_of(bench.anna)))
    assert "Требование исполнено частично. В остальном обработка продолжается" in told
    assert "Что сделано:\n• Прекратить обработку: сделано 10 декабря 2026 г." in told
    assert "для исполнения договора с субъектом" in told
    assert "открытый заказ" not in told
    card = words(await bench.card())
    assert "⚖️ Обработка продолжается, сообщено 10.12.2026: п. 5 ч. 1 ст. 6 152-ФЗ" in card
    assert "✅ Прекратить обработку" in card


async def test_without_reasons_the_line_asks_for_them_and_another_law_must_be_named(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    question = await writes(bench, "/refuse other-law", topic)
    assert "назовите закон и статью" in words(question)
    assert "Назовите в причинах закон" in words(await writes(bench, "Так велит закон", topic, reply_to=question))
    waiting = await writes(bench, "Ст. 26 закона № 395-1", topic, reply_to=question)
    assert words(waiting).startswith("🚫 Отказ уйдёт")


async def test_of_several_demands_the_one_to_refuse_is_asked_for(bench: Bench) -> None:
    topic = await demand(bench, "consent_withdrawal", "stop_processing", "access_request")
    choice = await writes(bench, "/refuse", topic)
    assert taps(choice) == ["🚫 отзыв согласия", "🚫 прекращение обработки", "🚫 доступ к данным"]
    await presses(bench, choice, "🚫 доступ к данным")
    assert "Основания отказать" in words(choice)
    which = await writes(bench, "/refuse 6-1-5 Открытый заказ.", topic)
    assert taps(which) == ["🚫 отзыв согласия", "🚫 прекращение обработки"]
    await presses(bench, which, "🚫 прекращение обработки")
    await bench.later(seconds=11)
    assert (await Demand.get(kind="stop_processing")).outcome == "continued"
    assert (await Demand.get(kind="consent_withdrawal")).outcome == ""
    assert "Открытый заказ." in words(bench.last(bench.chat_of(bench.anna)))


async def test_what_has_no_ground_says_why_and_has_no_button(bench: Bench) -> None:
    topic = await demand(bench, "marketing_optout")
    assert "🚫 Отказать" not in taps(await bench.card())
    for line in ("/refuse", "/refuse 6-1-5 Нужно"):
        assert "ч. 2 ст. 15 152-ФЗ" in words(await writes(bench, line, topic))
    assert await Outbox.filter(errand="refusal").count() == 0


async def test_a_ground_of_another_kind_is_none_and_the_right_ones_are_named(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    said = words(await writes(bench, "/refuse 6-1-5 Нужно", topic))
    assert "«6-1-5» — не основание" in said
    assert "14-8-4" in said
    assert "не основание" in words(await writes(bench, "/refuse потому что не хотим", topic))


async def test_a_refusal_that_was_wrong_is_taken_back_by_a_button(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    await writes(bench, f"/refuse 14-8-4 {WHY}", topic)
    await bench.later(seconds=11)
    await writes(bench, "/close", topic)
    assert (await bench.ticket()).status == TicketStatus.CLOSED
    choice = await writes(bench, "/refuse", topic, who=bench.clara)
    assert taps(choice) == ["↩️ Отменить: доступ к данным"]
    assert await presses(bench, choice, "↩️ Отменить: доступ к данным") == "Отменено: сроки снова идут."
    assert "Борис отменяет отказ: доступ к данным" in words(choice)
    assert (await Clock.get()).stopped_at is None
    assert (await bench.ticket()).status == TicketStatus.OPEN
    assert "✓ Ответ дан" in taps(await bench.card())
    back = bench.people.tap(bench.boris, choice, RefuseTap(choice="back", demand=1).pack(), chat=bench.group)
    await bench.run()
    assert back.show_alert


async def test_forged_and_outdated_taps_refuse_nothing(bench: Bench) -> None:
    await demand(bench, "access_request")
    card = await bench.card()
    for data in (
        "refuse:ground:1:6-1-5",
        "refuse:ground:77:14-8-4",
        "refuse:ground:1:",
        "refuse:burn:1:14-8-4",
        "refuse:demand:77:",
        "close:1:because",
        "close:77:spam",
    ):
        press = bench.people.tap(bench.boris, card, data, chat=bench.group)
        await bench.run()
        assert press.show_alert, data
    assert not await Outbox.filter(errand="refusal").exists()
    assert (await bench.ticket()).status == TicketStatus.OPEN
    await proves(bench)
    late = bench.people.tap(bench.boris, card, RefuseTap(choice="ground", demand=1, ground="14-8-4").pack(), chat=bench.group)
    await bench.run()
    assert late.show_alert


async def test_a_stranger_who_taps_or_writes_the_command_refuses_and_closes_nothing(bench: Bench) -> None:
    await demand(bench, "access_request")
    bench.people.start(bench.mallory)
    await bench.run()
    theirs = bench.last(bench.chat_of(bench.mallory))
    for data in (RefuseTap(choice="ground", demand=1, ground="14-8-4").pack(), CloseTap(ticket=1, reason="spam").pack()):
        bench.people.tap(bench.mallory, theirs, data)
    bench.people.say(bench.mallory, "/refuse 14-8-4 Не хочу")
    await bench.run()
    assert not await Outbox.filter(errand="refusal").exists()
    assert (await bench.ticket()).status == TicketStatus.OPEN
    assert (await Clock.filter(ticket_id=1).get()).stopped_at is None


async def test_by_mail_the_refusal_leaves_as_a_letter(bench: Bench) -> None:
    topic = await demand(bench, "access_request", channel="mail", answer_to="anna@example.ru", mailbox="support@desk.example")
    waiting = await writes(bench, f"/refuse no-data {WHY}", topic)
    assert words(waiting).startswith("🚫 Отказ уйдёт заявителю (e-mail)")
    [row] = await Outbox.filter(errand="refusal")
    assert (row.channel, row.conversation) == ("mail", "mail:anna@example.ru")


async def test_long_reasons_reach_the_requester_whole(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    await writes(bench, f"/refuse 14-8-4\n{'причина ' * 480}", topic)
    await bench.later(seconds=11)
    assert " ".join(bench.texts(bench.chat_of(bench.anna))[-2:]).count("причина") == 480


@pytest.mark.parametrize("name", ["ru-152fz", "gdpr", "uk-gdpr"])
@pytest.mark.parametrize("language", ["ru", "en"])
async def test_the_grounds_of_every_kind_fit_a_message_and_their_buttons(bench: Bench, name: str, language: str) -> None:
    regime = load_regime(name)
    desk = replace(bench.desk, regime=regime, operator=replace(bench.desk.operator, languages=(language,)))
    for rule in regime.rules:
        html, rows = grounds_screen(desk, Demand(id=10**9, kind=rule.kind, rule_id=rule.id, rule_version=rule.version))
        assert units(html) <= MESSAGE_LIMIT
        assert len(rows) == len(rule.grounds)
        assert len({one["text"] for row in rows for one in row}) == len(rows)
        assert all(len(one["data"].encode()) <= 64 and units(one["text"]) <= 56 for row in rows for one in row)


async def test_refusing_works_in_a_group_without_topics(bench: Bench) -> None:
    bench.people.set_forum(bench.group, on=False)
    bench.people.say(bench.anna, "Прошу сообщить, какие мои персональные данные вы обрабатываете")
    await bench.run()
    card = await bench.card()
    bench.people.say(bench.boris, f"/refuse 14-8-4 {WHY}", chat=bench.group, reply_to=card)
    await bench.run()
    await bench.later(seconds=11)
    assert (await Demand.get(kind="access_request")).outcome == "refused"
    assert WHY in words(bench.last(bench.chat_of(bench.anna)))
    await presses(bench, card, "Закрыть")
    assert (await bench.ticket()).status == TicketStatus.CLOSED


# --- closing ---------------------------------------------------------------------------------------------------------


async def test_closing_over_running_terms_asks_why_and_keeps_the_reason(bench: Bench) -> None:
    topic = await demand(bench, "consent_withdrawal")
    question = await writes(bench, "/close", topic)
    assert "Эти сроки ещё идут:" in words(question)
    assert "Уничтожить данные" in words(question)
    assert "Почему они прекращаются?" in words(question)
    assert "/refuse" in words(question)
    assert taps(question)[:4] == [
        "Спам или отправлено по ошибке",
        "Заявитель отозвал заявку",
        "Дубль другой заявки",
        "Решено иначе",
    ]
    await presses(bench, question, "Заявитель отозвал заявку")
    assert words(question) == "✅ Закрыто: Борис. Заявитель отозвал заявку.\nБез исполнения: отзыв согласия."
    assert (await Demand.get()).ground == CLOSING["taken_back"]
    assert "🗑 Закрыто без исполнения 10.12.2026: Заявитель отозвал заявку" in words(await bench.card())
    assert (await History.filter(action="ticket closed").get()).actor == f"staff:{bench.boris.id}"


async def test_the_reason_may_be_a_reply_in_words(bench: Bench) -> None:
    topic = await demand(bench, "consent_withdrawal")
    question = await writes(bench, "/close", topic)
    done = await writes(bench, "Тот же человек, № 2", topic, reply_to=question)
    assert words(done) == "Закрыто. Без исполнения: отзыв согласия."
    assert {one.stopped_how for one in await Clock.all()} == {"closed: Тот же человек, № 2"}


async def test_one_line_closes_with_its_reason_and_reopening_brings_the_terms_back(bench: Bench) -> None:
    topic = await demand(bench, "consent_withdrawal")
    await writes(bench, "/close отправлено по ошибке", topic)
    assert (await bench.ticket()).status == TicketStatus.CLOSED
    await bench.later(days=1)
    await writes(bench, "/reopen", topic, who=bench.clara)
    assert [one.key for one in await clocks.running(await bench.ticket())] == ["stop", "destroy"]
    assert all(one.start_at == THURSDAY for one in await Clock.all())
    assert "✓ Данные уничтожены" in taps(await bench.card())


async def proves(bench: Bench) -> None:
    """Boris proves every obligatory step, each as its rule wants it."""
    boris, _ = await Staff.get_or_create(telegram_id=bench.boris.id, defaults={"name": "Борис", "seen_at": bench.now()})
    async with transaction():
        for one in await steps.left(bench.desk, await bench.ticket()):
            await steps.prove(bench.desk, one.demand, one.key, proof_of(one.wanted, bench.now()), boris, bench.now())


async def test_a_ticket_with_nothing_due_closes_at_once_and_opens_with_a_question(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    await proves(bench)
    await writes(bench, "/close", topic)
    assert (await bench.ticket()).status == TicketStatus.CLOSED
    await presses(bench, await bench.card(), "Открыть снова")
    [clock] = await clocks.running(await bench.ticket())
    assert (await Demand.get(id=clock.demand_id)).kind == "question"


async def test_an_old_button_that_closed_over_terms_asks_for_the_reason(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    bench.people.tap(bench.boris, await bench.card(), "card:force:1:0", chat=bench.group)
    await bench.run()
    assert "Почему они прекращаются?" in words(bench.last(bench.group, topic))
    assert (await bench.ticket()).status == TicketStatus.OPEN


async def test_the_card_has_one_more_button_and_help_names_the_command(bench: Bench) -> None:
    await demand(bench, "access_request")
    card = await cards.card(bench.desk, await bench.ticket(), bench.now())
    assert [one["text"] for one in card_buttons(card, "en")[0]] == ["🙋 Take", "🚫 Refuse", "Close"]
    assert "refuse" in COMMANDS
    assert "/refuse" in help_html("ru")
    assert endings.DECIDED == ("refused", "continued")
