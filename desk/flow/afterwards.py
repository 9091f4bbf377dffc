"""What people write after their request was closed: a courtesy opens nothing again, a protest belongs to what was closed.

Whoever was promised a date and was told that their request is closed all the same (desk.outward.closing) may object. What
they write then is about that matter, and is shown with it: its terms run again with their own dates.
"""

from datetime import datetime, timedelta

from desk.ports import Incoming
from desk.recognising.courtesy import answers, is_courtesy
from desk.ticket import legs
from models import Demand, Ending, Ticket, TicketStatus
from models.store.query import column

# So long after a closing words without a reference are still taken to be about it.
REMEMBERED = timedelta(days=30)


def only_courteous(incoming: Incoming, *, was_asked: bool, legal: bool) -> bool:
    """Whether a message to a closed ticket only thanks or takes leave; `legal` tells that it demands something.

    "Yes" and "okay" are courtesies too, unless the last thing that was said to the person was a question.
    """
    if legal or (incoming.files and not incoming.small):
        return False
    if incoming.small:
        return True
    if answers(incoming.new_text):
        return not was_asked
    return is_courtesy(incoming.new_text)


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


async def was_dropped(ticket: Ticket) -> bool:
    """Whether a ticket was closed over terms that ran: somebody was promised a date that nobody keeps."""
    dropped = Demand.filter(ticket_id=ticket.id, outcome=Ending.DROPPED)
    return ticket.status == TicketStatus.CLOSED and bool(await column(dropped, "id"))
