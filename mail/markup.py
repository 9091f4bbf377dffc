"""The words of a letter as text and as HTML, from one source: the small markup of templates/README.md, or what staff wrote.

What staff write in Telegram is kept to the letter; its formatting comes as Telegram's entities (offsets in UTF-16 units).
"""

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from desk.breaks import WHOLE, together
from models import Entity

# Trailing punctuation belongs to the sentence, not to the address.
_URL: Final = re.compile(r"https?://[^\s<>\"«»]+[^\s<>\"«».,;:!?)\]]")
_BOLD: Final = re.compile(r"\*\*(.+?)\*\*")
_SMALL: Final = "font-size:13px;color:#767676"
_RULE: Final = '<hr style="border:0;border-top:1px solid #9e9e9e;margin:24px 0 16px">'
_QUOTE: Final = "padding:0 0 0 12px;border-left:3px solid #9e9e9e"
_LINK_SCHEMES: Final = ("http://", "https://", "mailto:", "tel:", "tg://")

# Telegram's MessageEntity.type to tags; what is not here is plain text.
_TAGS: Final = {
    "bold": "strong",
    "italic": "em",
    "underline": "u",
    "strikethrough": "s",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "expandable_blockquote": "blockquote",
}


@dataclass(frozen=True)
class Words:
    """The same words twice: for programs that show text and for those that show HTML."""

    text: str
    html: str


def marked(source: str, body: Words | None = None, mark: str = "") -> Words:
    """The words of a filled-in template; a paragraph that is `mark` alone becomes `body`."""
    texts, pieces, small = [], [], False
    for block in _blocks(source):
        if body is not None and block == [mark]:
            texts.append(body.text)
            pieces.append(body.html)
        elif block == ["---"]:
            small = True
            texts.append("-- ")
            pieces.append(_RULE)
        else:
            texts.append("\n".join(_plain(line) for line in block))
            pieces.append(_block(block, small=small))
    # The line after the signature mark follows it at once (RFC 3676 §4.3).
    return Words("\n\n".join(texts).replace("\n-- \n\n", "\n-- \n").strip("\n") + "\n", "\n".join(pieces))


def _blocks(source: str) -> list[list[str]]:
    """Paragraphs as their lines; headings, rules and runs of list items are blocks of their own."""
    blocks: list[list[str]] = []
    open_kind = ""
    for line in (line.rstrip() for line in source.splitlines()):
        kind = (
            ""
            if not line
            else "item"
            if line.startswith("- ")
            else "quote"
            if line.startswith(">")
            else "alone"
            if line.startswith("# ") or line == "---"
            else "text"
        )
        if kind and kind == open_kind and kind != "alone":
            blocks[-1].append(line)
        elif kind == "item" and blocks and blocks[-1][0].startswith("- "):
            # Templates leave empty lines between items; they are one list all the same.
            blocks[-1].append(line)
        elif kind:
            blocks.append([line])
        open_kind = kind
    return blocks


def _plain(line: str) -> str:
    if line.startswith("# "):
        line = line[2:]
    elif line.startswith("- "):
        line = f"• {line[2:]}"
    return _BOLD.sub(r"\1", line)


def _block(block: Sequence[str], *, small: bool) -> str:
    first = block[0]
    if first.startswith("# "):
        return f'<h2 style="font-size:18px;line-height:1.3;margin:24px 0 8px">{_inline(first[2:])}</h2>'
    style = f"margin:0 0 12px;{_SMALL}" if small else "margin:0 0 12px"
    if first.startswith("> "):
        lines = "<br>".join(_inline(line.removeprefix(">").removeprefix(" ")) for line in block)
        return f'<blockquote style="{style};{_QUOTE}">{lines}</blockquote>'
    if first.startswith("- "):
        items = "".join(f'<li style="margin:0 0 8px">{_inline(line[2:])}</li>' for line in block)
        return f'<ul style="{style};padding-left:20px">{items}</ul>'
    return f'<p style="{style}">{"<br>".join(_inline(line) for line in block)}</p>'


def _inline(line: str) -> str:
    return _BOLD.sub(r"<strong>\1</strong>", linked(line))


def linked(text: str) -> str:
    """Text as HTML with its web addresses as links; citations, numbers and dates are not torn apart at the end of a line."""
    pieces, at = [], 0
    for found in _URL.finditer(text):
        url = html.escape(found.group())
        pieces += [_escaped(text[at : found.start()]), f'<a href="{url}">{url}</a>']
        at = found.end()
    return "".join(pieces) + _escaped(text[at:])


def _escaped(text: str) -> str:
    return WHOLE.sub(r'<span style="white-space:nowrap">\g<0></span>', html.escape(together(text)))


# -- what staff wrote


def written(text: str, entities: Iterable[Entity] | None) -> Words:
    """The words of a staff member, exactly; a link behind words stands behind them in the text."""
    units = text.encode("utf-16-le")
    spans = [span for entity in entities or () if (span := _span(entity, len(units) // 2))]
    plain = _woven(units, [(start, end, "", f" ({url})") for start, end, _, url in spans if url], str)
    tags = [(start, end, *_tag(kind, url)) for start, end, kind, url in spans]
    rich = _woven(units, tags, _escaped if any(kind == "link" for _, _, kind, _ in spans) else linked)
    return Words(plain.strip("\n"), f'<div style="white-space:pre-wrap">{rich.strip(chr(10))}</div>')


def _span(entity: Entity, length: int) -> tuple[int, int, str, str] | None:
    """Start, end, kind and address of an entity that we show; None for the rest and for nonsense."""
    kind, start, count = entity.get("type"), entity.get("offset"), entity.get("length")
    if not isinstance(start, int) or not isinstance(count, int) or not (0 <= start < start + count <= length):
        return None
    if kind == "text_link":
        url = str(entity.get("url") or "")
        return (start, start + count, "link", url) if url.lower().startswith(_LINK_SCHEMES) else None
    return (start, start + count, str(kind), "") if kind in _TAGS else None


def _tag(kind: str, url: str) -> tuple[str, str]:
    if kind == "link":
        return f'<a href="{html.escape(url)}">', "</a>"
    return f"<{_TAGS[kind]}>", f"</{_TAGS[kind]}>"


def _woven(units: bytes, tags: Sequence[tuple[int, int, str, str]], escape: Any) -> str:
    """Text with openings and closings put in; spans that overlap are closed and opened again, so that they nest."""
    cuts = sorted({0, len(units) // 2, *(place for start, end, *_ in tags for place in (start, end))})
    out: list[str] = []
    stack: list[tuple[int, int, str, str]] = []
    for here, there in zip(cuts, [*cuts[1:], cuts[-1]], strict=True):
        ending = next((index for index, span in enumerate(stack) if span[1] <= here), None)
        if ending is not None:
            out += [span[3] for span in reversed(stack[ending:])]
            again = [span for span in stack[ending:] if span[1] > here]
            out += [span[2] for span in again]
            stack = stack[:ending] + again
        for span in sorted((span for span in tags if span[0] == here), key=lambda span: -span[1]):
            out.append(span[2])
            stack.append(span)
        out.append(escape(units[here * 2 : there * 2].decode("utf-16-le", "replace")))
    return "".join(out)
