"""The first words of a ticket on its card: while many wait, one message says what two would say otherwise."""

from html import escape

from aiogram.types import MessageEntity
from aiogram.utils.text_decorations import html_decoration

from bot.calls import Errand
from bot.postings.staff.requests import as_written, header_of
from bot.text import MESSAGE_LIMIT, clip, units
from desk import contents
from models import Message, Outbox, OutboxState, Posted, Receipt

# A card grows while its ticket is worked on: at first it is to fill no more of its message than this (UTF-16 units).
FITS = 3000
# Less room than this is not worth a quotation.
_WORTH = 80


async def waiting(errand: Errand, card: str) -> Message | None:
    """The message that would be posted next below the card, when both fit one; only while others wait for their turn."""
    if not errand.thread or errand.pace.room(errand.chat)[0] > 1:
        return None
    rows = Outbox.filter(conversation=errand.row.conversation, channel="staff", state=OutboxState.WAITING)
    row = await rows.exclude(id=errand.row.id).order_by("priority", "id").first()
    if row is None or row.errand != contents.RequesterWords.errand or row.lease_until is not None or row.message_id is None:
        return None
    message = await Message.get(id=row.message_id).prefetch_related("attachments")
    if message.version > 1 or message.album or message.answers or list(message.attachments):
        return None
    written, below = await as_written(errand, message, [], await header_of(errand, message))
    alone = below is None or not below.buttons
    return message if alone and units(card) + units(written[0]) <= FITS else None


async def on_card(errand: Errand, card_id: int) -> Message | None:
    """The message that a card shows besides the state, as long as it belongs to its ticket."""
    posted = Receipt.filter(channel="staff", place=str(errand.chat), external_id=str(card_id), role=Posted.CARD)
    receipt = await posted.first()
    if receipt is None or receipt.message_id is None:
        return None
    return await Message.get_or_none(id=receipt.message_id, ticket_id=errand.row.ticket_id)


async def below(errand: Errand, card: str, message: Message | None) -> str:
    """A card's HTML with a message below it; as much of it as there is room for."""
    if message is None:
        return card
    (text, entities), _footer = await as_written(errand, message, [], await header_of(errand, message))
    left = MESSAGE_LIMIT - units(card) - 2
    if units(text) <= left:
        words = html_decoration.unparse(text, [MessageEntity.model_validate(one) for one in entities])
    elif left > _WORTH:
        words = escape(clip(text, left))
    else:
        return card
    return f"{card}\n\n{words}"
