"""A desk in a storm: whatever staff and requesters do, in any order, with deliveries that fail; `trail` says what was done."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from desk import letters
from desk.errors import Permanent, Refused, Temporary, Unreachable
from desk.flow import delivery, inbound, parking
from desk.flow.intake import take
from desk.matter import merging
from desk.outward import replies
from desk.ports import Delivered, Incoming, Sender
from desk.reminders import sweep
from desk.terms import confirming, corrections, extension, refusal, steps
from desk.ticket import clocks, endings, staffing, tickets
from models import Clock, Demand, Ending, Inbound, InboundState, Outbox, OutboxState, Staff, Step, Ticket, TicketStatus
from models.store.connect import transaction
from tests.desk.people import Bench, RecordingDoor, letter

KINDS = (
    "access_request",
    "stop_processing",
    "consent_withdrawal",
    "unlawful_processing",
    "rectification",
    "marketing_optout",
    "claim",
    "rkn_order",
    "question",
)
FIRST_LETTERS = 3
PEOPLE = ("anna@example.org", "clara@example.org", "77")


@dataclass(frozen=True)
class Asked:
    """A letter that asked for something: the ticket it was kept in, what it asked for (None: whatever was asked), and when."""

    ticket: int
    kinds: frozenset[str] | None
    received_at: datetime


class StormyDoor(RecordingDoor):
    """A door out that fails now and then and lets nothing untrue pass."""

    def __init__(self, channel: str, dice: random.Random, now: Callable[[], datetime]) -> None:
        super().__init__(channel)
        self.dice, self.now = dice, now
        self.untrue: list[str] = []

    async def send(self, row: Outbox) -> Delivered:
        if self.channel != "staff" and row.errand != "acknowledgement" and self.dice.random() < 0.2:
            raise self.dice.choice([Temporary("Later."), Permanent("No."), Unreachable("Nobody.")])
        if told := await _untrue(row, self.now()):
            self.untrue.append(f"{row.errand} {row.id}: {told}")
        return await super().send(row)


async def _untrue(row: Outbox, now: datetime) -> str:
    """What is not true of a letter that leaves at this moment; empty when all of it is."""
    content = row.content
    if row.errand == "refusal":
        demand = await Demand.get(id=content["demand"])
        if demand.ticket_id != row.ticket_id:
            return "the demand belongs to another ticket"
        if demand.closed_at is not None and demand.outcome != Ending.DROPPED:
            return f"the demand is {demand.outcome}"
        if demand.received_at > datetime.fromisoformat(content["received_at"]):
            return "the demand was made anew"
    if row.errand == "extension":
        clock = await Clock.get_or_none(id=content["clock"])
        if clock is None or clock.stopped_at is not None:
            return "the term does not run"
        if clock.ticket_id != row.ticket_id:
            return "the term belongs to another ticket"
        if clock.due.isoformat() != content["old_due"] or now >= clock.due_at:
            return f"the term ends on {clock.due}, not on {content['old_due']}"
    if row.errand == "progress":
        for line in content["steps"]:
            if not await Step.exists(demand_id=line["demand"], key=line["key"]):
                return f"{line['key']} is not ticked"
        for coming in content["coming"]:
            dues = {one.due.isoformat() for one in await Clock.filter(ticket_id=row.ticket_id, key=coming["key"])}
            if coming["due"] not in dues:
                return f"{coming['key']} does not end on {coming['due']}"
    return ""


class Storm:
    """One walk of `dice` through everything that can happen at a desk."""

    def __init__(self, bench: Bench, dice: random.Random) -> None:
        self.bench, self.desk, self.dice, self.now = bench, bench.desk, dice, bench.now
        self.out = {name: StormyDoor(name, dice, bench.now) for name in ("mail", "telegram", "staff")}
        bench.out = dict(self.out)
        self.trail: list[str] = []
        self.asked: list[Asked] = []
        self.letters = 0
        self.acts: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (8, self.a_letter),
            (12, self.time_passes),
            (10, self.a_tick),
            (5, self.a_tick_taken_back),
            (5, self.a_refusal),
            (4, self.a_refusal_taken_back),
            (4, self.an_extension),
            (5, self.an_undo),
            (2, self.a_bounce),
            (4, self.a_closing),
            (4, self.an_opening),
            (4, self.a_merge),
            (4, self.an_unmerge),
            (5, self.a_kind_changed),
            (3, self.only_a_question),
            (4, self.a_paper_letter),
            (2, self.a_document_date),
            (3, self.a_destruction_impossible),
            (3, self.a_reply),
            (3, self.a_reply_moved),
            (4, self.something_parked),
        ]

    async def step(self) -> None:
        """Do one thing; what follows from it is delivered, or waits."""
        act: Callable[[], Awaitable[None]] = self.a_letter
        if len(self.trail) >= FIRST_LETTERS:
            [act] = self.dice.choices([one for _, one in self.acts], [weight for weight, _ in self.acts])
        self.trail.append(f"{self.now():%d.%m %H:%M} {act.__name__}")
        try:
            async with transaction():
                await act()
        except Refused as refused:
            self.trail[-1] += f" - {refused.sentence}"
        if self.dice.random() < 0.8:
            await self._deliver()

    async def _deliver(self) -> None:
        await inbound.drain(self.desk, self.bench.doors, self.now)
        for door in self.bench.out.values():
            await delivery.drain(self.desk, door, self.now)

    def _note(self, what: object) -> None:
        self.trail[-1] += f" {what}"

    async def _ticket(self, **where: Any) -> Ticket:
        found = await Ticket.filter(**where).order_by("id")
        if not found:
            raise Refused("There is none.")
        ticket = self.dice.choice(found)
        self._note(f"№{ticket.id}")
        return ticket

    async def _one(self, query: Any) -> Any:
        found = await query.order_by("id")
        if not found:
            raise Refused("There is none.")
        one = self.dice.choice(found)
        self._note(f"{type(one).__name__}{one.id}")
        return one

    async def _boris(self) -> Staff:
        return await self.bench.boris()

    async def _clara(self) -> Staff:
        return await staffing.known(self.desk, 3, "Клара", "clara", self.now())

    # --- the requester -------------------------------------------------------------------------------------------------

    async def a_letter(self) -> None:
        """A letter, sometimes one that lay on a server for days, sometimes by a proven reference."""
        self.letters += 1
        kinds = tuple(self.dice.sample(KINDS, self.dice.choice([0, 1, 1, 1, 2])))
        sender = self.dice.choice(PEOPLE)
        received = self.now() - timedelta(hours=self.dice.choice([0, 0, 0, 30, 80]))
        named = await Ticket.all().order_by("id") if self.dice.random() < 0.5 else []
        ticket = self.dice.choice(named) if named else None
        incoming = letter(self.now(), number=self.letters, kinds=kinds, subject=f"Письмо {self.letters}", received_at=received)
        incoming = replace(incoming, ticket_id=ticket.id if ticket else None)
        incoming = self._by_telegram(incoming, sender) if sender.isdigit() else replace(incoming, sender=Sender("email", sender))
        self._note((sender, kinds, f"received {received:%d.%m %H:%M}", f"to №{ticket.id}" if ticket else ""))
        await self._arrives(incoming)

    def _by_telegram(self, incoming: Incoming, sender: str) -> Incoming:
        return replace(incoming, channel="telegram", sender=Sender("telegram", sender), chat_id=int(sender), mailbox="")

    async def _arrives(self, incoming: Incoming) -> None:
        row = await Inbound.create(
            channel=incoming.channel,
            source="here",
            position=self.letters,
            conversation=f"{incoming.sender.kind}:{incoming.sender.value}",
            received_at=incoming.received_at,
            stored_at=self.now(),
            next_try_at=self.now(),
            size=0,
            sealed=b"",
            state=InboundState.DONE,
        )
        outcome = await take(self.desk, incoming, row, self.now())
        self._note(f"{outcome.words} №{outcome.ticket_id}")
        await Inbound.filter(id=row.id).update(outcome=outcome.words, ticket_id=outcome.ticket_id)
        if outcome.ticket_id is not None and not incoming.automated:
            self.asked.append(Asked(outcome.ticket_id, frozenset(incoming.kinds), incoming.received_at))

    async def only_a_question(self) -> None:
        ticket = await self._ticket(status=TicketStatus.OPEN)
        kinds = [one.kind for one in await Demand.filter(ticket_id=ticket.id, closed_at__isnull=True)]
        await confirming.only_a_question(self.desk, ticket, kinds, self.now())

    async def a_bounce(self) -> None:
        row = await self._one(
            Outbox.filter(channel="mail", errand__in=["refusal", "extension", "progress", "reply"], state=OutboxState.SENT)
        )
        self.letters += 1
        incoming = letter(self.now(), number=self.letters, kinds=(), automated="bounce", subject="Undelivered")
        await self._arrives(replace(incoming, original_message_id=row.content["message_id"], reply_to=()))

    # --- staff ---------------------------------------------------------------------------------------------------------

    async def a_tick(self) -> None:
        ticket = await self._ticket()
        open_steps = list(await steps.of_ticket(self.desk, ticket))
        if not open_steps:
            raise Refused("There is none.")
        one = self.dice.choice(open_steps)
        self._note((one.kind, one.key))
        await steps.done(self.desk, one.demand, one.key, await self._boris(), self.now())

    async def a_tick_taken_back(self) -> None:
        one = await self._one(Step.all())
        self._note(one.key)
        await steps.undone(self.desk, one.demand_id, one.key, await self._boris(), self.now())

    async def a_refusal(self) -> None:
        demand = await self._one(Demand.all())
        grounds = clocks.rule_of(self.desk, demand).grounds
        ground = self.dice.choice(grounds).id if grounds else "none"
        await refusal.refuse(self.desk, demand.id, ground, await self._boris(), "По статье 23 закона.", self.now())

    async def a_refusal_taken_back(self) -> None:
        demand = await self._one(Demand.filter(outcome__in=endings.DECIDED))
        await refusal.take_back(self.desk, demand.id, "staff:2", self.now())

    async def an_extension(self) -> None:
        clock = await self._one(Clock.filter(demand__kind__in=["access_request", "stop_processing"], stopped_at__isnull=True))
        await extension.extend(self.desk, clock.id, await self._boris(), "Архив", self.now())

    async def an_undo(self) -> None:
        row = await self._one(Outbox.filter(errand__in=letters.undoable(), state=OutboxState.WAITING))
        await replies.undo(self.desk, row.id, await self._boris(), self.now())

    async def a_closing(self) -> None:
        ticket = await self._ticket()
        await tickets.close(self.desk, ticket, await self._boris(), self.now(), reason=self.dice.choice(["", "Ошибка"]))

    async def an_opening(self) -> None:
        await tickets.awaken(self.desk, await self._ticket(status=TicketStatus.CLOSED), await self._boris(), self.now())

    async def a_merge(self) -> None:
        ticket, into = await self._ticket(status=TicketStatus.OPEN), await self._ticket()
        await merging.merge(self.desk, ticket, into.id, await self._boris(), self.now())

    async def an_unmerge(self) -> None:
        ticket = await self._ticket(merged_into__isnull=False)
        await merging.unmerge(self.desk, ticket, await self._boris(), self.now())

    async def a_kind_changed(self) -> None:
        ticket = await self._ticket()
        held = [one.kind for one in await Demand.filter(ticket_id=ticket.id)]
        old = self.dice.choice([None, *held])
        new = self.dice.choice([None, *held, *KINDS])
        self._note((old, new))
        await corrections.change_kind(self.desk, ticket, old, new, await self._boris(), self.now())

    async def a_paper_letter(self) -> None:
        ticket = await self._ticket()
        received = ticket.received_at + timedelta(days=self.dice.choice([-9, -3, -1, 0, 1]))
        await corrections.register_paper(self.desk, ticket, received, "Почтой", await self._boris(), self.now())
        self.asked.append(Asked(ticket.id, None, received))

    async def a_document_date(self) -> None:
        ticket = await self._ticket()
        due = (self.now() + timedelta(days=self.dice.choice([2, 20]))).date()
        await corrections.set_document_date(self.desk, ticket, due, await self._boris(), self.now())

    async def a_destruction_impossible(self) -> None:
        demand = await self._one(Demand.filter(kind__in=["consent_withdrawal", "unlawful_processing"]))
        ticket = await Ticket.get(id=demand.ticket_id)
        await corrections.destruction_impossible(self.desk, ticket, "Резервные копии", await self._boris(), self.now())

    async def a_reply(self) -> None:
        ticket = await self._ticket()
        self.letters += 1
        await replies.reply(
            self.desk,
            ticket,
            staff=await self._boris(),
            text="Здравствуйте!",
            entities=None,
            files=(),
            external_id=f"-1:{self.letters}",
            album="",
            reply_to=0,
            now=self.now(),
            at=self.dice.choice([None, self.now() + timedelta(days=2)]),
            held=self.dice.random() < 0.3,
        )

    async def a_reply_moved(self) -> None:
        row = await self._one(Outbox.filter(errand__in=letters.undoable(), state=OutboxState.WAITING))
        at = self.now() + timedelta(hours=self.dice.choice([0, 5, 100]))
        await replies.reschedule(self.desk, row.id, at, await self._clara(), self.now())

    async def something_parked(self) -> None:
        row = await self._one(Outbox.filter(state=OutboxState.PARKED))
        await self.dice.choice([parking.retry_outbox, parking.drop_outbox])(row.id, "staff:2", self.now())

    # --- time ----------------------------------------------------------------------------------------------------------

    async def time_passes(self) -> None:
        self.now.forward(minutes=self.dice.choice([1, 1, 30, 60 * 5, 60 * 24, 60 * 24 * 4]))

    async def sweep(self) -> None:
        """What the jobs of the desk do now and then."""
        await sweep.recount(self.desk, self.now())
        await sweep.sweep(self.desk, self.now())
