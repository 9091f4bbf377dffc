"""What staff answer, in the private chat of a requester: the words with their formatting, the files as they were sent."""

from dataclasses import replace

from bot.calls import Errand
from bot.errors import QuoteGone
from bot.postings.media import Manner, fits_caption, missed, post_files, takes_caption
from bot.text import Piece, quoting, shifted, units
from desk import contents
from desk.letters.numbers import known_as
from desk.ports import Delivered
from models import Attachment, Message, Posted

# A quotation has at most so many characters (Bot API ReplyParameters).
QUOTE_LIMIT = 1024


async def reply(errand: Errand) -> Delivered:
    """What staff answer: the words with their formatting, the files as they were sent."""
    content = errand.content(contents.Reply)
    head = errand._("✉️ Answer to your request № %(number)s") % {"number": known_as(content, errand.language)}
    start = f"{head}\n\n"
    body: Piece = (start + content.text, shifted(content.entities, units(start))) if content.text.strip() else (head, [])
    body[1].insert(0, {"type": "bold", "offset": 0, "length": units(head)})
    replies_to, quote = await _context(errand)
    files = await _files(content)
    # Telegram shows a quotation itself where the words stand in the person's message; else it stands below the first line.
    errand.quote = quote if replies_to and len(quote) <= QUOTE_LIMIT else ""
    try:
        if errand.quote:
            return await _posted(errand, body, files, replies_to)
    except QuoteGone:
        errand.quote = ""
    return await _posted(errand, quoting(body, quote, units(head)), files, replies_to)


async def _files(content: contents.Reply) -> list[Attachment]:
    held = {one.id: one for one in await Attachment.filter(id__in=content.attachments)} if content.attachments else {}
    return [held[one] for one in content.attachments if one in held]


async def _posted(errand: Errand, body: Piece, files: list[Attachment], replies_to: int | None) -> Delivered:
    under = bool(files) and fits_caption(body) and takes_caption(files, upload=False)
    if not under:
        await errand.write(body, Posted.REPLY, reply_to=replies_to)
    errand.quote = errand.quote if under else ""
    how = Manner(Posted.REPLY, upload=False, reply_to=replies_to if under else None)
    await post_files(errand, files, how, body if under else None)
    return replace(errand.delivered(), missed=missed(errand, files))


async def _context(errand: Errand) -> tuple[int | None, str]:
    """The person's own message that is answered, by its id in this chat, and the words chosen of it."""
    message = await Message.get_or_none(id=errand.row.message_id) if errand.row.message_id else None
    answered = await Message.get_or_none(id=message.answers) if message is not None and message.answers else None
    if message is None or answered is None:
        return None, ""
    chat, _, number = answered.external_id.rpartition(":")
    replies_to = int(number) if chat == str(errand.chat) and number.isdecimal() else None
    return replies_to, message.quote.strip()
