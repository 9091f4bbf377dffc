"""Reminders in a ticket's topic: what comes close or is late, and whom it calls."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from html import escape

from bot.callbacks import ReleaseTap
from bot.calls import Errand
from bot.format import clock_time, day_and_time, kind_short, short_day
from bot.members import TRUSTED, standing
from bot.screens import button
from bot.text import N_
from desk.contents import Reminder, ReminderLine
from desk.errors import Temporary
from desk.i18n import words
from desk.outward import standing as replies
from desk.ports import Delivered
from desk.ticket import staffing
from models import Posted, Staff

# A reminder has buttons for so many held replies.
HELD = 5
LEVELS = {
    "opened": N_("New request"),
    "half": N_("Half of the term is over"),
    "safe_morning": N_("Today is the safe date"),
    "safe_2h": N_("2 hours left of the safe date"),
    "due": N_("The term ends now"),
    "repeat": N_("Still not done"),
    "overdue": N_("OVERDUE"),
}


# The same in a list of what was missed, long after its moment.
MISSED = {
    "opened": N_("the opening"),
    "half": N_("half of the term"),
    "safe_morning": N_("the morning of the safe date"),
    "safe_2h": N_("2 hours before the end of the safe date"),
    "due": N_("the end of the term"),
    "repeat": N_("alarms that it is still not done: %(count)d"),
    "overdue": N_("alarms that it is overdue: %(count)d"),
}


_DAYS_LEFT = re.compile(r"wd(\d+)")


async def reminder(errand: Errand) -> Delivered:
    """What is due when, with the people who are to act; an overdue one is always heard."""
    content = errand.content(Reminder)
    content = replace(content, whom=await there(errand, content.whom))
    html = reminder_html(content, errand, await names(content.whom))
    quiet = content.level in {"opened", "half"} and not content.overdue
    taps = [
        [button("✅ " + errand._("Release the reply"), ReleaseTap(reply=one, seen=await replies.version(one)).pack())]
        for one in content.held[:HELD]
    ]
    errand.keep([await errand.post(html, buttons=taps, silent=quiet)], Posted.REMINDER)
    return errand.delivered()


async def there(errand: Errand, whom: Sequence[int]) -> tuple[int, ...]:
    """Those of the accounts to call that are in the group; where some are not (left, deleted), the others in charge too."""
    found, gone = list[int](), False
    for account in whom:
        known = await Staff.get_or_none(telegram_id=account)
        present = known.present if known is not None else None
        if known is None or known.asked_at is None or errand.now - known.asked_at > TRUSTED:
            present = await _asked(errand, account)
        if present is False:
            gone = True
        else:
            found.append(account)
    if gone:
        found += [one for one in sorted(await staffing.called(errand.desk)) if one not in found and one not in whom]
    return tuple(found)


async def _asked(errand: Errand, account: int) -> bool | None:
    """What Telegram says of a member now; nothing where it does not say."""
    try:
        present = await standing(errand.bot, errand.chat, account)
    except Temporary:
        return None
    if present is not None:
        await staffing.stands(account, errand.now, present=present)
    return present


async def names(whom: Sequence[int]) -> dict[int, str]:
    people = await Staff.filter(telegram_id__in=list(whom)) if whom else []
    return {one.telegram_id: one.name for one in people}


def reminder_html(content: Reminder, errand: Errand, names: dict[int, str]) -> str:
    _ = words("bot", errand.language).gettext
    mark = "🚨" if content.overdue else "⏰"
    head = level_words(content.level, errand.language)
    if content.late:
        when = day_and_time(content.late, errand.desk.operator.zone, errand.language)
        head = _("Not said in time, on %(when)s: %(level)s") % {"when": when, "level": head}
    parts = [f"{mark} <b>{escape(head)}</b>"]
    parts += [_line(one, errand) for one in content.clocks]
    if content.overdue:
        fines = dict.fromkeys(one.fine for one in content.clocks if one.overdue and one.fine)
        parts += [f"<i>⚖️ {escape(_('It may cost %(fine)s') % {'fine': one})}</i>" for one in fines]
    if content.missed:
        said = ", ".join(missed_words(content.missed, errand.language))
        parts.append("<i>" + escape(_("Also not said in time: %(levels)s") % {"levels": said}) + "</i>")
    if content.held:
        parts.append("✋ " + escape(_("A prepared answer waits for a manager’s release.")))
    called = mentions(content.whom, names, errand.language)
    if called:
        parts.append("🔔 " + called)
    return "\n".join(parts)


def level_words(level: str, language: str) -> str:
    """A level of the reminder plan in words; repeated ones are numbered."""
    gettext = words("bot", language).gettext
    name, _sep, number = level.partition("_")
    if level in LEVELS:
        return gettext(LEVELS[level])
    if days := _DAYS_LEFT.fullmatch(level):
        return _days_left(int(days[1]), language)
    known = gettext(LEVELS.get(name, name))
    if not number.isdigit() or number == "1":
        return known
    return gettext("%(level)s · reminder %(number)s") % {"level": known, "number": number}


def missed_words(levels: Sequence[str], language: str) -> list[str]:
    """Levels that were missed, in their order; a repeated one is named once, with its number."""
    gettext = words("bot", language).gettext
    counts = Counter(one if one in LEVELS or _DAYS_LEFT.fullmatch(one) else one.partition("_")[0] for one in levels)
    found = []
    for level, count in counts.items():
        if days := _DAYS_LEFT.fullmatch(level):
            found.append(_days_left(int(days[1]), language).lower())
        else:
            text = gettext(MISSED.get(level, level))
            found.append(text % {"count": count} if "%(count)d" in text else text)
    return found


def _days_left(days: int, language: str) -> str:
    ngettext = words("bot", language).ngettext
    return ngettext("%(count)d working day left", "%(count)d working days left", days) % {"count": days}


def _line(clock: ReminderLine, errand: Errand) -> str:
    gettext = errand._
    mark = "🔴" if clock.overdue and not clock.immediate else "•"
    what = f"{mark} <b>{escape(clock.label)}</b> ({escape(kind_short(clock.kind, errand.language))})"
    if clock.immediate:
        return f"{what} — {gettext('at once')}"
    hour = clock_time(clock.due_at, errand.desk.operator.zone)
    if hour != "00:00":
        local = clock.due_at.astimezone(errand.desk.operator.zone)
        return f"{what} — " + gettext("until %(date)s") % {"date": f"{short_day(local.date())} {hour}"}
    line = gettext("until %(date)s") % {"date": short_day(clock.safe)}
    if _DAYS_LEFT.fullmatch(clock.level) and clock.target:
        # The days that are left are counted to the target, which lies before the safe date.
        line = gettext("best by %(date)s") % {"date": short_day(clock.target)} + ", " + line
    line = f"{what} — {line}"
    return line if clock.safe == clock.due else line + ", " + gettext("by law %(date)s") % {"date": short_day(clock.due)}


def mentions(whom: Sequence[int], names: dict[int, str], language: str) -> str:
    """People called by their accounts, so that Telegram tells each of them."""
    unknown = words("bot", language).gettext("manager")
    return ", ".join(f'<a href="tg://user?id={one}">{escape(names.get(one) or unknown)}</a>' for one in whom[:10])
