"""Letters that lie somewhere: .eml files, mbox, Maildir, or what a mailbox held before it was watched; with their receipt times.

When a letter was received is read from its own trace: the field of our own server where it stands on top, else the topmost one
of any server, else what the archive says, else the letter's own date.
"""

import hashlib
import mailbox
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from desk.errors import DeskError
from desk.flow import inbound
from mail.imap import Imap, Look
from mail.mailbox import conversation_of
from mail.parsing import trace
from mail.parsing.headers import date
from mail.parsing.parse import LARGEST
from mail.urls import ImapAddress

BATCH: Final = 50
"""How many letters are fetched from a mailbox at once."""
_DATE: Final = re.compile(rb"^Date:[ \t]*([^\r\n]+)", re.IGNORECASE | re.MULTILINE)


class NoArchive(DeskError):
    """What was named holds no letters; the sentence says what was looked for."""


@dataclass(frozen=True)
class Found:
    """A letter of an archive: `name` says where it lies, `received_at` is UTC and None when nothing tells."""

    name: str
    raw: bytes
    received_at: datetime | None = None


def letters(path: Path) -> tuple[int, Iterator[Found]]:
    """How many letters lie at a path, and each of them. Raises NoArchive for what is neither a letter nor an archive."""
    if path.is_dir() and (path / "cur").is_dir() and (path / "new").is_dir():
        box = mailbox.Maildir(path, create=False)
        return len(box), (Found(key, box.get_bytes(key), _moment_of_name(key)) for key in sorted(box.keys()))
    if path.is_dir():
        files = sorted(file for file in path.rglob("*.eml") if file.is_file())
        if not files:
            raise NoArchive("%(path)s holds no .eml files and is no Maildir.", path=path)
        return len(files), (Found(str(file.relative_to(path)), file.read_bytes()) for file in files)
    if not path.is_file():
        raise NoArchive("There is no %(path)s.", path=path)
    with path.open("rb") as file:
        beginning = file.read(5)
    if beginning != b"From ":
        return 1, iter([Found(path.name, path.read_bytes())])
    one = mailbox.mbox(path, create=False)
    return len(one), _of_mbox(one, path.name)


def _of_mbox(box: mailbox.mbox, name: str) -> Iterator[Found]:
    try:
        for key in list(box.keys()):
            yield Found(f"{name}:{key}", box.get_bytes(key), _moment_of_line(box, key))
    finally:
        box.close()


async def of_mailbox(address: ImapAddress, before: datetime, since: datetime | None = None) -> tuple[int, AsyncIterator[Found]]:
    """How many letters a mailbox holds that were received before a moment (and since another), and each of them.

    Raises Temporary and Misconfigured as the connection does. The mailbox is only read, and no flag is changed.
    """
    imap = await Imap.connect(address)
    try:
        await imap.open_folder()
        uids = await imap.search(1, since.date() if since else None)
        looks: dict[int, Look] = {}
        for at in range(0, len(uids), 10 * BATCH):
            looks |= await imap.look(uids[at : at + 10 * BATCH])
    except BaseException:
        await imap.close()
        raise
    moments = {uid: look.received_at for uid, look in looks.items() if look.size <= LARGEST and look.received_at is not None}
    wanted = sorted(uid for uid, moment in moments.items() if moment < before and (since is None or moment >= since))
    return len(wanted), _fetched(imap, wanted)


async def _fetched(imap: Imap, uids: Sequence[int]) -> AsyncIterator[Found]:
    try:
        for at in range(0, len(uids), BATCH):
            for letter in await imap.fetch(uids[at : at + BATCH]):
                yield Found(f"UID {letter.uid}", letter.raw, letter.received_at)
    finally:
        await imap.close()


def received(found: Found, hosts: Iterable[str], now: datetime) -> datetime:
    """The statutory moment of receipt (UTC), never later than now."""
    told = trace.own_receipt(found.raw, hosts) or found.received_at or trace.receipt(found.raw) or _date(found.raw) or now
    return min(told, now)


def item(found: Found, hosts: Iterable[str], now: datetime) -> inbound.Item:
    """The letter as an inbound row; its position is a digest of its bytes, so that it is brought in once, wherever it lies."""
    position = int.from_bytes(hashlib.sha256(found.raw).digest()[:8]) >> 1
    return inbound.Item(position, conversation_of(found.raw, position), received(found, hosts, now), found.raw)


def _date(raw: bytes) -> datetime | None:
    found = _DATE.search(raw[: trace.HEAD].replace(b"\r\n", b"\n").partition(b"\n\n")[0])
    return date(found[1].decode("ascii", "replace")) if found else None


def _moment_of_name(key: str) -> datetime | None:
    """A file of a Maildir is named by the second in which it was delivered."""
    seconds = key.partition(".")[0]
    return datetime.fromtimestamp(int(seconds), UTC) if seconds.isdecimal() and len(seconds) < 11 else None


def _moment_of_line(box: mailbox.mbox, key: str) -> datetime | None:
    """The line before a letter of an mbox ends with the moment of delivery, in UTC by custom (RFC 4155)."""
    line = str(box.get_message(key).get_from())
    try:
        return datetime.strptime(" ".join(line.split()[-5:]), "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    except ValueError:
        return None
