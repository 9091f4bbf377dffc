"""Recording: a call to Telegram as the bytes that are kept of it - what was said to whom, and which files by their SHA-256."""

import json
import re
from typing import Any

from aiogram.methods import TelegramMethod
from aiogram.types import InputFile, Message
from pydantic import BaseModel

# How a reference to a file that Telegram holds is named in a call.
_FILES = frozenset({"photo", "document", "voice", "audio", "video", "animation", "video_note", "sticker", "media"})


def of(method: TelegramMethod[Any], digests: dict[str, str]) -> bytes:
    """The call as JSON; `digests` are those of files that are sent by the reference under which Telegram holds them."""
    said = {"method": method.__api_method__, **_plain(method, digests)}
    return (json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def hidden(said: bytes) -> bytes:
    """The call that bears a code, as it is kept: without the code."""
    return re.sub(rb"<code>[\d ]+</code>", "<code>••• •••</code>".encode(), said)


def _plain(value: Any, digests: dict[str, str], name: str = "") -> Any:
    if isinstance(value, InputFile):
        return {"file_name": value.filename, "sha256": getattr(value, "sha256", "")}
    if isinstance(value, BaseModel):
        given = {key: getattr(value, key) for key in sorted(value.model_fields_set)}
        return {key: _plain(one, digests, key) for key, one in given.items() if one is not None}
    if isinstance(value, list | tuple):
        return [_plain(one, digests, name) for one in value]
    if isinstance(value, str) and name in _FILES:
        return {"file_id": value, "sha256": digests.get(value, "")}
    return value if isinstance(value, str | int | float | bool | dict) else str(value)


def ids(answer: Any) -> list[int]:
    """The ids of the messages that a call posted."""
    posted = answer if isinstance(answer, list) else [answer]
    return [one.message_id for one in posted if isinstance(one, Message)]
