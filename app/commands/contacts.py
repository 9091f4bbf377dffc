"""`rightsdesk contacts`: bring in the contacts that the operator holds of people, to which codes may be sent."""

import asyncio
import sys
from argparse import Namespace
from pathlib import Path

from app.cli import FINE, Usage
from app.commands.terminal import answer_json
from app.settings.declared import load
from app.speech import said
from app.timepiece import SystemTimepiece


def contacts(args: Namespace) -> int:
    """Bring a list (CSV) in; twice brings in nothing new."""
    settings = load()
    try:
        raw = sys.stdin.buffer.read() if args.file == "-" else Path(args.file).read_bytes()
    except OSError as error:
        raise Usage(said("The file %(file)s cannot be read (%(name)s).", file=args.file, name=error.strerror or "")) from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1251")
    new, found = asyncio.run(_bring_in(text, settings.database_url))
    if args.json:
        answer_json({"found": found, "new": new})
    else:
        print(said("%(found)d contacts in the list, %(new)d of them new.", found=found, new=new))
    return FINE


async def _bring_in(text: str, url: str) -> tuple[int, int]:
    from desk.disclosure import file
    from models.store.connect import opened

    async with opened(url, migrate=False):
        return await file.bring_in(text, SystemTimepiece()())
