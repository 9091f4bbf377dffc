"""Free messages of a requester: a greeting for /start, and everything else to the desk, words and files alike."""

from datetime import datetime
from html import escape

from aiogram import Router
from aiogram.filters import CommandStart
from aiogram.types import Message, User

from bot.screens import show
from bot.words import full_name, is_service, said, shown_user
from desk import intake, tickets
from desk.context import Desk
from desk.i18n import spoken, words
from desk.ports import File, Incoming, Outcome, Sender
from models import Attachment, Inbound, Ticket
from models import Message as Stored


def setup() -> Router:
    router = Router(name="requester messages")
    router.message.register(start, CommandStart())
    router.message.register(message_written)
    router.edited_message.register(message_edited)
    return router


async def start(message: Message, desk: Desk, row: Inbound, now: datetime) -> Outcome:
    """Say who we are and what to do."""
    language = spoken(message.from_user.language_code if message.from_user else None)
    gettext = words("bot", language).gettext
    html = "\n\n".join(
        [
            "👋 "
            + gettext("Hello! This is %(operator)s.")
            % {"operator": f"<b>{escape(desk.operator.short_name or desk.operator.name)}</b>"},
            gettext(
                "Here you can withdraw consent, ask what personal data we hold about you, or file a claim. "
                "Just write in your own words; files are welcome."
            ),
        ]
    )
    await show(chat=message.chat.id, key=f"start:{row.id}", html=html, now=now, language=language)
    return Outcome("greeted")


async def message_written(message: Message, desk: Desk, row: Inbound, now: datetime, files: tuple[File, ...]) -> Outcome:
    """A free message goes to the person's open ticket, or opens one."""
    if is_service(message) or message.from_user is None:
        return Outcome("ignored")
    ticket = await _ticket_of(message)
    return await intake.take(desk, incoming(message, message.from_user, row, files, ticket), row, now)


async def message_edited(message: Message, desk: Desk, row: Inbound, now: datetime, files: tuple[File, ...]) -> Outcome:
    """An edit adds a version; files that did not change are not stored again, and a moving place is told once."""
    if message.from_user is None or (message.location and message.location.live_period):
        return Outcome("ignored")
    held = [one.sha256 for one in await Attachment.filter(message__external_id=external_id(message))]
    fresh = tuple(one for one in files if one.blob is None or one.blob.sha256 not in held)
    versions = await Stored.filter(external_id=external_id(message)).count()
    taken = incoming(message, message.from_user, row, fresh, await _ticket_of(message), version=max(versions, 1) + 1)
    return await intake.take(desk, taken, row, now)


def external_id(message: Message) -> str:
    """How a message of a private chat is known to the desk."""
    return f"{message.chat.id}:{message.message_id}"


async def _ticket_of(message: Message) -> Ticket | None:
    """The ticket of an album's earlier parts, else the person's newest open one."""
    if message.media_group_id:
        part = await Stored.filter(album=message.media_group_id, channel="telegram").first().select_related("ticket")
        if part is not None:
            return part.ticket
    found = await tickets.of_requester(message.chat.id)
    return found[0] if found else None


def incoming(
    message: Message, user: User, row: Inbound, files: tuple[File, ...], ticket: Ticket | None, *, version: int = 1
) -> Incoming:
    """A Telegram message as the desk takes it."""
    language = ticket.language if ticket else spoken(user.language_code)
    text = said(message, language)
    return Incoming(
        channel="telegram",
        sender=Sender("telegram", str(user.id), name=full_name(user), shown=shown_user(user)),
        received_at=row.received_at,
        external_id=external_id(message),
        text=text,
        new_text=text,
        language=language,
        files=files,
        ticket_id=ticket.id if ticket else None,
        chat_id=message.chat.id,
        album=message.media_group_id or "",
        version=version,
    )
