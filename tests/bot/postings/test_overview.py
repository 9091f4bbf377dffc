"""A burst of new tickets is seen at once, in one message that follows what waits."""

from bot.limits import Limits, Pace
from bot.postings.staff.overview import overview_words
from desk.contents import Overview
from desk.flow import delivery
from desk.ports import Room
from desk.reminders import overview
from tests.bot.bench import Bench
from tests.bot.test_delivery import mail_comes_quietly
from tests.desk.people import THURSDAY


async def burst(bench: Bench, first: int, count: int) -> None:
    for number in range(first, first + count):
        await mail_comes_quietly(bench, f"Запрос {number}", number)


async def only_overview(bench: Bench) -> None:
    """As under the limits: the overview leaves, and no topic yet."""
    right = bench.telegram.to_staff.room
    bench.telegram.to_staff.room = lambda: Room(0, frozenset({"overview"}))  # type: ignore[method-assign]
    await delivery.drain(bench.desk, bench.telegram.to_staff, bench.now)
    bench.telegram.to_staff.room = right  # type: ignore[method-assign]


async def said(bench: Bench) -> list[str]:
    return [one for one in bench.texts(bench.group, None) if one.startswith("🌊")]


async def test_many_that_wait_are_shown_in_one_message_which_grows_and_ends(bench: Bench) -> None:
    await burst(bench, 0, 30)
    assert await overview.say(bench.desk, bench.now())
    await only_overview(bench)
    (text,) = await said(bench)
    assert text.startswith("🌊 30 новых заявок ждут своих тем:")
    assert "№ 1–30" in text
    await burst(bench, 30, 20)
    bench.now.forward(seconds=15)
    assert await overview.say(bench.desk, bench.now())
    await only_overview(bench)
    (text,) = await said(bench)
    assert "№ 1–50" in text
    await bench.deliver()
    bench.now.forward(seconds=15)
    assert await overview.say(bench.desk, bench.now())
    await bench.deliver()
    (text,) = await said(bench)
    assert "есть темы" in text
    assert not await overview.say(bench.desk, bench.now.forward(seconds=15))


async def test_a_few_need_no_overview(bench: Bench) -> None:
    await burst(bench, 0, overview.MANY - 1)
    assert not await overview.say(bench.desk, bench.now())


async def test_nothing_new_is_not_said_again(bench: Bench) -> None:
    await burst(bench, 0, 20)
    assert await overview.say(bench.desk, bench.now())
    await only_overview(bench)
    for _ in range(5):
        assert not await overview.say(bench.desk, bench.now.forward(seconds=15))


async def test_an_overview_that_could_not_leave_is_replaced_by_a_newer_one(bench: Bench) -> None:
    await burst(bench, 0, 20)
    assert await overview.say(bench.desk, bench.now())
    await burst(bench, 20, 20)
    assert await overview.say(bench.desk, bench.now.forward(seconds=15))
    await only_overview(bench)
    assert "№ 1–40" in (await said(bench))[0]
    assert len(await said(bench)) == 1


def test_hundreds_of_numbers_fit_one_message_in_both_languages() -> None:
    content = Overview(numbers={"question": tuple(range(1, 4000, 2)), "erasure": (2, 4, 5, 6)}, burst=THURSDAY)
    for language in ("ru", "en"):
        assert len(overview_words(content, language)) <= 4096
    assert "№ 2, 4–6" in overview_words(Overview(numbers={"erasure": (2, 4, 5, 6)}, burst=THURSDAY), "en")


async def test_a_card_is_pinned_when_there_is_room_for_that_and_no_call_is_spent_on_it_before(bench: Bench) -> None:
    moment = [0.0]
    pace = Pace(Limits(group_per_minute=20, group_burst=2), lambda: moment[0])
    right, bench.telegram.to_staff._pace = bench.telegram.to_staff._pace, pace
    await burst(bench, 0, 1)
    await bench.deliver()
    assert not bench.calls("pinChatMessage")
    bench.telegram.to_staff._pace = right
    await bench.deliver()
    assert (await bench.card()).pinned
    bench.people.say(bench.boris, "/take", chat=bench.group, topic=await bench.topic())
    await bench.run()
    assert len(bench.calls("pinChatMessage")) == 1
