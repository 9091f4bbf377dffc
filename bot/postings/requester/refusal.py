"""A reasoned refusal, or the notice that processing goes on, in the requester's private chat."""

from typing import Any

from bot.calls import Errand
from bot.format import day, day_and_time
from bot.postings.requester.decisions import assembled, complaint
from bot.text import Piece
from desk.contents import Refusal
from desk.i18n import words
from desk.letters.numbers import known_as
from desk.ports import Delivered
from models import Ending, Posted


async def refusal(errand: Errand) -> Delivered:
    """What is decided, by which article, why, what was done nevertheless; in as many messages as it takes."""
    return await errand.write(refusal_piece(errand.content(Refusal), errand), Posted.REFUSAL)


def refusal_piece(content: Refusal, errand: Errand) -> Piece:
    """The words of the decision. Staff's reasons stand in a quotation, as they were written."""
    _, language, zone = words("bot", errand.language).gettext, errand.language, errand.desk.operator.zone
    goes_on, done = content.outcome == Ending.CONTINUED, content.met
    received = day_and_time(content.received_at, zone, language)
    parts: list[tuple[str, str]] = [
        (_("📄 The decision on your request № %(number)s") % {"number": known_as(content, language)}, "bold"),
        (content.name + "\n" + _("Received: %(when)s") % {"when": received}, ""),
        (_decision(goes_on=goes_on, done=bool(done), gettext=_), "bold"),
        (_("Legal basis: %(article)s") % {"article": content.article} + f" — {content.provision}.", ""),
        (_("Why:"), ""),
        (content.reason, "blockquote"),
    ]
    if done:
        dates = [day(one.at.astimezone(zone).date(), language) for one in done]
        lines = [f"• {one.label}: {_('done on %(date)s') % {'date': date}}" for one, date in zip(done, dates, strict=True)]
        parts.append((_("What was done:") + "\n" + "\n".join(lines), ""))
    if goes_on:
        parts.append((_("When this ground ceases, the processing will stop. To object, just write here."), ""))
    else:
        parts.append((_("If there is information that changes the matter, just write here: we will consider it."), ""))
    if not content.to_authority:
        parts.append((complaint(errand.desk.regime.name, _), ""))
    return assembled(parts)


def _decision(*, goes_on: bool, done: bool, gettext: Any) -> str:
    _ = gettext
    said: str
    if goes_on and done:
        said = _("The demand was met in part. For the rest, the processing goes on in so far as the law permits it.")
    elif goes_on:
        said = _("The processing goes on in so far as the law permits it.")
    else:
        said = _("This demand is refused in its remaining part.") if done else _("This demand is refused.")
    return said
