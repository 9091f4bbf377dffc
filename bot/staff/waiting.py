"""The posting under which a reply waits: drawn anew when the reply has become another, or leaves at another moment."""

from datetime import datetime
from html import escape

from bot.group import staff_chat
from bot.postings.staff.replies import waiting_words
from bot.screens import Rows, ask_staff
from desk import contents
from desk.context import Desk
from desk.i18n import words
from desk.ticket import clocks
from models import Inbound, Outbox, OutboxState, Posted, Receipt, Ticket


async def redraw(desk: Desk, reply_id: int, ticket: Ticket, row: Inbound, now: datetime) -> None:
    """Show what waits now, and when it leaves, where the reply's buttons are."""
    reply = await Outbox.get(id=reply_id)
    posted = await _posting_of(reply, await staff_chat(desk))
    if posted is None:
        return
    text, taps = waiting_words(desk, reply, await clocks.next_safe(ticket, now), now)
    if reply.state != OutboxState.WAITING or reply.next_try_at <= now:
        text, taps = "▶️ " + words("bot", desk.staff_language).gettext("It leaves now."), Rows()
    await ask_staff(key=f"moved:{row.id}", html=escape(text), now=now, ticket=ticket, buttons=taps, edit=posted)


async def _posting_of(reply: Outbox, chat: int) -> int | None:
    for row in await Outbox.filter(ticket_id=reply.ticket_id, channel="staff", errand="undo").order_by("-id"):
        if contents.of(row, contents.Undo).reply == reply.id:
            receipt = await Receipt.filter(outbox_id=row.id, place=str(chat), role=Posted.UNDO).order_by("-id").first()
            if receipt is not None:
                return int(receipt.external_id)
    return None
