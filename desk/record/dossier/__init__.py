"""The dossier: everything about one matter in one archive, with an index and a list by which it can be checked without us.

Each section is read by one function (`READERS`), which gives its blocks for the index and its files for the archive. Another room
is another reader in the list.
"""

import asyncio
import hashlib
import io
import zipfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from desk.context import Desk
from desk.papers.paper import Block, Heading, Paper, Table, Text
from desk.papers.typesetting import set_paper
from desk.papers.words import moment, pages, spoken_in
from desk.record.dossier import dates, deeds, letters, others, people, request, story
from desk.record.dossier.matter import File, Matter, Section, broken, matter_of
from models import Ticket

Reader = Callable[[Matter], Awaitable[Section]]

READERS: Final[tuple[Reader, ...]] = (
    people.summary,
    people.identity,
    others.checks,
    request.request,
    request.registered,
    dates.dates,
    deeds.steps,
    others.blockings,
    others.processors,
    others.destruction,
    letters.letters,
    others.incident,
    story.history,
)
INDEX, SUMS = "index.pdf", "SHA256SUMS"


async def dossier(desk: Desk, ticket: Ticket, language: str, now: datetime) -> bytes:
    """The archive (ZIP) of a ticket and of what was merged into it. It holds personal data of the requester."""
    matter = await matter_of(desk, ticket, language, now)
    read = [section for reader in READERS if (section := await reader(matter)).wanted]
    sections = [_numbered(section, place) for place, section in enumerate(read, 1)]
    files = [file for section in sections for file in section.files]
    index = await set_paper(_paper(matter, sections, files), now)
    return await asyncio.to_thread(_packed, [File(INDEX, index), *files], now)


def _numbered(section: Section, place: int) -> Section:
    return replace(section, title=f"{place}. {section.title}")


def _paper(matter: Matter, sections: Sequence[Section], files: Sequence[File]) -> Paper:
    _, operator = spoken_in(matter.language), matter.desk.operator
    blocks: list[Block] = []
    for section in sections:
        blocks += [Heading(section.title), *(section.blocks or [Text(_("Nothing is recorded here."))])]
    blocks += [
        Heading(_("Files of this archive")),
        Text(_("To check that no file was changed: sha256sum -c SHA256SUMS")),
        Table(
            [_("File"), _("Size, bytes"), "SHA-256"],
            [[one.name, str(len(one.data)), broken(hashlib.sha256(one.data).hexdigest())] for one in files],
            [2.2, 0.8, 2.6],
        ),
    ]
    title = _("Dossier of request No. %(number)s") % {"number": matter.ticket.id}
    return Paper(
        language=matter.language,
        title=title,
        head=[one for one in (operator.name, operator.address) if one],
        place_date=moment(matter.now, operator.zone),
        blocks=blocks,
        footer=title,
        page=pages(matter.language),
        author=operator.name,
    )


def _packed(files: Sequence[File], now: datetime) -> bytes:
    sums = "".join(f"{hashlib.sha256(one.data).hexdigest()}  {one.name}\n" for one in files)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in (*files, File(SUMS, sums.encode())):
            about = zipfile.ZipInfo(one.name, now.timetuple()[:6])
            about.compress_type, about.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            archive.writestr(about, one.data)
    return made.getvalue()
