"""The parameters of MIME headers and the names of attached files, in every way programs write them, made safe to store."""

import re
from email.message import Message
from urllib.parse import unquote_to_bytes

from mail.parsing import charset
from mail.parsing.headers import eight_bit, unfold, words

LONGEST_NAME = 200  # bytes of UTF-8: a file system takes 255, and something may be put before the name
_MOST_PARAMETERS = 3_000

_PARAMETER = re.compile(
    r""";[ \t]*([^\s=;*"]{1,60})(?:\*([0-9]{1,4}))?(\*)?[ \t]*=[ \t]*("(?:[^"\\]|\\.){0,60000}"|[^;]{0,60000})""", re.DOTALL
)
_FORBIDDEN = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]')
# Invisible characters that reverse or hide a part of the name, such as "fdp.exe" shown as "exe.pdf".
_HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)


def parameters(value: str) -> dict[str, str]:
    """The parameters of a Content-Type or Content-Disposition value; continued and encoded ones (RFC 2231) put together."""
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for count, match in enumerate(_PARAMETER.finditer(unfold(value))):
        if count >= _MOST_PARAMETERS:
            break
        name = match[1].lower()
        text = _unquoted(match[4])
        if match[2] is not None or match[3]:
            pieces.setdefault(name, {}).setdefault(int(match[2] or 0), (text, bool(match[3])))
        else:
            plain.setdefault(name, text)
    for name, parts in pieces.items():
        joined = _joined([parts[number] for number in sorted(parts)])
        if joined:
            plain[name] = joined
    return plain


def _unquoted(text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        inner = text[1:-1]
        # A backslash escapes only a quote or itself; Windows programs send whole paths.
        return re.sub(r'\\(["\\])', r"\1", inner)
    return text.strip('"')


def _joined(parts: list[tuple[str, bool]]) -> str:
    """RFC 2231: the first piece names the charset; encoded pieces are percent-decoded as bytes, so a letter may be cut in two."""
    declared = ""
    data = b""
    for number, (text, encoded) in enumerate(parts):
        piece = text
        if encoded and number == 0 and piece.count("'") >= 2:
            declared, _, rest = piece.partition("'")
            piece = rest.partition("'")[2]
        data += (
            unquote_to_bytes(piece.encode("utf-8", "surrogateescape")) if encoded else piece.encode("utf-8", "surrogateescape")
        )
    return charset.decode(data, declared or None)[0]


def file_name(part: Message, wanted: str | None = None) -> str:
    """The safe name of the file in `part` (or `wanted` made safe), empty when it has none."""
    if wanted is not None:
        return safe_name(wanted)
    for header, key in (("content-disposition", "filename"), ("content-type", "name"), ("content-disposition", "name")):
        value = next((str(v)[:120_000] for k, v in part.raw_items() if k.lower() == header), "")
        name = parameters(value).get(key, "")
        if name.strip():
            return safe_name(name)
    return ""


def safe_name(name: str) -> str:
    """`name` decoded, without folders and characters that file systems refuse, at most 200 bytes, its extension kept."""
    text = words(eight_bit(name, None))
    if "%" in text and re.search(r"(?:%[0-9A-Fa-f]{2}){3}", text):
        text = charset.decode(unquote_to_bytes(text))[0]
    text = _HIDDEN.sub("", charset.clean(text)).replace("\n", " ").replace("\t", " ")
    text = re.split(r"[\\/]", text.rstrip("\\/ "))[-1]
    text = " ".join(_FORBIDDEN.sub("_", text).split()).strip(". ") if text.strip(". ") else ""
    if not text:
        return "file"
    if _RESERVED.match(text):
        text = f"_{text}"
    return _shortened(text)


def _shortened(name: str) -> str:
    if len(name.encode("utf-8", "replace")) <= LONGEST_NAME:
        return name.encode("utf-8", "replace").decode()
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension.encode("utf-8", "replace")) > 20:
        stem, dot, extension = name, "", ""
    tail = f"{dot}{extension}".encode("utf-8", "replace")
    room = LONGEST_NAME - len(tail) - len("…".encode())
    return stem.encode("utf-8", "replace")[:room].decode("utf-8", "ignore").rstrip() + "…" + tail.decode()


_DEFAULT_NAMES = {
    "message/delivery-status": "delivery-status.txt",
    "message/disposition-notification": "read-receipt.txt",
    "message/feedback-report": "feedback-report.txt",
    "text/rfc822-headers": "headers.txt",
    "text/calendar": "invitation.ics",
    "application/ms-tnef": "winmail.dat",
    "application/pgp-signature": "signature.asc",
    "application/pkcs7-signature": "smime.p7s",
    "application/pkcs7-mime": "smime.p7m",
}
_DEFAULT_STEMS = {
    "text/html": "page-{}.html",
    "text/plain": "text-{}.txt",
    "image/jpeg": "image-{}.jpg",
    "image/png": "image-{}.png",
    "image/gif": "image-{}.gif",
    "application/pdf": "document-{}.pdf",
    "audio/ogg": "voice-{}.ogg",
}


def default_name(kind: str, number: int) -> str:
    """A name for a file that came without one."""
    return _DEFAULT_NAMES.get(kind) or _DEFAULT_STEMS.get(kind, "file-{}.bin").format(number)
