"""Persons: whose data each ticket is about, so that a letter about somebody else gets a ticket of its own.

Kept as clues of the ticket (`desk.matter.whose` reads and compares them). A sender whose tickets are about several people
speaks for many: from then on a letter that names nobody is a new ticket too, unless it answers one of ours.
"""

from datetime import datetime

from desk.matter.whose import About, Name, compare
from desk.outbox import LATE
from desk.ticket import legs, topic
from models import Clue, Requester, Ticket, TicketStatus

# How many of a sender's open tickets are compared, and how many are named to staff.
COMPARED, NAMED = 30, 5
# The kinds of clues that hold what `whose.About` does.
_NAMES = {"person": "stated", "signed": "signed"}
_WORDS = {"born": "born", "contract": "contracts", "relation": "relations"}
KINDS = (*_NAMES, *_WORDS, "own", "writer")


async def remember(ticket: Ticket, about: About) -> None:
    """Keep whom a ticket is about; what is known already stays."""
    found = {(kind, _joined(name)) for kind, of in _NAMES.items() for name in getattr(about, of)}
    found |= {(kind, value) for kind, of in _WORDS.items() for value in getattr(about, of)}
    found |= {("own", "yes")} if about.own else set()
    found |= {("writer", _joined(about.writer))} if about.writer else set()
    held = set(await Clue.filter(ticket_id=ticket.id, kind__in=KINDS).values_list("kind", "value"))
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


async def speaks_for_many(requester: Requester) -> bool:
    """Whether the tickets of a sender are about several people."""
    seen: list[About] = []
    for ticket in await Ticket.filter(requester_id=requester.id).order_by("-id").limit(COMPARED):
        one = await about(ticket)
        if one.told and any(compare(one, other) == "other" for other in seen):
            return True
        seen.append(one)
    return False


async def tell_others(ticket: Ticket, letter: About, now: datetime) -> list[int]:
    """Link a new ticket with the open ones of its sender about other people, and say so in its topic; their numbers."""
    theirs = Ticket.filter(requester_id=ticket.requester_id, status=TicketStatus.OPEN).exclude(id=ticket.id)
    others = [one.id for one in await theirs.order_by("-id").limit(COMPARED) if await another(one, letter)]
    if others:
        words = "👥 This sender also wrote about somebody else: № %(numbers)s. If it is one matter, merge them."
        if len(others) > 1:
            words = (
                "👥 This sender speaks for several people: № %(numbers)s. Each has a ticket of its own; merge what is one matter."
            )
        numbers = {"numbers": ", ".join(map(str, others[:NAMED]))}
        await topic.tell_joint(ticket, words, numbers, now, key=f"persons:{ticket.id}", priority=LATE, offer=others[:NAMED])
    return others
