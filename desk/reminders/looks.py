"""The look of cards follows the clock: a date that passes is seen when it passes, also when nobody is reminded before Monday."""

from datetime import datetime, timedelta

from tortoise.expressions import Q

from desk.ticket import topic
from models import Clock, Dialog, Ticket, TicketStatus
from models.store.connect import transaction

# Where it is kept until when cards were looked at, and how far back the first look goes.
KEY, FIRST = "cards_looked_at", timedelta(days=7)


async def refresh_passed(now: datetime) -> int:
    """Have the cards drawn anew of tickets of which a safe or a last date has passed since the last look; how many."""
    async with transaction():
        held = await Dialog.get_or_none(key=KEY)
        since = datetime.fromisoformat(held.data["at"]) if held is not None else now - FIRST
        if now <= since:
            return 0
        passed = Q(due_at__gt=since, due_at__lte=now) | Q(safe_at__gt=since, safe_at__lte=now)
        late = Ticket.filter(status=TicketStatus.OPEN, safe_at__lte=now)
        clocks = Clock.filter(passed, ticket_id__in=[one.id for one in await late], stopped_at__isnull=True)
        tickets = await Ticket.filter(id__in=list({one.ticket_id for one in await clocks})).order_by("id")
        for ticket in tickets:
            await topic.refresh_card(ticket, now)
        await Dialog.update_or_create({"state": "", "data": {"at": now.isoformat()}, "updated_at": now}, key=KEY)
    return len(tickets)
