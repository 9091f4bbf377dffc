"""A process is killed in the middle of a backlog again and again: every letter becomes one ticket, and is answered once."""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

from desk.flow import inbound, queues
from desk.flow.inbound import Item
from desk.record.checking import check
from mail.door import MailDoor
from models import Inbound, InboundState, Message, Outbox, Ticket
from models.store.connect import opened
from tests.bench.intake import SOURCE, raw
from tests.desk.people import Now, make_desk

# Fewer lives than a row may end (desk.flow.inbound.DEADLY): none is parked for what the test does.
SEED, LETTERS, LIVES = 20261128, 150, 10


async def test_a_process_killed_amid_its_batches_loses_no_letter_and_doubles_none(database_url: str, tmp_path: Path) -> None:
    dice, now = random.Random(SEED), Now()
    async with opened(database_url, migrate=False, tests=True):
        items = [Item(n, f"mail:p{n}@people.test", now(), raw(n)) for n in range(LETTERS)]
        await inbound.store_many(make_desk(tmp_path), "mail", SOURCE, items, now())
    for _ in range(LIVES):
        await asyncio.to_thread(_live_and_die, database_url, tmp_path, now, dice.uniform(0.0, 0.8))
        # Longer than a lease: what the dead had leased is free.
        now.forward(minutes=4)
    async with opened(database_url, migrate=False, tests=True):
        for _ in range(3):
            await inbound.drain(make_desk(tmp_path), {"mail": MailDoor(make_desk(tmp_path))}, now)
            now.forward(minutes=4)
        assert await Inbound.filter(state=InboundState.DONE, outcome="opened").count() == LETTERS
        letters = Counter([row.external_id for row in await Message.all()])
        assert letters == {f"<m{n}@people.test>": 1 for n in range(LETTERS)}
        assert await Ticket.all().count() == LETTERS
        answered = Counter([row.conversation for row in await Outbox.filter(errand="acknowledgement")])
        assert set(answered.values()) <= {1}
        assert (await check()).whole


def _live_and_die(url: str, folder: Path, now: Now, after: float) -> None:
    """Begin a process that takes what waits, and kill it so many seconds after it has begun."""
    begun, tell = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            asyncio.run(_take(url, folder, now, tell))
        finally:
            os._exit(0)
    os.close(tell)
    os.read(begun, 1)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(begun)


async def _take(url: str, folder: Path, now: Now, tell: int) -> None:
    queues.HOLDER = queues.process_name()
    desk = make_desk(folder)
    async with opened(url, migrate=False, tests=True):
        os.write(tell, b"1")
        await inbound.drain(desk, {"mail": MailDoor(desk, processes=1)}, lambda: now() + timedelta(0))
