"""The words of a file that is about to leave: text, tables (CSV, XLSX), DOCX and OpenDocument here, PDF in a process of its own.

A picture, an archive or a locked file has none: what it shows is known to staff alone, who mark it.
Run as a program (`python -m desk.disclosure.filewords`) it reads one PDF from its standard input and writes its text.
"""

import asyncio
import html
import re
import subprocess
import sys
import zipfile
import zlib
from io import BytesIO
from pathlib import Path

LONGEST = 1_000_000
"""Characters that are taken of a file."""
_LARGEST_XML = 20_000_000  # unpacked bytes that are read of one document, or of all files of an archive
_MEMBERS = 20  # files of an archive that are looked into
_SECONDS, _PAGES = 30, 200
_MEMORY = 700 * 1024 * 1024
_END = re.compile(r"</(?:w:p|w:tc|text:p|text:h|si|row|c|table:table-cell)>|<(?:w:br|w:tab|text:tab|text:s)\b[^<>]*/?>")
_DOCUMENT = re.compile(
    r"паспорт|passport|снилс|snils|водительск\w+.удостоверени|удостоверени\w+.личности|свидетельств\w+.о.(?:рождении|смерти|браке)",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[^<>]*>")
_PARTS = re.compile(
    r"word/(?:document|header\d*|footer\d*|footnotes|endnotes|comments)\.xml|xl/sharedStrings\.xml|xl/worksheets/[^/]+\.xml|"
    r"content\.xml|docProps/(?:core|custom)\.xml|ppt/slides/[^/]+\.xml"
)


def words_of(name: str, content: bytes) -> str:
    """The words of a file as far as it has any; its name among them. Slow: not for the event loop."""
    return f"{name}\n{_words(content)}"[:LONGEST]


def calls_itself_a_document(name: str) -> bool:
    """Whether a file is a person's document by its name: of a scan that is all there is to read."""
    return bool(_DOCUMENT.search(name))


async def words_of_async(name: str, content: bytes) -> str:
    """`words_of`, beside the event loop."""
    return await asyncio.to_thread(words_of, name, content)


def _words(content: bytes, depth: int = 0) -> str:
    if b"%PDF-" in content[:1024]:
        return _of_pdf(content)
    if content.startswith(b"PK"):
        return _of_archive(content, depth)
    if content.startswith(b"{\\rtf"):
        return _of_rtf(content)
    if b"\0" in content[:4096] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ""
    return _decoded(content[: 4 * LONGEST])


def _decoded(content: bytes) -> str:
    for codec in ("utf-16",) if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "cp1251"):
        try:
            return content.decode(codec)
        except UnicodeDecodeError:
            continue
    return content.decode("cp1251", "replace")


def _of_archive(content: bytes, depth: int) -> str:
    """The words of a document that is an archive of XML; of any other archive those of the files in it, but not deeper."""
    found: list[str] = []
    left = _LARGEST_XML
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = archive.namelist()
            for name in names:
                if _PARTS.fullmatch(name) and left > 0:
                    with archive.open(name) as part:
                        data = part.read(left)
                    left -= len(data)
                    found.append(html.unescape(_TAG.sub("", _END.sub("\n", data.decode("utf-8", "replace")))))
            for name in [] if found else names[:_MEMBERS]:
                with archive.open(name) as member:
                    data = member.read(left)
                left -= len(data)
                found.append(f"{name}\n{_words(data, depth + 1)}" if depth == 0 else name)
    except (zipfile.BadZipFile, zlib.error, KeyError, OSError, EOFError, RuntimeError, NotImplementedError, ValueError):
        return "\n".join(found)
    return "\n".join(found)


_RTF = re.compile(rb"\\'([0-9a-fA-F]{2})|\\u(-?\d{1,6})[ ]?\??|\\[a-zA-Z]{1,32}-?\d{0,10}[ ]?|[{}\r\n]|\\.")


def _of_rtf(content: bytes) -> str:
    def sign(match: re.Match[bytes]) -> bytes:
        if match[1]:
            return bytes((int(match[1], 16),)).decode("cp1251", "replace").encode()
        if match[2]:
            return chr(int(match[2]) % 65_536).encode("utf-8", "replace")
        return b" " if match[0].startswith((b"\\par", b"\\cell", b"\\tab", b"\\line")) else b""

    return _RTF.sub(sign, content[: 4 * LONGEST]).decode("utf-8", "replace")


def _of_pdf(content: bytes) -> str:
    """The text of a PDF; empty for a scan, a locked and a broken one. However hostile it is, it costs seconds."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "desk.disclosure.filewords"],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=True,
            cwd=Path(__file__).parents[2],
        )
    except (subprocess.SubprocessError, OSError):
        return ""
    return done.stdout.decode("utf-8", "replace")


def _main() -> None:
    import resource  # noqa: PLC0415 - a limit for this process only

    from pypdf import PdfReader  # noqa: PLC0415 - in this process only

    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    reader = PdfReader(BytesIO(sys.stdin.buffer.read()))
    if reader.is_encrypted:
        reader.decrypt("")
    for page in reader.pages[:_PAGES]:
        sys.stdout.buffer.write((page.extract_text() + "\n").encode("utf-8", "replace"))


if __name__ == "__main__":
    _main()
