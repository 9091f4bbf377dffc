"""Puts a file in its place whole, so that nobody ever reads half of it."""

import os
from pathlib import Path


def put(path: Path, data: bytes, *, mode: int = 0o666) -> None:
    """Write `path`, or what stands there anew; `mode` are its rights, less the umask. Raises OSError."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as to:
        to.write(data)
        to.flush()
        os.fsync(to.fileno())
    new.replace(path)
