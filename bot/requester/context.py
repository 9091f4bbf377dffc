"""What a message of a private chat replies to, whatever way Telegram has of saying it."""

from dataclasses import dataclass

from aiogram.types import Message

from bot.text import short
from bot.words import referred
from models import Message as Stored
from models import Receipt

# Units of the words a message replies to that are kept with it.
QUOTED = 300


@dataclass(frozen=True)
class Context:
    """What a message replies to: a message of the desk (its id), and the words that are quoted."""

    answers: int | None = None
    quote: str = ""


async def context_of(message: Message, language: str) -> Context:
    """What a message refers to, however Telegram says it."""
    answers = None
    if message.reply_to_message is not None:
        answers = await _shown_as(message, message.reply_to_message.message_id)
    words = short(referred(message, language, known=answers is not None), QUOTED)
    return Context(answers, words)


async def _shown_as(message: Message, message_id: int) -> int | None:
    receipt = await Receipt.get_or_none(channel="telegram", place=str(message.chat.id), external_id=str(message_id))
    if receipt is not None:
        return receipt.message_id
    own = Stored.filter(external_id=f"{message.chat.id}:{message_id}", channel="telegram")
    known = await own.order_by("-id").first()
    return known.id if known else None
