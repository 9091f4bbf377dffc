"""What our own mail server found out about a sender: its Authentication-Results (RFC 8601), and nobody else's.

Anybody can write such a header into a letter. Ours is known by where it stands or by whose name it bears:

1. When the settings name our server (`authserv_id`), the topmost header of that name counts. Servers remove forged
   headers of their own name (RFC 8601 §5).
2. Otherwise a header counts when it stands above the Received line of the server that took the letter from outside.
   Whatever a sender wrote stands below that line. Lines of the last step into the mailbox (LMTP) do not count.
"""

import re
from collections.abc import Iterable
from typing import Final

from mail.parsing.headers import Address, Headers

_COMMENT: Final = re.compile(r"\((?:[^()\\]|\\.)*\)")
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
_LMTP: Final = re.compile(r"\bwith\s+(?:UTF8)?LMTPS?A?\b", re.IGNORECASE)
_RESULT: Final = re.compile(r"\s*([a-z0-9-]+)\s*(?:/\s*\d+\s*)?=\s*([a-z]+)", re.IGNORECASE)
_PROPERTY: Final = re.compile(r"\b([a-z]+)\.([a-z-]+)\s*=\s*(\S+)", re.IGNORECASE)


def authenticated(headers: Headers, sender: Address | None, authserv_id: str = "") -> bool:
    """Whether our own server vouches for the sender: DMARC passed, or a DKIM signature of the sender's own domain."""
    if sender is None or len(headers.all("from")) != 1 or not sender.domain:
        return False
    ours = _ours(headers, authserv_id.casefold())
    return ours is not None and any(_vouches(method, sender.domain.casefold()) for method in ours[1:])


def _ours(headers: Headers, authserv_id: str) -> list[str] | None:
    """Our server's header in its parts, the first being its name."""
    for name, value in headers:
        if name == "authentication-results":
            parts = _parts(value)
            if not authserv_id or parts[0].split()[:1] == [authserv_id]:
                return parts
        elif name == "received" and not authserv_id and not _LMTP.search(value):
            return None
    return None


def _parts(value: str) -> list[str]:
    # Comments and quotes may hold anything, semicolons and "dmarc=pass" included.
    before = None
    while value != before:
        before, value = value, _COMMENT.sub(" ", value)
    value = _QUOTED.sub(lambda found: re.sub(r"[;\s=]", "", found[1]), value)
    return [part.strip().casefold() for part in value.split(";")]


def _vouches(part: str, domain: str) -> bool:
    result = _RESULT.match(part)
    if result is None or result[2] != "pass":
        return False
    properties = {f"{kind}.{name}": value for kind, name, value in _PROPERTY.findall(part[result.end() :])}
    if result[1] == "dmarc":
        return _same(properties.get("header.from"), [domain])
    if result[1] == "dkim":
        signer = properties.get("header.d") or properties.get("header.i", "").rpartition("@")[2]
        return _same(signer, _parents(domain))
    return False


def _same(value: str | None, domains: Iterable[str]) -> bool:
    return value is not None and value in set(domains)


def _parents(domain: str) -> list[str]:
    """The domain and what it is part of, top-level domains left out: who signs for a parent owns the child."""
    labels = domain.split(".")
    return [".".join(labels[at:]) for at in range(len(labels) - 1)]


def results(headers: Headers, authserv_id: str = "") -> dict[str, str] | None:
    """What our own server found by each method, as {"spf": "pass", "dkim": "none", …}; None when it says nothing."""
    ours = _ours(headers, authserv_id.casefold())
    if ours is None:
        return None
    found = [result for part in ours[1:] if (result := _RESULT.match(part))]
    # Of several signatures a good one is enough.
    return {result[1]: result[2] for result in sorted(found, key=lambda one: one[2] == "pass")}
