"""The shapes of what rows hold as JSON: formatting of a text, a file of the vault, a remark on a letter, bytes as they left."""

from collections.abc import Mapping
from typing import Required, TypedDict


class Entity(TypedDict, total=False):
    """A piece of formatting of a text, as Telegram gives it (Bot API MessageEntity), in UTF-16 units; the desk carries it."""

    type: Required[str]
    offset: Required[int]
    length: Required[int]
    url: str
    user: Mapping[str, object]
    language: str
    custom_emoji_id: str
    unix_time: int
    date_time_format: str


class StoredBlob(TypedDict):
    """A file of the vault: its name there, its size in bytes, its SHA-256 in hex."""

    name: str
    size: int
    sha256: str


class StoredFile(TypedDict):
    """A file that came with a message (desk.ports.File), while the message is no message of a ticket yet."""

    name: str
    type: str
    blob: StoredBlob | None
    missing: str
    telegram_kind: str
    telegram_file: str


class Remark(TypedDict):
    """What was left out, cut or repaired when a letter was read: a sentence of the bot's catalogue and what fills its places."""

    words: str
    params: Mapping[str, str | int]


class StoredBytes(TypedDict):
    """Bytes as they left (desk.ports.Kept)."""

    blob: str
    sha256: str
    size: int
    external_id: str
    answer: str
    sure: bool
