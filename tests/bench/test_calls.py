"""What a mail costs is counted, not timed: statements sent to the database, so that it cannot creep up unseen."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.staff.commands import due_html
from desk.ports import Sender
from desk.reminders import digest
from desk.views import cards, listing
from models.store.connect import is_postgres
from tests.bench import updates
from tests.bench.calls import counting
from tests.bench.intake import measure
from tests.desk.people import STAFF_CHAT, Bench, Now, letter, make_desk

# Statements until a waiting mail is a ticket, and until all that follows is delivered too, alone and of a backlog; together
# they are so few because a batch needs as many as one mail. PostgreSQL, where each is a way to the server and back, locks the
# end of the history before it is read, and has new rows of several tables written by one statement.
TOGETHER, TOGETHER_IN_ALL = 3, 8


async def test_a_mail_alone_and_mails_together_send_no_more_statements_than_they_did(db: None, tmp_path: Path) -> None:
    _, _, taken, delivered = await measure(1, tmp_path)
    alone, in_all = (9, 27) if is_postgres() else (15, 33)
    assert taken.calls.total() <= alone, taken.calls.most_common(10)
    assert taken.calls.total() + delivered.calls.total() <= in_all, delivered.calls.most_common(10)
    # Batches grow to a hundred: 1, 2, 4 … 64, and what is left.
    _, _, taken, delivered = await measure(150, tmp_path, first=1)
    assert taken.calls_a_mail <= TOGETHER, taken.calls.most_common(10)
    assert taken.calls_a_mail + delivered.calls_a_mail <= TOGETHER_IN_ALL, delivered.calls.most_common(10)


# Statements an update of Telegram, until it is handled, of a backlog: what each asks for itself, and a share of the batch.
UPDATES_TOGETHER = 8


async def test_updates_together_send_no_more_statements_than_they_did(db: None, tmp_path: Path) -> None:
    handled = (await updates.measure(300, tmp_path))["handled"]
    assert handled.calls.total() / handled.updates <= UPDATES_TOGETHER, handled.calls.most_common(10)


async def test_lists_ask_the_database_as_much_for_many_tickets_as_for_few(db: None, tmp_path: Path) -> None:
    bench = Bench(make_desk(tmp_path), Now())

    async def due() -> None:
        await due_html(bench.desk, await cards.due(bench.desk, bench.now()), STAFF_CHAT, bench.now())

    async def digested() -> None:
        await digest.content(bench.desk, bench.now())

    async def listed() -> None:
        await listing.listing(bench.desk)

    async def counted(work: Callable[[], Awaitable[None]]) -> int:
        with counting() as calls:
            await work()
        return calls.total()

    async def come(first: int, last: int) -> None:
        for number in range(first, last):
            words = {"kinds": ("access_request",), "sender": Sender("email", f"p{number}@people.test")}
            await bench.arrives(letter(bench.now(), number=number, **words))

    await come(1, 3)
    few = [await counted(work) for work in (due, digested, listed)]
    await come(3, 12)
    assert [await counted(work) for work in (due, digested, listed)] == few
