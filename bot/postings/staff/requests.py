"""The requester's words and files in the topic: what came by Telegram is copied as it is, what came by mail is posted whole."""

from collections.abc import Sequence
from contextlib import suppress

from aiogram.methods import CopyMessage, CopyMessages, DeleteMessages, SendDocument

from bot.calls import UPLOAD_TIMEOUT, Errand, shape
from bot.errors import MessageGone, Migrated, TopicClosed
from bot.files import TOO_BIG, Upload
from bot.format import clock_time
from bot.postings.media import Manner, fits_caption, post_files, takes_caption
from bot.postings.staff.whole import Footer, footer, with_footer
from bot.screens import Rows
from bot.text import Piece, quoting, shifted, split, units
from desk.errors import DeskError, Misconfigured, Permanent, PutOff, Temporary, TopicGone
from desk.ports import Delivered
from models import Attachment, Direction, Entity, Instruction, Message, Outbox, Posted, Receipt, Requester, Ticket
from models.store.rows import chosen

# A letter longer than so many messages is posted as its beginning and a text file: a topic is no place for a book.
LONGEST = 3
# After so many failures our own bytes are posted instead of a copy.
COPY_TRIES = 3
# Authors of what is not the requester's (models.Message).
PROCESSOR, STRANGER = "processor:", "stranger"
# Where a message of the requester stands: below their name, or on the card.
SHOWN = (Posted.REQUESTER, Posted.CARD)
CAPTIONED = frozenset({"photo", "document", "voice", "audio", "video", "animation"})


async def requester(errand: Errand) -> Delivered:
    """Post one message of the requester, or all parts of an album together."""
    parts = await _parts(errand)
    message = parts[0]
    reply_to = await _earlier(errand, message) if message.version > 1 else await _answered(errand, message)
    header = await header_of(errand, message)
    header = quoting(header, message.quote, units(header[0]))
    files = [file for part in parts for file in part.attachments]
    if message.channel == "telegram" and files and len(files) == len(parts):
        await _copied(errand, parts, files, header, reply_to)
    else:
        await _written(errand, message, files, header, reply_to)
    return errand.delivered()


async def _parts(errand: Errand) -> list[Message]:
    """The row's message; of an album also the parts that have no row of their own."""
    assert errand.row.message_id is not None
    message = await Message.get(id=errand.row.message_id).prefetch_related("attachments")
    if not message.album or message.version > 1:
        return [message]
    others = (
        await Message.filter(
            ticket_id=message.ticket_id, album=message.album, direction=Direction.IN, version=1, id__gt=message.id
        )
        .order_by("id")
        .prefetch_related("attachments")
    )
    alone = set(
        await Outbox.filter(message_id__in=[one.id for one in others], errand="requester").values_list("message_id", flat=True)
    )
    return [message, *(one for one in others if one.id not in alone)]


async def _earlier(errand: Errand, message: Message) -> int | None:
    """Where the former version of an edited message stands in the topic."""
    versions = await Message.filter(
        ticket_id=message.ticket_id, channel=message.channel, external_id=message.external_id, id__lt=message.id
    ).values_list("id", flat=True)
    found = (
        await Receipt.filter(
            channel="staff",
            place=str(errand.chat),
            message_id__in=list(versions),
            role__in=SHOWN,
            ticket_id=errand.row.ticket_id,
        )
        .order_by("-id")
        .first()
    )
    return int(found.external_id) if found else None


async def _answered(errand: Errand, message: Message) -> int | None:
    """Where what the message replies to stands in the topic: words of the requester's own, or what staff wrote there."""
    answered = await Message.get_or_none(id=message.answers) if message.answers else None
    if answered is None:
        return None
    chat, _, number = answered.external_id.rpartition(":")
    if answered.direction == Direction.OUT and chat == str(errand.chat) and number.isdecimal():
        return int(number)
    shown = Receipt.filter(channel="staff", place=str(errand.chat), ticket_id=errand.row.ticket_id, role__in=SHOWN)
    found = await shown.filter(message_id=answered.id).order_by("id").first()
    return int(found.external_id) if found else None


_MARKS = {
    "mail": "✉️ ",
    "paper": "📮 ",
    "visit": "🚶 ",
    "phone": "☎️ ",
    "portal": "🌐 ",
    "order": "🏛 ",
    "incident": "🚨 ",
    "purpose": "🏁 ",
}


async def header_of(errand: Errand, message: Message) -> Piece:
    """A line that says whose words follow: 💬 Анна · 14:05."""
    _ = errand._
    assert errand.ticket is not None
    # What came by a merged ticket bears that one's name and number.
    of_it = message.ticket_id == errand.ticket.id
    [leg] = [errand.ticket] if of_it else await chosen(Ticket, "id = {}", message.ticket_id)
    [requester] = await chosen(Requester, "id = {}", leg.requester_id)
    name = (leg.named or requester.name or _("Requester"))[:100]
    mark = "✏️ " if message.version > 1 else _MARKS.get(message.channel, "💬 ")
    if message.direction == Direction.NOTE:  # what a program or a colleague sent about the ticket
        mark = "🤖 "
    if message.author.startswith(PROCESSOR):
        told = await Instruction.get_or_none(id=int(message.author.removeprefix(PROCESSOR)))
        mark, name = "🏭 ", told.processor[:100] if told else name
    elif message.author == STRANGER:
        mark, name = "🕵️ ", _("Somebody else")
    zone = errand.desk.operator.zone
    today = message.at.astimezone(zone).date() == errand.now.astimezone(zone).date()
    tail = " · " + ("" if today else f"{message.at.astimezone(zone):%d.%m} ") + clock_time(message.at, zone)
    if leg.id != errand.ticket.id:
        tail += f" · № {leg.id}"
    if message.version > 1:
        tail += " · " + _("edited")
    entity: Entity = {"type": "bold", "offset": units(mark), "length": units(name)}
    return f"{mark}{name}{tail}", [entity]


def _role(message: Message) -> Posted:
    """What a posting of a message is: an answer to that of a requester leaves the house, one to anybody else's does not."""
    others = message.author == STRANGER or message.author.startswith(PROCESSOR)
    return Posted.PROCESSOR if others else Posted.REQUESTER


def joined(header: Piece, text: str, entities: Sequence[Entity] = ()) -> Piece:
    """A header line with the words below it."""
    if not text.strip():
        return header
    start = f"{header[0]}\n"
    return start + text, [*header[1], *shifted(entities, units(start))]


async def as_written(errand: Errand, message: Message, files: Sequence[Attachment], header: Piece) -> tuple[Piece, Footer | None]:
    """All words of a message as they are posted: its header, what was written, and what is said below a letter."""
    by_mail = message.channel == "mail"
    # Of a letter that only quotes nothing is left: its quotation is folded, not shown as its words.
    text = message.new_text.strip() or ("" if by_mail else message.text.strip())
    if by_mail and message.subject and not message.version > 1:
        text = f"{message.subject.strip()}\n\n{text}" if text else message.subject.strip()
    note = footer(errand, message, files) if by_mail else None
    if not text and not files and not note:
        text = errand._("(an empty message)")
    words = joined(header, text)
    return (with_footer(words, note) if note else words), note


async def _written(errand: Errand, message: Message, files: Sequence[Attachment], header: Piece, reply_to: int | None) -> None:
    """Words as text, files as documents under their own names."""
    by_mail = message.channel == "mail"
    words, note = await as_written(errand, message, files, header)
    pieces = split(*words)
    steps = {f"words:{number}": piece for number, piece in enumerate(pieces)}
    if len(pieces) > LONGEST:
        await _book(errand, message, pieces[0], reply_to)
        steps = {"words:below": note.piece} if note else {}
    for step, piece in steps.items():
        buttons = note.buttons if note and piece is list(steps.values())[-1] else None

        async def post(piece: Piece = piece, buttons: Rows | None = buttons) -> list[int]:
            return [await errand.post(piece, reply_to=reply_to, buttons=buttons)]

        await errand.once(step, _role(message), post)
    # What the sender placed inside the text (a logo, a signature) comes last. Several files of one Telegram message (of a
    # rich message, of paid media) are sent as what they are there.
    shown = [one for one in files if not one.aside]
    await post_files(errand, sorted(shown, key=lambda one: one.inline), Manner(_role(message), upload=by_mail))


async def _book(errand: Errand, message: Message, beginning: Piece, reply_to: int | None) -> None:
    """The beginning of a very long letter, and all of it as a text file."""
    _ = errand._

    async def first() -> list[int]:
        return [await errand.post(beginning, reply_to=reply_to)]

    async def whole() -> list[int]:
        blob = await errand.desk.vault.write_async((message.text or message.new_text).encode())
        try:
            sent = await errand.call(
                SendDocument(
                    **errand.place(reply_to),
                    document=Upload(errand.desk.vault, blob.name, f"{message.ticket_id}-{message.id}.txt"),
                    caption=_("The message goes on; all of it is in this file."),
                ),
                seconds=UPLOAD_TIMEOUT,
            )
        finally:
            errand.desk.vault.delete(blob.name)
        return [sent.message_id]

    await errand.once("words:0", _role(message), first)
    await errand.once("words:whole", _role(message), whole)


async def _copied(
    errand: Errand, parts: Sequence[Message], files: Sequence[Attachment], header: Piece, reply_to: int | None
) -> None:
    """Photos, voices and files copied from the private chat; from our own copies when the original is gone."""
    text = "\n".join(one.text.strip() for one in parts if one.text.strip())
    words = joined(header, text)
    lost = [file for file in files if file.missing == TOO_BIG]
    captioned = len(parts) == 1 and files[0].telegram_kind in CAPTIONED and fits_caption(words)
    if not captioned:
        # A caption too long to stand below a header of ours stays with its copy.
        alone = len(parts) == 1 and files[0].telegram_kind in CAPTIONED
        for number, piece in enumerate([header] if alone else split(*words)):

            async def say(piece: Piece = piece) -> list[int]:
                return [await errand.post(piece, reply_to=reply_to)]

            await errand.once(f"words:{number}", Posted.REQUESTER, say)
    try:
        await _copy(errand, parts, words if captioned else None, reply_to)
    except (Permanent, Temporary, Misconfigured) as error:
        if not _given_up(errand, error):
            raise
        # The person has deleted it, it is protected, another bot than this one got it: we have it too.
        fits = captioned and takes_caption(files, upload=False)
        if captioned and not fits:
            await errand.once("words:0", Posted.REQUESTER, lambda: _say(errand, words, reply_to))
        how = Manner(_role(parts[0]), upload=False, reply_to=reply_to)
        await post_files(errand, files, how, words if fits else None)
    for file in lost:

        async def warn(name: str = file.name) -> list[int]:
            note = errand._("⚠️ “%(name)s” is over 20 MB: the desk has no copy of its own. Save it from here.")
            return await _say(errand, (note % {"name": name}, []), None)

        await errand.once(f"lost:{file.id}", Posted.NOTICE, warn)


def _given_up(errand: Errand, error: DeskError) -> bool:
    """Whether an original is not copied any more: refused, whatever the reason, or failed again and again."""
    if isinstance(error, Temporary):
        return errand.row.attempts >= COPY_TRIES and not isinstance(error, PutOff | Migrated | TopicClosed)
    return not isinstance(error, TopicGone)


async def _say(errand: Errand, piece: Piece, reply_to: int | None) -> list[int]:
    return [await errand.post(piece, reply_to=reply_to)]


async def _copy(errand: Errand, parts: Sequence[Message], caption: Piece | None, reply_to: int | None) -> None:
    """Copy the messages as they are; an album stays an album. Raises MessageGone when an original is not there."""
    origins = [_origin(one) for one in parts]
    chat = origins[0][0]
    if len(parts) == 1:

        async def post() -> list[int]:
            words = shape(caption, "caption") if caption else {}
            copy = await errand.call(CopyMessage(**errand.place(reply_to), from_chat_id=chat, message_id=origins[0][1], **words))
            return [copy.message_id]

        await errand.once("copy", Posted.REQUESTER, post)
        return

    async def album() -> list[int]:
        place = errand.place()
        place.pop("reply_parameters")
        copies = await errand.call(
            CopyMessages(**place, from_chat_id=chat, message_ids=sorted(number for _, number in origins), remove_caption=True),
            cost=len(origins),
        )
        if len(copies) < len(origins):
            # Telegram leaves out what it cannot copy and does not say which: all of it again, from our own copies.
            if copies:
                with suppress(DeskError):
                    await errand.call(DeleteMessages(chat_id=errand.chat, message_ids=[one.message_id for one in copies]), cost=0)
            raise MessageGone("The messages are not there any more.")
        return [one.message_id for one in copies]

    await errand.once("copy", Posted.REQUESTER, album, [one.id for one in parts])


def _origin(message: Message) -> tuple[int, int]:
    """Chat and message id of a Telegram message, from its external id."""
    chat, _, number = message.external_id.rpartition(":")
    try:
        return int(chat), int(number)
    except ValueError:
        raise MessageGone("The message is not there any more.") from None
