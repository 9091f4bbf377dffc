"""/processors: letters to processors are released, changed and followed; what they answer is judged. By buttons, or in words."""

import re
from datetime import datetime
from html import escape
from typing import Any

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.callbacks import InstructionTap
from bot.postings.staff.processors import JUDGING, judging_buttons, number_of
from bot.screens import Rows, answer, ask_staff, say
from bot.staff.asking import Answers, argument, ask, here, number_in, text_in
from bot.staff.commands import Command
from bot.staff.messages import keep_note
from bot.staff.permission import member, writer
from bot.text import N_
from desk import moments
from desk.contents import Asked
from desk.context import Desk
from desk.deed import drafting, instructions, judgements, releasing
from desk.errors import Refused
from desk.i18n import words
from desk.law import asks
from desk.ports import File, Outcome
from desk.ticket import legs, tickets
from models import Became, Inbound, Instruction, InstructionState, Staff, Ticket

WHOM = N_("By what do the processors find the person? Reply with name, address, order or contract number, and nothing more.")
WHAT = N_("What exactly is to be corrected? Reply to this message: what stands there, and what it is to be.")
PARTLY = N_("What was not done, and why? Reply to this message; the processor’s file can come with it.")
REFUSED = N_("On which ground does it refuse? Reply to this message; the processor’s file can come with it.")
CONFIRMED = N_("How did it confirm? Reply with the number and date of its paper, or with whom you spoke and when.")
PAPER = N_("How was it told? Reply with the way, the number and the date: registered letter № 15 of 08.12.2026.")
_QUESTIONS = {"done": CONFIRMED, "partly": PARTLY, "refused": REFUSED, "whom": WHOM, "what": WHAT, "paper": PAPER}
_DATE = re.compile(r"\b\d{1,2}\.\d{1,2}\.\d{4}\b|\b\d{4}-\d\d-\d\d\b")
_NUMBER = re.compile(r"(?:№|N|No\.?)\s*(\S+)", re.IGNORECASE)
# So many letters of a word tell of which family it is.
STEM = 6
OUT_OF_DATE = N_("This button is out of date.")


def setup() -> Router:
    router = Router(name="staff processors")
    router.message.register(processors, Command("processors"))
    router.message.register(replied, Answers("instruction"))
    router.callback_query.register(tapped, InstructionTap.filter())
    return router


async def processors(message: Message, desk: Desk, row: Inbound, now: datetime) -> Outcome:
    """`/processors` shows the list; `/processors rectify | words` drafts one more letter to each of them."""
    ticket, staff = await here(message), await writer(desk, message, now)
    said = argument(message)
    if not desk.processors and not await instructions.of(ticket):
        raise Refused(N_("The settings name no processors ([[processors]]), so nobody is to be told."))
    if said:
        name, _sep, rest = said.partition("|")
        if "\n" in name:
            name, _sep, rest = said.partition("\n")
        key, more = _ask_named(name.strip(), desk.staff_language)
        await drafting.instruct(desk, ticket, key, rest.strip() or more, staff, now)
    else:
        await drafting.begin(desk, await legs.locked(ticket), now)
    await instructions.show(ticket, now, anew=True)
    return Outcome(Became.PROCESSORS, ticket.id)


def _ask_named(said: str, language: str) -> tuple[str, str]:
    """Which ask is named, and the words behind its name."""
    for key, one in asks.known().items():
        for name in (key, one.name[language], one.name["en"]):
            if said.casefold() == name or said.casefold().startswith((name + " ", name + ":")):
                return key, said[len(name) :].lstrip(" :")
    # One word of the family of its name: «блокирование», «уничтожьте».
    word, _sep, rest = said.partition(" ")
    stem = word.casefold().rstrip(":")[:STEM]
    meant = [key for key, one in asks.known().items() if len(stem) == STEM and stem in one.name[language]]
    return (meant[0], rest) if len(meant) == 1 else (said, "")


async def tapped(event: CallbackQuery, callback_data: InstructionTap, desk: Desk, row: Inbound, now: datetime) -> Outcome:
    """A button of the list, of one processor, or below an answer."""
    ticket = await Ticket.get_or_none(id=callback_data.ticket)
    if ticket is None or event.message is None:
        raise Refused(OUT_OF_DATE)
    ticket = await legs.head(ticket)
    staff, act, number = await member(desk, event.from_user, now), callback_data.choice, callback_data.id
    said = ""
    _ = words("bot", desk.staff_language).gettext
    match act:
        case "list":
            await drafting.begin(desk, await legs.locked(ticket), now)
            await instructions.show(ticket, now, anew=True)
        case "all" | "send":
            sent = await releasing.release(desk, ticket, None if act == "all" else [number], staff, now)
            said = _("Letters that go out: %(count)d") % {"count": len(sent)}
        case "spare":
            await judgements.spare(desk, number, staff, now)
        case "back":
            taken = await releasing.take_back(desk, number, staff, now)
            said = _("Taken back: it was not sent.") if taken else _("Too late: the letter has left.")
        case "add":
            name = next((one.name for one in desk.processors if number_of(one.name) == number), "")
            await drafting.include(desk, ticket, name, staff, now)
            await instructions.show(ticket, now)
        case "whom" | "what":
            await _ask(desk, ticket, row, now, act, {"of": act})
        case "open":
            await _open(desk, ticket, await _instruction(number), row, now)
        case "theirs":
            await judgements.take_as_answer(desk, number, callback_data.message, staff, now)
            await _replace(event, desk, ticket, await _instruction(number), row, now)
        case "again":
            await judgements.again(desk, number, staff, now)
            said = _("Drafted again: release it in the list.")
            await _fold(event, desk, ticket, await _instruction(number), said, row, now)
        case "rejudge":
            one = await judgements.take_judgement_back(desk, number, staff, now)
            await _replace(event, desk, ticket, one, row, now)
        case "paper":
            await _ask(desk, ticket, row, now, act, {"of": act, "id": number})
        case "done" | "partly" | "refused":
            said = await _judged(event, desk, ticket, number, InstructionState(act), staff, row, now)
        case _other:
            raise Refused(OUT_OF_DATE)
    await answer(event, row, now, said)
    return Outcome(Became.TAP, ticket.id, f"processor {act}")


async def _instruction(number: int) -> Instruction:
    found = await Instruction.get_or_none(id=number)
    if found is None:
        raise Refused(OUT_OF_DATE)
    return found


async def _ask(desk: Desk, ticket: Ticket, row: Inbound, now: datetime, question: str, what: dict[str, Any]) -> None:
    tickets.unmerged(ticket)
    await ask(desk, ticket, row, now, _QUESTIONS[question], {"act": "instruction", **what})


async def _open(desk: Desk, ticket: Ticket, one: Instruction, row: Inbound, now: datetime) -> None:
    """One processor, with what can be said of it."""
    html = f"<b>{escape(one.processor)}</b> · {escape(asks.names(one.asks, desk.staff_language))}"
    buttons = judging_buttons(one, desk.staff_language)
    await ask_staff(key=f"instruction:{row.id}", html=html, now=now, ticket=ticket, buttons=buttons)


async def _replace(event: CallbackQuery, desk: Desk, ticket: Ticket, one: Instruction, row: Inbound, now: datetime) -> None:
    """The tapped posting offers what can be said now."""
    html = f"<b>{escape(one.processor)}</b>"
    await _edit(event, ticket, html, judging_buttons(one, desk.staff_language), row, now)


async def _fold(
    event: CallbackQuery, desk: Desk, ticket: Ticket, one: Instruction, said: str, row: Inbound, now: datetime
) -> None:
    """The tapped posting only says what was decided."""
    await _edit(event, ticket, f"<b>{escape(one.processor)}</b> · {escape(said)}", [], row, now)


async def _edit(event: CallbackQuery, ticket: Ticket, html: str, buttons: Rows, row: Inbound, now: datetime) -> None:
    assert event.message is not None
    await ask_staff(
        key=f"instruction:{row.id}", html=html, now=now, ticket=ticket, buttons=buttons, edit=event.message.message_id
    )


async def _judged(
    event: CallbackQuery,
    desk: Desk,
    ticket: Ticket,
    number: int,
    state: InstructionState,
    staff: Staff,
    row: Inbound,
    now: datetime,
) -> str:
    """Record what a letter of the processor says; where there is none, or not all was done, ask for the words first."""
    one = await _instruction(number)
    if state != InstructionState.DONE or one.answer is None:
        await _ask(
            desk, ticket, row, now, state.value, {"of": "judge", "id": number, "state": state.value, "seen": one.state.value}
        )
        return ""
    one = await judgements.judge(desk, number, state, staff, now, seen=one.state)
    said = words("bot", desk.staff_language).gettext(JUDGING[state.value])
    await _edit(
        event, ticket, f"<b>{escape(one.processor)}</b> · {escape(said)}", judging_buttons(one, desk.staff_language), row, now
    )
    return said


async def replied(message: Message, desk: Desk, row: Inbound, now: datetime, asked: Asked, files: tuple[File, ...]) -> Outcome:
    """The words that a button had asked for."""
    ticket, staff = await here(message), await writer(desk, message, now)
    text = (message.text or message.caption or "").strip()
    if asked["of"] == "whom":
        await drafting.describe(desk, ticket, text, staff, now)
    elif asked["of"] == "what":
        await drafting.word(desk, ticket, text, staff, now)
    elif asked["of"] == "paper":
        await _told(desk, number_in(asked, "id"), text, staff, now)
    else:
        if not text:
            raise Refused(N_("Say it in words too: the file alone does not tell what was confirmed."))
        state, seen = InstructionState(text_in(asked, "state")), str(asked.get("seen", "")) or None
        await judgements.judge(desk, number_in(asked, "id"), state, staff, now, note=text, seen=seen)
    if files:
        await keep_note(message, desk, ticket, row, now, files, confirm=False)
    done = N_("Recorded.")
    await say(done, {}, key=f"instruction:{row.id}", now=now, ticket=ticket, reply_to=message.message_id)
    return Outcome(Became.PROCESSORS, ticket.id)


async def _told(desk: Desk, number: int, text: str, staff: Staff, now: datetime) -> None:
    dated = _DATE.search(text)
    day = moments.day(desk, dated[0] if dated else text, now, past=True)
    found = _NUMBER.search(text)
    way = _NUMBER.sub("", text.replace(dated[0], "") if dated else "").strip(" ,.;")
    way = re.sub(r"\s+(?:от|of|dated)$", "", way, flags=re.IGNORECASE)
    await releasing.told_otherwise(desk, number, " ".join(way.split()), found[1] if found else "", day, staff, now)
