"""The demo as a process: one address, a state that lasts, a clean end."""

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.demo.playing import Demo, demo

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
PATIENCE = 30.0


class Visitor:
    """A page without a browser: the same requests."""

    def __init__(self, session: aiohttp.ClientSession, running: Demo) -> None:
        self._session, self._url = session, running.url

    async def get(self, path: str) -> Any:
        async with self._session.get(self._url + path) as answer:
            return await answer.json()

    async def post(self, path: str, body: dict[str, Any] | None = None, **headers: str) -> tuple[int, Any]:
        async with self._session.post(self._url + path, json=body or {}, headers=headers) as answer:
            return answer.status, await answer.json()

    async def until(self, path: str, true: Any, what: str) -> Any:
        async with asyncio.timeout(PATIENCE):
            while not true(found := await self.get(path)):
                await asyncio.sleep(0.05)
        return found


@pytest.mark.timeout(300)  # three starts, each importing everything
async def test_the_state_outlives_ctrl_c_and_fresh_forgets_it(tmp_path: Path) -> None:
    async with aiohttp.ClientSession() as session:
        async with demo(tmp_path) as first:
            visitor = Visitor(session, first)
            await visitor.post("page/examples/withdrawal")
            await visitor.until("page/about", lambda about: about["state"]["progress"]["tickets"] == 1, "the ticket")
            await visitor.post("page/clock", {"days": 2})
            # A page that follows the events does not keep the demo from ending.
            async with session.get(first.url + "page/events") as events:
                assert (await events.content.readline()).startswith(b"event: hello")
                assert await first.interrupt() == 0
        async with demo(tmp_path) as second:
            visitor = Visitor(session, second)
            about = await visitor.until("page/about", lambda about: about["state"]["ready"], "the desk")
            assert about["state"]["progress"]["tickets"] == 1
            assert about["state"]["offset"] >= 2 * 24 * 3600
            letters = await visitor.until("sandbox/mail/mailboxes/anna@people.example/messages", bool, "Anna's mailbox")
            assert len(letters) == 1
            assert await second.interrupt() == 0
        async with demo(tmp_path, "--fresh") as third:
            again = await Visitor(session, third).until("page/about", lambda about: about["state"]["ready"], "the desk")
            assert again["state"]["progress"]["tickets"] == 0
            assert again["state"]["offset"] == 0
            assert again["run"] != about["run"]


async def test_what_a_robot_and_a_forger_send_does_no_harm(running: Demo) -> None:
    async with aiohttp.ClientSession() as session:
        visitor = Visitor(session, running)
        await visitor.post("page/examples/withdrawal")
        await visitor.until("page/about", lambda about: about["state"]["progress"]["tickets"] == 1, "the ticket")
        await visitor.post("page/examples/away")
        told = await visitor.until("page/about", lambda about: _settled(about, 2), "the robot's letter")
        assert told["state"]["progress"]["tickets"] == 1
        assert await visitor.get("sandbox/mail/mailboxes/ivan@people.example/messages") == []
        await visitor.post("page/examples/broken")
        await visitor.until("page/about", lambda about: about["state"]["progress"]["tickets"] == 2, "the broken mail")
        await visitor.post("page/examples/forged")
        told = await visitor.until("page/about", lambda about: _settled(about, 4), "the forged letter")
        assert (told["state"]["timeline"]["ticket"] or {}).get("number") != 1
        letters = await visitor.get("sandbox/mail/mailboxes/mallory@forgers.example/messages")
        assert all("Смирнова" not in json.dumps(one, ensure_ascii=False) for one in letters if "RD-1-" in one["subject"])


def _settled(about: dict[str, Any], source: int) -> bool:
    timeline = about["state"]["timeline"]
    return bool(timeline) and timeline["source"]["id"] >= source and timeline["source"]["state"] == "done"


async def test_pages_of_others_cannot_play_the_demo(running: Demo) -> None:
    async with aiohttp.ClientSession() as session:
        visitor = Visitor(session, running)
        for path in ("page/clock", "page/letters", "page/faults", "sandbox/act/say", "sandbox/mail/messages"):
            assert (await visitor.post(path, {"days": 1}, Origin="http://evil.example"))[0] == 403
            assert (await visitor.post(path, {"days": 1}, Host="evil.example"))[0] == 403
            async with session.post(running.url + path, data="{}", headers={"Content-Type": "text/plain"}) as answer:
                assert answer.status == 415
        async with session.get(running.url) as answer:
            assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
            assert "http://" not in await answer.text()


@pytest.mark.parametrize(
    "how",
    [{"days": -1}, {"days": "soon"}, {"hours": 1e9}, {"to": "yesterday"}, {"hours": "nan"}],
    ids=lambda how: json.dumps(how),
)
async def test_a_clock_that_cannot_be_moved_so_says_why(running: Demo, how: dict[str, Any]) -> None:
    async with aiohttp.ClientSession() as session:
        status, said = await Visitor(session, running).post("page/clock", how)
        assert status == 400
        assert said["error"].endswith(".")
