"""Watching a mailbox: every letter is stored once, whatever servers, networks and other programs do."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from desk.context import Desk, Mailbox
from desk.flow import inbound as rows
from desk.record import received as whole
from mail import imap, mailbox
from mail.mailbox import MailboxState, conversation_of, mailbox_of, watch
from mail.numbering import LONG_AGO, source_of
from mail.urls import parse_imap
from models import Inbound, InboundState, Outbox
from tests.desk.people import make_desk
from tests.mail.scripted import Scripted
from tests.mail.test_imap import LETTER, dovecot_put
from tests.servers.fixtures import DESK

MAILBOX = Mailbox(DESK, "Поддержка", since=LONG_AGO)
PATIENCE = 60


@pytest.fixture
def desk(tmp_path) -> Desk:
    return make_desk(tmp_path, mailboxes=(MAILBOX,))


@pytest.fixture(autouse=True)
def no_long_rests(monkeypatch):
    monkeypatch.setattr(mailbox, "backoff", lambda troubles: 0.05)
    monkeypatch.setattr(mailbox, "LONGEST_PAUSE", 0.05)


class Watching:
    """A watched mailbox and what it told of itself."""

    def __init__(self) -> None:
        self.states: list[MailboxState] = []
        self.changed = asyncio.Event()
        self.stop = asyncio.Event()

    def tell(self, state: MailboxState) -> None:
        self.states.append(state)
        self.changed.set()

    async def until(self, condition: Callable[[MailboxState], object]) -> MailboxState:
        """The first state, told from now on or last, for which this holds."""
        async with asyncio.timeout(PATIENCE):
            while not (self.states and condition(self.states[-1])):
                self.changed.clear()
                await self.changed.wait()
        return self.states[-1]

    async def until_stored(self, count: int, **which: object) -> list[Inbound]:
        async with asyncio.timeout(PATIENCE):
            while await Inbound.filter(**which).count() < count:
                self.changed.clear()
                await self.changed.wait()
        await self.until(lambda state: state.connected and not state.waiting)
        return await Inbound.filter(**which).order_by("source", "position")


@asynccontextmanager
async def watching(desk: Desk, url: str, mailbox: Mailbox = MAILBOX) -> AsyncIterator[Watching]:
    one = Watching()
    async with asyncio.TaskGroup() as group:
        group.create_task(
            watch(desk, mailbox, parse_imap(url), stop=one.stop, timepiece=lambda: datetime.now(UTC), on_state=one.tell)
        )
        try:
            yield one
        finally:
            one.stop.set()


def numbered(number: int, sender: str = "anna@people.test") -> bytes:
    return b"From: <%s>\r\nSubject: %d\r\n\r\nI withdraw.\r\n" % (sender.encode(), number)


async def numbers(desk: Desk, **which: object) -> list[int]:
    return [
        int((await whole.raw(desk, row)).split(b"Subject: ")[1].split()[0])
        for row in await Inbound.filter(**which).order_by("id")
    ]


# -- with a real Dovecot


async def test_what_waits_and_what_comes_later_is_stored_with_its_receipt_time(desk, dovecot, db):
    received = datetime(2026, 11, 12, 6, 0, 5, tzinfo=UTC)
    uid = await asyncio.to_thread(dovecot.append, LETTER, DESK, internaldate=received)
    async with watching(desk, dovecot.imap_url(DESK)) as one:
        (row,) = await one.until_stored(1)
        assert row.source == f"mail:{DESK}:INBOX:{dovecot.uidvalidity(DESK)}"
        assert (row.channel, row.position, row.received_at, row.conversation) == ("mail", uid, received, "mail:anna@people.test")
        assert await whole.raw(desk, row) == LETTER
        assert desk.wake.inbox.is_set()
        before = datetime.now(UTC)
        await asyncio.to_thread(dovecot.deliver, numbered(2, "Boris@Operator.TEST"), DESK)
        row = (await one.until_stored(2))[1]
        assert row.conversation == "mail:boris@operator.test"
        assert before - timedelta(seconds=2) <= row.received_at <= row.stored_at
        assert b"\r\nI withdraw." in await whole.raw(desk, row)
    assert len(dovecot.messages(DESK)) == 2


async def test_a_thousand_waiting_letters_are_stored_in_order(desk, dovecot, db):
    for number in range(1000):
        dovecot_put(dovecot, number)
    async with watching(desk, dovecot.imap_url(DESK, security="tls")) as one:
        stored = await one.until_stored(1000)
    assert [row.position for row in stored] == sorted(row.position for row in stored)
    assert sorted(row.id for row in stored) == [row.id for row in stored]
    assert max(state.waiting for state in one.states) == 1000
    assert one.states[-1].waiting == 0


async def test_letters_that_others_read_flagged_or_answered_are_taken_all_the_same(desk, dovecot, db):
    for flags in ("\\Seen", "\\Flagged \\Answered", "\\Deleted"):
        dovecot.append(LETTER, DESK, flags=flags)
    async with watching(desk, dovecot.imap_url(DESK)) as one:
        await one.until_stored(3)
    assert len(dovecot.messages(DESK)) == 3


async def test_watching_again_stores_nothing_twice(desk, dovecot, db):
    for number in range(3):
        dovecot.append(numbered(number), DESK)
    for _ in range(3):
        async with watching(desk, dovecot.imap_url(DESK)) as one:
            await one.until(lambda state: state.connected and not state.waiting)
    assert await Inbound.all().count() == 3
    dovecot.append(numbered(3), DESK)
    async with watching(desk, dovecot.imap_url(DESK)) as one:
        await one.until_stored(4)


@pytest.fixture
def gate(monkeypatch) -> asyncio.Event:
    """While it is not set, a watcher that lost its connection does not make another."""
    opened = asyncio.Event()

    async def pause(seconds):
        await opened.wait()

    monkeypatch.setattr(mailbox, "pause", pause)
    return opened


async def test_a_mailbox_numbered_anew_is_read_again_under_a_source_of_its_own(desk, dovecot, db, gate):
    for number in range(3):
        dovecot.append(numbered(number), DESK)
    async with watching(desk, dovecot.imap_url(DESK)) as one:
        await one.until_stored(3)
        await asyncio.to_thread(dovecot.set_uidvalidity, DESK, 4711)
        await asyncio.to_thread(dovecot.append, numbered(9), DESK)
        gate.set()
        again = await one.until_stored(4, source=f"mail:{DESK}:INBOX:4711")
    assert sorted(await numbers(desk, id__in=[row.id for row in again])) == [0, 1, 2, 9]


async def test_a_server_that_dies_while_we_wait_is_connected_to_again(desk, dovecot, db):
    async with watching(desk, dovecot.imap_url(DESK)) as one:
        await one.until(lambda state: state.connected)
        await asyncio.to_thread(dovecot.kill)
        away = await one.until(lambda state: not state.connected)
        assert "127.0.0.1" in away.error
        await asyncio.to_thread(dovecot.start)
        await asyncio.to_thread(dovecot.append, LETTER, DESK)
        await one.until_stored(1)
        assert one.states[-1].error == ""


async def test_a_cut_connection_loses_nothing(desk, dovecot, db, gate):
    async with watching(desk, dovecot.imap_url(DESK)) as one:
        for number in range(5):
            await one.until(lambda state: state.connected)
            gate.clear()
            await asyncio.to_thread(dovecot.kick, DESK)
            await asyncio.to_thread(dovecot.append, numbered(number), DESK)
            gate.set()
            await one.until_stored(number + 1)
    assert await numbers(desk) == [0, 1, 2, 3, 4]


async def test_a_wrong_password_is_said_and_tried_again_until_it_is_right(desk, dovecot, db, tmp_path):
    # A token file stands for a password that an administrator puts right.
    token = tmp_path / "token"
    token.write_text("wrong")
    url = dovecot.imap_url(DESK, security="tls") + f"&auth=xoauth2&token_file={token}"
    async with watching(desk, url) as one:
        refused = await one.until(lambda state: "access token" in state.error)
        assert not refused.connected
        token.write_text(dovecot.access_token(DESK))
        dovecot.append(LETTER, DESK)
        await one.until_stored(1)


async def test_stopping_ends_the_wait_at_once(desk, dovecot, db):
    async with watching(desk, dovecot.imap_url(DESK)) as one:
        await one.until(lambda state: state.connected)
    assert await asyncio.to_thread(lambda: dovecot.connections(DESK)) in {0, 1}


async def test_a_large_letter_is_taken_whole_and_a_giant_one_is_parked_with_its_beginning(desk, dovecot, db, monkeypatch):
    monkeypatch.setattr(mailbox, "BATCH_BYTES", 100_000)
    monkeypatch.setattr(mailbox, "LARGEST", 400_000)
    monkeypatch.setattr(mailbox, "KEPT_OF_LARGER", 5_000)
    monkeypatch.setattr(imap, "PART_BYTES", 70_000)
    large, giant = (LETTER + b"x" * 70 * 1024 * times + b"\r\n" for times in (4, 8))
    for raw in (numbered(1), large, giant, numbered(4)):
        dovecot.append(raw, DESK)
    async with watching(desk, dovecot.imap_url(DESK)) as one:
        first, second, third, fourth = await one.until_stored(4)
    assert await whole.raw(desk, second) == large
    assert (third.state, await whole.raw(desk, third)) == (InboundState.PARKED, giant[:5_000])
    assert "larger" not in third.error or "MB" in third.error
    assert third.conversation == "mail:anna@people.test"
    assert (first.state, fourth.state) == (InboundState.WAITING, InboundState.WAITING)
    assert await Outbox.filter(errand="parked").count() == 1


async def test_a_letter_expunged_between_looking_and_fetching_is_no_trouble(desk, dovecot, db, monkeypatch):
    uids = [dovecot.append(numbered(number), DESK) for number in range(3)]
    look = imap.Imap.look

    async def look_and_lose(self, wanted):
        found = await look(self, wanted)
        with dovecot.session(DESK) as session:
            session.select("INBOX")
            session.uid("STORE", str(uids[1]), "+FLAGS", "\\Deleted")
            session.expunge()
        return found

    monkeypatch.setattr(imap.Imap, "look", look_and_lose)
    async with watching(desk, dovecot.imap_url(DESK)) as one:
        await one.until_stored(2)
    assert await numbers(desk) == [0, 2]
    assert not [state for state in one.states if state.error]


async def test_a_letter_that_comes_while_others_are_fetched_is_not_left_until_the_next_renewal(desk, dovecot, db, monkeypatch):
    dovecot.append(numbered(1), DESK)
    fetch = imap.Imap.fetch

    async def fetch_and_receive(self, uids):
        if len(dovecot.messages(DESK)) == 1:
            # The server tells of it in the answer to the next FETCH, and in IDLE no more.
            await asyncio.to_thread(dovecot.append, numbered(2), DESK)
            await self.noop()
        return await fetch(self, uids)

    monkeypatch.setattr(imap.Imap, "fetch", fetch_and_receive)
    async with watching(desk, dovecot.imap_url(DESK)) as one:
        await one.until_stored(2)


# -- a server that is ill, scripted


class Sick(Scripted):
    """A mailbox whose letters are given in `mails` by UID; for those in `poison` FETCH of the body does as told."""

    def __init__(self, mails: dict[int, bytes], **changes) -> None:
        super().__init__(
            **({"UID_SEARCH": self.search, "UID_FETCH": self.fetch, "IDLE": b"+ waiting\r\n", "DONE": b""} | changes)
        )
        self.mails = mails
        self.poison: dict[int, str] = {}
        self.received = "12-Nov-2026 09:00:05 +0300"
        self.fetched: list[bytes] = []
        self.order = sorted

    async def search(self, writer, tag, rest):
        first = int(rest.split(b"UID ")[2].split(b":")[0])
        listed = sorted(uid for uid in self.mails if uid >= first)
        writer.write(b"* SEARCH %s\r\n%s OK\r\n" % (b" ".join(b"%d" % uid for uid in listed), tag))

    async def fetch(self, writer, tag, rest):
        uids = [uid for uid in self.mails if uid in _members(rest.split(b" ")[2])]
        body = b"BODY.PEEK[]" in rest
        if body:
            self.fetched.append(rest.split(b" ")[2])
        for uid in self.order(uids):
            ill = self.poison.get(uid)
            if body and ill == "NO":
                writer.write(tag + b" NO [SERVERBUG] cannot\r\n")
                return
            if body and ill == "cut":
                writer.write(b"* 1 FETCH (UID %d BODY[] {500}\r\nhalf" % uid)
                await writer.drain()
                writer.transport.abort()
                return
            if ill == "silent":
                continue
            raw = self.mails[uid]
            date = b'INTERNALDATE "%s"' % self.received.encode()
            if body:
                name = b"BODY[]<0>" if b"<" in rest else b"BODY[]"
                writer.write(b"* 1 FETCH (UID %d %s %s {%d}\r\n%s)\r\n" % (uid, date, name, len(raw), raw))
            else:
                writer.write(b"* 1 FETCH (UID %d RFC822.SIZE %d %s)\r\n" % (uid, len(raw), date))
        writer.write(tag + b" OK\r\n")


def _members(uids: bytes) -> set[int]:
    spans = [part.split(b":") for part in uids.split(b",")]
    return {uid for span in spans for uid in range(int(span[0]), int(span[-1]) + 1)}


@pytest.mark.parametrize("how", ["NO", "cut", "silent"])
async def test_a_poisonous_letter_is_parked_after_three_tries_and_the_rest_is_taken(desk, db, how):
    mails = {uid: numbered(uid) for uid in range(1, 8)}
    async with Sick(mails).running() as server:
        server.poison[4] = how
        async with watching(desk, server.url()) as one:
            stored = await one.until_stored(7)
    parked = [row for row in stored if row.state == InboundState.PARKED]
    assert [row.position for row in parked] == [4]
    assert "UID 4" in parked[0].error
    assert parked[0].received_at == datetime(2026, 11, 12, 6, 0, 5, tzinfo=UTC) or how == "silent"
    assert server.fetched.count(b"4") == mailbox.TRIES
    assert await numbers(desk, state=InboundState.WAITING) == [1, 2, 3, 5, 6, 7]
    # What came behind the letter was stored behind it, so that no place to go on from passed it by.
    assert [row.id for row in stored] == sorted(row.id for row in stored)
    (told,) = await Outbox.filter(errand="parked")
    assert "UID 4" in told.content["error"]


async def test_two_poisonous_letters_are_both_parked(desk, db):
    async with Sick({uid: numbered(uid) for uid in range(1, 6)}).running() as server:
        server.poison |= {2: "cut", 3: "NO"}
        async with watching(desk, server.url()) as one:
            await one.until_stored(5)
    assert await Inbound.filter(state=InboundState.PARKED).order_by("position").values_list("position", flat=True) == [2, 3]


async def test_a_server_that_gives_no_letter_at_all_parks_nothing(desk, db):
    async with Sick({uid: numbered(uid) for uid in range(1, 4)}).running() as server:
        server.poison |= dict.fromkeys(server.mails, "NO")
        async with watching(desk, server.url()) as one:
            async with asyncio.timeout(PATIENCE):
                while len(server.fetched) < 5 * mailbox.TRIES:
                    one.changed.clear()
                    await one.changed.wait()
            assert await Inbound.all().count() == 0
            server.poison.clear()
            stored = await one.until_stored(3)
    assert {row.state for row in stored} == {InboundState.WAITING}


async def test_answers_in_any_order_are_stored_in_the_order_of_uids(desk, db):
    async with Sick({uid: numbered(uid) for uid in range(1, 30)}).running() as server:
        server.order = lambda uids: sorted(uids, reverse=True)
        async with watching(desk, server.url()) as one:
            await one.until_stored(29)
    assert await numbers(desk) == list(range(1, 30))


async def test_a_letter_that_appears_below_the_last_is_found_by_its_hole(desk, db):
    async with Sick({1: numbered(1), 5: numbered(5)}).running() as server:
        server.received = datetime.now(UTC).strftime("%d-%b-%Y %H:%M:%S +0000")
        async with watching(desk, server.url()) as one:
            await one.until_stored(2)
        server.mails[3] = numbered(3)
        async with watching(desk, server.url()) as one:
            await one.until_stored(3)
    assert await numbers(desk) == [1, 5, 3]


async def test_a_hole_left_by_a_row_that_was_removed_is_not_filled_again(desk, db):
    async with Sick({uid: numbered(uid) for uid in range(1, 4)}).running() as server:
        async with watching(desk, server.url()) as one:
            await one.until_stored(3)
        await Inbound.filter(position=2).delete()
        async with watching(desk, server.url()) as one:
            await one.until(lambda state: state.connected and not state.waiting)
    assert await numbers(desk) == [1, 3]


async def test_a_clock_that_runs_ahead_does_not_put_dates_off(desk, db):
    async with Sick({1: numbered(1)}).running() as server:
        server.received = "12-Nov-2099 09:00:05 +0300"
        async with watching(desk, server.url()) as one:
            (row,) = await one.until_stored(1)
    assert row.received_at <= row.stored_at


async def test_a_server_that_announces_mail_for_ever_does_not_keep_us_busy(desk, db, monkeypatch):
    async def announce(writer, tag, rest):
        writer.write(b"+ waiting\r\n* 1 EXISTS\r\n%s OK\r\n" % tag)

    paused = asyncio.Event()
    pauses = []

    async def pause(seconds):
        pauses.append(seconds)
        paused.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(mailbox, "pause", pause)
    async with Sick({1: numbered(1)}, IDLE=announce).running() as server, watching(desk, server.url()) as one:
        await one.until_stored(1)
        await paused.wait()
    assert pauses == [1]
    assert sum(b"IDLE" in line for line in server.seen) == 5


async def test_without_idle_the_folder_is_looked_through(desk, db, monkeypatch):
    monkeypatch.setattr(mailbox, "POLL_SECONDS", 0.05)
    sick = Sick({1: numbered(1)}, CAPABILITY=b"* CAPABILITY IMAP4rev1\r\nTAG OK\r\n")
    async with sick.running() as server, watching(desk, server.url()) as one:
        await one.until_stored(1)
        server.mails[2] = numbered(2)
        await one.until_stored(2)


async def test_a_server_that_refuses_idle_is_looked_through(desk, db, monkeypatch):
    monkeypatch.setattr(mailbox, "POLL_SECONDS", 0.05)
    async with Sick({1: numbered(1)}, IDLE=b"TAG NO not today\r\n").running() as server:
        async with watching(desk, server.url()) as one:
            await one.until_stored(1)
            server.mails[2] = numbered(2)
            await one.until_stored(2)
        assert server.connections == 1


async def test_a_fault_of_ours_does_not_end_the_watch(desk, db, monkeypatch):
    store, calls = rows.store_many, []

    async def store_many(*args):
        calls.append(args)
        if len(calls) < 3:
            raise RuntimeError("the database is away")
        return await store(*args)

    monkeypatch.setattr(rows, "store_many", store_many)
    async with Sick({1: numbered(1)}).running() as server, watching(desk, server.url()) as one:
        await one.until(lambda state: "Internal error" in state.error)
        await one.until_stored(1)


async def test_the_embedded_mail_server_is_watched_too(desk, mail_sandbox, db):
    await mail_sandbox.deliver(numbered(1), DESK)
    async with watching(desk, mail_sandbox.imap_url(DESK)) as one:
        await one.until_stored(1)
        await mail_sandbox.deliver(numbered(2), DESK)
        await one.until_stored(2)


# -- small things


def test_the_source_names_mailbox_folder_and_numbering():
    assert source_of(Mailbox("Desk@Operator.test"), "INBOX", 7) == "mail:desk@operator.test:INBOX:7"
    long = source_of(MAILBOX, "я" * 500, 7)
    assert len(long) < 400
    assert mailbox_of(long) == DESK


@pytest.mark.parametrize(
    ("raw", "conversation"),
    [
        (b"From: Anna <Anna@People.Test>\r\n\r\n", "mail:anna@people.test"),
        (b"Subject: x\r\nFROM:anna@people.test\r\n\r\nFrom: mallory@elsewhere.test\r\n", "mail:anna@people.test"),
        ("From: Анна <anna@people.test>\r\n\r\n".encode("koi8-r"), "mail:anna@people.test"),
        (b"From: =?utf-8?b?0JDQvdC90LA=?= <anna@people.test>\r\n\r\n", "mail:anna@people.test"),
        (b"From:\r\n\r\n", "mail:unknown:5"),
        (b"\x00\xff", "mail:unknown:5"),
        (b"", "mail:unknown:5"),
    ],
)
def test_letters_of_one_sender_are_one_conversation(raw, conversation):
    assert conversation_of(raw, 5) == conversation


def test_pauses_grow_to_a_minute_and_differ(monkeypatch):
    monkeypatch.undo()
    pauses = [mailbox.backoff(troubles) for troubles in range(1, 20)]
    assert 0.75 <= pauses[0] <= 1
    assert 45 <= pauses[-1] <= 60
    assert len({mailbox.backoff(5) for _ in range(5)}) > 1
