"""Addressing: staff name the address of a requester whose letter did not tell it, and what was kept back leaves for it."""

from datetime import datetime

from desk import history
from desk.context import Desk
from desk.disclosure.mandates import Role
from desk.errors import Refused
from desk.letters.envelopes import ADDRESS
from desk.outward import acknowledgement, unreachable
from desk.ports import Incoming, Sender
from desk.providers import base
from desk.ticket import requesters, topic
from desk.ticket.staffing import actor
from models import Action, Demand, Direction, Level, Message, Staff, Ticket, Way


async def name(desk: Desk, ticket: Ticket, address: str, person: str, staff: Staff, now: datetime) -> bool:
    """Have answers of a ticket go to `address`, where none is known or a child wrote; whether the acknowledgement was decided.

    Raises Refused for what is no address, for one of the desk's own, and where answers have somewhere to go.
    """
    if not ADDRESS.fullmatch(address):
        raise Refused("“%(address)s” is no address. In one line: /address name@mail.ru First name", address=address[:100])
    if base(address) in desk.addresses:
        raise Refused("This is an address of the desk itself: answers would come back here.")
    # Locked, so that two people who name two addresses at this moment do not both succeed.
    locked = await Ticket.filter(id=ticket.id).select_for_update().get()
    if locked.channel == "telegram" and not locked.answer_to and await unreachable.is_so(locked):
        # The person asked in Telegram and cannot be reached there: the answers go by mail, the person stays who they are.
        locked.answer_to = address
        await locked.save(update_fields=["answer_to"])
        await history.add(locked.id, actor(staff), Action.ADDRESS_NAMED, {}, now)
        await topic.refresh_card(locked, now)
        return False
    if locked.minor:
        # A child wrote: the parent gets the answers, and personal data once it is known who they are.
        locked.answer_to, locked.speaker = address, Role.PARENT
        await locked.save(update_fields=["answer_to", "speaker"])
        await history.add(locked.id, actor(staff), Action.ADDRESS_NAMED, {}, now)
        await topic.refresh_card(locked, now)
        return False
    by_hand = locked.channel in set(Way)
    if (locked.channel != "mail" and not by_hand) or locked.answer_to:
        raise Refused("Answers of this ticket have somewhere to go already.")
    sender = Sender("email", address.casefold(), name=person, shown=address, verified=Level.SAID)
    locked.requester = await requesters.known(sender, locked.language, now)
    # What staff have registered is answered by mail from now on.
    locked.answer_to, locked.channel = address, "mail"
    await locked.save(update_fields=["requester_id", "answer_to", "channel"])
    await history.add(locked.id, actor(staff), Action.ADDRESS_NAMED, {}, now)
    await topic.refresh_card(locked, now)
    return await _acknowledge(desk, locked, sender, now)


async def _acknowledge(desk: Desk, ticket: Ticket, sender: Sender, now: datetime) -> bool:
    """The acknowledgement that could not go when the ticket was opened; a person has decided that it may."""
    first = await Message.filter(ticket_id=ticket.id, direction=Direction.IN).order_by("id").first()
    demands = await Demand.filter(ticket_id=ticket.id).order_by("id")
    text = first.new_text or first.text if first else ""
    asked = Incoming(
        channel="mail",
        sender=sender,
        received_at=ticket.received_at,
        external_id="",
        text=text,
        new_text=text,
        language=ticket.language,
        subject=ticket.subject,
        kinds=tuple(demand.kind for demand in demands),
    )
    return await acknowledgement.acknowledge(desk, ticket, asked, demands, now)
