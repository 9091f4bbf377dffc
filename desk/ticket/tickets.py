"""Tickets: opened, taken, closed, reopened; and how the desk speaks of them to the staff group."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from tortoise.expressions import Q

from desk import history, outbox
from desk.context import Desk
from desk.errors import Refused
from desk.law import LawError
from desk.outward.envelopes import envelope, mail_conversation
from desk.ports import Incoming
from desk.ticket import clocks, legs, notes
from desk.ticket.staffing import actor
from models import Clock, Demand, Message, Outbox, OutboxState, Receipt, Requester, Staff, Ticket, TicketStatus
from models.store.query import column

# How many automatic letters one address gets in a day, whatever it sends.
AUTOMATIC_A_DAY = 10
# Urgent things first: lower goes sooner.
URGENT, SOON, NORMAL, LATE = 0, 20, 50, 80
GENERAL = "general"
# The outcome of a demand that nobody met when its ticket was closed; its clocks stopped "closed: why".
DROPPED = "dropped"
CLOSED = "closed: "
# What a ticket asks for when nothing else is known: a question, or in a regime without one, any request.
QUESTION, ANY = "question", "any_request"
# Characters of a reason that are kept.
LONGEST_REASON = 500


@dataclass(frozen=True)
class Posting:
    """What a message in a chat is to the desk: its ticket, its role (models.Receipt) and the message it shows."""

    ticket: Ticket
    role: str
    message_id: int | None


def topic(ticket: Ticket) -> str:
    """The outbox conversation of a ticket's topic."""
    return f"topic:{ticket.id}"


def private(chat_id: int) -> str:
    """The outbox conversation of a private chat."""
    return f"tg:{chat_id}"


async def open_ticket(desk: Desk, incoming: Incoming, requester: Requester, kinds: Sequence[str], now: datetime) -> Ticket:
    """Open a ticket with its demands and clocks, and tell the staff group. The caller adds the first message."""
    ticket = await Ticket.create(
        requester=requester,
        represented=incoming.represented,
        channel=incoming.channel,
        mailbox=incoming.mailbox,
        answer_to=incoming.answer_to or (incoming.sender.value if incoming.sender.kind == "email" else ""),
        chat_id=incoming.chat_id,
        language=incoming.language,
        subject=incoming.subject,
        received_at=incoming.received_at,
        opened_at=now,
    )
    await history.add(ticket.id, "requester", "ticket opened", {"channel": incoming.channel, "kinds": list(kinds)}, now)
    await outbox.put(
        channel="staff",
        act="topic",
        conversation=topic(ticket),
        key=f"topic:{ticket.id}",
        content={},
        now=now,
        ticket=ticket,
        priority=SOON,
    )
    await refresh_card(ticket, now)
    await add_demands(desk, ticket, kinds, incoming.received_at, "requester" if incoming.chosen else "machine", now)
    return ticket


async def add_demands(
    desk: Desk, ticket: Ticket, kinds: Sequence[str], received_at: datetime, recognised_by: str, now: datetime
) -> list[Demand]:
    """Open the demands that the ticket does not hold yet, each with its clocks; returns the new ones.

    A ticket that was merged demands in the one in which the matter goes on, also when it is merged at this moment.
    """
    ticket = await legs.locked(ticket)
    kinds = in_this_law(desk, kinds)
    held = set(await column(Demand.filter(ticket_id=ticket.id), "kind"))
    opened = []
    unlawful = "unlawful_processing" in {*held, *kinds}
    for kind in dict.fromkeys(kinds):
        if kind in held:
            continue
        rule = clocks.rule_for(desk, kind, received_at)
        demand = await Demand.create(
            ticket=ticket,
            kind=kind,
            recognised_by=recognised_by,
            rule_id=rule.id,
            rule_version=rule.version,
            received_at=received_at,
            unlawful=unlawful,
        )
        opened.append(demand)
        await count(desk, ticket, demand, now)
        await history.add(ticket.id, history.DESK, "demand opened", {"kind": kind, "rule": f"{rule.id}@{rule.version}"}, now)
    if opened and ticket.status == TicketStatus.CLOSED:
        # Nobody is reminded of a closed ticket.
        await reopen(desk, ticket, None, now)
    await clocks.lead(ticket)
    return opened


def in_this_law(desk: Desk, kinds: Sequence[str]) -> list[str]:
    """What these kinds are in the operator's law: one that it has no rule of its own for is "any request" there."""
    known = desk.regime.kinds
    return list(dict.fromkeys(kind if kind in known or ANY not in known else ANY for kind in kinds))


async def count(desk: Desk, ticket: Ticket, demand: Demand, now: datetime) -> bool:
    """Open the clocks of a demand. Where they cannot be counted the request stands all the same, and staff are told each day."""
    try:
        await clocks.open_for(desk, demand, now)
    except LawError as error:
        demand.uncounted = True
        await demand.save(update_fields=["uncounted"])
        await tell_uncounted(desk, ticket, demand, error, now)
        return False
    return True


async def tell_uncounted(desk: Desk, ticket: Ticket, demand: Demand, error: LawError, now: datetime) -> None:
    """Say in the topic, once a day, that a date of a demand could not be counted, and why."""
    words = "⚠️ No date could be counted for “%(kind)s”: %(why)s Watch this date by hand."
    key = f"uncounted:{demand.id}:{now.astimezone(desk.operator.zone).date()}"
    await tell(ticket, words, {"kind": demand.kind, "why": error.sentence(desk.staff_language)}, now, key=key)


async def tell(
    ticket: Ticket,
    words: str,
    params: dict[str, Any],
    now: datetime,
    *,
    key: str,
    reply_to: int | None = None,
    priority: int = NORMAL,
) -> None:
    """Post a notice in the topic in which the matter goes on; it is inside talk and never reaches the requester."""
    ticket = await legs.head(ticket)
    await outbox.put(
        channel="staff",
        act="notice",
        conversation=topic(ticket),
        key=key,
        content={"words": words, "params": params, "reply_to": reply_to},
        now=now,
        ticket=ticket,
        priority=priority,
    )


async def tell_joint(
    ticket: Ticket, words: str, params: dict[str, Any], now: datetime, *, key: str, priority: int = SOON, **more: Any
) -> None:
    """Post in this very topic what concerns two tickets of one matter, with what bot.postings.staff.merging shows of `more`."""
    await outbox.put(
        channel="staff",
        act="joint",
        conversation=topic(ticket),
        key=key,
        content={"words": words, "params": params, **more},
        now=now,
        ticket=ticket,
        priority=priority,
    )


async def show(ticket: Ticket, message: Message, now: datetime, *, key: str = "", not_before: datetime | None = None) -> None:
    """Post a requester's message in the topic; `key` tells one posting of it from another."""
    await outbox.put(
        channel="staff",
        act="requester",
        conversation=topic(ticket),
        key=f"requester:{message.id}{key}",
        content={"album": message.album, "version": message.version},
        now=now,
        ticket=ticket,
        message=message,
        priority=SOON,
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
    priority = SOON if number == 0 else LATE
    put = partial(outbox.put, channel="staff", act="card", conversation=topic(ticket), content={}, now=now, ticket=ticket)
    # Another transaction may have taken the number meanwhile; its card may have left before ours is decided.
    while await put(key=f"card:{ticket.id}:{number}", priority=priority) is None:
        number += 1


async def acknowledge(
    desk: Desk, ticket: Ticket, incoming: Incoming, demands: Sequence[Demand], now: datetime, *, linked: bool = False
) -> bool:
    """Tell the requester number and dates, over the channel they used. False when no automatic answer may go."""
    if not incoming.answerable or incoming.spam:
        return False
    content = await _acknowledgement(desk, ticket, demands, incoming.received_at, linked=linked)
    if ticket.channel == "telegram" and ticket.chat_id is not None:
        channel, conversation = "telegram", private(ticket.chat_id)
    elif ticket.answer_to:
        channel, conversation = "mail", mail_conversation(ticket.answer_to)
        if await _automatic_letters(conversation, now) >= AUTOMATIC_A_DAY:
            words = "No automatic letter was sent: this address had %(count)s of them within a day. Answer by hand."
            await tell(ticket, words, {"count": AUTOMATIC_A_DAY}, now, key=f"capped:{ticket.id}:{now.date()}")
            return False
        await ticket.fetch_related("requester")
        content |= await envelope(desk, ticket, ticket.requester, ticket.answer_to, now)
    else:
        return False
    done = await Outbox.filter(ticket_id=ticket.id, act="acknowledgement").count()
    await outbox.put(
        channel=channel,
        act="acknowledgement",
        conversation=conversation,
        key=f"acknowledgement:{ticket.id}:{done}",
        content=content,
        now=now,
        ticket=ticket,
        priority=URGENT,
    )
    return True


async def _acknowledgement(
    desk: Desk, ticket: Ticket, demands: Sequence[Demand], received_at: datetime, *, linked: bool
) -> dict[str, Any]:
    kinds, dates = [], []
    for demand in demands:
        rule = clocks.rule_of(desk, demand)
        kinds.append(
            {
                "kind": demand.kind,
                "name": rule.name.get(ticket.language, rule.name["en"]),
                "article": rule.cite.get(ticket.language, rule.article),
            }
        )
        dates += [
            {
                "kind": demand.kind,
                "key": clock.key,
                "name": rule.clock(clock.key).name.get(ticket.language, clock.key),
                "due": clock.due.isoformat(),
                "safe": clock.safe.isoformat(),
                "article": rule.clock(clock.key).cite.get(ticket.language, clock.article),
                "immediate": clock.unit == "immediately",
                "statutory": clock.statutory,
            }
            for clock in await Clock.filter(demand_id=demand.id).order_by("due_at", "id")
        ]
    return {
        "number": ticket.id,
        "kinds": kinds,
        "clocks": dates,
        "received_at": received_at.isoformat(),
        "linked": linked,
        "language": ticket.language,
    }


async def _automatic_letters(conversation: str, now: datetime) -> int:
    return await Outbox.filter(
        conversation=conversation,
        act="acknowledgement",
        state__in=[OutboxState.WAITING, OutboxState.SENT],
        created_at__gte=now - timedelta(days=1),
    ).count()


async def take(desk: Desk, ticket: Ticket, staff: Staff, now: datetime) -> None:
    """The staff member takes the ticket. Raises Refused when it is theirs already."""
    if ticket.assignee_id == staff.id:
        raise Refused("This ticket is yours already.")
    ticket.assignee_id = staff.id
    await ticket.save(update_fields=["assignee_id"])
    await history.add(ticket.id, actor(staff), "ticket taken", {}, now)
    await refresh_card(ticket, now)


async def unmet(ticket: Ticket) -> list[Demand]:
    """The demands of a ticket that nobody has met, refused or taken away: their terms run, or could not be counted."""
    return await Demand.filter(ticket_id=ticket.id, closed_at__isnull=True).order_by("id")


async def close(desk: Desk, ticket: Ticket, staff: Staff, now: datetime, *, reason: str = "") -> list[Demand]:
    """Close the ticket; the demands that nobody met and that were dropped with it, for the `reason` given.

    Without a reason they hold it open: Refused names what is still due.
    """
    # A tick that is taken back at this moment must not leave a closed ticket with a running clock.
    await legs.hold(ticket)
    if ticket.status == TicketStatus.CLOSED:
        raise Refused("This ticket is closed already.")
    left, why, by = await unmet(ticket), " ".join(reason.split())[:LONGEST_REASON], actor(staff)
    if left and not why:
        still = ", ".join(f"{clock.key} ({clock.due:%d.%m.%Y})" for clock in await clocks.running(ticket))
        raise Refused("These terms still run: %(terms)s.", terms=still or ", ".join(demand.kind for demand in left))
    for demand in left:
        await clocks.end(desk, demand, by=by, how=f"{CLOSED}{why}", outcome=DROPPED, ground=why, now=now)
    ticket.status, ticket.closed_at = TicketStatus.CLOSED, now
    await ticket.save(update_fields=["status", "closed_at"])
    await clocks.lead(ticket)
    note = await _kept(ticket, why, by, now) if why else None
    details = {"dropped": [demand.kind for demand in left], "note": note.id if note else None}
    await history.add(ticket.id, by, "ticket closed", details, now)
    await refresh_card(ticket, now)
    return left


async def _kept(ticket: Ticket, why: str, by: str, now: datetime) -> Message:
    """The reason of a closing as a note."""
    number = await Message.filter(ticket_id=ticket.id, channel="staff", external_id__startswith="closing:").count() + 1
    return await notes.keep(ticket.id, by, why, f"closing:{number}", now)


async def reopen(desk: Desk, ticket: Ticket, staff: Staff | None, now: datetime, *, by: str = "requester") -> None:
    """Open a closed ticket again, and with it what was dropped when it was closed, with its own dates.

    Without `staff`, `by` is who did it, as it stands in history. Raises Refused when it is open, or was merged into another
    one. When nothing runs then, the caller gives it something that does (see `awaken`).
    """
    await legs.hold(ticket)
    unmerged(ticket)
    if ticket.status == TicketStatus.OPEN:
        raise Refused("This ticket is open.")
    ticket.status, ticket.closed_at = TicketStatus.OPEN, None
    await ticket.save(update_fields=["status", "closed_at"])
    dropped = await Demand.filter(ticket_id=ticket.id, outcome=DROPPED).order_by("id")
    for demand in dropped:
        await clocks.resume(desk, demand, CLOSED, now)
    await clocks.lead(ticket)
    details = {"running again": [demand.kind for demand in dropped]}
    await history.add(ticket.id, actor(staff) if staff else by, "ticket reopened", details, now)
    await refresh_card(ticket, now)


async def awaken(desk: Desk, ticket: Ticket, staff: Staff, now: datetime) -> None:
    """Staff open a closed ticket again: where nothing is due any more, a question is, for an open ticket is never silent.

    Raises Refused as `reopen` does.
    """
    await reopen(desk, ticket, staff, now)
    if not await unmet(ticket):
        await ask(desk, ticket, now, "staff", now)
        words = "🟢 Open again. Everything it asked for was over, so it stands as a question: answer it by the date on the card."
        await tell(ticket, words, {}, now, key=f"awakened:{ticket.id}:{now.isoformat()}")


async def ask(desk: Desk, ticket: Ticket, received_at: datetime, recognised_by: str, now: datetime) -> None:
    """Have a question stand on a ticket on which nothing else does: a new one, or anew the one that was over."""
    kind = QUESTION if QUESTION in desk.regime.kinds else ANY
    held = await Demand.get_or_none(ticket_id=ticket.id, kind=kind)
    if held is None:
        await add_demands(desk, ticket, [kind], received_at, recognised_by, now)
        return
    await demand_anew(desk, ticket, held, received_at, now)
    await clocks.lead(ticket)


async def demand_anew(desk: Desk, ticket: Ticket, demand: Demand, received_at: datetime, now: datetime) -> None:
    """A demand that was over is made again: it counts from the new receipt alone."""
    await clocks.forget(demand, received_at)
    await count(desk, ticket, demand, now)
    await history.add(ticket.id, history.DESK, "demand opened again", {"kind": demand.kind}, now)


def unmerged(ticket: Ticket) -> None:
    """Raises Refused for a ticket that was merged: what is done there would be done in a matter that goes on elsewhere."""
    if ticket.merged_into is not None:
        raise Refused(
            "This ticket was joined to № %(number)s: go on there. /unmerge takes them apart.", number=ticket.merged_into
        )


async def by_topic(chat_id: int, topic_id: int) -> Ticket | None:
    """The ticket of a topic that the desk made in this chat: in another group the same number is another topic."""
    if not topic_id:
        return None
    for ticket in await Ticket.filter(topic_id=topic_id).order_by("-id"):
        if await has_topic(ticket, chat_id):
            return ticket
    return None


async def has_topic(ticket: Ticket, chat_id: int) -> bool:
    """Whether the ticket's topic stands in this chat; a group without topics has none to look for."""
    if not ticket.topic_id:
        return ticket.topic_id == 0
    made = Receipt.filter(channel="staff", place=str(chat_id), external_id=str(ticket.topic_id), role="topic")
    return await made.filter(ticket_id=ticket.id).exists()


async def by_posting(chat_id: int, message_id: int) -> Posting | None:
    """What the desk posted as this message of a chat, if it did."""
    receipt = await Receipt.get_or_none(channel="staff", place=str(chat_id), external_id=str(message_id))
    if receipt is None or receipt.ticket_id is None:
        return None
    ticket = await Ticket.get_or_none(id=receipt.ticket_id)
    return Posting(ticket, receipt.role, receipt.message_id) if ticket else None


async def of_requester(telegram_id: int, *, open_only: bool = True) -> list[Ticket]:
    """The tickets of a Telegram account, the newest first; of merged ones the one in which the matter goes on, once."""
    query = Ticket.filter(requester__contacts__kind="telegram", requester__contacts__value=str(telegram_id))
    if open_only:
        query = query.filter(Q(status=TicketStatus.OPEN) | Q(merged_into__isnull=False))
    found = await legs.heads(await query.order_by("-id"))
    found = [one for one in found if one.status == TicketStatus.OPEN or not open_only]
    return sorted(found, key=lambda one: one.id, reverse=True)


async def last_version(ticket_id: int, channel: str, external_id: str) -> Message | None:
    """The newest version of a message, by its id in its channel."""
    return await Message.filter(ticket_id=ticket_id, channel=channel, external_id=external_id).order_by("-version").first()
