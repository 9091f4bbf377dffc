"""Persons: whose data each ticket is about, so that a letter about somebody else gets a ticket of its own. Pure.

Kept as clues of the ticket (`desk.recognising.whose` reads and compares them). A sender whose tickets are about several people
speaks for many: from then on a letter that names nobody is a new ticket too, unless it answers one of ours.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from desk.outbox import LATE
from desk.recognising.whose import About, Name, compare
from desk.ticket import topic
from models import Clue, Outbox, Ticket

# How many of a sender's open tickets are compared, and how many are named to staff.
COMPARED, NAMED = 30, 5
# The kinds of clues that hold what `whose.About` does.
_NAMES = {"person": "stated", "signed": "signed"}
_WORDS = {"born": "born", "contract": "contracts", "relation": "relations"}
WAY = "way"
KINDS = (*_NAMES, *_WORDS, "own", "writer", WAY)
# Ways of mail.writer on which others say who wrote: two of them are two tickets, in doubt.
BY_OTHERS = frozenset({"form", "group", "forwarded"})

Told = Collection[tuple[str, str]]


def rows(ticket: Ticket, about: About, held: Told, way: str = "") -> list[Clue]:
    """Whom a ticket is about and which way its letter came, besides the clues that it holds; not written yet."""
    found = {(kind, _joined(name)) for kind, of in _NAMES.items() for name in getattr(about, of)}
    found |= {(kind, value) for kind, of in _WORDS.items() for value in getattr(about, of)}
    found |= {("own", "yes")} if about.own else set()
    found |= {("writer", _joined(about.writer))} if about.writer else set()
    found |= {(WAY, way)} if way else set()
    new = sorted((kind, value[:320]) for kind, value in found)
    return [Clue(ticket_id=ticket.id, kind=kind, value=value) for kind, value in new if (kind, value) not in held]


def _joined(name: Name) -> str:
    return " ".join(name)


def told_by(clues: Told) -> About:
    """Whom a matter is about, as the clues of its letters have told."""

    def named(kind: str) -> frozenset[Name]:
        return frozenset(tuple(value.split()) for one, value in clues if one == kind)

    def told(kind: str) -> frozenset[str]:
        return frozenset(value for one, value in clues if one == kind)

    return About(
        stated=named("person"),
        signed=named("signed"),
        born=told("born"),
        contracts=told("contract"),
        relations=told("relation"),
        own=bool(told("own")),
        writer=next(iter(named("writer")), ()),
    )


def another(matter: About, letter: About) -> bool:
    """Whether a letter is about another person than a matter of its sender."""
    return compare(matter, letter) == "other"


def came_otherwise(clues: Told, way: str) -> bool:
    """Whether others said who wrote the letter of a ticket, and again others, another way, who wrote this one."""
    ways = {value for kind, value in clues if kind == WAY} & BY_OTHERS
    return way in BY_OTHERS and bool(ways) and way not in ways


def several(matters: Iterable[About]) -> bool:
    """Whether matters are about several people."""
    seen: list[About] = []
    for one in matters:
        if one.told and any(another(one, other) for other in seen):
            return True
        seen.append(one)
    return False


def linked(ticket: Ticket, others: Sequence[int], ways: Sequence[int], now: datetime) -> list[Outbox]:
    """Say in the topic of a new ticket from which open ones of its sender it was kept apart: `others` and `ways`."""
    words = "👥 This sender also wrote about somebody else: № %(numbers)s. If it is one matter, merge them."
    if len(others) > 1:
        words = "👥 This sender speaks for several people: № %(numbers)s. Each has a ticket of its own; merge what is one matter."
    found = [_offer(ticket, words, others, "persons", now)] if others else []
    words = "🔗 The same person has № %(numbers)s open, which came another way. Compare them before you merge."
    return [*found, _offer(ticket, words, ways, "ways", now)] if ways else found


def _offer(ticket: Ticket, words: str, numbers: Sequence[int], key: str, now: datetime) -> Outbox:
    named = {"numbers": ", ".join(map(str, numbers[:NAMED]))}
    return topic.joint(ticket, words, named, now, key=f"{key}:{ticket.id}", priority=LATE, offer=numbers[:NAMED])
