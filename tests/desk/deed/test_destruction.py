"""The record of a destruction, its act, the extract, and the signed act that comes back."""

from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from docx import Document
from pypdf import PdfReader

from desk import contents
from desk.deed import destruction
from desk.deed.act import act_paper
from desk.errors import Refused
from desk.ports import File
from models import Attachment, Destruction, DestructionState, Direction, History, Message, Step, Ticket
from tests.desk.deed.conftest import DELIVERY, PAPERS, SITE
from tests.desk.people import Bench, letter

LOG = "14.12.2026;Сайт;Анна Петрова;имя, телефон;отзыв согласия"


async def ticket_of(bench: Bench) -> Ticket:
    await bench.arrives(letter(bench.now()))
    bench.now.forward(days=5)
    return await Ticket.get()


async def filled(bench: Bench, ticket: Ticket, place: str) -> Destruction:
    boris, now, desk = await bench.boris(), bench.now(), bench.desk
    row = await destruction.begin(desk, ticket, place, boris, now)
    row = await destruction.fill(desk, row.id, "people", "Иванов Иван Иванович, системный администратор", boris, now)
    row = await destruction.fill(desk, row.id, "destroyed_on", "14.12.2026", boris, now)
    row = await destruction.fill(desk, row.id, "method", "удаление", boris, now)
    if row.processor:
        assert "system" in destruction.lacking(row) or row.system
        row = await destruction.fill(desk, row.id, "system", "CRM службы доставки", boris, now)
    if row.paper:
        row = await destruction.fill(desk, row.id, "medium", "заявления, 12 листов", boris, now)
    return row


async def made(bench: Bench, ticket: Ticket, place: str) -> Destruction:
    row = await filled(bench, ticket, place)
    row = await destruction.record(bench.desk, row.id, await bench.boris(), bench.now())
    await bench.run()
    return row


async def file_of(bench: Bench, name: str, data: bytes) -> File:
    return File(name, "application/octet-stream", await bench.desk.vault.write_async(data))


async def signs(bench: Bench, ticket: Ticket, row: Destruction) -> Destruction:
    file = await file_of(bench, "скан.pdf", b"%PDF signed")
    message = await Message.create(
        ticket=ticket, direction=Direction.NOTE, channel="staff", author="staff:2", at=bench.now(), external_id=f"-1:{row.id}"
    )
    held = await Attachment.create(message=message, name="скан.pdf", blob=file.blob.name, sha256=file.blob.sha256)
    return await destruction.attach_signed(bench.desk, row.id, file, held.id, await bench.boris(), bench.now())


async def act_step() -> Step | None:
    return await Step.standing(key="act").get_or_none()


async def words_of(bench: Bench, blob: str) -> str:
    data = await bench.desk.vault.read_async(blob)
    if data.startswith(b"%PDF"):
        return " ".join("\n".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages).split())
    document = Document(BytesIO(data))
    cells = [cell.text for table in document.tables for line in table.rows for cell in line.cells]
    footer = [one.text for one in document.sections[0].footer.paragraphs]
    return " ".join(" ".join([*(one.text for one in document.paragraphs), *cells, *footer]).split())


async def test_the_act_states_every_point_of_the_order_on_the_page_and_in_the_editable_copy(bench: Bench) -> None:
    bench.desk = replace(bench.desk, operator=replace(bench.desk.operator, address="г. Ярославль, ул. Примерная, 10"))
    row = await made(bench, await ticket_of(bench), DELIVERY.name)
    assert (row.number, row.keep_until, row.state) == ("1-1", date(2029, 12, 14), DestructionState.RECORDED)
    for blob in (row.act, row.editable):
        words = await words_of(bench, blob)
        for one in (
            "Акт № 1-1",
            "ИП Тестова А. А.",
            "г. Ярославль, ул. Примерная, 10",
            DELIVERY.name,
            DELIVERY.address,
            "Анна Петрова",
            "anna@example.org",
            "Иванов Иван Иванович",
            "системный администратор",
            "подпись",
            "имя, адрес",
            "удаление",
            "Отзыв согласия",
            "обращение № 1 от 10.12.2026",
            "14.12.2026",
            "14.12.2029",
        ):
            assert one in words, (one, words)
    posted = [contents.of(one, contents.ActPapers).destruction for one in bench.out["staff"].acts("act")]
    assert posted == [row.id]


async def test_paper_counts_sheets_and_wants_no_extract_an_information_system_the_other_way_round(bench: Bench) -> None:
    ticket = await ticket_of(bench)
    paper, system = await made(bench, ticket, PAPERS.name), await made(bench, ticket, SITE.name)
    assert (paper.medium, paper.sheets) == ("заявления", 12)
    on_paper, automated = await words_of(bench, paper.act), await words_of(bench, system.act)
    assert "листов: 12" in on_paper
    assert "Информационная система" not in on_paper
    assert "Выгрузка" not in on_paper
    assert "Информационная система Сайт" in automated
    assert "листов" not in automated
    file = await file_of(bench, "log.csv", LOG.encode())
    with pytest.raises(Refused, match="paper archive"):
        await destruction.attach_extract(bench.desk, paper.id, file, await bench.boris(), bench.now())


async def test_in_english_the_act_is_english(bench: Bench) -> None:
    row = await made(bench, await ticket_of(bench), SITE.name)
    paper = act_paper(row, bench.desk.operator, "en")
    assert paper.title.startswith("Act No. 1-1")
    assert not any("А" <= one <= "я" for one in paper.title + paper.footer)


async def test_an_act_is_refused_while_anything_the_order_asks_for_is_missing(bench: Bench) -> None:
    ticket, boris = await ticket_of(bench), await bench.boris()
    row = await destruction.begin(bench.desk, ticket, SITE.name, boris, bench.now())
    assert destruction.lacking(row) == ["people", "destroyed_on", "method"]
    with pytest.raises(Refused, match="cannot be made yet"):
        await destruction.record(bench.desk, row.id, boris, bench.now())
    assert (await Destruction.get(id=row.id)).state == DestructionState.DRAFT


@pytest.mark.parametrize(
    ("field", "said", "why"),
    [
        ("people", "Иванов Иван Иванович", "position"),
        ("people", "Иванов И. И., админ\nПетров П. П.", "position"),
        ("destroyed_on", "16.12.2026", "future|past|date"),
        ("destroyed_on", "когда-то", "no date"),
        ("medium", "заявления", "number of sheets"),
        ("medium", "12", "what it was"),
        ("medium", "заявления, 0", "how many"),
        ("method", "   ", "words"),
        ("colour", "red", "out of date"),
    ],
)
async def test_what_cannot_stand_in_an_act_is_refused_in_a_sentence(bench: Bench, field: str, said: str, why: str) -> None:
    boris = await bench.boris()
    row = await destruction.begin(bench.desk, await ticket_of(bench), PAPERS.name, boris, bench.now())
    with pytest.raises(Refused, match=why):
        await destruction.fill(bench.desk, row.id, field, said, boris, bench.now())


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Иванов Иван, администратор", [["Иванов Иван", "администратор"]]),
        ("Иванов Иван — администратор", [["Иванов Иван", "администратор"]]),
        ("Иванов Иван (администратор)", [["Иванов Иван", "администратор"]]),
        ("Салтыков-Щедрин М. Е., архивариус", [["Салтыков-Щедрин М. Е.", "архивариус"]]),
        ("А, б\n\nВ, г", [["А", "б"], ["В", "г"]]),
    ],
)
def test_names_and_positions_are_told_apart(said: str, expected: list) -> None:
    assert destruction.people_of(said) == expected


async def test_a_colleague_finds_the_draft_as_it_is_and_the_next_one_knows_the_method(bench: Bench) -> None:
    ticket, boris = await ticket_of(bench), await bench.boris()
    row = await filled(bench, ticket, SITE.name)
    assert (await destruction.begin(bench.desk, ticket, SITE.name, boris, bench.now())).id == row.id
    await destruction.record(bench.desk, row.id, boris, bench.now())
    bench.now.forward(days=1)
    await bench.arrives(letter(bench.now(), number=5, sender=replace(letter(bench.now()).sender, value="o@e.org"), subject="Ещё"))
    other = await Ticket.all().order_by("-id").first()
    second = await destruction.begin(bench.desk, other, SITE.name, boris, bench.now())
    assert second.method == "удаление"
    assert await destruction.people_before(second) == [["Иванов Иван Иванович", "системный администратор"]]


async def test_what_the_extract_does_not_show_goes_into_the_act_that_is_set_anew(bench: Bench) -> None:
    row, boris = await made(bench, await ticket_of(bench), SITE.name), await bench.boris()
    before = row.act
    file = await file_of(bench, "events.csv", LOG.replace("отзыв согласия", "DELETE").encode())
    row = await destruction.attach_extract(bench.desk, row.id, file, boris, bench.now())
    assert row.extract_seen == ["subject", "categories", "system", "date"]
    assert row.act != before
    assert "г) по какой причине. Они указаны в настоящем акте" in await words_of(bench, row.act)
    assert row.extract != file.blob.name  # kept apart from the files of the ticket
    await bench.run()
    assert len(bench.out["staff"].acts("act")) == 2


async def test_a_signed_act_is_not_set_anew(bench: Bench) -> None:
    ticket = await ticket_of(bench)
    row = await made(bench, ticket, SITE.name)
    await signs(bench, ticket, row)
    file = await file_of(bench, "events.csv", LOG.encode())
    later = await destruction.attach_extract(bench.desk, row.id, file, await bench.boris(), bench.now())
    assert later.act == row.act


async def test_the_step_of_the_act_is_proved_when_every_act_is_signed_and_has_its_extract(bench: Bench) -> None:
    ticket, boris = await ticket_of(bench), await bench.boris()
    site, papers = await made(bench, ticket, SITE.name), await made(bench, ticket, PAPERS.name)
    await signs(bench, ticket, site)
    assert await act_step() is None
    await signs(bench, ticket, papers)
    assert await act_step() is None  # the extract of the site is missing
    assert await destruction.open_points(ticket) == ["1-1: extract"]
    file = await file_of(bench, "events.csv", LOG.encode())
    await destruction.attach_extract(bench.desk, site.id, file, boris, bench.now())
    step = await act_step()
    assert step is not None
    assert (step.proof, step.number) == ("document", "1-1, 1-2")


async def test_a_voided_act_proves_nothing_and_its_number_stays_taken(bench: Bench) -> None:
    ticket, boris = await ticket_of(bench), await bench.boris()
    row = await made(bench, ticket, PAPERS.name)
    await signs(bench, ticket, row)
    assert await act_step() is not None
    await destruction.void(bench.desk, row.id, boris, bench.now())
    assert await act_step() is None
    with pytest.raises(Refused, match="voided"):
        await destruction.void(bench.desk, row.id, boris, bench.now())
    assert (await made(bench, ticket, PAPERS.name)).number == "1-2"


async def test_a_double_tap_makes_one_act(bench: Bench) -> None:
    row, boris = await filled(bench, await ticket_of(bench), SITE.name), await bench.boris()
    await destruction.record(bench.desk, row.id, boris, bench.now())
    with pytest.raises(Refused, match="made already"):
        await destruction.record(bench.desk, row.id, boris, bench.now())
    with pytest.raises(Refused, match="made already"):
        await destruction.fill(bench.desk, row.id, "method", "иначе", boris, bench.now())
    assert await History.filter(action="act of destruction made").count() == 1
