"""How a processor finds whom an instruction is about: names, addresses and numbers only, never the words of the request."""

from desk.ticket import legs
from models import Clue, Contact, Requester, Ticket

# So many of each are named.
EACH = 3
# What the folded digits of a phone are shown with.
_COUNTRY = "+7 "


async def found_by(ticket: Ticket) -> str:
    """The lines by which a processor finds the person of a matter; empty where nothing is known.

    Of somebody who is represented only the name and numbers of contracts are told: the contacts are the representative's.
    """
    matter = await legs.of(ticket)
    numbers = [one.id for one in matter]
    lines: list[str] = []
    represented = next((one.represented for one in matter if one.represented), None)
    people = {one.id: one for one in await Requester.filter(id__in=[one.requester_id for one in matter])}
    if represented:
        lines.append(str(represented.get("name", "")))
    else:
        lines += [leg.named or people[leg.requester_id].name for leg in matter]
        for kind in ("email", "phone"):
            theirs = await Contact.filter(requester_id__in=list(people), kind=kind).order_by("id")
            told = await Clue.filter(ticket_id__in=numbers, kind=kind).order_by("id")
            shown = [one.shown or one.value for one in theirs] + [_shown(kind, one.value) for one in told]
            lines += list(dict.fromkeys(one for one in shown if one))[:EACH]
    lines += [f"№ {one.value}" for one in await Clue.filter(ticket_id__in=numbers, kind="contract").order_by("id").limit(EACH)]
    seen: dict[str, str] = {}
    for line in lines:
        if words := " ".join(line.split()):
            seen.setdefault(words.casefold(), words)
    return "\n".join(seen.values())


def _shown(kind: str, value: str) -> str:
    return _COUNTRY + value if kind == "phone" and len(value) == 10 and value.isdecimal() else value
