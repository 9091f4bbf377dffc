"""The buttons under what was parked: try again, make a ticket, drop."""

from datetime import datetime
from html import escape

from aiogram.types import CallbackQuery

from bot.callbacks import ParkedTap
from bot.staff.talk import Talk
from bot.text import N_
from desk.context import Desk
from desk.errors import Refused
from desk.flow import parking
from desk.ports import Outcome
from desk.ticket import finding
from desk.ticket.staffing import actor
from models import Became, Posted, Ticket


async def parked_tapped(event: CallbackQuery, callback_data: ParkedTap, talk: Talk) -> Outcome:
    """Try again, make a ticket, or drop what was parked; the question then says what was decided."""
    gettext = talk._
    staff = await talk.staff()
    try:
        said = gettext(await _unpark(talk.desk, callback_data, actor(staff), talk.now))
    except Refused:
        # Somebody was faster; the desk's own sentence names the row, which is of no use here.
        raise Refused(N_("Somebody has dealt with this already.")) from None
    await talk.answer(said)
    if event.message is not None:
        kept = getattr(event.message, "html_text", None) or ""
        html = "\n".join(part for part in (kept, f"<b>{escape(said)}</b> {escape(staff.name)}") if part)
        await talk.show("unparked", html, await _ticket_of(event), edit=talk.under)
    return Outcome(Became.TAP, None, callback_data.choice)


async def _unpark(desk: Desk, tap: ParkedTap, who: str, now: datetime) -> str:
    match (tap.box, tap.choice):
        case ("inbound", "retry"):
            await parking.retry_inbound(tap.id, who, now)
            return N_("It is tried again.")
        case ("inbound", "open"):
            await parking.open_from_inbound(desk, tap.id, who, now)
            return N_("A ticket was made of it.")
        case ("inbound", "drop"):
            await parking.drop_inbound(tap.id, who, now)
            return N_("Dropped.")
        case ("outbox", "retry"):
            await parking.retry_outbox(tap.id, who, now)
            return N_("It is tried again.")
        case ("outbox", "drop"):
            await parking.drop_outbox(tap.id, who, now)
            return N_("Dropped.")
        case _other:
            raise Refused("")


async def _ticket_of(event: CallbackQuery) -> Ticket | None:
    """The ticket in whose topic the tapped message stands."""
    if event.message is None:
        return None
    posting = await finding.by_posting(event.message.chat.id, event.message.message_id)
    return posting.ticket if posting and posting.role == Posted.SCREEN else None
