"""The words of attached PDF files and scans, read by a process of its own.

However hostile a file is, it costs seconds and some memory, and never the desk.
Run as a program (`python -m mail.parsing.documents`) it reads one file from its standard input and writes JSON: `text`, and
`state`, one word of `STATES`.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final, Literal

from mail.parsing import charset

State = Literal["read", "scan", "read by machine", "nothing to read", "locked", "unreadable"]

SECONDS: Final = 40
"""How long a document may take; with tesseract, of which each page has its own seconds."""
MEMORY: Final = 700 * 1024 * 1024
"""Bytes of address space of the process that reads."""
LARGEST: Final = 40 * 1024 * 1024
LONGEST: Final = 200_000
"""Characters that are taken of a document."""
_PAGES = 40
_SCANNED_PAGES = 4
_PAGE_SECONDS = 12
_FEWEST = 20  # letters below which a PDF with pictures is a scan
_LANGUAGES = ("rus", "eng")


@dataclass(frozen=True)
class Read:
    """What came out of a document."""

    text: str
    state: State


def is_picture(content: bytes) -> bool:
    """Whether the bytes are a picture as cameras and scanners make them."""
    return content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n", b"II*\0", b"MM\0*"))


def read(content: bytes) -> Read:
    """The words of a PDF or of a picture of a page."""
    if len(content) > LARGEST:
        return Read("", "unreadable")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "OMP_THREAD_LIMIT": "1"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "mail.parsing.documents"],
            input=content, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=SECONDS, check=True, env=environment,
        )  # fmt: skip
        told = json.loads(done.stdout)
        return Read(charset.clean(str(told["text"]))[:LONGEST], told["state"])
    except (subprocess.SubprocessError, OSError, ValueError, KeyError):
        return Read("", "unreadable")


# --- in the process that reads


def _main() -> None:
    import resource  # noqa: PLC0415 - a limit for this process only

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    text, state = _read(sys.stdin.buffer.read())
    json.dump({"text": text[:LONGEST].encode("utf-8", "replace").decode(), "state": state}, sys.stdout)


def _read(content: bytes) -> tuple[str, State]:
    if content.startswith(b"%PDF") or b"%PDF-" in content[:1024]:
        return _pdf(content)
    text = _recognised(content, ".img")
    return _verdict(text)


def _verdict(text: str | None) -> tuple[str, State]:
    if text is None:
        return "", "scan"
    return text, "read by machine" if _letters(text) >= _FEWEST else "nothing to read"


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def _pdf(content: bytes) -> tuple[str, State]:
    from pypdf import PdfReader  # noqa: PLC0415 - in this process only
    from pypdf.errors import PdfReadError  # noqa: PLC0415

    try:
        reader = PdfReader(BytesIO(content))
    except PdfReadError:
        # Cut off at the end: the library looks for the objects itself when it is told of a table that is not there.
        reader = PdfReader(BytesIO(content + b"\nstartxref\n0\n%%EOF\n"))
    if reader.is_encrypted and not reader.decrypt(""):
        return "", "locked"
    texts: list[str] = []
    pictures: list[bytes] = []
    for page in reader.pages[:_PAGES]:
        texts.append(_text(page))
        if not texts[-1].strip() and len(pictures) < _SCANNED_PAGES:
            pictures += _largest_picture(page)
        if sum(map(len, texts)) > LONGEST:
            break
    text = "\n\n".join(texts)
    if _letters(text) >= _FEWEST or not pictures:
        return text, "read" if _letters(text) else "nothing to read"
    if shutil.which("tesseract") is None:
        return text, "scan"
    return _verdict("\n\n".join(_recognised(picture, ".img") or "" for picture in pictures))


def _text(page: Any) -> str:
    try:
        return str(page.extract_text())
    except Exception:  # noqa: BLE001 - one bad page must not cost the others
        return ""


def _largest_picture(page: Any) -> list[bytes]:
    try:
        return [max((one.data for one in page.images), key=len)]
    except Exception:  # noqa: BLE001 - no picture, or one of a kind nobody reads
        return []


def _recognised(picture: bytes, ending: str) -> str | None:
    """What tesseract reads in a picture; None when it is not installed."""
    program = shutil.which("tesseract")
    if program is None:
        return None
    with tempfile.NamedTemporaryFile(suffix=ending) as file:
        file.write(picture)
        file.flush()
        for languages in ("+".join(_LANGUAGES), None):
            arguments = [program, file.name, "stdout", *(["-l", languages] if languages else [])]
            try:
                done = subprocess.run(  # noqa: S603 - the program that was found, on a file of ours
                    arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=_PAGE_SECONDS, check=True
                )
            except (subprocess.SubprocessError, OSError):
                continue
            return re.sub(r"[ \t]+", " ", done.stdout.decode("utf-8", "replace"))
    return ""


if __name__ == "__main__":
    _main()
