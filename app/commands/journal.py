"""`rightsdesk journal`: the journal of requests as a workbook, a table for spreadsheets, a PDF, or JSON."""

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime

from app.cli import FINE, Usage
from app.commands.database import is_new, on_database
from app.commands.files import write
from app.commands.terminal import answer_json
from app.settings.declared import load
from app.settings.lawful import papers_language
from app.speech import said
from app.timepiece import SystemTimepiece
from desk.context import Desk
from desk.papers.typesetting import set_paper
from desk.record import journal as journals
from desk.record.journal import Line, Span


def journal(args: Namespace) -> int:
    """Write the journal of a span into the files that were asked for; into none: as JSON, or as a table to look at."""
    settings = load()
    span = Span(_day("--from", args.first), _day("--to", args.last))
    if span.last < span.first:
        raise Usage(said("--to is before --from."))
    spoken = args.language or papers_language(settings)
    found: Sequence[Line] = []
    paper: bytes | None = None
    if not is_new(settings):
        found, paper = on_database(settings, lambda desk: _made(desk, span, spoken, pdf=bool(args.pdf)))
    if args.json or not (args.xlsx or args.csv or args.pdf):
        answer_json([asdict(line) for line in found])
    if args.xlsx:
        write(args.xlsx, journals.as_xlsx(found, spoken, journals.heading(span, spoken)))
    if args.csv:
        write(args.csv, journals.as_csv(found, spoken))
    if args.pdf and paper is not None:
        write(args.pdf, paper)
    return FINE


async def _made(desk: Desk, span: Span, spoken: str, *, pdf: bool) -> tuple[Sequence[Line], bytes | None]:
    now = SystemTimepiece()()
    found = await journals.lines(desk, span, spoken)
    return found, await set_paper(journals.as_paper(desk, found, spoken, span, now), now) if pdf else None


def _day(option: str, text: str) -> date:
    for form in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise Usage(said("%(option)s wants a day, such as 2026-12-31 or 31.12.2026.", option=option))
