"""A requester who cannot be reached in Telegram any more: staff hear it once, with the other ways, for the terms run on."""

import re
from datetime import datetime

from desk import outbox
from desk.context import Desk
from desk.i18n import N_, words
from desk.ticket import legs, topic
from models import Contact, Direction, Message, Outbox, Ticket
from models.store.query import column

_EMAIL = re.compile(r"[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9.\-]{1,190}\.[A-Za-z]{2,24}")
_PHONE = re.compile(r"(?<![\d\w])(?:\+7|8|\+\d{1,3})[\s(\-]*\d{3}[\s)\-]*\d{3}[\s\-]*\d{2}[\s\-]*\d{2}(?!\d)")
# How much of what a person wrote is searched for other ways.
_MESSAGES, _CHARACTERS = 30, 20_000
GONE = N_(
    "🚫 The requester cannot be reached in Telegram any more (the bot is blocked, or the account is gone). The terms run on. "
    "Other ways: %(ways)s."
)
BACK = N_("🟢 The requester has unblocked the bot: answers reach them in Telegram again.")
ON_FILE, NAMED, PAPER = N_("e-mail on file"), N_("named in their words, check whose it is"), N_("a letter on paper")


async def tell(desk: Desk, ticket: Ticket, now: datetime) -> None:
    """Say it in the ticket's topic, with what else is known to reach them by; once, until they are back."""
    if await is_so(ticket):
        return
    ways = await _ways(desk, ticket)
    number = await Outbox.filter(unique_key__startswith=f"unreachable:{ticket.id}:").count()
    await topic.tell(ticket, GONE, {"ways": ways}, now, key=f"unreachable:{ticket.id}:{number}", priority=outbox.URGENT)


async def is_so(ticket: Ticket) -> bool:
    """Whether staff were told that the person cannot be reached, and not since that they can."""
    return await _said(ticket, "unreachable") > await _said(ticket, "reachable")


async def back(ticket: Ticket, now: datetime) -> None:
    """Say that they can be reached again."""
    if await is_so(ticket):
        number = await Outbox.filter(unique_key__startswith=f"reachable:{ticket.id}:").count()
        await topic.tell(ticket, BACK, {}, now, key=f"reachable:{ticket.id}:{number}", priority=outbox.SOON)


async def _said(ticket: Ticket, what: str) -> int:
    """The last row that says it; 0 for none."""
    row = await Outbox.filter(unique_key__startswith=f"{what}:{ticket.id}:").order_by("-id").first()
    return row.id if row else 0


async def _ways(desk: Desk, ticket: Ticket) -> str:
    """The other ways in the language of the staff: addresses on file, what the person named, and paper, which always is one."""
    _ = words("bot", desk.staff_language).gettext
    own = [leg.requester_id for leg in await legs.of(ticket)]
    filed = await column(Contact.filter(requester_id__in=own, kind="email").order_by("id"), "shown")
    numbers = await legs.numbers(ticket)
    said = await column(Message.filter(ticket_id__in=numbers, direction=Direction.IN).order_by("-id").limit(_MESSAGES), "text")
    text = "\n".join(said)[:_CHARACTERS]
    named = [one for one in dict.fromkeys([*_EMAIL.findall(text), *_PHONE.findall(text)]) if one not in filed]
    ours = desk.addresses
    found = [f"{one} ({_(ON_FILE)})" for one in filed if one]
    found += [f"{one.strip()} ({_(NAMED)})" for one in named[:3] if one.casefold() not in ours]
    if any("@" in one for one in found):
        address = next(one.split(" ")[0] for one in found if "@" in one)
        return "; ".join([*found, _(PAPER)]) + f". /address {address}"
    return "; ".join([*found, _(PAPER)])
