"""The sandbox's page without the desk: what it lets through, what it breaks and mends, how letters are shown."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from sandbox.mail import MailServer
from sandbox.page import PageError, application
from sandbox.telegram import TelegramServer


class Hooks:
    """A product that has nothing to show but a clock."""

    def __init__(self) -> None:
        self.moved: list[Any] = []

    def about(self) -> dict[str, Any]:
        return {"title": "A product"}

    async def state(self) -> dict[str, Any]:
        return {"moved": len(self.moved)}

    async def move(self, how: dict[str, Any]) -> dict[str, Any]:
        if "days" not in how:
            raise PageError("Say how many days.")
        self.moved.append(how)
        return await self.state()

    async def example(self, name: str, person: int | None) -> dict[str, Any]:
        return {"name": name, "person": person}


class Stage:
    def __init__(self, client: TestClient[Any, Any], telegram: TelegramServer, mail: MailServer) -> None:
        self.client, self.telegram, self.mail = client, telegram, mail

    async def post(self, path: str, **body: Any) -> ClientResponse:
        return await self.client.post(path, json=body)


@pytest_asyncio.fixture
async def stage() -> AsyncIterator[Stage]:
    telegram, mail = TelegramServer(), MailServer(["*"])
    await telegram.start()
    await mail.start()
    async with TestClient(TestServer(application(telegram, mail, Hooks()))) as client:
        yield Stage(client, telegram, mail)
    await mail.stop()
    await telegram.stop()


async def test_a_refusal_of_the_product_is_a_sentence(stage: Stage) -> None:
    answer = await stage.post("/page/clock")
    assert (answer.status, await answer.json()) == (400, {"error": "Say how many days."})


async def test_what_is_not_a_json_object_is_refused(stage: Stage) -> None:
    for words in ("", "[]", "{", "1"):
        answer = await stage.client.post("/page/faults", data=words, headers={"Content-Type": "application/json"})
        assert answer.status == 400


async def test_a_letter_is_delivered_and_a_copy_kept_among_the_sent(stage: Stage) -> None:
    answer = await stage.post(
        "/page/letters", **{"from": "Anna <anna@people.test>", "to": ["desk@desk.test"], "subject": "Hi", "text": "x"}
    )
    assert (await answer.json())["folder"] == "Sent"
    assert len(stage.mail.messages("desk@desk.test")) == 1
    assert b"spf=pass" in stage.mail.messages("desk@desk.test")[0]
    assert len(stage.mail.messages("anna@people.test", "Sent")) == 1
    assert stage.mail.messages("anna@people.test") == []


async def test_the_html_of_a_letter_comes_without_rights(stage: Stage) -> None:
    letter = {"from": "m@forgers.test", "to": ["anna@people.test"], "text": "x", "html": "<script>alert(1)</script>"}
    await stage.post("/page/letters", **letter)
    answer = await stage.client.get("/page/html/anna@people.test/INBOX/1")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert (await stage.client.get("/page/html/anna@people.test/INBOX/99")).status == 400


async def test_a_service_is_broken_and_mended_by_hand(stage: Stage) -> None:
    for service in ("telegram", "imap", "smtp"):
        assert (await stage.post("/page/faults", service=service, name="outage")).status == 201
    assert stage.telegram.faults.outage
    assert len(stage.mail.faults.active) == 2
    shown = (await (await stage.client.get("/page/faults")).json())["faults"]
    assert [(one["service"], one["seconds_left"]) for one in shown] == [("telegram", None), ("imap", None), ("smtp", None)]
    await stage.client.delete(f"/page/faults?id={shown[1]['id']}")
    assert [fault.service for fault in stage.mail.faults.active] == ["smtp"]
    await stage.client.delete("/page/faults")
    assert not stage.telegram.faults.outage
    assert not stage.mail.faults.active


async def test_a_broken_service_mends_itself_when_its_time_is_over(stage: Stage) -> None:
    async with stage.client.get("/page/events") as events:
        await stage.post("/page/faults", service="smtp", name="reject", seconds=0.05)
        broken = await _event(events, "faults")
        assert [one["name"] for one in broken["faults"]] == ["reject"]
        assert (await _event(events, "faults"))["faults"] == []
    assert not stage.mail.faults.active


async def test_every_fault_the_page_offers_can_be_had(stage: Stage) -> None:
    about = await (await stage.client.get("/page/about")).json()
    for service, names in about["breakable"].items():
        for name in names:
            assert (await stage.post("/page/faults", service=service, name=name, seconds=1)).status == 201
    for wrong in ({"service": "fax", "name": "outage"}, {"service": "imap", "name": "bounce"}, {"service": "imap"}):
        assert (await stage.post("/page/faults", **wrong)).status == 400
    for seconds in (0, -1, 1e9, "long"):
        assert (await stage.post("/page/faults", service="imap", name="outage", seconds=seconds)).status == 400


async def test_what_happens_is_told_at_once(stage: Stage) -> None:
    anna = stage.telegram.world.add_person("Anna")
    async with stage.client.get("/page/events") as events:
        await _event(events, "hello")
        await _event(events, "state")
        stage.telegram.people.start(anna)
        told = await _event(events, "telegram")
        assert (told["event"], told["message"]["text"]) == ("message", "/start")
        await stage.post("/page/letters", **{"from": "a@people.test", "to": ["b@people.test"], "text": "x"})
        assert (await _event(events, "mail"))["address"] == "b@people.test"
        await stage.post("/page/clock", days=1)
        assert await _event(events, "state") == {"moved": 1}


async def _event(events: ClientResponse, wanted: str) -> Any:
    """The data of the next event of this name."""
    async with asyncio.timeout(10):
        while True:
            line = (await events.content.readline()).decode()
            assert line, "the stream ended"
            if line.strip() == f"event: {wanted}":
                return json.loads((await events.content.readline()).decode().removeprefix("data: "))
