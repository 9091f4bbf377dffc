"""Two who act on one demand at the same moment: one after the other, whichever comes first, and nothing half."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any

import pytest

from desk.errors import Refused
from desk.flow import intake
from desk.matter import merging
from desk.ports import Sender
from desk.terms import corrections, extension, refusal
from desk.ticket import clocks, endings, legs, tickets
from models import Clock, Demand, Inbound, InboundState, Outbox, Step, Ticket, TicketStatus
from models.store.connect import is_postgres, transaction
from tests.desk.people import Bench, letter

Act = Callable[[], Awaitable[object]]


async def _at_once(first: Act, second: Act) -> list[str]:
    """Both in transactions of their own; the second begins while the first has done its part but not committed."""
    done, refused = asyncio.Event(), []

    async def one() -> None:
        async with transaction():
            await first()
            done.set()
            if is_postgres():
                await asyncio.sleep(0.3)

    async def other() -> None:
        await done.wait()
        try:
            async with transaction():
                await second()
        except Refused as error:
            refused.append(error.sentence)

    await asyncio.gather(one(), other())
    return refused


async def _whole() -> None:
    """What has to hold of every demand, clock, step and ticket."""
    for demand in await Demand.all().prefetch_related("clocks", "steps", "ticket"):
        running = [clock for clock in demand.clocks if clock.stopped_at is None]
        assert bool(running) == (demand.closed_at is None), (demand.kind, demand.outcome)
        assert not running or demand.ticket.status == TicketStatus.OPEN
        assert all((clock.next_at is None) == (clock.stopped_at is not None) for clock in demand.clocks)
        if demand.outcome in endings.DECIDED:
            assert not demand.steps
    for ticket in await Ticket.all():
        assert ticket.due_at == min((clock.due_at for clock in await clocks.running(ticket)), default=None)


async def _asked(bench: Bench, number: int = 1, sender: str = "anna@example.org") -> tuple[Ticket, Demand, Clock]:
    row = await bench.arrives(
        letter(bench.now(), kinds=("access_request",), number=number, subject=f"{number}", sender=Sender("email", sender))
    )
    demand = await Demand.get(ticket_id=row.ticket_id)
    return await Ticket.get(id=row.ticket_id), demand, await Clock.get(demand_id=demand.id)


def _turned(one: Act, other: Act, turned: bool) -> tuple[Act, Act]:
    return (other, one) if turned else (one, other)


@pytest.mark.parametrize("turned", [False, True])
async def test_a_tick_and_a_refusal_that_was_just_sent(bench: Bench, turned: bool) -> None:
    _ticket, demand, clock = await _asked(bench)
    boris = await bench.boris()
    row = await refusal.refuse(bench.desk, demand.id, "no-data", boris, "Проверили.", bench.now())

    async def tick() -> object:
        return await bench.stops(clock)

    async def sent() -> object:
        return await refusal.sent(bench.desk, await Outbox.get(id=row.id), bench.now())

    await _at_once(*_turned(tick, sent, turned))
    assert (await Demand.get()).outcome == ("refused" if turned else "done")
    assert await Step.all().count() == (0 if turned else 1)
    await _whole()


@pytest.mark.parametrize("turned", [False, True])
async def test_a_tick_and_a_notice_of_extension_that_was_just_sent(bench: Bench, turned: bool) -> None:
    _ticket, _demand, clock = await _asked(bench)
    boris = await bench.boris()
    row = await extension.extend(bench.desk, clock.id, boris, "Архив", bench.now())

    async def tick() -> object:
        return await bench.stops(clock)

    async def sent() -> object:
        return await extension.sent(bench.desk, await Outbox.get(id=row.id), bench.now())

    await _at_once(*_turned(tick, sent, turned))
    assert (await Clock.get()).stopped_at is not None
    await _whole()


@pytest.mark.parametrize("turned", [False, True])
async def test_a_tick_and_an_earlier_paper_letter(bench: Bench, turned: bool) -> None:
    ticket, _demand, clock = await _asked(bench)
    boris = await bench.boris()

    async def tick() -> object:
        return await bench.stops(clock)

    async def paper() -> object:
        earlier = ticket.received_at - timedelta(days=3)
        return await corrections.register_paper(bench.desk, await Ticket.get(), earlier, "Почтой", boris, bench.now())

    assert not await _at_once(*_turned(tick, paper, turned))
    await _whole()


@pytest.mark.parametrize("turned", [False, True])
async def test_a_merge_and_a_tick(bench: Bench, turned: bool) -> None:
    ticket, _demand, clock = await _asked(bench)
    into, _, _ = await _asked(bench, 2, "clara@example.org")
    boris = await bench.boris()

    async def tick() -> object:
        return await bench.stops(clock)

    async def merge() -> object:
        return await merging.merge(bench.desk, await Ticket.get(id=ticket.id), into.id, boris, bench.now())

    await _at_once(*_turned(tick, merge, turned))
    assert (await legs.head(await Ticket.get(id=ticket.id))).id == into.id
    await _whole()


@pytest.mark.parametrize("turned", [False, True])
async def test_a_closing_and_a_letter_that_demands_more(bench: Bench, turned: bool) -> None:
    ticket, _demand, _clock = await _asked(bench)
    boris = await bench.boris()
    row = await Inbound.create(
        channel="mail",
        source="here",
        position=99,
        conversation="mail:anna@example.org",
        received_at=bench.now(),
        stored_at=bench.now(),
        next_try_at=bench.now(),
        size=0,
        sealed=b"",
        state=InboundState.DONE,
    )
    incoming = letter(bench.now(), kinds=("claim",), number=9, ticket_id=ticket.id)
    held = await Ticket.get()

    async def close() -> object:
        return await tickets.close(bench.desk, held, boris, bench.now(), reason="Ошибка")

    async def comes() -> object:
        return await intake.take(bench.desk, incoming, row, bench.now())

    await _at_once(*_turned(close, comes, turned))
    await _whole()
    if not turned:
        assert (await Ticket.get()).status == TicketStatus.OPEN
        assert (await Demand.get(kind="claim")).closed_at is None


async def test_a_letter_that_read_the_ticket_before_it_was_closed_opens_it_again(bench: Bench) -> None:
    ticket, _demand, _clock = await _asked(bench)
    boris, read = await bench.boris(), await Ticket.get(id=ticket.id)
    await tickets.close(bench.desk, ticket, boris, bench.now(), reason="Ошибка")
    await tickets.add_demands(bench.desk, read, ["claim"], bench.now(), "machine", bench.now())
    assert (await Ticket.get()).status == TicketStatus.OPEN
    await _whole()


@pytest.mark.parametrize("turned", [False, True])
async def test_a_refusal_taken_back_and_a_closing(bench: Bench, turned: bool) -> None:
    _ticket, demand, _clock = await _asked(bench)
    boris = await bench.boris()
    await refusal.refuse(bench.desk, demand.id, "no-data", boris, "Проверили.", bench.now())
    bench.now.forward(minutes=1)
    await bench.run()
    held = await Ticket.get()

    def back() -> Coroutine[Any, Any, object]:
        return refusal.take_back(bench.desk, demand.id, "staff:2", bench.now())

    def close() -> Coroutine[Any, Any, object]:
        return tickets.close(bench.desk, held, boris, bench.now())

    refused = await _at_once(*_turned(back, close, turned))
    assert bool(refused) != turned
    assert (await Ticket.get()).status == TicketStatus.OPEN
    await _whole()
