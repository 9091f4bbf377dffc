"""Repeats: the same request of the same person within the days of its rule, which the law lets be refused as too early."""

from collections.abc import Iterable
from datetime import datetime

from tortoise.expressions import Q

from desk import contents, outbox
from desk.context import Desk
from desk.law import repeat_allowed_from
from desk.ticket import clocks, legs, topic
from models import Demand, Ending, Outbox, Ticket

# The outcomes of demands that were none, or are counted elsewhere.
OUTSIDE = frozenset({Ending.CORRECTED, Ending.MERGED})


async def tell(desk: Desk, ticket: Ticket, kinds: Iterable[str], received_at: datetime, now: datetime) -> int:
    """Say in the topic which of these kinds repeat an earlier request too soon; how many do.

    The notice quotes the rule and the first allowed day (152-FZ Art. 14(4)-(6)). The clocks run all the same: whether to
    refuse is for a person to decide.
    """
    told = 0
    for kind in dict.fromkeys(kinds):
        first = await _original(desk, ticket, kind, received_at)
        if first is None:
            continue
        head = await legs.head(ticket)
        await outbox.add(notice(desk, head, ticket, first, received_at, now, kind), head)
        told += 1
    return told


def notice(desk: Desk, head: Ticket, ticket: Ticket, first: Demand, received_at: datetime, now: datetime, kind: str) -> Outbox:
    """What is said in the topic of `head` of a demand that repeats `first` too soon."""
    rule = clocks.rule_of(desk, first)
    allowed = repeat_allowed_from(rule, first.received_at, desk.counting)
    assert rule.repeat is not None
    assert allowed is not None
    words = (
        "🔁 Repeated within %(days)d days: № %(number)s asked the same on %(first)s. Before %(allowed)s a repeat may be "
        "refused with reasons (%(article)s), unless the first answer was incomplete and the request says so. "
        "The term runs all the same."
    )
    params: contents.Params = {
        "days": rule.repeat.days,
        "number": first.ticket_id,
        "first": desk.counting.local(first.received_at).date().isoformat(),
        "allowed": allowed.isoformat(),
        "article": rule.repeat.cite.said(desk.staff_language),
    }
    return topic.notice(head, words, params, now, key=f"repeat:{ticket.id}:{kind}:{received_at.isoformat()}")


async def _original(desk: Desk, ticket: Ticket, kind: str, received_at: datetime) -> Demand | None:
    """The earlier request that this one repeats too soon.

    The days run from the original request, not from a repeat that itself came too soon.
    """
    merged = await Ticket.filter(requester_id=ticket.requester_id, merged_into__isnull=False)
    joint = [one.id for one in await legs.heads(merged)]
    earlier = Demand.filter(
        Q(ticket__requester_id=ticket.requester_id) | Q(ticket_id__in=joint), kind=kind, received_at__lt=received_at
    )
    earlier = earlier.exclude(outcome__in=list(OUTSIDE)).order_by("received_at", "id")
    return original(desk, ticket, [(one, one.ticket) for one in await earlier.select_related("ticket")], received_at)


def original(desk: Desk, ticket: Ticket, earlier: Iterable[tuple[Demand, Ticket]], received_at: datetime) -> Demand | None:
    """Of earlier demands of one kind, the oldest receipt first, the one that a demand of now repeats too soon."""
    first: Demand | None = None
    for demand, of in earlier:
        if of.represented != ticket.represented or clocks.rule_of(desk, demand).repeat is None:
            continue
        if first is None or not _too_soon(desk, first, demand.received_at):
            first = demand
    return first if first is not None and _too_soon(desk, first, received_at) else None


def _too_soon(desk: Desk, original: Demand, received_at: datetime) -> bool:
    allowed = repeat_allowed_from(clocks.rule_of(desk, original), original.received_at, desk.counting)
    return allowed is not None and desk.counting.local(received_at).date() < allowed
