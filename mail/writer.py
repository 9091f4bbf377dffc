"""Who wrote a letter, which is not always whom the envelope names: forms, groups, colleagues and scanners send for others."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Literal

from desk.providers import base
from mail.forms import Form, form_of
from mail.parsing.headers import Address, addresses
from mail.parsing.parse import ParsedMail
from mail.robots import PROGRAM, REPLY_PREFIX, auto_submitted, device, no_reply

Way = Literal["", "form", "group", "forwarded", "reply_to", "device"]

_WORDS = {
    name: re.compile(words, re.IGNORECASE | re.MULTILINE | re.VERBOSE)
    for name, words in tomllib.loads((resources.files("mail") / "writers.toml").read_text(encoding="utf-8"))["forward"].items()
}
_DIVIDER, _FROM, _WROTE, _VIA = (_WORDS[name] for name in ("divider", "from", "wrote", "via"))
_MAILTO = re.compile(r"\[mailto:([^\]\s]+)\]|<mailto:([^>\s]+)>")
_READ = 20_000  # characters below the head of a forwarded letter in which its sender is looked for
_LETTERS = 5  # letters inside a letter that are asked for it
# Where groups and lists keep the writer in whose place they have put themselves.
_ORIGINAL = ("x-original-from", "x-google-original-from", "x-original-sender", "reply-to", "x-envelope-from", "sender")


@dataclass(frozen=True)
class Writer:
    """The person behind a letter. `address` is None when the letter does not tell it; `phone` only from a form.

    `way` says how the letter came from them, empty for straight; `by` is the colleague who passed it on. `answer_to` never
    is one of our own addresses.
    """

    name: str
    address: Address | None
    answer_to: Address | None
    way: Way = ""
    by: Address | None = None
    phone: str = ""


@dataclass(frozen=True)
class House:
    """Addresses of the operator: its mailboxes, those of staff, and the domains that are its alone; all folded."""

    mailboxes: frozenset[str]
    staff: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()

    def owns(self, address: Address | None) -> bool:
        """Whether what is sent to `address` comes back to the desk: one of the mailboxes, with any +tag."""
        return address is not None and base(address.key) in self.mailboxes

    def employs(self, address: Address | None) -> bool:
        """Whether a colleague writes from `address`."""
        if address is None:
            return False
        return self.owns(address) or address.key in self.staff or address.domain.casefold() in self.domains

    def foreign(self, address: Address | None) -> Address | None:
        """`address`, unless what is sent there comes back to the desk."""
        return None if self.owns(address) else address


def writer(mail: ParsedMail, house: House) -> Writer:
    """Who wrote `mail`."""
    told = _passed_on(mail, house) or _filled_in(mail, house) or _of_group(mail, house) or _of_program(mail, house)
    if told is not None:
        return told
    sender = mail.sender
    if device(mail):
        return Writer(sender.name if sender else "", sender, None, "device")
    if sender is None or house.owns(sender):
        name = _VIA.match(sender.name) if sender else None
        return Writer(name[1] if name else "", None, house.foreign(mail.reply_to))
    return Writer(sender.name, sender, house.foreign(mail.reply_to) or sender)


# --- passed on by a colleague


def _passed_on(mail: ParsedMail, house: House) -> Writer | None:
    """What a colleague forwards is a letter of the person who wrote it."""
    if not house.employs(mail.sender):
        return None
    letters = list(mail.letters[:_LETTERS])
    # Programs quote what they answer below the same lines as what they forward.
    answers = REPLY_PREFIX.match(mail.subject) is not None or bool(mail.in_reply_to)
    if not (letters or mail.forwarded or (_DIVIDER.search(mail.text) and not answers)):
        return None
    inner = list(_inner(mail, letters))
    found = next((one for one in inner if isinstance(one, Address) and not house.employs(one)), None)
    if found is not None:
        return Writer(found.name, found, found, "forwarded", mail.sender)
    names = [one for one in inner if isinstance(one, str)]
    if inner and not names:
        return None  # what one colleague has written to another is their own
    # Whoever passes on what nobody can be seen to have written is asked for the person.
    return Writer(next(iter(names), ""), None, None, "forwarded", mail.sender)


def _inner(mail: ParsedMail, letters: list[ParsedMail]) -> Iterator[Address | str]:
    """Whom the letters inside a letter name as their senders: addresses, or names without any."""
    for one in letters:
        if (address := one.reply_to or one.sender) is not None:
            yield address
    divider = _DIVIDER.search(mail.text)
    below = (mail.text[divider.end() :] if divider else mail.text)[:_READ]
    for match in _FROM.finditer(below):
        found = addresses(_MAILTO.sub(r"<\1\2>", match[1].strip()))
        yield found[0] if found else " ".join(match[1].split())[:255]
    for match in _WROTE.finditer(below):
        yield Address(" ".join(match[1].split()).strip(" \"'>|-"), match[2])


# --- programs between


def _filled_in(mail: ParsedMail, house: House) -> Writer | None:
    """Who filled in a form that a program sends."""
    form = form_of(mail.text)
    if form is None:
        return None
    told = next(iter(addresses(form.email)), None) if form.email else None
    # A program that is called like a person may still ask for the answer to go to whoever filled in.
    if not (_program(mail, house) or (told is not None and told.same(mail.reply_to))):
        return None
    address = house.foreign(told) or house.foreign(mail.reply_to)
    return Writer(form.name, address, address, "form", phone=_digits(form))


def _digits(form: Form) -> str:
    digits = re.sub(r"\D", "", form.phone)
    return digits if 10 <= len(digits) <= 15 else ""


def _program(mail: ParsedMail, house: House) -> bool:
    """Whether a program of a site sent it: then its own address is nobody's."""
    sender = mail.sender
    if sender is None or house.employs(sender) or no_reply(sender) or auto_submitted(mail) not in {None, "no"}:
        return True
    if PROGRAM.search(sender.email.partition("@")[0]) or PROGRAM.search(sender.name):
        return True
    mailer = (mail.headers.first("x-mailer") or "").lower()
    return "phpmailer" in mailer or any(name.startswith("x-php") for name, _ in mail.headers)


def _of_group(mail: ParsedMail, house: House) -> Writer | None:
    """Groups and lists put their own address in place of the writer's, and tell the writer's beside it."""
    sender = mail.sender
    if sender is None or not (house.owns(sender) or _VIA.match(sender.name)):
        return None
    values = [value for name in _ORIGINAL for value in mail.headers.all(name)]
    told = [one for value in values for one in addresses(value) if not house.owns(one) and not one.same(sender)]
    rewritten = house.owns(sender) or any(name in mail.headers for name in ("x-original-from", "x-original-sender"))
    if not told or not rewritten:
        return None
    first, via = told[0], _VIA.match(sender.name)
    name = next((one.name for one in told if one.name and one.same(first)), via[1] if via else "")
    address = Address(name, first.email)
    return Writer(name, address, house.foreign(mail.reply_to) or address, "group")


def _of_program(mail: ParsedMail, house: House) -> Writer | None:
    """A program that gives a person's address to answer to sends that person's words."""
    reply_to = house.foreign(mail.reply_to)
    if reply_to is None or mail.sender is None or no_reply(reply_to) or not (no_reply(mail.sender) or house.owns(mail.sender)):
        return None
    return Writer(reply_to.name, reply_to, reply_to, "reply_to")
