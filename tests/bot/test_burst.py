"""Many new tickets at once: few calls for each, none out of sight, and what staff work on goes first."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot.limits import Limits, Pace
from desk.reminders import overview
from models import Outbox, Receipt
from tests.bot.bench import Bench, words
from tests.bot.postings.test_overview import burst, only_overview
from tests.bot.test_delivery import mail_comes_quietly


@contextmanager
def crowded(bench: Bench) -> Iterator[None]:
    """As under the limits when the group is told as much as it takes: one message fits, and then none for a while."""

    async def passes(_seconds: float) -> None:
        moment[0] += 60

    moment = [0.0]
    pace = Pace(Limits(group_per_minute=20, group_burst=1, per_second=100_000), lambda: moment[0], passes)
    right, door = bench.telegram.to_staff._pace, bench.telegram.to_staff
    room, door._pace = door.room, pace

    def patient() -> object:
        moment[0] += 60
        return room()

    door.room = patient  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        door._pace, door.room = right, room  # type: ignore[method-assign]


def in_topic(bench: Bench, topic: int) -> list[str]:
    return bench.texts(bench.group, topic)


async def asked_in_a_crowd(bench: Bench, text: str) -> int:
    bench.people.say(bench.anna, text)
    await bench.fetch()
    await bench.handle()
    with crowded(bench):
        await bench.deliver()
    return await bench.topic()


async def test_in_a_crowd_the_card_bears_the_first_words_and_one_call_is_saved(bench: Bench) -> None:
    topic = await asked_in_a_crowd(bench, "Отзываю согласие на обработку <моих> данных & всё")
    (card,) = in_topic(bench, topic)
    assert card.startswith("№ 1 ·")
    assert card.endswith("Отзываю согласие на обработку <моих> данных & всё")
    assert await Outbox.filter(errand="requester", state="sent").count() == 1
    assert len(bench.calls("createForumTopic")) == 1
    assert sum(one["chat_id"] == bench.group.id for one in bench.calls("sendMessage")) == 1


async def test_a_card_with_words_keeps_them_when_it_changes(bench: Bench) -> None:
    topic = await asked_in_a_crowd(bench, "Прошу удалить мои данные")
    bench.people.say(bench.boris, "/take", chat=bench.group, topic=topic)
    await bench.run()
    text = words(await bench.card())
    assert "Борис" in text
    assert text.endswith("Прошу удалить мои данные")


async def test_an_edit_of_words_that_stand_on_the_card_is_posted_below_it(bench: Bench) -> None:
    topic = await asked_in_a_crowd(bench, "Прошу удалить мои данные")
    said = next(one for one in bench.chat_of(bench.anna).messages.values() if words(one) == "Прошу удалить мои данные")
    bench.people.edit(bench.anna, said, text="Прошу удалить мои данные и письма")
    await bench.run()
    last = bench.last(bench.group, topic)
    shown = [one for one in bench.said(bench.group, topic) if "и письма" in words(one)]
    assert shown, words(last)
    assert shown[-1].reply_to == (await bench.ticket()).card_id


async def test_an_answer_to_a_card_with_words_reaches_the_requester(bench: Bench) -> None:
    topic = await asked_in_a_crowd(bench, "Прошу удалить мои данные")
    bench.people.say(bench.boris, "Удалим сегодня", chat=bench.group, topic=topic, reply_to=await bench.card())
    await bench.run()
    await bench.later(seconds=30)
    assert any("Удалим сегодня" in one for one in bench.texts(bench.chat_of(bench.anna)))


async def test_words_too_long_for_the_card_and_files_are_posted_below_it(bench: Bench) -> None:
    topic = await asked_in_a_crowd(bench, "Прошу удалить. " + "Очень важно. " * 290)
    assert len(in_topic(bench, topic)) > 1
    assert "Очень важно" not in words(await bench.card())


async def test_what_is_below_the_card_in_a_crowd_is_pinned_when_there_is_room(bench: Bench) -> None:
    await asked_in_a_crowd(bench, "Прошу удалить мои данные")
    await bench.run()
    assert (await bench.card()).pinned
    assert await Outbox.filter(state="waiting").count() == 0


async def test_the_history_shows_words_that_stood_on_the_card(bench: Bench) -> None:
    topic = await asked_in_a_crowd(bench, "Прошу удалить мои данные")
    bench.people.say(bench.boris, "/history", chat=bench.group, topic=topic)
    await bench.run()
    assert any(one.endswith("Прошу удалить мои данные") and not one.startswith("№") for one in in_topic(bench, topic))


async def test_words_on_a_card_come_again_in_a_topic_made_anew(bench: Bench) -> None:
    topic = await asked_in_a_crowd(bench, "Прошу удалить мои данные")
    bench.people.delete_topic(bench.group, topic)
    bench.people.say(bench.anna, "И ещё письма")
    await bench.run()
    texts = "\n".join(in_topic(bench, await bench.topic()))
    assert "Прошу удалить мои данные" in texts
    assert "И ещё письма" in texts


async def shown_overview(bench: Bench, count: int = 20) -> int:
    await burst(bench, 0, count)
    assert await overview.say(bench.desk, bench.now())
    await only_overview(bench)
    return int((await Receipt.get(role="overview")).external_id)


@pytest.mark.parametrize("words_", ["17", "№ 17", "17.", " №17 "])
async def test_a_number_in_reply_to_the_overview_has_its_topic_made_next(bench: Bench, words_: str) -> None:
    number = await shown_overview(bench)
    bench.people.say(bench.boris, words_, chat=bench.group, reply_to=bench.group.messages[number])
    await bench.fetch()
    await bench.handle()
    await bench.deliver()
    made = [one["name"] for one in bench.calls("createForumTopic")]
    # Of those that go side by side, whichever the network brings first.
    assert any(one.startswith("№ 17 ") for one in made[: bench.telegram.to_staff.at_once])
    assert any("17" in one and "Следующими" in one for one in bench.texts(bench.group)), bench.texts(bench.group)[-5:]


async def test_several_numbers_are_hurried_together_and_unknown_ones_are_said_so(bench: Bench) -> None:
    number = await shown_overview(bench)
    bench.people.say(bench.boris, "12, 15 и 19", chat=bench.group, reply_to=bench.group.messages[number])
    await bench.fetch()
    await bench.handle()
    await bench.deliver()
    made = {one["name"][:4] for one in bench.calls("createForumTopic")[: bench.telegram.to_staff.at_once]}
    assert made >= {"№ 12", "№ 15", "№ 19"}
    bench.people.say(bench.boris, "777", chat=bench.group, reply_to=bench.group.messages[number])
    await bench.run()
    assert any("не ждёт" in one for one in bench.texts(bench.group))


async def test_a_number_whose_topic_is_made_is_linked(bench: Bench) -> None:
    number = await shown_overview(bench)
    await bench.run()
    bench.people.say(bench.boris, "3", chat=bench.group, reply_to=bench.group.messages[number])
    await bench.run()
    said = next(one for one in bench.said(bench.group) if "уже здесь" in words(one))
    assert f"/{await bench.topic(3)}" in str(said.content)


async def test_words_after_a_number_leave_only_after_a_tap(bench: Bench) -> None:
    number = await shown_overview(bench)
    bench.people.say(bench.boris, "17 человек уже, кошмар", chat=bench.group, reply_to=bench.group.messages[number])
    await bench.run()
    assert await Outbox.filter(errand="reply").count() == 0
    question = next(one for one in bench.said(bench.group) if "№ 17?" in words(one))
    bench.people.press(bench.boris, question, "📤 Отправить как есть", chat=bench.group)
    await bench.run()
    row = await Outbox.get(errand="reply")
    assert row.ticket_id == 17
    assert row.content["text"] == "человек уже, кошмар"


async def test_a_command_in_reply_to_the_overview_is_done_on_the_ticket_it_names(bench: Bench) -> None:
    number = await shown_overview(bench)
    bench.people.say(bench.boris, "/take 17", chat=bench.group, reply_to=bench.group.messages[number])
    await bench.run()
    assert (await bench.ticket(17)).assignee_id is not None
    assert (await bench.ticket(1)).assignee_id is None


async def test_words_without_a_number_go_nowhere_and_are_answered(bench: Bench) -> None:
    number = await shown_overview(bench)
    bench.people.say(bench.boris, "Ого", chat=bench.group, reply_to=bench.group.messages[number])
    await bench.run()
    assert any("Начните с номера" in one for one in bench.texts(bench.group))
    assert await Outbox.filter(errand="reply").count() == 0


async def test_a_letter_that_comes_by_mail_stands_on_its_card_with_its_subject(bench: Bench) -> None:
    await mail_comes_quietly(bench, "Прошу удалить", 1)
    with crowded(bench):
        await bench.deliver()
    assert "Прошу удалить" in words(await bench.card())
    assert len(in_topic(bench, await bench.topic())) == 1
