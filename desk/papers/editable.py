"""Editable papers: the blocks of a paper as a DOCX, for whoever has to change words before signing."""

import asyncio
import re
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Mm, Pt

from desk.papers.paper import Fields, Heading, Paper, Quote, Signatures, Table, Text

FONT = "Times New Roman"
# What XML cannot hold.
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def docx(paper: Paper) -> bytes:
    """The paper as a DOCX. It takes some tenths of a second of a processor: see `set_docx`."""
    document = Document()
    _page(document, paper)
    for number, line in enumerate(paper.head):
        _words(document.add_paragraph(), line, bold=number == 0, tight=True)
    if paper.place_date:
        _words(document.add_paragraph(), paper.place_date, align=WD_ALIGN_PARAGRAPH.RIGHT)
    _words(document.add_paragraph(), paper.title, bold=True, size=14, align=WD_ALIGN_PARAGRAPH.CENTER)
    if paper.subtitle:
        _words(document.add_paragraph(), paper.subtitle, align=WD_ALIGN_PARAGRAPH.CENTER)
    for block in paper.blocks:
        if isinstance(block, Heading):
            _words(document.add_paragraph(), block.text, bold=True)
        elif isinstance(block, Text | Quote):
            _words(document.add_paragraph(), block.text)
        elif isinstance(block, Fields):
            _table(document, (), block.rows, (0.38, 0.62), grid=False)
        elif isinstance(block, Table):
            _table(document, block.columns, block.rows, block.widths, grid=True)
        else:
            _signatures(document, block)
    _words(document.sections[0].footer.paragraphs[0], paper.footer, size=9)
    properties = document.core_properties
    properties.title, properties.author, properties.language = (
        _clean(paper.title)[:255],
        _clean(paper.author)[:255],
        paper.language,
    )
    made = BytesIO()
    document.save(made)
    return made.getvalue()


async def set_docx(paper: Paper) -> bytes:
    """The paper as a DOCX, made in a thread so that the loop goes on."""
    return await asyncio.to_thread(docx, paper)


def _page(document: Any, paper: Paper) -> None:
    section = document.sections[0]
    width, height = (297, 210) if paper.landscape else (210, 297)
    section.page_width, section.page_height = Mm(width), Mm(height)
    section.orientation = WD_ORIENT.LANDSCAPE if paper.landscape else WD_ORIENT.PORTRAIT
    section.left_margin, section.right_margin, section.top_margin, section.bottom_margin = Mm(25), Mm(15), Mm(20), Mm(20)
    style = document.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(12)
    style.paragraph_format.space_after = Pt(6)


def _words(paragraph: Any, text: str, *, bold: bool = False, size: float = 0, align: Any = None, tight: bool = False) -> None:
    for number, line in enumerate(_clean(text).split("\n")):
        if number:
            paragraph.add_run().add_break()
        run = paragraph.add_run(line)
        run.bold = bold
        if size:
            run.font.size = Pt(size)
    if align is not None:
        paragraph.alignment = align
    if tight:
        paragraph.paragraph_format.space_after = Pt(0)


def _table(document: Any, columns: Any, rows: Any, widths: Any, *, grid: bool) -> None:
    count = len(columns) or max((len(row) for row in rows), default=0)
    if not count:
        return
    table = document.add_table(rows=0, cols=count)
    if grid:
        table.style = "Table Grid"
    shares = [one / sum(widths) for one in widths] if widths else [1 / count] * count
    section = document.sections[0]
    room = section.page_width - section.left_margin - section.right_margin
    for number, row in enumerate([*([columns] if columns else []), *rows]):
        cells = table.add_row().cells
        for cell, text, share in zip(cells, row, shares, strict=True):
            cell.width = int(room * share)
            shown = text or ("" if grid else "_" * 40)
            _words(cell.paragraphs[0], shown, bold=bool(columns) and not number, size=10 if grid else 0, tight=True)
    document.add_paragraph().paragraph_format.space_after = Pt(0)


def _signatures(document: Any, block: Signatures) -> None:
    for person in block.people:
        _table(
            document,
            (),
            [(person.position or "_" * 24, "_" * 20, person.name or "_" * 24), tuple(f"({one})" for one in block.captions)],
            (0.38, 0.24, 0.38),
            grid=False,
        )


def _clean(text: str) -> str:
    return _UNSTORABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
