"""Letters are read beside the process under load: as they would be read in it, whatever becomes of the scanners."""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from desk.errors import Temporary
from desk.flow import inbound
from desk.flow.inbound import Item
from desk.recognising.learnt import Learnt, use
from mail import scanners
from mail.door import MANY, MailDoor, house
from mail.parsing.parse import ParsedMail
from mail.reading import NOTHING_KNOWN, Read, Scanner
from mail.scanners import Letter, Scanners
from models import Inbound, InboundState, Ticket
from tests.bench.intake import SOURCE, raw
from tests.desk.people import Now, make_desk

ADDRESS = "support@desk.example"


@dataclass(frozen=True)
class Deadly(Scanner):
    """A scanner that dies of a letter with its word in it: each time, or once where `mark` is."""

    word: bytes = b""
    mark: str = ""

    def parse(self, content: bytes) -> ParsedMail:
        if self.word in content and not (self.mark and Path(self.mark).exists()):
            if self.mark:
                Path(self.mark).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().parse(content)


def a_scanner(folder: Path) -> Scanner:
    desk = make_desk(folder)
    return Scanner(house(desk), desk.signer)


def deadly(folder: Path, number: int, mark: str = "") -> Deadly:
    plain = a_scanner(folder)
    return Deadly(plain.house, plain.signer, word=f"<m{number}@".encode(), mark=mark)


def letters(count: int) -> list[Letter]:
    return [Letter(raw(number), ADDRESS) for number in range(count)]


async def test_letters_are_read_aside_as_they_are_read_here(tmp_path: Path) -> None:
    here, broken = (
        a_scanner(tmp_path),
        [b"", b"\x00\xff", b"Subject: =?utf-8?b?0J?=\n\n\xd0", raw(1)[:90], b"From: a@b.test\n\n" + b"> " * 400],
    )
    given = [*letters(20), *(Letter(one, ADDRESS) for one in broken)]
    aside = Scanners(here, 2)
    try:
        expected = [here.read(one.raw, here.parse(one.raw), NOTHING_KNOWN, ADDRESS) for one in given]
        assert await aside.read(given) == expected
        assert 1 <= len(aside.numbers) <= 2
    finally:
        await aside.close()


async def test_a_scanner_that_was_killed_costs_no_letter(tmp_path: Path) -> None:
    aside = Scanners(a_scanner(tmp_path), 1)
    try:
        await aside.read(letters(1))
        os.kill(aside.numbers[0], signal.SIGKILL)
        assert all(isinstance(one, Read) for one in await aside.read(letters(20)))
    finally:
        await aside.close()


async def test_a_letter_that_a_scanner_dies_of_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    aside = Scanners(deadly(tmp_path, 3), 1)
    try:
        found = await aside.read(letters(10))
        assert [number for number, one in enumerate(found) if isinstance(one, Temporary)] == [3]
        assert sum(isinstance(one, Read) for one in found) == 9
    finally:
        await aside.close()


@pytest.mark.parametrize("program", ["/nowhere/python", "/bin/false"])
async def test_where_no_process_can_be_begun_letters_are_left_to_be_read_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    aside = Scanners(a_scanner(tmp_path), 1)
    monkeypatch.setattr(sys, "executable", program)
    assert await aside.read(letters(20)) == [None] * 20
    await aside.close()


async def test_scanners_end_when_they_are_told_to_and_when_they_are_idle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    aside = Scanners(a_scanner(tmp_path), 1)
    await aside.read(letters(1))
    [told] = aside.numbers
    await aside.close()
    assert not psutil.pid_exists(told)
    assert aside.numbers == []
    monkeypatch.setattr(scanners, "IDLE", 0.0)
    await aside.read(letters(1))
    while aside.numbers:
        await asyncio.sleep(0)
    assert all(isinstance(one, Read) for one in await aside.read(letters(1)))
    await aside.close()


_PARENT = """
import asyncio
from pathlib import Path
from mail.scanners import Scanners
from tests.mail.test_scanners import a_scanner, letters

async def main():
    aside = Scanners(a_scanner(Path({folder!r})), 1)
    await aside.read(letters(1))
    print(aside.numbers[0], flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_a_scanner_ends_with_its_parent_however_that_ended(tmp_path: Path) -> None:
    words = [sys.executable, "-c", _PARENT.format(folder=str(tmp_path))]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        number = int(parent.stdout.readline())
        seen = psutil.Process(number)
        parent.kill()
        parent.wait()
        with suppress(psutil.NoSuchProcess):
            seen.wait(60)
    assert not seen.is_running() or seen.status() == psutil.STATUS_ZOMBIE


async def test_a_backlog_is_read_aside_and_loses_no_letter_though_its_scanner_is_killed(db: None, tmp_path: Path) -> None:
    desk, now, count = make_desk(tmp_path), Now(), 2 * MANY
    door = MailDoor(desk, processes=1)
    door.scanners = Scanners(deadly(tmp_path, count - 2, str(tmp_path / "died once")), 1)
    await door.scanners.read(letters(1))
    items = [Item(n, f"mail:p{n}@people.test", now(), raw(n)) for n in range(count)]
    await inbound.store_many(desk, "mail", SOURCE, items, now())
    try:
        await inbound.drain(desk, {"mail": door}, now)
        assert (tmp_path / "died once").exists()
        assert door.scanners.numbers
    finally:
        await door.close()
    assert await Inbound.filter(state=InboundState.DONE, outcome="opened").count() == count
    assert await Ticket.all().count() == count


async def test_a_letter_that_ended_a_scanner_twice_waits_and_is_never_read_in_the_process_itself(
    db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbound, "TEMPORARY_ATTEMPTS", 2)
    desk, now = make_desk(tmp_path), Now()
    door = MailDoor(desk, processes=1)
    door.scanners = Scanners(deadly(tmp_path, 20), 1)
    await door.scanners.read(letters(1))
    items = [Item(n, f"mail:p{n}@people.test", now(), raw(n)) for n in range(2 * MANY)]
    await inbound.store_many(desk, "mail", SOURCE, items, now())
    try:
        for _ in range(2):
            await inbound.drain(desk, {"mail": door}, now)
            now.forward(hours=3)
    finally:
        await door.close()
    assert await Ticket.all().count() == 2 * MANY - 1
    left = await Inbound.exclude(state=InboundState.DONE)
    assert [(row.position, row.state) for row in left] == [(20, InboundState.PARKED)]
    assert "ended at this one" in left[0].error


async def test_a_scanner_reads_by_what_was_learnt_of_the_operators_own_wording(tmp_path: Path) -> None:
    letter = Letter(
        "From: a@b.test\nTo: support@desk.example\nSubject: hi\nMIME-Version: 1.0\n"
        "Content-Type: text/plain; charset=utf-8\n\nХватит лавандовых карточек, дорогие друзья нашего гостевого клуба в Твери.\n".encode(),
        ADDRESS,
    )
    kinds = []
    for learnt in (None, Learnt({"лаван*": {"marketing_optout": 6.0}})):
        use(learnt)
        aside = Scanners(a_scanner(tmp_path), 1)
        try:
            [read] = await aside.read([letter])
        finally:
            use(None)
            await aside.close()
        assert isinstance(read, Read)
        kinds.append({*read.recognition.kinds, *read.recognition.candidates})
    assert ["marketing_optout" in one for one in kinds] == [False, True]
