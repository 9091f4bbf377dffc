"""What servers say on bad days, and how the doctor reads it: on servers that answer what a test wrote down."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from mail.check import MailboxFacts, SmtpFacts, Step, Trouble, look_at_mailbox, look_at_smtp
from mail.urls import parse_imap, parse_smtp
from tests.mail.scripted import Scripted
from tests.mail.scripted_smtp import ScriptedSmtp
from tests.servers.dovecot import Dovecot
from tests.servers.fixtures import DESK

NOW = datetime(2026, 10, 3, 9, 0, tzinfo=UTC)


async def mailbox(url: str, domain: str = "") -> MailboxFacts:
    facts = MailboxFacts()
    await look_at_mailbox(parse_imap(url), facts, domain=domain)
    return facts


async def smtp(url: str) -> SmtpFacts:
    facts = SmtpFacts()
    await look_at_smtp(parse_smtp(url), DESK, facts, lambda: NOW)
    return facts


@pytest.mark.parametrize(
    ("answers", "query", "step", "expected"),
    [
        ({"LOGIN": b"TAG NO [AUTHENTICATIONFAILED] no\r\n"}, "", Step.LOGIN, Trouble.CREDENTIALS),
        ({"LOGIN": b"TAG NO [UNAVAILABLE] later\r\n"}, "", Step.LOGIN, Trouble.LATER),
        ({"EXAMINE": b"TAG NO [NONEXISTENT] none\r\n"}, "", Step.FOLDER, Trouble.NO_FOLDER),
        ({"STARTTLS": b"TAG BAD what?\r\n"}, "?starttls=1", Step.REACH, Trouble.NO_STARTTLS),
    ],
)
async def test_each_refusal_of_an_imap_server_has_its_step_and_its_meaning(
    answers: dict[str, bytes], query: str, step: Step, expected: Trouble
) -> None:
    async with Scripted(**answers).running() as server:
        facts = await mailbox(server.url(query))
    assert (facts.step, facts.trouble) == (step, expected)
    assert "secret" not in repr(facts)


async def test_a_server_that_ends_in_the_middle_keeps_what_was_found_before() -> None:
    async def hang_up(writer: asyncio.StreamWriter, _tag: bytes, _rest: bytes) -> None:
        writer.close()

    async with Scripted(EXAMINE=hang_up).running() as server:
        facts = await mailbox(server.url())
    assert (facts.step, facts.trouble) == (Step.FOLDER, Trouble.UNREACHABLE)
    assert "IDLE" in facts.capabilities


async def test_only_commands_that_read_are_given() -> None:
    search = b"* SEARCH 3 4\r\nTAG OK\r\n"
    look = b'* 2 FETCH (UID 4 RFC822.SIZE 9 INTERNALDATE "03-Oct-2026 08:00:00 +0000")\r\nTAG OK\r\n'
    async with Scripted(UID_SEARCH=search, UID_FETCH=look).running() as server:
        facts = await mailbox(server.url())
    assert (facts.step, facts.trouble, facts.uids) == (Step.DONE, None, [3, 4])
    assert facts.newest_at == NOW - timedelta(hours=1)
    given = {line.split(b" ")[1] for line in server.seen}
    assert given <= {b"CAPABILITY", b"LOGIN", b"EXAMINE", b"UID", b"LOGOUT"}


async def test_a_check_that_is_given_up_lets_go_of_the_server_at_once(dovecot: Dovecot) -> None:
    dovecot.pause()
    facts = MailboxFacts()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await look_at_mailbox(parse_imap(dovecot.imap_url(DESK)), facts)
    assert facts.step is Step.REACH


async def test_a_token_file_that_cannot_be_read_is_told_as_such(tmp_path, dovecot: Dovecot) -> None:
    facts = await mailbox(dovecot.imap_url(DESK) + f"?auth=xoauth2&token_file={tmp_path / 'none'}")
    assert (facts.step, facts.trouble) == (Step.LOGIN, Trouble.SETTINGS)


async def test_a_token_that_is_not_accepted_is_told_for_both_servers(dovecot: Dovecot, mta) -> None:
    url = dovecot.imap_url(DESK, password=dovecot.access_token(DESK, lifetime=-10)) + "?auth=xoauth2"
    facts = await mailbox(url)
    assert (facts.step, facts.trouble) == (Step.LOGIN, Trouble.CREDENTIALS)
    async with ScriptedSmtp(AUTH=b"535 5.7.8 no").running() as server:
        sent = await smtp(server.url(query="?auth=xoauth2"))
    assert (sent.step, sent.trouble) == (Step.LOGIN, Trouble.CREDENTIALS)


@pytest.mark.parametrize(
    ("answers", "query", "step", "expected"),
    [
        ({"greeting": b"554 go away"}, "", Step.REACH, Trouble.OTHER),
        ({"greeting": b"421 later"}, "", Step.REACH, Trouble.LATER),
        ({"AUTH": b"535 5.7.8 no"}, "", Step.LOGIN, Trouble.CREDENTIALS),
        ({"AUTH": b"454 4.7.0 later"}, "", Step.LOGIN, Trouble.LATER),
        ({"MAIL": b"553 5.7.1 not yours"}, "", Step.SENDER, Trouble.SENDER),
        ({"MAIL": b"451 4.7.1 later"}, "", Step.SENDER, Trouble.LATER),
        ({"MAIL": b"530 5.7.0 log in"}, "", Step.SENDER, Trouble.SENDER),
        ({"RCPT": b"550 5.1.1 nobody"}, "", Step.SENDER, Trouble.RECIPIENT),
        ({"RCPT": b"450 4.2.0 greylisted"}, "", Step.SENDER, Trouble.LATER),
        ({}, "?starttls=1", Step.REACH, Trouble.NO_STARTTLS),
    ],
)
async def test_each_refusal_of_a_submission_server_has_its_step_and_its_meaning(
    answers: dict[str, bytes], query: str, step: Step, expected: Trouble
) -> None:
    async with ScriptedSmtp(**answers).running() as server:
        facts = await smtp(server.url(query=query))
    assert (facts.step, facts.trouble) == (step, expected)
    assert "secret" not in repr(facts)


async def test_the_sender_is_named_and_taken_back_and_nothing_is_sent() -> None:
    async with ScriptedSmtp().running() as server:
        facts = await smtp(server.url())
    assert (facts.step, facts.trouble, facts.size) == (Step.DONE, None, 1_000_000)
    assert [line.split(b" ")[0] for line in server.seen] == [b"EHLO", b"AUTH", b"MAIL", b"RCPT", b"RSET", b"QUIT"]
    assert server.letters == []


async def test_a_server_without_login_or_size_is_fine() -> None:
    async with ScriptedSmtp(EHLO=b"250 here").running() as server:
        facts = await smtp(server.url(login=""))
    assert (facts.step, facts.trouble, facts.size) == (Step.DONE, None, 0)


@pytest.mark.parametrize(
    ("greeting", "ahead"),
    [
        (b"220 mx ESMTP Exim 4.96 Sat, 03 Oct 2026 12:10:00 +0300", 600),
        (b"220 mx ESMTP Exim 4.96 Sat, 03 Oct 2026 08:59:00 +0000", -60),
        (b"220 mx ESMTP Postfix", None),
        (b"220 mx 99 Oct 2026 99:99:99 +0000", None),
    ],
)
async def test_a_server_that_greets_with_the_time_shows_its_clock(greeting: bytes, ahead: int | None) -> None:
    async with ScriptedSmtp(greeting=greeting).running() as server:
        facts = await smtp(server.url())
    assert facts.trouble is None
    if ahead is None:
        assert facts.offset is None
    else:
        assert facts.offset is not None
        assert abs(facts.offset - timedelta(seconds=ahead)) <= timedelta(seconds=0.5)


@asynccontextmanager
async def own_letter(dovecot: Dovecot, head: bytes) -> AsyncIterator[None]:
    letter = head + b"From: Boris <boris@operator.test>\r\nTo: desk@operator.test\r\nSubject: x\r\n\r\nx\r\n"
    dovecot.append(letter, DESK)
    yield


async def test_results_are_those_of_our_own_server_and_not_what_a_sender_wrote(dovecot: Dovecot) -> None:
    ours = b"Authentication-Results: mx.operator.test; spf=pass smtp.mailfrom=operator.test; dkim=fail; dkim=pass header.d=operator.test\r\n"
    received = b"Received: from a by mx.operator.test with ESMTP; Sat, 03 Oct 2026 08:00:00 +0000\r\n"
    forged = b"Authentication-Results: evil.test; spf=pass; dkim=pass; dmarc=pass\r\n"
    async with own_letter(dovecot, ours + received):
        facts = await mailbox(dovecot.imap_url(DESK), "operator.test")
    assert facts.results == [{"spf": "pass", "dkim": "pass"}]
    async with own_letter(dovecot, received + forged):
        facts = await mailbox(dovecot.imap_url(DESK), "operator.test")
    assert (facts.own_letters, facts.results) == (2, [{"spf": "pass", "dkim": "pass"}])
