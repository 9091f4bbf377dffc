"""The sandbox's own HTTP side, as another process would use it."""

import asyncio
import base64
import json

import pytest
from aiohttp import web

from sandbox.telegram.controls import add_control_routes
from tests.sandbox.telegram.conftest import png


@pytest.fixture
async def control(server, session):
    async def control(verb, path, **body):
        async with session.request(verb, f"{server.url}/sandbox{path}", json=body or None) as response:
            answer = await response.json()
            return answer.get("result", answer)

    return control


async def test_a_story_is_played_from_outside(server, api, control):
    anna = await control("POST", "/people", first_name="Anna", language_code="en")
    clara = await control("POST", "/people", first_name="Clara")
    desk = await control("POST", "/groups", title="Desk", forum=True, owner=clara["id"])
    await control("POST", "/act/start", person=anna["id"], payload="x")
    said = await control("POST", "/act/say", person=anna["id"], text="Withdraw **please**")
    assert said["text"] == "Withdraw **please**"
    file = base64.b64encode(b"data").decode()
    await control("POST", "/act/send", person=anna["id"], kind="document", data=file, name="a.txt")
    picture = base64.b64encode(png()).decode()
    items = [{"kind": "photo", "data": picture}, {"kind": "photo", "data": picture, "caption": "two"}]
    album = await control("POST", "/act/send_album", person=anna["id"], items=items)
    assert len(album) == 2
    topic = await control("POST", "/act/create_topic", chat=desk["id"], name="by hand")
    await control("POST", "/act/say", person=clara["id"], chat=desk["id"], topic=topic, text="note")
    updates = await api.updates()
    assert [u["message"].get("text") for u in updates] == ["/start x", "Withdraw **please**", None, None, None, None, "note"]
    seen = await control("GET", f"/chats/{anna['id']}/messages")
    assert [m.get("text") or m.get("caption") for m in seen["messages"]] == ["/start x", "Withdraw **please**", None, None, "two"]
    in_topic = await control("GET", f"/chats/{desk['id']}/messages?topic={topic}")
    assert [m["topic_id"] for m in in_topic["messages"]] == [topic, topic]
    world = await control("GET", "")
    assert {c["type"] for c in world["chats"]} == {"private", "supergroup"}


async def test_a_tap_may_wait_for_the_answer(server, api, control, anna):
    markup = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}
    sent = await api("sendMessage", chat_id=anna.id, text="Sure?", reply_markup=markup)
    pressing = asyncio.create_task(
        control("POST", "/act/press", person=anna.id, message=sent["message_id"], button="Yes", wait=10)
    )
    (update,) = await api("getUpdates", timeout=10)
    await api("answerCallbackQuery", callback_query_id=update["callback_query"]["id"], text="Noted")
    answer = await pressing
    assert (answer["answered"], answer["text"]) == (True, "Noted")
    assert await control("GET", f"/callbacks/{answer['callback_id']}") == answer


async def test_people_see_edits_pins_deletions_and_keyboards(server, api, control, anna):
    sent = await api("sendMessage", chat_id=anna.id, text="one")
    await api("editMessageText", chat_id=anna.id, message_id=sent["message_id"], text="two")
    await api("pinChatMessage", chat_id=anna.id, message_id=sent["message_id"])
    said = server.people.say(anna, "re", reply_to=sent["message_id"])
    server.people.delete(anna, said)
    keyboard = {"keyboard": [[{"text": "A"}]]}
    await api("sendMessage", chat_id=anna.id, text="keys", reply_markup=keyboard)
    seen = await control("GET", f"/chats/{anna.id}/messages?deleted=1")
    edited = next(m for m in seen["messages"] if m["message_id"] == sent["message_id"])
    assert [v["content"]["text"] for v in edited["versions"]] == ["one"]
    assert edited["pinned"] is True
    gone = next(m for m in seen["messages"] if m["message_id"] == said.id)
    assert (gone["deleted"], gone["reply_preview"]["text"]) == (True, "two")
    assert seen["reply_keyboard"] == keyboard


async def test_files_are_shown_but_never_as_pages(server, control, session, anna):
    message = server.people.send(anna, "document", b"<script>1</script>", name="x.html")
    async with session.get(f"{server.url}/sandbox/files/{message.content['document']['file_id']}") as response:
        assert await response.read() == b"<script>1</script>"
        assert "sandbox" in response.headers["Content-Security-Policy"]


async def test_events_are_followed_live_and_from_the_past(server, session, anna):
    async def read(stream, count):
        events = []
        async for line in stream.content:
            if line.startswith(b"data: "):
                events.append(json.loads(line[6:]))
                if len(events) == count:
                    return events
        return events

    mark = server.world.events.last
    server.people.say(anna, "before")
    async with session.get(f"{server.url}/sandbox/events?after={mark}") as stream:
        (past,) = await read(stream, 1)
        assert (past["event"], past["chat_id"], past["from_id"]) == ("message", anna.id, anna.id)
        assert past["message"]["text"] == "before"
        server.people.say(anna, "live")
        (live,) = await read(stream, 1)
        assert live["seq"] == past["seq"] + 1
    headers = {"Last-Event-ID": str(past["seq"])}
    async with session.get(f"{server.url}/sandbox/events", headers=headers) as stream:
        assert await read(stream, 1) == [live]


async def test_faults_settings_and_poison_from_outside(server, api, control, anna):
    await control("POST", "/faults", kind="flood", method="getMe", times=1, retry_after=3)
    assert (await control("GET", "/faults"))[0]["kind"] == "flood"
    assert (await api.raw("getMe"))["parameters"] == {"retry_after": 3}
    assert await control("GET", "/faults") == []
    await control("POST", "/faults", kind="error", seconds=60)
    assert await control("DELETE", "/faults") == []
    await control("POST", "/settings", enforce_limits=True, clock_offset=3600)
    assert server.limits.enforced
    assert server.world.clock_offset == 3600
    await control("POST", "/updates", update={"strange": True})
    (update,) = await api.updates()
    assert update["strange"] is True


async def test_violations_and_calls_are_read_and_forgotten(server, api, control, anna):
    await api("sendMessage", chat_id=anna.id, text="x", shout=True)
    assert await control("GET", "/violations") == ["sendMessage: shout: unknown parameter of sendMessage"]
    assert (await control("GET", "/calls?method=sendmessage"))[0]["params"]["text"] == "x"
    assert await control("DELETE", "/violations") == []


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/act/dance", {"person": 1}, "There is no act 'dance'"),
        ("/act/say", {"person": 1, "text": "x"}, "There is no person 1"),
        ("/act/say", {"text": "x"}, "missing a required argument: 'person'"),
        ("/act/_put", {"person": 1}, "There is no act '_put'"),
        ("/people", {"name": "x"}, "missing a required argument: 'first_name'"),
        ("/faults", {"kind": "meteor"}, "Unknown kind of fault"),
        ("/settings", {"speed": 1}, "There is no setting 'speed'"),
        ("/updates", {"update": 5}, "An object under the key update"),
    ],
)
async def test_mistakes_are_answered_with_a_sentence(server, session, path, body, words):
    async with session.post(f"{server.url}/sandbox{path}", json=body) as response:
        assert response.status == 400
        assert words in (await response.json())["error"]


async def test_pages_of_other_sites_control_nothing(server, session):
    url = f"{server.url}/sandbox/people"
    async with session.post(url, json={"first_name": "M"}, headers={"Origin": "https://evil.example"}) as response:
        assert response.status == 403
    async with session.post(url, data='{"first_name":"M"}', headers={"Content-Type": "text/plain"}) as response:
        assert response.status == 415
    assert server.world.people == {}


async def test_a_foreign_name_for_loopback_controls_nothing(server, session):
    async with session.get(f"{server.url}/sandbox", headers={"Host": "evil.example"}) as response:
        assert response.status == 403


async def test_a_page_may_carry_the_controls_itself(server, session):
    app = web.Application()
    add_control_routes(app, server)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    page = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
    async with session.post(f"{page}/sandbox/people", json={"first_name": "Anna"}, headers={"Origin": page}) as response:
        assert response.status == 200
    await runner.cleanup()
    assert [p.first_name for p in server.world.people.values()] == ["Anna"]
