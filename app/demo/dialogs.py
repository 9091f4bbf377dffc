"""How Mary goes through the bot's guided dialog: she reads a screen, taps a button, types what she is asked for."""

from typing import Final

from app.demo.stage import Stage, buttons_of, words_of
from models import Contact, Ticket
from sandbox.telegram import Message, Person

NAME: Final = "Mary Jane Watson"


async def withdraw_by_buttons(stage: Stage, person: Person) -> int:
    """Withdraw consent through the dialog; the number of the ticket it opened."""
    stage.world.telegram.people.start(person)
    screen = await _screen(stage, person, 0)
    stage.world.telegram.people.say(person, "I withdraw my consent to the processing of my personal data. Please stop it.")

    async def opened() -> Ticket | None:
        contact = await Contact.get_or_none(kind="telegram", value=str(person.id))
        return await Ticket.filter(requester_id=contact.requester_id).first() if contact else None

    ticket = await stage.until_stored(opened, "the ticket of her request")
    told = await stage.until(
        lambda: next((m for m in stage.private(person) if m.id > screen.id and str(ticket.id) in words_of(m)), None),
        "her number and date",
    )
    stage.show("бот → Mary" if stage.lang == "ru" else "bot → Mary", words_of(told))
    return ticket.number


async def _screen(stage: Stage, person: Person, after: int) -> Message:
    """The newest screen of the bot."""
    found = await stage.until(
        lambda: next((m for m in reversed(stage.private(person)) if m.id > after), None), "the bot's screen"
    )
    shown = " · ".join(f"[{button}]" for button in buttons_of(found))
    stage.show("бот → Mary" if stage.lang == "ru" else "bot → Mary", f"{words_of(found)}\n{shown}")
    return found
