"""Somebody seems to be under age: an unlawful processing is added, a parent asked for, or it is said that they are not."""

from html import escape

from aiogram import Router
from aiogram.types import CallbackQuery

from bot.callbacks import YoungTap
from bot.format import kind_short
from bot.staff.talk import Talk
from bot.text import N_
from desk.disclosure import gate, mandates
from desk.errors import Refused
from desk.outward import asking
from desk.ports import Outcome
from desk.terms import corrections
from desk.ticket import tickets
from models import Became, Ticket

UNLAWFUL = "unlawful_processing"


def setup() -> Router:
    router = Router(name="staff young")
    router.callback_query.register(tapped, YoungTap.filter())
    return router


async def tapped(event: CallbackQuery, callback_data: YoungTap, talk: Talk) -> Outcome:
    """What staff make of it; the question goes, what was decided stays."""
    ticket = await Ticket.get_or_none(id=callback_data.ticket)
    if ticket is None:
        raise Refused(N_("This button is out of date."))
    tickets.unmerged(ticket)
    staff, _ = await talk.staff(), talk._
    match callback_data.act:
        case "unlawful":
            await corrections.change_kind(talk.desk, ticket, None, UNLAWFUL, staff, talk.now)
            told = _("🏷 “%(new)s” was added. Its terms count from the receipt of the request.")
            said = told % {"new": kind_short(UNLAWFUL, talk.language)}
        case "parent":
            await asking.for_document(talk.desk, ticket, staff, f"{talk.chat}:ask{talk.row.id}", talk.now)
            said = _("✉️ The request for the document leaves; Undo takes it back.")
        case "no":
            await mandates.no_minor(ticket, staff, talk.now)
            await gate.look_again(talk.desk, ticket, talk.now)
            said = _("Noted: no minor.")
        case _other:
            raise Refused(N_("This button is out of date."))
    await talk.answer(said)
    html = escape(f"{said} {staff.name}")
    await talk.show("young", html, ticket, edit=talk.under)
    return Outcome(Became.MANDATE, ticket.id, callback_data.act)
