"""What every section of a dossier reads: the ticket with all its legs, demands and messages; and what a section gives."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from desk.context import Desk
from desk.lines import file_name
from desk.papers.paper import Block
from desk.papers.words import hour, moment, offset, spoken_in
from desk.record import received
from desk.ticket import endings, legs, staffing
from desk.vault import VaultError
from models import Demand, Inbound, Message, Ticket

# What a name inside an archive must not hold: parts of a path, what shells and checking programs take for something else.
_UNSAFE = re.compile(r'[\\/:*?"<>|\s]+')


@dataclass(frozen=True)
class File:
    """A file of the archive; its name is a path inside it."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Section:
    """A part of the dossier: what the index shows of it, and its files."""

    title: str
    blocks: Sequence[Block] = ()
    files: Sequence[File] = field(default_factory=tuple)
    always: bool = True

    @property
    def wanted(self) -> bool:
        """Whether it stands in the dossier: some sections do only where there is something to say."""
        return self.always or bool(self.blocks)


@dataclass(frozen=True)
class Matter:
    """A ticket with its legs, oldest first; demands that were a misreading are left out."""

    desk: Desk
    ticket: Ticket
    joint: Sequence[Ticket]
    demands: Sequence[Demand]
    messages: Sequence[Message]
    language: str
    now: datetime

    @property
    def numbers(self) -> list[int]:
        """The numbers of the tickets that are this matter."""
        return [one.id for one in self.joint]

    def at(self, instant: datetime | None) -> str:
        """An instant in the operator's time, with its offset where that is not the one the dossier names; empty without one."""
        if instant is None:
            return ""
        zone = self.desk.operator.zone
        return hour(instant, zone) if offset(instant, zone) == offset(self.now, zone) else moment(instant, zone)

    async def who(self, actor: str) -> str:
        """Who did something, by name where it was a person of the staff."""
        _ = spoken_in(self.language)
        known = await staffing.named(actor)
        words = {
            "desk": _("the desk"),
            "requester": _("the requester"),
            "processor": _("the processor"),
            "mail": _("the mail server"),
        }
        return known.name if known is not None else words.get(actor, actor)


async def matter_of(desk: Desk, ticket: Ticket, language: str, now: datetime) -> Matter:
    """Read what the sections share."""
    await ticket.fetch_related("requester", "assignee")
    joint = await legs.of(ticket)
    numbers = [one.id for one in joint]
    demands = Demand.filter(ticket_id=ticket.id).exclude(outcome__in=list(endings.MISREAD)).order_by("id")
    messages = Message.filter(ticket_id__in=numbers).order_by("at", "id").prefetch_related("attachments", "inbound")
    return Matter(desk, ticket, joint, await demands.prefetch_related("clocks", "steps"), await messages, language, now)


def broken(digest: str) -> str:
    """A SHA-256 that fits a column: in two lines."""
    return f"{digest[:32]}\n{digest[32:]}"


def safe(name: str) -> str:
    """The name of a file as it can stand in an archive on any machine."""
    return _UNSAFE.sub("_", file_name(name)).lstrip("-.")[-120:] or "file"


async def file_of(matter: Matter, blob: str, name: str) -> File | None:
    """A file of the vault under its name in the archive; None where its bytes cannot be read, which `audit verify` says."""
    try:
        return File(name, await matter.desk.vault.read_async(blob))
    except VaultError:
        return None


async def files_of(matter: Matter, message: Message, base: str) -> list[File]:
    """A message as it came, raw, and its files."""
    raw = await raw_of(matter, message.inbound) if message.inbound is not None else None
    found = [File(f"{base}.{'eml' if message.channel == 'mail' else 'json'}", raw)] if raw is not None else []
    for place, one in enumerate(message.attachments, 1):
        if one.blob and (held := await file_of(matter, one.blob, f"{base}-{place}_{safe(one.name)}")) is not None:
            found.append(held)
    return found


async def raw_of(matter: Matter, row: Inbound) -> bytes | None:
    """The very bytes of what came in; None where they cannot be read."""
    try:
        return await received.raw(matter.desk, row)
    except VaultError:
        return None
