"""A posting whose answer was lost may have been made: a card is looked for, of others staff are told that they may stand twice.

A bot is not told of its own messages, and sees none that it does not know the number of. A forward shows what stands under a
number: the numbers that nobody else has since the last one that was known are tried.
"""

from datetime import datetime

import structlog
from aiogram.methods import DeleteMessage, ForwardMessage
from aiogram.types import Message, MessageOriginUser

from bot.calls import Errand
from bot.text import N_
from desk import contents
from desk.errors import DeskError, Temporary
from desk.ports import Delivered
from desk.ticket import topic
from models import Heard, Receipt
from models.store.connect import transaction

log = structlog.get_logger(__name__)

# So many numbers are looked at, and so many messages are forwarded to look at them.
_NUMBERS, _FORWARDS = 40, 8
# What only served the moment is not worth a word when it stands twice.
_FLEETING = frozenset({"screen", "callback", "commands", "reaction", "removal", "pin", "leave"})
_SAID = "repeated:"


async def lost_card(errand: Errand) -> int | None:
    """The card that an earlier try posted in the topic though its answer was lost; None when none is found."""
    begun = contents.unconfirmed_since(errand.row)
    if begun is None or not errand.thread or errand.ticket is None:
        return None
    for number in await _unknown(errand, datetime.fromtimestamp(begun, errand.now.tzinfo)):
        try:
            shown = await _look(errand, number)
        except DeskError as error:
            if isinstance(error, Temporary):
                log.warning("a lost card was not looked for", ticket=errand.ticket.id, why=error.sentence)
                return None
            continue  # nobody's, or of Telegram itself
        if _is_ours(shown, errand.bot.id) and (shown.text or "").startswith(f"№ {errand.ticket.id} ·"):
            await errand.unconfirmed(None)
            return number
    return None


async def _unknown(errand: Errand, begun: datetime) -> list[int]:
    """The numbers of messages in the group of which nothing is known, from the last one on that was known then."""
    place = str(errand.chat)
    before = await Receipt.filter(channel="staff", place=place, at__lt=begun).order_by("-id").limit(20)
    heard = await Heard.filter(chat_id=errand.chat, at__lt=begun).order_by("-message_id").first()
    known = [int(one.external_id) for one in before if one.external_id.isdecimal()]
    last = max([errand.thread or 0, *known, *([heard.message_id] if heard else [])])
    numbers = range(last + 1, last + 1 + _NUMBERS)
    ours = Receipt.filter(channel="staff", place=place, external_id__in=[str(one) for one in numbers])
    theirs = Heard.filter(chat_id=errand.chat, message_id__in=list(numbers))
    taken = {int(one.external_id) for one in await ours} | {one.message_id for one in await theirs}
    return [one for one in numbers if one not in taken][:_FORWARDS]


async def _look(errand: Errand, number: int) -> Message:
    """What stands under a number, by a forward that goes again at once."""
    shown = await errand.call(
        ForwardMessage(
            chat_id=errand.chat,
            message_thread_id=errand.thread,
            from_chat_id=errand.chat,
            message_id=number,
            disable_notification=True,
        )
    )
    try:
        await errand.call(DeleteMessage(chat_id=errand.chat, message_id=shown.message_id), cost=0)
    except DeskError as error:
        log.warning("a forward stays in the topic", why=error.sentence)
    return shown


def _is_ours(message: Message, bot: int) -> bool:
    origin = message.forward_origin
    return isinstance(origin, MessageOriginUser) and origin.sender_user.id == bot


async def tell(errand: Errand, delivered: Delivered) -> None:
    """Tell staff of a row that left after all that an earlier try of it may have left too."""
    row = errand.row
    died = row.attempts > 1 and not row.error and bool(delivered.sent)
    if contents.unconfirmed_since(row) is None and not died:
        return
    if row.errand in _FLEETING or row.unique_key.startswith(_SAID) or errand.ticket is None:
        return
    words = N_("⚠️ Telegram did not confirm a first try: “%(what)s” may stand here twice.")
    if errand.private:
        words = N_("⚠️ Telegram did not confirm a first try: the requester may have got “%(what)s” twice.")
    what = type(contents.read(row)).called.said(errand.desk.staff_language)
    async with transaction():
        await topic.tell(errand.ticket, words, {"what": what}, errand.now, key=f"{_SAID}{row.id}")
