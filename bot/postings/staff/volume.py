"""A file of the record, made when it leaves: the journal of a span, or the dossier of a ticket."""

from aiogram.methods import SendDocument
from aiogram.types import BufferedInputFile

from bot.calls import UPLOAD_TIMEOUT, Errand
from bot.files import SEND_LIMIT
from desk import contents
from desk.papers.typesetting import set_paper
from desk.papers.words import day
from desk.ports import Delivered
from desk.record import journal as journals
from desk.record.dossier import dossier
from desk.record.journal import Span
from models import Posted


async def volume(errand: Errand) -> Delivered:
    """Post the file; one that Telegram does not take is named with the command that makes it."""
    content = errand.content(contents.Volume)
    _ = errand._

    async def post() -> list[int]:
        name, data, words, command = await (_dossier(errand, content) if content.ending == "zip" else _journal(errand, content))
        if len(data) > SEND_LIMIT:
            said = _("The file is too big for Telegram. On the server: %(command)s") % {"command": command}
            return [await errand.post((said, []), reply_to=content.reply_to)]
        document = BufferedInputFile(data, name)
        sending = SendDocument(**errand.place(content.reply_to), document=document, caption=words, parse_mode=None)
        return [(await errand.call(sending, seconds=UPLOAD_TIMEOUT)).message_id]

    await errand.once("file", Posted.VOLUME, post)
    return errand.delivered()


async def _dossier(errand: Errand, content: contents.Volume) -> tuple[str, bytes, str, str]:
    ticket = errand.ticket
    assert ticket is not None
    data = await dossier(errand.desk, ticket, content.language or errand.desk.papers_language, errand.now)
    words = errand._("🗂 Dossier of № %(number)s. It holds personal data: keep it where they may be kept.") % {"number": ticket.id}
    return f"dossier-{ticket.id}.zip", data, words, f"rightsdesk dossier {ticket.id} --out dossier-{ticket.id}.zip"


async def _journal(errand: Errand, content: contents.Volume) -> tuple[str, bytes, str, str]:
    assert content.first is not None
    assert content.last is not None
    desk, language, span = errand.desk, content.language or errand.desk.papers_language, Span(content.first, content.last)
    found = await journals.lines(desk, span, language)
    if content.ending == "pdf":
        data = await set_paper(journals.as_paper(desk, found, language, span, errand.now), errand.now)
    elif content.ending == "csv":
        data = journals.as_csv(found, language)
    else:
        data = journals.as_xlsx(found, language, journals.heading(span, language))
    words = errand._("📒 Journal of requests, %(first)s – %(last)s. Lines: %(count)d") % {
        "first": day(span.first),
        "last": day(span.last),
        "count": len(found),
    }
    name = f"journal-{span.first}-{span.last}.{content.ending}"
    return name, data, words, f"rightsdesk journal --from {span.first} --to {span.last} --{content.ending} {name}"
