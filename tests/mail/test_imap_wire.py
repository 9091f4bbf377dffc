"""The wire of IMAP on its bad days, with a scripted server; where the stock client fails, that is shown too."""

import asyncio
import imaplib
import random
from datetime import UTC, datetime

import pytest
from aioimaplib import aioimaplib as stock

from desk.errors import Misconfigured
from mail import imap
from mail.imap import Imap, Lost, Refusal
from mail.imap_wire import Protocol, folder_name, parse_fetch, parse_internaldate, quoted, uid_set
from mail.urls import parse_imap
from tests.mail.scripted import Scripted

MANY = b"".join(b"* %d FETCH (FLAGS (\\Seen) UID %d)\r\n" % (number, number) for number in range(1, 3001))


async def opened(server: Scripted) -> Imap:
    client = await Imap.connect(parse_imap(server.url()))
    await client.open_folder()
    return client


# -- the traps of the stock client


async def stock_protocol() -> stock.IMAP4ClientProtocol:
    protocol = stock.IMAP4ClientProtocol(asyncio.get_running_loop())
    protocol.state = stock.SELECTED
    return protocol


async def test_three_thousand_lines_in_one_read_kill_the_stock_client_but_not_ours():
    protocol = await stock_protocol()
    protocol.pending_async_commands["FETCH"] = stock.FetchCommand("A1", loop=protocol.loop)
    with pytest.raises(RecursionError):
        protocol.data_received(MANY + b"A1 OK\r\n")

    ours = Protocol(asyncio.get_running_loop())
    ours.state = stock.SELECTED
    command = ours.pending_async_commands["FETCH"] = stock.FetchCommand("A1", loop=ours.loop)
    ours.data_received(MANY + b"A1 OK\r\n")
    assert len(list(parse_fetch(command.response.lines[:-1]))) == 3000


async def test_a_lost_connection_leaves_the_stock_client_waiting_but_not_ours():
    protocol = await stock_protocol()
    stuck = protocol.pending_sync_command = stock.Command("SELECT", "A1", loop=protocol.loop)
    protocol.connection_lost(ConnectionResetError())
    assert not stuck._event.is_set()

    ours = Protocol(asyncio.get_running_loop())
    waiting = ours.pending_sync_command = stock.Command("SELECT", "A1", loop=ours.loop)
    ours.connection_lost(ConnectionResetError())
    with pytest.raises(stock.Abort, match="ConnectionResetError"):
        await waiting.wait()
    assert ours.closed.is_set()


async def test_the_stock_client_deletes_words_from_answers_but_ours_does_not():
    line = b'* 1 FETCH (UID 4 BODY[] "a* b")\r\n'
    answers = []
    for protocol in (await stock_protocol(), Protocol(asyncio.get_running_loop())):
        protocol.state = stock.SELECTED
        command = protocol.pending_async_commands["FETCH"] = stock.FetchCommand("A1", loop=protocol.loop)
        protocol.data_received(line + b"A1 OK\r\n")
        answers.append(next(parse_fetch(command.response.lines[:-1]))["BODY[]"])
    assert answers == [b"ab", b"a* b"]


# -- whatever the pieces the network makes of it


def fetch_answers(seed: int) -> tuple[bytes, dict[int, bytes]]:
    chance = random.Random(seed)
    bodies: dict[int, bytes] = {}
    wire = b""
    for uid in range(1, 40):
        body = b"".join(
            chance.choice([b")", b"(", b'"', b"{3}\r\n", b"\r\n", b"* 1 FETCH (UID 1)", b"A1 OK", b"text", b"\\"])
            for _ in range(9)
        )
        bodies[uid] = body
        date = b'INTERNALDATE " 1-Nov-2026 10:00:00 +0300"'
        literal = b"BODY[] {%d}\r\n%s" % (len(body), body)
        items = [b"UID %d" % uid, date, literal, b'X-ODD ("a)b" (c NIL) {2}\r\n((  d)']
        chance.shuffle(items)
        wire += b"* %d FETCH (" % uid + b" ".join(items) + b")\r\n"
        if chance.random() < 0.3:
            wire += chance.choice([b"* 9 EXISTS\r\n", b"* 1 FETCH (FLAGS ())\r\n", b"* OK still {9}\r\n", b"* 3 EXPUNGE\r\n"])
    return wire + b"A1 OK done\r\n", bodies


@pytest.mark.parametrize("size", [1, 2, 3, 7, 61, 1024, 10**6])
async def test_answers_are_the_same_however_they_are_cut(size):
    wire, bodies = fetch_answers(size)
    protocol = Protocol(asyncio.get_running_loop())
    protocol.state = stock.SELECTED
    command = protocol.pending_async_commands["FETCH"] = imap.Fetch("A1", loop=protocol.loop)
    for at in range(0, len(wire), size):
        protocol.data_received(wire[at : at + size])
    assert not protocol.broken
    assert command.response.result == "OK"
    found = {int(a["UID"]): a["BODY[]"] for a in parse_fetch(command.response.lines[:-1]) if "BODY[]" in a}
    assert found == bodies


async def test_a_body_may_come_as_a_quoted_string_or_nil():
    lines = [
        b'1 FETCH (UID 4 BODY[]<0> "short \\"one\\" \\\\")',
        b"2 FETCH (UID 5 BODY[] NIL)",
        b"3 FETCH (UID",
        b"4 FETCH nonsense",
    ]
    assert list(parse_fetch(lines)) == [{"UID": b"4", "BODY[]<0>": b'short "one" \\'}, {"UID": b"5", "BODY[]": None}]


async def test_a_server_that_says_nonsense_is_cut_off():
    async with Scripted(EXAMINE=b"A999 OK who asked?\r\n").running() as server:
        client = await Imap.connect(parse_imap(server.url()))
        with pytest.raises(Lost, match="cannot be read"):
            await client.open_folder()
        await client.close()


async def test_a_literal_of_absurd_size_is_not_waited_for():
    async with Scripted(UID_FETCH=b"* 1 FETCH (UID 1 BODY[] {99999999999}\r\nxx").running() as server:
        client = await opened(server)
        with pytest.raises(Lost, match="more than was asked"):
            await client.fetch([1])
        await client.close()


# -- greetings and logins


@pytest.mark.parametrize(
    ("greeting", "says"),
    [
        (b"* BYE too busy\r\n", "closes at once"),
        (b"220 smtp here\r\n", "no IMAP server"),
        (b"", "did not greet"),
        (b"\xff\xfe\r\n", "no IMAP"),
    ],
)
async def test_a_server_that_does_not_welcome_us_is_said_so(greeting, says, monkeypatch):
    monkeypatch.setattr(imap, "CONNECT_SECONDS", 0.2)
    async with Scripted(greeting).running() as server:
        with pytest.raises(Lost, match=says):
            await Imap.connect(parse_imap(server.url()))


async def test_a_server_that_logs_us_in_beforehand_is_not_asked_to():
    async with Scripted(b"* PREAUTH hello\r\n").running() as server:
        await (await opened(server)).close()
    assert not [line for line in server.seen if b"LOGIN" in line]


async def test_being_logged_in_before_tls_is_not_believed():
    async with Scripted(b"* PREAUTH hello\r\n").running() as server:
        with pytest.raises(Misconfigured, match="PREAUTH"):
            await Imap.connect(parse_imap(server.url("?starttls=1")))


async def test_words_slipped_in_before_tls_end_the_connection():
    async with Scripted(STARTTLS=b"TAG OK go\r\n* CAPABILITY evil").running() as server:
        with pytest.raises(Lost, match="before TLS"):
            await Imap.connect(parse_imap(server.url("?starttls=1")))


async def test_a_server_without_starttls_is_a_misconfiguration():
    async with Scripted(STARTTLS=b"TAG BAD no such thing\r\n").running() as server:
        with pytest.raises(Misconfigured, match="STARTTLS"):
            await Imap.connect(parse_imap(server.url("?starttls=1")))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"TAG NO [AUTHENTICATIONFAILED] wrong\r\n", Misconfigured),
        (b"TAG NO no reason given\r\n", Misconfigured),
        (b"TAG NO [UNAVAILABLE] back soon\r\n", imap.Temporary),
        (b"TAG NO [LIMIT] too many\r\n", imap.Temporary),
    ],
)
async def test_a_refused_login_is_told_from_a_busy_server(answer, error):
    async with Scripted(LOGIN=answer).running() as server:
        with pytest.raises(error):
            await Imap.connect(parse_imap(server.url()))


async def test_a_password_is_not_sent_where_the_server_forbids_it():
    async with Scripted(CAPABILITY=b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\nTAG OK\r\n").running() as server:
        with pytest.raises(Misconfigured, match="unprotected"):
            await Imap.connect(parse_imap(server.url()))
    assert not [line for line in server.seen if b"secret" in line]


async def test_a_server_that_takes_no_response_with_the_command_gets_it_afterwards():
    async def authenticate(writer, tag, rest):
        assert rest == b"AUTHENTICATE XOAUTH2"
        writer.write(b"+ \r\n")
        server.answers[""] = b""
        server.tag = tag

    async with Scripted(AUTHENTICATE=authenticate).running() as server:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await Imap.connect(parse_imap(server.url("?auth=xoauth2")))
    # user=desk ^A auth=Bearer secret ^A ^A
    assert server.seen[-1] == b"dXNlcj1kZXNrAWF1dGg9QmVhcmVyIHNlY3JldAEB"


# -- trouble in the middle


async def test_no_to_one_fetch_leaves_the_line_usable():
    async with Scripted(
        UID_FETCH=b"TAG NO [SERVERBUG] cannot\r\n", UID_SEARCH=b"* SEARCH 3 1 2\r\n* SEARCH\r\nTAG OK\r\n"
    ).running() as server:
        client = await opened(server)
        with pytest.raises(Refusal):
            await client.fetch([1])
        assert await client.search(1) == [1, 2, 3]
        await client.close()


async def test_silence_in_the_middle_of_a_letter_is_given_up(monkeypatch):
    monkeypatch.setattr(imap, "SILENCE_SECONDS", 0.2)
    async with Scripted(UID_FETCH=b"* 1 FETCH (UID 1 BODY[] {100}\r\nhalf").running() as server:
        client = await opened(server)
        with pytest.raises(Lost, match="in time"):
            await client.fetch([1])
        assert not client.alive
        await client.close()


async def test_idle_refused_is_no_end_of_the_line():
    async with Scripted(IDLE=b"TAG NO not today\r\n", NOOP=b"TAG OK\r\n").running() as server:
        client = await opened(server)
        with pytest.raises(Refusal):
            await client.idle(60)
        await client.noop()
        await client.close()


async def test_a_server_without_idle_is_only_waited_for():
    async with Scripted(CAPABILITY=b"* CAPABILITY IMAP4rev1\r\nTAG OK\r\n").running() as server:
        client = await opened(server)
        assert await client.idle(0.01) is False
        await client.close()
    assert not [line for line in server.seen if b"IDLE" in line]


async def test_a_connection_cut_in_the_middle_of_a_letter_is_heard_at_once():
    async def cut(writer, tag, rest):
        writer.write(b"* 1 FETCH (UID 1 BODY[] {100}\r\nhalf")
        await writer.drain()
        writer.transport.abort()

    async with Scripted(UID_FETCH=cut).running() as server:
        client = await opened(server)
        with pytest.raises(Lost):
            await client.fetch([1])
        await client.close()


async def test_a_folder_without_lasting_numbers_is_refused():
    async with Scripted(EXAMINE=b"* 1 EXISTS\r\nTAG OK done\r\n").running() as server:
        client = await Imap.connect(parse_imap(server.url()))
        with pytest.raises(Misconfigured, match="UIDVALIDITY"):
            await client.open_folder()
        await client.close()


async def test_a_part_that_is_not_given_is_a_refusal():
    async with Scripted(UID_FETCH=b"* 1 FETCH (UID 1)\r\nTAG OK\r\n").running() as server:
        client = await opened(server)
        with pytest.raises(Refusal):
            [piece async for piece in client.parts(1)]
        await client.close()


# -- small things


def test_folder_names_are_modified_utf_7():
    # The examples are those of RFC 3501 §5.1.3 and of Dovecot.
    assert folder_name("~peter/mail/台北/日本語") == '"~peter/mail/&U,BTFw-/&ZeVnLIqe-"'
    assert folder_name("R&D") == '"R&-D"'
    assert folder_name('say "hi" \\') == '"say \\"hi\\" \\\\"'
    assert folder_name("😀") == '"&2D3eAA-"'


def test_quoting_keeps_a_password_in_one_piece():
    assert quoted('a"b\\c d') == '"a\\"b\\\\c d"'


def test_uids_are_written_as_ranges():
    assert uid_set([5, 1, 2, 3, 9, 10, 3]) == "1:3,5,9:10"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"17-Jul-1996 02:44:25 -0700", datetime(1996, 7, 17, 9, 44, 25, tzinfo=UTC)),
        (b" 1-nov-2026 00:00:00 +0300", datetime(2026, 10, 31, 21, 0, tzinfo=UTC)),
        (b"31-Feb-2026 00:00:00 +0300", None),
        (b"01-Xxx-2026 00:00:00 +0300", None),
        (b"01-Jan-0001 00:00:00 +1400", None),
        (b"01-Jan-2026 00:00:00 +9900", None),
        (b"yesterday", None),
        (None, None),
        ([b"x"], None),
    ],
)
def test_receipt_times_are_read_without_the_locale(value, expected):
    assert parse_internaldate(value) == expected


def test_receipt_times_agree_with_the_standard_library():
    value = b"12-Nov-2026 09:00:05 +0530"
    import calendar

    stamp = calendar.timegm(datetime(2026, 11, 12, 3, 30, 5, tzinfo=UTC).timetuple())
    import time

    assert time.mktime(imaplib.Internaldate2tuple(b'1 (INTERNALDATE "' + value + b'")')) == stamp
    assert parse_internaldate(value).timestamp() == stamp
