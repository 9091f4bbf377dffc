"""The mail sandbox's HTTP side, to be mounted under `/sandbox/mail`: read and write as people do, set faults.

JSON in and out; a mistake is answered with 400 and `{"error": "a sentence"}`. Bytes travel as base64.

| Request | Does |
|---|---|
| GET / | domains, ports, addresses, number of the last arrival |
| GET /mailboxes | every address with its folders, counts and URLs |
| POST /mailboxes | `{"address"}`: make a mailbox before its first mail |
| GET /mailboxes/ADDRESS/messages | `folder`, `after` (a UID): mails by UID with their main headers |
| DELETE /mailboxes/ADDRESS/messages | empty the folder |
| GET /mailboxes/ADDRESS/messages/UID | one mail to read: headers, text, html, attachments |
| GET …/UID/raw, …/UID/attachments/N | the bytes |
| POST /mailboxes/ADDRESS/renumber | `{"uidvalidity"}` (may be left out): a changed UIDVALIDITY |
| POST /messages | write a mail (see `letters.compose`) or send `{"raw_base64", "to"}`; `forged` makes sender
  authentication fail, `authentication` gives its words |
| GET /events | Server-Sent Events `{"seq", "address", "folder", "uid"}`; `after` or Last-Event-ID resumes |
| GET, POST, DELETE /faults | list; `{"service", "kind", "times", "address", "answer"}`; lift one (`?id=`) or all |
| POST /cut | `{"service"}`: cut open connections once |
"""

import json
from collections.abc import Awaitable, Callable
from email import message_from_bytes
from email.policy import compat32
from email.utils import parseaddr
from urllib.parse import quote, urlsplit

from aiohttp import web

from sandbox.mail import letters
from sandbox.mail.server import MailServer
from sandbox.mail.store import INBOX, Mail, MailError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
HEARTBEAT = 15.0  # seconds between signs of life in the stream of events


def controls(server: MailServer) -> web.Application:
    """Make the application; mount it under `/sandbox/mail/` with `add_subapp`."""
    app = web.Application(middlewares=[_guard], client_max_size=64 << 20)
    handlers = _Controls(server)
    app.add_routes(
        [
            web.get("/", handlers.overview),
            web.get("/mailboxes", handlers.mailboxes),
            web.post("/mailboxes", handlers.add_mailbox),
            web.get("/mailboxes/{address}/messages", handlers.messages),
            web.delete("/mailboxes/{address}/messages", handlers.clear),
            web.get("/mailboxes/{address}/messages/{uid:[0-9]+}", handlers.message),
            web.get("/mailboxes/{address}/messages/{uid:[0-9]+}/raw", handlers.raw),
            web.get("/mailboxes/{address}/messages/{uid:[0-9]+}/attachments/{number:[0-9]+}", handlers.attachment),
            web.post("/mailboxes/{address}/renumber", handlers.renumber),
            web.post("/messages", handlers.send),
            web.get("/events", handlers.events),
            web.get("/faults", handlers.faults),
            web.post("/faults", handlers.add_fault),
            web.delete("/faults", handlers.lift_faults),
            web.post("/cut", handlers.cut),
        ]
    )
    return app


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer mistakes with a sentence, and turn away pages of other sites that reach for the loopback address."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        return _json({"error": "The sandbox is controlled from its own pages only"}, 403)
    if request.method == "POST" and request.content_type != "application/json":
        return _json({"error": "Controls take application/json"}, 415)
    try:
        return await handler(request)
    except (MailError, TypeError, ValueError) as error:
        return _json({"error": str(error)}, 400)


class _Controls:
    def __init__(self, server: MailServer) -> None:
        self._server = server

    async def overview(self, _request: web.Request) -> web.Response:
        server = self._server
        return _json(
            {
                "domains": sorted(server.domains),
                "imap_port": server.imap_port,
                "smtp_port": server.smtp_port,
                "addresses": server.addresses(),
                "last_event": server.arrivals[-1][0] if server.arrivals else 0,
            }
        )

    async def mailboxes(self, _request: web.Request) -> web.Response:
        return _json([self._mailbox(address) for address in self._server.addresses()])

    async def add_mailbox(self, request: web.Request) -> web.Response:
        address = _required(await _body(request), "address")
        self._server.mails(address)
        return _json(self._mailbox(address), 201)

    def _mailbox(self, address: str) -> letters.Json:
        return {
            "address": address,
            "imap_url": self._server.imap_url(address),
            "smtp_url": self._server.smtp_url(address),
            "folders": [
                {
                    "name": folder.name,
                    "uidvalidity": folder.uidvalidity,
                    "messages": len(folder.mails),
                    "unseen": sum(r"\Seen" not in mail.flags for mail in folder.mails.values()),
                }
                for folder in self._server.store.folders(address)
            ],
        }

    async def messages(self, request: web.Request) -> web.Response:
        address, folder = _place(request)
        after = int(request.query.get("after", "0"))
        return _json(
            [
                _facts(mail) | letters.summary(self._server.raw(address, mail.uid, folder))
                for mail in self._server.mails(address, folder)
                if mail.uid > after
            ]
        )

    async def clear(self, request: web.Request) -> web.Response:
        self._server.clear(*_place(request))
        return _json({"ok": True})

    async def message(self, request: web.Request) -> web.Response:
        address, folder = _place(request)
        uid = int(request.match_info["uid"])
        raw = self._server.raw(address, uid, folder)
        [mail] = [mail for mail in self._server.mails(address, folder) if mail.uid == uid]
        return _json(_facts(mail) | letters.reading(raw))

    async def raw(self, request: web.Request) -> web.Response:
        address, folder = _place(request)
        raw = self._server.raw(address, int(request.match_info["uid"]), folder)
        return web.Response(body=raw, content_type="message/rfc822")

    async def attachment(self, request: web.Request) -> web.Response:
        address, folder = _place(request)
        raw = self._server.raw(address, int(request.match_info["uid"]), folder)
        name, kind, data = letters.attachment(raw, int(request.match_info["number"]))
        # Never shown in place: a stranger's HTML must not run as a page of ours.
        disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
        headers = {"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"}
        return web.Response(body=data, content_type=kind, headers=headers)

    async def renumber(self, request: web.Request) -> web.Response:
        address, folder = _place(request)
        value = _number(await _body(request), "uidvalidity")
        return _json({"uidvalidity": await self._server.renumber(address, value, folder)})

    async def send(self, request: web.Request) -> web.Response:
        body = await _body(request)
        if "raw_base64" in body:
            raw = letters.bytes_of(body, "raw_base64")
        else:
            raw = letters.compose(body, self._server.now()).as_bytes()
        sender = parseaddr(str(message_from_bytes(raw, policy=compat32).get("From", "")))[1]
        addresses = letters.texts_of(body, "to") if "raw_base64" in body else letters.recipients(raw)
        if not addresses:
            raise MailError("there is nobody to send it to")
        authentication = body.get("authentication") or _authentication(sender, forged=bool(body.get("forged")))
        delivered = []
        for address in addresses:
            mail = await self._server.deliver(raw, parseaddr(address)[1], sender=sender, authentication=str(authentication))
            delivered.append({"address": parseaddr(address)[1], "uid": mail.uid})
        return _json({"message_id": letters.summary(raw)["message_id"], "delivered": delivered}, 201)

    async def events(self, request: web.Request) -> web.StreamResponse:
        arrivals = self._server.arrivals
        newest = arrivals[-1][0] if arrivals else 0
        after = int(request.headers.get("Last-Event-ID") or request.query.get("after") or newest)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        while True:
            for number, address, folder, uid in [arrival for arrival in arrivals if arrival[0] > after]:
                event = {"seq": number, "address": address, "folder": folder, "uid": uid}
                await response.write(f"id: {number}\ndata: {json.dumps(event)}\n\n".encode())
                after = number
            await self._server.wait_for_arrival(after, HEARTBEAT)
            await response.write(b": still here\n\n")

    async def faults(self, _request: web.Request) -> web.Response:
        return _json([fault.as_json() for fault in self._server.faults.active])

    async def add_fault(self, request: web.Request) -> web.Response:
        body = await _body(request)
        unknown = set(body) - {"service", "kind", "times", "address", "answer"}
        if unknown:
            raise MailError(f"a fault has no {', '.join(sorted(unknown))}")
        fault = await self._server.fault(
            _required(body, "service"),
            _required(body, "kind"),
            times=_number(body, "times"),
            address=_optional(body, "address"),
            answer=_optional(body, "answer"),
        )
        return _json(fault.as_json(), 201)

    async def lift_faults(self, request: web.Request) -> web.Response:
        number = request.query.get("id")
        await self._server.lift_faults(int(number) if number else None)
        return _json({"ok": True})

    async def cut(self, request: web.Request) -> web.Response:
        await self._server.cut_connections(_required(await _body(request), "service"))
        return _json({"ok": True})


def _json(data: object, status: int = 200) -> web.Response:
    return web.json_response(data, status=status, dumps=lambda value: json.dumps(value, ensure_ascii=False))


async def _body(request: web.Request) -> letters.Json:
    body = await request.json()
    if not isinstance(body, dict):
        raise MailError("send a JSON object")
    return body


def _required(body: letters.Json, field: str) -> str:
    value = body.get(field)
    if not isinstance(value, str) or not value:
        raise MailError(f'"{field}" is missing')
    return value


def _optional(body: letters.Json, field: str) -> str | None:
    return _required(body, field) if body.get(field) is not None else None


def _number(body: letters.Json, field: str) -> int | None:
    value = body.get(field)
    if value is not None and not isinstance(value, int):
        raise MailError(f'"{field}" is a number')
    return value


def _place(request: web.Request) -> tuple[str, str]:
    return request.match_info["address"], request.query.get("folder", INBOX)


def _facts(mail: Mail) -> letters.Json:
    return {
        "uid": mail.uid,
        "received_at": mail.received_at.isoformat(),
        "flags": sorted(mail.flags),
        "size": mail.size,
    }


def _authentication(sender: str, *, forged: bool) -> str:
    """What checks of SPF, DKIM and DMARC would give for an honest or a forged sender."""
    domain = sender.rpartition("@")[2] or "unknown"
    if forged:
        return f"spf=fail smtp.mailfrom={domain}; dkim=none; dmarc=fail header.from={domain}"
    return f"spf=pass smtp.mailfrom={domain}; dkim=pass header.d={domain}; dmarc=pass header.from={domain}"
