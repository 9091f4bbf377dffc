"""The way back: over which channel, to which conversation and in which envelope the requester of a ticket is answered."""

from dataclasses import dataclass
from datetime import datetime

from desk import contents, outbox
from desk.context import Desk
from desk.errors import Refused
from desk.letters.envelopes import envelope
from desk.ticket import legs
from models import Registration, Ticket
from models.store.query import column


@dataclass(frozen=True)
class Way:
    """How a requester is answered: channel and conversation, and by mail the envelope."""

    channel: str
    conversation: str
    envelope: contents.Envelope | None = None


async def way_back(desk: Desk, ticket: Ticket, now: datetime) -> Way:
    """How the requester of a ticket is answered: where its matter came first from a known address. Raises Refused without any.

    What came on paper, and then by mail as well, is one matter: its answer goes by mail.
    """
    for leg in await legs.of(ticket):
        if leg.channel == "telegram" and leg.chat_id is not None and not leg.answer_to:
            return Way("telegram", outbox.private(leg.chat_id))
        if leg.answer_to:
            await leg.fetch_related("requester")
            written = await envelope(desk, leg, leg.requester, leg.answer_to, now)
            return Way("mail", outbox.mail_conversation(leg.answer_to), written)
    if postal := await postal_of(ticket):
        raise Refused("Only a postal address is known (%(postal)s): answer on paper, or name an e-mail: /address.", postal=postal)
    raise Refused("This requester left no address to answer to.")


async def postal_of(ticket: Ticket) -> str:
    """The postal address by which a matter can be answered on paper; empty where none was told."""
    rows = Registration.filter(ticket_id__in=await legs.numbers(ticket)).exclude(postal="").order_by("-id").limit(1)
    return next(iter(await column(rows, "postal")), "")
