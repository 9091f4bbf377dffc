"""Reactions of requesters: a 👍 below an answer is seen by staff; it asks for nothing and opens nothing."""

from datetime import datetime

from aiogram import F, Router
from aiogram.types import MessageReactionUpdated, ReactionTypeCustomEmoji, ReactionTypeEmoji, ReactionTypePaid

from bot.filters import Fits
from bot.group import staff_chat
from bot.screens import say
from bot.text import N_
from desk import history
from desk.context import Desk
from desk.ports import Outcome
from desk.ticket import legs
from models import Action, Became, Direction, Message, Receipt, Ticket

# How reactions without an emoji of their own are shown.
CUSTOM, PAID = "🧩", "⭐️"


def setup() -> Router:
    router = Router(name="requester reactions")
    router.message_reaction.register(reacted, Fits(F.chat.type == "private"))
    return router


async def reacted(event: MessageReactionUpdated, desk: Desk, now: datetime) -> Outcome:
    """Tell staff what was added to a message of a ticket, each sign once; a sign that is taken away is no news."""
    before = {_sign(one) for one in event.old_reaction}
    added = [sign for sign in dict.fromkeys(_sign(one) for one in event.new_reaction) if sign not in before]
    number, message = await _message(event)
    ticket = await Ticket.get_or_none(id=number) if number else None
    if ticket is None or not added:
        return Outcome(Became.IGNORED)
    ticket = await legs.head(ticket)
    signs = " ".join(added)
    words = (
        N_("%(signs)s The requester reacted to this answer.")
        if message is not None and message.direction == Direction.OUT
        else N_("%(signs)s The requester reacted to a message of this chat.")
    )
    # The same sign put and taken away again and again is said once.
    key = f"reaction:{event.chat.id}:{event.message_id}:{'+'.join(added)}"
    shown = await _shown(desk, message)
    await say(words, {"signs": signs}, key=key, now=now, ticket=ticket, reply_to=shown)
    await history.add(ticket.id, "requester", Action.REACTION, {"message": message.id if message else None, "signs": signs}, now)
    return Outcome(Became.REACTION, ticket.id)


def _sign(reaction: object) -> str:
    match reaction:
        case ReactionTypeEmoji():
            return reaction.emoji
        case ReactionTypeCustomEmoji():
            return CUSTOM
        case ReactionTypePaid():
            return PAID
    return "?"


async def _message(event: MessageReactionUpdated) -> tuple[int | None, Message | None]:
    """The ticket and the message of the desk that was reacted to."""
    place, number = str(event.chat.id), str(event.message_id)
    receipt = await Receipt.get_or_none(channel="telegram", place=place, external_id=number)
    if receipt is not None:
        return receipt.ticket_id, await Message.get_or_none(id=receipt.message_id) if receipt.message_id else None
    own = await Message.filter(channel="telegram", external_id=f"{place}:{number}").order_by("-id").first()
    return (own.ticket_id, own) if own else (None, None)


async def _shown(desk: Desk, message: Message | None) -> int | None:
    """Where the answer stands in the group: the message that staff wrote it in."""
    if message is None or message.direction != Direction.OUT:
        return None
    chat, _, number = message.external_id.rpartition(":")
    return int(number) if chat == str(await staff_chat(desk)) and number.isdecimal() else None
