"""What holds at a desk after every act, whoever did what; each function names what it found broken."""

from collections import Counter
from datetime import datetime

from desk.law import LawError
from desk.law.rules import STEPS
from desk.record.checking import check
from desk.ticket import clocks, legs, obligatory, tickets
from models import Clock, Demand, Ending, History, Outbox, Ticket, TicketStatus
from tests.audit.law.walk import Storm

# Ends of a demand after which asking again is another request; what was misread was never asked for.
OVER = frozenset({"done", "refused", "continued", "corrected", "not_demanded"})


class Watch:
    """Looks at everything again and again, and remembers what it saw."""

    def __init__(self, storm: Storm) -> None:
        self.storm, self.desk = storm, storm.desk
        self.over: set[tuple[int, str]] = set()
        self.history = 0
        self.joint: set[int | None] = set()

    async def broken(self, *, swept: bool) -> list[str]:
        """Everything that does not hold now."""
        held = await Ticket.all().order_by("id").prefetch_related("demands", "demands__clocks", "demands__steps")
        self.joint = {row.ticket_id for row in await History.filter(action="ticket taken in")}
        found: list[str] = []
        for ticket in held:
            found += self._ticket(ticket, swept=swept)
        for ticket in held:
            if ticket.merged_into is None:
                found += await self._earliest(ticket)
        return [*found, *await self._said_once(), *await self._story(), *self._untrue()]

    def _ticket(self, ticket: Ticket, *, swept: bool) -> list[str]:
        found = []
        running = [clock for demand in ticket.demands for clock in demand.clocks if clock.stopped_at is None]
        if (ticket.status == TicketStatus.CLOSED or ticket.merged_into) and running:
            found.append(f"№{ticket.id} is closed and {running[0].key} runs")
        leading = min((one.due_at for one in running), default=None), min((one.safe_at for one in running), default=None)
        if (ticket.due_at, ticket.safe_at) != leading:
            found.append(f"№{ticket.id} is led by {ticket.due_at}, its clocks by {leading[0]}")
        for demand in ticket.demands:
            found += [f"№{ticket.id} {demand.kind}#{demand.id}: {one}" for one in self._demand(ticket, demand)]
            for clock in demand.clocks:
                name = f"№{ticket.id} {demand.kind}.{clock.key}#{clock.id}"
                found += [f"{name}: {one}" for one in self._clock(ticket, demand, clock, swept=swept)]
        return found

    def _demand(self, ticket: Ticket, demand: Demand) -> list[str]:
        found = []
        running = [clock for clock in demand.clocks if clock.stopped_at is None]
        if demand.closed_at is None:
            if ticket.status == TicketStatus.CLOSED:
                found.append("open in a closed ticket")
            if not running and not demand.uncounted:
                found.append("open without a running clock")
            keys = {clock.key for clock in demand.clocks}
            if demand.uncounted and all(spec.key in keys for spec in clocks.rule_of(self.desk, demand).clocks):
                found.append("said to be uncounted, yet it has all its clocks")
        elif running:
            found.append(f"closed ({demand.outcome}), yet {running[0].key} runs")
        if (demand.closed_at is None) != (demand.outcome == ""):
            found.append(f"closed at {demand.closed_at} with the outcome {demand.outcome!r}")
        if demand.outcome in OVER:
            self.over.add((ticket.id, demand.kind))
        ticked = {one.key for one in demand.steps if not one.void}
        stopped = {one.key: one for one in demand.clocks if one.stopped_at is not None}
        for step in clocks.rule_of(self.desk, demand).steps:
            clock = stopped.get(step.clock or "")
            by_step = clock is not None and (obligatory.by_its_step(clock) or clock.ending == Ending.ASIDE)
            if demand.clocks and step.clock and (step.key in ticked) != by_step:
                found.append(f"the step {step.key} is {'' if step.key in ticked else 'not '}ticked, its clock is otherwise")
        return found

    def _clock(self, ticket: Ticket, demand: Demand, clock: Clock, *, swept: bool) -> list[str]:
        found = []
        if clock.ticket_id != ticket.id:
            found.append(f"stands in №{clock.ticket_id}")
        if (clock.stopped_at is None) != (clock.next_at is not None):
            found.append(f"stopped at {clock.stopped_at}, next word at {clock.next_at}")
        if swept and clock.next_at is not None and clock.next_at <= self.storm.now():
            found.append(f"its moment {clock.next_at} passed unheard")
        # In a joint ticket, one term of a demand may have been met before the other letter asked for all of them.
        first = max(demand.received_at, clock.start_at) if ticket.id in self.joint else demand.received_at
        if clock.stopped_at is None and (last := self._latest(demand, clock, first)) and clock.due_at > last:
            found.append(f"ends on {clock.due}, later than {last} by its receipt {first}")
        return found

    def _latest(self, demand: Demand, clock: Clock, received_at: datetime) -> datetime | None:
        """When a term ends at the latest that was asked for at this moment."""
        if clock.unit == "document" or clock.key == STEPS:
            return None
        copy = Demand(rule_id=demand.rule_id, rule_version=demand.rule_version, received_at=received_at, unlawful=demand.unlawful)
        try:
            [plain] = [one for one in clocks.counted(self.desk, copy) if one.key == clock.key]
            if clock.extended_at is None or clock.extended_at >= plain.due_at:
                return plain.due_at
            return next(one.due_at for one in clocks.counted(self.desk, copy, extended=True) if one.key == clock.key)
        except LawError:
            return None

    async def _earliest(self, ticket: Ticket) -> list[str]:
        """Whether the first of all letters that asked for something counts, where it was never answered in between."""
        found = []
        numbers = await legs.numbers(ticket)
        for demand in ticket.demands:
            if (
                demand.closed_at is not None
                or demand.kind == tickets.QUESTION
                or any((number, demand.kind) in self.over for number in numbers)
            ):
                continue
            letters = [one for one in self.storm.asked if one.ticket in numbers and one.kinds and demand.kind in one.kinds]
            first = min((one.received_at for one in letters), default=demand.received_at)
            if demand.received_at > first:
                found.append(f"№{ticket.id} {demand.kind} counts from {demand.received_at}, asked for on {first}")
        return found

    async def _said_once(self) -> list[str]:
        said: Counter[tuple[object, ...]] = Counter()
        for row in await Outbox.filter(errand="reminder"):
            said.update((line["clock"], line["level"], line["due"]) for line in row.content["clocks"])
        return [f"said {times} times: {what}" for what, times in said.items() if times > 1]

    async def _story(self) -> list[str]:
        before, self.history = self.history, await History.all().count()
        found = [] if self.history >= before else ["history became shorter"]
        return found if (await check()).whole else [*found, "history does not hold together"]

    def _untrue(self) -> list[str]:
        return [told for door in self.storm.out.values() for told in door.untrue]
