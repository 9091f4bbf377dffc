"""What lists cost when very much is open: `tickets --json`, /due and the morning digest, which nobody has taken anything of."""

import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from bot.staff.commands import LIST, due_html
from desk.reminders import digest
from desk.views import cards, listing
from models import Outbox, Ticket
from tests.bench.figures import Figure
from tests.bench.sweep import fill
from tests.desk.people import STAFF_CHAT, Now, make_desk

ROUNDS = 3


async def measure(tickets: int, folder: Path) -> list[Figure]:
    """The lists of the open database with so many open tickets."""
    desk, now = make_desk(folder), Now()
    await fill(desk, tickets)
    await Ticket.filter(id__gt=0).update(assignee_id=None)
    now.forward(days=4)

    async def due() -> None:
        html = await due_html(desk, await cards.due(desk, now(), LIST), STAFF_CHAT, now())
        assert html.count("№") == LIST

    async def said() -> None:
        await Outbox.filter(errand__in=["digest", "notice"]).delete()
        assert await digest.say(desk, now())

    listed = min(tickets, 10_000)

    async def as_json() -> None:
        assert len(await listing.listing(desk, limit=listed)) == listed

    return [
        Figure(f"/due with {tickets} open", await _milliseconds(due), "ms", 200),
        Figure(f"the digest with {tickets} open, none taken", await _milliseconds(said), "ms", 200),
        Figure(f"`tickets --json` of {listed}, a ticket", await _milliseconds(as_json) / listed, "ms", 0.2),
    ]


async def _milliseconds(work: Callable[[], Awaitable[None]]) -> float:
    """The median of some rounds, of the processor's time; the first one warms up."""
    took = []
    for _ in range(ROUNDS + 1):
        began = time.process_time()
        await work()
        took.append(timedelta(seconds=time.process_time() - began) / timedelta(milliseconds=1))
    return statistics.median(took[1:])
