"""The demo's own address: the clock to move, the mail world to look into, and words on how to talk to both sides."""

import json
from datetime import timedelta
from types import TracebackType
from typing import Final, Self, TextIO

from aiohttp import web

from app.clock import MovableClock
from app.demo.world import ANNA, World
from app.http import Server
from app.service import Service
from models import Clock
from sandbox.mail import controls

PORT: Final = 8090


class Panel:
    """Listens on loopback while the demo runs; takes another port when its own is taken."""

    def __init__(self, world: World, service: Service, clock: MovableClock) -> None:
        self._world, self._service, self._clock = world, service, clock
        self._server = Server(self._application(), "127.0.0.1", PORT)

    async def __aenter__(self) -> Self:
        try:
            await self._server.start()
        except OSError:
            self._server = Server(self._application(), "127.0.0.1", 0)
            await self._server.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._server.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.port}"

    def _application(self) -> web.Application:
        app = web.Application()
        app.add_routes([web.get("/", self._words), web.get("/clock", self._tell_time), web.post("/clock", self._move_clock)])
        app.add_subapp("/sandbox/mail/", controls(self._world.mail))
        return app

    async def introduce(self, out: TextIO) -> None:
        """Say, once the desk serves, how to talk to it."""
        await self._service.started.wait()
        out.write(f"\n{self.words()}\nCtrl-C ends it; the next start goes on from here.\n")
        out.flush()

    def words(self) -> str:
        """How to play every side by curl."""
        world, telegram = self._world, self._world.telegram.url
        post = "curl -s -H 'Content-Type: application/json'"
        return f"""The desk runs. Everything below goes over the real protocols.

Write a letter as Anna ({ANNA}), then read her mailbox:
  {post} {self.url}/sandbox/mail/messages -d '{{"from": "Anna <{ANNA}>", "to": ["{world.mailbox}"], "subject": "Withdrawal Statement", "text": "Отзываю согласие."}}'
  curl -s {self.url}/sandbox/mail/mailboxes/{ANNA}/messages

Talk to the bot as Mary, and see the chat:
  {post} {telegram}/sandbox/act/start -d '{{"person": {world.mary.id}}}'
  {post} {telegram}/sandbox/act/say -d '{{"person": {world.mary.id}, "text": "Please delete my data"}}'
  curl -s '{telegram}/sandbox/chats/{world.mary.id}/messages'

See the staff group, and reply as Boris (reply_to: the requester's message; topic: its message_thread_id):
  curl -s '{telegram}/sandbox/chats/{world.group.id}/messages'
  {post} {telegram}/sandbox/act/say -d '{{"person": {world.boris.id}, "chat": {world.group.id}, "topic": TOPIC, "reply_to": MESSAGE, "text": "Сделано."}}'

Move the clock (days, hours, or to the next thing that is due):
  {post} {self.url}/clock -d '{{"days": 1}}'
  {post} {self.url}/clock -d '{{"to": "next"}}'

Look inside:
  curl -s http://127.0.0.1:{self._service.port}/healthz
  curl -s http://127.0.0.1:{self._service.port}/metrics
Breaking things: {telegram}/sandbox/faults and {self.url}/sandbox/mail/faults (see the words in sandbox/).
"""  # noqa: E501 - commands are copied whole

    async def _words(self, _request: web.Request) -> web.Response:
        return web.Response(text=self.words())

    async def _tell_time(self, _request: web.Request) -> web.Response:
        return web.json_response({"now": self._clock().isoformat(), "moved_seconds": self._clock.offset.total_seconds()})

    async def _move_clock(self, request: web.Request) -> web.Response:
        if request.content_type != "application/json" or "Origin" in request.headers:
            # A page of another site cannot send this without being asked first.
            return web.json_response({"error": "Send application/json, not from another page."}, status=403)
        try:
            by = await self._asked(await request.json())
            now = self._clock.move(by)
        except (ValueError, TypeError, OverflowError, AttributeError, json.JSONDecodeError) as error:
            return web.json_response({"error": f"The clock was not moved: {error}"}, status=400)
        await self._service.look()
        return web.json_response({"now": now.isoformat()})

    async def _asked(self, words: dict[str, object]) -> timedelta:
        if words.get("to") == "next":
            first = await Clock.filter(next_at__isnull=False).order_by("next_at").first()
            if first is None or first.next_at is None:
                raise ValueError("nothing is due")
            return max(first.next_at - self._clock(), timedelta()) + timedelta(seconds=1)
        return timedelta(days=float(str(words.get("days", 0))), hours=float(str(words.get("hours", 0))))
