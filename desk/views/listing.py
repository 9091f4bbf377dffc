"""Tickets as JSON: the listing, and one ticket in full."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final, TypeVar, overload

from desk.context import Desk
from desk.disclosure import identity, mandates
from desk.incident import notifying
from desk.record import sent
from desk.terms import proofs
from desk.terms.proofs import Proof
from desk.terms.steps import views_of
from desk.ticket import clocks, legs
from desk.views import cards, deeds, shapes
from models import (
    Attachment,
    Clock,
    Contact,
    Demand,
    History,
    Message,
    Requester,
    Staff,
    Ticket,
    TicketStatus,
)

Row = TypeVar("Row")
PAGE: Final = 500
"""Tickets that are read together."""
# What the listing tells of a message: not its words, which are many.
_TOLD: Final = ("id", "ticket_id", "direction", "channel", "author", "at", "external_id", "version")


async def listing(
    desk: Desk, *, open_only: bool = False, due_before: datetime | None = None, limit: int | None = None
) -> list[shapes.Summary]:
    """Tickets by number for `tickets --json`."""
    query = Ticket.all()
    if open_only:
        query = query.filter(status=TicketStatus.OPEN)
    if due_before is not None:
        query = query.filter(due_at__lt=due_before)
    query = query.order_by("id")
    found = await (query.limit(limit) if limit else query)
    return [one for begin in range(0, len(found), PAGE) for one in await _summaries(desk, found[begin : begin + PAGE])]


async def _identity(desk: Desk, ticket: Ticket, joint: Sequence[Ticket]) -> shapes.Identity:
    """How far whoever gets the answers is proved, and by what; whom they speak for, and by which documents."""
    return {
        "level": (await identity.level(ticket)).value,
        "speaker": mandates.role_of(ticket),
        "minor": ticket.minor,
        "checks": [
            {
                "level": one.level.value,
                "compared": list(one.compared),
                "by": one.by,
                "at": _local(desk, one.at),
                "taken_back_at": _local(desk, one.taken_back_at),
            }
            for one in await identity.checks_of(joint)
        ],
        "mandates": [
            {
                "role": one.role,
                "document": one.document,
                "number": one.number,
                "dated": one.dated.isoformat() if one.dated else None,
                "scope": one.scope,
                "until": one.until.isoformat() if one.until else None,
                "checked_by": one.checked_by,
                "checked_at": _local(desk, one.checked_at),
            }
            for one in await mandates.of(ticket)
        ],
    }


async def summary(desk: Desk, ticket: Ticket) -> shapes.Summary:
    """A ticket for `tickets --json`: instants with the operator's offset."""
    [found] = await _summaries(desk, [ticket])
    return found


async def _summaries(desk: Desk, tickets: Sequence[Ticket]) -> list[shapes.Summary]:
    """Tickets as `summary` tells each, with as many questions to the database as for one."""
    joint = await legs.of_each(tickets)
    numbers = {leg.id for of_one in joint.values() for leg in of_one}
    people = {leg.requester_id for of_one in joint.values() for leg in of_one}
    messages = _by(lambda one: one.ticket_id, await _messages(numbers, *_TOLD))
    contacts = _by(lambda one: one.requester_id, await Contact.filter(requester_id__in=people).order_by("id"))
    demands = _by(lambda one: one.ticket_id, await Demand.filter(ticket_id__in=[one.id for one in tickets]).order_by("id"))
    names = dict(await Requester.filter(id__in=people).values_list("id", "name"))
    staff = dict(await Staff.filter(id__in={one.assignee_id for one in tickets if one.assignee_id}).values_list("id", "name"))
    return [
        _summary(
            desk,
            ticket,
            kinds=[one.kind for one in demands[ticket.id]],
            name=ticket.named or names[ticket.requester_id],
            contacts=cards.contacts_among(
                joint[ticket.id],
                [one for number in {leg.requester_id for leg in joint[ticket.id]} for one in contacts[number]],
            ),
            assignee=staff.get(ticket.assignee_id or 0),
            messages=sorted((one for leg in joint[ticket.id] for one in messages[leg.id]), key=lambda one: one.id),
        )
        for ticket in tickets
    ]


def _by(key: Callable[[Row], int], rows: Iterable[Row]) -> Mapping[int, list[Row]]:
    found = defaultdict[int, list[Row]](list)
    for row in rows:
        found[key(row)].append(row)
    return found


def _summary(
    desk: Desk,
    ticket: Ticket,
    *,
    kinds: list[str],
    name: str,
    contacts: Sequence[Contact],
    assignee: str | None,
    messages: Sequence[Message],
) -> shapes.Summary:
    telegram = next((one.value for one in contacts if one.kind == "telegram"), None)
    return {
        "number": ticket.id,
        "status": ticket.status.value,
        "kinds": kinds,
        "channel": ticket.channel,
        "received_at": _local(desk, ticket.received_at),
        "due_at": _local(desk, ticket.due_at),
        "safe_at": _local(desk, ticket.safe_at),
        "language": ticket.language,
        "requester": {
            "name": name,
            "emails": [one.value for one in contacts if one.kind == "email"],
            "telegram_id": int(telegram) if telegram else None,
        },
        "assignee": assignee,
        "topic_id": ticket.topic_id,
        "merged_into": ticket.merged_into,
        "subject": ticket.subject,
        "messages": [_message(desk, message) for message in messages],
        "attachments": [_file(one) for message in messages for one in message.attachments],
    }


async def full(desk: Desk, ticket: Ticket) -> shapes.Full:
    """A ticket in full for `ticket N --json`."""
    demands = await Demand.filter(ticket_id=ticket.id).order_by("id").prefetch_related("clocks", "steps")
    joint = await legs.of(ticket)
    messages = await _messages([one.id for one in joint])
    rows = await History.filter(ticket_id=ticket.id).order_by("id")
    return {
        **await summary(desk, ticket),
        "opened_at": _local(desk, ticket.opened_at),
        "closed_at": _local(desk, ticket.closed_at),
        "represented": ticket.represented,
        "identity": await _identity(desk, ticket, joint),
        "legs": [
            {
                "number": leg.number,
                "channel": leg.channel,
                "received_at": _local(desk, leg.received_at),
                "earliest": leg.earliest,
            }
            for leg in await cards.legs_of(joint)
        ],
        "registrations": [_registered(desk, one) for one in await cards.registered([one.id for one in joint])],
        "notices": await _notices(ticket),
        "processors": await deeds.processors(desk, [one.id for one in joint], partial(_local, desk)),
        "blockings": await deeds.blockings([one.id for one in joint], partial(_local, desk)),
        "destructions": await deeds.destructions([one.id for one in joint], partial(_local, desk)),
        "answer_to": ticket.answer_to,
        "demands": [
            {
                "kind": demand.kind,
                "name": kind.name,
                "recognised_by": demand.recognised_by,
                "rule": f"{demand.rule_id}@{demand.rule_version}",
                "received_at": _local(desk, demand.received_at),
                "proof_at": _local(desk, demand.known_at if kind.known and not kind.known.detected else None),
                "detected_at": _local(desk, demand.known_at if kind.known and kind.known.detected else None),
                "known_why": demand.known_why,
                "outcome": demand.outcome,
                "ground": demand.ground,
                "ground_cite": kind.ending.ground if kind.ending else "",
                "clocks": [_clock_words(desk, clock) for clock in demand.clocks],
                "untold": [
                    {"key": key, "why": error.sentence(desk.staff_language)}
                    for key, error in clocks.untold(
                        desk, demand, [clock.key for clock in demand.clocks], ticket.opened_at
                    ).items()
                ],
                "steps": _step_words(desk, demand),
            }
            for demand in demands
            for kind in [cards.kind_of(desk, demand)]
        ],
        "clocks": [
            {**_clock_words(desk, clock), "kind": demand.kind, "names": _clock_names(desk, demand, clock)}
            for demand in demands
            for clock in demand.clocks
        ],
        "messages": [
            {
                **_message(desk, message),
                "text": message.text,
                "subject": message.subject,
                "attachments": [_file(one) for one in message.attachments],
            }
            for message in messages
        ],
        "letters": [_letter(desk, one) for one in await sent.of(desk.vault, [one.id for one in joint])],
        "history": [
            {"at": _local(desk, row.at), "actor": row.actor, "action": row.action, "details": row.details} for row in rows
        ],
    }


async def _messages(numbers: Collection[int], *columns: str) -> list[Message]:
    """The messages of these tickets in the order in which the desk took them; only some `columns` of them, or all."""
    found = Message.filter(ticket_id__in=numbers).order_by("id").prefetch_related("attachments")
    return await (found.only(*columns) if columns else found)


async def _notices(ticket: Ticket) -> shapes.Notices | None:
    """What became of the notices to the people concerned by an incident."""
    stood = await notifying.of_ticket(ticket)
    if stood is None:
        return None
    return {
        "total": stood.total,
        "sent": stood.sent,
        "bounced": stood.bounced,
        "failed": stood.failed,
        "state": stood.state.value,
        "left": stood.left,
    }


def _registered(desk: Desk, one: cards.Registered) -> shapes.Registered:
    """What staff registered by hand; of a paper letter both moments."""
    return {
        "way": one.way,
        "came_at": _local(desk, one.came_at),
        "attempted_at": _local(desk, one.attempted_at),
        "handed_over_at": _local(desk, one.handed_over_at),
        "number": one.number,
        "name": one.name,
        "postal": one.postal,
        "phone": one.phone,
        "issuer": one.issuer,
        "document_number": one.document_number,
        "document_date": one.document_date.isoformat() if one.document_date else None,
    }


def _message(desk: Desk, message: Message) -> shapes.Message:
    return {
        "id": message.id,
        "ticket": message.ticket_id,
        "direction": message.direction.value,
        "channel": message.channel,
        "author": message.author,
        "at": _local(desk, message.at),
        "external_id": message.external_id,
        "version": message.version,
    }


def _file(attachment: Attachment) -> shapes.File:
    return {
        "id": attachment.id,
        "name": attachment.name,
        "type": attachment.type,
        "size": attachment.size,
        "sha256": attachment.sha256,
        "missing": attachment.missing,
    }


def _letter(desk: Desk, letter: sent.Letter) -> shapes.Letter:
    return {
        "outbox": letter.number,
        "errand": letter.errand,
        "channel": letter.channel,
        "to": letter.to,
        "at": _local(desk, letter.at),
        "subject": letter.subject,
        "text": letter.text,
        "external_id": letter.kept.external_id,
        "answer": letter.kept.answer,
        "sure": letter.kept.sure,
        "size": letter.kept.size,
        "sha256": letter.kept.sha256,
        "files": [{"name": name, "sha256": digest} for name, digest in letter.files],
    }


def _clock_names(desk: Desk, demand: Demand, clock: Clock) -> dict[str, str]:
    """What a clock is called, by language."""
    return dict(clocks.rule_of(desk, demand).clock(clock.key).name)


def _clock_words(desk: Desk, clock: Clock) -> shapes.Clock:
    return {
        "key": clock.key,
        "article": clock.article,
        "start_at": _local(desk, clock.start_at),
        "due": clock.due.isoformat(),
        "due_at": _local(desk, clock.due_at),
        "roll193": clock.roll193.isoformat() if clock.roll193 else None,
        "safe": clock.safe.isoformat(),
        "safe_at": _local(desk, clock.safe_at),
        "target": clock.target.isoformat(),
        "stopped_at": _local(desk, clock.stopped_at),
        "stopped_by": clock.stopped_by or None,
        "stopped_how": clock.stopped_how or None,
    }


def _step_words(desk: Desk, demand: Demand) -> list[shapes.Step]:
    """The steps of a demand with what proves them; those that were not done have no `done_at`.

    `taken_back` are the rows that stand no more, oldest first, each with both moments.
    """
    rule = clocks.rule_of(desk, demand)
    return [
        {
            "key": one.key,
            "name": one.name,
            "text": one.text,
            "clock": spec.clock if (spec := rule.step(one.key)) else None,
            "wanted": one.wanted,
            "optional": one.optional,
            "done_at": _local(desk, one.done_at),
            "done_by": one.done_by or None,
            "evidence": one.evidence,
            "set_aside": one.aside,
            "proof": _proof_words(one.proof) if one.proof else None,
            "taken_back": [
                {
                    "done_at": _local(desk, row.done_at),
                    "done_by": row.done_by,
                    "evidence": row.evidence,
                    "set_aside": row.aside,
                    "proof": _proof_words(proofs.of(row)),
                    "taken_back_at": _local(desk, row.taken_back_at),
                    "taken_back_by": row.taken_back_by,
                }
                for row in sorted(demand.steps, key=lambda row: row.id)
                if row.void and row.key == one.key
            ],
        }
        for one in views_of(desk, demand)
    ]


def _proof_words(proof: Proof) -> shapes.Proof:
    """What proves a step; `letter` is the id of the outbox row, `file` that of the attachment."""
    return {
        "kind": proof.kind.value,
        "letter": proof.outbox_id,
        "file": proof.attachment_id,
        "number": proof.number or None,
        "dated": proof.dated.isoformat() if proof.dated else None,
        "way": proof.way or None,
        "tracking": proof.tracking or None,
        "by": proof.by or None,
    }


@overload
def _local(desk: Desk, instant: datetime) -> str: ...


@overload
def _local(desk: Desk, instant: datetime | None) -> str | None: ...


def _local(desk: Desk, instant: datetime | None) -> str | None:
    """An instant in the operator's time zone, ISO 8601 with its offset."""
    return instant.astimezone(desk.operator.zone).isoformat() if instant else None
