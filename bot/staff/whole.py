"""The tap that shows a letter with all that was folded away."""

from aiogram import Router
from aiogram.types import CallbackQuery

from bot.callbacks import WholeTap
from bot.staff.talk import Talk
from bot.text import N_
from desk import contents, outbox
from desk.errors import Refused
from desk.ports import Outcome
from desk.ticket import legs
from models import Became, Message


def setup() -> Router:
    router = Router(name="whole letter")
    router.callback_query.register(whole_tapped, WholeTap.filter())
    return router


async def whole_tapped(event: CallbackQuery, callback_data: WholeTap, talk: Talk) -> Outcome:
    """Have the letter posted whole, below, in the topic in which its matter goes on."""
    await talk.staff()
    message = await Message.get_or_none(id=callback_data.message).select_related("ticket")
    if message is None:
        raise Refused(N_("This letter is not kept any more."))
    ticket = await legs.head(message.ticket)
    await outbox.put(
        channel="staff",
        conversation=outbox.topic(ticket),
        key=f"whole:{talk.row.id}",
        content=contents.WholeLetter(reply_to=talk.under if event.message else None),
        now=talk.now,
        ticket=ticket,
        message=message,
        priority=outbox.SOON,
    )
    await talk.answer()
    return Outcome(Became.TAP, ticket.id, "whole")
