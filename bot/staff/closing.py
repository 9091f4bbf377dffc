"""Closing a ticket: at once when nothing is due any more, else only after a second tap."""

from datetime import datetime
from html import escape

from bot.callbacks import CardTap
from bot.format import short_day
from bot.screens import ask_staff, button
from desk import clocks, tickets, views
from desk.context import Desk
from desk.i18n import words
from desk.ports import Outcome
from models import Inbound, Staff, Ticket, TicketStatus


async def close_or_ask(
    desk: Desk, ticket: Ticket, staff: Staff, row: Inbound, now: datetime, *, reply_to: int | None = None
) -> Outcome:
    """Close a ticket without running terms; for one that has some, name them and ask. Raises Refused when it is closed."""
    if ticket.status == TicketStatus.CLOSED or not await clocks.running(ticket):
        await tickets.close(desk, ticket, staff, now)
        return Outcome("closed", ticket.id)
    gettext = words("bot", desk.staff_language).gettext
    card = await views.card(desk, ticket, now)
    terms = [f"• {escape(one.label)} — {short_day(one.due)}" for one in card.clocks if one.stopped_at is None]
    html = "\n".join([f"<b>{gettext('These terms still run:')}</b>", *terms[:12], gettext("Close the ticket all the same?")])
    taps = [
        button(gettext("Close anyway"), CardTap(act="force", ticket=ticket.id).pack()),
        button(gettext("Keep open"), CardTap(act="keep", ticket=ticket.id).pack()),
    ]
    await ask_staff(key=f"closing:{row.id}", html=html, now=now, ticket=ticket, buttons=[taps], reply_to=reply_to)
    return Outcome("asked", ticket.id)
