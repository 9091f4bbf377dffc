"""The journal: one line a demand with what an inspector asks for, the same in every form, and harmless in a spreadsheet."""

import csv
import io
from datetime import date, timedelta

import pytest
from openpyxl import load_workbook

from desk.answers import posting
from desk.papers.paper import Signatures
from desk.papers.typesetting import set_paper
from desk.ports import Sender
from desk.record import journal
from desk.record.journal import Span
from models import Answer, Demand, Ticket
from models.store.connect import transaction
from tests.desk.answers.test_drafts import begun, sent
from tests.desk.matter.test_merging import reply
from tests.desk.people import THURSDAY, Bench, letter
from tests.desk.terms.test_steps import ticks

YEAR = Span(date(2026, 1, 1), date(2026, 12, 31))


async def test_a_demand_is_a_line_with_its_person_term_measures_and_reply(bench: Bench) -> None:
    await bench.arrives(letter(bench.now(), kinds=("consent_withdrawal",), subject="Отзыв согласия"))
    demand = await Demand.get()
    await ticks(bench, demand, "ground", "договор № 5")
    [line] = await journal.lines(bench.desk, YEAR, "ru")
    assert line.number == 1
    assert line.received == "10.12.2026 11:00 (UTC+03:00)"
    assert "152-ФЗ" in line.kind
    assert line.summary == "Отзыв согласия"
    assert line.channel == "электронная почта"
    assert "договор № 5" in line.measures
    assert "2027" in line.due or "2026" in line.due
    assert line.closed == "в работе"


async def test_a_number_stays_whatever_span_is_asked_for(bench: Bench) -> None:
    await bench.arrives(letter(bench.now()))
    bench.now.forward(days=40)
    await bench.arrives(letter(bench.now(), number=2, sender=Sender("email", "vera@x.example")))
    await bench.arrives(letter(bench.now(), number=3, sender=Sender("email", "gleb@x.example")))
    numbers = {line.number for line in await journal.lines(bench.desk, Span(date(2026, 1, 1), date(2027, 12, 31)), "ru")}
    later = [line.number for line in await journal.lines(bench.desk, Span(date(2027, 1, 1), date(2027, 12, 31)), "ru")]
    assert later
    assert set(later) < numbers
    assert 1 not in later


@pytest.mark.parametrize("first", ["=HYPERLINK(1)", "+7 900", "-1", "@SUM(A1)", "\tx", "\rx"])
async def test_nothing_in_it_is_run_by_a_spreadsheet(bench: Bench, first: str) -> None:
    await bench.arrives(letter(bench.now()))
    await Ticket.all().update(named=first)
    found = await journal.lines(bench.desk, YEAR, "ru")
    cells = list(csv.reader(io.StringIO(journal.as_csv(found, "ru").decode("utf-8-sig")), delimiter=";"))[1]
    assert not [cell for cell in cells if cell[:1] in "=+-@\t\r" and cell]
    sheet = load_workbook(io.BytesIO(journal.as_xlsx(found, "ru", "Журнал"))).active
    assert not [one for row in sheet.iter_rows() for one in row if one.data_type == "f"]


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_it_is_the_same_in_every_form(bench: Bench, language: str) -> None:
    await bench.arrives(letter(bench.now()))
    found = await journal.lines(bench.desk, YEAR, language)
    table = list(csv.reader(io.StringIO(journal.as_csv(found, language).decode("utf-8-sig")), delimiter=";"))
    sheet = load_workbook(io.BytesIO(journal.as_xlsx(found, language, "J"))).active
    rows = [[str(one.value or "") for one in row] for row in sheet.iter_rows(min_row=2)]
    assert list(rows) == table
    paper = journal.as_paper(bench.desk, found, language, YEAR, THURSDAY + timedelta(days=1))
    assert (await set_paper(paper)).startswith(b"%PDF")


@pytest.mark.parametrize(("subject", "told"), [("Отзыв", "Отзыв"), ("", "Отзываю согласие. Заказ № 5 жду")])
async def test_without_a_subject_the_line_tells_how_the_request_begins(bench: Bench, subject: str, told: str) -> None:
    await bench.arrives(
        letter(bench.now(), kinds=("consent_withdrawal",), subject=subject, text="Отзываю согласие.\nЗаказ № 5 жду")
    )
    [line] = await journal.lines(bench.desk, YEAR, "ru")
    assert line.summary == told


@pytest.mark.parametrize("language", ["ru", "en"])
async def test_a_reply_is_told_with_its_outgoing_number_and_every_way_it_went(bench: Bench, language: str) -> None:
    answer = await begun(bench, "claim", "claim")
    await sent(bench, answer)
    answer = await Answer.get(id=answer.id)
    async with transaction():
        await posting.record(bench.desk, answer, "10.12.2026 почта 80080012345678", await bench.boris(), bench.now())
    [line] = await journal.lines(bench.desk, YEAR, language)
    number = "ответ № 1/2026" if language == "ru" else "answer No. 1/2026"
    assert line.reply.count(number) == 2
    assert f"{number} — 10.12.2026, " in line.reply
    assert "80080012345678" in line.reply
    paper = journal.as_paper(bench.desk, [line], language, YEAR, bench.now())
    assert isinstance(paper.blocks[-1], Signatures)


async def test_an_answer_without_a_number_is_told_without_one(bench: Bench) -> None:
    await bench.arrives(letter(bench.now(), kinds=("question",)))
    await reply(bench, await Ticket.get(), "Вот ответ.")
    bench.now.forward(minutes=1)
    await bench.run()
    [line] = await journal.lines(bench.desk, YEAR, "ru")
    assert line.reply.startswith("ответ — 10.12.2026 11:01")
