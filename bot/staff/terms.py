"""/why and /plan: how each date was counted, and what the desk will say and send by itself."""

from datetime import datetime
from html import escape

from aiogram.filters import Filter
from aiogram.types import Message

from bot.format import day_and_time, kind_short, short_day
from bot.postings.staff.reminders import level_words
from bot.staff.asking import here
from bot.staff.place import ticket_of
from bot.staff.talk import Talk
from bot.text import MESSAGE_LIMIT, N_, clip, units
from desk.context import Desk
from desk.errors import Refused
from desk.i18n import words
from desk.ports import Outcome
from desk.views import cards
from models import Became, Ticket

# So many lines a plan shows at most.
PLANNED = 30


# So long at most is what one line of the plan names.
NAMED = 80


class InTopic(Filter):
    """Whether something is written about a ticket."""

    async def __call__(self, message: Message) -> bool:
        return (await ticket_of(message)).ticket is not None


async def why(message: Message, talk: Talk) -> Outcome:
    """How every date of the ticket was counted, in as many messages as it takes."""
    ticket = await here(message)
    sections = await cards.why(talk.desk, ticket, talk.language)
    if not sections:
        raise Refused(N_("This ticket has no open demand, so there is nothing to count."))
    for number, html in enumerate(pages(sections)):
        await talk.show(f"why:{number}", html, ticket)
    return Outcome(Became.EXPLAINED, ticket.id)


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


async def plan(message: Message, talk: Talk) -> Outcome:
    """What the desk will say about this ticket and when, and the replies that wait for their moment."""
    ticket = await here(message)
    html = await plan_html(talk.desk, ticket, talk.now)
    await talk.show("plan", html, ticket)
    return Outcome(Became.LISTED, ticket.id)


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
