"""Persons: whose data each ticket is about, so that a letter about somebody else gets a ticket of its own.

Kept as clues of the ticket (`desk.matter.whose` reads and compares them). A sender whose tickets are about several people
speaks for many: from then on a letter that names nobody is a new ticket too, unless it answers one of ours.
"""

from datetime import datetime

from desk.matter.whose import About, Name, compare
from desk.outbox import LATE
from desk.ticket import legs, topic
from models import Clue, Requester, Ticket, TicketStatus
from models.store.query import column

# How many of a sender's open tickets are compared, and how many are named to staff.
COMPARED, NAMED = 30, 5
# The kinds of clues that hold what `whose.About` does.
_NAMES = {"person": "stated", "signed": "signed"}
_WORDS = {"born": "born", "contract": "contracts", "relation": "relations"}
KINDS = (*_NAMES, *_WORDS, "own", "writer")
# Ways of mail.writer on which others say who wrote: two of them are two tickets, in doubt.
BY_OTHERS = frozenset({"form", "group", "forwarded"})


async def remember(ticket: Ticket, about: About, way: str = "") -> None:
    """Keep whom a ticket is about and which way its letter came; what is known already stays."""
    found = {(kind, _joined(name)) for kind, of in _NAMES.items() for name in getattr(about, of)}
    found |= {(kind, value) for kind, of in _WORDS.items() for value in getattr(about, of)}
    found |= {("own", "yes")} if about.own else set()
    found |= {("writer", _joined(about.writer))} if about.writer else set()
    found |= {("way", way)} if way else set()
    held = set(await Clue.filter(ticket_id=ticket.id, kind__in=(*KINDS, "way")).values_list("kind", "value"))
    new = sorted((kind, value[:320]) for kind, value in found)
    await Clue.bulk_create([Clue(ticket=ticket, kind=kind, value=value) for kind, value in new if (kind, value) not in held])


def _joined(name: Name) -> str:
    return " ".join(name)


async def learn(ticket: Ticket, letter: About | None) -> None:
    """Keep what a later letter of a ticket tells of whom it is about, unless that is somebody else."""
    if letter is not None and not await another(ticket, letter):
        await remember(ticket, letter)


async def about(ticket: Ticket) -> About:
    """Whom a ticket is about, as its letters have told; of one matter, all of them."""
    clues = await Clue.filter(ticket_id__in=await legs.numbers(ticket), kind__in=KINDS).values_list("kind", "value")

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


async def another(ticket: Ticket, letter: About) -> bool:
    """Whether a letter is about another person than a ticket of its sender."""
    return compare(await about(ticket), letter) == "other"


async def came_otherwise(ticket: Ticket, way: str) -> bool:
    """Whether others said who wrote the letter of a ticket, and again others, another way, who wrote this one."""
    ways = set(await column(Clue.filter(ticket_id=ticket.id, kind="way"), "value")) & BY_OTHERS
    return way in BY_OTHERS and bool(ways) and way not in ways


async def speaks_for_many(requester: Requester) -> bool:
    """Whether the tickets of a sender are about several people."""
    seen: list[About] = []
    for ticket in await Ticket.filter(requester_id=requester.id).order_by("-id").limit(COMPARED):
        one = await about(ticket)
        if one.told and any(compare(one, other) == "other" for other in seen):
            return True
        seen.append(one)
    return False


async def tell_others(ticket: Ticket, letter: About, way: str, now: datetime) -> list[int]:
    """Link a new ticket with the open ones of its sender that it was kept apart from, and say so in its topic; their numbers."""
    theirs = Ticket.filter(requester_id=ticket.requester_id, status=TicketStatus.OPEN).exclude(id=ticket.id)
    before = await theirs.order_by("-id").limit(COMPARED)
    others = [one.id for one in before if await another(one, letter)]
    ways = [one.id for one in before if one.id not in others and await came_otherwise(one, way)]
    words = "👥 This sender also wrote about somebody else: № %(numbers)s. If it is one matter, merge them."
    if len(others) > 1:
        words = "👥 This sender speaks for several people: № %(numbers)s. Each has a ticket of its own; merge what is one matter."
    await _offer(ticket, words, others, "persons", now)
    words = "🔗 The same person has № %(numbers)s open, which came another way. Compare them before you merge."
    await _offer(ticket, words, ways, "ways", now)
    return [*others, *ways]


async def _offer(ticket: Ticket, words: str, numbers: list[int], key: str, now: datetime) -> None:
    if numbers:
        named = {"numbers": ", ".join(map(str, numbers[:NAMED]))}
        await topic.tell_joint(ticket, words, named, now, key=f"{key}:{ticket.id}", priority=LATE, offer=numbers[:NAMED])
