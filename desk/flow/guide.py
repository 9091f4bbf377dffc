"""The guide: what is asked of staff to open a ticket for what did not come by itself, step by step, and how answers are read.

The group's dialog and the command line walk the same way. A draft is plain data, kept between two answers by whoever walks.
Pure: nothing here reads or writes a database.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from desk import moments
from desk.context import Desk
from desk.errors import Refused
from desk.i18n import N_
from desk.i18n import words as words_of
from desk.letters.envelopes import ADDRESS
from desk.lines import one_line
from desk.matter.likeness import folded_phone
from desk.recognising.letter import recognise
from desk.ticket import clocks
from models import StoredFile, Way

# So many characters of an answer in words are kept; a letter's own words may be long.
LONGEST, LONGEST_WORDS = 500, 20_000
# Files of one registration.
FILES = 20
# What an order of an authority can be.
ORDERS = ("rkn_request", "rkn_block_request", "rkn_order", "authority_order")
# What a person can demand, in the order in which people do.
DEMANDS = (
    "consent_withdrawal",
    "stop_processing",
    "access_request",
    "rectification",
    "blocking_request",
    "destruction_request",
    "unlawful_processing",
    "marketing_optout",
    "distribution_stop",
    "automated_decision_objection",
    "claim",
    "consumer_claim",
    "breach_report",
    "complaint",
    "question",
)
_TELEGRAM = re.compile(r"@[A-Za-z][A-Za-z0-9_]{3,31}|(?:tg|telegram):\s*@?(?:\d{4,15}|[A-Za-z][A-Za-z0-9_]{3,31})", re.IGNORECASE)

Answers = Mapping[str, Any]


class Asks(StrEnum):
    """What an answer is."""

    WORDS = "words"
    MOMENT = "moment"
    DAY = "day"
    CONTACTS = "contacts"
    KINDS = "kinds"  # several kinds
    ORDER = "order"  # one of ORDERS
    FILES = "files"


@dataclass(frozen=True)
class Question:
    """One step. `name` is its title in the review; `skip` the words of a button that leaves it out; empty: it is needed.

    `exact` wants a moment to the minute; `now` offers a button for the present one.
    """

    key: str
    name: str
    ask: str
    asks: Asks = Asks.WORDS
    skip: str = ""
    exact: bool = False
    now: bool = False


SKIP = N_("Not known")
NAME = Question("name", N_("Person"), N_("Who is it? The full name, as it stands there."))
POSTAL = Question("postal", N_("Postal address"), N_("The postal address for the answer."), skip=SKIP)
CONTACTS = Question(
    "contacts",
    N_("Contacts"),
    N_("An e-mail address, a Telegram name (@name) or a phone number of the person, where one is known; several with commas."),
    Asks.CONTACTS,
    skip=SKIP,
)
INCOMING = Question("number", N_("Incoming №"), N_("The incoming number under which you registered it."), skip=N_("No number"))
ATTEMPTED = Question(
    "attempted",
    N_("First delivery attempt"),
    N_("When did the post first try to deliver it? For example 08.12.2026, with the time if known. Terms count from it."),
    Asks.MOMENT,
    skip=N_("At the hand-over"),
)
HANDED_OVER = Question(
    "handed_over", N_("Handed over"), N_("When was it handed over? For example 08.12.2026 11:30."), Asks.MOMENT, now=True
)
CAME = Question("came", N_("When"), N_("When was that? For example 08.12.2026 11:30."), Asks.MOMENT, now=True)
SAID = Question(
    "words", N_("What it says"), N_("What does it say or ask for? The words themselves are best."), skip=N_("It is in the scan")
)
KINDS = Question("kinds", N_("Demands"), N_("What is demanded? What the words seem to say is ticked; correct it."), Asks.KINDS)
SCAN = Question(
    "files", N_("Files"), N_("Send the scan or other files in reply to this message. No copies of passports."), Asks.FILES,
    skip=N_("No files"),
)  # fmt: skip

PATHS: dict[Way, tuple[Question, ...]] = {
    Way.PAPER: (NAME, POSTAL, CONTACTS, INCOMING, ATTEMPTED, HANDED_OVER, SAID, KINDS, SCAN),
    Way.VISIT: (NAME, CONTACTS, POSTAL, CAME, SAID, KINDS, SCAN),
    Way.PHONE: (NAME, CONTACTS, POSTAL, CAME, SAID, KINDS),
    Way.PORTAL: (NAME, CONTACTS, INCOMING, CAME, SAID, KINDS, SCAN),
    Way.ORDER: (
        Question("issuer", N_("Authority"), N_("Which authority is it from? Its name as the document gives it.")),
        Question("kinds", N_("Document"), N_("What is it?"), Asks.ORDER),
        Question("document_number", N_("Document №"), N_("The number of the document.")),
        Question("document_date", N_("Dated"), N_("The date of the document, for example 08.12.2026."), Asks.DAY),
        Question("came", N_("Received"), N_("When did it come? For example 08.12.2026 11:30."), Asks.MOMENT, now=True),
        Question("document_due", N_("Term"), N_("Which date does the document set? For example 28.12.2026."), Asks.DAY,
                 skip=N_("It sets none")),
        INCOMING,
        Question("contacts", N_("Where to answer"), N_("An e-mail address for the answer, where one is named."), Asks.CONTACTS,
                 skip=SKIP),
        POSTAL,
        SAID,
        SCAN,
    ),
    Way.INCIDENT: (
        Question("came", N_("Detected"), N_("When was it detected? To the minute: 24 and 72 hours count from it."),
                 Asks.MOMENT, exact=True, now=True),
        Question("words", N_("What happened"), N_("What happened? A few words; details are asked for later.")),
        Question("files", N_("Files"), N_("Send logs or pictures in reply to this message."), Asks.FILES, skip=N_("No files")),
    ),
    Way.PURPOSE: (
        Question("name", N_("Whose data"), N_("Whose data is it? A person, or a group such as “applicants of 2026”.")),
        Question("came", N_("Purpose reached"), N_("When was it reached? For example 08.12.2026."), Asks.MOMENT, now=True),
        Question("words", N_("Purpose"), N_("Which purpose was reached, and which data are concerned?")),
    ),
}  # fmt: skip
# What each way is called on a button, and what it demands by itself.
CALLED: dict[Way, str] = {
    Way.PAPER: N_("Paper letter"),
    Way.VISIT: N_("Visit"),
    Way.PHONE: N_("Phone call"),
    Way.PORTAL: N_("Portal or site"),
    Way.ORDER: N_("Document of an authority"),
    Way.INCIDENT: N_("Incident found"),
    Way.PURPOSE: N_("Purpose reached"),
}
BY_ITSELF: dict[Way, tuple[str, ...]] = {Way.INCIDENT: ("breach_report",), Way.PURPOSE: ("purpose_reached",)}
REVIEW = "review"
WHAT_CAME = N_("🆕 What came, and how?")


@dataclass
class Draft:
    """A ticket that is being put together: `step` is the question it stands at, "" before the way is chosen, REVIEW at the end.

    `turn` counts every change, so that a second tap is known for what it is. Moments are ISO in UTC, days ISO.
    """

    way: Way | None = None
    step: str = ""
    turn: int = 0
    answers: dict[str, Any] = field(default_factory=dict)
    files: list[StoredFile] = field(default_factory=list)

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Draft":
        """A draft as it was stored."""
        way = Way(stored["way"]) if stored["way"] else None
        return cls(way, stored["step"], stored["turn"], dict(stored["answers"]), list(stored["files"]))

    def stored(self) -> dict[str, Any]:
        """The draft as plain data."""
        way = self.way.value if self.way else ""
        return {"way": way, "step": self.step, "turn": self.turn, "answers": self.answers, "files": self.files}

    @property
    def path(self) -> tuple[Question, ...]:
        """The questions of the chosen way."""
        return PATHS[self.way] if self.way else ()

    @property
    def current(self) -> Question | None:
        """The question where the draft stands; None at the choice of the way and at the review."""
        return next((one for one in self.path if one.key == self.step), None)

    @property
    def place(self) -> tuple[int, int]:
        """The number of the current question, and how many there are."""
        return [one.key for one in self.path].index(self.step) + 1, len(self.path)

    def begin(self, way: Way) -> None:
        """Choose a way; answers that it shares with another one stay."""
        self.way, self.step = way, PATHS[way][0].key

    def on(self) -> None:
        """Go to the next question, or to the review."""
        keys = [*(one.key for one in self.path), REVIEW]
        self.step = keys[keys.index(self.step) + 1]

    def back(self) -> None:
        """Go one step back; from the first question to the choice of the way."""
        keys = [one.key for one in self.path]
        here = len(keys) if self.step == REVIEW else keys.index(self.step) if self.step in keys else 0
        self.step = keys[here - 1] if here else ""

    def skip(self) -> None:
        """Leave the current question out. Raises Refused where it is needed."""
        if self.current is None or not self.current.skip:
            raise Refused("This is needed: the ticket cannot be opened without it.")
        if self.current.asks != Asks.FILES:
            self.answers.pop(self.step, None)
        self.on()


def answered(desk: Desk, draft: Draft, said: str, now: datetime) -> None:
    """Take an answer to the current question and go on. Raises Refused, in a sentence, for one that cannot be."""
    question = draft.current
    if question is None:
        raise Refused("Choose with the buttons.")
    read = _READERS.get(question.asks)
    if read is None:
        raise Refused("Send a file, or go on with the button.")
    draft.answers[question.key] = read(desk, question, draft.answers, said, now)
    _in_order(desk, draft, question.key)
    draft.on()
    if draft.current is KINDS and not draft.answers.get("kinds"):
        draft.answers["kinds"] = recognised(desk, str(draft.answers.get("words", "")))


def recognised(desk: Desk, said: str) -> list[str]:
    """The kinds that words seem to demand; none where they tell nothing."""
    kinds = recognise("", said).kinds if said.strip() else ()
    known = desk.regime.kinds
    return [kind for kind in kinds if kind in known and kind in DEMANDS and kind != "question"]


def toggled(draft: Draft, kind: str) -> None:
    """Tick a kind, or take its tick away."""
    held = list(draft.answers.get("kinds", []))
    draft.answers["kinds"] = [one for one in held if one != kind] if kind in held else [*held, kind]


def kinds_done(draft: Draft) -> None:
    """Go on from the kinds. Raises Refused where none is ticked."""
    if not draft.answers.get("kinds"):
        raise Refused("Tick at least one: a letter that demands nothing clear is a question or a complaint.")
    draft.on()


def offered(desk: Desk) -> list[str]:
    """The kinds to choose from, in this operator's law."""
    return [kind for kind in DEMANDS if kind in desk.regime.kinds] or list(desk.regime.kinds)


def needed(desk: Desk, draft: Draft, now: datetime) -> None:
    """Raises Refused for a draft that cannot become a ticket: something is missing, or its moments contradict each other."""
    if draft.way is None:
        raise Refused("How did it come? Choose with the buttons.")
    for question in draft.path:
        if question.asks != Asks.FILES and not question.skip and not draft.answers.get(question.key):
            what = words_of("bot", desk.staff_language).gettext(question.name)
            raise Refused("“%(what)s” is missing.", what=what)
    for key in ("document_due", "handed_over", "document_date", "came"):
        if draft.answers.get(key):
            _in_order(desk, draft, key)
    for kind in kinds_of(draft):
        if kind not in desk.regime.kinds and draft.way in {Way.ORDER, *BY_ITSELF}:
            raise Refused("The law that this desk counts by has no rule for it.")
        if draft.way == Way.ORDER and clocks.rule_for(desk, kind, now).needs_document and not draft.answers.get("document_due"):
            raise Refused("This document sets the date itself: go back and enter its term.")


def kinds_of(draft: Draft) -> tuple[str, ...]:
    """The kinds that a draft demands."""
    by_itself = BY_ITSELF.get(draft.way, ()) if draft.way else ()
    return by_itself or tuple(draft.answers.get("kinds", ()))


# --- how answers are read


def _words(desk: Desk, question: Question, answers: Answers, said: str, now: datetime) -> str:
    longest = LONGEST_WORDS if question.key == "words" else LONGEST
    text = said.strip() if question.key == "words" else one_line(said).strip()
    if not text:
        raise Refused("Write it in words.")
    if len(text) > longest:
        raise Refused("This is too long: at most %(most)s characters.", most=longest)
    return text


def _moment(desk: Desk, question: Question, answers: Answers, said: str, now: datetime) -> str:
    return moments.came(desk, said, now, exact=question.exact).isoformat()


def _day(desk: Desk, question: Question, answers: Answers, said: str, now: datetime) -> str:
    read = moments.coming_day if question.key == "document_due" else moments.past_day
    return read(desk, said, now).isoformat()


def _kind_of_contact(said: str) -> str:
    """What a contact is by its form; empty for what is none."""
    if ADDRESS.fullmatch(said):
        return "email"
    if _TELEGRAM.fullmatch(said):
        return "telegram"
    return "phone" if folded_phone(said) else ""


def _contacts(desk: Desk, question: Question, answers: Answers, said: str, now: datetime) -> dict[str, str]:
    found: dict[str, str] = {}
    for piece in re.split(r"[,;\n]+", said):
        one = piece.strip().strip(".")
        if not one:
            continue
        kind = _kind_of_contact(one)
        if not kind:
            raise Refused("“%(contact)s” is no e-mail address, Telegram name or phone number.", contact=one[:60])
        if kind in found:
            raise Refused(
                "One of each kind, please: there are two of “%(first)s” and “%(second)s”.", first=found[kind], second=one
            )
        found[kind] = re.sub(r"^(?:tg|telegram):\s*", "", one, flags=re.IGNORECASE) if kind == "telegram" else one
    if not found:
        raise Refused("Write an e-mail address, a Telegram name or a phone number.")
    if found.get("email", "").casefold() in desk.addresses:
        raise Refused("This is an address of the desk itself: answers would come back here.")
    return found


def _kinds(desk: Desk, question: Question, answers: Answers, said: str, now: datetime) -> list[str]:
    keys = [one for one in re.split(r"[\s,;]+", said) if one in desk.regime.kinds]
    found = keys or recognised(desk, said)
    if not found:
        raise Refused("These words say no demand that I know: tick it with the buttons.")
    return found


def _order(desk: Desk, question: Question, answers: Answers, said: str, now: datetime) -> list[str]:
    if said not in ORDERS:
        raise Refused("Choose with the buttons.")
    return [said]


_READERS: dict[Asks, Callable[[Desk, Question, Answers, str, datetime], Any]] = {
    Asks.WORDS: _words,
    Asks.MOMENT: _moment,
    Asks.DAY: _day,
    Asks.CONTACTS: _contacts,
    Asks.KINDS: _kinds,
    Asks.ORDER: _order,
}


def _in_order(desk: Desk, draft: Draft, key: str) -> None:
    """Raises Refused where the moment just given contradicts one that was given before; the wrong one is forgotten."""
    zone, held = desk.operator.zone, draft.answers

    def local(name: str) -> datetime | None:
        return datetime.fromisoformat(held[name]).astimezone(zone) if held.get(name) else None

    def day(name: str) -> date | None:
        return date.fromisoformat(held[name]) if held.get(name) else None

    wrong: tuple[str, Sequence[Any]] | None = None
    attempted, handed, came = local("attempted"), local("handed_over"), local("came")
    dated, due = day("document_date"), day("document_due")
    if key == "handed_over" and attempted and handed and handed < attempted:
        wrong = (
            N_("It cannot have been handed over (%(later)s) before the first delivery attempt (%(first)s)."),
            (handed, attempted),
        )
    elif key == "attempted" and attempted and handed and handed < attempted:
        wrong = N_("The first delivery attempt (%(later)s) cannot come after the hand-over (%(first)s)."), (attempted, handed)
    elif key == "came" and dated and came and came.date() < dated:
        wrong = N_("It cannot have come (%(later)s) before the date it bears (%(first)s)."), (came, dated)
    elif key == "document_date" and dated and came and came.date() < dated:
        wrong = N_("The date of the document (%(later)s) is after it came (%(first)s)."), (dated, came)
    elif key == "document_due" and due and dated and due < dated:
        wrong = N_("The term (%(later)s) cannot end before the date of the document (%(first)s)."), (due, dated)
    if wrong is None:
        return
    words, (later, first) = wrong
    held.pop(key, None)
    raise Refused(words, later=_told(later), first=_told(first))


def _told(moment: date | datetime) -> str:
    return f"{moment:%d.%m.%Y %H:%M}" if isinstance(moment, datetime) else f"{moment:%d.%m.%Y}"
