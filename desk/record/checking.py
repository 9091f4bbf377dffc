"""Checking: is the history whole, does what it answers for still say what it said, and do the anchors hold."""

from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from tortoise.models import Model

from desk.record.anchors import Anchor
from desk.record.beginning import tables_of
from desk.vault import Vault
from models import Action, Attachment, History, Outbox, Ticket
from models.store import covering
from models.store.chain import GENESIS, hash_of
from models.store.covering import COVERED

PAGE: Final = 1000


@dataclass(frozen=True)
class Finding:
    """Something that is not as the desk left it.

    `what` is "broken" (an entry does not follow from the one before), "cut" (an entry that was anchored is gone or another),
    "changed", "gone", "added" (a row of `table`). `tickets` are those whose matter it is; `number` is that of the row or entry.
    """

    what: str
    table: str
    number: int
    tickets: tuple[int, ...] = ()


@dataclass
class Report:
    """What was looked at, and what was found. `uncovered` rows lay in tables that it does not answer for yet."""

    entries: int = 0
    head: Anchor | None = None
    covered_from: datetime | None = None
    tables: set[str] = field(default_factory=set)
    covered: int = 0
    uncovered: int = 0
    anchors: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether everything is as the desk left it."""
        return not self.findings

    @property
    def first_broken(self) -> int | None:
        """The first entry that does not follow from the one before it."""
        return next((one.number for one in self.findings if one.what in {"broken", "cut"}), None)


@dataclass
class _Sealed:
    """The last digest of each row that an entry tells, and what the row hangs on."""

    digests: dict[tuple[str, int], str] = field(default_factory=dict)
    of: dict[tuple[str, int], str] = field(default_factory=dict)

    def learn(self, entry: History) -> None:
        for table, number, of, digest in entry.details["rows"]:
            self.digests[table, number] = digest
            if of:
                self.of[table, number] = of


async def check(anchors: Iterable[Anchor] = (), *, tickets: Collection[int] | None = None) -> Report:
    """Look at everything; of some `tickets` alone the findings that concern them, and the chain."""
    report, sealed = Report(), _Sealed()
    await _entries(report, sealed, _by_entry(anchors))
    found = [one async for one in _rows(report, sealed)]
    report.findings += [await _named(one, sealed) for one in found]
    if tickets is not None:
        report.findings = [one for one in report.findings if one.table == "history" or not set(tickets).isdisjoint(one.tickets)]
    return report


def _by_entry(anchors: Iterable[Anchor]) -> dict[int, list[Anchor]]:
    found: dict[int, list[Anchor]] = {}
    for one in anchors:
        if one.entry:
            found.setdefault(one.entry, []).append(one)
    return found


async def _entries(report: Report, sealed: _Sealed, anchors: dict[int, list[Anchor]]) -> None:
    previous, seen = GENESIS, 0
    while rows := await History.filter(id__gt=seen).order_by("id").limit(PAGE):
        for row in rows:
            if row.previous != previous or row.hash != hash_of(row):
                report.findings.append(Finding("broken", "history", row.id, (row.ticket_id,) if row.ticket_id else ()))
            for anchor in anchors.pop(row.id, ()):
                report.anchors += 1
                if not row.hash.startswith(anchor.hash):
                    report.findings.append(Finding("cut", "history", row.id, (row.ticket_id,) if row.ticket_id else ()))
            if row.action == Action.SEALED:
                sealed.learn(row)
            elif row.action == Action.COVERED:
                report.covered_from = report.covered_from or row.at
                report.tables |= tables_of(row.details)
            previous, seen = row.hash, row.id
            report.entries += 1
            report.head = Anchor(row.at, row.id, row.hash)
    report.findings += [Finding("cut", "history", entry) for entry in anchors]


async def _rows(report: Report, sealed: _Sealed) -> AsyncIterator[tuple[str, str, int, Model | None]]:
    """What is not as it was sealed: how, table, number, and the row where there is one."""
    left = {key for key, digest in sealed.digests.items() if digest}
    for model, covered in COVERED.items():
        seen = 0
        while rows := await model.filter(id__gt=seen).order_by("id").limit(PAGE):
            for row in rows:
                seen = row.pk
                if not covered.holds(row):
                    continue
                key = (covered.table, row.pk)
                known = sealed.digests.get(key)
                if known is None and covered.table not in report.tables:
                    report.uncovered += 1
                    continue
                report.covered += 1
                if not known:
                    yield "added", *key, row
                elif known != covering.digest(row):
                    yield "changed", *key, row
                left.discard(key)
    for table, number in sorted(left):
        yield "gone", table, number, None


async def _named(found: tuple[str, str, int, Model | None], sealed: _Sealed) -> Finding:
    what, table, number, row = found
    of = sealed.of.get((table, number)) or (covering.belongs(row) if row is not None else "")
    known, _, parent = of.partition(" ")
    while known and known not in {"ticket", "requester"}:  # a file hangs on a message, a person concerned on an incident
        above = sealed.of.get((known, int(parent))) or await _hangs_on(known, int(parent))
        of = "" if above == of else above
        known, _, parent = of.partition(" ")
    if known == "ticket":
        tickets = [int(parent)]
    elif known == "requester":
        tickets = [one.id for one in await Ticket.filter(requester_id=int(parent)).order_by("id")]
    else:
        tickets = []
    return Finding(what, table, number, tuple(tickets))


async def _hangs_on(table: str, number: int) -> str:
    """What a row hangs on of which no entry tells it; empty where it is gone."""
    row = await next(model for model, one in COVERED.items() if one.table == table).get_or_none(id=number)
    return covering.belongs(row) if row is not None else ""


async def missing_files(vault: Vault) -> list[Finding]:
    """Files and kept letters of which the vault does not hold the bytes any more."""
    held = await Attachment.exclude(blob="").prefetch_related("message").order_by("id")
    found = [Finding("gone", "file", one.id, (one.message.ticket_id,)) for one in held if not vault.has(one.blob)]
    letters = await Outbox.exclude(kept=[]).order_by("id")
    lost = [row for row in letters if not all(vault.has(one["blob"]) for one in row.kept)]
    return found + [Finding("gone", "letter", row.id, (row.ticket_id,) if row.ticket_id else ()) for row in lost]
