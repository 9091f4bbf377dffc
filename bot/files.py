"""Files of Telegram messages: fetched into the vault on their way in, and out of it on their way back."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import aiohttp
import structlog
from aiogram import Bot
from aiogram.methods import GetFile
from aiogram.types import InputFile, Message

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


def remotes(message: Message) -> list[Remote]:
    """The files of a message; of a photo its largest size."""
    if message.photo:
        largest = max(message.photo, key=lambda one: (one.width * one.height, one.file_size or 0))
        return [_remote("photo", largest, f"photo_{message.message_id}.jpg", "image/jpeg")]
    # An animation comes with a document of the same file, for clients that know no animations.
    if message.animation:
        return [_remote("animation", message.animation, f"animation_{message.message_id}.mp4", "video/mp4")]
    if message.document:
        return [_remote("document", message.document, f"document_{message.message_id}", "application/octet-stream")]
    if message.video:
        return [_remote("video", message.video, f"video_{message.message_id}.mp4", "video/mp4")]
    if message.audio:
        return [_remote("audio", message.audio, f"audio_{message.message_id}.mp3", "audio/mpeg")]
    if message.voice:
        return [_remote("voice", message.voice, f"voice_{message.message_id}.ogg", "audio/ogg")]
    if message.video_note:
        return [_remote("video_note", message.video_note, f"video_note_{message.message_id}.mp4", "video/mp4")]
    if message.sticker:
        ending = "tgs" if message.sticker.is_animated else "webm" if message.sticker.is_video else "webp"
        return [_remote("sticker", message.sticker, f"sticker_{message.message_id}.{ending}", f"image/{ending}")]
    return []


def _remote(kind: str, media: object, name: str, default_type: str) -> Remote:
    return Remote(
        kind=kind,
        file_id=str(getattr(media, "file_id", "")),
        name=str(getattr(media, "file_name", None) or name)[:255],
        type=str(getattr(media, "mime_type", None) or default_type)[:255],
        size=getattr(media, "file_size", None),
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

    def __init__(self, vault: Vault, blob: str, name: str) -> None:
        super().__init__(filename=name)
        self._vault, self._blob = vault, blob

    async def read(self, bot: Bot) -> AsyncGenerator[bytes, None]:  # noqa: ARG002 - aiogram's signature
        async for chunk in self._vault.stream_async(self._blob):
            yield chunk
