"""What every act of the desk needs to know: the operator, the law it counts by, its keys, and whom to wake."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from desk.law import Counting, Regime
from desk.providers import key
from desk.tags import Signer
from desk.vault import Vault
from models import Level

if TYPE_CHECKING:
    from desk.answers.template import Template

MOSCOW = ZoneInfo("Europe/Moscow")
CHANNELS = ("mail", "telegram", "staff")


@dataclass(frozen=True)
class Operator:
    """Who answers for the data: `kind` is "company" or "entrepreneur"; the first of `languages` is the staff's own.

    `paper_statements` are the kinds of requests that its policy asks for on paper too.
    """

    name: str
    short_name: str = ""
    kind: str = "company"
    address: str = ""
    site: str = ""
    policy_url: str = ""
    zone: ZoneInfo = MOSCOW
    languages: tuple[str, ...] = ("ru", "en")
    paper_statements: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mailbox:
    """A monitored support mailbox. `take` is "everything" or "requests" (letters of other kinds are only recorded).

    Of the letters that lay there when it was first watched those received from `since` on are taken (UTC); None: those of the
    last day before that moment. `aliases` are other addresses whose letters arrive there.
    """

    address: str
    name: str = ""
    take: str = "everything"
    since: datetime | None = None
    aliases: tuple[str, ...] = ()

    @property
    def addresses(self) -> frozenset[str]:
        """Its address and its aliases, folded."""
        return frozenset(key(one) for one in (self.address, *self.aliases))

    @property
    def domain(self) -> str:
        """The domain that our Message-IDs carry."""
        return self.address.rpartition("@")[2] or "localhost"


@dataclass(frozen=True)
class Processor:
    """Who processes on the operator's behalf (Art. 6(3)); `systems` are names of the operator's own, empty for its own ones.

    Without an `email` it is told on paper. `publishes`: it publishes data further, and is told when the distribution has to
    stop (Art. 10.1). It has to confirm within `confirm_within_days` calendar days.
    """

    name: str
    address: str = ""
    email: str = ""
    contract_number: str = ""
    contract_date: date | None = None
    systems: tuple[str, ...] = ()
    data_categories: tuple[str, ...] = ()
    publishes: bool = False
    confirm_within_days: int = 5


@dataclass(frozen=True)
class System:
    """An information system of the operator, or a `paper` archive, and the categories of personal data it holds."""

    name: str
    data_categories: tuple[str, ...] = ()
    paper: bool = False


@dataclass(frozen=True)
class Purpose:
    """Why personal data are processed, in one language: what an answer to a request for information tells (Art. 14(7))."""

    language: str
    name: str
    grounds: str = ""
    data_categories: tuple[str, ...] = ()
    source: str = ""
    stored: str = ""


@dataclass(frozen=True)
class Statement:
    """What letters tell of the operator in one language: who signs them, and of all processing what Art. 14(7) wants told."""

    language: str
    signatory: str = ""
    position: str = ""
    methods: str = ""
    recipients: str = ""
    cross_border: str = ""
    measures: str = ""


class News(asyncio.Event):
    """Wakes a worker. `set` says that there may be rows to take; `stir` only that it should look after what it has in hand."""

    def __init__(self) -> None:
        super().__init__()
        self.fresh = True

    def set(self) -> None:
        """There may be something to take."""
        self.fresh = True
        super().set()

    def stir(self) -> None:
        """Something has ended, and nothing more follows from that."""
        super().set()


class Wake:
    """Events by which a committed transaction tells the workers of this process that there is something to do."""

    def __init__(self) -> None:
        self.inbox = asyncio.Event()
        self.outbox = {channel: News() for channel in CHANNELS}

    def deliveries(self) -> None:
        """Wake the delivery workers; call it after a commit, never before."""
        for event in self.outbox.values():
            event.set()

    def all(self) -> None:
        """Wake everybody, as when the process is told to stop."""
        self.inbox.set()
        self.deliveries()


@dataclass(frozen=True)
class Codes:
    """How codes are sent to addresses that the operator holds (desk.disclosure.codes): life, tries, and how many a day.

    `per_day` counts those of one ticket, and those to one address.
    """

    life: timedelta = timedelta(hours=24)
    tries: int = 5
    per_day: int = 3


@dataclass(frozen=True)
class Desk:
    """The desk as its settings describe it. `undo` is how long a reply waits before it goes.

    `anchor_email` is where the head of the history is mailed each working day ("": nowhere).
    `progress` is where requesters hear of steps that were done: "never", "telegram" (private chats only) or "always".
    `purposes` and `statements` fill in answers, `templates` are those of the operator's folder by key and language, `outgoing`
    is how an outgoing number is written.
    Tickets lose their personal data `closed_ticket_years` after their closing (desk.deed.retention).
    `disclose_from` is the level from which personal data may leave (desk.disclosure.gate).
    """

    operator: Operator
    regime: Regime
    counting: Counting
    vault: Vault
    signer: Signer
    staff_chat: int = 0
    managers: frozenset[int] = frozenset()
    undo: timedelta = timedelta(seconds=10)
    alert_email: str = ""
    anchor_email: str = ""
    progress: str = "telegram"
    disclose_from: Level = Level.CODE
    codes: Codes = Codes()
    mailboxes: tuple[Mailbox, ...] = ()
    processors: tuple[Processor, ...] = ()
    systems: tuple[System, ...] = ()
    closed_ticket_years: int = 3
    purposes: tuple[Purpose, ...] = ()
    statements: tuple[Statement, ...] = ()
    templates: Mapping[tuple[str, str], "Template"] = field(default_factory=dict)
    outgoing: str = "{number}/{year}"
    wake: Wake = field(default_factory=Wake)

    def outgoing_number(self, serial: int | None, year: int | None) -> str:
        """An outgoing number as letters bear it; empty without one."""
        return self.outgoing.format(number=serial, year=year) if serial is not None else ""

    @property
    def staff_language(self) -> str:
        """The language of the staff group."""
        return self.operator.languages[0] if self.operator.languages else "ru"

    @property
    def addresses(self) -> frozenset[str]:
        """Every address of the desk's own, folded: what is sent there comes back to it."""
        return frozenset(one for mailbox in self.mailboxes for one in mailbox.addresses)

    @property
    def papers_language(self) -> str:
        """The language of papers that an inspector, a court or a processor reads: that of the law, else the staff's."""
        return self.regime.papers or self.staff_language

    def mailbox(self, address: str = "") -> Mailbox | None:
        """The mailbox of an address; without one, or with one we no longer have, the first mailbox."""
        return next((m for m in self.mailboxes if m.address.casefold() == address.casefold()), None) or next(
            iter(self.mailboxes), None
        )
