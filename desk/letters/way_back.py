"""The way back: over which channel, to which conversation and in which envelope the requester of a ticket is answered."""

from dataclasses import dataclass
from datetime import datetime

from desk import contents, outbox
from desk.context import Desk
from desk.errors import Refused
from desk.letters.envelopes import envelope
from desk.letters.numbers import joined_with, written
from desk.ticket import legs
from models import Registration, Ticket
from models.store.query import column


@dataclass(frozen=True)
class Way:
    """How a requester is answered: channel and conversation, and by mail the envelope.

    `number` is the one under which they know the matter, `joined` are the others that it bears since it was merged.
    """

    channel: str
    conversation: str
    number: int
    joined: tuple[int, ...] = ()
    envelope: contents.Envelope | None = None


async def way_back(desk: Desk, ticket: Ticket, now: datetime) -> Way:
    """How the requester of a ticket is answered: where its matter came first from a known address. Raises Refused without any.

    What came on paper, and then by mail as well, is one matter: its answer goes by mail.
    """
    leg = await leg_answered(ticket)
    if leg is not None and leg.answer_to:
        await leg.fetch_related("requester")
        letter = await envelope(desk, leg, leg.requester, leg.answer_to, now)
        return Way("mail", outbox.mail_conversation(leg.answer_to), leg.id, await joined_with(leg), letter)
    if leg is not None and leg.chat_id is not None:
        return Way("telegram", outbox.private(leg.chat_id), leg.id, await joined_with(leg))
    if postal := await postal_of(ticket):
        raise Refused("Only a postal address is known (%(postal)s): answer on paper, or name an e-mail: /address.", postal=postal)
    raise Refused("This requester left no address to answer to.")


async def leg_answered(ticket: Ticket) -> Ticket | None:
    """The leg over which the requester of a ticket is answered, as `way_back` has it; None where none has an address."""
    reached = (leg for leg in await legs.of(ticket) if leg.answer_to or (leg.channel == "telegram" and leg.chat_id is not None))
    return next(reached, None)


async def number_known(ticket: Ticket, language: str) -> str:
    """The number of a matter as whoever is answered knows it, with those that it bears beside."""
    leg = await leg_answered(ticket) or ticket
    return written(leg.id, await joined_with(leg), language)


async def postal_of(ticket: Ticket) -> str:
    """The postal address by which a matter can be answered on paper; empty where none was told."""
    rows = Registration.filter(ticket_id__in=await legs.numbers(ticket)).exclude(postal="").order_by("-id").limit(1)
    return next(iter(await column(rows, "postal")), "")
