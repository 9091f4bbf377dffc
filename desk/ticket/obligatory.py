"""Obligatory: which steps still hold a demand open; pure, from its rule, its clocks and what stands proved or set aside."""

from collections.abc import Iterable, Mapping

from desk.context import Desk
from desk.law import Rule
from desk.law.rules import Step as Spec
from models import Clock, Ending, Step

# What recorded that a clock was done: the proof of its step; the card alone, before steps had rows of their own.
STEP = "step"
CARD = "card"
BY_ITS_STEP = frozenset({STEP, CARD})


def standing(steps: Iterable[Step]) -> dict[str, Step]:
    """The rows that stand, by the key of their step."""
    return {row.key: row for row in steps if not row.void}


def asked(desk: Desk, spec: Spec) -> bool:
    """Whether a step is asked at all: nobody confirms for processors that the operator does not have."""
    return spec.proof != "confirmation" or spec.clock is not None or any(not one.publishes for one in desk.processors)


def by_its_step(clock: Clock) -> bool:
    """Whether a clock stopped because its step was proved."""
    return clock.ending == Ending.DONE and clock.stopped_why in BY_ITS_STEP


def elsewise(clock: Clock | None) -> bool:
    """Whether a clock stopped otherwise than by what its step demands, so that nothing of the step is left."""
    return clock is not None and clock.stopped_at is not None and clock.ending != Ending.DONE


def left(desk: Desk, rule: Rule, clocks: Iterable[Clock], steps: Iterable[Step]) -> list[Spec]:
    """The obligatory steps that are neither proved nor set aside, nor ended otherwise, in the order of the rule."""
    held, rows = {clock.key: clock for clock in clocks}, standing(steps)
    settled = {spec.key: _settled(spec, held, rows) for spec in rule.steps}
    return [
        spec
        for spec in rule.steps
        if not (spec.optional or settled[spec.key]) and asked(desk, spec) and not not_asked(spec, rule, held, rows)
    ]


def _settled(spec: Spec, held: Mapping[str, Clock], rows: Mapping[str, Step]) -> bool:
    clock = held.get(spec.clock or "")
    return spec.key in rows or elsewise(clock) or (clock is not None and clock.stopped_why == CARD)


def not_asked(spec: Spec, rule: Rule, held: Mapping[str, Clock], rows: Mapping[str, Step]) -> bool:
    """Whether what a step follows from was itself not done: set aside, or ended otherwise."""
    before = rule.step(spec.follows) if spec.follows is not None else None
    if before is None:
        return False
    row = rows.get(before.key)
    return row.aside if row is not None else elsewise(held.get(before.clock or ""))
