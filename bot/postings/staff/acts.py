"""The act of destruction in the topic: the PDF to sign and the copy to edit, and what is still wanted of it."""

from html import escape

from aiogram.methods import SendDocument
from aiogram.types import InputFile

from bot.callbacks import DestroyTap
from bot.calls import UPLOAD_TIMEOUT, Errand, keyboard
from bot.files import Upload
from bot.screens import Rows, button
from bot.text import N_
from desk import contents
from desk.deed import extract
from desk.deed.act import point_words
from desk.i18n import words
from desk.ports import Delivered
from models import Destruction, Posted

ROLE = Posted.ACT


async def act(errand: Errand) -> Delivered:
    """Post the papers of an act; who replies to one of them with a file brings it back signed."""
    row = await Destruction.get(id=errand.content(contents.ActPapers).destruction)
    papers = ((row.act, "pdf"), (row.editable, "docx"))
    caption = caption_of(row, errand.language)
    for number, (blob, kind) in enumerate(papers):
        file = Upload(errand.desk.vault, blob, name_of(row, kind, errand.language))
        last = number == len(papers) - 1

        async def post(file: InputFile = file, last: bool = last) -> list[int]:
            sent = await errand.call(
                SendDocument(
                    **errand.place(),
                    document=file,
                    caption=caption if last else None,
                    parse_mode="HTML" if last else None,
                    reply_markup=keyboard(buttons_of(row, errand.language)) if last else None,
                ),
                seconds=UPLOAD_TIMEOUT,
            )
            return [sent.message_id]

        await errand.once(kind, ROLE, post)
    return errand.delivered()


def name_of(row: Destruction, kind: str, language: str) -> str:
    """The name of an act's file; it names nobody."""
    called = "Акт-об-уничтожении" if language == "ru" else "act-of-destruction"
    return f"{called}-{row.number}.{kind}"


def caption_of(row: Destruction, language: str) -> str:
    """What the act is and what is still to be done with it."""
    _ = words("bot", language).gettext
    lines = ["<b>" + escape(_("🗂 Act № %(number)s: %(place)s") % {"number": row.number, "place": row.place}) + "</b>"]
    lines.append(escape(_("Print and sign it, or sign the file electronically, and reply to it with the signed one.")))
    if not row.paper and not row.extract:
        lines.append(
            "⚠️ " + escape(_("The extract of the event log is missing: without it the act is not enough (Order 179, point 2)."))
        )
    elif not row.paper:
        lines.append(extract_line(row, language))
    return "\n".join(lines)


def extract_line(row: Destruction, language: str) -> str:
    """What the log extract shows, and what the act shows instead."""
    _ = words("bot", language).gettext
    missing = extract.lacking(row.extract_seen)
    if not missing:
        return "📎 " + escape(_("The extract “%(name)s” shows all five points.") % {"name": row.extract_name})
    points = "; ".join(point_words(one, language) for one in missing)
    said = N_("The extract “%(name)s” does not show: %(points)s. The act states it (point 6).")
    return "📎 " + escape(_(said) % {"name": row.extract_name, "points": points})


def buttons_of(row: Destruction, language: str) -> Rows:
    """What can be done with an act."""
    _ = words("bot", language).gettext
    rows: Rows = []
    if not row.paper:
        said = _("Attach the log extract") if not row.extract else _("Another log extract")
        rows.append([button("📎 " + said, DestroyTap(choice="extract", ticket=row.ticket_id, id=row.id).pack())])
    rows.append([button("🗑 " + _("Void this act"), DestroyTap(choice="void?", ticket=row.ticket_id, id=row.id).pack())])
    return rows
