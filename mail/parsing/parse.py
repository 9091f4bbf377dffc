"""Turns the bytes of a mail into a `ParsedMail`, whatever the bytes are: nothing here raises, what was odd is told in words.

The standard parser builds the tree; the header values, bodies and file names are read by own code, because the
standard accessors raise on much that real mailboxes hold. Parsing megabytes takes tenths of a second: call it in a thread.
"""

import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.generator import BytesGenerator
from email.message import Message
from io import BytesIO

from mail.parsing import charset, salvage
from mail.parsing.filenames import file_name, parameters
from mail.parsing.filetext import document_text
from mail.parsing.headers import Address, Headers, addresses, date, identifier, identifiers, raw_fields, words
from mail.parsing.htmltext import html_to_text
from mail.parsing.quotes import without_quotes

__all__ = ["Address", "File", "Headers", "ParsedMail", "attached_texts", "fingerprint", "is_letter", "parse"]

LONGEST_TEXT = 1_000_000  # characters of text that are shown and searched; the files and the raw mail stay whole
_LONGEST_BODY = 4_000_000  # bytes of a body part that are decoded for it
_MOST_PARTS = 2_000
_DEEPEST = 60  # levels of multipart that are walked by the book; anything deeper is read flat

_FORWARD = re.compile(
    r"^\s*(?:\[[^\]]{1,40}\]\s*)?(?:fwd?|fw|wg|tr|rv|enc|i|пересл|перенаправлено|пересылка|пересылаю|прд)\s*(?:\[\d+\])?\s*:",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"(?:does not|doesn.t|cannot|not able to|не поддержива\w+|не может|requires?|enable)\b.{0,60}\bHTML"
    r"|HTML.{0,60}(?:не поддержива|not supported|viewer|capable|compatible)|view (?:it|this) in (?:your|a) browser",
    re.IGNORECASE | re.DOTALL,
)
_TEXT_FILE = re.compile(r"\.(?:txt|eml|text|md|log)$", re.IGNORECASE)
_BASE64_OUTSIDE = re.compile(rb"[^A-Za-z0-9+/=]")


@dataclass(frozen=True)
class File:
    """Something attached: the bytes are whole; the name is safe for a file system and at most 200 bytes of UTF-8."""

    name: str
    type: str  # lower case, like "application/pdf"
    content: bytes
    inline: bool
    content_id: str | None  # without angle brackets


@dataclass(frozen=True)
class ParsedMail:
    """What a mail says; every text is free of NULs, controls and lone surrogates."""

    message_id: str | None  # identifiers are written with their angle brackets
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    subject: str
    sender: Address | None
    reply_to: Address | None
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    date: datetime | None  # aware UTC, as the sender claims: never the moment of receipt
    text: str
    new_text: str
    html: str | None
    files: tuple[File, ...]
    headers: Headers
    defects: tuple[str, ...]

    @property
    def answer_to(self) -> Address | None:
        """Where an answer goes: Reply-To when it names a mailbox, else From."""
        return self.reply_to or self.sender

    @property
    def forwarded(self) -> bool:
        """Whether the subject says that somebody passes a letter on."""
        return bool(_FORWARD.match(self.subject))


class _Reading:
    """What is gathered on the way through the parts of one mail."""

    def __init__(self) -> None:
        self.plain: list[str] = []  # in order of appearance
        self.html: list[str] = []
        self.files: list[File] = []
        self.defects: list[str] = []
        self.parts = 0

    def odd(self, what: str | None) -> None:
        if what and what not in self.defects and len(self.defects) < 30:
            self.defects.append(what)


def parse(raw: bytes) -> ParsedMail:
    """What the mail in `raw` says. Never raises, for any bytes."""
    reading = _Reading()
    data = _trimmed(raw)
    message = _tree(data, reading)
    if "from" not in message:
        repaired = salvage.repaired(data)
        if repaired is not None:
            reading.odd("a line that is no header among the headers")
            data = repaired
            message = _tree(data, reading)
    declared = _declared(message)
    pairs = raw_fields(list(message.raw_items()), declared)
    headers = Headers(tuple((name, words(value)) for name, value in pairs))
    raw_headers = Headers(pairs)
    _note_headers(headers, reading)
    try:
        _walk(message, reading)
    except Exception as error:  # noqa: BLE001 - a part nobody has thought of must not cost the letter
        reading.odd(f"a part could not be read ({type(error).__name__})")
        _flat(data, reading)
    text, html = _body(reading)
    subject = " ".join((headers.first("subject") or "").split())[:2_000]
    forwarded = bool(_FORWARD.match(subject))
    return ParsedMail(
        message_id=identifier(headers.first("message-id")),
        in_reply_to=identifiers(headers.first("in-reply-to") or ""),
        references=identifiers(" ".join(headers.all("references"))),
        subject=subject,
        sender=_first_address(raw_headers, "from", reading) or _first_address(raw_headers, "sender", reading),
        reply_to=_first_address(raw_headers, "reply-to", reading),
        to=_all_addresses(raw_headers, "to"),
        cc=_all_addresses(raw_headers, "cc"),
        date=date(headers.first("date")),
        text=text,
        new_text=without_quotes(text, forwarded=forwarded),
        html=html,
        files=tuple(reading.files),
        headers=headers,
        defects=tuple(reading.defects),
    )


def _trimmed(raw: bytes) -> bytes:
    """`raw` without what some programs put before the first header: a byte order mark, empty lines."""
    return raw.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")


def _tree(data: bytes, reading: _Reading) -> Message:
    try:
        if not salvage.toilsome(data):
            return message_from_bytes(data)
        reading.odd("parts nested too deeply to follow")
    except RecursionError:
        reading.odd("parts nested too deeply to follow")
    except Exception as error:  # noqa: BLE001 - whatever the standard parser meets, the letter stays readable
        reading.odd(f"structure could not be read ({type(error).__name__})")
    head, _ = salvage.split_head(data)
    message = salvage.head_only(head)
    _flat(data, reading)
    return message


def _flat(data: bytes, reading: _Reading) -> None:
    """Reads the parts of a mail whose structure is beyond following, in order and without nesting."""
    for part in salvage.leaves(data, most=_MOST_PARTS):
        try:
            _leaf(part, reading, rival=False)
        except Exception as error:  # noqa: BLE001 - one bad part must not cost the others
            reading.odd(f"a part could not be read ({type(error).__name__})")


def _declared(message: Message) -> str | None:
    """The charset of the first text, a good guess for raw 8-bit headers."""
    try:
        for depth, part in enumerate(message.walk()):
            found = _parameters(part, "content-type").get("charset")
            if found:
                return found
            if depth > 5:
                break
    except RecursionError:
        pass
    return None


def _note_headers(headers: Headers, reading: _Reading) -> None:
    for name in ("from", "subject", "date", "message-id"):
        count = len(headers.all(name))
        if count == 0:
            reading.odd(f"no {name.title()} header")
        elif count > 1:
            reading.odd(f"{count} {name.title()} headers, the first is used")
    if headers.first("date") and date(headers.first("date")) is None:
        reading.odd("unreadable Date header")


def _first_address(headers: Headers, name: str, reading: _Reading) -> Address | None:
    for value in headers.all(name):
        found = addresses(value)
        if found:
            if len(found) > 1 and name == "from":
                reading.odd("several senders, the first is used")
            return found[0]
    if headers.first(name):
        reading.odd(f"no usable address in {name.title()}")
    return None


def _all_addresses(headers: Headers, name: str) -> tuple[Address, ...]:
    return tuple(found for value in headers.all(name)[:20] for found in addresses(value))


# --- the parts


def _walk(root: Message, reading: _Reading) -> None:
    """Visits every part once, in order; of alternatives the plain text and the HTML are both kept apart."""
    # (part, depth, whether it stands among alternatives, whether it is the body of its container)
    todo: list[tuple[Message, int, bool]] = [(root, 0, False)]
    while todo:
        part, depth, rival = todo.pop()
        reading.parts += 1
        if reading.parts > _MOST_PARTS:
            reading.odd("too many parts, the rest is only in the raw mail")
            return
        kind = _type(part)
        payload = part.get_payload()
        if kind.startswith("multipart/") and isinstance(payload, list) and depth < _DEEPEST:
            inner = rival or kind == "multipart/alternative"
            todo.extend((child, depth + 1, inner) for child in reversed(payload) if isinstance(child, Message))
            for leftover in (part.preamble, part.epilogue):
                _leftover(leftover, payload, reading)
        elif isinstance(payload, list):
            _attached_message(part, kind, reading)
        else:
            _leaf(part, reading, rival=rival)


def _leftover(text: str | None, children: Sequence[object], reading: _Reading) -> None:
    """Text outside all parts is shown when there is no part at all: some gateways break the boundary."""
    if text and not children and text.strip():
        reading.odd("text outside the parts")
        reading.plain.append(charset.decode(text.encode("utf-8", "surrogateescape"))[0])


def _leaf(part: Message, reading: _Reading, *, rival: bool) -> None:
    kind = _type(part)
    disposition = _disposition(part)
    name = file_name(part)
    content = _content(part, reading)
    if kind.startswith("multipart/"):
        # Declared as a container, but without parts inside: whatever it holds is text.
        if content.strip():
            reading.odd("a multipart without parts")
            reading.plain.append(_text(content, None, reading))
        return
    wanted = kind in {"text/plain", "text/html", "text/enriched", "text/richtext", "text"}
    if wanted and disposition != "attachment" and not (name and not _only_text(part, reading)):
        text = _text(content, _parameters(part, "content-type").get("charset"), reading)
        (reading.html if kind == "text/html" else reading.plain).append(text)
        return
    if rival and kind in {"text/x-amp-html", "text/watch-html"}:
        return  # the same letter once more, for other programs
    if not content and not name and disposition != "attachment":
        return
    reading.files.append(
        File(
            name=name or _default_name(kind, len(reading.files) + 1),
            type=kind,
            content=content,
            inline=disposition == "inline" or "content-id" in {key.lower() for key, _ in part.raw_items()},
            content_id=_content_id(part),
        )
    )


def _only_text(part: Message, reading: _Reading) -> bool:
    """A named text that is the first thing in the letter and not said to be attached is its body."""
    return not reading.plain and not reading.html and not reading.files and _disposition(part) == ""


def _attached_message(part: Message, kind: str, reading: _Reading) -> None:
    """A letter inside the letter, or a delivery status, kept as a file."""
    payload = [child for child in part.get_payload() if isinstance(child, Message)]
    if kind in {"message/rfc822", "message/global", "message/news"}:
        content = _bytes(payload[0]) if payload else b""
    else:
        content = b"\n".join(_bytes(child) for child in payload)
    encoding = _encoding(part)
    if encoding in {"base64", "quoted-printable"}:
        # Forbidden for letters, and done by several programs.
        content = _decoded(content.lstrip(b"\r\n"), encoding)
    name = file_name(part)
    if not name and kind in {"message/rfc822", "message/global"}:
        inner = next((v for k, v in raw_fields(list(payload[0].raw_items()), None) if k == "subject"), "") if payload else ""
        name = file_name(part, wanted=f"{words(inner)[:80] or 'letter'}.eml")
    elif name and kind in {"message/rfc822", "message/global"} and not re.search(r"\.(?:eml|msg|mht)$", name, re.IGNORECASE):
        name = file_name(part, wanted=f"{name}.eml")
    reading.files.append(
        File(name or _default_name(kind, len(reading.files) + 1), kind, content, inline=False, content_id=_content_id(part))
    )


def _bytes(message: Message) -> bytes:
    """The letter as it was written."""
    out = BytesIO()
    try:
        BytesGenerator(out, mangle_from_=False, maxheaderlen=0).flatten(message)
    except Exception:  # noqa: BLE001 - the generator is less tolerant than the parser
        payload = message.get_payload()
        head = "".join(f"{name}: {value}\n" for name, value in message.raw_items())
        body = payload if isinstance(payload, str) else ""
        return f"{head}\n{body}".encode("utf-8", "surrogateescape")
    return out.getvalue()


def _type(part: Message) -> str:
    """The type as declared, repaired; a part without one is plain text."""
    value = _raw(part, "content-type")
    if value is None:
        return part.get_default_type()
    kind = charset.clean(value.partition(";")[0]).strip().strip("\"'").lower()
    if kind == "text":
        return "text/plain"
    if not re.fullmatch(r"[\w.+-]{1,60}/[\w.+-]{1,100}", kind, re.ASCII):
        return "text/plain" if not re.search(r"name\s*\*?\s*=", value, re.IGNORECASE) else "application/octet-stream"
    return kind


def _raw(part: Message, name: str) -> str | None:
    return next((str(value)[:20_000] for key, value in part.raw_items() if key.lower() == name), None)


def _parameters(part: Message, header: str) -> dict[str, str]:
    return parameters(_raw(part, header) or "")


def _disposition(part: Message) -> str:
    value = (_raw(part, "content-disposition") or "").partition(";")[0].strip().strip("\"'").lower()
    # RFC 2183: what is not known is treated as an attachment.
    return value if value in {"", "inline"} else "attachment"


def _content_id(part: Message) -> str | None:
    value = charset.clean(_raw(part, "content-id") or "").strip().strip("<>")
    return value[:300] or None


def _encoding(part: Message) -> str:
    found = re.split(r"[;\s(]", (_raw(part, "content-transfer-encoding") or "").strip().strip("\"'").lower())[0]
    return {"quoted-printible": "quoted-printable", "quotedprintable": "quoted-printable", "base-64": "base64"}.get(found, found)


def _content(part: Message, reading: _Reading) -> bytes:
    """The bytes of a part, with its transfer encoding undone as far as it can be."""
    # get_payload() would decode 8-bit text by the declared charset and lose the bytes; the stored string has them.
    payload: object = getattr(part, "_payload", None)
    if not isinstance(payload, str):
        return b""
    data = payload.encode("ascii" if payload.isascii() else "utf-8", "surrogateescape")
    encoding = _encoding(part)
    if encoding in {"", "7bit", "8bit", "binary", "base64", "quoted-printable"} or encoding in _UUENCODE:
        return _decoded(data, encoding)
    reading.odd("unknown transfer encoding")
    return data


_UUENCODE = frozenset({"x-uuencode", "uuencode", "uue", "x-uue"})


def _decoded(data: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        return _base64(data)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(data)
    if encoding in _UUENCODE:
        return _uu(data)
    return data


def _base64(data: bytes) -> bytes:
    """Base64 as found: foreign characters skipped, several padded runs joined, a torn end cut off."""
    packed = data.translate(None, b"\r\n\t ")
    if len(packed) % 4 == 0:
        try:
            return binascii.a2b_base64(packed, strict_mode=True)
        except binascii.Error:
            pass  # not as it should be: read more patiently
    out = []
    for run in re.findall(rb"[A-Za-z0-9+/]+", _joined(data)):
        kept = run[: len(run) - 1] if len(run) % 4 == 1 else run
        out.append(binascii.a2b_base64(kept + b"=" * (-len(kept) % 4)))
    return b"".join(out)


def _joined(data: bytes) -> bytes:
    # A line that is no base64 at all (a footer some list put below) ends it.
    footer = re.search(rb"\n(?:--|_{5,})[^\n]*\n[^\n]* [^\n]* ", data)
    if footer:
        data = data[: footer.start()]
    return _BASE64_OUTSIDE.sub(b"", data)


def _uu(data: bytes) -> bytes:
    out = []
    inside = False
    for line in data.splitlines():
        if not inside:
            inside = line.startswith(b"begin ")
        elif line.strip() in {b"end", b"`"}:
            break
        else:
            try:
                out.append(binascii.a2b_uu(line))
            except binascii.Error:
                # Some encoders pad wrongly; the length byte tells how much is meant.
                length = (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0
                try:
                    out.append(binascii.a2b_uu(line[:length]))
                except binascii.Error:
                    continue
    return b"".join(out) or data


def _text(content: bytes, declared: str | None, reading: _Reading) -> str:
    if len(content) > _LONGEST_BODY:
        reading.odd("text too long, the rest is only in the raw mail")
        content = content[:_LONGEST_BODY]
    text, odd = charset.decode(content, declared)
    reading.odd(odd)
    if len(text) > LONGEST_TEXT:
        reading.odd("text too long, the rest is only in the raw mail")
        text = text[:LONGEST_TEXT]
    return text


def _default_name(kind: str, number: int) -> str:
    known = {
        "message/delivery-status": "delivery-status.txt",
        "message/disposition-notification": "read-receipt.txt",
        "message/feedback-report": "feedback-report.txt",
        "text/rfc822-headers": "headers.txt",
        "text/calendar": "invitation.ics",
        "text/html": f"page-{number}.html",
        "text/plain": f"text-{number}.txt",
        "image/jpeg": f"image-{number}.jpg",
        "image/png": f"image-{number}.png",
        "image/gif": f"image-{number}.gif",
        "application/pdf": f"document-{number}.pdf",
        "application/ms-tnef": "winmail.dat",
        "application/pgp-signature": "signature.asc",
        "application/pkcs7-signature": "smime.p7s",
        "application/pkcs7-mime": "smime.p7m",
        "audio/ogg": f"voice-{number}.ogg",
    }
    return known.get(kind, f"file-{number}.bin")


def _body(reading: _Reading) -> tuple[str, str | None]:
    """The whole text, and the HTML when there is some."""
    plain = "\n\n".join(text.strip("\n") for text in reading.plain if text.strip())[:LONGEST_TEXT]
    html = "\n".join(text for text in reading.html if text.strip())[:LONGEST_TEXT] or None
    if html is None:
        return plain.strip("\n"), None
    stub = len(plain) < 400 and _PLACEHOLDER.search(plain)
    if plain.strip() and not stub and not (len(plain) < 200 and len(html) > 3_000):
        return plain.strip("\n"), html
    read = html_to_text(html)
    if not plain.strip():
        return read, html
    if not read.strip():
        return plain.strip("\n"), html
    # The plain text is a stub ("your program cannot show HTML"): both are shown, the HTML's first.
    same = " ".join(plain.split()) in " ".join(read.split())
    if not stub and len(read) < 4 * len(plain):
        return plain.strip("\n"), html
    return read if same else f"{read}\n\n{plain.strip()}", html


# --- what others ask about a mail


def attached_texts(mail: ParsedMail, *, most: int = 20, longest: int = 50_000, levels: int = 3) -> tuple[str, ...]:
    """The text of attached letters, text files and documents: what a person may have put their demand into.

    Letters inside letters are read down to `levels`.
    """
    found: list[str] = []
    for file in mail.files:
        if len(found) == most:
            break
        if is_letter(file):
            inner = parse(file.content[: 8 * _LONGEST_BODY])
            found.append(f"{inner.subject}\n\n{inner.new_text}"[:longest])
            if levels > 1:
                found.extend(attached_texts(inner, most=most - len(found), longest=longest, levels=levels - 1))
            continue
        text = _file_text(file, longest)
        if text.strip():
            found.append(text[:longest])
    return tuple(found)


def _file_text(file: File, longest: int) -> str:
    if file.type == "text/html" or file.name.lower().endswith((".htm", ".html")):
        return html_to_text(charset.decode(file.content[:_LONGEST_BODY])[0])
    if file.type in {"text/plain", "text/markdown"} or _TEXT_FILE.search(file.name):
        return charset.decode(file.content[: 8 * longest])[0]
    return document_text(file.name, file.content)


def is_letter(file: File) -> bool:
    """Whether a file is a letter of its own."""
    return file.type in {"message/rfc822", "message/global"} or file.name.lower().endswith(".eml")


def fingerprint(raw: bytes, mail: ParsedMail) -> str:
    """The identity of the letter itself, as SHA-256 in hex.

    The same letter taken again (other folder, other UID, other trace headers on top) has the same; another letter that
    borrows a Message-ID has a different one. Line ends, the `>From ` of mbox files and blank lines at the end do not count.
    """
    _, body = salvage.split_head(_trimmed(raw))
    told = hashlib.sha256()
    for name in ("message-id", "date", "from", "subject", "content-type", "content-transfer-encoding"):
        value = "".join((mail.headers.first(name) or "").split())
        told.update(f"{name}:{len(value)}:{value}\n".encode("utf-8", "replace"))
    plain = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n>From ", b"\nFrom ").strip(b"\n")
    told.update(plain.removeprefix(b">") if plain.startswith(b">From ") else plain)
    return told.hexdigest()
