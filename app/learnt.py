"""The file of what was learnt of the operator's own wording: sealed, in the folder of the desk, read when a process starts."""

import sys
from pathlib import Path

from app.settings.declared import Settings
from app.speech import said
from app.whole import put
from desk.recognising.learnt import Learnt, unpacked, use
from desk.vault import Vault, VaultError

_PLACE = "learnt"


def file(settings: Settings) -> Path:
    """Where it lies."""
    return settings.storage.dir / _PLACE


def write(settings: Settings, vault: Vault, learnt: Learnt) -> Path:
    """Put what was learnt in the place of what was before. Raises OSError."""
    path = file(settings)
    put(path, vault.seal(learnt.packed(), _PLACE), mode=0o600)
    return path


def remove(settings: Settings) -> bool:
    """Take the file away; whether there was one. Raises OSError."""
    there = file(settings).exists()
    file(settings).unlink(missing_ok=True)
    return there


def read_by(settings: Settings, vault: Vault | None = None) -> str | None:
    """Let this process read letters by what was learnt, where there is any; why it cannot, as a sentence, or None.

    Nothing is made: without the key letters are read as the desk is shipped.
    """
    use(None)
    path = file(settings)
    if not path.exists() or not settings.key_file.exists():
        return None
    try:
        opened = vault or Vault.open(settings.key_file, settings.storage.dir / "vault")
        use(unpacked(opened.unseal(path.read_bytes(), _PLACE)))
    except (OSError, ValueError, VaultError) as error:
        why = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        return said(
            "What was learnt (%(file)s) cannot be read, and letters are read without it: %(why)s "
            "Learn it anew with “rightsdesk classify --learn”.",
            file=path,
            why=why if why.endswith(".") else f"{why}.",
        )
    return None


def read_by_or_tell(settings: Settings, vault: Vault | None = None) -> None:
    """`read_by`, for a command: what is wrong is told on stderr."""
    if why := read_by(settings, vault):
        print(why, file=sys.stderr)
