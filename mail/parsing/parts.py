"""The parts of a mail in order: its words, its files, the letters and containers in it. Structure decides before choice.

Parts of a multipart/alternative say the same in several forms, and one text is made of them (`mail.parsing.alternatives`).
All other parts follow one another: a footer below a letter is no rival of the letter.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from email.generator import BytesGenerator
from email.message import Message
from io import BytesIO

from mail.parsing import charset, remarks, sealed, transfer
from mail.parsing.alternatives import joined
from mail.parsing.datauris import without_data
from mail.parsing.filenames import default_name, file_name, parameters
from mail.parsing.headers import raw_fields, words
from mail.parsing.hollow import Hollow
from mail.parsing.htmltext import read_page
from mail.parsing.parsed import File, Remark

LONGEST_TEXT = 1_000_000  # characters of text that are shown and searched; the files and the raw mail stay whole
LONGEST_BODY = 4_000_000  # bytes of a body part that are decoded for it
MOST_PARTS = 2_000
_LONGEST_PAGE = 64_000_000  # bytes of HTML that are searched for pictures inside it
_DEEPEST = 60  # levels of multipart that are walked by the book; anything deeper is read flat
_MOST_REMARKS = 30

TEXTS = frozenset({"text/plain", "text/html", "text/enriched", "text/richtext", "text", "text/markdown"})
LETTERS = frozenset({"message/rfc822", "message/global", "message/news"})
# The same letter once more, for other programs.
_TWINS = frozenset({"text/x-amp-html", "text/watch-html"})


@dataclass(frozen=True)
class Words:
    """A piece of the letter's text; `page` is its HTML; `name` is set where the part had one like a file."""

    text: str
    page: str | None = None
    name: str = ""


Item = Words | File


@dataclass
class Reading:
    """What is gathered on the way through the parts of one mail."""

    hollow: Hollow
    remarks: list[Remark] = field(default_factory=list)
    parts: int = 0
    report: bool = False  # a report of a program: what it returns is not said by its sender
    quoted: bool = False
    small: set[str] = field(default_factory=set)
    reaction: str = ""

    def odd(self, remark: Remark | None) -> None:
        if remark and remark not in self.remarks and len(self.remarks) < _MOST_REMARKS:
            self.remarks.append(remark)


def read(part: Message, reading: Reading, depth: int = 0) -> list[Item]:
    """The items of a part, in order."""
    reading.parts += 1
    if reading.parts > MOST_PARTS:
        reading.odd(remarks.too_many_parts(MOST_PARTS))
        return []
    kind = type_of(part)
    payload = part.get_payload()
    if kind.startswith("multipart/") and isinstance(payload, list) and depth < _DEEPEST:
        reading.report = reading.report or kind == "multipart/report"
        if kind == "multipart/signed":
            reading.odd(_signature(part, payload, reading))
        children = [read(child, reading, depth + 1) for child in payload if isinstance(child, Message)]
        items = _alternative(children) if kind == "multipart/alternative" else [item for child in children for item in child]
        return [*_leftovers(part, payload, reading), *items]
    if isinstance(payload, list):
        return [_attached_message(part, kind, reading)]
    return list(leaf(part, reading))


def _signature(part: Message, children: Sequence[object], reading: Reading) -> Remark | None:
    """What is to be said of the signature that stands beside what it is of; None when there is none."""
    for child in children[1:]:
        kind = type_of(child) if isinstance(child, Message) else ""
        if isinstance(child, Message) and kind in sealed.SMIME_SIGNATURES:
            signed = reading.hollow.first_part(parameters_of(part, "content-type").get("boundary", ""))
            return sealed.detached(transfer.content(child, reading.hollow)[0], signed)
        if kind == sealed.PGP_SIGNATURE:
            return remarks.signature_unchecked("PGP")
    return None


def _leftovers(part: Message, children: Sequence[object], reading: Reading) -> Iterator[Words]:
    """Text outside all parts is shown when there is no part at all: some gateways break the boundary."""
    for text in (part.preamble, part.epilogue):
        if text and not children and text.strip():
            reading.odd(remarks.stray_text())
            data = reading.hollow.whole(text.encode("utf-8", "surrogateescape"))
            yield Words(charset.decode(data[:LONGEST_BODY])[0])


def _alternative(children: Sequence[Sequence[Item]]) -> list[Item]:
    """One text of several, and the files of all."""
    texts = [[item for item in child if isinstance(item, Words)] for child in children]
    pages = "\n".join(item.page for child in texts for item in child if item.page)
    text = joined(["\n\n".join(item.text for item in child) for child in texts])
    # A file that both forms carry is one file.
    files = {(item.name, item.content): item for child in children for item in child if isinstance(item, File)}
    return [*([Words(text, pages or None)] if text.strip() or pages else []), *files.values()]


def leaf(part: Message, reading: Reading) -> Iterator[Item]:
    """The items of a part that is no container."""
    kind = type_of(part)
    if kind in _TWINS:
        return
    disposition = disposition_of(part)
    name = file_name(part)
    content, damage = transfer.content(part, reading.hollow)
    reading.odd(damage)
    if kind.startswith("multipart/"):
        # Declared as a container, but without parts inside: whatever it holds is text.
        if content.strip():
            reading.odd(remarks.stray_text())
            yield from text_items(content, None, reading)
        return
    if kind == "text/vnd.google.email-reaction+json":
        reading.reaction = reading.reaction or _emoji(content)
        return
    if kind in TEXTS and disposition != "attachment":
        yield from text_items(content, parameters_of(part, "content-type").get("charset"), reading, kind, name)
        return
    if not content and not name and disposition != "attachment":
        return
    yield File(
        name=name or default_name(kind, reading.parts),
        type=kind,
        content=content,
        inline=disposition == "inline" or content_id(part) is not None,
        content_id=content_id(part),
    )


def text_items(
    content: bytes, declared: str | None, reading: Reading, kind: str = "text/plain", name: str = ""
) -> Iterator[Item]:
    """A body part as words; pictures that stand inside it as data become files."""
    longest = _LONGEST_PAGE if b"data:" in content else LONGEST_BODY
    if len(content) > longest:
        reading.odd(remarks.too_long())
    text, odd = charset.decode(content[:longest], declared)
    reading.odd(remarks.encoding() if odd else None)
    text, pictures = without_data(text, page=kind == "text/html")
    if kind != "text/html":
        yield Words(_within(text, reading), name=name)
    else:
        page = read_page(text)
        if page.cut:
            reading.odd(remarks.too_long())
        if page.hidden:
            reading.odd(remarks.hidden_text(page.hidden))
        reading.quoted = reading.quoted or page.quoted
        reading.small |= page.small
        yield Words(_within(page.text, reading), text[:LONGEST_TEXT], name)
    yield from pictures


def _within(text: str, reading: Reading) -> str:
    if len(text) > LONGEST_TEXT:
        reading.odd(remarks.too_long())
    return text[:LONGEST_TEXT]


def _emoji(content: bytes) -> str:
    found = re.search(r'"emoji"\s*:\s*"([^"]{1,40})"', charset.decode(content[:2_000], "utf-8")[0])
    return found[1] if found else "👍"


def _attached_message(part: Message, kind: str, reading: Reading) -> File:
    """A letter inside the letter, or a delivery status, as a file."""
    payload = [child for child in part.get_payload() if isinstance(child, Message)]
    light = as_bytes(payload[0]) if kind in LETTERS and payload else b"\n".join(as_bytes(child) for child in payload)
    content = reading.hollow.whole(light)
    encoding = transfer.encoding(part)
    if encoding in {"base64", "quoted-printable"}:
        # Forbidden for letters, and done by several programs.
        content, damage = transfer.decoded(lambda: [content.lstrip(b"\r\n")], encoding)
        reading.odd(damage)
    name = file_name(part)
    if not name and kind in LETTERS:
        inner = next((v for k, v in raw_fields(list(payload[0].raw_items()), None) if k == "subject"), "") if payload else ""
        name = file_name(part, wanted=f"{words(inner)[:80] or 'letter'}.eml")
    elif name and kind in LETTERS and not re.search(r"\.(?:eml|msg|mht)$", name, re.IGNORECASE):
        name = file_name(part, wanted=f"{name}.eml")
    return File(name or default_name(kind, reading.parts), kind, content, inline=False, content_id=content_id(part))


def as_bytes(message: Message) -> bytes:
    """The letter as it was written."""
    out = BytesIO()
    try:
        BytesGenerator(out, mangle_from_=False, maxheaderlen=0).flatten(message)
    except Exception:  # noqa: BLE001 - the generator is less tolerant than the parser
        payload = message.get_payload()
        head = "".join(f"{name}: {value}\n" for name, value in message.raw_items())
        body = payload if isinstance(payload, str) else ""
        return f"{head}\n{body}".encode("utf-8", "surrogateescape")
    return out.getvalue()


# --- what a part declares


def type_of(part: Message) -> str:
    """The type as declared, repaired; a part without one is plain text."""
    value = transfer.raw_value(part, "content-type")
    if value is None:
        return part.get_default_type()
    kind = charset.clean(value.partition(";")[0]).strip().strip("\"'").lower()
    if kind == "text":
        return "text/plain"
    if not re.fullmatch(r"[\w.+-]{1,60}/[\w.+-]{1,100}", kind, re.ASCII):
        return "text/plain" if not re.search(r"name\s*\*?\s*=", value, re.IGNORECASE) else "application/octet-stream"
    return kind


def parameters_of(part: Message, header: str) -> dict[str, str]:
    return parameters(transfer.raw_value(part, header) or "")


def disposition_of(part: Message) -> str:
    value = (transfer.raw_value(part, "content-disposition") or "").partition(";")[0].strip().strip("\"'").lower()
    # RFC 2183: what is not known is treated as an attachment.
    return value if value in {"", "inline"} else "attachment"


def content_id(part: Message) -> str | None:
    value = charset.clean(transfer.raw_value(part, "content-id") or "").strip().strip("<>")
    return value[:300] or None
