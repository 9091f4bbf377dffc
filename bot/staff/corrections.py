"""Commands about terms: extend them, correct what they count from, and see how they were counted and what will be said when.

A command without its words asks for them; the reply to that question does what the command would have done.
"""

import re
from dataclasses import dataclass
from datetime import datetime, time

from aiogram import Router
from aiogram.types import Message

from bot.callbacks import ExtendTap
from bot.staff import asking, extension, terms
from bot.staff.asking import BACK, Answers, argument, ask, here, number_in, text_in
from bot.staff.commands import Command
from bot.staff.messages import keep
from bot.staff.talk import Talk
from bot.text import N_, without_command
from bot.words import said as as_said
from desk import moments
from desk.contents import Asked, Params
from desk.errors import Refused
from desk.ports import File, Outcome
from desk.terms import corrections
from desk.ticket import clocks
from models import Became, Clock, Demand, Staff, Ticket

_TRIED = re.compile(
    r"(?:(?:перв\w+\s+)?попытк\w*(?:\s+(?:вручения|доставки))?|извещени\w*|(?:first\s+)?(?:delivery\s+)?attempt\w*)"
    r"\s*(?:была|от|on|was|[:—–-])?\s*" + moments.WHEN,
    re.IGNORECASE,
)
_HANDED = re.compile(r"(?:(?:вручен\w*|получен\w*|handed\s+over|received)\s*[:—–-]?\s*(?:on\s+)?)?" + moments.WHEN, re.IGNORECASE)
_LETTER = re.compile(r"(?P<day>\S+)(?:[ \t]+(?P<hour>\d{1,2})[:.](?P<minute>\d{2}))?(?:\s+(?P<words>.*))?", re.DOTALL)


def setup() -> Router:
    router = Router(name="staff corrections")
    router.message.register(command, Command(*asking.ASKS))
    router.message.register(terms.why, Command("why"))
    router.message.register(terms.plan, Command("plan"))
    router.message.register(terms.plan, Command("due"), terms.InTopic())
    router.message.register(answered, Answers())
    router.callback_query.register(extension.extend_tapped, ExtendTap.filter())
    return router


async def command(message: Message, talk: Talk, files: tuple[File, ...]) -> Outcome:
    """One of the commands that need words: with them it is done, without them they are asked for."""
    ticket = await here(message)
    name = (message.text or message.caption or "").split()[0][1:].partition("@")[0].lower()
    staff, said = await talk.staff(), argument(message)
    if said:
        return await _do(talk, ticket, staff, _Said(name, said, files))
    if name == "extend":
        await extension.ask_reason(talk, ticket)
    else:
        await ask(talk, ticket, asking.ASKS[name], {"act": name})
    return Outcome(Became.ASKED, ticket.id)


async def answered(message: Message, talk: Talk, files: tuple[File, ...], asked: Asked) -> Outcome:
    """A reply to a question."""
    ticket, staff = await here(message), await talk.staff()
    words = (message.text or message.caption or "").strip()
    clock = number_in(asked, "clock") if asked.get("clock") else None
    return await _do(talk, ticket, staff, _Said(text_in(asked, "act"), words, files, clock))


@dataclass(frozen=True)
class _Said:
    """A command and its words, whether typed at once or in answer to its question; `clock` is the one that it is about."""

    name: str
    words: str
    files: tuple[File, ...]
    clock: int | None = None


async def _do(talk: Talk, ticket: Ticket, staff: Staff, said: _Said) -> Outcome:
    match said.name:
        case "extend":
            return await extension.extend(talk, ticket, staff, said.words, clock=said.clock)
        case "term":
            done = await _term(talk, ticket, staff, said.words)
        case "proofs" | "detected":
            done = await _known(talk, ticket, staff, said)
        case "letter":
            done = await _letter(talk, ticket, staff, said.words)
            if said.files:
                await keep(talk, ticket, said.files, without_command(as_said(talk.message, talk.language))[0])
        case "impossible":
            done = await _impossible(talk, ticket, staff, said.words)
        case _other:
            raise Refused(N_("This button is out of date."))
    sentence, params = done
    await talk.say(sentence, params, ticket)
    return Outcome(Became(said.name), ticket.id)


async def _term(talk: Talk, ticket: Ticket, staff: Staff, said: str) -> tuple[str, Params]:
    """The day that a document sets; `-` takes it back."""
    if said in BACK:
        await corrections.set_document_date(talk.desk, ticket, None, staff, talk.now)
        return N_("↩️ Taken back: the document has no term yet."), {}
    due = moments.day(talk.desk, said, talk.now)
    await corrections.set_document_date(talk.desk, ticket, due, staff, talk.now)
    return N_("📅 The term of the document is %(date)s."), {"date": due.isoformat()}


async def _known(talk: Talk, ticket: Ticket, staff: Staff, said: _Said) -> tuple[str, Params]:
    """When the proof came or the fault was detected: `05.12.2026 14:30 reason`; `-` takes it back."""
    start = "proof" if said.name == "proofs" else "detection"
    if said.words in BACK:
        await corrections.set_known_at(talk.desk, ticket, start, None, "", staff, talk.now)
        return N_("↩️ The date is taken back. The terms count from the receipt."), {}
    found = _LETTER.fullmatch(said.words)
    if found is None:
        raise Refused(N_("Write the date, then why the terms may count from it: /detected 05.12.2026 14:30 reason."))
    day = moments.day(talk.desk, found["day"], talk.now, past=True)
    try:
        at = time(int(found["hour"]), int(found["minute"])) if found["hour"] else time(0)
    except ValueError:
        raise Refused(N_("There is no such time of day: write it like 11:30.")) from None
    moment = datetime.combine(day, at, talk.desk.operator.zone)
    counts = await corrections.set_known_at(talk.desk, ticket, start, moment, found["words"] or "", staff, talk.now)
    return known_date(day.isoformat(), counts=counts)


def known_date(date: str, *, counts: bool) -> tuple[str, Params]:
    """What staff hear when such a date is entered: whether the terms count from it."""
    if counts:
        return N_("📅 %(date)s is noted, and the terms count from it."), {"date": date}
    return N_(
        "📅 %(date)s is noted. The terms stay with the receipt, the strict date; "
        "to count from later, say why: the date again, then the reason."
    ), {"date": date}


async def _letter(talk: Talk, ticket: Ticket, staff: Staff, said: str) -> tuple[str, Params]:
    """Register a paper letter: when it was handed over, when its delivery was tried first, what it says.

    Without an hour it came when the desk opened that day, or just now. The earlier moment counts.
    """
    tried = _TRIED.search(said)
    attempted = moments.came(talk.desk, tried["when"], talk.now) if tried else None
    rest = f"{said[: tried.start()]} {said[tried.end() :]}".strip(" ,;|") if tried else said
    found = _HANDED.match(rest)
    if found is None and tried is None:
        raise Refused(N_("Write when the letter came: /letter 08.12.2026 11:30, attempt 05.12.2026 14:00 | what it says."))
    handed = moments.came(talk.desk, found["when"], talk.now) if found else None
    words_of_it = (rest[found.end() :] if found else rest).strip(" ,;|\n")
    moved = await corrections.register_paper(talk.desk, ticket, handed, words_of_it, staff, talk.now, attempted_at=attempted)
    came = min(one for one in (handed, attempted) if one is not None).astimezone(talk.desk.operator.zone).date()
    sentence = (
        N_("📮 The paper letter of %(date)s is registered. It came first, so the terms count from it.")
        if moved
        else N_("📮 The paper letter of %(date)s is registered. The terms stay: the earliest receipt counts.")
    )
    return sentence, {"date": came.isoformat()}


async def _impossible(talk: Talk, ticket: Ticket, staff: Staff, said: str) -> tuple[str, Params]:
    await corrections.destruction_impossible(talk.desk, ticket, said, staff, talk.now)
    demand = await Demand.get(ticket_id=ticket.id, kind=corrections.IMPOSSIBLE)
    clock = await Clock.get_or_none(demand_id=demand.id, key="destroy")
    if clock is None:
        return N_("🧊 Block the data at once."), {}
    article = clocks.rule_of(talk.desk, demand).clock("destroy").cite.said(talk.language)
    return N_("🧊 Block the data at once and destroy them by %(date)s (%(article)s)."), {
        "date": clock.due.isoformat(),
        "article": article,
    }
