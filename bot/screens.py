"""What handlers say: rows of the outbox that the delivery turns into messages, screens and answers to taps."""

from collections.abc import Sequence
from datetime import datetime

from aiogram.types import CallbackQuery

from desk import contents, outbox
from desk.contents import Asked
from desk.contents.screens import Button, Rows
from models import Inbound, Outbox, Ticket


def button(text: str, data: str) -> Button:
    """A button that tells the bot; `data` has at most 64 bytes (Bot API InlineKeyboardButton)."""
    return {"text": text, "data": data}


def link(text: str, url: str) -> Button:
    """A button that opens an address."""
    return {"text": text, "url": url}


async def answer(event: CallbackQuery, row: Inbound, now: datetime, text: str = "", *, alert: bool = False) -> None:
    """Answer a tap: a word on top of the chat, or a box to confirm. The first answer to a tap counts.

    It goes ahead of everything else, and is dropped when it is half a minute late. `text` has at most 200 characters.
    """
    await outbox.put(
        channel="telegram" if event.message is not None and event.message.chat.type == "private" else "staff",
        conversation=f"callback:{event.id}",
        key=f"callback:{event.id}",
        content=contents.Callback(id=event.id, text=text[:200], alert=alert, at=row.stored_at),
        now=now,
        priority=outbox.URGENT,
    )


async def show(
    *,
    chat: int,
    key: str,
    html: str,
    now: datetime,
    buttons: Rows | None = None,
    dialog: str = "",
    edit: int | None = None,
    language: str = "ru",
) -> Outbox | None:
    """Show a screen in a private chat.

    With `dialog` (a key of models.Dialog) the dialog's one message is edited in place, and made when there is none; with
    `edit` that very message is edited. Otherwise a new message is sent. `html` is Telegram's HTML, escaped by the caller.
    """
    return await outbox.put(
        channel="telegram",
        conversation=outbox.private(chat),
        key=key,
        content=contents.PrivateScreen(chat=chat, html=html, buttons=buttons or [], dialog=dialog, edit=edit, language=language),
        now=now,
        priority=outbox.URGENT,
    )


async def fold(chat: int, message: int, *, key: str, html: str, now: datetime, language: str = "ru") -> Outbox | None:
    """Fold an old screen of a private chat into a line without buttons; one that is gone stays gone."""
    return await outbox.put(
        channel="telegram",
        conversation=outbox.private(chat),
        key=key,
        content=contents.PrivateScreen(chat=chat, html=html, buttons=[], edit=message, fold=True, language=language),
        now=now,
        priority=outbox.URGENT,
    )


async def ask_staff(
    *,
    key: str,
    html: str,
    now: datetime,
    ticket: Ticket | None = None,
    buttons: Rows | None = None,
    reply_to: int | None = None,
    edit: int | None = None,
    asks: Asked | None = None,
) -> Outbox | None:
    """Show a screen in a ticket's topic, or without a ticket in the group's general room.

    `asks` is what a reply to it, or a tap on it, answers (bot.staff.asking).
    """
    return await outbox.put(
        channel="staff",
        conversation=outbox.topic(ticket) if ticket else outbox.GENERAL,
        key=key,
        content=contents.StaffScreen(html=html, buttons=buttons or [], reply_to=reply_to, edit=edit, asks=asks),
        now=now,
        ticket=ticket,
        priority=outbox.URGENT,
    )


async def say(
    words: str,
    params: contents.Params,
    *,
    key: str,
    now: datetime,
    ticket: Ticket | None = None,
    reply_to: int | None = None,
    priority: int = outbox.SOON,
    whom: Sequence[int] = (),
) -> Outbox | None:
    """Say a sentence of the catalogue in a ticket's topic, or without a ticket in the group's general room.

    `whom` are the accounts that are called.
    """
    return await outbox.put(
        channel="staff",
        conversation=outbox.topic(ticket) if ticket else outbox.GENERAL,
        key=key,
        content=contents.Notice(words=words, params=params, reply_to=reply_to, whom=tuple(whom)),
        now=now,
        ticket=ticket,
        priority=priority,
    )


async def react(chat: int, message: int, *, key: str, now: datetime, ticket: Ticket | None = None) -> Outbox | None:
    """Put the sign of a note under a message of the group: it was kept, and goes nowhere."""
    return await outbox.put(
        channel="staff",
        conversation=f"reaction:{chat}:{message}",
        key=key,
        content=contents.Reaction(message=message),
        now=now,
        ticket=ticket,
        priority=outbox.SOON,
    )


async def remove(chat: int, message: int, *, now: datetime) -> Outbox | None:
    """Delete a message of the group that tells nobody anything."""
    return await outbox.put(
        channel="staff",
        conversation=f"removal:{chat}:{message}",
        key=f"removal:{chat}:{message}",
        content=contents.Removal(message=message),
        now=now,
        priority=outbox.LATE,
    )


async def leave(chat: int, *, key: str, now: datetime) -> Outbox | None:
    """Leave a group that the bot was not made for."""
    return await outbox.put(
        channel="telegram",
        conversation=outbox.private(chat),
        key=key,
        content=contents.Leave(chat=chat),
        now=now,
        priority=outbox.URGENT,
    )


__all__ = ["Button", "Rows", "answer", "ask_staff", "button", "fold", "leave", "link", "say", "show"]
