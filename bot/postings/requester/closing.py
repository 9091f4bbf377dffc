"""That a request was closed before its term, in the requester's private chat."""

from datetime import date
from html import escape

from bot.calls import Errand
from bot.format import day
from desk.contents import Closing
from desk.i18n import words
from desk.letters.numbers import known_as
from desk.ports import Delivered
from models import Posted


async def closing(errand: Errand) -> Delivered:
    """The number, the dates that were promised and end, and how to go on."""

    async def say() -> list[int]:
        content = errand.content(Closing)
        closed = content.closed_at.astimezone(errand.desk.operator.zone).date()
        return [await errand.post(closing_html(content, closed, errand.language))]

    await errand.once("words", Posted.CLOSING, say)
    return errand.delivered()


def closing_html(content: Closing, closed: date, language: str) -> str:
    """The words of the message."""
    _ = words("bot", language).gettext
    head = _("☑️ Your request № %(number)s was closed on %(date)s")
    parts = ["<b>" + escape(head % {"number": known_as(content, language), "date": day(closed, language)}) + "</b>"]
    if content.promised:
        lines = [escape(_("You were told to expect by these dates:"))]
        for due in dict.fromkeys(one.due for one in content.promised):
            names = dict.fromkeys(one.name for one in content.promised if one.due == due)
            lines.append(f"🗓 {day(due, language)} — {escape('; '.join(names))}")
        lines.append(escape(_("The request was closed earlier, so these dates no longer run.")))
        parts.append("\n".join(lines))
    go_on = _(
        "If our answer settled it, you need not do anything. If not, or if you disagree, just write here: "
        "the request opens again with the dates it had."
    )
    parts.append(escape(go_on))
    return "\n\n".join(parts)
