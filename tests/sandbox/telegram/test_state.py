"""The world survives a restart when it has a directory; and the server runs as a process of its own."""

import asyncio
import signal
import sys

import aiohttp

from sandbox.telegram import TelegramServer
from tests.sandbox.telegram.conftest import Api, png


async def test_everything_is_there_after_a_restart(tmp_path, session):
    server = TelegramServer(state_dir=tmp_path)
    await server.start()
    api = Api(server, session)
    anna = server.world.add_person("Anna")
    clara = server.world.add_person("Clara")
    desk = server.world.add_group("Desk", forum=True, owner=clara)
    server.people.start(anna)
    topic = (await api("createForumTopic", chat_id=desk.id, name="№ 1"))["message_thread_id"]
    await api("setMyCommands", commands=[{"command": "take", "description": "Take"}])
    await api("getUpdates", allowed_updates=["message", "callback_query"])
    await api.updates()
    markup = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}
    sent = await api("sendMessage", chat_id=anna.id, text="one", reply_markup=markup)
    await api("editMessageText", chat_id=anna.id, message_id=sent["message_id"], text="two", reply_markup=markup)
    photo = server.people.send(anna, "photo", png(), caption="look")
    press = server.people.press(anna, sent["message_id"], "Yes")
    waiting = await api("getUpdates")
    await server.stop()

    again = TelegramServer(state_dir=tmp_path)
    await again.start()
    api = Api(again, session)
    assert await api("getUpdates") == waiting
    assert again.world.people == server.world.people
    assert again.world.chats == server.world.chats
    assert again.world.bots == server.world.bots
    assert await api("getMyCommands") == [{"command": "take", "description": "Take"}]
    await api("sendMessage", chat_id=desk.id, message_thread_id=topic, text="goes on")
    await api("answerCallbackQuery", callback_query_id=press.id)
    again_sent = await api("sendPhoto", chat_id=anna.id, photo=photo.content["photo"][0]["file_id"])
    file = await api("getFile", file_id=again_sent["photo"][-1]["file_id"])
    async with session.get(f"{again.url}/file/bot{again.token}/{file['file_path']}") as response:
        assert await response.read() == png()
    await api.updates()
    said = again.people.say(anna.id, "after")
    (update,) = await api("getUpdates")
    assert update["update_id"] == waiting[-1]["update_id"] + 1
    assert said.id > photo.id
    await again.stop()
    assert server.violations + again.violations == []


async def test_confirmed_updates_do_not_come_back(tmp_path, session):
    server = TelegramServer(state_dir=tmp_path)
    await server.start()
    anna = server.world.add_person("Anna")
    server.people.start(anna)
    assert len(await Api(server, session).updates()) == 1
    await server.stop()
    again = TelegramServer(state_dir=tmp_path)
    await again.start()
    assert await Api(again, session)("getUpdates") == []
    await again.stop()


async def test_it_runs_as_a_process_of_its_own_and_stops_gracefully(tmp_path):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox.telegram", "--port", "0", "--state", str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().strip()
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{url}/sandbox/people", json={"first_name": "Anna"}) as response:
            assert response.status == 200
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    again = TelegramServer(state_dir=tmp_path)
    assert [p.first_name for p in again.world.people.values()] == ["Anna"]
    await again.start()
    await again.stop()


async def test_a_kept_bot_may_get_a_new_token(tmp_path):
    server = TelegramServer(f"123456:{'a' * 30}", state_dir=tmp_path)
    await server.start()
    await server.stop()
    again = TelegramServer(f"123456:{'b' * 30}", state_dir=tmp_path)
    assert [bot.token[-1] for bot in again.world.bots.values()] == ["b"]
    await again.start()
    await again.stop()
