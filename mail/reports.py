"""What machines report about letters of ours: bounces, receipts, abuse reports, answers to invitations, reactions, recalls.

A report says what it is by its structure (RFC 3464, 8098, 5965, 5546); a bounce of a program that writes none is told by
its sender and its words. What a person demands is never taken for a bounce in words.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from desk.recognising.judging import PLAIN
from desk.recognising.letter import recognise
from mail.parsing.headers import mailbox
from mail.parsing.parse import File, ParsedMail
from mail.robots import (
    BOUNCE_SUBJECT,
    BOUNCE_TEXT,
    DELAY,
    GIVEN_UP,
    REACTION,
    REPLY_PREFIX,
    from_daemon,
    null_return_path,
)

Kind = Literal["auto_reply", "bounce", "list", "reaction", "recall", "report", "staff"]

_MOST_RECIPIENTS = 50


@dataclass(frozen=True)
class Automated:
    """Why a letter is held for automatic; for bounces also what became of which letter of ours."""

    kind: Kind
    why: str
    failed: bool = False  # delivery was given up
    delayed: bool = False  # delivery is still being tried
    recipients: tuple[str, ...] = ()
    original_message_id: str | None = None


_FINAL = re.compile(
    r"^(?:final|original)-recipient[ \t]*:[ \t]*(?:[\w.-]+[ \t]*;)?[ \t]*(\S{3,320})", re.IGNORECASE | re.MULTILINE
)
_ACTION = re.compile(r"^action[ \t]*:[ \t]*([a-z]+)", re.IGNORECASE | re.MULTILINE)
_ORIGINAL_ID = re.compile(r"^(?:original-)?message-id[ \t]*:\s*(<[^<>\s]{1,500}>)", re.IGNORECASE | re.MULTILINE)
_NAMED_RECIPIENT = re.compile(
    r"^[ \t]*<([^\s<>@]{1,64}@[^\s<>@]{1,255})>[ \t]*(?::|\(|$)"
    r"|^[ \t]{1,8}([^\s<>@:]{1,64}@[^\s<>@:]{1,255})[ \t]*$",
    re.MULTILINE,
)


def report(mail: ParsedMail, demands: Callable[[], bool]) -> Automated | None:
    """What `mail` reports, or None. `demands` tells whether its words demand something; it costs time, and is asked last."""
    return _report(mail, demands) or _bounce(mail, demands) or _recall(mail) or _reaction(mail, demands)


def _report(mail: ParsedMail, demands: Callable[[], bool]) -> Automated | None:
    content_type = (mail.headers.first("content-type") or "").lower()
    status = _file(mail, "message/delivery-status", "message/global-delivery-status")
    receipt = _file(mail, "message/disposition-notification", "message/global-disposition-notification")
    if receipt is not None or ("disposition-notification" in content_type and not demands()):
        return Automated("auto_reply", "read receipt", original_message_id=_original_id(mail, receipt))
    if status is not None or ("multipart/report" in content_type and "delivery-status" in content_type and not demands()):
        return _delivery_status(mail, status)
    if _file(mail, "message/feedback-report") is not None or ("feedback-report" in content_type and not demands()):
        return Automated("report", "abuse feedback report", original_message_id=_original_id(mail, None))
    calendar = _file(mail, "text/calendar")
    if (calendar is not None or "text/calendar" in content_type) and _answers_invitation(mail, calendar, demands):
        return Automated("auto_reply", "answer to an invitation", original_message_id=next(iter(mail.in_reply_to), None))
    machine = "multipart/report" in content_type or re.match(r"report domain:.{1,300}submitter:", mail.subject, re.IGNORECASE)
    if machine and not demands():
        return Automated("report", "machine report")
    return None


def _answers_invitation(mail: ParsedMail, calendar: File | None, demands: Callable[[], bool]) -> bool:
    """Whether a calendar says that somebody comes or does not (RFC 5546, 3.2.3), and the letter demands nothing."""
    told = _readable(calendar) if calendar is not None else mail.text
    answers = re.search(r"^METHOD[ \t]*:[ \t]*(?:REPLY|COUNTER)[ \t]*$", told, re.IGNORECASE | re.MULTILINE)
    return answers is not None and not demands()


def _file(mail: ParsedMail, *types: str) -> File | None:
    return next((file for file in mail.files if file.type in types), None)


def _delivery_status(mail: ParsedMail, status: File | None) -> Automated:
    told = "\n".join(_readable(file) for file in mail.files if "delivery-status" in file.type) if status else mail.text
    actions = {action.lower() for action in _ACTION.findall(told)}
    recipients = _recipients(_FINAL.findall(told))
    delayed = "delayed" in actions or (not actions and _delay_in_words(mail))
    failed = "failed" in actions or not (actions or delayed)
    return Automated(
        "bounce",
        "delivery status notification" + (" (delivered)" if actions <= {"delivered", "relayed", "expanded"} and actions else ""),
        failed=failed,
        delayed=delayed and not failed,
        recipients=recipients or _words_recipients(mail),
        original_message_id=_original_id(mail, None),
    )


def _readable(file: File) -> str:
    return file.content[:200_000].decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")


def _original_id(mail: ParsedMail, receipt: File | None) -> str | None:
    """Which of our letters a report is about: as told by the report, by the returned letter, by the thread."""
    if receipt is not None:
        match = _ORIGINAL_ID.search(_readable(receipt))
        if match:
            return match[1]
    for file in mail.files:
        if file.type in {
            "message/rfc822",
            "message/global",
            "text/rfc822-headers",
            "message/rfc822-headers",
            "message/global-headers",
        }:
            match = _ORIGINAL_ID.search(_readable(file))
            if match:
                return match[1]
    own_id = mail.message_id
    match = next((m for m in _ORIGINAL_ID.finditer(mail.text) if m[1] != own_id), None)
    if match:
        return match[1]
    return next(iter(mail.in_reply_to), None) or (mail.references[-1] if mail.references else None)


def _recipients(found: list[str]) -> tuple[str, ...]:
    boxes = (mailbox(text) for text in found)
    return tuple(dict.fromkeys(box for box in boxes if box))[:_MOST_RECIPIENTS]


def _words_recipients(mail: ParsedMail) -> tuple[str, ...]:
    failed = ",".join(mail.headers.all("x-failed-recipients"))
    return (
        _recipients(failed.split(","))
        if failed
        else _recipients(["".join(pair) for pair in _NAMED_RECIPIENT.findall(mail.text[:20_000])])
    )


def _delay_in_words(mail: ParsedMail) -> bool:
    told = f"{mail.subject}\n{mail.text[:3_000]}"
    return bool(DELAY.search(told)) and not GIVEN_UP.search(told)


def _bounce(mail: ParsedMail, demands: Callable[[], bool]) -> Automated | None:
    """A bounce of a program that does not write reports: by its sender or empty return path, and its words."""
    daemon = from_daemon(mail)
    nobody = mail.sender is None and bool(
        re.search(r"mailer.?daemon|postmaster|mail delivery", mail.headers.first("from") or "", re.IGNORECASE)
    )
    subject = bool(BOUNCE_SUBJECT.search(mail.subject))
    words = bool(BOUNCE_TEXT.search(mail.text[:5_000])) or (daemon and _delay_in_words(mail))
    named = "x-failed-recipients" in mail.headers
    if not (named or ((daemon or nobody or null_return_path(mail)) and (subject or words))):
        return None
    if not named and not (daemon or nobody) and not subject:
        return None
    if not (named or daemon or nobody) and demands():
        return None  # a person who complains of what was not delivered
    delayed = _delay_in_words(mail)
    return Automated(
        "bounce",
        "delivery failure in words",
        failed=not delayed,
        delayed=delayed,
        recipients=_words_recipients(mail),
        original_message_id=_original_id(mail, None),
    )


def _recall(mail: ParsedMail) -> Automated | None:
    """Outlook's wish to have a letter back. It withdraws nothing: the letter has come."""
    if mail.recalls is None:
        return None
    return Automated("recall", "a recall", original_message_id=next(iter(mail.in_reply_to), None))


def _reaction(mail: ParsedMail, demands: Callable[[], bool]) -> Automated | None:
    """A thumb up of Gmail or Outlook, or an answer of nothing but such a sign: it says nothing that could be done."""
    text = mail.new_text.strip()
    answers = bool(mail.in_reply_to or mail.references) or REPLY_PREFIX.match(mail.subject) is not None
    told = len(text) < 400 and bool(REACTION.search(text) or REACTION.search(mail.subject))
    if told and demands():
        # The subject is that of the letter reacted to: what the words say beside the sign is what counts.
        told = answers and PLAIN.issuperset(recognise("", text).kinds)
    signs_only = bool(text) and len(text) <= 12 and not any(one.isalnum() for one in text) and not set(text) <= set("?!.…- ")
    if not (mail.reaction or told or (answers and signs_only and not mail.files)):
        return None
    return Automated("reaction", "a reaction", original_message_id=next(iter(mail.in_reply_to), None))
