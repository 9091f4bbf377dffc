"""What Telegram's answers mean to the doctor, on the sandbox's Bot API and on a server that answers what a test wrote."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from aiohttp import web

from bot.check import RIGHTS, UPDATES, BotApi, Trouble, Unanswered
from sandbox.telegram import TelegramServer
from tests.servers.base import free_port

TOKEN = "1:hush-hush"
NOW = datetime(2026, 10, 3, 9, 0, tzinfo=UTC)

Answer = Callable[[web.Request], Any]


@asynccontextmanager
async def answering(status: int = 200, body: str = "{}", **headers: str) -> AsyncIterator[str]:
    """A server with one answer; its address."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status, text=body, content_type="application/json", headers=headers)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def trouble(url: str, proxy: str = "", **asked: Any) -> Unanswered:
    with pytest.raises(Unanswered) as caught:
        async with BotApi(TOKEN, url, lambda: NOW, proxy) as api:
            await api.call("getMe", **asked)
    assert "hush" not in f"{caught.value!r} {caught.value} {caught.value.detail}"
    return caught.value


@pytest.mark.parametrize(
    ("status", "body", "expected", "detail"),
    [
        (401, '{"ok": false, "error_code": 401, "description": "Unauthorized"}', Trouble.TOKEN, "401"),
        (404, '{"ok": false, "error_code": 404, "description": "Not Found"}', Trouble.TOKEN, "404"),
        (409, '{"ok": false, "error_code": 409, "description": "Conflict: terminated"}', Trouble.CONFLICT, "409"),
        (
            429,
            '{"ok": false, "error_code": 429, "description": "Too Many", "parameters": {"retry_after": 5}}',
            Trouble.BUSY,
            "429",
        ),
        (400, '{"ok": false, "error_code": 400, "description": "Bad Request: chat not found"}', Trouble.NO_CHAT, "400"),
        (403, '{"ok": false, "error_code": 403, "description": "Forbidden: bot was kicked"}', Trouble.NO_MEMBER, "403"),
        (
            400,
            '{"ok": false, "error_code": 400, "description": "x", "parameters": {"migrate_to_chat_id": -1007}}',
            Trouble.MOVED,
            "-1007",
        ),
        (400, '{"ok": false, "error_code": 400, "description": "Bad Request: other"}', Trouble.REFUSED, "400"),
        (502, "<html>hush-hush Bad Gateway</html>", Trouble.NONSENSE, "502"),
        (200, "[1, 2]", Trouble.NONSENSE, "200"),
        (302, "", Trouble.NONSENSE, "302"),
    ],
)
async def test_each_refusal_has_its_meaning(status: int, body: str, expected: Trouble, detail: str) -> None:
    async with answering(status, body) as url:
        found = await trouble(url)
    assert (found.trouble, found.detail) == (expected, detail)


async def test_a_server_that_is_not_there_or_silent_or_has_no_name(telegram_free: TelegramServer) -> None:
    assert (await trouble(f"http://127.0.0.1:{free_port()}")).trouble is Trouble.UNREACHABLE
    assert (await trouble("http://telegram.invalid")).trouble is Trouble.NAME
    telegram_free.faults.add("timeout")
    assert (await trouble(telegram_free.url, seconds=0.2)).trouble is Trouble.SILENT


async def test_a_proxy_that_is_not_there_or_is_no_proxy() -> None:
    assert (await trouble("http://127.0.0.1:9", f"socks5://u:hush@127.0.0.1:{free_port()}")).trouble is Trouble.PROXY
    async with answering(403) as url:
        assert (await trouble("https://api.telegram.org", url)).trouble is Trouble.PROXY


@pytest.mark.parametrize("ahead", [0, 45, -3600])
async def test_telegrams_clock_is_read_from_the_date_of_its_answer(ahead: int) -> None:
    date = format_datetime(NOW + timedelta(seconds=ahead), usegmt=True)
    async with answering(200, '{"ok": true, "result": {}}', Date=date) as url, BotApi(TOKEN, url, lambda: NOW) as api:
        await api.call("getMe")
    assert api.offset is not None
    assert abs(api.offset - timedelta(seconds=ahead)) <= timedelta(seconds=0.5)


async def test_a_date_that_is_none_is_no_clock() -> None:
    async with answering(200, '{"ok": true, "result": {}}', Date="yesterday") as url, BotApi(TOKEN, url, lambda: NOW) as api:
        await api.call("getMe")
    assert api.offset is None


@pytest.fixture
async def telegram_free() -> AsyncIterator[TelegramServer]:
    server = TelegramServer()
    await server.start()
    yield server
    await server.stop()
    assert server.violations == []


async def test_an_owner_has_every_right(telegram_free: TelegramServer) -> None:
    world = telegram_free.world
    group = world.add_group("Desk", forum=True, owner=world.add_person("Clara"), bot="creator")
    async with BotApi(telegram_free.token, telegram_free.url, lambda: NOW) as api:
        standing = await api.group(group.id, world.bot.id)
    assert (standing.is_admin, standing.present, standing.missing, standing.is_forum) == (True, True, (), True)


def test_it_looks_at_the_rights_and_updates_that_the_bot_works_with() -> None:
    from bot.polling import UPDATES as WORKED_WITH
    from bot.staff.rooms import RIGHTS as NEEDED

    assert set(NEEDED) <= set(RIGHTS)
    assert UPDATES == WORKED_WITH
