"""The text inside attached documents, as far as it can be had cheaply and safely: Word, OpenDocument and RTF.

Only what a demand may stand in is read, from the front and up to a limit; a broken or hostile file gives an empty text.
"""

import html
import re
import zipfile
import zlib
from io import BytesIO

from mail.parsing import charset

_LONGEST_XML = 4_000_000  # unpacked bytes that are read of a document
_LONGEST_RTF = 2_000_000
_PARAGRAPH = re.compile(r"</(?:w:p|text:p|text:h)>|<(?:w:br|w:cr|text:line-break)\s*/>")
_TAB = re.compile(r"<(?:w:tab|text:tab|text:s)\b[^<>]{0,200}>")
_TAG = re.compile(r"<[^<>]{0,4000}>")
_RTF = re.compile(
    rb"\\'([0-9a-fA-F]{2})|\\u(-?\d{1,6})[ ]?(?:\\'[0-9a-fA-F]{2}|[^\\{}])?"
    rb"|\\([a-zA-Z]{1,32})(-?\d{1,10})?[ ]?|\\(.)|([{}])|([^\\{}]+)",
    re.DOTALL,
)
# Groups that hold no text of the letter.
_RTF_ASIDE = frozenset(
    {b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"themedata", b"listtable", b"generator", b"datastore", b"object"}
)
_RTF_SIGNS = {b"par": "\n", b"line": "\n", b"row": "\n", b"cell": " ", b"tab": " ", b"emdash": "—", b"endash": "–"}


def document_text(name: str, content: bytes) -> str:
    """The text of a .docx, .odt or .rtf file, empty for any other and for one that cannot be read."""
    lower = name.lower()
    if content.startswith(b"{\\rtf"):
        return _rtf(content[:_LONGEST_RTF])
    if content.startswith(b"PK") and lower.endswith((".docx", ".docm", ".odt", ".ott")):
        return _zipped(content, "content.xml" if lower.endswith((".odt", ".ott")) else "word/document.xml")
    return ""


def _zipped(content: bytes, member: str) -> str:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive, archive.open(member) as unpacked:
            data = unpacked.read(_LONGEST_XML)
    except (zipfile.BadZipFile, zlib.error, KeyError, OSError, EOFError, RuntimeError, NotImplementedError, ValueError):
        return ""
    text = data.decode("utf-8", "replace")
    text = _TAG.sub("", _TAB.sub(" ", _PARAGRAPH.sub("\n", text)))
    return charset.clean(html.unescape(text)).strip()


def _rtf(content: bytes) -> str:
    page = re.search(rb"\\ansicpg(\d{1,5})", content)
    codec = charset.known(f"cp{page[1].decode()}") if page else None
    out: list[str] = []
    waiting = b""  # bytes of one letter may come one by one
    aside: list[bool] = [False]
    for match in _RTF.finditer(content):
        code, point, word, number, sign, brace, plain = match.groups()
        if code and not aside[-1]:
            waiting += bytes((int(code, 16),))
            continue
        if waiting:
            out.append(waiting.decode(codec or "cp1251", "replace"))
            waiting = b""
        if brace:
            if brace == b"{":
                aside.append(aside[-1])
            elif len(aside) > 1:
                aside.pop()
        elif sign == b"*" or word in _RTF_ASIDE:
            aside[-1] = True
        elif aside[-1]:
            continue
        elif point:
            out.append(chr(int(point) % 65_536))
        elif word:
            out.append(_RTF_SIGNS.get(word, "") if not number else "")
        elif sign in {b"\\", b"{", b"}", b"~"}:
            out.append(" " if sign == b"~" else sign.decode())
        elif plain:
            out.append(re.sub(rb"[\r\n]", b"", plain).decode("ascii", "ignore"))
    if waiting:
        out.append(waiting.decode(codec or "cp1251", "replace"))
    return charset.clean("".join(out)).strip()
