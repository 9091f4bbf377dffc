"""/mandate: by which document somebody speaks for another person; checked, asked for, or taken back by staff."""

import re
from datetime import date, datetime
from html import escape

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.callbacks import MandateTap
from bot.format import day
from bot.screens import Rows, button
from bot.staff.asking import argument, here
from bot.staff.commands import Command
from bot.staff.talk import Talk
from bot.staff.verifying import BACK
from bot.text import N_
from desk.context import Desk
from desk.disclosure import gate, mandates
from desk.disclosure.mandates import Document, Role, Shown
from desk.errors import Refused
from desk.i18n import words
from desk.outward import asking
from desk.ports import Outcome
from desk.ticket import tickets
from models import Became, Staff, Ticket

# How staff call the documents; whatever begins so is meant.
CALLED = {
    Document.POWER: ("довер", "мчд", "power", "poa"),
    Document.ORDER: ("ордер", "order", "адвокат"),
    Document.BIRTH: ("свидетельство о рожд", "рожд", "birth"),
    Document.GUARDIANSHIP: ("опек", "попеч", "акт об", "guardian"),
    Document.INHERITANCE: ("наслед", "свидетельство о прав", "свидетельство о смерт", "inherit"),
}
HOW = N_("For example: /mandate power of attorney № 77 AB 123456 of 01.10.2026 until 01.10.2027, to get information")
_DATE = r"\d{1,2}\.\d{1,2}\.\d{4}|\d{4}-\d{2}-\d{2}"
_UNTIL = re.compile(rf"(?:\bдо|\bпо|действу\w+ до|until|till|valid to)\s+(?P<date>{_DATE})", re.IGNORECASE)
_DATED = re.compile(rf"(?:\bот|of|dated)\s+(?P<date>{_DATE})", re.IGNORECASE)
_NUMBER = re.compile(
    rf"(?:№|\b(?:No|N|номер|number)\b\.?)\s*(?P<number>.+?)(?=[,;\n]|\s(?:от|до|по|of|dated|until|till|действ)\b|\s(?:{_DATE})|$)",
    re.IGNORECASE,
)


def setup() -> Router:
    router = Router(name="staff mandates")
    router.message.register(mandate, Command("mandate"))
    router.callback_query.register(tapped, MandateTap.filter())
    return router


async def mandate(message: Message, talk: Talk) -> Outcome:
    """`/mandate`, `/mandate DOCUMENT № … of … until …, scope`, or `/mandate -` to take the last one back."""
    ticket, staff, said = await here(message), await talk.staff(), argument(message)
    if not said:
        html, taps = await screen(talk.desk, ticket, talk.now)
        await talk.show("mandate", html, ticket, buttons=taps)
        return Outcome(Became.ASKED, ticket.id)
    if said.casefold() in BACK:
        told = await _back(talk.desk, ticket, staff, talk.now)
    else:
        shown = shown_in(said)
        await mandates.check(talk.desk, ticket, shown, staff, talk.now)
        await gate.look_again(talk.desk, ticket, talk.now)
        told = _checked(talk.desk, shown, staff)
    await talk.show("mandate", escape(told), ticket)
    return Outcome(Became.MANDATE, ticket.id)


def shown_in(said: str) -> Shown:
    """A document as a line tells it. Raises Refused where the kind of document cannot be told, or a date is none."""
    plain = said.casefold().strip()
    document = next((one for one, names in CALLED.items() if plain.startswith(names)), None)
    if document is None:
        raise Refused(N_("Begin with the document: power of attorney, order, birth certificate, guardianship or inheritance."))
    number, dated, until = _NUMBER.search(said), _DATED.search(said), _UNTIL.search(said)
    last = max((found.end() for found in (number, dated, until) if found), default=0)
    scope = said[last:].strip(" ,;.–—-\n") if last else ""
    return Shown(
        document=document,
        number=number["number"].strip(" .") if number else "",
        dated=_date(dated["date"]) if dated else None,
        scope=scope,
        until=_date(until["date"]) if until else None,
    )


def _date(written: str) -> date:
    parts = written.split("-") if "-" in written else reversed(written.split("."))
    try:
        return date(*map(int, parts))
    except ValueError:
        raise Refused(N_("“%(date)s” is no date."), date=written) from None


async def screen(desk: Desk, ticket: Ticket, now: datetime) -> tuple[str, Rows]:
    """Who speaks, by which documents, and what can be done about it."""
    _, language = words("bot", desk.staff_language).gettext, desk.staff_language
    role = mandates.role_of(ticket)
    lines = ["<b>" + escape(_("🤝 Who speaks, and by what right")) + "</b>"]
    lines.append(
        escape(_(mandates.ROLES[role]).capitalize() if role else _("The requester speaks for themselves, as far as is known."))
    )
    for one in await mandates.of(ticket):
        line = _(mandates.DOCUMENTS[one.document]) + (f" № {one.number}" if one.number else "")
        line += " " + _("of %(date)s") % {"date": f"{one.dated:%d.%m.%Y}"} if one.dated else ""
        line += ", " + _("until %(date)s") % {"date": day(one.until, language)} if one.until else ""
        lines.append(f"✅ {escape(line)}" + (f"\n<i>{escape(one.scope)}</i>" if one.scope else ""))
    lines += [
        "",
        escape(_("You have checked a document? Write it in one line; no scan is kept.")),
        f"<code>{escape(_(HOW))}</code>",
    ]
    rows: Rows = []
    if role and await mandates.stands(desk, ticket, now) != "checked":
        rows.append([button("✉️ " + _("Ask for the document"), MandateTap(act="ask", ticket=ticket.id).pack())])
    if await mandates.of(ticket):
        rows.append([button("↩️ " + _("Take the last document back"), MandateTap(act="back", ticket=ticket.id).pack())])
    others = [one for one in Role if one != role]
    named = [
        button(_(mandates.ROLES[one]).capitalize(), MandateTap(act="role", ticket=ticket.id, role=one).pack()) for one in others
    ]
    rows += [named[place : place + 2] for place in range(0, len(named), 2)]
    if role and not ticket.represented:
        rows.append([button(_("Speaks for themselves"), MandateTap(act="role", ticket=ticket.id).pack())])
    return "\n".join(lines), rows


async def tapped(event: CallbackQuery, callback_data: MandateTap, talk: Talk) -> Outcome:
    """As what the requester speaks was said, the document asked for, or the last one taken back."""
    ticket = await Ticket.get_or_none(id=callback_data.ticket)
    if ticket is None or callback_data.role not in {"", *Role}:
        raise Refused(N_("This button is out of date."))
    tickets.unmerged(ticket)
    staff, taps, html, said = await talk.staff(), Rows(), "", ""
    match callback_data.act:
        case "role":
            await mandates.speaks(ticket, callback_data.role, staff, talk.now)
            await gate.look_again(talk.desk, ticket, talk.now)
            html, taps = await screen(talk.desk, ticket, talk.now)
        case "ask":
            await asking.for_document(talk.desk, ticket, staff, f"{talk.chat}:ask{talk.row.id}", talk.now)
            said = talk._("✉️ The request for the document leaves; Undo takes it back.")
        case "back":
            said = await _back(talk.desk, ticket, staff, talk.now)
        case _other:
            raise Refused(N_("This button is out of date."))
    await talk.answer(said)
    html = html or escape(said)
    await talk.show("mandate", html, ticket, buttons=taps, edit=talk.under)
    return Outcome(Became.MANDATE, ticket.id, callback_data.act)


def _checked(desk: Desk, shown: Shown, staff: Staff) -> str:
    _ = words("bot", desk.staff_language).gettext
    what = _(mandates.DOCUMENTS[shown.document]) + (f" № {shown.number}" if shown.number else "")
    if shown.until is None:
        return _("🤝 %(who)s checked: %(what)s; no end was named.") % {"who": staff.name, "what": what}
    told = {"who": staff.name, "what": what, "date": f"{shown.until:%d.%m.%Y}"}
    return _("🤝 %(who)s checked: %(what)s, until %(date)s. You are reminded before it ends.") % told


async def _back(desk: Desk, ticket: Ticket, staff: Staff, now: datetime) -> str:
    if not await mandates.take_back(ticket, staff, now):
        raise Refused(N_("There is no document to take back."))
    gettext = words("bot", desk.staff_language).gettext
    return gettext("↩️ %(who)s took the last document back: no personal data leave on it.") % {"who": staff.name}
