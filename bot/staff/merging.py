"""/merge and /unmerge: two tickets of one matter become one, after both were seen side by side; and apart again.

The ticket in whose topic it is written goes into the one that is named. The question shows both, with who asks, how far they
are verified and where answers go; only a tap under that very question merges.
"""

import re
from datetime import datetime
from html import escape

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.callbacks import MergeTap
from bot.format import day_and_time, kind_short
from bot.postings.staff.cards import who
from bot.screens import Rows, button
from bot.staff.asking import argument, asked_under, place
from bot.staff.commands import Command
from bot.staff.talk import Talk
from bot.text import N_, clip
from desk.context import Desk
from desk.errors import Refused
from desk.i18n import words
from desk.matter import likeness, merging
from desk.ports import Outcome
from desk.views import cards
from models import Became, Ticket

_NUMBER = re.compile(r"(?:№|#|n)?\s*(\d{1,18})", re.IGNORECASE)
BUTTON_WORDS = 60


def setup() -> Router:
    router = Router(name="staff merging")
    router.message.register(merge, Command("merge"))
    router.message.register(unmerge, Command("unmerge"))
    router.callback_query.register(merge_tapped, MergeTap.filter())
    return router


async def merge(message: Message, talk: Talk) -> Outcome:
    """`/merge 12` asks whether to merge this ticket into № 12; without a number the likely ones are offered."""
    ticket, said = await place(message), argument(message)
    await talk.staff()
    if not said:
        await _offer(talk, ticket)
        return Outcome(Became.OFFERED, ticket.id)
    named = _NUMBER.fullmatch(said)
    if named is None:
        raise Refused(N_("Write the number of the ticket that goes on: /merge 12."))
    await _ask(talk, ticket, int(named[1]), reply_to=message.message_id)
    return Outcome(Became.ASKED, ticket.id)


async def _ask(talk: Talk, ticket: Ticket, number: int, *, reply_to: int) -> None:
    """Ask in the ticket's topic whether to merge it into another. Raises Refused when that cannot be."""
    into = await merging.destination(ticket, number)
    html, taps = await question(talk.desk, ticket, into, talk.now)
    await talk.show("merge", html, ticket, buttons=taps, reply_to=reply_to, asks={"merge": ticket.id, "into": into.id})


async def unmerge(message: Message, talk: Talk) -> Outcome:
    """In the topic of a merged ticket: it is one of its own again."""
    ticket = await place(message)
    staff = await talk.staff()
    await merging.unmerge(talk.desk, ticket, staff, talk.now)
    return Outcome(Became.TAKEN_APART, ticket.id)


async def _offer(talk: Talk, ticket: Ticket) -> None:
    """The tickets that this one may belong to. Raises Refused when there is none to name."""
    found = await likeness.likely(ticket) if ticket.merged_into is None else []
    if ticket.merged_into is not None:
        await merging.destination(ticket, ticket.merged_into)
    if not found:
        raise Refused(N_("No other open ticket looks like this one. Name it by its number: /merge 12."))
    _ = talk._
    html = escape(_("Which ticket does the matter go on in?"))
    taps = [[button(await _titled(talk.desk, one, talk.now), _tap("ask", ticket, one))] for one in found]
    await talk.show("merge", html, ticket, buttons=taps)


async def _titled(desk: Desk, ticket: Ticket, now: datetime) -> str:
    card = await cards.card(desk, ticket, now)
    kinds = ", ".join(kind_short(one.kind, desk.staff_language) for one in card.kinds)
    return clip(f"№ {ticket.id} · {kinds}", BUTTON_WORDS)


def _tap(choice: str, ticket: Ticket, into: Ticket) -> str:
    return MergeTap(choice=choice, ticket=ticket.id, into=into.id).pack()


async def question(desk: Desk, ticket: Ticket, into: Ticket, now: datetime) -> tuple[str, Rows]:
    """Both tickets side by side, and what a merge would mean."""
    _ = words("bot", desk.staff_language).gettext
    head = _("Merge № %(number)s into № %(into)s?") % {"number": ticket.id, "into": into.id}
    told = _(
        "One matter, one set of terms: the earliest receipt counts. From then on the person of № %(number)s sees the number, "
        "kinds and dates of № %(into)s and can write to it. Merge only what is one person's."
    ) % {"number": ticket.id, "into": into.id}
    parts = [f"<b>{escape(head)}</b>", await _seen(desk, ticket, now), await _seen(desk, into, now), f"<i>{escape(told)}</i>"]
    yes = _("Yes, merge № %(number)s into № %(into)s") % {"number": ticket.id, "into": into.id}
    taps = [
        [button("↪️ " + yes, _tap("do", ticket, into))],
        [button("🔄 " + _("The other way round"), _tap("swap", into, ticket)), button(_("Cancel"), _tap("no", ticket, into))],
    ]
    return "\n\n".join(parts), taps


async def _seen(desk: Desk, ticket: Ticket, now: datetime) -> str:
    """One of the two: who asks for what, since when, and where answers go."""
    _, language = words("bot", desk.staff_language).gettext, desk.staff_language
    card = await cards.card(desk, ticket, now)
    kinds = ", ".join(kind_short(one.kind, language) for one in card.kinds)
    lines = [f"<b>№ {ticket.id}</b> · {escape(kinds)}", f"👤 {who(card, language)}"]
    if card.represented:
        lines.append("🤝 " + _("On behalf of: %(whom)s") % {"whom": escape(", ".join(card.represented.values()))})
    received = day_and_time(card.received_at, desk.operator.zone, language)
    lines.append("📥 " + _("Received %(when)s") % {"when": received})
    if card.channel == "mail" and card.answer_to.casefold() not in {shown.casefold() for _kind, shown, _ok in card.contacts}:
        lines.append("⚠️ " + escape(_("Answers go to %(address)s") % {"address": card.answer_to}))
    return "\n".join(lines)


async def merge_tapped(event: CallbackQuery, callback_data: MergeTap, talk: Talk) -> Outcome:
    """Ask, turn round, merge, or leave it. Only the two tickets of the question that is tapped can be merged by it."""
    ticket = await Ticket.get_or_none(id=callback_data.ticket)
    into = await Ticket.get_or_none(id=callback_data.into)
    if ticket is None or into is None:
        raise Refused(N_("This button is out of date."))
    staff = await talk.staff()
    if callback_data.choice == "ask":
        await _ask(talk, ticket, into.id, reply_to=talk.under)
        await talk.answer()
        return Outcome(Became.ASKED, ticket.id)
    asked = await asked_under(event)
    if {asked.get("merge"), asked.get("into")} != {ticket.id, into.id}:
        raise Refused(N_("This button is out of date."))
    _ = talk._
    said, taps = "", Rows()
    match callback_data.choice:
        case "swap":
            into = await merging.destination(ticket, into.id)
            html, taps = await question(talk.desk, ticket, into, talk.now)
        case "do":
            into = await merging.merge(talk.desk, ticket, into.id, staff, talk.now)
            said = _("№ %(number)s goes on in № %(into)s.") % {"number": ticket.id, "into": into.id}
            html = f"↪️ {escape(said)} {escape(staff.name)}"
        case "no":
            said = _("Nothing was merged.")
            html = escape(said)
        case _other:
            raise Refused(N_("This button is out of date."))
    await talk.answer(said)
    edited = await Ticket.get(id=asked["merge"])  # in whose topic the question stands
    await talk.show("merge", html, edited, buttons=taps, edit=talk.under)
    return Outcome(Became.MERGE, ticket.id, callback_data.choice)
