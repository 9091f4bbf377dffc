"""Deeds for JSON: what processors were told and have confirmed, what was blocked until when, what was destroyed by which act."""

from collections.abc import Callable, Sequence
from datetime import datetime

from desk.context import Desk
from desk.ticket import blocks
from desk.views import shapes
from models import Demand, Destruction, Instruction

Local = Callable[[datetime | None], str | None]


async def processors(desk: Desk, numbers: Sequence[int], local: Local) -> list[shapes.Instruction]:
    """The instructions of the legs of a matter, the oldest first; instants as `local` writes them."""
    return [
        {
            "processor": one.processor,
            "email": one.email,
            "reference": desk.signer.instruction_tag(one.id),
            "asks": one.asks,
            "covers": [{"kind": kind, "step": key} for kind, key in one.covers],
            "state": one.state.value,
            "told_at": local(one.told_at),
            "way": one.way or ("mail" if one.told_at else ""),
            "number": one.number,
            "dated": one.dated.isoformat() if one.dated else None,
            "due": one.due.isoformat() if one.due else None,
            "reminded": one.reminded,
            "answered_at": local(one.answered_at),
            "answer": one.answer,
            "decided_at": local(one.decided_at),
            "decided_by": one.decided_by,
            "note": one.note,
        }
        for one in await Instruction.filter(ticket_id__in=list(numbers)).order_by("id")
    ]


async def blockings(numbers: Sequence[int], local: Local) -> list[shapes.Blocking]:
    """The blockings of the legs of a matter, the oldest first; one that was not begun has the reason in `words`."""
    kinds = dict(await Demand.filter(blockings__ticket_id__in=list(numbers)).values_list("id", "kind"))
    return [
        {
            "demand": kinds.get(one.demand_id) if one.demand_id is not None else None,
            "systems": one.systems,
            "categories": one.categories,
            "words": one.words,
            "started_at": local(one.started_at),
            "started_by": one.started_by,
            "noted_at": local(one.noted_at),
            "ended_at": local(one.ended_at),
            "ended_by": one.ended_by,
            "result": one.result.value,
        }
        for one in await blocks.among(numbers)
    ]


async def destructions(numbers: Sequence[int], local: Local) -> list[shapes.Destruction]:
    """The records of destructions of the legs of a matter, the oldest first."""
    return [
        {
            "number": one.number,
            "state": one.state.value,
            "place": one.place,
            "paper": one.paper,
            "processor": one.processor,
            "categories": one.categories,
            "people": [{"name": name, "position": position} for name, position in one.people],
            "method": one.method,
            "reason": one.reason,
            "medium": one.medium,
            "sheets": one.sheets,
            "destroyed_on": one.destroyed_on.isoformat() if one.destroyed_on else None,
            "keep_until": one.keep_until.isoformat() if one.keep_until else None,
            "act": one.act_sha256,
            "extract": {"name": one.extract_name, "sha256": one.extract_sha256, "shows": one.extract_seen}
            if one.extract
            else None,
            "signed": {"name": one.signed_name, "sha256": one.signed_sha256, "at": local(one.signed_at)} if one.signed else None,
        }
        for one in await Destruction.filter(ticket_id__in=list(numbers)).order_by("id")
    ]
