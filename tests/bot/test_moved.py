"""The staff group is replaced by another: what is open is told there again, once, with links."""

from dataclasses import replace

import pytest

from bot.group import became
from sandbox.telegram import Chat
from tests.bot.bench import Bench, words
from tests.bot.postings.test_overview import burst


async def moves(bench: Bench, *, by_settings: bool = True) -> Chat:
    """The group is another one, and the desk starts anew."""
    other = bench.world.add_group("Новая группа", forum=True, owner=bench.clara, members=[bench.boris])
    if by_settings:
        bench.desk = replace(bench.desk, staff_chat=other.id)
    else:
        await became(bench.desk, other.id, bench.now())
    await bench.close()
    bench.begin()
    bench.group = other
    return other


async def looks(bench: Bench, times: int = 4) -> None:
    for _ in range(times):
        await bench.telegram.moving.look()
        await bench.run()
        bench.now.forward(seconds=15)


@pytest.mark.parametrize("by_settings", [True, False])
async def test_what_is_open_gets_its_topics_and_one_list_with_links(bench: Bench, by_settings: bool) -> None:
    await bench.anna_asks("Прошу удалить мои данные")
    bench.people.say(bench.mallory, "Отзываю согласие на обработку персональных данных")
    await bench.run()
    other = await moves(bench, by_settings=by_settings)
    await looks(bench)
    topics = [await bench.topic(number) for number in (1, 2)]
    assert all(one in other.topics for one in topics)
    assert any("Прошу удалить" in one for one in bench.texts(other, topics[0]))
    general = [one for one in bench.said(other) if one.topic_id not in topics]
    assert sum("группа сотрудников" in words(one) for one in general) == 1
    lists = [one for one in general if "Что и до какого числа" in words(one)]
    assert len(lists) == 1
    for topic in topics:
        assert f"t.me/c/{str(other.id)[4:]}/{topic}" in str(lists[0].content)


async def test_it_is_told_once_however_often_the_desk_starts(bench: Bench) -> None:
    await bench.anna_asks()
    other = await moves(bench)
    await looks(bench)
    count = len(bench.said(other))
    for _ in range(3):
        await bench.close()
        bench.begin()
        await looks(bench)
    assert len(bench.said(other)) == count


async def test_what_is_closed_stays_where_it_was(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.say(bench.boris, "/close решено", chat=bench.group, topic=topic)
    await bench.run()
    await bench.later(seconds=30)
    other = await moves(bench)
    await looks(bench)
    assert not [one for one in other.topics.values() if one.name.startswith("№")]


async def test_a_stop_half_way_goes_on_and_lists_in_the_end(bench: Bench) -> None:
    await burst(bench, 0, 3)
    await bench.run()
    other = await moves(bench)
    await bench.telegram.moving.look()
    await bench.close()
    bench.begin()
    await looks(bench)
    assert sum(one.name.startswith("№") for one in other.topics.values()) == 3
    assert sum("Что и до какого числа" in one for one in bench.texts(other)) == 1


async def test_nothing_is_told_where_the_group_is_the_same(bench: Bench) -> None:
    await bench.anna_asks()
    count = len(bench.said(bench.group))
    await looks(bench)
    assert len(bench.said(bench.group)) == count


async def test_back_in_the_first_group_the_old_topics_are_not_made_again_for_nothing(bench: Bench) -> None:
    first = bench.group
    await bench.anna_asks()
    await moves(bench)
    await looks(bench)
    bench.desk = replace(bench.desk, staff_chat=first.id)
    await bench.close()
    bench.begin()
    bench.group = first
    await looks(bench)
    topic = await bench.topic()
    assert topic in first.topics
    assert not first.topics[topic].closed
