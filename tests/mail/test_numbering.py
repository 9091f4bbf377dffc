"""The first sight of an old mailbox, numbers that are given twice, and the trace of the own server."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from desk.context import Desk
from mail.numbering import LONG_AGO, Numbers
from mail.parsing.trace import own_receipt
from models import Inbound, Outbox, Watched
from tests.desk.people import make_desk
from tests.mail.test_mailbox import MAILBOX, Sick, no_long_rests, numbered, numbers, watching
from tests.servers.fixtures import DESK

__all__ = ["no_long_rests"]

PLAIN = replace(MAILBOX, since=None)


@pytest.fixture
def desk(tmp_path) -> Desk:
    return make_desk(tmp_path, mailboxes=(PLAIN,))


def ago(**time: float) -> datetime:
    return (datetime.now(UTC) - timedelta(**time)).replace(microsecond=0)


# The first sight


async def test_what_lay_in_an_old_mailbox_is_left_and_what_comes_is_taken_whatever_its_date(desk, dovecot, db):
    for number, age in enumerate((800, 40, 2, 0.5)):
        await asyncio.to_thread(dovecot.append, numbered(number), DESK, internaldate=ago(days=age))
    async with watching(desk, dovecot.imap_url(DESK), PLAIN) as one:
        await one.until_stored(1)
        # Dragged in from another folder: it keeps its date, and is news all the same.
        await asyncio.to_thread(dovecot.append, numbered(9), DESK, internaldate=ago(days=300))
        await one.until_stored(2)
    async with watching(desk, dovecot.imap_url(DESK), PLAIN) as one:
        await asyncio.to_thread(dovecot.append, numbered(10), DESK)
        await one.until_stored(3)
    assert await numbers(desk) == [3, 9, 10]


async def left() -> list[dict]:
    return [row.content for row in await Outbox.filter(unique_key__startswith="left:").order_by("id")]


async def test_the_group_hears_once_how_many_old_letters_were_left_and_how_to_bring_them_in(desk, dovecot, db):
    for number, age in enumerate((800, 40, 2, 0.5)):
        await asyncio.to_thread(dovecot.append, numbered(number), DESK, internaldate=ago(days=age))
    for _ in range(2):
        async with watching(desk, dovecot.imap_url(DESK), PLAIN) as one:
            await one.until_stored(1)
    [told] = await left()
    assert (told["params"]["count"], told["params"]["mailbox"]) == (3, DESK)
    assert told["params"]["command"] == f"rightsdesk import {DESK} --dry-run"


@pytest.mark.parametrize(("days", "count"), [(None, 0), (10, 2), (1000, 0), (0, 4)])
async def test_what_is_left_is_counted_by_since_when_letters_are_taken(desk, dovecot, db, days, count):
    for number, age in enumerate((800, 40, 2, 0.5)):
        await asyncio.to_thread(dovecot.append, numbered(number), DESK, internaldate=ago(days=age))
    since = LONG_AGO if days is None else ago(days=days)
    async with watching(desk, dovecot.imap_url(DESK), replace(PLAIN, since=since)) as one:
        await one.until(lambda state: state.connected and not state.waiting)
    assert [one["params"]["count"] for one in await left()] == ([count] if count else [])


async def test_nothing_is_said_of_an_empty_mailbox_nor_of_one_that_an_older_release_watched(desk, db):
    async with Sick({}).running() as server:
        async with watching(desk, server.url(), PLAIN) as one:
            await one.until(lambda state: state.connected and not state.waiting)
        await Watched.all().delete()
    async with Sick({1: numbered(1)}).running() as server:
        async with watching(desk, server.url(), MAILBOX) as one:
            await one.until_stored(1)
        await Watched.all().delete()
        async with watching(desk, server.url(), PLAIN) as one:
            await one.until(lambda state: state.connected and not state.waiting)
    assert await left() == []


async def test_an_old_mailbox_without_a_young_letter_is_watched_without_trouble(desk, dovecot, db):
    for number in range(3):
        await asyncio.to_thread(dovecot.append, numbered(number), DESK, internaldate=ago(days=300))
    async with watching(desk, dovecot.imap_url(DESK), PLAIN) as one:
        await one.until(lambda state: state.connected and not state.waiting)
        await asyncio.to_thread(dovecot.append, numbered(9), DESK)
        await one.until_stored(1)
    assert await numbers(desk) == [9]


@pytest.mark.parametrize(
    ("days", "taken"), [(None, [0, 1, 2, 3]), (100, [1, 2, 3]), (3, [2, 3])], ids=["everything", "from a date", "a later date"]
)
async def test_the_operator_says_since_when(desk, dovecot, db, days, taken):
    for number, age in enumerate((800, 40, 2, 0.5)):
        await asyncio.to_thread(dovecot.append, numbered(number), DESK, internaldate=ago(days=age))
    since = LONG_AGO if days is None else ago(days=days)
    async with watching(desk, dovecot.imap_url(DESK), replace(PLAIN, since=since)) as one:
        await one.until_stored(len(taken))
    assert await numbers(desk) == taken


async def test_an_old_mailbox_that_is_numbered_anew_stays_old(desk, dovecot, db):
    await asyncio.to_thread(dovecot.append, numbered(0), DESK, internaldate=ago(days=300))
    async with watching(desk, dovecot.imap_url(DESK), PLAIN) as one:
        await asyncio.to_thread(dovecot.append, numbered(1), DESK)
        await one.until_stored(1)
    await asyncio.to_thread(dovecot.set_uidvalidity, DESK, 4711)
    async with watching(desk, dovecot.imap_url(DESK), PLAIN) as one:
        await one.until_stored(1, source=f"mail:{DESK}:INBOX:4711")
    assert await numbers(desk) == [1, 1]


async def test_a_mailbox_that_an_older_release_watched_is_watched_from_its_beginning(desk, db):
    async with Sick({1: numbered(1)}).running() as server:
        async with watching(desk, server.url(), MAILBOX) as one:
            await one.until_stored(1)
        await Watched.all().delete()
        server.mails[2] = numbered(2)
        async with watching(desk, server.url(), PLAIN) as one:
            await one.until_stored(2)
    assert (await Watched.get()).since == LONG_AGO


async def test_a_server_that_cannot_search_by_date_is_read_letter_by_letter(desk, db):
    async def no_dates(writer, tag, rest):
        if b"SINCE" in rest:
            writer.write(tag + b" BAD no dates\r\n")
        else:
            first = int(rest.split(b"UID SEARCH UID ")[1].split(b":")[0])
            found = b" ".join(b"%d" % uid for uid in sorted(server.mails) if uid >= first)
            writer.write(b"* SEARCH %s\r\n%s OK\r\n" % (found, tag))

    async with Sick({1: numbered(1)}, UID_SEARCH=no_dates).running() as server:
        server.received = ago(hours=1).strftime("%d-%b-%Y %H:%M:%S +0000")
        async with watching(desk, server.url(), PLAIN) as one:
            await one.until_stored(1)


# Numbers given twice


async def test_a_server_restored_from_a_backup_that_counts_again_from_below_is_noticed(desk, db):
    async with Sick({uid: numbered(uid) for uid in range(1, 4)}).running() as server:
        async with watching(desk, server.url()) as one:
            await one.until_stored(3)
        # Back to the state after the first letter; two others come.
        server.mails = {1: numbered(1), 2: numbered(20)}
        server.answers["EXAMINE"] = b"* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 3] x\r\nTAG OK [READ-ONLY] done\r\n"
        async with watching(desk, server.url()) as one:
            await one.until_stored(5)
    assert await numbers(desk) == [1, 2, 3, 1, 20]
    assert {row.source for row in await Inbound.all()} == {f"mail:{DESK}:INBOX:7", f"mail:{DESK}:INBOX:7~1"}


async def test_a_letter_under_the_number_of_another_one_is_noticed_without_the_servers_help(desk, db):
    async with Sick({uid: numbered(uid) for uid in range(1, 4)}).running() as server:
        async with watching(desk, server.url()) as one:
            await one.until_stored(3)
        # More letters came after the restore than were lost by it, so that no number lies below.
        server.mails = {1: numbered(1), 2: numbered(2000), 3: numbered(3000), 4: numbered(4000)}
        server.answers["EXAMINE"] = b"* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 5] x\r\nTAG OK [READ-ONLY] done\r\n"
        async with watching(desk, server.url()) as one:
            await one.until_stored(7)
    assert (await numbers(desk))[3:] == [1, 2000, 3000, 4000]


async def test_a_server_that_errs_in_sizes_is_not_read_again_and_again(desk, db):
    async with Sick({uid: numbered(uid) for uid in range(1, 4)}).running() as server:
        async with watching(desk, server.url()) as one:
            await one.until_stored(3)
        await Inbound.all().update(size=7, received_at=ago(days=4))
        async with watching(desk, server.url()) as one:
            await one.until(lambda state: state.connected and not state.waiting)
    assert await Inbound.all().count() == 3


def test_of_what_lay_there_before_only_the_young_is_ours() -> None:
    numbers = Numbers("s", 10, ago(days=1))
    assert numbers.ours(10, ago(days=900))
    assert numbers.ours(9, ago(hours=1))
    assert numbers.ours(9, None)
    assert not numbers.ours(9, ago(days=2))


# The trace


TRACED = "Received: from mx.people.test (mx.people.test [192.0.2.7])\r\n\tby {by} with ESMTP id 1;\r\n\t{date}\r\n"
OLDER = "Received: from x by mx.people.test; Sun, 1 Feb 2026 10:00:00 +0300\r\n"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (
            TRACED.format(by="mx3.operator.test", date="Sun, 1 Nov 2026 10:00:05 +0300") + OLDER,
            datetime(2026, 11, 1, 7, 0, 5, tzinfo=UTC),
        ),
        (TRACED.format(by="OPERATOR.test.", date="1 Nov 2026 07:00:05 GMT"), datetime(2026, 11, 1, 7, 0, 5, tzinfo=UTC)),
        (TRACED.format(by="mx.people.test", date="Sun, 1 Nov 2026 10:00:05 +0300"), None),
        (OLDER + TRACED.format(by="mx3.operator.test", date="Sun, 1 Nov 2026 10:00:05 +0300"), None),
        (TRACED.format(by="mx3.operator.test", date="yesterday"), None),
        (TRACED.format(by="mx3.operator.test.evil.example", date="Sun, 1 Nov 2026 10:00:05 +0300"), None),
        ("Received: nonsense\r\n", None),
        ("", None),
    ],
)
def test_only_the_topmost_trace_counts_and_only_when_one_of_ours_wrote_it(head, expected):
    raw = (
        head + "From: Anna <anna@people.test>\r\n\r\nReceived: by mx.operator.test; Sun, 1 Nov 2020 10:00:05 +0300\r\n"
    ).encode()
    assert own_receipt(raw, ("imap.provider.test", "", "operator.test")) == expected


async def test_a_letter_dragged_in_counts_from_the_day_its_own_server_took_it(desk, dovecot, db):
    taken = ago(days=20)
    head = TRACED.format(by="mx3.operator.test", date=taken.strftime("%a, %d %b %Y %H:%M:%S +0000"))
    await asyncio.to_thread(dovecot.append, head.encode() + numbered(1), DESK, internaldate=ago(hours=1))
    # The sender's own clock and traces of others move nothing.
    await asyncio.to_thread(dovecot.append, OLDER.encode() + numbered(2), DESK, internaldate=ago(hours=1))
    async with watching(desk, dovecot.imap_url(DESK), PLAIN) as one:
        dragged, plain = await one.until_stored(2)
    assert dragged.received_at == taken
    assert plain.received_at > ago(hours=2)
