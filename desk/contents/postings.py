"""Contents of what is posted in the staff group."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar

from desk.contents.values import Content, Formatting, Params, Spoken
from desk.texts import Text
from models import Posted

_STAFF = ("staff",)
_TOPIC = "`topic:<ticket>`"
_GENERAL = "`general`"
_EITHER = f"{_TOPIC} or {_GENERAL}"


@dataclass(frozen=True, kw_only=True)
class Topic(Content):
    """The topic of a ticket; its name and icon are those of the ticket when it is made."""

    errand: ClassVar[str] = "topic"
    called: ClassVar[Text] = Text("тема", "topic")
    channels: ClassVar[tuple[str, ...]] = _STAFF
    where: ClassVar[str] = _TOPIC
    roles: ClassVar[tuple[Posted, ...]] = (Posted.TOPIC,)


@dataclass(frozen=True, kw_only=True)
class DoubledTopic(Content):
    """A topic that was made twice, for the answer to the first try was lost: it gets a pointer to the other one and is closed."""

    errand: ClassVar[str] = "double"
    called: ClassVar[Text] = Text("тема, созданная дважды", "topic made twice")
    channels: ClassVar[tuple[str, ...]] = _STAFF
    where: ClassVar[str] = "`double:<ticket>:<topic>`"
    roles: ClassVar[tuple[Posted, ...]] = (Posted.NOTICE,)

    thread: int


@dataclass(frozen=True, kw_only=True)
class Card(Content):
    """The card of a ticket, which shows the state it has when it leaves; sent first, edited later."""

    errand: ClassVar[str] = "card"
    called: ClassVar[Text] = Text("карточка", "card")
    channels: ClassVar[tuple[str, ...]] = _STAFF
    where: ClassVar[str] = _TOPIC
    roles: ClassVar[tuple[Posted, ...]] = (Posted.CARD,)


@dataclass(frozen=True, kw_only=True)
class Pin(Content):
    """The `card` of a ticket that was left unpinned while many waited is to be pinned."""

    errand: ClassVar[str] = "pin"
    called: ClassVar[Text] = Text("закрепление карточки", "the pinning of a card")
    channels: ClassVar[tuple[str, ...]] = _STAFF
    where: ClassVar[str] = _TOPIC

    card: int


@dataclass(frozen=True, kw_only=True)
class Processors(Content):
    """What the processors of a ticket are told, and how far each is, as it stands when it leaves; edited, or sent `anew`."""

    errand: ClassVar[str] = "processors"
    called: ClassVar[Text] = Text("список обработчиков", "the list of processors")
    channels: ClassVar[tuple[str, ...]] = _STAFF
    where: ClassVar[str] = _TOPIC
    roles: ClassVar[tuple[Posted, ...]] = (Posted.PROCESSORS,)

    anew: bool = False


@dataclass(frozen=True, kw_only=True)
class Answered(Content):
    """A letter about an instruction is to be judged: by the processor, or (`stranger`) by somebody who has its reference."""

    errand: ClassVar[str] = "answered"
    called: ClassVar[Text] = Text("вопрос об ответе обработчика", "the question about a processor's answer")
    channels: ClassVar[tuple[str, ...]] = _STAFF
    where: ClassVar[str] = _TOPIC
    roles: ClassVar[tuple[Posted, ...]] = (Posted.ANSWERED,)

    instruction: int
    sender: str = ""
    stranger: bool = False
    referred: bool = True
    proven: bool = False


@dataclass(frozen=True, kw_only=True)
class ActPapers(Content):
    """The papers of an act of `destruction`: to sign, and to edit; a reply with a file brings it back signed."""

    errand: ClassVar[str] = "act"
    called: ClassVar[Text] = Text("акт об уничтожении", "an act of destruction")
    channels: ClassVar[tuple[str, ...]] = _STAFF
    where: ClassVar[str] = _TOPIC
    roles: ClassVar[tuple[Posted, ...]] = (Posted.ACT,)

    destruction: int


@dataclass(frozen=True, kw_only=True)
class ForgottenTopic(Content):
    """A topic that is to go with all it holds: the personal data of its ticket were erased."""

    errand: ClassVar[str] = "forget"
    called: ClassVar[Text] = Text("удаление темы", "the removal of a topic")
    channels: ClassVar[tuple[str, ...]] = _STAFF
    where: ClassVar[str] = "`forgotten:<ticket>`"

    thread: int


@dataclass(frozen=True, kw_only=True)
class RequesterWords(Content):
    """The requester's message in the row, its words and files; with `album`, all parts of it that have no row of their own."""

    errand: ClassVar[str] = "requester"
    called: ClassVar[Text] = Text("слова заявителя", "requester’s words")
    channels: ClassVar[tuple[str, ...]] = _STAFF
    where: ClassVar[str] = _TOPIC
    roles: ClassVar[tuple[Posted, ...]] = (Posted.REQUESTER,)

    album: str = ""
    version: int = 1


@dataclass(frozen=True, kw_only=True)
class WholeLetter(Content):
    """The letter in the row with all that its posting folded away, in answer to `reply_to` (a posting)."""

    errand: ClassVar[str] = "whole"
    called: ClassVar[Text] = Text("письмо целиком", "whole letter")
    channels: ClassVar[tuple[str, ...]] = _STAFF
    where: ClassVar[str] = _TOPIC
    roles: ClassVar[tuple[Posted, ...]] = (Posted.REQUESTER,)

    reply_to: int | None = None


@dataclass(frozen=True, kw_only=True)
class Draft(Content):
    """A letter that nobody got yet, with the files of the row's message; `complete`: nothing is missing in it."""

    errand: ClassVar[str] = "draft"
    channels: ClassVar[tuple[str, ...]] = _STAFF
    where: ClassVar[str] = _TOPIC
    called: ClassVar[Text] = Text("черновик письма", "draft of a letter")
    roles: ClassVar[tuple[Posted, ...]] = (Posted.DRAFT,)

    text: str
    entities: Formatting = ()
    complete: bool = False


@dataclass(frozen=True, kw_only=True)
class Past(Content):
    """What was answered, shown once more in a topic; with `letter` (an outbox id) a letter of the desk's own, as it left."""

    errand: ClassVar[str] = "past"
    called: ClassVar[Text] = Text("прежние слова", "earlier words")
    channels: ClassVar[tuple[str, ...]] = _STAFF
    where: ClassVar[str] = _TOPIC
    roles: ClassVar[tuple[Posted, ...]] = (Posted.PAST,)

    letter: int = 0


@dataclass(frozen=True, kw_only=True)
class Undo(Content):
    """What is about to leave (the outbox id of a letter), with a button to take it back `until` it does."""

    errand: ClassVar[str] = "undo"
    called: ClassVar[Text] = Text("что ждёт отправки", "what waits to leave")
    channels: ClassVar[tuple[str, ...]] = _STAFF
    where: ClassVar[str] = _TOPIC
    roles: ClassVar[tuple[Posted, ...]] = (Posted.UNDO,)

    reply: int
    until: datetime | None = None
    via: str = ""
    reply_to: int | None = None
    held: bool = False


@dataclass(frozen=True, kw_only=True)
class Gate(Content):
    """Why a letter (its outbox id) was stopped: `found` kinds of personal data, `reasons`, the level reached and wanted."""

    errand: ClassVar[str] = "gate"
    called: ClassVar[Text] = Text("проверка перед выдачей данных", "check before disclosure")
    channels: ClassVar[tuple[str, ...]] = _STAFF
    where: ClassVar[str] = _TOPIC
    roles: ClassVar[tuple[Posted, ...]] = (Posted.SCREEN,)

    reply: int
    found: tuple[str, ...]
    reasons: tuple[str, ...]
    level: str
    wanted: str
    digest: str
    reply_to: int | None = None


@dataclass(frozen=True, kw_only=True)
class Young(Content):
    """That the requester (`writer`), or the child they speak for (`child`), seems to be under age, and what to do about it."""

    errand: ClassVar[str] = "young"
    called: ClassVar[Text] = Text("несовершеннолетний", "a minor")
    channels: ClassVar[tuple[str, ...]] = _STAFF
    where: ClassVar[str] = _TOPIC
    roles: ClassVar[tuple[Posted, ...]] = (Posted.SCREEN,)

    writer: str = ""
    child: str = ""


@dataclass(frozen=True, kw_only=True)
class NamedPaper:
    """A document that a letter may be, by its number and its date."""

    number: str = ""
    dated: date


@dataclass(frozen=True, kw_only=True)
class NamedDates(Content):
    """What the letter of an authority (`message`) names, to be tapped: days that may be its term, itself, days of detection."""

    errand: ClassVar[str] = "named_dates"
    called: ClassVar[Text] = Text("даты из документа", "dates of a document")
    channels: ClassVar[tuple[str, ...]] = _STAFF
    where: ClassVar[str] = _TOPIC
    roles: ClassVar[tuple[Posted, ...]] = (Posted.SCREEN,)

    message: int
    terms: tuple[date, ...] = ()
    papers: tuple[NamedPaper, ...] = ()
    detected: tuple[date, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Status(Content):
    """What became of a letter (its outbox id): an edit of the posting that held its Undo button."""

    errand: ClassVar[str] = "status"
    called: ClassVar[Text] = Text("состояние ответа", "status of an answer")
    channels: ClassVar[tuple[str, ...]] = _STAFF
    where: ClassVar[str] = _TOPIC
    roles: ClassVar[tuple[Posted, ...]] = (Posted.STATUS,)

    reply: int
    state: str
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class Notice(Spoken):
    """A sentence of the catalogue; `whom` are accounts to call, `loud` wants it heard."""

    errand: ClassVar[str] = "notice"
    called: ClassVar[Text] = Text("сообщение", "notice")
    channels: ClassVar[tuple[str, ...]] = ("staff", "telegram")
    where: ClassVar[str] = f"{_EITHER} or `tg:<chat id>`"
    roles: ClassVar[tuple[Posted, ...]] = (Posted.NOTICE,)

    words: str
    params: Params
    reply_to: int | None = None
    whom: tuple[int, ...] = ()
    loud: bool = False


@dataclass(frozen=True, kw_only=True)
class Joint(Content):
    """A sentence about two tickets of one matter.

    `to` is the ticket whose topic is linked, `done` the terms ("kind.key") that do not run on, and `offer` the tickets that
    this one may be merged into, a button each: such a word makes no sound.
    """

    errand: ClassVar[str] = "joint"
    called: ClassVar[Text] = Text("объединение", "merging")
    channels: ClassVar[tuple[str, ...]] = _STAFF
    where: ClassVar[str] = _TOPIC
    roles: ClassVar[tuple[Posted, ...]] = (Posted.NOTICE,)

    words: str
    params: Params
    to: int | None = None
    done: tuple[str, ...] = ()
    offer: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OpenStep:
    """A step that waits for its letter, by its demand and its name in the staff's language."""

    demand: int
    kind: str
    key: str
    name: str


@dataclass(frozen=True, kw_only=True)
class WasAnswer(Content):
    """Whether a reply that went out (its outbox id) was what one of these `steps` waits for."""

    errand: ClassVar[str] = "was_answer"
    called: ClassVar[Text] = Text("вопрос об ответе", "question about a reply")
    channels: ClassVar[tuple[str, ...]] = _STAFF
    where: ClassVar[str] = _TOPIC
    roles: ClassVar[tuple[Posted, ...]] = (Posted.NOTICE,)

    reply: int
    steps: tuple[OpenStep, ...]


@dataclass(frozen=True, kw_only=True)
class ReminderLine:
    """A term that a reminder names: what, the level that fell due, and its dates (days of the operator, instants UTC).

    `fine` is what missing it may cost, in the staff's language; empty for a term of the operator's own.
    """

    clock: int
    kind: str
    key: str
    label: str
    level: str
    due: date
    due_at: datetime
    safe: date
    safe_at: datetime
    target: date | None = None
    name: str = ""
    article: str = ""
    immediate: bool = False
    overdue: bool = False
    fine: str = ""


@dataclass(frozen=True, kw_only=True)
class Reminder(Content):
    """What is due when, and who is to act.

    `missed` are the levels that were not said, in the order of their time, `missed_since` the moment of the first; `late` is
    when this one should have been said; `held` the replies (outbox ids) that a manager may release.
    """

    errand: ClassVar[str] = "reminder"
    called: ClassVar[Text] = Text("напоминание", "reminder")
    channels: ClassVar[tuple[str, ...]] = _STAFF
    where: ClassVar[str] = _TOPIC
    roles: ClassVar[tuple[Posted, ...]] = (Posted.REMINDER,)

    level: str
    clocks: tuple[ReminderLine, ...]
    missed: tuple[str, ...] = ()
    missed_since: datetime | None = None
    late: datetime | None = None
    whom: tuple[int, ...] = ()
    held: tuple[int, ...] = ()
    overdue: bool = False


@dataclass(frozen=True, kw_only=True)
class Parked(Content):
    """An `inbound` or `outbox` row (its id) that failed for good, and why."""

    errand: ClassVar[str] = "parked"
    called: ClassVar[Text] = Text("отложенное", "what was parked")
    channels: ClassVar[tuple[str, ...]] = _STAFF
    where: ClassVar[str] = _GENERAL
    roles: ClassVar[tuple[Posted, ...]] = (Posted.PARKED,)

    inbound: int | None = None
    outbox: int | None = None
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class Overview(Content):
    """New tickets that wait for their topics: numbers by kind; edits the overview that was posted since the `burst` began."""

    errand: ClassVar[str] = "overview"
    called: ClassVar[Text] = Text("перечень новых заявок", "list of new tickets")
    channels: ClassVar[tuple[str, ...]] = _STAFF
    where: ClassVar[str] = "`overview`"
    roles: ClassVar[tuple[Posted, ...]] = (Posted.OVERVIEW,)

    numbers: Mapping[str, tuple[int, ...]]
    burst: datetime


@dataclass(frozen=True, kw_only=True)
class Volume(Content):
    """A file of the record: the journal of the days `first` to `last` ("xlsx", "csv", "pdf"), or the dossier ("zip").

    `language` is the one that staff asked for; "" is that of the papers.
    """

    errand: ClassVar[str] = "volume"
    called: ClassVar[Text] = Text("том журнала", "volume of the journal")
    channels: ClassVar[tuple[str, ...]] = _STAFF
    where: ClassVar[str] = "`topic:<ticket>` or `general`"
    roles: ClassVar[tuple[Posted, ...]] = (Posted.VOLUME,)

    ending: str
    first: date | None = None
    last: date | None = None
    language: str = ""
    reply_to: int | None = None


@dataclass(frozen=True, kw_only=True)
class DigestTicket:
    """A ticket in a list of the digest; `due` is the last instant of its strict term."""

    number: int
    safe: date | None = None
    due: datetime | None = None
    kinds: tuple[str, ...] = ()
    topic: int | None = None
    assignee: str | None = None
    fine: str = ""


@dataclass(frozen=True, kw_only=True)
class DigestList:
    """How many tickets there are, and the first of them."""

    count: int = 0
    tickets: tuple[DigestTicket, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DigestDay:
    """How many safe dates fall on a day."""

    day: date
    count: int


@dataclass(frozen=True, kw_only=True)
class Digest(Content):
    """What is late, due, untaken, uncounted, blocked and parked, `quiet` letters by kind, and the chart; no words of requesters.

    `history` is the head of the history (desk.record.anchors): so it stands outside of the database as well.
    """

    errand: ClassVar[str] = "digest"
    called: ClassVar[Text] = Text("сводка", "digest")
    channels: ClassVar[tuple[str, ...]] = _STAFF
    where: ClassVar[str] = _GENERAL
    roles: ClassVar[tuple[Posted, ...]] = (Posted.DIGEST,)

    date: date
    open: int
    overdue: DigestList = DigestList()
    today: DigestList = DigestList()
    week: DigestList = DigestList()
    unassigned: DigestList = DigestList()
    uncounted: tuple[int, ...] = ()
    blocked: tuple[int, ...] = ()
    parked: int = 0
    quiet: Mapping[str, int] = field(default_factory=dict)
    calendar_wanted: int | None = None
    chart: tuple[DigestDay, ...] = ()
    history: str = ""


@dataclass(frozen=True, kw_only=True)
class IncidentDraft(Content):
    """The draft of a notice of an incident (`stage` first or second), set from what was known then, as PDF and DOCX.

    `receipt` and `receipt_dated` are what the portal gave for the first notice.
    """

    errand: ClassVar[str] = "incident_draft"
    called: ClassVar[Text] = Text("проект уведомления об инциденте", "draft of an incident notice")
    channels: ClassVar[tuple[str, ...]] = _STAFF
    where: ClassVar[str] = _TOPIC
    roles: ClassVar[tuple[Posted, ...]] = (Posted.INCIDENT_DRAFT,)

    stage: str
    number: int
    detected_at: datetime
    answers: Mapping[str, str]
    receipt: str = ""
    receipt_dated: str = ""
