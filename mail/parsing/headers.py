"""Header fields as people and broken programs write them: decoded text, addresses, dates and identifiers, never an error."""

import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import idna

from desk.providers import ascii_domain, key
from mail.parsing import charset

LONGEST_VALUE = 65_536  # characters of one header field that are looked at
_MOST_FIELDS = 2_000
_MOST_ADDRESSES = 1_000
_MOST_REFERENCES = 200

_WORD_START = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?")
_FOLD = re.compile(r"[\r\n]+[ \t]*|\t")
_MESSAGE_ID = re.compile(r"<([^<>]{1,900})>")
_BARE_ADDRESS = re.compile(r"(?<![^\s<>,;:\"()\[\]])[^\s<>,;:\"()\[\]@]{1,128}@[^\s<>,;:\"()@]{1,255}(?!@)(?![^\s<>,;:\"()])")
_DOMAIN = re.compile(r"(?:[\w-]+\.)*[\w-]+|\[[\w.:]+\]")


@dataclass(frozen=True)
class Address:
    """A mailbox; the domain is lower-case and in its ASCII form (RFC 5890), the local part as written."""

    name: str
    email: str

    @property
    def key(self) -> str:
        """What to compare addresses by: real mail systems do not tell cases apart."""
        return self.email.casefold()

    @property
    def domain(self) -> str:
        return self.email.rpartition("@")[2]

    @property
    def shown(self) -> str:
        """The address as people write it, an international domain in its own script."""
        local, _, domain = self.email.rpartition("@")
        try:
            return f"{local}@{idna.decode(domain)}" if "xn--" in domain else self.email
        except (idna.IDNAError, UnicodeError):
            return self.email

    def same(self, other: "Address | str | None") -> bool:
        """Whether `other` is the same mailbox."""
        if other is None:
            return False
        return self.key == (other.key if isinstance(other, Address) else key(other))


@dataclass(frozen=True)
class Headers:
    """The header fields of a mail in order, names in lower case, values decoded and unfolded."""

    fields: tuple[tuple[str, str], ...] = ()

    def first(self, name: str) -> str | None:
        """The value of the topmost field called `name` (any case), or None."""
        wanted = name.lower()
        return next((value for key, value in self.fields if key == wanted), None)

    def all(self, name: str) -> tuple[str, ...]:
        """The values of all fields called `name` (any case), topmost first."""
        wanted = name.lower()
        return tuple(value for key, value in self.fields if key == wanted)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.first(name) is not None

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.fields)


def raw_fields(pairs: Sequence[tuple[str, object]], declared: str | None) -> tuple[tuple[str, str], ...]:
    """Names in lower case and values as text, 8-bit bytes decoded but encoded words left: the raw material of the rest."""
    out = []
    for name, value in pairs[:_MOST_FIELDS]:
        text = unfold(eight_bit(str(value)[:LONGEST_VALUE], declared))
        out.append((charset.clean(eight_bit(name[:200], None)).lower().strip(), text))
    return tuple(out)


def eight_bit(value: str, declared: str | None) -> str:
    """Text of a header value in which the parser left raw bytes as surrogates."""
    if value.isascii():
        return charset.clean(value)
    data = value.encode("utf-8", "surrogateescape")
    return charset.decode(data, declared)[0]


def unfold(value: str) -> str:
    """One line of a folded value."""
    return _FOLD.sub(" ", value).strip()


def words(value: str) -> str:
    """`value` with its encoded words (RFC 2047) decoded; what cannot be decoded stays as it is.

    Neighbouring words of one charset are joined as bytes first: many programs cut a letter in two between them.
    """
    if "=?" not in value:
        return value
    out: list[str] = []
    pending = b""
    pending_charset = ""
    position = 0
    while (match := _WORD_START.search(value, position)) is not None:
        end = value.find("?=", match.end())
        if end < 0:
            break
        between = value[position : match.start()]
        name = match[1].partition("*")[0].lower()
        if between.strip() or (pending and name != pending_charset):
            out.append(charset.decode(pending, pending_charset)[0])
            pending = b""
            # Space between two encoded words is not part of the text.
            out.append(between if between.strip() else "")
        elif not pending:
            out.append(between if position == 0 else "")
        text = value[match.end() : end]
        pending += _b(text) if match[2] in "bB" else _q(text)
        pending_charset = name
        position = end + 2
    if pending:
        out.append(charset.decode(pending, pending_charset)[0])
    out.append(value[position:])
    return charset.clean(unfold("".join(out)))


def _b(text: str) -> bytes:
    kept = re.sub(r"[^A-Za-z0-9+/]", "", text.replace("-", "+").replace("_", "/"))
    if len(kept) % 4 == 1:
        kept = kept[:-1]
    try:
        return binascii.a2b_base64(kept + "=" * (-len(kept) % 4))
    except (binascii.Error, ValueError):
        return b""


def _q(text: str) -> bytes:
    data = text.replace("_", " ").encode("utf-8", "replace")
    return re.sub(rb"=([0-9A-Fa-f]{2})", lambda m: bytes((int(m[1], 16),)), data)


def addresses(value: str) -> tuple[Address, ...]:
    """Every mailbox in an address field that can be written to; groups, comments and routes are understood."""
    found = []
    name = ""  # what stands before a comma and is no address belongs to the name of the address that follows
    for display, box, mark in _mailboxes(value[:LONGEST_VALUE]):
        usable = mailbox(words(box))
        if usable is None and display and not box:
            name = f"{name} {display}{mark}".strip()
        elif usable is not None:
            found.append(Address(_name(f"{name} {display}" if name and display else display), usable))
            name = ""
            if len(found) == _MOST_ADDRESSES:
                break
    if found:
        return tuple(found)
    # The whole field in one encoded word, or written so badly that only the address can be recognised.
    text = words(value)
    if "@" not in text:
        return ()
    if text != value:
        for display, box, _mark in _mailboxes(text):
            usable = mailbox(box)
            if usable is not None:
                return (Address(_name(display), usable),)
    match = _BARE_ADDRESS.search(text)
    usable = mailbox(match[0]) if match else None
    return (Address("", usable),) if usable else ()


def _mailboxes(value: str) -> Iterator[tuple[str, str, str]]:
    """Splits an address field into display name, address and the sign after them, in one pass and at any depth of comments."""
    display: list[str] = []
    comment: list[str] = []
    box: list[str] | None = None
    done = ""
    quoted = False
    depth = 0
    skip = False
    for char in [*value, ","]:
        end = char in ",;" and depth == 0 and not quoted and box is None
        if skip:
            skip = False
            (box if box is not None else comment if depth else display).append(char)
        elif char == "\\" and (quoted or depth):
            skip = True
        elif char == '"' and not depth and box is None:
            quoted = not quoted
            display.append(char)
        elif quoted:
            display.append(char)
        elif char == "(" and box is None:
            depth += 1
        elif char == ")" and depth:
            depth -= 1
        elif depth:
            comment.append(char)
        elif char == "<":
            box = []
        elif char == ">" and box is not None:
            candidate = "".join(box).strip()
            done = candidate if candidate or not done else done
            box = None
        elif box is not None:
            box.append(char)
        elif end:
            yield (*_one("".join(display), "".join(comment), done), char)
            display, comment, done = [], [], ""
        elif char == ":" and not done and "@" not in "".join(display[-100:]):
            display = []  # the name of a group
        else:
            display.append(char)
    if quoted or depth or box is not None:
        # Something was never closed: what came after it is still worth a look.
        yield (*_one("".join(display).rstrip(","), "".join(comment).rstrip(","), done or "".join(box or ()).rstrip(",")), "")


def _one(display: str, comment: str, box: str) -> tuple[str, str]:
    text = display.strip()
    if box:
        return text or comment.strip(), box
    # No angle brackets: the last word with an at-sign is the address.
    at = [word for word in text.split() if "@" in word]
    if not at:
        return text, ""
    rest = " ".join(word for word in text.split() if word is not at[-1])
    return rest or comment.strip(), at[-1].strip("\"'")


def _name(display: str) -> str:
    text = display.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    text = words(text).replace('"', " ") if '"' in text else words(text)
    return " ".join(text.split()).strip("'\" ")[:300]


def mailbox(text: str) -> str | None:
    """`text` as an address that can be written to, its domain in lower case; None when it is none."""
    plain = re.sub(r"\s", "", text).removeprefix("mailto:").strip("<>'\".,;")
    if plain.startswith("@") and ":" in plain:
        plain = plain.rpartition(":")[2]  # the old source route
    local, at, domain = plain.rpartition("@")
    domain = ascii_domain(domain.rstrip(".。"))
    if not (at and local and domain) or ("@" in local.strip('"') and not local.startswith('"')):
        return None
    if len(local) > 128 or len(domain) > 255 or not _DOMAIN.fullmatch(domain):
        return None
    if any(not c.isprintable() or c in "<>,;:\\" for c in local):
        return None
    return f"{local}@{domain}"


def identifiers(value: str) -> tuple[str, ...]:
    """The message identifiers in a field, with their angle brackets, in order, each once, at most the last 200."""
    found = ["<" + "".join(inner.split()) + ">" for inner in _MESSAGE_ID.findall(value)]
    return tuple(dict.fromkeys(found))[-_MOST_REFERENCES:]


def identifier(value: str | None) -> str | None:
    """A message identifier with its angle brackets, also when they were forgotten; None when there is none."""
    if value is None:
        return None
    found = identifiers(value)
    if found:
        return found[0]
    bare = re.sub(r"[\s<>]", "", value)[:900]
    return f"<{bare}>" if bare else None


def date(value: str | None) -> datetime | None:
    """The instant a Date field names, in UTC; a date without zone is taken as UTC; None when unreadable."""
    if not value:
        return None
    try:
        when = parsedate_to_datetime(value[:200])
        if when.tzinfo is None:
            when = when.replace(tzinfo=UTC)
        return when.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError, LookupError):
        return None
