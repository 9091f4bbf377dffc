"""What is known when messages are decided: rows that were read at once, looked up in memory, and added to by each decision."""

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from desk.flow.effects import Act, Change, Effect
from desk.letters.caps import Before, Letter, Level
from desk.letters.envelopes import sent_ids
from desk.matter import persons
from desk.matter.likeness import COMMON, SHARING
from desk.ports import Sender
from desk.recognising.whose import About
from models import (
    Attachment,
    Automatic,
    Clock,
    Clue,
    Contact,
    Demand,
    Direction,
    Instruction,
    Message,
    Outbox,
    Quiet,
    Receipt,
    Requester,
    Ticket,
)


class OutOfNumbers(RuntimeError):
    """More rows were opened than was foreseen when their numbers were fetched."""


class Numbers:
    """The numbers that the next rows of each table get, fetched beforehand."""

    def __init__(self) -> None:
        self.left: dict[type, deque[int]] = defaultdict(deque)

    def kept(self) -> dict[type, deque[int]]:
        """What is left now, to go back to it where what was decided is not written."""
        return defaultdict(deque, {table: deque(numbers) for table, numbers in self.left.items()})

    def next(self, table: type) -> int:
        """The next number of a table. Raises OutOfNumbers."""
        if not self.left[table]:
            raise OutOfNumbers(table.__name__)
        return self.left[table].popleft()


@dataclass
class Seen:
    """Rows by what they are looked up by. Of tickets all that a message can concern are here, with their legs.

    `held` are the tickets that these messages can change. `messages` are those under an id that a message to be decided has or
    refers to, with their `attachments`. `thread` tells when the requester's letters of a ticket came, and their Message-IDs,
    `subjects` their numbers and subjects; `answered` is the last answer of a ticket, `persons` the clues to whom it is about.
    `letters` are the outbox rows of a ticket that matter: letters, acknowledgements, cards, and what is not shown yet.
    `automatic` is what the caps count. `receipts` are those of our letters that are referred to, and `reported` these letters
    by their numbers. `sharing` are the tickets and requesters that share a clue, the newest first. `taken` are the tickets of
    messages that were taken before, by channel and fingerprint; `raised` the quiet letters that staff want to be tickets, by
    inbound row. `numbered` is the last number of each table, on SQLite. `instructions` are those to processors that are
    referred to, or that a sender has not answered yet.
    """

    numbers: Numbers
    held: frozenset[int] = frozenset()
    contacts: dict[tuple[str, str], Contact] = field(default_factory=dict)
    requesters: dict[int, Requester] = field(default_factory=dict)
    tickets: dict[int, Ticket] = field(default_factory=dict)
    demands: dict[int, list[Demand]] = field(default_factory=lambda: defaultdict(list))
    clocks: dict[int, list[Clock]] = field(default_factory=lambda: defaultdict(list))
    messages: dict[int, list[Message]] = field(default_factory=lambda: defaultdict(list))
    thread: dict[int, list[tuple[datetime, str]]] = field(default_factory=lambda: defaultdict(list))
    subjects: dict[int, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    answered: dict[int, Message] = field(default_factory=dict)
    letters: dict[int, list[Outbox]] = field(default_factory=lambda: defaultdict(list))
    automatic: Before = field(default_factory=lambda: Before({}, (), {}))
    reported: dict[int, Outbox] = field(default_factory=dict)
    sharing: dict[tuple[str, str], list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    taken: dict[tuple[str, str], int | None] = field(default_factory=dict)
    receipts: list[Receipt] = field(default_factory=list)
    attachments: dict[int, list[Attachment]] = field(default_factory=lambda: defaultdict(list))
    persons: dict[int, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    numbered: dict[str, int] = field(default_factory=dict)
    raised: dict[int, Quiet] = field(default_factory=dict)
    instructions: dict[int, Instruction] = field(default_factory=dict)

    # -- looking up

    def ticket(self, number: int | None) -> Ticket | None:
        """A ticket by its number, None where there is none."""
        return self.tickets.get(number) if number is not None else None

    def contact(self, sender: Sender) -> Contact | None:
        """The contact of a sender, if seen before."""
        found = (self.contacts.get((sender.kind, value)) for value in sender.values)
        return next((one for one in found if one is not None), None)

    def head(self, ticket: Ticket) -> Ticket:
        """The ticket in which the matter goes on: itself, unless it was merged (desk.ticket.legs)."""
        while ticket.merged_into is not None:
            ticket = self.tickets[ticket.merged_into]
        return ticket

    def legs(self, ticket: Ticket) -> list[Ticket]:
        """A ticket and everything that was merged into it."""
        found = wave = [ticket]
        while wave:
            into = {one.id for one in wave}
            wave = [one for _, one in sorted(self.tickets.items()) if one.merged_into in into]
            found = [*found, *wave]
        return found

    def of_requester(self, requester_id: int) -> list[Ticket]:
        """The tickets of a person, the newest first."""
        return [one for _, one in sorted(self.tickets.items(), reverse=True) if one.requester_id == requester_id]

    def open_kinds(self, ticket: Ticket) -> set[str]:
        """What a ticket demands that nobody has met yet."""
        return {demand.kind for demand in self.demands[ticket.id] if demand.closed_at is None}

    def contacts_of(self, requester_id: int) -> list[Contact]:
        """The addresses of a person."""
        return [one for one in self.contacts.values() if one.requester_id == requester_id]

    def versions(self, ticket: Ticket, channel: str, external_id: str) -> list[Message]:
        """The versions of a message of a ticket."""
        return [one for one in self.messages[ticket.id] if one.channel == channel and one.external_id == external_id]

    def about(self, ticket: Ticket) -> About:
        """Whom a ticket is about, as its letters have told; of one matter, all of them (desk.matter.persons)."""
        return persons.told_by([clue for leg in self.legs(ticket) for clue in self.persons[leg.id]])

    def speaks_for_many(self, requester_id: int) -> bool:
        """Whether the tickets of a sender are about several people."""
        return persons.several(self.about(one) for one in self.of_requester(requester_id)[: persons.COMPARED])

    def was_asked(self, ticket: Ticket) -> bool:
        """Whether the last answer to the requester of a matter puts a question."""
        answers = [self.answered[leg.id] for leg in self.legs(ticket) if leg.id in self.answered]
        return "?" in max(answers, key=lambda one: (one.at, one.id)).text if answers else False

    def acknowledgements(self, ticket: Ticket) -> list[Outbox]:
        """The acknowledgements of a ticket."""
        return [one for one in self.letters[ticket.id] if one.errand == "acknowledgement"]

    def sent_to(self, ticket: Ticket, conversation: str) -> list[tuple[datetime, str]]:
        """Letters of the matter to one address: when they were decided, and their Message-IDs."""
        rows = [one for leg in self.legs(self.head(ticket)) for one in self.letters[leg.id]]
        return sent_ids(one for one in rows if one.channel == "mail" and one.conversation == conversation)

    def named_by(self, clues: Iterable[tuple[str, str]], ticket: Ticket) -> set[int]:
        """The tickets that share one of these clues with a new one, but for clues that are nobody's in particular."""
        named = set[int]()
        for clue in clues:
            by = dict([(ticket.id, ticket.requester_id), *self.sharing[clue]][:SHARING])
            if len(set(by.values())) <= COMMON:
                named |= set(by)
        return named - {ticket.id}

    # -- learning

    def learn(self, effects: Iterable[Effect]) -> None:
        """Know what was decided about one message when the next is."""
        for effect in effects:
            match effect:
                case Change(row, values):
                    for name, value in values.items():
                        setattr(row, name, value)
                case Act():
                    raise TypeError("After an act everything is read anew.")
                case _:
                    self.add(effect)

    def add(self, row: object) -> None:
        """Know a row."""
        match row:
            case Contact():
                self.contacts[row.kind, row.value] = row
            case Requester():
                self.requesters[row.id] = row
            case Ticket():
                self.tickets[row.id] = row
            case Demand():
                self.demands[row.ticket_id].append(row)
            case Clock():
                self.clocks[row.demand_id].append(row)
            case Message():
                self.messages[row.ticket_id].append(row)
                if row.channel == "mail" and row.direction == Direction.IN:
                    self.thread[row.ticket_id].append((row.at, row.external_id))
                    self.subjects[row.ticket_id].append((row.id, row.subject))
            case Attachment():
                self.attachments[row.message_id].append(row)
            case Automatic():
                self.automatic.add(Letter(row.at, row.address, row.ticket_id, frozenset(row.words), Level(row.level)))
            case Clue() if row.kind in persons.KINDS:
                self.persons[row.ticket_id].append((row.kind, row.value))
            case Clue():
                self.sharing[row.kind, row.value].insert(0, (row.ticket_id, self.tickets[row.ticket_id].requester_id))
            case Outbox() if row.ticket_id is not None:
                self.letters[row.ticket_id].append(row)
