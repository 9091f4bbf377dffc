"""What is in a ZIP archive, as files to be read: bounded in number, size and depth, whatever the archive claims to hold."""

import mimetypes
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from mail.parsing.filenames import safe_name
from mail.parsing.parsed import File

MOST: Final = 30
"""Files that are taken of one archive."""
LARGEST: Final = 10 * 1024 * 1024
"""Bytes that are unpacked of one file; of all together three times as many."""
_DIRECTORY = 512 * 1024  # bytes of a table of contents above which nobody reads it
_END = struct.Struct("<4s4H2LH")
# By these an archive is a document of an office, an application or a book, and is opened by others or by nobody.
_DOCUMENTS = frozenset({"[content_types].xml", "mimetype", "meta-inf/manifest.mf", "androidmanifest.xml", "word/document.xml"})
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    OSError,
    EOFError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    struct.error,
)


@dataclass(frozen=True)
class Unzipped:
    """The files of an archive; `all` counts those that it names, `locked` tells that a password keeps some closed."""

    files: tuple[File, ...]
    all: int
    locked: bool = False

    @property
    def whole(self) -> bool:
        """Whether everything in it was unpacked."""
        return len(self.files) == self.all


def is_zip(content: bytes) -> bool:
    """Whether the bytes are a ZIP archive, whatever their name is."""
    return content.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def unzipped(content: bytes) -> Unzipped | None:
    """The files in an archive; None for one that is a document itself. Raises ValueError when it cannot be read."""
    if _directory_size(content) > _DIRECTORY:
        raise ValueError("its table of contents is too long")
    try:
        # Windows in Russian names files by its old code page; what is in UTF-8 says so and is read as such.
        with zipfile.ZipFile(BytesIO(content), metadata_encoding="cp866") as archive:
            members = [one for one in archive.infolist() if not one.is_dir() and not one.filename.startswith("__MACOSX/")]
            if any(one.filename.lower() in _DOCUMENTS for one in members):
                return None
            locked = any(one.flag_bits & 1 for one in members)
            return Unzipped(tuple(_files(archive, members)), len(members), locked)
    except _BROKEN as error:
        raise ValueError("the archive is broken") from error


def _files(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> Iterator[File]:
    left = 3 * LARGEST
    for member in members[:MOST]:
        if member.flag_bits & 1 or left <= 0:
            continue
        try:
            with archive.open(member) as unpacked:
                # What an archive says of its sizes is not believed.
                content = unpacked.read(min(left, LARGEST) + 1)
        except _BROKEN:
            continue
        left -= len(content)
        if len(content) > LARGEST or left < 0:
            continue
        name = safe_name(member.filename.replace("\\", "/").rpartition("/")[2]) or "file"
        yield File(name, mimetypes.guess_type(name)[0] or "application/octet-stream", content, inline=False, content_id=None)


def _directory_size(content: bytes) -> int:
    """Bytes of the table of contents, as the end of the archive tells them (APPNOTE 4.3.16)."""
    at = content.rfind(b"PK\x05\x06", max(0, len(content) - 66_000))
    if at < 0 or len(content) - at < _END.size:
        raise ValueError("the archive has no end")
    return int(_END.unpack_from(content, at)[5])
