"""Checks of the disk: whether the storage directory can be written, is private and has room, and whether the key is safe."""

import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import Any, Final

from app.checks.results import N_, Report
from app.checks.subject import Subject

SCARCE, TOO_LITTLE = 2 * 1024**3, 256 * 1024**2
"""Free bytes below which it is told, and below which letters with attachments soon cannot be stored."""
_FEW_FILES: Final = 10_000


def check_folder(subject: Subject, report: Report) -> None:
    """The storage directory: there, private, writable, with room."""
    folder = subject.settings.storage.dir
    if not folder.exists():
        parent = next((one for one in folder.absolute().parents if one.exists()), Path("/"))
        if parent.is_dir() and _writable(parent):
            report.fine("storage.folder", N_("The storage directory %(folder)s will be made at the first start."), folder=folder)
            _check_room(parent, report)
        else:
            report.problem(
                "storage.folder",
                N_("The storage directory %(folder)s does not exist and cannot be made."),
                N_("Make it and give it to the account of the service, mode 700."),
                folder=folder,
            )
        return
    if not folder.is_dir():
        report.problem(
            "storage.folder", N_("%(folder)s is no directory."), N_("Let storage.dir name a directory."), folder=folder
        )
        return
    if not _writable(folder):
        report.problem(
            "storage.folder",
            N_("The storage directory %(folder)s cannot be written."),
            N_("Give it to the account of the service: chown it, then chmod 700 %(folder)s."),
            folder=folder,
        )
    elif (mode := stat.S_IMODE(folder.stat().st_mode)) & 0o007:
        report.warning(
            "storage.folder",
            N_("The storage directory %(folder)s is open to others (mode %(mode)s)."),
            N_("Run: chmod 700 %(folder)s"),
            folder=folder,
            mode=f"{mode:03o}",
        )
    else:
        report.fine("storage.folder", N_("The storage directory %(folder)s can be written."), folder=folder)
    _check_owner(folder, report)
    _check_room(folder, report)


def _writable(folder: Path) -> bool:
    """Whether its owner can write there. Root can everywhere, which says nothing about the account of the service."""
    if os.geteuid() == 0 and not folder.stat().st_mode & stat.S_IWUSR:
        return False
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        return False
    return True


def _check_owner(folder: Path, report: Report) -> None:
    owner = folder.stat().st_uid
    if os.geteuid() == 0 and owner != 0:
        report.skipped(
            "storage.account",
            N_("You are root, and the storage directory belongs to the account %(owner)d, whose rights are not all seen."),
            N_("Run the doctor as the account of the service, too."),
            owner=owner,
        )
    elif owner != os.geteuid():
        report.warning(
            "storage.account",
            N_("The storage directory belongs to the account %(owner)d, and you are %(us)d."),
            N_("Run the service and its commands as one account, which owns the directory."),
            owner=owner,
            us=os.geteuid(),
        )


def _check_room(folder: Path, report: Report) -> None:
    free = shutil.disk_usage(folder).free
    counts = os.statvfs(folder)
    do = N_("Make room, or move storage.dir and the database to a larger disk.")
    params: dict[str, Any] = {"free": _size(free), "folder": folder}
    if free < TOO_LITTLE:
        report.problem("storage.room", N_("Only %(free)s are free on the disk of %(folder)s."), do, **params)
    elif free < SCARCE:
        report.warning("storage.room", N_("Only %(free)s are free on the disk of %(folder)s."), do, **params)
    elif counts.f_files and counts.f_favail < _FEW_FILES:
        report.warning("storage.room", N_("The disk of %(folder)s takes only few more files (inodes)."), do, **params)
    else:
        report.fine("storage.room", N_("%(free)s are free."), **params)


def _size(octets: int) -> str:
    return f"{octets / 1024**3:.1f} GiB" if octets >= 1024**3 else f"{octets / 1024**2:.0f} MiB"


def check_key(subject: Subject, report: Report) -> None:
    """The master key: there when something hangs on it, whole, and nobody else's to read."""
    from desk.vault import Vault, VaultError

    file, folder = subject.settings.key_file, subject.settings.storage.dir / "vault"
    if not file.exists():
        _check_missing_key(file, folder, report)
        return
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & 0o077:
        report.problem(
            "storage.key",
            N_("The key file %(file)s can be read by others (mode %(mode)s)."),
            N_("Run: chmod 600 %(file)s - and think about who has read it."),
            file=file,
            mode=f"{mode:03o}",
        )
        return
    try:
        # Without the folder it would make one, so it is given one that is there.
        Vault.open(file, folder if folder.is_dir() else file.parent)
    except (VaultError, UnicodeDecodeError):
        report.problem(
            "storage.key",
            N_("The key file %(file)s cannot be used: it is damaged, or not this account's to read."),
            N_("Check its owner; restore it from the backup. Without it every stored message is lost."),
            file=file,
        )
        return
    report.fine(
        "storage.key",
        N_("The key file %(file)s is whole, and only its owner can read it."),
        N_("Keep a copy of it apart from the backups of the data: without it they are worthless, with it they are readable."),
        file=file,
    )


def _check_missing_key(file: Path, folder: Path, report: Report) -> None:
    if folder.is_dir() and any(path.is_file() for path in folder.glob("??/*")):
        report.problem(
            "storage.key",
            N_("The key file %(file)s is missing, but there are files that were encrypted with it."),
            N_("Restore it from the backup. Do not let a new one be made: what is stored could not be read."),
            file=file,
        )
    else:
        report.fine(
            "storage.key",
            N_("The key file %(file)s will be made at the first start."),
            N_("Then copy it to a safe place apart from the backups of the data."),
            file=file,
        )
