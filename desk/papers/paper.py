"""A paper as data: its head, title and blocks, from which the PDF and the editable DOCX are set alike.

All words are in the reader's language already; nothing here is evaluated by what sets it.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True)
class Heading:
    """A heading inside the paper; `level` 2 opens a part, 3 one thing of it."""

    block: ClassVar[str] = "heading"
    text: str
    level: int = 2


@dataclass(frozen=True)
class Text:
    """A paragraph; its breaks of lines stay."""

    block: ClassVar[str] = "text"
    text: str


@dataclass(frozen=True)
class Quote:
    """Somebody's words as they stand, set off from ours."""

    block: ClassVar[str] = "quote"
    text: str


@dataclass(frozen=True)
class Fields:
    """Rows of what it is and its value; an empty value leaves a line to write on."""

    block: ClassVar[str] = "fields"
    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Table:
    """A table; `widths` are fractions of the page's width, equal ones where there are none."""

    block: ClassVar[str] = "table"
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[float] = ()


@dataclass(frozen=True)
class Signer:
    """Who is to sign."""

    position: str = ""
    name: str = ""


@dataclass(frozen=True)
class Signatures:
    """Places for signatures, with what stands small under position, signature and name."""

    block: ClassVar[str] = "signatures"
    people: Sequence[Signer]
    captions: tuple[str, str, str]


Block = Heading | Text | Quote | Fields | Table | Signatures


@dataclass(frozen=True, kw_only=True)
class Paper:
    """`head` are the lines of who issues it, `place_date` stands right above the title, `footer` below each page.

    `page` is how pages are counted ("Page %(page)s of %(pages)s").
    """

    language: str
    title: str
    head: Sequence[str] = ()
    place_date: str = ""
    subtitle: str = ""
    blocks: Sequence[Block] = field(default_factory=tuple)
    footer: str = ""
    page: str = "%(page)s / %(pages)s"
    author: str = ""
    landscape: bool = False

    def data(self) -> dict[str, Any]:
        """As plain values, each block with its name under `block`."""
        made = asdict(self)
        made["blocks"] = [asdict(one) | {"block": one.block} for one in self.blocks]
        return made
