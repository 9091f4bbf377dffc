"""Updates on their way in: stored before they are confirmed, whatever happens on the way."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiogram.methods import SetWebhook
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from bot import polling
from bot.polling import Polling, conversation_of, moment_of, poll, webhook_app
from desk.flow import inbound
from desk.record import received
from models import Inbound, InboundState
from tests.bot.bench import Bench
from tests.desk.people import THURSDAY


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(polling, "LONGEST_WAIT", 0.02)
    monkeypatch.setattr(polling, "TOKEN_WAIT", 0.02)


@asynccontextmanager
async def polled(bench: Bench, health: Polling | None = None) -> AsyncIterator[None]:
    """The real loop, beside the test."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(poll(bench.desk, bench.telegram.bot, stop, bench.now, health))
        try:
            yield
        finally:
            stop.set()


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(20):
        while not await condition():
            await asyncio.sleep(0.01)


async def stored(bench: Bench, count: int) -> None:
    async def there() -> bool:
        return await Inbound.all().count() >= count

    await until(there)


async def test_an_update_is_stored_with_the_key_of_its_order_and_the_date_of_its_message(bench: Bench) -> None:
    bench.people.say(bench.anna, "Здравствуйте")
    await bench.fetch()
    row = await Inbound.get()
    assert (row.channel, row.source) == ("telegram", f"telegram:{bench.telegram.bot.id}")
    assert row.conversation == f"tg:{bench.anna.id}"
    assert row.received_at == THURSDAY
    assert json.loads(await received.raw(bench.desk, row))["message"]["text"] == "Здравствуйте"


async def test_words_in_a_topic_are_ordered_by_the_topic(bench: Bench) -> None:
    topic = bench.people.create_topic(bench.group, "тема")
    bench.people.say(bench.boris, "раз", chat=bench.group, topic=topic)
    bench.people.say(bench.boris, "два", chat=bench.group)
    await bench.fetch()
    found = [row.conversation for row in await Inbound.all().order_by("id")][-2:]
    assert found == [f"staff:{bench.group.id}:{topic}", f"staff:{bench.group.id}:0"]


async def test_what_the_bot_did_itself_is_kept_and_costs_no_worker_a_turn(bench: Bench) -> None:
    bot = bench.telegram.bot.id
    chat = {"id": bench.group.id, "type": "supergroup"}
    made = {"message_id": 5, "date": 1, "chat": chat, "from": {"id": bot, "is_bot": True}, "forum_topic_created": {"name": "№ 1"}}
    await polling.store(bench.desk, bot, [{"update_id": 1, "message": made}], bench.now())
    row = await Inbound.get()
    assert (row.state, row.outcome, row.done_at) == (InboundState.DONE, "ignored", bench.now())
    assert json.loads(await received.raw(bench.desk, row))["message"] == made


@pytest.mark.parametrize(
    ("changed", "echo"),
    [
        ({}, True),
        ({"pinned_message": {"message_id": 3}}, True),
        ({"from": {"id": 7}}, False),  # a person did it
        ({"from": None}, False),
        ({"sender_chat": {"id": -5}}, False),  # somebody who speaks as a chat
        ({"chat": {"id": 7, "type": "private"}}, False),
        ({"chat": {"id": -2002}}, False),  # a group that is not ours
        ({"chat": "-1001"}, False),
        ({"migrate_to_chat_id": -1009}, False),  # the group has another id from now on
    ],
)
def test_only_what_the_bot_did_in_the_staff_group_is_its_echo(changed: dict[str, Any], echo: bool) -> None:
    message = {"chat": {"id": -1001}, "from": {"id": 42}} | changed
    assert polling.is_echo({"update_id": 1, "message": message}, -1001, 42) is echo
    assert not polling.is_echo({"update_id": 1, "message": message}, 0, 42)
    assert not polling.is_echo({"update_id": 1, "edited_message": message}, -1001, 42)


@pytest.mark.parametrize("update", [None, 5, [], {}, {"message": 3}, {"message": {"from": 1, "chat": None}}])
def test_what_is_no_message_is_no_echo(update: Any) -> None:
    assert not polling.is_echo(update, -1001, 42)


async def test_what_could_not_be_stored_is_not_confirmed_and_comes_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    real, failures = inbound.store_many, []

    async def failing(*args: Any) -> int:
        if len(failures) < 3:
            failures.append(1)
            raise OSError("the disk is full")
        return await real(*args)

    monkeypatch.setattr(inbound, "store_many", failing)
    bench.people.say(bench.anna, "Это не должно пропасть")
    async with polled(bench):
        await stored(bench, 1)
    assert len(failures) == 3
    assert await Inbound.all().count() == 1


async def test_a_proxys_page_a_cut_connection_and_a_flood_are_survived(bench: Bench) -> None:
    bench.server.faults.add("error", method="getUpdates", times=2)
    bench.server.faults.add("cut", method="getUpdates", times=2)
    bench.server.faults.add("flood", method="getUpdates", times=1, retry_after=1)
    bench.server.faults.add("refuse", method="getUpdates", times=1, status=500, description="Internal Server Error")
    bench.people.say(bench.anna, "раз")
    health = Polling()
    async with polled(bench, health):
        await stored(bench, 1)
        bench.people.say(bench.anna, "два")
        await stored(bench, 2)
    assert health.trouble == ""
    assert health.last_success == bench.now()


async def test_a_webhook_set_before_is_taken_away_and_its_updates_are_fetched(bench: Bench) -> None:
    await bench.telegram.bot(SetWebhook(url="https://127.0.0.1:1/nowhere"))
    bench.people.say(bench.anna, "раз")
    async with polled(bench):
        await stored(bench, 1)


async def test_a_wrong_token_is_said_and_tried_again_until_it_is_right(bench: Bench) -> None:
    bench.server.faults.add("refuse", method="getUpdates", times=2, status=401, description="Unauthorized")
    bench.people.say(bench.anna, "раз")
    seen: list[str] = []

    class Noting(Polling):
        def __setattr__(self, name: str, value: Any) -> None:
            if name == "trouble" and value:
                seen.append(value)
            super().__setattr__(name, value)

    async with polled(bench, Noting()):
        await stored(bench, 1)
    assert seen
    assert all("token" in one for one in seen)


async def test_the_order_to_stop_ends_a_long_poll_at_once(bench: Bench) -> None:
    async with asyncio.timeout(5):
        async with polled(bench):
            await until(lambda: _asked(bench))


async def _asked(bench: Bench) -> bool:
    return bool(bench.server.world.queues[bench.telegram.bot.id]._poller)


async def test_an_update_nobody_can_read_is_parked_alone(bench: Bench) -> None:
    bot = bench.world.bot
    bench.world.push_raw(bot, {"message": "nonsense"})
    bench.world.push_raw(bot, {"message": {"message_id": "x", "chat": 7}})
    bench.world.push_raw(bot, {"something_new": {"from": {"id": 1}}})
    bench.people.say(bench.anna, "А это важно")
    await bench.run()
    states = [row.state for row in await Inbound.all().order_by("id").limit(4)]
    assert states == [InboundState.PARKED, InboundState.PARKED, InboundState.DONE, InboundState.DONE]
    assert (await bench.outcomes())[3] == "opened"


async def test_numbers_that_start_anew_lower_are_still_taken(bench: Bench) -> None:
    bench.people.say(bench.anna, "До тишины")
    async with polled(bench):
        await stored(bench, 1)
        await until(lambda: _confirmed(bench))
        message = {
            "message_id": 900,
            "date": int(THURSDAY.timestamp()),
            "chat": {"id": bench.anna.id, "type": "private", "first_name": "Анна"},
            "from": {"id": bench.anna.id, "is_bot": False, "first_name": "Анна"},
            "text": "После недели тишины",
        }
        bench.world.push_raw(bench.world.bot, {"update_id": 7, "message": message})
        await stored(bench, 2)
    assert await Inbound.filter(position=7).exists()


async def _confirmed(bench: Bench) -> bool:
    return not bench.server.world.queues[bench.telegram.bot.id].waiting


async def test_a_number_used_before_by_another_update_hides_nothing(bench: Bench) -> None:
    bot = bench.telegram.bot
    first, second = {"update_id": 7, "message": {"text": "раз"}}, {"update_id": 7, "message": {"text": "два"}}
    for update in (first, second, second, first):
        await polling.store(bench.desk, bot.id, [update], bench.now())
    raw = [json.loads(await received.raw(bench.desk, row)) for row in await Inbound.all().order_by("id")]
    assert raw == [first, second]


@pytest.mark.parametrize("update", [None, 5, "текст", [], {}, {"update_id": "x"}, {"update_id": True}, {"update_id": 2**70}])
async def test_any_json_is_stored_once_even_without_a_number(bench: Bench, update: Any) -> None:
    for _ in range(2):
        assert await polling.store(bench.desk, 1, [update], bench.now()) is None
    row = await Inbound.get()
    assert json.loads(await received.raw(bench.desk, row)) == update
    assert row.conversation == "telegram"


def test_a_date_that_cannot_be_is_not_believed() -> None:
    for stamp in (10**18, -5, "вчера", None, True):
        assert moment_of({"message": {"date": stamp}}, THURSDAY) == THURSDAY


def test_a_tap_is_ordered_with_the_chat_of_its_message() -> None:
    update = {"callback_query": {"message": {"chat": {"id": -5}, "message_thread_id": 3, "is_topic_message": True}}}
    assert conversation_of(update, -5) == "staff:-5:3"
    assert conversation_of(update, -6) == "tg:-5"


async def test_a_webhook_answers_200_only_for_what_is_stored(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    app = webhook_app(bench.desk, bench.telegram.bot, path="/hook", secret="secret", timepiece=bench.now)
    server = TestServer(app)
    await server.start_server()
    try:
        async with ClientSession() as client:
            url = str(server.make_url("/hook"))
            update = {"update_id": 3, "message": {"text": "раз"}}
            assert (await client.post(url, json=update)).status == 401
            assert (await client.post(url, data=b"{", headers=_secret())).status == 400
            assert await Inbound.all().count() == 0
            assert (await client.post(url, json=update, headers=_secret())).status == 200
            assert await Inbound.all().count() == 1

            async def failing(*_args: Any) -> int:
                raise OSError("the disk is full")

            monkeypatch.setattr(inbound, "store_many", failing)
            assert (await client.post(url, json={"update_id": 4}, headers=_secret())).status == 500
    finally:
        await server.close()


def _secret() -> dict[str, str]:
    return {"X-Telegram-Bot-Api-Secret-Token": "secret"}
