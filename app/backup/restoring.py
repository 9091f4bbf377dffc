"""Restoring a backup: everything is checked first, then put in place, then looked at as the desk would.

What was there before is never overwritten: it is set aside under a name that says when, and removed by a person.
"""

import shutil
import sqlite3
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from app.backup import facts, stores
from app.backup.manifest import KEY_FILE, VAULT, Facts, Manifest
from app.backup.manifest import read as read_manifest
from app.backup.manifest import verify as verify_files
from app.backup.saving import copy, sync_file, sync_folder
from app.building import desk_of
from app.checks.results import N_
from app.cli import Finding
from app.settings.declared import Settings
from app.speech import said
from desk import history
from desk.record import anchors, checking, received
from desk.record.anchors import Anchor
from desk.vault import KEY_IN_FILE, Vault, read_keys
from models import Action, Inbound, Outbox, OutboxState
from models.store import migrating
from models.store.address import Address, read
from models.store.connect import client, is_postgres, migrate, opened, transaction

MAYBE_SENT: Final = "Restored from a backup: this may have gone out before. Retry it, or drop it."


@dataclass(frozen=True)
class Wishes:
    """What the person who restores decided."""

    force: bool = False
    without_key: bool = False
    park_waiting: bool = False
    skip_numbers: int = 1000


@dataclass(frozen=True)
class Restored:
    """What was put in place; `aside` names what was there before, `parked` counts outbox rows that wait for a person."""

    manifest: Manifest
    opens: bool
    aside: tuple[str, ...]
    parked: int


def check(folder: Path) -> Manifest:
    """Read a backup whole and restore nothing. Raises Finding that says what is wrong with it."""
    manifest = read_manifest(folder)
    unknown = sorted(set(manifest.migrations) - set(migrating.known()))
    if unknown:
        raise Finding(
            said(
                '"%(folder)s" was made by version %(version)s, whose tables this version does not know '
                "(%(unknown)s). Restore it with that version.",
                folder=folder,
                version=manifest.version,
                unknown=", ".join(unknown),
            )
        )
    verify_files(folder, manifest)
    return manifest


async def restore(settings: Settings, folder: Path, now: datetime, wishes: Wishes) -> Restored:
    """Put the backup in `folder` in place of the desk that the settings name. Raises Finding, StoreError, VaultError."""
    place, manifest = read(settings.database_url), check(folder)
    _same_engine(place, manifest)
    mark = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    try:
        async with stores.alone(place):
            if not wishes.force:
                await _refuse_full(settings, place)
            opens = _bring_key(settings, folder, manifest, wishes)
            vault = _stage_vault(settings.storage.dir, folder, manifest)
            try:
                if opens and manifest.keys:
                    _read_samples(Vault(read_keys(settings.key_file), vault), vault)
                steps = _Database(settings, place, folder, manifest, wishes, now)
                moved, parked = await steps.restore(mark, opens=opens)
            except BaseException:
                shutil.rmtree(vault, ignore_errors=True)
                raise
            # What is left are two renamings, which need neither space nor luck.
            aside = _set_aside(settings.storage.dir / VAULT, mark)
            vault.rename(settings.storage.dir / VAULT)
            sync_folder(settings.storage.dir)
            if opens:
                # What was anchored after the backup was made speaks of a history that was given up.
                anchors.restored(anchors.beside(settings.key_file), desk_of(settings).vault, steps.heads[-1])
    except OSError as error:
        raise Finding(said("The backup could not be restored: %(why)s.", why=error.strerror or error)) from error
    return Restored(manifest, opens, tuple(found for found in (aside, moved) if found), parked)


def _same_engine(place: Address, manifest: Manifest) -> None:
    named = {True: "postgres", False: "sqlite"}[place.is_postgres]
    if named != manifest.engine:
        raise Finding(
            said(
                "The backup is of a %(engine)s database, and database.url names a %(named)s one (%(shown)s). "
                "Restore it into the same kind of database.",
                engine=manifest.engine,
                named=named,
                shown=place.shown,
            )
        )


INTO_AN_EMPTY_PLACE = N_("Restore into an empty place, or add --force: what is there is then set aside, not removed.")


async def _refuse_full(settings: Settings, place: Address) -> None:
    """A desk that has anything in it is not restored over without being told so."""
    vault = settings.storage.dir / VAULT
    if any(vault.glob("[0-9a-f][0-9a-f]/*")):
        raise Finding(
            said("The vault “%(vault)s” is not empty: it holds files already.", vault=vault) + " " + said(INTO_AN_EMPTY_PLACE)
        )
    found: Facts | None = None
    if place.is_postgres:
        found = await stores.facts_of_postgres(settings.database_url)
    elif place.file is not None and place.file.exists():
        try:
            found = await stores.facts_of_sqlite(place.file)
        except sqlite3.Error:
            raise Finding(
                said("%(shown)s is there and damaged. Add --force: it is then set aside, not removed.", shown=place.shown)
            ) from None
    counts = found.counts if found else {}
    if rows := sum(counts.values()) - counts.get(facts.MIGRATIONS, 0):
        what = said("%(shown)s is not empty, it holds rows: %(rows)d.", shown=place.shown, rows=rows)
        raise Finding(f"{what} {said(INTO_AN_EMPTY_PLACE)}")


def _bring_key(settings: Settings, folder: Path, manifest: Manifest, wishes: Wishes) -> bool:
    """Have the key in its place; whether it opens everything. Raises Finding when not, unless that is wished for."""
    key_file = settings.key_file
    if not key_file.exists() and manifest.with_key:
        key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        copy(folder / KEY_FILE, key_file)
        sync_file(key_file)
    held = {key.id.hex() for key in read_keys(key_file)} if key_file.exists() else set()
    lacking = sorted(set(manifest.keys) - held)
    if lacking and wishes.without_key and not held:
        # A new key, for what comes from now on; the old one can still be put below it when it is found.
        with tempfile.TemporaryDirectory() as empty:
            Vault.open(key_file, Path(empty))
    if not lacking or wishes.without_key:
        return not lacking
    state = "holds another key" if held else "is missing"
    raise Finding(
        said(
            'The key file "%(key_file)s" %(state)s: the backup needs %(what)s %(lacking)s. Put the right '
            "key file there and restore again.\n"
            "Without it these stay closed for good: raw letters and updates, and every attachment; tags in "
            "letters sent so far are no longer recognised.\n"
            "Not lost: tickets, their dates, what was written in them, contacts, history. To restore these "
            "alone: add --without-key.",
            key_file=key_file,
            state=state,
            what="the keys" if len(lacking) > 1 else "the key",
            lacking=", ".join(lacking),
        )
    )


def _stage_vault(storage: Path, folder: Path, manifest: Manifest) -> Path:
    """The vault's files, copied beside their place."""
    storage.mkdir(mode=0o700, parents=True, exist_ok=True)
    staged = storage / ".vault.restoring"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(mode=0o700)
    for name in manifest.files:
        if name.startswith(f"{VAULT}/"):
            into = staged / name.removeprefix(f"{VAULT}/")
            into.parent.mkdir(mode=0o700, exist_ok=True)
            copy(folder / name, into)
            sync_file(into)
    for path in [*staged.iterdir(), staged]:
        sync_folder(path)
    return staged


def _set_aside(vault: Path, mark: str) -> str:
    """Make room for the vault; where the old one is now."""
    if not vault.exists():
        return ""
    with suppress(OSError):
        vault.rmdir()
        return ""
    aside = vault.with_name(f"{vault.name}.before-restore-{mark}")
    vault.rename(aside)
    return str(aside)


@dataclass(frozen=True)
class _Database:
    """The database's part of restoring."""

    settings: Settings
    place: Address
    folder: Path
    manifest: Manifest
    wishes: Wishes
    now: datetime
    heads: list[Anchor] = field(default_factory=list)

    async def restore(self, mark: str, *, opens: bool) -> tuple[str, int]:
        """Where the old database is now, and how many outbox rows were parked."""
        if self.place.file is None:
            url, dump = self.settings.database_url, self.folder / self.manifest.database
            async with stores.restored_postgres(url, dump, mark) as aside:
                self._compare(await stores.facts_of_postgres(url))
                parked = await self._finish(url, opens=opens)
                await stores.skip_postgres(url, self.wishes.skip_numbers)
            return (f'the schema "{aside}"' if aside else ""), parked
        # Made ready beside its place, so that until the last moment everything is as it was.
        staged = self.place.file.with_name(f".{self.place.file.name}.restoring")
        for ending in ("", "-wal", "-shm"):
            staged.with_name(staged.name + ending).unlink(missing_ok=True)
        copy(self.folder / self.manifest.database, staged)
        self._compare(await stores.facts_of_sqlite(staged))
        parked = await self._finish(f"sqlite://{staged}", opens=opens)
        stores.skip_sqlite(staged, self.wishes.skip_numbers)
        sync_file(staged)
        old = stores.set_aside_sqlite(self.place.file, mark)
        staged.rename(self.place.file)
        sync_folder(self.place.file.parent)
        return str(old or ""), parked

    def _compare(self, found: Facts) -> None:
        """What came out of the backup is what went in."""
        if found.counts != self.manifest.counts or found.history != self.manifest.history:
            raise Finding(said("The restored database does not hold what the manifest says: restore another backup."))

    async def _finish(self, url: str, *, opens: bool) -> int:
        """Bring the tables to this version, look at history and key, and note the restoring; how many rows were parked."""
        await migrate(url)
        async with opened(url, migrate=False):
            broken = (await checking.check()).first_broken
            if broken is not None:
                raise Finding(
                    said("The history of the backup is broken at entry %(broken)s: restore another backup.", broken=broken)
                )
            if opens:
                await _unseal_samples(self.settings)
            async with transaction():
                waiting = Outbox.filter(state=OutboxState.WAITING)
                parked = await waiting.update(state=OutboxState.PARKED, error=MAYBE_SENT) if self.wishes.park_waiting else 0
                details = {
                    "made_at": self.manifest.made_at.isoformat(),
                    "history": self.manifest.history[0],
                    "skipped_numbers": self.wishes.skip_numbers,
                }
                await history.add(None, history.DESK, Action.RESTORED, details, self.now)
            self.heads.append(await anchors.head(self.now) or anchors.NONE)
        return int(parked)


async def _unseal_samples(settings: Settings) -> None:
    """Open one sealed value of each key: not only named alike, but the very key. Raises VaultError."""
    desk = desk_of(settings)
    of_each = f"SELECT max(id) AS id FROM inbound WHERE sealed IS NOT NULL GROUP BY {facts.key_of_sealed(postgres=is_postgres())}"  # noqa: S608
    for found in await client().execute_query_dict(of_each):
        await received.raw(desk, await Inbound.get(id=found["id"]))


def _read_samples(vault: Vault, folder: Path) -> None:
    """The same for files."""
    seen: set[bytes] = set()
    for path in sorted(folder.glob("[0-9a-f][0-9a-f]/*")):
        with path.open("rb") as file:
            identity = file.read(KEY_IN_FILE.stop)[KEY_IN_FILE]
        if identity not in seen:
            seen.add(identity)
            vault.read(path.name)
