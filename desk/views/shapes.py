"""The shapes of `tickets --json` and `ticket N --json`: instants are ISO 8601 with the operator's offset, days ISO 8601."""

from collections.abc import Mapping
from typing import Any, TypedDict


class Requester(TypedDict):
    """Who asks."""

    name: str
    emails: list[str]
    telegram_id: int | None


class File(TypedDict):
    """A file that is kept."""

    id: int
    name: str
    type: str
    size: int
    sha256: str
    missing: str


class Message(TypedDict):
    """A message; only one ticket in full tells its words and files."""

    id: int
    ticket: int
    direction: str
    channel: str
    author: str
    at: str
    external_id: str
    version: int


class MessageInFull(Message):
    """A message with its words and files."""

    text: str
    subject: str
    attachments: list[File]


class _Ticket(TypedDict):
    """What is told of a ticket in any case."""

    number: int
    status: str
    kinds: list[str]
    channel: str
    received_at: str
    due_at: str | None
    safe_at: str | None
    language: str
    requester: Requester
    assignee: str | None
    topic_id: int | None
    merged_into: int | None
    subject: str
    attachments: list[File]


class Summary(_Ticket):
    """A ticket as the listing tells it."""

    messages: list[Message]


class Check(TypedDict):
    """What was compared to find out who somebody is."""

    level: str
    compared: list[str]
    by: str
    at: str
    taken_back_at: str | None


class Mandate(TypedDict):
    """A document by which somebody speaks for another."""

    role: str
    document: str
    number: str
    dated: str | None
    scope: str
    until: str | None
    checked_by: str
    checked_at: str


class Identity(TypedDict):
    """How far whoever gets the answers is proved."""

    level: str
    speaker: str
    minor: str
    checks: list[Check]
    mandates: list[Mandate]


class Leg(TypedDict):
    """One way by which the matter came."""

    number: int
    channel: str
    received_at: str
    earliest: bool


class Clock(TypedDict):
    """One term of a demand."""

    key: str
    article: str
    start_at: str
    due: str
    due_at: str
    roll193: str | None
    safe: str
    safe_at: str
    target: str
    stopped_at: str | None
    stopped_by: str | None
    stopped_how: str | None


class ClockOfKind(Clock):
    """A term among those of all demands; `names` by language."""

    kind: str
    names: dict[str, str]


class Untold(TypedDict):
    """A term whose date cannot be told yet."""

    key: str
    why: str


class Proof(TypedDict):
    """What proves a step; `letter` is the id of the outbox row, `file` that of the attachment."""

    kind: str
    letter: int | None
    file: int | None
    number: str | None
    dated: str | None
    way: str | None
    tracking: str | None
    by: str | None


class TakenBack(TypedDict):
    """A row of a step that stands no more."""

    done_at: str | None
    done_by: str
    evidence: str
    set_aside: bool
    proof: Proof
    taken_back_at: str | None
    taken_back_by: str


class Step(TypedDict):
    """A step of a demand; one that was not done has no `done_at`."""

    key: str
    name: str
    text: str
    clock: str | None
    wanted: str
    optional: bool
    done_at: str | None
    done_by: str | None
    evidence: str
    set_aside: bool
    proof: Proof | None
    taken_back: list[TakenBack]


class Demand(TypedDict):
    """A demand with its terms and steps."""

    kind: str
    name: str
    recognised_by: str
    rule: str
    received_at: str
    proof_at: str | None
    detected_at: str | None
    known_why: str
    outcome: str
    ground: str
    ground_cite: str
    clocks: list[Clock]
    untold: list[Untold]
    steps: list[Step]


class NamedFile(TypedDict):
    """A file that left with a letter."""

    name: str
    sha256: str


class Letter(TypedDict):
    """A letter as it left; `sure` is false where the line broke before the answer."""

    outbox: int
    errand: str
    channel: str
    to: str
    at: str | None
    subject: str
    text: str
    external_id: str
    answer: str
    sure: bool
    size: int
    sha256: str
    files: list[NamedFile]


class Entry(TypedDict):
    """An entry of the history; what `details` hold depends on its action."""

    at: str
    actor: str
    action: str
    details: dict[str, Any]


class Registered(TypedDict):
    """What staff registered by hand: how it came, its numbers and, of a paper letter, both moments."""

    way: str
    came_at: str
    attempted_at: str | None
    handed_over_at: str | None
    number: str
    name: str
    postal: str
    phone: str
    issuer: str
    document_number: str
    document_date: str | None


class Notices(TypedDict):
    """What became of the notices to the people concerned by an incident."""

    total: int
    sent: int
    bounced: int
    failed: int
    state: str
    left: int


class Covered(TypedDict):
    """A step that an instruction is about."""

    kind: str
    step: str


class Instruction(TypedDict):
    """What a processor was told, and has answered."""

    processor: str
    email: str
    reference: str
    asks: list[str]
    covers: list[Covered]
    state: str
    told_at: str | None
    way: str
    number: str
    dated: str | None
    due: str | None
    reminded: int
    answered_at: str | None
    answer: int | None
    decided_at: str | None
    decided_by: str
    note: str


class Blocking(TypedDict):
    """A blocking; one that was not begun has the reason in `words`."""

    demand: str | None
    systems: list[str]
    categories: list[str]
    words: str
    started_at: str | None
    started_by: str
    noted_at: str | None
    ended_at: str | None
    ended_by: str
    result: str


class Witness(TypedDict):
    """Who destroyed, by name and position."""

    name: str
    position: str


class Extract(TypedDict):
    """A log extract, and which points of Order 179 p. 5 it shows."""

    name: str
    sha256: str
    shows: list[str]


class Signed(TypedDict):
    """An act that came back signed."""

    name: str
    sha256: str
    at: str | None


class Destruction(TypedDict):
    """The record of a destruction."""

    number: str
    state: str
    place: str
    paper: bool
    processor: str
    categories: list[str]
    people: list[Witness]
    method: str
    reason: str
    medium: str
    sheets: int | None
    destroyed_on: str | None
    keep_until: str | None
    act: str
    extract: Extract | None
    signed: Signed | None


class Full(_Ticket):
    """A ticket in full."""

    opened_at: str
    closed_at: str | None
    represented: Mapping[str, str] | None
    identity: Identity
    legs: list[Leg]
    registrations: list[Registered]
    notices: Notices | None
    processors: list[Instruction]
    blockings: list[Blocking]
    destructions: list[Destruction]
    answer_to: str
    demands: list[Demand]
    clocks: list[ClockOfKind]
    messages: list[MessageInFull]
    letters: list[Letter]
    history: list[Entry]


class Opened(Full):
    """A ticket that has just been opened; `acknowledged` is the channel over which that was, if any."""

    acknowledged: str
