"""Who was promised a date hears when the request is closed over it, and what they write then goes on with that matter."""

import pytest

from desk import contents
from desk.outward import closing
from desk.ports import Incoming
from models import Outbox, Ticket
from tests.desk.people import Bench, acts, letter


async def closed(bench: Bench, reason: str = "Решено по телефону") -> None:
    await closing.close(bench.desk, await Ticket.get(), await bench.boris(), bench.now(), reason=reason)
    await bench.run()


def written(bench: Bench, *, text: str, **more: object) -> Incoming:
    """Another letter of Anna's, in these words."""
    return letter(bench.now(), **{"text": text, "new_text": text, "kinds": ("question",), **more})


@pytest.fixture
async def ticket(bench: Bench) -> Ticket:
    await bench.arrives(letter(bench.now()))
    return await Ticket.get()


async def test_they_are_told_the_dates_that_end_but_not_the_reason(bench: Bench, ticket: Ticket) -> None:
    due = ticket.due_at
    assert due is not None
    await closed(bench, "Скандалист")
    assert "closing" not in acts(bench.out["mail"].rows)
    bench.now.forward(seconds=11)
    await bench.run()
    told = bench.out["mail"].rows[-1]
    assert told.errand == "closing"
    assert contents.of(told, contents.Closing).promised
    assert "Скандалист" not in str(told.content)
    assert contents.of(bench.out["staff"].acts("status")[-1], contents.Status).state == "sent"


async def test_it_can_be_taken_back_and_does_not_leave_when_opened_again(bench: Bench, ticket: Ticket) -> None:
    await closed(bench)
    await bench.arrives(written(bench, number=2, text="Я ещё жду", reply_to=("<letter1@example.org>",), ticket_id=ticket.id))
    assert (await Ticket.get(id=ticket.id)).status == "open"
    bench.now.forward(seconds=11)
    await bench.run()
    assert "closing" not in acts(bench.out["mail"].rows)
    assert (await Outbox.get(errand="closing")).state == "dropped"


async def test_where_nothing_was_promised_or_nothing_ends_nobody_is_told(bench: Bench) -> None:
    await bench.arrives(letter(bench.now(), spam=True))
    await closed(bench)
    assert not await Outbox.filter(errand="closing").exists()


async def test_each_closing_over_terms_is_told(bench: Bench, ticket: Ticket) -> None:
    for number in (2, 3):
        await closed(bench)
        bench.now.forward(seconds=11)
        await bench.run()
        await bench.arrives(written(bench, number=number, text="Не согласна", ticket_id=ticket.id))
    assert acts(bench.out["mail"].rows).count("closing") == 2


async def test_a_new_letter_after_it_goes_on_with_that_matter(bench: Bench, ticket: Ticket) -> None:
    due = ticket.due_at
    await closed(bench)
    bench.now.forward(days=3)
    await bench.arrives(written(bench, number=2, subject="Почему закрыли?", text="Я жду ответа"))
    assert await Ticket.all().count() == 1
    again = await Ticket.get(id=ticket.id)
    assert (again.status, again.due_at) == ("open", due)


async def test_long_after_it_a_letter_is_a_matter_of_its_own(bench: Bench, ticket: Ticket) -> None:
    await closed(bench)
    bench.now.forward(days=40)
    await bench.arrives(written(bench, number=2, subject="Вопрос", text="Где вы?"))
    assert await Ticket.all().count() == 2


async def test_thanks_by_letter_open_nothing_again(bench: Bench, ticket: Ticket) -> None:
    await closed(bench)
    await bench.arrives(written(bench, number=2, text="Спасибо за помощь!\n\nС уважением,\nАнна Петрова", ticket_id=ticket.id))
    assert (await Ticket.get(id=ticket.id)).status == "closed"
    assert bench.out["staff"].acts("requester")
