"""The file store: bytes by file id, in memory or in a directory, and what a file is by looking at its first bytes."""

import base64
import hashlib
import mimetypes
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.telegram.errors import bad_request
from sandbox.telegram.records import Json, StoredFile

DOWNLOAD_LIMIT = 20 * 1024 * 1024
"""Bytes a bot may download through getFile."""
UPLOAD_LIMIT = 50 * 1024 * 1024
"""Bytes a bot may upload in one file."""
PHOTO_LIMIT = 10 * 1024 * 1024

_PREFIX = {
    "photo": "AgACAgIAAxkBAA",
    "document": "BQACAgIAAxkBAA",
    "audio": "CQACAgIAAxkBAA",
    "video": "BAACAgIAAxkBAA",
    "voice": "AwACAgIAAxkBAA",
    "animation": "CgACAgIAAxkBAA",
    "video_note": "DQACAgIAAxkBAA",
    "sticker": "CAACAgIAAxkBAA",
}
_PATHS = {
    "photo": "photos",
    "document": "documents",
    "audio": "music",
    "video": "videos",
    "voice": "voice",
    "animation": "animations",
    "video_note": "video_notes",
    "sticker": "stickers",
}


@dataclass(frozen=True)
class Upload:
    """A file part of a request, or a file a person sends."""

    name: str | None
    mime_type: str | None
    data: bytes


class FileStore:
    """Files by id. With a directory the bytes live there, one file each, and only their records stay in memory."""

    def __init__(self, directory: Path | None = None) -> None:
        self.records: dict[str, StoredFile] = {}
        self.changed: set[str] = set()
        self._bytes: dict[str, bytes] = {}
        self._directory = directory
        if directory is not None:
            directory.mkdir(parents=True, exist_ok=True)

    def add(self, kind: str, upload: Upload, **details: Any) -> StoredFile:
        """Keep a file. Its unique id depends on its bytes, its id on kind and place in the order of arrival."""
        digest = hashlib.sha256(upload.data).digest()
        unique = "AgAD" + base64.urlsafe_b64encode(digest[:12]).decode().rstrip("=")
        number = struct.pack(">I", len(self.records) + 1) + digest[:14]
        file_id = _PREFIX.get(kind, _PREFIX["document"]) + base64.urlsafe_b64encode(number).decode().rstrip("=")
        record = StoredFile(
            file_id=file_id,
            unique_id=unique,
            size=len(upload.data),
            kind=kind,
            name=upload.name,
            mime_type=upload.mime_type or guess_type(upload.name),
            details=details,
        )
        self.records[file_id] = record
        self.changed.add(file_id)
        self._keep(unique, upload.data)
        return record

    def _keep(self, unique: str, data: bytes) -> None:
        if self._directory is None:
            self._bytes[unique] = data
            return
        path = self._directory / unique
        if not path.exists():
            part = path.with_suffix(".part")
            part.write_bytes(data)
            part.replace(path)

    def get(self, file_id: str) -> StoredFile | None:
        return self.records.get(file_id)

    def read(self, record: StoredFile) -> bytes:
        if self._directory is None:
            return self._bytes[record.unique_id]
        return (self._directory / record.unique_id).read_bytes()

    def path_of(self, record: StoredFile) -> str:
        """`file_path` as getFile answers it; the file id in it finds the record again."""
        suffix = Path(record.name or "").suffix or mimetypes.guess_extension(record.mime_type or "") or ""
        return f"{_PATHS.get(record.kind, 'documents')}/{record.file_id}{suffix}"

    def by_path(self, path: str) -> StoredFile | None:
        return self.records.get(Path(path).stem)


def guess_type(name: str | None) -> str | None:
    return mimetypes.guess_type(name)[0] if name else None


def image_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG, GIF, JPEG or WebP picture; None when it is none of them."""
    if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return width, height
    if data[:6] in {b"GIF87a", b"GIF89a"} and len(data) >= 10:
        width, height = struct.unpack("<HH", data[6:10])
        return width, height
    if data[:2] == b"\xff\xd8":
        return _jpeg_size(data)
    if data[:4] == b"RIFF" and data[8:16] == b"WEBPVP8X" and len(data) >= 30:
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if data[:4] == b"RIFF" and data[8:16] == b"WEBPVP8 " and len(data) >= 30:
        width, height = struct.unpack("<HH", data[26:30])
        return width & 0x3FFF, height & 0x3FFF
    return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    position = 2
    while position + 9 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">HH", data[position + 5 : position + 9])
            return width, height
        position += 2 + int(struct.unpack(">H", data[position + 2 : position + 4])[0])
    return None


def photo_sizes(store: FileStore, upload: Upload) -> list[Json]:
    """Keep a picture as Telegram does, in several sizes, smallest first.

    No picture is really scaled: each size has its own id and shows the same bytes. Errors: Telegram's own for a
    file that is no picture, too large, or too long and thin.
    """
    if len(upload.data) > PHOTO_LIMIT:
        raise bad_request(
            f"file of size {len(upload.data)} bytes is too big for a photo; the maximum size is {PHOTO_LIMIT} bytes"
        )
    size = image_size(upload.data)
    if size is None:
        raise bad_request("IMAGE_PROCESS_FAILED")
    width, height = size
    if width + height > 10_000 or max(size) > 20 * max(1, min(size)):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    longest = max(size)
    edges = [edge for edge in (90, 320, 800) if edge < longest] + [min(longest, 1280)]
    records = [_scaled(store, upload, width * edge // longest, height * edge // longest) for edge in edges]
    value = [file_json(record) for record in records]
    for record in records:
        record.value = value
    return value


def _scaled(store: FileStore, upload: Upload, width: int, height: int) -> StoredFile:
    return store.add("photo", upload, width=max(1, width), height=max(1, height))


def file_json(record: StoredFile) -> Json:
    """Show a stored file as the Bot API object of its kind (`PhotoSize`, `Document`, `Voice`, …)."""
    body: Json = {
        "file_id": record.file_id,
        "file_unique_id": record.unique_id,
        "file_size": record.size,
        **record.details,
    }
    if record.kind in {"document", "audio", "video", "animation"}:
        if record.name:
            body["file_name"] = record.name
        body["mime_type"] = record.mime_type or "application/octet-stream"
    elif record.kind == "voice":
        body["mime_type"] = record.mime_type or "audio/ogg"
    return body


def store_media(store: FileStore, kind: str, upload: Upload, given: Json) -> Any:
    """Keep a file and give the value of the message field of that kind (a list of sizes for a photo)."""
    if kind == "photo":
        return photo_sizes(store, upload)
    details = {key: given[key] for key in DETAILS[kind] if given.get(key) is not None}
    record = store.add(kind, upload, **{**REQUIRED_DETAILS[kind], **details})
    record.value = file_json(record)
    return record.value


DETAILS: dict[str, tuple[str, ...]] = {
    "document": (),
    "audio": ("duration", "performer", "title"),
    "video": ("width", "height", "duration"),
    "voice": ("duration",),
    "animation": ("width", "height", "duration"),
    "video_note": ("length", "duration"),
    "sticker": ("emoji",),
}
"""What the sender may say about a file of each kind."""

REQUIRED_DETAILS: dict[str, Json] = {
    "document": {},
    "audio": {"duration": 0},
    "video": {"width": 640, "height": 360, "duration": 0},
    "voice": {"duration": 0},
    "animation": {"width": 320, "height": 240, "duration": 0},
    "video_note": {"length": 240, "duration": 0},
    "sticker": {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False},
}
"""What Telegram always tells about a file of each kind."""

MEDIA_KINDS = ("photo", *DETAILS)
