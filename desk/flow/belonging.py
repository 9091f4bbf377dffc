"""Belonging: the rows that a message brings with it - who wrote it, demands with their clocks, files, whom it is about. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from desk import history
from desk.context import Desk
from desk.flow import matching
from desk.flow.effects import Effect
from desk.flow.matching import demanded
from desk.flow.seen import Seen
from desk.flow.telling import Counted, Thread
from desk.matter import persons
from desk.ports import Incoming
from desk.ticket import attachments, clocks, requesters, tickets, topic
from models import (
    Action,
    Clock,
    Contact,
    Demand,
    Direction,
    Inbound,
    Message,
    RecognisedBy,
    Requester,
    Ticket,
    TicketStatus,
)


@dataclass(frozen=True)
class Demands:
    """New demands, each with its clocks, and all that is to be written of them."""

    counted: Counted
    effects: list[Effect]

    @property
    def clocks(self) -> list[Clock]:
        return [clock for _, running in self.counted for clock in running]


def introduced(seen: Seen, incoming: Incoming, now: datetime) -> tuple[Requester, list[Effect]]:
    """A requester who has not written before."""
    requester, contact = requesters.rows(incoming.sender, incoming.language, now)
    requester.id = contact.requester_id = seen.numbers.next(Requester)
    contact.id = seen.numbers.next(Contact)
    return requester, [requester, contact]


def demands(
    desk: Desk,
    seen: Seen,
    ticket: Ticket,
    held: Iterable[str],
    kinds: Sequence[str],
    received_at: datetime,
    by: RecognisedBy,
    now: datetime,
) -> Demands:
    """Open demands, each with its clocks. One that cannot be counted stands all the same, and staff are told."""
    unlawful = "unlawful_processing" in {*held, *kinds}
    counted: list[tuple[Demand, list[Clock]]] = []
    effects: list[Effect] = []
    for kind in dict.fromkeys(kinds):
        demand = tickets.demand_row(desk, ticket, kind, received_at, by, unlawful=unlawful)
        demand.id = seen.numbers.next(Demand)
        running, untold = clocks.rows(desk, demand, now)
        for clock in running:
            clock.id = seen.numbers.next(Clock)
        if untold:
            demand.uncounted = True
            effects.append(topic.untold_notice(desk, ticket, demand, untold, now))
        counted.append((demand, running))
        effects += [demand, *running, tickets.demand_opened(demand, now)]
    return Demands(counted, effects)


def came_earlier(held: Iterable[Demand], incoming: Incoming) -> bool:
    """Whether a message was received before what demands the same already."""
    return any(one.kind in demanded(incoming) and incoming.received_at < one.received_at for one in held)


def message(
    seen: Seen,
    ticket: Ticket,
    incoming: Incoming,
    row: Inbound,
    *,
    direction: Direction = Direction.IN,
    version: int = 1,
    author: str = "requester",
) -> Message | None:
    """The message as a row of the ticket; None when it is there already."""
    external_id = matching.external_id(incoming, row)
    held = seen.versions(ticket, incoming.channel, external_id)
    if held and version == 1:
        if incoming.channel != "mail" or matching.held_already(seen, ticket, incoming, external_id):
            return None
        # Another letter under a Message-ID that was used before: it is kept beside the first.
        version = max(one.version for one in held) + 1
    return new_message(seen, ticket, incoming, row, external_id, direction, version, author)


def new_message(
    seen: Seen,
    ticket: Ticket,
    incoming: Incoming,
    row: Inbound,
    external_id: str,
    direction: Direction,
    version: int,
    author: str = "requester",
) -> Message:
    return Message(
        id=seen.numbers.next(Message),
        ticket_id=ticket.id,
        direction=direction,
        channel=incoming.channel,
        author=author,
        at=incoming.received_at,
        subject=incoming.subject,
        text=incoming.text,
        new_text=incoming.new_text,
        remarks=list(incoming.remarks),
        external_id=external_id,
        album=incoming.album,
        answers=incoming.answers or matching.answered(seen, ticket, incoming.reply_to),
        quote=incoming.quote,
        version=version,
        inbound_id=row.id,
    )


def kept(message: Message, incoming: Incoming, now: datetime) -> list[Effect]:
    """A message with its files."""
    details = {"message": message.id, "version": message.version, "files": len(incoming.files)}
    received = history.entry(message.ticket_id, "requester", Action.MESSAGE_RECEIVED, details, now)
    return [message, *attachments.rows(message, incoming.files), received]


def continued(seen: Seen, leg: Ticket, ticket: Ticket, message: Message, incoming: Incoming, now: datetime) -> list[Effect]:
    """What a message brings to the ticket that it continues: itself with its files, whom it is about, what it asks over a leg."""
    return [*kept(message, incoming, now), *_learned(seen, leg, incoming), *_asked_over(leg, ticket, incoming, now)]


def in_thread(message: Message) -> Thread:
    """What a new message adds to the thread of its ticket."""
    return [(message.at, message.external_id)] if message.channel == "mail" and message.direction == Direction.IN else []


def _learned(seen: Seen, ticket: Ticket, incoming: Incoming) -> list[Effect]:
    """Keep what a later letter of a ticket tells of whom it is about, unless that is somebody else."""
    if incoming.about is None or matching.another(seen, ticket, incoming.about):
        return []
    return list(persons.rows(ticket, incoming.about, seen.persons[ticket.id]))


def about(seen: Seen, ticket: Ticket, incoming: Incoming, now: datetime) -> list[Effect]:
    """Keep whom a new ticket is about, and link it with the open ones of its sender about other people."""
    whom = incoming.about
    if whom is None:
        return []
    theirs = [one for one in seen.of_requester(ticket.requester_id) if one.status == TicketStatus.OPEN]
    before = theirs[: persons.COMPARED]
    others = [one.id for one in before if matching.another(seen, one, whom)]
    ways = [one.id for one in before if one.id not in others and persons.came_otherwise(seen.persons[one.id], incoming.way)]
    return [*persons.rows(ticket, whom, (), incoming.way), *persons.linked(ticket, others, ways, now)]


def _asked_over(leg: Ticket, ticket: Ticket, incoming: Incoming, now: datetime) -> list[Effect]:
    """Keep what was demanded over a merged leg: it demands that for itself, should the two be taken apart."""
    kinds = sorted(demanded(incoming))
    if leg.id == ticket.id or not kinds:
        return []
    details = {"kinds": kinds, "received_at": incoming.received_at.isoformat(), "into": ticket.id}
    return [history.entry(leg.id, "requester", Action.DEMANDED_IN_JOINT, details, now)]
