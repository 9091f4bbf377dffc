"""Large letters without their weight: long bodies stay in the raw bytes while the structure around them is parsed.

The standard parser holds every line of a letter several times over. So of each long stretch between two lines that may be
boundaries only the beginning is given to it, and a line that stands for the rest; whoever reads the part gets it whole.
"""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

_LIGHT = 1024 * 1024  # bytes up to which a letter is parsed as it is
_STRETCH = 256 * 1024  # bytes of a stretch from which on its rest is taken out
_HEAD = 64 * 1024  # bytes of it that stay: the header of the part, and of a letter inside it
_PIECE = 1024 * 1024

_BORDER = re.compile(rb"(?:\n|\r|^)--")


@dataclass(frozen=True)
class Hollow:
    """A letter as the parser gets it, `light`, and the way back to what was taken out of it."""

    light: bytes
    raw: bytes
    mark: re.Pattern[bytes] | None = None

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """`data` (part of the light letter) with everything that was taken out, in pieces of at most a megabyte or so."""
        position = 0
        for found in self.mark.finditer(data) if self.mark else ():
            yield data[position : found.start()]
            start, end = int(found[1]), int(found[2])
            for at in range(start, end, _PIECE):
                yield self.raw[at : min(at + _PIECE, end)]
            position = found.end()
        yield data[position:] if position else data

    def whole(self, data: bytes) -> bytes:
        """`data` with everything that was taken out."""
        return b"".join(self.pieces(data)) if self.mark else data

    def first_part(self, boundary: str) -> bytes | None:
        """The first part between lines of `boundary`, byte for byte as it was signed (RFC 1847): with CRLF; None without."""
        marked = re.escape(boundary.encode("utf-8", "surrogateescape"))
        borders = re.finditer(rb"(?:\A|\r?\n)--%b(?:--)?[ \t]*(?=\r?\n|\Z)" % marked, self.light) if boundary else iter(())
        start, end = next(borders, None), next(borders, None)
        if start is None or end is None:
            return None
        between = self.light[start.end() : end.start()].removeprefix(b"\r").removeprefix(b"\n")
        return re.sub(rb"\r?\n", b"\r\n", self.whole(between))


def hollowed(raw: bytes) -> Hollow:
    """The letter without the rest of its long stretches."""
    if len(raw) <= _LIGHT:
        return Hollow(raw, raw)
    # Nobody can write such a line into a letter beforehand.
    nonce = secrets.token_hex(16).encode()
    borders = [0, *(found.start() for found in _BORDER.finditer(raw)), len(raw)]
    out = []
    for start, end in pairwise(borders):
        if end - start <= _STRETCH:
            out.append(raw[start:end])
            continue
        begin = raw.find(b"\n", start + _HEAD, start + 2 * _HEAD) + 1 or start + _HEAD
        # The last line stays too, whether or not a line end follows it.
        last = raw.rfind(b"\n", end - _HEAD, end - 1) + 1 or end - _HEAD
        out += [raw[start:begin], b"=_%b_%d_%d_=\n" % (nonce, begin, last), raw[last:end]]
    return Hollow(b"".join(out), raw, re.compile(rb"=_%b_(\d+)_(\d+)_=\r?\n?" % nonce))
