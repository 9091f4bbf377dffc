"""Letters in: what a stored letter says becomes a `desk.ports.Incoming`, which the desk takes.

Which mailbox it came to is in `Incoming.mailbox`, so that desk.flow.intake keeps to that mailbox's `take`; who wrote it is told
by `mail.writer`, and what it is by `mail.automated`.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from desk import tags
from desk.context import Desk
from desk.errors import Permanent
from desk.flow import intake
from desk.ports import File, Incoming, Outcome, Sender
from desk.providers import PUBLIC_DOMAINS, key
from mail.automated import Automated
from mail.correspondence import Correspondence
from mail.mailbox import IMPORTED, UNREADABLE, mailbox_of
from mail.parsing.parse import ParsedMail, attached_texts
from mail.parsing.sealed import NO_KEYS, Keys
from mail.reading import NOTHING_KNOWN, Known, Read, Scanner, references
from mail.scanners import Letter, Scanners, cores
from mail.writer import House
from models import Inbound, InboundState, Level
from models.store.leases import SUSPECTED
from models.store.query import column

POOLED: Final = 256 * 1024
"""Bytes up to which a letter is worth the way to another process."""
MANY: Final = 16
"""Letters from which on there is work for other processes; less is sooner read than they begin."""


class MailDoor:
    """The door in of the channel "mail".

    `authserv_ids` names the server to believe, by address of the mailbox; `keys` open encrypted letters. With `processes` so
    many read letters beside this one under load, and what was tried before: it may have ended the process that read it.
    """

    channel = "mail"

    def __init__(
        self, desk: Desk, authserv_ids: Mapping[str, str] | None = None, keys: Keys = NO_KEYS, *, processes: int = 0
    ) -> None:
        self._desk = desk
        believed = {address.casefold(): name for address, name in (authserv_ids or {}).items()}
        self._scanner = Scanner(house(desk), desk.signer, believed, keys)
        self.scanners = Scanners(self._scanner, processes) if processes else None
        self._correspondence = Correspondence(desk)

    async def close(self) -> None:
        """End the processes that read letters."""
        if self.scanners is not None:
            await self.scanners.close()

    async def prepare(self, row: Inbound, raw: bytes) -> Incoming:
        """Read the letter and put its files into the vault. Raises Permanent for a letter that was never had."""
        [prepared] = await self.prepare_together([(row, raw)])
        if isinstance(prepared, Exception):
            raise prepared
        return prepared

    async def prepare_together(self, rows: Sequence[tuple[Inbound, bytes]]) -> list[Incoming | Exception]:
        """Prepare letters, each as `prepare` does; what one raises stands in its place."""
        had = [(row, raw) for row, raw in rows if not row.conversation.startswith(UNREADABLE)]
        reads = iter(await self._read(had))
        return [
            Permanent(raw.decode("utf-8", "replace"))
            if row.conversation.startswith(UNREADABLE)
            else await self._told(row, next(reads))
            for row, raw in rows
        ]

    async def _told(self, row: Inbound, read: Read | Exception) -> Incoming | Exception:
        if isinstance(read, Exception):
            return read
        try:
            files: tuple[File, ...] = ()
            if read.mail.files and not await self._taken_before(row, read.fingerprint):
                files = await self._sealed(read.mail)
            return self._incoming(row, mailbox_of(row.source), read, files)
        except Exception as error:  # noqa: BLE001 - judged by whoever asked
            return error

    async def handle(self, prepared: Incoming, row: Inbound, now: datetime) -> Outcome:
        """Have the desk take the letter."""
        return await intake.take(self._desk, prepared, row, now)

    async def handle_together(self, ready: Sequence[tuple[Incoming, Inbound]], now: datetime) -> list[Outcome]:
        """Have the desk take letters together."""
        return await intake.take_together(self._desk, ready, now)

    # -- reading

    async def _read(self, rows: Sequence[tuple[Inbound, bytes]]) -> list[Read | Exception]:
        """What letters say, apart from what was written before: read beside this process, or in a thread of it."""
        letters = [Letter(raw, mailbox_of(row.source)) for row, raw in rows]
        ready = self.scanners is not None and len(rows) >= MANY and await self.scanners.ready()
        aside = [number for number, (row, raw) in enumerate(rows) if _goes_aside(row, raw, ready=ready)]
        found: dict[int, Read | Exception | None] = {}
        if self.scanners is not None and aside:
            found = dict(zip(aside, await self.scanners.read([letters[number] for number in aside]), strict=True))
        # In threads: to find out what a letter asks takes milliseconds, of a long one seconds.
        parsed = await asyncio.to_thread(self._parsed, letters, found)
        known = await self._correspondence.with_writers(list(parsed.values()))
        return await asyncio.to_thread(self._each, letters, found, parsed, dict(zip(parsed, known, strict=True)))

    def _parsed(self, letters: Sequence[Letter], found: Mapping[int, Read | Exception | None]) -> dict[int, ParsedMail]:
        """The letters, by number, but for those that cannot be read."""
        parsed: dict[int, ParsedMail] = {}
        for number, letter in enumerate(letters):
            match found.get(number):
                case Read() as read:
                    parsed[number] = read.mail
                case None:
                    parsed[number] = self._scanner.parse(letter.raw)
        return parsed

    def _each(
        self,
        letters: Sequence[Letter],
        found: Mapping[int, Read | Exception | None],
        parsed: Mapping[int, ParsedMail],
        known: Mapping[int, Known],
    ) -> list[Read | Exception]:
        """What each says: as it was read aside, but anew where we wrote to the writer before."""
        reads: list[Read | Exception] = []
        for number, letter in enumerate(letters):
            read = found.get(number)
            if read is None or (isinstance(read, Read) and known[number] != NOTHING_KNOWN):
                try:
                    read = self._scanner.read(letter.raw, parsed[number], known[number], letter.address)
                except Exception as error:  # noqa: BLE001 - judged by whoever asked
                    read = error
            reads.append(read)
        return reads

    # -- its files

    async def _taken_before(self, row: Inbound, letter: str) -> bool:
        """Whether the desk will find it a duplicate: a mailbox that was numbered anew must not fill the disk a second time."""
        # The state is looked at here: SQLite would go through all that is done, and not by the index of fingerprints.
        twins = Inbound.filter(fingerprint=letter, channel=self.channel).exclude(id=row.id)
        return InboundState.DONE in await column(twins, "state")

    async def _sealed(self, mail: ParsedMail) -> tuple[File, ...]:
        return tuple(
            [
                File(
                    name=file.name,
                    type=file.type,
                    blob=await self._desk.vault.write_async(file.content),
                    inline=file.inline,
                    aside=file.aside,
                )
                for file in mail.files
            ]
        )

    # -- what the desk is told

    def _incoming(self, row: Inbound, address: str, read: Read, files: tuple[File, ...]) -> Incoming:
        mail, found = read.mail, read.nature
        robot, who = found.automated, found.writer
        proven = self._scanner.proven(mail, robot)
        return Incoming(
            channel=self.channel,
            sender=self._sender(read),
            received_at=row.received_at,
            external_id=mail.message_id or "",
            text=mail.text,
            new_text=mail.new_text,
            remarks=tuple({"words": one.words, "params": one.params} for one in mail.remarks if one.told),
            # A letter without words is answered in the operator's own language.
            language=read.recognition.language if _says_anything(mail) else self._desk.staff_language,
            answer_to=who.answer_to.email if who.answer_to else "",
            subject=mail.subject,
            kinds=read.recognition.kinds,
            candidates=read.recognition.candidates,
            guessed=not read.recognition.read,
            spam=read.recognition.spam,
            why=read.recognition.why,
            files=files,
            ticket_id=proven,
            named_ticket_id=tags.named(mail.subject) if proven is None else None,
            fingerprint=read.fingerprint,
            automated=_kind(robot),
            answerable=found.answerable and not row.source.startswith(IMPORTED),
            recalls=mail.recalls or "",
            failed_recipients=robot.recipients if robot else (),
            original_message_id=(robot.original_message_id or "") if robot else "",
            mailbox=address,
            reply_to=tuple(dict.fromkeys((*mail.in_reply_to, *reversed(mail.references)))),
            held_for=found.held_for,
            silenced_by=found.silenced_by,
            signs=found.signs,
            way=who.way,
            passed_on_by=who.by.email if who.by else "",
            about=read.about,
            instruction=self._desk.signer.instruction_of(references(mail, robot), mail.subject),
            attached=attached_texts(mail),
        )

    def _sender(self, read: Read) -> Sender:
        who = read.nature.writer
        if who.way == "device" and who.address is not None:
            return Sender("device", who.address.key, who.name[:255] or who.address.email, who.address.email, Level.SAID)
        if who.address is not None:
            # Our server vouches for the envelope only, not for whom somebody else names as the writer.
            vouched = read.authenticated and who.way in {"", "device"}
            shown = who.address.shown
            level = Level.AUTHENTICATED if vouched else Level.SENDER
            return Sender("email", who.address.key, who.name[:255], shown, level)
        if who.phone:
            return Sender("phone", who.phone, name=who.name[:255], verified=Level.SAID)
        # Nobody is nobody else: two letters without a sender have nothing in common.
        return Sender("unknown", read.fingerprint, name=who.name[:255])


def house(desk: Desk) -> House:
    """The operator's addresses. A domain is its own where its mailboxes stand, unless everybody has mailboxes there."""
    mailboxes = desk.addresses
    staff = frozenset({key(desk.alert_email)} - {""}) - mailboxes
    return House(mailboxes, staff, frozenset(one.rpartition("@")[2] for one in mailboxes) - PUBLIC_DOMAINS)


def _goes_aside(row: Inbound, raw: bytes, *, ready: bool) -> bool:
    """What may have ended a process, or failed, goes aside though it waits; else what is sooner read there than here."""
    suspected = row.attempts > (1 if row.error else _trusted())
    return suspected or (ready and len(raw) <= POOLED)


def _trusted() -> int:
    """How often a letter may have been in hand when a process ended, until no process reads it but scanners.

    Once, for it may be why. With two cores a scanner takes long to begin, and a desk that is killed again and again would never
    come to read what it had in hand: there it takes more to be suspected.
    """
    return 1 if cores() > 2 else SUSPECTED


def _says_anything(mail: ParsedMail) -> bool:
    """Whether there are words by which a language could be told."""
    return any(map(str.isalpha, mail.subject + mail.new_text + "".join(mail.file_texts)))


def _kind(robot: Automated | None) -> str | None:
    """A report that a letter is late, or arrived, is no bounce: nothing came back."""
    if robot is None:
        return None
    return "report" if robot.kind == "bounce" and not robot.failed else robot.kind
