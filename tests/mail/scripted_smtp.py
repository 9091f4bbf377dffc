"""An SMTP server that says exactly what a test wrote down."""

import asyncio
import contextlib
from collections.abc import AsyncIterator


class ScriptedSmtp:
    """Answers commands by their first word from `answers` (None: silence); keeps commands and letters as they came."""

    def __init__(self, greeting: bytes | None = b"220 ready", **answers: bytes | None) -> None:
        self.greeting = greeting
        self.answers: dict[str, bytes | None] = {
            "EHLO": b"250-here\r\n250-SIZE 1000000\r\n250 AUTH PLAIN XOAUTH2",
            "AUTH": b"235 in",
            "MAIL": b"250 ok",
            "RCPT": b"250 ok",
            "DATA": b"354 go on",
            ".": b"250 taken",
            "RSET": b"250 ok",
            "QUIT": b"221 bye",
        } | {name.replace("END", "."): answer for name, answer in answers.items()}
        self.by_address: dict[str, bytes] = {}
        """What RCPT is answered for these addresses instead."""
        self.seen: list[bytes] = []
        self.letters: list[bytes] = []
        self.connections = 0
        self.port = 0
        self.heard = asyncio.Event()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.CancelledError, asyncio.IncompleteReadError):
            self._say(writer, self.greeting)
            while line := (await reader.readline()).rstrip(b"\r\n"):
                self.seen.append(line)
                name = line.split(b" ")[0].decode().upper()
                if name == "DATA" and (self.answers["DATA"] or b"").startswith(b"354"):
                    self._say(writer, self.answers["DATA"])
                    self.letters.append(await reader.readuntil(b"\r\n.\r\n"))
                    name = "."
                answer = self.answers.get(name, b"502 what?")
                if name == "RCPT":
                    answer = next((said for one, said in self.by_address.items() if one.encode() in line), answer)
                self._say(writer, answer)
                self.heard.set()
                await writer.drain()
                if answer is not None and answer.startswith((b"421", b"221")):
                    break
        writer.close()

    @staticmethod
    def _say(writer: asyncio.StreamWriter, answer: bytes | None) -> None:
        if answer is not None:
            writer.write(answer + b"\r\n")

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["ScriptedSmtp"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=2**26)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    def url(self, login: str = "desk:secret@", query: str = "") -> str:
        return f"smtp://{login}127.0.0.1:{self.port}{query}"
