"""/address: whom a ticket's answers go to, where the letter did not tell it."""

from aiogram import Router
from aiogram.types import Message

from bot.staff.asking import argument, here
from bot.staff.commands import Command
from bot.staff.talk import Talk
from desk.outward import addressing
from desk.ports import Outcome
from models import Became


def setup() -> Router:
    router = Router(name="staff addressing")
    router.message.register(address, Command("address"))
    return router


async def address(message: Message, talk: Talk) -> Outcome:
    """`/address name@mail.ru First name Last name`."""
    ticket, staff = await here(message), await talk.staff()
    to, _, person = argument(message).partition(" ")
    sent = await addressing.name(talk.desk, ticket, to.strip("<>,;"), " ".join(person.split()), staff, talk.now)
    words = "✉️ Answers go to %(address)s."
    if sent:
        words = "✉️ Answers go to %(address)s. The requester is told the number and the dates."
    await talk.say(words, {"address": to}, ticket, name="address")
    return Outcome(Became.ADDRESSED, ticket.id)
