"""The words by which programs' letters are told from people's (`automated.toml`), and what their headers say plainly."""

import re
import tomllib
from importlib import resources

from mail.parsing.headers import Address
from mail.parsing.parse import ParsedMail

_WORDS = {
    name: re.compile(words, re.IGNORECASE | re.VERBOSE | re.MULTILINE if name == "list_footer" else re.IGNORECASE | re.VERBOSE)
    for name, words in tomllib.loads((resources.files("mail") / "automated.toml").read_text(encoding="utf-8")).items()
}
NO_REPLY = _WORDS["no_reply"]
DAEMON = _WORDS["daemon"]
BOUNCE_SUBJECT = _WORDS["bounce_subject"]
BOUNCE_TEXT = _WORDS["bounce_text"]
DELAY = _WORDS["delay"]
GIVEN_UP = _WORDS["given_up"]
REPLY_PREFIX = _WORDS["reply_prefix"]
AUTO_SUBJECT = _WORDS["auto_subject"]
AWAY_TEXT = _WORDS["away_text"]
AWAY_DEPUTY = _WORDS["away_deputy"]
REGISTERED = _WORDS["registered"]
REGISTERED_DETAIL = _WORDS["registered_detail"]
CHALLENGE = _WORDS["challenge"]
DO_NOT_ANSWER = _WORDS["do_not_answer"]
NEWSLETTER = _WORDS["newsletter"]
REACTION = _WORDS["reaction"]
ASKS = _WORDS["asks"]
LIST_FOOTER = _WORDS["list_footer"]
# Characters at the end of a letter in which the footers of lists stand.
LIST_FOOTER_AT = 1_200
LIST_SENDER = _WORDS["list_sender"]
LIST_ADDRESS = _WORDS["list_address"]
LIST_SUBJECT = _WORDS["list_subject"]
DEVICE = _WORDS["device"]
PROGRAM = _WORDS["program"]
DEVICE_SUBJECT = _WORDS["device_subject"]


def no_reply(address: Address | str | None) -> bool:
    """Whether nobody reads what is sent to `address`: such a sender may open a ticket, but never gets an answer."""
    email = address.email if isinstance(address, Address) else address or ""
    return bool(NO_REPLY.search(email.strip().partition("@")[0]))


def device(mail: ParsedMail) -> bool:
    """Whether a machine sent what somebody scanned: its address is nobody's, and each scan may be another person's."""
    sender = mail.sender
    by_name = sender is not None and bool(DEVICE.match(sender.email.partition("@")[0]) or DEVICE.match(sender.name))
    return bool(mail.files) and len(mail.new_text) < 300 and (by_name or bool(DEVICE_SUBJECT.match(mail.subject)))


def from_daemon(mail: ParsedMail) -> bool:
    """Whether a mail system sent it."""
    return mail.sender is not None and bool(DAEMON.match(mail.sender.email.partition("@")[0]))


def auto_submitted(mail: ParsedMail) -> str | None:
    """The keyword of Auto-Submitted (RFC 3834, 5), lower case; None without one."""
    value = mail.headers.first("auto-submitted")
    return None if value is None else re.split(r"[;\s(]", value.strip().lower())[0]


def precedence(mail: ParsedMail) -> str:
    """The keyword of Precedence, lower case."""
    return (mail.headers.first("precedence") or "").strip().lower().replace("-", "_")


def null_return_path(mail: ParsedMail) -> bool:
    """Whether nobody wants to hear of it when the letter does not arrive, as with bounces (RFC 5321, 4.5.5)."""
    value = mail.headers.first("return-path")
    return value is not None and "@" not in value and value.strip("<> ").lower() in {"", "mailer-daemon", "null"}
