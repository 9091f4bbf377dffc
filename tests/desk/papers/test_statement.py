"""The statement on paper, and the drafts of the notices of an incident."""

import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from docx import Document

from desk import contents
from desk.incident.notices import FIELDS, Receipt, Stage, draft, gaps, of_stage
from desk.papers.editable import docx
from desk.papers.statement import statement
from desk.papers.typesetting import pdf
from tests.desk.people import make_desk

AT = datetime(2026, 12, 10, 8, tzinfo=UTC)


def text_of(data: bytes) -> str:
    document = Document(io.BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in document.paragraphs), *cells])


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_statement_holds_what_was_said_and_where_to_post_it(language: str, tmp_path: Path) -> None:
    operator = replace(make_desk(tmp_path).operator, address="150000, Ярославль")
    content = contents.PaperForm(
        number=12, language=language, name="Иванова Мария", text="Отзыв\nКому: ИП\n\nПрекратите рассылки.",
        kinds=(contents.AskedKind(kind="consent_withdrawal", name="Отзыв согласия", article="ч. 2 ст. 9"),), sent_at=AT,
    )  # fmt: skip
    said = text_of(docx(statement(operator, content)))
    for part in (
        "ИП Тестова А. А.",
        "150000, Ярославль",
        "Иванова Мария",
        "Отзыв согласия (ч. 2 ст. 9)",
        "Прекратите рассылки.",
        "12",
    ):
        assert part in said
    assert "Кому: ИП" not in said
    assert pdf("paper", statement(operator, content).data()).startswith(b"%PDF")


@pytest.mark.parametrize("stage", ["first", "second"])
def test_a_draft_holds_every_field_of_its_stage(stage: Stage, tmp_path: Path) -> None:
    desk = make_desk(tmp_path)
    answers = {field.key: f"ответ на {field.key}" for field in FIELDS}
    paper = draft(desk, 7, AT, answers, stage, Receipt("5512-9", "09.12.2026"))
    said = text_of(docx(paper))
    for field in of_stage(stage):
        assert f"ответ на {field.key}" in said
    for part in ("ИП Тестова А. А.", "10.12.2026 11:00", "support@desk.example", "ответ на contact", "№ 187"):
        assert part in said
    assert ("№ 5512-9, 09.12.2026" in said) is (stage == "second")
    assert pdf("paper", paper.data()).startswith(b"%PDF")


def test_what_is_missing_is_named_and_leaves_a_line(tmp_path: Path) -> None:
    assert [field.key for field in gaps({"inn": "1", "happened": " "}, "first")][:2] == ["happened", "categories"]
    assert "more" not in [field.key for field in gaps({}, "first")]
    assert "____" in text_of(docx(draft(make_desk(tmp_path), 7, AT, {}, "first")))
