"""Taps of staff: the card, Undo, and what is parked. Each tap is answered, so that no button keeps spinning."""

from datetime import datetime
from html import escape

from aiogram import Router
from aiogram.types import CallbackQuery

from bot.callbacks import CardTap, ParkedTap, QuietTap, UndoTap
from bot.format import done_words
from bot.screens import answer, ask_staff
from bot.staff import blocking, extension, parking, proving, quiet, refusal
from bot.staff import steps as checklist
from bot.staff.closing import close_or_ask
from bot.staff.commands import take_or_ask
from bot.staff.permission import member
from bot.text import N_
from desk.context import Desk
from desk.errors import Refused
from desk.i18n import words
from desk.outward import replies
from desk.ports import Outcome
from desk.terms import steps
from desk.ticket import blocks, clocks, tickets
from models import Became, Inbound, Staff, Ticket


def setup() -> Router:
    router = Router(name="staff buttons")
    router.callback_query.register(card_tapped, CardTap.filter())
    router.callback_query.register(undo_tapped, UndoTap.filter())
    router.callback_query.register(parking.parked_tapped, ParkedTap.filter())
    router.callback_query.register(quiet.tapped, QuietTap.filter())
    router.callback_query.register(stale_tapped)
    return router


async def card_tapped(event: CallbackQuery, callback_data: CardTap, desk: Desk, row: Inbound, now: datetime) -> Outcome:
    ticket = await Ticket.get_or_none(id=callback_data.ticket)
    if ticket is None:
        raise Refused(N_("This ticket does not exist."))
    tickets.unmerged(ticket)
    staff = await member(desk, event.from_user, now)
    gettext = words("bot", desk.staff_language).gettext
    match callback_data.choice:
        case "take":
            taken = await take_or_ask(desk, ticket, staff, row, now)
            said = gettext("The ticket is yours.") if taken else gettext("Somebody else has it: see the topic.")
        case "over":
            await tickets.take(desk, ticket, staff, now)
            said = gettext("The ticket is yours.")
            await _replace(event, row, ticket, f"🙋 {said} {staff.name}", now)
        case "stop":
            said = await _stop(desk, ticket, callback_data.clock, staff, row, now)
        case "steps":
            await checklist.show(desk, ticket, now, key=f"steps:{row.id}")
            said = ""
        case "extend":
            said = await extension.ask_reason(desk, ticket, row, now, clock=callback_data.clock)
        case "refuse":
            said = await refusal.begin(desk, ticket, row, now)
        case "close" | "force":
            outcome = await close_or_ask(desk, ticket, staff, row, now)
            said = gettext("Closed.") if outcome.word == Became.CLOSED else gettext("Terms still run: say why they end.")
        case "keep":
            said = gettext("It stays open.")
            await _replace(event, row, ticket, "🟢 " + said, now)
        case "leave":
            said = gettext("It stays as it is.")
            await _replace(event, row, ticket, said, now)
        case "reopen":
            await tickets.awaken(desk, ticket, staff, now)
            said = gettext("Open again.")
        case _other:
            raise Refused(N_("This button is out of date."))
    await answer(event, row, now, said)
    return Outcome(Became.TAP, ticket.id, callback_data.choice)


async def _stop(desk: Desk, ticket: Ticket, clock_id: int, staff: Staff, row: Inbound, now: datetime) -> str:
    """Settle the step that stops a clock: by a tap where a record of it is proof enough, else by asking what proves it."""
    clock = next((one for one in await clocks.running(ticket) if one.id == clock_id), None)
    if clock is None:
        raise Refused(N_("This was already recorded as done."))
    gettext = words("bot", desk.staff_language).gettext
    chosen = next((one for one in await steps.of_ticket(desk, ticket) if one.clock == clock_id), None)
    if chosen is None:  # the clock of the steps that have none of their own
        await checklist.show(desk, ticket, now, key=f"steps:{row.id}")
        return ""
    if chosen.key == blocks.BLOCK:
        await blocking.question(desk, ticket, row, now)
        return gettext("Say where the data are blocked, in the topic.")
    if chosen.wanted != "fact":
        await proving.ask(desk, ticket, chosen, row, now)
        return gettext("Say what proves it, in the topic.")
    await steps.done(desk, chosen.demand, chosen.key, staff, now)
    await clock.fetch_related("demand")
    label = clocks.rule_of(desk, clock.demand).clock(clock.key).name.said(desk.staff_language)
    return "✓ " + done_words(clock.demand.kind, clock.key, label, desk.staff_language)


async def _replace(event: CallbackQuery, row: Inbound, ticket: Ticket, text: str, now: datetime) -> None:
    """Put a plain sentence in the place of a question that was answered."""
    if event.message is not None:
        await ask_staff(key=f"answered:{row.id}", html=escape(text), now=now, ticket=ticket, edit=event.message.message_id)


async def undo_tapped(event: CallbackQuery, callback_data: UndoTap, desk: Desk, row: Inbound, now: datetime) -> Outcome:
    gettext = words("bot", desk.staff_language).gettext
    staff = await member(desk, event.from_user, now)
    if await replies.undo(desk, callback_data.reply, staff, now):
        await answer(event, row, now, gettext("Taken back: the requester gets nothing."))
        return Outcome(Became.UNDONE)
    await answer(event, row, now, gettext("Too late: the reply has left."), alert=True)
    return Outcome(Became.TOO_LATE)


async def stale_tapped(event: CallbackQuery) -> Outcome:
    """A button of another version of the program, or a forged one."""
    raise Refused(N_("This button is out of date."))
