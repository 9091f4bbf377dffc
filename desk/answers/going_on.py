"""Which processing goes on though somebody asked to end it: what the record tells of it, to be suggested in the letter.

A letter must not say that nothing goes on where staff recorded that something does. What is suggested is the record's own
words, or, where the grounds were checked and none was found, that there is none; without a record nothing is suggested.
"""

import re
from collections.abc import Iterable

from desk.answers.template import Gap
from desk.context import Desk
from desk.i18n import N_, words
from desk.ticket import blocks, legs
from desk.ticket.stated import is_own
from models import Clock, Demand, Ending, Step, Ticket

GROUND = "ground"
# The steps after which nothing would go on; set aside, the reason tells what does.
ENDING = frozenset({"stop", "processors", "destroy", "take_down"})
_NONE = re.compile(
    r"\b(?:оснований|основания|основание|их)\b[^.;:,]*\b(?:нет|не\s+\w+|отсутству\w+)|\b(?:нет|не\s+(?:выявлен|найден|обнаружен|"
    r"установлен)\w*|отсутству\w+)\b[^.;:,]*\bоснован\w+|^\W*(?:нет|отсутствуют|none|no)\W*$|\bno\s+(?:\w+\s+){0,2}grounds?\b"
    r"|\bgrounds?\b[^.;:,]*\b(?:not\s+found|none)\b",
    re.IGNORECASE,
)
_PROVISION = re.compile(r"\b(?:п|пп|ч|ст|art|p)\.?\s*\d|№|\bgdpr\b", re.IGNORECASE)
_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
# Fewer words than these tell that it was checked, and nothing more.
_FEWEST = 3


async def gap(desk: Desk, ticket: Ticket, language: str) -> Gap:
    """What is asked of processing that goes on in a letter in `language`, with what the record suggests."""
    _ = words("bot", language).gettext
    asked = _(N_("Which processing goes on, and on which ground (Art. 6(1)(2)-(11), 10(2), 11(2))?"))
    kept, checked = await recorded(ticket)
    suggestion = ""
    if kept:
        told = "\n".join(f"{one[:1].upper()}{one[1:].rstrip('.;')}." for one in kept)
        # Words of staff in another language than the letter's are no suggestion.
        suggestion = told if language == "ru" or not _CYRILLIC.search(told) else ""
    elif checked:
        suggestion = _(N_("No processing of your personal data continues on any other ground."))
    return Gap("going_on", asked, suggestion)


async def recorded(ticket: Ticket) -> tuple[list[str], bool]:
    """The words of staff on what goes on, and whether the grounds of every demand that wants it were checked."""
    numbers = await legs.numbers(ticket)
    demands = await Demand.filter(ticket_id__in=numbers).order_by("id")
    steps = await Step.standing(demand_id__in=[one.id for one in demands]).order_by("id")
    checked = [one for one in steps if one.key == GROUND]
    kept = [one.evidence for one in checked if tells(one.evidence)]
    kept += [
        one.evidence for one in steps if one.aside and one.key in ENDING and one.evidence.strip() and not is_own(one.evidence)
    ]
    put_off = await Clock.filter(ticket_id__in=numbers, ending=Ending.IMPOSSIBLE).order_by("id")
    kept += [one.stopped_why for one in put_off if one.stopped_why]
    blocked = [one for one in await blocks.standing(numbers) if one.started_at is not None and one.ended_at is None]
    kept += [one.words for one in blocked if one.words.strip()]
    return _once(kept), bool(checked) and not blocked


def tells(evidence: str) -> bool:
    """Whether what staff wrote to the check of the grounds names one, rather than that there is none or that it was done."""
    said = evidence.strip()
    if _PROVISION.search(said):
        return True
    return len(said.split()) >= _FEWEST and not _NONE.search(said)


def _once(said: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(" ".join(one.split()) for one in said))
