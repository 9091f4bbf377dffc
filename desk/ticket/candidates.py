"""Candidates: what a ticket may demand besides, and whether that is still to be sorted (desk.terms.triage sorts it)."""

from collections.abc import Collection

from desk.recognising.judging import PLAIN
from models import Demand, RecognisedBy, Ticket


def asked(ticket: Ticket, demands: Collection[Demand]) -> tuple[str, ...]:
    """The kinds that the requester is asked about, in the order of their digits: none where something is sure."""
    return tuple(ticket.candidates or ()) if any(to_sort(one) for one in demands) else ()


def left(ticket: Ticket, held: Collection[str]) -> tuple[str, ...]:
    """The kinds that staff may still say are demanded."""
    return tuple(kind for kind in ticket.candidates or () if kind not in held)


def to_sort(demand: Demand) -> bool:
    """Whether a demand stands for what is not sorted yet: a plain kind that only the machine read."""
    return demand.kind in PLAIN and demand.recognised_by == RecognisedBy.MACHINE and demand.closed_at is None
