"""A request from the private chat to the staff group and back."""

from models import Direction, Message
from tests.bot.bench import Bench, taps, words


async def test_a_request_becomes_a_topic_with_a_pinned_card_the_words_and_an_acknowledgement(bench: Bench) -> None:
    topic = await bench.anna_asks()
    card = await bench.card()
    assert card.pinned
    assert card.topic_id == topic
    assert "№ 1" in words(card)
    posted = bench.texts(bench.group, topic)
    assert any("Прошу посмотреть моё письмо" in one and "Анна Петрова" in one for one in posted)
    assert any("№ 1" in one for one in bench.texts(bench.chat_of(bench.anna)))
    assert "Анна" not in bench.group.topics[topic].name


async def test_a_reply_to_the_requesters_words_reaches_the_private_chat_after_the_undo_time(bench: Bench) -> None:
    topic = await bench.anna_asks()
    hers = next(one for one in bench.said(bench.group, topic) if "Прошу посмотреть" in words(one))
    bench.people.say(bench.boris, "Храним только телефон.", chat=bench.group, topic=topic, reply_to=hers)
    await bench.run()
    waiting = bench.last(bench.group, topic)
    assert any("Отменить" in one for one in taps(waiting))
    assert "Храним" not in " ".join(bench.texts(bench.chat_of(bench.anna)))
    await bench.later(seconds=11)
    assert "Храним только телефон." in bench.texts(bench.chat_of(bench.anna))[-1]
    assert "Отправлено" in words(waiting)
    assert taps(waiting) == []
    assert await Message.filter(direction=Direction.OUT).count() == 1
