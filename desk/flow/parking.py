"""Parking: what failed for good waits here for a person, who tries it again, makes a ticket of it, or drops it."""

import re
from dataclasses import dataclass
from datetime import datetime

from desk import history
from desk.context import Desk
from desk.errors import Refused
from desk.flow.deciding import FALLBACK
from desk.i18n import words as words_of
from desk.ports import Incoming, Sender
from desk.ticket import clocks, requesters, tickets, topic
from models import Action, Became, Direction, Inbound, InboundState, Message, Outbox, OutboxState, Ticket


@dataclass(frozen=True)
class Parked:
    """Everything that waits for a person, the oldest first."""

    inbound: list[Inbound]
    outbox: list[Outbox]


async def parked(limit: int = 50) -> Parked:
    """What is parked now, at most `limit` of each."""
    return Parked(
        await Inbound.filter(state=InboundState.PARKED).order_by("id").limit(limit),
        await Outbox.filter(state=OutboxState.PARKED).order_by("id").limit(limit),
    )


async def retry_inbound(inbound_id: int, actor: str, now: datetime) -> None:
    """Have a parked message taken again from its raw bytes. Raises Refused when it is not parked."""
    changed = await Inbound.filter(id=inbound_id, state__in=[InboundState.PARKED, InboundState.DROPPED]).update(
        state=InboundState.WAITING, attempts=0, next_try_at=now, done_at=None, lease_until=None
    )
    _require(changed, "Inbound %(id)s is not parked.", inbound_id)
    await history.add(None, actor, Action.INBOUND_RETRIED, {"inbound": inbound_id}, now)


async def drop_inbound(inbound_id: int, actor: str, now: datetime) -> None:
    """Decide that nothing is to be done about a parked message; its raw bytes are kept. Raises Refused."""
    changed = await Inbound.filter(id=inbound_id, state=InboundState.PARKED).update(state=InboundState.DROPPED, done_at=now)
    _require(changed, "Inbound %(id)s is not parked.", inbound_id)
    await history.add(None, actor, Action.INBOUND_DROPPED, {"inbound": inbound_id}, now)


async def open_from_inbound(desk: Desk, inbound_id: int, actor: str, now: datetime) -> Ticket:
    """Make a ticket of a message that could not be read, from what is known without reading it. Raises Refused."""
    # Locked, so that two people who decide at the same moment make one ticket.
    row = await Inbound.filter(id=inbound_id, state=InboundState.PARKED).select_for_update().first()
    if row is None:
        raise Refused("Inbound %(id)s is not parked.", id=inbound_id)
    sender, chat_id = _sender(row)
    incoming = Incoming(
        channel=row.channel,
        sender=sender,
        received_at=row.received_at,
        external_id=f"inbound:{row.id}",
        text="",
        new_text="",
        language=desk.staff_language,
        chat_id=chat_id,
        mailbox=row.source.split(":")[1] if row.channel == "mail" else "",
    )
    requester = await requesters.known(sender, desk.staff_language, now)
    ticket = await tickets.open_ticket(desk, incoming, requester, (FALLBACK,), now)
    words = "This message could not be read by the desk. It is kept as it came: rightsdesk inbound show %(id)s"
    text = words_of("bot", desk.staff_language).gettext(words) % {"id": row.id}
    message = await Message.create(
        ticket=ticket,
        direction=Direction.IN,
        channel=incoming.channel,
        author="requester",
        at=row.received_at,
        text=text,
        new_text=text,
        external_id=incoming.external_id,
        inbound=row,
    )
    await topic.show(ticket, message, now)
    await Inbound.filter(id=row.id).update(
        state=InboundState.DONE, outcome=Became.OPENED_BY_HAND, ticket_id=ticket.id, done_at=now
    )
    await history.add(ticket.id, actor, Action.MADE_OF_PARKED, {"inbound": row.id}, now)
    await clocks.lead(ticket)
    return ticket


def _sender(row: Inbound) -> tuple[Sender, int | None]:
    """Who wrote a message that cannot be read, from the key of its conversation. Raises Refused for what was said in a group."""
    if found := re.fullmatch(r"tg:(\d+)", row.conversation):
        return Sender("telegram", found[1]), int(found[1])
    if row.channel == "telegram":
        raise Refused("This was not written in a private chat: no ticket can be made of it.")
    address = row.conversation.removeprefix("mail:")
    # Nobody is nobody else: two letters without a sender have nothing in common.
    return (Sender("email", address) if "@" in address else Sender("unknown", f"inbound:{row.id}")), None


async def retry_outbox(outbox_id: int, actor: str, now: datetime) -> None:
    """Have a parked delivery tried again. Raises Refused when it is not parked."""
    changed = await Outbox.filter(id=outbox_id, state=OutboxState.PARKED).update(
        state=OutboxState.WAITING, attempts=0, next_try_at=now, done_at=None, lease_until=None
    )
    _require(changed, "Outbox %(id)s is not parked.", outbox_id)
    await history.add(await _ticket_of(outbox_id), actor, Action.DELIVERY_RETRIED, {"outbox": outbox_id}, now)


async def drop_outbox(outbox_id: int, actor: str, now: datetime) -> None:
    """Decide that a parked or waiting delivery is not to be made. Raises Refused when it has left, or is leaving."""
    changed = await Outbox.filter(
        id=outbox_id, state__in=[OutboxState.PARKED, OutboxState.WAITING], lease_until__isnull=True
    ).update(state=OutboxState.DROPPED, done_at=now)
    _require(changed, "Outbox %(id)s is not waiting.", outbox_id)
    await history.add(await _ticket_of(outbox_id), actor, Action.DELIVERY_DROPPED, {"outbox": outbox_id}, now)


async def _ticket_of(outbox_id: int) -> int | None:
    row = await Outbox.get_or_none(id=outbox_id)
    return row.ticket_id if row else None


def _require(changed: int, words: str, row_id: int) -> None:
    if not changed:
        raise Refused(words, id=row_id)
