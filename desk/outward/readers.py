"""Readers: who reads an acknowledgement, and which terms that reader is promised.

One letter does not serve every reader: an authority gets what is fit for an authority, somebody who reports a leak is thanked
and promised nothing, and nobody is promised a term that begins only with what the operator finds out.
"""

from collections.abc import Iterable

from desk.law import Rule
from desk.law.rules import ClockSpec, Sender

# Of several demands in one letter the first of these says who writes.
ORDER: tuple[Sender, ...] = ("authority", "requester", "claimant", "anybody")


def reader_of(rules: Iterable[Rule]) -> Sender:
    """Who reads what is said of demands under these rules: "authority", "requester", "claimant" or "anybody"."""
    senders = {rule.sender for rule in rules}
    return next((one for one in ORDER if one in senders), "requester")


def promised(rule: Rule, clock: ClockSpec) -> bool:
    """Whether who asked is told of a term as one of theirs."""
    return not clock.inner and rule.sender != "anybody"


def of_law(rule: Rule) -> bool:
    """Whether more than the house sets a term of this rule: what it cites for its own targets says nothing to a reader."""
    return any(clock.basis != "own" for clock in rule.clocks)
