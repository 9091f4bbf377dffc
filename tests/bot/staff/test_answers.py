"""/t: letters of answer from templates, from the first gap to the requester, over the sandbox's Telegram."""

from dataclasses import replace

import pytest

from desk import contents
from desk.context import Processor, Purpose, Statement
from mail.letters import render
from models import Answer, Attachment, Demand, History, Level, Message, Outbox, OutboxState, Step
from sandbox.telegram import Message as Shown
from sandbox.telegram import Person
from tests.bot.bench import Bench, taps, words
from tests.bot.terms import demand, presses, writes

STATEMENT = Statement(
    language="ru",
    signatory="О. И. Ветрова",
    position="Индивидуальный предприниматель",
    methods="Смешанная обработка.",
    recipients="Доступ имеют лица, названные в п. 9.",
    cross_border="Не осуществляется.",
    measures="Назначен ответственный.",
)
PURPOSE = Purpose("ru", "исполнение заказов", "договор (п. 5 ч. 1 ст. 6)", ("имя",), "получены от вас", "пять лет")


@pytest.fixture
def operator(bench: Bench) -> Bench:
    """The desk whose settings tell all that an access answer wants told."""
    operator = replace(bench.desk.operator, name="ИП Ветрова О. И.", address="150000, г. Ярославль", site="https://dom.example")
    bench.desk = replace(bench.desk, operator=operator, statements=(STATEMENT,), purposes=(PURPOSE,))
    bench.desk = replace(bench.desk, disclose_from=Level.SAID)
    bench.begin()
    return bench


async def anew(bench: Bench, **changes: object) -> None:
    """A process with other settings begins."""
    await bench.close()
    bench.desk = replace(bench.desk, **changes)
    bench.begin()


async def begins(bench: Bench, topic: int, command: str) -> Shown:
    return await writes(bench, command, topic)


async def fills(bench: Bench, topic: int, question: Shown, said: str, *, who: Person | None = None) -> Shown:
    return await writes(bench, said, topic, reply_to=question, who=who)


def button(shown: Shown, words: str) -> str:
    return next(one for one in taps(shown) if words in one)


async def access(bench: Bench, topic: int) -> Shown:
    """An access answer filled in to its checklist."""
    question = await begins(bench, topic, "/t access")
    assert "Какие именно данные" in words(question)
    question = await fills(bench, topic, question, "имя, телефон +7 900 000-00-00, три заказа")
    assert "Иные сведения" in words(question)
    await presses(bench, question, button(question, "💡"))
    return bench.last(bench.group, topic)


async def test_an_access_answer_asks_for_what_is_missing_and_goes_as_it_was_shown(operator: Bench) -> None:
    bench, topic = operator, await demand(operator, "access_request")
    checklist = await access(bench, topic)
    shown = bench.texts(bench.group, topic)[-2]
    assert shown.startswith("📄 Черновик")
    for part in (
        "Исх. № 1/2026",
        "исполнение заказов: договор (п. 5 ч. 1 ст. 6).",
        "О. И. Ветрова",
        "три заказа",
        "Анна Петрова",
    ):
        assert part in shown
    for item in ("Все пункты ч. 7 ст. 14", "В форме запроса, в Telegram", "Исходящий № 1/2026", "В срок"):
        assert item in words(checklist)
    await presses(bench, checklist, button(checklist, "📤"))
    assert bench.texts(bench.chat_of(bench.anna))[-1].startswith("✅")
    await bench.later(seconds=11)
    told = bench.texts(bench.chat_of(bench.anna))[-1]
    assert told.partition("\n\n")[2] == shown.partition("\n\n")[2]
    assert "«" not in told.replace("«О персональных данных»", "").replace("«исполнение заказов»", "")
    assert [one.direction for one in await Message.filter(external_id="answer:1")] == ["out"]


async def test_handed_over_it_proves_the_step_that_it_is(operator: Bench) -> None:
    bench, topic = operator, await demand(operator, "question")
    question = await begins(bench, topic, "/t answer")
    checklist = await fills(bench, topic, question, "Мы открыты с девяти до шести.")
    await presses(bench, checklist, button(checklist, "📤"))
    assert await Step.standing().count() == 0
    await bench.later(seconds=11)
    step = await Step.standing().get()
    assert (step.key, step.proof, step.outbox_id) == ("answer", "letter", (await Outbox.get(errand="reply")).id)
    assert (await Demand.get()).closed_at is not None


async def test_personal_data_are_stopped_on_their_way_to_somebody_unproved(operator: Bench) -> None:
    bench, topic = operator, await demand(operator, "access_request")
    await anew(bench, disclose_from=Level.CODE)
    checklist = await access(bench, topic)
    assert "Для персональных данных этого мало" in words(checklist)
    await presses(bench, checklist, button(checklist, "📤"))
    await bench.later(seconds=60)
    assert not [one for one in bench.texts(bench.chat_of(bench.anna)) if "Исх." in one]


async def test_nothing_leaves_over_a_gap_or_unseen(operator: Bench) -> None:
    bench, topic = operator, await demand(operator, "access_request")
    question = await begins(bench, topic, "/t access")
    assert await Outbox.filter(errand="reply").count() == 0
    assert not [one for one in taps(question) if "📤" in one]
    for empty in ("« »", "«не знаю»"):
        refused = await fills(bench, topic, question, empty)
        assert "без кавычек" in words(refused)
    checklist = await access(bench, topic)
    # What it would say changes before it goes: it is shown anew instead of leaving unseen.
    await anew(bench, statements=(replace(STATEMENT, measures="Другое."),))
    await presses(bench, checklist, button(checklist, "📤"))
    await bench.later(seconds=20)
    assert await Outbox.filter(errand="reply").count() == 0


async def test_a_deed_that_was_not_done_cannot_be_told(operator: Bench) -> None:
    bench, topic = operator, await demand(operator, "stop_processing")
    await writes(bench, "/step 1 | оснований нет", topic)
    said = await begins(bench, topic, "/t stopped")
    assert "Не отмечено как сделанное" in words(said)
    await presses(bench, said, button(said, "💡"))
    said = bench.last(bench.group, topic)
    assert button(said, "🔄")
    assert not [one for one in taps(said) if "📤" in one]
    await writes(bench, "/step 2", topic)
    await presses(bench, said, button(said, "🔄"))
    checklist = bench.last(bench.group, topic)
    assert button(checklist, "📤")
    assert "прекращена 10 декабря 2026 г." in bench.texts(bench.group, topic)[-2]


async def test_a_letter_whose_deed_is_taken_back_before_it_leaves_is_dropped(operator: Bench) -> None:
    bench, topic = operator, await demand(operator, "stop_processing")
    await writes(bench, "/step 1 | оснований нет", topic)
    await writes(bench, "/step 2", topic)
    said = await begins(bench, topic, "/t stopped")
    await presses(bench, said, button(said, "💡"))
    checklist = bench.last(bench.group, topic)
    await presses(bench, checklist, button(checklist, "🌅"))
    await writes(bench, "/step -2", topic)
    await bench.later(days=2)
    row = await Outbox.get(errand="reply")
    assert row.state == OutboxState.DROPPED
    assert not [one for one in bench.texts(bench.chat_of(bench.anna)) if "Исх." in one]


async def test_undone_it_can_be_changed_and_keeps_its_number(operator: Bench) -> None:
    bench, topic = operator, await demand(operator, "access_request")
    checklist = await access(bench, topic)
    await presses(bench, checklist, button(checklist, "📤"))
    waiting = bench.last(bench.group, topic)
    assert "Это письмо уже ждёт" in await presses(bench, checklist, button(checklist, "✏️"))
    await presses(bench, waiting, button(waiting, "Отменить"))
    await presses(bench, checklist, button(checklist, "✏️"))
    fields = bench.last(bench.group, topic)
    await presses(bench, fields, button(fields, ". Какие"))
    question = bench.last(bench.group, topic)
    checklist = await fills(bench, topic, question, "только имя")
    await presses(bench, checklist, button(checklist, "📤"))
    await bench.later(seconds=11)
    told = bench.texts(bench.chat_of(bench.anna))[-1]
    assert "только имя" in told
    assert "три заказа" not in told
    assert "Исх. № 1/2026" in told


async def test_outgoing_numbers_run_through_the_year_as_the_operator_writes_them(operator: Bench) -> None:
    bench = operator
    await anew(bench, outgoing="ПД-{number}/{year}")
    topic = await demand(bench, "access_request")
    await access(bench, topic)
    await access(bench, topic)
    numbers = [(one.serial, one.year) for one in await Answer.all().order_by("id")]
    assert numbers == [(1, 2026), (2, 2026)]
    assert "Исх. № ПД-2/2026" in bench.texts(bench.group, topic)[-2]


async def test_the_second_of_two_colleagues_is_asked_before_a_letter_goes(operator: Bench) -> None:
    bench, topic = operator, await demand(operator, "access_request")
    checklist = await access(bench, topic)
    await writes(bench, "Уже отвечаю сама", topic, who=bench.clara, reply_to=await bench.card())
    await presses(bench, checklist, button(checklist, "📤"))
    asked = bench.last(bench.group, topic)
    assert "уже отвечает" in words(asked)
    assert await Outbox.filter(errand="reply").count() == 1
    await presses(bench, asked, button(asked, "📤"))
    assert await Outbox.filter(errand="reply").count() == 2


async def test_a_claim_goes_with_its_letterhead_and_the_posting_is_recorded(operator: Bench) -> None:
    bench, topic = operator, await demand(operator, "claim")
    question = await begins(bench, topic, "/t claim")
    question = await fills(bench, topic, question, "вернуть 1 000 рублей")
    question = await fills(bench, topic, question, "Удовлетворено: деньги возвращены.")
    await presses(bench, question, button(question, "💡"))
    checklist = bench.last(bench.group, topic)
    assert "Файлы: Письмо 1-2026.pdf" in words(checklist)
    await presses(bench, checklist, button(checklist, "📮"))
    question = bench.last(bench.group, topic)
    for wrong in ("14.12.2030 почта", "12.12.2026", "09.12.2026 почта"):
        question_again = await fills(bench, topic, question, wrong)
        assert "На бумаге" not in words(question_again)
    said = await fills(bench, topic, question, "10.12.2026 почта, № 80080012345678")
    assert "На бумаге: почта, 10.12.2026, почтовый номер 80080012345678" in words(said)
    await presses(bench, checklist, button(checklist, "📤"))
    await bench.later(seconds=11)
    files = [one for one in bench.said(bench.chat_of(bench.anna)) if "document" in one.content]
    assert len(files) == 1
    kept = (await Answer.get()).tracking, [str(one.action) for one in await History.filter(action="answer went on paper")]
    assert kept == ("80080012345678", ["answer went on paper"])


async def test_what_is_chosen_stands_in_the_letter_and_no_more_may_be_asked_for(operator: Bench) -> None:
    bench, topic = operator, await demand(operator, "access_request")
    question = await begins(bench, topic, "/t missing")
    assert len([one for one in taps(question) if one.startswith("◻️")]) == 4
    assert "хотя бы один" in await presses(bench, question, button(question, "✅"))
    await presses(bench, question, button(question, "◻️ сведения"))
    await presses(bench, question, button(question, "✅"))
    text = bench.texts(bench.group, topic)[-2]
    assert "– сведения, подтверждающие ваши отношения" in text
    assert "основного документа" not in text


async def test_the_processors_of_this_person_are_chosen(operator: Bench) -> None:
    bench = operator
    others = (Processor("ООО «Хостинг»", "Казань"), Processor("ООО «Рассылка»", "Москва"))
    await anew(bench, processors=others)
    topic = await demand(bench, "access_request")
    question = await fills(bench, topic, await begins(bench, topic, "/t access"), "имя")
    while not any(one.startswith("◻️") for one in taps(question)):
        await presses(bench, question, button(question, "💡"))
        question = bench.last(bench.group, topic)
    await presses(bench, question, button(question, "Рассылка"))
    await presses(bench, question, button(question, "✅"))
    said = bench.last(bench.group, topic)
    if any("💡" in one for one in taps(said)):
        await presses(bench, said, button(said, "💡"))
    text = bench.texts(bench.group, topic)[-2]
    assert "– ООО «Рассылка», адрес: Москва." in text
    assert "Хостинг" not in text


async def test_a_manager_changes_a_template_and_a_wrong_field_is_named(operator: Bench) -> None:
    bench, topic = operator, await demand(operator, "question")
    refused = await writes(bench, "/t edit answer", topic)
    assert "руководитель" in words(refused)
    question = await writes(bench, "/t edit answer", topic, who=bench.clara)
    wrong = "title: Ответ\nregime: ru-152fz\nkinds: question\n\n{{ persn }} {{ operator.phone }}"
    said = await fills(bench, topic, question, wrong, who=bench.clara)
    assert "persn" in words(said)
    assert "operator.phone" in words(said)
    right = 'title: Наш ответ\nregime: ru-152fz\nkinds: question\nproves: answer\n\nЗдравствуйте! {{ ask("Ответ") }}'
    said = await fills(bench, topic, said, right, who=bench.clara)
    assert "Наш ответ" in words(said)
    listed = await writes(bench, "/t", topic)
    assert "Наш ответ" in taps(listed)


async def test_the_list_offers_what_suits_the_demands_in_either_language(operator: Bench) -> None:
    bench, topic = operator, await demand(operator, "access_request", "claim")
    listed = await writes(bench, "/шаблон", topic)
    assert [one for one in taps(listed) if "претензи" in one]
    assert [one for one in taps(listed) if "ч. 7 ст. 14" in one]
    assert not [one for one in taps(listed) if "рекламы" in one]
    await presses(bench, listed, button(listed, "🌐"))
    assert button(listed, "Art. 14(7)")
    assert contents.Draft.errand == "draft"


async def test_a_process_that_dies_between_release_and_hand_over_leaves_exactly_one_letter(operator: Bench) -> None:
    """Nothing but the database is left of the process that released it, and of the one that took it up and died."""
    bench, topic = operator, await demand(operator, "access_request")
    checklist = await access(bench, topic)
    await presses(bench, checklist, button(checklist, "📤"))
    await bench.close()
    bench.begin()
    bench.now.forward(seconds=11)
    await bench.deliver()
    await bench.close()
    bench.begin()
    await bench.later(hours=2)
    assert len([one for one in bench.texts(bench.chat_of(bench.anna)) if "Исх." in one]) == 1
    assert await Outbox.filter(errand="reply").count() == 1


async def test_by_mail_it_is_the_same_letter_with_its_headings_and_files(operator: Bench) -> None:
    bench, topic = operator, await demand(operator, "claim", channel="mail")
    question = await begins(bench, topic, "/t claim")
    question = await fills(bench, topic, question, "вернуть деньги")
    question = await fills(bench, topic, question, "Удовлетворено.")
    await presses(bench, question, button(question, "💡"))
    checklist = bench.last(bench.group, topic)
    await presses(bench, checklist, button(checklist, "📤"))
    row = await Outbox.get(errand="reply")
    reply = contents.of(row, contents.Reply)
    said = render(bench.desk.operator, "ru-152fz", reply)
    assert "Исх. № 1/2026 от 10 декабря 2026 г." in said.text
    assert "<b>Результат рассмотрения</b>" in said.html or "<strong>Результат рассмотрения</strong>" in said.html
    names = [one.name for one in await Attachment.filter(id__in=list(reply.attachments))]
    assert names == ["Письмо 1-2026.pdf"]
    assert [(one.key) for one in reply.proves] == ["answer"]
