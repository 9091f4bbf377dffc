"""The identity of a letter: the same one taken again is known, another one that borrows its Message-ID is not."""

import hashlib
from collections.abc import Iterator

from mail.parsing import salvage
from mail.parsing.parsed import ParsedMail

_PIECE = 1024 * 1024


def fingerprint(raw: bytes, mail: ParsedMail) -> str:
    """The identity of the letter itself, as SHA-256 in hex.

    The same letter taken again (other folder, other UID, other trace headers on top) has the same; another letter that
    borrows a Message-ID has a different one. Line ends, the `>From ` of mbox files and blank lines at the end do not count.
    """
    told = hashlib.sha256()
    for name in ("message-id", "date", "from", "subject", "content-type", "content-transfer-encoding"):
        value = "".join((mail.headers.first(name) or "").split())
        told.update(f"{name}:{len(value)}:{value}\n".encode("utf-8", "replace"))
    data = trimmed(raw)
    head = salvage.head_length(data)
    for piece in _plain(memoryview(data)[head:]):
        told.update(piece)
    return told.hexdigest()


def trimmed(raw: bytes) -> bytes:
    """`raw` without what some programs put before the first header: a byte order mark, empty lines."""
    return raw.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")


def _plain(body: memoryview) -> Iterator[bytes]:
    """The body as it counts, in pieces: LF line ends, `From ` without its `>`, no blank lines around."""
    begun = False
    held = b""  # line ends that count only when something follows
    for piece in _lines(body):
        text = piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n>From ", b"\nFrom ")
        if not begun:
            text = text.lstrip(b"\n")
            if not text:
                continue
            text = text.removeprefix(b">") if text.startswith(b">From ") else text
            begun = True
        elif text.startswith(b">From ") and held.endswith(b"\n"):
            text = text[1:]
        kept = text.rstrip(b"\n")
        if kept:
            yield held + kept
            held = text[len(kept) :]
        else:
            held += text


def _lines(body: memoryview) -> Iterator[bytes]:
    """The body in pieces of about a megabyte that end with a line."""
    position = 0
    while position < len(body):
        end = min(position + _PIECE, len(body))
        piece = bytes(body[position:end])
        if end < len(body):
            last = max(piece.rfind(b"\n"), piece.rfind(b"\r", 0, len(piece) - 1)) + 1
            # Without a line end in a megabyte it is cut anywhere but between CR and LF.
            piece = piece[:last] or (piece[:-1] if piece.endswith(b"\r") else piece)
        position += len(piece)
        yield piece
