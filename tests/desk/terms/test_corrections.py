"""What staff correct twice, and what they extend after thinking better of it."""

from datetime import date, timedelta

import pytest

from desk.errors import Refused
from desk.outward import replies
from desk.terms import corrections, extension
from desk.ticket import clocks
from models import Clock, Demand, Outbox, OutboxState, Ticket
from tests.desk.people import Bench, letter


async def _access(bench: Bench) -> Ticket:
    await bench.arrives(letter(bench.now(), kinds=("access_request",), subject="Запрос"))
    return await Ticket.get()


async def test_a_correction_can_be_corrected_back(bench: Bench) -> None:
    ticket, boris = await _access(bench), await bench.boris()
    await corrections.change_kind(bench.desk, ticket, "access_request", "claim", boris, bench.now())
    bench.now.forward(days=1)
    await corrections.change_kind(bench.desk, ticket, "claim", "access_request", boris, bench.now())
    again = await Demand.get(kind="access_request")
    assert (again.closed_at, again.outcome, again.recognised_by) == (None, "", "staff")
    assert [(clock.demand_id, clock.due) for clock in await clocks.running(ticket)] == [(again.id, date(2026, 12, 24))]
    with pytest.raises(Refused, match="already"):
        await corrections.change_kind(bench.desk, ticket, None, "access_request", boris, bench.now())


async def test_an_extension_taken_back_can_be_decided_again(bench: Bench) -> None:
    await _access(bench)
    clock, boris = await Clock.get(), await bench.boris()
    row = await extension.extend(bench.desk, clock.id, boris, "Архив", bench.now())
    with pytest.raises(Refused, match="on its way"):
        await extension.extend(bench.desk, clock.id, boris, "Архив", bench.now())
    assert await replies.undo(bench.desk, row.id, boris, bench.now())
    await extension.extend(bench.desk, clock.id, boris, "Архив у подрядчика", bench.now())
    bench.now.forward(seconds=11)
    await bench.run()
    assert (await Clock.get()).due == date(2027, 1, 11)


async def test_a_parked_notice_is_dealt_with_before_another_is_written(bench: Bench) -> None:
    await _access(bench)
    clock, boris = await Clock.get(), await bench.boris()
    row = await extension.extend(bench.desk, clock.id, boris, "Архив", bench.now())
    await Outbox.filter(id=row.id).update(state=OutboxState.PARKED)
    with pytest.raises(Refused, match="could not be delivered"):
        await extension.extend(bench.desk, clock.id, boris, "Архив", bench.now())


async def test_an_earlier_paper_letter_keeps_the_extension(bench: Bench) -> None:
    ticket, boris = await _access(bench), await bench.boris()
    await extension.extend(bench.desk, (await Clock.get()).id, boris, "Архив", bench.now())
    bench.now.forward(seconds=11)
    await bench.run()
    earlier = ticket.received_at - timedelta(days=2)  # 08.12.2026 + 15 working days
    assert await corrections.register_paper(bench.desk, ticket, earlier, "Почтой", boris, bench.now())
    assert (await Clock.get()).due == date(2026, 12, 29)


async def test_an_extension_into_an_unknown_year_is_refused_in_words(bench: Bench) -> None:
    bench.now.forward(days=370)  # 15.12.2027: ten working days still end within the known years, fifteen do not
    await bench.arrives(letter(bench.now(), kinds=("access_request",), subject="Запрос"))
    clock = await Clock.get()
    with pytest.raises(Refused, match="2028"):
        await extension.extend(bench.desk, clock.id, await bench.boris(), "Архив", bench.now())
