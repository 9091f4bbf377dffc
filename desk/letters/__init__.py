"""Letters: what the desk has to know of each kind that it decides, one record a kind; here also envelope, way back and caps.

The workers, the merge, the topic and the progress read the record; none of them knows a letter by name.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from desk import contents
from desk.context import Desk
from desk.i18n import N_
from desk.ports import Delivered
from models import Action, Outbox

Follows = Callable[[Desk, Outbox, datetime], Awaitable[None]]
Sent = Callable[[Desk, Outbox, Delivered, datetime], Awaitable[None]]
Proves = Callable[[Outbox], list[tuple[int, str]]]
Check = Callable[[Desk, Outbox, datetime], Awaitable[bool]]


async def nothing_follows(_desk: Desk, _row: Outbox, _now: datetime) -> None:
    """Nothing but what follows from every letter."""


async def nothing_more(_desk: Desk, _row: Outbox, _delivered: Delivered, _now: datetime) -> None:
    """Nothing but the line in the history."""


def whole(follows: Follows) -> Sent:
    """What follows when a letter was handed over, of one that leaves whole or not at all."""

    async def sent(desk: Desk, row: Outbox, _delivered: Delivered, now: datetime) -> None:
        await follows(desk, row, now)

    return sent


async def holds(_desk: Desk, _row: Outbox, _now: datetime) -> bool:
    """What it says is not overtaken by anything."""
    return False


@dataclass(frozen=True)
class Waiting:
    """What the topic says of a letter that is about to leave; the bot fills in `via` and `seconds`, and writes dates as days."""

    words: str = N_("⏳ Goes to the requester by %(via)s in %(seconds)d s")
    params: Mapping[str, str | date] = field(default_factory=dict)
    lines: Sequence[str] = ()


def proves_nothing(_row: Outbox) -> list[tuple[int, str]]:
    """It is no step of any demand."""
    return []


@dataclass(frozen=True, kw_only=True)
class DecidedLetter:
    """A kind of letter.

    `noted` is the line of the ticket's history when it was handed over, of one from which nothing else follows; else `sent`
    follows then, `bounced` when the requester's server sent it back. `overtaken` is asked right before it leaves: True, and
    it is dropped for all to see, as `overtaken_as` in the topic. `undoable`: it waits `desk.undo` with a button in the topic,
    where its status is shown later, and `waiting` says there what is about to leave. `unreached` is told in the topic when it
    could not be delivered, where no such posting shows it. `addressed`: that it went shows that this address is one we write
    to. `gated`: it goes to the requester and may hold words about them, so it passes the gate of disclosure
    (desk.disclosure.gate); not what the desk says in words of its own, nor what others get who need it. `of_demands`: it speaks
    of single demands, so no ticket is taken apart while it waits. `proves` names the steps (demand and key) that such a
    letter is: handed over it proves them, and what it proved falls when it comes back. `to_requester`: it goes to the person
    of the ticket; of one to somebody else its record alone says what a bounce means. `one_of_many`: it goes to many people at
    once, so what fails or comes back is counted where they stand (`failed`, `bounced`) and not told one by one.
    """

    content: type[contents.Letter]
    sent: Sent = nothing_more
    noted: Action | None = None
    overtaken: Check = holds
    overtaken_as: str = "dropped"
    bounced: Follows = nothing_follows
    proves: Proves = proves_nothing
    one_of_many: bool = False
    failed: Follows = nothing_follows
    undoable: bool = True
    waiting: Callable[[Any], Waiting] = lambda _content: Waiting()
    unreached: str = ""
    addressed: bool = False
    gated: bool = True
    of_demands: bool = False
    to_requester: bool = True


_REGISTERED: dict[str, DecidedLetter] = {}


def register(letter: DecidedLetter) -> DecidedLetter:
    """Make a kind of letter known, and its content readable."""
    contents.know(letter.content)
    _REGISTERED[letter.content.errand] = letter
    return letter


def of(row: Outbox) -> DecidedLetter | None:
    """The kind of letter that a row is; None for what is no letter to a requester."""
    return _REGISTERED.get(row.errand) if row.channel != "staff" else None


def may_be_overtaken(row: Outbox) -> bool:
    """Whether a row is of a kind that has to be looked at once more before it leaves."""
    letter = of(row)
    return letter is not None and letter.overtaken is not holds


def undoable() -> list[str]:
    """The errands of the letters that staff can take back until they leave."""
    return errands(lambda one: one.undoable)


def errands(wanted: Callable[[DecidedLetter], bool]) -> list[str]:
    """The errands of the letters that are wanted."""
    return [errand for errand, letter in _REGISTERED.items() if wanted(letter)]
