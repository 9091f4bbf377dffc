"""The law as values: regimes, rules and their clocks. `regime_file` reads them from `regimes/*.toml`.

A rule is dated and versioned. A ticket stores the id and version it was opened with, so `Regime.rule_version` finds the
very rule again after the law has changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from desk.law.errors import LawError, UnknownKind
from desk.texts import Text

Unit = Literal["wd", "cd", "mo", "h", "immediately", "document"]
"""Working days, calendar days, months, hours, at once, or the date a document names."""

Basis = Literal["statute", "policy", "own"]
"""Who set the term: the law, the operator's published policy, or the desk itself."""

Roll = Literal["none", "civil", "disputed", "statute"]
"""What a day off at the end does: nothing; told only (certain, or disputed); or moves the due date itself."""

Start = Literal["receipt", "trigger", "proof", "detection"]
"""What the term runs from: the receipt, or the event that started the original matter."""

Sender = Literal["requester", "claimant", "authority", "anybody"]
"""Who sends requests of a kind: whose data it is about, who claims something, an authority, or anybody who has seen something."""
Proves = Literal["letter", "document", "confirmation", "fact"]
"""What proves a step: a letter that was sent or posted, a document, somebody else's word, or a record of who did it when."""

FINED: tuple[str, ...] = ("citizen", "official", "entrepreneur", "company")
"""Whom a fine may fall on, each with its own scale."""

NO_GROUND = Text(
    ru="Закон не называет оснований отказать в этом: ответьте (/reply).",
    en="The law names no ground to refuse this: answer it (/reply).",
)


STEPS = "steps"
"""The key of the clock that the steps without a term of their own have together, once nothing else of the demand is due."""


@dataclass(frozen=True)
class Extension:
    """How much longer a clock may run, how often, and who gets the reasoned notice ("requester", "authority")."""

    amount: int
    unit: Unit
    times: int
    notice_to: str
    cite: Text


@dataclass(frozen=True, eq=False)
class ClockSpec:
    """One term of a rule. `amount` is None for "immediately" and "document"; `cite` is the article in both languages.

    An `inner` one is kept and reminded of, but promised to nobody: it begins only with what the operator finds out, or is a
    target of the house.
    """

    key: str
    name: Text
    amount: int | None
    amount_if_unlawful: int | None
    unit: Unit
    cite: Text
    basis: Basis
    roll: Roll
    start: Start
    setting: str | None
    extension: Extension | None
    inner: bool = False

    @property
    def article(self) -> str:
        return self.cite["en"]

    @property
    def statutory(self) -> bool:
        return self.basis == "statute"

    @property
    def immediate(self) -> bool:
        return self.unit == "immediately"


OF_STEPS = ClockSpec(
    key=STEPS,
    name=Text("Довести до конца остальные шаги", "Finish the other steps"),
    amount=None,
    amount_if_unlawful=None,
    unit="wd",
    cite=Text("собственный срок по сроку требования", "own target, after the term of the demand"),
    basis="own",
    roll="none",
    start="receipt",
    setting=None,
    extension=None,
)
"""The clock of the steps without a term of their own; it has the dates of the demand's last term."""


@dataclass(frozen=True)
class Step:
    """Something to do; `clock` is the key of the clock this act stops, if it stops one.

    `name` is what buttons and the card call it, `told` the sentence by which a requester hears that it was done (None: an
    inner matter, or an act that is the answer itself); it is told once the steps `told_after` are proved too. `proof` says what
    proves it. An `optional` one holds no demand open; one that `follows` another is asked only where that other was done.
    """

    key: str
    text: Text
    clock: str | None
    name: Text
    told: Text | None
    proof: Proves
    optional: bool = False
    follows: str | None = None
    told_after: tuple[str, ...] = ()


@dataclass(frozen=True)
class Send:
    """Something to send, to whom ("requester", "authority"), and whether the law requires it."""

    key: str
    to: str
    text: Text
    required: bool


@dataclass(frozen=True)
class Ground:
    """A ground to refuse what is demanded, or to go on processing; a `named` one wants its own article in the reasons.

    `hint` is an example for staff; the requester is told `cite` and `text`.
    """

    id: str
    cite: Text
    text: Text
    named: bool = False
    hint: Text | None = None


@dataclass(frozen=True)
class Cost:
    """What missing a term costs.

    `fines` maps "citizen", "official", "entrepreneur", "company" to (from, to) roubles; an unknown scale is absent.
    `edition` is the date of the text the numbers were taken from.
    """

    id: str
    cite: Text
    text: Text
    edition: date
    fines: Mapping[str, tuple[int, int]]

    def brief(self, operator_kind: str, lang: str) -> str:
        """The fine in a few words: "up to 300 000 RUB, article, edition of …"; empty where none is known for that kind."""
        fine = self.fines.get(operator_kind)
        if fine is None:
            return ""
        top, edition = f"{fine[1]:,}".replace(",", "\N{NO-BREAK SPACE}"), f"{self.edition:%d.%m.%Y}"
        if lang == "ru":
            return f"до {top}\N{NO-BREAK SPACE}₽, {self.cite[lang]}, редакция от {edition}"
        return f"up to {top} RUB, {self.cite[lang]}, edition of {edition}"

    def sentence(self, operator_kind: str, lang: str) -> str:
        """Say the cost to an operator of that kind ("company", "entrepreneur"), with the edition date."""
        what, edition = f"{self.cite.said(lang)}: {self.text.said(lang)}", f"{self.edition:%d.%m.%Y}"
        fine = self.fines.get(operator_kind)
        if fine is None:
            return f"{what} ({'редакция от' if lang == 'ru' else 'edition of'} {edition})"
        top = f"{fine[1]:,}".replace(",", "\N{NO-BREAK SPACE}")
        if lang == "ru":
            return f"{what} — штраф до {top} ₽ (редакция от {edition})"
        return f"{what} — a fine of up to {top} RUB (edition of {edition})"


@dataclass(frozen=True)
class Repeat:
    """A repeated request may be refused within `days` calendar days of the first one."""

    days: int
    cite: Text


@dataclass(frozen=True, eq=False)
class Rule:
    """What the law wants for one kind of request, from `valid_from` to `valid_to` (both included; None: still valid)."""

    id: str
    version: int
    kind: str
    name: Text
    cite: Text
    valid_from: date
    valid_to: date | None
    source: Text
    link: str
    clocks: tuple[ClockSpec, ...]
    steps: tuple[Step, ...]
    send: tuple[Send, ...]
    refusal_grounds: tuple[Ground, ...]
    continuing_grounds: tuple[Ground, ...]
    cost: tuple[Cost, ...]
    repeat: Repeat | None
    follow_up: str | None
    counting_law: Mapping[str, Text]
    no_refusal: Text | None
    """Why nothing of this kind is refused; None where there are grounds."""
    sender: Sender = "requester"
    """Who sends requests of this kind; `from` in the data."""

    @property
    def grounds(self) -> tuple[Ground, ...]:
        """Every ground on which the demand need not be met: to refuse first, then to go on processing."""
        return self.refusal_grounds + self.continuing_grounds

    @property
    def article(self) -> str:
        return self.cite["en"]

    @property
    def extension(self) -> Extension | None:
        """The extension the rule allows, None when it allows none."""
        return next((clock.extension for clock in self.clocks if clock.extension), None)

    def fine(self, operator_kind: str, lang: str) -> str:
        """What missing it for the first time may cost (the first cost with a scale for that kind); empty: none is known."""
        return next((said for one in self.cost if (said := one.brief(operator_kind, lang))), "")

    def step(self, key: str) -> Step | None:
        """The step `key`, None when the rule has none of that name."""
        return next((step for step in self.steps if step.key == key), None)

    @property
    def needs_document(self) -> bool:
        """Whether the term is a date from the document, to be asked for at registration."""
        return any(clock.unit == "document" for clock in self.clocks)

    @property
    def needs_trigger(self) -> bool:
        """Whether a clock runs from the original trigger rather than from the receipt."""
        return any(clock.start == "trigger" for clock in self.clocks)

    def clock(self, key: str) -> ClockSpec:
        """Return the clock `key`, that of the steps without a term included. Raises `LawError` for any other name."""
        for clock in (*self.clocks, OF_STEPS):
            if clock.key == key:
                return clock
        raise LawError(f"The rule {self.id} has no clock {key!r}.", f"В правиле {self.id} нет срока {key!r}.")

    def valid_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class Regime:
    """All rules of one law, every version of each."""

    def __init__(self, name: str, title: Text, calendar: str, edition: date, rules: tuple[Rule, ...], papers: str = "") -> None:
        self.name = name
        self.title = title
        self.calendar = calendar
        """Name of the calendar the regime counts by, for `load_calendar`."""
        self.edition = edition
        self.rules = rules
        self.papers = papers
        """Language of the papers that the authority reads; "" where the law does not settle it."""
        self._by_kind: dict[str, list[Rule]] = {}
        for rule in rules:
            self._by_kind.setdefault(rule.kind, []).append(rule)
        self.kinds: tuple[str, ...] = tuple(self._by_kind)
        self._versions = {(rule.id, rule.version): rule for rule in rules}

    def __repr__(self) -> str:
        return f"Regime({self.name!r})"

    def rule(self, kind: str, on: date) -> Rule:
        """Return the rule for `kind` in force on the day `on` (day of receipt, operator's time zone).

        Raises `UnknownKind` when the regime does not know the kind, `LawError` when no version was in force that day.
        """
        known = self._by_kind.get(kind)
        if known is None:
            raise UnknownKind(kind, self.name, self.kinds)
        for rule in known:
            if rule.valid_on(on):
                return rule
        first = min(rule.valid_from for rule in known)
        raise LawError(
            f"No rule of {self.name} for {kind!r} was in force on {on}; the first one is valid from {first}.",
            f"В режиме {self.name} нет правила для {kind!r} на {on:%d.%m.%Y}; первое действует с {first:%d.%m.%Y}.",
        )

    def rule_version(self, rule_id: str, version: int) -> Rule:
        """Return exactly that version of a rule, in force or not. Raises `LawError` when there is none."""
        try:
            return self._versions[rule_id, version]
        except KeyError:
            raise LawError(
                f"The regime {self.name} has no version {version} of the rule {rule_id!r}.",
                f"В режиме {self.name} нет версии {version} правила {rule_id!r}.",
            ) from None
