"""/address in a topic: where answers go when the letter did not tell."""

from models import Ticket
from tests.bot.bench import Bench
from tests.bot.terms import demand


async def test_staff_name_where_answers_go(bench: Bench) -> None:
    topic = await demand(bench, "access_request", channel="mail")
    await Ticket.all().update(answer_to="")
    bench.people.say(bench.boris, "/address ivan@people.test Иван Петров", chat=bench.group, topic=topic)
    await bench.run()
    assert (await Ticket.get()).answer_to == "ivan@people.test"
    assert bench.texts(bench.group, topic)[-1].startswith("✉️ Ответы уходят на ivan@people.test")


async def test_what_is_no_address_is_refused_with_an_example(bench: Bench) -> None:
    topic = await demand(bench, "access_request", channel="mail")
    await Ticket.all().update(answer_to="")
    for said in ("/address", "/address Иван", "/address ivan@people"):
        bench.people.say(bench.boris, said, chat=bench.group, topic=topic)
        await bench.run()
        assert "/address name@mail.ru Имя" in bench.texts(bench.group, topic)[-1]
