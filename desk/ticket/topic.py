"""The topic of a ticket: what staff are told there, the requester's words, and the card that shows the present state."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Required, TypedDict, Unpack

from desk import contents, history, outbox
from desk.context import Desk
from desk.law import LawError
from desk.ticket import legs
from models import Action, Demand, Message, Outbox, OutboxState, Ticket


async def tell_untold(desk: Desk, ticket: Ticket, demand: Demand, untold: Mapping[str, LawError], now: datetime) -> None:
    """Say in the topic, once a day, which dates of a demand cannot be told yet, and why."""
    ticket = await legs.head(ticket)
    await outbox.add(untold_notice(desk, ticket, demand, untold, now), ticket)


def untold_notice(desk: Desk, ticket: Ticket, demand: Demand, untold: Mapping[str, LawError], now: datetime) -> Outbox:
    """What `tell_untold` posts, of the ticket in which the matter goes on."""
    rule = desk.regime.rule_version(demand.rule_id, demand.rule_version)
    error = next(iter(untold.values()))
    if len(untold) == len(rule.clocks):
        return uncounted(desk, ticket, demand, error, now)
    words = "⚠️ “%(kind)s”: the date of “%(what)s” cannot be told yet; the other terms run. %(why)s"
    what = "; ".join(rule.clock(key).name.said(desk.staff_language) for key in untold)
    params = {"kind": demand.kind, "what": what, "why": error.sentence(desk.staff_language)}
    return notice(ticket, words, params, now, key=_daily(desk, demand, now))


async def tell_uncounted(desk: Desk, ticket: Ticket, demand: Demand, error: LawError, now: datetime) -> None:
    """Say in the topic, once a day, that a date of a demand could not be counted, and why."""
    ticket = await legs.head(ticket)
    await outbox.add(uncounted(desk, ticket, demand, error, now), ticket)


def uncounted(desk: Desk, ticket: Ticket, demand: Demand, error: LawError, now: datetime) -> Outbox:
    """What `tell_uncounted` posts, of the ticket in which the matter goes on."""
    words = "⚠️ No date could be counted for “%(kind)s”: %(why)s Watch this date by hand."
    params = {"kind": demand.kind, "why": error.sentence(desk.staff_language)}
    return notice(ticket, words, params, now, key=_daily(desk, demand, now))


def _daily(desk: Desk, demand: Demand, now: datetime) -> str:
    return f"uncounted:{demand.id}:{now.astimezone(desk.operator.zone).date()}"


class How(TypedDict, total=False):
    """How a notice is posted: the key that it is said once by, what it replies to, how urgent it is, whom of staff it calls."""

    key: Required[str]
    reply_to: int | None
    priority: int
    whom: Sequence[int]


class JointHow(TypedDict, total=False):
    """How a posting about two tickets is posted; `to`, `done` and `offer` are those of contents.Joint."""

    key: Required[str]
    priority: int
    to: int | None
    done: Sequence[str]
    offer: Sequence[int]


async def tell(
    ticket: Ticket,
    words: str,
    params: contents.Params,
    now: datetime,
    **how: Unpack[How],
) -> None:
    """Post a notice in the topic in which the matter goes on; it is inside talk and never reaches the requester."""
    ticket = await legs.head(ticket)
    await outbox.add(notice(ticket, words, params, now, **how), ticket)


def notice(
    ticket: Ticket,
    words: str,
    params: contents.Params,
    now: datetime,
    **how: Unpack[How],
) -> Outbox:
    """What `tell` posts, of the ticket in which the matter goes on."""
    return outbox.row(
        channel="staff",
        conversation=outbox.topic(ticket),
        key=how["key"],
        content=contents.Notice(words=words, params=params, reply_to=how.get("reply_to"), whom=tuple(how.get("whom", ()))),
        now=now,
        ticket=ticket,
        priority=how.get("priority", outbox.NORMAL),
    )


async def tell_joint(
    ticket: Ticket,
    words: str,
    params: contents.Params,
    now: datetime,
    **how: Unpack[JointHow],
) -> None:
    """Post in this very topic what concerns two tickets of one matter (see contents.Joint)."""
    await outbox.add(joint(ticket, words, params, now, **how), ticket)


def joint(
    ticket: Ticket,
    words: str,
    params: contents.Params,
    now: datetime,
    **how: Unpack[JointHow],
) -> Outbox:
    """What `tell_joint` posts."""
    done, offer = tuple(how.get("done", ())), tuple(how.get("offer", ()))
    return outbox.row(
        channel="staff",
        conversation=outbox.topic(ticket),
        key=how["key"],
        content=contents.Joint(words=words, params=params, to=how.get("to"), done=done, offer=offer),
        now=now,
        ticket=ticket,
        priority=how.get("priority", outbox.SOON),
    )


async def show(ticket: Ticket, message: Message, now: datetime, *, key: str = "") -> None:
    """Post a requester's message in the topic; `key` tells one posting of it from another."""
    await outbox.add(shown(ticket, message, now, key=key), ticket)


def shown(ticket: Ticket, message: Message, now: datetime, *, key: str = "", not_before: datetime | None = None) -> Outbox:
    """What `show` posts."""
    return outbox.row(
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
        await Outbox.filter(
            ticket_id=ticket.id, channel="staff", errand="card", state=OutboxState.WAITING, lease_until__isnull=True
        )
        .select_for_update()
        .first()
    )
    if waiting is not None:
        return
    number = await Outbox.filter(ticket_id=ticket.id, channel="staff", errand="card").count()
    # Another transaction may have taken the number meanwhile; its card may have left before ours is decided.
    while not await outbox.add(card(ticket, number, now), ticket):
        number += 1


async def show_processors(ticket: Ticket, now: datetime, *, anew: bool = False) -> None:
    """Have the list of processors show the present state; changes that have not left yet are merged into one."""
    theirs = Outbox.filter(ticket_id=ticket.id, channel="staff", errand=contents.Processors.errand)
    waiting = await theirs.filter(state=OutboxState.WAITING, lease_until__isnull=True).select_for_update().first()
    if waiting is not None and not anew:
        return
    number = await theirs.count()
    while not await outbox.add(processors(ticket, number, now, anew=anew), ticket):
        number += 1


def processors(ticket: Ticket, number: int, now: datetime, *, anew: bool = False) -> Outbox:
    """The list of processors of a ticket, for the `number`th time from 0."""
    return outbox.row(
        channel="staff",
        conversation=outbox.topic(ticket),
        key=f"processors:{ticket.id}:{number}",
        content=contents.Processors(anew=anew or number == 0),
        now=now,
        ticket=ticket,
        priority=outbox.NEW if number == 0 else outbox.SOON,
    )


def opening(ticket: Ticket, now: datetime) -> Outbox:
    """Have the topic of a new ticket made; its name and icon come from the ticket."""
    return outbox.row(
        channel="staff",
        conversation=outbox.topic(ticket),
        key=f"topic:{ticket.id}",
        content=contents.Topic(),
        now=now,
        ticket=ticket,
        priority=outbox.NEW,
    )


def card(ticket: Ticket, number: int | str, now: datetime) -> Outbox:
    """The card of a ticket that shows its present state, for the `number`th time from 0: first sent, then edited.

    A word in place of the number marks one that is shown for a reason of its own, besides those that are counted.
    """
    return outbox.row(
        channel="staff",
        conversation=outbox.topic(ticket),
        key=f"card:{ticket.id}:{number}",
        content=contents.Card(),
        now=now,
        ticket=ticket,
        priority=outbox.NEW if number == 0 else outbox.LATE,
    )


async def hurry(numbers: Sequence[int]) -> list[int]:
    """Have the topics of these tickets made before others, with card and words; the numbers of those that wait for one."""
    waiting = Outbox.filter(ticket_id__in=list(numbers), channel="staff", state=OutboxState.WAITING)
    ours = {row.ticket_id for row in await waiting.filter(errand=contents.Topic.errand)}
    await waiting.filter(ticket_id__in=list(ours), priority__gt=outbox.SOON, priority__lte=outbox.NEW).update(
        priority=outbox.SOON
    )
    return sorted(number for number in ours if number is not None)


async def pin_later(ticket: Ticket, card_id: int, now: datetime) -> None:
    """Have a card pinned that was posted while many waited, after all of these."""
    await outbox.put(
        channel="staff",
        conversation=outbox.topic(ticket),
        key=f"pin:{ticket.id}:{card_id}",
        content=contents.Pin(card=card_id),
        now=now,
        ticket=ticket,
        priority=outbox.LATE,
    )


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
        await history.add(ticket.id, history.DESK, Action.TOPIC_MADE_TWICE, {}, now)
