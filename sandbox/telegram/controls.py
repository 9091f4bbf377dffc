"""The sandbox's own HTTP side under `/sandbox`: play people, look at the world, follow events, set faults.

JSON in and out; a mistake is answered with 400 and `{"error": "a sentence"}`. Bytes of files travel as base64.

| Request | Does |
|---|---|
| GET /sandbox | everything at a glance: bots, people, chats, number of the last event |
| POST /sandbox/people, /sandbox/groups | `World.add_person`, `World.add_group` by their parameters |
| POST /sandbox/act/NAME | any act of `People` (say, start, send, press, block, …); press also takes `wait` (seconds) |
| GET /sandbox/chats/ID/messages | `topic`, `deleted=1`, `after`, `person=1`; `bot` (a private chat has the person's ID) |
| GET /sandbox/files/FILE_ID | the bytes |
| GET /sandbox/callbacks/ID | a tap and what the bot answered |
| GET /sandbox/events | Server-Sent Events, with the message they are about; `after` or Last-Event-ID resumes |
| GET, POST, DELETE /sandbox/faults | list; `Faults.add` (or kind `refused` for `seconds`); lift one (`?id=`) or all |
| POST /sandbox/updates | push `{"update": {...}}` to the bot exactly as it is |
| GET, DELETE /sandbox/violations; GET /sandbox/calls | what bots did wrong; what they called |
| POST /sandbox/settings | `enforce_limits`, `refuse_violations`, `clock_offset` (seconds) |
"""

import base64
import binascii
import inspect
import json
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aiohttp import web

from sandbox.telegram import readouts
from sandbox.telegram.errors import ApiError, ControlError
from sandbox.telegram.people import People, Press
from sandbox.telegram.records import Callback, Chat, Json

if TYPE_CHECKING:
    from sandbox.telegram.server import TelegramServer

ACTS = frozenset(name for name, member in inspect.getmembers(People, inspect.isfunction) if not name.startswith("_"))
_MISTAKES = (ControlError, TypeError, ValueError, KeyError, AttributeError)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_control_routes(app: web.Application, server: "TelegramServer") -> None:
    """Add the controls to an application: the server's own, or that of a page, which then shares their origin."""
    controls = Controls(server)

    def route(handler: Handler) -> Handler:
        return guarded(server, handler)

    app.router.add_get("/sandbox", route(controls.world))
    app.router.add_post("/sandbox/people", route(controls.add_person))
    app.router.add_post("/sandbox/groups", route(controls.add_group))
    app.router.add_post("/sandbox/act/{name}", route(controls.act))
    app.router.add_get("/sandbox/chats/{chat}/messages", route(controls.messages))
    app.router.add_get("/sandbox/files/{file_id}", route(controls.file))
    app.router.add_get("/sandbox/callbacks/{id}", route(controls.callback))
    app.router.add_get("/sandbox/events", route(controls.events))
    app.router.add_get("/sandbox/faults", route(controls.faults))
    app.router.add_post("/sandbox/faults", route(controls.add_fault))
    app.router.add_delete("/sandbox/faults", route(controls.lift_faults))
    app.router.add_post("/sandbox/updates", route(controls.push_update))
    app.router.add_get("/sandbox/violations", route(controls.violations))
    app.router.add_delete("/sandbox/violations", route(controls.forget_violations))
    app.router.add_get("/sandbox/calls", route(controls.calls))
    app.router.add_post("/sandbox/settings", route(controls.settings))


def guarded(server: "TelegramServer", handler: Handler) -> Handler:
    """Answer mistakes with a sentence, and turn away pages of other sites that reach for the loopback address."""

    async def answer(request: web.Request) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        foreign = origin is not None and urlsplit(origin).netloc != request.host
        if foreign or not server.trusts(request.url.host or ""):
            return _json({"error": "The sandbox is controlled from its own pages only"}, 403)
        if request.method == "POST" and request.content_type != "application/json":
            return _json({"error": "Controls take application/json"}, 415)
        try:
            return await handler(request)
        except ApiError as error:
            return _json({"error": error.description}, 400)
        except _MISTAKES as error:
            return _json({"error": str(error) or type(error).__name__}, 400)

    return answer


def _json(body: Any, status: int = 200) -> web.Response:
    return web.json_response(body, status=status, dumps=lambda value: json.dumps(value, ensure_ascii=False))


async def _body(request: web.Request) -> Json:
    body = json.loads(await request.text() or "{}")
    if not isinstance(body, dict):
        raise ControlError("A JSON object is expected")
    return body


def _arguments(function: Callable[..., Any], given: Json) -> Json:
    """Compare what was sent with what the function takes, and decode bytes; ControlError names what does not fit."""
    try:
        inspect.signature(function).bind(**given)
    except TypeError as error:
        raise ControlError(f"{function.__name__}: {error}") from error
    decoded = dict(given)
    if isinstance(decoded.get("data"), str):
        decoded["data"] = _bytes(decoded["data"])
    if isinstance(decoded.get("items"), list):
        decoded["items"] = [{**item, "data": _bytes(item["data"])} for item in decoded["items"]]
    return decoded


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ControlError("data must be base64") from error


class Controls:
    """Handlers of the control requests of one server."""

    def __init__(self, server: "TelegramServer") -> None:
        self._server = server
        self._world = server.world

    async def world(self, _request: web.Request) -> web.Response:
        body = readouts.world_readout(self._world)
        limits = {"enforce_limits": self._server.limits.enforced, "refuse_violations": self._server.refuse_violations}
        return _json({**body, "settings": limits})

    async def add_person(self, request: web.Request) -> web.Response:
        given = await _body(request)
        person = self._world.add_person(**_arguments(self._world.add_person, given))
        return self._done(person)

    async def add_group(self, request: web.Request) -> web.Response:
        given = await _body(request)
        return self._done(self._world.add_group(**_arguments(self._world.add_group, given)))

    def _done(self, result: Any) -> web.Response:
        self._server.save()
        return _json({"result": readouts.any_readout(self._world, result)})

    async def act(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in ACTS:
            raise ControlError(f"There is no act {name!r}; there are {', '.join(sorted(ACTS))}")
        given = await _body(request)
        wait = given.pop("wait", None) if name in {"press", "tap"} else None
        function = getattr(self._server.people, name)
        result = function(**_arguments(function, given))
        if not isinstance(result, Press):
            return self._done(result)
        if wait:
            await result.answered(float(wait))
        return self._done(_callback_readout(result.callback))

    def _chat(self, request: web.Request) -> Chat:
        number = int(request.match_info["chat"])
        if number < 0:
            chat = self._world.group(number)
        else:
            bot_id = int(request.query.get("bot", self._world.bot.id))
            chat = self._world.chats.get(f"{bot_id}:{number}")
            if chat is None and number in self._world.people and bot_id in self._world.bots:
                chat = self._world.private_chat(self._world.bots[bot_id], self._world.people[number])
        if chat is None:
            raise ControlError(f"There is no chat {number}")
        return chat

    async def messages(self, request: web.Request) -> web.Response:
        chat = self._chat(request)
        query = request.query
        found = readouts.chat_messages(
            chat,
            topic=int(query["topic"]) if "topic" in query else None,
            deleted=query.get("deleted") == "1",
            after=int(query.get("after", 0)),
            for_person=query.get("person") == "1",
        )
        return _json(
            {
                "chat": readouts.chat_readout(self._world, chat),
                "messages": [readouts.message_readout(self._world, chat, message) for message in found],
                "reply_keyboard": readouts.reply_keyboard(chat),
            }
        )

    async def file(self, request: web.Request) -> web.Response:
        record = self._world.files.get(request.match_info["file_id"])
        if record is None:
            return _json({"error": "There is no such file"}, 404)
        # Never shown as a page of this address: a file somebody sent must not run scripts here.
        headers = {"Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff"}
        kind = record.mime_type or ("image/jpeg" if record.kind == "photo" else "application/octet-stream")
        return web.Response(body=self._world.files.read(record), headers={**headers, "Content-Type": kind})

    async def callback(self, request: web.Request) -> web.Response:
        callback = self._world.callbacks.get(request.match_info["id"])
        if callback is None:
            return _json({"error": "There is no such callback"}, 404)
        return _json({"result": _callback_readout(callback)})

    async def events(self, request: web.Request) -> web.StreamResponse:
        asked = request.headers.get("Last-Event-ID") or request.query.get("after")
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        )
        await response.prepare(request)
        await response.write(b": the sandbox's events\n\n")
        async with aclosing(self._world.events.follow(int(asked) if asked is not None else None)) as feed:
            async for event in feed:
                text = json.dumps(self._with_message(event), ensure_ascii=False)
                await response.write(f"id: {event['seq']}\nevent: {event['event']}\ndata: {text}\n\n".encode())
        return response

    def _with_message(self, event: Json) -> Json:
        """Add the message an event is about, as it looks now."""
        chat = self._world.chats.get(f"{event.get('bot_id', 0)}:{event.get('chat_id')}")
        message = chat.messages.get(event.get("message_id", 0)) if chat is not None else None
        if chat is None or message is None:
            return event
        return {**event, "message": readouts.message_readout(self._world, chat, message)}

    async def faults(self, _request: web.Request) -> web.Response:
        return _json({"result": self._server.faults.shown()})

    async def add_fault(self, request: web.Request) -> web.Response:
        given = await _body(request)
        if given.get("kind") == "refused":
            # Refused connections would keep out even the request that ends them, so they need an end of their own.
            await self._server.refuse_connections(float(given["seconds"]))
        else:
            self._server.faults.add(**given)
        return _json({"result": self._server.faults.shown()})

    async def lift_faults(self, request: web.Request) -> web.Response:
        number = request.query.get("id")
        self._server.faults.lift(int(number) if number is not None else None)
        return _json({"result": self._server.faults.shown()})

    async def push_update(self, request: web.Request) -> web.Response:
        given = await _body(request)
        bot = self._world.bots[int(given.get("bot_id", self._world.bot.id))]
        if not isinstance(given.get("update"), dict):
            raise ControlError("An object under the key update is expected")
        return self._done({"update_id": self._world.push_raw(bot, given["update"])})

    async def violations(self, _request: web.Request) -> web.Response:
        return _json({"result": self._server.violations})

    async def forget_violations(self, _request: web.Request) -> web.Response:
        self._server.violations.clear()
        return _json({"result": []})

    async def calls(self, request: web.Request) -> web.Response:
        wanted = request.query.get("method", "").lower()
        found = [c for c in self._server.calls if not wanted or c.method.lower() == wanted]
        return _json({"result": [{"method": c.method, "params": c.params, "error": c.error} for c in found]})

    async def settings(self, request: web.Request) -> web.Response:
        given = await _body(request)
        for name, value in given.items():
            if name == "enforce_limits":
                self._server.limits.enforced = bool(value)
            elif name == "refuse_violations":
                self._server.refuse_violations = bool(value)
            elif name == "clock_offset":
                self._world.clock_offset = float(value)
            else:
                raise ControlError(f"There is no setting {name!r}")
        return await self.world(request)


def _callback_readout(callback: Callback) -> Json:
    return {
        "callback_id": callback.id,
        "data": callback.data,
        "answered": callback.answered,
        "text": callback.text,
        "show_alert": callback.show_alert,
        "url": callback.url,
    }
