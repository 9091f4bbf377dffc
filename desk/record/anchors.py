"""Anchors: the head of the history, written down outside of the database, so that its end cannot be cut off unseen.

The file beside the key holds a line an anchor: moment, number and hash of an entry, and a mark made with the desk's key
(HMAC-SHA-256), so that who only reaches the database, or only the file, can make none. A line `restored` says that a backup was
put back: anchors of later entries before it speak of a history that was given up.
"""

import hashlib
import hmac
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from desk.vault import Vault
from models import History

PURPOSE: Final = "history anchors"
ANCHORED, RESTORED = "anchored", "restored"


@dataclass(frozen=True)
class Anchor:
    """The head of the history as it was `at` (UTC): the number of its last entry and that entry's hash."""

    at: datetime
    entry: int
    hash: str

    @property
    def short(self) -> str:
        """As it stands in the digest: number and the beginning of the hash, enough to be compared by eye."""
        return f"{self.entry}:{self.hash[:16]}"


@dataclass(frozen=True)
class Anchored:
    """What the file says: anchors that hold, and the numbers of lines that the desk's key did not make."""

    anchors: tuple[Anchor, ...] = ()
    forged: tuple[int, ...] = ()


NONE: Final = Anchor(datetime.fromtimestamp(0, UTC), 0, "-")
"""The head of a history without entries."""


def beside(key_file: Path) -> Path:
    """Where the anchors of a desk are: beside its key."""
    return key_file.with_name(f"{key_file.name}.anchors")


async def head(now: datetime) -> Anchor | None:
    """The last entry of the history; None before the first."""
    last = await History.all().order_by("-id").first()
    return Anchor(now, last.id, last.hash) if last else None


async def keep(path: Path, vault: Vault, now: datetime) -> Anchor | None:
    """Write the head down unless it is the one that was written last; what was written."""
    found = await head(now)
    known = read(path, vault).anchors
    if found is None or (known and known[-1].hash == found.hash):
        return None
    _append(path, vault, ANCHORED, found)
    return found


def restored(path: Path, vault: Vault, goes_on_from: Anchor) -> None:
    """Write down that the history goes on from an earlier entry, for a backup was put back."""
    _append(path, vault, RESTORED, goes_on_from)


def read(path: Path, vault: Vault) -> Anchored:
    """The anchors in a file; none when there is no file."""
    keys = [vault.derive(PURPOSE), *vault.derive_older(PURPOSE)]
    anchors: list[Anchor] = []
    forged: list[int] = []
    lines = path.read_text("utf-8", "replace").splitlines() if path.exists() else []
    for number, line in enumerate(lines, 1):
        words, _, mark = line.rpartition(" ")
        if not any(hmac.compare_digest(_mark(words, key), mark) for key in keys):
            forged.append(number)
            continue
        kind, at, entry, told = words.split(" ")
        anchor = Anchor(datetime.fromisoformat(at), int(entry), told)
        if kind == RESTORED:
            anchors = [one for one in anchors if one.entry < anchor.entry]
        if anchor.entry:
            anchors.append(anchor)
    return Anchored(tuple(anchors), tuple(forged))


def _append(path: Path, vault: Vault, kind: str, anchor: Anchor) -> None:
    words = f"{kind} {anchor.at.astimezone(UTC).isoformat()} {anchor.entry} {anchor.hash}"
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{words} {_mark(words, vault.derive(PURPOSE))}\n")
        file.flush()
        os.fsync(file.fileno())


def _mark(words: str, key: bytes) -> str:
    return hmac.new(key, words.encode(), hashlib.sha256).hexdigest()
