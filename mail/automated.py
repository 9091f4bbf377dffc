"""What becomes of a letter by its nature: a report of a machine, a robot's or a list's letter, or one that may be a person's.

Both mistakes cost: a robot answered may answer back for ever, a person taken for a robot waits in the list of quiet letters
instead of a topic. What reports is told by its structure (`mail.reports`), the rest by its signs weighed together
(`mail.signs`, `desk.recognising.judging`); whom to answer is decided apart from it, and more strictly.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from desk.recognising.judging import DOUBTFUL, HELD, PLAIN, Sign, judge, weight
from desk.recognising.letter import recognise
from mail.parsing.parse import ParsedMail, attached_texts
from mail.reports import Automated, report
from mail.robots import (
    AUTO_SUBJECT,
    AWAY_TEXT,
    DO_NOT_ANSWER,
    LIST_FOOTER,
    LIST_FOOTER_AT,
    NEWSLETTER,
    REGISTERED,
    REPLY_PREFIX,
    no_reply,
)
from mail.signs import addressed, signs, thanks_only, unquoted
from mail.writer import House, Writer, writer

__all__ = ["Automated", "Nature", "answerable", "automated", "nature", "no_reply"]

_OFFICIAL = frozenset({"rkn_order", "rkn_block_request", "rkn_request", "authority_order"})


# What is read in a letter in which nothing is read.
_NOTHING = frozenset({"question"})

# What a program says of itself when it passes on what a person has written: the answer goes to the person.
_OF_THE_PROGRAM = frozenset({"program", "declared_generated", "declared_bulk", "null_return_path", "nobody_reads", "not_to_us"})
_OF_THE_GROUP = frozenset({"declared_bulk", "list_software", "list_sender", "null_return_path", "declared_generated"})
_NOT_OF_THE_PERSON = {
    "form": _OF_THE_PROGRAM,
    "reply_to": frozenset({"nobody_reads"}),
    "group": _OF_THE_GROUP,
    "forwarded": _OF_THE_GROUP,
}


@dataclass(frozen=True)
class Nature:
    """What a letter is: `automated` is None for what may be a person's. `silenced_by` says why nothing may go back."""

    writer: Writer
    automated: Automated | None
    held_for: tuple[str, ...]
    silenced_by: tuple[str, ...]
    signs: tuple[Sign, ...]

    @property
    def answerable(self) -> bool:
        """Whether anything may be sent in answer without a person deciding it (RFC 3834, 2)."""
        return self.automated is None and not self.silenced_by


def nature(mail: ParsedMail, house: House, *, proven: bool = False) -> Nature:
    """What `mail` is. `proven`: it bears a reference that only we can have written."""
    who = writer(mail, house)
    # What a program that passes on somebody's words says of itself is not said of them.
    of_others = _NOT_OF_THE_PERSON.get(who.way, frozenset())
    found = tuple(sign for sign in signs(mail, house.mailboxes, proven=proven) if sign.name not in of_others)
    together = weight(found)
    kinds = cache(lambda: _kinds(mail, robot=together >= HELD))

    def demands() -> bool:
        return not PLAIN.issuperset(kinds())

    told = report(mail, demands)
    judged = judge(found, demands=together > DOUBTFUL and demands())
    held_for = (told.why,) if told else judged.held_for
    if told is None and judged.kind is not None:
        told = Automated(
            "list" if judged.kind == "list" else "auto_reply", ", ".join(held_for), original_message_id=_answered(mail)
        )
    silenced = (*judged.silenced_by, *_unanswered(mail, who, demands))
    if not silenced and not (proven or addressed(mail, house.mailboxes) or _speaks(found) or not _NOTHING.issuperset(kinds())):
        silenced = ("not_to_us",)
    return Nature(who, told, held_for, tuple(dict.fromkeys(silenced)), found)


def automated(mail: ParsedMail, *, own_addresses: frozenset[str] = frozenset()) -> Automated | None:
    """Why `mail` is no letter of a person, or None when it is one or may be one. `own_addresses` are the operator's mailboxes."""
    return nature(mail, _house(own_addresses)).automated


def answerable(mail: ParsedMail, own_addresses: frozenset[str] = frozenset()) -> bool:
    """Whether anything may be sent in answer without a person deciding it."""
    return nature(mail, _house(own_addresses)).answerable


def _house(own_addresses: frozenset[str]) -> House:
    return House(frozenset(address.strip().casefold() for address in own_addresses))


def _answered(mail: ParsedMail) -> str | None:
    return next(iter(mail.in_reply_to), None)


def _unanswered(mail: ParsedMail, who: Writer, demands: Callable[[], bool]) -> list[str]:
    if who.way == "device":
        return ["device"]
    if who.answer_to is None:
        return ["no_sender"]
    if no_reply(who.answer_to):
        return ["nobody_reads"]
    if thanks_only(mail) and not demands():
        return ["only_thanks"]
    return []


def _speaks(found: Sequence[Sign]) -> bool:
    """Whether somebody asks for something, wherever they have sent it: the addresses of a brand that was bought lead here too."""
    return any(sign.name in {"asks", "question", "form"} for sign in found)


def _kinds(mail: ParsedMail, *, robot: bool) -> frozenset[str]:
    """What the text, its quotations left out, asks for: kinds of the law, of authorities, and plain questions and complaints.

    A robot repeating our own subject, or what its newsletter says of consents, demands nothing. What only its words as a whole
    speak for makes no person of a program either.
    """
    bare = REPLY_PREFIX.sub("", mail.subject)
    repeated = AUTO_SUBJECT.search(bare) or (robot and bare != mail.subject)
    text = mail.new_text
    if robot and (footer := LIST_FOOTER.search(text, max(0, len(text) - LIST_FOOTER_AT))):
        text = text[: footer.start()]
    seen = recognise(
        "" if repeated else bare,
        text,
        file_names=[file.name for file in mail.files],
        file_texts=attached_texts(mail),
        sender=mail.sender.email if mail.sender else None,
    )
    kinds = frozenset(seen.read or PLAIN.intersection(seen.kinds) or _NOTHING)
    if seen.spam:
        return frozenset()
    if _OFFICIAL & kinds:
        return kinds
    if robot and NEWSLETTER.search(mail.text[-600:]) and "list-unsubscribe" in mail.headers:
        return kinds & PLAIN
    written = unquoted(mail)
    receipt = REGISTERED.search(written) and not AWAY_TEXT.search(written)
    if receipt and (no_reply(mail.sender) or DO_NOT_ANSWER.search(written)):
        return kinds & PLAIN
    return kinds
