"""Numbers: what letters call a matter, by the number that their reader knows, and how it belongs to those it was merged with."""

from collections.abc import Sequence

from desk import contents
from desk.i18n import N_, words
from desk.ticket import legs
from models import Ticket

JOINED = N_("%(number)s (joined with No. %(joined)s)")


async def joined_with(leg: Ticket) -> tuple[int, ...]:
    """The other numbers of the matter that a ticket is a leg of, or leads, in order."""
    return tuple(sorted(number for number in await legs.numbers(await legs.head(leg)) if number != leg.id))


def known_as(letter: contents.Letter, language: str) -> str:
    """The number that a letter is about, as its reader knows it."""
    return written(letter.number, letter.joined, language)


def written(number: int, joined: Sequence[int], language: str) -> str:
    """A number as people read it in a letter: 2, and of a merged matter 2 (joined with No. 1)."""
    if not joined:
        return str(number)
    said = words("bot", language).gettext(JOINED)
    return said % {"number": number, "joined": ", ".join(map(str, joined))}
