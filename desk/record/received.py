"""Received: raw messages as they came, encrypted in their row or, the large ones, in the vault; read back whole."""

from desk.context import Desk
from models import Inbound

# Larger ones go to a file of the vault, so that the database stays small.
INLINE = 32 * 1024


def large(raw: bytes) -> bool:
    """Whether a raw message is kept as a file of the vault."""
    return len(raw) > INLINE


async def keep(desk: Desk, row: Inbound, raw: bytes) -> None:
    """Encrypt a raw message into its row, which is not written yet."""
    if large(raw):
        row.blob = (await desk.vault.write_async(raw)).name
    else:
        row.sealed = desk.vault.seal(raw, _context(row))


async def raw(desk: Desk, row: Inbound) -> bytes:
    """The raw message, whole, as its source gave it. Raises VaultError when the key or the file is not right."""
    if row.sealed is not None:
        return desk.vault.unseal(bytes(row.sealed), _context(row))
    return await desk.vault.read_async(row.blob)


def _context(row: Inbound) -> str:
    """What the sealed bytes are bound to: they cannot be passed off as another message."""
    return f"inbound:{row.source}:{row.position}"
