"""The posting under which a reply waits: drawn anew when the reply has become another, or leaves at another moment."""

from html import escape

from bot.group import staff_chat
from bot.postings.staff.replies import waiting_words
from bot.screens import Rows
from bot.staff.talk import Talk
from desk import contents
from desk.ticket import clocks
from models import Outbox, OutboxState, Posted, Receipt, Ticket


async def redraw(talk: Talk, reply_id: int, ticket: Ticket) -> None:
    """Show what waits now, and when it leaves, where the reply's buttons are."""
    reply = await Outbox.get(id=reply_id)
    posted = await _posting_of(reply, await staff_chat(talk.desk))
    if posted is None:
        return
    text, taps = waiting_words(talk.desk, reply, await clocks.next_safe(ticket, talk.now), talk.now)
    if reply.state != OutboxState.WAITING or reply.next_try_at <= talk.now:
        text, taps = "▶️ " + talk._("It leaves now."), Rows()
    await talk.show("moved", escape(text), ticket, buttons=taps, edit=posted)


async def _posting_of(reply: Outbox, chat: int) -> int | None:
    for row in await Outbox.filter(ticket_id=reply.ticket_id, channel="staff", errand="undo").order_by("-id"):
        if contents.of(row, contents.Undo).reply == reply.id:
            receipt = await Receipt.filter(outbox_id=row.id, place=str(chat), role=Posted.UNDO).order_by("-id").first()
            if receipt is not None:
                return int(receipt.external_id)
    return None
