"""Where the database is: reads the setting `database.url` and turns it into Tortoise's settings."""

import os
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

CONNECTION = "default"
APP = "models"
MIGRATIONS = "models.migrations"
# How long a writer waits for another process's transaction, in milliseconds.
BUSY_MS = 10_000
_POSTGRES = ("postgres", "postgresql", "asyncpg")
_NUMBERS = ("minsize", "maxsize", "statement_cache_size")
_OPTIONS = (*_NUMBERS, "host", "application_name", "sslmode", "sslrootcert")
_SSL_MODES = ("disable", "prefer", "allow", "require", "verify-ca", "verify-full")
_EXAMPLES = '"sqlite://var/desk.sqlite3" or "postgres://user:password@host:5432/name"'
_UNREADABLE = (
    f"The database URL cannot be read. Expected {_EXAMPLES}; signs such as / ? # @ in a password are written as %2F %3F %23 %40."
)


class StoreError(Exception):
    """The store cannot be used; the text is a sentence for the administrator, without any password."""


@dataclass(frozen=True)
class Address:
    """A database: the file of an SQLite one, or the credentials of a PostgreSQL one (asyncpg's names)."""

    shown: str
    file: Path | None = None
    credentials: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def is_postgres(self) -> bool:
        """Whether several processes may serve it."""
        return self.file is None


def read(url: str) -> Address:
    """The database that `url` names; `StoreError` says what is wrong with it."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise StoreError(_UNREADABLE) from error
    if parts.scheme == "sqlite":
        return _sqlite(url)
    if parts.scheme in _POSTGRES:
        return _postgres(parts, port)
    raise StoreError(f'The database URL starts with "{parts.scheme}:". Expected {_EXAMPLES}.')


def _sqlite(url: str) -> Address:
    path = unquote(url[len("sqlite:") :].removeprefix("//"))
    if "?" in path or "#" in path:
        raise StoreError("An SQLite database URL takes no options: its safe settings are fixed.")
    if not path or path.startswith(":") or path.endswith("/"):
        raise StoreError(f"The SQLite database URL names no file. Expected {_EXAMPLES}.")
    return Address(shown=f"sqlite://{path}", file=Path(path))


def _postgres(parts: SplitResult, port: int | None) -> Address:
    # An unescaped sign in the password shifts it into the path or the query: it must not be shown as one of them.
    if parts.fragment or "@" in parts.path or "@" in parts.query:
        raise StoreError(_UNREADABLE)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    for name in options:
        if name not in _OPTIONS:
            raise StoreError(f'The database URL has an unknown option "{name}". Known: {", ".join(_OPTIONS)}.')
    database = unquote(parts.path.removeprefix("/"))
    host = options.pop("host", None) or parts.hostname
    if not database or not host:
        raise StoreError(f"The database URL lacks a host or a database name. Expected {_EXAMPLES}.")
    credentials: dict[str, Any] = {
        "host": host,
        "port": port or 5432,
        "user": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
        "database": database,
        "application_name": "rightsdesk",
        **_encryption(options.pop("sslmode", None), options.pop("sslrootcert", None)),
    }
    for name, value in options.items():
        if name in _NUMBERS and not value.isdigit():
            raise StoreError(f'The database URL\'s option "{name}" is a number, not "{value}".')
        credentials[name] = int(value) if name in _NUMBERS else value
    user = f"{credentials['user']}@" if credentials["user"] else ""
    return Address(shown=f"postgres://{user}{host}:{credentials['port']}/{database}", credentials=credentials)


def _encryption(mode: str | None, root: str | None) -> dict[str, Any]:
    if mode is not None and mode not in _SSL_MODES:
        raise StoreError(f'The database URL\'s sslmode "{mode}" is unknown. Known: {", ".join(_SSL_MODES)}.')
    if root is None:
        return {"ssl": mode} if mode else {}
    try:
        context = ssl.create_default_context(cafile=root)
    except (OSError, ssl.SSLError) as error:
        raise StoreError(f'The certificate file "{root}" of the database URL cannot be read.') from error
    context.check_hostname = mode != "verify-ca"
    return {"ssl": context}


def config(url: str, *, tests: bool = False) -> dict[str, Any]:
    """Tortoise's settings for the database at `url`; with `tests` SQLite does not wait for the disk."""
    return config_of(read(url), tests=tests)


def config_of(address: Address, *, tests: bool = False, **changed: Any) -> dict[str, Any]:
    """Tortoise's settings for `address`, some credentials or PRAGMAs `changed`."""
    if address.is_postgres:
        engine, credentials = "models.store.asyncpg_engine", _for_asyncpg(address)
    else:
        engine, credentials = "models.store.sqlite_engine", _for_sqlite(address, tests=tests)
    return {
        "connections": {CONNECTION: {"engine": engine, "credentials": credentials | changed}},
        "apps": {APP: {"models": [APP], "default_connection": CONNECTION, "migrations": MIGRATIONS}},
        "use_tz": True,
        "timezone": "UTC",
    }


def _for_sqlite(address: Address, *, tests: bool) -> dict[str, Any]:
    return {
        "file_path": str(address.file),
        # The wait comes first, so that the switch to WAL has it already.
        "busy_timeout": BUSY_MS,
        "journal_mode": "WAL",
        "journal_size_limit": 64 * 1024 * 1024,
        "synchronous": "OFF" if tests else "FULL",
        "foreign_keys": "ON",
    }


def _for_asyncpg(address: Address) -> dict[str, Any]:
    return {
        "minsize": 1,
        "maxsize": 10,
        # Seconds: for a connection, and for any one statement.
        "timeout": 10,
        "command_timeout": 60,
        "server_settings": {"timezone": "UTC"},
    } | address.credentials


def prepare_file(file: Path) -> None:
    """Make the folder (mode 700) and the file (mode 600) of an SQLite database where they are missing."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreError(f'The database file "{file}" cannot be opened: {error.strerror}.') from error
