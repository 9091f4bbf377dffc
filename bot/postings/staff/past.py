"""What was answered, shown once more in a topic: who, when, the words and the files; of the desk's own letters as they left."""

from collections.abc import Sequence
from datetime import datetime

from bot.calls import Errand
from bot.postings.media import Manner, post_files
from bot.postings.staff.requests import joined
from bot.text import Piece, split, units
from desk import contents
from desk.ports import Delivered
from desk.record import sent
from desk.ticket import staffing
from models import Attachment, Message, Outbox, Posted


async def past(errand: Errand) -> Delivered:
    """Post an answer that has left, under a line that says whose it was and when."""
    letter = errand.content(contents.Past).letter
    name, when, text, files = await (_own(errand, letter) if letter else _of_staff(errand))
    mark = "🤖 " if letter else "📤 "
    local = when.astimezone(errand.desk.operator.zone)
    header: Piece = (f"{mark}{name} · {local:%d.%m %H:%M}", [{"type": "bold", "offset": units(mark), "length": units(name)}])
    for number, piece in enumerate(split(*joined(header, text))):

        async def post(piece: Piece = piece) -> list[int]:
            return [await errand.post(piece, silent=True)]

        await errand.once(f"words:{number}", Posted.PAST, post)
    await post_files(errand, files, Manner(Posted.PAST, upload=False))
    return errand.delivered()


async def _of_staff(errand: Errand) -> tuple[str, datetime, str, Sequence[Attachment]]:
    assert errand.row.message_id is not None
    message = await Message.get(id=errand.row.message_id).prefetch_related("attachments")
    staff = await staffing.named(message.author)
    return (staff.name if staff is not None else errand._("Staff"))[:100], message.at, message.text, list(message.attachments)


async def _own(errand: Errand, letter: int) -> tuple[str, datetime, str, Sequence[Attachment]]:
    row = await Outbox.get(id=letter)
    return errand._("Written by the desk"), row.done_at or row.created_at, await sent.words(errand.desk.vault, row), []
