"""The file of a regime: `regimes/*.toml` becomes values (`desk.law.rules`), and whatever is not as it should be is refused."""

import tomllib
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Any, cast, get_args

from desk.law.data import names, read_data
from desk.law.errors import BadLawData
from desk.law.rules import (
    FINED,
    NO_GROUND,
    STEPS,
    Basis,
    ClockSpec,
    Cost,
    Extension,
    Ground,
    Proves,
    Regime,
    Repeat,
    Roll,
    Rule,
    Send,
    Sender,
    Start,
    Step,
    Unit,
)
from desk.texts import Text

RULE_KEYS = frozenset(
    {"id", "version", "valid_from", "valid_to", "kinds", "from", "source", "link", "article", "name", "name_of"}
    | {"clock", "step", "send"}
    | {"refusal", "refusal_of", "continuing", "continuing_of", "no_refusal", "cost", "repeat", "follow_up"}
)
CLOCK_KEYS = frozenset(
    {"key", "name", "amount", "amount_if_unlawful", "unit", "article", "basis", "roll", "start", "setting", "extension"}
    | {"inner"}
)
STEP_KEYS = frozenset({"key", "name", "ru", "en", "clock", "told", "told_after", "proof", "optional", "follows"})
"""What may stand in the table of a rule, of a clock, and of a step."""


@cache
def load_regime(name: str) -> Regime:
    """Return the packaged regime `name` ("ru-152fz", "gdpr", "uk-gdpr"). Raises `BadLawData` when there is none."""
    return parse_regime(read_data("regimes", name))


@cache
def longest_of(setting: str) -> int:
    """The longest term, in its own unit, that a packaged regime gives a clock which this setting may shorten."""
    rules = [rule for name in names("regimes") for rule in load_regime(name).rules]
    return max((clock.amount or 0 for rule in rules for clock in rule.clocks if clock.setting == setting), default=0)


def parse_regime(text: str) -> Regime:
    """Read a regime in the form of `regimes/ru-152fz.toml`. Raises `BadLawData` naming the rule and what is wrong."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadLawData(f"The regime file is not valid TOML: {error}.") from error
    regime = _Reader(data).regime()
    _refuse_overlaps(regime)
    return regime


class _Reader:
    """Turns the tables of one file into values; `where` says which table is being read, for the error."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.where = f"the regime {data.get('name', 'without a name')}"

    def regime(self) -> Regime:
        try:
            self.sources = {row["id"]: row for row in self.data["source"]}
            self.grounds = {row["id"]: self._ground(row) for row in self.data.get("ground", [])}
            self.costs = {row["id"]: self._cost(row) for row in self.data.get("cost", [])}
            self.counting = {key: _text(value) for key, value in self.data["counting"].items()}
            rules = tuple(rule for row in self.data["rule"] for rule in self._rules(row))
            self.where = f"the regime {self.data['name']}"
            return Regime(
                str(self.data["name"]),
                _text(self.data["title"]),
                str(self.data["calendar"]),
                _date(self.data["edition"]),
                rules,
                str(self.data.get("papers", "")),
            )
        except KeyError as error:
            raise BadLawData(f"In {self.where}: {error.args[0]!r} is missing or names nothing known.") from error
        except (TypeError, ValueError, AttributeError) as error:
            raise BadLawData(f"In {self.where}: {error}.") from error

    def _ground(self, row: dict[str, Any]) -> Ground:
        self.where = f"the ground {row['id']}"
        hint = _text(row["hint"]) if "hint" in row else None
        return Ground(row["id"], _text(row["article"]), _text(row), bool(row.get("named", False)), hint)

    def _cost(self, row: dict[str, Any]) -> Cost:
        self.where = f"the cost {row['id']}"
        fines = {who: _span(row[who]) for who in FINED if who in row}
        return Cost(row["id"], _text(row["article"]), _text(row), _date(row["edition"]), fines)

    def _rules(self, row: dict[str, Any]) -> list[Rule]:
        """Read one table; a table for several kinds gives a rule each, told apart by the end of its id."""
        self.where = f"the rule {row.get('id', 'without an id')}"
        kinds = row["kinds"]
        return [self._rule(row, kind, row["id"] if len(kinds) == 1 else f"{row['id']}.{kind}") for kind in kinds]

    def _rule(self, row: dict[str, Any], kind: str, rule_id: str) -> Rule:
        source = self.sources[row["source"]]
        rule = Rule(
            id=rule_id,
            version=_count(row["version"]),
            kind=kind,
            name=_text(row.get("name_of", {}).get(kind, row["name"])),
            cite=_text(row["article"]),
            valid_from=_date(row["valid_from"]),
            valid_to=_date(row["valid_to"]) if "valid_to" in row else None,
            source=_text(source["title"]),
            link=str(row.get("link", source["link"])),
            clocks=tuple(self._clock(clock) for clock in row["clock"]),
            steps=tuple(self._step(step) for step in row.get("step", [])),
            send=tuple(Send(s["key"], s["to"], _text(s), bool(s["required"])) for s in row.get("send", [])),
            refusal_grounds=self._grounds(row, "refusal", kind),
            continuing_grounds=self._grounds(row, "continuing", kind),
            cost=tuple(self.costs[key] for key in row.get("cost", [])),
            repeat=Repeat(_count(row["repeat"]["days"]), _text(row["repeat"]["article"])) if "repeat" in row else None,
            follow_up=row.get("follow_up"),
            counting_law=self.counting,
            no_refusal=self._no_refusal(row, kind),
            sender=cast("Sender", _one_of(row.get("from", "requester"), get_args(Sender))),
        )
        if rule.valid_to is not None and rule.valid_to < rule.valid_from:
            raise ValueError(f"version {rule.version} ends on {rule.valid_to}, before it begins on {rule.valid_from}")
        _refuse_unknown(row, RULE_KEYS, f"version {rule.version}")
        keys = [clock.key for clock in rule.clocks]
        if len(set(keys)) != len(keys):
            raise ValueError("a clock key stands twice")
        for step in rule.steps:
            if step.clock is not None and step.clock not in keys:
                raise ValueError(f"the step {step.key} stops the clock {step.clock}, which the rule does not have")
        if len({step.key for step in rule.steps}) != len(rule.steps):
            raise ValueError("a step key stands twice")
        for step in rule.steps:
            if step.optional and step.clock is not None:
                raise ValueError(f"the step {step.key} stops a clock, so it is not optional")
            if strange := sorted({*step.told_after, *filter(None, [step.follows])} - {one.key for one in rule.steps}):
                raise ValueError(f"the step {step.key} waits for {', '.join(strange)}, which the rule does not have")
        if STEPS in keys:
            raise ValueError(f"the clock key {STEPS} is that of the steps without a term")
        return rule

    def _grounds(self, row: dict[str, Any], purpose: str, kind: str) -> tuple[Ground, ...]:
        """The grounds of a table for all its kinds, then those of this kind alone."""
        keys = [*row.get(purpose, []), *row.get(f"{purpose}_of", {}).get(kind, [])]
        if strangers := set(row.get(f"{purpose}_of", {})) - set(row["kinds"]):
            raise ValueError(f"{purpose}_of names {', '.join(sorted(strangers))}, which the rule is not about")
        return tuple(self.grounds[key] for key in keys)

    def _no_refusal(self, row: dict[str, Any], kind: str) -> Text | None:
        if self._grounds(row, "refusal", kind) or self._grounds(row, "continuing", kind):
            if "no_refusal" in row:
                raise ValueError("it has grounds to refuse or to go on, so no_refusal is out of place")
            return None
        return _text(row.get("no_refusal", NO_GROUND))

    def _step(self, row: dict[str, Any]) -> Step:
        if "name" not in row:
            raise ValueError(f"the step {row['key']} has no name")
        if "proof" not in row:
            raise ValueError(f"the step {row['key']} does not say what proves it: proof is one of {', '.join(get_args(Proves))}")
        _refuse_unknown(row, STEP_KEYS, f"the step {row['key']}")
        return Step(
            key=str(row["key"]),
            text=_text(row),
            clock=row.get("clock"),
            name=_text(row["name"]),
            told=_text(row["told"]) if "told" in row else None,
            proof=cast("Proves", _one_of(row["proof"], get_args(Proves))),
            optional=bool(row.get("optional", False)),
            follows=row.get("follows"),
            told_after=tuple(row.get("told_after", ())),
        )

    def _clock(self, row: dict[str, Any]) -> ClockSpec:
        unit = cast("Unit", _one_of(row["unit"], get_args(Unit)))
        _refuse_unknown(row, CLOCK_KEYS, f"the clock {row['key']}")
        timeless = unit in {"immediately", "document"}
        if timeless and "amount" in row:
            raise ValueError(f"the clock {row['key']} is {unit} and so has no amount")
        return ClockSpec(
            key=str(row["key"]),
            name=_text(row["name"]),
            amount=None if timeless else _count(row["amount"]),
            amount_if_unlawful=_count(row["amount_if_unlawful"]) if "amount_if_unlawful" in row else None,
            unit=unit,
            cite=_text(row["article"]),
            basis=cast("Basis", _one_of(row.get("basis", "statute"), get_args(Basis))),
            roll=cast("Roll", _one_of(row.get("roll", "none"), get_args(Roll))),
            start=cast("Start", _one_of(row.get("start", "receipt"), get_args(Start))),
            setting=row.get("setting"),
            extension=self._extension(row["extension"], unit) if "extension" in row else None,
            inner=bool(row.get("inner", False)),
        )

    def _extension(self, row: dict[str, Any], unit: Unit) -> Extension:
        if row["unit"] != unit:
            raise ValueError("an extension is counted in the unit of its clock")
        return Extension(_count(row["amount"]), unit, _count(row["times"]), str(row["notice_to"]), _text(row["article"]))


def _refuse_unknown(row: dict[str, Any], known: frozenset[str], what: str) -> None:
    """A misspelt key would be read over, and the law be counted without it."""
    if strange := sorted(set(row) - known):
        raise ValueError(f"{what} has {', '.join(strange)}, which is not asked for; known are {', '.join(sorted(known))}")


def _refuse_overlaps(regime: Regime) -> None:
    """Two versions in force on one day would make the answer depend on their order in the file."""
    for kind in regime.kinds:
        versions = sorted((r for r in regime.rules if r.kind == kind), key=lambda r: r.valid_from)
        for before, after in pairwise(versions):
            if before.valid_to is None or before.valid_to >= after.valid_from:
                raise BadLawData(
                    f"In the regime {regime.name}: two rules for {kind} are in force on {after.valid_from}; "
                    f"end version {before.version} with valid_to before version {after.version} begins."
                )
        if len({(r.id, r.version) for r in versions}) != len(versions):
            raise BadLawData(f"In the regime {regime.name}: a version of the rule for {kind} stands twice.")


def _text(value: dict[str, Any]) -> Text:
    ru, en = value["ru"], value["en"]
    if not (isinstance(ru, str) and isinstance(en, str) and ru.strip() and en.strip()):
        raise ValueError("a text is empty in one of its languages")
    return Text(ru, en)


def _date(value: object) -> date:
    if type(value) is not date:
        raise ValueError(f"{value!r} is not a date")
    return value


def _count(value: object) -> int:
    if type(value) is not int or value < 1:
        raise ValueError(f"{value!r} is not a whole number of at least 1")
    return value


def _span(value: list[int]) -> tuple[int, int]:
    low, high = value
    if not 0 <= low <= high:
        raise ValueError(f"{value!r} is not a span of roubles")
    return low, high


def _one_of(value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"{value!r} is not one of {', '.join(allowed)}")
    return value
