"""Checks the law's data for `rightsdesk rules check`: every rule stands on an article and a date, and its cases hold.

A case is a table a lawyer can read: words, what came in, and the dates to come out (or the words of the refusal).
Cases are counted in the time zone of their file, with a working day from 09:00 to 18:00.
"""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from desk.law.calendar import DAY, load_calendar
from desk.law.counting import count
from desk.law.data import names, read_data
from desk.law.dates import ClockDates, Counting
from desk.law.errors import BadLawData, LawError
from desk.law.instants import parse_instant
from desk.law.regime_file import load_regime
from desk.law.rules import Regime, Rule

STEP_NAME = 34
"""So many characters the name of a step has at most: it stands on a button."""

SHOWN: dict[str, Callable[[ClockDates], object]] = {
    "due": lambda dates: dates.due,
    "due_at": lambda dates: dates.due_at.isoformat(),
    "roll193": lambda dates: dates.roll193,
    "safe": lambda dates: dates.safe,
    "safe_at": lambda dates: dates.safe_at.isoformat(),
    "target": lambda dates: dates.target,
}
"""The dates a case may expect, each as it is written in the case file."""

INSTANTS = frozenset({"due_at", "safe_at"})
FORMS: dict[str, type] = {
    "words": str,
    "kind": str,
    "received_at": str,
    "zone": str,
    "extended": bool,
    "unlawful": bool,
    "document_due": date,
    "trigger_at": str,
    "claim_days": int,
    "expect": dict,
    "refused": str,
}
"""What may stand in a case, and how it is written."""

EXPECTED: dict[type, str] = {
    str: 'text in quotes, an instant such as "2026-12-21T10:00"',
    bool: "true or false, without quotes",
    int: "a whole number",
    date: "a date without quotes, such as 2026-12-21",
    dict: "dates in braces, such as { due = 2026-12-21 }",
}


@dataclass(frozen=True)
class Case:
    """One worked example. `expect` maps clock key to the dates it must have; `refused` is a part of the refusal."""

    regime: str
    words: str
    kind: str
    received_at: str
    zone: ZoneInfo
    extended: bool
    unlawful: bool
    document_due: date | None
    trigger_at: str | None
    claim_days: int
    expect: dict[str, dict[str, object]]
    refused: str | None


def load_cases(name: str) -> tuple[Case, ...]:
    """Return the packaged cases of the regime `name`. Raises `BadLawData` when the file is wrong."""
    return parse_cases(read_data("cases", name))


def parse_cases(text: str) -> tuple[Case, ...]:
    """Read cases in the form of `cases/ru-152fz.toml`. Raises `BadLawData` naming the case that is wrong."""
    try:
        data = tomllib.loads(text)
        return tuple(_case(data, row) for row in data["case"])
    except tomllib.TOMLDecodeError as error:
        raise BadLawData(f"The case file is not valid TOML: {error}.") from error
    except KeyError as error:
        raise BadLawData(f"A case, or the head of its file, has no {error.args[0]}.") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise BadLawData(f"The case file is wrong: {error}.") from error


def check_rules() -> list[str]:
    """Return what is wrong with the packaged regimes and cases, a sentence each; empty when all is well."""
    findings: list[str] = []
    for name in names("regimes"):
        try:
            regime = load_regime(name)
            cases = load_cases(name)
        except LawError as error:
            findings.append(str(error))
            continue
        findings += check_regime(regime, cases)
    return findings


def check_regime(regime: Regime, cases: tuple[Case, ...]) -> list[str]:
    """Return what is wrong with one regime, given its cases."""
    findings = [finding for rule in regime.rules for finding in _rule_findings(rule, cases, regime)]
    findings += [f"{regime.name}, case “{c.words}”: {wrong}" for c in cases for wrong in run_case(regime, c)]
    findings += [finding for kind in regime.kinds for finding in _gaps(regime, kind)]
    findings += [
        f"{regime.name}, case “{c.words}”: its file says that it is about {c.regime}." for c in cases if c.regime != regime.name
    ]
    known = set(regime.kinds)
    findings += [
        f"{regime.name}: {rule.id} is followed up by {rule.follow_up}, which the regime does not have."
        for rule in regime.rules
        if rule.follow_up is not None and rule.follow_up not in known
    ]
    return findings


def run_case(regime: Regime, case: Case) -> list[str]:
    """Count a case and return where the answer differs from what it expects."""
    try:
        dates = count_case(regime, case)
    except LawError as error:
        if case.refused is not None and case.refused in str(error):
            return []
        return [f"it was refused: {error}"]
    if case.refused is not None:
        return [f"it was counted, though a refusal with “{case.refused}” is expected"]
    found = {d.key: d for d in dates}
    if set(found) != set(case.expect):
        return [f"its clocks are {', '.join(found)}, expected are {', '.join(case.expect)}"]
    return [
        f"{key}.{name} is {SHOWN[name](found[key])}, expected {wanted}"
        for key, expected in case.expect.items()
        for name, wanted in expected.items()
        if SHOWN[name](found[key]) != wanted
    ]


def count_case(regime: Regime, case: Case) -> tuple[ClockDates, ...]:
    """Count the request a case describes; raises what `count` raises."""
    counting = Counting(zone=case.zone, calendar=load_calendar(regime.calendar), claim_days=case.claim_days)
    received = parse_instant(case.received_at, case.zone)
    return count(
        case_rule(regime, case),
        received,
        counting,
        extended=case.extended,
        unlawful=case.unlawful,
        document_due=case.document_due,
        trigger_at=parse_instant(case.trigger_at, case.zone) if case.trigger_at else None,
    ).all()


def case_rule(regime: Regime, case: Case) -> Rule:
    """Return the rule a case is about: the one in force on its day of receipt."""
    received = parse_instant(case.received_at, case.zone).astimezone(case.zone)
    return regime.rule(case.kind, received.date())


def _gaps(regime: Regime, kind: str) -> Iterator[str]:
    """Days between two versions of a rule on which none is in force: a request of such a day could not be counted."""
    versions = sorted((rule for rule in regime.rules if rule.kind == kind), key=lambda rule: rule.valid_from)
    for before, after in pairwise(versions):
        if before.valid_to is not None and before.valid_to + DAY < after.valid_from:
            first, last = before.valid_to + DAY, after.valid_from - DAY
            yield f"{regime.name}: no rule for {kind} is in force from {first} to {last}, between two versions of it."


def _covers(case: Case, rule: Rule, regime: Regime) -> bool:
    """Tell whether a case counts by exactly this version of the rule; a refusal proves nothing about its dates."""
    try:
        return case.refused is None and case_rule(regime, case) is rule
    except LawError:
        return False


def _rule_findings(rule: Rule, cases: tuple[Case, ...], regime: Regime) -> Iterator[str]:
    """Article, date and version are refused by the reader already; what it cannot see is looked at here."""
    where = f"{regime.name}: the rule {rule.id} version {rule.version}"
    if not any(_covers(case, rule, regime) for case in cases):
        yield f"{where} has no case: add one to cases/{regime.name}.toml."
    if not rule.clocks:
        yield f"{where} has no clock."
    if not rule.link.startswith(("http://", "https://")):
        yield f"{where} has no link to its text."
    stopped = [step.clock for step in rule.steps]
    for spec in rule.clocks:
        if spec.key not in stopped:
            yield f"{where}: no step stops the clock {spec.key}."
        if stopped.count(spec.key) > 1:
            yield f"{where}: several steps stop the clock {spec.key}; a clock stops by one act."
    for step in rule.steps:
        for language, name in step.name.items():
            if len(name) > STEP_NAME:
                yield f"{where}: the name of the step {step.key} ({language}) has more than {STEP_NAME} characters."


def _case(data: dict[str, Any], row: dict[str, Any]) -> Case:
    words = str(row["words"])
    expect = row.get("expect", {})
    if ("refused" in row) == bool(expect):
        raise BadLawData(f"The case “{words}” must have either expected dates or the words of a refusal.")
    for key, dates in expect.items():
        unknown = set(dates) - set(SHOWN)
        if unknown or "due" not in dates:
            raise BadLawData(f"The case “{words}”, clock {key}: give due, and of the rest only {', '.join(SHOWN)}.")
        for name, value in dates.items():
            _refuse_other_form(words, f"{key}.{name}", value, str if name in INSTANTS else date)
    for name, value in row.items():
        if name not in FORMS:
            raise BadLawData(f"The case “{words}” has {name}, which is not asked for; known are {', '.join(FORMS)}.")
        _refuse_other_form(words, name, value, FORMS[name])
    return Case(
        regime=str(data["regime"]),
        words=words,
        kind=str(row["kind"]),
        received_at=str(row["received_at"]),
        zone=_zone(row.get("zone", data["zone"])),
        extended=bool(row.get("extended", False)),
        unlawful=bool(row.get("unlawful", False)),
        document_due=row.get("document_due"),
        trigger_at=row.get("trigger_at"),
        claim_days=int(row.get("claim_days", 30)),
        expect=expect,
        refused=row.get("refused"),
    )


def _refuse_other_form(words: str, name: str, value: object, form: type) -> None:
    """A date in quotes would never equal the date that is counted, and the difference could not be seen."""
    if type(value) is not form and not (name == "received_at" and isinstance(value, date)):
        raise BadLawData(f"The case “{words}”: {name} is {value!r}, expected {EXPECTED[form]}.")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:
        raise BadLawData(f"The case file names the time zone {name!r}, which does not exist.") from None
