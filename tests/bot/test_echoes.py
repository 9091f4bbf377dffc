"""Done, but the answer was lost: what comes back as an update is believed, and nothing is made twice."""

import pytest

from models import History, Message, Outbox, OutboxState, Receipt
from tests.bot.bench import Bench, words

LOST = {
    "answer lost": ("lost_answer", {}),
    "cut after the deed": ("cut", {"done": True}),
    "502 of a proxy after the deed": ("error", {"done": True}),
    "500 after the deed": ("refuse", {"done": True, "status": 500, "description": "Internal Server Error"}),
    "time-out after the deed": ("timeout", {"done": True}),
}


def topics(bench: Bench) -> list[str]:
    return [one.name for one in bench.group.topics.values() if one.name.startswith("№")]


def open_topics(bench: Bench) -> int:
    return sum(one.name.startswith("№") and not one.closed for one in bench.group.topics.values())


async def rest(bench: Bench) -> None:
    for _ in range(5):
        await bench.later(seconds=30)


@pytest.mark.parametrize("how", LOST)
async def test_a_topic_whose_answer_was_lost_is_found_and_not_made_again(
    bench: Bench, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.calls.TIMEOUT", 1)
    kind, more = LOST[how]
    bench.server.faults.add(kind, method="createForumTopic", times=1, **more)
    bench.people.say(bench.anna, "Прошу посмотреть моё письмо")
    await bench.run()
    await rest(bench)
    assert len(topics(bench)) == 1
    assert any("Прошу посмотреть" in one for one in bench.texts(bench.group, await bench.topic()))
    assert await Outbox.filter(state=OutboxState.WAITING).count() == 0


@pytest.mark.parametrize(
    ("kind", "more"), [("cut", {}), ("error", {}), ("error", {"status": 500}), ("flood", {"retry_after": 3}), ("timeout", {})]
)
async def test_a_topic_that_was_not_made_is_made_once(
    bench: Bench, kind: str, more: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.calls.TIMEOUT", 1)
    bench.server.faults.add(kind, method="createForumTopic", times=1, **more)
    bench.people.say(bench.anna, "Прошу посмотреть моё письмо")
    await bench.run()
    bench.telegram.to_staff._pace._chats.clear()
    await rest(bench)
    assert len(topics(bench)) == 1
    assert any("Прошу посмотреть" in one for one in bench.texts(bench.group, await bench.topic()))


async def test_a_process_that_was_killed_after_the_deed_makes_no_second_topic(bench: Bench) -> None:
    bench.people.say(bench.anna, "Прошу посмотреть моё письмо")
    await bench.fetch()
    await bench.handle()
    bench.server.faults.add("lost_answer", method="createForumTopic", times=1)
    await bench.deliver()
    # As a kill leaves it: leased, and nothing said of what became of it.
    await Outbox.filter(errand="topic").update(attempts=1, error="", next_try_at=bench.now())
    await bench.deliver()
    assert len(topics(bench)) == 1
    await bench.run()
    await rest(bench)
    assert len(topics(bench)) == 1
    assert await bench.topic() in bench.group.topics


async def test_a_topic_of_which_was_heard_too_late_is_closed_with_a_pointer_and_its_words_are_taken_over(bench: Bench) -> None:
    bench.people.say(bench.anna, "Прошу посмотреть моё письмо")
    await bench.fetch()
    await bench.handle()
    bench.server.faults.add("lost_answer", method="createForumTopic", times=1)
    for _ in range(6):  # nobody reads the updates meanwhile
        await bench.deliver()
        bench.now.forward(minutes=2)
    assert len(topics(bench)) == 2
    orphan = min(one.id for one in bench.group.topics.values() if one.name.startswith("№"))
    assert orphan != await bench.topic()
    bench.people.say(bench.boris, "Написано не туда", chat=bench.group, topic=orphan)
    await bench.run()
    assert open_topics(bench) == 1
    assert bench.group.topics[orphan].closed
    assert "дважды" in bench.texts(bench.group, orphan)[-1] or any("дважды" in one for one in bench.texts(bench.group, orphan))
    assert await History.filter(action="topic made twice", ticket_id=1).count() == 1
    assert await Message.filter(ticket_id=1, text="Написано не туда").exists()


async def test_two_lost_topics_of_which_is_heard_at_once_leave_one_open(bench: Bench) -> None:
    bench.people.say(bench.anna, "Прошу посмотреть моё письмо")
    await bench.fetch()
    await bench.handle()
    bench.server.faults.add("lost_answer", method="createForumTopic", times=2)
    for _ in range(4):
        await bench.deliver()
        bench.now.forward(minutes=2)
    await bench.run()
    await rest(bench)
    assert open_topics(bench) == 1


async def test_topics_that_strangers_name_like_ours_are_not_believed(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.create_topic(bench.group, "№ 1 · вопрос", person=bench.clara)
    await bench.run()
    assert await Receipt.filter(role="topic").count() == 1
    assert await bench.topic() == topic


async def test_the_card_is_adopted_when_telegram_shows_it_pinned(bench: Bench) -> None:
    await bench.anna_asks()
    await rest(bench)
    assert sum(words(one).startswith("№ 1 ·") for one in bench.said(bench.group, await bench.topic())) == 1
    assert await Receipt.filter(role="card").count() == 1
