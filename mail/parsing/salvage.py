"""Reads mails whose structure defeats the standard parser: head and body by hand, and all parts as a flat list."""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.parser import BytesHeaderParser

_FIELD = re.compile(rb"[!-9;-~]{1,200}[ \t]*:")
_BOUNDARY = re.compile(rb"boundary[ \t]*=[ \t]*(?:\"([^\"\r\n]{1,200})\"|([^\s;\"]{1,200}))", re.IGNORECASE)
_MOST_BOUNDARIES = 20_000
_BORDER = re.compile(rb"(boundary[ \t]*=)|\n--[^\r\n]{1,200}--[ \t]*(?=[\r\n])", re.IGNORECASE)
_MOST_COMPARISONS = 20_000_000
_LONGEST_HEAD = 1_000_000
_LONGEST_REPAIR = 500  # lines


def split_head(raw: bytes) -> tuple[bytes, bytes]:
    """Header fields and body; the body starts after the first empty line, or at the first line that is no header."""
    head, body = _head(raw)
    return raw[:head], raw[body:]


def head_length(raw: bytes) -> int:
    """Where the body starts."""
    return _head(raw)[1]


def _head(raw: bytes) -> tuple[int, int]:
    """Where the header ends, and where the body starts."""
    position = 0
    first = True
    while position < len(raw):
        end = _line_end(raw, position)
        line = raw[position : min(end, position + 300)].rstrip(b"\r\n")
        if not line:
            return position, end
        header = line[:1] in b" \t" or _FIELD.match(line) or (first and line.startswith((b"From ", b">From ")))
        if not header:
            return position, position
        position = end
        first = False
    return len(raw), len(raw)


def repaired(raw: bytes) -> bytes | None:
    """`raw` with the lines that are no header made part of the header above them, when that brings a sender to light."""
    position = 0
    head: list[bytes] = []
    while position < len(raw) and len(head) < _LONGEST_REPAIR:
        end = _line_end(raw, position)
        line = raw[position:end].rstrip(b"\r\n")
        position = end
        if not line:
            break
        match = _FIELD.match(line)
        if match:
            head.append(match[0][:-1].rstrip() + b":" + line[match.end() :])
        elif line[:1] in b" \t" or head:
            head.append(b" " + line.lstrip())
        elif not line.startswith((b"From ", b">From ")):
            head.append(b"X-Unreadable: " + line)
    if not any(line[:5].lower() == b"from:" and b"@" in line for line in head):
        return None
    return b"\n".join((*head, b"", raw[position:]))


def _line_end(raw: bytes, position: int) -> int:
    """Where the next line starts; a line ends with LF, CRLF or a lone CR."""
    newline = raw.find(b"\n", position)
    newline = len(raw) if newline < 0 else newline
    carriage = raw.find(b"\r", position, newline)
    if carriage >= 0:
        return carriage + (2 if raw[carriage + 1 : carriage + 2] == b"\n" else 1)
    return min(newline + 1, len(raw))


def toilsome(raw: bytes) -> bool:
    """Whether parts are nested so deeply in so long a mail that the standard parser would be at it for many seconds.

    It compares every line with every open boundary.
    """
    lines = raw.count(b"\n")
    if (raw.count(b"oundary") + raw.count(b"OUNDARY")) * lines <= _MOST_COMPARISONS:
        return False  # cannot be nested deeply enough
    opened = deepest = 0
    for match in _BORDER.finditer(raw):
        opened = opened + 1 if match[1] else max(0, opened - 1)
        deepest = max(deepest, opened)
    return deepest * lines > _MOST_COMPARISONS


def head_only(head: bytes) -> Message:
    """A message with these header fields and no body."""
    try:
        return BytesHeaderParser().parsebytes(head[:_LONGEST_HEAD] + b"\n\n")
    except Exception:  # noqa: BLE001 - an empty head is better than no letter
        return Message()


def leaves(raw: bytes, *, most: int) -> Iterator[Message]:
    """Every part that is no container, in order, as if there were no nesting; at most `most`."""
    borders = set()
    for count, match in enumerate(_BOUNDARY.finditer(raw)):
        if count >= _MOST_BOUNDARIES:
            break
        borders.add(b"--" + (match[1] or match[2]))
    _, body = split_head(raw)
    found = 0
    for block in _blocks(body, borders) if borders else (body,):
        head, _ = split_head(block)
        part = head_only(head)
        if part.get_content_maintype() == "multipart":
            continue
        if block.strip() and found < most:
            found += 1
            yield _part(block, part)


def _part(block: bytes, head: Message) -> Message:
    if head.get_content_maintype() == "message":
        # An attached letter inside the maze is shown as the text it is.
        return message_from_bytes(b"Content-Type: text/plain\n\n" + block)
    return message_from_bytes(block)


def _blocks(body: bytes, borders: set[bytes]) -> Iterator[bytes]:
    current: list[bytes] = []
    opened = False
    for line in body.splitlines(keepends=True):
        bare = line.rstrip()
        if bare.startswith(b"--") and (bare in borders or (bare.endswith(b"--") and bare[:-2] in borders)):
            if opened:
                yield b"".join(current)
            current = []
            opened = True
        else:
            current.append(line)
    if opened:
        yield b"".join(current)
    else:
        yield body
