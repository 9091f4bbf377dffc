"""Quiet letters as staff read them: who wrote, the beginning of the words, and why no ticket was opened."""

from html import escape
from zoneinfo import ZoneInfo

from bot.callbacks import QuietTap
from bot.screens import Rows, button
from bot.text import N_, clip
from desk.i18n import words
from desk.recognising.judging import WHY
from models import Quiet

# What a quiet letter was held for.
KINDS_OF_QUIET = {
    "auto_reply": N_("automatic replies"),
    "bounce": N_("undelivered mail"),
    "list": N_("mailing lists"),
    "report": N_("reports of machines"),
    "reaction": N_("reactions"),
    "recall": N_("recalled letters"),
    "staff": N_("the operator's own staff"),
    "courtesy": N_("greetings and thanks"),
    "recorded": N_("a mailbox for requests only"),
}
_SHOWN = 250  # characters of the words of a letter
_REASONS = 3  # so many reasons are named


def quiet_html(letter: Quiet, zone: ZoneInfo, language: str) -> tuple[str, Rows]:
    """One quiet letter and its buttons."""
    gettext = words("bot", language).gettext
    at = letter.received_at.astimezone(zone)
    head = f"🔇 <b>{escape(clip(letter.sender, 100) or '—')}</b> · {at:%d.%m %H:%M}"
    lines = [head, escape(clip(letter.subject, 150)), escape(clip(letter.words, _SHOWN))]
    if letter.files:
        lines.append("📎 " + gettext("files: %(count)d") % {"count": letter.files})
    why = ", ".join(gettext(WHY.get(name, name)) for name in letter.why[:_REASONS])
    kind = gettext(KINDS_OF_QUIET.get(letter.kind, letter.kind))
    lines.append(f"<i>{escape(f'{kind}: {why}' if why else kind)}</i>")
    taps = [
        button(gettext("Make a ticket"), QuietTap(choice="raise", id=letter.id).pack()),
        button(gettext("✓ Seen"), QuietTap(choice="seen", id=letter.id).pack()),
    ]
    return "\n".join(line for line in lines if line), [taps]
