"""An IMAP client for one folder that is only ever read: mail stays unread, unflagged and where it is.

Every command has a time-out, and after any time-out, cancellation or protocol trouble the connection is dropped, because
nobody knows what the server will say next on it. Whoever uses the client connects anew. One command at a time.
"""

import asyncio
import base64
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Self, TypeVar

from aioimaplib import aioimaplib as stock

from desk.errors import Misconfigured, Temporary
from mail.imap_wire import (
    Authenticate,
    Fetch,
    Idle,
    Protocol,
    Value,
    day,
    folder_name,
    parse_fetch,
    parse_internaldate,
    quoted,
    uid_set,
)
from mail.urls import ImapAddress

CONNECT_SECONDS: Final = 30.0
COMMAND_SECONDS: Final = 60.0
"""How long a short command may take."""
SILENCE_SECONDS: Final = 60.0
"""How long a server may send nothing in the middle of a FETCH."""
FETCH_SECONDS: Final = 900.0
"""How long one FETCH may take altogether; at 8 MB this is a line of 75 kbit/s."""
PART_BYTES: Final = 4 * 1024 * 1024
"""How much of a large letter is asked for at once."""

# Response codes of a refused login that say "later" rather than "wrong" (RFC 5530 §3).
_LATER: Final = (b"[UNAVAILABLE]", b"[INUSE]", b"[LIMIT]", b"[SERVERBUG]")
_CODE_FOLDER_MISSING: Final = (b"[NONEXISTENT]", b"[TRYCREATE]")

Result = TypeVar("Result")


class Lost(Temporary):
    """The connection is gone; a new one is needed."""


class Refusal(Temporary):
    """The server answered NO or BAD to this one command; the connection lives on."""


@dataclass(frozen=True)
class Look:
    """What is known of a letter before it is fetched: its size in bytes as the server tells, its receipt time (UTC)."""

    size: int
    received_at: datetime | None


@dataclass(frozen=True)
class Letter:
    """A letter as it lies on the server. `received_at` is INTERNALDATE in UTC, None when the server tells nonsense."""

    uid: int
    raw: bytes
    received_at: datetime | None


def tls_context(ca_file: str) -> ssl.SSLContext:
    """TLS that trusts the machine's authorities and, if named, one more. Raises Misconfigured for an unreadable file."""
    try:
        context = ssl.create_default_context()
        if ca_file:
            context.load_verify_locations(cafile=ca_file)
    except (OSError, ssl.SSLError):
        raise Misconfigured("ca_file does not hold certificates in PEM form.") from None
    return context


def distrust(host: str, error: ssl.SSLCertVerificationError) -> Misconfigured:
    """The sentence for a certificate that we do not trust."""
    return Misconfigured(
        f"The certificate of {host} is not trusted: {error.verify_message or 'it was refused'}. "
        "If this is your own authority, name its certificate with ?ca_file=."
    )


class Imap:
    """A connection to one mailbox. Make it with `connect`, end it with `close` (or use it as a context manager)."""

    def __init__(self, address: ImapAddress, protocol: Protocol) -> None:
        self.address = address
        self.uidvalidity = 0
        self.uidnext = 0
        """The next number the server will give; 0 where it does not tell (RFC 3501 lets it)."""
        self._protocol = protocol
        self._lock = asyncio.Lock()

    # -- beginning and end

    @classmethod
    async def connect(cls, address: ImapAddress) -> Self:
        """Connect, start TLS if wanted, log in. Raises Lost, Temporary, Misconfigured (login or TLS refused)."""
        loop = asyncio.get_running_loop()
        client = cls(address, Protocol(loop))
        context = tls_context(address.ca_file) if address.tls != "none" else None
        try:
            await client._open(context)
            await client._log_in()
        except BaseException:
            client.drop("the connection was given up")
            raise
        return client

    async def _open(self, context: ssl.SSLContext | None) -> None:
        at_once = context if self.address.tls == "implicit" else None
        protocol, host = self._protocol, self.address.host
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                transport, _ = await asyncio.get_running_loop().create_connection(
                    lambda: protocol, host, self.address.port, ssl=at_once, server_hostname=host if at_once else None
                )
                _keep_alive(transport.get_extra_info("socket"))
                await protocol.greeted.wait()
        except ssl.SSLCertVerificationError as error:
            raise distrust(host, error) from None
        except ssl.SSLError as error:
            raise Lost(f"{host} does not speak TLS on port {self.address.port} ({error.reason}).") from None
        except TimeoutError:
            raise Lost(f"{host} did not greet within {CONNECT_SECONDS:g} s.") from None
        except OSError as error:
            raise Lost(f"{host}:{self.address.port} cannot be reached ({type(error).__name__}).") from None
        self._check()
        if self.address.tls == "starttls" and context is not None:
            await self._start_tls(context)
        await self._refresh_capabilities()

    async def _start_tls(self, context: ssl.SSLContext) -> None:
        protocol, host = self._protocol, self.address.host
        if protocol.state != stock.NONAUTH:
            raise Misconfigured(f"{host} logs in before TLS begins (PREAUTH); use imaps:// instead.")
        result = await self._command(lambda: protocol.execute(self._plain("STARTTLS")))
        if result.result != "OK":
            raise Misconfigured(f"{host} refuses STARTTLS; use imaps:// instead.")
        protocol.forget_plain_text()
        self._check()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                protocol.transport = await asyncio.get_running_loop().start_tls(
                    protocol.transport, protocol, context, server_hostname=host
                )
        except ssl.SSLCertVerificationError as error:
            raise distrust(host, error) from None
        except (OSError, TimeoutError) as error:
            raise Lost(f"TLS with {host} failed ({type(error).__name__}).") from None

    async def _log_in(self) -> None:
        protocol, address = self._protocol, self.address
        if protocol.state == stock.NONAUTH:
            if address.auth == "password" and "LOGINDISABLED" in self.capabilities:
                raise Misconfigured(f"{address.host} takes no password on an unprotected line; use imaps:// or ?starttls=1.")
            result = await self._command(lambda: protocol.execute(self._login()))
            if result.result != "OK":
                said = b" ".join(bytes(line) for line in result.lines).upper()
                if any(code in said for code in _LATER):
                    raise Temporary(f"{address.host} takes no logins at the moment.")
                raise Misconfigured(f"{address.host} refuses the user or the {_secret(address)} of the mailbox.")
            protocol.state = stock.AUTH
        # What a server can do often changes with the login (MOVE, IDLE at some), and not every server tells by itself.
        await self._refresh_capabilities()

    def _login(self) -> Any:
        address, loop = self.address, self._protocol.loop
        at_once = "SASL-IR" in self.capabilities
        if address.auth == "xoauth2":
            words = f"user={address.user}\1auth=Bearer {address.token()}\1\1"
            return Authenticate(self._tag(), "XOAUTH2", _base64(words), at_once=at_once, loop=loop)
        # Quoted strings are ASCII; PLAIN carries any password (RFC 4616).
        if not (address.user + address.password).isascii() and "AUTH=PLAIN" in self.capabilities:
            words = f"\0{address.user}\0{address.password}"
            return Authenticate(self._tag(), "PLAIN", _base64(words), at_once=at_once, loop=loop)
        return self._plain("LOGIN", quoted(address.user), quoted(address.password))

    async def _refresh_capabilities(self) -> None:
        await self._command(self._protocol.capability)

    @property
    def capabilities(self) -> set[str]:
        """What the server says it can do, in upper case."""
        return {str(word).upper() for word in self._protocol.capabilities}

    @property
    def idles(self) -> bool:
        """Whether the server announces mail (RFC 2177)."""
        return "IDLE" in self.capabilities

    @property
    def alive(self) -> bool:
        """Whether commands can still be sent."""
        return not self._protocol.broken

    def drop(self, why: str) -> None:
        """End the connection without a word."""
        self._protocol.fail(why)

    async def close(self) -> None:
        """Say goodbye if there is still somebody to say it to, and wait until the socket is closed."""
        protocol = self._protocol
        try:
            if self.alive and not self._lock.locked():
                with suppress(stock.AioImapException, OSError, TimeoutError):
                    async with asyncio.timeout(2):
                        await protocol.execute(self._plain("LOGOUT"))
        finally:
            self.drop("closed")
        if protocol.transport is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(5):
                    await protocol.closed.wait()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # -- the folder

    async def open_folder(self) -> int:
        """Open the folder of the address for reading only; its UIDVALIDITY. Misconfigured when there is no such folder."""
        protocol = self._protocol
        result = await self._command(lambda: protocol.execute(self._plain("EXAMINE", folder_name(self.address.folder))))
        lines = [bytes(line) for line in result.lines]
        if result.result != "OK":
            if any(code in line.upper() for line in lines for code in _CODE_FOLDER_MISSING) or result.result == "NO":
                raise Misconfigured(f"{self.address.host} has no folder {self.address.folder}, or does not let us read it.")
            raise Refusal(f"{self.address.host} does not open the folder.")
        protocol.state = stock.SELECTED
        protocol.news = False
        self.uidvalidity = next((number for line in lines if (number := _code(line, b"UIDVALIDITY"))), 0)
        self.uidnext = next((number for line in lines if (number := _code(line, b"UIDNEXT"))), 0)
        if not self.uidvalidity:
            raise Misconfigured(f"{self.address.host} keeps no lasting numbers (UIDVALIDITY) for the folder.")
        return self.uidvalidity

    async def search(self, first: int, since: date | None = None) -> list[int]:
        """The UIDs from `first` on, ascending; with `since` only of letters received that day (of the server) or later."""
        self._protocol.news = False
        # `n:*` always names the last letter too, even when its UID is smaller.
        wanted = f"UID {first}:*" + (f" SINCE {day(since)}" if since else "")
        lines = await self._ok(lambda: self._protocol.search(wanted, charset=None, by_uid=True), COMMAND_SECONDS)
        words = b" ".join(bytes(line) for line in lines[:-1]).split()
        return sorted({uid for word in words if word.isdigit() and (uid := int(word)) >= first})

    async def look(self, uids: Iterable[int]) -> dict[int, Look]:
        """Size and receipt time of letters; those that are gone are missing from the answer."""
        answers = await self._fetch(uids, "(UID RFC822.SIZE INTERNALDATE)")
        return {
            uid: Look(int(size), parse_internaldate(answer.get("INTERNALDATE")))
            for uid, answer in answers.items()
            if isinstance(size := answer.get("RFC822.SIZE"), bytes) and size.isdigit()
        }

    async def fetch(self, uids: Iterable[int]) -> list[Letter]:
        """Whole letters by UID, ascending; those that are gone are missing from the answer."""
        answers = await self._fetch(uids, "(UID INTERNALDATE BODY.PEEK[])")
        return [
            Letter(uid, raw, parse_internaldate(answer.get("INTERNALDATE")))
            for uid, answer in sorted(answers.items())
            if isinstance(raw := answer.get("BODY[]"), bytes)
        ]

    async def parts(self, uid: int) -> AsyncIterator[bytes]:
        """A letter piece by piece, however large; a short piece is the last, for the sizes that servers tell are often wrong."""
        offset = 0
        while True:
            answers = await self._fetch([uid], f"(UID BODY.PEEK[]<{offset}.{PART_BYTES}>)")
            piece = next((v for k, v in answers.get(uid, {}).items() if k.startswith("BODY[]")), None)
            if not isinstance(piece, bytes):
                raise Refusal("The server does not give all of a letter.")
            if piece:
                yield piece
            if len(piece) < PART_BYTES:
                return
            offset += len(piece)

    async def head(self, uid: int, size: int) -> bytes:
        """The first bytes of a letter."""
        answers = await self._fetch([uid], f"(UID BODY.PEEK[]<0.{size}>)")
        piece = next((value for name, value in answers.get(uid, {}).items() if name.startswith("BODY[]")), None)
        if not isinstance(piece, bytes):
            raise Refusal("The server does not give the beginning of a letter.")
        return piece

    async def _fetch(self, uids: Iterable[int], items: str) -> dict[int, dict[str, Value]]:
        protocol = self._protocol
        wanted = set(uids)
        if not wanted:
            # IMAP has no empty set: a server answers BAD.
            return {}

        def command() -> Awaitable[Any]:
            fetch = Fetch(self._tag(), uid_set(wanted), items, prefix="UID", loop=protocol.loop, timeout=SILENCE_SECONDS)
            answer: Awaitable[Any] = protocol.execute(fetch)
            return answer

        found: dict[int, dict[str, Value]] = {}
        for answer in parse_fetch((await self._ok(command, FETCH_SECONDS))[:-1]):
            # The server may tell of flags in between, with or without the UID.
            number = answer.get("UID")
            if isinstance(number, bytes) and number.isdigit() and int(number) in wanted:
                found.setdefault(int(number), {}).update(answer)
        return found

    async def noop(self) -> None:
        """Hear whether the server is still there."""
        await self._ok(lambda: self._protocol.simple_command("NOOP"), COMMAND_SECONDS)

    async def idle(self, seconds: float) -> bool:
        """Wait until the server announces mail (True) or the time is over (False). Without IDLE it only waits.

        Mail announced within a command since the opening or the last search counts: the server will not announce it again.
        """
        if self._protocol.news:
            return True
        if not self.idles:
            await asyncio.sleep(seconds)
            return False
        async with self._lock:
            try:
                return await self._idle(seconds)
            except (Lost, Refusal):
                raise
            except (stock.AioImapException, OSError, TimeoutError) as error:
                raise self._lost(error) from None
            except BaseException:
                self.drop("IDLE was interrupted")
                raise

    async def _idle(self, seconds: float) -> bool:
        protocol = self._protocol
        self._check()
        command = Idle(self._tag(), protocol.loop)
        protocol.pending_sync_command = command
        protocol.send(str(command))
        async with asyncio.timeout(COMMAND_SECONDS):
            await command.started.wait()
        self._check()
        pushed = True
        try:
            async with asyncio.timeout(seconds):
                await command.pushed.wait()
        except TimeoutError:
            pushed = False
        self._check()
        if command.response.result in {"Init", "Pending"}:
            protocol.send("DONE")
            async with asyncio.timeout(COMMAND_SECONDS):
                await command.wait()
        if command.response.result != "OK":
            raise Refusal(f"{self.address.host} ends IDLE.")
        return pushed

    # -- commands

    def _tag(self) -> str:
        return str(self._protocol.new_tag())

    def _plain(self, name: str, *words: str) -> Any:
        return stock.Command(name, self._tag(), *words, loop=self._protocol.loop)

    def _check(self) -> None:
        if self._protocol.broken:
            raise self._lost(None)

    def _lost(self, error: BaseException | None) -> Lost:
        why = self._protocol.broken or ("it did not answer in time" if _is_timeout(error) else type(error).__name__)
        self.drop(why)
        return Lost(f"The connection to {self.address.host} failed: {why}.")

    async def _ok(self, call: Callable[[], Awaitable[Any]], seconds: float) -> list[bytes | bytearray]:
        result = await self._command(call, seconds)
        if result.result != "OK":
            raise Refusal(f"{self.address.host} answers {result.result}.")
        lines: list[bytes | bytearray] = result.lines
        return lines

    async def _command(self, call: Callable[[], Awaitable[Result]], seconds: float = COMMAND_SECONDS) -> Result:
        async with self._lock:
            self._check()
            try:
                async with asyncio.timeout(seconds):
                    return await call()
            except (stock.AioImapException, OSError, TimeoutError, ValueError, IndexError) as error:
                raise self._lost(error) from None
            except BaseException:
                self.drop("a command was interrupted")
                raise


def _is_timeout(error: BaseException | None) -> bool:
    return isinstance(error, TimeoutError | stock.CommandTimeout)


def _secret(address: ImapAddress) -> str:
    return "access token" if address.auth == "xoauth2" else "password"


def _base64(words: str) -> str:
    return base64.b64encode(words.encode()).decode()


def _code(line: bytes, name: bytes) -> int:
    """The number in a response code such as [UIDNEXT 4392] (RFC 3501 §7.1); 0 without one."""
    _, found, rest = line.upper().partition(b"[" + name + b" ")
    number = rest.partition(b"]")[0]
    return int(number) if found and number.isdigit() else 0


def _keep_alive(line: socket.socket | None) -> None:
    """Let the kernel ask an idle line whether it still stands, after a minute and then every 20 s (3 times)."""
    if line is None:
        return
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 20), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, option):
            line.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
