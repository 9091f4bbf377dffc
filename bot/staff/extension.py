"""/extend: asking for the reason, and extending the term a button names."""

from datetime import datetime
from html import escape

from aiogram.types import CallbackQuery

from bot.callbacks import ExtendTap
from bot.screens import button
from bot.staff import asking
from bot.staff.asking import ask, asked_under, text_in
from bot.staff.talk import Talk
from bot.text import N_, clip
from desk.contents import Asked
from desk.context import Desk
from desk.errors import Refused
from desk.law import ExtensionRefused, extension_for
from desk.ports import Outcome
from desk.terms import extension
from desk.ticket import clocks
from desk.views import cards
from models import Became, Clock, Staff, Ticket


async def ask_reason(talk: Talk, ticket: Ticket, *, clock: int | None = None) -> str:
    """Ask why more time is needed. Raises Refused, with the article, when nothing can be extended."""
    may = await _extendable(talk.desk, ticket, talk.now)
    if clock is not None and clock not in {one.id for one in may}:
        raise Refused(N_("This button is out of date."))
    await ask(talk, ticket, asking.ASKS["extend"], {"act": "extend", "clock": clock})
    return talk._("Say why, in the topic.")


async def extend(talk: Talk, ticket: Ticket, staff: Staff, reason: str, *, clock: int | None) -> Outcome:
    may = await _extendable(talk.desk, ticket, talk.now)
    if clock is None and len(may) > 1:
        taps = [[button(clip(one.label, 40), ExtendTap(clock=one.id).pack())] for one in may]
        asks: Asked = {"reason": reason}
        await ask(talk, ticket, N_("Which term is to be extended?"), asks, buttons=taps)
        return Outcome(Became.ASKED, ticket.id)
    await extension.extend(talk.desk, clock or may[0].id, staff, reason, talk.now)
    return Outcome(Became.EXTENSION, ticket.id)


async def _extendable(desk: Desk, ticket: Ticket, now: datetime) -> list[cards.ClockView]:
    """The terms that may be extended now. Raises Refused, quoting the article, when there are none."""
    card = await cards.card(desk, ticket, now)
    may = [one for one in card.clocks if one.extendable]
    if may:
        return may
    running = await Clock.filter(ticket_id=ticket.id, stopped_at__isnull=True).order_by("safe_at", "id").select_related("demand")
    if not running:
        raise Refused(N_("No term of this ticket runs."))
    # Of several refusals that of a rule which knows an extension (used up, too late) says most.
    rules = {one.id: clocks.rule_of(desk, one.demand) for one in running}
    running.sort(key=lambda one: rules[one.id].clock(one.key).extension is None)
    first = running[0]
    try:
        dates = clocks.dates_of(desk, first, first.demand.kind)
        extension_for(rules[first.id], dates, now, times_extended=first.times_extended)
    except ExtensionRefused as error:
        raise Refused("%(why)s", why=error.sentence(desk.staff_language)) from error
    raise Refused(N_("No term of this ticket runs."))


async def extend_tapped(event: CallbackQuery, callback_data: ExtendTap, talk: Talk) -> Outcome:
    """Which of several terms is to be extended; the reasons were given with the command."""
    asked = await asked_under(event)
    clock = await Clock.get_or_none(id=callback_data.clock).select_related("ticket")
    if clock is None or "reason" not in asked:
        raise Refused(N_("This button is out of date."))
    staff = await talk.staff()
    await extension.extend(talk.desk, clock.id, staff, text_in(asked, "reason"), talk.now)
    said = talk._("The notice goes out; the date moves when it has.")
    await talk.answer(said)
    await talk.show("answered", "⏳ " + escape(said), clock.ticket, edit=talk.under)
    return Outcome(Became.EXTENSION, clock.ticket_id)
