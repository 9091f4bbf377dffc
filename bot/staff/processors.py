"""/processors: letters to processors are released, changed and followed; what they answer is judged. By buttons, or in words."""

import re
from html import escape

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.callbacks import InstructionTap
from bot.postings.staff.processors import JUDGING, judging_buttons, number_of
from bot.screens import Rows
from bot.staff.asking import Answers, argument, ask, here, number_in, text_in
from bot.staff.commands import Command
from bot.staff.messages import keep
from bot.staff.talk import Talk
from bot.text import N_
from desk import moments
from desk.contents import Asked
from desk.deed import drafting, instructions, judgements, releasing, writing
from desk.errors import Refused
from desk.law import asks
from desk.ports import File, Outcome
from desk.ticket import legs, tickets
from models import Became, Instruction, InstructionState, Staff, Ticket

WHOM = N_("By what do the processors find the person? Reply with name, address, order or contract number, and nothing more.")
WHAT = N_("What exactly is to be corrected? Reply to this message: what stands there, and what it is to be.")
PARTLY = N_("What was not done, and why? Reply to this message; the processor’s file can come with it.")
REFUSED = N_("On which ground does it refuse? Reply to this message; the processor’s file can come with it.")
CONFIRMED = N_("How did it confirm? Reply with the number and date of its paper, or with whom you spoke and when.")
WRITE = N_("What shall the processor read? Reply to this message: your words go to it by e-mail, in the thread of its letter.")
PAPER = N_("How was it told? Reply with the way, the number and the date: registered letter № 15 of 08.12.2026.")
_QUESTIONS = {"done": CONFIRMED, "partly": PARTLY, "refused": REFUSED, "whom": WHOM, "what": WHAT, "paper": PAPER, "write": WRITE}
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


async def processors(message: Message, talk: Talk) -> Outcome:
    """`/processors` shows the list; `/processors rectify | words` drafts one more letter to each of them."""
    ticket, staff = await here(message), await talk.staff()
    said = argument(message)
    if not talk.desk.processors and not await instructions.of(ticket):
        raise Refused(N_("The settings name no processors ([[processors]]), so nobody is to be told."))
    if said:
        name, _sep, rest = said.partition("|")
        if "\n" in name:
            name, _sep, rest = said.partition("\n")
        key, more = _ask_named(name.strip(), talk.language)
        await drafting.instruct(talk.desk, ticket, key, rest.strip() or more, staff, talk.now)
    else:
        await drafting.begin(talk.desk, await legs.locked(ticket), talk.now)
    await instructions.show(ticket, talk.now, anew=True)
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


async def tapped(event: CallbackQuery, callback_data: InstructionTap, talk: Talk) -> Outcome:
    """A button of the list, of one processor, or below an answer."""
    ticket = await Ticket.get_or_none(id=callback_data.ticket)
    if ticket is None:
        raise Refused(OUT_OF_DATE)
    ticket = await legs.head(ticket)
    staff, act, number = await talk.staff(), callback_data.choice, callback_data.id
    said = ""
    _ = talk._
    match act:
        case "list":
            await drafting.begin(talk.desk, await legs.locked(ticket), talk.now)
            await instructions.show(ticket, talk.now, anew=True)
        case "all" | "send":
            sent = await releasing.release(talk.desk, ticket, None if act == "all" else [number], staff, talk.now)
            said = _("Letters that go out: %(count)d") % {"count": len(sent)}
        case "spare":
            await judgements.spare(talk.desk, number, staff, talk.now)
        case "back":
            taken = await releasing.take_back(talk.desk, number, staff, talk.now)
            said = _("Taken back: it was not sent.") if taken else _("Too late: the letter has left.")
        case "add":
            name = next((one.name for one in talk.desk.processors if number_of(one.name) == number), "")
            await drafting.include(talk.desk, ticket, name, staff, talk.now)
            await instructions.show(ticket, talk.now)
        case "whom" | "what":
            await _ask(talk, ticket, act, {"of": act})
        case "open":
            await _open(talk, ticket, await _instruction(number))
        case "theirs":
            await judgements.take_as_answer(talk.desk, number, callback_data.message, staff, talk.now)
            await _replace(talk, ticket, await _instruction(number))
        case "again":
            await judgements.again(talk.desk, number, staff, talk.now)
            said = _("Drafted again: release it in the list.")
            await _fold(talk, ticket, await _instruction(number), said)
        case "rejudge":
            one = await judgements.take_judgement_back(talk.desk, number, staff, talk.now)
            await _replace(talk, ticket, one)
        case "paper" | "write":
            await _ask(talk, ticket, act, {"of": act, "id": number})
        case "done" | "partly" | "refused":
            said = await _judged(talk, ticket, callback_data, staff)
        case _other:
            raise Refused(OUT_OF_DATE)
    await talk.answer(said)
    return Outcome(Became.TAP, ticket.id, f"processor {act}")


async def _instruction(number: int) -> Instruction:
    found = await Instruction.get_or_none(id=number)
    if found is None:
        raise Refused(OUT_OF_DATE)
    return found


async def _ask(talk: Talk, ticket: Ticket, question: str, what: Asked) -> None:
    tickets.unmerged(ticket)
    await ask(talk, ticket, _QUESTIONS[question], {"act": "instruction", **what})


async def _open(talk: Talk, ticket: Ticket, one: Instruction) -> None:
    """One processor, with what can be said of it."""
    html = f"<b>{escape(one.processor)}</b> · {escape(asks.names(one.asks, talk.language))}"
    buttons = judging_buttons(one, talk.language)
    await talk.show("instruction", html, ticket, buttons=buttons)


async def _replace(talk: Talk, ticket: Ticket, one: Instruction) -> None:
    """The tapped posting offers what can be said now."""
    html = f"<b>{escape(one.processor)}</b>"
    await _edit(talk, ticket, html, judging_buttons(one, talk.language))


async def _fold(talk: Talk, ticket: Ticket, one: Instruction, said: str) -> None:
    """The tapped posting only says what was decided."""
    await _edit(talk, ticket, f"<b>{escape(one.processor)}</b> · {escape(said)}", [])


async def _edit(talk: Talk, ticket: Ticket, html: str, buttons: Rows) -> None:
    await talk.show("instruction", html, ticket, buttons=buttons, edit=talk.under)


async def _judged(talk: Talk, ticket: Ticket, tap: InstructionTap, staff: Staff) -> str:
    """Record what a letter of the processor says; where there is none, or not all was done, ask for the words first."""
    number, state = tap.id, InstructionState(tap.choice)
    one = await _instruction(number)
    if state != InstructionState.DONE or one.answer is None:
        await _ask(talk, ticket, state.value, {"of": "judge", "id": number, "state": state.value, "seen": one.state.value})
        return ""
    one = await judgements.judge(talk.desk, number, state, staff, talk.now, seen=one.state)
    said = talk._(JUDGING[state.value])
    await _edit(talk, ticket, f"<b>{escape(one.processor)}</b> · {escape(said)}", judging_buttons(one, talk.language))
    return said


async def replied(message: Message, talk: Talk, asked: Asked, files: tuple[File, ...]) -> Outcome:
    """The words that a button had asked for."""
    ticket, staff = await here(message), await talk.staff()
    text = (message.text or message.caption or "").strip()
    if asked["of"] == "write":
        return await _write(talk, ticket, number_in(asked, "id"), staff, files)
    if asked["of"] == "whom":
        await drafting.describe(talk.desk, ticket, text, staff, talk.now)
    elif asked["of"] == "what":
        await drafting.word(talk.desk, ticket, text, staff, talk.now)
    elif asked["of"] == "paper":
        await _told(talk, number_in(asked, "id"), text, staff)
    else:
        if not text:
            raise Refused(N_("Say it in words too: the file alone does not tell what was confirmed."))
        state, seen = InstructionState(text_in(asked, "state")), text_in(asked, "seen") or None
        await judgements.judge(talk.desk, number_in(asked, "id"), state, staff, talk.now, note=text, seen=seen)
    if files:
        await keep(talk, ticket, files)
    done = N_("Recorded.")
    await talk.say(done, {}, ticket, name="instruction")
    return Outcome(Became.PROCESSORS, ticket.id)


async def _write(talk: Talk, ticket: Ticket, number: int, staff: Staff, files: tuple[File, ...]) -> Outcome:
    """The words go to the processor after Undo; a file would have to be looked at first, so none goes."""
    if files:
        raise Refused(N_("Only words go to a processor from here: send a file by your own mail, with the letter’s reference."))
    key, text = f"words to processor:{talk.row.id}", talk.message.text or ""
    await writing.write(talk.desk, number, text, staff, talk.now, key=key, reply_to=talk.reply_to)
    return Outcome(Became.PROCESSORS, ticket.id, "write")


async def _told(talk: Talk, number: int, text: str, staff: Staff) -> None:
    dated = _DATE.search(text)
    day = moments.day(talk.desk, dated[0] if dated else text, talk.now, past=True)
    found = _NUMBER.search(text)
    way = _NUMBER.sub("", text.replace(dated[0], "") if dated else "").strip(" ,.;")
    way = re.sub(r"\s+(?:от|of|dated)$", "", way, flags=re.IGNORECASE)
    await releasing.told_otherwise(talk.desk, number, " ".join(way.split()), found[1] if found else "", day, staff, talk.now)
