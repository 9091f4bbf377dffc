"""What of a letter is not in its posting: said below it in a line or two, and shown whole after one tap."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiogram.methods import SendDocument

from bot.callbacks import WholeTap
from bot.calls import UPLOAD_TIMEOUT, Errand
from bot.files import Upload
from bot.postings.media import Manner, post_files
from bot.screens import Rows, button
from bot.text import Piece, shifted, split, units
from desk import contents
from desk.i18n import words
from desk.ports import Delivered
from models import Attachment, Message, Posted

# A whole letter longer than so many messages is posted as a text file.
_LONGEST = 4
_FEWEST = 3  # characters by which two texts may differ and nothing be folded


@dataclass(frozen=True)
class Footer:
    """The lines below a letter, in italics, and the button to see the rest."""

    piece: Piece
    buttons: Rows | None


def footer(errand: Errand, message: Message, files: Sequence[Attachment]) -> Footer | None:
    """What staff are told below a letter: what was folded away and how much, what was left out, cut or repaired in reading."""
    ngettext = words("bot", errand.language).ngettext
    folded = _size(message.text) - _size(message.new_text)
    aside = sum(file.aside for file in files)
    lines = []
    if folded > _FEWEST:
        lines.append(
            ngettext(
                "✂️ Folded: %(count)d character of a quoted letter.", "✂️ Folded: %(count)d characters of quoted letters.", folded
            )
            % {"count": folded}
        )
    if aside:
        lines.append(
            ngettext("🖼 %(count)d little picture of the signature.", "🖼 %(count)d little pictures of the signature.", aside)
            % {"count": aside}
        )
    lines += [errand._(one["words"]) % one["params"] for one in message.remarks]
    if not lines:
        return None
    text = "\n".join(lines)
    rest = folded > _FEWEST or aside > 0
    buttons = [[button(errand._("Show the whole letter"), WholeTap(message=message.id).pack())]] if rest else None
    return Footer((text, [{"type": "italic", "offset": 0, "length": units(text)}]), buttons)


def _size(text: str) -> int:
    """Characters without blanks: folding changes those too."""
    return sum(not character.isspace() for character in text)


def with_footer(piece: Piece, below: Footer) -> Piece:
    """Words with the lines that belong below them."""
    start = f"{piece[0]}\n\n"
    text, entities = below.piece
    return start + text, [*piece[1], *shifted(entities, units(start))]


async def whole(errand: Errand) -> Delivered:
    """Post a letter with everything that its posting folded away."""
    _ = errand._
    assert errand.row.message_id is not None
    message = await Message.get(id=errand.row.message_id).prefetch_related("attachments")
    reply_to = errand.content(contents.WholeLetter).reply_to
    heading = _("The whole letter:")
    pieces = split(f"{heading}\n{message.text.strip()}", [{"type": "bold", "offset": 0, "length": units(heading)}])
    if len(pieces) > _LONGEST:
        await errand.once("whole", Posted.REQUESTER, lambda: _as_file(errand, message, reply_to))
        pieces = []
    for number, piece in enumerate(pieces):

        async def post(piece: Piece = piece) -> list[int]:
            return [await errand.post(piece, reply_to=reply_to, silent=True)]

        await errand.once(f"words:{number}", Posted.REQUESTER, post)
    await post_files(errand, [one for one in message.attachments if one.aside], Manner(Posted.REQUESTER, upload=True))
    return errand.delivered()


async def _as_file(errand: Errand, message: Message, reply_to: int | None) -> list[int]:
    blob = await errand.desk.vault.write_async(message.text.encode())
    try:
        sent = await errand.call(
            SendDocument(
                **errand.place(reply_to),
                document=Upload(errand.desk.vault, blob.name, f"{message.ticket_id}-{message.id}.txt"),
                caption=errand._("The whole letter:"),
            ),
            seconds=UPLOAD_TIMEOUT,
        )
    finally:
        errand.desk.vault.delete(blob.name)
    return [sent.message_id]
