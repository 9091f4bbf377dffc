"""Numbers of a mailbox: which letters are ours to take, and under which source they are stored.

A mailbox that is watched for the first time may be years old: what lay there before is nobody's news, and answering it would
promise dates of years ago. So the first sight is written down (models.Watched), and of what lay there then only letters
received from `since` on are taken; the rest is brought in by `rightsdesk import`. What comes later is taken whatever its date.

Within a source a UID means the same letter for ever. A server that numbers anew says so by another UIDVALIDITY (RFC 3501
§2.3.1.1); one that was restored from a backup often does not, and gives numbers out twice. That is noticed by a UIDNEXT that lies
below what is stored, and by letters that are not the ones stored under their number; the source then becomes another one, and
everything is read again: fingerprints see to it that nothing happens twice.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from desk.context import Desk, Mailbox
from desk.flow import first_day, inbound
from desk.record import received
from mail.imap import Imap, Refusal
from models import Inbound, InboundState, Watched
from models.store.connect import transaction

log = structlog.get_logger(__name__)

LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Since when everything is taken."""
BEFORE_FIRST: Final = timedelta(days=1)
"""How long before the first sight a letter may have come to be taken, where no `since` is set: nobody has answered it yet."""
SAMPLE: Final = 20
"""How many of the letters stored last are compared with those on the server."""
COMPARED: Final = 4096
"""How many bytes of a letter tell it from another one."""


@dataclass(frozen=True)
class Numbers:
    """The numbering of a folder as it stands: letters below `first_uid` lay there before, `since` is UTC."""

    source: str
    first_uid: int
    since: datetime

    def ours(self, uid: int, received_at: datetime | None) -> bool:
        """Whether a letter is to be taken. One without a date is: better too many than one lost."""
        return uid >= self.first_uid or received_at is None or received_at >= self.since


def source_of(mailbox: Mailbox, folder: str, uidvalidity: int, reuse: int = 0) -> str:
    """The source of inbound rows: within it a UID means the same letter for ever."""
    return f"{_place(mailbox, folder)}:{uidvalidity}" + (f"~{reuse}" if reuse else "")


async def enter(desk: Desk, imap: Imap, mailbox: Mailbox, now: datetime) -> Numbers:
    """The numbering of the folder that was just opened, compared with what is stored of it and written down."""
    folder = _shown(imap.address.folder)
    held = await Watched.get_or_none(address=mailbox.address.casefold(), folder=folder)
    if held is None:
        held = await _first_sight(desk, imap, mailbox, folder, now)
    elif held.uidvalidity != imap.uidvalidity:
        held.uidvalidity, held.reuse, held.first_uid = imap.uidvalidity, 0, await _next(imap)
        await held.save()
    elif await _gives_numbers_again(desk, imap, source_of(mailbox, folder, held.uidvalidity, held.reuse)):
        log.error("the mailbox gives numbers again that it gave before; it is read anew", host=imap.address.host)
        held.reuse, held.first_uid = held.reuse + 1, await _next(imap)
        await held.save()
    since = held.since if mailbox.since is None else mailbox.since
    return Numbers(source_of(mailbox, folder, held.uidvalidity, held.reuse), held.first_uid, since)


async def young(imap: Imap, numbers: Numbers) -> list[int]:
    """The UIDs of letters that lay there before and are to be taken all the same."""
    # Days are those of the server's own zone, so the day before is asked for too; `ours` looks at the moment.
    try:
        listed = await imap.search(1, numbers.since.date() - timedelta(days=1))
    except Refusal:
        listed = await imap.search(1)
    looks = await imap.look([uid for uid in listed if uid < numbers.first_uid])
    return [uid for uid, look in looks.items() if numbers.ours(uid, look.received_at)]


async def _first_sight(desk: Desk, imap: Imap, mailbox: Mailbox, folder: str, now: datetime) -> Watched:
    """Write down from when on this folder is watched; what an older release watched, it watched from the beginning.

    How many letters are left lying there is said in the staff group, once.
    """
    watched_before = await Inbound.filter(source__startswith=_place(mailbox, folder) + ":").exists()
    first = await _next(imap)
    log.info("the mailbox is watched for the first time", host=imap.address.host, first_uid=first, known=watched_before)
    seen = Watched(
        address=mailbox.address.casefold(),
        folder=folder,
        since=LONG_AGO if watched_before else now - BEFORE_FIRST,
        uidvalidity=imap.uidvalidity,
        first_uid=first,
    )
    since = seen.since if mailbox.since is None else mailbox.since
    left = 0
    if since > LONG_AGO:
        before = [uid for uid in await imap.search(1) if uid < first]
        left = len(set(before) - set(await young(imap, Numbers("", first, since)))) if before else 0
    async with transaction():
        await seen.save()
        if left:
            await first_day.tell_left(desk, mailbox, left, since, now)
    if left:
        desk.wake.deliveries()
    return seen


async def _next(imap: Imap) -> int:
    """The number that the next new letter will have at the least."""
    if imap.uidnext:
        return imap.uidnext
    listed = await imap.search(1)
    return listed[-1] + 1 if listed else 1


async def _gives_numbers_again(desk: Desk, imap: Imap, source: str) -> bool:
    """Whether numbers that are stored belong to other letters now, or will."""
    last = await inbound.last_position(source)
    if not last:
        return False
    if imap.uidnext and imap.uidnext <= last:
        return True
    rows = await Inbound.filter(source=source, state__not=InboundState.PARKED).order_by("-position").limit(SAMPLE)
    looks = await imap.look([row.position for row in rows])
    for row in rows:
        look = looks.get(row.position)
        if look is not None and (look.size != row.size or look.received_at != row.received_at):
            # Servers err in sizes, and receipt times are corrected: the words decide.
            stored = await received.raw(desk, row)
            if await imap.head(row.position, COMPARED) != stored[:COMPARED]:
                return True
    return False


def _place(mailbox: Mailbox, folder: str) -> str:
    return f"mail:{mailbox.address.casefold()}:{_shown(folder)}"


def _shown(folder: str) -> str:
    return folder if len(folder) <= 128 else hashlib.sha256(folder.encode()).hexdigest()
