"""Proving a step: what a tap or `/step 3 …` says of it; the letter, document or word that shows it was done."""

import re
from dataclasses import dataclass, replace
from datetime import date
from html import escape

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.callbacks import DestroyTap, InstructionTap, ProofTap, StepTap
from bot.format import kind_short, zone_name
from bot.postings.staff.answering import question
from bot.proof_words import proof_words
from bot.screens import Rows, button
from bot.staff.asking import Answers, argument, here, number_in, text_in
from bot.staff.messages import external_id
from bot.staff.talk import Talk
from bot.text import N_, clip, without_command
from desk import contents
from desk.contents import Asked
from desk.context import Desk
from desk.deed.destruction import ACT
from desk.errors import Refused
from desk.law.rules import Proves
from desk.outward import replies
from desk.ports import File, Outcome
from desk.terms import said, steps
from desk.terms.proofs import Proof
from desk.terms.steps import StepView
from desk.ticket import legs
from desk.ticket.stated import NOT_NEEDED, stated
from models import Attachment, Became, Demand, Outbox, OutboxState, ProofKind, Staff, Ticket

# So many letters are offered as what a step was, so many characters of each.
LETTERS = 3
WORDS = 30
_ASIDE = re.compile(
    r"^(?:не\s+(?:требуется|нужн\w*|применимо)|снять|снимаю|not\s+(?:needed|applicable)|n/a|aside)\b[\s:,.—–|-]*", re.IGNORECASE
)

ASKED = {
    "letter": N_(
        "This step is a letter. Which one was it? One on paper or at a portal: reply to this message with its number, date and "
        "way, for example “исх. 12 от 05.12.2026 почта RA123456789RU”."
    ),
    "document": N_(
        "Which document shows it? Reply to this message with its file, or with its number and date, for example "
        "“№ 7 от 05.12.2026”."
    ),
    "confirmation": N_("Who has confirmed it? Reply to this message with the name, and the letter or file if there is one."),
    "fact": N_("What was done? Reply to this message in words."),
}  # fmt: skip


def setup() -> Router:
    router = Router(name="staff proving")
    router.message.register(answered, Answers("prove"))
    router.message.register(reasoned, Answers("aside"))
    router.callback_query.register(tapped, ProofTap.filter())
    return router


# --- by words --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Evidence:
    """What staff say and send to settle a step."""

    words: str
    files: tuple[File, ...]


async def by_words(talk: Talk, ticket: Ticket, chosen: StepView, evidence: Evidence) -> Outcome:
    """Settle a step by what staff say of it; where that is nothing and more than a tick is wanted, ask."""
    staff, words_ = await talk.staff(), evidence.words
    if aside := _ASIDE.match(words_):
        await steps.set_aside(talk.desk, chosen.demand, chosen.key, words_[aside.end() :], staff, talk.now)
        sentence = N_("➖ Not needed here: “%(step)s” (%(kind)s). The reason is kept with your name.")
        return await _told(talk, ticket, chosen, sentence)
    if chosen.wanted != "fact" and not words_ and not evidence.files:
        if not chosen.open:
            raise Refused(steps.ALREADY)
        await ask(talk, ticket, chosen)
        return Outcome(Became.STEP, ticket.id, "ask")
    file = await _kept(talk, ticket, evidence.files, staff)
    proof = _read(words_, file, chosen.wanted, talk.now.astimezone(talk.desk.operator.zone).date())
    await steps.prove(talk.desk, chosen.demand, chosen.key, proof, staff, talk.now)
    return await _told(talk, ticket, chosen, N_("✅ Done: “%(step)s” (%(kind)s)."))


async def _told(talk: Talk, ticket: Ticket, chosen: StepView, sentence: str) -> Outcome:
    await talk.say(sentence, {"step": chosen.name, "kind": chosen.kind}, ticket)
    return Outcome(Became.STEP, ticket.id)


def _read(words_: str, file: int | None, wanted: Proves, today: date) -> Proof:
    """The proof that words and a file give; a file of a document needs no words. Raises Refused with what is missing."""
    try:
        proof = said.read(words_, wanted, today)
    except said.Lacking:
        if wanted != "document" or file is None:
            raise
        proof = Proof(ProofKind.DOCUMENT, words=words_)
    return proof if file is None else replace(proof, attachment_id=file)


async def _kept(talk: Talk, ticket: Ticket, files: tuple[File, ...], staff: Staff) -> int | None:
    """Keep the files of a message as a note of the ticket; the first of them."""
    if not files:
        return None
    text, own = without_command(talk.message.text or talk.message.caption or "")[0], external_id(talk.message)
    note = await replies.note(talk.desk, ticket, staff=staff, text=text, files=files, external_id=own, now=talk.now)
    first = await Attachment.filter(message_id=note.id).order_by("id").first()
    return first.id if first else None


async def answered(message: Message, talk: Talk, asked: Asked, files: tuple[File, ...]) -> Outcome:
    """What proves a step, in answer to the question."""
    ticket = await here(message)
    chosen = await chosen_of(talk.desk, ticket, number_in(asked, "demand"), text_in(asked, "key"))
    return await by_words(talk, ticket, chosen, Evidence(argument(message), files))


async def reasoned(message: Message, talk: Talk, asked: Asked) -> Outcome:
    """Why a step is not needed, in answer to the question."""
    ticket = await here(message)
    chosen = await chosen_of(talk.desk, ticket, number_in(asked, "demand"), text_in(asked, "key"))
    staff = await talk.staff()
    await steps.set_aside(talk.desk, chosen.demand, chosen.key, message.text or message.caption or "", staff, talk.now)
    sentence = N_("➖ Not needed here: “%(step)s” (%(kind)s). The reason is kept with your name.")
    return await _told(talk, ticket, chosen, sentence)


async def chosen_of(desk: Desk, ticket: Ticket, demand: int, key: str) -> StepView:
    """A step of a ticket. Raises Refused when there is none of that name (any more)."""
    for one in await steps.of_ticket(desk, ticket):
        if (one.demand, one.key) == (demand, key):
            return one
    raise Refused(N_("This button is out of date."))


# --- by taps ---------------------------------------------------------------------------------------------------------


async def ask(talk: Talk, ticket: Ticket, chosen: StepView) -> None:
    """Ask what proves a step: the letters that went out are a tap each, everything else is a reply in words."""
    language = talk.language
    _ = talk._
    html = f"<b>{escape(chosen.name)}</b> ({escape(kind_short(chosen.kind, language))})\n{escape(_(ASKED[chosen.wanted]))}"
    rows: Rows = []
    if chosen.wanted == "letter":
        for letter in await _letters(ticket):
            rows.append(
                [
                    button(
                        await _named(talk.desk, letter),
                        ProofTap(choice="letter", demand=chosen.demand, key=chosen.key, id=letter.id).pack(),
                    )
                ]
            )
    if chosen.key == ACT:
        rows.append([button("🗂 " + _("Draw up the act here"), DestroyTap(choice="new", ticket=ticket.id).pack())])
    if chosen.wanted == "confirmation":
        rows.append([button("🏭 " + _("The list of processors"), InstructionTap(choice="list", ticket=ticket.id).pack())])
    if not (chosen.wanted == "letter" and chosen.timed):
        rows.append([button("➖ " + _("Not needed here"), ProofTap(choice="aside", demand=chosen.demand, key=chosen.key).pack())])
    asks: Asked = {"act": "prove", "demand": chosen.demand, "key": chosen.key}
    await talk.show("proves", html, ticket, buttons=rows, asks=asks)


async def _letters(ticket: Ticket) -> list[Outbox]:
    """The answers that went out last, the latest first."""
    sent = Outbox.filter(ticket_id__in=await legs.numbers(ticket), errand=contents.Reply.errand, state=OutboxState.SENT)
    return await sent.exclude(channel="staff").order_by("-done_at", "-id").limit(LETTERS)


async def _named(desk: Desk, letter: Outbox) -> str:
    assert letter.done_at is not None
    at = letter.done_at.astimezone(desk.operator.zone)
    first = clip(" ".join(contents.of(letter, contents.Reply).text.split()), WORDS)
    return f"✉️ {at:%d.%m %H:%M} {zone_name(at, desk.staff_language)}" + (f" “{first}”" if first else "")


async def tapped(event: CallbackQuery, callback_data: ProofTap, talk: Talk) -> Outcome:
    demand = await Demand.get_or_none(id=callback_data.demand).select_related("ticket")
    if demand is None:
        raise Refused(N_("This button is out of date."))
    ticket, here_, language = demand.ticket, talk.under, talk.language
    _ = talk._
    staff = await talk.staff()
    chosen = await chosen_of(talk.desk, ticket, demand.id, callback_data.key)
    match callback_data.choice:
        case "no":
            return await _no_answer(talk, ticket)
        case "was" | "letter":
            proof = Proof(ProofKind.LETTER, outbox_id=callback_data.id)
            await steps.prove(talk.desk, demand.id, chosen.key, proof, staff, talk.now)
            said_ = "✅ " + chosen.name
            if callback_data.choice == "was":
                await talk.answer(said_)
                done = f"{escape(said_)} ({escape(kind_short(chosen.kind, language))}), {escape(staff.name)}"
                return await _was_it(talk, ticket, done, callback_data.id)
        case "ready":
            await steps.set_aside(talk.desk, demand.id, chosen.key, NOT_NEEDED[chosen.wanted], staff, talk.now)
            said_ = "➖ " + chosen.name
        case "aside":
            await _ask_why(talk, ticket, chosen)
            await talk.answer()
            return Outcome(Became.STEP, ticket.id, "ask")
        case _other:
            raise Refused(N_("This button is out of date."))
    settled = await chosen_of(talk.desk, ticket, demand.id, chosen.key)
    shown = stated(settled.evidence, language) if settled.aside else proof_words(settled.proof, language) if settled.proof else ""
    html = f"{escape(said_)} ({escape(kind_short(chosen.kind, language))}), {escape(staff.name)}" + (
        f"\n{escape(shown)}" if shown else ""
    )
    await talk.answer(said_)
    await talk.show("answered", html, ticket, edit=here_)
    return Outcome(Became.STEP, ticket.id, callback_data.choice)


async def _was_it(talk: Talk, ticket: Ticket, done: str, reply: int) -> Outcome:
    """The reply was a step, as `done` (HTML) says; what else it may have been is asked on."""
    left = [one for one in await steps.left(talk.desk, ticket) if one.wanted == "letter"]
    asked = tuple(contents.OpenStep(demand=one.demand, kind=one.kind, key=one.key, name=one.name) for one in left)
    html, rows = question(reply, asked, talk.language) if asked else ("", [])
    shown = f"{done}\n\n{html}" if html else done
    await talk.show("answered", shown, ticket, buttons=rows, edit=talk.under)
    return Outcome(Became.STEP, ticket.id, "was")


async def _no_answer(talk: Talk, ticket: Ticket) -> Outcome:
    """The reply was only a message: nothing is done by it."""
    said_ = talk._("Only a message: the steps stay open.")
    await talk.answer(said_)
    await talk.show("answered", escape(said_), ticket, edit=talk.under)
    return Outcome(Became.STEP, ticket.id, "no")


async def _ask_why(talk: Talk, ticket: Ticket, chosen: StepView) -> None:
    """Why a step is not needed: a ready reason, or words."""
    language = talk.language
    _ = talk._
    line = _("Why is it not needed here? Choose, or reply to this message in words: the reason is kept with your name.")
    html = f"<b>{escape(chosen.name)}</b> ({escape(kind_short(chosen.kind, language))})\n{escape(line)}"
    rows: Rows = [
        [button(_(NOT_NEEDED[chosen.wanted]), ProofTap(choice="ready", demand=chosen.demand, key=chosen.key).pack())],
        [button("← " + _("Back"), StepTap(choice="show", demand=chosen.demand, key=chosen.key).pack())],
    ]
    asks: Asked = {"act": "aside", "demand": chosen.demand, "key": chosen.key}
    await talk.show("aside", html, ticket, buttons=rows, asks=asks)
