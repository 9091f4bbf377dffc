"""HTML letters as plain text, whatever the HTML is like: quotations marked with `>`, targets of links kept, hidden text not."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from mail.parsing import charset
from mail.parsing.sheets import hiding

LONGEST = 1_000_000  # characters of HTML that are turned into text, pictures inside it taken out before
_INSCRUTABLE = 2_000  # open elements at which the tree builders give up

_NOT_SHOWN = re.compile(r"<(script|style|title|template)\b[^>]{0,2000}>.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_DECLARATION = re.compile(r"<[?!][^>]{0,2000}>")
_QUOTE_OPEN = re.compile(r"<blockquote\b[^>]{0,4000}>", re.IGNORECASE)
_QUOTE_CLOSE = re.compile(r"</blockquote\s*>", re.IGNORECASE)
_CITED = re.compile(
    r"""<blockquote\b[^>]{0,2000}\btype\s*=\s*["']?cite
      |<(?:blockquote|div)\b[^>]{0,2000}\bclass\s*=\s*["']?[^"'>]{0,200}(?:gmail_quote|yahoo_quoted|moz-cite|protonmail_quote|mailru-blockquote)""",
    re.IGNORECASE | re.VERBOSE,
)
_BREAK = re.compile(r"<(?:br|/?p|/?div|/?tr|/?li|/?h[1-6]|/?table)\b[^>]{0,4000}>", re.IGNORECASE)
_TAG = re.compile(r"<[a-zA-Z/!?][^<>]{0,4000}>")
_OPENING = re.compile(r"<[a-zA-Z]")
_BLANKS = re.compile(r"[ \t\u00a0]+(?=\n|\Z)")
_MANY_LINES = re.compile(r"\n{3,}")

# Stand-ins for the edges of a quotation while a converter, which would only indent it, is at work.
_OPEN, _CLOSE = "\ue0f0", "\ue0f1"


@dataclass(frozen=True)
class Page:
    """The readable text of a page; `hidden` counts characters that were not for the eye; `cut` tells that the end is missing."""

    text: str
    hidden: int = 0
    cut: bool = False
    quoted: bool = False  # a program marked quotations in it
    small: frozenset[str] = field(default_factory=frozenset)  # content ids of pictures shown no larger than an icon


def html_to_text(source: str) -> str:
    """The readable text of `source`; empty only when there is nothing to read."""
    return read_page(source).text


def read_page(source: str) -> Page:
    """What a reader sees of `source`."""
    text = charset.clean(source)
    cut = len(text) > LONGEST
    text = text[:LONGEST]
    if "<" not in text:
        return Page(_tidy(html.unescape(text)), cut=cut)
    gone = hiding(text)
    text = _NOT_SHOWN.sub(" ", _COMMENT.sub("", text))
    text = _DECLARATION.sub("", text).replace(_OPEN, "").replace(_CLOSE, "")
    quoted = bool(_CITED.search(text))
    text = _QUOTE_OPEN.sub(f"<br>{_OPEN}<br>", text)
    text = _QUOTE_CLOSE.sub(f"<br>{_CLOSE}<br>", text)
    if len(_OPENING.findall(text)) <= 20 * _INSCRUTABLE:  # of more tags the tree builders need minutes
        from mail.parsing.pagetree import prepared  # noqa: PLC0415 - heavy, and many letters have no HTML

        try:
            tree = prepared(text, gone)
            plain = _marked(charset.clean(tree.text()))
            if plain.strip():
                return Page(_tidy(plain), tree.hidden, cut, quoted, tree.small)
        except Exception:  # noqa: BLE001, S110 - libraries stumble over broken HTML in their own ways; there are simpler ones
            pass
    ways: tuple[Callable[[str], str], ...] = (_by_html2text, _by_hand)
    for way in ways if len(text) < LONGEST // 2 else (_by_hand,):
        try:
            plain = _marked(charset.clean(way(text)))
        except Exception:  # noqa: BLE001, S112 - the last way cannot fail
            continue
        if plain.strip():
            return Page(_tidy(plain), cut=cut, quoted=quoted)
    return Page("", cut=cut)


def _by_html2text(source: str) -> str:
    import html2text  # noqa: PLC0415 - only for what the first library cannot read

    converter = html2text.HTML2Text(bodywidth=0)
    converter.ignore_images = True
    converter.ignore_emphasis = True
    converter.escape_snob = False
    return str(converter.handle(source))


def _by_hand(source: str) -> str:
    return html.unescape(_TAG.sub(" ", _BREAK.sub("\n", source)))


def _marked(text: str) -> str:
    """Lines between the stand-ins get one `> ` for each quotation they stand in."""
    out = []
    depth = 0
    for line in text.replace(_OPEN, f"\n{_OPEN}\n").replace(_CLOSE, f"\n{_CLOSE}\n").split("\n"):
        if _OPEN in line:
            depth += 1
        elif _CLOSE in line:
            depth = max(0, depth - 1)
        elif line.strip():
            out.append("> " * min(depth, 10) + line.strip())
        elif not depth:
            out.append("")
    return "\n".join(out)


def _tidy(text: str) -> str:
    lines = (line.strip(" \t\u00a0") for line in text.replace("\u200b", "").split("\n"))
    return _MANY_LINES.sub("\n\n", _BLANKS.sub("", "\n".join(lines))).strip("\n ")
