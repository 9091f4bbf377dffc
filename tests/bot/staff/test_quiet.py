"""/quiet in the staff group: letters that opened no ticket, and the taps that raise one or put it aside."""

from datetime import UTC, datetime

from desk.flow import quiet
from desk.reminders import digest
from models import Inbound, InboundState, Quiet, QuietState
from tests.bot.bench import Bench, taps, words


async def kept(bench: Bench, number: int) -> Quiet:
    row = await Inbound.create(
        channel="mail",
        source="mail:support@desk.example:INBOX:1",
        position=number,
        conversation="mail:robot@shop.test",
        received_at=bench.now(),
        stored_at=bench.now(),
        next_try_at=bench.now(),
        size=1,
        state=InboundState.DONE,
        outcome="auto_reply",
    )
    return await Quiet.create(
        inbound=row,
        kind="auto_reply",
        received_at=bench.now(),
        sender="robot@shop.test",
        subject=f"Обращение {number}",
        words="Принято <b>в работу</b>",
        files=2,
        why=["declared_reply", "receipt"],
    )


async def test_quiet_letters_are_listed_with_their_reasons(bench: Bench) -> None:
    for number in (1, 2):
        await kept(bench, number)
    bench.people.say(bench.boris, "/quiet", chat=bench.group)
    await bench.run()
    first, second, total = bench.texts(bench.group)[-3:]
    assert "robot@shop.test" in first
    assert "Обращение 1" in first
    assert "Принято <b>в работу</b>" in first
    assert "файлов: 2" in first
    assert "автоответы: оно названо автоответом в заголовках, в нём сказано, что обращение получено" in first
    assert "Обращение 2" in second
    assert total == "Тихих писем не просмотрено: 2"


async def test_one_tap_makes_a_ticket(bench: Bench) -> None:
    letter = await kept(bench, 1)
    bench.people.say(bench.boris, "/quiet", chat=bench.group)
    await bench.run()
    posted = bench.said(bench.group)[-2]
    assert taps(posted) == ["Создать заявку", "✓ Просмотрено"]
    bench.people.press(bench.boris, posted, "Создать заявку", chat=bench.group)
    await bench.fetch()
    await bench.handle()
    assert (await Quiet.get(id=letter.id)).state == QuietState.RAISED
    assert (await Inbound.get(id=letter.inbound_id)).state == InboundState.WAITING
    await bench.deliver()
    assert "Из письма делается заявка. Борис" in words(posted)


async def test_what_was_seen_leaves_the_list_one_by_one_or_all_at_once(bench: Bench) -> None:
    for number in (1, 2, 3):
        await kept(bench, number)
    bench.people.say(bench.boris, "/quiet", chat=bench.group)
    await bench.run()
    single, total = bench.said(bench.group)[-2:]
    await kept(bench, 4)
    bench.people.press(bench.boris, single, "✓ Просмотрено", chat=bench.group)
    await bench.run()
    assert await quiet.counts() == {"auto_reply": 3}
    bench.people.press(bench.boris, total, taps(total)[0], chat=bench.group)
    await bench.run()
    # What came after the list was shown nobody has seen.
    assert [one.subject for one in await quiet.unseen(9)] == ["Обращение 4"]


async def test_an_empty_list_says_so(bench: Bench) -> None:
    bench.people.say(bench.boris, "/quiet", chat=bench.group)
    await bench.run()
    assert bench.texts(bench.group)[-1] == "Непросмотренных тихих писем нет. 🎉"


async def test_the_digest_counts_quiet_letters_by_kind(bench: Bench) -> None:
    await kept(bench, 1)
    await kept(bench, 2)
    bench.now.at = datetime(2026, 12, 11, 6, 0, tzinfo=UTC)
    assert await digest.say(bench.desk, bench.now())
    await bench.run()
    assert "🔇 Тихих писем не просмотрено: 2 (автоответы — 2) · /quiet" in bench.texts(bench.group)[-1]
