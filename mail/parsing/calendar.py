"""Invitations (iCalendar) as words: what they are about, when and where, who asks, and what is written in them."""

from datetime import datetime
from typing import Any

from mail.parsing import charset

_LONGEST = 1_000_000
_MOST_EVENTS = 20


def calendar_text(content: bytes, declared: str | None = None) -> str:
    """The readable text of a calendar; of one that cannot be parsed, the calendar as it is written."""
    text = charset.decode(content[:_LONGEST], declared or "utf-8")[0].strip()
    from icalendar import Calendar  # noqa: PLC0415 - rarely needed

    try:
        found = Calendar.from_ical(text.replace("\n", "\r\n"), multiple=True)
        said = [_event(one) for box in found for one in box.walk() if one.name in {"VEVENT", "VTODO", "VJOURNAL"}]
    except Exception:  # noqa: BLE001 - whatever is wrong with it, its words are shown
        return text
    return "\n\n".join(one for one in said[:_MOST_EVENTS] if one) or text


def _event(event: Any) -> str:
    when = " – ".join(_moment(event, name) for name in ("DTSTART", "DTEND") if event.get(name) is not None)
    organizer = str(event.get("ORGANIZER") or "").removeprefix("mailto:").removeprefix("MAILTO:")
    lines = [
        f"📅 {_value(event, 'SUMMARY')}".strip(),
        when,
        *(_value(event, name) for name in ("LOCATION", "URL")),
        organizer,
        *(_value(event, name) for name in ("DESCRIPTION", "COMMENT")),
    ]
    return charset.clean("\n".join(line for line in lines if line.strip("📅 ")))


def _value(event: Any, name: str) -> str:
    value = event.get(name)
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _moment(event: Any, name: str) -> str:
    value = getattr(event.get(name), "dt", None)
    if isinstance(value, datetime):
        return f"{value:%d.%m.%Y %H:%M}" + (" UTC" if str(value.tzinfo or "") == "UTC" else "")
    return f"{value:%d.%m.%Y}" if value else ""
