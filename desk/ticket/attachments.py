"""Attachments: the files of a message, whoever wrote it; their bytes are in the vault already."""

from collections.abc import Sequence

from desk.ports import File
from models import Attachment, Message


async def keep(message: Message, files: Sequence[File]) -> list[int]:
    """Keep the files of a message as rows of it; their ids, in order."""
    made = rows(message, files)
    for row in made:
        await row.save()
    return [row.id for row in made]


def rows(message: Message, files: Sequence[File]) -> list[Attachment]:
    """The files of a message as rows, not written yet."""
    return [
        Attachment(
            message_id=message.id,
            name=file.name,
            type=file.type,
            size=file.blob.size if file.blob else 0,
            sha256=file.blob.sha256 if file.blob else "",
            blob=file.blob.name if file.blob else "",
            inline=file.inline,
            aside=file.aside,
            missing=file.missing,
            telegram_kind=file.telegram_kind,
            telegram_file=file.telegram_file,
        )
        for file in files
    ]


async def instead(message: Message, files: Sequence[File]) -> list[int]:
    """Keep these files of a message in the place of those it had; their ids, in order."""
    await Attachment.filter(message_id=message.id).delete()
    return await keep(message, files)


async def are(message: Message, files: Sequence[File]) -> bool:
    """Whether the files of a message are these, in this order."""
    held = await Attachment.filter(message_id=message.id).order_by("id")
    return [(one.name, one.sha256, one.telegram_kind) for one in held] == [
        (file.name, file.blob.sha256 if file.blob else "", file.telegram_kind) for file in files
    ]
