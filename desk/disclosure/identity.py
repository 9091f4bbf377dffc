"""Who is it: how far whoever gets the answers of a ticket is proved to be the person whose data it is. Reads only.

The levels are in `models.Level`. A contact proves what came from it (a letter our server vouched for); what was checked for
one ticket (a code, a document, a comparison by staff) holds for that ticket and for the address it was checked with, so that
answers to another address fall back to what that address proves.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from desk.providers import key, spellings
from desk.recognising.whose import same_name_written
from desk.ticket import legs
from models import Clue, Contact, Held, Level, Ticket, Verification
from models.store.query import column

# What an address is proved by at most without a check of its own: what passes by itself.
BY_ITSELF = Level.AUTHENTICATED


@dataclass(frozen=True)
class Place:
    """Where an answer goes: the kind of a contact ("email", "telegram") and its folded value."""

    kind: str
    value: str

    def __post_init__(self) -> None:
        if self.kind == "email":
            object.__setattr__(self, "value", key(self.value))

    @property
    def values(self) -> list[str]:
        """What its contact may be written down as."""
        return list(spellings(self.value)) if self.kind == "email" else [self.value]


def place_of(channel: str, conversation: str) -> Place:
    """Where an outbox row of this channel and conversation goes."""
    value = conversation.partition(":")[2]
    return Place("telegram" if channel == "telegram" else "email", value.casefold())


def answers_of(ticket: Ticket) -> Place | None:
    """Where the answers of a ticket go; None where that is not known."""
    if ticket.channel == "telegram" and ticket.chat_id is not None and not ticket.answer_to:
        return Place("telegram", str(ticket.chat_id))
    return Place("email", ticket.answer_to.casefold()) if ticket.answer_to else None


async def towards(ticket: Ticket, place: Place | None) -> Level:
    """The level of whoever gets at `place` what a ticket says."""
    if place is None:
        return Level.SAID
    joint = await legs.of(await legs.head(ticket))
    contact = await Contact.filter(kind=place.kind, value__in=place.values).order_by("value").first()
    own = contact.verified if contact is not None and contact.requester_id in {one.requester_id for one in joint} else Level.SAID
    checks = [one for one in await standing(joint) if one.kind == place.kind and one.value in place.values]
    return reached(min(own, BY_ITSELF), await is_held(joint, place), checks)


def reached(own: Level, held: bool, checks: Iterable[Verification]) -> Level:
    """The level of an address: what it proves by itself, that the operator holds it, and what was checked with it."""
    return max([own, Level.AUTHENTICATED if held else Level.SAID, *(one.level for one in checks)])


async def level(ticket: Ticket) -> Level:
    """The level of whoever gets the answers of a ticket: those of the first of its legs that can be answered."""
    return await towards(ticket, await answered_at(ticket))


async def answered_at(ticket: Ticket) -> Place | None:
    """Where the answers of a matter go: those of the first of its legs that can be answered; None where none can."""
    places = (answers_of(leg) for leg in await legs.of(ticket))
    return next((one for one in places if one is not None), None)


async def standing(joint: Iterable[Ticket]) -> list[Verification]:
    """What was checked for a matter and not taken back, the oldest first."""
    numbers = [one.id for one in joint]
    return await Verification.filter(ticket_id__in=numbers, taken_back_at__isnull=True).order_by("id")


async def is_held(joint: Iterable[Ticket], place: Place) -> bool:
    """Whether the operator has this very address of a person with the requester's name: another customer's is not theirs."""
    held = [one for one in await Held.filter(kind=place.kind, value__in=place.values) if one.name]
    if not held:
        return False
    joint = list(joint)
    for one in joint:
        await one.fetch_related("requester")
    names = [name for one in joint for name in (one.named, one.requester.name) if name]
    return any(same_name_written(name, one.name) for name in names for one in held)


async def held_of(names: Iterable[str], numbers: Iterable[int]) -> list[Held]:
    """The contacts the operator holds of people with one of these names, or with a number that these tickets name."""
    named = {value for value in await column(Clue.filter(ticket_id__in=list(numbers), kind="contract"), "value") if value}
    found = await Held.filter(reference__in=list(named)) if named else []
    words = {word for name in names for word in name.split() if len(word) > 2}
    for word in words:
        found += [
            one for one in await Held.filter(name__icontains=word) if any(same_name_written(name, one.name) for name in names)
        ]
    return list({(one.kind, one.value): one for one in found}.values())


@dataclass(frozen=True)
class Checked:
    """A check as people see it: its level, kinds of facts that were compared, by whom and when; UTC."""

    level: Level
    compared: tuple[str, ...]
    by: str
    at: datetime
    taken_back_at: datetime | None = None


async def checks_of(joint: Iterable[Ticket]) -> list[Checked]:
    """Every check of a matter, those taken back too, the oldest first."""
    found = await Verification.filter(ticket_id__in=[one.id for one in joint]).order_by("id")
    return [Checked(one.level, tuple(one.compared), one.by, one.at, one.taken_back_at) for one in found]
