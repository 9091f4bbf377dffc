"""Letters out: through a real MTA into real mailboxes, and every refusal judged by what is to be done about it."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from itertools import count

import pytest

from desk.context import Mailbox
from desk.errors import DeskError, Misconfigured, Permanent, Temporary, Unreachable
from desk.record import kept
from mail import delivery
from mail.delivery import CONNECTIONS, MailDelivery
from mail.letters import build
from mail.urls import SmtpAddress, parse_smtp
from models import Attachment, Direction, Message, Outbox, Requester, Ticket
from sandbox.mail.faults import FaultKind, Service
from tests.desk.people import THURSDAY, make_desk
from tests.mail.scripted_smtp import ScriptedSmtp
from tests.mail.test_letters import ACKNOWLEDGEMENT, REPLY
from tests.servers.fixtures import ANNA, DESK

NUMBERS = count(1)


@pytest.fixture
def desk(tmp_path):
    return make_desk(tmp_path, mailboxes=(Mailbox(DESK, "Поддержка"),))


def row(errand="reply", /, **changes) -> Outbox:
    content = (ACKNOWLEDGEMENT if errand == "acknowledgement" else REPLY) | changes
    return Outbox(id=next(NUMBERS), channel="mail", errand=errand, content=content)


@asynccontextmanager
async def door_to(desk, url: str) -> AsyncIterator[MailDelivery]:
    door = MailDelivery(desk, {DESK: parse_smtp(url)})
    try:
        yield door
    finally:
        await door.close()


# -- through a real MTA


@pytest.mark.parametrize("security", ["plain", "starttls", "tls"])
async def test_a_letter_reaches_the_mailbox_of_the_requester(desk, mta, security):
    async with door_to(desk, mta.smtp_url(DESK, security=security)) as door:
        delivered = await door.send(row("acknowledgement"))
    (sent,) = delivered.sent
    assert (sent.place, sent.external_id, sent.role) == (ANNA, REPLY["message_id"], "letter")
    (raw,) = await asyncio.to_thread(mta.dovecot.wait_for_messages, ANNA)
    message = message_from_bytes(raw, policy=policy.default)
    assert message["Message-ID"] == REPLY["message_id"]
    assert message["Return-Path"].strip("<>") == DESK
    assert "№ 17" in message.get_body(("plain",)).get_content()


async def test_many_letters_go_over_one_connection(desk, mta):
    async with door_to(desk, mta.smtp_url(DESK)) as door:
        for number in range(5):
            await door.send(row(message_id=f"<{number}@operator.test>"))
        [lines] = door._lines.values()
        used = [line._client for line in lines._all if line._client is not None]
        await door.send(row(message_id="<last@operator.test>"))
        assert [line._client for line in lines._all if line._client is not None] == used
        assert len(used) == 1
    raws = await asyncio.to_thread(mta.dovecot.wait_for_messages, ANNA, 6)
    assert len(raws) == 6


async def test_files_leave_the_vault_whole_and_with_their_names(desk, mta, db):
    content = bytes(range(256)) * 4000
    requester = await Requester.create(created_at=THURSDAY)
    ticket = await Ticket.create(requester=requester, channel="mail", received_at=THURSDAY, opened_at=THURSDAY)
    message = await Message.create(ticket=ticket, direction=Direction.OUT, channel="mail", author="staff:2", at=THURSDAY)
    blob = desk.vault.write(content)
    attachment = await Attachment.create(message=message, name="Акт № 17.pdf", type="application/pdf", blob=blob.name)
    async with door_to(desk, mta.smtp_url(DESK)) as door:
        await door.send(row(attachments=[attachment.id]))
    (raw,) = await asyncio.to_thread(mta.dovecot.wait_for_messages, ANNA)
    (part,) = message_from_bytes(raw, policy=policy.default).iter_attachments()
    assert (part.get_filename(), part.get_payload(decode=True)) == ("Акт № 17.pdf", content)


async def test_a_letter_whose_file_is_missing_does_not_leave_without_it(desk, mta, db):
    requester = await Requester.create(created_at=THURSDAY)
    ticket = await Ticket.create(requester=requester, channel="mail", received_at=THURSDAY, opened_at=THURSDAY)
    message = await Message.create(ticket=ticket, direction=Direction.OUT, channel="mail", author="staff:2", at=THURSDAY)
    missing = await Attachment.create(message=message, name="huge.zip", missing="too big")
    lost = await Attachment.create(message=message, name="lost.zip", blob="ab" * 16)
    async with door_to(desk, mta.smtp_url(DESK)) as door:
        for attachment in (missing.id, lost.id, 99999):
            with pytest.raises(Permanent, match="file"):
                await door.send(row(attachments=[attachment]))
    assert mta.dovecot.messages(ANNA) == []


async def test_an_address_in_cyrillic_is_refused_where_the_server_cannot_send_to_it(desk):
    async with ScriptedSmtp().running() as server, door_to(desk, server.url()) as door:
        with pytest.raises(Permanent, match="SMTPUTF8"):
            await door.send(row(to="анна@people.test"))
        # The connection is as good as before.
        await door.send(row())
        assert (server.connections, len(server.letters)) == (1, 1)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("550 5.1.1 No such user", Unreachable),
        ("550 no such user", Unreachable),
        ("554 5.2.1 Mailbox disabled", Unreachable),
        ("550 5.7.1 Rejected as spam", Permanent),
        ("552 5.2.2 Mailbox full", Temporary),
        ("451 4.7.1 Greylisted", Temporary),
        ("452 4.2.2 Mailbox full", Temporary),
    ],
)
async def test_a_refused_recipient_is_judged_by_code(desk, mta, answer, error):
    mta.refuse(ANNA, answer, times=1)
    async with door_to(desk, mta.smtp_url(DESK)) as door:
        with pytest.raises(error) as caught:
            await door.send(row())
        assert type(caught.value) is error
        assert ANNA not in str(caught.value)
        assert answer[:3] in str(caught.value)
        # Tried again, it goes: nothing of the refused letter is left on the line.
        await door.send(row())


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("451 4.3.0 Try later", Temporary),
        ("554 5.6.0 Bad content", Permanent),
        ("550 5.7.1 Spam", Permanent),
        ("552 too big", Permanent),
    ],
)
async def test_a_refused_letter_is_judged_by_code(desk, mta, answer, error):
    mta.refuse("data", answer, times=1)
    async with door_to(desk, mta.smtp_url(DESK)) as door:
        with pytest.raises(error) as caught:
            await door.send(row())
        assert type(caught.value) is error
        await door.send(row())


async def test_a_letter_over_the_limit_is_refused_before_it_is_sent(desk, mta):
    mta.limit_size(20_000)
    async with door_to(desk, mta.smtp_url(DESK)) as door:
        with pytest.raises(Permanent, match=r"0\.0 MB at most|takes 0\.0 MB"):
            await door.send(row(text="слово " * 10_000))
        await door.send(row())


async def test_a_wrong_password_is_a_misconfiguration_that_does_not_show_it(desk, mta):
    async with door_to(desk, mta.smtp_url(DESK, password="hunter2", security="tls")) as door:
        with pytest.raises(Misconfigured, match="password") as caught:
            await door.send(row())
    assert "hunter2" not in str(caught.value)


async def test_sending_as_somebody_else_is_a_misconfiguration(desk, mta):
    async with door_to(desk, mta.smtp_url(ANNA)) as door:
        with pytest.raises(Misconfigured, match="address of this mailbox"):
            await door.send(row())


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_certificate_of_an_unknown_authority_is_refused_with_a_sentence(desk, mta, security):
    head, _, query = mta.smtp_url(DESK, security=security).partition("?")
    async with door_to(desk, head + ("?starttls=1" if "starttls" in query else "")) as door:
        with pytest.raises(Misconfigured, match=r"certificate of 127\.0\.0\.1 is not trusted.*ca_file"):
            await door.send(row())


async def test_a_server_that_restarts_is_connected_to_again(desk, mta):
    async with door_to(desk, mta.smtp_url(DESK)) as door:
        await door.send(row(message_id="<1@operator.test>"))
        # An MTA that is stopped while it hands a letter on hands it on twice.
        await asyncio.to_thread(mta.wait_until_idle)
        await asyncio.to_thread(mta.stop)
        with pytest.raises(Temporary):
            await door.send(row(message_id="<2@operator.test>"))
        await asyncio.to_thread(mta.start)
        await door.send(row(message_id="<2@operator.test>"))
    raws = await asyncio.to_thread(mta.dovecot.wait_for_messages, ANNA, 2)
    assert len(raws) == 2


async def test_a_lost_answer_is_tried_again_with_the_same_message_id(desk, mail_sandbox):
    mail_sandbox.faults.add(Service.SMTP, FaultKind.LOST_ANSWER, times=1)
    async with door_to(desk, mail_sandbox.smtp_url(DESK)) as door:
        with pytest.raises(Temporary):
            await door.send(row())
        await door.send(row())
    letters = [message_from_bytes(raw, policy=policy.default) for raw in mail_sandbox.messages(ANNA)]
    # The first had arrived all the same: whoever gets both can tell that they are one.
    assert [letter["Message-ID"] for letter in letters] == [REPLY["message_id"]] * 2


# -- bad days, scripted


async def test_a_letter_in_cyrillic_addresses_goes_to_a_server_that_takes_it(desk):
    async with (
        ScriptedSmtp(EHLO=b"250-here\r\n250-SMTPUTF8\r\n250 AUTH PLAIN").running() as server,
        door_to(desk, server.url()) as door,
    ):
        await door.send(row(to="анна@почта.рф"))
    assert "RCPT TO:<анна@xn--80a1acny.xn--p1ai>".encode() in server.seen
    assert "<анна@xn--80a1acny.xn--p1ai>".encode() in server.letters[0]


async def test_lines_that_begin_with_a_dot_arrive(desk):
    async with ScriptedSmtp().running() as server, door_to(desk, server.url()) as door:
        await door.send(row(text=".\n..\n.x"))
    message = message_from_bytes(server.letters[0].replace(b"\r\n..", b"\r\n.")[:-3], policy=policy.default)
    assert message.get_body(("plain",)).get_content().replace("\r\n", "\n").startswith(".\n..\n.x")


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"greeting": b"421 too busy"}, Temporary),
        ({"greeting": b"554 go away"}, Temporary),
        ({"greeting": b"* OK imap here"}, Temporary),
        ({"AUTH": b"454 4.7.0 try later"}, Temporary),
        ({"AUTH": b"535 5.7.8 no"}, Misconfigured),
        ({"AUTH": b"534 5.7.9 use an app password"}, Misconfigured),
        ({"EHLO": b"250 here"}, Misconfigured),
        ({"MAIL": b"530 5.7.0 log in first"}, Misconfigured),
        ({"MAIL": b"550 5.7.60 not your address"}, Misconfigured),
        ({"MAIL": b"451 later"}, Temporary),
        ({"MAIL": b"552 5.3.4 too big"}, Permanent),
        ({"RCPT": b"421 closing"}, Temporary),
        ({"RCPT": b"550 5.1.1 <anna@people.test> unknown"}, Unreachable),
        ({"DATA": b"451 later"}, Temporary),
        ({"END": b"421 closing"}, Temporary),
        ({"END": b"554 5.7.1 no"}, Permanent),
        ({"END": b"999 nonsense"}, Temporary),
    ],
)
async def test_every_answer_has_its_meaning_and_the_next_letter_goes(desk, answers, error):
    async with ScriptedSmtp(**answers).running() as server, door_to(desk, server.url()) as door:
        with pytest.raises(DeskError) as caught:
            await door.send(row())
        assert type(caught.value) is error
        assert ANNA not in str(caught.value)
        server.greeting = b"220 ready"
        server.answers |= ScriptedSmtp().answers
        await door.send(row())
        assert server.letters


@pytest.mark.parametrize(
    ("own", "error"), [(b"250 ok", Unreachable), (b"550 no", Misconfigured)], ids=["takes our own", "refuses our own as well"]
)
async def test_a_server_that_does_not_say_whom_it_refuses_is_asked_about_our_own_address(desk, own, error):
    async with ScriptedSmtp(RCPT=b"550 no").running() as server, door_to(desk, server.url()) as door:
        server.by_address = {DESK: own}
        with pytest.raises(DeskError) as caught:
            await door.send(row())
        assert type(caught.value) is error
        assert not server.letters
        server.answers["RCPT"], server.by_address = b"250 ok", {}
        await door.send(row())


@pytest.mark.parametrize("where", ["greeting", "EHLO", "AUTH", "MAIL", "RCPT", "END"])
async def test_silence_is_a_temporary_trouble_and_the_next_letter_gets_a_new_connection(desk, where, monkeypatch):
    monkeypatch.setattr(delivery, "ANSWER_SECONDS", 0.3)
    async with ScriptedSmtp(**{where: None}).running() as server, door_to(desk, server.url()) as door:
        with pytest.raises(Temporary):
            await door.send(row())
        server.greeting = b"220 ready"
        server.answers |= ScriptedSmtp().answers
        await door.send(row())
        assert server.connections == 2


async def test_a_drip_is_given_up_before_the_lease_of_the_row_ends(desk, monkeypatch):
    monkeypatch.setattr(delivery, "LETTER_SECONDS", 0.3)
    async with ScriptedSmtp(RCPT=None).running() as server, door_to(desk, server.url()) as door:
        with pytest.raises(Temporary, match="in time"):
            await door.send(row())


async def test_a_letter_that_is_broken_off_while_it_is_written_leaves_no_copy(desk, monkeypatch):
    """The thread that builds it cannot be stopped: it is held here until the letter was given up."""
    begun, may_go, written = threading.Event(), threading.Event(), threading.Event()

    def slowly(*told):
        begun.set()
        may_go.wait(30)
        return build(*told)

    def noticed(*told):
        try:
            return write(*told)
        finally:
            written.set()

    write = kept.write
    monkeypatch.setattr(delivery, "build", slowly)
    monkeypatch.setattr(kept, "write", noticed)
    letter = row()
    async with door_to(desk, "smtp://127.0.0.1:1") as door:
        sending = asyncio.create_task(door.send(letter))
        await asyncio.to_thread(begun.wait, 30)
        sending.cancel()
        may_go.set()
        with pytest.raises(asyncio.CancelledError):
            await sending
    assert await asyncio.to_thread(written.wait, 30)
    assert kept.names(desk.vault, letter.id) == []


async def test_a_cancelled_letter_leaves_no_answer_for_the_next(desk):
    # The stock client takes the late "250" of the first letter for an answer to the second.
    async with ScriptedSmtp(END=None).running() as server, door_to(desk, server.url()) as door:
        sending = asyncio.ensure_future(door.send(row()))
        while not server.letters:
            server.heard.clear()
            await server.heard.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        server.answers["."] = b"250 taken"
        await door.send(row())
        assert (server.connections, len(server.letters)) == (2, 2)
        # A repeated letter is the same letter.
        assert server.letters[0] == server.letters[1]


async def test_letters_at_the_same_time_share_a_few_connections(desk):
    async with ScriptedSmtp().running() as server, door_to(desk, server.url()) as door:
        await asyncio.gather(*(door.send(row(message_id=f"<{number}@operator.test>")) for number in range(20)))
        assert (server.connections, len(server.letters)) == (CONNECTIONS, 20)


async def test_a_connection_that_lay_idle_is_not_trusted(desk, monkeypatch):
    monkeypatch.setattr(delivery, "KEPT_SECONDS", 0.0)
    async with ScriptedSmtp().running() as server, door_to(desk, server.url()) as door:
        await door.send(row())
        await door.send(row())
        assert server.connections == 2


async def test_an_access_token_is_sent_and_read_anew(desk, tmp_path):
    file = tmp_path / "token"
    file.write_text("first")
    async with ScriptedSmtp().running() as server, door_to(desk, server.url("desk@", f"?auth=xoauth2&token_file={file}")) as door:
        await door.send(row())
        await door.close()
        file.write_text("second")
        await door.send(row())
        await door.close()
        file.unlink()
        with pytest.raises(Misconfigured, match="token file"):
            await door.send(row())
    # user=desk ^A auth=Bearer first / second ^A ^A
    assert b"AUTH XOAUTH2 dXNlcj1kZXNrAWF1dGg9QmVhcmVyIGZpcnN0AQE=" in server.seen
    assert b"AUTH XOAUTH2 dXNlcj1kZXNrAWF1dGg9QmVhcmVyIHNlY29uZAEB" in server.seen


async def test_starttls_that_is_not_offered_is_a_misconfiguration_and_no_password_leaves(desk):
    async with ScriptedSmtp().running() as server, door_to(desk, server.url(query="?starttls=1")) as door:
        with pytest.raises(Misconfigured, match="STARTTLS"):
            await door.send(row())
    assert not [line for line in server.seen if line.startswith(b"AUTH")]


async def test_nobody_listening_is_a_temporary_trouble(desk, unused_tcp_port):
    async with door_to(desk, f"smtp://u:p@127.0.0.1:{unused_tcp_port}") as door:
        with pytest.raises(Temporary, match="cannot be reached"):
            await door.send(row())


async def test_without_any_server_the_queue_is_kept(desk):
    with pytest.raises(Misconfigured, match="smtp_url"):
        await MailDelivery(desk, {}).send(row())


async def test_a_letter_of_a_mailbox_we_no_longer_have_goes_by_the_first(desk):
    async with ScriptedSmtp().running() as server:
        door = MailDelivery(desk, {"other@operator.test": SmtpAddress("127.0.0.1", server.port, tls="none", auth="none")})
        await door.send(row())
        await door.close()
        assert len(server.letters) == 1


async def test_an_address_that_is_none_is_refused(desk):
    async with ScriptedSmtp().running() as server, door_to(desk, server.url()) as door:
        with pytest.raises(Permanent):
            await door.send(row(to="anna@people.test>\r\nRCPT TO:<mallory@elsewhere.test"))
    assert server.letters == []
