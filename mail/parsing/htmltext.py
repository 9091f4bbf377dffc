"""HTML letters as plain text, quoted letters marked with `>` as in plain text, whatever the HTML is like."""

import html
import re
from collections.abc import Callable

from mail.parsing import charset

_LONGEST = 1_000_000  # characters of HTML that are turned into text
_INSCRUTABLE = 2_000  # open elements at which the tree builders give up

_NOT_SHOWN = re.compile(r"<(script|style|title|template)\b[^>]{0,2000}>.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_DECLARATION = re.compile(r"<[?!][^>]{0,2000}>")
_QUOTE_OPEN = re.compile(r"<blockquote\b[^>]{0,4000}>", re.IGNORECASE)
_QUOTE_CLOSE = re.compile(r"</blockquote\s*>", re.IGNORECASE)
_BREAK = re.compile(r"<(?:br|/?p|/?div|/?tr|/?li|/?h[1-6]|/?table)\b[^>]{0,4000}>", re.IGNORECASE)
_TAG = re.compile(r"<[a-zA-Z/!?][^<>]{0,4000}>")
_OPENING = re.compile(r"<[a-zA-Z]")
_BLANKS = re.compile(r"[ \t\u00a0]+(?=\n|\Z)")
_MANY_LINES = re.compile(r"\n{3,}")

# Stand-ins for the edges of a quotation while a converter, which would only indent it, is at work.
_OPEN, _CLOSE = "\ue0f0", "\ue0f1"


def html_to_text(source: str) -> str:
    """The readable text of `source`; empty only when there is nothing to read."""
    text = charset.clean(source)[:_LONGEST]
    if "<" not in text:
        return _tidy(html.unescape(text))
    text = _NOT_SHOWN.sub(" ", _COMMENT.sub("", text))
    text = _DECLARATION.sub("", text).replace(_OPEN, "").replace(_CLOSE, "")
    text = _QUOTE_OPEN.sub(f"<br>{_OPEN}<br>", text)
    text = _QUOTE_CLOSE.sub(f"<br>{_CLOSE}<br>", text)
    ways: tuple[Callable[[str], str], ...] = (_by_inscriptis, _by_html2text, _by_hand)
    if len(_OPENING.findall(text)) > 20 * _INSCRUTABLE:
        ways = (_by_hand,)  # megabytes of tags: the tree builders need minutes
    for way in ways:
        try:
            plain = charset.clean(way(text))
        except Exception:  # noqa: BLE001, S112 - libraries stumble over broken HTML in their own ways; the last way cannot
            continue
        if plain.replace(_OPEN, "").replace(_CLOSE, "").strip():
            return _tidy(_marked(plain))
    return ""


def _by_inscriptis(source: str) -> str:
    from inscriptis import get_text  # type: ignore[import-untyped]  # noqa: PLC0415 - heavy and rarely needed
    from inscriptis.css_profiles import CSS_PROFILES  # type: ignore[import-untyped]  # noqa: PLC0415
    from inscriptis.model.config import ParserConfig  # type: ignore[import-untyped]  # noqa: PLC0415

    return str(get_text(source, ParserConfig(css=CSS_PROFILES["strict"])))


def _by_html2text(source: str) -> str:
    import html2text  # noqa: PLC0415 - only for what the first library cannot read

    converter = html2text.HTML2Text(bodywidth=0)
    converter.ignore_links = True
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
