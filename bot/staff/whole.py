"""The tap that shows a letter with all that was folded away."""

from datetime import datetime

from aiogram import Router
from aiogram.types import CallbackQuery

from bot.callbacks import WholeTap
from bot.screens import answer
from bot.staff.permission import member
from bot.text import N_
from desk import contents, outbox
from desk.context import Desk
from desk.errors import Refused
from desk.ports import Outcome
from desk.ticket import legs
from models import Became, Inbound, Message


def setup() -> Router:
    router = Router(name="whole letter")
    router.callback_query.register(whole_tapped, WholeTap.filter())
    return router


async def whole_tapped(event: CallbackQuery, callback_data: WholeTap, desk: Desk, row: Inbound, now: datetime) -> Outcome:
    """Have the letter posted whole, below, in the topic in which its matter goes on."""
    await member(desk, event.from_user, now)
    message = await Message.get_or_none(id=callback_data.message).select_related("ticket")
    if message is None:
        raise Refused(N_("This letter is not kept any more."))
    ticket = await legs.head(message.ticket)
    await outbox.put(
        channel="staff",
        conversation=outbox.topic(ticket),
        key=f"whole:{row.id}",
        content=contents.WholeLetter(reply_to=event.message.message_id if event.message else None),
        now=now,
        ticket=ticket,
        message=message,
        priority=outbox.SOON,
    )
    await answer(event, row, now)
    return Outcome(Became.TAP, ticket.id, "whole")
