"""Where a message of a private chat belongs: to which of the person's own tickets."""

import re
from collections.abc import Sequence
from datetime import timedelta

from aiogram.types import Message

from bot.requester import mine
from bot.requester.arrivals import external_id, newest_if_full
from bot.requester.talk import Talk
from bot.words import demanding
from desk.ticket import legs
from models import Demand, Receipt, Ticket
from models import Message as Stored
from models.store.query import column
from models.store.rows import chosen

# A choice of ticket holds for so long.
HOLDS = timedelta(hours=1)
# The number of a request as people write it: "обращение № 17", "request #17", "№ 17"; but not "заказ № 17".
_OURS = r"обращени\w*|заявк\w*|запрос\w*|тикет\w*|требовани\w*|request\w*|ticket\w*|case|enquiry|inquiry"
_MARK = r"(?:№|#|n[o°º]?\.?|номер\w*|number|под)"
_NAMED = re.compile(rf"\b(?:{_OURS})\s*(?:{_MARK}\s*){{0,3}}(\d{{1,9}})\b", re.IGNORECASE)
_BARE = re.compile(r"(?:(?<=\s)|^)(?:(\w+)[\s,:]+)?[№#]\s*(\d{1,9})\b")
# Words after which a number is that of something else.
_OTHERS = re.compile(
    r"заказ|договор|контракт|сч[её]т|накладн|чек|дом|кв|офис|корп|строен|школ|магазин|рейс|поезд|клиент|карт|телефон|полис|пункт|"
    r"п$|ст$|статья|закон|фз|приказ|order|contract|invoice|account|client|card|bill|flight|house|flat|room|item|policy|phone|law",
    re.IGNORECASE,
)


def numbers_named(text: str) -> list[int]:
    """The numbers of requests that a text names, in their order."""
    found = [(one.start(), int(one[1])) for one in _NAMED.finditer(text)]
    found += [(one.start(), int(one[2])) for one in _BARE.finditer(text) if not (one[1] and _OTHERS.search(one[1]))]
    return list(dict.fromkeys(number for _, number in sorted(found)))


async def foreign_number(talk: Talk, message: Message) -> int | None:
    """The number of somebody else's ticket that the message names, if it names one and none of the person's own."""
    foreign = None
    for number in numbers_named(demanding(message)):
        if await mine.own(talk, number) is not None:
            return None
        if foreign is None and await Ticket.exists(id=number):
            foreign = number
    return foreign


async def proven(message: Message, talk: Talk) -> Ticket | None:
    """The ticket a message belongs to beyond doubt; only ever one of this very account."""
    number = await _referred(message, talk)
    if number:
        return await mine.own(talk, number)
    for named in numbers_named(demanding(message)):
        if (ticket := await mine.own(talk, named)) is not None:
            return ticket
    here = talk.data.get("here")
    return await mine.own(talk, here["ticket"]) if here and talk.since(here["at"]) < HOLDS else None


async def _referred(message: Message, talk: Talk) -> int | None:
    replied = message.reply_to_message
    if replied is not None:
        receipt = await Receipt.get_or_none(channel="telegram", place=str(message.chat.id), external_id=str(replied.message_id))
        if receipt is not None and receipt.ticket_id:
            return receipt.ticket_id
        known = await Stored.filter(external_id=external_id(replied), channel="telegram").order_by("-id").first()
        if known is not None:
            return known.ticket_id
        if (sent := of_sent(talk, replied.message_id)) is not None:
            return sent
    if message.media_group_id:
        same = Stored.filter(album=message.media_group_id, channel="telegram", external_id__startswith=f"{message.chat.id}:")
        part = await same.order_by("-id").first()
        if part is not None:
            return part.ticket_id
    return None


def of_sent(talk: Talk, message_id: int) -> int | None:
    """The ticket of the last dialog, for a message that was an answer in it."""
    sent = talk.data.get("sent")
    return sent["ticket"] if sent and message_id in sent["messages"] else None


async def home(talk: Talk, open_tickets: Sequence[Ticket], kinds: Sequence[str]) -> Ticket | None:
    """The open ticket for a message that refers to none; None when it opens its own."""
    if not open_tickets:
        return None
    if len(open_tickets) == 1 or not kinds:
        return open_tickets[0]
    for ticket in open_tickets:
        if set(kinds) & set(await demanded_on(ticket)):
            return ticket
    full = await newest_if_full(talk)
    return open_tickets[0] if full else None


async def demanded_on(ticket: Ticket) -> list[str]:
    """The kinds that a ticket holds."""
    return [one.kind for one in await chosen(Demand, "ticket_id = {}", ticket.id)]


async def with_albums(source: Ticket, messages: Sequence[str]) -> list[str]:
    """These messages, and all parts of the albums they belong to."""
    stored = Stored.filter(ticket_id__in=await legs.numbers(source), channel="telegram")
    albums = {album for album in await column(stored.filter(external_id__in=list(messages)), "album") if album}
    parts = await column(stored.filter(album__in=list(albums)), "external_id") if albums else []
    return list(dict.fromkeys([*messages, *parts]))
