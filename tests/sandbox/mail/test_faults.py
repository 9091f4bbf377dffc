"""Every fault of the mail sandbox: what a client sees, how often, and that nothing of it stays."""

import asyncio
from email import message_from_bytes, policy

import aiosmtplib
import pytest
from aioimaplib import aioimaplib

from sandbox.mail import MailError, MailServer
from sandbox.mail.faults import Faults
from tests.sandbox.mail.test_server import ANNA, DESK, MALLORY, imap, imap_without_login, letter, send, smtp

GREETING = 2048


async def port_of(server: MailServer, service: str) -> int:
    return server.imap_port if service == "imap" else server.smtp_port


async def greets(server: MailServer, service: str) -> bool:
    reader, writer = await asyncio.open_connection("127.0.0.1", await port_of(server, service))
    try:
        return bool(await reader.read(GREETING))
    finally:
        writer.close()


both = pytest.mark.parametrize("service", ["imap", "smtp"])


@both
async def test_refused_connections_are_refused_until_the_fault_is_lifted(mail_sandbox: MailServer, service: str):
    port = await port_of(mail_sandbox, service)
    await mail_sandbox.fault(service, "refuse")
    for _ in range(2):
        with pytest.raises(ConnectionRefusedError):
            await greets(mail_sandbox, service)

    await mail_sandbox.lift_faults()

    assert await greets(mail_sandbox, service)
    assert await port_of(mail_sandbox, service) == port


@both
async def test_refused_twice_means_the_third_connection_works(mail_sandbox: MailServer, service: str):
    await mail_sandbox.fault(service, "refuse", times=2)
    for _ in range(2):
        with pytest.raises(ConnectionResetError):
            await greets(mail_sandbox, service)
    assert await greets(mail_sandbox, service)
    assert mail_sandbox.faults.active == []


@both
async def test_a_fault_of_one_service_leaves_the_other_alone(mail_sandbox: MailServer, service: str):
    await mail_sandbox.fault(service, "refuse")
    assert await greets(mail_sandbox, "smtp" if service == "imap" else "imap")


@both
async def test_dropped_connections_are_cut_at_the_first_word(mail_sandbox: MailServer, service: str):
    await mail_sandbox.fault(service, "drop", times=1)
    reader, writer = await asyncio.open_connection("127.0.0.1", await port_of(mail_sandbox, service))
    assert await reader.read(GREETING)
    writer.write(b"a NOOP\r\n")
    with pytest.raises(ConnectionResetError):
        await reader.read(GREETING)
    writer.close()

    client = await imap(mail_sandbox)
    await client.logout()
    await send(mail_sandbox)


async def test_idle_ends_when_its_connection_is_dropped(mail_sandbox: MailServer):
    lost = asyncio.Event()
    client = aioimaplib.IMAP4("127.0.0.1", mail_sandbox.imap_port, timeout=20, conn_lost_cb=lambda _exception: lost.set())
    await client.wait_hello_from_server()
    await client.login(DESK, mail_sandbox.password)
    await client.select("INBOX")
    idle = await client.idle_start(timeout=60)

    await mail_sandbox.cut_connections("imap")

    await asyncio.wait_for(lost.wait(), 20)
    client.protocol.idle_queue.put_nowait(b"stop")
    idle.cancel()
    assert await greets(mail_sandbox, "imap")


@both
async def test_a_silent_server_takes_connections_and_answers_when_the_fault_is_lifted(mail_sandbox: MailServer, service: str):
    await mail_sandbox.fault(service, "timeout")
    reader, writer = await asyncio.open_connection("127.0.0.1", await port_of(mail_sandbox, service))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(GREETING), 0.1)

    await mail_sandbox.lift_faults()

    assert await reader.read(GREETING)
    writer.close()


async def test_open_connections_fall_silent_too(mail_sandbox: MailServer):
    client = await smtp(mail_sandbox)
    await mail_sandbox.fault("smtp", "timeout")
    with pytest.raises(aiosmtplib.SMTPReadTimeoutError):
        await client.noop(timeout=0.1)
    client.close()


@both
async def test_one_silent_connection_leaves_the_next_alone(mail_sandbox: MailServer, service: str):
    await mail_sandbox.fault(service, "timeout", times=1)
    reader, writer = await asyncio.open_connection("127.0.0.1", await port_of(mail_sandbox, service))
    assert await greets(mail_sandbox, service)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(GREETING), 0.1)
    writer.close()


async def test_a_password_may_be_wrong_for_once(mail_sandbox: MailServer):
    await mail_sandbox.fault("imap", "login", times=1)
    client = await imap_without_login(mail_sandbox)
    assert (await client.login(DESK, mail_sandbox.password)).result == "NO"
    assert (await client.login(DESK, mail_sandbox.password)).result == "OK"
    await client.logout()

    await mail_sandbox.fault("smtp", "login")
    connection = await smtp(mail_sandbox)
    with pytest.raises(aiosmtplib.SMTPAuthenticationError):
        await connection.login(DESK, mail_sandbox.password)
    await connection.quit()


@pytest.mark.parametrize("answer", ["451 4.7.1 Greylisted", "550 5.1.1 No such user"])
async def test_chosen_recipients_are_refused_for_so_many_times(mail_sandbox: MailServer, answer: str):
    await mail_sandbox.fault("smtp", "reject", address=DESK, answer=answer, times=2)
    for _ in range(2):
        with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
            await send(mail_sandbox)
        [one] = refused.value.recipients
        assert (one.code, one.message) == (int(answer[:3]), answer[4:])
        await send(mail_sandbox, to=MALLORY)

    await send(mail_sandbox)

    assert len(mail_sandbox.messages(DESK)) == 1
    assert len(mail_sandbox.messages(MALLORY)) == 2


async def test_a_mail_may_be_refused_after_its_content(mail_sandbox: MailServer):
    await mail_sandbox.fault("smtp", "reject_data", answer="554 5.7.1 Looks like spam", times=1)
    with pytest.raises(aiosmtplib.SMTPDataError) as refused:
        await send(mail_sandbox)
    assert refused.value.code == 554
    assert mail_sandbox.messages(DESK) == []
    await send(mail_sandbox)
    assert len(mail_sandbox.messages(DESK)) == 1


async def test_a_lost_answer_delivers_the_mail_and_cuts_the_connection(mail_sandbox: MailServer):
    await mail_sandbox.fault("smtp", "lost_answer", times=1)
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await send(mail_sandbox)
    assert len(mail_sandbox.messages(DESK)) == 1

    await send(mail_sandbox)

    assert len(mail_sandbox.messages(DESK)) == 2


async def test_a_bounced_mail_comes_back_as_a_delivery_report(mail_sandbox: MailServer):
    await mail_sandbox.fault("smtp", "bounce", address=ANNA, answer="550 5.1.1 No such user", times=1)
    desk = await smtp(mail_sandbox, DESK)
    await desk.sendmail(DESK, [ANNA], letter("Ваш запрос", DESK, ANNA))
    await desk.sendmail("", [ANNA], letter("Automatic", DESK, ANNA))
    await desk.quit()

    [raw] = mail_sandbox.messages(DESK)
    report = message_from_bytes(raw, policy=policy.default)
    assert report.get_content_type() == "multipart/report"
    assert report.get_param("report-type") == "delivery-status"
    assert report["Return-Path"] == "<>"
    notice, status, enclosed = report.iter_parts()
    assert "could not be delivered" in notice.get_content()
    [about, failed] = status.iter_parts()
    assert about["Reporting-MTA"] == "dns; mx.sandbox.test"
    assert (failed["Final-Recipient"], failed["Status"]) == (f"rfc822; {ANNA}", "5.1.1")
    assert enclosed.get_content_type() == "text/rfc822-headers"
    assert "Message-ID: <1@people.test>" in enclosed.get_payload()
    assert len(mail_sandbox.messages(ANNA)) == 1


async def test_nothing_comes_back_for_a_bounced_mail_without_a_sender(mail_sandbox: MailServer):
    await mail_sandbox.fault("smtp", "bounce", answer="550 5.1.1 No such user")
    desk = await smtp(mail_sandbox, DESK)
    await desk.sendmail("", [ANNA], letter("Automatic", DESK, ANNA))
    await desk.quit()
    assert mail_sandbox.messages(ANNA) == []
    assert mail_sandbox.messages(DESK) == []


async def test_a_lost_answer_may_concern_one_recipient_only(mail_sandbox: MailServer):
    await mail_sandbox.fault("smtp", "lost_answer", address=ANNA)
    await send(mail_sandbox)
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await send(mail_sandbox, letter(to=ANNA), DESK, ANNA)
    assert len(mail_sandbox.messages(ANNA)) == 1


async def test_one_of_several_faults_can_be_lifted(mail_sandbox: MailServer):
    first = await mail_sandbox.fault("smtp", "reject", address=DESK)
    second = await mail_sandbox.fault("smtp", "reject", address=MALLORY)
    await mail_sandbox.lift_faults(first.id)
    assert mail_sandbox.faults.active == [second]
    await send(mail_sandbox)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ({"service": "pop3", "kind": "drop"}, "no service 'pop3'"),
        ({"service": "imap", "kind": "explode"}, "no fault 'explode'"),
        ({"service": "imap", "kind": "lost_answer"}, "only smtp"),
        ({"service": "smtp", "kind": "drop", "times": 0}, "at least once"),
        ({"service": "smtp", "kind": "reject", "answer": "250 OK"}, "an answer reads like"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_with_a_sentence(words: dict[str, object], complaint: str):
    with pytest.raises(MailError, match=complaint):
        Faults().add(**words)
