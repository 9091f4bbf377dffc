"""How a lock is made: lock files, keys of advisory locks, a connection of its own, the lock for migrating.

Who serves a mailbox or polls Telegram is held by `models.store.leases.holder`.

Both are given up by the operating system or the server when their holder dies, however it dies.
"""

import asyncio
import fcntl
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from tortoise.exceptions import BaseORMException

from models.store.address import Address, StoreError

# The server itself notices within about a minute that a holder's machine has vanished.
_KEEPALIVE = {"tcp_keepalives_idle": "20", "tcp_keepalives_interval": "10", "tcp_keepalives_count": "3"}


def lock_file(database: Path, name: str) -> Path:
    """The lock file of `name` beside a database; names may hold addresses, so only their digest is shown."""
    digest = hashlib.sha256(name.encode()).hexdigest()[:12]
    return database.with_name(f"{database.name}.{digest}.lock")


def try_file(path: Path) -> int | None:
    """Lock `path` and note our process id in it; its descriptor, or None when another holds it."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        except BaseException:
            os.close(descriptor)
            raise
        if _is_at(descriptor, path):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
            return descriptor
        # Somebody removed the file meanwhile; a lock on a file that is gone keeps nobody out.
        os.close(descriptor)


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def file_holder(path: Path) -> str:
    """The process id that a held lock file names, or "unknown"."""
    try:
        text = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return "unknown"
    return text if text.isdigit() else "unknown"


def advisory_key(name: str) -> int:
    """The number (signed, 64 bits) by which PostgreSQL knows the lock `name`."""
    return int.from_bytes(hashlib.sha256(b"rightsdesk:" + name.encode()).digest()[:8], signed=True)


@asynccontextmanager
async def own_connection(address: Address, **changed: Any) -> AsyncIterator[Any]:
    """A PostgreSQL connection outside the pool; `StoreError` when there is none to be had."""
    # PostgreSQL's driver is loaded by those who use PostgreSQL: commands have to answer at once.
    import asyncpg  # type: ignore[import-untyped] # noqa: PLC0415

    from models.store.asyncpg_engine import translated  # noqa: PLC0415

    pooled = ("minsize", "maxsize", "application_name")
    wanted = {name: value for name, value in address.credentials.items() if name not in pooled}
    settings = {"application_name": address.credentials["application_name"], "timezone": "UTC"} | _KEEPALIVE
    try:
        with translated():
            connection = await asyncpg.connect(**({"timeout": 10, "server_settings": settings} | wanted | changed))
    except BaseORMException as error:
        raise unreachable(address, error) from error
    try:
        yield connection
        with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            await connection.close(timeout=5)
    finally:
        # After a failure nothing is waited for; the server gives up the locks of a connection that is gone.
        connection.terminate()


def unreachable(address: Address, error: BaseException) -> StoreError:
    """Why the database cannot be opened, for the administrator."""
    return StoreError(f"The database {address.shown} cannot be opened: {error}")


@asynccontextmanager
async def migrating_alone(address: Address, *, patience: float = 120) -> AsyncIterator[None]:
    """Hold the lock under which tables are changed; `StoreError` when it is not to be had in `patience` seconds."""
    holding = _advisory(address) if address.is_postgres else _beside(address)
    try:
        async with asyncio.timeout(patience) as limit, holding:
            # The patience is for waiting, not for the work.
            limit.reschedule(None)
            yield
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise StoreError(
            f"Another process has been changing the tables of {address.shown} for {patience:.0f} seconds."
        ) from error


@asynccontextmanager
async def _advisory(address: Address) -> AsyncIterator[None]:
    from models.store.asyncpg_engine import translated  # noqa: PLC0415

    async with own_connection(address) as connection:
        with translated():
            await connection.execute("SELECT pg_advisory_lock($1)", advisory_key("migrating"))
        yield


@asynccontextmanager
async def _beside(address: Address) -> AsyncIterator[None]:
    assert address.file is not None
    path = lock_file(address.file, "migrating")
    while (descriptor := try_file(path)) is None:  # noqa: ASYNC110 - another process tells us nothing
        await asyncio.sleep(0.05)
    try:
        yield
    finally:
        os.close(descriptor)
