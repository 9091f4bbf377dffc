"""A date that cannot be told yet - a calendar is missing - stops no other, is named with its reason, and is counted later."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from desk.law import Calendar, CalendarYear
from desk.reminders.sweep import recount
from desk.terms import steps
from desk.ticket import clocks
from desk.views import cards, listing
from models import Clock, Demand, Outbox, Ticket
from tests.desk.people import Bench, letter


async def _late_in_the_last_known_year(bench: Bench, kind: str, day: int = 30) -> Ticket:
    bench.now.at = datetime(2027, 12, day, 9, tzinfo=UTC)
    await bench.arrives(letter(bench.now(), kinds=(kind,), subject="Запрос"))
    return await Ticket.get()


def _calendar_comes(bench: Bench, year: int) -> None:
    """The decree for the next year is there."""
    calendar = bench.desk.counting.calendar
    off = frozenset(date(year, 1, day) for day in range(1, 9))
    known = CalendarYear(year, "decree", "decree", "none", off, frozenset(), frozenset())
    more = Calendar(calendar.name, [known])
    object.__setattr__(bench.desk, "counting", replace(bench.desk.counting, calendar=calendar.with_years(more)))


@pytest.mark.parametrize(
    ("kind", "day", "known", "untold"),
    [
        ("rectification", 28, {"block"}, ["correct", "notify"]),
        ("consent_withdrawal", 10, {"stop"}, ["destroy"]),
        ("unlawful_processing", 24, {"block", "stop"}, ["destroy", "notify"]),
        ("blocking_request", 30, {"block"}, ["result"]),
        ("complaint", 24, {"triage"}, ["answer"]),
    ],
)
async def test_the_known_terms_run_and_the_card_names_the_others(
    bench: Bench, kind: str, day: int, known: set[str], untold: list[str]
) -> None:
    ticket = await _late_in_the_last_known_year(bench, kind, day)
    assert {clock.key for clock in await clocks.running(ticket)} == known
    assert (await Ticket.get()).due_at is not None
    shown = (await cards.card(bench.desk, ticket, bench.now())).untold
    assert [one.key for one in shown] == untold
    assert all("2028" in one.why for one in shown)
    [demand] = (await listing.full(bench.desk, ticket))["demands"]
    assert [one["key"] for one in demand["untold"]] == untold
    [told] = [row for row in await Outbox.filter(errand="notice") if "cannot be told yet" in row.content["words"]]
    assert "2028" in told.content["params"]["why"]
    # Said once a day, not at each look.
    assert await recount(bench.desk, bench.now()) == 0
    assert len([row for row in await Outbox.filter(errand="notice") if "cannot be told yet" in row.content["words"]]) == 1


async def test_no_other_step_meets_a_demand_whose_date_is_not_told_yet(bench: Bench) -> None:
    ticket = await _late_in_the_last_known_year(bench, "blocking_request")
    await clocks.stop(bench.desk, (await Clock.get()).id, "staff", bench.now())
    assert (await Demand.get()).closed_at is None
    assert {clock.key for clock in await Clock.all()} == {"block"}
    assert "result" in {one.key for one in await steps.left(bench.desk, ticket)}


@pytest.mark.parametrize("stopped", [False, True])
async def test_what_was_not_told_is_counted_once_the_calendar_is_there(bench: Bench, stopped: bool) -> None:
    ticket = await _late_in_the_last_known_year(bench, "rectification", 28)
    block = await Clock.get()
    if stopped:
        await clocks.stop(bench.desk, block.id, "staff", bench.now())
    _calendar_comes(bench, 2028)
    bench.now.forward(hours=1)
    assert await recount(bench.desk, bench.now()) == 1
    # 29, 30 December, then 10 to 14 January: the seventh working day after the 28th.
    dues = {clock.key: clock.due for clock in await Clock.exclude(key="block")}
    assert dues == {"correct": date(2028, 1, 14), "notify": date(2028, 1, 14)}
    again = await Clock.get(key="block")
    assert (again.id, again.start_at, again.stopped_at is not None) == (block.id, block.start_at, stopped)
    assert not (await Demand.get()).uncounted
    assert (await cards.card(bench.desk, ticket, bench.now())).untold == ()
    assert await recount(bench.desk, bench.now()) == 0
