"""The vault: encryption at rest of raw messages and attachments, and the master key they hang on.

Key file (text, mode 600): a comment line, then one line a key, `v1 <id> <key>`: the key is 32 random bytes in
Base64, the id is derived from it, so that a mistyped key is noticed. The first key encrypts; older ones below it
stay as long as anything is encrypted with them.

Sealed value: `0x01 | key id (8) | nonce (12) | AES-256-GCM ciphertext and tag`, authenticated with its context.

File: `RDV1 | key id (8) | salt (16)`, then frames of 256 KiB, each with its AES-256-GCM tag. The file's own key
comes from the master key and the salt by HKDF (RFC 5869). A frame's nonce is its number (11 bytes) and whether it is the last
(1 byte), its associated data are the header and the file's name: frames that were cut off, added, reordered
or brought from another file do not open (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015).

Files are named at random, `ab/ab…`; nothing in a name tells what or whose it is.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import io
import os
import re
import secrets
import stat
from collections.abc import AsyncIterable, AsyncIterator, Callable, Collection, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from desk.errors import DeskError

# The name of a file of the vault, wherever it stands in what is kept.
BLOB_NAME = re.compile(r"\b[0-9a-f]{32}\b")
FRAME = 256 * 1024
_TAG, _NONCE, _SALT, _ID = 16, 12, 16, 8
_MAGIC, _VALUE = b"RDV1", b"\x01"
_NAME = re.compile(r"[0-9a-f]{32}")
# Where a file says which key opens it.
KEY_IN_FILE = slice(len(_MAGIC), len(_MAGIC) + _ID)
_COMMENT = "# Rightsdesk master keys. Without this file every stored message and attachment is lost: back it up apart.\n"
_UNSTORED = "A file cannot be stored in the vault"
Result = TypeVar("Result")


class VaultError(DeskError):
    """Something cannot be encrypted, decrypted or stored; the sentence says what, and what to do."""


@dataclass(frozen=True)
class Blob:
    """A file of the vault: its name there, and size in bytes and SHA-256 (hex) of what is in it."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Key:
    """A master key; `id` tells which one it is without giving it away."""

    secret: bytes = field(repr=False)

    @property
    def id(self) -> bytes:
        """Eight bytes, the same for ever for the same key."""
        return self.derive("key id")[:_ID]

    def derive(self, purpose: str, salt: bytes | None = None) -> bytes:
        """A key of 32 bytes for one purpose, from which neither this key nor another purpose's can be found."""
        info = b"rightsdesk/" + purpose.encode()
        return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(self.secret)


class Vault:
    """Seals small values, keeps big ones in files. The methods named `…_async` do their work in a thread."""

    def __init__(self, keys: list[Key], folder: Path) -> None:
        self._keys = {key.id: key for key in keys}
        self._current = keys[0]
        self._values = {key.id: AESGCM(key.derive("values")) for key in keys}
        self._folder = folder

    @classmethod
    def open(cls, key_file: Path, folder: Path) -> "Vault":
        """Open the vault in `folder`, making folder and key at the first start; raises `VaultError`."""
        with _said(f'The folder "{folder}" cannot be used'):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _said(f'The key file "{key_file}" cannot be reached'):
            missing = not key_file.exists()
        if missing:
            if any(_files(folder)):
                raise VaultError(
                    f'The key file "{key_file}" is missing, but "{folder}" holds files that were encrypted with it. '
                    "Restore the key file from the backup."
                )
            _make_key(key_file)
        return cls(read_keys(key_file), folder)

    def derive(self, purpose: str) -> bytes:
        """A key of 32 bytes for another use (signing tags, …); the same for the same purpose as long as the key stays."""
        return self._current.derive("use/" + purpose)

    def derive_older(self, purpose: str) -> list[bytes]:
        """What `derive` gave before the key was changed, for what was signed then."""
        return [key.derive("use/" + purpose) for key in self._keys.values() if key.id != self._current.id]

    # Small values

    def seal(self, value: bytes, context: str) -> bytes:
        """Encrypt `value`; it opens only with the same `context`, which says whose place it has (table, row)."""
        nonce = secrets.token_bytes(_NONCE)
        key = self._current.id
        return _VALUE + key + nonce + self._values[key].encrypt(nonce, value, context.encode())

    def unseal(self, sealed: bytes, context: str) -> bytes:
        """What `seal` encrypted; `VaultError` for another key, another context, or damage."""
        version, key, rest = sealed[:1], sealed[1 : 1 + _ID], sealed[1 + _ID :]
        if version != _VALUE:
            raise VaultError("A stored value is damaged: it does not begin as one.")
        self._known(key)
        try:
            return self._values[key].decrypt(rest[:_NONCE], rest[_NONCE:], context.encode())
        except (InvalidTag, ValueError) as error:
            raise VaultError("A stored value is damaged, or stands in another's place.") from error

    # Files

    def write(self, data: bytes | BinaryIO, name: str = "") -> Blob:
        """Store `data` in a new file, which is whole and on the disk when this returns; raises `VaultError`.

        Its `name` is drawn at random, unless it is one that this vault gave (`name_of`).
        """
        source = io.BytesIO(data) if isinstance(data, bytes | bytearray) else data
        with self._writer(name) as writer:
            while chunk := source.read(FRAME):
                writer.add(chunk)
                writer.flush()
            return writer.finish()

    async def write_async(self, data: bytes | BinaryIO | AsyncIterable[bytes]) -> Blob:
        """Like `write`; chunks of an asynchronous source are encrypted as they come."""
        if not isinstance(data, AsyncIterable):
            return await _in_thread(lambda: self.write(data))
        with self._writer() as writer:
            async for chunk in data:
                writer.add(chunk)
                if writer.full:
                    await _in_thread(writer.flush)
            return await _in_thread(writer.finish)

    def read(self, name: str) -> bytes:
        """The whole content of a file; raises `VaultError`."""
        with closing(self._reader(name)) as reader:
            # As large as it will be at most, and given away as it is: what is large must not be held twice.
            whole = io.BytesIO(bytes(reader.size))
            while frame := reader.frame():
                whole.write(frame)
        whole.truncate()
        return whole.getvalue()

    async def read_async(self, name: str) -> bytes:
        """Like `read`."""
        return await _in_thread(lambda: self.read(name))

    def open_stream(self, name: str) -> io.BufferedReader:
        """The content of a file as a binary stream, to be closed; `VaultError` here or, at the damaged place, in `read`."""
        return io.BufferedReader(self._reader(name), FRAME)

    async def stream_async(self, name: str) -> AsyncIterator[bytes]:
        """The content of a file in chunks of 256 KiB; raises `VaultError` at the damaged place."""
        reader = await _in_thread(lambda: self._reader(name))
        try:
            while chunk := await _in_thread(reader.frame):
                yield chunk
        finally:
            reader.close()

    def name_of(self, what: str) -> str:
        """The name of the one file that holds `what`: it can be found again before any row knows it, and tells nothing."""
        return hmac.new(self.derive("names"), what.encode(), hashlib.sha256).hexdigest()[:32]

    def has(self, name: str) -> bool:
        """Whether there is a file of that name."""
        return self._path(name).exists()

    def delete(self, name: str) -> bool:
        """Remove a file; whether there was one."""
        try:
            self._path(name).unlink()
        except FileNotFoundError:
            return False
        return True

    def sweep(self, known_names: Collection[str], older_than: timedelta, now: datetime) -> list[str]:
        """Remove files that no row knows and half-written ones, if older than that; their names."""
        limit = (now.astimezone(UTC) - older_than).timestamp()
        gone = []
        for path in list(_files(self._folder)):
            with suppress(FileNotFoundError):
                if path.name not in known_names and path.stat().st_mtime < limit:
                    path.unlink()
                    gone.append(path.name)
        return gone

    def _known(self, key: bytes) -> Key:
        try:
            return self._keys[key]
        except KeyError:
            raise VaultError(
                f"Something was encrypted with the key {key.hex()}, which the key file does not hold. "
                "Put the right key file back."
            ) from None

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise VaultError("That is not the name of a file in the vault.")
        return self._folder / name[:2] / name

    def _reader(self, name: str) -> "_Reader":
        path = self._path(name)
        if not path.exists():
            raise VaultError(f"The file {name} is missing from the vault.")
        with _said(f"The file {name} of the vault cannot be read"):
            file = path.open("rb", buffering=0)
            try:
                header = file.read(len(_MAGIC) + _ID + _SALT)
                return _Reader(file, name, header, self._known(_key_id(name, header)))
            except BaseException:
                file.close()
                raise

    @contextmanager
    def _writer(self, name: str = "") -> Iterator["_Writer"]:
        writer = _Writer(self._path(name or secrets.token_hex(16)), self._current)
        try:
            yield writer
        finally:
            writer.drop()


class _Writer:
    """A file being written beside its place; `finish` moves it there."""

    def __init__(self, path: Path, key: Key) -> None:
        # A name of its own: under one drawn from the file's a half of a process that was killed would lie in the way for ever.
        self._path, self._temporary = path, path.with_name(secrets.token_hex(16) + ".part")
        salt = secrets.token_bytes(_SALT)
        header = _MAGIC + key.id + salt
        self._cipher, self._associated = AESGCM(key.derive("file", salt)), header + path.name.encode()
        with _said(_UNSTORED):
            _make_folder(path.parent)
            descriptor = os.open(self._temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            self._file = os.fdopen(descriptor, "wb")
            self._file.write(header)
        self._pending = bytearray()
        self._count = self._size = 0
        self._digest = hashlib.sha256()

    @property
    def full(self) -> bool:
        """Whether there is work for `flush`. The last frame is marked as such, so one is always held back."""
        return len(self._pending) > FRAME

    def add(self, chunk: bytes) -> None:
        self._pending += chunk

    def flush(self) -> None:
        while self.full:
            self._frame(bytes(self._pending[:FRAME]), last=False)
            del self._pending[:FRAME]

    def finish(self) -> Blob:
        self.flush()
        self._frame(bytes(self._pending), last=True)
        with _said(_UNSTORED):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._temporary.rename(self._path)
            _sync_folder(self._path.parent)
        return Blob(self._path.name, self._size, self._digest.hexdigest())

    def drop(self) -> None:
        """Close; remove what was not finished."""
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            self._temporary.unlink()

    def _frame(self, plain: bytes, *, last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._count, last=last), plain, self._associated)
        with _said(_UNSTORED):
            self._file.write(sealed)
        self._digest.update(plain)
        self._count += 1
        self._size += len(plain)


class _Reader(io.RawIOBase):
    """Decrypts a file frame by frame; every byte it gives out is authentic."""

    def __init__(self, file: io.FileIO, name: str, header: bytes, key: Key) -> None:
        super().__init__()
        self._file, self._name = file, name
        self._cipher = AESGCM(key.derive("file", header[-_SALT:]))
        self._associated = header + name.encode()
        self._count = 0
        self._next = self._sealed()
        self._ended = False
        self._left = memoryview(b"")

    @property
    def size(self) -> int:
        """Bytes of the file, which is somewhat more than what is in it."""
        return os.fstat(self._file.fileno()).st_size

    def frame(self) -> bytes:
        """The next frame; empty at the end."""
        if self._ended:
            return b""
        sealed, self._next = self._next, self._sealed()
        self._ended = not self._next
        try:
            plain = self._cipher.decrypt(_nonce(self._count, last=self._ended), sealed, self._associated)
        except (InvalidTag, ValueError) as error:
            raise VaultError(f"The file {self._name} of the vault is damaged or cut off.") from error
        self._count += 1
        return plain

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        if not self._left:
            self._left = memoryview(self.frame())
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size

    def close(self) -> None:
        self._file.close()
        super().close()

    def _sealed(self) -> bytes:
        pieces, wanted = [], FRAME + _TAG
        with _said(f"The file {self._name} of the vault cannot be read"):
            while wanted and (piece := self._file.read(wanted)):
                pieces.append(piece)
                wanted -= len(piece)
        return b"".join(pieces)


def _key_id(name: str, header: bytes) -> bytes:
    if len(header) != len(_MAGIC) + _ID + _SALT or not header.startswith(_MAGIC):
        raise VaultError(f"The file {name} of the vault is damaged: it does not begin as one.")
    return header[len(_MAGIC) : -_SALT]


def _nonce(count: int, *, last: bool) -> bytes:
    return count.to_bytes(_NONCE - 1) + bytes([last])


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.glob("[0-9a-f][0-9a-f]/*") if _NAME.fullmatch(path.name.removesuffix(".part")))


async def _in_thread(work: Callable[[], Result]) -> Result:
    """Run in a thread; a cancelled task still waits for it, for it may be in the middle of a file."""
    future = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        await asyncio.wait([future])
        raise


@contextmanager
def _said(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise VaultError(f"{what}: {error.strerror}.") from error


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(mode=0o700, exist_ok=True)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    """A new name in a folder is on the disk only when the folder is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make_key(path: Path) -> None:
    """Make the key file, whole or not at all; when another process was first, its key stands."""
    key = Key(secrets.token_bytes(32))
    line = f"v1 {key.id.hex()} {base64.b64encode(key.secret).decode()}\n"
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    with _said(f'The key file "{path}" cannot be made'):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(_COMMENT + line)
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(temporary, path)
        finally:
            temporary.unlink()
        _sync_folder(path.parent)


def is_name(name: str) -> bool:
    """Whether that is how a file of the vault is called: half-written ones are not."""
    return _NAME.fullmatch(name) is not None


def read_keys(path: Path) -> list[Key]:
    """The keys of a key file, the one that encrypts first. Raises VaultError."""
    with _said(f'The key file "{path}" cannot be read'), path.open("rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        text = file.read(64 * 1024).decode("ascii", "replace")
    if mode & 0o077:
        raise VaultError(f'The key file "{path}" can be read by others (mode {mode:03o}). Run: chmod 600 "{path}"')
    lines = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    keys = [_key(words) for words in lines]
    if not keys or None in keys:
        raise VaultError(f'The key file "{path}" is damaged. Restore it from the backup.')
    return [key for key in keys if key is not None]


def _key(words: list[str]) -> Key | None:
    try:
        version, identity, secret = words
        key = Key(base64.b64decode(secret, validate=True))
    except (ValueError, binascii.Error):
        return None
    whole = version == "v1" and len(key.secret) == 32 and key.id.hex() == identity
    return key if whole else None
