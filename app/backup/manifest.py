"""The manifest of a backup: what is in it, how much, and the SHA-256 of every file."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from app.cli import Finding
from app.speech import said

NAME: Final = "manifest.json"
FORMAT: Final = 1
SQLITE_FILE: Final = "desk.sqlite3"
POSTGRES_FILE: Final = "desk.dump"
KEY_FILE: Final = "master.key"
VAULT: Final = "vault"
_PIECE: Final = 1024 * 1024


@dataclass(frozen=True)
class Entry:
    """A file of the backup: its size in bytes and the SHA-256 of it (hex)."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Facts:
    """What a database holds, read in the same snapshot that is kept.

    `counts` are rows by table, `keys` the ids (hex) of the keys its sealed values need, `blobs` the files of the vault it names;
    `highest_ticket` is the last number given, `history` the number of entries and the hash of the last one.
    """

    server: str
    migrations: tuple[str, ...]
    counts: dict[str, int]
    highest_ticket: int
    waiting: int
    history: tuple[int, str]
    keys: tuple[str, ...]
    blobs: frozenset[str]


@dataclass(frozen=True)
class Manifest:
    """Everything that is known about a backup without opening its files. Instants are UTC."""

    made_at: datetime
    version: str
    engine: str
    server: str
    migrations: tuple[str, ...]
    counts: dict[str, int]
    highest_ticket: int
    waiting: int
    history: tuple[int, str]
    keys: tuple[str, ...]
    with_key: bool
    missing: tuple[str, ...]
    files: dict[str, Entry] = field(default_factory=dict)

    @property
    def database(self) -> str:
        """The name of the database's file in the backup."""
        return SQLITE_FILE if self.engine == "sqlite" else POSTGRES_FILE

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(entry.size for entry in self.files.values())

    def blobs(self) -> set[str]:
        """The names of the vault's files that are in the backup."""
        return {path.rpartition("/")[2] for path in self.files if path.startswith(f"{VAULT}/")}

    def text(self) -> str:
        """The manifest as it is written: JSON whose last entry is the digest of everything above it."""
        content: dict[str, Any] = {"format": FORMAT, **asdict(self), "made_at": self.made_at.isoformat()}
        return json.dumps({**content, "digest": _digest(content)}, ensure_ascii=False, indent=1) + "\n"


def read(folder: Path) -> Manifest:
    """The manifest in a backup's folder. Raises Finding when it is missing, damaged, or of a newer program."""
    path = folder / NAME
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        digest = content.pop("digest")
    except FileNotFoundError:
        raise Finding(said('"%(folder)s" is no backup: there is no %(NAME)s in it.', folder=folder, NAME=NAME)) from None
    except OSError as error:
        raise Finding(said('"%(path)s" cannot be read: %(strerror)s.', path=path, strerror=error.strerror)) from error
    except (ValueError, KeyError, AttributeError, TypeError):
        raise Finding(said('"%(path)s" is damaged: restore another backup.', path=path)) from None
    if digest != _digest(content):
        raise Finding(said('"%(path)s" is damaged, or was changed: restore another backup.', path=path))
    if content.pop("format") != FORMAT:
        raise Finding(
            said('"%(folder)s" was made by a newer version of the program. Restore it with that version.', folder=folder)
        )
    content["files"] = {name: Entry(**entry) for name, entry in content["files"].items()}
    for name in ("migrations", "history", "keys", "missing"):
        content[name] = tuple(content[name])
    return Manifest(**{**content, "made_at": datetime.fromisoformat(content["made_at"])})


def verify(folder: Path, manifest: Manifest) -> None:
    """Read every file of a backup. Raises Finding that names those which are missing or not as they were written."""
    wrong = [name for name, entry in sorted(manifest.files.items()) if not _is_whole(folder / name, entry)]
    if wrong:
        more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        raise Finding(
            said(
                'The backup "%(folder)s" is damaged. Missing or changed: %(wrong)s%(more)s. Restore another one.',
                folder=folder,
                wrong=", ".join(wrong[:5]),
                more=more,
            )
        )


def measured(path: Path) -> Entry:
    """Size and digest of a file; raises OSError."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
            size += len(piece)
    return Entry(size, digest.hexdigest())


def find(source: Path) -> Path:
    """The backup that is meant: `source` itself, or the newest one in it. Raises Finding when there is none."""
    if (source / NAME).exists():
        return source
    found = backups(source)
    if not found:
        raise Finding(
            said(
                'There is no backup in "%(source)s": expected a folder with %(NAME)s, or a folder of such folders.',
                source=source,
                NAME=NAME,
            )
        )
    return found[-1]


def backups(folder: Path) -> list[Path]:
    """The backups in a folder, oldest first (their names are dates)."""
    return sorted(path.parent for path in folder.glob(f"[0-9]*/{NAME}"))


def _is_whole(path: Path, entry: Entry) -> bool:
    try:
        return path.stat().st_size == entry.size and measured(path) == entry
    except OSError:
        return False


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
