"""The trace of a letter: when our own server took it, by the `Received` field that it wrote on top (RFC 5321 §4.4).

Whoever sends a letter can write any `Received` fields, but only below the one that the last server adds. So only the topmost
counts, and only when the server that it names as its writer is one of ours.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from email.parser import BytesHeaderParser
from typing import Final

from mail.parsing.headers import date

_BY: Final = re.compile(r"\bby\s+\[?([A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)", re.IGNORECASE)
HEAD: Final = 64 * 1024
"""Bytes of a letter in which its topmost field stands."""


def own_receipt(raw: bytes, hosts: Iterable[str]) -> datetime | None:
    """When a server of the domain of one of `hosts` took the letter (UTC); None when the topmost trace is not one of theirs."""
    field = _topmost(raw)
    words, _, when = field.rpartition(";")
    by = _BY.search(words)
    if by is None or _domain(by[1]) not in {_domain(host) for host in hosts if host}:
        return None
    return date(when.strip())


def receipt(raw: bytes) -> datetime | None:
    """When the last server took the letter by its own words (UTC), whoever that is; for letters whose archive tells nothing."""
    return date(_topmost(raw).rpartition(";")[2].strip())


def _topmost(raw: bytes) -> str:
    head = raw[:HEAD].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    try:
        return str(BytesHeaderParser().parsebytes(head + b"\n\n").get("Received") or "")
    except (ValueError, LookupError, TypeError):
        return ""


def _domain(host: str) -> str:
    """The last two labels, by which the hosts of one operator are known: mx3.mail.shop.example is of shop.example."""
    return ".".join(host.casefold().strip(".").split(".")[-2:])
