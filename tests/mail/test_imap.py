"""The IMAP client against a real Dovecot: protection of the line, logins, folders, fetching and waiting."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest

from desk.errors import Misconfigured, Temporary
from mail import imap
from mail.imap import Imap, Letter, Lost
from mail.urls import parse_imap
from tests.servers.fixtures import DESK

LETTER = b"From: Anna <anna@people.test>\r\nTo: desk@operator.test\r\nSubject: Withdrawal Statement\r\n\r\nI withdraw.\r\n"


async def opened(url: str) -> Imap:
    client = await Imap.connect(parse_imap(url))
    await client.open_folder()
    return client


@pytest.mark.parametrize("security", ["plain", "starttls", "tls"])
async def test_a_letter_is_read_over_every_kind_of_line(dovecot, security):
    received = datetime(2026, 11, 12, 9, 0, 5, tzinfo=timezone(timedelta(hours=3)))
    uid = await asyncio.to_thread(dovecot.append, LETTER, DESK, internaldate=received)
    async with await opened(dovecot.imap_url(DESK, security=security)) as client:
        assert client.uidvalidity == dovecot.uidvalidity(DESK)
        assert await client.search(1) == [uid]
        assert await client.look([uid]) == {uid: imap.Look(len(LETTER), received.astimezone(UTC))}
        assert await client.fetch([uid]) == [Letter(uid, LETTER, received.astimezone(UTC))]


async def test_reading_marks_nothing_as_read(dovecot):
    uid = dovecot.append(LETTER, DESK)
    async with await opened(dovecot.imap_url(DESK)) as client:
        await client.fetch([uid])
        assert [piece async for piece in client.parts(uid)] == [LETTER]
    with dovecot.session(DESK) as session:
        session.select("INBOX", readonly=True)
        assert b"FLAGS (\\Recent)" in session.uid("FETCH", str(uid), "(FLAGS)")[1][0]


async def test_a_letter_in_a_folder_with_a_russian_name_and_an_ampersand_is_read(dovecot):
    with dovecot.session(DESK) as session:
        assert session.create('"&BB8EPgRHBEIEMA- &- co"')[0] == "OK"
        session.append('"&BB8EPgRHBEIEMA- &- co"', "", None, LETTER)
    url = dovecot.imap_url(DESK).replace("/INBOX", "/%D0%9F%D0%BE%D1%87%D1%82%D0%B0%20%26%20co")
    async with await opened(url) as client:
        assert len(await client.search(1)) == 1


async def test_a_folder_that_is_not_there_is_a_misconfiguration(dovecot):
    client = await Imap.connect(parse_imap(dovecot.imap_url(DESK).replace("/INBOX", "/Nowhere")))
    with pytest.raises(Misconfigured, match="no folder Nowhere"):
        await client.open_folder()
    await client.close()


async def test_a_wrong_password_is_a_misconfiguration_that_does_not_show_it(dovecot):
    with pytest.raises(Misconfigured, match="password") as caught:
        await Imap.connect(parse_imap(dovecot.imap_url(DESK, password="hunter2")))
    assert "hunter2" not in str(caught.value)
    assert DESK not in str(caught.value)


async def test_a_password_in_russian_is_carried_by_plain(dovecot):
    with pytest.raises(Misconfigured, match="password"):
        await Imap.connect(parse_imap(dovecot.imap_url(DESK, password="пароль", security="tls")))


async def test_an_access_token_logs_in_and_the_abilities_are_those_after_login(dovecot):
    token = dovecot.access_token(DESK)
    url = dovecot.imap_url(DESK, password=token, security="tls") + "&auth=xoauth2"
    async with await opened(url) as client:
        assert {"MOVE", "UIDPLUS"} <= client.capabilities


async def test_a_stale_access_token_is_refused_at_once_and_not_by_a_time_out(dovecot):
    token = dovecot.access_token(DESK, lifetime=-60)
    url = dovecot.imap_url(DESK, password=token, security="tls") + "&auth=xoauth2"
    # A client that leaves the server's challenge unanswered would run into its time-out, which is Lost.
    with pytest.raises(Misconfigured, match="access token"):
        await Imap.connect(parse_imap(url))


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_certificate_of_an_unknown_authority_is_refused_with_a_sentence(dovecot, security):
    url = dovecot.imap_url(DESK, security=security)
    head, _, query = url.partition("?")
    bare = head + ("?starttls=1" if "starttls" in query else "")
    with pytest.raises(Misconfigured, match=r"certificate of 127\.0\.0\.1 is not trusted.*ca_file"):
        await Imap.connect(parse_imap(bare))


async def test_a_file_that_holds_no_certificate_is_a_misconfiguration(dovecot, tmp_path):
    file = tmp_path / "ca.pem"
    file.write_text("no certificate")
    with pytest.raises(Misconfigured, match="ca_file"):
        await Imap.connect(parse_imap(f"imaps://u:p@127.0.0.1:{dovecot.imaps_port}?ca_file={file}"))


async def test_nobody_listening_is_a_temporary_trouble(unused_tcp_port):
    with pytest.raises(Lost, match="cannot be reached"):
        await Imap.connect(parse_imap(f"imap://u:p@127.0.0.1:{unused_tcp_port}"))


async def test_plain_text_where_tls_is_expected_is_a_temporary_trouble(dovecot):
    with pytest.raises(Temporary):
        await Imap.connect(parse_imap(f"imaps://u:p@127.0.0.1:{dovecot.imap_port}"))


async def test_two_thousand_letters_come_whole_in_batches(dovecot):
    for number in range(2000):
        dovecot_put(dovecot, number)
    async with await opened(dovecot.imap_url(DESK, security="tls")) as client:
        uids = await client.search(1)
        sizes = await client.look(uids)
        letters = [letter for at in range(0, len(uids), 200) for letter in await client.fetch(uids[at : at + 200])]
    assert len(letters) == len(sizes) == 2000
    assert [letter.uid for letter in letters] == uids
    assert sorted(int(letter.raw.split(b"Number: ")[1].split(b"\r\n")[0]) for letter in letters) == list(range(2000))
    assert all(len(letter.raw) == sizes[letter.uid].size for letter in letters)


def dovecot_put(dovecot, number: int) -> None:
    """Into the Maildir directly: two thousand deliveries one by one would take a minute."""
    home = dovecot.mail / DESK
    for folder in ("", "cur", "new", "tmp"):
        path = home / folder
        if not path.exists():
            path.mkdir(mode=0o700)
            dovecot.workspace.own(path)
    file = home / "new" / f"{1_700_000_000 + number}.M{number}.test"
    file.write_bytes(b"Number: %d\n" % number + LETTER.replace(b"\r\n", b"\n") + b"* ( { 12}\n" * (number % 40))
    dovecot.workspace.own(file)


async def test_letters_of_awkward_bytes_come_back_as_they_are(dovecot):
    bodies = [
        b"* 1 FETCH (",
        b")",
        b"{5}",
        b'"',
        b"A1 OK done",
        b"",
        bytes(range(1, 256)).replace(b"\r", b"").replace(b"\n", b""),
    ]
    wanted = [b"Subject: x\r\n\r\n" + body + b"\r\n" for body in bodies] + [b"\r\n", b"x"]
    for raw in wanted:
        dovecot.append(raw, DESK)
    async with await opened(dovecot.imap_url(DESK)) as client:
        assert [letter.raw for letter in await client.fetch(await client.search(1))] == wanted


async def test_a_large_letter_comes_in_parts_and_whole(dovecot, monkeypatch):
    raw = LETTER + b"".join(b"%08d" % number + b"x" * 60 + b"\r\n" for number in range(150_000))
    uid = dovecot.append(raw, DESK)
    async with await opened(dovecot.imap_url(DESK)) as client:
        pieces = [piece async for piece in client.parts(uid)]
        assert (len(pieces), b"".join(pieces) == raw) == (3, True)
        monkeypatch.setattr(imap, "PART_BYTES", len(raw) // 2)
        assert b"".join([piece async for piece in client.parts(uid)]) == raw


async def test_a_letter_that_is_gone_is_missing_and_no_trouble(dovecot):
    first, second = dovecot.append(LETTER, DESK), dovecot.append(LETTER, DESK)
    async with await opened(dovecot.imap_url(DESK)) as client:
        with dovecot.session(DESK) as session:
            session.select("INBOX")
            session.uid("STORE", str(first), "+FLAGS", "\\Deleted")
            session.expunge()
        await client.noop()
        assert [letter.uid for letter in await client.fetch([first, second, 999])] == [second]
        assert list(await client.look([first, second])) == [second]


async def test_searching_beyond_the_last_letter_finds_nothing(dovecot):
    uid = dovecot.append(LETTER, DESK)
    async with await opened(dovecot.imap_url(DESK)) as client:
        # The server answers `n:*` with the last letter even so.
        assert await client.search(uid + 1) == []


async def test_idle_hears_of_a_new_letter(dovecot):
    async with await opened(dovecot.imap_url(DESK)) as client:
        pushed, _ = await asyncio.gather(client.idle(60), asyncio.to_thread(dovecot.deliver, LETTER, DESK))
        assert pushed is True
        assert len(await client.search(1)) == 1


async def test_idle_ends_by_itself_and_the_line_is_still_good(dovecot):
    async with await opened(dovecot.imap_url(DESK)) as client:
        for _ in range(3):
            assert await client.idle(0.05) is False
            assert await client.search(1) == []


async def test_a_server_that_goes_away_ends_idle_at_once(dovecot):
    client = await opened(dovecot.imap_url(DESK))
    outcome, _ = await asyncio.gather(client.idle(3600), asyncio.to_thread(dovecot.kick, DESK), return_exceptions=True)
    assert isinstance(outcome, Lost)
    with pytest.raises(Lost):
        await client.search(1)
    await client.close()


async def test_an_interrupted_command_drops_the_line_instead_of_mixing_answers(dovecot):
    dovecot.append(LETTER, DESK)
    client = await opened(dovecot.imap_url(DESK))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await client.idle(60)
    assert not client.alive
    with pytest.raises(Lost):
        await client.fetch([1])
    await client.close()


async def test_commands_at_the_same_time_wait_for_each_other(dovecot):
    uids = [dovecot.append(LETTER, DESK) for _ in range(5)]
    async with await opened(dovecot.imap_url(DESK)) as client:
        answers = await asyncio.gather(*(client.fetch([uid]) for uid in uids))
    assert [letter.uid for letters in answers for letter in letters] == uids
