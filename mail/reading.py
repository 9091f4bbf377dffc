"""Reading a letter: from its bytes to all that is to be known of it without asking anybody. Pure, and without a database.

So it can be done in another process (mail.scanners); what was written before between us and the writer is given to it (`Known`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from desk.recognising import whose
from desk.recognising.letter import Recognition, recognise
from desk.recognising.whose import About
from desk.tags import Signer
from mail.automated import Automated, Nature, nature
from mail.parsing.parse import ParsedMail, attached_texts, fingerprint, parse
from mail.parsing.sealed import NO_KEYS, Keys
from mail.trust import authenticated
from mail.writer import House


@dataclass(frozen=True)
class Known:
    """Texts of letters that went between us and a writer, newest first."""

    ours: tuple[str, ...] = ()
    theirs: tuple[str, ...] = ()


NOTHING_KNOWN = Known()


@dataclass(frozen=True)
class Read:
    """All that is to be known of a letter without asking anybody."""

    mail: ParsedMail
    fingerprint: str
    nature: Nature
    recognition: Recognition
    authenticated: bool
    about: About


@dataclass(frozen=True)
class Scanner:
    """What reading needs to know of the operator: its addresses, references, keys, and which server to believe by mailbox."""

    house: House
    signer: Signer
    authserv_ids: Mapping[str, str] = field(default_factory=dict)
    keys: Keys = NO_KEYS

    def parse(self, raw: bytes) -> ParsedMail:
        """The letter as it stands there. Never raises."""
        return parse(raw, keys=self.keys)

    def read(self, raw: bytes, parsed: ParsedMail, known: Known, address: str) -> Read:
        """What a letter to the mailbox `address` says, apart from what it repeats of `known` ones."""
        mail = parsed.apart_from(known.ours, known.theirs)
        # A subject that bears our tag came from us: "Re: Withdrawal Statement [RD-…]" above a "thank you" demands nothing.
        subject = "" if self._bears_our_tag(mail.subject) else mail.subject
        attached, names = attached_texts(mail), [file.name for file in mail.files]
        found = self._nature(mail)
        return Read(
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
            authenticated=authenticated(mail.headers, mail.sender, self.authserv_ids.get(address, "")),
            about=whose.read(subject, mail.new_text or mail.text, names, attached, found.writer.name),
        )

    def proven(self, mail: ParsedMail, robot: Automated | None) -> int | None:
        """The ticket by a reference that only we can have written: one of our Message-IDs, then a signed tag in the subject."""
        for one in references(mail, robot):
            ticket = self.signer.ticket_of_message_id(one)
            if ticket is not None:
                return ticket
        return self.signer.ticket_of_tag(mail.subject)

    def _nature(self, mail: ParsedMail) -> Nature:
        found = nature(mail, self.house, proven=self.proven(mail, None) is not None)
        ours = mail.message_id is not None and self.signer.ticket_of_message_id(mail.message_id) is not None
        if ours:
            back = Automated("auto_reply", "own_letter", original_message_id=mail.message_id)
            return replace(found, automated=back, held_for=("own_letter",))
        colleague = mail.sender is not None and mail.sender.key in self.house.staff and found.writer.way != "forwarded"
        if colleague and found.automated is None:
            return replace(found, automated=Automated("staff", "staff"), held_for=("staff",))
        return found

    def _bears_our_tag(self, subject: str) -> bool:
        return self.signer.ticket_of_tag(subject) is not None or self.signer.instruction_of((), subject) is not None


def references(mail: ParsedMail, robot: Automated | None) -> tuple[str, ...]:
    """The Message-IDs that a letter, or the report that it is, refers to; the nearest first."""
    original = (robot.original_message_id,) if robot and robot.original_message_id else ()
    return (*mail.in_reply_to, *reversed(mail.references), *original)
