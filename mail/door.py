"""Letters in: what a stored letter says becomes a `desk.ports.Incoming`, which the desk takes.

Which mailbox it came to is in `Incoming.mailbox`, so that desk.flow.intake keeps to that mailbox's `take`; letters of our own
mailboxes are loops (`automated`), and whether anything may go back automatically is in `answerable`.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from desk import tags
from desk.context import Desk
from desk.errors import Permanent
from desk.flow import intake
from desk.ports import File, Incoming, Outcome, Sender
from desk.recognising.letter import Recognition, recognise
from mail.automated import Automated, answerable, automated, no_reply
from mail.mailbox import IMPORTED, UNREADABLE, mailbox_of
from mail.parsing.parse import ParsedMail, attached_texts, fingerprint, parse
from mail.trust import authenticated
from models import Inbound, InboundState


@dataclass(frozen=True)
class _Read:
    """All that is to be known of a letter without asking anybody."""

    mail: ParsedMail
    fingerprint: str
    automated: Automated | None
    answerable: bool
    recognition: Recognition
    authenticated: bool


class MailDoor:
    """The door in of the channel "mail". `authserv_ids` names the server to believe, by address of the mailbox."""

    channel = "mail"

    def __init__(self, desk: Desk, authserv_ids: Mapping[str, str] | None = None) -> None:
        self._desk = desk
        self._authserv_ids = {address.casefold(): name for address, name in (authserv_ids or {}).items()}
        self._own = frozenset(mailbox.address.casefold() for mailbox in desk.mailboxes)

    async def prepare(self, row: Inbound, raw: bytes) -> Incoming:
        """Read the letter and put its files into the vault. Raises Permanent for a letter that was never had."""
        if row.conversation.startswith(UNREADABLE):
            raise Permanent(raw.decode("utf-8", "replace"))
        address = mailbox_of(row.source)
        # In a thread: to find out what a letter asks takes tens of milliseconds, of a long one seconds.
        read = await asyncio.to_thread(self._read, raw, address)
        files = () if await self._taken_before(row, read.fingerprint) else await self._sealed(read.mail)
        return self._incoming(row, address, read, files)

    async def act(self, prepared: Incoming, row: Inbound, now: datetime) -> Outcome:
        """Have the desk take the letter."""
        return await intake.take(self._desk, prepared, row, now)

    # -- reading

    def _read(self, raw: bytes, address: str) -> _Read:
        mail = parse(raw)
        # A subject that bears our tag came from us: "Re: Withdrawal Statement [RD-…]" above a "thank you" demands nothing.
        subject = "" if self._desk.signer.ticket_of_tag(mail.subject) is not None else mail.subject
        return _Read(
            mail=mail,
            fingerprint=fingerprint(raw, mail),
            automated=automated(mail, own_addresses=self._own),
            answerable=answerable(mail, self._own),
            recognition=recognise(
                subject,
                mail.new_text,
                file_names=[file.name for file in mail.files],
                file_texts=attached_texts(mail),
                sender=mail.sender.email if mail.sender else None,
            ),
            authenticated=authenticated(mail.headers, mail.sender, self._authserv_ids.get(address, "")),
        )

    async def _taken_before(self, row: Inbound, letter: str) -> bool:
        """Whether the desk will find it a duplicate: a mailbox that was numbered anew must not fill the disk a second time."""
        twins = Inbound.filter(fingerprint=letter, channel=self.channel, state=InboundState.DONE).exclude(id=row.id)
        return await twins.exists()

    async def _sealed(self, mail: ParsedMail) -> tuple[File, ...]:
        return tuple(
            [
                File(
                    name=file.name,
                    type=file.type,
                    blob=await self._desk.vault.write_async(file.content),
                    inline=file.inline,
                )
                for file in mail.files
            ]
        )

    # -- what the desk is told

    def _incoming(self, row: Inbound, address: str, read: _Read, files: tuple[File, ...]) -> Incoming:
        mail, robot = read.mail, read.automated
        proven = self._proven(mail, robot)
        reply_to = mail.answer_to
        return Incoming(
            channel=self.channel,
            sender=self._sender(read),
            received_at=row.received_at,
            external_id=mail.message_id or "",
            text=mail.text,
            new_text=mail.new_text,
            language=read.recognition.language,
            answer_to=reply_to.email if reply_to else "",
            subject=mail.subject,
            kinds=read.recognition.kinds,
            spam=read.recognition.spam,
            why=read.recognition.why,
            files=files,
            ticket_id=proven,
            claimed_ticket_id=tags.named(mail.subject) if proven is None else None,
            fingerprint=read.fingerprint,
            automated=_kind(robot),
            answerable=read.answerable and not row.source.startswith(IMPORTED),
            failed_recipients=robot.recipients if robot else (),
            original_message_id=(robot.original_message_id or "") if robot else "",
            mailbox=address,
            reply_to=tuple(dict.fromkeys((*mail.in_reply_to, *reversed(mail.references)))),
        )

    def _sender(self, read: _Read) -> Sender:
        sender, reply_to = read.mail.sender, read.mail.reply_to
        if sender is None:
            # Nobody is nobody else: two letters without a sender have nothing in common.
            return Sender("unknown", read.fingerprint)
        vouched = read.authenticated
        if reply_to is not None and reply_to.key not in self._own and (sender.key in self._own or no_reply(sender)):
            # A form of a site sends for many people: each of them is who their answers go to.
            sender, vouched = reply_to, False
        return Sender(
            "email",
            sender.key,
            name=sender.name[:255],
            shown=sender.email,
            verified="authenticated" if vouched else "sender",
        )

    def _proven(self, mail: ParsedMail, robot: Automated | None) -> int | None:
        """The ticket by a reference that only we can have written: one of our Message-IDs, then a signed tag in the subject."""
        original = (robot.original_message_id,) if robot and robot.original_message_id else ()
        for one in (*mail.in_reply_to, *reversed(mail.references), *original):
            ticket = self._desk.signer.ticket_of_message_id(one)
            if ticket is not None:
                return ticket
        return self._desk.signer.ticket_of_tag(mail.subject)


def _kind(robot: Automated | None) -> str | None:
    """A report that a letter is late, or arrived, is no bounce: nothing came back."""
    if robot is None:
        return None
    return "report" if robot.kind == "bounce" and not robot.failed else robot.kind
