"""What an SMTP server's refusal means: whose fault it is, and so what becomes of the letter.

A reply code says little: 550 may be about the recipient, about us, or about nobody. So the stage of the dialogue, the
enhanced status code (RFC 3463, the IANA registry of SMTP Enhanced Status Codes) and the words are weighed together, the most
particular sign first. What stays in doubt is asked of the server itself (mail.delivery): whether it would take a letter to
our own address. The words are read and never repeated, because they usually name the address.
"""

import re
from enum import StrEnum
from typing import Final

from desk.errors import DeskError, Misconfigured, Permanent, Temporary, Unreachable


class Stage(StrEnum):
    """Which command was refused (RFC 5321 §3.3)."""

    SENDER = "MAIL"
    RECIPIENT = "RCPT"
    LETTER = "DATA"


class Blame(StrEnum):
    """Whom a refusal blames."""

    OURS = "ours"  # login, relaying, a sender that may not send: every letter would be refused
    SENDER = "sender"  # something about us, perhaps only in this recipient's eyes
    LATER = "later"  # theirs, for now: a full mailbox, a server with trouble or in a hurry
    GONE = "gone"  # theirs, for good: no such address
    SIZE = "size"  # the letter is too large
    LETTER = "letter"  # this letter, for reasons of their own
    UNSURE = "unsure"  # the address or we: the words do not tell


LOGIN_CODES: Final = frozenset({530, 534, 535, 538})
"""Codes that are about our login and nothing else (RFC 4954)."""
# Above this a refusal for "storage" without more words is one of the letter, below it one of the mailbox.
LARGE: Final = 1_000_000

_ENHANCED: Final = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_RELAY: Final = re.compile(
    r"relay|rcpthosts|authenticat|log ?in (first|required)|must (log|sign) ?in|авториз|аутентифик", re.IGNORECASE
)
_QUOTA: Final = re.compile(
    r"quota|mailbox\b.{0,30}\bfull\b|\bfull mailbox|over ?(the )?limit|storage|no space|disk (is )?full"
    r"|переполн|квот|ящик полон",
    re.IGNORECASE,
)
_LATER: Final = re.compile(
    r"(try|retry).{0,12}\b(again|later)|temporar|gr[ae]y.?list|too many|rate.?limit|at a rate"
    r"|too (quickly|fast|often)|throttl|\bbusy\b"
    r"|позже|позднее|временно|слишком (много|част)",
    re.IGNORECASE,
)
_SIZE: Final = re.compile(
    r"too (big|large)|(message|mail) size|size (limit|exceed)|exceed\w*\b.{0,30}\bsize|слишком больш|размер", re.IGNORECASE
)
_SENDER: Final = re.compile(
    r"sender|mail ?from|\bfrom (address|header|domain)|return.?path|envelope"
    r"|\bspf\b|\bdkim\b|\bdmarc\b|reverse dns|\bptr\b|\brdns\b|\bhelo\b|\behlo\b"
    r"|(black|block|deny).?list|\b(dns|r)bl\b|spamhaus|reputation|\byour (ip|host|server|domain|network)|client host|отправител",
    re.IGNORECASE,
)
_NOT_WANTED: Final = re.compile(
    r"(recipient|user|mailbox|addressee)\b.{0,40}\b(want|accept|block|allow|permit)\w*\b.{0,40}\b(sender|you|from)", re.IGNORECASE
)
_GONE: Final = re.compile(
    r"(user|mailbox|recipient|addressee|address|account|domain|host)\b.{0,60}\b"
    r"(unknown|no(t| longer) (exist|valid|active|known|found)\w*|does ?n.t exist|does not exist|invalid|disabled"
    r"|unavailable|inactive|suspended|closed|deactivat|reject)"
    r"|no such|unknown (user|recipient|mailbox|address|local)|invalid (recipient|mailbox|address|user)|un(routeable|deliverable)"
    r"|no mailbox|bad destination|не (существует|найден)|нет такого|неизвестн|заблокирован",
    re.IGNORECASE,
)
_BY_STATUS: Final = {
    Blame.GONE: {"1.1", "1.2", "1.3", "1.4", "1.6", "1.10", "2.1", "4.4", "4.310"},
    Blame.OURS: {"1.7", "1.8", "1.9", "7.3", "7.8", "7.9", "7.11", "7.13", "7.14", "7.57", "7.60", "7.64"},
    Blame.SENDER: {"7.20", "7.21", "7.22", "7.23", "7.24", "7.25", "7.26", "7.27"},
    Blame.LATER: {"2.2", "2.4", "3.1", "3.2", "3.5", "4.0", "4.2", "4.3", "4.5", "4.6", "4.7", "5.3", "7.28"},
    Blame.SIZE: {"2.3", "3.4"},
    Blame.LETTER: {"6.0", "6.1", "6.2", "6.3", "6.5"},
}
_STATUSES: Final = {status: blame for blame, statuses in _BY_STATUS.items() for status in statuses}


def blame(stage: Stage, code: int, words: str, size: int) -> Blame:
    """Whom the refusal of a letter of `size` bytes blames: its reply code and its words, the enhanced code among them."""
    if not 500 <= code <= 599:
        return Blame.LATER
    if code in LOGIN_CODES:
        return Blame.OURS
    found = _ENHANCED.search(words)
    status = _STATUSES.get(f"{found[2]}.{found[3]}") if found else None
    said = _by_words(words[: found.start()] + words[found.end() :] if found else words)
    if status in {Blame.OURS, Blame.SENDER, Blame.LATER, Blame.SIZE, Blame.LETTER}:
        return status
    if said in {Blame.OURS, Blame.LATER, Blame.SIZE}:
        return said
    if stage is Stage.SENDER:
        return Blame.SIZE if code == 552 else Blame.OURS
    if said is Blame.SENDER:
        return said
    if status is Blame.GONE or (stage is Stage.RECIPIENT and said is Blame.GONE):
        return Blame.GONE
    of_policy = found is not None and found[2] == "7"
    if code == 552 and not of_policy:
        return Blame.SIZE if stage is Stage.LETTER and size > LARGE else Blame.LATER
    about_address = stage is Stage.RECIPIENT and code in {550, 551, 553} and not of_policy
    return Blame.UNSURE if about_address and said is None else Blame.LETTER


def _by_words(words: str) -> Blame | None:
    """What the words alone say, the most particular first."""
    if _NOT_WANTED.search(words):
        return Blame.LETTER
    for pattern, found in (
        (_RELAY, Blame.OURS),
        (_SIZE, Blame.SIZE),
        (_QUOTA, Blame.LATER),
        (_LATER, Blame.LATER),
        (_SENDER, Blame.SENDER),
        (_GONE, Blame.GONE),
    ):
        if pattern.search(words):
            return found
    return None


def error_of(host: str, whom: Blame, code: int, words: str) -> DeskError:
    """The error for a refusal that blames `whom`; of what is in doubt no more is said than is known."""
    status = _ENHANCED.search(words)
    said = f"{code} {status.group() if status else ''}".strip()
    match whom:
        case Blame.OURS:
            return Misconfigured("%(host)s does not let us send as the address of this mailbox (%(said)s).", host=host, said=said)
        case Blame.SENDER:
            return Permanent("%(host)s does not take this letter from us for its recipient (%(said)s).", host=host, said=said)
        case Blame.LATER:
            return Temporary("%(host)s cannot take the letter at the moment (%(said)s).", host=host, said=said)
        case Blame.GONE:
            return Unreachable("%(host)s says that the requester's address does not exist (%(said)s).", host=host, said=said)
        case Blame.SIZE:
            return Permanent("The letter is too large for %(host)s or for its recipient (%(said)s).", host=host, said=said)
        case Blame.UNSURE:
            return Unreachable("%(host)s does not take letters to the requester's address (%(said)s).", host=host, said=said)
        case Blame.LETTER:
            return Permanent("%(host)s refuses the letter (%(said)s).", host=host, said=said)
