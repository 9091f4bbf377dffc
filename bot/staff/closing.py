"""Closing a ticket: at once when nothing is due any more; over running terms only with a reason in words, which is kept."""

from datetime import datetime
from html import escape

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.blockings import blocking_line
from bot.callbacks import CardTap, CloseTap
from bot.format import kind_short, short_day
from bot.screens import Rows, button
from bot.staff.asking import Answers, argument, here
from bot.staff.commands import COMMANDS, Command
from bot.staff.talk import Talk
from bot.text import N_
from desk.contents import Asked
from desk.context import Desk
from desk.errors import Refused
from desk.i18n import words
from desk.law.rules import STEPS
from desk.outward import closing as outward
from desk.ports import Outcome
from desk.terms import steps
from desk.ticket import blocks, clocks, tickets
from desk.ticket.stated import CLOSING
from desk.views import cards
from models import Became, Clock, Demand, Staff, Ticket, TicketStatus

# So many terms the question names.
TERMS = 12


def setup() -> Router:
    router = Router(name="staff closing")
    router.message.register(close, Command("close"))
    router.message.register(answered, Answers("close"))
    router.callback_query.register(tapped, CloseTap.filter())
    return router


async def close(message: Message, talk: Talk) -> Outcome:
    """`/close`, or `/close reason`: with a reason it closes over running terms too, and says which ones ended unmet."""
    ticket, staff, reason = await here(message), await talk.staff(), argument(message)
    if reason:
        return await _close(talk, ticket, staff, reason)
    return await close_or_ask(talk, ticket, staff)


async def answered(message: Message, talk: Talk, asked: Asked) -> Outcome:
    """The reason, as a reply to the question."""
    ticket, staff = await here(message), await talk.staff()
    reason = (message.text or message.caption or "").strip()
    if not reason:
        raise Refused(N_("Say in words why the terms end."))
    return await _close(talk, ticket, staff, reason)


async def tapped(event: CallbackQuery, callback_data: CloseTap, talk: Talk) -> Outcome:
    """One of the common reasons."""
    ticket = await Ticket.get_or_none(id=callback_data.ticket)
    if ticket is None or callback_data.reason not in CLOSING:
        raise Refused(N_("This button is out of date."))
    gettext, reason = talk._, CLOSING[callback_data.reason]
    staff = await talk.staff()
    dropped = await outward.close(talk.desk, ticket, staff, talk.now, reason=reason)
    await talk.answer(gettext("Closed."))
    text = gettext("Closed by %(who)s.") % {"who": staff.name} + " " + gettext(reason) + "."
    if dropped:
        text += "\n" + gettext("Ended unmet: %(what)s.") % {"what": _names(dropped, talk.language)}
    html = "✅ " + escape(text)
    await talk.show("answered", html, ticket, edit=talk.under)
    return Outcome(Became.CLOSED, ticket.id)


async def close_or_ask(talk: Talk, ticket: Ticket, staff: Staff) -> Outcome:
    """Close a ticket without running terms; for one that has some, name them and ask why. Raises Refused when it is closed."""
    left = await tickets.unmet(ticket)
    if ticket.status == TicketStatus.CLOSED or not (left or await blocks.lasting(ticket)):
        await tickets.close(talk.desk, ticket, staff, talk.now)
        return Outcome(Became.CLOSED, ticket.id)
    html, taps = await _question(talk.desk, ticket, left, talk.now)
    await talk.show("closing", html, ticket, buttons=taps, asks={"act": "close"})
    return Outcome(Became.ASKED, ticket.id)


async def _close(talk: Talk, ticket: Ticket, staff: Staff, reason: str) -> Outcome:
    dropped = await outward.close(talk.desk, ticket, staff, talk.now, reason=reason)
    if dropped:
        what = {"what": _names(dropped, talk.language)}
        await talk.say(N_("Closed. Ended unmet: %(what)s."), what, ticket)
    return Outcome(Became.CLOSED, ticket.id)


def _names(demands: list[Demand], language: str) -> str:
    return ", ".join(kind_short(one.kind, language) for one in demands)


async def _question(desk: Desk, ticket: Ticket, left: list[Demand], now: datetime) -> tuple[str, Rows]:
    """What is still due, and the question why it ends: in words, or by one of the common reasons."""
    _, language = words("bot", desk.staff_language).gettext, desk.staff_language
    card = await cards.card(desk, ticket, now)
    running = [one for one in card.clocks if one.stopped_at is None and one.key != STEPS]
    terms = [
        f"• {escape(one.label)} ({escape(kind_short(one.kind, language))}) — "
        + (escape(_("at once")) if one.immediate else short_day(one.due))
        for one in running
    ]
    counted = {one.kind for one in running}
    # A demand whose terms could not be counted is due all the same.
    for demand in left:
        if demand.kind not in counted and not await Clock.exists(demand_id=demand.id):
            rule = clocks.rule_of(desk, demand)
            terms.append(f"• {escape(rule.name.said(language))} — {escape(_('no date counted'))}")
    open_ = [
        f"• {escape(one.name)} ({escape(kind_short(one.kind, language))})"
        for one in await steps.left(desk, ticket)
        if not one.timed
    ]
    blocked = [blocking_line(one, desk.operator.zone, language) for one in await blocks.lasting(ticket)]
    lines = [
        *([*blocked, escape(_("Lift it first: /unblock.")), ""] if blocked else []),
        *([f"<b>{escape(_('These terms still run:'))}</b>", *terms[:TERMS], ""] if terms else []),
        *([f"<b>{escape(_('These steps are still open:'))}</b>", *open_[:TERMS], ""] if open_ else []),
        escape(_("Why do they end? Choose, or reply to this message in words: the reason is kept with your name."))
        if left
        else escape(_("Or say why the ticket is closed all the same: choose, or reply to this message in words.")),
    ]
    if "merge" in COMMANDS:
        lines.append(escape(_("A duplicate is better joined with its ticket: /merge.")))
    if any(one.refusable for one in card.kinds):
        lines.append(escape(_("A demand that is not to be met is refused on a ground of the law: /refuse.")))
    rows: Rows = [[button(_(said), CloseTap(ticket=ticket.id, reason=name).pack())] for name, said in CLOSING.items()]
    return "\n".join(lines), [*rows, [button(_("Keep open"), CardTap(choice="keep", ticket=ticket.id).pack())]]
