"""The servers the tests stand on: real, clean for each test, gone afterwards."""

import asyncio
import imaplib
import os
import re
import signal
import smtplib
import ssl
import subprocess
import sys
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiosmtplib
import asyncpg
import psutil
import pytest
from aioimaplib import aioimaplib

from tests.servers.base import PREFIX, ServerError, Workspace, sweep, temporary_root, wait_until
from tests.servers.certificates import make_certificates
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.fixtures import ANNA, DESK, MALLORY
from tests.servers.mta import Mta
from tests.servers.postgres import Postgres


def letter(subject: str = "Withdrawal Statement", sender: str = ANNA, to: str = DESK) -> bytes:
    return f"From: {sender}\nTo: {to}\nSubject: {subject}\nMessage-ID: <1@people.test>\n\nHello.\n".encode()


# -- the road of a mail


async def test_a_mail_travels_through_the_mta_into_dovecot_and_idle_hears_it(dovecot: Dovecot, mta: Mta):
    client = aioimaplib.IMAP4("127.0.0.1", dovecot.imap_port, timeout=20)
    await client.wait_hello_from_server()
    await client.login(DESK, PASSWORD)
    await client.select("INBOX")
    idle = await client.idle_start(timeout=60)

    await asyncio.to_thread(mta.send, letter())

    pushed = await client.wait_server_push()
    assert any(b"EXISTS" in line for line in pushed)
    client.idle_done()
    await asyncio.wait_for(idle, 20)
    await client.logout()
    [raw] = await asyncio.to_thread(dovecot.messages, DESK)
    arrived = message_from_bytes(raw, policy=policy.default)
    assert arrived["Subject"] == "Withdrawal Statement"
    assert arrived["Return-Path"] == f"<{ANNA}>"
    assert arrived["Delivered-To"] == DESK
    assert any("by mx.operator.test with esmtp" in value for value in arrived.get_all("Received"))


async def test_a_letter_of_the_desk_reaches_the_mailbox_of_a_person(dovecot: Dovecot, mta: Mta):
    await aiosmtplib.send(
        letter("Your request", DESK, ANNA),
        sender=DESK,
        recipients=[ANNA],
        hostname="127.0.0.1",
        port=mta.submission_port,
        username=DESK,
        password=PASSWORD,
        start_tls=True,
        tls_context=dovecot.client_context(),
    )

    [raw] = await asyncio.to_thread(dovecot.wait_for_messages, ANNA)
    assert b"Subject: Your request" in raw
    assert b"esmtpsa" in raw


def test_mail_to_nobody_comes_back_as_a_delivery_report(dovecot: Dovecot, mta: Mta):
    with submission(mta) as smtp:
        smtp.sendmail(DESK, ["nobody@people.test"], letter("Your request", DESK))

    [raw] = dovecot.wait_for_messages(DESK)
    report = message_from_bytes(raw, policy=policy.default)
    assert report.get_content_type() == "multipart/report"
    assert report["Return-Path"] == "<>"
    assert b"Diagnostic-Code: smtp; 550 5.1.1" in raw
    assert b"Message-ID: <1@people.test>" in raw


def test_the_mta_says_what_sender_authentication_gave(dovecot: Dovecot, mta: Mta):
    mta.authenticates("people.test", "spf=pass smtp.mailfrom=people.test; dkim=pass header.d=people.test")
    mta.send(letter())
    mta.send(letter(sender=MALLORY))

    results = {
        message["From"]: message["Authentication-Results"]
        for message in map(message_from_bytes, dovecot.wait_for_messages(DESK, 2))
    }
    assert results == {
        ANNA: "mx.operator.test; spf=pass smtp.mailfrom=people.test; dkim=pass header.d=people.test",
        MALLORY: "mx.operator.test; none",
    }


def test_mail_waits_in_the_mta_while_dovecot_is_down(dovecot: Dovecot, mta: Mta):
    dovecot.stop()
    mta.send(letter())
    assert mta.waiting() == 1

    dovecot.start()

    assert len(dovecot.wait_for_messages(DESK)) == 1
    mta.wait_until_idle()


# -- the MTA


def submission(mta: Mta) -> smtplib.SMTP:
    smtp = smtplib.SMTP("127.0.0.1", mta.submission_port, timeout=20)
    smtp.starttls(context=mta.dovecot.client_context())
    smtp.login(DESK, PASSWORD)
    return smtp


def test_submission_needs_a_login_and_the_right_password(mta: Mta):
    with smtplib.SMTP("127.0.0.1", mta.submission_port, timeout=20) as smtp:
        with pytest.raises(smtplib.SMTPSenderRefused) as refused:
            smtp.sendmail(DESK, [ANNA], letter())
        assert refused.value.smtp_code == 530
        with pytest.raises(smtplib.SMTPAuthenticationError):
            smtp.login(DESK, "wrong")


def test_submission_takes_no_letter_in_another_name(mta: Mta):
    with submission(mta) as smtp, pytest.raises(smtplib.SMTPSenderRefused) as refused:
        smtp.sendmail(ANNA, [DESK], letter())
    assert refused.value.smtp_code == 553


def test_submission_takes_a_letter_without_an_envelope_sender(dovecot: Dovecot, mta: Mta):
    with submission(mta) as smtp:
        smtp.sendmail("", [ANNA], letter("Automatic answer", DESK, ANNA))
    assert b"Return-Path: <>" in dovecot.wait_for_messages(ANNA)[0]


def test_the_mx_relays_for_nobody(mta: Mta):
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        mta.send(letter(to="someone@far.test"))
    assert refused.value.recipients["someone@far.test"][0] == 550


def test_a_refused_recipient_is_refused_until_it_is_cleared(dovecot: Dovecot, mta: Mta):
    mta.refuse(ANNA, "550 5.1.1 No such user")
    for _ in range(2):
        with submission(mta) as smtp, pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            smtp.sendmail(DESK, [ANNA], letter())
        assert refused.value.recipients[ANNA] == (550, b"5.1.1 No such user")

    mta.clear()

    with submission(mta) as smtp:
        smtp.sendmail(DESK, [ANNA], letter())
    assert len(dovecot.wait_for_messages(ANNA)) == 1


def test_a_greylisted_recipient_is_taken_at_the_third_attempt(dovecot: Dovecot, mta: Mta):
    mta.refuse(ANNA, "451 4.7.1 Greylisted, try again", times=2)
    with submission(mta) as smtp:
        for _ in range(2):
            with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
                smtp.sendmail(DESK, [ANNA], letter())
            assert refused.value.recipients[ANNA][0] == 451
        smtp.sendmail(DESK, [ANNA], letter())
    assert len(dovecot.wait_for_messages(ANNA)) == 1


def test_content_can_be_refused_after_data(mta: Mta):
    mta.refuse("data", "554 5.7.1 Looks like spam", times=1)
    with submission(mta) as smtp:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            smtp.sendmail(DESK, [ANNA], letter())
        assert refused.value.smtp_code == 554
        smtp.sendmail(DESK, [ANNA], letter())


def test_the_mta_announces_and_keeps_its_size_limit(mta: Mta):
    mta.limit_size(2_000)
    with submission(mta) as smtp:
        smtp.ehlo()
        assert smtp.esmtp_features["size"] == "2000"
        with pytest.raises(smtplib.SMTPResponseException) as refused:
            smtp.sendmail(DESK, [ANNA], letter() + b"x" * 2_000)
        assert refused.value.smtp_code == 552


def test_a_paused_mta_accepts_connections_and_says_nothing(mta: Mta):
    mta.pause()
    with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
        smtplib.SMTP("127.0.0.1", mta.port, timeout=0.2)
    mta.resume()
    smtplib.SMTP("127.0.0.1", mta.port, timeout=20).quit()


def test_a_stopped_mta_refuses_connections_and_comes_back_on_the_same_ports(mta: Mta):
    mta.stop()
    with pytest.raises(ConnectionRefusedError):
        smtplib.SMTP("127.0.0.1", mta.port, timeout=20)
    mta.start()
    smtplib.SMTP("127.0.0.1", mta.port, timeout=20).quit()


# -- Dovecot


def test_each_test_finds_empty_mailboxes(dovecot: Dovecot):
    dovecot.deliver(letter(), DESK)
    assert len(dovecot.messages(DESK)) == 1
    dovecot.clean()
    assert dovecot.messages(DESK) == []


def test_dovecot_speaks_tls_and_starttls_with_a_certificate_of_our_authority(dovecot: Dovecot):
    context = dovecot.client_context()
    with imaplib.IMAP4_SSL("127.0.0.1", dovecot.imaps_port, ssl_context=context, timeout=20) as imap:
        assert imap.login(ANNA, PASSWORD)[0] == "OK"
    with imaplib.IMAP4("127.0.0.1", dovecot.imap_port, timeout=20) as imap:
        imap.starttls(context)
        assert imap.login(ANNA, PASSWORD)[0] == "OK"
    with pytest.raises(ssl.SSLCertVerificationError):
        imaplib.IMAP4_SSL("127.0.0.1", dovecot.imaps_port, ssl_context=ssl.create_default_context(), timeout=20)


def test_dovecot_can_show_an_expired_certificate(dovecot: Dovecot, tmp_path: Path):
    good = dovecot.certificates
    expired = make_certificates(dovecot.workspace.folder("expired"), days=1, not_before=datetime(2024, 1, 1, tzinfo=UTC))
    dovecot.stop()
    dovecot.use_certificates(expired)
    dovecot.start()
    try:
        with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
            imaplib.IMAP4_SSL("127.0.0.1", dovecot.imaps_port, ssl_context=dovecot.client_context(), timeout=20)
    finally:
        dovecot.stop()
        dovecot.use_certificates(good)
        dovecot.start()


@pytest.mark.parametrize(("lifetime", "accepted"), [(3600, True), (-60, False)])
def test_xoauth2_takes_a_valid_token_and_refuses_an_expired_one(dovecot: Dovecot, lifetime: float, accepted: bool):
    answer = f"user={DESK}\1auth=Bearer {dovecot.access_token(DESK, lifetime=lifetime)}\1\1".encode()
    with imaplib.IMAP4("127.0.0.1", dovecot.imap_port, timeout=20) as imap:
        try:
            imap.authenticate("XOAUTH2", lambda challenge: b"" if challenge else answer)
        except imaplib.IMAP4.error:
            assert not accepted
        else:
            assert accepted


def test_a_mail_can_be_put_in_with_the_time_it_was_received(dovecot: Dovecot):
    received = datetime(2024, 2, 29, 20, 59, 58, tzinfo=UTC)
    uid = dovecot.append(letter(), DESK, internaldate=received, flags=r"(\Seen)")
    with dovecot.session(DESK) as imap:
        imap.select("INBOX")
        _, [answer] = imap.uid("FETCH", str(uid), "(INTERNALDATE FLAGS)")
    assert b'"29-Feb-2024 20:59:58 +0000"' in answer
    assert rb"\Seen" in answer


def test_uidvalidity_can_change_and_mails_are_numbered_anew(dovecot: Dovecot):
    for subject in ("one", "two", "three"):
        dovecot.deliver(letter(subject), DESK)
    with dovecot.session(DESK) as imap:
        imap.select("INBOX")
        imap.uid("STORE", "1", "+FLAGS", r"(\Deleted)")
        imap.expunge()
    before = dovecot.uidvalidity(DESK)

    dovecot.set_uidvalidity(DESK, before + 1000)

    assert dovecot.uidvalidity(DESK) == before + 1000
    with dovecot.session(DESK) as imap:
        imap.select("INBOX")
        assert imap.uid("SEARCH", "ALL")[1] == [b"1 2"]
    dovecot.deliver(letter("four"), DESK)
    assert len(dovecot.messages(DESK)) == 3


def test_a_users_connections_can_be_cut(dovecot: Dovecot):
    with dovecot.session(DESK) as imap:
        imap.select("INBOX")
        assert dovecot.connections(DESK) == 1
        dovecot.kick(DESK)
        with pytest.raises(imaplib.IMAP4.abort):
            imap.noop()
        imap.shutdown()
        imap.state = "LOGOUT"


def test_dovecot_keeps_mails_and_uids_over_a_restart_and_a_crash(dovecot: Dovecot):
    dovecot.deliver(letter(), DESK)
    before = (dovecot.uidvalidity(DESK), dovecot.messages(DESK))

    dovecot.stop()
    with pytest.raises(ConnectionRefusedError):
        dovecot.uidvalidity(DESK)
    dovecot.start()
    assert (dovecot.uidvalidity(DESK), dovecot.messages(DESK)) == before

    dovecot.kill()
    dovecot.start()
    assert (dovecot.uidvalidity(DESK), dovecot.messages(DESK)) == before


def test_a_paused_dovecot_accepts_connections_and_says_nothing(dovecot: Dovecot):
    dovecot.pause()
    with pytest.raises(TimeoutError):
        imaplib.IMAP4("127.0.0.1", dovecot.imap_port, timeout=0.2)
    dovecot.resume()
    assert dovecot.messages(DESK) == []


def test_urls_name_login_password_port_and_authority(dovecot: Dovecot, mta: Mta):
    plain = urlsplit(dovecot.imap_url(DESK))
    assert (plain.scheme, unquote(plain.username), unquote(plain.password)) == ("imap", DESK, PASSWORD)
    assert (plain.hostname, plain.port, plain.path) == ("127.0.0.1", dovecot.imap_port, "/INBOX")
    assert re.fullmatch(r"imaps://.*/INBOX\?ca_file=.*ca\.pem", dovecot.imap_url(DESK, security="tls"))
    assert "?starttls=1&ca_file=" in mta.smtp_url(DESK, security="starttls")
    assert urlsplit(mta.smtp_url(DESK, security="tls")).port == mta.submissions_port


# -- PostgreSQL


async def test_a_fresh_database_takes_a_table(postgres_url: str):
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("CREATE TABLE ticket (number int PRIMARY KEY); INSERT INTO ticket VALUES (1)")
    assert await connection.fetchval("SELECT number FROM ticket") == 1
    await connection.close()


async def test_a_database_can_be_copied_from_a_template_and_dropped_while_in_use(postgres: Postgres, postgres_url: str):
    await postgres.execute("CREATE TABLE ticket ()", postgres_url.rsplit("/", 1)[1])
    copy = await postgres.create_database(postgres_url)
    connection = await asyncpg.connect(copy)
    assert await connection.fetchval("SELECT count(*) FROM ticket") == 0

    await postgres.drop_database(copy)

    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(copy)
    connection.terminate()


async def test_committed_rows_survive_a_crash_of_postgresql(postgres: Postgres, postgres_url: str):
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("CREATE TABLE ticket (number int)")
    await connection.execute("INSERT INTO ticket VALUES (1)")

    await asyncio.to_thread(postgres.kill)
    with pytest.raises(OSError):
        await asyncpg.connect(postgres_url)
    await asyncio.to_thread(postgres.start)

    connection.terminate()
    connection = await asyncpg.connect(postgres_url)
    assert await connection.fetchval("SELECT count(*) FROM ticket") == 1
    await connection.close()


# -- how it ends

START_AND_WAIT = """
from tests.servers.base import Workspace
from tests.servers.dovecot import Dovecot
workspace = Workspace()
server = Dovecot(workspace, ["desk@operator.test"])
server.start()
print(workspace.path, server.process.pid, workspace._reaper.pid, flush=True)
input()
"""


def start_elsewhere() -> tuple[subprocess.Popen[str], Path, psutil.Process, psutil.Process]:
    """A test run in another process: the process, its folder, its Dovecot, its reaper."""
    run = subprocess.Popen(
        [sys.executable, "-c", START_AND_WAIT],
        cwd=Path(__file__).parents[1],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    folder, server, reaper = run.stdout.readline().split()
    return run, Path(folder), psutil.Process(int(server)), psutil.Process(int(reaper))


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_a_run_killed_with_sigkill_leaves_no_server_and_no_folder():
    run, folder, server, _ = start_elsewhere()
    with run:
        assert folder.is_dir()
        children = server.children(recursive=True)
        run.kill()
    wait_until(lambda: all(map(gone, [server, *children])) and not folder.exists(), "the reaper")


def test_what_a_killed_run_and_its_killed_reaper_left_is_swept_by_the_next():
    run, folder, server, reaper = start_elsewhere()
    with run:
        sweep(folder.parent)
        assert folder.is_dir(), "a folder in use is not swept"
        children = server.children(recursive=True)
        reaper.kill()
        run.kill()
        run.wait()
    assert server.is_running()
    assert children

    sweep(folder.parent)

    wait_until(lambda: all(map(gone, [server, *children])), "the sweep")
    assert not folder.exists()


def test_a_workspace_leaves_nothing_behind_when_it_is_closed():
    workspace = Workspace()
    path = workspace.path
    assert path.parent == temporary_root()
    assert path.name.startswith(PREFIX)
    process = workspace.spawn(["/bin/sleep", "1000"], path / "log", signal.SIGTERM)
    workspace.close()
    wait_until(lambda: not path.exists(), "the folder to be removed")
    assert gone(process)


def test_a_server_that_cannot_start_says_why(workspace: Workspace):
    class Broken(Postgres):
        name = "broken"

    server = Broken(workspace)
    with (server.data / "postgresql.auto.conf").open("a") as settings:
        settings.write("no_such_setting = 1\n")
    with pytest.raises(ServerError, match="no_such_setting"):
        server.start()


def test_the_installer_says_nothing_when_everything_is_there():
    script = Path(__file__).parent / "servers" / "install.sh"
    done = subprocess.run(["sh", script], capture_output=True, text=True, check=False, env=os.environ)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
