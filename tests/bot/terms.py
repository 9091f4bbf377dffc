"""A ticket of Anna's whose kinds are known, and what staff write in its topic."""

from desk.flow.intake import take
from desk.ports import Incoming, Sender
from models import Inbound
from models.store.connect import transaction
from sandbox.telegram import Message, Person
from tests.bot.bench import Bench


async def demand(bench: Bench, *kinds: str, channel: str = "telegram", **changes: object) -> int:
    """Anna demands something; the topic of her ticket."""
    bench.people.start(bench.anna)
    await bench.run()
    now = bench.now()
    number = await Inbound.all().count() + 1000
    row = await Inbound.create(
        channel=channel, source="test:1", position=number, conversation="test", received_at=now, stored_at=now,
        next_try_at=now, size=1, state="done",
    )  # fmt: skip
    sender = Sender("telegram", str(bench.anna.id), name="Анна Петрова")
    if channel == "mail":
        sender = Sender("email", "anna@example.ru", name="Анна Петрова")
    incoming = Incoming(
        channel=channel, sender=sender, received_at=now, external_id=f"test:{number}", text="Прошу", new_text="Прошу",
        language="ru", subject="Запрос", kinds=kinds, chat_id=bench.anna.id if channel == "telegram" else None,
        **changes,
    )  # fmt: skip
    async with transaction():
        outcome = await take(bench.desk, incoming, row, now)
    await bench.run()
    return await bench.topic(outcome.ticket_id)


async def writes(bench: Bench, text: str, topic: int, *, who: Person | None = None, reply_to: Message | None = None) -> Message:
    """Somebody of the staff (Boris) writes in the topic; the last thing that the bot says there then."""
    bench.people.say(who or bench.boris, text, chat=bench.group, topic=topic, reply_to=reply_to)
    await bench.run()
    return bench.last(bench.group, topic)


async def presses(bench: Bench, message: Message, button: str, *, who: Person | None = None) -> str:
    """Somebody of the staff taps; what the tap is answered."""
    press = bench.people.press(who or bench.boris, message, button, chat=bench.group)
    await bench.run()
    return press.text or ""
