"""Addresses and who provides them: what is one mailbox, and where everybody has one.

Without a database: processes that only read letters need it too (mail.scanners).
"""

import tomllib
from importlib import resources

import idna

# Where everybody has a mailbox: what comes from there does not come from one house.
PUBLIC_DOMAINS = frozenset(tomllib.loads((resources.files("desk") / "providers.toml").read_text(encoding="utf-8"))["public"])


def domain_of(address: str) -> str:
    """The domain of an address; empty for one where everybody has a mailbox."""
    domain = address.rpartition("@")[2]
    return "" if domain in PUBLIC_DOMAINS else domain


def ascii_domain(domain: str) -> str:
    """A domain in its ASCII form, by which one in two spellings is one; what cannot be one stays as it is."""
    if domain.isascii():
        return domain.lower()
    try:
        return idna.encode(domain, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        return domain.lower()


def key(address: str) -> str:
    """What an address is compared by: folded, an international domain in its ASCII form."""
    local, at, domain = address.strip().rpartition("@")
    return f"{local}{at}{ascii_domain(domain)}".casefold()


def spellings(address: str) -> tuple[str, ...]:
    """What an address may be written down as, its key first: earlier releases kept a domain in the script it was written in.

    Rows of then are found by either; they are not rewritten, for the history answers for them as they are.
    """
    folded = key(address)
    local, at, domain = folded.rpartition("@")
    if "xn--" not in domain:
        return (folded,)
    try:
        return tuple(dict.fromkeys((folded, f"{local}{at}{idna.decode(domain)}".casefold())))
    except (idna.IDNAError, UnicodeError):
        return (folded,)


def base(address: str) -> str:
    """The key of an address without what stands behind a plus sign: it is the same mailbox."""
    local, at, domain = key(address).rpartition("@")
    return f"{local.partition('+')[0] or local}{at}{domain}"
