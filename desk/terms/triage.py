"""Triage: a message of which it is only likely what it demands; staff and the requester are asked, and say it.

Such a message opens a ticket to be sorted within a working day, with the likely kinds as buttons on its card. The requester
is asked one numbered question in the acknowledgement, and answers by a tap or by one digit. Whatever is said, and whenever, a
demand that was in the message counts from the receipt of the message. Where something else is sure, only staff see the rest.
"""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from desk import history, outbox
from desk.context import Desk
from desk.errors import Refused
from desk.ports import Incoming
from desk.recognising.judging import PLAIN
from desk.terms.confirming import REQUESTER
from desk.ticket import candidates, clocks, endings, legs, tickets, topic
from desk.ticket.staffing import actor
from models import Action, Demand, Ending, RecognisedBy, Staff, Ticket
from models.store.query import column

# What a message to be sorted stands as, where the law of the operator has a term for the sorting.
COMPLAINT, SORTING = "complaint", "triage"
# So many kinds are asked about; more can be answered by no digit at a glance.
MOST = 4
# What is asked about is not yet answered by a longer line than this.
LONGEST = 40
_DIGITS = re.compile(
    r"\W*(?:(?:my |мой )?(?:answer|option|number|reply|ответ|вариант|пункт|номер|цифра)\b)?\W*"
    r"(?P<digits>[1-9](?:\W*(?:и|and|также|плюс|plus)?\W*[1-9])*)"
    r"(?:\W+(?:да|вариант|пункт|yes|option|спасибо|пожалуйста|thanks|thank you|please))?\W*",
    re.IGNORECASE,
)
_YES = re.compile(
    r"\W*(?:да|ага|верно|конечно|именно|yes|yeah|right|correct|sure)(?:\W+(?:да|верно|yes|спасибо|thanks))?\W*", re.IGNORECASE
)
_NO = re.compile(r"\W*(?:нет|не то|другое|иное|no|something else|other|none)(?:\W+(?:другое|спасибо|thanks))?\W*", re.IGNORECASE)
# What a keyboard puts around a digit: "1️⃣".
_AROUND = re.compile("[\ufe0f\u20e3]")


def sorted_out(desk: Desk, incoming: Incoming) -> Incoming:
    """The message as it is to be taken: only kinds the law knows are candidates; one without a sure demand is to be sorted."""
    known = desk.regime.kinds
    likely = tuple(kind for kind in incoming.candidates if kind in known and kind not in {*PLAIN, *incoming.kinds})[:MOST]
    if not likely or incoming.spam or incoming.automated or incoming.chosen:
        return replace(incoming, candidates=())
    if set(incoming.kinds) - PLAIN or not _sorts(desk):
        return replace(incoming, candidates=likely)
    return replace(incoming, candidates=likely, kinds=(COMPLAINT,))


def _sorts(desk: Desk) -> bool:
    return any(rule.kind == COMPLAINT and any(clock.key == SORTING for clock in rule.clocks) for rule in desk.regime.rules)


def picked(text: str, offered: int) -> tuple[int, ...] | None:
    """Which of so many offered kinds an answer picks, counted from 0; empty: something else; None: it does not answer this.

    Only its first line is looked at: signatures stand below it.
    """
    line = next((one.strip() for one in text.splitlines() if one.strip()), "")
    line = _AROUND.sub("", unicodedata.normalize("NFKC", line[: LONGEST + 1]))
    if not offered or len(line) > LONGEST:
        return None
    if offered == 1 and _YES.fullmatch(line):
        return (0,)
    if _NO.fullmatch(line):
        return ()
    found = _DIGITS.fullmatch(line)
    if found is None:
        return None
    digits = [int(sign) for sign in found["digits"] if sign.isdecimal()]
    if any(digit > offered + 1 for digit in digits):
        return None
    return tuple(dict.fromkeys(digit - 1 for digit in digits if digit <= offered))


async def heard(desk: Desk, ticket: Ticket, incoming: Incoming, now: datetime) -> list[Demand]:
    """What a message that goes on with a ticket means for what is unsure there: an answer, or more candidates.

    Returns the demands it opened. What was asked about keeps its digits until it is answered.
    """
    opened = await answered(desk, ticket, incoming, now)
    fresh = [kind for kind in incoming.candidates if kind not in await column(Demand.filter(ticket_id=ticket.id), "kind")]
    if fresh and not ticket.candidates:
        ticket.candidates = fresh
        await ticket.save(update_fields=["candidates"])
    return opened


async def answered(desk: Desk, ticket: Ticket, incoming: Incoming, now: datetime) -> list[Demand]:
    """Take a message for the answer to the numbered question where it is one; the demands it opened."""
    kinds = answering(ticket, await Demand.filter(ticket_id=ticket.id), incoming)
    return [] if kinds is None else await meant(desk, ticket, kinds, now)


def answering(ticket: Ticket, demands: Collection[Demand], incoming: Incoming) -> list[str] | None:
    """Which kinds a message picks where it answers the numbered question; None where it does not."""
    if not ticket.candidates or set(incoming.kinds) - PLAIN:
        return None
    offered = candidates.asked(ticket, demands)
    picks = picked(incoming.new_text or incoming.text, len(offered))
    return None if picks is None else [offered[one] for one in picks]


async def meant(desk: Desk, ticket: Ticket, kinds: Sequence[str], now: datetime) -> list[Demand]:
    """The requester says which of the candidates they demand; without any it is something else, and staff find out what."""
    ticket = await legs.locked(ticket)
    if not kinds:
        await history.add(ticket.id, REQUESTER, Action.NONE_OF_CANDIDATES, {"kinds": list(ticket.candidates or ())}, now)
        words = "💬 The requester says that it is none of the kinds asked about. Read the message once more."
        await topic.tell(ticket, words, {}, now, key=f"meant:{ticket.id}:none", priority=outbox.SOON)
        await _nothing_left(ticket, now)
        return []
    opened = await _demanded(desk, ticket, kinds, RecognisedBy.REQUESTER, REQUESTER, now)
    await history.add(ticket.id, REQUESTER, Action.CANDIDATES_CONFIRMED, {"kinds": list(kinds)}, now)
    await _nothing_left(ticket, now)
    return opened


async def judged(desk: Desk, ticket: Ticket, kind: str, staff: Staff, now: datetime) -> None:
    """Staff say that a candidate is demanded. Raises Refused when it is none any more, and for a ticket that was merged."""
    ticket = await legs.locked(ticket)
    tickets.unmerged(ticket)
    held = {demand.kind for demand in await Demand.filter(ticket_id=ticket.id)}
    if kind not in candidates.left(ticket, held):
        raise Refused("This button is out of date.")
    await _demanded(desk, ticket, [kind], RecognisedBy.STAFF, actor(staff), now)
    await history.add(ticket.id, actor(staff), Action.CANDIDATES_CONFIRMED, {"kinds": [kind]}, now)
    await topic.refresh_card(ticket, now)


async def dismissed(ticket: Ticket, staff: Staff, now: datetime) -> None:
    """Staff say that none of the candidates that are left is demanded. Raises Refused when there are none."""
    ticket = await legs.locked(ticket)
    if not ticket.candidates:
        raise Refused("This button is out of date.")
    await history.add(ticket.id, actor(staff), Action.NONE_OF_CANDIDATES, {"kinds": list(ticket.candidates)}, now)
    await _nothing_left(ticket, now)


async def _nothing_left(ticket: Ticket, now: datetime) -> None:
    ticket.candidates = None
    await ticket.save(update_fields=["candidates"])
    await topic.refresh_card(ticket, now)


async def _demanded(
    desk: Desk, ticket: Ticket, kinds: Sequence[str], recognised_by: RecognisedBy, by: str, now: datetime
) -> list[Demand]:
    """Open what is demanded from the receipt of the message that was to be sorted, and end the sorting."""
    held = await Demand.filter(ticket_id=ticket.id).order_by("id")
    sorting = [demand for demand in held if candidates.to_sort(demand)]
    received_at = min((demand.received_at for demand in sorting), default=ticket.received_at)
    misread = [demand for demand in held if demand.kind in kinds and demand.outcome in endings.MISREAD]
    for demand in misread:
        await tickets.demand_anew(desk, ticket, demand, received_at, now)
    opened = await tickets.add_demands(desk, ticket, kinds, received_at, recognised_by, now)
    for demand in sorting:
        await clocks.end(desk, demand, by=by, ending=Ending.CORRECTED, why="", now=now)
    await clocks.lead(ticket)
    return [*misread, *opened]
