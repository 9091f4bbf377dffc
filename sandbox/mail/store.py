"""Where the sandbox keeps mail: folders of addresses in one SQLite file, or in memory.

UIDVALIDITY and UIDs stay what they are for as long as the file lives, whatever happens to the process.
"""

import re
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

INBOX = "INBOX"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS folder (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    address TEXT NOT NULL,
    name TEXT NOT NULL,
    uidvalidity INTEGER NOT NULL UNIQUE,
    next_uid INTEGER NOT NULL DEFAULT 1,
    UNIQUE (address, name)
);
CREATE TABLE IF NOT EXISTS mail (
    folder INTEGER NOT NULL REFERENCES folder ON DELETE CASCADE,
    uid INTEGER NOT NULL,
    received_at TEXT NOT NULL,
    flags TEXT NOT NULL,
    raw BLOB NOT NULL,
    PRIMARY KEY (folder, uid)
) WITHOUT ROWID;
-- A UIDVALIDITY is never given out twice, not even after its folder is gone.
CREATE TABLE IF NOT EXISTS last_uidvalidity (value INTEGER NOT NULL);
"""


class MailError(Exception):
    """The sandbox was asked for something that is not there or makes no sense; the text says what."""


@dataclass(frozen=True)
class Mail:
    """A mail in a folder, without its content (`Folder.raw` has that)."""

    uid: int
    received_at: datetime
    """INTERNALDATE, UTC."""
    flags: frozenset[str]
    """As on the wire: `\\Seen`, `\\Answered`, …"""
    size: int
    """Octets, with CRLF line ends."""


class Store:
    """All folders of all addresses. Nothing here waits; every change is committed before it returns."""

    def __init__(self, file: Path | None, timepiece: Callable[[], datetime]) -> None:
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
        self.timepiece = timepiece
        self.database = sqlite3.connect(file or ":memory:", isolation_level=None)
        self.database.execute("PRAGMA journal_mode = WAL")
        self.database.execute("PRAGMA synchronous = NORMAL")
        self.database.execute("PRAGMA foreign_keys = ON")
        self.database.executescript(_SCHEMA)
        self.on_arrival: list[Callable[[Folder, Mail], None]] = []
        self._folders = {
            (address, name): Folder(self, number, address, name)
            for number, address, name in self.database.execute("SELECT id, address, name FROM folder ORDER BY id")
        }

    def close(self) -> None:
        self.database.close()

    def addresses(self) -> list[str]:
        """Every address that has a mailbox, oldest first."""
        return list(dict.fromkeys(address for address, _ in self._folders))

    def folders(self, address: str) -> list["Folder"]:
        """The folders of an address; INBOX is always one."""
        self.folder(address)
        return [folder for (owner, _), folder in self._folders.items() if owner == normal(address)]

    def folder(self, address: str, name: str = INBOX) -> "Folder":
        """A folder; INBOX is made on first use.

        Raises KeyError when there is no such folder.
        """
        key = (normal(address), INBOX if name.upper() == INBOX else name)
        if key[1] == INBOX and key not in self._folders:
            return self.create(address, INBOX)
        return self._folders[key]

    def create(self, address: str, name: str) -> "Folder":
        """A new folder. Raises ValueError when it exists."""
        key = (normal(address), name)
        if key in self._folders:
            raise ValueError(f"there is a folder {name} already")
        cursor = self.database.execute(
            "INSERT INTO folder (address, name, uidvalidity) VALUES (?, ?, ?)", (*key, self.next_uidvalidity())
        )
        assert cursor.lastrowid is not None
        self._folders[key] = Folder(self, cursor.lastrowid, *key)
        return self._folders[key]

    def delete(self, address: str, name: str) -> None:
        """Remove a folder with its mail. Raises KeyError when there is none."""
        folder = self._folders.pop((normal(address), name))
        self.database.execute("DELETE FROM folder WHERE id = ?", (folder.number,))

    def rename(self, address: str, before: str, after: str) -> None:
        """Raises KeyError when `before` is not there, ValueError when `after` is."""
        if (normal(address), after) in self._folders:
            raise ValueError(f"there is a folder {after} already")
        folder = self._folders.pop((normal(address), before))
        self.database.execute("UPDATE folder SET name = ? WHERE id = ?", (after, folder.number))
        folder.name = after
        self._folders[normal(address), after] = folder

    def next_uidvalidity(self) -> int:
        """The time in seconds, as most servers do, but always more than any before."""
        [[last]] = self.database.execute("SELECT coalesce(max(value), 0) FROM last_uidvalidity")
        value: int = max(int(self.timepiece().timestamp()), last + 1)
        self.database.execute("DELETE FROM last_uidvalidity")
        self.database.execute("INSERT INTO last_uidvalidity VALUES (?)", (value,))
        return value


class Folder:
    """The mails of one folder and the record of what changed, for those who watch it."""

    def __init__(self, store: Store, number: int, address: str, name: str) -> None:
        self.number = number
        self.address = address
        self.name = name
        self.mails: dict[int, Mail] = {}
        """By UID, ascending."""
        self.changes: list[int] = []
        """UIDs in the order in which they came, changed or went. A position in this list is a moment in time."""
        self.on_change: list[Callable[[], None]] = []
        self._store = store
        self._database = store.database
        self.uidvalidity, self.next_uid = self._row()
        rows = self._database.execute(
            "SELECT uid, received_at, flags, length(raw) FROM mail WHERE folder = ? ORDER BY uid", (number,)
        )
        for uid, received_at, flags, size in rows:
            self.mails[uid] = Mail(uid, datetime.fromisoformat(received_at), frozenset(flags.split()), size)

    def _row(self) -> tuple[int, int]:
        [(uidvalidity, next_uid)] = self._database.execute(
            "SELECT uidvalidity, next_uid FROM folder WHERE id = ?", (self.number,)
        )
        return uidvalidity, next_uid

    def add(self, raw: bytes, received_at: datetime | None = None, flags: Iterable[str] = ()) -> Mail:
        """Append a mail; line ends become CRLF. `received_at` is aware, default now."""
        content = with_crlf(raw)
        when = (received_at or self._store.timepiece()).astimezone(UTC)
        mail = Mail(self.next_uid, when, frozenset(flags), len(content))
        self._database.execute("BEGIN IMMEDIATE")
        self._database.execute(
            "INSERT INTO mail VALUES (?, ?, ?, ?, ?)",
            (self.number, mail.uid, when.isoformat(), " ".join(sorted(mail.flags)), content),
        )
        self._database.execute("UPDATE folder SET next_uid = ? WHERE id = ?", (mail.uid + 1, self.number))
        self._database.execute("COMMIT")
        self.next_uid += 1
        self.mails[mail.uid] = mail
        for tell in self._store.on_arrival:
            tell(self, mail)
        self._changed(mail.uid)
        return mail

    def raw(self, uid: int) -> bytes:
        """The mail as it is on the wire. Raises KeyError when there is none."""
        found = self._database.execute("SELECT raw FROM mail WHERE folder = ? AND uid = ?", (self.number, uid)).fetchone()
        if found is None:
            raise KeyError(uid)
        return bytes(found[0])

    def set_flags(self, uid: int, flags: Iterable[str]) -> None:
        """Raises KeyError when there is no such mail."""
        mail = replace(self.mails[uid], flags=frozenset(flags))
        if mail == self.mails[uid]:
            return
        self._database.execute(
            "UPDATE mail SET flags = ? WHERE folder = ? AND uid = ?", (" ".join(sorted(mail.flags)), self.number, uid)
        )
        self.mails[uid] = mail
        self._changed(uid)

    def remove(self, uids: Iterable[int]) -> None:
        """Expunge; UIDs that are not there are passed over."""
        gone = [uid for uid in uids if self.mails.pop(uid, None)]
        self._database.executemany("DELETE FROM mail WHERE folder = ? AND uid = ?", [(self.number, uid) for uid in gone])
        self._changed(*gone)

    def renumber(self, uidvalidity: int | None = None) -> None:
        """Give out another UIDVALIDITY and number the mails anew from 1, as after a restore or a move of servers."""
        value = uidvalidity or self._store.next_uidvalidity()
        self._database.execute("BEGIN IMMEDIATE")
        # In ascending order and to smaller numbers only, so that no two rows ever meet.
        for number, uid in enumerate(sorted(self.mails), start=1):
            self._database.execute("UPDATE mail SET uid = ? WHERE folder = ? AND uid = ?", (number, self.number, uid))
        self._database.execute(
            "UPDATE folder SET uidvalidity = ?, next_uid = ? WHERE id = ?", (value, len(self.mails) + 1, self.number)
        )
        self._database.execute("COMMIT")
        self.uidvalidity, self.next_uid = self._row()
        self.mails = {number: replace(mail, uid=number) for number, mail in enumerate(self.mails.values(), start=1)}
        self._changed(*self.mails)

    def _changed(self, *uids: int) -> None:
        self.changes.extend(uids)
        for tell in list(self.on_change):
            tell()


def normal(address: str) -> str:
    """One spelling for an address: mailboxes do not care about letter case."""
    return address.strip().lower()


def with_crlf(raw: bytes) -> bytes:
    return re.sub(rb"\r?\n", b"\r\n", raw)
