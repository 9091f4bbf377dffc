"""What was parked, shown in the general room with what can be done about it."""

from html import escape

from bot.callbacks import ParkedTap
from bot.calls import Errand
from bot.postings.staff import notices
from bot.screens import Button, Rows, button
from bot.text import clip
from desk.contents import Parked
from desk.i18n import words
from desk.ports import Delivered
from models import Inbound, Outbox, Posted


async def parked(errand: Errand) -> Delivered:
    """Something failed for good: what, why, and what can be done about it."""
    failed = errand.content(Parked)
    box, number = ("outbox", failed.outbox) if failed.inbound is None else ("inbound", failed.inbound)
    html, taps = await parked_html(box, number or 0, failed.error, errand.language)
    errand.keep([await errand.post(html, buttons=[*taps, *(await notices.to_topic(errand) or [])])], Posted.PARKED)
    return errand.delivered()


async def parked_html(box: str, row_id: int, error: str, language: str) -> tuple[str, Rows]:
    """One parked row for staff, without anybody's words, and its buttons."""
    gettext = words("bot", language).gettext
    if box == "inbound":
        row = await Inbound.get_or_none(id=row_id)
        head = gettext("📥 A message could not be taken (%(channel)s, № %(id)s)")
        taps = [_park(gettext("Try again"), "retry", box, row_id), _park(gettext("Make a ticket"), "open", box, row_id)]
        channel = row.channel if row else "?"
        ticket = None
    else:
        letter = await Outbox.get_or_none(id=row_id)
        head = gettext("📤 A message could not be delivered (%(channel)s, № %(id)s)")
        taps = [_park(gettext("Try again"), "retry", box, row_id)]
        channel = letter.channel if letter else "?"
        ticket = letter.ticket_id if letter else None
    taps.append(_park(gettext("Drop"), "drop", box, row_id))
    lines = [f"<b>{escape(head % {'channel': notices.via(channel, language), 'id': row_id})}</b>"]
    if ticket:
        lines.append(gettext("Ticket № %(number)s") % {"number": ticket})
    lines.append(escape(clip(notices.error_words(error, language), 500)))
    return "\n".join(lines), [taps]


def _park(text: str, choice: str, box: str, row_id: int) -> Button:
    return button(text, ParkedTap(choice=choice, box=box, id=row_id).pack())
