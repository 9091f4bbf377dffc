"""Typesetting: a template of `templates/` and data become a PDF/A-2b with Cyrillic, by typst and the fonts inside its wheel.

No network, no fonts of the system, and data are JSON that is shown and never evaluated.
"""

import asyncio
import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.resources import as_file, files
from typing import Any, Final

import typst

from desk.breaks import together
from desk.papers.paper import Paper

# Shown for a character that no font of ours has (an emoji, a hieroglyph): PDF/A allows no empty box.
STAND_IN: Final = "□"
# What our fonts surely have; whatever else failed to be shown is stood in for.
_KNOWN = re.compile(
    "[\n\t\u0020-\u007e\u00a0-\u024f\u0391-\u03a1\u03a3-\u03c9\u0400-\u04ff"  # letters
    "\u2010-\u2027\u2030-\u203a\u20ac\u20bd\u2116\u2190-\u2193\u25a1]"  # signs
)
# Control characters and lone surrogates, of which no PDF can be made.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def pdf(template: str, data: Mapping[str, Any], at: datetime | None = None) -> bytes:
    """The PDF of a template (its name without .typ). It takes some hundredths of a second of a processor: see `set_pdf`.

    `at` is the moment written into the file as that of its making; without one the same data give the same bytes.
    Raises ValueError for data that the template does not fit.
    """
    told = _clean(data)
    with as_file(files("desk.papers") / "templates") as folder:
        while True:
            try:
                made = typst.compile(
                    folder / f"{template}.typ",
                    root=folder,
                    format="pdf",
                    ignore_system_fonts=True,
                    sys_inputs={"data": json.dumps(told, ensure_ascii=False, default=str)},
                    pdf_standards="a-2b",
                    timestamp=(at or datetime(2000, 1, 1, tzinfo=UTC)).replace(microsecond=0),  # a PDF counts seconds
                )
            except typst.TypstError as error:
                plain = _mapped(told, lambda text: "".join(one if _KNOWN.match(one) else STAND_IN for one in text))
                if "could not be displayed" not in error.message or plain == told:
                    raise ValueError(f"The paper “{template}” could not be set: {error.message}") from error
                told = plain
            else:
                assert isinstance(made, bytes)
                return made


async def set_pdf(template: str, data: Mapping[str, Any], at: datetime | None = None) -> bytes:
    """The PDF of a template, made in a thread so that the loop goes on. Raises ValueError as `pdf` does."""
    return await asyncio.to_thread(pdf, template, data, at)


async def set_paper(paper: Paper, at: datetime | None = None) -> bytes:
    """The PDF of a paper made of blocks."""
    return await set_pdf("paper", paper.data(), at)


def _clean(value: Any) -> Any:
    def cleaned(text: str) -> str:
        lines = text.replace("\r\n", "\n").replace("\r", "\n")
        return together(_UNSEEN.sub("", unicodedata.normalize("NFC", lines)))

    return _mapped(value, cleaned)


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    """The same data with every string changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: _mapped(one, change) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_mapped(one, change) for one in value]
    return value
