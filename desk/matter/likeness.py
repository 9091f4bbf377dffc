"""Likeness: whether a new ticket looks like the matter of another one that came under another name, for staff to judge.

What a ticket names at its opening is kept as clues: addresses it came from or speaks of, phone numbers, the full name. Two
tickets are alike when they share a clue, demand the same, speak for the same person, and came within `WITHIN`. A first name
alone is no clue, and what many tickets name is nobody's in particular. A clue proves nothing: nothing is merged by itself,
and nobody outside the staff group is told.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from desk import outbox
from desk.context import Desk
from desk.ports import Incoming
from desk.ticket import legs, topic
from models import Clue, Demand, Outbox, Ticket, TicketStatus, Way
from models.store.query import column

WITHIN = timedelta(days=60)
# What more requesters than this name is no one person's: the address of a shop, of an authority, of a mailing.
COMMON, SHARING = 5, 200
# So many clues of a text are kept, and so much of it is read.
CLUES, READ = 20, 20_000
# The kinds of clues by which tickets of two senders are alike; the others tell whom a ticket is about (desk.matter.persons).
KINDS = ("email", "phone", "name")
# How many tickets are offered at most.
OFFERED = 3

_EMAIL = re.compile(r"[^\s<>()\[\]{},;:\"'«»|/\\@]{1,64}@[^\s<>()\[\]{},;:\"'«»|/\\@]{1,190}\.[^\W\d_]{2,24}", re.UNICODE)
_PHONE = re.compile(r"(?<![\d-])\+?\d[\d ()\u00a0-]{8,18}\d(?![\d-])")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*", re.UNICODE)
_PATRONYMIC = re.compile(r".{2,}(?:ович|евич|ьич|овна|евна|ична|инична)$")
# The digits that tell one phone from another; before them stands the country, written in several ways.
_OWN_DIGITS = 10


def clues(desk: Desk, incoming: Incoming) -> list[tuple[str, str]]:
    """What a message names by which its ticket may prove to be the matter of another one: kinds and values of clues."""
    words = (incoming.new_text or incoming.text)[:READ]
    own = desk.addresses
    addresses = [incoming.answer_to, *_EMAIL.findall(words)]
    if incoming.sender.kind == "email":
        addresses.insert(0, incoming.sender.value)
    found = {("email", folded) for one in addresses if one and (folded := one.casefold().rstrip(".")) not in own}
    found |= {("phone", folded) for one in _PHONE.findall(words) if (folded := folded_phone(one))}
    found |= {("name", name) for one in (incoming.sender.name, incoming.named) if (name := folded_name(one))}
    return [(kind, value) for kind, value in sorted(found)[:CLUES] if value]


def folded_phone(written: str) -> str:
    """The digits by which a phone number is compared; empty for what is too short or too long to be one."""
    digits = re.sub(r"\D", "", written)
    return digits[-_OWN_DIGITS:] if _OWN_DIGITS <= len(digits) <= _OWN_DIGITS + 3 else ""


def folded_name(name: str) -> str:
    """A full name for comparison: order, case, ё and the patronymic do not matter. Empty for a first name or initials alone."""
    words = [one.casefold().replace("ё", "е") for one in _WORD.findall(name)]
    if len(words) > 2:
        words = [one for one in words if not _PATRONYMIC.match(one)]
    words = [one for one in words if len(one) > 1]
    return " ".join(sorted(words)) if len(words) > 1 else ""


async def alike(ticket: Ticket, *, demanding: bool = True) -> list[Ticket]:
    """The open tickets of other requesters that share a clue with one, the newest first.

    Those that demand nothing of what it demands are left out, unless `demanding` is False.
    """
    own = await legs.numbers(ticket)
    named = set[int]()
    for kind, value in await Clue.filter(ticket_id__in=own, kind__in=KINDS).values_list("kind", "value"):
        sharing = Clue.filter(kind=kind, value=value).order_by("-id").limit(SHARING)
        by = dict(await sharing.values_list("ticket_id", "ticket__requester_id"))
        if len(set(by.values())) <= COMMON:
            named |= set(by)
    found = await legs.heads(await Ticket.filter(id__in=sorted(named)).order_by("-id"))
    kinds = await _kinds(ticket)
    found = [one for one in found if one.id not in own and comparable(ticket, one)]
    return [one for one in found if not demanding or kinds & await _kinds(one)]


def surely(shared: Iterable[tuple[str, str]], other: Ticket) -> bool:
    """Whether a message is the copy of a letter that staff registered on paper: the same full name, and an address of it too.

    Nobody could have written from the address of such a ticket, for it has none; what is less sure staff are asked about.
    """
    kinds = {kind for kind, _ in shared}
    return other.channel == Way.PAPER and "name" in kinds and bool(kinds & {"phone", "email"})


def comparable(ticket: Ticket, other: Ticket) -> bool:
    """Whether an open ticket of somebody else came for the same person and about the same time."""
    return (
        other.status == TicketStatus.OPEN
        and other.requester_id != ticket.requester_id
        and other.represented == ticket.represented
        and abs(other.received_at - ticket.received_at) <= WITHIN
    )


async def _kinds(ticket: Ticket) -> set[str]:
    return set(await column(Demand.filter(ticket_id=ticket.id), "kind"))


async def likely(ticket: Ticket, among: int = 6) -> list[Ticket]:
    """What a ticket may belong to, for staff to choose from: what is alike first, then what else the person has open."""
    alike_ones = await alike(ticket, demanding=False)
    theirs = Ticket.filter(requester_id=ticket.requester_id, status=TicketStatus.OPEN).exclude(id=ticket.id)
    found = {one.id: one for one in [*alike_ones, *await theirs.order_by("-id").limit(among)]}
    return list(found.values())[:among]


def offer(ticket: Ticket, alike: Sequence[int], now: datetime) -> Outbox:
    """Say quietly in the topic of a new ticket which others may be the same matter, with a button each."""
    words = "🔗 Perhaps the same matter as № %(numbers)s, under another name. Compare them before you merge."
    found = list(alike[:OFFERED])
    numbers = {"numbers": ", ".join(map(str, found))}
    return topic.joint(ticket, words, numbers, now, key=f"alike:{ticket.id}", priority=outbox.LATE, offer=found)
