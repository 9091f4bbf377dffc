"""Posting: that a letter went on paper, how, when and under which tracking number; it proves its steps like one that was sent."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from desk import history, moments
from desk.answers import drafts
from desk.context import Desk
from desk.errors import Refused
from desk.terms import steps
from desk.terms.proofs import Proof
from desk.ticket import topic
from desk.ticket.staffing import actor
from models import Action, Answer, ProofKind, Staff

_DAY = re.compile(r"\b\d{1,2}\.\d{1,2}(?:\.\d{4})?\b")
# A number of the post (14 digits), of an international item (RA123456789RU), or of a courier.
_TRACKING = re.compile(r"\b(?=[A-Z0-9-]*\d{5})[A-Z0-9-]{8,40}\b", re.IGNORECASE)


@dataclass(frozen=True)
class Posted:
    """How a paper letter went."""

    day: date
    way: str
    tracking: str


def read(desk: Desk, said: str, now: datetime) -> Posted:
    """What staff said of a paper letter: a day (today when none is named), a way, a tracking number if there is one.

    Raises Refused for a day that is no day or lies ahead, and where no way is named.
    """
    rest, named = said.strip(), _DAY.search(said)
    day = now.astimezone(desk.operator.zone).date()
    if named is not None:
        said_day, rest = moments.day(desk, named[0], now, past=True), rest.replace(named[0], " ", 1)
        if said_day > day:
            raise Refused("The date %(date)s lies in the future.", date=f"{said_day:%d.%m.%Y}")
        day = said_day
    tracking = _TRACKING.search(rest)
    if tracking is not None:
        rest = rest.replace(tracking[0], " ", 1)
    way = " ".join(rest.replace("№", " ").split()).strip(" ,.;:")
    if not way:
        raise Refused("Say how it went: “14.12.2026 post 80080012345678”, “courier”, “handed over”.")
    return Posted(day, way[:64], tracking[0].upper() if tracking else "")


async def refuse_unready(answer: Answer) -> None:
    """Raises Refused for a letter that was never complete, so that nothing can have gone on paper."""
    if not answer.shown:
        raise Refused("Something is missing in this letter still, so it cannot have gone on paper.")


async def record(desk: Desk, answer: Answer, said: str, staff: Staff, now: datetime) -> Posted:
    """Record that the letter went on paper. Raises Refused as `read` and `refuse_unready` do, and for a day before its own."""
    await refuse_unready(answer)
    told = read(desk, said, now)
    if answer.dated is not None and told.day < answer.dated:
        raise Refused("The letter is of %(date)s: it cannot have gone before.", date=f"{answer.dated:%d.%m.%Y}")
    answer.way, answer.tracking, answer.posted_on = told.way, told.tracking, told.day
    await answer.save(update_fields=["way", "tracking", "posted_on"])
    draft = await drafts.of(desk, answer, now)
    await drafts.printed(desk, draft, now)
    details = {
        "answer": answer.id,
        "outgoing": drafts.number_of(desk, answer),
        "way": told.way,
        "tracking": told.tracking,
        "on": told.day.isoformat(),
    }
    await history.add(answer.ticket_id, actor(staff), Action.ANSWER_ON_PAPER, details, now)
    for step in await drafts.steps_of(desk, draft):
        proof = Proof(
            ProofKind.PAPER,
            number=drafts.number_of(desk, answer) or str(answer.id),
            dated=answer.dated or told.day,
            way=told.way,
            tracking=told.tracking,
        )
        await steps.prove(desk, step.demand, step.key, proof, staff, now)
    await topic.refresh_card(draft.ticket, now)
    return told
