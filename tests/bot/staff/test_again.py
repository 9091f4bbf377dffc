"""The group's own life: what was said can be read again in a new topic, and cards follow the clock."""

from bot.group import became
from desk.reminders import sweep
from tests.bot.bench import Bench, words


async def told(bench: Bench) -> int:
    """Anna asks with a file, Boris answers; the topic."""
    topic = await bench.anna_asks("Прошу удалить мои данные, вот заявление")
    bench.people.send(bench.anna, "document", b"statement", name="заявление.pdf")
    await bench.run()
    bench.people.say(bench.boris, "Данные удалены", chat=bench.group, topic=topic, reply_to=await bench.card())
    await bench.run()
    await bench.later(seconds=11)
    return topic


def shown(bench: Bench, topic: int) -> str:
    return "\n".join(bench.texts(bench.group, topic))


def files(bench: Bench, topic: int) -> list[str]:
    return [one.content["document"]["file_name"] for one in bench.said(bench.group, topic) if "document" in one.content]


async def test_a_topic_made_anew_tells_what_was_said_in_the_deleted_one(bench: Bench) -> None:
    old = await told(bench)
    bench.people.delete_topic(bench.group, old)
    bench.people.say(bench.anna, "А когда?")
    await bench.run()
    topic = await bench.topic()
    assert topic != old
    text = shown(bench, topic)
    assert text.index("вот заявление") < text.index("Данные удалены") < text.index("А когда?")
    assert "📤 Борис" in text
    assert files(bench, topic) == ["заявление.pdf"]


async def test_history_shows_the_conversation_again(bench: Bench) -> None:
    topic = await told(bench)
    before = len(bench.said(bench.group, topic))
    bench.people.say(bench.boris, "/history", chat=bench.group, topic=topic)
    await bench.run()
    text = "\n".join(words(one) for one in bench.said(bench.group, topic)[before:])
    assert "вот заявление" in text
    assert "Данные удалены" in text
    assert files(bench, topic) == ["заявление.pdf"] * 2


async def test_in_another_group_the_ticket_is_told_again_and_links_lead_there(bench: Bench) -> None:
    old = await told(bench)
    other = bench.world.add_group("Новая группа", forum=True, owner=bench.clara, members=[bench.boris])
    await became(bench.desk, other.id, bench.now())
    bench.group = other
    bench.people.say(bench.clara, "/due", chat=other)
    await bench.run()
    assert f"/{old}" not in str(bench.last(other).content)
    bench.people.say(bench.anna, "А когда?")
    await bench.run()
    topic = await bench.topic()
    assert "Данные удалены" in shown(bench, topic)
    bench.people.say(bench.clara, "/due", chat=other)
    await bench.run()
    assert f"t.me/c/{str(other.id)[4:]}/{topic}" in str(bench.last(other).content)


async def test_a_card_turns_red_on_the_saturday_on_which_the_term_is_over(bench: Bench) -> None:
    await bench.anna_asks()
    ticket = await bench.ticket()
    assert ticket.due_at is not None
    bench.now.forward(seconds=(ticket.due_at - bench.now()).total_seconds() - 60)
    await sweep.sweep(bench.desk, bench.now())
    await bench.run()
    assert "🟢" in words(await bench.card())
    bench.now.forward(minutes=2)
    await sweep.sweep(bench.desk, bench.now())
    await bench.run()
    assert "🔴" in words(await bench.card())
    edits = len(bench.calls("editMessageText"))
    bench.now.forward(minutes=1)
    await sweep.sweep(bench.desk, bench.now())
    await bench.run()
    assert len(bench.calls("editMessageText")) == edits
