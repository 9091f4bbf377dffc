"""The wire of IMAP: aioimaplib's protocol made safe, FETCH answers taken apart, folder names encoded.

What is changed here in aioimaplib 2.0.3 and why (each has a test that shows the stock client failing):

1. Lines are taken in a loop. The library calls itself once a line, so some thousand lines in one read end it for good.
2. A lost connection fails every waiting command at once. In the library they wait for their time-out, IDLE for ever.
3. The greeting, "* BYE" included, is an event; the library leaves a task to fail unseen.
4. A challenge within AUTHENTICATE is answered; the library is silent, and so is the server.
5. Answers are taken apart here, because the library deletes "* " from them and counts brackets inside quotes.

Nothing of this module knows what a mailbox is watched for; mail.imap does.
"""

import asyncio
import base64
import logging
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, Final

from aioimaplib import aioimaplib as stock

# The library's log shows whole letters (DEBUG) and parts of them (INFO).
logging.getLogger("aioimaplib").setLevel(logging.WARNING)

LONGEST_LINE: Final = 32 * 1024 * 1024
"""Bytes of one line (a SEARCH answer of millions of UIDs); a server that sends more is cut off."""
LARGEST_LITERAL: Final = 256 * 1024 * 1024
"""Bytes of one literal; we never ask for so much at once."""

_LITERAL: Final = re.compile(rb"\{(\d{1,15})\}$")
_STATUS: Final = re.compile(rb"\* (?:OK|NO|BAD|BYE|PREAUTH)\b", re.IGNORECASE)
_QUOTED: Final = re.compile(rb'"(?:[^"\\]|\\.)*"')
_NEWS: Final = re.compile(rb"\d+ (?:EXISTS|RECENT)\b", re.IGNORECASE)
_FETCH: Final = re.compile(rb"(\d+) FETCH\b", re.IGNORECASE)


class Idle(stock.Command):
    """IDLE (RFC 2177): `started` when the server waits with us, `pushed` when there is news or the end."""

    def __init__(self, tag: str, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__("IDLE", tag, loop=loop)
        self.started, self.pushed = asyncio.Event(), asyncio.Event()

    def append_to_resp(self, line: bytes, result: str = "Pending") -> None:
        if result == "Pending" and _NEWS.match(line):
            self.pushed.set()
        super().append_to_resp(line, result)

    def close(self, line: bytes, result: str) -> None:
        super().close(line, result)
        self.started.set()
        self.pushed.set()


class Authenticate(stock.Command):
    """AUTHENTICATE with a first response that goes with the command (RFC 4959) or after the server's "+"."""

    def __init__(self, tag: str, mechanism: str, response: str, *, at_once: bool, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__("AUTHENTICATE", tag, mechanism, *([response] if at_once else []), loop=loop)
        self._responses = [] if at_once else [response]

    def next_response(self) -> bytes:
        """What to answer to a "+": the first response, then nothing, which makes a server tell its NO."""
        return (self._responses.pop() if self._responses else "").encode() + b"\r\n"


class Fetch(stock.FetchCommand):
    """FETCH that knows when an answer goes on after a literal: while brackets outside quotes are open."""

    _depth = 0

    def append_to_resp(self, line: bytes, result: str = "Pending") -> None:
        if result == "Pending" and not isinstance(line, bytearray):
            bare = _QUOTED.sub(b"", line)
            self._depth += bare.count(b"(") - bare.count(b")")
        super().append_to_resp(line, result)

    def wait_data(self) -> bool:
        return self._depth > 0 or self.wait_literal_data()


class Protocol(stock.IMAP4ClientProtocol):
    """aioimaplib's protocol with a loop for lines and an end that everybody hears of."""

    loop: asyncio.AbstractEventLoop
    transport: Any
    pending_sync_command: Any

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.greeted = asyncio.Event()
        self.closed = asyncio.Event()
        self.broken = ""
        # Mail was announced since the last look, within whatever command.
        self.news = False
        self._buffer = bytearray()
        self._searched = 0
        self._command: Any = None

    # -- what comes in

    def data_received(self, data: bytes) -> None:
        """Take in whatever whole lines and literals are there; anything unreadable ends the connection."""
        self._buffer += data
        try:
            self._take_lines()
        except Exception as error:  # noqa: BLE001  # whatever it was, the stream is out of step
            self.fail(f"the answer of the server cannot be read ({type(error).__name__})")

    def _take_lines(self) -> None:
        start = 0
        while not self.broken:
            if self._command is not None and self._command.wait_literal_data():
                start = self._take_literal(start)
                if self._command.wait_literal_data():
                    break
            end = self._buffer.find(b"\r\n", max(start, self._searched))
            if end < 0:
                self._searched = max(start, len(self._buffer) - 1)
                break
            self._take_line(bytes(self._buffer[start:end]))
            start = self._searched = end + 2
        del self._buffer[:start]
        self._searched = max(0, self._searched - start)
        if len(self._buffer) > LONGEST_LINE:
            self.fail("the server sent a line without end")

    def _take_literal(self, start: int) -> int:
        missing = self._command._expected_size - len(self._command._resp_literal_data)  # noqa: SLF001
        piece = bytes(self._buffer[start : start + missing])
        self._command.append_literal_data(piece)
        return start + len(piece)

    def _take_line(self, line: bytes) -> None:
        if not line:
            return
        open_command = self._command
        self._command = None
        command = self._handle_line(line, open_command)
        literal = _LITERAL.search(line)
        if literal and not _STATUS.match(line):
            if int(literal[1]) > LARGEST_LITERAL:
                self.fail("the server sent more than was asked for")
                return
            # A literal nobody asked for is read and forgotten.
            self._command = command if command is not None else stock.Command("NIL", "unused", loop=self.loop)
            self._command.begin_literal_data(int(literal[1]))
        elif command is not None and command.wait_data():
            self._command = command

    def _handle_line(self, line: bytes, current_cmd: Any) -> Any:
        if self.state == stock.CONNECTED:
            self._greet(line)
            return None
        return super()._handle_line(line, current_cmd)

    def _greet(self, line: bytes) -> None:
        word = line[2:].split(b" ", 1)[0].upper() if line.startswith(b"* ") else b""
        if word == b"OK":
            self.state = stock.NONAUTH
        elif word == b"PREAUTH":
            self.state = stock.AUTH
        else:
            self.fail("the server closes at once" if word == b"BYE" else "this is no IMAP server")
            return
        self.greeted.set()

    def _untagged_response(self, line: bytes) -> Any:
        text = line[2:] if line.startswith(b"* ") else line[1:]
        self.news = self.news or bool(_NEWS.match(text))
        command = self.pending_sync_command
        if command is None:
            found = _FETCH.match(text)
            name = "FETCH" if found else text.split(b" ", 1)[0].decode("ascii", "replace").upper()
            command = self.pending_async_commands.get(name)
            if command is not None and not found:
                text = text.partition(b" ")[2]
        if command is not None:
            command.append_to_resp(text)
        return command

    def _continuation(self, line: bytes) -> None:  # noqa: ARG002  # the library's own signature
        command = self.pending_sync_command
        if isinstance(command, Authenticate):
            self.transport.write(command.next_response())
        elif isinstance(command, Idle):
            command.started.set()

    # -- what goes out, and the end

    def send(self, line: str, scrub: str | None = None) -> None:  # noqa: ARG002  # the library's own signature
        """Send a line; Abort when there is nobody to send to. Nothing is logged, for a line may hold a password."""
        if self.broken or self.transport is None or self.transport.is_closing():
            raise stock.Abort(self.broken or "the connection is closed")
        self.transport.write(f"{line}\r\n".encode())

    def connection_lost(self, exc: Exception | None) -> None:
        self.fail(f"the connection was lost ({type(exc).__name__})" if exc else "the server closed the connection")
        self.closed.set()

    def fail(self, why: str) -> None:
        """End the connection and let everybody who waits for it know why; the first reason counts."""
        if self.broken:
            return
        self.broken = why
        self.state = stock.LOGOUT
        commands = [c for c in (self.pending_sync_command, *self.pending_async_commands.values()) if c is not None]
        self.pending_sync_command = None
        self.pending_async_commands.clear()
        for command in commands:
            command._exception = stock.Abort(why)  # noqa: SLF001
            command.close(b"", "KO")
        self.greeted.set()
        if self.transport is not None:
            self.transport.abort()

    def forget_plain_text(self) -> None:
        """After STARTTLS: what came unprotected counts for nothing (RFC 3501 §6.2.1); more of it is an attack."""
        if self._buffer:
            self.fail("the server, or somebody between, spoke before TLS began")
        self.capabilities = set()


# -- FETCH answers (RFC 3501 §7.4.2)

_TOKEN: Final = re.compile(
    rb'\s*(?:(?P<open>\()|(?P<close>\))|(?P<quoted>"(?:[^"\\]|\\.)*")|\{(?P<literal>\d+)\}$'
    rb"|(?P<atom>[A-Za-z0-9.]+\[[^\]]*\](?:<\d+>)?|[^\s()\"{]+))"
)
_UNESCAPE: Final = re.compile(rb"\\(.)", re.DOTALL)

Value = bytes | None | list["Value"]


def parse_fetch(lines: Iterable[bytes | bytearray]) -> Iterator[dict[str, Value]]:
    """The answers to a FETCH, each as its items by upper-case name; literals and quoted strings are plain bytes.

    Answers that cannot be read are left out: what they held is asked for again, and in the end put aside.
    """
    answer: list[bytes | bytearray] = []
    for line in lines:
        if not isinstance(line, bytearray) and _FETCH.match(line):
            yield from _items(answer)
            answer = []
        answer.append(line)
    yield from _items(answer)


def _items(answer: list[bytes | bytearray]) -> Iterator[dict[str, Value]]:
    if not answer or not (found := _FETCH.match(answer[0])):
        return
    answer[0] = bytes(answer[0][found.end() :])
    stack: list[list[Value]] = [[]]
    for piece in answer:
        if isinstance(piece, bytearray):
            stack[-1].append(bytes(piece))
            continue
        for token in _TOKEN.finditer(piece):
            if token["open"]:
                stack.append([])
            elif token["close"]:
                if len(stack) == 1:
                    break
                done = stack.pop()
                stack[-1].append(done)
                if len(stack) == 1:
                    # The last lines given may be the end of the whole command, which is not ours to read.
                    yield from _named(done)
                    return
            elif token["quoted"]:
                stack[-1].append(_UNESCAPE.sub(rb"\1", token["quoted"][1:-1]))
            elif token["atom"]:
                stack[-1].append(None if token["atom"].upper() == b"NIL" else token["atom"])


def _named(values: list[Value]) -> Iterator[dict[str, Value]]:
    names, contents = values[0::2], values[1::2]
    if len(names) == len(contents) and all(isinstance(name, bytes) for name in names):
        yield {
            name.decode("ascii", "replace").upper(): content
            for name, content in zip(names, contents, strict=True)
            if isinstance(name, bytes)
        }


_DATE: Final = re.compile(r"\s*(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def day(date: date) -> str:
    """A day as commands want it (RFC 3501 §9, date), whatever the locale."""
    return f"{date.day}-{_MONTHS[date.month - 1].capitalize()}-{date.year:04d}"


def parse_internaldate(value: Value) -> datetime | None:
    """INTERNALDATE as an instant in UTC (no help from the locale), or None when a server tells nonsense."""
    found = _DATE.match(value.decode("ascii", "replace")) if isinstance(value, bytes) else None
    if not found or found[2].lower() not in _MONTHS:
        return None
    day, year, hour, minute, second, offset_hours, offset_minutes = (int(found[group]) for group in (1, 3, 4, 5, 6, 8, 9))
    offset = timedelta(hours=offset_hours, minutes=offset_minutes) * (-1 if found[7] == "-" else 1)
    month = _MONTHS.index(found[2].lower()) + 1
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=timezone(offset)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


# -- names


def quoted(text: str) -> str:
    """An IMAP quoted string (RFC 3501 §4.3)."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def folder_name(name: str) -> str:
    """A folder's name as servers want it: modified UTF-7 (RFC 3501 §5.1.3), quoted."""
    encoded = re.sub(r"&|[^\x20-\x7e]+", lambda found: _shifted(found.group()), name)
    return quoted(encoded)


def _shifted(text: str) -> str:
    if text == "&":
        return "&-"
    return "&" + base64.b64encode(text.encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"


def uid_set(uids: Iterable[int]) -> str:
    """UIDs as a set with ranges: `1:3,7`."""
    spans: list[list[int]] = []
    for uid in sorted(set(uids)):
        if spans and uid == spans[-1][1] + 1:
            spans[-1][1] = uid
        else:
            spans.append([uid, uid])
    return ",".join(str(first) if first == last else f"{first}:{last}" for first, last in spans)
