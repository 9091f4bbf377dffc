"""Somebody seems to be under age: an unlawful processing is added, a parent asked for, or it is said that they are not."""

from datetime import datetime
from html import escape

from aiogram import Router
from aiogram.types import CallbackQuery

from bot.callbacks import YoungTap
from bot.format import kind_short
from bot.screens import answer, ask_staff
from bot.staff.permission import member
from bot.text import N_
from desk.context import Desk
from desk.disclosure import gate, mandates
from desk.errors import Refused
from desk.i18n import words
from desk.outward import asking
from desk.ports import Outcome
from desk.terms import corrections
from desk.ticket import tickets
from models import Became, Inbound, Ticket

UNLAWFUL = "unlawful_processing"


def setup() -> Router:
    router = Router(name="staff young")
    router.callback_query.register(tapped, YoungTap.filter())
    return router


async def tapped(event: CallbackQuery, callback_data: YoungTap, desk: Desk, row: Inbound, now: datetime) -> Outcome:
    """What staff make of it; the question goes, what was decided stays."""
    ticket = await Ticket.get_or_none(id=callback_data.ticket)
    if ticket is None or event.message is None:
        raise Refused(N_("This button is out of date."))
    tickets.unmerged(ticket)
    staff, _ = await member(desk, event.from_user, now), words("bot", desk.staff_language).gettext
    match callback_data.act:
        case "unlawful":
            await corrections.change_kind(desk, ticket, None, UNLAWFUL, staff, now)
            told = _("🏷 “%(new)s” was added. Its terms count from the receipt of the request.")
            said = told % {"new": kind_short(UNLAWFUL, desk.staff_language)}
        case "parent":
            await asking.for_document(desk, ticket, staff, f"{event.message.chat.id}:ask{row.id}", now)
            said = _("✉️ The request for the document leaves; Undo takes it back.")
        case "no":
            await mandates.no_minor(ticket, staff, now)
            await gate.look_again(desk, ticket, now)
            said = _("Noted: no minor.")
        case _other:
            raise Refused(N_("This button is out of date."))
    await answer(event, row, now, said)
    html = escape(f"{said} {staff.name}")
    await ask_staff(key=f"young:{row.id}", html=html, now=now, ticket=ticket, edit=event.message.message_id)
    return Outcome(Became.MANDATE, ticket.id, callback_data.act)
