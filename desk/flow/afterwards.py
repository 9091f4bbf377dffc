"""What people write after their request was closed: a courtesy opens nothing again, a protest belongs to what was closed.

Whoever was promised a date and was told that their request is closed all the same (desk.outward.closing) may object. What
they write then is about that matter, and is shown with it: its terms run again with their own dates.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from desk.ports import Incoming
from desk.recognising.courtesy import answers, is_courtesy
from desk.ticket import legs
from models import Contact, Demand, Direction, Ending, Message, Requester, Ticket, TicketStatus
from models.store.query import column

# So long after a closing words without a reference are still taken to be about it.
REMEMBERED = timedelta(days=30)


async def asks_nothing(incoming: Incoming, ticket: Ticket, *, legal: bool) -> bool:
    """Whether a message to a closed ticket only thanks or takes leave; `legal` tells that it demands something.

    "Yes" and "okay" are courtesies too, unless the last thing that was said to the person was a question.
    """
    if legal or (incoming.files and not incoming.small):
        return False
    if incoming.small:
        return True
    if answers(incoming.new_text):
        return not await _was_asked(ticket)
    return is_courtesy(incoming.new_text)


async def _was_asked(ticket: Ticket) -> bool:
    """Whether the last answer to the requester puts a question."""
    last = await Message.filter(ticket_id__in=await legs.numbers(ticket), direction=Direction.OUT).order_by("-at", "-id").first()
    return last is not None and "?" in last.text


async def closed_lately(requester_id: int, now: datetime) -> Ticket | None:
    """The ticket of a requester that was closed last, if that was not long ago; of merged ones, where the matter went on."""
    own = await Ticket.filter(requester_id=requester_id, status=TicketStatus.CLOSED, closed_at__gte=now - REMEMBERED).order_by(
        "-closed_at", "-id"
    )
    for one in own:
        head = await legs.head(one)
        if head.status == TicketStatus.CLOSED:
            return head
    return None


async def objected_to(incoming: Incoming, known: Requester | None, demands: Collection[str], now: datetime) -> Ticket | None:
    """The ticket that a letter without a reference objects to: closed over its terms not long ago, and demanding no less.

    Only where its answers go to an address this person wrote from: somebody may have asked in their name.
    """
    closed = (
        await closed_lately(known.id, now) if known is not None and incoming.channel == "mail" and not incoming.spam else None
    )
    if known is None or closed is None or not await was_dropped(closed):
        return None
    if not set(demands) <= set(await column(Demand.filter(ticket_id=closed.id), "kind")):
        return None
    own = {one.casefold() for one in await column(Contact.filter(requester_id=known.id, kind="email"), "value")}
    if (incoming.answer_to or incoming.sender.value).casefold() not in own:
        return None
    legs_of_theirs = (leg for leg in await legs.of(closed) if leg.requester_id == known.id and leg.channel == "mail")
    return next((leg for leg in legs_of_theirs if leg.answer_to.casefold() in own), None)


async def was_dropped(ticket: Ticket) -> bool:
    """Whether a ticket was closed over terms that ran: somebody was promised a date that nobody keeps."""
    dropped = Demand.filter(ticket_id=ticket.id, outcome=Ending.DROPPED)
    return ticket.status == TicketStatus.CLOSED and bool(await column(dropped, "id"))
