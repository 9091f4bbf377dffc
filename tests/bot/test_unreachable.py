"""A requester who cannot be reached in Telegram any more: staff hear it once, at once, with the other ways."""

import pytest

from desk.letters.way_back import way_back
from models import Outbox
from tests.bot.bench import Bench


async def told(bench: Bench) -> list[str]:
    return [one for one in bench.texts(bench.group, await bench.topic()) if "больше не дойти" in one]


async def test_who_blocks_the_bot_is_told_once_with_paper_at_least(bench: Bench) -> None:
    await bench.anna_asks()
    bench.people.block(bench.anna)
    await bench.run()
    (said,) = await told(bench)
    assert "Сроки идут" in said
    assert "бумажное письмо" in said
    for number in range(2):
        bench.people.say(bench.boris, f"Ответ {number}", chat=bench.group, topic=await bench.topic(), reply_to=await bench.card())
        await bench.run()
        await bench.later(seconds=30)
    assert len(await told(bench)) == 1


@pytest.mark.parametrize("way", ["anna@example.org", "+7 916 000-11-22"])
async def test_what_they_named_in_their_words_is_offered(bench: Bench, way: str) -> None:
    await bench.anna_asks(f"Прошу посмотреть. Связь: {way}")
    bench.people.block(bench.anna)
    await bench.run()
    (said,) = await told(bench)
    assert way in said
    assert ("/address anna@example.org" in said) is ("@" in way)


async def test_an_answer_that_cannot_reach_them_says_so_without_an_update_that_tells_it(bench: Bench) -> None:
    await bench.anna_asks()
    bench.server.faults.add("refuse", method="sendMessage", times=1, description="Forbidden: user is deactivated", status=403)
    bench.people.say(bench.mallory, "/start")
    await bench.run()
    bench.people.say(bench.boris, "Ответ", chat=bench.group, topic=await bench.topic(), reply_to=await bench.card())
    await bench.run()
    bench.people.block(bench.anna)
    await bench.later(seconds=30)
    assert len(await told(bench)) == 1


async def test_who_comes_back_is_told_and_may_be_lost_again(bench: Bench) -> None:
    await bench.anna_asks()
    for times in (1, 2):
        bench.people.block(bench.anna)
        await bench.run()
        assert len(await told(bench)) == times
        bench.people.start(bench.anna)
        await bench.run()
    assert sum("разблокировал" in one for one in bench.texts(bench.group, await bench.topic())) == 2


async def test_the_answer_may_go_by_mail_to_an_address_that_staff_name(bench: Bench) -> None:
    await bench.anna_asks("Прошу посмотреть. Почта: anna@example.org")
    bench.people.say(bench.boris, "/address anna@example.org", chat=bench.group, topic=await bench.topic())
    await bench.run()
    assert (await bench.ticket()).answer_to == ""
    bench.people.block(bench.anna)
    await bench.run()
    bench.people.say(bench.boris, "/address anna@example.org", chat=bench.group, topic=await bench.topic())
    await bench.run()
    ticket = await bench.ticket()
    assert ticket.answer_to == "anna@example.org"
    assert (await way_back(bench.desk, ticket, bench.now())).channel == "mail"
    bench.people.say(bench.boris, "Ответ", chat=bench.group, topic=await bench.topic(), reply_to=await bench.card())
    await bench.run()
    assert (await Outbox.filter(errand="reply").order_by("-id").first()).channel == "mail"
