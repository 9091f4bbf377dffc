"""Writing a file that a command was asked for."""

import sys
from pathlib import Path

from app.cli import Finding
from app.speech import said


def write(name: str, data: bytes) -> None:
    """Write a file that only its owner reads: it holds personal data. Raises Finding."""
    path = Path(name)
    try:
        path.touch(mode=0o600)
        path.write_bytes(data)
    except OSError as error:
        raise Finding(said("%(file)s cannot be written: %(why)s.", file=name, why=error.strerror or error)) from error
    print(said("Written: %(file)s", file=name), file=sys.stderr)
