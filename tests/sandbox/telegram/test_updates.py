"""Long polling and webhooks."""

import asyncio
import json

from aiohttp import web

from tests.sandbox.telegram.conftest import Api


def texts(updates):
    return [u["message"]["text"] for u in updates]


async def test_updates_stay_until_they_are_confirmed(server, api, anna):
    server.people.say(anna, "one")
    server.people.say(anna, "two")
    first = await api("getUpdates")
    assert texts(first) == ["one", "two"]
    assert first[1]["update_id"] == first[0]["update_id"] + 1
    assert await api("getUpdates") == first
    assert await api("getUpdates", offset=first[1]["update_id"]) == first[1:]
    assert await api("getUpdates", offset=first[1]["update_id"] + 1) == []


async def test_a_negative_offset_keeps_only_the_last(server, api, anna):
    for word in ("one", "two", "three"):
        server.people.say(anna, word)
    assert texts(await api("getUpdates", offset=-2)) == ["two", "three"]
    assert texts(await api("getUpdates")) == ["two", "three"]


async def test_the_limit_is_kept(server, api, anna):
    for number in range(120):
        server.people.say(anna, str(number))
    assert len(await api("getUpdates", limit=3)) == 3
    assert len(await api("getUpdates")) == 100
    assert len(await api("getUpdates", limit=1000)) == 100


async def test_a_long_poll_wakes_when_something_arrives(server, api, anna):
    poll = asyncio.create_task(api("getUpdates", timeout=50))
    while server.world.queues[server.world.bot.id]._poller is None:
        await asyncio.sleep(0)
    server.people.say(anna, "wake up")
    assert texts(await poll) == ["wake up"]


async def test_a_poll_with_nothing_to_come_ends_empty(api, anna):
    assert await api("getUpdates", timeout=1) == []


async def test_a_second_poller_ends_the_first_with_a_conflict(server, api, anna):
    first = asyncio.create_task(api.error("getUpdates", timeout=50))
    queue = server.world.queues[server.world.bot.id]
    while queue._poller is None:
        await asyncio.sleep(0)
    second = asyncio.create_task(api("getUpdates", timeout=50))
    assert await first == (
        "409 Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    )
    server.people.say(anna, "for the second")
    assert texts(await second) == ["for the second"]


async def test_a_poller_that_goes_away_leaves_its_place(server, api, anna):
    poll = asyncio.create_task(api("getUpdates", timeout=50))
    queue = server.world.queues[server.world.bot.id]
    while queue._poller is None:
        await asyncio.sleep(0)
    poll.cancel()
    while queue._poller is not None:
        await asyncio.sleep(0)
    server.people.say(anna, "still here")
    assert texts(await api("getUpdates")) == ["still here"]


async def test_allowed_updates_are_remembered(server, api, anna):
    await api("getUpdates", allowed_updates=["callback_query"])
    server.people.say(anna, "unheard")
    assert await api("getUpdates") == []
    assert (await api("getWebhookInfo"))["allowed_updates"] == ["callback_query"]
    await api("getUpdates", allowed_updates=[])
    server.people.say(anna, "heard")
    assert texts(await api("getUpdates")) == ["heard"]


async def test_reactions_come_only_when_asked_for(server, api, anna):
    sent = await api("sendMessage", chat_id=anna.id, text="x")
    server.people.react(anna, sent["message_id"], "👍")
    assert await api("getUpdates") == []
    await api("getUpdates", allowed_updates=["message_reaction"])
    server.people.react(anna, sent["message_id"], None)
    (update,) = await api("getUpdates")
    assert update["message_reaction"]["old_reaction"] == [{"type": "emoji", "emoji": "👍"}]


async def test_a_poison_update_comes_as_it_is(server, api, anna):
    server.world.push_raw(server.world.bot, {"message": {"message_id": "not a number"}, "new_thing": [1]})
    server.people.say(anna, "after it")
    poison, after = await api("getUpdates")
    assert poison["message"] == {"message_id": "not a number"}
    assert after["update_id"] == poison["update_id"] + 1


class Hook:
    """A bot that listens on a webhook."""

    def __init__(self) -> None:
        self.seen: list[tuple[str | None, dict]] = []
        self.answers: list[web.Response] = []
        self.got = asyncio.Condition()

    async def handle(self, request):
        async with self.got:
            self.seen.append((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), await request.json()))
            self.got.notify_all()
        return self.answers.pop(0) if self.answers else web.Response()

    async def wait(self, count):
        async with self.got:
            await self.got.wait_for(lambda: len(self.seen) >= count)

    async def __aenter__(self):
        app = web.Application()
        app.router.add_post("/hook", self.handle)
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/hook"
        return self

    async def __aexit__(self, *exc):
        await self.runner.cleanup()


async def test_a_webhook_gets_updates_in_order_with_its_secret(server, api, anna):
    async with Hook() as hook:
        server.people.say(anna, "before")
        body = await api.raw("setWebhook", url=hook.url, secret_token="s3cret")
        assert body["description"] == "Webhook was set"
        server.people.say(anna, "after")
        await hook.wait(2)
        assert [secret for secret, _ in hook.seen] == ["s3cret"] * 2
        assert texts([update for _, update in hook.seen]) == ["before", "after"]
        await api("deleteWebhook")


async def test_a_webhook_that_fails_gets_the_same_update_again(server, api, anna):
    server._retry_seconds = 0.01
    async with Hook() as hook:
        hook.answers = [web.Response(status=500), web.Response(status=404)]
        await api("setWebhook", url=hook.url)
        server.people.say(anna, "one")
        server.people.say(anna, "two")
        await hook.wait(4)
        assert texts([update for _, update in hook.seen]) == ["one", "one", "one", "two"]
        info = await api("getWebhookInfo")
        assert info["last_error_message"].startswith("Wrong response from the webhook: 404")
        await api("deleteWebhook")


async def test_a_webhook_may_answer_with_a_method(server, api, anna):
    async with Hook() as hook:
        reply = {"method": "sendMessage", "chat_id": anna.id, "text": "from the webhook"}
        hook.answers = [web.Response(text=json.dumps(reply), content_type="application/json")]
        await api("setWebhook", url=hook.url)
        feed = server.world.events.follow()
        waiting = asyncio.ensure_future(anext(feed))
        await asyncio.sleep(0)
        server.people.say(anna, "hello")
        while (await waiting).get("from_id") != server.world.bot.id:
            waiting = asyncio.ensure_future(anext(feed))
        await feed.aclose()
        await api("deleteWebhook")


async def test_polling_and_a_webhook_exclude_each_other(server, api, anna):
    poll = asyncio.create_task(api.error("getUpdates", timeout=50))
    while server.world.queues[server.world.bot.id]._poller is None:
        await asyncio.sleep(0)
    async with Hook() as hook:
        await api("setWebhook", url=hook.url)
        assert await poll == "409 Conflict: terminated by setWebhook request"
        assert await api.error("getUpdates") == (
            "409 Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
        )
        assert (await api("getWebhookInfo"))["url"] == hook.url
        await api("deleteWebhook", drop_pending_updates=True)
    assert (await api("getWebhookInfo"))["url"] == ""
    assert await api("getUpdates") == []


async def test_a_webhook_beyond_loopback_needs_https(api: Api):
    assert await api.error("setWebhook", url="http://desk.example/hook") == (
        "400 Bad Request: bad webhook: An HTTPS URL must be provided for webhook"
    )


async def test_stopping_ends_a_poll(session):
    from sandbox.telegram import TelegramServer

    server = TelegramServer()
    await server.start()
    poll = asyncio.create_task(Api(server, session).error("getUpdates", timeout=50))
    while server.world.queues[server.world.bot.id]._poller is None:
        await asyncio.sleep(0)
    await server.stop()
    assert await poll == "500 Internal Server Error: restart"
