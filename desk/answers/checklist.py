"""The checklist before an answer leaves: who gets it and how far they are proved, whether it is whole, what goes with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from desk.answers import drafts
from desk.contents import Params
from desk.context import Desk
from desk.disclosure import identity
from desk.errors import Refused
from desk.i18n import N_
from desk.letters.way_back import Way, way_back
from desk.ticket import clocks
from models import Contact, Level, Message, Ticket

# What Art. 14(7) wants in an answer: the item, and the facts of which one at least has to stand in the letter.
COMPLETE: Final[Mapping[str, frozenset[str]]] = {
    "1": frozenset({"operator.name"}),
    "2": frozenset({"purposes"}),
    "3": frozenset({"methods"}),
    "4": frozenset({"recipients"}),
    "6": frozenset({"purposes.stored"}),
    "8": frozenset({"cross_border"}),
    "9": frozenset({"processors"}),
    "9.1": frozenset({"measures"}),
}
ACCESS: Final = "access_request"
LEVELS: Final[Mapping[Level, str]] = {
    Level.SAID: N_("only said who they are"),
    Level.SENDER: N_("sender’s address, not authenticated"),
    Level.AUTHENTICATED: N_("sender’s address, authenticated by its server"),
    Level.CODE: N_("a code proved the address the operator holds"),
    Level.DOCUMENT: N_("a document was compared"),
    Level.STAFF: N_("staff know the person"),
}
CHANNELS: Final[Mapping[str, str]] = {"mail": N_("by e-mail"), "telegram": N_("in Telegram")}


class Mark(StrEnum):
    """How an item stands."""

    FINE = "✅"
    LOOK = "⚠️"


@dataclass(frozen=True)
class Item:
    """A line of the checklist: a sentence of the catalogue with its values; values that begin with “=” are sentences too."""

    mark: Mark
    words: str
    params: Params


async def of(desk: Desk, draft: drafts.Draft, now: datetime) -> list[Item]:
    """What to look at before this letter leaves, in the order of weight."""
    way = await _way(desk, draft.ticket, now)
    items = [await _who(desk, draft, way), *await _form(draft, way)]
    if ACCESS in draft.template.kinds and draft.template.proves:
        items += [*_complete(draft), Item(Mark.LOOK, N_("Look once more: no data of other persons in it (Art. 14(2))."), {})]
    items.append(_files(draft))
    if draft.template.register:
        items.append(Item(Mark.FINE, N_("Outgoing № %(number)s"), {"number": drafts.number_of(desk, draft.answer)}))
    items += await _term(desk, draft, now)
    return items


async def _way(desk: Desk, ticket: Ticket, now: datetime) -> Way | None:
    try:
        return await way_back(desk, ticket, now)
    except Refused:
        return None


async def _who(desk: Desk, draft: drafts.Draft, way: Way | None) -> Item:
    """Who gets it, and how far they are proved."""
    if way is None:
        return Item(Mark.LOOK, N_("No address is known: it can go on paper only."), {})
    level = await identity.towards(draft.ticket, identity.place_of(way.channel, way.conversation))
    enough = level >= desk.disclose_from or not draft.template.personal or draft.template.to == "authority"
    place = identity.place_of(way.channel, way.conversation)
    contact = await Contact.filter(kind=place.kind, value__in=place.values).order_by("value").first()
    shown = way.envelope.to if way.envelope else (contact.shown if contact else "")
    words = (
        N_("To %(who)s %(way)s: %(level)s")
        if enough
        else N_(
            "To %(who)s %(way)s: %(level)s. That is too little for personal data: the letter will be stopped until you decide."
        )
    )
    return Item(
        Mark.FINE if enough else Mark.LOOK,
        words,
        {"who": shown or "—", "way": f"={CHANNELS[way.channel]}", "level": f"={LEVELS[level]}"},
    )


async def _form(draft: drafts.Draft, way: Way | None) -> list[Item]:
    """Whether the answer goes in the form in which the request came (Art. 14(3))."""
    if ACCESS not in draft.template.kinds:
        return []
    first = await Message.filter(ticket_id=draft.ticket.id, direction="in").order_by("id").first()
    came = first.channel if first is not None else draft.ticket.channel
    if way is not None and came == way.channel:
        return [Item(Mark.FINE, N_("In the form of the request, %(form)s (Art. 14(3))"), {"form": f"={CHANNELS[way.channel]}"})]
    return [
        Item(
            Mark.LOOK,
            N_("The request came in another form: the law wants the answer in the same, unless it asks otherwise (Art. 14(3))."),
            {},
        )
    ]


def _complete(draft: drafts.Draft) -> list[Item]:
    """Whether each item of Art. 14(7) stands in the letter, whatever became of its template."""
    missing = [item for item, names in COMPLETE.items() if not names & draft.filled.facts]
    missing += [] if any(key.startswith("ask:") for key in draft.answer.said) or draft.files else ["5"]
    if missing:
        return [Item(Mark.LOOK, N_("Art. 14(7): the template says nothing of item %(items)s."), {"items": ", ".join(missing)})]
    return [Item(Mark.FINE, N_("Every item of Art. 14(7) is in it."), {})]


def _files(draft: drafts.Draft) -> Item:
    names = ", ".join(one.name for one in draft.files)
    return Item(Mark.FINE, N_("Files: %(names)s"), {"names": names or "—"})


async def _term(desk: Desk, draft: drafts.Draft, now: datetime) -> list[Item]:
    """Whether the terms of the steps that it is are still ahead."""
    late = []
    for one in await clocks.running(draft.ticket):
        demand = await one.demand
        step = next((each for each in clocks.rule_of(desk, demand).steps if each.clock == one.key), None)
        if step is not None and step.key in draft.template.proves and demand.kind in draft.template.kinds:
            late.append((one.due_at <= now, one.due))
    return [
        Item(
            Mark.LOOK if over else Mark.FINE,
            N_("The term has ended on %(date)s: it goes late.") if over else N_("In time: the term ends on %(date)s."),
            {"date": f"{due:%d.%m.%Y}"},
        )
        for over, due in late[:2]
    ]
