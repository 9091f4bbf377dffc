"""The reasoned notice of an extension in the requester's private chat."""

from bot.calls import Errand
from bot.format import day, day_and_time
from bot.postings.requester.decisions import assembled, complaint
from bot.text import Piece
from desk.contents import Extension
from desk.i18n import words
from desk.letters.numbers import known_as
from desk.ports import Delivered
from models import Posted


async def extension(errand: Errand) -> Delivered:
    """What is extended, by which article, why, until when, and where to complain; long reasons take several messages."""
    return await errand.write(extension_piece(errand.content(Extension), errand), Posted.EXTENSION)


def extension_piece(content: Extension, errand: Errand) -> Piece:
    """The words of the notice. Staff's reasons stand in a quotation, as they were written."""
    _, language = words("bot", errand.language).gettext, errand.language
    received = day_and_time(content.received_at, errand.desk.operator.zone, language)
    parts: list[tuple[str, str]] = [
        (_("⏳ The term of your request № %(number)s is extended") % {"number": known_as(content, language)}, "bold"),
        (content.name + "\n" + _("Received: %(when)s") % {"when": received}, ""),
        (
            _("What has to be done: %(what)s") % {"what": content.label}
            + "\n"
            + _("Term so far: %(date)s") % {"date": day(content.old_due, language)},
            "",
        ),
        (_("New term: %(date)s at the latest") % {"date": day(content.new_due, language)}, "bold"),
        (_("Legal basis: %(article)s") % {"article": content.article}, ""),
        (_("Why:"), ""),
        (content.reason, "blockquote"),
        (_("The law permits this once. We will answer as soon as we are done; you need not do anything."), ""),
        (complaint(errand.desk.regime.name, _), ""),
    ]
    return assembled(parts)
