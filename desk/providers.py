"""Addresses and who provides them: what is one mailbox, and where everybody has one.

Without a database: processes that only read letters need it too (mail.scanners).
"""

import tomllib
from importlib import resources

# Where everybody has a mailbox: what comes from there does not come from one house.
PUBLIC_DOMAINS = frozenset(tomllib.loads((resources.files("desk") / "providers.toml").read_text(encoding="utf-8"))["public"])


def domain_of(address: str) -> str:
    """The domain of an address; empty for one where everybody has a mailbox."""
    domain = address.rpartition("@")[2]
    return "" if domain in PUBLIC_DOMAINS else domain


def base(address: str) -> str:
    """An address, folded, without what stands behind a plus sign: it is the same mailbox."""
    local, at, domain = address.casefold().rpartition("@")
    return f"{local.partition('+')[0] or local}{at}{domain}"
