"""The topic of a ticket: what staff are told there, the requester's words, and the card that shows the present state."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from desk import contents, history, outbox
from desk.context import Desk
from desk.law import LawError
from desk.ticket import legs
from models import Demand, Message, Outbox, OutboxState, Ticket


async def tell_uncounted(desk: Desk, ticket: Ticket, demand: Demand, error: LawError, now: datetime) -> None:
    """Say in the topic, once a day, that a date of a demand could not be counted, and why."""
    words = "⚠️ No date could be counted for “%(kind)s”: %(why)s Watch this date by hand."
    key = f"uncounted:{demand.id}:{now.astimezone(desk.operator.zone).date()}"
    await tell(ticket, words, {"kind": demand.kind, "why": error.sentence(desk.staff_language)}, now, key=key)


async def tell(
    ticket: Ticket,
    words: str,
    params: contents.Params,
    now: datetime,
    *,
    key: str,
    reply_to: int | None = None,
    priority: int = outbox.NORMAL,
) -> None:
    """Post a notice in the topic in which the matter goes on; it is inside talk and never reaches the requester."""
    ticket = await legs.head(ticket)
    await outbox.put(
        channel="staff",
        conversation=outbox.topic(ticket),
        key=key,
        content=contents.Notice(words=words, params=params, reply_to=reply_to),
        now=now,
        ticket=ticket,
        priority=priority,
    )


async def tell_joint(
    ticket: Ticket,
    words: str,
    params: contents.Params,
    now: datetime,
    *,
    key: str,
    priority: int = outbox.SOON,
    to: int | None = None,
    done: Sequence[str] = (),
    offer: Sequence[int] = (),
) -> None:
    """Post in this very topic what concerns two tickets of one matter (see contents.Joint)."""
    await outbox.put(
        channel="staff",
        conversation=outbox.topic(ticket),
        key=key,
        content=contents.Joint(words=words, params=params, to=to, done=tuple(done), offer=tuple(offer)),
        now=now,
        ticket=ticket,
        priority=priority,
    )


async def show(ticket: Ticket, message: Message, now: datetime, *, key: str = "", not_before: datetime | None = None) -> None:
    """Post a requester's message in the topic; `key` tells one posting of it from another."""
    await outbox.put(
        channel="staff",
        conversation=outbox.topic(ticket),
        key=f"requester:{message.id}{key}",
        content=contents.RequesterWords(album=message.album, version=message.version),
        now=now,
        ticket=ticket,
        message=message,
        priority=outbox.NEW if ticket.topic_id is None else outbox.SOON,
        not_before=not_before,
    )


async def refresh_card(ticket: Ticket, now: datetime) -> None:
    """Have the card show the present state; changes that have not left yet are merged into one."""
    waiting = (
        await Outbox.filter(ticket_id=ticket.id, channel="staff", act="card", state=OutboxState.WAITING, lease_until__isnull=True)
        .select_for_update()
        .first()
    )
    if waiting is not None:
        return
    number = await Outbox.filter(ticket_id=ticket.id, channel="staff", act="card").count()
    priority = outbox.NEW if number == 0 else outbox.LATE
    put = partial(outbox.put, channel="staff", conversation=outbox.topic(ticket), content=contents.Card(), now=now, ticket=ticket)
    # Another transaction may have taken the number meanwhile; its card may have left before ours is decided.
    while await put(key=f"card:{ticket.id}:{number}", priority=priority) is None:
        number += 1


async def close_double(ticket: Ticket, thread: int, now: datetime) -> None:
    """Have a topic that was made twice closed, with a pointer to the one in which the ticket goes on."""
    row = await outbox.put(
        channel="staff",
        conversation=f"double:{ticket.id}:{thread}",
        key=f"double:{ticket.id}:{thread}",
        content=contents.DoubledTopic(thread=thread),
        now=now,
        ticket=ticket,
        priority=outbox.SOON,
    )
    if row is not None:
        await history.add(ticket.id, history.DESK, "topic made twice", {}, now)
