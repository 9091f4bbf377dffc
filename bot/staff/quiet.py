"""/quiet: the letters that opened no ticket, each with a tap that makes one of it."""

from html import escape

from aiogram.types import CallbackQuery, Message

from bot.callbacks import QuietTap
from bot.postings.staff.quiet import quiet_html
from bot.screens import ask_staff, button
from bot.staff.place import ticket_of
from bot.staff.talk import Talk
from bot.text import N_
from desk.errors import Refused
from desk.flow import quiet
from desk.ports import Outcome
from desk.ticket.staffing import actor
from models import Became

# So many letters are shown at once.
SHOWN = 8


async def listed(message: Message, talk: Talk) -> Outcome:
    """The newest quiet letters that nobody has looked at."""
    gettext = talk._
    place = await ticket_of(message)
    found, waiting = await quiet.unseen(SHOWN), sum((await quiet.counts()).values())
    for letter in reversed(found):
        html, taps = quiet_html(letter, talk.desk.operator.zone, talk.language)
        await ask_staff(key=f"quiet:{talk.row.id}:{letter.id}", html=html, now=talk.now, ticket=place.ticket, buttons=taps)
    html, buttons = escape(gettext("No quiet letter waits to be looked at. 🎉")), None
    if found:
        html = escape(gettext("Quiet letters, not looked at: %(count)d") % {"count": waiting})
        buttons = [[button(gettext("✓ All of these are seen"), QuietTap(choice="all", id=found[0].id).pack())]]
    await talk.show("quiet", html, place.ticket, buttons=buttons)
    return Outcome(Became.LISTED)


async def tapped(event: CallbackQuery, callback_data: QuietTap, talk: Talk) -> Outcome:
    """Make a ticket of a quiet letter, or note that nothing is to be done."""
    gettext = talk._
    staff = await talk.staff()
    match callback_data.choice:
        case "raise":
            await quiet.make_ticket(talk.desk, callback_data.id, actor(staff), talk.now)
            said = gettext("A ticket is made of it.")
        case "seen":
            await quiet.seen([callback_data.id], actor(staff), talk.now)
            said = gettext("Seen: nothing is to be done.")
        case "all":
            shown = [one.id for one in await quiet.unseen(SHOWN, up_to=callback_data.id)]
            await quiet.seen(shown, actor(staff), talk.now)
            said = gettext("Seen: nothing is to be done.")
        case _other:
            raise Refused(N_("This button is out of date."))
    await talk.answer(said)
    if event.message is not None:
        kept = getattr(event.message, "html_text", None) or ""
        html = "\n".join(part for part in (kept, f"<b>{escape(said)}</b> {escape(staff.name)}") if part)
        place = await ticket_of(event.message) if isinstance(event.message, Message) else None
        await talk.show("quieted", html, place.ticket if place else None, edit=talk.under)
    return Outcome(Became.TAP, None, callback_data.choice)
