"""A local Telegram with the recurring people: Anna asks, Boris and Clara are in the staff forum, Mallory is a stranger."""

import io
import struct
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from sandbox.telegram import Chat, Person, TelegramServer


@dataclass
class Api:
    """The bot's side, over plain HTTP."""

    server: TelegramServer
    session: aiohttp.ClientSession

    async def raw(self, method: str, **params: Any) -> dict[str, Any]:
        async with self.session.post(f"{self.server.url}/bot{self.server.token}/{method}", json=params) as response:
            body: dict[str, Any] = await response.json()
            assert response.status == (200 if body["ok"] else body["error_code"])
            return body

    async def __call__(self, method: str, **params: Any) -> Any:
        body = await self.raw(method, **params)
        assert body["ok"], body
        return body["result"]

    async def error(self, method: str, **params: Any) -> str:
        """What Telegram says to a call it refuses, with the code in front."""
        body = await self.raw(method, **params)
        assert not body["ok"], body
        return f"{body['error_code']} {body['description']}"

    async def updates(self, **params: Any) -> list[dict[str, Any]]:
        """Updates that wait, confirmed at once."""
        found = await self("getUpdates", **params)
        if found:
            await self("getUpdates", offset=found[-1]["update_id"] + 1, limit=1)
        return found

    async def upload(self, method: str, files: dict[str, tuple[str, bytes]], **params: Any) -> dict[str, Any]:
        form = aiohttp.FormData(quote_fields=False)
        for name, value in params.items():
            form.add_field(name, value if isinstance(value, str) else str(value))
        for name, (filename, data) in files.items():
            form.add_field(name, io.BytesIO(data), filename=filename)
        async with self.session.post(f"{self.server.url}/bot{self.server.token}/{method}", data=form) as response:
            body: dict[str, Any] = await response.json()
            return body


@dataclass
class Cast:
    anna: Person
    boris: Person
    clara: Person
    mallory: Person
    desk: Chat


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    """A fresh server. Whatever it or its client said that the Bot API does not know fails the test at its end."""
    server = TelegramServer()
    await server.start()
    yield server
    await server.stop()
    assert server.violations == []


@pytest.fixture
async def api(server: TelegramServer, session: aiohttp.ClientSession) -> Api:
    return Api(server, session)


@pytest.fixture
def cast(server: TelegramServer) -> Cast:
    world = server.world
    anna = world.add_person("Anna", last_name="Ivanova", username="anna_i", language_code="en")
    boris = world.add_person("Boris")
    clara = world.add_person("Clara")
    mallory = world.add_person("Mallory", language_code=None)
    desk = world.add_group("Desk", forum=True, owner=clara, members=[boris])
    return Cast(anna, boris, clara, mallory, desk)


@pytest.fixture
async def anna(server: TelegramServer, cast: Cast, api: Api) -> Person:
    """Anna, who has started the bot; the bot has taken the update."""
    server.people.start(cast.anna)
    await api.updates()
    return cast.anna


def png(width: int = 640, height: int = 480) -> bytes:
    """A real picture, grey."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\x00" + b"\x80" * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
