"""Recurring people and a desk to meet them at: Anna asks, Boris answers, Clara manages, Mallory forges."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from desk.context import Desk, Mailbox, Operator
from desk.errors import DeskError
from desk.flow import delivery, inbound
from desk.flow.intake import take, take_together
from desk.flow.ways import Ways
from desk.law import Counting, load_regime
from desk.ports import Delivered, DoorOut, Incoming, Outcome, Sender, Sent
from desk.tags import Signer
from desk.terms import steps
from desk.terms.proofs import Proof
from desk.ticket import clocks, tickets
from desk.ticket.staffing import known
from desk.vault import Vault
from models import Clock, Inbound, Outbox, OutboxState, ProofKind, Staff, Ticket

# A Thursday morning in Moscow.
THURSDAY = datetime(2026, 12, 10, 8, 0, tzinfo=UTC)
STAFF_CHAT = -1001


class Now:
    """The clock of a test: it stands until it is moved."""

    def __init__(self, at: datetime = THURSDAY) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **step: float) -> datetime:
        self.at += timedelta(**step)
        return self.at


def make_desk(folder: Path, **changes: object) -> Desk:
    operator = Operator(name="ИП Тестова А. А.", short_name="Лавка", kind="entrepreneur")
    desk = Desk(
        operator=operator,
        regime=load_regime("ru-152fz"),
        counting=Counting(zone=operator.zone),
        vault=Vault.open(folder / "master.key", folder / "blobs"),
        signer=Signer(b"k" * 32),
        staff_chat=STAFF_CHAT,
        managers=frozenset({3}),
        undo=timedelta(seconds=10),
        mailboxes=(Mailbox("support@desk.example", "Поддержка"),),
    )
    return replace(desk, **changes)


class TestDoor:
    """A door in whose raw bytes name an Incoming kept beside it."""

    __test__ = False

    def __init__(self, desk: Desk, channel: str = "mail") -> None:
        self.desk, self.channel = desk, channel
        self.letters: dict[bytes, Incoming] = {}
        self.errors: list[Exception] = []

    async def prepare(self, row: Inbound, raw: bytes) -> Incoming:
        if self.errors:
            raise self.errors.pop(0)
        return self.letters[raw]

    async def handle(self, prepared: Incoming, row: Inbound, now: datetime) -> Outcome:
        return await take(self.desk, prepared, row, now)

    async def handle_together(self, ready: Sequence[tuple[Incoming, Inbound]], now: datetime) -> list[Outcome]:
        return await take_together(self.desk, ready, now)


class RecordingDoor(DoorOut):
    """A door out that hands nothing over and keeps what it was given."""

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self.rows: list[Outbox] = []
        self.errors: list[DeskError] = []
        self.shut: DeskError | None = None
        self.probes = 0

    async def probe(self, way: str) -> None:
        self.probes += 1
        if self.shut is not None:
            raise self.shut

    async def send(self, row: Outbox) -> Delivered:
        if self.shut is not None:
            raise self.shut
        if self.errors:
            raise self.errors.pop(0)
        self.rows.append(row)
        number = str(1000 + len(self.rows))
        place = {"staff": str(STAFF_CHAT), "mail": row.content.get("to", "")}.get(row.channel, row.conversation)
        external = row.content.get("message_id", number) if row.channel == "mail" else number
        return Delivered((Sent(place, external, "letter" if row.channel == "mail" else row.errand),))

    def acts(self, *names: str) -> list[Outbox]:
        return [row for row in self.rows if not names or row.errand in names]


def _at(moment: datetime) -> datetime:
    return moment


class Bench:
    """A whole desk without the outside world."""

    def __init__(self, desk: Desk, now: Now) -> None:
        self.desk, self.now = desk, now
        self.doors = {"mail": TestDoor(desk, "mail"), "telegram": TestDoor(desk, "telegram")}
        self.out = {name: RecordingDoor(name) for name in ("mail", "telegram", "staff")}
        self.ways = {name: Ways(door) for name, door in self.out.items()}
        self.position = 0

    async def arrives(self, incoming: Incoming, *, handle: bool = True) -> Inbound:
        """A message comes in and, unless told otherwise, everything that follows is done and delivered."""
        self.position += 1
        raw = b"%d" % self.position
        self.doors[incoming.channel].letters[raw] = incoming
        await inbound.store(
            self.desk,
            channel=incoming.channel,
            source=f"{incoming.channel}:support@desk.example:INBOX:1",
            position=self.position,
            conversation=f"mail:{incoming.sender.value}",
            received_at=incoming.received_at,
            raw=raw,
            now=self.now(),
        )
        if handle:
            await self.run()
        return await Inbound.get(position=self.position)

    async def run(self, *, undo_at_once: bool = True) -> None:
        await inbound.drain(self.desk, self.doors, self.now)
        # A group that is there is told of what can be taken back when that is decided, and not only when time has passed.
        undos = await Outbox.filter(errand="undo", state=OutboxState.WAITING).order_by("id") if undo_at_once else []
        for undo in undos:
            await delivery.drain(self.desk, self.out["staff"], partial(_at, undo.created_at), ways=self.ways["staff"])
        for _ in range(3):
            for name, door in self.out.items():
                await delivery.drain(self.desk, door, self.now, ways=self.ways[name])

    async def finishes(self, ticket: Ticket) -> None:
        """Boris records everything as done, with what proves it, and closes the ticket."""
        await self.proves(ticket)
        await tickets.close(self.desk, await Ticket.get(id=ticket.id), await self.boris(), self.now())

    async def proves(self, ticket: Ticket, *keys: str) -> None:
        """Boris proves the steps of these keys, or every obligatory one that is open, each as its rule wants it."""
        for one in await steps.left(self.desk, ticket):
            if not keys or one.key in keys:
                await steps.prove(
                    self.desk, one.demand, one.key, proof_of(one.wanted, self.now()), await self.boris(), self.now()
                )

    async def stops(self, clock: Clock) -> None:
        """Boris proves the step that stops this clock."""
        demand = await clock.demand
        spec = next(one for one in clocks.rule_of(self.desk, demand).steps if one.clock == clock.key)
        await steps.prove(self.desk, demand.id, spec.key, proof_of(spec.proof, self.now()), await self.boris(), self.now())

    async def boris(self) -> Staff:
        return await known(self.desk, 2, "Борис", "boris", self.now())


def letter(now: datetime, **changes: object) -> Incoming:
    """Anna's withdrawal by e-mail."""
    number = changes.pop("number", 1)
    base = Incoming(
        channel="mail",
        sender=Sender("email", "anna@example.org", name="Анна Петрова"),
        received_at=now,
        external_id=f"<letter{number}@example.org>",
        text="Отзываю согласие на обработку персональных данных.",
        new_text="Отзываю согласие на обработку персональных данных.",
        language="ru",
        subject="Withdrawal Statement",
        kinds=("consent_withdrawal",),
        fingerprint=f"{number:064d}",
        mailbox="support@desk.example",
        reply_to=(f"<letter{number}@example.org>",),
    )
    return replace(base, **changes)


def proof_of(wanted: str, now: datetime) -> Proof:
    """A proof that is enough for a step that wants one of this kind."""
    dated = now.date() - timedelta(days=1)
    return {
        "fact": Proof(ProofKind.FACT),
        "letter": Proof(ProofKind.PAPER, number="12", dated=dated, way="почта", tracking="RA123456789RU"),
        "document": Proof(ProofKind.DOCUMENT, number="7", dated=dated),
        "confirmation": Proof(ProofKind.CONFIRMATION, by="ООО «Облако»"),
    }[wanted]


def acts(rows: Sequence[Outbox]) -> list[str]:
    return [row.errand for row in rows]
