"""Commands about terms: extend them, correct what they count from, and see how they were counted and what will be said when.

A command without its words asks for them; the reply to that question does what the command would have done.
"""

import re
from datetime import datetime, time
from html import escape
from typing import Any

from aiogram import Router
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message

from bot.callbacks import ExtendTap
from bot.format import day_and_time, kind_short, short_day
from bot.postings.staff.notices import level_words
from bot.screens import answer, ask_staff, button, say
from bot.staff.asking import Answers, argument, ask, asked_under, here
from bot.staff.commands import Command
from bot.staff.guard import member, writer
from bot.staff.messages import keep_note
from bot.staff.place import ticket_of
from bot.text import MESSAGE_LIMIT, N_, clip, units
from desk import moments
from desk.context import Desk
from desk.errors import Refused
from desk.i18n import words
from desk.law import ExtensionRefused, extension_for
from desk.ports import File, Outcome
from desk.terms import corrections, extension
from desk.ticket import clocks
from desk.views import cards
from models import Clock, Demand, Inbound, Staff, Ticket

ASKS = {
    "extend": N_("Why is more time needed? Reply to this message with the reasons: the requester will read them."),
    "term": N_("Which date does the document set? Reply to this message with it, for example 28.12.2026."),
    "letter": N_("When did the paper letter come? Reply to this message: 08.12.2026 11:30, then what it says."),
    "impossible": N_("Why can the data not be destroyed now? Reply to this message with the reasons."),
}
_LETTER = re.compile(r"(?P<day>\S+)(?:[ \t]+(?P<hour>\d{1,2})[:.](?P<minute>\d{2}))?(?:\s+(?P<words>.*))?", re.DOTALL)
# So many lines a plan shows at most.
PLANNED = 30
# So long at most is what one line of the plan names.
NAMED = 80


class InTopic(Filter):
    """Whether something is written about a ticket."""

    async def __call__(self, message: Message) -> bool:
        return (await ticket_of(message)).ticket is not None


def setup() -> Router:
    router = Router(name="staff law")
    router.message.register(command, Command(*ASKS))
    router.message.register(why, Command("why"))
    router.message.register(plan, Command("plan"))
    router.message.register(plan, Command("due"), InTopic())
    router.message.register(answered, Answers())
    router.callback_query.register(extend_tapped, ExtendTap.filter())
    return router


async def command(message: Message, desk: Desk, row: Inbound, now: datetime, files: tuple[File, ...]) -> Outcome:
    """One of the commands that need words: with them it is done, without them they are asked for."""
    ticket = await here(message)
    name = (message.text or message.caption or "").split()[0][1:].partition("@")[0].lower()
    staff, said = await writer(desk, message, now), argument(message)
    if said:
        return await _do(name, said, message, desk, ticket, staff, row, now, files)
    if name == "extend":
        await ask_reason(desk, ticket, row, now, reply_to=message.message_id)
    else:
        await ask(desk, ticket, row, now, ASKS[name], {"act": name}, reply_to=message.message_id)
    return Outcome("asked", ticket.id)


async def answered(
    message: Message, desk: Desk, row: Inbound, now: datetime, files: tuple[File, ...], asked: dict[str, Any]
) -> Outcome:
    """A reply to a question."""
    ticket, staff = await here(message), await writer(desk, message, now)
    said = (message.text or message.caption or "").strip()
    return await _do(asked["act"], said, message, desk, ticket, staff, row, now, files, clock=asked.get("clock"))


async def _do(
    name: str,
    said: str,
    message: Message,
    desk: Desk,
    ticket: Ticket,
    staff: Staff,
    row: Inbound,
    now: datetime,
    files: tuple[File, ...],
    clock: int | None = None,
) -> Outcome:
    match name:
        case "extend":
            return await _extend(desk, ticket, staff, said, row, now, clock=clock, reply_to=message.message_id)
        case "term":
            done = await _term(desk, ticket, staff, said, now)
        case "letter":
            done = await _letter(desk, ticket, staff, said, now)
            if files:
                await keep_note(message, desk, ticket, now, files, command=(message.caption or "").startswith("/"))
        case "impossible":
            done = await _impossible(desk, ticket, staff, said, now)
        case _other:
            raise Refused(N_("This button is out of date."))
    sentence, params = done
    await say(sentence, params, key=f"done:{row.id}", now=now, ticket=ticket, reply_to=message.message_id)
    return Outcome(name, ticket.id)


# --- extension -------------------------------------------------------------------------------------------------------


async def ask_reason(
    desk: Desk, ticket: Ticket, row: Inbound, now: datetime, *, clock: int | None = None, reply_to: int | None = None
) -> str:
    """Ask why more time is needed. Raises Refused, with the article, when nothing can be extended."""
    may = await _extendable(desk, ticket, now)
    if clock is not None and clock not in {one.id for one in may}:
        raise Refused(N_("This button is out of date."))
    await ask(desk, ticket, row, now, ASKS["extend"], {"act": "extend", "clock": clock}, reply_to=reply_to)
    return words("bot", desk.staff_language).gettext("Say why, in the topic.")


async def _extend(
    desk: Desk, ticket: Ticket, staff: Staff, reason: str, row: Inbound, now: datetime, *, clock: int | None, reply_to: int
) -> Outcome:
    may = await _extendable(desk, ticket, now)
    if clock is None and len(may) > 1:
        taps = [[button(clip(one.label, 40), ExtendTap(clock=one.id).pack())] for one in may]
        asks = {"reason": reason}
        await ask(desk, ticket, row, now, N_("Which term is to be extended?"), asks, buttons=taps, reply_to=reply_to)
        return Outcome("asked", ticket.id)
    await extension.extend(desk, clock or may[0].id, staff, reason, now)
    return Outcome("extension", ticket.id)


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


async def extend_tapped(event: CallbackQuery, callback_data: ExtendTap, desk: Desk, row: Inbound, now: datetime) -> Outcome:
    """Which of several terms is to be extended; the reasons were given with the command."""
    asked = await asked_under(event)
    clock = await Clock.get_or_none(id=callback_data.clock).select_related("ticket")
    if clock is None or event.message is None or "reason" not in asked:
        raise Refused(N_("This button is out of date."))
    staff = await member(desk, event.from_user, now)
    await extension.extend(desk, clock.id, staff, asked["reason"], now)
    said = words("bot", desk.staff_language).gettext("The notice goes out; the date moves when it has.")
    await answer(event, row, now, said)
    await ask_staff(
        key=f"answered:{row.id}", html="⏳ " + escape(said), now=now, ticket=clock.ticket, edit=event.message.message_id
    )
    return Outcome("extension", clock.ticket_id)


# --- corrections -----------------------------------------------------------------------------------------------------


async def _term(desk: Desk, ticket: Ticket, staff: Staff, said: str, now: datetime) -> tuple[str, dict[str, Any]]:
    due = moments.day(desk, said, now)
    await corrections.set_document_date(desk, ticket, due, staff, now)
    return N_("📅 The term of the document is %(date)s."), {"date": due.isoformat()}


async def _letter(desk: Desk, ticket: Ticket, staff: Staff, said: str, now: datetime) -> tuple[str, dict[str, Any]]:
    """Register a paper letter; without an hour it came when the desk opened that day, or just now."""
    found = _LETTER.fullmatch(said)
    if found is None:
        raise Refused(N_("Write the date on which the letter came: /letter 08.12.2026 11:30 words."))
    day = moments.day(desk, found["day"], now, past=True)
    try:
        at = time(int(found["hour"]), int(found["minute"])) if found["hour"] else desk.counting.opening
    except ValueError:
        raise Refused(N_("There is no such time of day: write it like 11:30.")) from None
    received = datetime.combine(day, at, desk.operator.zone)
    if not found["hour"] and received > now >= datetime.combine(day, time(0), desk.operator.zone):
        received = now
    moved = await corrections.register_paper(desk, ticket, received, (found["words"] or "").strip(), staff, now)
    sentence = (
        N_("📮 The paper letter of %(date)s is registered. It came first, so the terms count from it.")
        if moved
        else N_("📮 The paper letter of %(date)s is registered. The terms stay: the earliest receipt counts.")
    )
    return sentence, {"date": day.isoformat()}


async def _impossible(desk: Desk, ticket: Ticket, staff: Staff, said: str, now: datetime) -> tuple[str, dict[str, Any]]:
    await corrections.destruction_impossible(desk, ticket, said, staff, now)
    demand = await Demand.get(ticket_id=ticket.id, kind=corrections.IMPOSSIBLE)
    clock = await Clock.get_or_none(demand_id=demand.id, key="destroy")
    if clock is None:
        return N_("🧊 Block the data at once."), {}
    article = clocks.rule_of(desk, demand).clock("destroy").cite.get(desk.staff_language, clock.article)
    return N_("🧊 Block the data at once and destroy them by %(date)s (%(article)s)."), {
        "date": clock.due.isoformat(),
        "article": article,
    }


# --- looking ---------------------------------------------------------------------------------------------------------


async def why(message: Message, desk: Desk, row: Inbound, now: datetime) -> Outcome:
    """How every date of the ticket was counted, in as many messages as it takes."""
    ticket = await here(message)
    sections = await cards.why(desk, ticket, desk.staff_language)
    if not sections:
        raise Refused(N_("This ticket has no open demand, so there is nothing to count."))
    for number, html in enumerate(pages(sections)):
        await ask_staff(key=f"why:{row.id}:{number}", html=html, now=now, ticket=ticket, reply_to=message.message_id)
    return Outcome("explained", ticket.id)


def pages(sections: list[tuple[str, list[str]]]) -> list[str]:
    """Headed sections as messages of HTML, each within Telegram's length; a section is cut between its lines only."""
    found, page, length = list[str](), "", 0
    for heading, lines in sections:
        for place, line in enumerate([heading, *lines]):
            plain = clip(line, MESSAGE_LIMIT - 100)
            html = f"<b>{escape(plain)}</b>" if place == 0 else escape(plain)
            before = "" if not page else "\n\n" if place == 0 else "\n"
            if length + units(before + plain) > MESSAGE_LIMIT:
                found.append(page)
                page, length, before = "", 0, ""
            page, length = page + before + html, length + units(before + plain)
    return [*found, page] if page else found


async def plan(message: Message, desk: Desk, row: Inbound, now: datetime) -> Outcome:
    """What the desk will say about this ticket and when, and the replies that wait for their moment."""
    ticket = await here(message)
    html = await plan_html(desk, ticket, now)
    await ask_staff(key=f"plan:{row.id}", html=html, now=now, ticket=ticket, reply_to=message.message_id)
    return Outcome("listed", ticket.id)


async def plan_html(desk: Desk, ticket: Ticket, now: datetime) -> str:
    _, language, zone = words("bot", desk.staff_language).gettext, desk.staff_language, desk.operator.zone
    card = await cards.card(desk, ticket, now)
    running = [one for one in card.clocks if one.stopped_at is None]
    if not running:
        return _("No term of this ticket runs: nothing is planned.")
    labels = {(one.kind, one.key): one.label for one in running}
    lines = [f"<b>{escape(_('What is due when'))}</b>"]
    for one in running:
        when = _("at once") if one.immediate else _("until %(date)s") % {"date": short_day(one.safe)}
        lines.append(f"• {escape(one.label)} ({escape(kind_short(one.kind, language))}) — {when}")
    lines += ["", f"<b>{escape(_('Coming reminders'))}</b>"]
    coming = await cards.coming(desk, ticket, now)
    # What is said at one moment of one level is one line, whatever it is about.
    grouped: dict[tuple[datetime, str], list[str]] = {}
    for reminder in coming:
        label = labels.get((reminder.kind, reminder.key), reminder.key)
        named = grouped.setdefault((reminder.at, reminder.level), [])
        named += [label] if label not in named else []
    for (at, level), named in list(grouped.items())[:PLANNED]:
        when = f"{at.astimezone(zone):%d.%m.%Y %H:%M}"
        lines.append(f"<b>{when}</b> {escape(level_words(level, language))} · {escape(clip('; '.join(named), NAMED))}")
    if len(grouped) > PLANNED:
        lines.append(escape(_("… and %(count)d more") % {"count": len(grouped) - PLANNED}))
    lines.append(escape(_("After its end a term is called every working day until it is done.")))
    if quiet := desk.counting.reminding.quiet:
        lines.append(escape(_("Quiet hours: %(hours)s, and days off.") % {"hours": f"{quiet[0]:%H:%M}–{quiet[1]:%H:%M}"}))
    for reply in card.scheduled:
        if reply.held:
            lines.append("✋ " + escape(_("A reply waits for a manager’s release")))
        else:
            when = day_and_time(reply.at, zone, language)
            lines.append("🕒 " + escape(_("A reply goes out on %(when)s") % {"when": when}))
    return "\n".join(lines)
