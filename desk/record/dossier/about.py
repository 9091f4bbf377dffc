"""What an entry of the history is about, in words: the demand and its step or term, the act, the processor, the letter.

An entry keeps keys and numbers only; what they stand for is looked up. What has no words is left out: `history.jsonl` has it all.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from desk.law.errors import LawError
from desk.law.rules import Rule
from desk.papers.words import day, spoken_in
from desk.record.dossier.matter import Matter
from desk.record.journal import result, way
from desk.ticket import clocks
from models import Destruction, History, Instruction


@dataclass(frozen=True)
class Names:
    """What numbers in the history stand for: places of destructions, names of processors."""

    places: Mapping[int, str]
    processors: Mapping[int, str]


async def names(matter: Matter) -> Names:
    """Read them once for all entries."""
    places = {one.id: one.place for one in await Destruction.filter(ticket_id__in=matter.numbers)}
    processors = {one.id: one.processor for one in await Instruction.filter(ticket_id__in=matter.numbers)}
    return Names(places, processors)


def about(matter: Matter, known: Names, entry: History) -> str:
    """The subject of an entry; empty where its action says all."""
    _, told = spoken_in(matter.language), entry.details
    parts = [
        _of_demand(matter, entry),
        *(_kind(matter, entry, kind) for kind in _listed(told, "kinds")),
        *(_term(matter, entry, kind, key) for kind, key in _listed(told, "terms")),
        known.places.get(told.get("destruction", 0), ""),
        *(known.processors.get(one, "") for one in [told.get("instruction", 0), *_listed(told, "instructions")]),
        ", ".join(str(one) for one in _listed(told, "systems")),
        *(f"{_('No.')} {told[key]}" for key in ("number", "into", "from") if _is_number(told.get(key))),
        _("outgoing No. %(number)s") % {"number": told["outgoing"]} if told.get("outgoing") else "",
        way(str(told["channel"]), matter.language) if told.get("channel") else "",
        str(told.get("tracking", "")),
    ]
    return "; ".join(dict.fromkeys(filter(None, parts)))


def _is_number(value: Any) -> bool:
    """Whether it is the number of a ticket or an act; dates and names of former values are not told here."""
    return isinstance(value, int) or (isinstance(value, str) and value.replace("-", "").isdecimal() and len(value) < 10)


def _listed(told: Mapping[str, Any], key: str) -> list[Any]:
    found = told.get(key)
    return list(found) if isinstance(found, list) else []


def _of_demand(matter: Matter, entry: History) -> str:
    """The demand of an entry, its step or term, how it ended or until when it was put."""
    told = entry.details
    kind, key = str(told.get("kind", "")), str(told.get("key", ""))
    rule = _rule(matter, entry, kind)
    if rule is None:
        return ""
    step, clock = rule.step(key), next((one for one in rule.clocks if one.key == key), None)
    what = step.name if step is not None and entry.action.startswith("step") else clock.name if clock is not None else None
    ended = result(str(told.get("how") or told.get("outcome") or ""), matter.language)
    name = rule.name.said(matter.language)
    return ": ".join(
        filter(None, (name, ", ".join(filter(None, (what.said(matter.language) if what else "", ended, _moved(told))))))
    )


def _term(matter: Matter, entry: History, kind: str, key: str) -> str:
    """One of the terms that a reminder was of."""
    rule = _rule(matter, entry, kind)
    clock = next((one for one in rule.clocks if one.key == key), None) if rule is not None else None
    return clock.name.said(matter.language) if clock is not None else ""


def _moved(told: Mapping[str, Any]) -> str:
    """From which day to which a term was moved."""
    with suppress(KeyError, TypeError, ValueError):
        return " → ".join(day(date.fromisoformat(told[key])) for key in ("from", "to"))
    return ""


def _kind(matter: Matter, entry: History, kind: Any) -> str:
    rule = _rule(matter, entry, str(kind))
    return rule.name.said(matter.language) if rule is not None else ""


def _rule(matter: Matter, entry: History, kind: str) -> Rule | None:
    try:
        return clocks.rule_for(matter.desk, kind, entry.at) if kind else None
    except LawError:
        return None
