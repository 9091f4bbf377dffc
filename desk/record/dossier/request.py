"""What came in: each message raw and readable, with its files; what robots answered too."""

from desk.papers.paper import Block, Fields, Heading, Quote
from desk.papers.words import day, spoken_in
from desk.record.dossier.matter import File, Matter, Section, files_of, raw_of, safe
from desk.record.journal import way
from models import Direction, Inbound, Message, Registration

# So much of a message stands in the index; the whole stands in its file.
SHOWN = 4000
# What the desk gives itself: to a message that staff registered, and to one that was erased.
OWN = ("registered:", "erased:")


async def request(matter: Matter) -> Section:
    """The messages of the requester, and raw letters that are about this ticket (bounces, reports)."""
    _ = spoken_in(matter.language)
    blocks: list[Block] = []
    files: list[File] = []
    for place, message in enumerate((one for one in matter.messages if one.direction == Direction.IN), 1):
        held = await _files(matter, message, f"request/{place:02d}")
        files += held
        rows = [
            (_("Message ID"), "" if message.external_id.startswith(OWN) else message.external_id),
            (_("Subject"), message.subject),
            (_("Files"), "\n".join(one.name for one in held)),
        ]
        blocks.append(Heading(f"{place}. {way(message.channel, matter.language)}, {matter.at(message.at)}", level=3))
        blocks.append(Fields([(name, value) for name, value in rows if value]))
        if message.text.strip():
            blocks.append(Quote(message.text[:SHOWN].strip() + ("…" if len(message.text) > SHOWN else "")))
    files += await _others(matter)
    return Section(_("What was asked"), blocks, files)


async def _files(matter: Matter, message: Message, base: str) -> list[File]:
    readable = File(f"{base}.txt", f"{message.subject}\n\n{message.text}\n".encode())
    return [readable, *await files_of(matter, message, base)]


async def _others(matter: Matter) -> list[File]:
    """Letters about this ticket that are no message of it: what a server sent back, what a program answered."""
    shown = [message.inbound_id for message in matter.messages if message.inbound_id is not None]
    rows = await Inbound.filter(ticket_id__in=matter.numbers).exclude(id__in=shown).order_by("id")
    read = [(row, await raw_of(matter, row)) for row in rows if row.channel == "mail"]
    return [File(f"returned/{row.id}_{safe(row.outcome or 'letter')}.eml", raw) for row, raw in read if raw is not None]


async def registered(matter: Matter) -> Section:
    """What staff wrote down of messages that did not come by themselves: ways, moments, numbers."""
    _ = spoken_in(matter.language)
    blocks = []
    for one in await Registration.filter(ticket_id__in=matter.numbers).order_by("id"):
        rows = [
            (_("Way"), way(one.way, matter.language)),
            (_("Receipt that counts"), matter.at(one.came_at)),
            (_("First delivery attempt"), matter.at(one.attempted_at)),
            (_("Handed over"), matter.at(one.handed_over_at)),
            (_("Incoming No."), one.number),
            (_("Name"), one.name),
            (_("Postal address"), one.postal),
            (_("Telephone"), one.phone),
            (_("Document of an authority"), ", ".join(filter(None, (one.issuer, one.document_number)))),
            (_("Date of the document"), day(one.document_date) if one.document_date else ""),
        ]
        blocks.append(Fields([(head, value) for head, value in rows if value]))
    return Section(_("Registered by staff"), blocks, always=False)
