"""A blocking in a line of the group: since when, where, and what the check came to; or why there was none."""

from html import escape
from zoneinfo import ZoneInfo

from bot.format import day_and_time
from bot.text import clip
from desk.i18n import words
from desk.ticket.stated import RESULTS
from models import Blocking

# So many characters of words, or of the names of systems, are shown.
SHOWN = 120


def blocking_line(one: Blocking, zone: ZoneInfo, language: str) -> str:
    """The line, as HTML."""
    _ = words("bot", language).gettext
    where = clip(", ".join(one.systems) or " ".join(one.words.split()), SHOWN)
    if one.started_at is None:
        return "🔓 " + escape(_("Not blocked: %(why)s") % {"why": where})
    since = day_and_time(one.started_at, zone, language)
    if one.noted_at is not None:
        since += " (" + _("recorded %(when)s") % {"when": day_and_time(one.noted_at, zone, language)} + ")"
    if one.ended_at is None:
        return "🔒 " + escape(_("Blocked since %(since)s") % {"since": since} + (f": {where}" if where else ""))
    said = _("Blocked %(since)s – %(until)s") % {"since": since, "until": day_and_time(one.ended_at, zone, language)}
    result = _(RESULTS[one.result]) if one.result in RESULTS else ""
    return "🔓 " + escape(said + (f": {result}" if result else ""))
