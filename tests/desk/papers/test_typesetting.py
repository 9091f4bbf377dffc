"""Typesetting: a paper becomes a PDF with Cyrillic and a DOCX, whatever stands in its data."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from desk.papers import editable, typesetting
from desk.papers.paper import Fields, Heading, Paper, Signatures, Signer, Table, Text


def paper(value: str = "Ветрова Ольга Игоревна", rows: int = 1) -> Paper:
    return Paper(
        language="ru",
        title="Акт № 7 об уничтожении",
        head=("Магазин «Тёплый дом»", "г. Ярославль"),
        place_date="14.12.2026",
        blocks=(
            Heading("Что уничтожено"),
            Fields((("Субъект", value), ("Способ", ""))),
            Table(("Система", "Дата"), [(f"Система {number}", "14.12.2026") for number in range(rows)]),
            Text("Первая строка\nвторая строка"),
            Signatures((Signer("Администратор", "Иванов И. И."), Signer()), ("должность", "подпись", "фамилия, инициалы")),
        ),
        footer="по обращению № 12",
        page="Страница %(page)s из %(pages)s",
    )


def pages(made: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(made)).pages]


def words_of(made: bytes) -> str:
    document = Document(BytesIO(made))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in document.paragraphs), *cells])


async def test_a_pdf_holds_the_cyrillic_words_as_text_and_is_an_archive_file_with_its_fonts() -> None:
    made = await typesetting.set_paper(paper())
    (page,) = pages(made)
    for words in ("Акт № 7 об уничтожении", "Магазин «Тёплый дом»", "Ветрова Ольга Игоревна", "Иванов И. И.", "Страница 1 из 1"):
        assert words in page
    assert b"pdfaid:part" in PdfReader(BytesIO(made)).xmp_metadata.stream.get_data()
    fonts = PdfReader(BytesIO(made)).pages[0]["/Resources"]["/Font"]
    assert all("/FontFile" in str(one.get_object()["/DescendantFonts"][0]["/FontDescriptor"]) for one in fonts.values())


async def test_a_long_table_repeats_its_head_and_counts_its_pages() -> None:
    found = pages(await typesetting.set_paper(paper(rows=120)))
    assert len(found) > 2
    assert all("Система" in page and f"Страница {number} из {len(found)}" in page for number, page in enumerate(found[:-1], 1))


async def test_the_same_paper_gives_the_same_bytes() -> None:
    assert await typesetting.set_paper(paper()) == await typesetting.set_paper(paper())


@pytest.mark.parametrize(
    "code",
    ['#panic("x")', '#import "/etc/passwd"', "$ a^2 $", "*b* _i_ = h", "```raw```", "\\u{41} #{1+1}", "[[", '#read("base.typ")'],
)
async def test_what_looks_like_code_is_shown_as_it_stands(code: str) -> None:
    assert code.replace(" ", "") in "".join(pages(await typesetting.set_paper(paper(code)))).replace(" ", "").replace("\n", "")


async def test_a_paper_made_at_any_moment_of_the_clock_can_be_set() -> None:
    made = datetime(2026, 12, 4, 16, 4, 53, 123456, tzinfo=UTC)
    read = PdfReader(BytesIO(await typesetting.set_paper(paper(), made)))
    assert read.metadata is not None
    assert read.metadata.creation_date == made.replace(microsecond=0)


async def test_a_character_that_no_font_has_is_stood_in_for_and_spoils_nothing() -> None:
    (page,) = pages(await typesetting.set_paper(paper("Анна 🦊 Ветрова 漢字")))
    assert "Анна □ Ветрова □□" in page


async def test_data_that_a_template_does_not_fit_are_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match="could not be set"):
        await typesetting.set_pdf("paper", {"title": "…"})


@settings(max_examples=40)
@given(st.text(max_size=60))
def test_any_words_can_be_set_on_the_page_and_in_the_editable_copy(value: str) -> None:
    assert typesetting.pdf("paper", paper(value).data()).startswith(b"%PDF")
    assert "Акт № 7" in words_of(editable.docx(paper(value)))


async def test_the_editable_copy_holds_the_same_words() -> None:
    words = words_of(await editable.set_docx(paper("Анна 🦊")))
    for one in ("Акт № 7 об уничтожении", "Анна 🦊", "Система 0", "Первая строка\nвторая строка", "Администратор", "(подпись)"):
        assert one in words
