"""The text inside attached files, as far as it can be had safely: text, HTML, Word, OpenDocument, RTF here; PDF and scans beside.

Only what a demand may stand in is read, from the front and up to a limit; a broken or hostile file gives an empty text.
"""

import html
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from io import BytesIO

from mail.parsing import charset, documents, remarks, zipped
from mail.parsing.htmltext import html_to_text
from mail.parsing.parsed import File, Remark

_MOST_FILES = 20  # of a letter, that are read
_MOST_DOCUMENTS = 6  # of those, that need a process of their own
_LONGEST = 50_000  # characters that are taken of a file
_SMALLEST_PDF = 400  # bytes below which no PDF has words
_SMALLEST_SCAN = 30_000  # bytes
_TEXT_FILE = re.compile(r"\.(?:txt|eml|text|md|log)$", re.IGNORECASE)
_PAGE_FILE = re.compile(r"\.html?$", re.IGNORECASE)

_MOST_ARCHIVES = 5  # of a letter, that are opened
_DEEPEST = 2  # archives within archives
_OTHER_ARCHIVES = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLD_WORD = "WordDocument".encode("utf-16-le")  # the stream in which Word 97-2003 keeps the words
_WORDS_OF_DOCUMENTS = ("word/document.xml", "content.xml")
# Programs save pages under the names of documents.
_PAGE = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}>\s*)?<(?:!doctype html|html)\b", re.IGNORECASE)
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


def texts_of(files: Sequence[File]) -> tuple[list[str], list[Remark]]:
    """What can be read in attached files, in their order, and what is to be said of those that cannot."""
    texts: list[str] = []
    said: list[Remark] = []
    documents_left = _MOST_DOCUMENTS
    for file in _with_unzipped(files, said):
        if len(texts) == _MOST_FILES:
            break
        if _needs_process(file):
            if documents_left == 0:
                said.append(remarks.unread_document(file.name))
                continue
            documents_left -= 1
            found = documents.read(file.content)
            text, remark = found.text, _said(found.state, file.name)
            said += [remark] if remark else []
        else:
            text = plain_text(file) or document_text(file.content)
            said += _closed(file) if not text else []
        if text.strip():
            texts.append(text[:_LONGEST])
    return texts, said


def _with_unzipped(files: Sequence[File], said: list[Remark]) -> Iterator[File]:
    """The files, and below each archive those in it."""
    todo = [(file, 0) for file in reversed(files)]
    archives = 0
    while todo:
        file, level = todo.pop()
        yield file
        if not zipped.is_zip(file.content):
            continue
        if level == _DEEPEST or archives == _MOST_ARCHIVES:
            said.append(remarks.unread_document(file.name))
            continue
        archives += 1
        try:
            found = zipped.unzipped(file.content)
        except ValueError:
            said.append(remarks.unread_document(file.name))
            continue
        if found is None:
            continue
        if found.locked:
            said.append(remarks.locked_document(file.name))
        elif not found.whole:
            said.append(remarks.partly_unzipped(file.name, len(found.files), found.all))
        todo += [(one, level + 1) for one in reversed((_names(found.files), *found.files))]


def _names(files: Sequence[File]) -> File:
    """What files are called, as a text to be read: a scan in an archive may say by its name alone what it is."""
    names = "\n".join(file.name for file in files)
    return File("names.txt", "text/plain", names.encode("utf-8", "replace"), inline=False, content_id=None, aside=True)


def _closed(file: File) -> list[Remark]:
    """What is said of a file in which words stand that nothing here can read."""
    if file.content.startswith(_OTHER_ARCHIVES):
        return [remarks.unread_document(file.name)]
    if file.content.startswith(_OLE) and _OLD_WORD in file.content:
        return [remarks.old_document(file.name)]
    return []


def _needs_process(file: File) -> bool:
    if file.content.startswith(b"%PDF") or file.type == "application/pdf":
        return len(file.content) >= _SMALLEST_PDF
    scanned = not file.aside and len(file.content) >= _SMALLEST_SCAN and documents.is_picture(file.content)
    return scanned and shutil.which("tesseract") is not None


def _said(state: documents.State, name: str) -> Remark | None:
    match state:
        case "scan":
            return remarks.scan(name)
        case "read by machine":
            return remarks.scan_read(name)
        case "nothing to read":
            return remarks.scan_unreadable(name)
        case "locked":
            return remarks.locked_document(name)
        case "unreadable":
            return remarks.unread_document(name)
        case "read":
            return None


def plain_text(file: File) -> str:
    """The text of a file that is text itself, or HTML; empty for any other."""
    if file.type == "text/html" or _PAGE_FILE.search(file.name):
        return html_to_text(charset.decode(file.content[:4_000_000])[0])
    if file.type in {"text/plain", "text/markdown"} or _TEXT_FILE.search(file.name):
        return charset.decode(file.content[: 8 * _LONGEST])[0]
    return ""


def document_text(content: bytes) -> str:
    """The text of a Word, OpenDocument or RTF file, whatever its name is; empty for any other and for one that cannot be read."""
    if content.startswith(b"{\\rtf"):
        return rtf_text(content[:_LONGEST_RTF])
    if zipped.is_zip(content):
        return next(filter(None, (_member(content, one) for one in _WORDS_OF_DOCUMENTS)), "")
    if _PAGE.match(content):
        return html_to_text(charset.decode(content[:4_000_000])[0])
    return ""


def _member(content: bytes, member: str) -> str:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive, archive.open(member) as unpacked:
            data = unpacked.read(_LONGEST_XML)
    except (zipfile.BadZipFile, zlib.error, KeyError, OSError, EOFError, RuntimeError, NotImplementedError, ValueError):
        return ""
    text = data.decode("utf-8", "replace")
    text = _TAG.sub("", _TAB.sub(" ", _PARAGRAPH.sub("\n", text)))
    return charset.clean(html.unescape(text)).strip()


def rtf_text(content: bytes) -> str:
    """The text of an RTF document."""
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
