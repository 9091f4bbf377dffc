"""Kept bytes: every letter as it left, encrypted in the vault before it leaves, named on its outbox row when that is settled.

A file is named by row and number (desk.vault.name_of), so that what a try wrote whose process died is found again by the next
one: nothing of what may have left is lost, and nothing has to be written to the database before a letter goes. A try that was
refused leaves nothing.
"""

import asyncio
import hashlib
from collections.abc import Iterator
from dataclasses import replace

from desk import letters
from desk.errors import Temporary
from desk.ports import Kept
from desk.vault import Vault, VaultError
from models import Outbox


def is_kept(row: Outbox) -> bool:
    """Whether a row's bytes are kept: whatever goes by mail, and what a requester is told in Telegram."""
    return row.channel == "mail" or letters.of(row) is not None or (row.channel == "telegram" and row.errand == "notice")


async def keep(vault: Vault, row: Outbox, data: bytes) -> Kept:
    """As `write`, in a thread."""
    return await asyncio.to_thread(write, vault, row, data)


def write(vault: Vault, row: Outbox, data: bytes) -> Kept:
    """Keep what is about to leave, whole and on the disk. Raises Temporary: better late than without a trace."""
    try:
        blob = vault.write(data, next(name for name in _names(vault, row.id) if not vault.has(name)))
    except VaultError as error:
        raise Temporary(error.sentence) from error
    return Kept(blob.name, blob.sha256, blob.size)


async def drop(vault: Vault, piece: Kept) -> None:
    """Forget what was kept of a try that was refused: it did not leave."""
    await asyncio.to_thread(vault.delete, piece.blob)


async def left(vault: Vault, row: Outbox, *sure: Kept) -> tuple[Kept, ...]:
    """All that left or may have left of a row, in its order: what is `sure`, and what earlier tries kept."""
    known = {one.blob: one for one in sure}
    held = names(vault, row.id)
    return tuple([known[name] if name in known else await asyncio.to_thread(_found, vault, name) for name in held])


def _found(vault: Vault, name: str) -> Kept:
    data = vault.read(name)
    return Kept(name, hashlib.sha256(data).hexdigest(), len(data), sure=False)


def names(vault: Vault, number: int) -> list[str]:
    """The names of the files that hold bytes of an outbox row."""
    found = []
    for name in _names(vault, number):
        if not vault.has(name):
            break
        found.append(name)
    return found


def _names(vault: Vault, number: int) -> Iterator[str]:
    piece = 0
    while True:
        yield vault.name_of(f"sent/{number}/{piece}")
        piece += 1


def confirmed(piece: Kept, *ids: int) -> Kept:
    """A call to Telegram that was answered, with the ids of what it posted."""
    return replace(piece, external_id=" ".join(map(str, ids)))
