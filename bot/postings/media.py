"""Files on their way to a chat: by the id under which Telegram holds them, or uploaded whole from the vault."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from aiogram.methods import (
    SendAnimation,
    SendAudio,
    SendDocument,
    SendMediaGroup,
    SendPhoto,
    SendSticker,
    SendVideo,
    SendVideoNote,
    SendVoice,
    TelegramMethod,
)
from aiogram.types import (
    InputFile,
    InputMediaAudio,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    Message,
)

from bot.calls import UPLOAD_TIMEOUT, Errand, shape
from bot.errors import FileRefused, FileTooBig, MessageGone
from bot.files import SEND_LIMIT, TOO_BIG, Upload
from bot.text import CAPTION_LIMIT, Piece, units
from desk.contents import steps_of
from desk.errors import Permanent
from models import Attachment, Posted

ALBUM_LIMIT = 10
# Refusals that are about what is sent, and not about the chat or the topic it goes to.
_OF_THE_FILE = frozenset({Permanent, FileRefused, FileTooBig, MessageGone})
# The step of a delivery by which a file stayed behind, before its id.
_MISSED = "missed:"

# How each kind of file is sent alone, the parameter that carries it, and whether it may bear a caption.
_ALONE: dict[str, tuple[Callable[..., TelegramMethod[Message]], bool]] = {
    "photo": (SendPhoto, True),
    "document": (SendDocument, True),
    "voice": (SendVoice, True),
    "audio": (SendAudio, True),
    "video": (SendVideo, True),
    "animation": (SendAnimation, True),
    "video_note": (SendVideoNote, False),
    "sticker": (SendSticker, False),
}
# What may share an album: photos with videos, documents and audio among themselves (Bot API sendMediaGroup).
_FAMILY = {"photo": "visual", "video": "visual", "document": "document", "audio": "audio"}
_IN_ALBUM: dict[str, Callable[..., Any]] = {
    "photo": InputMediaPhoto,
    "video": InputMediaVideo,
    "document": InputMediaDocument,
    "audio": InputMediaAudio,
}


def takes_caption(files: Sequence[Attachment], *, upload: bool) -> bool:
    """Whether the words can stand under the files: one posting that Telegram lets bear a caption."""
    if not files or any(_lost(one) or _too_heavy(one) for one in files) or len(list(batches(files, upload=upload))) != 1:
        return False
    return upload or _ALONE.get(files[0].telegram_kind, (None, True))[1]


def fits_caption(piece: Piece) -> bool:
    return units(piece[0]) <= CAPTION_LIMIT


@dataclass(frozen=True)
class Manner:
    """How files are posted: as what, whether all as documents, whole (`upload`), and which message they reply to."""

    role: Posted
    upload: bool
    reply_to: int | None = None


async def post_files(errand: Errand, files: Sequence[Attachment], how: Manner, caption: Piece | None = None) -> None:
    """Post files in as few messages as they fit in; each batch is a step of its own.

    A file that cannot be sent is named in a sentence: nothing is left out unsaid.
    """
    for batch in batches(files, upload=how.upload):
        words, caption = caption, None
        await _post_batch(errand, batch, words, how)


async def _post_batch(errand: Errand, batch: Sequence[Attachment], words: Piece | None, how: Manner) -> None:
    """Post one batch; where Telegram refuses it, its files one by one, so that only what is refused stays behind, named."""
    first = batch[0]
    if not (_lost(first) or _too_heavy(first)):
        try:
            await errand.once(f"files:{first.id}", how.role, lambda: _sent(errand, batch, words, how))
        except Permanent as error:
            if type(error) not in _OF_THE_FILE:
                raise
        else:
            return
    if len(batch) > 1:
        for number, file in enumerate(batch):
            await _post_batch(errand, [file], None if number else words, how)
        return
    told = [piece for piece in (words, (unavailable(first, errand), [])) if piece]
    for number, piece in enumerate(told):

        async def say(piece: Piece = piece) -> list[int]:
            return [await errand.post(piece, reply_to=how.reply_to)]

        # The last of them tells `missed` that the file stayed behind.
        await errand.once(f"{_MISSED}{first.id}" if number == len(told) - 1 else f"words:file{first.id}", how.role, say)


def missed(errand: Errand, files: Sequence[Attachment]) -> tuple[str, ...]:
    """The names of the files of a row that could not be sent, in its delivery or in one before that was broken off."""
    done = steps_of(errand.row)
    return tuple(file.name for file in files if f"{_MISSED}{file.id}" in done)


async def _sent(errand: Errand, batch: Sequence[Attachment], words: Piece | None, how: Manner) -> list[int]:
    """A batch by the ids under which Telegram holds its files, or, where it does not take them so, whole."""
    if not how.upload and batch[0].telegram_file:
        try:
            return await _send(errand, batch, words, how)
        except Permanent as error:
            if type(error) not in _OF_THE_FILE or not all(one.blob for one in batch):
                raise
    return await _send(errand, batch, words, replace(how, upload=True))


def batches(files: Sequence[Attachment], *, upload: bool) -> Iterator[list[Attachment]]:
    """Files in the groups in which they are posted, in their order."""
    batch: list[Attachment] = []
    for file in files:
        family = _family(file, upload=upload)
        fits = batch and family and family == _family(batch[-1], upload=upload) and len(batch) < ALBUM_LIMIT
        if batch and not (fits and sum(one.size for one in [*batch, file]) <= SEND_LIMIT):
            yield batch
            batch = []
        batch.append(file)
    if batch:
        yield batch


def _family(file: Attachment, *, upload: bool) -> str:
    """What a file may share an album with; empty for one that goes alone."""
    if _lost(file) or _too_heavy(file):
        return ""
    return "document" if upload or not file.telegram_file else _FAMILY.get(file.telegram_kind, "")


def _lost(file: Attachment) -> bool:
    return not file.blob and not file.telegram_file


def _too_heavy(file: Attachment) -> bool:
    return file.size > SEND_LIMIT and not file.telegram_file


def unavailable(file: Attachment, errand: Errand) -> str:
    """Why a file is not there, in a sentence."""
    _ = errand._
    if _too_heavy(file):
        return _("📎 The file “%(name)s” (%(size)d MB) is too big for Telegram. It is kept in the desk.") % {
            "name": file.name,
            "size": file.size // (1024 * 1024),
        }
    if file.missing == TOO_BIG:
        return _("📎 The file “%(name)s” is too big for the desk to fetch.") % {"name": file.name}
    return _("📎 The file “%(name)s” could not be had.") % {"name": file.name}


def _source(errand: Errand, file: Attachment, *, upload: bool) -> InputFile | str:
    if not upload:
        errand.digests[file.telegram_file] = file.sha256
        return file.telegram_file
    return Upload(errand.desk.vault, file.blob, file.name, file.sha256)


async def _send(errand: Errand, batch: Sequence[Attachment], caption: Piece | None, how: Manner) -> list[int]:
    if len(batch) > 1:
        return await _send_album(errand, batch, caption, how)
    file = batch[0]
    kind = "document" if how.upload else file.telegram_kind
    kind = kind if kind in _ALONE else "document"
    method, captioned = _ALONE[kind]
    arguments: dict[str, Any] = {**errand.place(how.reply_to), kind: _source(errand, file, upload=how.upload)}
    if caption and captioned:
        arguments |= shape(caption, "caption")
    if kind == "document" and how.upload:
        arguments["disable_content_type_detection"] = True
    message = await errand.call(method(**arguments), seconds=UPLOAD_TIMEOUT)
    return [message.message_id]


async def _send_album(errand: Errand, batch: Sequence[Attachment], caption: Piece | None, how: Manner) -> list[int]:
    media = []
    for number, file in enumerate(batch):
        kind = "document" if how.upload else file.telegram_kind
        arguments: dict[str, Any] = {"media": _source(errand, file, upload=how.upload)}
        # Documents show their caption under the last one, photos under the first.
        if caption and number == (len(batch) - 1 if kind == "document" else 0):
            arguments |= shape(caption, "caption")
        media.append(_IN_ALBUM[kind](**arguments))
    messages = await errand.call(
        SendMediaGroup(**errand.place(how.reply_to), media=media), cost=len(batch), seconds=UPLOAD_TIMEOUT
    )
    return [message.message_id for message in messages]
