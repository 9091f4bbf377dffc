"""The sandbox's mail server, spoken to over its own protocols."""

import asyncio
import imaplib
import re
import smtplib
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiosmtplib
import pytest
from aioimaplib import aioimaplib

from sandbox.mail import MailError, MailServer

DESK = "desk@operator.test"
ANNA = "anna@people.test"
MALLORY = "mallory@elsewhere.test"
DOMAINS = ("operator.test", "people.test", "elsewhere.test")


def letter(subject: str = "Withdrawal Statement", sender: str = ANNA, to: str = DESK) -> bytes:
    return f"From: {sender}\nTo: {to}\nSubject: {subject}\nMessage-ID: <1@people.test>\n\nHello.\n".encode()


async def imap(server: MailServer, address: str = DESK, folder: str | None = "INBOX") -> aioimaplib.IMAP4:
    client = aioimaplib.IMAP4("127.0.0.1", server.imap_port, timeout=20)
    await client.wait_hello_from_server()
    assert (await client.login(address, server.password)).result == "OK"
    if folder:
        assert (await client.select(folder)).result == "OK"
    return client


async def smtp(server: MailServer, address: str | None = None) -> aiosmtplib.SMTP:
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=server.smtp_port, timeout=20)
    await client.connect()
    if address:
        await client.login(address, server.password)
    return client


async def send(server: MailServer, raw: bytes | None = None, sender: str = ANNA, to: str = DESK) -> None:
    client = await smtp(server)
    await client.sendmail(sender, [to], raw or letter())
    await client.quit()


# -- mail goes round


async def test_a_persons_mail_reaches_the_desk_and_the_desks_letter_reaches_the_person(mail_sandbox: MailServer):
    await send(mail_sandbox)
    desk = await smtp(mail_sandbox, DESK)
    await desk.sendmail(DESK, [ANNA], letter("Your request", DESK, ANNA))
    await desk.quit()

    assert b"Subject: Withdrawal Statement" in await mail_sandbox.wait_for(DESK)
    assert b"Subject: Your request" in await mail_sandbox.wait_for(ANNA)


async def test_mail_is_stamped_as_an_mta_does(mail_sandbox: MailServer):
    mail_sandbox.now = lambda: datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    await send(mail_sandbox)
    [raw] = mail_sandbox.messages(DESK)
    message = message_from_bytes(raw, policy=policy.default)
    assert message.keys()[:3] == ["Return-Path", "Delivered-To", "Received"]
    assert message["Return-Path"] == f"<{ANNA}>"
    assert message["Delivered-To"] == DESK
    assert re.fullmatch(
        r"from \S+ \(\[127\.0\.0\.1\]\)\s*by mx\.sandbox\.test with ESMTP id \w+\s*for <desk@operator\.test>;"
        r" Mon, 23 Nov 2026 09:30:00 \+0000",
        message["Received"],
    )
    [mail] = mail_sandbox.mails(DESK)
    assert mail.received_at == datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


async def test_one_mail_to_several_people_reaches_each(mail_sandbox: MailServer):
    client = await smtp(mail_sandbox)
    await client.sendmail(ANNA, [DESK, MALLORY], letter())
    await client.quit()
    assert len(mail_sandbox.messages(DESK)) == len(mail_sandbox.messages(MALLORY)) == 1


async def test_a_letter_without_an_envelope_sender_is_taken(mail_sandbox: MailServer):
    desk = await smtp(mail_sandbox, DESK)
    await desk.sendmail("", [ANNA], letter())
    await desk.quit()
    assert (await mail_sandbox.wait_for(ANNA)).startswith(b"Return-Path: <>\r\n")


async def test_any_bytes_come_out_as_they_went_in(mail_sandbox: MailServer):
    body = bytes(range(1, 256)).replace(b"\r", b"").replace(b"\n", b"") + b"\r\n.\r\n..two dots\r\n" + b"x" * 5000
    await send(mail_sandbox, b"Subject: \xcf\xf0\xe8\xe2\xe5\xf2\r\n\r\n" + body + b"\r\n")
    client = await imap(mail_sandbox)
    answer = await client.uid("fetch", "1", "(BODY.PEEK[] RFC822.SIZE)")
    raw = bytes(answer.lines[1])
    assert raw.endswith(b"Subject: \xcf\xf0\xe8\xe2\xe5\xf2\r\n\r\n" + body + b"\r\n")
    assert b"RFC822.SIZE %d" % len(raw) in b"".join(map(bytes, answer.lines))
    await client.logout()


# -- who may do what


async def test_a_wrong_password_opens_nothing(mail_sandbox: MailServer):
    client = await imap_without_login(mail_sandbox)
    assert (await client.login(DESK, "wrong")).result == "NO"
    assert (await client.login("desk@not-here.test", mail_sandbox.password)).result == "NO"
    await client.logout()
    connection = await smtp(mail_sandbox)
    with pytest.raises(aiosmtplib.SMTPAuthenticationError):
        await connection.login(DESK, "wrong")
    await connection.quit()


async def imap_without_login(server: MailServer) -> aioimaplib.IMAP4:
    client = aioimaplib.IMAP4("127.0.0.1", server.imap_port, timeout=20)
    await client.wait_hello_from_server()
    return client


async def test_nobody_sends_in_anothers_name_once_logged_in(mail_sandbox: MailServer):
    desk = await smtp(mail_sandbox, DESK)
    with pytest.raises(aiosmtplib.SMTPSenderRefused):
        await desk.sendmail(ANNA, [MALLORY], letter())
    await desk.quit()


async def test_mail_for_other_domains_is_refused(mail_sandbox: MailServer):
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await send(mail_sandbox, to="someone@far.test")
    with pytest.raises(MailError, match="domain"):
        await mail_sandbox.deliver(letter(), "someone@far.test")


async def test_a_sandbox_for_every_domain_takes_mail_for_anybody():
    server = MailServer(domains=["*"])
    await server.start()
    await send(server, to="someone@far.test")
    assert len(server.messages("someone@far.test")) == 1
    await server.stop()


async def test_the_case_of_an_address_makes_no_other_mailbox(mail_sandbox: MailServer):
    await send(mail_sandbox, to="Desk@Operator.TEST")
    assert len(mail_sandbox.messages(DESK)) == 1
    client = await imap(mail_sandbox, "DESK@operator.test")
    await client.logout()
    assert mail_sandbox.addresses() == [DESK]


async def test_urls_carry_login_password_and_port():
    server = MailServer(domains=["operator.test"], password="a b/c:d@e")
    await server.start()
    url = urlsplit(server.imap_url(DESK))
    assert (url.scheme, url.hostname, url.port, url.path) == ("imap", "127.0.0.1", server.imap_port, "/INBOX")
    assert (unquote(url.username), unquote(url.password)) == (DESK, "a b/c:d@e")
    assert urlsplit(server.smtp_url(DESK)).port == server.smtp_port
    await server.stop()


# -- IMAP


async def test_idle_is_told_of_a_new_mail(mail_sandbox: MailServer):
    client = await imap(mail_sandbox)
    idle = await client.idle_start(timeout=60)
    await send(mail_sandbox)
    assert b"1 EXISTS" in await client.wait_server_push()
    client.idle_done()
    await asyncio.wait_for(idle, 20)
    await client.logout()


async def test_idle_is_told_at_once_of_what_came_just_before_it(mail_sandbox: MailServer):
    client = await imap(mail_sandbox)
    await mail_sandbox.deliver(letter(), DESK)
    idle = await client.idle_start(timeout=60)
    assert b"1 EXISTS" in await client.wait_server_push()
    client.idle_done()
    await asyncio.wait_for(idle, 20)
    await client.logout()


async def test_the_capabilities_the_desk_needs_are_there(mail_sandbox: MailServer):
    client = await imap(mail_sandbox)
    for name in ("IDLE", "UIDPLUS", "MOVE", "LITERAL+"):
        assert client.has_capability(name)
    await client.logout()


async def test_move_tells_the_new_uid(mail_sandbox: MailServer):
    await send(mail_sandbox)
    client = await imap(mail_sandbox)
    assert (await client.create("Done")).result == "OK"
    moved = await client.uid("move", "1", "Done")
    assert moved.result == "OK"
    assert any(b"COPYUID" in line for line in moved.lines)
    assert mail_sandbox.messages(DESK) == []
    assert len(mail_sandbox.messages(DESK, "Done")) == 1
    await client.logout()


async def test_append_tells_the_uid_and_keeps_time_and_flags(mail_sandbox: MailServer):
    client = await imap(mail_sandbox)
    received = datetime(2024, 2, 29, 20, 59, 58, tzinfo=UTC)
    appended = await client.append(letter(), "INBOX", flags=r"\Seen", date=received)
    assert any(b"APPENDUID" in line for line in appended.lines)
    [mail] = mail_sandbox.mails(DESK)
    assert (mail.received_at, mail.flags) == (received, {r"\Seen"})
    fetched = await client.uid("fetch", "1", "(INTERNALDATE FLAGS)")
    assert b'"29-Feb-2024 20:59:58 +0000"' in fetched.lines[0]
    await client.logout()


async def test_flags_search_and_expunge_work(mail_sandbox: MailServer):
    for subject in ("one", "two", "three"):
        await mail_sandbox.deliver(letter(subject), DESK)
    client = await imap(mail_sandbox)
    await client.uid("store", "2", "+FLAGS", r"(\Deleted)")
    assert (await client.uid_search("DELETED", charset=None)).lines[0] == b"2"
    assert (await client.uid_search("SUBJECT three", charset=None)).lines[0] == b"3"
    await client.expunge()
    assert (await client.uid_search("ALL", charset=None)).lines[0] == b"1 3"
    assert [mail.uid for mail in mail_sandbox.mails(DESK)] == [1, 3]
    await client.logout()


def read_with_imaplib(port: int, password: str) -> dict[str, object]:
    with imaplib.IMAP4("127.0.0.1", port, timeout=20) as client:
        client.login(DESK, password)
        client.select()
        _, headers = client.uid("FETCH", "1", "(BODY.PEEK[HEADER])")
        _, text = client.uid("FETCH", "1", "(BODY.PEEK[TEXT])")
        _, partial = client.uid("FETCH", "1", "(BODY.PEEK[]<0.11>)")
        _, structure = client.uid("FETCH", "1", "(ENVELOPE BODYSTRUCTURE)")
        _, listing = client.list()
    return {
        "headers": headers[0][1],
        "text": text[0][1],
        "partial": partial[0][1],
        "structure": structure[0],
        "listing": listing,
    }


async def test_the_standard_librarys_client_reads_parts_of_a_mail(mail_sandbox: MailServer):
    await mail_sandbox.deliver(letter(), DESK, sender=ANNA)
    read = await asyncio.to_thread(read_with_imaplib, mail_sandbox.imap_port, mail_sandbox.password)
    assert read["headers"].endswith(b"Message-ID: <1@people.test>\r\n\r\n")
    assert read["text"] == b"Hello.\r\n"
    assert read["partial"] == b"Return-Path"
    assert b"Withdrawal Statement" in read["structure"]
    assert b"INBOX" in read["listing"][0]


async def test_a_mail_of_25_mb_comes_whole(mail_sandbox: MailServer):
    raw = b"Subject: big\r\n\r\n" + (b"y" * 76 + b"\r\n") * 335_000
    mail = await mail_sandbox.deliver(raw, DESK)
    client = await imap(mail_sandbox)
    answer = await client.uid("fetch", str(mail.uid), "(BODY.PEEK[])")
    assert len(answer.lines[1]) == mail.size
    assert bytes(answer.lines[1]).endswith(raw)
    await client.logout()


async def test_two_connections_see_each_others_changes(mail_sandbox: MailServer):
    await mail_sandbox.deliver(letter(), DESK)
    one, two = await imap(mail_sandbox), await imap(mail_sandbox)
    await one.uid("store", "1", "+FLAGS", r"(\Flagged)")
    noop = await two.noop()
    assert any(rb"\Flagged" in line for line in noop.lines)
    await one.logout()
    await two.logout()


# -- state


async def test_mail_uids_and_uidvalidity_outlive_the_process(tmp_path: Path):
    first = MailServer(domains=DOMAINS, state_dir=tmp_path)
    await first.start()
    received = datetime(2026, 1, 9, 8, 0, tzinfo=UTC)
    for subject in ("one", "two", "three"):
        await first.deliver(letter(subject), DESK, received_at=received)
    client = await imap(first)
    await client.uid("store", "1", "+FLAGS", r"(\Seen)")
    await client.uid("store", "3", "+FLAGS", r"(\Deleted)")
    await client.expunge()
    before = (await client.status("INBOX", "(UIDVALIDITY UIDNEXT)")).lines[0]
    await client.logout()
    await first.stop()

    second = MailServer(domains=DOMAINS, state_dir=tmp_path)
    await second.start()
    client = await imap(second)
    assert (await client.status("INBOX", "(UIDVALIDITY UIDNEXT)")).lines[0] == before
    assert [(mail.uid, mail.received_at, mail.flags) for mail in second.mails(DESK)] == [
        (1, received, {r"\Seen"}),
        (2, received, frozenset()),
    ]
    assert (await second.deliver(letter("four"), DESK)).uid == 4
    assert b"Subject: two" in second.messages(DESK)[1]
    await client.logout()
    await second.stop()


async def test_a_renumbered_mailbox_has_another_uidvalidity_and_uids_from_one(mail_sandbox: MailServer):
    for subject in ("one", "two", "three"):
        await mail_sandbox.deliver(letter(subject), DESK)
    client = await imap(mail_sandbox)
    await client.uid("store", "1", "+FLAGS", r"(\Deleted)")
    await client.expunge()
    before = mail_sandbox.store.folder(DESK).uidvalidity

    after = await mail_sandbox.renumber(DESK)

    assert after > before
    assert [mail.uid for mail in mail_sandbox.mails(DESK)] == [1, 2]
    client = await imap(mail_sandbox)
    assert b"UIDVALIDITY %d" % after in (await client.status("INBOX", "(UIDVALIDITY)")).lines[0]
    assert b"Subject: two" in bytes((await client.uid("fetch", "1", "(BODY.PEEK[])")).lines[1])
    await client.logout()


async def test_waiting_for_a_mail_ends_with_the_right_one_or_in_time(mail_sandbox: MailServer):
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(mail_sandbox.wait_for(DESK, lambda raw: b"Subject: two" in raw))
        for subject in ("one", "two", "three"):
            await send(mail_sandbox, letter(subject))
    assert b"Subject: two" in waiting.result()
    with pytest.raises(TimeoutError, match="none of the 3 mails"):
        await mail_sandbox.wait_for(DESK, lambda _raw: False, patience=0.01)


async def test_stopping_leaves_no_connection_behind(tmp_path: Path):
    server = MailServer(domains=DOMAINS, state_dir=tmp_path)
    await server.start()
    client = await imap(server)
    await client.idle_start(timeout=60)
    lost = client.protocol.transport
    await server.stop()
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", server.imap_port)
    lost.abort()


def test_smtplib_of_the_standard_library_is_served_too(mail_sandbox_elsewhere: tuple[int, int]):
    _, smtp_port = mail_sandbox_elsewhere
    with smtplib.SMTP("127.0.0.1", smtp_port, timeout=20) as client:
        client.login(DESK, "sandbox")
        assert client.sendmail(DESK, [ANNA], letter("Your request", DESK, ANNA)) == {}
