"""How a command looks at the stored data: open, do one thing, close."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from app.cli import Finding
from app.settings.declared import Settings
from app.speech import said
from desk.context import Desk

Answer = TypeVar("Answer")


def on_database(settings: Settings, ask: Callable[[Desk], Awaitable[Answer]], *, acting: bool = False) -> Answer:
    """Open the database as it is, ask, close it. Raises StoreError when it cannot be used.

    Who is `acting` needs the key of the desk; looking at most things does not.
    """
    if acting and not settings.key_file.exists():
        raise Finding(
            said(
                "The key file %(key_file)s is not here: run this where the desk runs, with its settings.",
                key_file=settings.key_file,
            )
        )
    return asyncio.run(_asked(settings, ask))


async def _asked(settings: Settings, ask: Callable[[Desk], Awaitable[Answer]]) -> Answer:
    from app.building import desk_of
    from app.learnt import read_by_or_tell
    from models.store.connect import opened

    async with opened(settings.database_url, migrate=False):
        desk = desk_of(settings, reading=True)
        read_by_or_tell(settings, desk.vault)
        return await ask(desk)


def is_new(settings: Settings) -> bool:
    """Whether there is no database yet: nothing has ever come in, and asking must not make one."""
    from models.store.address import read

    file: Path | None = read(settings.database_url).file
    return file is not None and not file.exists()
