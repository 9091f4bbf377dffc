"""Making a backup: the vault, then the database in one snapshot, then what came into the vault meanwhile.

In this order every file that the snapshot names is there: it was in the vault before, or came before the snapshot.
A file of the vault never changes, so one that an earlier backup beside this one holds is linked, not copied.
"""

# ruff: noqa: ASYNC240 - a command does one thing at a time

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app import __version__
from app.backup import stores
from app.backup.manifest import KEY_FILE, NAME, POSTGRES_FILE, SQLITE_FILE, VAULT, Entry, Facts, Manifest, backups, measured
from app.backup.manifest import read as read_manifest
from app.cli import Finding
from app.settings.declared import Settings
from app.speech import said
from desk.vault import KEY_IN_FILE, is_name
from models.store.address import Address, read
from models.store.locks import try_file

_PART = ".part"


@dataclass(frozen=True)
class Saved:
    """A backup that was made; `linked` files were in an earlier one already, `removed` backups were too many."""

    folder: Path
    manifest: Manifest
    linked: int
    removed: tuple[Path, ...]


async def save(
    settings: Settings, into: Path, now: datetime, *, with_key: bool = False, full: bool = False, keep: int = 0
) -> Saved:
    """Make a backup in a new folder of `into`, named by the moment; whole or not at all. Raises Finding, StoreError.

    With `full` nothing is shared with earlier backups; with `keep` only so many backups are left, the newest.
    """
    place = read(settings.database_url)
    if place.file is not None and not place.file.exists():
        raise Finding(said('There is no database at "%(file)s": nothing to back up.', file=place.file))
    if with_key and not settings.key_file.exists():
        raise Finding(said('The key file "%(key_file)s" is not here, and --with-key asks for it.', key_file=settings.key_file))
    with _told(f'The backup in "{into}" could not be made'), _alone(into):
        _remove_unfinished(into)
        folder = into / f"{now.astimezone(UTC):%Y-%m-%dT%H-%M-%SZ}"
        if folder.exists():
            raise Finding(said('There is a backup of this very second already: "%(folder)s".', folder=folder))
        part = into / f".{folder.name}{_PART}"
        part.mkdir(mode=0o700)
        try:
            files = _Files(settings.storage.dir / VAULT, part, None if full else _latest(into))
            manifest = await _filled(settings, place, part, files, now, with_key=with_key)
            part.rename(folder)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
        sync_folder(into)
        return Saved(folder, manifest, files.linked, tuple(_remove_old(into, keep)))


async def _filled(settings: Settings, place: Address, part: Path, files: "_Files", now: datetime, *, with_key: bool) -> Manifest:
    files.take()
    found = await _snapshot(settings, place, part)
    files.take()
    if with_key:
        copy(settings.key_file, part / KEY_FILE)
    others = [SQLITE_FILE if place.file else POSTGRES_FILE, *([KEY_FILE] if with_key else [])]
    for name in others:
        sync_file(part / name)
    manifest = Manifest(
        made_at=now.astimezone(UTC),
        version=__version__,
        engine="sqlite" if place.file else "postgres",
        server=found.server,
        migrations=found.migrations,
        counts=found.counts,
        highest_ticket=found.highest_ticket,
        waiting=found.waiting,
        history=found.history,
        keys=tuple(sorted({*found.keys, *files.keys})),
        with_key=with_key,
        missing=tuple(sorted(found.blobs - files.names)),
        files=files.entries | {name: measured(part / name) for name in others},
    )
    (part / NAME).touch(mode=0o600)
    (part / NAME).write_text(manifest.text(), encoding="utf-8")
    sync_file(part / NAME)
    for folder in {path.parent for path in part.rglob("*")} | {part}:
        sync_folder(folder)
    return manifest


async def _snapshot(settings: Settings, place: Address, part: Path) -> Facts:
    if place.file is not None:
        return await stores.save_sqlite(place.file, part / SQLITE_FILE)
    return await stores.save_postgres(settings.database_url, part / POSTGRES_FILE)


class _Files:
    """The vault's files in the backup; `take` brings those that are not there yet."""

    def __init__(self, vault: Path, part: Path, before: Path | None) -> None:
        self._vault, self._part, self._before = vault, part, before
        self._known = read_manifest(before).files if before else {}
        self.entries: dict[str, Entry] = {}
        self.names: set[str] = set()
        self.keys: set[str] = set()
        self.linked = 0

    def take(self) -> None:
        for path in sorted(self._vault.glob("[0-9a-f][0-9a-f]/*")):
            if is_name(path.name) and path.name not in self.names:
                # What the desk destroys while we look is not to be kept.
                with suppress(FileNotFoundError):
                    self._take(path)

    def _take(self, path: Path) -> None:
        name = f"{VAULT}/{path.parent.name}/{path.name}"
        into = self._part / name
        for folder in (into.parent.parent, into.parent):
            folder.mkdir(mode=0o700, exist_ok=True)
        with path.open("rb") as file:
            head = file.read(KEY_IN_FILE.stop)
        entry = self._link(name, into, path.stat().st_size)
        if entry is None:
            copy(path, into)
            sync_file(into)
            entry = measured(into)
        self.entries[name] = entry
        self.names.add(path.name)
        self.keys.add(head[KEY_IN_FILE].hex())

    def _link(self, name: str, into: Path, size: int) -> Entry | None:
        """Share the file with the backup before, if it has it; None when it is to be copied."""
        entry = self._known.get(name)
        if entry is None or self._before is None or entry.size != size:
            return None
        try:
            if (self._before / name).stat().st_size != size:
                return None
            os.link(self._before / name, into)
        except OSError:
            # No such file, too many links, or a file system without them.
            return None
        self.linked += 1
        return entry


def _latest(folder: Path) -> Path | None:
    """The newest backup whose manifest can be read; nothing is taken over from a damaged one."""
    for path in reversed(backups(folder)):
        with suppress(Finding):
            read_manifest(path)
            return path
    return None


def _remove_unfinished(folder: Path) -> None:
    for path in folder.glob(f".[0-9]*{_PART}"):
        shutil.rmtree(path)


def _remove_old(folder: Path, keep: int) -> Iterator[Path]:
    for path in backups(folder)[:-keep] if keep else []:
        # Under this name a half-removed backup is never taken for one, and goes with the next.
        shutil.rmtree(path.rename(folder / f".{path.name}{_PART}"))
        yield path


def copy(source: Path, into: Path) -> None:
    """Copy bytes into a new file that only its owner may read."""
    with source.open("rb") as reading, os.fdopen(os.open(into, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as writing:
        shutil.copyfileobj(reading, writing, 1024 * 1024)


def sync_file(path: Path) -> None:
    """Have a file on the disk, not only on its way there."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


sync_folder = sync_file


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One backup at a time into a folder."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = try_file(folder / ".lock")
    if lock is None:
        raise Finding(said('Another backup is being made in "%(folder)s".', folder=folder))
    try:
        yield
    finally:
        os.close(lock)


@contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Finding(f"{what}: {error.strerror or error}.") from error
