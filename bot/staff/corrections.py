"""Commands about terms: extend them, correct what they count from, and see how they were counted and what will be said when.

A command without its words asks for them; the reply to that question does what the command would have done.
"""

import re
from datetime import datetime, time
from typing import Any

from aiogram import Router
from aiogram.types import Message

from bot.callbacks import ExtendTap
from bot.screens import say
from bot.staff import asking, extension, terms
from bot.staff.asking import Answers, argument, ask, here, number_in, text_in
from bot.staff.commands import Command
from bot.staff.messages import keep_note
from bot.staff.permission import writer
from bot.text import N_
from desk import moments
from desk.contents import Asked
from desk.context import Desk
from desk.errors import Refused
from desk.ports import File, Outcome
from desk.terms import corrections
from desk.ticket import clocks
from models import Became, Clock, Demand, Inbound, Staff, Ticket

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


async def command(message: Message, desk: Desk, row: Inbound, now: datetime, files: tuple[File, ...]) -> Outcome:
    """One of the commands that need words: with them it is done, without them they are asked for."""
    ticket = await here(message)
    name = (message.text or message.caption or "").split()[0][1:].partition("@")[0].lower()
    staff, said = await writer(desk, message, now), argument(message)
    if said:
        return await _do(name, said, message, desk, ticket, staff, row, now, files)
    if name == "extend":
        await extension.ask_reason(desk, ticket, row, now, reply_to=message.message_id)
    else:
        await ask(desk, ticket, row, now, asking.ASKS[name], {"act": name}, reply_to=message.message_id)
    return Outcome(Became.ASKED, ticket.id)


async def answered(message: Message, desk: Desk, row: Inbound, now: datetime, files: tuple[File, ...], asked: Asked) -> Outcome:
    """A reply to a question."""
    ticket, staff = await here(message), await writer(desk, message, now)
    said = (message.text or message.caption or "").strip()
    return await _do(
        text_in(asked, "act"),
        said,
        message,
        desk,
        ticket,
        staff,
        row,
        now,
        files,
        clock=number_in(asked, "clock") if asked.get("clock") else None,
    )


async def _do(
    name: str,
    said: str,
    message: Message,
    desk: Desk,
    ticket: Ticket,
    staff: Staff,
    row: Inbound,
    now: datetime,
    files: tuple[File, ...],
    clock: int | None = None,
) -> Outcome:
    match name:
        case "extend":
            return await extension.extend(desk, ticket, staff, said, row, now, clock=clock, reply_to=message.message_id)
        case "term":
            done = await _term(desk, ticket, staff, said, now)
        case "proofs" | "detected":
            done = await _known(desk, ticket, staff, "proof" if name == "proofs" else "detection", said, now)
        case "letter":
            done = await _letter(desk, ticket, staff, said, now)
            if files:
                await keep_note(
                    message, desk, ticket, row, now, files, command=(message.caption or "").startswith("/"), confirm=False
                )
        case "impossible":
            done = await _impossible(desk, ticket, staff, said, now)
        case _other:
            raise Refused(N_("This button is out of date."))
    sentence, params = done
    await say(sentence, params, key=f"done:{row.id}", now=now, ticket=ticket, reply_to=message.message_id)
    return Outcome(Became(name), ticket.id)


async def _term(desk: Desk, ticket: Ticket, staff: Staff, said: str, now: datetime) -> tuple[str, dict[str, Any]]:
    due = moments.day(desk, said, now)
    await corrections.set_document_date(desk, ticket, due, staff, now)
    return N_("📅 The term of the document is %(date)s."), {"date": due.isoformat()}


async def _known(desk: Desk, ticket: Ticket, staff: Staff, start: str, said: str, now: datetime) -> tuple[str, dict[str, Any]]:
    """When the proof came or the fault was detected: `05.12.2026 14:30 reason`; `-` takes it back."""
    if said in {"-", "−", "–"}:
        await corrections.set_known_at(desk, ticket, start, None, "", staff, now)
        return N_("↩️ The date is taken back. The terms count from the receipt."), {}
    found = _LETTER.fullmatch(said)
    if found is None:
        raise Refused(N_("Write the date, then why the terms may count from it: /detected 05.12.2026 14:30 reason."))
    day = moments.day(desk, found["day"], now, past=True)
    try:
        at = time(int(found["hour"]), int(found["minute"])) if found["hour"] else time(0)
    except ValueError:
        raise Refused(N_("There is no such time of day: write it like 11:30.")) from None
    moment = datetime.combine(day, at, desk.operator.zone)
    counts = await corrections.set_known_at(desk, ticket, start, moment, found["words"] or "", staff, now)
    sentence = (
        N_("📅 %(date)s is noted, and the terms count from it.")
        if counts
        else N_(
            "📅 %(date)s is noted. The terms stay with the receipt, the strict date; "
            "to count from later, say why: the date again, then the reason."
        )
    )
    return sentence, {"date": day.isoformat()}


async def _letter(desk: Desk, ticket: Ticket, staff: Staff, said: str, now: datetime) -> tuple[str, dict[str, Any]]:
    """Register a paper letter; without an hour it came when the desk opened that day, or just now."""
    found = _LETTER.fullmatch(said)
    if found is None:
        raise Refused(N_("Write the date on which the letter came: /letter 08.12.2026 11:30 words."))
    day = moments.day(desk, found["day"], now, past=True)
    try:
        at = time(int(found["hour"]), int(found["minute"])) if found["hour"] else desk.counting.opening
    except ValueError:
        raise Refused(N_("There is no such time of day: write it like 11:30.")) from None
    received = datetime.combine(day, at, desk.operator.zone)
    if not found["hour"] and received > now >= datetime.combine(day, time(0), desk.operator.zone):
        received = now
    moved = await corrections.register_paper(desk, ticket, received, (found["words"] or "").strip(), staff, now)
    sentence = (
        N_("📮 The paper letter of %(date)s is registered. It came first, so the terms count from it.")
        if moved
        else N_("📮 The paper letter of %(date)s is registered. The terms stay: the earliest receipt counts.")
    )
    return sentence, {"date": day.isoformat()}


async def _impossible(desk: Desk, ticket: Ticket, staff: Staff, said: str, now: datetime) -> tuple[str, dict[str, Any]]:
    await corrections.destruction_impossible(desk, ticket, said, staff, now)
    demand = await Demand.get(ticket_id=ticket.id, kind=corrections.IMPOSSIBLE)
    clock = await Clock.get_or_none(demand_id=demand.id, key="destroy")
    if clock is None:
        return N_("🧊 Block the data at once."), {}
    article = clocks.rule_of(desk, demand).clock("destroy").cite.said(desk.staff_language)
    return N_("🧊 Block the data at once and destroy them by %(date)s (%(article)s)."), {
        "date": clock.due.isoformat(),
        "article": article,
    }
