"""/code: send a code to the address that the operator holds; the addresses on file are offered as buttons."""

from html import escape

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.callbacks import CodeTap
from bot.screens import Rows, button
from bot.staff.asking import argument, here
from bot.staff.commands import Command
from bot.staff.talk import Talk
from bot.text import N_, short
from desk.context import Desk
from desk.disclosure import codes
from desk.disclosure.identity import Place
from desk.errors import Refused
from desk.i18n import words
from desk.ports import Outcome
from desk.ticket import tickets
from models import Became, Held, Ticket

# So many addresses on file are offered.
OFFERED = 6


def setup() -> Router:
    router = Router(name="staff codes")
    router.message.register(code, Command("code"))
    router.callback_query.register(tapped, CodeTap.filter())
    return router


async def code(message: Message, talk: Talk) -> Outcome:
    """`/code name@mail.ru`, `/code @name`, or `/code` to be offered what is on file."""
    ticket, staff, said = await here(message), await talk.staff(), argument(message)
    if said:
        made = await codes.send(talk.desk, ticket, await codes.place_held(said), staff, talk.now)
        told = _sent(talk.desk, made.to_value if made.to_kind == "email" else "Telegram")
        await talk.show("code", escape(told), ticket)
        return Outcome(Became.CODE_SENT, ticket.id)
    html, taps = await screen(talk.desk, ticket)
    await talk.show("code", html, ticket, buttons=taps)
    return Outcome(Became.ASKED, ticket.id)


async def screen(desk: Desk, ticket: Ticket) -> tuple[str, Rows]:
    """What is on file of the requester, each with a button."""
    _ = words("bot", desk.staff_language).gettext
    held = (await codes.on_file(ticket))[:OFFERED]
    lines = ["<b>" + escape(_("🔑 Where is the code to go? To an address that you hold, not to the one in the letter.")) + "</b>"]
    lines.append(escape(_("On file under this name or number:") if held else _("Nothing is on file under this name or number.")))
    lines.append(escape(_("Or write it: /code name@mail.ru, or /code @name for Telegram.")))
    rows: Rows = []
    for one in held:
        shown = one.value if one.kind == "email" else "Telegram"
        about = ", ".join(part for part in (one.name, one.reference) if part)
        rows.append([button(short(f"🔑 {shown} · {about}", 60), CodeTap(ticket=ticket.id, held=one.id).pack())])
    return "\n".join(lines), rows


async def tapped(event: CallbackQuery, callback_data: CodeTap, talk: Talk) -> Outcome:
    """One of the addresses on file was chosen."""
    ticket = await Ticket.get_or_none(id=callback_data.ticket)
    held = await Held.get_or_none(id=callback_data.held)
    if ticket is None or held is None:
        raise Refused(N_("This button is out of date."))
    tickets.unmerged(ticket)
    staff = await talk.staff()
    await codes.send(talk.desk, ticket, Place(held.kind, held.value), staff, talk.now)
    told = _sent(talk.desk, held.value if held.kind == "email" else "Telegram")
    await talk.answer(told)
    await talk.show("code", escape(told), ticket, edit=talk.under)
    return Outcome(Became.CODE_SENT, ticket.id)


def _sent(desk: Desk, to: str) -> str:
    gettext = words("bot", desk.staff_language).gettext
    hours = max(1, round(desk.codes.life.total_seconds() / 3600))
    return gettext("🔑 A code leaves to %(to)s; it is good for %(hours)s h. What comes back is said here.") % {
        "to": to,
        "hours": hours,
    }
