"""Claims: each row once, in order within a conversation, fairly between them; one holder of a role."""
# ruff: noqa: PT012  # what fails is the block of a holder

import asyncio
import collections
import itertools
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import asyncpg
import pytest
from tortoise.exceptions import TransactionManagementError

from models import Inbound, InboundState, Outbox, OutboxState
from models.store import leases
from models.store.connect import StoreError, client, is_postgres, opened, transaction
from models.store.leases import (
    REST,
    SUSPECTED,
    HolderLost,
    LeaseLost,
    finish,
    finish_alike,
    forget_leases,
    give_back,
    holder,
    lease,
    lease_some,
    renew,
    still_ours,
)
from models.store.locks import advisory_key
from models.store.rows import insert
from tests.bench.calls import counting
from tests.servers.postgres import Postgres

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LEASE = timedelta(minutes=3)
LATER = NOW + LEASE + timedelta(seconds=1)


async def written(rows: list[Outbox]) -> None:
    async with transaction():
        await insert(rows)


async def put(key: str, conversation: str | None = None, at: datetime = NOW, **changed) -> Outbox:
    values = {"channel": "mail", "errand": "letter", "content": {}, "created_at": NOW} | changed
    return await Outbox.create(conversation=conversation or key, unique_key=key, next_try_at=at, **values)


def waiting(key: str, conversation: str | None = None, **changed) -> Outbox:
    values = {"channel": "mail", "errand": "letter", "content": {}, "created_at": NOW, "next_try_at": NOW} | changed
    return Outbox(conversation=conversation or key, unique_key=key, **values)


async def take(limit: int = 1, owner: str = "boris", now: datetime = NOW, **changed) -> list[Outbox]:
    return await lease(Outbox, now=now, owner=owner, period=LEASE, limit=limit, **changed)


def keys(rows: list[Outbox]) -> list[str]:
    return [row.unique_key for row in rows]


async def settle(row: Outbox) -> None:
    async with transaction():
        await finish(row, state=OutboxState.SENT, done_at=NOW)


# Which rows


async def test_a_due_row_is_leased_once_and_marked(db):
    await put("a")
    (row,) = await take()
    assert (row.leased_by, row.lease_until, row.attempts) == ("boris", NOW + LEASE, 1)
    assert await take(owner="clara") == []
    stored = await Outbox.get(id=row.id)
    assert (stored.leased_by, stored.lease_until, stored.attempts) == ("boris", NOW + LEASE, 1)


async def test_a_row_that_is_not_due_yet_is_left(db):
    await put("a", at=NOW + timedelta(microseconds=1))
    assert await take() == []
    assert keys(await take(now=NOW + timedelta(microseconds=1))) == ["a"]


async def test_the_present_moment_may_come_in_any_time_zone(db):
    await put("a", at=NOW + timedelta(hours=1))
    await put("b", at=NOW)
    assert keys(await take(limit=5, now=NOW.astimezone(timezone(timedelta(hours=3))))) == ["b"]
    with pytest.raises(ValueError, match="time zone"):
        await take(now=NOW.replace(tzinfo=None))


@pytest.mark.parametrize("state", [OutboxState.SENT, OutboxState.PARKED, OutboxState.DROPPED])
async def test_a_settled_row_is_neither_leased_nor_in_the_way(db, state):
    await put("a", "anna", state=state)
    await put("b", "anna")
    assert keys(await take(limit=5)) == ["b"]


async def test_of_a_conversation_only_the_oldest_waiting_row_is_leased(db):
    for key in ("a1", "a2", "a3"):
        await put(key, "anna")
    (first,) = await take(limit=5)
    assert first.unique_key == "a1"
    assert await take(limit=5, owner="clara") == []
    await settle(first)
    assert keys(await take(limit=5)) == ["a2"]


async def test_a_row_that_is_tried_again_later_holds_back_its_conversation_but_no_other(db):
    for key in ("a1", "a2"):
        await put(key, "anna")
    (first,) = await take()
    assert await give_back(first, next_try_at=NOW + timedelta(hours=1), error="no answer")
    await put("b1", "boris")
    (other,) = await take(limit=5)
    assert other.unique_key == "b1"
    await settle(other)
    (again,) = await take(limit=5, now=NOW + timedelta(hours=1))
    assert (again.unique_key, again.attempts, again.error) == ("a1", 2, "no answer")


async def test_the_most_urgent_come_first_then_the_longest_due(db):
    await put("late", at=NOW - timedelta(hours=1))
    await put("later", at=NOW - timedelta(minutes=1))
    await put("urgent", priority=10)
    await put("early", at=NOW - timedelta(hours=2))
    assert keys(await take(limit=3)) == ["urgent", "early", "late"]
    assert keys(await take(limit=3)) == ["later"]


async def test_a_flood_in_one_conversation_does_not_hold_up_the_others(db):
    await written(
        [
            Outbox(
                channel="mail",
                errand="letter",
                conversation="flood",
                unique_key=f"f{n}",
                content={},
                created_at=NOW,
                next_try_at=NOW,
            )
            for n in range(200)
        ]
    )
    await put("anna")
    assert keys(await take(limit=10)) == ["f0", "anna"]


@pytest.mark.parametrize(
    ("conversations", "limit", "found", "more"),
    [
        ("", 1, 0, False),
        ("a", 1, 1, False),
        ("a", 5, 1, False),
        ("aa", 5, 1, True),  # behind one that was leased
        ("ab", 1, 1, True),  # beyond what was asked for
        ("ab", 2, 2, False),
        ("abcb", 3, 3, True),
        ("abcb", 2, 2, True),
    ],
)
async def test_who_leases_is_told_whether_more_are_due(db, conversations, limit, found, more):
    for number, conversation in enumerate(conversations):
        await put(f"{number}", conversation)
    await put("later", at=NOW + timedelta(hours=1))
    await put("elsewhere", channel="telegram")
    await put("over", state=OutboxState.SENT)
    await put("in hand", lease_until=LATER, leased_by="clara")
    leased = await lease_some(Outbox, now=NOW, owner="boris", period=LEASE, limit=limit, channel="mail")
    assert (len(leased.rows), leased.more) == (found, more)


async def test_what_is_due_after_a_lease_ran_out_counts_as_more(db):
    await put("a")
    await put("b", lease_until=NOW, leased_by="dead")
    leased = await lease_some(Outbox, now=NOW, owner="boris", period=LEASE, limit=1)
    assert (keys(leased.rows), leased.more) == (["a"], True)


async def test_other_channels_are_left_alone(db):
    await put("a", channel="telegram")
    await put("b")
    assert keys(await take(limit=5, channel="mail")) == ["b"]
    assert keys(await take(limit=5)) == ["a"]


async def test_the_inbox_is_leased_the_same_way(db):
    for position, conversation in enumerate(["anna", "anna", "mallory"]):
        await Inbound.create(
            channel="mail",
            source="mail:desk:1",
            position=position,
            conversation=conversation,
            received_at=NOW,
            stored_at=NOW,
            next_try_at=NOW + timedelta(seconds=position),
            size=1,
        )
    now = NOW + timedelta(minutes=1)
    rows = await lease(Inbound, now=now, owner="boris", period=LEASE, limit=9, channel="mail")
    assert [row.position for row in rows] == [0, 2]
    await finish(rows[0], state=InboundState.DONE, outcome="opened", done_at=now)
    (next_row,) = await lease(Inbound, now=now, owner="boris", period=LEASE, limit=9)
    assert next_row.position == 1


# Leases


async def test_a_lease_that_ran_out_is_taken_over_and_its_old_holder_can_no_longer_settle(db):
    await put("a")
    (old,) = await take()
    assert await take(owner="clara", now=NOW + LEASE - timedelta(microseconds=1)) == []
    (new,) = await take(owner="clara", now=LATER)
    assert new.attempts == 2
    with pytest.raises(LeaseLost):
        await settle(old)
    assert not await give_back(old, next_try_at=NOW)
    assert not await renew(old, now=LATER, period=LEASE)
    await settle(new)
    assert (await Outbox.get(id=new.id)).state is OutboxState.SENT


async def test_what_was_decided_about_a_lost_row_is_undone(db):
    await put("a")
    (old,) = await take()
    await take(owner="clara", now=LATER)

    async def decide():
        async with transaction():
            await put("answer")
            await finish(old, state=OutboxState.SENT)

    with pytest.raises(LeaseLost):
        await decide()
    assert not await Outbox.exists(unique_key="answer")


async def test_rows_settled_alike_are_those_that_are_still_ours_and_tell_whether_more_waits_behind_them(db):
    for key, conversation in (("a", "anna"), ("b", "boris"), ("c", "clara"), ("a2", "anna"), ("c2", "clara")):
        await put(key, conversation)
    await put("c3", "clara", at=LATER + timedelta(days=1))
    await Outbox.filter(unique_key="c2").update(state=OutboxState.DROPPED)
    rows = await take(limit=5)
    assert keys(rows) == ["a", "b", "c"]
    await Outbox.filter(unique_key="b").update(leased_by="somebody else")
    kept = [{"blob": "б", "sha256": 'quoted "', "size": 3}]
    async with transaction():
        done = await finish_alike(rows, {"state": OutboxState.SENT, "done_at": LATER, "error": ""}, {rows[2].id: {"kept": kept}})
    assert done == {rows[0].id: True, rows[2].id: True}
    stored = {row.unique_key: row for row in await Outbox.all()}
    assert [(stored[key].state, stored[key].kept) for key in "abc"] == [
        (OutboxState.SENT, []),
        (OutboxState.WAITING, []),
        (OutboxState.SENT, kept),
    ]
    assert (stored["a"].done_at, stored["a"].lease_until, stored["a"].leased_by) == (LATER, None, "")
    (last,) = await take(limit=5)
    async with transaction():
        assert await finish_alike([last], {"state": OutboxState.SENT}, {}) == {last.id: False}
        assert await finish_alike([last], {"state": OutboxState.SENT}, {}) == {}


async def test_a_renewed_lease_sets_what_it_is_told_unless_it_was_lost(db):
    await put("a")
    (old,) = await take()
    assert await renew(old, now=NOW, period=LEASE, content={"steps": 1})
    assert (await Outbox.get(id=old.id)).content == {"steps": 1}
    await take(owner="clara", now=LATER)
    assert not await renew(old, now=LATER, period=LEASE, content={"steps": 2})
    assert (await Outbox.get(id=old.id)).content == {"steps": 1}


async def test_a_renewed_lease_lasts_from_then_on(db):
    await put("a")
    (row,) = await take()
    assert await renew(row, now=NOW + timedelta(minutes=2), period=LEASE)
    assert await take(owner="clara", now=LATER) == []
    await settle(row)


async def test_a_row_given_back_uncounted_keeps_its_attempts(db):
    await put("a")
    (row,) = await take()
    assert await give_back(row, next_try_at=NOW, counted=False)
    assert (await take())[0].attempts == 1


async def test_the_only_process_frees_the_leases_of_its_dead_predecessor(db):
    await put("a")
    await put("b")
    await take(owner="dead")
    assert await forget_leases(Outbox, now=NOW) == 1
    assert keys(await take(limit=5, owner="boris")) == ["a", "b"]
    assert await forget_leases(Inbound, now=NOW) == 0


async def test_what_was_on_its_way_at_the_end_of_several_processes_rests_and_lets_others_go_first(db):
    await put("a")
    await put("b", at=NOW + timedelta(seconds=1))
    for life in range(SUSPECTED + 1):
        assert keys(await take(owner=f"dead {life}")) == ["a"]
        assert await forget_leases(Outbox, now=NOW) == 1
    soon = NOW + timedelta(seconds=1)
    assert keys(await take(limit=5, now=soon)) == ["b"]
    assert keys(await take(limit=5, now=NOW + REST)) == ["a"]


async def test_leasing_inside_a_transaction_is_refused(db):
    await put("a")
    async with transaction():
        with pytest.raises(TransactionManagementError, match="outside"):
            await take()
    assert keys(await take()) == ["a"]


# Many workers


async def test_many_tasks_lease_each_row_once_and_in_order(db):
    total, conversations = 120, 7
    await written(
        [
            Outbox(
                channel="mail",
                errand="letter",
                conversation=f"c{n % conversations}",
                unique_key=f"{n:04}",
                content={},
                created_at=NOW,
                next_try_at=NOW,
            )
            for n in range(total)
        ]
    )
    done: list[Outbox] = []
    busy: set[str] = set()

    async def worker(name: str) -> None:
        while len(done) < total:
            for row in await take(limit=2, owner=name):
                assert row.conversation not in busy
                busy.add(row.conversation)
                await asyncio.sleep(0)
                await settle(row)
                busy.discard(row.conversation)
                done.append(row)

    await asyncio.gather(*(worker(f"w{n}") for n in range(6)))
    assert sorted(keys(done)) == [f"{n:04}" for n in range(total)]
    for number in range(conversations):
        mine = [row.unique_key for row in done if row.conversation == f"c{number}"]
        assert mine == sorted(mine)
    assert {row.attempts for row in done} == {1}


WORKING = """
import asyncio, sys
from datetime import datetime, timedelta, UTC
from models import Outbox, OutboxState
from models.store.leases import lease, finish
from models.store.connect import opened, transaction

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

async def main(url, name):
    async with opened(url, migrate=False, tests=True):
        while await Outbox.filter(state=OutboxState.WAITING).exists():
            for row in await lease(Outbox, now=NOW, owner=name, period=timedelta(minutes=3), limit=2):
                async with transaction():
                    await finish(row, state=OutboxState.SENT, error=name)
                print(row.unique_key, flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_several_processes_lease_each_row_once(database_url):
    total = 60
    async with opened(database_url, tests=True):
        for n in range(total):
            await put(f"{n:04}", f"c{n % 5}")
    processes = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", WORKING, database_url, f"p{n}", stdout=subprocess.PIPE)
        for n in range(3)
    ]
    told = [(await process.communicate())[0].decode().split() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert collections.Counter(itertools.chain(*told)) == {f"{n:04}": 1 for n in range(total)}
    async with opened(database_url, tests=True):
        assert {row.attempts for row in await Outbox.all()} == {1}


# Cost


async def test_ten_waiting_rows_among_many_finished_are_found_by_index_alone(db):
    await written(
        [
            Outbox(
                channel="mail",
                errand="letter",
                conversation=f"c{n % 50}",
                unique_key=f"{n}",
                content={},
                created_at=NOW,
                next_try_at=NOW,
                state=OutboxState.WAITING if n % 500 == 0 else OutboxState.SENT,
            )
            for n in range(5000)
        ]
    )
    await client().execute_script("ANALYZE")
    for model, channel in ((Outbox, "mail"), (Outbox, None), (Inbound, None)):
        words = leases._leasing(model, postgres=is_postgres(), channelled=channel is not None, errands=0)
        values = [NOW, 3, LATER, "boris", *filter(None, [channel])]
        explain = "EXPLAIN " if is_postgres() else "EXPLAIN QUERY PLAN "
        plan = [str(list(row.values())[-1]) for row in await client().execute_query_dict(explain + words, values)]
        told = "\n".join(line for line in plan if line != "SCAN chosen")
        if model is Outbox:
            assert "Seq Scan" not in told
        assert "SCAN" not in told
    assert keys(await take(limit=1, channel="mail")) == ["0"]


async def test_settling_goes_by_numbers_and_conversations_and_looks_not_through_all_that_waits(tmp_path):
    """SQLite by itself would: ten thousand letters that wait made each acknowledgement cost a millisecond more."""
    async with opened(f"sqlite://{tmp_path}/desk.sqlite3", tests=True):
        await written([waiting(f"{n}", f"c{n % 7}") for n in range(20)])
        leased = await take(limit=5)
        with counting() as sent:
            async with transaction():
                assert await still_ours(leased) == {row.id for row in leased}
                settled = await finish_alike(leased, {"state": OutboxState.SENT, "done_at": NOW, "error": ""}, {})
        assert settled == {row.id: True for row in leased}
        plans = [
            row["detail"]
            for words in sent
            for row in await client().execute_query_dict(f"EXPLAIN QUERY PLAN {words}", ["[]"] * words.count("?"))
        ]
    assert [one for one in plans if one.startswith("SEARCH outbox")] == ["SEARCH outbox USING INTEGER PRIMARY KEY (rowid=?)"] * 2
    assert [one for one in plans if one.startswith("SEARCH other")] == [
        "SEARCH other USING COVERING INDEX outbox_conversation (state=? AND conversation=?)"
    ]


async def test_what_is_urgent_is_found_among_what_is_urgent(tmp_path):
    async with opened(f"sqlite://{tmp_path}/desk.sqlite3", tests=True):
        await written([waiting("late", errand="callback"), waiting("other", priority=0)])
        assert not await take(channel="mail", errands=("callback",), priority=0)
        await written([waiting("soon", errand="callback", priority=0)])
        with counting() as sent:
            assert keys(await take(channel="mail", errands=("callback",), priority=0, limit=5)) == ["soon"]
        [words] = sent
        plan = await client().execute_query_dict(f"EXPLAIN QUERY PLAN {words}", [None] * 7)
    looked = [row["detail"] for row in plan if " row " in row["detail"]]
    assert looked == ["SEARCH row USING INDEX outbox_leasing (state=? AND channel=? AND priority<?)"] * 2


# Holders


async def test_a_role_has_one_holder_at_a_time(db, back_end):
    order = []

    async def hold(name: str, ready: asyncio.Event, release: asyncio.Event):
        async with holder("polling", wait=True):
            order.append(name)
            ready.set()
            await release.wait()

    first, second, release = asyncio.Event(), asyncio.Event(), asyncio.Event()
    anna = asyncio.create_task(hold("anna", first, release))
    await first.wait()
    boris = asyncio.create_task(hold("boris", second, release))
    with pytest.raises(StoreError):
        async with holder("polling", wait=False):
            pass
    async with holder("another role"):
        assert order == ["anna"]
    release.set()
    await asyncio.gather(anna, boris)
    assert order == ["anna", "boris"]


async def test_a_second_process_on_an_sqlite_file_gets_a_sentence(tmp_path):
    url = f"sqlite://{tmp_path}/desk.sqlite3"
    async with opened(url), holder("desk"):
        with pytest.raises(StoreError, match=r"process id \d+") as error:
            async with holder("desk"):
                pass
        assert "stop that one first" in str(error.value)
    async with opened(url), holder("desk"):
        pass


HOLDING = """
import asyncio, sys
from models.store.leases import holder
from models.store.connect import opened
async def main():
    async with opened(sys.argv[1], migrate=False), holder("mailbox", wait=True):
        print("held", flush=True)
        await asyncio.sleep(600)
asyncio.run(main())
"""


async def test_a_role_is_taken_over_when_its_holder_is_killed(database_url):
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", HOLDING, database_url, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert (await process.stdout.readline()).strip() == b"held"
    async with opened(database_url, tests=True):
        with pytest.raises(StoreError):
            async with holder("mailbox", wait=False):
                pass
        process.send_signal(signal.SIGKILL)
        await process.wait()
        async with holder("mailbox", wait=True):
            pass


@pytest.mark.postgres
async def test_a_holder_whose_connection_breaks_is_stopped_and_told(postgres_url):
    async with opened(postgres_url):
        other = await asyncpg.connect(postgres_url)
        reached = []
        with pytest.raises(HolderLost):
            async with holder("polling"):
                reached.append("held")
                # The block may be stopped before the answer to this is there.
                await other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted "
                    "AND (classid::bigint << 32 | objid::bigint) = $1",
                    advisory_key("polling"),
                )
                await asyncio.Event().wait()
                reached.append("never")
        assert reached == ["held"]
        # The task itself goes on as if nothing had been cancelled.
        assert asyncio.current_task().cancelling() == 0
        async with holder("polling", wait=False):
            pass
        await other.close()


@pytest.mark.postgres
async def test_a_holder_notices_a_server_that_no_longer_answers(postgres: Postgres, postgres_url, monkeypatch):
    monkeypatch.setattr(leases, "PULSE_SECONDS", 0.05)
    async with opened(postgres_url):
        with pytest.raises(HolderLost):
            async with holder("polling"):
                postgres.pause()
                await asyncio.Event().wait()
        postgres.resume()


async def test_an_error_inside_the_block_comes_out_as_it_is(db):
    with pytest.raises(ZeroDivisionError):
        async with holder("polling"):
            raise ZeroDivisionError
    with pytest.raises(asyncio.CancelledError):
        async with holder("polling"):
            raise asyncio.CancelledError
    async with holder("polling", wait=False):
        pass
