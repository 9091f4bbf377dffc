"""Contents of what leaves for a requester, by mail or Telegram, and of alerts by mail."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from desk.contents.values import Formatting, Params, Spoken
from desk.texts import Text
from models import Ending, Posted


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """Everything about an e-mail that is fixed when it is decided, so that a repeated letter is the same letter."""

    to: str
    to_name: str = ""
    sender: str = ""
    sender_name: str = ""
    subject: str = ""
    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    date: datetime


@dataclass(frozen=True, kw_only=True)
class Cleared:
    """That a member of staff answers for what leaves below the level: `digest` are these very words to this very address.

    `reasons` are those for which it was stopped, `by` who let it go, `false_alarm`: that it holds no personal data.
    """

    digest: str
    reasons: tuple[str, ...]
    by: str
    false_alarm: bool = False


@dataclass(frozen=True, kw_only=True)
class Letter(Spoken):
    """What leaves about ticket `number` (0: about none); with an `envelope` by mail, without one by Telegram.

    `number` is the one its reader knows; `joined` are the others of the matter, since it was merged (desk.letters.numbers).

    `stopped`: the gate of disclosure (desk.disclosure.gate) keeps it until staff decide; `cleared`: they have.
    """

    channels: ClassVar[tuple[str, ...]] = ("mail", "telegram")
    where: ClassVar[str] = "`mail:<address>` or `tg:<chat id>`"

    number: int = 0
    joined: tuple[int, ...] = ()
    envelope: Envelope | None = None
    stopped: bool = False
    cleared: Cleared | None = None


@dataclass(frozen=True, kw_only=True)
class AskedKind:
    """What was asked for: the demand's kind, its name and article in the reader's language."""

    kind: str
    name: str
    article: str = ""


@dataclass(frozen=True, kw_only=True)
class Term:
    """A term as the reader is told it: its strict day, and the safe one where it is named.

    `basis` is who set it: "statute", "policy" (the operator's published promise) or "own" (a target of the house).
    """

    key: str = ""
    name: str = ""
    due: date | None = None
    safe: date | None = None
    article: str = ""
    kind: str = ""
    immediate: bool = False
    statutory: bool = True
    basis: str = ""


@dataclass(frozen=True, kw_only=True)
class Acknowledgement(Letter):
    """Number and dates of a request; `linked`: it joined a ticket that was there; `privacy` is HTML, for who never saw it.

    `asked` are the kinds of which the requester is asked which are meant, answered by their place counted from 1. `reader` is
    whom it is worded for (desk.outward.readers): "requester", "claimant", "authority" or "anybody".
    """

    errand: ClassVar[str] = "acknowledgement"
    called: ClassVar[Text] = Text("подтверждение", "acknowledgement")
    roles: ClassVar[tuple[Posted, ...]] = (Posted.LETTER, Posted.ACKNOWLEDGEMENT)

    received_at: datetime
    kinds: tuple[AskedKind, ...] = ()
    clocks: tuple[Term, ...] = ()
    linked: bool = False
    asked: tuple[AskedKind, ...] = ()
    privacy: str = ""
    reader: str = "requester"


@dataclass(frozen=True, kw_only=True)
class Quoted:
    """What a reply answers: the requester's words, and when they came."""

    at: datetime
    text: str


@dataclass(frozen=True, kw_only=True)
class Proved:
    """A step, by its demand and key."""

    demand: int
    key: str


@dataclass(frozen=True, kw_only=True)
class Reply(Letter):
    """What staff answer, with the ids of its attachments; a `held` one waits for a manager's release.

    `marked`: staff said that it holds personal data.
    `proves` are the steps that it is, `states` those of which it says that they were done.
    """

    errand: ClassVar[str] = "reply"
    called: ClassVar[Text] = Text("ответ", "answer")
    roles: ClassVar[tuple[Posted, ...]] = (Posted.LETTER, Posted.REPLY)

    text: str = ""
    entities: Formatting = ()
    attachments: tuple[int, ...] = ()
    held: bool = False
    quoted: Quoted | None = None
    asked_at: datetime | None = None
    asked_held: bool = False
    version: int = 0
    released: str = ""
    marked: bool = False
    proves: tuple[Proved, ...] = ()
    states: tuple[Proved, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Extension(Letter):
    """The reasoned notice of an extension; `clock` moves when it was sent, if it was extended `times` until then."""

    errand: ClassVar[str] = "extension"
    called: ClassVar[Text] = Text("продление", "extension")
    roles: ClassVar[tuple[Posted, ...]] = (Posted.LETTER, Posted.EXTENSION)

    clock: int
    kind: str
    name: str
    label: str
    article: str
    received_at: datetime
    reason: str
    old_due: date
    new_due: date
    times: int | None = None
    notice_to: str = ""


@dataclass(frozen=True, kw_only=True)
class Met:
    """What was done of a demand that was refused in part, and when."""

    label: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Refusal(Letter):
    """The reasoned refusal of a demand, or the notice that processing goes on; its terms end when it was sent."""

    errand: ClassVar[str] = "refusal"
    called: ClassVar[Text] = Text("отказ", "refusal")
    roles: ClassVar[tuple[Posted, ...]] = (Posted.LETTER, Posted.REFUSAL)

    demand: int
    kind: str
    name: str
    law: str
    received_at: datetime
    outcome: Ending
    ground: str
    article: str
    provision: str
    reason: str
    met: tuple[Met, ...] = ()
    rest: tuple[str, ...] = ()
    to_authority: bool = False
    by: str


@dataclass(frozen=True, kw_only=True)
class Told:
    """A step that was done: of which demand, when, and the words for the requester."""

    demand: int = 0
    key: str = ""
    at: datetime | None = None
    words: str


@dataclass(frozen=True, kw_only=True)
class Progress(Letter):
    """What was done and what is still to come; steps join it and leave it until it goes."""

    errand: ClassVar[str] = "progress"
    called: ClassVar[Text] = Text("ход дела", "progress")
    roles: ClassVar[tuple[Posted, ...]] = (Posted.LETTER, Posted.PROGRESS)

    steps: tuple[Told, ...]
    coming: tuple[Term, ...] = ()
    may_go_on: bool = False


@dataclass(frozen=True, kw_only=True)
class Instruction(Letter):
    """What a processor is told to do, and until when it confirms; a `reminder` (1, 2 when it is late) of what was `told_at`.

    `asks` and `tell` (what its confirmation is to say) are in words.
    """

    errand: ClassVar[str] = "instruction"
    called: ClassVar[Text] = Text("указание обработчику", "instruction to a processor")
    channels: ClassVar[tuple[str, ...]] = ("mail",)
    where: ClassVar[str] = "`mail:<address>`"
    roles: ClassVar[tuple[Posted, ...]] = (Posted.LETTER,)

    instruction: int
    reference: str
    processor: str
    contract: str = ""
    contract_date: date | None = None
    asks: tuple[str, ...]
    tell: tuple[str, ...]
    categories: tuple[str, ...] = ()
    person: str
    words: str = ""
    due: date
    reminder: int = 0
    told_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ProcessorWords(Letter):
    """What staff write to the processor of an `instruction` in their own words, in its thread."""

    errand: ClassVar[str] = "processor_words"
    called: ClassVar[Text] = Text("письмо обработчику", "letter to a processor")
    channels: ClassVar[tuple[str, ...]] = ("mail",)
    where: ClassVar[str] = "`mail:<address>`"
    roles: ClassVar[tuple[Posted, ...]] = (Posted.LETTER,)

    instruction: int
    reference: str
    processor: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Promise:
    """A date that was told and ends: until when what was to be done."""

    key: str
    name: str
    due: date


@dataclass(frozen=True, kw_only=True)
class Closing(Letter):
    """That the request was closed over terms that ran; dropped where it was opened again before the letter left."""

    errand: ClassVar[str] = "closing"
    called: ClassVar[Text] = Text("сообщение о закрытии", "closing")
    roles: ClassVar[tuple[Posted, ...]] = (Posted.LETTER, Posted.CLOSING)

    closed_at: datetime
    promised: tuple[Promise, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Code(Letter):
    """A code to an address that the operator holds; `by` is where it comes back from ("telegram" or "email").

    `digits` are filled in when it leaves, from the desk's key, and stand in no row.
    """

    errand: ClassVar[str] = "code"
    called: ClassVar[Text] = Text("код подтверждения", "confirmation code")
    roles: ClassVar[tuple[Posted, ...]] = (Posted.LETTER, Posted.CODE)

    challenge: int
    by: str
    hours: int
    digits: str = ""


@dataclass(frozen=True, kw_only=True)
class CodeNews(Letter):
    """What became of a code, and what to do, where the requester writes from; `shown` is the masked address, `left` tries."""

    errand: ClassVar[str] = "code_news"
    called: ClassVar[Text] = Text("известие о коде", "news of a code")
    roles: ClassVar[tuple[Posted, ...]] = (Posted.LETTER, Posted.CODE)

    outcome: str
    left: int
    shown: str
    hours: int


@dataclass(frozen=True, kw_only=True)
class BreachNotice(Letter):
    """What a person is told whose data an incident concerns; about no ticket of theirs, and leading into nobody's."""

    errand: ClassVar[str] = "breach_notice"
    called: ClassVar[Text] = Text("сообщение об инциденте", "notice of an incident")
    roles: ClassVar[tuple[Posted, ...]] = (Posted.LETTER, Posted.BREACH_NOTICE)

    name: str = ""
    detected_at: datetime
    happened: str
    categories: str
    harm: str = ""
    measures: str
    advice: str = ""
    contact: str


@dataclass(frozen=True, kw_only=True)
class PaperForm(Letter):
    """The statement of a request, to print, sign and post where the policy asks for one on paper; set when it leaves."""

    errand: ClassVar[str] = "paper_form"
    called: ClassVar[Text] = Text("заявление на бумаге", "statement on paper")
    channels: ClassVar[tuple[str, ...]] = ("telegram",)
    where: ClassVar[str] = "`tg:<chat id>`"
    roles: ClassVar[tuple[Posted, ...]] = (Posted.PAPER_FORM,)

    name: str
    text: str
    kinds: tuple[AskedKind, ...] = ()
    sent_at: datetime


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """A sentence of a catalogue (its English message id) with what fills its places."""

    words: str
    params: Params


@dataclass(frozen=True, kw_only=True)
class Alert(Letter):
    """What the alert address is told; `last` is the newest of the reminders that Telegram did not take."""

    errand: ClassVar[str] = "alert"
    called: ClassVar[Text] = Text("тревога", "alert")
    channels: ClassVar[tuple[str, ...]] = ("mail",)
    where: ClassVar[str] = "`mail:<address>`"
    roles: ClassVar[tuple[Posted, ...]] = (Posted.LETTER,)
    form: ClassVar[int] = 2

    lines: tuple[Sentence, ...] = ()
    last: int = 0
