"""Files of Telegram messages: fetched into the vault on their way in, and out of it on their way back."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog
from aiogram import Bot
from aiogram.methods import GetFile
from aiogram.types import InputFile, Message

from bot.content import content_of
from bot.errors import FileTooBig, translated
from desk.errors import Misconfigured, Permanent, Temporary
from desk.ports import File
from desk.vault import Blob, Vault, VaultError

log = structlog.get_logger(__name__)

# A bot gets files up to this size from Telegram's own server (Bot API getFile), and sends files up to that size.
GET_LIMIT, SEND_LIMIT = 20 * 1024 * 1024, 50 * 1024 * 1024
# One's own Bot API server gives more; what goes through memory stays bounded.
LOCAL_GET_LIMIT = 100 * 1024 * 1024
# How often a file that cannot be had for the moment is asked for before the message goes on without it.
ATTEMPTS = 4
TIMEOUT = 120

TOO_BIG, GONE = "too_big", "gone"


@dataclass(frozen=True)
class Remote:
    """A file that Telegram holds: enough to fetch it, and to send it again."""

    kind: str
    file_id: str
    name: str
    type: str
    size: int | None


# What bears a file, by the name it has in a message: how it is sent again, and how a file without a name is called.
_BEARERS = {
    "photo": ("photo", "jpg", "image/jpeg"),
    "live_photo": ("video", "mp4", "video/mp4"),
    "animation": ("animation", "mp4", "video/mp4"),
    "document": ("document", "", "application/octet-stream"),
    "video": ("video", "mp4", "video/mp4"),
    "audio": ("audio", "mp3", "audio/mpeg"),
    "voice": ("voice", "ogg", "audio/ogg"),
    "voice_note": ("voice", "ogg", "audio/ogg"),
    "video_note": ("video_note", "mp4", "video/mp4"),
    "sticker": ("sticker", "webp", "image/webp"),
}
# Content that holds files further inside.
_HOLDERS = ("rich_message", "paid_media", "poll")
# Files of one message that are fetched, and how deep inside it.
_MOST, _DEEPEST = 50, 40


def remotes(message: Message) -> list[Remote]:
    """The files of a message; of a photo its largest size."""
    held = content_of(message.model_dump(mode="json", exclude_none=True, include={*_BEARERS, *_HOLDERS}))
    found = [(key, held[key]) for key in _BEARERS if key in held]
    for holder in _HOLDERS:
        found += _inside(held.get(holder), 0)
    if "live_photo" in held and message.photo:
        # The picture itself; the live photo moves.
        found.insert(0, ("photo", message.model_dump(mode="json", include={"photo"})["photo"]))
    many = len(found) > 1
    made = [
        _remote(key, media, f"{message.message_id}-{number}" if many else str(message.message_id))
        for number, (key, media) in enumerate(found[:_MOST], 1)
    ]
    return [one for one in made if one.file_id]


def _inside(data: object, depth: int) -> Iterator[tuple[str, object]]:
    """What bears files within a rich message, paid media or a poll."""
    if depth > _DEEPEST:
        return
    if isinstance(data, list):
        for one in data:
            yield from _inside(one, depth + 1)
    elif isinstance(data, dict):
        for key, value in data.items():
            bears = key in _BEARERS and (isinstance(value, list) or (isinstance(value, dict) and "file_id" in value))
            if bears:
                yield key, value
            else:
                yield from _inside(value, depth + 1)


def _remote(key: str, media: Any, number: str) -> Remote:
    if isinstance(media, list):
        media = max(media, key=lambda one: (one.get("width", 0) * one.get("height", 0), one.get("file_size") or 0))
    kind, ending, default_type = _BEARERS[key]
    if key == "sticker" and (media.get("is_animated") or media.get("is_video")):
        ending = "tgs" if media.get("is_animated") else "webm"
        default_type = f"image/{ending}"
    name = f"{kind}_{number}.{ending}" if ending else f"{kind}_{number}"
    return Remote(
        kind=kind,
        file_id=str(media.get("file_id", "")),
        name=str(media.get("file_name") or name)[:255],
        type=str(media.get("mime_type") or default_type)[:255],
        size=media.get("file_size"),
    )


async def fetch(bot: Bot, vault: Vault, remote: Remote, attempt: int) -> File:
    """Bring a file into the vault. What cannot be had for good is marked missing; Temporary for the first few attempts."""
    limit = LOCAL_GET_LIMIT if bot.session.api.is_local else GET_LIMIT
    if remote.size is not None and remote.size > limit:
        return _file(remote, missing=TOO_BIG)
    try:
        blob = await _download(bot, vault, remote)
    except Permanent as error:
        log.info("a file is not to be had", kind=remote.kind, why=error.sentence)
        return _file(remote, missing=TOO_BIG if isinstance(error, FileTooBig) else GONE)
    except (Temporary, Misconfigured) as error:
        if attempt < ATTEMPTS:
            raise Temporary("A file could not be fetched from Telegram yet.", getattr(error, "after", None)) from error
        return _file(remote, missing=GONE)
    return File(name=remote.name, type=remote.type, blob=blob, telegram_kind=remote.kind, telegram_file=remote.file_id)


async def _download(bot: Bot, vault: Vault, remote: Remote) -> Blob:
    try:
        path = (await bot(GetFile(file_id=remote.file_id))).file_path or ""
        api = bot.session.api
        if api.is_local:
            with await asyncio.to_thread(open, api.wrap_local_file.to_local(path), "rb") as file:
                return await vault.write_async(file)
        url = api.file_url(bot.token, path)
        return await vault.write_async(bot.session.stream_content(url, timeout=TIMEOUT))
    except aiohttp.ClientResponseError as error:
        # The address of a file is answered 404 once Telegram has dropped it. The error names the address, and so the token.
        if error.status in {400, 404, 410}:
            raise Permanent("Telegram does not hold this file.") from None
        raise Temporary("The file server of Telegram does not answer.") from None
    except (aiohttp.ClientError, TimeoutError):
        raise Temporary("The file server of Telegram does not answer.") from None
    except VaultError as error:
        raise Temporary(error.sentence) from error
    except Exception as error:  # noqa: BLE001 - every refusal of Telegram has its meaning there
        raise translated(error, private=True) from None


def _file(remote: Remote, *, missing: str) -> File:
    return File(name=remote.name, type=remote.type, missing=missing, telegram_kind=remote.kind, telegram_file=remote.file_id)


class Upload(InputFile):
    """A file of the vault on its way to Telegram, under its own name, piece by piece."""

    def __init__(self, vault: Vault, blob: str, name: str, sha256: str = "") -> None:
        super().__init__(filename=name)
        self._vault, self._blob, self.sha256 = vault, blob, sha256

    async def read(self, bot: Bot) -> AsyncGenerator[bytes, None]:  # noqa: ARG002 - aiogram's signature
        async for chunk in self._vault.stream_async(self._blob):
            yield chunk
