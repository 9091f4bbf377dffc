"""Terms in the topic: extended, corrected, explained and planned, by commands and by buttons."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from bot.callbacks import ExtendTap, KindTap, WaitTap
from bot.format import KINDS
from bot.staff.commands import COMMANDS, help_html
from bot.staff.kinds import matches, offered, understood
from bot.staff.terms import pages
from bot.text import MESSAGE_LIMIT, units
from desk.errors import Refused
from desk.law import Reminding
from desk.ticket import clocks
from models import Clock, Demand, Direction, Message, Outbox, Registration
from tests.bot.bench import Bench, taps, words
from tests.bot.terms import demand, presses, writes
from tests.desk.people import make_desk

ANNAS_TERM = date(2026, 12, 24)
LONGER = date(2027, 1, 11)


# --- extension -------------------------------------------------------------------------------------------------------


async def test_an_extension_tells_the_requester_why_and_then_moves_the_date(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    waiting = await writes(bench, "/extend Архив <у> подрядчика", topic)
    assert words(waiting).startswith("⏳ Уведомление о продлении до 11.01.2027 уйдёт заявителю (Telegram)")
    assert (await Clock.get()).due == ANNAS_TERM
    await bench.later(seconds=11)
    notice = words(bench.last(bench.chat_of(bench.anna)))
    for part in (
        "Срок по вашему обращению № 1 продлён",
        "Получено: 10.12.2026 11:00 МСК",
        "Прежний срок: 24 декабря 2026 г.",
        "Новый срок: не позднее 11 января 2027 г.",
        "ч. 1 ст. 20 152-ФЗ",
        "Архив <у> подрядчика",
        "Роскомнадзор или в суд",
    ):
        assert part in notice
    quoted = [one for one in bench.last(bench.chat_of(bench.anna)).content["entities"] if one["type"] == "blockquote"]
    assert len(quoted) == 1
    assert (await Clock.get()).due == LONGER
    assert words(waiting) == "✅ Отправлено (Telegram): продление"
    assert "11.01.2027" in words(await bench.card())
    assert not any("Продлить" in one for one in taps(await bench.card()))
    refusal = await writes(bench, "/extend Ещё немного", topic)
    assert "ч. 1 ст. 20 152-ФЗ" in words(refusal)
    assert "уже продлён" in words(refusal)


async def test_an_extension_taken_back_in_time_is_not_told(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    said = len(bench.said(bench.chat_of(bench.anna)))
    waiting = await writes(bench, "/extend Архив", topic)
    assert taps(waiting) == ["↩️ Отменить"]
    await presses(bench, waiting, "↩️ Отменить")
    await bench.later(minutes=1)
    assert len(bench.said(bench.chat_of(bench.anna))) == said
    assert (await Clock.get()).due == ANNAS_TERM
    assert words(await writes(bench, "/extend Всё-таки архив", topic)).startswith("⏳")


async def test_the_button_of_the_card_asks_for_the_reasons_and_the_answer_extends(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    button = next(one for one in taps(await bench.card()) if "Продлить" in one)
    assert await presses(bench, await bench.card(), button) == "Напишите в теме почему."
    question = bench.last(bench.group, topic)
    assert words(question).startswith("Почему нужно больше времени?")
    await writes(bench, "Архив у подрядчика", topic, reply_to=question)
    await bench.later(seconds=11)
    assert (await Clock.get()).due == LONGER
    assert await Message.filter(direction=Direction.NOTE).count() == 0


async def test_where_the_law_knows_no_extension_there_is_no_button_and_a_refusal_with_the_article(bench: Bench) -> None:
    topic = await demand(bench, "consent_withdrawal")
    assert not any("Продлить" in one for one in taps(await bench.card()))
    assert "152-ФЗ" in words(await writes(bench, "/extend Долго", topic))
    assert "продлить нельзя" in words(bench.last(bench.group, topic))
    assert "продлить нельзя" in words(await writes(bench, "/extend", topic))
    assert await Outbox.filter(errand="extension").count() == 0


async def test_after_the_term_nothing_is_extended(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    await bench.later(days=40)
    assert "истёк" in words(await writes(bench, "/extend Архив", topic))
    assert (await Clock.get()).due == ANNAS_TERM


async def test_of_several_terms_the_one_to_extend_is_asked_for(bench: Bench) -> None:
    topic = await demand(bench, "access_request", "stop_processing")
    question = await writes(bench, "/extend Архив", topic)
    assert words(question) == "Какой срок продлить?"
    assert len(taps(question)) == 2
    await presses(bench, question, taps(question)[1])
    assert taps(question) == []
    await bench.later(seconds=11)
    assert await Clock.filter(times_extended=1).count() == 1
    assert "Архив" in words(bench.last(bench.chat_of(bench.anna)))


async def test_long_reasons_reach_the_requester_whole(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    reason = "причина " * 480
    await writes(bench, f"/extend {reason}", topic)
    await bench.later(seconds=11)
    got = " ".join(bench.texts(bench.chat_of(bench.anna))[-2:])
    assert got.count("причина") == 480
    assert (await Clock.get()).due == LONGER


async def test_a_requester_who_blocked_the_bot_keeps_the_date_where_it_was(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    bench.people.block(bench.anna)
    await bench.run()
    await writes(bench, "/extend Архив", topic)
    await bench.later(seconds=11)
    assert (await Clock.get()).due == ANNAS_TERM
    assert any(one.startswith("🔴 Не отправлено") for one in bench.texts(bench.group, topic))


# --- kinds -----------------------------------------------------------------------------------------------------------


async def _kinds() -> list[str]:
    return [one.kind for one in await Demand.filter(closed_at__isnull=True).order_by("kind")]


async def test_a_misread_kind_is_replaced_by_name_and_counts_from_the_receipt(bench: Bench) -> None:
    topic = await demand(bench, "question")
    bench.now.forward(days=2)
    said = await writes(bench, "/kind доступ", topic)
    assert words(said) == "🏷 Теперь «доступ к данным» вместо «вопрос». Сроки считаются от того же получения."
    assert await _kinds() == ["access_request"]
    assert [one.due for one in await clocks.running(await bench.ticket())] == [ANNAS_TERM]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("/kind +претензия", ["access_request", "claim", "marketing_optout"]),
        ("/kind -доступ", ["marketing_optout"]),
        ("/kind доступ уточнение", ["marketing_optout", "rectification"]),
        ("/kind access, claim", ["claim", "marketing_optout"]),
        ("/kind реклам -> blocking_request", ["access_request", "blocking_request"]),
    ],
)
async def test_kinds_are_added_taken_away_and_swapped_by_a_part_of_their_names(bench: Bench, said: str, kept: list[str]) -> None:
    topic = await demand(bench, "access_request", "marketing_optout")
    await writes(bench, said, topic)
    assert await _kinds() == kept


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("/kind роскомнадзор", "подходит к нескольким видам"),
        ("/kind чепуха", "не один из видов"),
        ("/kind уточнение", "какое заменить"),
        ("/kind -чепуха", "не один из видов"),
        ("/kind +доступ", "уже есть"),
    ],
)
async def test_what_is_not_clear_is_refused_in_words(bench: Bench, said: str, answer: str) -> None:
    topic = await demand(bench, "access_request", "marketing_optout")
    assert answer in words(await writes(bench, said, topic))
    assert await _kinds() == ["access_request", "marketing_optout"]


async def test_kinds_are_corrected_by_buttons(bench: Bench) -> None:
    topic = await demand(bench, "question")
    menu = await writes(bench, "/kind", topic)
    assert "• вопрос — определила программа" in words(menu)
    await presses(bench, menu, "🔁 вопрос")
    assert "вопрос" not in taps(menu)
    await presses(bench, menu, "← Назад")
    await presses(bench, menu, "➕ Добавить")
    await presses(bench, menu, "доступ к данным")
    assert await _kinds() == ["access_request", "question"]
    assert words(menu).startswith("🏷 Добавлено")
    again = await writes(bench, "/kind", topic)
    await presses(bench, again, "➖ вопрос")
    assert await _kinds() == ["access_request"]
    late = await presses(bench, await writes(bench, "/kind", topic), "🔁 доступ к данным")
    assert late == ""


def test_every_kind_is_found_by_each_of_its_names_and_buttons_fit(tmp_path) -> None:
    desk = make_desk(tmp_path)
    for kind in offered(desk):
        assert matches(kind, offered(desk), desk) == [kind]
        assert len(KindTap(choice="menu", ticket=10**9, old=10**9, new=kind).pack().encode()) <= 64
        assert kind in KINDS
    assert len(WaitTap(choice="tomorrow", reply=10**15).pack()) <= 64
    assert len(ExtendTap(clock=10**15).pack()) <= 64


def test_a_name_of_two_words_is_one_kind(tmp_path) -> None:
    desk = make_desk(tmp_path)
    assert understood("consent withdrawal", ["question"], offered(desk), desk) == ("question", "consent_withdrawal")
    with pytest.raises(Refused):
        understood("+", ["question"], offered(desk), desk)


# --- what terms count from -------------------------------------------------------------------------------------------


async def test_the_date_of_a_document_opens_its_term(bench: Bench) -> None:
    topic = await demand(bench, "rkn_order")
    assert (await bench.ticket()).due_at is None
    question = await writes(bench, "/term", topic)
    said = await writes(bench, "25.12", topic, reply_to=question)
    assert words(said) == "📅 Срок по документу — 25.12.2026."
    assert (await Clock.get(key="comply")).due == date(2026, 12, 25)
    assert "не дата" in words(await writes(bench, "/term скоро", topic))


async def test_a_ticket_without_a_document_has_no_such_date(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    assert "документ" in words(await writes(bench, "/term 25.12.2026", topic))
    assert (await Clock.get()).due == ANNAS_TERM


async def test_an_earlier_paper_letter_moves_the_terms_and_a_later_one_does_not(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    said = await writes(bench, "/letter 8.12 16:30 То же на бумаге", topic)
    assert words(said).startswith("📮 Бумажное письмо от 08.12.2026 записано. Оно пришло раньше")
    assert (await Clock.get()).due == date(2026, 12, 22)
    paper = await Message.get(channel="paper")
    assert (paper.text, paper.at) == ("То же на бумаге", datetime(2026, 12, 8, 13, 30, tzinfo=UTC))
    assert "Сроки прежние" in words(await writes(bench, "/letter сегодня", topic))
    assert (await Clock.get()).due == date(2026, 12, 22)


@pytest.mark.parametrize(
    ("said", "attempted", "handed", "came", "text"),
    [
        ("/letter 8.12 16:30, попытка 5.12 14:00 | То же", (5, 11, 0), (8, 13, 30), (5, 11, 0), "То же"),
        (
            "/letter попытка вручения: 05.12.2026 14:00, вручено 08.12.2026 16:30\nТо же",
            (5, 11, 0),
            (8, 13, 30),
            (5, 11, 0),
            "То же",
        ),
        ("/letter 08.12.2026 16:30 attempt 2026-12-05 14:00 | The same", (5, 11, 0), (8, 13, 30), (5, 11, 0), "The same"),
        ("/letter попытка 5 декабря 14:00", (5, 11, 0), None, (5, 11, 0), ""),
        ("/letter первая попытка была 05.12 в 14:00; 8.12 16:30; То же", (5, 11, 0), (8, 13, 30), (5, 11, 0), "То же"),
        ("/letter вчера 16:30 Попытка связаться была", None, (9, 13, 30), (9, 13, 30), "Попытка связаться была"),
    ],
)
async def test_both_moments_of_a_paper_letter_are_kept_and_the_earlier_counts(
    bench: Bench, said: str, attempted: tuple[int, ...] | None, handed: tuple[int, ...] | None, came: tuple[int, ...], text: str
) -> None:
    def at(told: tuple[int, ...] | None) -> datetime | None:
        return datetime(2026, 12, *told, tzinfo=UTC) if told else None

    topic = await demand(bench, "access_request")
    assert words(await writes(bench, said, topic)).startswith("📮 Бумажное письмо от ")
    row = await Registration.get()
    assert (row.attempted_at, row.handed_over_at, row.came_at) == (at(attempted), at(handed), at(came))
    assert (await Message.get(channel="paper")).text == text


async def test_a_letter_handed_over_before_it_was_tried_is_refused(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    assert "раньше первой попытки" in words(await writes(bench, "/letter 5.12 16:30, попытка 8.12 14:00", topic))
    assert not await Registration.exists()


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("/letter 20.12.2026", "будущем"),
        ("/letter вчера 25:00", "Такого времени"),
        ("/letter письмо пришло", "Напишите, когда пришло"),
    ],
)
async def test_a_paper_letter_without_a_possible_moment_is_refused(bench: Bench, said: str, answer: str) -> None:
    topic = await demand(bench, "access_request")
    assert answer in words(await writes(bench, said, topic))
    assert await Message.filter(channel="paper").count() == 0


async def test_a_scan_of_the_paper_letter_is_kept_with_it(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    bench.people.send(
        bench.boris, "document", b"%PDF scan", name="Письмо.pdf", caption="/letter 8.12 Скан", chat=bench.group, topic=topic
    )
    await bench.run()
    assert await Message.filter(channel="paper").count() == 1
    note = await Message.get(direction=Direction.NOTE).prefetch_related("attachments")
    assert [one.name for one in note.attachments] == ["Письмо.pdf"]


async def test_an_impossible_destruction_goes_on_for_six_months(bench: Bench) -> None:
    topic = await demand(bench, "consent_withdrawal")
    said = await writes(bench, "/impossible Резервные копии", topic)
    assert "до 10.06.2027" in words(said)
    assert "152-ФЗ" in words(said)
    assert "destruction_impossible" in await _kinds()
    other = await demand(bench, "access_request")
    assert other != topic
    assert "лишь для некоторых требований" in words(await writes(bench, "/impossible Лень", other))


# --- looking ---------------------------------------------------------------------------------------------------------


async def test_why_explains_every_date_day_by_day(bench: Bench) -> None:
    topic = await demand(bench, "access_request", "rkn_order")
    said = words(await writes(bench, "/why", topic))
    assert "Ответить на запрос" in said
    assert "рабоч" in said
    assert "введите дату из документа" in said


def test_long_explanations_are_cut_between_lines_and_nothing_is_lost() -> None:
    sections = [(f"Раздел {number}", [f"строка <{number}.{line}> " + "слово " * 12 for line in range(30)]) for number in range(6)]
    found = pages(sections)
    assert len(found) > 1
    assert all(
        units(page.replace("&lt;", "<").replace("&gt;", ">").replace("<b>", "").replace("</b>", "")) <= MESSAGE_LIMIT
        for page in found
    )
    joined = "\n".join(found)
    assert all(f"&lt;{number}.{line}&gt;" in joined for number in range(6) for line in range(30))


async def test_the_plan_shows_every_coming_reminder_and_due_in_a_topic_is_the_plan(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    said = words(await writes(bench, "/plan", topic))
    assert "Сегодня надёжный срок · Ответить на запрос" in said
    assert "24.12.2026 09:00" in said
    assert words(await writes(bench, "/due", topic)) == said
    bench.people.say(bench.boris, "/due", chat=bench.group)
    await bench.run()
    assert "№ 1" in bench.texts(bench.group)[-1]


async def test_the_plan_shows_what_the_operator_chose_and_its_quiet_hours(bench: Bench) -> None:
    chosen = replace(bench.desk.counting, reminding=Reminding(("wd7",), (time(17), time(10))))
    object.__setattr__(bench.desk, "counting", chosen)
    topic = await demand(bench, "access_request")
    said = words(await writes(bench, "/plan", topic))
    assert "14.12.2026 10:00 Осталось 7 рабочих дней · Ответить на запрос" in said
    assert "24.12.2026 17:00 Срок истекает сейчас" in said
    assert "Осталось 5" not in said
    assert "Тихие часы: 17:00–10:00 и выходные." in said


async def test_a_closed_ticket_plans_nothing(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    await presses(bench, await bench.card(), "Закрыть")
    await presses(bench, bench.last(bench.group, topic), "Решено иначе")
    assert "напоминаний не будет" in words(await writes(bench, "/plan", topic, who=bench.clara))
    assert "Ни один срок" in words(await writes(bench, "/extend Архив", topic, who=bench.clara))


@pytest.mark.parametrize(("language", "word"), [("ru", "продлить срок"), ("en", "extend a term")])
def test_help_names_every_command_in_both_languages(language: str, word: str) -> None:
    said = help_html(language)
    assert word in said
    assert all(f"/{name} " in said for name in COMMANDS)


@pytest.mark.parametrize("command", ["extend", "kind", "term", "letter", "impossible", "why", "plan", "later завтра", "hold"])
async def test_outside_a_topic_the_commands_say_where_to_write_them(bench: Bench, command: str) -> None:
    bench.people.say(bench.boris, f"/{command} слова", chat=bench.group)
    await bench.run()
    assert "в теме заявки" in bench.texts(bench.group)[-1]


@pytest.mark.parametrize("data", ["extend:1", "wait:now:1", "wait:release:1", "kind:set:1:1:claim", "card:extend:1:1"])
async def test_forged_taps_of_strangers_do_nothing(bench: Bench, data: str) -> None:
    topic = await demand(bench, "access_request")
    await writes(bench, "/hold Ответ", topic)
    bench.people.start(bench.mallory)
    await bench.run()
    before = len(bench.said(bench.group))
    bench.people.tap(bench.mallory, bench.last(bench.chat_of(bench.mallory)), data)
    await bench.later(minutes=1)
    assert len(bench.said(bench.group)) == before
    assert await _kinds() == ["access_request"]
    assert await Outbox.filter(errand__in=["reply", "extension"], state="sent").count() == 0


async def test_a_card_of_several_demands_has_no_two_terms_or_buttons_of_the_same_words(bench: Bench) -> None:
    await demand(bench, "consent_withdrawal", "stop_processing", "rectification", "access_request", "marketing_optout")
    card = await bench.card()
    buttons = taps(card)
    assert len(buttons) == len(set(buttons))
    assert "✓ отзыв согласия: обработка прекращена" in buttons
    assert "✓ прекращение обработки: обработка прекращена" in buttons
    assert "✓ Рассылка прекращена" in buttons
    assert "⚡️ Прекратить обработку (отзыв согласия) — немедленно" in words(card)
    assert "🗓 Прекратить обработку (прекращение обработки) — до 24.12.2026" in words(card)


async def test_a_card_never_leaves_out_what_runs_for_what_is_over(bench: Bench) -> None:
    topic = await demand(bench, "consent_withdrawal", "stop_processing", "rectification", "access_request", "marketing_optout")
    await writes(bench, "/kind +претензия", topic)
    await writes(bench, "/impossible Резервные копии", topic)
    card = words(await bench.card())
    assert "Уничтожить данные" not in card
    assert "… и ещё 2 срока" in card


async def test_the_plan_says_what_is_left_out_and_one_moment_once(bench: Bench) -> None:
    topic = await demand(bench, "consent_withdrawal", "stop_processing", "rectification", "access_request", "marketing_optout")
    said = words(await writes(bench, "/plan", topic))
    assert "Прекратить обработку; Ответить на запрос" in said
    days = [line[:16] + line.partition(" · ")[0][16:] for line in said.splitlines() if line[2:3] == "."]
    assert len(days) == len(set(days))
    assert len(days) <= 30


async def test_later_and_note_without_words_say_how_they_are_written(bench: Bench) -> None:
    topic = await demand(bench, "access_request")
    assert "/later завтра 10:00" in words(await writes(bench, "/later", topic))
    assert "/note текст" in words(await writes(bench, "/note", topic))
    assert not await Message.filter(direction=Direction.NOTE).exists()


async def test_a_requester_with_several_dates_reads_what_each_is_for_the_earliest_first(bench: Bench) -> None:
    topic = await demand(bench, "consent_withdrawal", "stop_processing")
    told = next(one for one in bench.texts(bench.chat_of(bench.anna)) if "обращение принято" in one)
    assert "⚡️ Действуем немедленно.\n🗓 Не позднее 24 декабря 2026 г. — прекратить обработку\n🗓 Не позднее" in told
    assert told.partition("\n🗓 Не позднее")[2].count("уничтожить данные") == 1
    asked = words(await writes(bench, "/close", topic))
    assert "• Прекратить обработку (отзыв согласия) — немедленно" in asked
    assert "• Прекратить обработку (прекращение обработки) — 24.12.2026" in asked


async def test_the_day_of_the_proof_is_entered_given_a_reason_and_taken_back(bench: Bench) -> None:
    topic = await demand(bench, "rectification")
    strict = (await Clock.get(key="correct")).due
    await bench.later(days=5)
    assert "строгий вариант" in words(await writes(bench, "/proofs 14.12.2026", topic))
    assert (await Clock.get(key="correct")).due == strict
    assert "Подтверждение получено 14.12" in words(await bench.card())
    assert "считаются от неё" in words(await writes(bench, "/proofs 14.12.2026 Документы пришли позже", topic))
    assert (await Clock.get(key="correct")).due > strict
    assert "Дата снята" in words(await writes(bench, "/proofs -", topic))
    assert (await Clock.get(key="correct")).due == strict
    assert "не считается" in words(await writes(bench, "/detected 14.12.2026 10:00", topic))
