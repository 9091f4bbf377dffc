"""Processes that read letters (mail.reading) while this one decides and writes: under load only, so that every core works.

They are of our own making, not `concurrent.futures`: a process of that pool never learns that its parent was killed and lives
on without it; one of these ends with the pipe that its letters come through. It asks nobody and writes nowhere. Where one dies,
of a letter or by a hand, its letters are read once more, each alone; who does not survive that is told to whoever asked.
"""

import asyncio
import os
import pickle
import signal
import struct
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

import structlog

from desk.errors import Temporary
from desk.recognising.learnt import use, used
from desk.recognising.letter import warm_up
from mail.reading import NOTHING_KNOWN, Read, Scanner

log = structlog.get_logger(__name__)

MOST: Final = 4
"""Processes at most; each weighs some 25 MiB."""
AT_ONCE: Final = 8
"""Letters that a process is given at a time; its share of all where that is more, for while it reads there is other work here."""
IDLE: Final = 30.0
"""Seconds after the last letter until the processes end."""
PATIENCE: Final = 1.0
"""Seconds that a process gets to end by itself."""
BUFFER: Final = 1024 * 1024
"""Bytes that a process may give back before they are taken."""
_LENGTH: Final = struct.Struct(">Q")
_KEPT_OF_THE_ENVIRONMENT: Final = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TZ")


def wanted() -> int:
    """How many processes are worth having on this machine: one for each core but two, one where there are two.

    One core decides and writes, one is for the servers of mail and database beside it, which leave much of it.
    """
    return min(cores() - 2 if cores() > 2 else cores() - 1, MOST)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))


class Letter(NamedTuple):
    """The bytes of a letter, and the address of the mailbox it came to."""

    raw: bytes
    address: str


class Died(Exception):
    """A process ended while it had letters in hand."""


class NoneBegins(Exception):
    """No process can be begun here."""


class Scanners:
    """Up to so many processes that read letters as `scanner` does; they begin with the first letters and end when idle."""

    def __init__(self, scanner: Scanner, processes: int) -> None:
        self._scanner, self._processes = scanner, processes
        self._idle: list[_Process] = []
        self._coming: _Process | None = None
        self._can_begin = True
        self._turns = asyncio.Semaphore(processes)
        self._busy = 0
        self._rest: asyncio.TimerHandle | None = None

    @property
    def numbers(self) -> list[int]:
        """The process ids of those that wait for letters."""
        return [one.number for one in self._idle]

    async def ready(self) -> bool:
        """Whether a process reads already; where none does one is begun, and until then letters are sooner read here."""
        if self._idle or self._busy or not self._can_begin:
            return self._can_begin
        try:
            if self._coming is None:
                self._coming = await _Process.born(self._scanner)
                self._rest_later()
            if await self._coming.begins(0):
                self._idle.append(self._coming)
                self._coming = None
        except NoneBegins as error:
            self._coming = None
            self._none_begins(error)
        return bool(self._idle)

    async def read(self, letters: Sequence[Letter]) -> list[Read | Exception | None]:
        """What each letter says when nothing is known of its writer; None for one that is to be read here.

        That is one that a scanner failed on, and all where no process can be begun; `Temporary` stands for one that a process
        died of, twice.
        """
        share = max(AT_ONCE, -(-len(letters) // self._processes))
        parts = [letters[begin : begin + share] for begin in range(0, len(letters), share)]
        return [one for part in await asyncio.gather(*map(self._part, parts)) for one in part]

    async def close(self) -> None:
        """End all processes that wait for letters."""
        if self._rest is not None:
            self._rest.cancel()
        await asyncio.gather(*(one.end() for one in self._waiting()))

    def _waiting(self) -> list["_Process"]:
        """Those that have no letters, which are ours no longer."""
        found, self._idle, self._coming = [*self._idle, *filter(None, [self._coming])], [], None
        return found

    async def _part(self, letters: Sequence[Letter]) -> list[Read | Exception | None]:
        try:
            return await self._asked(letters)
        except Died:
            log.warning("a process that reads letters died", letters=len(letters))
        return [await self._alone(letter) for letter in letters]

    async def _alone(self, letter: Letter) -> Read | Exception | None:
        try:
            [read] = await self._asked([letter])
        except Died:
            return Temporary("The process that reads letters ended at this one.")
        return read

    async def _asked(self, letters: Sequence[Letter]) -> list[Read | Exception | None]:
        try:
            return await self._given(letters) if self._can_begin else [None] * len(letters)
        except NoneBegins as error:
            self._none_begins(error)
            return [None] * len(letters)

    def _none_begins(self, error: NoneBegins) -> None:
        self._can_begin = False
        log.error("no process that reads letters can be begun; they are read without", error=str(error))

    async def _given(self, letters: Sequence[Letter]) -> list[Read | Exception | None]:
        async with self._turns:
            self._busy += 1
            process: _Process | None = None
            try:
                process = self._idle.pop() if self._idle else await self._begun()
                answers = await process.ask(letters)
                self._idle.append(process)
                process = None
            finally:
                self._busy -= 1
                if process is not None:  # it died, or we were told to stop: what it would answer yet is nobody's
                    process.kill()
                self._rest_later()
        return answers

    async def _begun(self) -> "_Process":
        process, self._coming = self._coming or await _Process.born(self._scanner), None
        await process.begins()
        return process

    def _rest_later(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
        self._rest = asyncio.get_running_loop().call_later(IDLE, self._end_idle)

    def _end_idle(self) -> None:
        if not self._busy:
            for one in self._waiting():
                one.let_go()


class _Process:
    """One process, which answers one question after another."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process, self._to, self._from = process, process.stdin, process.stdout

    @property
    def number(self) -> int:
        return self._process.pid

    @classmethod
    async def born(cls, scanner: Scanner) -> "_Process":
        """A new process that is told the scanner, and what was learnt: through the pipe, for there are keys among what it knows.

        Raises NoneBegins.
        """
        ours = os.pathsep.join(filter(None, [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH")]))
        kept = {name: os.environ[name] for name in _KEPT_OF_THE_ENVIRONMENT if name in os.environ}
        try:
            process = cls(
                await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-c",
                    "from mail.scanners import serve; serve()",
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    env={**kept, "PYTHONPATH": ours},
                    limit=BUFFER,
                )
            )
        except OSError as error:
            raise NoneBegins(type(error).__name__) from error
        process._to.write(_framed((scanner, used())))
        return process

    async def begins(self, patience: float | None = None) -> bool:
        """Whether it has begun, waited for no longer than so many seconds. Raises NoneBegins where it ended instead."""
        try:
            async with asyncio.timeout(patience):
                await self._to.drain()
                head = await self._from.readexactly(_LENGTH.size)
            await self._rest_of(head)
        except TimeoutError:
            return False
        except BaseException as error:
            self.kill()
            if isinstance(error, asyncio.IncompleteReadError | ConnectionError):
                raise NoneBegins("It ended while it began.") from error
            raise
        return True

    async def ask(self, letters: Sequence[Letter]) -> list[Read | Exception | None]:
        """What the process says of these letters. Raises Died."""
        try:
            self._to.write(_framed(list(letters)))
            await self._to.drain()
            answers: list[Read | Exception | None] = await self._rest_of(await self._from.readexactly(_LENGTH.size))
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise Died from error
        return answers

    async def _rest_of(self, head: bytes) -> Any:
        [length] = _LENGTH.unpack(head)
        return pickle.loads(await self._from.readexactly(length))  # noqa: S301 - of our own process

    def let_go(self) -> None:
        """Have it end when it has read to the end of its letters."""
        self._to.close()

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()
        self._to.close()

    async def end(self) -> None:
        self.let_go()
        try:
            async with asyncio.timeout(PATIENCE):
                await self._process.wait()
        except TimeoutError:
            self.kill()
            await self._process.wait()


def _framed(value: Any) -> bytes:
    content = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(content)) + content


# --- in the process itself


def serve() -> None:
    """Read letters from standard input and answer on standard output, until there are no more."""
    # A signal to the whole group is for the parent, which still has letters here; the end of the pipe ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    letters, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # Whatever prints must not fall into the answers.
    os.dup2(2, 1)
    begin = _next(letters)
    if begin is None:  # the parent was killed before it said anything
        return
    scanner, learnt = begin
    use(learnt)
    warm_up()
    answers.write(_framed("begun"))
    answers.flush()
    with suppress(BrokenPipeError):
        while (given := _next(letters)) is not None:
            answers.write(_framed([_read(scanner, one) for one in given]))
            answers.flush()


def _next(stream: BinaryIO) -> Any:
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    content = stream.read(_LENGTH.unpack(head)[0])
    try:
        return pickle.loads(content)  # noqa: S301 - from the parent alone
    except (EOFError, pickle.UnpicklingError):  # the parent was killed amid it
        return None


def _read(scanner: Scanner, letter: Letter) -> Read | None:
    try:
        return scanner.read(letter.raw, scanner.parse(letter.raw), NOTHING_KNOWN, letter.address)
    except Exception:  # noqa: BLE001 - whoever asked reads it anew, and sees what is wrong
        return None
