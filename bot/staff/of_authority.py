"""Taps on the dates that the letter of an authority names: a term, the document itself, a day of detection; and back again."""

from aiogram import Router
from aiogram.types import CallbackQuery

from bot.callbacks import NamedTap
from bot.format import short_day
from bot.postings.staff.named_dates import question
from bot.staff.corrections import known_date
from bot.staff.talk import Talk
from bot.text import N_
from desk import contents
from desk.contents import Params
from desk.errors import Refused
from desk.ports import Outcome
from desk.terms import of_authority
from desk.ticket import tickets
from models import Became, Outbox, Staff, Ticket


def setup() -> Router:
    router = Router(name="staff of authority")
    router.callback_query.register(tapped, NamedTap.filter())
    return router


async def tapped(event: CallbackQuery, callback_data: NamedTap, talk: Talk) -> Outcome:
    """What was tapped is so, or no more; the question shows what stands. Who was slower hears what stands already."""
    asked = await Outbox.get_or_none(id=callback_data.row, errand="named_dates")
    if asked is None or asked.ticket_id is None:
        raise Refused(N_("This button is out of date."))
    ticket = await Ticket.get(id=asked.ticket_id)
    tickets.unmerged(ticket)
    staff, named = await talk.staff(), contents.of(asked, contents.NamedDates)
    try:
        said, params = await _do(talk, callback_data, named, ticket, staff)
    except IndexError:
        raise Refused(N_("This button is out of date.")) from None
    await talk.answer(talk._(said) % params)
    stands = await of_authority.standing(talk.desk, ticket, named)
    html, rows = question(asked.id, named, stands, talk.language)
    await talk.show("named", html, ticket, buttons=rows, edit=talk.under)
    return Outcome(Became.TERM, ticket.id, callback_data.choice)


async def _do(talk: Talk, tap: NamedTap, named: contents.NamedDates, ticket: Ticket, staff: Staff) -> tuple[str, Params]:
    desk, now, at = talk.desk, talk.now, tap.at
    match tap.choice:
        case "term":
            await of_authority.set_term(desk, ticket, named.terms[at], staff, now)
            return N_("📅 The term of the document is %(date)s."), {"date": short_day(named.terms[at])}
        case "term-":
            before = await of_authority.term_back(desk, ticket, named.terms[at], staff, now)
            if before is None:
                return N_("↩️ Taken back: the document has no term yet."), {}
            return N_("📅 The term of the document is %(date)s."), {"date": short_day(before)}
        case "paper":
            await of_authority.set_paper(ticket, named.message, named.papers[at], staff, now)
            return N_("📄 Noted: answers and the dossier name this document."), {}
        case "paper-":
            earlier = await of_authority.paper_back(ticket, named.message, named.papers[at], staff, now)
            if earlier is None:
                return N_("↩️ Taken back."), {}
            return N_("↩️ Taken back: the document of %(date)s stands again."), {"date": short_day(earlier.dated)}
        case "found":
            counts = await of_authority.set_detected(desk, ticket, named.detected[at], staff, now)
            return known_date(short_day(named.detected[at]), counts=counts)
        case "found-":
            stands = await of_authority.detected_back(desk, ticket, named.detected[at], staff, now)
            if stands is None:
                return N_("↩️ The date is taken back. The terms count from the receipt."), {}
            return N_("↩️ The date is taken back: %(date)s stands again."), {"date": short_day(stands)}
        case _other:
            raise Refused(N_("This button is out of date."))
