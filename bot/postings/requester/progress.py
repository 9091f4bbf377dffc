"""What was done about a request, in the requester's private chat."""

from html import escape

from bot.calls import Errand
from bot.format import day
from desk.contents import Progress
from desk.i18n import words
from desk.letters.numbers import known_as
from desk.outward.progress import said_once
from desk.ports import Delivered
from models import Posted


async def progress(errand: Errand) -> Delivered:
    """The number, what was done, what is still to come by when; nothing of the requester's own words or data."""

    async def say() -> list[int]:
        return [await errand.post(progress_html(errand.content(Progress), errand.language))]

    await errand.once("words", Posted.PROGRESS, say)
    return errand.delivered()


def progress_html(content: Progress, language: str) -> str:
    """The words of the message."""
    _ = words("bot", language).gettext
    parts = [
        "<b>"
        + escape(_("🔧 What we have done about your request № %(number)s") % {"number": known_as(content, language)})
        + "</b>",
        "\n".join(f"✅ {escape(line)}" for line in said_once(content)),
    ]
    if content.coming:
        lines = [escape(_("Still to come:"))]
        for one in content.coming:
            assert one.due is not None
            by = _("by %(date)s at the latest") % {"date": day(one.due, language)}
            lines.append(f"🗓 {escape(one.name)} — {escape(by)} <i>({escape(one.article)})</i>")
        parts.append("\n".join(lines))
    if content.may_go_on:
        go_on = _("Where the law lets or makes us keep some of the data, our answer names the ground.")
        parts.append(f"<i>{escape(go_on)}</i>")
    parts.append(escape(_("You need not do anything. To ask or add something, just write here.")))
    return "\n\n".join(parts)
