"""Dates, names and kinds as people read them, in Russian and English."""

from datetime import date, datetime
from html import escape
from zoneinfo import ZoneInfo

from babel.dates import format_date

from bot.text import N_
from desk.i18n import words

__all__ = ["day", "day_and_time", "escape", "kind_short", "short_day"]


# Kinds of requests in two or three words: topic names and reminders have no room for the law's own.
KINDS = {
    "consent_withdrawal": N_("consent withdrawal"),
    "stop_processing": N_("stop processing"),
    "access_request": N_("access to data"),
    "rectification": N_("rectification"),
    "blocking_request": N_("blocking"),
    "destruction_request": N_("destruction"),
    "unlawful_processing": N_("unlawful processing"),
    "marketing_optout": N_("no advertising"),
    "distribution_stop": N_("stop distribution"),
    "automated_decision_objection": N_("automated decision"),
    "claim": N_("claim"),
    "consumer_claim": N_("consumer claim"),
    "rkn_request": N_("Roskomnadzor request"),
    "rkn_block_request": N_("Roskomnadzor blocking"),
    "rkn_order": N_("Roskomnadzor order"),
    "authority_order": N_("authority order"),
    "breach_report": N_("breach"),
    "question": N_("question"),
    "complaint": N_("complaint"),
    "destruction_impossible": N_("destruction impossible"),
    "purpose_reached": N_("purpose reached"),
}

# What a stopped clock means: the words of its button.
DONE = {
    "stop": N_("Processing stopped"),
    "destroy": N_("Data destroyed"),
    "answer": N_("Answered"),
    "block": N_("Data blocked"),
    "unblock": N_("Data unblocked"),
    "correct": N_("Data corrected"),
    "notify": N_("Notified"),
    "take_down": N_("Taken down"),
}
# The same key means something else to some kinds.
DONE_FOR = {
    ("marketing_optout", "stop"): N_("Mailings stopped"),
}


def kind_short(kind: str, language: str) -> str:
    """A kind in two or three words; a kind we have no words for is its key."""
    known = KINDS.get(kind)
    return words("bot", language).gettext(known) if known else kind.replace("_", " ")


def done_words(kind: str, key: str, label: str, language: str) -> str:
    """What the button of a clock says was done; a clock we have no words for has its own name."""
    known = DONE_FOR.get((kind, key)) or DONE.get(key)
    return words("bot", language).gettext(known) if known else label


def day(value: date, language: str) -> str:
    """A date in full: 18 декабря 2026 г., 18 December 2026."""
    return format_date(value, "d MMMM y 'г'." if language == "ru" else "d MMMM y", locale=language)


def short_day(value: date) -> str:
    """A date on a card: 18.12.2026."""
    return f"{value:%d.%m.%Y}"


def day_and_time(moment: datetime, zone: ZoneInfo, language: str) -> str:
    """A moment in the operator's time, the zone named: 21.11.2026 14:05 МСК."""
    local = moment.astimezone(zone)
    return f"{local:%d.%m.%Y %H:%M} {zone_name(local, language)}"


def topic_address(chat: int, topic: int | None) -> str:
    """The address that opens a topic in Telegram; empty where there is none (only supergroups have such addresses)."""
    return f"https://t.me/c/{str(chat)[4:]}/{topic}" if topic and str(chat).startswith("-100") else ""


def clock_time(moment: datetime, zone: ZoneInfo) -> str:
    """The hour and minute in the operator's time."""
    return f"{moment.astimezone(zone):%H:%M}"


def zone_name(local: datetime, language: str) -> str:
    """A short name of the time zone: МСК for Moscow, else its distance from UTC."""
    if str(local.tzinfo) == "Europe/Moscow":
        return "МСК" if language == "ru" else "MSK"
    offset = local.utcoffset()
    hours = int(offset.total_seconds() // 60) if offset else 0
    return f"UTC{hours // 60:+d}" + (f":{hours % 60:02d}" if hours % 60 else "")
