"""The dates of an authority's letter are proposed in its topic: taps, colleagues, undo, and what stands afterwards."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from models import Clock, Demand, History, Message, Registration
from sandbox.telegram import Chat, TelegramServer
from tests.bot.bench import Bench, taps, words
from tests.bot.staff.test_processors import arrives, presses, says
from tests.desk.people import Now, letter, make_desk

ORDER = (
    "Предписание от 08.12.2026 № 08-45123/77\n\n09.12.2026 выявлено распространение данных. Предписываем устранить нарушение "
    "в срок до 28.12.2026, отчёт представить не позднее 30.12.2026. Основание: приказ от 30.05.2026 № 94."
)
TERM, REPORT = "📅 Срок по документу — 28.12.2026", "📅 Срок по документу — 30.12.2026"
PAPER = "📄 Документ от 08.12.2026, № 08-45123/77"


@pytest.fixture
async def bench(db: object, tmp_path: Path, now: Now, server: TelegramServer) -> AsyncIterator[Bench]:
    world = server.world
    people = {name: world.add_person(name) for name in ("anna", "boris", "clara", "mallory")}
    group: Chat = world.add_group("Заявки", forum=True, owner=people["clara"], members=[people["boris"]])
    desk = make_desk(tmp_path, staff_chat=group.id, managers=frozenset({people["clara"].id}), undo=timedelta(0))
    made = Bench(server, desk, now, group, people)
    yield made
    await made.close()


async def asked(bench: Bench, text: str = ORDER, *kinds: str):
    await arrives(bench, letter(bench.now(), kinds=kinds or ("rkn_order",), text=text, new_text=text), 1)
    topic = await bench.topic()
    return topic, next((one for one in bench.said(bench.group, topic) if words(one).startswith("📄 В письме названы даты")), None)


async def test_a_tap_enters_the_term_and_another_takes_it_back(bench: Bench) -> None:
    topic, question = await asked(bench)
    assert taps(question) == [TERM, REPORT, PAPER]
    assert (await Demand.get()).document_due is None
    assert await presses(bench, question, TERM) == "📅 Срок по документу — 28.12.2026."
    assert (await Clock.get(key="comply")).due == date(2026, 12, 28)
    assert "28.12" in words(await bench.card())
    shown = _again(bench, topic)
    assert "✅ " + TERM in words(shown)
    await presses(bench, shown, "↩️ Отменить: " + TERM)
    assert (await Demand.get()).uncounted
    assert not await Clock.exists(key="comply")
    assert taps(_again(bench, topic)) == [TERM, REPORT, PAPER]


async def test_a_double_tap_enters_it_once(bench: Bench) -> None:
    _topic, question = await asked(bench)
    taps_made = [bench.people.press(bench.boris, question, TERM, chat=bench.group) for _ in range(2)]
    await bench.run()
    assert [one.text for one in taps_made] == ["📅 Срок по документу — 28.12.2026.", "Эта дата уже указана."]
    assert await History.filter(action="document date entered").count() == 1


async def test_taking_back_brings_back_what_a_colleague_had_entered(bench: Bench) -> None:
    topic, question = await asked(bench)
    await says(bench, topic, "/term 25.12.2026")
    await presses(bench, question, REPORT)
    await presses(bench, _again(bench, topic), "↩️ Отменить: " + REPORT)
    assert (await Clock.get(key="comply")).due == date(2026, 12, 25)


async def test_what_somebody_changed_meanwhile_is_not_taken_back(bench: Bench) -> None:
    topic, question = await asked(bench)
    await presses(bench, question, TERM)
    shown = _again(bench, topic)
    await says(bench, topic, "/term 25.12.2026")
    assert await presses(bench, shown, "↩️ Отменить: " + TERM) == "Это уже изменено: смотрите карточку."
    assert (await Demand.get()).document_due == date(2026, 12, 25)


async def test_the_document_is_named_on_the_card_and_back(bench: Bench) -> None:
    topic, question = await asked(bench)
    await presses(bench, question, PAPER)
    row = await Registration.get()
    assert (row.document_number, row.document_date) == ("08-45123/77", date(2026, 12, 8))
    assert "№ 08-45123/77 08.12.2026" in words(await bench.card()).replace("· ", "")
    await presses(bench, _again(bench, topic), "↩️ Отменить: " + PAPER[:20])
    assert not await Registration.exists()


async def test_a_day_of_detection_counts_from_itself(bench: Bench) -> None:
    topic, question = await asked(bench, "09.12.2026 выявлена неправомерная обработка.", "rkn_block_request")
    before = (await Clock.get(key="stop")).due
    assert taps(question) == ["🔎 Выявлено 09.12.2026"]
    await presses(bench, question, "🔎 Выявлено")
    assert (await Clock.get(key="stop")).due < before
    await presses(bench, _again(bench, topic), "↩️")
    assert (await Clock.get(key="stop")).due == before


LATER = "Поступило 01.12.2026. 11.12.2026 выявлена неправомерная обработка."


async def test_a_day_after_the_receipt_is_noted_and_nobody_is_told_that_the_terms_count_from_it(bench: Bench) -> None:
    bench.now.forward(days=2)
    topic, question = await asked(bench, LATER, "rkn_block_request")
    before = (await Clock.get(key="stop")).due
    await says(bench, topic, "/letter 10.12.2026 11:30 | на бумаге")
    due = (await Clock.get(key="stop")).due
    assert due < before
    said = await presses(bench, question, "🔎 Выявлено 11.12.2026")
    assert (await Clock.get(key="stop")).due == due
    assert "Сроки по-прежнему считаются от получения" in said


async def test_taking_back_a_day_of_detection_brings_back_what_a_colleague_had_entered(bench: Bench) -> None:
    topic, question = await asked(bench, "09.12.2026 выявлена неправомерная обработка.", "rkn_block_request")
    bench.now.forward(days=2)
    await says(bench, topic, "/detected 11.12.2026 по итогам проверки")
    entered = await Demand.get()
    due = (await Clock.get(key="stop")).due
    await presses(bench, question, "🔎 Выявлено")
    assert (await Clock.get(key="stop")).due < due
    assert "11.12.2026" in await presses(bench, _again(bench, topic), "↩️")
    stands = await Demand.get()
    assert (stands.known_at, stands.known_why) == (entered.known_at, "по итогам проверки")
    assert (await Clock.get(key="stop")).due == due


TWO = "Предписание от 08.12.2026 № 08-45123/77 (взамен предписания от 01.12.2026 № 08-44000/77). Срок до 28.12.2026."


async def test_taking_back_a_document_brings_back_the_one_that_was_named_before(bench: Bench) -> None:
    topic, question = await asked(bench, TWO)
    first, second = [one for one in taps(question) if one.startswith("📄")][:2]
    await presses(bench, question, first)
    await presses(bench, _again(bench, topic), second)
    await presses(bench, _again(bench, topic), "↩️ Отменить: " + second[:20])
    assert (await Registration.get()).document_number in first
    await presses(bench, _again(bench, topic), "↩️ Отменить: " + first[:20])
    assert not await Registration.exists()


@pytest.mark.parametrize(("number", "dated"), [("", None), ("12-А", date(2026, 12, 1)), ("12-А", None)])
async def test_what_staff_know_of_a_letter_outlives_a_document_that_is_taken_back(
    bench: Bench, number: str, dated: date | None
) -> None:
    topic, question = await asked(bench)
    message = await Message.get(direction="in")
    known = {"number": "77/26", "issuer": "Управление Роскомнадзора", "postal": "Москва", "name": "Петров"}
    document = {"document_number": number, "document_date": dated}
    await Registration.create(
        ticket_id=message.ticket_id, message_id=message.id, way="order", came_at=message.at, **known, **document
    )
    before = await Registration.get().values()
    await presses(bench, question, PAPER)
    assert (await Registration.get()).document_number == "08-45123/77"
    await presses(bench, _again(bench, topic), "↩️ Отменить: " + PAPER[:20])
    assert await Registration.get().values() == before


@pytest.mark.parametrize("kind", ["access_request", "claim", "question", "consumer_claim"])
async def test_nobody_elses_letter_is_asked_about(bench: Bench, kind: str) -> None:
    _topic, question = await asked(bench, ORDER, kind)
    assert question is None


async def test_a_request_of_the_authority_names_no_term_of_its_own(bench: Bench) -> None:
    _topic, question = await asked(bench, ORDER, "rkn_request")
    assert taps(question) == [PAPER]


async def test_a_term_typed_is_taken_back_by_a_dash(bench: Bench) -> None:
    topic, _question = await asked(bench)
    await says(bench, topic, "/term 25.12.2026")
    await says(bench, topic, "/term -")
    assert words(bench.last(bench.group, topic)) == "↩️ Отменено: срока по документу пока нет."
    assert (await Demand.get()).document_due is None


def _again(bench: Bench, topic: int):
    return next(one for one in bench.said(bench.group, topic) if words(one).startswith("📄 В письме названы даты"))
