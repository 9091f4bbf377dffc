"""Examples: what people said that letters demand, for learning the operator's own wording (desk.recognising.learning).

They are not kept anywhere: each time they are read from what the tickets hold, so they live exactly as long as that does. A
ticket that lost its data gives none, and neither does anybody whose data are blocked or were destroyed by an act, whatever is
still kept as proof. What was merged is left out: who said what of which letter is not told apart there.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from desk.recognising.depersonalised import depersonalised
from desk.recognising.judging import PLAIN
from desk.recognising.learning import Example
from desk.ticket import blocks, candidates, endings
from models import Action, Demand, Destruction, DestructionState, Direction, History, Message, RecognisedBy, Ticket, TicketStatus
from models.store.query import column

MOST: Final = 1_000
"""Tickets that are looked at, the newest."""
SAID: Final = (
    Action.KIND_CHANGED,
    Action.CANDIDATES_CONFIRMED,
    Action.NONE_OF_CANDIDATES,
    Action.DEMANDS_CONFIRMED,
    Action.DEMANDS_TAKEN_BACK,
)
"""What staff or the requester said of how a letter was read."""
_PARTS: Final = 200  # numbers that one statement names


async def examples() -> list[Example]:
    """The examples that the database holds now, the oldest first, without what points to a person."""
    corrected = set(await column(History.filter(action__in=SAID), "ticket_id"))
    away = await _away()
    legs = set(await column(Ticket.filter(merged_into__isnull=False), "merged_into"))
    found = Ticket.filter(erased_at__isnull=True, merged_into__isnull=True).order_by("-id").limit(MOST)
    looked_at = [one for one in await found.select_related("requester") if one.requester_id not in away and one.id not in legs]
    told: list[Example] = []
    for begin in range(0, len(looked_at), _PARTS):
        told += await _of(looked_at[begin : begin + _PARTS], corrected)
    return told[::-1]


async def _away() -> set[int]:
    """The people from whose letters nothing is learnt: their data are blocked, or were destroyed."""
    destroyed = await column(Destruction.filter(state=DestructionState.RECORDED), "ticket_id")
    return set(await column(Ticket.filter(id__in=[*destroyed, *await blocks.tickets()]), "requester_id"))


async def _of(some: Sequence[Ticket], corrected: Collection[int]) -> list[Example]:
    numbers = [one.id for one in some]
    demands: dict[int, list[Demand]] = defaultdict(list)
    for demand in await Demand.filter(ticket_id__in=numbers).order_by("id"):
        demands[demand.ticket_id].append(demand)
    messages: dict[int, list[Message]] = defaultdict(list)
    wrote = Message.filter(ticket_id__in=numbers, direction=Direction.IN, author="requester")
    for message in await wrote.order_by("at", "version", "id"):
        messages[message.ticket_id].append(message)
    return [
        example
        for ticket in some
        for example in _of_ticket(ticket, demands[ticket.id], messages[ticket.id], said=ticket.id in corrected)
    ]


def _of_ticket(ticket: Ticket, demands: Sequence[Demand], messages: Sequence[Message], *, said: bool) -> Iterator[Example]:
    """An example for each message from whose receipt demands of the ticket count; what people let stand once it is closed."""
    by_machine = all(one.recognised_by == RecognisedBy.MACHINE for one in demands)
    if not said and (ticket.status != TicketStatus.CLOSED or not by_machine):
        return
    names = [ticket.named, ticket.requester.name, *(ticket.represented or {}).values()]
    for at in sorted({one.received_at for one in demands}, reverse=True):
        of_it = [one for one in demands if one.received_at == at]
        message = next((one for one in reversed(messages) if one.at == at and (one.new_text or one.text).strip()), None)
        # What is still to be sorted is not said yet.
        if message is None or any(candidates.to_sort(one) for one in of_it):
            continue
        demanded = frozenset(one.kind for one in of_it if one.outcome not in endings.MISREAD) - PLAIN
        yield Example(
            subject=depersonalised(message.subject, names),
            text=depersonalised(message.new_text or message.text, names),
            language=ticket.language,
            demanded=demanded,
            person=ticket.requester_id,
            corrected=said,
            sender=ticket.answer_to or None,
        )


def as_lines(told: Sequence[Example]) -> str:
    """Examples as the training of the net reads letters (desk/recognising/training): which sentence demands is not known."""
    return "".join(json.dumps(_line(one), ensure_ascii=False) + "\n" for one in told)


def _line(one: Example) -> dict[str, object]:
    kinds = sorted(one.demanded)
    sentence = [one.text, kinds] if kinds else [one.text]
    subject = {"subject": one.subject} if one.subject else {}
    return {"lang": one.language, **subject, "sentences": [sentence], "either": [kinds]}
