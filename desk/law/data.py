"""Reads the law's own packaged TOML files; the only place of the package that touches a disk."""

from typing import TYPE_CHECKING

from desk.law.errors import BadLawData

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def read_data(folder: str, name: str) -> str:
    """Return the text of `folder/name.toml` of this package. Raises `BadLawData` when it is not there."""
    known = names(folder)
    if name not in known:
        raise BadLawData(f"There is no {name!r} in {folder}: choose one of {', '.join(known)}.")
    return (_folder(folder) / f"{name}.toml").read_text(encoding="utf-8")


def names(folder: str) -> tuple[str, ...]:
    """Return the names of the files of `folder`, without their suffix."""
    found = (entry.name for entry in _folder(folder).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml")))


def _folder(name: str) -> "Traversable":
    # Imported at the first reading: it brings a quarter of the package's import time, and many callers read nothing.
    from importlib.resources import files  # noqa: PLC0415

    return files("desk.law") / name
