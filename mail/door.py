"""Letters in: what a stored letter says becomes a `desk.ports.Incoming`, which the desk takes.

Which mailbox it came to is in `Incoming.mailbox`, so that desk.flow.intake keeps to that mailbox's `take`; who wrote it is told
by `mail.writer`, and what it is by `mail.automated`.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from desk import tags
from desk.context import Desk
from desk.errors import Permanent
from desk.flow import intake
from desk.letters.caps import PUBLIC_DOMAINS
from desk.ports import File, Incoming, Outcome, Sender
from desk.recognising import whose
from desk.recognising.letter import Recognition, recognise
from desk.recognising.whose import About
from mail.automated import Automated, Nature, nature
from mail.correspondence import Correspondence, Known
from mail.mailbox import IMPORTED, UNREADABLE, mailbox_of
from mail.parsing.headers import address_key
from mail.parsing.parse import ParsedMail, attached_texts, fingerprint, parse
from mail.parsing.sealed import NO_KEYS, Keys
from mail.trust import authenticated
from mail.writer import House
from models import Inbound, InboundState, Level
from models.store.query import column

HEAVY: Final = 4 * 1024 * 1024
"""Bytes from which on letters are read one after another."""


@dataclass(frozen=True)
class _Read:
    """All that is to be known of a letter without asking anybody."""

    mail: ParsedMail
    fingerprint: str
    nature: Nature
    recognition: Recognition
    authenticated: bool
    about: About


class MailDoor:
    """The door in of the channel "mail".

    `authserv_ids` names the server to believe, by address of the mailbox; `keys` open encrypted letters.
    """

    channel = "mail"

    def __init__(self, desk: Desk, authserv_ids: Mapping[str, str] | None = None, keys: Keys = NO_KEYS) -> None:
        self._desk, self._keys = desk, keys
        self._authserv_ids = {address.casefold(): name for address, name in (authserv_ids or {}).items()}
        self._house = house(desk)
        self._correspondence = Correspondence(desk)
        # One at a time: each holds its bytes and those of its files.
        self._heavy = asyncio.Semaphore(1)

    async def prepare(self, row: Inbound, raw: bytes) -> Incoming:
        """Read the letter and put its files into the vault. Raises Permanent for a letter that was never had."""
        if row.conversation.startswith(UNREADABLE):
            raise Permanent(raw.decode("utf-8", "replace"))
        async with self._heavy if len(raw) > HEAVY else nullcontext():
            return await self._prepared(row, raw)

    async def _prepared(self, row: Inbound, raw: bytes) -> Incoming:
        address = mailbox_of(row.source)
        # In threads: to find out what a letter asks takes tens of milliseconds, of a long one seconds.
        mail = await asyncio.to_thread(parse, raw, keys=self._keys)
        known = await self._correspondence.with_writer(mail)
        read = await asyncio.to_thread(self._read, raw, mail, known, address)
        files: tuple[File, ...] = ()
        if read.mail.files and not await self._taken_before(row, read.fingerprint):
            files = await self._sealed(read.mail)
        return self._incoming(row, address, read, files)

    async def handle(self, prepared: Incoming, row: Inbound, now: datetime) -> Outcome:
        """Have the desk take the letter."""
        return await intake.take(self._desk, prepared, row, now)

    async def handle_together(self, ready: Sequence[tuple[Incoming, Inbound]], now: datetime) -> list[Outcome]:
        """Have the desk take letters together."""
        return await intake.take_together(self._desk, ready, now)

    # -- reading

    def _read(self, raw: bytes, parsed: ParsedMail, known: Known, address: str) -> _Read:
        mail = parsed.apart_from(known.ours, known.theirs)
        # A subject that bears our tag came from us: "Re: Withdrawal Statement [RD-…]" above a "thank you" demands nothing.
        subject = "" if self._bears_our_tag(mail.subject) else mail.subject
        attached, names = attached_texts(mail), [file.name for file in mail.files]
        found = self._nature(mail)
        return _Read(
            mail=mail,
            fingerprint=fingerprint(raw, mail),
            nature=found,
            recognition=recognise(
                subject,
                mail.new_text,
                file_names=names,
                file_texts=attached,
                sender=mail.sender.email if mail.sender else None,
            ),
            authenticated=authenticated(mail.headers, mail.sender, self._authserv_ids.get(address, "")),
            about=whose.read(subject, mail.new_text or mail.text, names, attached, found.writer.name),
        )

    def _nature(self, mail: ParsedMail) -> Nature:
        found = nature(mail, self._house, proven=self._proven(mail, None) is not None)
        ours = mail.message_id is not None and self._desk.signer.ticket_of_message_id(mail.message_id) is not None
        if ours:
            back = Automated("auto_reply", "own_letter", original_message_id=mail.message_id)
            return replace(found, automated=back, held_for=("own_letter",))
        colleague = mail.sender is not None and mail.sender.key in self._house.staff and found.writer.way != "forwarded"
        if colleague and found.automated is None:
            return replace(found, automated=Automated("staff", "staff"), held_for=("staff",))
        return found

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

    def _incoming(self, row: Inbound, address: str, read: _Read, files: tuple[File, ...]) -> Incoming:
        mail, found = read.mail, read.nature
        robot, who = found.automated, found.writer
        proven = self._proven(mail, robot)
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
            instruction=self._desk.signer.instruction_of(_references(mail, robot), mail.subject),
            attached=attached_texts(mail),
        )

    def _sender(self, read: _Read) -> Sender:
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

    def _proven(self, mail: ParsedMail, robot: Automated | None) -> int | None:
        """The ticket by a reference that only we can have written: one of our Message-IDs, then a signed tag in the subject."""
        for one in _references(mail, robot):
            ticket = self._desk.signer.ticket_of_message_id(one)
            if ticket is not None:
                return ticket
        return self._desk.signer.ticket_of_tag(mail.subject)

    def _bears_our_tag(self, subject: str) -> bool:
        signer = self._desk.signer
        return signer.ticket_of_tag(subject) is not None or signer.instruction_of((), subject) is not None


def _references(mail: ParsedMail, robot: Automated | None) -> tuple[str, ...]:
    """The Message-IDs that a letter, or the report that it is, refers to; the nearest first."""
    original = (robot.original_message_id,) if robot and robot.original_message_id else ()
    return (*mail.in_reply_to, *reversed(mail.references), *original)


def house(desk: Desk) -> House:
    """The operator's addresses. A domain is its own where its mailboxes stand, unless everybody has mailboxes there."""
    mailboxes = frozenset(address_key(mailbox.address) for mailbox in desk.mailboxes)
    staff = frozenset({address_key(desk.alert_email)} - {""}) - mailboxes
    return House(mailboxes, staff, frozenset(one.rpartition("@")[2] for one in mailboxes) - PUBLIC_DOMAINS)


def _says_anything(mail: ParsedMail) -> bool:
    """Whether there are words by which a language could be told."""
    return any(map(str.isalpha, mail.subject + mail.new_text + "".join(mail.file_texts)))


def _kind(robot: Automated | None) -> str | None:
    """A report that a letter is late, or arrived, is no bounce: nothing came back."""
    if robot is None:
        return None
    return "report" if robot.kind == "bounce" and not robot.failed else robot.kind
