"""Watches a mailbox for ever and stores every letter in it, once, before anything else is done with it.

1. Connect, open the folder for reading, take every letter that is not stored yet, wait until the server announces more
   (IDLE, renewed and backed by looking), and so on; after any trouble connect anew, ever more slowly up to a minute.
2. What is taken is decided by UIDVALIDITY and UID alone. Flags do not matter, and nothing is flagged, moved or deleted.
3. Letters are stored in the order of their UIDs, and nothing behind a letter is stored before it: the highest stored
   UID is the place to go on from. A letter that appears late below that place is found by the hole it left, for two days.
4. A letter that cannot be had is asked for alone, three times, each on a new connection. When others can be had meanwhile, it
   is parked, where staff see it; when none can, it is the server that is ill, and everything waits.
5. Of a letter larger than the desk takes only the beginning is kept, parked at once.
"""

import asyncio
import io
import random
from asyncio import sleep as pause
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.parser import BytesHeaderParser
from typing import Final

import structlog

from desk import pausing
from desk.context import Desk, Mailbox
from desk.errors import DeskError, Misconfigured
from desk.flow import inbound
from desk.timepiece import Timepiece
from mail import numbering
from mail.imap import Imap, Letter, Look, Lost, Refusal
from mail.numbering import LONG_AGO, Numbers
from mail.parsing import trace
from mail.parsing.headers import addresses, raw_fields
from mail.parsing.parse import LARGEST
from mail.urls import ImapAddress
from models import Inbound
from models.store.query import column

log = structlog.get_logger(__name__)

IDLE_SECONDS: Final = 40.0
"""How long IDLE lasts before it is renewed and the folder looked through: lines die silently, and announcements get lost."""
POLL_SECONDS, QUIET_POLL_SECONDS = 4.0, 8.0
"""How often to look where the server does not announce: while letters come, and once it has been quiet for some looks."""
LONGEST_PAUSE: Final = 60.0
BATCH_LETTERS, BATCH_BYTES = 200, 8 * 1024 * 1024
KEPT_OF_LARGER: Final = 512 * 1024
TRIES: Final = 3
WINDOW: Final = 500
"""How many UIDs below the highest are searched for holes."""
LATE: Final = timedelta(days=2)
"""How old a letter in a hole may be: much older ones were stored once, and removed when their time was over."""
TRACE_TOLERANCE: Final = timedelta(minutes=10)
"""How much earlier than its INTERNALDATE the own server's trace must be to count: clocks of one provider differ a little."""

# What the sources begin with of letters that `rightsdesk import` brought in; those of the first are not answered by themselves.
IMPORTED, IMPORTED_TO_ANSWER = "import:", "import-answered:"

UNREADABLE: Final = "unreadable:"
"""What the conversation of a row begins with that stands for a letter the server does not give."""


@dataclass(frozen=True)
class MailboxState:
    """How it stands with a mailbox: `waiting` letters are on the server and not stored yet; `error` is a sentence."""

    address: str
    connected: bool = False
    last_contact: datetime | None = None
    waiting: int = 0
    error: str = ""


async def watch(
    desk: Desk,
    mailbox: Mailbox,
    imap: ImapAddress,
    *,
    stop: asyncio.Event,
    timepiece: Timepiece,
    on_state: Callable[[MailboxState], None] = lambda _state: None,
) -> None:
    """Watch a mailbox until `stop`; returns within moments of it, with no letter half stored."""
    watcher = _Watcher(desk, mailbox, imap, timepiece, on_state)
    async with asyncio.TaskGroup() as group:
        working = group.create_task(watcher.work(), name=f"mailbox {imap.host}")
        await stop.wait()
        async with watcher.storing:
            working.cancel()


def mailbox_of(source: str) -> str:
    """The address of the mailbox that a source belongs to."""
    return source.split(":", 2)[1] if source.startswith(("mail:", IMPORTED, IMPORTED_TO_ANSWER)) else ""


def conversation_of(raw: bytes, uid: int) -> str:
    """The key of order: letters of one sender are taken one after another. A cheap look at the header, no proof."""
    head = raw[:65536].partition(b"\r\n\r\n")[0]
    try:
        fields = raw_fields(list(BytesHeaderParser().parsebytes(head + b"\r\n\r\n").raw_items()), None)
        sender = next((found for name, value in fields if name == "from" for found in addresses(value)), None)
    except (ValueError, LookupError, TypeError):
        sender = None
    return f"mail:{sender.key}" if sender else f"mail:unknown:{uid}"


class _Watcher:
    """One mailbox and what has to be remembered of it between connections."""

    def __init__(
        self,
        desk: Desk,
        mailbox: Mailbox,
        imap: ImapAddress,
        timepiece: Timepiece,
        on_state: Callable[[MailboxState], None],
    ) -> None:
        self._desk, self._mailbox, self._address, self._timepiece = desk, mailbox, imap, timepiece
        self._on_state = on_state
        self._state = MailboxState(mailbox.address)
        self._source = ""
        self._numbers = Numbers("", 0, LONG_AGO)
        self._young: list[int] | None = None
        self._troubles = 0
        self._suspects: set[int] = set()
        self._failures: dict[int, int] = {}
        self._old: set[int] = set()
        self._own_hosts = (imap.host, imap.authserv_id, mailbox.domain)
        self.storing = asyncio.Lock()

    # -- for ever

    async def work(self) -> None:
        """Connect and serve, again and again."""
        while True:
            try:
                async with await Imap.connect(self._address) as imap:
                    await self._serve(imap)
            except Misconfigured as error:
                log.error("mailbox is misconfigured", host=self._address.host, why=error.sentence)
                await self._rest(error.sentence, LONGEST_PAUSE)
            except DeskError as error:
                self._troubles += 1
                log.warning("mailbox is out of reach", host=self._address.host, why=error.sentence, troubles=self._troubles)
                await self._rest(error.sentence, backoff(self._troubles))
            except Exception as error:  # whatever it is (the database is away, say), the mailbox is watched on
                self._troubles += 1
                log.exception("watching a mailbox failed by a fault of ours", host=self._address.host)
                await self._rest(f"Internal error: {type(error).__name__}. The log has the details.", backoff(self._troubles))

    async def _serve(self, imap: Imap) -> None:
        await imap.open_folder()
        self._enter(await numbering.enter(self._desk, imap, self._mailbox, self._timepiece()))
        announced, empty = imap.idles, 0
        log.info("mailbox is watched", host=self._address.host, announced=announced)
        while True:
            taken = await self._take_all(imap)
            self._troubles = 0
            self._tell(connected=True, last_contact=self._timepiece(), waiting=0, error="")
            empty = 0 if taken else empty + 1
            if not announced:
                await pause(POLL_SECONDS if empty < 5 else QUIET_POLL_SECONDS)
                # Many servers show what is new to nobody who does not ask for news first (RFC 3501 §7).
                with suppress(Refusal):
                    await imap.noop()
                continue
            try:
                pushed = await imap.idle(IDLE_SECONDS)
            except Refusal:
                log.warning("the mail server refuses IDLE", host=self._address.host)
                announced = False
                continue
            if not pushed:
                empty = 0
            elif empty > 3:
                # A server that announces mail and has none must not keep us busy.
                await pause(1)

    def _enter(self, numbers: Numbers) -> None:
        if self._source not in {"", numbers.source}:
            # Fingerprints see to it that a letter under a new number does nothing twice.
            log.warning("the mailbox was numbered anew and is read again", host=self._address.host)
        if numbers.source != self._source:
            self._suspects, self._failures, self._old = set(), {}, set()
        self._source, self._numbers, self._young = numbers.source, numbers, None

    async def _rest(self, error: str, seconds: float) -> None:
        self._tell(connected=False, error=error)
        await pause(seconds)

    def _tell(self, **changes: object) -> None:
        self._state = replace(self._state, **changes)  # type: ignore[arg-type]
        self._on_state(self._state)

    # -- what there is to take

    async def _take_all(self, imap: Imap) -> int:
        """Store everything that is not stored yet; how many letters that were."""
        last = await inbound.last_position(self._source)
        listed = await self._listed(imap, last)
        late = await self._late(imap, [uid for uid in listed if uid <= last])
        wanted = late + [uid for uid in listed if uid > last]
        self._suspects &= set(wanted)
        left = len(wanted)
        for at in range(0, len(wanted), BATCH_LETTERS):
            self._tell(connected=True, last_contact=self._timepiece(), waiting=left, error="")
            await self._take(imap, wanted[at : at + BATCH_LETTERS], listed)
            left -= BATCH_LETTERS
        return len(wanted)

    async def _listed(self, imap: Imap, last: int) -> list[int]:
        """The UIDs to look at: those near the highest stored one and above it; of what lay there before, what is young enough."""
        first, numbers = max(1, last + 1 - WINDOW), self._numbers
        if first >= numbers.first_uid or numbers.since == LONG_AGO:
            return await imap.search(first)
        if self._young is None:
            self._young = await numbering.young(imap, numbers)
        return sorted([uid for uid in self._young if uid >= first] + await imap.search(numbers.first_uid))

    async def _late(self, imap: Imap, listed: Sequence[int]) -> list[int]:
        """Letters below the highest stored UID that were never seen before."""
        if not listed:
            return []
        stored = await column(Inbound.filter(source=self._source, position__gte=listed[0]), "position")
        holes = sorted(set(listed) - set(stored) - self._old)
        if not holes:
            return []
        young = self._timepiece() - LATE
        looks = await imap.look(holes)
        found = [uid for uid in holes if (look := looks.get(uid)) and look.received_at and look.received_at > young]
        self._old |= set(holes) - set(found)
        return found

    async def _take(self, imap: Imap, uids: Sequence[int], listed: Sequence[int]) -> None:
        looks = await self._looks(imap, uids)
        for group in _groups(looks, self._suspects):
            first = group[0]
            if looks[first].size > LARGEST:
                await self._take_beginning(imap, first, looks[first])
            elif len(group) > 1:
                await self._take_group(imap, group)
            else:
                await self._take_one(imap, first, looks[first], listed)

    async def _looks(self, imap: Imap, uids: Sequence[int]) -> dict[int, Look]:
        """Sizes and receipt times by ascending UID. What is gone is left out; what is there without a size is a suspect."""
        looks = await imap.look(uids)
        missing = set(uids) - set(looks)
        if missing:
            still = missing & set(await imap.search(min(missing)))
            looks |= dict.fromkeys(still, Look(0, None))
            self._suspects |= still
        return dict(sorted(looks.items()))

    # -- taking

    async def _take_group(self, imap: Imap, group: Sequence[int]) -> None:
        try:
            letters = await self._whole_group(imap, group)
        except (Lost, Refusal):
            self._suspects |= set(group)
            raise
        await self._store([self._item(letter.uid, letter.raw, letter.received_at) for letter in letters])

    async def _whole_group(self, imap: Imap, group: Sequence[int]) -> list[Letter]:
        """Letters by ascending UID, all of them but those that are gone."""
        letters = await imap.fetch(group)
        missing = set(group) - {letter.uid for letter in letters}
        if missing and missing & set(await imap.search(group[0])):
            raise Refusal(f"{self._address.host} does not give all of the letters it was asked for.")
        return letters

    async def _take_one(self, imap: Imap, uid: int, look: Look, listed: Sequence[int]) -> None:
        """A letter alone: one that others failed with, or a large one."""
        last_try = self._failures.get(uid, 0) >= TRIES - 1 and await self._others_come(imap, uid, listed)
        try:
            raw = await self._whole(imap, uid, look)
        except (Lost, Refusal) as error:
            self._suspects.add(uid)
            self._failures[uid] = self._failures.get(uid, 0) + 1
            if last_try:
                await self._park_unreadable(uid, look)
            if not last_try or isinstance(error, Lost):
                raise
            return
        if raw is not None:
            await self._store([self._item(uid, raw, look.received_at)])
        self._forget(uid)

    async def _whole(self, imap: Imap, uid: int, look: Look) -> bytes | None:
        """One letter, in parts when it is large; None when it is gone."""
        if look.size <= BATCH_BYTES:
            letters = await imap.fetch([uid])
            if letters:
                return letters[0].raw
        else:
            # As large as it will be from the beginning, and given away as it is: a letter must not be held twice.
            raw = io.BytesIO(bytes(look.size))
            async for part in imap.parts(uid):
                raw.write(part)
                if raw.tell() > LARGEST:
                    raise Refusal("The letter is larger than the server said.")
            raw.truncate()
            return raw.getvalue()
        if uid in await imap.search(uid):
            raise Refusal("The server does not give a letter.")
        return None

    async def _others_come(self, imap: Imap, uid: int, listed: Sequence[int]) -> bool:
        """Whether another letter of the folder can be had: then it is not the server that is ill. Raises when it cannot."""
        others = [one for one in listed if one != uid and one not in self._failures]
        return bool(others) and bool(await imap.head(random.choice(others), 64))  # noqa: S311  # any will do

    async def _park_unreadable(self, uid: int, look: Look) -> None:
        words = (
            f"The mail server {self._address.host} does not give this letter ({TRIES} tries). "
            f"Read it in the mailbox itself: folder {self._address.folder}, UID {uid}."
        )
        item = inbound.Item(uid, f"{UNREADABLE}{uid}", self._moment(look.received_at), words.encode())
        await self._park(item, words)
        self._forget(uid)

    async def _take_beginning(self, imap: Imap, uid: int, look: Look) -> None:
        head = await imap.head(uid, KEPT_OF_LARGER)
        words = (
            f"The letter is {look.size // 1_000_000} MB large, more than the {LARGEST // 1_000_000} MB that the desk takes. "
            f"Its beginning is kept here; the whole is in the mailbox: folder {self._address.folder}, UID {uid}."
        )
        await self._park(self._item(uid, head, look.received_at), words)

    async def _park(self, item: inbound.Item, words: str) -> None:
        log.error("letter parked", host=self._address.host, uid=item.position)
        async with self.storing:
            await inbound.park(self._desk, channel="mail", source=self._source, item=item, error=words, now=self._timepiece())

    async def _store(self, items: Sequence[inbound.Item]) -> None:
        if items:
            async with self.storing:
                await inbound.store_many(self._desk, "mail", self._source, items, self._timepiece())

    def _forget(self, uid: int) -> None:
        self._suspects.discard(uid)
        self._failures.pop(uid, None)

    def _item(self, uid: int, raw: bytes, received_at: datetime | None) -> inbound.Item:
        return inbound.Item(uid, conversation_of(raw, uid), self._moment(received_at, raw), raw)

    def _moment(self, received_at: datetime | None, raw: bytes = b"") -> datetime:
        """When our own server took the letter; a server whose clock runs ahead must not put dates off.

        Its own trace in the letter counts where it is earlier: a letter that was dragged in from another folder, or restored from
        a backup, lay there before.
        """
        now = self._timepiece()
        known = min(received_at, now) if received_at else now
        traced = trace.own_receipt(raw, self._own_hosts) if raw else None
        return traced if traced is not None and traced < known - TRACE_TOLERANCE else known


def _groups(looks: dict[int, Look], suspects: set[int]) -> Iterator[list[int]]:
    """UIDs in order, in groups of at most 8 MB; suspects and large letters alone."""
    group: list[int] = []
    size = 0
    for uid, look in looks.items():
        alone = uid in suspects or look.size > BATCH_BYTES
        if group and (alone or size + look.size > BATCH_BYTES):
            yield group
            group, size = [], 0
        if alone:
            yield [uid]
        else:
            group.append(uid)
            size += look.size
    if group:
        yield group


def backoff(troubles: int) -> float:
    """Seconds to wait after the n-th trouble in a row (from 1): about 1, 2, 4, 8 … 60, never the same for two mailboxes."""
    return pausing.backoff(troubles, 1.0, LONGEST_PAUSE, spread=(0.75, 1.0))
