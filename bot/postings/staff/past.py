"""What staff have answered, shown once more in a topic: who, when, the words and the files."""

from bot.calls import Errand
from bot.postings.media import post_files
from bot.postings.staff.requests import joined
from bot.text import split, units
from desk.ports import Delivered
from desk.ticket import staffing
from models import Message, Posted


async def past(errand: Errand) -> Delivered:
    """Post an answer that has left, under a line that says whose it was and when."""
    assert errand.row.message_id is not None
    message = await Message.get(id=errand.row.message_id).prefetch_related("attachments")
    staff = await staffing.named(message.author)
    name = (staff.name if staff is not None else errand._("Staff"))[:100]
    mark, when = "📤 ", message.at.astimezone(errand.desk.operator.zone)
    header = (f"{mark}{name} · {when:%d.%m %H:%M}", [{"type": "bold", "offset": units(mark), "length": units(name)}])
    for number, piece in enumerate(split(*joined(header, message.text))):

        async def post(piece: tuple[str, list[dict[str, object]]] = piece) -> list[int]:
            return [await errand.post(piece, silent=True)]

        await errand.once(f"words:{number}", Posted.PAST, post)
    await post_files(errand, list(message.attachments), role=Posted.PAST, upload=False)
    return errand.delivered()
