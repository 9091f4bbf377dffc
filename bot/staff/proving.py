"""Proving a step: what a tap or `/step 3 …` says of it; the letter, document or word that shows it was done."""

import re
from datetime import datetime
from html import escape

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.callbacks import DestroyTap, InstructionTap, ProofTap, StepTap
from bot.format import kind_short, zone_name
from bot.postings.staff.answering import question
from bot.proof_words import proof_words
from bot.screens import Rows, answer, ask_staff, button, say
from bot.staff.asking import Answers, argument, here, number_in, text_in
from bot.staff.messages import external_id
from bot.staff.permission import member, writer
from bot.text import N_, clip, without_command
from desk import contents
from desk.contents import Asked
from desk.context import Desk
from desk.deed.destruction import ACT
from desk.errors import Refused
from desk.i18n import words
from desk.outward import replies
from desk.ports import File, Outcome
from desk.terms import said, steps
from desk.terms.proofs import Proof
from desk.terms.steps import StepView
from desk.ticket import legs
from models import Attachment, Became, Demand, Inbound, Outbox, OutboxState, ProofKind, Staff, Ticket

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
# A ready reason for which a step is not needed, by what it wants.
NOT_NEEDED = {
    "confirmation": N_("Nobody else holds these data"),
    "document": N_("Nothing was destroyed, so there is nothing to document"),
    "letter": N_("There is no address to write to"),
    "fact": N_("There is nothing to do here"),
}


def setup() -> Router:
    router = Router(name="staff proving")
    router.message.register(answered, Answers("prove"))
    router.message.register(reasoned, Answers("aside"))
    router.callback_query.register(tapped, ProofTap.filter())
    return router


# --- by words --------------------------------------------------------------------------------------------------------


async def by_words(
    message: Message,
    desk: Desk,
    ticket: Ticket,
    chosen: StepView,
    evidence: str,
    files: tuple[File, ...],
    row: Inbound,
    now: datetime,
) -> Outcome:
    """Settle a step by what staff say of it; where that is nothing and more than a tick is wanted, ask."""
    staff = await writer(desk, message, now)
    if aside := _ASIDE.match(evidence):
        await steps.set_aside(desk, chosen.demand, chosen.key, evidence[aside.end() :], staff, now)
        sentence = N_("➖ Not needed here: “%(step)s” (%(kind)s). The reason is kept with your name.")
        return await _told(ticket, chosen, sentence, message.message_id, row, now)
    if chosen.wanted != "fact" and not evidence and not files:
        if not chosen.open:
            raise Refused(steps.ALREADY)
        await ask(desk, ticket, chosen, row, now, reply_to=message.message_id)
        return Outcome(Became.STEP, ticket.id, "ask")
    proof = await _read(message, desk, ticket, chosen, evidence, files, staff, now)
    await steps.prove(desk, chosen.demand, chosen.key, proof, staff, now)
    return await _told(ticket, chosen, N_("✅ Done: “%(step)s” (%(kind)s)."), message.message_id, row, now)


async def _told(ticket: Ticket, chosen: StepView, sentence: str, reply_to: int, row: Inbound, now: datetime) -> Outcome:
    params = {"step": chosen.name, "kind": chosen.kind}
    await say(sentence, params, key=f"done:{row.id}", now=now, ticket=ticket, reply_to=reply_to)
    return Outcome(Became.STEP, ticket.id)


async def _read(
    message: Message,
    desk: Desk,
    ticket: Ticket,
    chosen: StepView,
    evidence: str,
    files: tuple[File, ...],
    staff: Staff,
    now: datetime,
) -> Proof:
    """The proof that words and files give; a file of a document needs no words. Raises Refused with what is missing."""
    today = now.astimezone(desk.operator.zone).date()
    file = await _kept(message, desk, ticket, files, staff, now)
    try:
        proof = said.read(evidence, chosen.wanted, today)
    except said.Lacking:
        if chosen.wanted != "document" or file is None:
            raise
        proof = Proof(ProofKind.DOCUMENT, words=evidence)
    return proof if file is None else _with(proof, file)


def _with(proof: Proof, file: int) -> Proof:
    return Proof(**{**vars(proof), "attachment_id": file})


async def _kept(message: Message, desk: Desk, ticket: Ticket, files: tuple[File, ...], staff: Staff, now: datetime) -> int | None:
    """Keep the files of a message as a note of the ticket; the first of them."""
    if not files:
        return None
    text = without_command(message.text or message.caption or "")[0]
    note = await replies.note(desk, ticket, staff=staff, text=text, files=files, external_id=external_id(message), now=now)
    first = await Attachment.filter(message_id=note.id).order_by("id").first()
    return first.id if first else None


async def answered(message: Message, desk: Desk, row: Inbound, now: datetime, asked: Asked, files: tuple[File, ...]) -> Outcome:
    """What proves a step, in answer to the question."""
    ticket = await here(message)
    chosen = await chosen_of(desk, ticket, number_in(asked, "demand"), text_in(asked, "key"))
    return await by_words(message, desk, ticket, chosen, argument(message), files, row, now)


async def reasoned(message: Message, desk: Desk, row: Inbound, now: datetime, asked: Asked) -> Outcome:
    """Why a step is not needed, in answer to the question."""
    ticket = await here(message)
    chosen = await chosen_of(desk, ticket, number_in(asked, "demand"), text_in(asked, "key"))
    staff = await writer(desk, message, now)
    await steps.set_aside(desk, chosen.demand, chosen.key, message.text or message.caption or "", staff, now)
    sentence = N_("➖ Not needed here: “%(step)s” (%(kind)s). The reason is kept with your name.")
    return await _told(ticket, chosen, sentence, message.message_id, row, now)


async def chosen_of(desk: Desk, ticket: Ticket, demand: int, key: str) -> StepView:
    """A step of a ticket. Raises Refused when there is none of that name (any more)."""
    for one in await steps.of_ticket(desk, ticket):
        if (one.demand, one.key) == (demand, key):
            return one
    raise Refused(N_("This button is out of date."))


# --- by taps ---------------------------------------------------------------------------------------------------------


async def ask(desk: Desk, ticket: Ticket, chosen: StepView, row: Inbound, now: datetime, *, reply_to: int | None = None) -> None:
    """Ask what proves a step: the letters that went out are a tap each, everything else is a reply in words."""
    language = desk.staff_language
    _ = words("bot", language).gettext
    html = f"<b>{escape(chosen.name)}</b> ({escape(kind_short(chosen.kind, language))})\n{escape(_(ASKED[chosen.wanted]))}"
    rows: Rows = []
    if chosen.wanted == "letter":
        for letter in await _letters(ticket):
            rows.append(
                [
                    button(
                        await _named(desk, letter),
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
    await ask_staff(key=f"proves:{row.id}", html=html, now=now, ticket=ticket, buttons=rows, reply_to=reply_to, asks=asks)


async def _letters(ticket: Ticket) -> list[Outbox]:
    """The answers that went out last, the latest first."""
    sent = Outbox.filter(ticket_id__in=await legs.numbers(ticket), errand=contents.Reply.errand, state=OutboxState.SENT)
    return await sent.exclude(channel="staff").order_by("-done_at", "-id").limit(LETTERS)


async def _named(desk: Desk, letter: Outbox) -> str:
    assert letter.done_at is not None
    at = letter.done_at.astimezone(desk.operator.zone)
    first = clip(" ".join(contents.of(letter, contents.Reply).text.split()), WORDS)
    return f"✉️ {at:%d.%m %H:%M} {zone_name(at, desk.staff_language)}" + (f" “{first}”" if first else "")


async def tapped(event: CallbackQuery, callback_data: ProofTap, desk: Desk, row: Inbound, now: datetime) -> Outcome:
    demand = await Demand.get_or_none(id=callback_data.demand).select_related("ticket")
    if demand is None or event.message is None:
        raise Refused(N_("This button is out of date."))
    ticket, here_, language = demand.ticket, event.message.message_id, desk.staff_language
    _ = words("bot", language).gettext
    staff = await member(desk, event.from_user, now)
    chosen = await chosen_of(desk, ticket, demand.id, callback_data.key)
    match callback_data.choice:
        case "no":
            return await _no_answer(event, ticket, row, now, language)
        case "was":
            return await _was_it(event, desk, ticket, chosen, callback_data.id, staff, row, now)
        case "letter":
            await steps.prove(desk, demand.id, chosen.key, Proof(ProofKind.LETTER, outbox_id=callback_data.id), staff, now)
            said_ = "✅ " + chosen.name
        case "ready":
            await steps.set_aside(desk, demand.id, chosen.key, _(NOT_NEEDED[chosen.wanted]), staff, now)
            said_ = "➖ " + chosen.name
        case "aside":
            await _ask_why(desk, ticket, chosen, row, now)
            await answer(event, row, now)
            return Outcome(Became.STEP, ticket.id, "ask")
        case _other:
            raise Refused(N_("This button is out of date."))
    settled = await chosen_of(desk, ticket, demand.id, chosen.key)
    shown = settled.evidence if settled.aside else proof_words(settled.proof, language) if settled.proof else ""
    html = f"{escape(said_)} ({escape(kind_short(chosen.kind, language))}), {escape(staff.name)}" + (
        f"\n{escape(shown)}" if shown else ""
    )
    await answer(event, row, now, said_)
    await ask_staff(key=f"answered:{row.id}", html=html, now=now, ticket=ticket, edit=here_)
    return Outcome(Became.STEP, ticket.id, callback_data.choice)


async def _was_it(
    event: CallbackQuery, desk: Desk, ticket: Ticket, chosen: StepView, reply: int, staff: Staff, row: Inbound, now: datetime
) -> Outcome:
    """The reply was this step; what else it may have been is asked on."""
    await steps.prove(desk, chosen.demand, chosen.key, Proof(ProofKind.LETTER, outbox_id=reply), staff, now)
    done = f"✅ {escape(chosen.name)} ({escape(kind_short(chosen.kind, desk.staff_language))}), {escape(staff.name)}"
    left = [one for one in await steps.left(desk, ticket) if one.wanted == "letter"]
    asked = tuple(contents.OpenStep(demand=one.demand, kind=one.kind, key=one.key, name=one.name) for one in left)
    html, rows = question(reply, asked, desk.staff_language) if asked else ("", [])
    await answer(event, row, now, "✅ " + chosen.name)
    assert event.message is not None
    shown = f"{done}\n\n{html}" if html else done
    await ask_staff(key=f"answered:{row.id}", html=shown, now=now, ticket=ticket, buttons=rows, edit=event.message.message_id)
    return Outcome(Became.STEP, ticket.id, "was")


async def _no_answer(event: CallbackQuery, ticket: Ticket, row: Inbound, now: datetime, language: str) -> Outcome:
    """The reply was only a message: nothing is done by it."""
    assert event.message is not None
    said_ = words("bot", language).gettext("Only a message: the steps stay open.")
    await answer(event, row, now, said_)
    await ask_staff(key=f"answered:{row.id}", html=escape(said_), now=now, ticket=ticket, edit=event.message.message_id)
    return Outcome(Became.STEP, ticket.id, "no")


async def _ask_why(desk: Desk, ticket: Ticket, chosen: StepView, row: Inbound, now: datetime) -> None:
    """Why a step is not needed: a ready reason, or words."""
    language = desk.staff_language
    _ = words("bot", language).gettext
    line = _("Why is it not needed here? Choose, or reply to this message in words: the reason is kept with your name.")
    html = f"<b>{escape(chosen.name)}</b> ({escape(kind_short(chosen.kind, language))})\n{escape(line)}"
    rows: Rows = [
        [button(_(NOT_NEEDED[chosen.wanted]), ProofTap(choice="ready", demand=chosen.demand, key=chosen.key).pack())],
        [button("← " + _("Back"), StepTap(choice="show", demand=chosen.demand, key=chosen.key).pack())],
    ]
    asks: Asked = {"act": "aside", "demand": chosen.demand, "key": chosen.key}
    await ask_staff(key=f"aside:{row.id}", html=html, now=now, ticket=ticket, buttons=rows, asks=asks)
