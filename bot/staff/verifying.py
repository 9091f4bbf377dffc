"""/verify: staff record what they compared to find out who somebody is, by taps or in one line, and take it back."""

import re
from datetime import datetime
from html import escape

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.callbacks import VerifyTap
from bot.postings.staff.cards import level_words
from bot.screens import Rows, button
from bot.staff.asking import argument, here
from bot.staff.commands import Command
from bot.staff.talk import Talk
from bot.text import N_
from desk.context import Desk
from desk.disclosure import identity, verifying
from desk.errors import Refused
from desk.i18n import words
from desk.ports import Outcome
from desk.ticket import legs, tickets
from models import Became, Staff, Ticket

# How staff call the facts in one line; whatever begins so is meant.
CALLED = {
    "contract": ("договор", "контракт", "contract"),
    "order": ("заказ", "order"),
    "birth": ("рожд", "дата рожд", "д.р", "др", "birth", "date of birth", "dob"),
    "document": ("документ", "паспорт", "document", "passport"),
    "account": ("логин", "аккаунт", "учётн", "учетн", "кабинет", "login", "account"),
    "phone": ("телефон", "звон", "перезвон", "phone", "call"),
    "address": ("адрес", "address"),
    "visit": ("лично", "визит", "visit", "in person"),
    "signature": ("подпис", "эп", "signature"),
}
FACTS = tuple(verifying.FACTS)
NO_VALUES = N_(
    "Write only what was compared, never the value itself: /verify contract, date of birth. Nothing was recorded; "
    "delete your message if it holds personal data."
)
BACK = frozenset({"-", "назад", "отмена", "отменить", "back", "undo"})


def setup() -> Router:
    router = Router(name="staff verifying")
    router.message.register(verify, Command("verify"))
    router.callback_query.register(tapped, VerifyTap.filter())
    return router


async def verify(message: Message, talk: Talk) -> Outcome:
    """`/verify`, `/verify contract, date of birth`, or `/verify -` to take the last check back."""
    ticket, staff, said = await here(message), await talk.staff(), argument(message)
    if not said:
        html, taps = await screen(talk.desk, ticket, 0)
        await talk.show("verify", html, ticket, buttons=taps)
        return Outcome(Became.ASKED, ticket.id)
    if said.casefold() in BACK:
        told = await _back(talk.desk, ticket, staff, talk.now)
    else:
        told = await _recorded(talk, ticket, facts_in(said), staff)
    await talk.show("verify", escape(told), ticket)
    return Outcome(Became.VERIFIED, ticket.id)


def facts_in(said: str) -> tuple[str, ...]:
    """The facts that a line names. Raises Refused for values, and for what is none of them."""
    if re.search(r"\d{2}", said):
        raise Refused(NO_VALUES)
    found, unknown = list[str](), list[str]()
    for part in re.split(r"[,;+\n]|\s+(?:и|and)\s+", said.casefold()):
        bare = re.sub(r"^(?:номер|№|n|number of(?: the)?|number)\s*", "", part.strip(" .№"))
        fact = next((key for key, names in CALLED.items() if bare.startswith(names)), "")
        if fact:
            found.append(fact)
        elif bare:
            unknown.append(part.strip())
    if unknown:
        raise Refused(
            N_("“%(what)s” is nothing that is compared. Tap instead: /verify without words shows the facts."),
            what=unknown[0][:40],
        )
    return tuple(dict.fromkeys(found))


async def screen(desk: Desk, ticket: Ticket, mask: int) -> tuple[str, Rows]:
    """The facts as buttons, ticked or not, and what they prove."""
    _, language = words("bot", desk.staff_language).gettext, desk.staff_language
    chosen = [fact for place, fact in enumerate(FACTS) if mask >> place & 1]
    lines = [
        "<b>" + escape(_("🪪 Who is it? Tap what you compared with what the operator holds.")) + "</b>",
        escape(_("Only the kinds are kept, with your name; never values, never a scan.")),
        escape(_("Now: %(level)s") % {"level": level_words(await identity.level(ticket), language)}),
    ]
    if chosen:
        lines.append(escape(_("Then: %(level)s") % {"level": level_words(verifying.level_of(chosen), language)}))
    rows: Rows = []
    for place, fact in enumerate(FACTS):
        mark = "☑️ " if fact in chosen else "☐ "
        rows.append(
            [button(mark + _(verifying.FACTS[fact]), VerifyTap(act="flip", ticket=ticket.id, mask=mask ^ 1 << place).pack())]
        )
    if chosen:
        rows.append([button("✅ " + _("Record it"), VerifyTap(act="done", ticket=ticket.id, mask=mask).pack())])
    if await identity.standing(await legs.of(await legs.head(ticket))):
        rows.append([button("↩️ " + _("Take the last check back"), VerifyTap(act="back", ticket=ticket.id).pack())])
    return "\n".join(lines), rows


async def tapped(event: CallbackQuery, callback_data: VerifyTap, talk: Talk) -> Outcome:
    """A fact was ticked, the comparison recorded, or the last one taken back."""
    ticket = await Ticket.get_or_none(id=callback_data.ticket)
    if ticket is None or callback_data.mask >> len(FACTS):
        raise Refused(N_("This button is out of date."))
    tickets.unmerged(ticket)
    staff, said, taps = await talk.staff(), "", Rows()
    chosen = tuple(fact for place, fact in enumerate(FACTS) if callback_data.mask >> place & 1)
    match callback_data.act:
        case "flip":
            html, taps = await screen(talk.desk, ticket, callback_data.mask)
        case "done":
            said = await _recorded(talk, ticket, chosen, staff)
        case "back":
            said = await _back(talk.desk, ticket, staff, talk.now)
        case _other:
            raise Refused(N_("This button is out of date."))
    html = escape(said) if said else html
    await talk.answer(said)
    await talk.show("verify", html, ticket, buttons=taps, edit=talk.under)
    return Outcome(Became.VERIFIED, ticket.id, callback_data.act)


async def _recorded(talk: Talk, ticket: Ticket, facts: tuple[str, ...], staff: Staff) -> str:
    level = await verifying.verify(talk.desk, ticket, facts, staff, talk.now)
    _ = talk._
    named = ", ".join(_(verifying.FACTS[one]) for one in facts)
    told = {"who": staff.name, "what": named, "level": level_words(level, talk.language)}
    return _("🪪 %(who)s compared: %(what)s. Now: %(level)s.") % told


async def _back(desk: Desk, ticket: Ticket, staff: Staff, now: datetime) -> str:
    left = await verifying.take_back(desk, ticket, staff, now)
    if left is None:
        raise Refused(N_("There is no check to take back."))
    told = {"who": staff.name, "level": level_words(left, desk.staff_language)}
    return words("bot", desk.staff_language).gettext("↩️ %(who)s took the last check back. Now: %(level)s.") % told
