"""Taps of staff: the card, Undo, and what is parked. Each tap is answered, so that no button keeps spinning."""

from html import escape

from aiogram import Router
from aiogram.types import CallbackQuery

from bot.callbacks import CardTap, ParkedTap, QuietTap, UndoTap
from bot.format import done_words
from bot.staff import answers, blocking, extension, parking, proving, quiet, refusal
from bot.staff import steps as checklist
from bot.staff.closing import close_or_ask
from bot.staff.commands import take_or_ask
from bot.staff.talk import Talk
from bot.text import N_
from desk.errors import Refused
from desk.outward import replies
from desk.ports import Outcome
from desk.terms import steps
from desk.ticket import blocks, clocks, tickets
from models import Became, Staff, Ticket


def setup() -> Router:
    router = Router(name="staff buttons")
    router.callback_query.register(card_tapped, CardTap.filter())
    router.callback_query.register(undo_tapped, UndoTap.filter())
    router.callback_query.register(parking.parked_tapped, ParkedTap.filter())
    router.callback_query.register(quiet.tapped, QuietTap.filter())
    router.callback_query.register(stale_tapped)
    return router


async def card_tapped(event: CallbackQuery, callback_data: CardTap, talk: Talk) -> Outcome:
    ticket = await Ticket.get_or_none(id=callback_data.ticket)
    if ticket is None:
        raise Refused(N_("This ticket does not exist."))
    tickets.unmerged(ticket)
    staff = await talk.staff()
    gettext = talk._
    match callback_data.choice:
        case "take":
            taken = await take_or_ask(talk, ticket, staff)
            said = gettext("The ticket is yours.") if taken else gettext("Somebody else has it: see the topic.")
        case "over":
            await tickets.take(talk.desk, ticket, staff, talk.now)
            said = gettext("The ticket is yours.")
            await _replace(talk, ticket, f"🙋 {said} {staff.name}")
        case "stop":
            said = await _stop(talk, ticket, callback_data.clock, staff)
        case "steps":
            await checklist.show(talk, ticket)
            said = ""
        case "letter":
            await answers.show_list(talk, ticket)
            said = ""
        case "extend":
            said = await extension.ask_reason(talk, ticket, clock=callback_data.clock)
        case "refuse":
            said = await refusal.begin(talk, ticket)
        case "close" | "force":
            outcome = await close_or_ask(talk, ticket, staff)
            said = gettext("Closed.") if outcome.word == Became.CLOSED else gettext("Terms still run: say why they end.")
        case "keep":
            said = gettext("It stays open.")
            await _replace(talk, ticket, "🟢 " + said)
        case "leave":
            said = gettext("It stays as it is.")
            await _replace(talk, ticket, said)
        case "reopen":
            await tickets.awaken(talk.desk, ticket, staff, talk.now)
            said = gettext("Open again.")
        case _other:
            raise Refused(N_("This button is out of date."))
    await talk.answer(said)
    return Outcome(Became.TAP, ticket.id, callback_data.choice)


async def _stop(talk: Talk, ticket: Ticket, clock_id: int, staff: Staff) -> str:
    """Settle the step that stops a clock: by a tap where a record of it is proof enough, else by asking what proves it."""
    clock = next((one for one in await clocks.running(ticket) if one.id == clock_id), None)
    if clock is None:
        raise Refused(N_("This was already recorded as done."))
    gettext = talk._
    chosen = next((one for one in await steps.of_ticket(talk.desk, ticket) if one.clock == clock_id), None)
    if chosen is None:  # the clock of the steps that have none of their own
        await checklist.show(talk, ticket)
        return ""
    if chosen.key == blocks.BLOCK:
        await blocking.question(talk, ticket)
        return gettext("Say where the data are blocked, in the topic.")
    if chosen.wanted != "fact":
        await proving.ask(talk, ticket, chosen)
        return gettext("Say what proves it, in the topic.")
    await steps.done(talk.desk, chosen.demand, chosen.key, staff, talk.now)
    await clock.fetch_related("demand")
    label = clocks.rule_of(talk.desk, clock.demand).clock(clock.key).name.said(talk.language)
    return "✓ " + done_words(clock.demand.kind, clock.key, label, talk.language)


async def _replace(talk: Talk, ticket: Ticket, text: str) -> None:
    """Put a plain sentence in the place of a question that was answered."""
    await talk.show("answered", escape(text), ticket, edit=talk.under)


async def undo_tapped(event: CallbackQuery, callback_data: UndoTap, talk: Talk) -> Outcome:
    gettext = talk._
    staff = await talk.staff()
    if await replies.undo(talk.desk, callback_data.reply, staff, talk.now):
        await talk.answer(gettext("Taken back: the requester gets nothing."))
        return Outcome(Became.UNDONE)
    await talk.answer(gettext("Too late: the reply has left."), alert=True)
    return Outcome(Became.TOO_LATE)


async def stale_tapped(event: CallbackQuery) -> Outcome:
    """A button of another version of the program, or a forged one."""
    raise Refused(N_("This button is out of date."))
