"""The door between the network and a mail service: where connections are refused, cut, or left without an answer.

Every connection is passed on to the service through a socket pair, so the service itself knows nothing of faults.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable

from sandbox.mail.faults import FaultKind, Faults, Service

# With these the kernel answers a close with RST, as when a machine in between gives up.
_RESET = struct.pack("ii", 1, 0)


class Gate:
    """Listens on one port for one service."""

    def __init__(self, service: Service, protocol: Callable[[], asyncio.Protocol], faults: Faults) -> None:
        self.service = service
        self.port = 0
        self._protocol = protocol
        self._faults = faults
        self._host = ""
        self._listener: asyncio.Server | None = None
        self._passages: set[_Passage] = set()

    async def open(self, host: str, port: int) -> None:
        """Listen; port 0 takes any free one. OSError when the port is taken."""
        self._host = host
        self._listener = await asyncio.start_server(self._enter, host, port)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and cut every connection."""
        self._stop_listening()
        await self.cut_all()

    async def apply_faults(self) -> None:
        """Bring the door in line with the faults in force; called when they change."""
        refuse = self._faults.in_force(self.service, FaultKind.REFUSE)
        if refuse is not None and refuse.times is None:
            self._stop_listening()
        elif self._listener is None:
            await self.open(self._host, self.port)
        drop = self._faults.in_force(self.service, FaultKind.DROP)
        if drop is not None:
            await self.cut_all()
        silent = self._faults.in_force(self.service, FaultKind.TIMEOUT)
        for passage in self._passages:
            if silent is None:
                passage.speak()
            elif silent.times is None:
                passage.fall_silent()

    def _stop_listening(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    async def cut_all(self) -> None:
        """Cut every open connection and return when they are gone."""
        passages = list(self._passages)
        for passage in passages:
            passage.cut()
        await asyncio.gather(*(passage.ended.wait() for passage in passages))

    async def _enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._faults.take(self.service, FaultKind.REFUSE):
            _reset(writer)
            return
        passage = _Passage(reader, writer)
        self._passages.add(passage)
        if self._faults.take(self.service, FaultKind.TIMEOUT):
            passage.fall_silent()
        if self._faults.take(self.service, FaultKind.DROP):
            passage.cut_at_first_word = True
        try:
            await passage.run(self._protocol)
        finally:
            self._passages.discard(passage)
            passage.ended.set()


class _Passage:
    """One connection: two pumps between the client and the service."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.ended = asyncio.Event()
        self.cut_at_first_word = False
        self._reader = reader
        self._writer = writer
        self._speaking = asyncio.Event()
        self._speaking.set()
        self._cut = asyncio.Event()

    def fall_silent(self) -> None:
        self._speaking.clear()

    def speak(self) -> None:
        self._speaking.set()

    def cut(self) -> None:
        self._cut.set()

    async def run(self, protocol: Callable[[], asyncio.Protocol]) -> None:
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()
        await loop.connect_accepted_socket(protocol, theirs)
        inner_reader, inner_writer = await asyncio.open_connection(sock=ours)
        pumps = {
            loop.create_task(self._pump(self._reader, inner_writer, from_client=True)),
            loop.create_task(self._pump(inner_reader, self._writer, from_client=False)),
            loop.create_task(self._cut.wait()),
        }
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            inner_writer.close()
            if self._cut.is_set():
                _reset(self._writer)
            else:
                self._writer.close()
            for writer in (inner_writer, self._writer):
                with contextlib.suppress(OSError):
                    await writer.wait_closed()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, from_client: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                if from_client and self.cut_at_first_word:
                    self._cut.set()
                    return
                await self._speaking.wait()
                sink.write(data)
                await sink.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    if connection is not None:
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
