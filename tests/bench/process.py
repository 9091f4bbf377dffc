"""What the desk weighs and how soon it answers as a whole process, between a local Telegram and a local mail server.

Start, the time of a letter with and without IDLE, messages at a steady pace and in a burst, idleness, and peak memory. Where
other things run on the machine the processor's time tells more than the clock's.
"""

import asyncio
import os
import random
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from unittest.mock import patch

import psutil
from pymap.config import BackendCapability

from desk.letters.caps import CAPS, Level
from sandbox.mail.imap import Config
from sandbox.telegram import Person
from tests.bench.figures import Figure
from tests.flows.rig import DESK, ROOT, Rig, letter, rig, text_of

PATIENCE = 1800.0
MIB = 2**20
PEOPLE = 100
# So many acknowledgements the desk sends in ten minutes at most, however many mails there are.
ANSWERED = next(cap.most for cap in CAPS if cap.name == "all" and cap.level == Level.DEMAND)
WORDS = "Отзываю согласие на обработку персональных данных, номер {}."
_NUMBER = re.compile(r"Сообщение (\d+)\b")


@dataclass
class Running:
    """A desk and its process; `began` is when it was started."""

    desk: Rig
    process: psutil.Process
    began: float

    def processor(self) -> float:
        """Seconds of the processor that it has used."""
        used = self.process.cpu_times()
        return float(used.user + used.system)

    def peak(self) -> float:
        """The most memory that it ever had, in MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1024

    async def until(self, true: Callable[[], object], patience: float = PATIENCE) -> float:
        """Wait until something is so; when it was (monotonic)."""
        ends = time.monotonic() + patience
        while not true():
            if not self.process.is_running() or self.process.status() == psutil.STATUS_ZOMBIE:
                raise SystemExit(f"the desk has ended\n{self.desk.tail()}")
            if time.monotonic() > ends:
                raise TimeoutError(self.desk.tail())
            await asyncio.sleep(0.01)
        return time.monotonic()

    async def ready(self) -> float:
        """Wait until it serves; when it did."""
        return await self.until(lambda: b"rightsdesk is running" in self.desk.log.read_bytes())

    def waiting(self, table: str = "inbound") -> bool:
        """Whether updates wait with Telegram, or rows of this table are not done yet."""
        if self.desk.telegram.world.queues[self.desk.telegram.world.bot.id].waiting:
            return True
        with closing(sqlite3.connect(f"file:{self.desk.folder}/desk.sqlite3?mode=ro", uri=True)) as database:
            return bool(database.execute(f"SELECT EXISTS (SELECT 1 FROM {table} WHERE state = 'waiting')").fetchone()[0])

    def taken(self, count: int) -> bool:
        """Whether so many mails have become what they become."""
        with closing(sqlite3.connect(f"file:{self.desk.folder}/desk.sqlite3?mode=ro", uri=True)) as database:
            words = "SELECT count(*) FROM inbound WHERE channel = 'mail' AND state <> 'waiting'"
            return bool(database.execute(words).fetchone()[0] >= count)

    def acknowledged(self, count: int) -> bool:
        """Whether so many people have got a letter: a mailbox comes into being with the first one."""
        return len(self.desk.mail.addresses()) - 1 >= count if self.desk.mail else False


@asynccontextmanager
async def running(*mails: bytes, received_at: datetime | None = None, again: bool = False) -> AsyncIterator[Running]:
    """A desk that was started on a mailbox with these mails; with `again` it has run before, and its tables are made."""
    with tempfile.TemporaryDirectory() as folder:
        # Born here and not in a nursery: what its imports take and weigh is measured too.
        async with rig(Path(folder), None, beginning=datetime.now(UTC)) as desk:
            assert desk.mail is not None
            if again:
                async with _alive(desk) as before:
                    await before.ready()
            for one in mails:
                desk.mail.append(one, DESK, received_at=received_at)
            async with _alive(desk) as here:
                yield here


@asynccontextmanager
async def _alive(desk: Rig) -> AsyncIterator[Running]:
    """One life of a desk."""
    with desk.log.open("wb") as log:
        began = time.monotonic()
        child = subprocess.Popen([sys.executable, "-m", "app", "run"], cwd=ROOT, env=desk.environ, stderr=log, stdout=log)
        try:
            yield Running(desk, psutil.Process(child.pid), began)
        finally:
            child.terminate()
            await asyncio.to_thread(child.wait)


async def started(letters: int, updates: int, quiet: float) -> list[Figure]:
    """A start with a letter that waits, letters one by one, messages at a pace and in a burst, and then silence."""
    async with running(_mail(0), again=True) as here:
        ready = await here.ready()
        used = here.processor()
        first = await here.until(lambda: here.acknowledged(1))
        found = [
            Figure("start to ready, by the clock", ready - here.began, "s", 5),
            Figure("start to ready, of the processor", used, "s", 5),
            Figure("start to the first acknowledgement, by the clock", first - here.began, "s"),
            Figure("start to the first acknowledgement, of the processor", here.processor(), "s"),
            Figure("a letter to its acknowledgement with IDLE, median", statistics.median(await _each(here, letters)), "s", 0.5),
        ]
        return [*found, *await _messages(here, updates), await _idle(here, quiet)]


async def polled(letters: int) -> list[Figure]:
    """Letters one by one from a server without IDLE."""
    silent = BackendCapability(idle=False, object_id=False, multi_append=True)
    with patch.object(Config, "backend_capability", silent):
        async with running(_mail(0)) as here:
            await here.until(lambda: here.acknowledged(1))
            took = await _each(here, letters, apart=(0.0, 8.0))
            return [Figure("a letter to its acknowledgement without IDLE, median", statistics.median(took), "s", 5)]


async def weighed(mails: int, largest: int, old: int) -> list[Figure]:
    """Peak memory after so many mails, after one of so many bytes, and beside a mailbox with so many old mails."""
    found = []
    async with running(*map(_mail, range(mails))) as here:
        began = await here.until(lambda: here.acknowledged(1))
        last = await here.until(lambda: here.acknowledged(min(mails, ANSWERED)))
        await here.until(lambda: here.taken(mails))
        found += [
            Figure(
                f"{min(mails, ANSWERED)} of {mails} waiting mails acknowledged by SMTP, by the clock",
                (min(mails, ANSWERED) - 1) / max(last - began, 0.001),
                "/s",
                100,
                "least",
            ),
            Figure(f"memory after {mails} mails, peak", here.peak(), "MiB", 300),
        ]
    async with running(_mail(0, os.urandom(largest * 3 // 4))) as here:
        await here.until(lambda: here.acknowledged(1))
        found.append(Figure(f"memory after a mail of {largest // MIB} MiB, peak", here.peak(), "MiB", 300))
    long_ago = datetime.now(UTC) - timedelta(days=400)
    async with running(*map(_mail, range(old)), received_at=long_ago) as here:
        await here.until(lambda: b"mailbox is watched" in here.desk.log.read_bytes())
        took = await _each(here, 1)
        found += [
            Figure(f"memory beside {old} old mails, peak", here.peak(), "MiB", 300),
            Figure(f"a letter to its acknowledgement beside {old} old mails", took[0], "s"),
        ]
    return found


def _mail(number: int, file: bytes = b"") -> bytes:
    made = letter(f"p{number}@people.test", "Withdrawal Statement", WORDS.format(number))
    if file:
        made.add_attachment(file, maintype="application", subtype="octet-stream", filename="scan.bin")
    return made.as_bytes()


async def _each(here: Running, letters: int, apart: tuple[float, float] = (0.2, 1.0)) -> list[float]:
    """Seconds of each of some letters from its arrival until its acknowledgement was accepted."""
    took = []
    assert here.desk.mail is not None
    for number in range(letters):
        await asyncio.sleep(random.uniform(*apart))
        address = f"one{number}@people.test"
        began = time.monotonic()
        written = letter(address, "Withdrawal Statement", WORDS.format(number)).as_bytes()
        await here.desk.mail.deliver(written, DESK, sender=address)
        took.append(await here.until(lambda: address in here.desk.mail.addresses()) - began)  # noqa: B023
    return took


async def _messages(here: Running, updates: int) -> list[Figure]:
    """A hundred people write at a steady pace, each message watched until it stands in the staff group; then all at once."""
    # The first message of each opens a ticket, and a topic; what is timed are the words after it.
    await _said(here, range(PEOPLE), pace=0)
    await asyncio.sleep(3)
    steady = sorted(await _said(here, range(PEOPLE, PEOPLE + updates), pace=0.02))
    began, used = time.monotonic(), here.processor()
    for number in range(updates):
        here.desk.telegram.people.say(_person(here, number), f"Ещё {number}")
    await here.until(lambda: not here.waiting())
    return [
        Figure("a message at 50/s until it stands in the group, p99", steady[int(len(steady) * 0.99)] * 1000, "ms", 200),
        Figure("the same, median", statistics.median(steady) * 1000, "ms"),
        Figure(f"{updates} updates handled to the end, by the clock", updates / (time.monotonic() - began), "/s", 200, "least"),
        Figure("the same, in a second of the processor", updates / (here.processor() - used), "/s", 200, "least"),
    ]


async def _said(here: Running, numbers: Sequence[int], pace: float) -> list[float]:
    """Seconds of each of these messages from when it was written until it stands in the staff group."""
    group = here.desk.telegram.world.group(here.desk.group_id)
    assert group is not None
    written: dict[int, float] = {}
    took: dict[int, float] = {}
    looked = len(group.messages)

    def shown() -> bool:
        nonlocal looked
        fresh = list(islice(group.messages.values(), looked, None))
        looked += len(fresh)
        for found in (_NUMBER.search(text_of(one)) for one in fresh):
            if found and (number := int(found[1])) in written:
                took.setdefault(number, time.monotonic() - written[number])
        return len(took) == len(numbers)

    for number in numbers:
        written[number] = time.monotonic()
        here.desk.telegram.people.say(_person(here, number), f"Сообщение {number}")
        await asyncio.sleep(pace)
        shown()
    await here.until(shown)
    return list(took.values())


def _person(here: Running, number: int) -> Person:
    known = here.desk.telegram.world.people
    wanted = 800_000 + number % PEOPLE
    return known.get(wanted) or here.desk.telegram.world.add_person(f"P{wanted}", person_id=wanted)


async def _idle(here: Running, seconds: float) -> Figure:
    await here.until(lambda: not here.waiting("outbox"))
    await asyncio.sleep(min(seconds, 5))
    before = here.processor()
    await asyncio.sleep(seconds)
    return Figure("idle, of a core", (here.processor() - before) / seconds * 100, "%", 0.5)
