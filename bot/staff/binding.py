"""A button belongs to the message that bears it, and to that message's ticket; whatever else claims to be one is out of date."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware
from aiogram.filters.callback_data import CallbackData
from aiogram.types import CallbackQuery, Message, TelegramObject

from bot import callbacks
from bot.screens import answer
from bot.text import N_
from desk import contents
from desk.i18n import words
from desk.ports import Outcome
from desk.ticket import finding, legs
from models import Became, Clock, Demand, Outbox, Receipt, Ticket

_REPLIES = (callbacks.UndoTap, callbacks.WaitTap, callbacks.ReleaseTap)
_TICKETS = (callbacks.CardTap, callbacks.KindTap, callbacks.CloseTap, callbacks.MergeTap, callbacks.IncidentTap)
_DEMANDS = (callbacks.StepTap, callbacks.ProofTap, callbacks.RefuseTap)


class Bound(BaseMiddleware):
    """Answers taps that are not of their message: forged ones, and those of keyboards that have changed ticket."""

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        if not isinstance(event, CallbackQuery) or event.message is None or event.message.chat.id != data["staff_chat"]:
            return await handler(event, data)
        if await bound(event):
            return await handler(event, data)
        gettext = words("bot", data["desk"].staff_language).gettext
        await answer(event, data["row"], data["now"], gettext(N_("This button is out of date.")), alert=True)
        return Outcome(Became.OUT_OF_DATE)


async def bound(event: CallbackQuery) -> bool:
    """Whether a tap belongs to its message: the message bears that button, or it did and shows what the tap is about."""
    message, data = event.message, event.data or ""
    if message is None:
        return False
    if isinstance(message, Message) and data in _shown(message):
        return True
    receipt = await Receipt.get_or_none(
        channel="staff", place=str(message.chat.id), external_id=str(message.message_id)
    ).select_related("outbox")
    parked = _read(callbacks.ParkedTap, data)
    if receipt is not None and parked is not None:
        shown = contents.read(receipt.outbox)
        return isinstance(shown, contents.Parked) and parked.id in {shown.inbound, shown.outbox}
    posting = await finding.by_posting(message.chat.id, message.message_id)
    if receipt is None or posting is None:
        return False
    for kind in (*_TICKETS, *_DEMANDS, *_REPLIES, callbacks.ExtendTap):
        tap = _read(kind, data)
        if tap is not None:
            about = await _ticket_of(tap)
            same = about is not None and (await legs.head(about)).id == (await legs.head(posting.ticket)).id
            return same and (not isinstance(tap, _REPLIES) or _offers(receipt.outbox, tap.reply))
    return False


def _shown(message: Message) -> set[str]:
    """The buttons that a message bears."""
    rows = message.reply_markup.inline_keyboard if message.reply_markup else []
    return {one.callback_data for row in rows for one in row if one.callback_data}


def _read(kind: type[CallbackData], data: str) -> Any:
    try:
        return kind.unpack(data)
    except (TypeError, ValueError):
        return None


async def _ticket_of(tap: Any) -> Ticket | None:
    """The ticket that a tap is about."""
    number: int | None = None
    if isinstance(tap, _TICKETS):
        number = tap.ticket
    elif isinstance(tap, _DEMANDS):
        demand = await Demand.get_or_none(id=tap.demand)
        number = demand.ticket_id if demand else None
    elif isinstance(tap, callbacks.ExtendTap):
        clock = await Clock.get_or_none(id=tap.clock)
        number = clock.ticket_id if clock else None
    elif isinstance(tap, _REPLIES):
        reply = await Outbox.get_or_none(id=tap.reply)
        number = reply.ticket_id if reply else None
    return await Ticket.get_or_none(id=number) if number else None


def _offers(row: Outbox, reply: int) -> bool:
    """Whether a posting is that of this reply, or the reminder that offers to release it."""
    shown = contents.read(row)
    if isinstance(shown, contents.Undo | contents.Status):
        return shown.reply == reply
    return isinstance(shown, contents.Reminder) and reply in shown.held
