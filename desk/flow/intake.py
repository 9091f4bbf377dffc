"""Intake: messages of requesters are read about, decided and written, many in one transaction.

What a message becomes stands in desk.flow.deciding, what that needs to know in desk.flow.reading.
"""

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from desk import history
from desk.context import Desk
from desk.flow import matching, quiet
from desk.flow.deciding import Becomes, decide
from desk.flow.effects import Act, Effect, Ready, ready, write
from desk.flow.reading import Messages, give_numbers, hold, look, read
from desk.flow.seen import Numbers, Seen
from desk.flow.turns import Asks, in_turns
from desk.ports import Incoming, Outcome
from models import Inbound
from models.store.connect import is_postgres, listening

# So many decisions are made in one breath: some ten milliseconds.
BREATH = 8


async def take(desk: Desk, incoming: Incoming, row: Inbound, now: datetime) -> Outcome:
    """Take one message of a requester, inside the transaction of its inbound row."""
    [outcome] = await take_together(desk, [(incoming, row)], now)
    return outcome


async def take_together(
    desk: Desk, messages: Iterable[tuple[Incoming, Inbound]], now: datetime, *, locking: bool = False
) -> list[Outcome]:
    """Take messages in their order, inside the transaction of their inbound rows; what each became.

    With `locking` nobody else writes from the first reading on: for handlers that write besides, and so lock before long anyway.
    Raises what deciding or writing any of them raises; the transaction must then be undone.
    """
    given = list(messages)
    raised = {one.inbound_id for one in await quiet.raised(row for _, row in given)}
    heard = [(quiet.heard(incoming) if row.id in raised else incoming, row) for incoming, row in given]
    waiting = [(matching.lawful(desk, incoming), row) for incoming, row in heard]
    outcomes: list[Outcome] = []
    numbers = Numbers()
    while len(outcomes) < len(waiting):
        outcomes += await _round(desk, waiting[len(outcomes) :], now, numbers, locking=locking)
    return outcomes


async def taken(incoming: Incoming, row: Inbound) -> Outcome:
    """`take`, for a handler that `handled` runs: what the others bring is taken with it."""
    outcome: Outcome = await Asks((incoming, row))
    return outcome


async def handled(desk: Desk, handlers: Sequence[Coroutine[Any, Any, Outcome]], now: datetime) -> list[Outcome]:
    """Run handlers of inbound rows of different conversations, in the transaction of all; what each row became."""
    return await in_turns(handlers, lambda asked: take_together(desk, asked, now, locking=True))


@dataclass(frozen=True)
class _Decided:
    """What the messages up to the first for which another room acts became, ready to be written."""

    outcomes: list[Outcome]
    steps: list[Ready | Act]
    last: Becomes


async def _round(desk: Desk, messages: Messages, now: datetime, numbers: Numbers, *, locking: bool) -> list[Outcome]:
    """Take messages up to the first for which another room acts: after that, what was read is no longer so."""
    if len(messages) > 1 and is_postgres() and not locking and not history.locked():
        decided = await _decided_before(desk, messages, now, numbers)
    else:
        decided = await _decided(desk, await read(desk, messages, now, numbers), messages, now)
    opened = await write(decided.steps)
    if decided.last.then is not None:
        last = [messages[len(decided.outcomes) - 1]]
        await write(ready(decided.last.then(await read(desk, last, now, numbers), opened)))
    return decided.outcomes


async def _decided_before(desk: Desk, messages: Messages, now: datetime, numbers: Numbers) -> _Decided:
    """Decide while other processes write, and only then be the only one who does.

    What was read is read once more then, and where it is no longer so, everything is decided by what is.
    """
    with listening() as before:
        seen = await look(desk, messages, now, numbers)
    held = seen.held
    await give_numbers(seen, desk, messages, now)
    kept = numbers.kept()
    decided = await _decided(desk, seen, messages, now)
    await hold(sorted(held))
    with listening() as after:
        seen = await look(desk, messages, now, numbers)
    if after == before:
        return decided
    numbers.left = kept
    await give_numbers(seen, desk, messages, now)
    return await _decided(desk, seen, messages, now)


async def _decided(desk: Desk, seen: Seen, messages: Messages, now: datetime) -> _Decided:
    outcomes: list[Outcome] = []
    effects: list[Effect] = []
    for count, (incoming, row) in enumerate(messages, 1):
        if count % BREATH == 0:  # others of this process have their turn: who reads the next letters, who answers a tap
            await asyncio.sleep(0)
        becomes = decide(desk, seen, incoming, row, now)
        outcomes.append(becomes.outcome)
        effects += becomes.effects
        if incoming.fingerprint:
            row.fingerprint = incoming.fingerprint
            seen.taken.setdefault((row.channel, incoming.fingerprint), becomes.outcome.ticket_id)
        if becomes.acts:
            break
        seen.learn(becomes.effects)
    return _Decided(outcomes, ready(effects), becomes)
