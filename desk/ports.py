"""What the desk expects of its channels: a door in, a door out, and the values that pass through them.

A channel is "mail", "telegram" (private chats with requesters) or "staff" (the staff group). Each is one folder beside
the desk that implements these Protocols; the desk imports none of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeVar, runtime_checkable

from desk.errors import DeskError, Misconfigured
from desk.lines import file_name, one_line
from desk.providers import key, spellings
from desk.recognising.judging import Sign
from desk.recognising.whose import About
from desk.vault import Blob
from models import Became, Inbound, Level, Outbox, Posted, Remark, StoredBytes, StoredFile

Prepared = TypeVar("Prepared")


def _set(value: object, /, **fields: object) -> None:
    """Set fields of a frozen value while it is made: names and subjects pass the border as lines that show what they say."""
    for name, content in fields.items():
        object.__setattr__(value, name, content)


@dataclass(frozen=True)
class Sender:
    """Who wrote: `kind` is "email" or "telegram", `value` the key of the address or the user id; `verified`: how far proved."""

    kind: str
    value: str
    name: str = ""
    shown: str = ""
    verified: Level = Level.SENDER

    def __post_init__(self) -> None:
        value = key(self.value) if self.kind == "email" else self.value
        _set(self, value=value, name=one_line(self.name), shown=one_line(self.shown))

    @property
    def values(self) -> tuple[str, ...]:
        """What its contact may be written down as, likeliest first."""
        return spellings(self.value) if self.kind == "email" else (self.value.casefold(),)


@dataclass(frozen=True)
class File:
    """A file of an incoming message. Its bytes are in the vault already; without them `missing` says why in a word.

    `aside` marks what nobody sent to be looked at (the little pictures of a signature).
    """

    name: str
    type: str = "application/octet-stream"
    blob: Blob | None = None
    inline: bool = False
    aside: bool = False
    missing: str = ""
    telegram_kind: str = ""
    telegram_file: str = ""

    def __post_init__(self) -> None:
        _set(self, name=file_name(self.name))

    def stored(self) -> StoredFile:
        """The file as a row holds it."""
        return {
            "name": self.name,
            "type": self.type,
            "blob": {"name": self.blob.name, "size": self.blob.size, "sha256": self.blob.sha256} if self.blob else None,
            "missing": self.missing,
            "telegram_kind": self.telegram_kind,
            "telegram_file": self.telegram_file,
        }

    @classmethod
    def read(cls, stored: StoredFile) -> "File":
        """The file that a row holds."""
        return cls(
            name=stored["name"],
            type=stored["type"],
            blob=Blob(**stored["blob"]) if stored["blob"] else None,
            missing=stored["missing"],
            telegram_kind=stored["telegram_kind"],
            telegram_file=stored["telegram_file"],
        )


@dataclass(frozen=True)
class Incoming:
    """A message of a requester, whatever the channel, ready to be taken in one transaction.

    `received_at` is the statutory moment of receipt (UTC). `external_id` is the Message-ID or "chat:message"; `version` counts
    its edits. `ticket_id` is the ticket it belongs to by a proven reference (signed tag, own Message-ID, a chosen ticket)
    and `named_ticket_id` one it only names. `kinds` are keys of DESIGN §5 in order of importance; `chosen` tells that the
    requester picked them in a dialog. `candidates` are kinds that may be meant besides, likeliest first; `guessed` tells
    that only the words as a whole speak for `kinds`, which no rule read. `automated` is None
    for what may be a person's, else "auto_reply", "bounce", "list",
    "reaction", "report" or "staff" (the operator's own people); `held_for` says why, `silenced_by` why no automatic letter may
    go back, both as names of desk.recognising.judging.WHY; `signs` is what was weighed. `way` says how a person's words came
    (as in mail.writer), and `passed_on_by` which colleague forwarded them; `about` whom they are about, where that was read.
    `answer_to` is the address answers go to where it is not the sender's own (Reply-To).
    `small` is what holds nothing but a sticker or the like. `answers` and `quote` are what it replies to (models.Message).
    `named` is how they call themselves in this very request, where they were asked.
    `recalls` is the subject of the letter that the sender's program wants back (`automated` is "recall").
    `instruction` is the instruction to a processor that it refers to by a reference of ours (models.Instruction).
    `attached` is what attached letters, documents and text files say.
    `remarks` are sentences on what was left out, cut or repaired in reading (`words` of the bot's catalogue, `params`).
    `answerable` is False when no automatic letter may go back. `reply_to` are the Message-IDs an answer refers to.
    """

    channel: str
    sender: Sender
    received_at: datetime
    external_id: str
    text: str
    new_text: str
    language: str
    answer_to: str = ""
    subject: str = ""
    kinds: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    guessed: bool = False
    chosen: bool = False
    spam: bool = False
    why: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    ticket_id: int | None = None
    named_ticket_id: int | None = None
    fingerprint: str = ""
    automated: str | None = None
    answerable: bool = True
    failed_recipients: tuple[str, ...] = ()
    original_message_id: str = ""
    mailbox: str = ""
    chat_id: int | None = None
    reply_to: tuple[str, ...] = ()
    album: str = ""
    version: int = 1
    represented: dict[str, str] | None = None
    remarks: tuple[Remark, ...] = ()
    recalls: str = ""
    named: str = ""
    small: bool = False
    answers: int | None = None
    quote: str = ""
    held_for: tuple[str, ...] = ()
    silenced_by: tuple[str, ...] = ()
    signs: tuple[Sign, ...] = ()
    way: str = ""
    passed_on_by: str = ""
    about: About | None = None
    instruction: int | None = None
    attached: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _set(self, subject=one_line(self.subject), named=one_line(self.named))
        if self.represented is not None:
            _set(self, represented={key: one_line(words) for key, words in self.represented.items()})


@dataclass(frozen=True)
class Outcome:
    """What an inbound row became, and its ticket; `tapped` says which button of several."""

    word: Became
    ticket_id: int | None = None
    tapped: str = ""

    @property
    def words(self) -> str:
        """As `inbound.outcome` keeps it."""
        return f"{self.word} {self.tapped}".rstrip()


@dataclass(frozen=True)
class Sent:
    """One posting that a delivery made: where (chat id or address), its id there, and its role.

    `message_id` is the desk's message it shows, where that is not the row's own (the parts of an album).
    """

    place: str
    external_id: str
    role: Posted
    message_id: int | None = None


@dataclass(frozen=True)
class Kept:
    """Bytes as they left, in the vault's file `blob`: a letter, or a call to Telegram as JSON.

    `external_id` is the Message-ID, or the ids that Telegram gave; `answer` what the server said when it took them. `sure` is
    False where a try was broken off before its answer: these bytes may have left, and then others left after them.
    """

    blob: str
    sha256: str
    size: int
    external_id: str = ""
    answer: str = ""
    sure: bool = True

    def stored(self) -> StoredBytes:
        """What left, as its outbox row holds it."""
        return {
            "blob": self.blob,
            "sha256": self.sha256,
            "size": self.size,
            "external_id": self.external_id,
            "answer": self.answer,
            "sure": self.sure,
        }


@dataclass(frozen=True)
class Delivered:
    """The result of a delivery: its postings in order; empty when there was nothing left to do.

    `missed` names what of it could not be handed over though the rest was; `kept` are the bytes as they left.
    """

    sent: tuple[Sent, ...] = field(default=())
    missed: tuple[str, ...] = field(default=())
    kept: tuple[Kept, ...] = field(default=())


class DoorIn(Protocol[Prepared]):
    """Turns raw inbound rows of one channel into acts of the desk."""

    channel: str

    async def prepare(self, row: Inbound, raw: bytes) -> Prepared:
        """Do what may take long, outside any transaction: parse, fetch files into the vault. Raises Temporary, Permanent."""
        ...

    async def handle(self, prepared: Prepared, row: Inbound, now: datetime) -> Outcome:
        """Do everything that follows, inside the one transaction of the row. No network, no spawned tasks."""
        ...


@runtime_checkable
class DoorForMany(DoorIn[Prepared], Protocol[Prepared]):
    """A door in that acts for many rows at less cost than for each."""

    async def handle_together(self, ready: Sequence[tuple[Prepared, Inbound]], now: datetime) -> list[Outcome]:
        """Do what `handle` does for each of these rows in their order, inside the one transaction of all; what each became."""
        ...


@runtime_checkable
class DoorReadingMany(DoorIn[Prepared], Protocol[Prepared]):
    """A door in that prepares many rows at less cost than each."""

    async def prepare_together(self, rows: Sequence[tuple[Inbound, bytes]]) -> list[Prepared | Exception]:
        """Do what `prepare` does for each of these rows; what one raises stands in its place."""
        ...


@dataclass(frozen=True)
class Room:
    """How many rows may leave at this moment. Beyond `rows` only these urgent `errands`, which cost nothing; more in `again`."""

    rows: int
    errands: frozenset[str] = frozenset()
    again: timedelta | None = None


class DoorOut(Protocol):
    """Delivers outbox rows of one channel. Knows everything from the row; decides temporary or permanent by type.

    A *way* is what rows share that fails for all of them or none: a server, a bot in its chat. What is defined here is that of
    a channel with one way that takes one row after another and cannot be asked how it is.
    """

    channel: str
    at_once: int = 1
    """How many rows of different conversations may be on their way at one moment."""
    ahead: int = 0
    """How many more are leased beforehand, so that not each is leased alone; they leave as soon as others have come."""
    heartbeat: timedelta | None = None
    """A way that carried nothing for so long is asked how it is; None: never without need."""

    async def send(self, row: Outbox) -> Delivered:
        """Hand the row over. Raises Temporary, Permanent (TopicGone, Unreachable), Misconfigured."""
        ...

    def ways(self) -> tuple[str, ...]:
        """The names of all ways."""
        return (self.channel,)

    def way(self, row: Outbox) -> str:  # noqa: ARG002 - of a channel with one way every row takes it
        """The way of a row."""
        return self.channel

    async def probe(self, way: str) -> None:
        """Ask whether a way is open, without a row. Raises Temporary or Misconfigured while it is shut."""

    def pause(self, error: DeskError) -> timedelta:
        """The longest pause between two probes of a way that is shut by this error."""
        return timedelta(seconds=60 if isinstance(error, Misconfigured) else 10)

    def room(self) -> Room:
        """How many rows may leave now, as far as the limits of the other side are known."""
        return Room(self.at_once + self.ahead)
