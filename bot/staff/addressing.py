"""/address: whom a ticket's answers go to, where the letter did not tell it."""

from datetime import datetime

from aiogram import Router
from aiogram.types import Message

from bot.screens import say
from bot.staff.asking import argument, here
from bot.staff.commands import Command
from bot.staff.permission import writer
from desk.context import Desk
from desk.outward import addressing
from desk.ports import Outcome
from models import Became, Inbound


def setup() -> Router:
    router = Router(name="staff addressing")
    router.message.register(address, Command("address"))
    return router


async def address(message: Message, desk: Desk, row: Inbound, now: datetime) -> Outcome:
    """`/address name@mail.ru First name Last name`."""
    ticket, staff = await here(message), await writer(desk, message, now)
    to, _, person = argument(message).partition(" ")
    sent = await addressing.name(desk, ticket, to.strip("<>,;"), " ".join(person.split()), staff, now)
    words = "✉️ Answers go to %(address)s."
    if sent:
        words = "✉️ Answers go to %(address)s. The requester is told the number and the dates."
    await say(words, {"address": to}, key=f"address:{row.id}", now=now, ticket=ticket, reply_to=message.message_id)
    return Outcome(Became.ADDRESSED, ticket.id)
