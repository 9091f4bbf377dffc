"""A code comes back in the private chat: to a held e-mail it went, into the bot it is typed."""

from desk.disclosure import codes, identity
from models import Challenge, Level, Message, Outbox, Ticket
from tests.bot.bench import Bench


async def sent(bench: Bench, topic: int) -> str:
    bench.people.say(bench.boris, "/code anna@home.example", chat=bench.group, topic=topic)
    await bench.run()
    assert (await Outbox.get(errand="code")).content["to"] == "anna@home.example"
    return await codes.digits(bench.desk, (await Challenge.all().order_by("-id").first()).id)  # type: ignore[union-attr]


def last(bench: Bench) -> str:
    return bench.texts(bench.chat_of(bench.anna))[-1]


async def test_the_code_is_typed_into_the_bot(bench: Bench) -> None:
    topic = await bench.anna_asks()
    code = await sent(bench, topic)
    assert "a•••@h•••.example" in last(bench)
    messages = await Message.all().count()
    bench.people.say(bench.anna, f"{int(code) ^ 1:06d}")
    await bench.run()
    assert "осталось попыток: 4" in last(bench)
    bench.people.say(bench.anna, f"{code[:3]} {code[3:]}")
    await bench.run()
    assert "Код верный" in last(bench)
    bench.people.say(bench.anna, code)
    await bench.run()
    assert "уже получили" in last(bench)
    assert await identity.level(await Ticket.get()) == Level.CODE
    assert await Message.all().count() == messages
    assert any("Код подтверждён" in one for one in bench.texts(bench.group, topic))
    assert not any(code in one for one in bench.texts(bench.group))


async def test_a_number_without_a_code_that_waits_is_a_message(bench: Bench) -> None:
    await bench.anna_asks()
    bench.people.say(bench.anna, "123456")
    await bench.run()
    assert await Message.filter(text="123456").exists()


async def test_who_was_not_asked_cannot_answer(bench: Bench) -> None:
    code = await sent(bench, await bench.anna_asks())
    bench.people.say(bench.mallory, code)
    await bench.run()
    assert await identity.level(await Ticket.get(id=1)) == Level.SENDER


async def test_the_addresses_on_file_are_offered(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.say(bench.boris, "/код", chat=bench.group, topic=topic)
    await bench.run()
    assert "Куда отправить код" in bench.texts(bench.group, topic)[-1]
