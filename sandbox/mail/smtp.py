"""The SMTP side: takes mail as an MTA does, stamps it, and hands it to the mailboxes of its recipients."""

import asyncio
import re
import secrets
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from typing import Protocol

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from sandbox.mail.faults import Fault, FaultKind, Faults, Service
from sandbox.mail.letters import delivery_report
from sandbox.mail.store import normal

SIZE_LIMIT = 26_214_400  # octets (25 MiB), what large providers take at most
LINE_LIMIT = 1 << 20  # octets; kinder than the standard's 998, as Postfix and Exim are


class Post(Protocol):
    """What the SMTP side needs of the server around it."""

    host: str

    def takes(self, address: str) -> bool:
        """Whether there is (or would be) a mailbox."""
        ...

    def now(self) -> datetime: ...

    async def deliver(self, raw: bytes, to: str, *, sender: str = "") -> object: ...


class SmtpHandler:
    """The hooks aiosmtpd calls for a connection's commands."""

    def __init__(self, post: Post, faults: Faults) -> None:
        self._post = post
        self._faults = faults

    async def handle_MAIL(  # noqa: N802  # aiosmtpd's name
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        sender = "" if address == "<>" else address
        login = login_of(session)
        # As providers do: only one's own address, or none (automatic letters).
        if login is not None and sender and normal(sender) != normal(login):
            return "553 5.7.1 Sender address rejected: not owned by user"
        envelope.mail_from = address or "<>"
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if fault := self._faults.take(Service.SMTP, FaultKind.REJECT, address):
            return fault.answer
        if not self._post.takes(address):
            return "550 5.1.2 There is no such domain in the sandbox"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        # A fault for an address concerns the whole mail when that address is among its recipients.
        addresses = envelope.rcpt_tos
        if fault := self._take(FaultKind.REJECT_DATA, addresses):
            return fault.answer
        sender = "" if envelope.mail_from in (None, "<>") else str(envelope.mail_from)
        number = secrets.token_hex(5)
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        for address in addresses:
            stamped = self._received(session, address, number) + content
            if fault := self._faults.take(Service.SMTP, FaultKind.BOUNCE, address):
                await self._bounce(stamped, address, sender, fault.answer)
            else:
                await self._post.deliver(stamped, address, sender=sender)
        if self._take(FaultKind.LOST_ANSWER, addresses):
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
            # Losing the connection cancels this; no answer is ever made.
            await asyncio.get_running_loop().create_future()
        return f"250 2.0.0 OK, queued as {number}"

    async def _bounce(self, raw: bytes, address: str, sender: str, answer: str) -> None:
        """Return a mail to its sender; a delivery report itself is never returned (RFC 5321, 4.5.5)."""
        if sender and self._post.takes(sender):
            report = delivery_report(raw, address, sender, answer, self._post.host, self._post.now())
            await self._post.deliver(report.as_bytes(), sender)

    def _take(self, kind: FaultKind, addresses: list[str]) -> Fault | None:
        for address in addresses:
            if fault := self._faults.take(Service.SMTP, kind, address):
                return fault
        return None

    def _received(self, session: Session, address: str, number: str) -> bytes:
        """The trace line every MTA puts on top (RFC 5321, 4.4)."""
        with_protocol = "ESMTPA" if login_of(session) else "ESMTP" if session.extended_smtp else "SMTP"
        name = re.sub(r"[^\w.:\[\]-]", "?", session.host_name or "unknown")
        return (
            f"Received: from {name} ([127.0.0.1])\r\n"
            f"\tby {self._post.host} with {with_protocol} id {number}\r\n"
            f"\tfor <{address}>; {format_datetime(self._post.now())}\r\n"
        ).encode()


def login_of(session: Session) -> str | None:
    """The address somebody has logged in with on this connection."""
    data = session.auth_data
    return data.login.decode(errors="replace") if isinstance(data, LoginPassword) else None


class _Connection(SMTP):
    line_length_limit = LINE_LIMIT


class SmtpService:
    """Serves connections that the gate hands over. `password_of` gives an address's password, None to shut it out."""

    def __init__(self, post: Post, faults: Faults, password_of: Callable[[str], str | None]) -> None:
        self._post = post
        self._handler = SmtpHandler(post, faults)
        self._password_of = password_of

    def protocol(self) -> asyncio.Protocol:
        return _Connection(
            self._handler,
            data_size_limit=SIZE_LIMIT,
            enable_SMTPUTF8=True,
            hostname=self._post.host,
            ident="ESMTP sandbox",
            auth_require_tls=False,
            authenticator=self._authenticate,
            loop=asyncio.get_running_loop(),
        )

    def _authenticate(self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object) -> AuthResult:
        # handled=False makes aiosmtpd answer 535; without it the client would wait for ever.
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        expected = self._password_of(data.login.decode(errors="replace"))
        right = expected is not None and secrets.compare_digest(expected.encode(), data.password)
        return AuthResult(success=right, handled=False, auth_data=data if right else None)
