"""Processors and destruction in the topic: the list and its taps, answers, the form of an act, and the signed act."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from desk import contents
from desk.context import Processor, System
from desk.deed import drafting
from desk.flow import settling
from desk.flow.intake import take
from desk.ports import Delivered, Sender, Sent
from mail.letters import render
from models import Destruction, Inbound, Instruction, Level, Message, Outbox, Step, Ticket
from models.store.connect import transaction
from sandbox.telegram import Chat, TelegramServer
from sandbox.telegram import Message as Posting
from tests.bot.bench import Bench, taps, words
from tests.desk.people import Now, letter, make_desk

DELIVERY = Processor("ООО «Доставка»", "г. Москва", "privacy@delivery.example", data_categories=("имя",))
ARCHIVE = Processor("ООО «Архив»", "г. Пермь")
REVIEWS = Processor("ООО «Отзывы»", email="legal@reviews.example", publishes=True)
SITE, PAPERS = System("Сайт", ("имя", "телефон")), System("Заявления", ("имя",), paper=True)


@pytest.fixture
async def bench(db: object, tmp_path: Path, now: Now, server: TelegramServer) -> AsyncIterator[Bench]:
    world = server.world
    people = {name: world.add_person(name) for name in ("anna", "boris", "clara", "mallory")}
    group: Chat = world.add_group("Заявки", forum=True, owner=people["clara"], members=[people["boris"]])
    desk = make_desk(
        tmp_path,
        staff_chat=group.id,
        managers=frozenset({people["clara"].id}),
        processors=(DELIVERY, ARCHIVE, REVIEWS),
        systems=(SITE, PAPERS),
        undo=timedelta(0),
    )
    made = Bench(server, desk, now, group, people)
    yield made
    await made.close()


async def arrives(bench: Bench, incoming: object, number: int) -> None:
    """A letter comes in, without a mailbox."""
    row = await Inbound.create(
        channel="mail", source="mail:x", position=number, conversation="mail:x", received_at=bench.now(), stored_at=bench.now(),
        size=1, next_try_at=bench.now(), state="done",
    )  # fmt: skip
    async with transaction():
        await take(bench.desk, incoming, row, bench.now())
    await bench.run()


async def withdrawal(bench: Bench, *kinds: str) -> int:
    await arrives(bench, letter(bench.now(), kinds=kinds or ("consent_withdrawal",)), 1)
    await drafting.draft(bench.desk, bench.now())
    await bench.run()
    return await bench.topic()


def listed(bench: Bench, topic: int) -> Posting:
    """The list that stands in the topic."""
    return next(one for one in reversed(bench.said(bench.group, topic)) if "Обработчики:" in words(one) and taps(one))


async def presses(bench: Bench, message: Posting, start: str) -> str:
    text = next(one for one in taps(message) if one.startswith(start))
    press = bench.people.press(bench.boris, message, text, chat=bench.group)
    await bench.run()
    return press.text or ""


async def says(bench: Bench, topic: int, text: str, to: Posting | None = None) -> None:
    bench.people.say(bench.boris, text, chat=bench.group, topic=topic, reply_to=to.id if to else None)
    await bench.run()


async def mails(bench: Bench) -> list[Outbox]:
    return await Outbox.filter(errand="instruction").order_by("id")


async def told(bench: Bench) -> None:
    """What waits for the mail is handed over."""
    for row in await Outbox.filter(errand="instruction", state="waiting"):
        sent = Delivered((Sent(row.content["to"], row.content["message_id"], "letter"),))
        async with transaction():
            await settling.sent(bench.desk, row, sent, bench.now())
    await bench.run()


async def test_the_list_stands_in_the_topic_with_what_each_is_told_and_a_tap_for_each(bench: Bench) -> None:
    topic = await withdrawal(bench)
    shown = listed(bench, topic)
    said = words(shown)
    assert "Обработчики: подтвердили 0 из 2" in said
    assert "ООО «Доставка» · прекратить обработку, уничтожить" in said
    assert "письмо на privacy@delivery.example готово" in said
    assert "нет адреса почты этого обработчика" in said
    assert "Анна Петрова\nanna@example.org" in said
    assert taps(shown) == [
        "📨 ООО «Доставка»",
        "➖ Не касается: ООО «Доставка»",
        "📄 ООО «Архив»",
        "➖ Не касается: ООО «Архив»",
        "✏️ О ком письмо",
        "➕ ООО «Отзывы»",
    ]
    assert await mails(bench) == []


async def test_of_two_letters_to_one_processor_each_button_says_which(bench: Bench) -> None:
    topic = await withdrawal(bench, "consent_withdrawal", "rectification")
    shown = listed(bench, topic)
    assert len(set(taps(shown))) == len(taps(shown))
    assert "➖ Не касается: ООО «Доставка» · уточнить" in taps(shown)
    await presses(bench, shown, "➖ Не касается: ООО «Доставка» · уточнить")
    assert {one.state.value for one in await Instruction.filter(processor=DELIVERY.name)} == {"drafted", "spared"}
    assert "↩️ Всё-таки касается: ООО «Доставка» · уточнить" in taps(listed(bench, topic))


async def test_from_the_draft_to_the_proof_by_taps_and_replies(bench: Bench) -> None:
    topic = await withdrawal(bench)
    assert await presses(bench, listed(bench, topic), "📨 ООО «Доставка»") == "Отправляется писем: 1"
    assert len(await mails(bench)) == 1
    await told(bench)
    assert "сообщено 10.12.2026, должен подтвердить до 15.12.2026" in words(listed(bench, topic))
    assert "🏭 Обработчики: подтвердили 0 из 2" in words(await bench.card())

    # The one without an address is told on paper.
    await presses(bench, listed(bench, topic), "📄 ООО «Архив»")
    await says(bench, topic, "заказное письмо № 15 от 08.12.2026", bench.last(bench.group, topic))
    one = await Instruction.get(processor=ARCHIVE.name)
    assert (one.way, one.number, one.dated.isoformat()) == ("заказное письмо", "15", "2026-12-08")

    # It confirms by phone; the other by letter.
    await presses(bench, listed(bench, topic), "✍️ ООО «Архив»")
    await presses(bench, bench.last(bench.group, topic), "✅ Подтвердил")
    await says(bench, topic, "звонок Сидоровой 10.12.2026", bench.last(bench.group, topic))
    assert "подтвердили 1 из 2" in words(listed(bench, topic))
    assert await Step.standing(key="processors").count() == 0
    one = await Instruction.get(processor=DELIVERY.name)
    answer = letter(bench.now(), number=7, sender=Sender("email", DELIVERY.email, verified=Level.AUTHENTICATED), kinds=(),
                    subject="Re: указание", text="Всё сделано", new_text="Всё сделано", instruction=one.id, reply_to=())  # fmt: skip
    await arrives(bench, answer, 7)
    question = bench.last(bench.group, topic)
    assert words(question).startswith("📨 Ответ: ООО «Доставка» (privacy@delivery.example)")
    assert any("🏭 ООО «Доставка»" in text and "Всё сделано" in text for text in bench.texts(bench.group, topic))
    await presses(bench, question, "✅ Подтвердил")
    assert (await Step.standing(key="processors").get()).confirmed_by == "ООО «Доставка», ООО «Архив»"
    assert "подтвердили 2 из 2" in words(await bench.card())


async def test_a_processor_that_has_confirmed_and_writes_again_is_asked_by_one_button(bench: Bench) -> None:
    topic = await withdrawal(bench)
    await presses(bench, listed(bench, topic), "📨 ООО «Доставка»")
    await told(bench)
    one = await Instruction.get(processor=DELIVERY.name)
    sender = Sender("email", DELIVERY.email, verified=Level.AUTHENTICATED)
    for number, said in ((7, "Всё сделано"), (8, "И ещё: копии тоже стёрты")):
        again = letter(bench.now(), number=number, sender=sender, kinds=(), subject="Re: указание", text=said, new_text=said,
                       instruction=one.id, reply_to=())  # fmt: skip
        await arrives(bench, again, number)
        if number == 7:
            await presses(bench, bench.last(bench.group, topic), "✅ Подтвердил")
    question = next(one for one in reversed(bench.said(bench.group, topic)) if words(one).startswith("📨 Ответ"))
    assert [one[0] for one in taps(question)].count("💬") == 1


async def test_a_reply_to_a_processors_words_never_reaches_the_requester(bench: Bench) -> None:
    topic = await withdrawal(bench)
    await presses(bench, listed(bench, topic), "📨 ООО «Доставка»")
    await told(bench)
    one = await Instruction.get(processor=DELIVERY.name)
    answer = letter(bench.now(), number=7, sender=Sender("email", DELIVERY.email), kinds=(), subject="Re: указание",
                    text="А кто это?", new_text="А кто это?", instruction=one.id, reply_to=())  # fmt: skip
    await arrives(bench, answer, 7)
    posted = next(m for m in bench.said(bench.group, topic) if "А кто это?" in words(m))
    await says(bench, topic, "Это наш клиент Петрова", posted)
    assert await Outbox.filter(errand="reply").count() == 0
    assert "для заявителя?" in words(bench.last(bench.group, topic)).casefold()


async def test_a_stranger_is_said_and_taken_only_by_a_tap(bench: Bench) -> None:
    topic = await withdrawal(bench)
    await presses(bench, listed(bench, topic), "📨 ООО «Доставка»")
    await told(bench)
    one = await Instruction.get(processor=DELIVERY.name)
    answer = letter(bench.now(), number=7, sender=Sender("email", "mallory@evil.example"), kinds=(), subject="Re: указание",
                    text="Готово", new_text="Готово", instruction=one.id, reply_to=())  # fmt: skip
    await arrives(bench, answer, 7)
    question = bench.last(bench.group, topic)
    assert "пришло оно с адреса mallory@evil.example" in words(question)
    assert taps(question) == ["Это их ответ: принять"]
    assert (await Instruction.get(id=one.id)).state == "told"
    await presses(bench, question, "Это их ответ")
    assert (await Instruction.get(id=one.id)).state == "answered"


async def test_nobody_can_say_for_a_silent_processor_that_it_confirmed(bench: Bench) -> None:
    topic = await withdrawal(bench)
    await says(bench, topic, "/step processors | ООО «Доставка», ООО «Архив», ООО «Отзывы» подтвердили")
    assert await Step.standing(key="processors").count() == 0
    assert "Не подтвердили" in bench.texts(bench.group, topic)[-1] or "подтвер" in bench.texts(bench.group, topic)[-1]


async def test_wrong_answers_to_questions_are_said_in_sentences(bench: Bench) -> None:
    topic = await withdrawal(bench)
    await presses(bench, listed(bench, topic), "📄 ООО «Архив»")
    await says(bench, topic, "позвонили", bench.last(bench.group, topic))
    assert "не дата" in bench.texts(bench.group, topic)[-1] or "дат" in bench.texts(bench.group, topic)[-1]
    await says(bench, topic, "/processors полить")
    assert "такого указания обработчикам нет" in bench.texts(bench.group, topic)[-1]


async def test_one_more_letter_is_drafted_by_a_command_in_russian(bench: Bench) -> None:
    topic = await withdrawal(bench, "rectification")
    await says(bench, topic, "/обработчики уточнить | Почта: anna@new.example")
    assert {one.words for one in await Instruction.all() if one.asks == ["rectify"]} == {"Почта: anna@new.example"}
    assert "✏️ Почта: anna@new.example" in words(listed(bench, topic))


async def test_an_act_from_the_form_to_the_signed_scan(bench: Bench) -> None:
    topic = await withdrawal(bench)
    await says(bench, topic, "/destroy")
    places = bench.last(bench.group, topic)
    assert [one.split(" ", 1)[1] for one in taps(places)] == [
        "Сайт",
        "Заявления",
        "ООО «Доставка»",
        "ООО «Архив»",
        "ООО «Отзывы»",
    ]
    await presses(bench, places, "▫️ Сайт")
    await presses(bench, places, "▫️ Кто уничтожил")
    await says(bench, topic, "Иванов Иван Иванович", bench.last(bench.group, topic))
    assert "Укажите и должность" in bench.texts(bench.group, topic)[-1]
    question = next(m for m in reversed(bench.said(bench.group, topic)) if words(m).startswith("Кто уничтожил данные?"))
    await says(bench, topic, "Иванов Иван Иванович, администратор", question)
    form = bench.last(bench.group, topic)
    await presses(bench, form, "▫️ Когда")
    await presses(bench, bench.last(bench.group, topic), "Сегодня")
    form = bench.last(bench.group, topic)
    await presses(bench, form, "▫️ Способ")
    await presses(bench, bench.last(bench.group, topic), "удаление средствами")
    form = bench.last(bench.group, topic)
    assert "🗂 Составить акт" in taps(form)
    await presses(bench, form, "🗂 Составить акт")
    documents = [m for m in bench.said(bench.group, topic) if "document" in m.content]
    assert [m.content["document"]["file_name"] for m in documents] == [
        "Акт-об-уничтожении-1-1.pdf",
        "Акт-об-уничтожении-1-1.docx",
    ]
    assert "Нет выгрузки из журнала событий" in words(documents[-1])

    # The extract, then the signed scan in reply to the act.
    await presses(bench, documents[-1], "📎 Приложить выгрузку")
    log = "10.12.2026;Сайт;Анна Петрова;имя, телефон;отзыв согласия".encode()
    bench.people.send(bench.boris, "document", log, name="events.csv", chat=bench.group, topic=topic,
                      reply_to=bench.last(bench.group, topic).id)  # fmt: skip
    await bench.run()
    act = [m for m in bench.said(bench.group, topic) if "document" in m.content][-1]
    assert "есть все пять сведений" in words(act)
    bench.people.send(bench.boris, "document", b"%PDF signed", name="скан.pdf", chat=bench.group, topic=topic, reply_to=act.id)
    await bench.run()
    assert "подписан. Без записи" in bench.texts(bench.group, topic)[-1]
    step = await Step.standing(key="act").get()
    assert (step.proof, step.number, step.attachment_id is not None) == ("document", "1-1", True)
    row = await Destruction.get()
    assert await bench.desk.vault.read_async(row.signed) == b"%PDF signed"
    assert await Outbox.filter(errand="reply").count() == 0
    assert await Message.filter(direction="out").count() == 0


async def test_an_act_can_be_voided_after_a_second_word(bench: Bench) -> None:
    topic = await withdrawal(bench)
    await says(bench, topic, "/уничтожить Заявления")
    form = bench.last(bench.group, topic)
    row = await Destruction.get()
    assert "Носитель, листы" in words(form)
    await Destruction.filter(id=row.id).update(
        people=[["И", "а"]], method="сожжение", medium="папка", sheets=3, destroyed_on=bench.now().date()
    )
    await says(bench, topic, "/destroy Заявления")
    await presses(bench, bench.last(bench.group, topic), "🗂 Составить акт")
    act = [m for m in bench.said(bench.group, topic) if "document" in m.content][-1]
    assert not any("выгрузку" in one for one in taps(act))
    await presses(bench, act, "🗑 Аннулировать акт")
    await presses(bench, bench.last(bench.group, topic), "🗑 Аннулировать акт")
    assert (await Destruction.get()).state == "void"


async def test_an_english_group_reads_english(bench: Bench) -> None:
    bench.desk = replace(bench.desk, operator=replace(bench.desk.operator, languages=("en", "ru")))
    await bench.close()
    bench.begin()
    topic = await withdrawal(bench)
    shown = next(one for one in reversed(bench.said(bench.group, topic)) if "Processors: 0 of 2 confirmed" in words(one))
    assert taps(shown)[1] == "➖ Not concerned: ООО «Доставка»"
    await says(bench, topic, "/destroy Сайт")
    assert "▫️ Who destroyed" in taps(bench.last(bench.group, topic))
    assert await Ticket.all().count() == 1


# --- words of staff to a processor -----------------------------------------------------------------------------------


async def asks(bench: Bench, topic: int) -> Posting:
    """The first processor was told; Boris is asked what it shall read."""
    await presses(bench, listed(bench, topic), "📨 ООО «Доставка»")
    await bench.later(seconds=30)
    await told(bench)
    await presses(bench, listed(bench, topic), "✍️")
    await presses(bench, bench.last(bench.group, topic), "💬 Написать обработчику")
    return bench.last(bench.group, topic)


async def words_to_it() -> list[Outbox]:
    return await Outbox.filter(errand="processor_words").order_by("id")


async def test_words_go_to_the_processor_in_its_thread_after_undo_and_never_to_the_requester(bench: Bench) -> None:
    topic = await withdrawal(bench)
    question = await asks(bench, topic)
    await says(bench, topic, "Уточните, когда удалены копии", question)
    [row] = await words_to_it()
    assert row.state == "waiting"
    letter = contents.of(row, contents.ProcessorWords)
    first = contents.of(await Outbox.get(id=(await Instruction.get(id=letter.instruction)).outbox_id), contents.Instruction)
    assert letter.envelope.to == first.envelope.to
    assert letter.envelope.subject == f"Re: {first.envelope.subject}"
    assert letter.envelope.in_reply_to == first.envelope.message_id
    assert bench.desk.signer.instruction_of((), letter.envelope.subject) == letter.instruction
    assert "Уйдёт обработчику" in words(bench.last(bench.group, topic))
    read = render(bench.desk.operator, bench.desk.regime.name, letter).text
    assert read.startswith("Уточните, когда удалены копии")
    assert "Анна" not in read
    assert not await Outbox.filter(errand="reply").exists()


async def test_words_to_a_processor_are_taken_back_by_undo(bench: Bench) -> None:
    bench.desk = replace(bench.desk, undo=timedelta(minutes=1))
    topic = await withdrawal(bench)
    await says(bench, topic, "Не то", await asks(bench, topic))
    await presses(bench, bench.last(bench.group, topic), "↩️")
    assert [row.state for row in await words_to_it()] == ["dropped"]


@pytest.mark.parametrize("wrong", ["nothing told", "a file", "spared"])
async def test_what_cannot_be_written_is_said(bench: Bench, wrong: str) -> None:
    topic = await withdrawal(bench)
    question = await asks(bench, topic)
    await Instruction.all().update(state="drafted" if wrong == "nothing told" else "spared" if wrong == "spared" else "told")
    if wrong == "a file":
        bench.people.send(
            bench.boris, "document", b"%PDF", name="a.pdf", caption="Вот", chat=bench.group, topic=topic, reply_to=question.id
        )
        await bench.run()
    else:
        await says(bench, topic, "Когда?", question)
    assert await words_to_it() == []
    assert ("обработчику" if wrong != "a file" else "только слова") in words(bench.last(bench.group, topic))
