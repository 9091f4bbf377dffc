"""How Mary goes through the bot's guided dialog: she reads a screen, taps a button, types what she is asked for."""

from typing import Final

from app.demo.stage import Stage, StepFailed, buttons_of, words_of
from models import Contact, Ticket
from sandbox.telegram import Message, Person

# What she taps, the most decided first; what she types when a screen asks for it.
TAPS: Final = ("📨 Send", "➡️ No files", "✅ Take this text", "🌐 For everything", "🙋 Mine", "Withdraw consent")
TYPED: Final = {"Full name": "Mary Jane Watson", "A contact we know": "mary@people.example"}
MOST_SCREENS: Final = 20

Seen = tuple[int, str, tuple[str, ...]]


async def withdraw_by_buttons(stage: Stage, person: Person) -> int:
    """Withdraw consent through the dialog; the number of the ticket it opened."""
    people = stage.world.telegram.people
    people.start(person)
    last: Seen | None = None
    for _ in range(MOST_SCREENS):
        screen = await _next_screen(stage, person, last)
        last = _seen(screen)
        wanted = next((button for tap in TAPS for button in buttons_of(screen) if tap in button), None)
        asked = next((answer for title, answer in TYPED.items() if title in words_of(screen)), None)
        if wanted is None and asked is None:
            raise StepFailed(f"{stage.step}: a screen of the bot has nothing to tap or type that Mary wants")
        stage.show(_who(stage), _short(screen))
        stage.say(f"Mary: {wanted or asked}", f"Mary: {wanted or asked}")
        if wanted is None:
            people.say(person, asked or "")
            continue
        press = people.press(person, screen, wanted)
        stage.require(await press.answered(), "a tap was not answered")
        if wanted == TAPS[0]:
            return await _ticket_of(stage, person, last)
    raise StepFailed(f"{stage.step}: the dialog does not end")


async def _next_screen(stage: Stage, person: Person, last: Seen | None) -> Message:
    """The newest screen with buttons, once it is another than the last."""

    def look() -> Message | None:
        with_buttons = [message for message in stage.private(person) if buttons_of(message)]
        return with_buttons[-1] if with_buttons and _seen(with_buttons[-1]) != last else None

    return await stage.until(look, "the bot's next screen")


async def _ticket_of(stage: Stage, person: Person, last: Seen) -> int:
    async def opened() -> Ticket | None:
        contact = await Contact.get_or_none(kind="telegram", value=str(person.id))
        return await Ticket.filter(requester_id=contact.requester_id).order_by("-id").first() if contact else None

    ticket = await stage.until_stored(opened, "the ticket of her request")
    number = f"№ {ticket.number}"
    told = await stage.until(
        lambda: next((m for m in stage.private(person) if _seen(m) != last and number in words_of(m)), None),
        "her number and date",
    )
    stage.show(_who(stage), words_of(told))
    return ticket.number


def _seen(message: Message) -> Seen:
    return message.id, words_of(message), tuple(buttons_of(message))


def _short(screen: Message) -> str:
    """The first lines of a screen and its buttons."""
    lines = [line for line in words_of(screen).splitlines() if line.strip()][:6]
    return "\n".join([*lines, " ".join(f"[{button}]" for button in buttons_of(screen))])


def _who(stage: Stage) -> str:
    return "бот → Mary" if stage.lang == "ru" else "bot → Mary"
