"""The server: takes requests of bots and of the sandbox's users, and holds the parts together."""

import asyncio
import contextlib
import http
import ipaddress
import re
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web

from sandbox.telegram import methods, readouts
from sandbox.telegram.call import Call, not_implemented
from sandbox.telegram.controls import add_control_routes
from sandbox.telegram.errors import ApiError, bad_request, flood
from sandbox.telegram.events import EventLog
from sandbox.telegram.faults import HTML_ERROR, Fault, Faults
from sandbox.telegram.files import DOWNLOAD_LIMIT, FileStore, Upload
from sandbox.telegram.limits import Limits
from sandbox.telegram.params import read_parameters
from sandbox.telegram.people import People
from sandbox.telegram.records import Bot, Chat, Json, Person
from sandbox.telegram.schema import Method as MethodSchema
from sandbox.telegram.schema import Schema, bot_api
from sandbox.telegram.state import StateFile
from sandbox.telegram.webhooks import WebhookSender
from sandbox.telegram.wire import REQUEST_LIMIT, RawResult, error_answer, ok_answer, read_request
from sandbox.telegram.world import World

T = TypeVar("T")

DEMO_TOKEN = "1000000001:sandbox-demo-token-for-loopback-only"  # noqa: S105 - everybody may know it
"""Token of the bot when none is given; with it the server listens on loopback only."""


@dataclass(frozen=True)
class CallRecord:
    """One finished call of a bot."""

    bot_id: int
    method: str
    params: Json
    error: str | None
    result: Any


class TelegramServer:
    """A local Telegram. `start` it, play people through `people`, look at `world`, `stop` it.

    - `token`: one token or several; each is a bot of this world.
    - `enforce_limits`: answer 429 when a bot sends too much.
    - `refuse_violations`: answer 400 to calls that do not fit the Bot API's description; else they are only noted in
      `violations` and played as far as they go.
    - `state_dir`: keep the world there across restarts; in memory when None.
    - `timepiece`: seconds since 1970, for the dates of messages.
    """

    def __init__(
        self,
        token: str | Iterable[str] = DEMO_TOKEN,
        *,
        enforce_limits: bool = False,
        refuse_violations: bool = False,
        state_dir: Path | None = None,
        timepiece: Callable[[], float] = time.time,
        webhook_retry_seconds: float = 1.0,
        username: str = "rights_desk_bot",
        bot_name: str = "Rights desk",
    ) -> None:
        tokens = [token] if isinstance(token, str) else list(token)
        self.schema: Schema = bot_api()
        self.refuse_violations = refuse_violations
        self.violations: list[str] = []
        self.calls: deque[CallRecord] = deque(maxlen=10_000)
        self.limits = Limits(enforced=enforce_limits)
        self.faults = Faults()
        self.faults.outage_began = self.cut_connections
        self._state = StateFile(state_dir) if state_dir is not None else None
        files = FileStore(state_dir / "files" if state_dir is not None else None)
        self.world = World(timepiece, files, EventLog())
        if self._state is not None:
            self._state.load(self.world)
        for number, one in enumerate(tokens):
            known = self.world.bots.get(int(one.partition(":")[0])) if one[:1].isdigit() else None
            if known is not None:
                known.token = one  # a kept world may meet its bot with a new token
                continue
            suffix = "" if number == 0 else str(number + 1)
            self.world.add_bot(one, username=username.replace("_bot", f"{suffix}_bot"), name=bot_name + suffix)
        self.world.webhook_changed = self._webhook_changed
        self.world.update_check = self._check_update
        self.people = People(self.world)
        self._played = methods.load()
        self._retry_seconds = webhook_retry_seconds
        self._senders: dict[int, asyncio.Task[None]] = {}
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None
        self._address = ("127.0.0.1", 0)
        self._bot_requests: dict[int, web.Request] = {}
        self._ending = asyncio.Event()
        self._saving: asyncio.Task[None] | None = None
        self._reopening: asyncio.Task[None] | None = None

    # --- life --------------------------------------------------------------------------------------------------

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen. Port 0 takes a free one; `url` then tells it."""
        if any(bot.token == DEMO_TOKEN for bot in self.world.bots.values()) and not is_loopback(host):
            raise ValueError("The demo token is known to everybody: give a token of your own to listen beyond loopback")
        app = web.Application(client_max_size=REQUEST_LIMIT)
        app.router.add_route("*", "/bot{token}/{method}", self._bot_request)
        app.router.add_get("/file/bot{token}/{path:.+}", self._file_request)
        add_control_routes(app, self)
        app.router.add_route("*", "/{anything:.*}", self._not_found)
        # A poller that goes away must not keep its place in the queue: its handler is cancelled.
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1.0, access_log=None)
        await self._runner.setup()
        self._address = (host, port)
        await self._listen()
        if self._state is not None:
            self._saving = asyncio.create_task(self._save_regularly(), name="sandbox telegram state")
        for bot in self.world.bots.values():
            self._webhook_changed(bot)

    async def _listen(self) -> None:
        assert self._runner is not None
        self._site = web.TCPSite(self._runner, *self._address, reuse_address=True)
        await self._site.start()
        server = self._site._server  # noqa: SLF001 - the only way to learn the port that was taken
        assert isinstance(server, asyncio.Server)
        self._address = (self._address[0], server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        """Address for `api_url`, without a slash at the end."""
        host, port = self._address
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def token(self) -> str:
        return self.world.bot.token

    async def stop(self) -> None:
        """End polls and feeds, close connections, save."""
        self._ending.set()
        for queue in self.world.queues.values():
            queue.end_poll(ApiError(500, "Internal Server Error: restart"))
        self.world.events.close()
        tasks = [*self._senders.values(), *(t for t in (self._saving, self._reopening) if t is not None)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._senders.clear()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        self.save()
        if self._state is not None:
            self._state.close()
            self._state = None

    async def refuse_connections(self, seconds: float | None = None) -> None:
        """Let nothing listen for so long, or until `accept_connections`; what bots have open is cut."""
        if self._site is not None:
            await self._site.stop()
            self._site = None
        self.cut_connections()
        if seconds is not None:
            self._reopening = asyncio.create_task(self._reopen(seconds), name="sandbox telegram outage")

    async def _reopen(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self.accept_connections()

    async def accept_connections(self) -> None:
        """Listen again, on the same port."""
        if self._site is None:
            await self._listen()

    def cut_connections(self) -> None:
        """Break every connection of a bot that is in the middle of a request."""
        for request in list(self._bot_requests.values()):
            _cut(request)

    def trusts(self, host: str) -> bool:
        """Whether a request may come under this name: on loopback a foreign name is a trick of some page."""
        return is_loopback(host) or not is_loopback(self._address[0])

    def save(self) -> None:
        if self._state is not None:
            self._state.save(self.world)
        else:
            self.world.changed.clear()
            self.world.files.changed.clear()

    async def _save_regularly(self) -> None:
        """Save what was done from within the process, where no request ends to save after."""
        while True:
            await asyncio.sleep(0.2)
            self.save()

    # --- looking on -------------------------------------------------------------------------------------------

    def seen(self, where: Chat | Person, *, topic: int | None = None, deleted: bool = False) -> list[Json]:
        """Show the messages of a group (or one topic of it; 1 is General), or of a person's chat with the bot."""
        chat = where if isinstance(where, Chat) else self.world.private_chat(self.world.bot, where)
        found = readouts.chat_messages(chat, topic=topic, deleted=deleted)
        return [readouts.message_readout(self.world, chat, message) for message in found]

    async def wait_for(self, condition: Callable[[], T], seconds: float = 10.0) -> T:
        """Wait until the condition gives something true, looking again whenever anything happens; TimeoutError."""
        async with asyncio.timeout(seconds), aclosing(self.world.events.follow(self.world.events.last)) as events:
            while not (value := condition()):
                await anext(events)
            return value

    # --- requests of bots --------------------------------------------------------------------------------------

    async def _not_found(self, _request: web.Request) -> web.Response:
        return error_answer(ApiError(404, "Not Found"))

    async def _bot_request(self, request: web.Request) -> web.StreamResponse:
        self._bot_requests[id(request)] = request
        try:
            return await self._answer(request, request.match_info["method"])
        finally:
            del self._bot_requests[id(request)]
            self.save()

    async def _answer(self, request: web.Request, name: str) -> web.StreamResponse:
        if self._site is None:  # nothing listens; this came over a connection that was open before
            return await self._hang_up(request)
        fault = self.faults.strike(name)
        if fault is not None:
            self.world.events.emit("fault", fault=fault.kind, method=name)
            early = None if fault.done else await self._before(request, fault)
            if early is not None:
                return early
        bot = self._bot_of(request)
        if isinstance(bot, ApiError):
            return error_answer(bot)
        try:
            raw, uploads = await read_request(request)
            answer = ok_answer(await self.call_method(bot, name, raw, uploads))
        except ApiError as error:
            answer = error_answer(error)
        if fault is not None and fault.kind == "lost_answer":
            return await self._hang_up(request)
        if fault is not None and fault.done:
            return await self._before(request, fault) or answer
        return answer

    async def _before(self, request: web.Request, fault: Fault) -> web.StreamResponse | None:
        """Do what the fault does before the method is played; None lets it be played."""
        if fault.kind in {"cut", "outage"}:
            return await self._hang_up(request)
        if fault.kind == "timeout":
            # Never answered: until the client gives up (which cancels this) or the fault or the server ends.
            while fault in self.faults.current() or fault.times == 0:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.1):
                        await self._ending.wait()
                if self._ending.is_set():
                    break
            return await self._hang_up(request)
        if fault.kind == "slow":
            await asyncio.sleep(fault.delay)
            return None
        if fault.kind == "lost_answer":
            return None
        await request.read()
        if fault.kind == "error":
            reason = http.HTTPStatus(fault.status).phrase
            page = HTML_ERROR.format(status=fault.status, reason=reason)
            return web.Response(status=fault.status, text=page, content_type="text/html")
        if fault.kind == "flood":
            return error_answer(flood(fault.retry_after))
        code = fault.status if fault.status != Fault.status else 400
        return error_answer(ApiError(code, fault.description))

    async def _hang_up(self, request: web.Request) -> web.StreamResponse:
        _cut(request)
        # The handler is cancelled as the connection is lost; this only keeps an answer from being written.
        await asyncio.sleep(3600)
        return web.Response(status=500)

    def _bot_of(self, request: web.Request) -> Bot | ApiError:
        token = request.match_info["token"]
        if not re.fullmatch(r"\d+:[\w-]+", token):
            return ApiError(404, "Not Found")
        bot = next((b for b in self.world.bots.values() if b.token == token), None)
        return bot or ApiError(401, "Unauthorized")

    async def call_method(self, bot: Bot, name: str, raw: Json, uploads: dict[str, Upload] | None = None) -> Any:
        """Play one method for a bot; ApiError as Telegram would refuse it."""
        schema = self.schema.method(name)
        if schema is None:
            self._violation(f"{name}: unknown method")
            raise ApiError(404, "Not Found: method not found")
        parameters = read_parameters(self.schema, schema, raw, uploads or {})
        for fault in parameters.faults:
            self._violation(f"{schema.name}: {fault}")
        if parameters.faults and self.refuse_violations:
            raise bad_request("strict sandbox: " + "; ".join(parameters.faults))
        error: ApiError | None = None
        result: Any = None
        try:
            result = await self._play(schema, Call(self.world, bot, self.limits, parameters.values, parameters.uploads))
        except ApiError as refusal:
            error = refusal
            raise
        except Exception as mistake:
            error = self._unforeseen(schema.name, parameters.faults, mistake)
            raise error from mistake
        finally:
            text = error.description if error is not None else None
            self.calls.append(CallRecord(bot.id, schema.name, parameters.values, text, result))
            if schema.name != "getUpdates":
                self.world.events.emit("call", bot_id=bot.id, method=schema.name, error=text)
        return result

    async def _play(self, schema: MethodSchema, call: Call) -> Any:
        play = self._played.get(schema.name)
        if play is None:
            raise not_implemented(schema.name)
        result = play(call)
        if isinstance(result, Awaitable):
            result = await result
        if not isinstance(result, RawResult):
            for fault in self.schema.faults(result, schema.returns, f"result of {schema.name}"):
                self._violation(fault)
        return result

    def _unforeseen(self, name: str, faults: list[str], mistake: Exception) -> ApiError:
        """Refuse what could not be played: parameters that do not fit break things; anything else is our own fault."""
        if faults:
            return bad_request(f"can't parse {faults[0]}")
        self._violation(f"{name}: the sandbox itself failed: {mistake!r}")
        return ApiError(500, "Internal Server Error")

    def _violation(self, text: str) -> None:
        self.violations.append(text)
        self.world.events.emit("violation", text=text)

    def _check_update(self, update: Json) -> None:
        for fault in self.schema.faults(update, "Update", "update"):
            self._violation(fault)

    async def _file_request(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.strike("file")
        if fault is not None:
            early = await self._before(request, fault)
            if early is not None:
                return early
        bot = self._bot_of(request)
        if isinstance(bot, ApiError):
            return error_answer(bot)
        record = self.world.files.by_path(request.match_info["path"])
        if record is None or record.size > DOWNLOAD_LIMIT:
            return error_answer(ApiError(404, "Not Found"))
        if fault is not None and fault.kind == "lost_answer":
            return await self._hang_up(request)
        return web.Response(body=self.world.files.read(record), content_type="application/octet-stream")

    # --- webhooks ----------------------------------------------------------------------------------------------

    def _webhook_changed(self, bot: Bot) -> None:
        self.world.touch("bot", bot.id)
        sender = self._senders.pop(bot.id, None)
        if sender is not None:
            sender.cancel()
        if bot.webhook is not None and self._runner is not None:
            delivery = WebhookSender(self.world, bot, self._call_quietly, self._retry_seconds, self._out_of_reach)
            self._senders[bot.id] = asyncio.create_task(delivery.run(), name="sandbox telegram webhook")

    def _out_of_reach(self) -> bool:
        return self._site is None or self.faults.outage

    async def _call_quietly(self, bot: Bot, name: str, raw: Json) -> Any:
        with contextlib.suppress(ApiError):
            return await self.call_method(bot, name, raw)
        return None


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in {"localhost", "[::1]"}
