"""What staff write: a reply to the requester's message or to the card goes out, everything else in a topic is a note."""

import re
from datetime import datetime, timedelta

from aiogram import F, Router
from aiogram.types import Message

from bot.screens import say
from bot.staff.guard import writer
from bot.staff.place import ANSWERABLE, UNKNOWN, Place, ticket_of
from bot.text import N_, Piece, after_moment, without_command
from bot.words import described, entities_of, said
from desk.context import Desk
from desk.errors import Refused, Temporary
from desk.outward import replies
from desk.ports import File, Outcome
from models import Direction, Inbound, Ticket
from models import Message as Stored

# How often it is looked again what a message replies to.
UNKNOWN_TRIES = 4
# The command whose text begins with a moment; the requester never sees it.
LATER = re.compile(r"/later(?:@\w+)?\b", re.IGNORECASE)


def setup() -> Router:
    router = Router(name="staff messages")
    router.message.register(unknown_command, F.text.regexp(r"^/[A-Za-z]") | F.caption.regexp(r"^/[A-Za-z]"))
    router.message.register(staff_message)
    router.edited_message.register(staff_edit)
    return router


async def unknown_command(message: Message, username: str) -> Outcome:
    """A command we do not have is never sent to a requester; one for another bot is none of our business."""
    _name, _sep, bot_name = (message.text or message.caption or "").split()[0].partition("@")
    if bot_name and bot_name.lower() != username.lower():
        return Outcome("ignored")
    raise Refused(N_("There is no such command; /help names them. To send these very words, write /reply before them."))


async def staff_message(message: Message, desk: Desk, now: datetime, row: Inbound, files: tuple[File, ...]) -> Outcome:
    """A reply or a note, by what it replies to."""
    place = await ticket_of(message)
    if place.ticket is None:
        return Outcome("ignored")
    if place.role == UNKNOWN:
        # Somebody was faster than the record of what we had just posted; or that record was lost with a process.
        if row.attempts < UNKNOWN_TRIES:
            raise Temporary("What this replies to is not recorded yet.", timedelta(seconds=1))
        raise Refused(N_("It is not known what this replies to, so it went nowhere. Reply to the card, or write /reply."))
    if place.role in ANSWERABLE or await _of_reply_album(message, place.ticket):
        return await send_reply(message, desk, place, now, files)
    return await keep_note(message, desk, place.ticket, now, files)


async def send_reply(
    message: Message,
    desk: Desk,
    place: Place,
    now: datetime,
    files: tuple[File, ...],
    *,
    command: bool = False,
    piece: Piece | None = None,
    at: datetime | None = None,
    held: bool = False,
) -> Outcome:
    """Decide that the requester gets this message; `piece` are its words where they are not all that stands in it.

    `at` and `held` say when it leaves (desk.outward.replies.reply).
    """
    assert place.ticket is not None
    if await Stored.exists(external_id=external_id(message)):
        return Outcome("duplicate", place.ticket.id)
    staff = await writer(desk, message, now)
    text, entities = message.text or message.caption or "", entities_of(message)
    if piece is not None:
        text, entities = piece
    elif command:
        text, entities = without_command(text, entities)
    if not text and not files:
        # A place, a contact, a poll: the requester gets them in words.
        text, entities = "\n".join(described(message, place.ticket.language)), []
    if any(not one.blob for one in files):
        raise Refused(N_("A file of this reply could not be fetched from Telegram (over 20 MB?). Nothing was sent."))
    await replies.reply(
        desk,
        place.ticket,
        staff=staff,
        text=text,
        entities=entities,
        files=files,
        external_id=external_id(message),
        album=message.media_group_id or "",
        reply_to=message.message_id,
        now=now,
        at=at,
        held=held,
        leg=place.leg,
        answers=place.answers,
        quote=message.quote.text if message.quote is not None else "",
    )
    return Outcome("reply", place.ticket.id)


async def keep_note(
    message: Message, desk: Desk, ticket: Ticket, now: datetime, files: tuple[File, ...], *, command: bool = False
) -> Outcome:
    """Keep talk among staff with its ticket; nobody answers it, and it goes nowhere."""
    if await Stored.exists(external_id=external_id(message)):
        return Outcome("duplicate", ticket.id)
    staff = await writer(desk, message, now)
    text = said(message, desk.staff_language)
    if command:
        text = without_command(text)[0]
        if not text.strip() and not files:
            raise Refused(N_("Write the note after the command: /note text."))
    await replies.note(desk, ticket, staff=staff, text=text, files=files, external_id=external_id(message), now=now)
    return Outcome("note", ticket.id)


async def staff_edit(message: Message, desk: Desk, row: Inbound, now: datetime) -> Outcome:
    """An edited reply changes what waits to be sent; of what has left, staff are told so. Notes keep their versions."""
    known = await Stored.filter(external_id=external_id(message)).order_by("-version").first().select_related("ticket")
    if known is None or known.direction == Direction.IN:
        return Outcome("ignored")
    staff = await writer(desk, message, now)
    text, entities = message.text or message.caption or "", entities_of(message)
    if text.startswith("/"):
        scheduled = LATER.match(text)
        text, entities = without_command(text, entities)
        if scheduled:
            text, entities = after_moment(text, entities)[1]
    if known.direction == Direction.NOTE:
        if text != known.text:
            await replies.note(desk, known.ticket, staff=staff, text=text, files=(), external_id=known.external_id, now=now)
        return Outcome("note", known.ticket_id)
    if text == known.text:
        return Outcome("unchanged", known.ticket_id)
    result = await replies.amend(desk, external_id=known.external_id, text=text, entities=entities, staff=staff, now=now)
    if result == replies.TOO_LATE:
        await say(
            N_("This reply has left already, so the edit was not sent. Reply once more to correct it."),
            {},
            key=f"too_late:{row.id}",
            now=now,
            ticket=known.ticket,
            reply_to=message.message_id,
        )
    return Outcome(result, known.ticket_id)


def external_id(message: Message) -> str:
    """How a message of the group is known to the desk."""
    return f"{message.chat.id}:{message.message_id}"


async def _of_reply_album(message: Message, ticket: Ticket) -> bool:
    """Whether an earlier part of the same album was sent as a reply: the command stands under its first part only."""
    album = message.media_group_id
    return bool(album) and await Stored.filter(ticket_id=ticket.id, album=album, direction=Direction.OUT).exists()
