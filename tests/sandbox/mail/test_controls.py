"""The mail sandbox over HTTP, as a page or a test in another process uses it."""

import asyncio
import base64
import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from sandbox.mail import MailServer, controls
from tests.sandbox.mail.conftest import sandbox_process
from tests.sandbox.mail.test_server import ANNA, DESK, letter

ROOT = "/sandbox/mail"


@pytest_asyncio.fixture
async def page(mail_sandbox: MailServer) -> AsyncIterator[TestClient]:
    app = web.Application()
    app.add_subapp(f"{ROOT}/", controls(mail_sandbox))
    async with TestClient(TestServer(app)) as client:
        yield client


async def get(page: TestClient, path: str):
    async with page.get(ROOT + path) as response:
        assert response.status == 200, await response.text()
        return await response.json()


async def post(page: TestClient, path: str, **body: object):
    async with page.post(ROOT + path, json=body) as response:
        assert response.status in (200, 201), await response.text()
        return await response.json()


async def test_a_letter_written_on_the_page_is_read_on_the_page(page: TestClient):
    sent = await post(
        page,
        "/messages",
        **{"from": f"Анна <{ANNA}>", "to": DESK, "subject": "Отзыв согласия", "text": "Прошу удалить.\n"},
        html="<p>Прошу удалить.</p>",
        in_reply_to="<0@operator.test>",
        attachments=[{"name": "паспорт.pdf", "type": "application/pdf", "base64": base64.b64encode(b"%PDF").decode()}],
    )
    assert sent["delivered"] == [{"address": DESK, "uid": 1}]

    [listed] = await get(page, f"/mailboxes/{DESK}/messages")
    assert (listed["uid"], listed["subject"], listed["from"]) == (1, "Отзыв согласия", f"Анна <{ANNA}>")
    assert listed["message_id"] == sent["message_id"]
    mail = await get(page, f"/mailboxes/{DESK}/messages/1")
    assert (mail["text"], mail["html"]) == ("Прошу удалить.\n", "<p>Прошу удалить.</p>\n")
    assert mail["in_reply_to"] == "<0@operator.test>"
    assert ["Return-Path", f"<{ANNA}>"] in mail["headers"]
    [attachment] = mail["attachments"]
    assert (attachment["name"], attachment["type"], attachment["size"]) == ("паспорт.pdf", "application/pdf", 4)
    async with page.get(f"{ROOT}/mailboxes/{DESK}/messages/1/attachments/{attachment['number']}") as response:
        assert await response.read() == b"%PDF"
        assert response.headers["Content-Disposition"].startswith("attachment;")
    assert await get(page, f"/mailboxes/{DESK}/messages?after=1") == []


@pytest.mark.parametrize(("forged", "verdict"), [(False, "dmarc=pass"), (True, "dmarc=fail")])
async def test_a_forged_letter_fails_sender_authentication(
    page: TestClient, mail_sandbox: MailServer, forged: bool, verdict: str
):
    await post(page, "/messages", **{"from": ANNA, "to": DESK, "subject": "x", "forged": forged})
    [raw] = mail_sandbox.messages(DESK)
    assert f"Authentication-Results: mx.sandbox.test; spf={'fail' if forged else 'pass'}".encode() in raw
    assert verdict.encode() in raw


async def test_a_raw_mail_goes_in_and_comes_out_as_it_is(page: TestClient):
    broken = b"From: \xff\xfe\nSubject: =?utf-9?b?!!!?=\nContent-Type: text/plain; charset=no-such\n\n\xd0\x9f\n"
    await post(page, "/messages", raw_base64=base64.b64encode(broken).decode(), to=DESK)
    async with page.get(f"{ROOT}/mailboxes/{DESK}/messages/1/raw") as response:
        assert (await response.read()).endswith(broken.replace(b"\n", b"\r\n"))
    assert (await get(page, f"/mailboxes/{DESK}/messages/1"))["text"] == "П\n"


async def test_mailboxes_tell_their_urls_and_counts(page: TestClient, mail_sandbox: MailServer):
    await post(page, "/mailboxes", address=ANNA)
    await mail_sandbox.deliver(letter(), DESK)
    anna, desk = await get(page, "/mailboxes")
    assert (anna["address"], anna["folders"][0]["messages"]) == (ANNA, 0)
    assert desk["imap_url"] == mail_sandbox.imap_url(DESK)
    assert desk["smtp_url"] == mail_sandbox.smtp_url(DESK)
    assert (desk["folders"][0]["name"], desk["folders"][0]["unseen"]) == ("INBOX", 1)
    overview = await get(page, "/")
    assert overview["addresses"] == [ANNA, DESK]
    assert overview["last_event"] == 1


async def test_a_mailbox_is_emptied_and_renumbered(page: TestClient, mail_sandbox: MailServer):
    await mail_sandbox.deliver(letter(), DESK)
    async with page.delete(f"{ROOT}/mailboxes/{DESK}/messages") as response:
        assert response.status == 200
    assert mail_sandbox.messages(DESK) == []
    assert (await post(page, f"/mailboxes/{DESK}/renumber", uidvalidity=7)) == {"uidvalidity": 7}


async def read_event(stream: aiohttp.ClientResponse) -> dict[str, object]:
    while not (line := await stream.content.readline()).startswith(b"data: "):
        assert line, "the stream ended"
    return json.loads(line[6:])


async def test_arrivals_are_told_as_they_happen_and_again_to_who_comes_back(page: TestClient, mail_sandbox: MailServer):
    async with page.get(f"{ROOT}/events") as stream:
        await mail_sandbox.deliver(letter(), DESK)
        first = await read_event(stream)
        await mail_sandbox.deliver(letter(), ANNA)
        second = await read_event(stream)
    assert first == {"seq": 1, "address": DESK, "folder": "INBOX", "uid": 1}
    assert second["address"] == ANNA
    async with page.get(f"{ROOT}/events", headers={"Last-Event-ID": "1"}) as stream:
        assert await read_event(stream) == second


async def test_faults_are_set_seen_and_lifted(page: TestClient, mail_sandbox: MailServer):
    fault = await post(page, "/faults", service="imap", kind="refuse")
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", mail_sandbox.imap_port)
    assert await get(page, "/faults") == [fault]
    async with page.delete(f"{ROOT}/faults?id={fault['id']}") as response:
        assert response.status == 200
    assert await get(page, "/faults") == []
    _, writer = await asyncio.open_connection("127.0.0.1", mail_sandbox.imap_port)
    assert await post(page, "/cut", service="imap") == {"ok": True}
    writer.close()


@pytest.mark.parametrize(
    ("path", "body", "complaint"),
    [
        ("/faults", {"service": "imap", "kind": "explode"}, "no fault 'explode'"),
        ("/faults", {"service": "imap", "kind": "drop", "wheels": 4}, "a fault has no wheels"),
        ("/faults", {"service": "imap", "kind": "drop", "times": "many"}, '"times" is a number'),
        ("/messages", {"from": ANNA, "subject": "x"}, "nobody to send it to"),
        ("/messages", {"from": ANNA, "to": "x@far.test"}, "not of a domain of the sandbox"),
        ("/messages", {"from": ANNA, "to": DESK, "attachments": [{"name": "a", "base64": "?"}]}, "not base64"),
        ("/messages", {"from": 7}, '"from" is a text'),
        ("/mailboxes", {}, '"address" is missing'),
    ],
)
async def test_a_mistake_is_answered_with_a_sentence(page: TestClient, path: str, body: dict[str, object], complaint: str):
    async with page.post(ROOT + path, json=body) as response:
        assert response.status == 400
        assert complaint in (await response.json())["error"]


async def test_pages_of_other_sites_cannot_control_the_sandbox(page: TestClient):
    async with page.get(f"{ROOT}/mailboxes", headers={"Origin": "https://elsewhere.test"}) as response:
        assert response.status == 403
    async with page.post(f"{ROOT}/messages", data="{}", headers={"Content-Type": "text/plain"}) as response:
        assert response.status == 415


# -- a process of its own


async def in_process(controls_url: str, address: str) -> list[dict[str, object]]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{controls_url}mailboxes/{address}/messages") as response,
    ):
        return await response.json()


async def test_a_sandbox_process_keeps_its_mail_over_sigkill(tmp_path: Path):
    with sandbox_process("--state-dir", str(tmp_path)) as elsewhere:
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{elsewhere.controls}messages", json={"from": ANNA, "to": DESK, "subject": "x"}) as response,
        ):
            assert response.status == 201
        before = await in_process(elsewhere.controls, DESK)
        elsewhere.process.kill()
        elsewhere.process.wait()
    with sandbox_process("--state-dir", str(tmp_path)) as elsewhere:
        assert await in_process(elsewhere.controls, DESK) == before
        assert len(before) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_sandbox_process_ends_cleanly(number: signal.Signals):
    with sandbox_process() as elsewhere:
        elsewhere.process.send_signal(number)
        assert elsewhere.process.wait(timeout=20) == 0
