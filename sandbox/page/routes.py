"""The web application of the page.

| Request | Does |
|---|---|
| GET / , /static/… | the page |
| GET /page/about | `Hooks.about` with what is broken and what the bot offers |
| GET /page/events | what happens, as Server-Sent Events (see `feed`) |
| POST /page/clock | `Hooks.move` |
| POST /page/letters | write a letter (see `post.write`) |
| POST /page/examples/NAME | `Hooks.example`; `person` says who plays it |
| GET, POST, DELETE /page/faults | what is broken; `{"service", "name", "seconds"}`; mend one (`?id=`) or all |
| GET /page/html/ADDRESS/FOLDER/UID | the HTML of a letter, to be shown in a frame without rights |
| /sandbox/…, /sandbox/mail/… | the sandbox's own controls |

Everything a stranger wrote (names, texts, files, letters) is shown as text, or in a frame without rights; the content
security policy lets nothing run or load that does not come from here.
"""

import ipaddress
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from sandbox.mail import MailError, MailServer, controls, letters
from sandbox.page import post
from sandbox.page.breakages import OFFERED, Breakages
from sandbox.page.feed import Feed
from sandbox.page.hooks import Hooks, PageError
from sandbox.telegram import ControlError, TelegramServer
from sandbox.telegram.controls import add_control_routes
from sandbox.telegram.methods.topics import ICONS

Json = dict[str, Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

STATIC: Final = Path(__file__).parent / "static"
UPLOAD_LIMIT: Final = 64 << 20

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self'; "
    "connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# A letter may have colours, and pictures that are inside it: nothing that runs, nothing from elsewhere.
LETTER_POLICY: Final = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


def application(telegram: TelegramServer, mail: MailServer, hooks: Hooks) -> web.Application:
    """Make the application. Streams end when it is shut down."""
    app = web.Application(middlewares=[_guard], client_max_size=UPLOAD_LIMIT)
    breakages = Breakages(telegram, mail)
    feed = Feed(telegram, mail, hooks, breakages)
    breakages.changed = feed.look
    page = _Page(telegram, mail, hooks, breakages)
    app.add_routes(
        [
            web.get("/", page.index),
            web.static("/static", STATIC),
            web.get("/page/about", page.about),
            web.get("/page/events", feed.stream),
            web.post("/page/clock", page.move),
            web.post("/page/letters", page.write),
            web.post("/page/examples/{name}", page.example),
            web.get("/page/faults", page.faults),
            web.post("/page/faults", page.add_fault),
            web.delete("/page/faults", page.mend),
            web.get("/page/html/{address}/{folder}/{uid:[0-9]+}", page.html),
        ]
    )
    app.add_subapp("/sandbox/mail/", controls(mail))
    add_control_routes(app, telegram)

    async def end(_app: web.Application) -> None:
        feed.close()
        breakages.close()
        telegram.world.events.close()

    app.on_shutdown.append(end)
    app.on_response_prepare.append(_protect)
    return app


async def _protect(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer mistakes with a sentence; turn away other sites' pages and names that were pointed at this machine."""
    origin = request.headers.get("Origin")
    if not _loopback(request.url.host or "") or (origin is not None and urlsplit(origin).netloc != request.host):
        return _json({"error": "This page is played from its own address only."}, 403)
    if request.method == hdrs.METH_POST and request.content_type != "application/json":
        return _json({"error": "Send application/json."}, 415)
    try:
        return await handler(request)
    except (PageError, MailError, ControlError) as error:
        return _json({"error": str(error)}, 400)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _json(data: object, status: int = 200) -> web.Response:
    return web.json_response(data, status=status, dumps=lambda value: json.dumps(value, ensure_ascii=False))


async def _body(request: web.Request) -> Json:
    try:
        body = json.loads(await request.text() or "{}")
    except ValueError:
        raise PageError("That is not JSON.") from None
    if not isinstance(body, dict):
        raise PageError("Send a JSON object.")
    return body


class _Page:
    def __init__(self, telegram: TelegramServer, mail: MailServer, hooks: Hooks, breakages: Breakages) -> None:
        self._telegram, self._mail, self._hooks, self._breakages = telegram, mail, hooks, breakages

    async def index(self, _request: web.Request) -> web.FileResponse:
        return web.FileResponse(STATIC / "index.html")

    async def about(self, _request: web.Request) -> web.Response:
        state = await self._hooks.state()
        more = {
            "breakable": OFFERED,
            "icons": ICONS,
            "bot": self._telegram.world.bot.id,
            "faults": self._breakages.shown(),
            "state": state,
        }
        return _json({**self._hooks.about(), **more})

    async def move(self, request: web.Request) -> web.Response:
        return _json(await self._hooks.move(await _body(request)))

    async def write(self, request: web.Request) -> web.Response:
        return _json(await post.write(self._mail, await _body(request)), 201)

    async def example(self, request: web.Request) -> web.Response:
        person = (await _body(request)).get("person")
        if person is not None and not isinstance(person, int):
            raise PageError("A person is a number.")
        return _json(await self._hooks.example(request.match_info["name"], person), 201)

    async def faults(self, _request: web.Request) -> web.Response:
        return _json({"faults": self._breakages.shown()})

    async def add_fault(self, request: web.Request) -> web.Response:
        body = await _body(request)
        seconds = body.get("seconds")
        if seconds is not None and not isinstance(seconds, int | float):
            raise PageError("Seconds are a number.")
        return _json(await self._breakages.add(str(body.get("service")), str(body.get("name")), seconds), 201)

    async def mend(self, request: web.Request) -> web.Response:
        number = request.query.get("id", "")
        await self._breakages.mend(int(number) if number.isdecimal() else None)
        return _json({"faults": self._breakages.shown()})

    async def html(self, request: web.Request) -> web.Response:
        where = request.match_info
        raw = self._mail.raw(where["address"], int(where["uid"]), where["folder"])
        words = str(letters.reading(raw)["html"])
        return web.Response(text=words, content_type="text/html", headers={"Content-Security-Policy": LETTER_POLICY})
