"""The bytes of a part, its transfer encoding undone as far as it can be (base64, quoted-printable, uuencode)."""

import binascii
import re
from collections.abc import Callable, Iterable, Iterator
from email.message import Message
from io import BytesIO

from mail.parsing import remarks
from mail.parsing.hollow import Hollow
from mail.parsing.parsed import Remark

_BASE64_OUTSIDE = re.compile(rb"[^A-Za-z0-9+/=]")
_UUENCODE = frozenset({"x-uuencode", "uuencode", "uue", "x-uue"})
_PLAIN = frozenset({"", "7bit", "8bit", "binary"})
_MISSPELT = {"quoted-printible": "quoted-printable", "quotedprintable": "quoted-printable", "base-64": "base64"}


def raw_value(part: Message, name: str) -> str | None:
    """The first field called `name` as it stands in the letter."""
    return next((str(value)[:20_000] for key, value in part.raw_items() if key.lower() == name), None)


def encoding(part: Message) -> str:
    found = re.split(r"[;\s(]", (raw_value(part, "content-transfer-encoding") or "").strip().strip("\"'").lower())[0]
    return _MISSPELT.get(found, found)


def content(part: Message, hollow: Hollow) -> tuple[bytes, Remark | None]:
    """The bytes of a part, and what was wrong with them."""
    # get_payload() would decode 8-bit text by the declared charset and lose the bytes; the stored string has them.
    payload: object = getattr(part, "_payload", None)
    if not isinstance(payload, str):
        return b"", None
    light = payload.encode("ascii" if payload.isascii() else "utf-8", "surrogateescape")
    return decoded(lambda: hollow.pieces(light), encoding(part))


def decoded(pieces: Callable[[], Iterable[bytes]], how: str) -> tuple[bytes, Remark | None]:
    """Bytes in pieces, decoded, and what was wrong with them; the pieces are gone through one by one, once or twice."""
    if how == "base64":
        return _base64(pieces)
    if how == "quoted-printable":
        out = BytesIO()
        for piece in _at_line_ends(pieces()):
            out.write(binascii.a2b_qp(piece))
        return out.getvalue(), None
    whole = b"".join(pieces())
    if how in _UUENCODE:
        return _uu(whole), None
    return whole, None if how in _PLAIN else remarks.unknown_transfer()


def _at_line_ends(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces that end with a line, so that no escape is torn apart."""
    kept = b""
    for piece in pieces:
        end = piece.rfind(b"\n") + 1
        if end:
            yield kept + piece[:end]
            kept = piece[end:]
        else:
            kept += piece
    yield kept


def _base64(pieces: Callable[[], Iterable[bytes]]) -> tuple[bytes, Remark | None]:
    """Base64 as found: foreign characters skipped, several padded runs joined, a torn end cut off."""
    # As large as it will be at most from the beginning: while it grew it would be larger, and be copied.
    out = BytesIO(bytes(sum(map(len, pieces())) * 3 // 4))
    kept = b""
    try:
        for piece in pieces():
            packed = kept + piece.translate(None, b"\r\n\t ")
            whole = len(packed) - len(packed) % 4
            out.write(binascii.a2b_base64(packed[:whole], strict_mode=True))
            kept = packed[whole:]
        if not kept:
            out.truncate()
            return out.getvalue(), None
    except binascii.Error:
        pass  # not as it should be: read more patiently
    data = b"".join(pieces())
    found = []
    for run in re.findall(rb"[A-Za-z0-9+/]+", _joined(data)):
        even = run[: len(run) - 1] if len(run) % 4 == 1 else run
        found.append(binascii.a2b_base64(even + b"=" * (-len(even) % 4)))
    return b"".join(found), remarks.damaged_file()


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
