"""Envelopes: everything about a letter that is fixed when it is decided, so that a repeated letter is the same letter."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from desk import contents, outbox
from desk.context import Desk
from desk.ticket import legs
from models import Direction, Message, Outbox, OutboxState, Requester, Ticket

# An address that a letter can go to, as people write one.
ADDRESS = re.compile(r"[^\s@<>,;:\"()]{1,64}@[^\s@<>,;:\"()]{1,190}\.[^\s@<>,;:\"().\d]{2,24}")
# How many Message-IDs a References header carries at most (RFC 5322 §3.6.4 sets no limit, servers do).
REFERENCES = 20
# What never left is in nobody's thread.
NEVER_LEFT = frozenset({OutboxState.DROPPED, OutboxState.PARKED})
# External ids that are no Message-IDs: a letter without one is known by its fingerprint.
NO_MESSAGE_ID = "fingerprint:"
_PREFIX = re.compile(r"^\s*(?:(?:re|fwd?|fw|aw|sv|на|отв|ответ|пересл)\s*(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)
_OWN_TAG = re.compile(r"\s*\[?RD-\d{1,18}-[a-z2-7]{10}\]?", re.IGNORECASE)


def bare_subject(subject: str) -> str:
    """A subject without Re:, Fwd: and our tag."""
    return _PREFIX.sub("", _OWN_TAG.sub("", " ".join(subject.split()))).strip()


async def envelope(desk: Desk, ticket: Ticket, requester: Requester, to: str, now: datetime) -> contents.Envelope:
    """The envelope of a letter to the requester, continuing the thread of their last letter (RFC 5322 §3.6.4)."""
    return addressed(desk, ticket, requester, to, await _thread(ticket, to), now)


def addressed(
    desk: Desk, ticket: Ticket, requester: Requester, to: str, thread: Sequence[str], now: datetime
) -> contents.Envelope:
    """The envelope of a letter that goes on in this thread."""
    mailbox = desk.mailbox(ticket.mailbox)
    return contents.Envelope(
        to=to,
        to_name=requester.name,
        sender=mailbox.address if mailbox else "",
        sender_name=(mailbox.name if mailbox else "") or desk.operator.short_name or desk.operator.name,
        subject=f"Re: {bare_subject(ticket.subject)[:160]}".strip() + f" [{desk.signer.tag(ticket.id)}]",
        message_id=desk.signer.message_id(ticket.id, mailbox.domain if mailbox else "localhost"),
        in_reply_to=thread[-1] if thread else "",
        references=tuple(thread),
        date=now,
    )


async def _thread(ticket: Ticket, to: str) -> list[str]:
    theirs = (
        await Message.filter(ticket_id=ticket.id, channel="mail", direction=Direction.IN)
        .order_by("id")
        .values_list("at", "external_id")
    )
    numbers = await legs.numbers(await legs.head(ticket))
    sent = Outbox.filter(ticket_id__in=numbers, channel="mail", conversation=outbox.mail_conversation(to))
    return threaded(theirs, sent_ids(await sent.order_by("id")))


def sent_ids(rows: Iterable[Outbox]) -> list[tuple[datetime, str]]:
    """Letters of ours: when they were decided, and their Message-IDs."""
    return [
        (row.created_at, letter.envelope.message_id)
        for row in rows
        if row.state not in NEVER_LEFT
        and isinstance(letter := contents.read(row), contents.Letter)
        and letter.envelope is not None
    ]


def threaded(letters: Iterable[tuple[datetime, str]], ours: Iterable[tuple[datetime, str]]) -> list[str]:
    """The Message-IDs of the thread with an address, oldest first, the requester's last letter at the end.

    `letters` are the requester's in the order of their coming, `ours` those that went to this very address: of a matter with
    several legs another person's thread is not named to it.
    """
    theirs = [one for one in letters if not one[1].startswith(NO_MESSAGE_ID)]
    thread = list(dict.fromkeys(external_id for _, external_id in sorted([*theirs, *ours]) if external_id))
    if theirs:
        last = theirs[-1][1]
        thread = [one for one in thread if one != last] + [last]
    if len(thread) > REFERENCES:
        thread = [thread[0], *thread[-REFERENCES + 1 :]]
    return thread
