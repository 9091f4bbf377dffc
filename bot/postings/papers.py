"""Papers that are set when they leave: the bytes of a document become a message."""

from aiogram.methods import SendDocument

from bot.calls import UPLOAD_TIMEOUT, Errand
from bot.files import Upload


async def posted(errand: Errand, data: bytes, name: str, caption: str) -> int:
    """Post the bytes as a document; its message."""
    blob = await errand.desk.vault.write_async(data)
    try:
        document = Upload(errand.desk.vault, blob.name, name)
        sent = await errand.call(
            SendDocument(**errand.place(None), document=document, caption=caption or None), seconds=UPLOAD_TIMEOUT
        )
    finally:
        errand.desk.vault.delete(blob.name)
    return sent.message_id
