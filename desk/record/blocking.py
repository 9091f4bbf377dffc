"""A blocking in the words of papers: from when to when, where, and what the check came to; or why there was none."""

from zoneinfo import ZoneInfo

from desk.i18n import words
from desk.papers.words import moment, spoken_in
from desk.ticket.stated import RESULTS
from models import Blocking


def blocking_words(one: Blocking, zone: ZoneInfo, language: str) -> str:
    """A blocking in a line."""
    _ = spoken_in(language)
    if one.started_at is None:
        return _("not blocked: %(why)s") % {"why": one.words or "–"}
    ended = moment(one.ended_at, zone) if one.ended_at is not None else _("still blocked")
    where = ", ".join(one.systems)
    began = moment(one.started_at, zone)
    if one.noted_at is not None:
        began += " (" + _("recorded %(when)s") % {"when": moment(one.noted_at, zone)} + ")"
    said = f"{began} – {ended}" + (f", {where}" if where else "")
    return f"{said}: {result_words(one, language)}" if one.result else said


def result_words(one: Blocking, language: str) -> str:
    """What the check came to; empty while the blocking lasts, and for what is no result."""
    known = RESULTS.get(one.result)
    return words("bot", language).gettext(known) if known else ""
