"""Numbers for Prometheus. Each is one cheap question to an index; none tells anything about a person."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from tortoise.functions import Count, Max, Min

from app import __version__
from desk.context import CHANNELS
from desk.timepiece import Timepiece
from models import Clock, Inbound, InboundState, Outbox, OutboxState, Ticket, TicketStatus

SOURCES: Final = ("mail", "telegram")
# Prometheus may ask more often than the answer changes.
FRESH: Final = timedelta(seconds=2)


@dataclass
class Numbers:
    """What the database says: rows of each queue by channel and state, and the clocks."""

    rows: dict[tuple[str, str, str], int] = field(default_factory=dict)
    stored: dict[str, int] = field(default_factory=dict)
    oldest: dict[tuple[str, str], float] = field(default_factory=dict)
    tickets: int = 0
    overdue: int = 0
    next_due: datetime | None = None


async def numbers(now: datetime) -> Numbers:
    """Ask the database; only what waits or is parked is counted, so the cost does not grow with what is done."""
    found = Numbers()
    for queue, model, channels, states in (
        ("inbound", Inbound, SOURCES, (InboundState.WAITING, InboundState.PARKED)),
        ("outbox", Outbox, CHANNELS, (OutboxState.WAITING, OutboxState.PARKED)),
    ):
        found.rows |= {(queue, channel, state.value): 0 for channel in channels for state in states}
        found.oldest |= dict.fromkeys(((queue, channel) for channel in channels), 0.0)
        counted = (
            await model.filter(state__in=list(states))
            .annotate(rows=Count("id"), first=Min("next_try_at"))
            .group_by("channel", "state")
            .values("channel", "state", "rows", "first")
        )
        for row in counted:
            state = row["state"].value if hasattr(row["state"], "value") else str(row["state"])
            found.rows[queue, row["channel"], state] = row["rows"]
            if state == "waiting":
                found.oldest[queue, row["channel"]] = _age(row["first"], now)
        # Ids are given in order and rows are never deleted here: the highest one counts them all.
        (highest,) = await model.all().annotate(highest=Max("id")).values_list("highest", flat=True)
        found.stored[queue] = int(str(highest or 0))
    found.tickets = await Ticket.filter(status=TicketStatus.OPEN).count()
    running = Clock.filter(stopped_at__isnull=True, ticket__status=TicketStatus.OPEN)
    found.overdue = await running.filter(due_at__lte=now).exclude(unit="immediately").count()
    coming = await running.filter(due_at__gt=now).order_by("stopped_at", "due_at").first()
    found.next_due = coming.due_at if coming else None
    return found


def _age(first: datetime | str | None, now: datetime) -> float:
    """How long the row that is due longest has been due, in seconds."""
    if first is None:
        return 0.0
    instant = datetime.fromisoformat(first) if isinstance(first, str) else first
    return max(0.0, (now - instant).total_seconds())


class Metrics(Collector):
    """The page /metrics of one process."""

    def __init__(self, timepiece: Timepiece, loops: Callable[[], Mapping[str, bool]]) -> None:
        self._timepiece, self._loops = timepiece, loops
        self._numbers = Numbers()
        self._asked_at: datetime | None = None
        self.channels: Callable[[], Mapping[str, bool]] = dict
        self.ask: Callable[[datetime], Awaitable[Numbers]] = numbers
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        self._registry.register(self)

    async def page(self) -> bytes:
        """The metrics as text. Raises what the database raises."""
        now = self._timepiece()
        if self._asked_at is None or not timedelta() <= now - self._asked_at < FRESH:
            self._numbers, self._asked_at = await self.ask(now), now
        return generate_latest(self._registry)

    def collect(self) -> Iterable[Metric]:
        found = self._numbers
        info = GaugeMetricFamily("rightsdesk_build_info", "Version of the program.", labels=["version"])
        info.add_metric([__version__], 1)
        yield info
        for queue in ("inbound", "outbox"):
            rows = GaugeMetricFamily(
                f"rightsdesk_{queue}_rows", f"Rows of {queue} that are not done.", labels=["channel", "state"]
            )
            oldest = GaugeMetricFamily(
                f"rightsdesk_{queue}_oldest_seconds", "How long the oldest due row has waited.", labels=["channel"]
            )
            for (name, channel, state), count in found.rows.items():
                if name == queue:
                    rows.add_metric([channel, state], count)
            for (name, channel), age in found.oldest.items():
                if name == queue:
                    oldest.add_metric([channel], age)
            yield rows
            yield oldest
            yield CounterMetricFamily(
                f"rightsdesk_{queue}_stored", f"Rows ever stored in {queue}.", value=found.stored.get(queue, 0)
            )
        yield GaugeMetricFamily("rightsdesk_tickets_open", "Open tickets.", value=found.tickets)
        yield GaugeMetricFamily(
            "rightsdesk_clocks_overdue", "Running terms of open tickets past their date.", value=found.overdue
        )
        due = GaugeMetricFamily("rightsdesk_next_due_timestamp_seconds", "When the next running term falls due.")
        if found.next_due is not None:
            due.add_metric([], found.next_due.timestamp())
        yield due
        loops = GaugeMetricFamily("rightsdesk_loop_alive", "Whether a loop of the process runs.", labels=["loop"])
        for name, alive in self._loops().items():
            loops.add_metric([name], int(alive))
        yield loops
        connected = GaugeMetricFamily(
            "rightsdesk_channel_connected", "Whether a source (mailbox, Telegram) answers.", labels=["source"]
        )
        for name, well in self.channels().items():
            connected.add_metric([name], int(well))
        yield connected
