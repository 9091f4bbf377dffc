"""An IMAP server that says exactly what a test wrote down, for what real servers do on bad days only."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable

Handler = Callable[[asyncio.StreamWriter, bytes, bytes], Awaitable[None]]


class Scripted:
    """Answers each command by name from `answers`: bytes (with TAG for the tag) or a coroutine function (writer, tag, rest).

    `seen` keeps the commands as they came; `greeting` is said first.
    """

    def __init__(self, greeting: bytes = b"* OK ready\r\n", **answers: bytes | Handler) -> None:
        self.greeting = greeting
        self.answers: dict[str, bytes | Handler] = {
            "CAPABILITY": b"* CAPABILITY IMAP4rev1 IDLE\r\nTAG OK\r\n",
            "LOGIN": b"TAG OK in\r\n",
            "EXAMINE": b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\nTAG OK [READ-ONLY] done\r\n",
            "LOGOUT": b"* BYE\r\nTAG OK\r\n",
        } | {name.replace("_", " "): answer for name, answer in answers.items()}
        self.seen: list[bytes] = []
        self.port = 0
        self.connections = 0

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            writer.write(self.greeting)
            while line := await reader.readline():
                self.seen.append(line.rstrip(b"\r\n"))
                tag, _, rest = line.rstrip(b"\r\n").partition(b" ")
                name = (re.match(rb"UID [A-Z]+|[A-Z]+", rest) or re.match(b"", rest)).group().decode()
                answer = self.answers.get(name, b"TAG BAD what?\r\n") if rest else b""
                if callable(answer):
                    await answer(writer, tag, rest)
                else:
                    writer.write(answer.replace(b"TAG", tag))
                await writer.drain()
        writer.close()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Scripted"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=2**20)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for transport in list(getattr(server, "_clients", ())):
                transport.abort()

    def url(self, query: str = "") -> str:
        return f"imap://desk:secret@127.0.0.1:{self.port}/INBOX{query}"
