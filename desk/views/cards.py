"""Views: a ticket as people see it, on the card and in listings. Reads only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any, cast

from desk import contents
from desk.context import Desk
from desk.deed import listing as processors
from desk.disclosure import gate, identity, mandates
from desk.incident import notifying
from desk.law import ExtensionRefused, LawError, Rule, explain, extension_for, plan
from desk.law.rules import Basis
from desk.outward import replies
from desk.terms import refusal
from desk.terms.steps import StepView, of_ticket
from desk.ticket import blocks, candidates, clocks, endings, legs
from models import (
    Attachment,
    Blocking,
    Clock,
    Contact,
    Demand,
    Direction,
    Level,
    Message,
    Outbox,
    OutboxState,
    Registration,
    Remark,
    Reminder,
    Requester,
    Ticket,
    TicketStatus,
    Way,
)
from models import (
    Ending as HowEnded,
)
from models.store.query import column

# A reply that leaves within this is not "scheduled", it is on its way.
SOON = timedelta(minutes=1)


@dataclass(frozen=True)
class Ending:
    """How a demand ended otherwise than by being met: `outcome` is refused, continued or dropped, `ground` says why."""

    outcome: HowEnded
    ground: str
    at: datetime


@dataclass(frozen=True)
class Known:
    """When the proof came, or with `detected` the fault was detected; `counts`, whether terms count from it, `why` if later."""

    at: datetime
    detected: bool
    counts: bool
    why: str


@dataclass(frozen=True)
class Kind:
    """A demand by name, with its article; `refusable`, whether its rule offers grounds and it is open."""

    kind: str
    name: str
    article: str
    recognised_by: str
    refusable: bool = False
    known: Known | None = None
    ending: Ending | None = None


@dataclass(frozen=True)
class ClockView:
    """A clock as shown; dates are the operator's, instants UTC.

    `step` is its place among the steps of its rule; `extendable`, whether the rule lets it be extended now; `done`, whether
    it stopped because what it demands was done; `fine` is what missing it may cost.
    """

    id: int
    kind: str
    key: str
    label: str
    article: str
    due: date
    due_at: datetime
    safe: date
    safe_at: datetime
    immediate: bool
    basis: Basis
    stopped_at: datetime | None
    stopped_by: str
    done: bool = False
    step: int = 0
    extendable: bool = False
    fine: str = ""


@dataclass(frozen=True)
class Untold:
    """A term of an open demand whose date cannot be told yet, and why, in the staff's language."""

    kind: str
    key: str
    label: str
    why: str


@dataclass(frozen=True)
class Scheduled:
    """A reply that waits for its moment (UTC), or, `held`, for a manager's release; `late`: after the next safe date."""

    outbox_id: int
    at: datetime
    held: bool
    late: bool = False


@dataclass(frozen=True)
class Leg:
    """One way by which the matter of a ticket came: `number` is that of the ticket it came as, `channel` may be a models.Way too.

    `received_at` is when it came (UTC); the `earliest` of several is the receipt that counts.
    """

    number: int
    channel: str
    received_at: datetime
    earliest: bool = False


@dataclass(frozen=True)
class Registered:
    """What staff registered by hand (models.Registration): how it came, its numbers and both moments of a paper letter (UTC)."""

    way: str
    came_at: datetime
    attempted_at: datetime | None
    handed_over_at: datetime | None
    number: str
    name: str
    postal: str
    phone: str
    issuer: str
    document_number: str
    document_date: date | None


@dataclass(frozen=True)
class Coming:
    """A reminder that will be said: its level, its moment (operator's time zone), and of which clock."""

    at: datetime
    level: str
    kind: str
    key: str


@dataclass(frozen=True)
class Card:
    """Everything the card of a ticket shows; `candidates` are kinds that may be demanded besides, for staff to say."""

    number: int
    status: str
    kinds: tuple[Kind, ...]
    requester: str
    contacts: tuple[tuple[str, str, Level], ...]
    represented: dict[str, str] | None
    channel: str
    answer_to: str
    received_at: datetime
    language: str
    subject: str
    clocks: tuple[ClockView, ...]
    assignee: str | None
    messages: int
    attachments: int
    scheduled: tuple[Scheduled, ...] = ()
    legs: tuple[Leg, ...] = ()
    merged_into: int | None = None
    steps: tuple[StepView, ...] = ()
    candidates: tuple[str, ...] = ()
    identity: Level = Level.SAID  # of whoever gets the answers
    speaker: str = ""  # the role in which the requester speaks for somebody else
    mandate: str = ""  # how the right to do so stands (desk.disclosure.mandates.stands)
    minor: str = ""
    stopped: int = 0  # answers that the gate of disclosure keeps
    remarks: tuple[Remark, ...] = ()  # what was left out, cut or repaired of its letters
    registered: tuple[Registered, ...] = ()
    untold: tuple[Untold, ...] = ()
    notices: notifying.Progress | None = None  # to the people concerned by an incident
    confirmed: tuple[int, int] = (0, 0)  # how many processors confirmed, of how many that are concerned
    blockings: tuple[Blocking, ...] = ()  # without those recorded by mistake


@dataclass(frozen=True)
class Due:
    """A ticket in the list of what is due: its kinds and clocks, the earliest safe date first, and who has it."""

    number: int
    kinds: tuple[str, ...]
    clocks: tuple[ClockView, ...]
    assignee: str | None


async def card(desk: Desk, ticket: Ticket, now: datetime) -> Card:
    """The card of a ticket in the staff's language."""
    await ticket.fetch_related("assignee")
    demands = await Demand.filter(ticket_id=ticket.id).exclude(outcome__in=list(endings.MISREAD)).order_by("id")
    by_id = {demand.id: demand for demand in demands}
    joint = await legs.of(ticket)
    numbers = [one.id for one in joint]
    return Card(
        number=ticket.id,
        status=ticket.status.value,
        kinds=tuple(kind_of(desk, demand) for demand in demands),
        requester=" / ".join(await _names(joint)),
        contacts=tuple((one.kind, one.shown or one.value, one.verified) for one in await contacts_of(joint)),
        represented=ticket.represented,
        channel=ticket.channel,
        answer_to=ticket.answer_to,
        received_at=ticket.received_at,
        language=ticket.language,
        subject=ticket.subject,
        clocks=tuple(
            _clock(desk, clock, by_id[clock.demand_id], now)
            for clock in await Clock.filter(demand_id__in=list(by_id)).order_by("safe_at", "due_at", "id")
        ),
        assignee=ticket.assignee.name if ticket.assignee else None,
        messages=await Message.filter(ticket_id__in=numbers, version=1).exclude(direction=Direction.NOTE).count(),
        attachments=await Attachment.filter(message__ticket_id__in=numbers).count(),
        scheduled=await _scheduled(ticket, now),
        legs=await legs_of(joint),
        merged_into=ticket.merged_into,
        steps=tuple(await of_ticket(desk, ticket)),
        candidates=candidates.left(ticket, [demand.kind for demand in demands]),
        identity=await identity.level(ticket),
        speaker=mandates.role_of(ticket),
        mandate=await mandates.stands(desk, ticket, now),
        minor=ticket.minor,
        stopped=len(await gate.stopped_of(ticket)),
        remarks=await _remarks(numbers),
        registered=await registered(numbers),
        untold=await untold(desk, [demand for demand in demands if demand.uncounted], now),
        notices=await notifying.of_ticket(ticket),
        confirmed=await processors.count(numbers),
        blockings=tuple(await blocks.standing(numbers)),
    )


async def untold(desk: Desk, demands: Iterable[Demand], now: datetime) -> tuple[Untold, ...]:
    """The terms of these demands that have no date yet, in the order of their rules."""
    found, language = list[Untold](), desk.staff_language
    for demand in demands:
        rule = clocks.rule_of(desk, demand)
        missing = clocks.untold(desk, demand, await column(Clock.filter(demand_id=demand.id), "key"), now)
        for key, reason in missing.items():
            found.append(Untold(demand.kind, key, rule.clock(key).name.said(language), reason.sentence(language)))
    return tuple(found)


async def registered(numbers: Sequence[int]) -> tuple[Registered, ...]:
    """What staff have registered by hand in these tickets, in the order of receipt."""
    rows = await Registration.filter(ticket_id__in=list(numbers)).order_by("came_at", "id")
    return tuple(Registered(**{one.name: getattr(row, one.name) for one in fields(Registered)}) for row in rows)


async def _remarks(numbers: Sequence[int]) -> tuple[Remark, ...]:
    """What was left out, cut or repaired when the letters of a matter were read, each sentence once."""
    told = await Message.filter(ticket_id__in=numbers, channel="mail").order_by("id").values_list("remarks", flat=True)
    found = {str(one): one for remarks in told for one in cast("list[Remark]", remarks or [])}
    return tuple(found.values())


async def _names(joint: Sequence[Ticket]) -> list[str]:
    """What everybody whose tickets are one matter calls themselves there, each name once."""
    names = dict(await Requester.filter(id__in=[one.requester_id for one in joint]).values_list("id", "name"))
    return list(dict.fromkeys(name for one in joint if (name := one.named or names[one.requester_id])))


async def contacts_of(joint: Sequence[Ticket]) -> list[Contact]:
    """The contacts of everybody whose tickets are one matter, the leading ticket's requester first."""
    return contacts_among(joint, await Contact.filter(requester_id__in={one.requester_id for one in joint}).order_by("id"))


def contacts_among(joint: Sequence[Ticket], contacts: Iterable[Contact]) -> list[Contact]:
    """Those of `contacts`, given by number, who are of one matter, in the order of `contacts_of`."""
    people = list(dict.fromkeys(one.requester_id for one in joint))
    return sorted((one for one in contacts if one.requester_id in people), key=lambda one: people.index(one.requester_id))


async def legs_of(joint: Sequence[Ticket]) -> tuple[Leg, ...]:
    """How a matter came: each of its tickets by its own channel, and each paper letter; in the order of receipt."""
    came = dict[tuple[int, str], list[datetime]]()
    messages = Message.filter(ticket_id__in=[one.id for one in joint], direction=Direction.IN, version=1)
    for number, channel, at in await messages.order_by("at").values_list("ticket_id", "channel", "at"):
        came.setdefault((number, channel), []).append(at)
    found = []
    for one in joint:
        by_hand = [(at, one.id, way.value) for way in Way for at in came.get((one.id, way.value), [])]
        own = came.get((one.id, one.channel)) if one.channel not in set(Way) else None
        if own or not by_hand:
            found.append((own[0] if own else one.received_at, one.id, one.channel))
        found += by_hand
    found.sort()
    # Of two that came in the same second one counts: both have the same terms.
    return tuple(Leg(number, channel, at, earliest=place == 0) for place, (at, number, channel) in enumerate(found))


async def _scheduled(ticket: Ticket, now: datetime) -> tuple[Scheduled, ...]:
    waiting = await Outbox.filter(
        ticket_id=ticket.id, errand="reply", state=OutboxState.WAITING, attempts=0, next_try_at__gt=now + SOON
    ).order_by("next_try_at")
    safe = await clocks.next_safe(ticket, now)
    return tuple(
        Scheduled(row.id, row.next_try_at, held, not held and safe is not None and row.next_try_at > safe)
        for row in waiting
        for held in [replies.is_held(row)]
        if not contents.of(row, contents.Reply).stopped
    )


async def coming(desk: Desk, ticket: Ticket, now: datetime) -> list[Coming]:
    """Every reminder that is planned for the running clocks of a ticket, in order."""
    found = []
    for clock in await Clock.filter(ticket_id=ticket.id, stopped_at__isnull=True).select_related("demand"):
        dates = clocks.dates_of(desk, clock, clock.demand.kind)
        planned = plan(dates, desk.counting, clock.opened_at)
        said = set(await column(Reminder.filter(clock_id=clock.id), "level"))
        coming = [one for one in planned if one.at > now and one.level not in said]
        found += [Coming(one.at, one.level, clock.demand.kind, clock.key) for one in coming]
    return sorted(found, key=lambda one: one.at)


async def why(desk: Desk, ticket: Ticket, language: str) -> list[tuple[str, list[str]]]:
    """How each date of a ticket was counted, day by day: a heading (kind and clock) and its lines."""
    found = []
    for demand in await Demand.filter(ticket_id=ticket.id, closed_at__isnull=True).order_by("id").prefetch_related("clocks"):
        rule = clocks.rule_of(desk, demand)
        extended = any(clock.times_extended for clock in demand.clocks)
        try:
            counted = clocks.known(desk, demand, extended=extended)
        except LawError as error:
            found.append((rule.name.said(language), [error.sentence(language)]))
            continue
        for dates in counted.dates:
            heading = f"{rule.name.said(language)}: {rule.clock(dates.key).name.said(language)}"
            found.append((heading, explain(dates, rule, desk.counting, language)))
        for key, untold_why in counted.untold.items():
            found.append((f"{rule.name.said(language)}: {rule.clock(key).name.said(language)}", [untold_why.sentence(language)]))
    return found


def kind_of(desk: Desk, demand: Demand) -> Kind:
    rule = clocks.rule_of(desk, demand)
    return Kind(
        demand.kind,
        rule.name.said(desk.staff_language),
        rule.cite.said(desk.staff_language),
        demand.recognised_by,
        refusable=demand.closed_at is None and bool(rule.grounds),
        ending=_ending(desk, demand, rule),
        known=_known(demand, rule),
    )


def _known(demand: Demand, rule: Rule) -> Known | None:
    if demand.known_at is None:
        return None
    detected = any(spec.start == "detection" for spec in rule.clocks)
    return Known(demand.known_at, detected, clocks.known_at(demand) is not None, demand.known_why)


def _ending(desk: Desk, demand: Demand, rule: Rule) -> Ending | None:
    if demand.closed_at is None or demand.outcome not in {*endings.DECIDED, HowEnded.DROPPED}:
        return None
    ground = refusal.ground_of(rule, demand.ground) if demand.outcome in endings.DECIDED else None
    words = ground.cite.said(desk.staff_language) if ground else demand.ground
    return Ending(HowEnded(demand.outcome), words, demand.closed_at)


def _clock(desk: Desk, clock: Clock, demand: Demand, now: datetime) -> ClockView:
    rule = clocks.rule_of(desk, demand)
    spec = rule.clock(clock.key)
    return ClockView(
        id=clock.id,
        kind=demand.kind,
        fine=clocks.fine_of(desk, clock, rule),
        key=clock.key,
        label=spec.name.said(desk.staff_language),
        article=spec.cite.said(desk.staff_language),
        due=clock.due,
        due_at=clock.due_at,
        safe=clock.safe,
        safe_at=clock.safe_at,
        immediate=clock.unit == "immediately",
        basis=spec.basis,
        stopped_at=clock.stopped_at,
        stopped_by=clock.stopped_by,
        done=endings.was_done(clock),
        step=next((place for place, step in enumerate(rule.steps) if step.clock == clock.key), len(rule.steps)),
        extendable=clock.stopped_at is None and _extendable(desk, clock, demand, rule, now),
    )


def _extendable(desk: Desk, clock: Clock, demand: Demand, rule: Rule, now: datetime) -> bool:
    try:
        extension_for(rule, clocks.dates_of(desk, clock, demand.kind), now, times_extended=clock.times_extended)
    except ExtensionRefused:
        return False
    return True


async def due(desk: Desk, now: datetime, limit: int = 30) -> list[Due]:
    """The open tickets with a running clock, the earliest safe date first; read together, however many are open."""
    open_ones = Ticket.filter(status=TicketStatus.OPEN, due_at__isnull=False).order_by("safe_at", "id").limit(limit)
    return [_due(desk, ticket, now) for ticket in await open_ones.prefetch_related("assignee", "demands__clocks")]


def _due(desk: Desk, ticket: Any, now: datetime) -> Due:
    demands = sorted((one for one in ticket.demands if one.outcome not in endings.MISREAD), key=lambda one: one.id)
    counted = [(clock, demand) for demand in demands for clock in demand.clocks]
    return Due(
        number=ticket.id,
        kinds=tuple(demand.kind for demand in demands),
        clocks=tuple(
            _clock(desk, clock, demand, now)
            for clock, demand in sorted(counted, key=lambda one: (one[0].safe_at, one[0].due_at, one[0].id))
        ),
        assignee=ticket.assignee.name if ticket.assignee else None,
    )
