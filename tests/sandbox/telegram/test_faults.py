"""Faults on demand."""

import asyncio

import aiohttp
import pytest

from sandbox.telegram.errors import ControlError
from sandbox.telegram.faults import Faults


def sent(server, anna):
    chat = server.world.private_chat(server.world.bot, anna)
    return [m.content["text"] for m in chat.messages.values() if m.sender_id == server.world.bot.id]


async def test_a_gateway_answers_with_html(server, api, anna):
    server.faults.add("error", status=502, times=2)
    for _ in range(2):
        async with api.session.get(f"{server.url}/bot{server.token}/getMe") as response:
            assert response.status == 502
            assert response.content_type == "text/html"
            assert "502 Bad Gateway" in await response.text()
    assert await api("getMe")


async def test_a_fault_concerns_its_method_only(server, api, anna):
    fault = server.faults.add("refuse", method="sendmessage", description="Bad Request: no", status=400)
    assert await api.error("sendMessage", chat_id=anna.id, text="x") == "400 Bad Request: no"
    assert await api("getMe")
    server.faults.lift(fault)
    await api("sendMessage", chat_id=anna.id, text="x")


async def test_a_flood_tells_how_long_to_wait(server, api, anna):
    server.faults.add("flood", retry_after=7, times=1)
    body = await api.raw("sendMessage", chat_id=anna.id, text="x")
    assert body["parameters"] == {"retry_after": 7}


async def test_a_lost_answer_is_an_act_that_was_done(server, api, anna):
    server.faults.add("lost_answer", method="sendMessage", times=1)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await api("sendMessage", chat_id=anna.id, text="done")
    assert sent(server, anna) == ["done"]


async def test_a_cut_connection_is_an_act_that_was_not_done(server, api, anna):
    server.faults.add("cut", method="sendMessage", times=1)
    with pytest.raises(aiohttp.ClientConnectionError):
        await api("sendMessage", chat_id=anna.id, text="never")
    assert sent(server, anna) == []


async def test_a_timeout_is_no_answer_ever(server, api, anna):
    fault = server.faults.add("timeout", method="sendMessage")
    url = f"{server.url}/bot{server.token}/sendMessage"
    with pytest.raises(TimeoutError):
        await api.session.post(url, json={"chat_id": anna.id, "text": "x"}, timeout=aiohttp.ClientTimeout(total=0.3))
    server.faults.lift(fault)
    assert sent(server, anna) == []


async def test_a_slow_answer_comes(server, api, anna):
    server.faults.add("slow", delay=0.01, times=1)
    assert (await api("sendMessage", chat_id=anna.id, text="late"))["text"] == "late"


async def test_an_outage_cuts_long_polls_and_everything_after(server, api, anna):
    poll = asyncio.create_task(api("getUpdates", timeout=50))
    while server.world.queues[server.world.bot.id]._poller is None:
        await asyncio.sleep(0)
    server.faults.add("outage")
    with pytest.raises(aiohttp.ClientConnectionError):
        await poll
    with pytest.raises(aiohttp.ClientConnectionError):
        await api("getMe")
    async with api.session.get(f"{server.url}/sandbox") as response:
        assert response.status == 200
    server.faults.lift()
    assert await api("getMe")


async def test_connections_can_be_refused_and_accepted_again_on_the_same_port(server, api, anna):
    url = server.url
    await server.refuse_connections()
    with pytest.raises(aiohttp.ClientConnectionError):
        async with aiohttp.ClientSession() as fresh:
            await fresh.get(f"{url}/bot{server.token}/getMe")
    await server.accept_connections()
    assert server.url == url
    assert await api("getMe")


async def test_downloads_fail_too(server, api, anna):
    message = server.people.send(anna, "document", b"data")
    path = (await api("getFile", file_id=message.content["document"]["file_id"]))["file_path"]
    url = f"{server.url}/file/bot{server.token}/{path}"
    server.faults.add("error", method="file", status=500, times=1)
    async with api.session.get(url) as response:
        assert response.status == 500
    async with api.session.get(url) as response:
        assert await response.read() == b"data"
    async with api.session.get(f"{server.url}/file/bot{server.token}/documents/none") as response:
        assert response.status == 404


def test_a_fault_ends_with_its_time():
    now = [0.0]
    faults = Faults(timepiece=lambda: now[0])
    faults.add("error", seconds=10)
    assert faults.strike("getMe") is not None
    now[0] = 10.0
    assert faults.strike("getMe") is None


def test_unknown_faults_are_mistakes():
    with pytest.raises(ControlError, match="Unknown kind"):
        Faults().add("meteor")
    with pytest.raises(ControlError, match="no such setting"):
        Faults().add("error", colour="red")


async def test_refused_connections_are_over_by_themselves_when_asked_from_outside(server, api, anna):
    async with api.session.post(f"{server.url}/sandbox/faults", json={"kind": "refused", "seconds": 0.2}) as response:
        assert response.status == 200
    with pytest.raises(aiohttp.ClientConnectionError):
        await api("getMe")
    await server._reopening
    assert await api("getMe")


async def test_a_webhook_is_not_reached_in_an_outage(server, api, anna):
    from tests.sandbox.telegram.test_updates import Hook, texts

    async with Hook() as hook:
        await api("setWebhook", url=hook.url)
        server.faults.add("outage")
        server.people.say(anna, "held back")
        server.faults.lift()
        server.people.say(anna, "and after")
        await hook.wait(2)
        assert texts([update for _, update in hook.seen]) == ["held back", "and after"]
        await api("deleteWebhook")
