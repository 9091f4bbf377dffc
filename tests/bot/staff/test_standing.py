"""Who is staff is a person, not a place; every button belongs to its message; topics live and close with their tickets."""

import pytest

from bot.check import BotApi, Group
from models import Direction, History, Message, Outbox, Staff, TicketStatus
from sandbox.telegram import Message as Posting
from tests.bot.bench import Bench, taps, words


async def hers(bench: Bench, topic: int) -> Posting:
    """Anna's words in the topic."""
    return next(one for one in bench.said(bench.group, topic) if words(one).startswith("💬"))


async def assignee(bench: Bench) -> int | None:
    ticket = await bench.ticket()
    await ticket.fetch_related("assignee")
    return ticket.assignee.telegram_id if ticket.assignee else None


async def second_ticket(bench: Bench) -> int:
    """The topic of Mallory's ticket, which is number 2."""
    bench.people.say(bench.mallory, "Прошу посмотреть моё письмо о договоре")
    await bench.run()
    return await bench.topic(2)


# --- members ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("opened", ["public", "linked"])
async def test_a_stranger_in_an_open_group_neither_takes_nor_answers(bench: Bench, opened: str) -> None:
    topic = await bench.anna_asks()
    before = bench.texts(bench.chat_of(bench.anna))
    if opened == "public":
        bench.people.set_public(bench.group, "our_staff")
    else:
        bench.people.link_channel(bench.group, -1009000000001)
    press = bench.people.press(bench.mallory, await bench.card(), "🙋 Взять", chat=bench.group)
    bench.people.say(bench.mallory, "Ваши данные проданы", chat=bench.group, topic=topic, reply_to=await hers(bench, topic))
    bench.people.say(bench.mallory, "/reply Ваши данные проданы", chat=bench.group, topic=topic)
    bench.people.say(bench.mallory, "/close спам", chat=bench.group, topic=topic)
    await bench.later(seconds=1)
    await bench.later(minutes=1)
    assert press.text == "Это могут только участники группы сотрудников."
    assert bench.texts(bench.chat_of(bench.anna)) == before
    assert await assignee(bench) is None
    assert (await bench.ticket()).status == TicketStatus.OPEN
    assert not await Message.filter(direction__not=Direction.IN).exists()
    told = [one for one in bench.texts(bench.group) if "не участник этой группы" in one]
    assert len(told) == 1


@pytest.mark.parametrize("kicked", [False, True])
async def test_a_former_member_acts_no_more(bench: Bench, kicked: bool) -> None:
    topic = await bench.anna_asks()
    bench.people.press(bench.boris, await bench.card(), "🙋 Взять", chat=bench.group)
    await bench.run()
    bench.people.leave(bench.boris, bench.group, by=bench.clara if kicked else None, kicked=kicked)
    await bench.run()
    assert await assignee(bench) is None
    assert "№ 1" in next(one for one in bench.texts(bench.group) if one.startswith("👋"))
    late = bench.people.tap(bench.boris, await bench.card(), "card:take:1:0", chat=bench.group)
    await bench.run()
    assert late.text == "Это могут только участники группы сотрудников."
    assert await assignee(bench) is None
    assert topic


async def test_who_comes_back_is_staff_again(bench: Bench) -> None:
    await bench.anna_asks()
    bench.people.leave(bench.boris, bench.group)
    await bench.run()
    bench.people.join(bench.boris, bench.group)
    await bench.run()
    bench.people.press(bench.boris, await bench.card(), "🙋 Взять", chat=bench.group)
    await bench.run()
    assert await assignee(bench) == bench.boris.id


async def test_who_joins_is_known_before_they_act(bench: Bench) -> None:
    await bench.anna_asks()
    newcomer = bench.world.add_person("Дарья")
    bench.people.join(newcomer, bench.group)
    await bench.run()
    known = await Staff.get(telegram_id=newcomer.id)
    assert (known.name, known.present) == ("Дарья", True)


async def test_a_member_is_asked_about_once(bench: Bench) -> None:
    topic = await bench.anna_asks()
    for text in ("раз", "два", "три"):
        bench.people.say(bench.boris, text, chat=bench.group, topic=topic)
        await bench.later(seconds=20)
    assert len([one for one in bench.calls("getChatMember") if one["user_id"] == bench.boris.id]) == 1


async def test_a_deleted_account_is_not_the_only_one_called(bench: Bench) -> None:
    await bench.anna_asks("Отзываю согласие на обработку моих персональных данных.")
    bench.people.press(bench.boris, await bench.card(), "🙋 Взять", chat=bench.group)
    await bench.run()
    bench.people.deactivate(bench.boris)
    from desk.reminders import sweep

    for _ in range(40):
        bench.now.forward(days=1)
        await sweep.sweep(bench.desk, bench.now())
        await bench.run()
    called = [one for one in bench.said(bench.group) if "🔔" in words(one) and words(one).startswith(("⏰", "🚨"))]
    assert called
    # Clara, the manager, is not known by name yet.
    assert all(words(one).endswith("🔔 руководитель") for one in called)


async def test_the_group_is_judged_open_where_it_is(bench: Bench) -> None:
    async def looked() -> Group:
        async with BotApi(bench.server.token, bench.server.url, bench.now) as api:
            return await api.group(bench.group.id, bench.world.bot.id)

    assert (await looked()).open_to_all == ""
    bench.people.set_public(bench.group, "our_staff")
    assert (await looked()).open_to_all == "public"
    bench.people.set_public(bench.group, None)
    bench.people.link_channel(bench.group, -1009000000001)
    assert (await looked()).open_to_all == "linked"


# --- buttons ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    ["close:2:spam", "card:take:2:0", "card:close:2:0", "card:reopen:2:0", "kind:menu:2:0:", "merge:do:2:1", "card:over:2:0"],
)
async def test_a_button_of_another_ticket_is_out_of_date(bench: Bench, data: str) -> None:
    await bench.anna_asks()
    await second_ticket(bench)
    before = await History.all().count()
    press = bench.people.tap(bench.boris, await bench.card(1), data, chat=bench.group)
    await bench.run()
    assert press.text == "Эта кнопка устарела."
    assert await History.all().count() == before


async def test_a_button_of_another_reply_is_out_of_date(bench: Bench) -> None:
    topic = await bench.anna_asks()
    for text in ("Раз", "Два"):
        bench.people.say(bench.boris, text, chat=bench.group, topic=topic, reply_to=await hers(bench, topic))
        await bench.run()
    first, second = await Outbox.filter(errand="reply").order_by("id")
    under = next(one for one in bench.said(bench.group, topic) if f"undo:{second.id}" in str(one.markup))
    press = bench.people.tap(bench.boris, under, f"undo:{first.id}", chat=bench.group)
    await bench.run()
    assert press.text == "Эта кнопка устарела."
    await bench.later(seconds=11)
    assert [one[-3:] for one in bench.texts(bench.chat_of(bench.anna))[-2:]] == ["Раз", "Два"]


async def test_a_button_under_a_message_that_never_was_ours_does_nothing(bench: Bench) -> None:
    await bench.anna_asks()
    bench.people.say(bench.boris, "/help", chat=bench.group)
    await bench.run()
    press = bench.people.tap(bench.boris, bench.last(bench.group), "card:take:1:0", chat=bench.group)
    await bench.run()
    assert (press.text, await assignee(bench)) == ("Эта кнопка устарела.", None)


# --- two of them -----------------------------------------------------------------------------------------------------


async def test_the_second_who_takes_a_ticket_is_told_and_asked_and_the_first_hears_of_it(bench: Bench) -> None:
    topic = await bench.anna_asks()
    card = await bench.card()
    bench.people.press(bench.boris, card, "🙋 Взять", chat=bench.group)
    late = bench.people.tap(bench.clara, card, "card:take:1:0", chat=bench.group)
    await bench.run()
    assert late.text
    assert await assignee(bench) == bench.boris.id
    asked = next(one for one in reversed(bench.said(bench.group, topic)) if "Борис" in words(one) and taps(one))
    bench.people.press(bench.clara, asked, "🙋 Забрать себе", chat=bench.group)
    await bench.run()
    assert await assignee(bench) == bench.clara.id
    told = next(one for one in bench.said(bench.group, topic) if "взял(а) эту заявку себе" in words(one))
    assert str(bench.boris.id) in str(told.content["entities"])
    assert not taps(bench.group.messages[asked.id])


async def test_take_by_command_asks_too_and_may_be_left(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.say(bench.boris, "/take", chat=bench.group, topic=topic)
    bench.people.say(bench.clara, "/take", chat=bench.group, topic=topic)
    await bench.run()
    bench.people.press(bench.clara, bench.last(bench.group, topic), "Оставить", chat=bench.group)
    await bench.run()
    assert await assignee(bench) == bench.boris.id


# --- topics ----------------------------------------------------------------------------------------------------------


async def test_a_closed_ticket_closes_its_topic_and_a_reopened_one_opens_it(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.say(bench.boris, "/close вопрос решён по телефону", chat=bench.group, topic=topic)
    await bench.run()
    assert bench.group.topics[topic].closed
    bench.people.press(bench.clara, await bench.card(), "Открыть снова", chat=bench.group)
    await bench.run()
    assert not bench.group.topics[topic].closed


async def test_the_person_who_writes_again_finds_the_topic_open(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.say(bench.boris, "/close спам", chat=bench.group, topic=topic)
    await bench.run()
    bench.people.say(bench.anna, "Вы не ответили. Прошу удалить мои персональные данные.")
    await bench.run()
    ticket = await bench.ticket()
    assert bench.group.topics[topic].closed is (ticket.status == TicketStatus.CLOSED)


async def test_a_topic_closed_by_hand_is_open_again_and_staff_read_that_terms_run(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.close_topic(bench.group, topic, person=bench.clara)
    await bench.run()
    assert not bench.group.topics[topic].closed
    assert "сроки идут до" in bench.texts(bench.group, topic)[-1]


async def test_the_line_about_a_pinned_card_is_removed_and_a_persons_stays(bench: Bench) -> None:
    topic = await bench.anna_asks()
    bench.people.pin(bench.clara, await hers(bench, topic), chat=bench.group)
    await bench.run()
    lines = [one for one in bench.group.messages.values() if "pinned_message" in one.content and not one.deleted]
    assert [one.sender_id for one in lines] == [bench.clara.id]
