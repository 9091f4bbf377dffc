"""`rightsdesk dossier N --out F`: everything about one ticket in one archive."""

from argparse import Namespace

from app.cli import FINE, Finding
from app.commands.database import is_new, on_database
from app.commands.files import write
from app.commands.terminal import answer_json
from app.settings.declared import load
from app.speech import said
from app.timepiece import SystemTimepiece
from desk.context import Desk
from desk.errors import Refused


def dossier(args: Namespace) -> int:
    """Write the archive."""
    settings = load()
    if is_new(settings):
        raise Finding(said("There is no ticket %(number)s: nothing has come in yet.", number=args.number))
    data = on_database(settings, lambda desk: _made(desk, args.number, args.language or desk.papers_language), acting=True)
    write(args.out, data)
    if args.json:
        answer_json({"ticket": args.number, "file": args.out, "size": len(data)})
    return FINE


async def _made(desk: Desk, number: int, language: str) -> bytes:
    from desk.record.dossier import dossier as archive
    from desk.ticket import tickets
    from models import Ticket

    ticket = await Ticket.get_or_none(id=number) if 0 < number < 2**63 else None
    if ticket is None:
        raise Finding(said("There is no ticket %(number)s.", number=number))
    try:
        tickets.unmerged(ticket)
    except Refused as error:
        raise Finding(error.sentence) from error
    return await archive(desk, ticket, language, SystemTimepiece()())
