"""Messages taken together become what they become one by one, and a bad one among them goes alone."""

import asyncio
import itertools
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tortoise.exceptions import IntegrityError

from desk import tags
from desk.context import Desk
from desk.errors import Permanent, Temporary
from desk.flow import inbound, intake, queues
from desk.flow.inbound import BYTES_AT_ONCE, Item, batches, drain
from desk.ports import Incoming, Outcome
from desk.record.checking import check
from models import Action, Inbound, InboundState, Message, Ticket
from models.store.connect import is_postgres, opened, transaction
from tests.desk.flow.streams import Stream, tables
from tests.desk.people import Bench, letter


async def together(desk: Desk, pairs: Sequence[tuple[Incoming, Inbound]], now: datetime) -> list[Outcome]:
    async with transaction():
        return await intake.take_together(desk, pairs, now)


async def one_by_one(desk: Desk, pairs: Sequence[tuple[Incoming, Inbound]], now: datetime) -> list[Outcome]:
    outcomes = []
    for incoming, row in pairs:
        async with transaction():
            outcomes.append(await intake.take(desk, incoming, row, now))
            done = {"state": InboundState.DONE, "fingerprint": incoming.fingerprint, "ticket_id": outcomes[-1].ticket_id}
            await Inbound.filter(id=row.id).update(**done)
    return outcomes


class Nonces:
    """Message-IDs that are the same in each stream."""

    def __init__(self) -> None:
        self.numbers = itertools.count(1)

    def token_hex(self, _size: int) -> str:
        return f"{next(self.numbers):016x}"


def without_seals(tables: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """The tables without the entry that ends each transaction with its digests, and so without the numbers and links of others.

    As many as there are transactions: that is where the two ways differ.
    """
    links = {"id", "previous", "hash"}
    history = [row for row in tables["History"] if row["action"] != Action.SEALED]
    return tables | {"History": [{key: row[key] for key in row.keys() - links} for row in history]}


@pytest.mark.parametrize("seed", [11, 12])
async def test_a_stream_taken_together_fills_every_table_as_one_taken_one_by_one(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for name, taking in (("one", one_by_one), ("many", together)):
        async with opened(f"sqlite://{tmp_path}/{name}.sqlite3", tests=True):
            monkeypatch.setattr(tags, "secrets", Nonces())
            await Stream(seed, tmp_path / name, taking).play(60, at_once=12)
            assert (await check()).whole
            found.append(await tables())
    one, many = map(without_seals, found)
    for table, rows in one.items():
        assert many[table] == rows, table


@pytest.mark.parametrize("at_once", [1, 12])
async def test_both_databases_hold_the_same_of_a_stream(db: None, tmp_path: Path, at_once: int) -> None:
    await Stream(21, tmp_path / "here", together).play(150, at_once=at_once)
    assert (await check()).whole
    found = await tables()
    outcomes = [row["outcome"] for row in found["Inbound"]]
    assert {"opened", "added", "linked"} <= set(outcomes)
    # Every message has its ticket. A sequence of PostgreSQL may leave numbers out: one that was fetched and not needed is gone.
    numbers = [row["id"] for row in found["Ticket"]]
    assert numbers == sorted(set(numbers))
    assert len(numbers) == outcomes.count("opened")
    assert is_postgres() or numbers == list(range(1, len(numbers) + 1))


# -- batches


class Watched:
    """The door of a bench, watched: what it was given together, and what goes wrong for some."""

    channel = "mail"

    def __init__(self, bench: Bench) -> None:
        self.door, self.together, self.bad = bench.doors["mail"], [], {}  # type: ignore[var-annotated]

    async def prepare(self, row: Inbound, raw: bytes) -> Incoming:
        return await self.door.prepare(row, raw)

    async def handle(self, prepared: Incoming, row: Inbound, now: datetime) -> Outcome:
        raise AssertionError("Letters are acted on together.")

    async def handle_together(self, ready: Sequence[tuple[Incoming, Inbound]], now: datetime) -> list[Outcome]:
        self.together.append([row.position for _, row in ready])
        outcomes = await self.door.handle_together(ready, now)
        for _, row in ready:
            if row.position in self.bad:
                raise self.bad[row.position]
        return outcomes


async def waiting(bench: Bench, count: int) -> Watched:
    for number in range(count):
        sender = letter(bench.now()).sender.__class__("email", f"p{number}@example.org")
        await bench.arrives(letter(bench.now(), number=number + 1, sender=sender), handle=False)
    return Watched(bench)


async def test_a_backlog_is_taken_by_ever_more_at_once_and_who_is_alone_waits_for_nobody(bench: Bench) -> None:
    door = await waiting(bench, 20)
    assert await drain(bench.desk, {"mail": door}, bench.now) == 20
    assert [len(one) for one in door.together] == [1, 2, 4, 8, 5]
    assert await Ticket.all().count() == 20
    door.together.clear()
    await bench.arrives(letter(bench.now(), number=99), handle=False)
    await drain(bench.desk, {"mail": door}, bench.now)
    assert [len(one) for one in door.together] == [1]


async def test_while_letters_are_acted_upon_the_next_ones_are_read(bench: Bench) -> None:
    door, read = await waiting(bench, 15), asyncio.Event()
    prepare, act = door.prepare, door.handle_together
    awaited = {2: 4, 3: 4, 4: 8, 5: 8, 6: 8, 7: 8}  # while these are acted upon that one is read

    async def reading(row: Inbound, raw: bytes) -> Incoming:
        if row.position in awaited.values():
            read.set()
        return await prepare(row, raw)

    async def acting(ready: Sequence[tuple[Incoming, Inbound]], now: datetime) -> list[Outcome]:
        if ready[0][1].position in awaited:
            await read.wait()
            read.clear()
        return await act(ready, now)

    door.prepare, door.handle_together = reading, acting  # type: ignore[method-assign]
    assert await drain(bench.desk, {"mail": door}, bench.now) == 15
    assert [len(one) for one in door.together] == [1, 2, 4, 8]


async def test_what_was_read_when_the_process_is_told_to_stop_is_given_back_untouched(bench: Bench) -> None:
    door, stop = await waiting(bench, 40), asyncio.Event()
    act = door.handle_together

    async def acting(ready: Sequence[tuple[Incoming, Inbound]], now: datetime) -> list[Outcome]:
        if len(ready) == 4:
            stop.set()
        return await act(ready, now)

    door.handle_together = acting  # type: ignore[method-assign]
    assert await drain(bench.desk, {"mail": door}, bench.now, stop) == 7
    assert await Inbound.filter(state=InboundState.DONE).count() == 7
    left = await Inbound.filter(state=InboundState.WAITING)
    assert {(row.attempts, row.lease_until) for row in left} == {(0, None)}


@pytest.mark.parametrize(
    ("bad", "error", "state", "words"),
    [
        (8, Permanent("This is no letter."), InboundState.PARKED, "This is no letter."),
        (15, Permanent("This is no letter."), InboundState.PARKED, "This is no letter."),
        (9, Temporary("Later."), InboundState.WAITING, "Later."),
        (11, ZeroDivisionError(), InboundState.WAITING, "Internal error: ZeroDivisionError. The log has the details."),
        (13, IntegrityError("UNIQUE"), InboundState.WAITING, "Internal error: IntegrityError. The log has the details."),
    ],
)
async def test_a_bad_row_in_a_batch_goes_alone_and_the_others_are_taken(
    bench: Bench, bad: int, error: Exception, state: InboundState, words: str
) -> None:
    door = await waiting(bench, 15)
    door.bad = {bad: error}
    await drain(bench.desk, {"mail": door}, bench.now)
    row = await Inbound.get(position=bad)
    assert (row.state, row.error, row.attempts, row.lease_until) == (state, words, 1, None)
    assert await Inbound.filter(state=InboundState.DONE, outcome="opened", attempts=1).count() == 14
    assert await Ticket.all().count() == await Message.all().count() == 14
    assert (await check()).whole


async def test_several_bad_rows_go_alone_each(bench: Bench) -> None:
    door = await waiting(bench, 15)
    door.bad = {number: Permanent("Bad.") for number in (1, 8, 9, 15)}
    await drain(bench.desk, {"mail": door}, bench.now)
    assert {row.position for row in await Inbound.filter(state=InboundState.PARKED)} == {1, 8, 9, 15}
    assert await Ticket.all().count() == 11


async def test_a_row_that_another_worker_has_meanwhile_is_left_to_it(bench: Bench) -> None:
    door = await waiting(bench, 15)
    leased = (await queues.lease_inbound(bench.now(), 15)).rows
    await Inbound.filter(position=4).update(leased_by="another:1:x")
    await inbound.handle(bench.desk, door, await inbound.prepared(bench.desk, door, leased, bench.now), bench.now)
    row = await Inbound.get(position=4)
    assert (row.state, row.leased_by) == (InboundState.WAITING, "another:1:x")
    assert await Inbound.filter(state=InboundState.DONE).count() == 14


async def test_one_row_that_another_worker_took_meanwhile_is_left_to_it_with_all_that_it_became(bench: Bench) -> None:
    door = await waiting(bench, 1)
    [row] = (await queues.lease_inbound(bench.now(), 1)).rows
    prepared = await inbound.prepared(bench.desk, door, [row], bench.now)
    await Inbound.filter(id=row.id).update(leased_by="another:1:x")
    await inbound.handle(bench.desk, door, prepared, bench.now)
    left = await Inbound.get(id=row.id)
    assert (left.state, left.leased_by, left.error) == (InboundState.WAITING, "another:1:x", "")
    assert await Ticket.all().count() == await Message.all().count() == 0


async def test_what_was_tried_before_goes_alone_for_it_may_have_ended_the_process(bench: Bench) -> None:
    door = await waiting(bench, 8)
    await Inbound.filter(position__in=[3, 6]).update(attempts=1)
    leased = (await queues.lease_inbound(bench.now(), 8)).rows
    assert [[row.position for row in one] for one in batches(leased)] == [[1, 2], [3], [4, 5], [6], [7, 8]]
    for one in batches(leased):
        await inbound.handle(bench.desk, door, await inbound.prepared(bench.desk, door, one, bench.now), bench.now)
    assert await Ticket.all().count() == 8


@given(st.lists(st.tuples(st.sampled_from(["mail", "telegram"]), st.integers(0, BYTES_AT_ONCE * 2), st.integers(1, 3))))
def test_a_batch_is_of_one_channel_and_small_and_leaves_nobody_out(rows: list[tuple[str, int, int]]) -> None:
    given_rows = [
        Inbound(id=number, channel=channel, size=size, attempts=attempts)
        for number, (channel, size, attempts) in enumerate(rows, 1)
    ]
    made = batches(given_rows)
    assert sorted(row.id for one in made for row in one) == [row.id for row in given_rows]
    for one in made:
        assert len({row.channel for row in one}) == 1
        assert len(one) == 1 or (sum(row.size for row in one) <= BYTES_AT_ONCE and all(row.attempts == 1 for row in one))


async def test_the_order_of_each_conversation_is_kept_in_batches(bench: Bench) -> None:
    door = bench.doors["mail"]
    for position in range(1, 41):
        raw = b"%d" % position
        door.letters[raw] = letter(bench.now(), number=position, subject=f"{position}", kinds=("question",))
        item = Item(position, f"mail:{position % 3}", bench.now(), raw)
        await inbound.store_many(bench.desk, "mail", "s", [item], bench.now())
    await drain(bench.desk, {"mail": door}, bench.now)
    rows = await Inbound.all().order_by("ticket_id")
    for conversation in range(3):
        taken = [row.position for row in rows if row.position % 3 == conversation]
        assert taken == sorted(taken)


async def test_the_order_to_stop_gives_back_what_was_not_begun_and_does_not_count_it(bench: Bench) -> None:
    door, stop = await waiting(bench, 3), asyncio.Event()
    await Inbound.all().update(size=BYTES_AT_ONCE)
    act = door.handle_together

    async def act_and_stop(ready: Sequence[tuple[Incoming, Inbound]], now: datetime) -> list[Outcome]:
        if len(door.together) == 1:
            stop.set()
        return await act(ready, now)

    door.handle_together = act_and_stop  # type: ignore[method-assign]
    await drain(bench.desk, {"mail": door}, bench.now, stop)
    assert door.together == [[1], [2]]
    left = await Inbound.get(position=3)
    assert (left.state, left.attempts, left.lease_until) == (InboundState.WAITING, 0, None)
    assert await drain(bench.desk, {"mail": door}, bench.now) == 1


async def test_a_lease_that_ended_the_process_is_counted_for_each_of_the_batch_and_none_of_them_is_parked(bench: Bench) -> None:
    door = await waiting(bench, 10)
    for _ in range(3):  # three processes that were killed with the batch in hand
        assert len((await queues.lease_inbound(bench.now(), 10)).rows) == 10
        bench.now.forward(minutes=5)
    await drain(bench.desk, {"mail": door}, bench.now)
    assert [len(one) for one in door.together] == [1] * 10
    assert await Ticket.all().count() == 10
