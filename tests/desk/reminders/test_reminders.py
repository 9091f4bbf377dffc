"""What is said when, once each, whatever happened in between."""

import pytest

from desk.errors import Refused
from desk.reminders.sweep import sweep
from desk.ticket import clocks
from models import Clock, Reminder, Ticket
from tests.desk.people import Bench, letter


async def _claim(bench: Bench) -> Ticket:
    await bench.arrives(letter(bench.now(), kinds=("claim",), subject="Претензия"))
    return await Ticket.get()


async def _live(bench: Bench, days: int) -> list[str]:
    """Let the days pass hour by hour, sweeping; the levels said, in order."""
    for _ in range(days * 24):
        bench.now.forward(hours=1)
        await sweep(bench.desk, bench.now())
    return await Reminder.all().order_by("id").values_list("level", flat=True)


async def test_a_claim_is_reminded_of_at_every_level_and_then_daily(bench: Bench) -> None:
    await _claim(bench)  # received 10.12.2026, due 09.01.2027, safe 30.12.2026
    said = await _live(bench, 40)
    assert sorted(said[:7]) == sorted(["half", "wd5", "wd3", "wd1", "safe_morning", "safe_2h", "due"])
    assert said[4:7] == ["safe_morning", "safe_2h", "due"]
    assert said[7:10] == ["overdue_1", "overdue_2", "overdue_3"]


async def test_nothing_is_said_twice_and_downtime_is_caught_up_once(bench: Bench) -> None:
    await _claim(bench)
    bench.now.forward(days=60)
    assert await sweep(bench.desk, bench.now()) == 1
    await bench.run()
    said = bench.out["staff"].acts("reminder")
    assert len(said) == 1
    assert "due" in said[0].content["missed"]
    assert said[0].content["overdue"] is True
    assert await sweep(bench.desk, bench.now()) == 0


async def test_an_overdue_clock_is_said_to_everybody_and_by_mail(bench: Bench) -> None:
    object.__setattr__(bench.desk, "alert_email", "boss@desk.example")
    await _claim(bench)
    bench.now.forward(days=60)
    await sweep(bench.desk, bench.now())
    await bench.run()
    general = [row for row in bench.out["staff"].acts("notice") if row.conversation == "general"]
    assert general[0].content["loud"] is True
    assert bench.out["mail"].acts("alert")[0].content["to"] == "boss@desk.example"


async def test_a_stopped_clock_is_silent(bench: Bench) -> None:
    ticket = await _claim(bench)
    clock = await Clock.get()
    await bench.stops(clock)
    assert await _live(bench, 60) == []
    assert (await Ticket.get(id=ticket.id)).due_at is None


async def test_an_immediate_clock_asks_again_until_somebody_acts(bench: Bench) -> None:
    await bench.arrives(letter(bench.now(), kinds=("marketing_optout",)))
    said = await _live(bench, 1)
    assert said == ["repeat_1", "repeat_2", "repeat_3"]


async def test_a_day_clock_is_silent_at_night_and_on_days_off(bench: Bench) -> None:
    await _claim(bench)
    await _live(bench, 60)
    for reminder in await Reminder.all():
        local = reminder.at.astimezone(bench.desk.operator.zone)
        assert 9 <= local.hour <= 18, reminder.level
        assert bench.desk.counting.calendar.is_working(local.date()), reminder.level


async def test_the_earliest_of_several_clocks_leads(bench: Bench) -> None:
    await bench.arrives(letter(bench.now(), kinds=("access_request", "claim")))
    ticket = await Ticket.get()
    by_key = {clock.due_at for clock in await Clock.all()}
    assert ticket.due_at == min(by_key)
    first = (await clocks.running(ticket))[0]
    await bench.stops(first)
    assert (await Ticket.get()).due_at == max(by_key)


async def test_a_clock_is_stopped_once(bench: Bench) -> None:
    await _claim(bench)
    clock = await Clock.get()
    await bench.stops(clock)
    with pytest.raises(Refused):
        await bench.stops(clock)


async def test_the_last_moment_before_the_end_is_not_called_past(bench: Bench) -> None:
    await _claim(bench)
    await _live(bench, 30)  # the last working moment is 30.12.2026, the term ends on 09.01.2027
    await bench.run()
    general = [row.content["words"] for row in bench.out["staff"].acts("notice") if row.conversation == "general"]
    assert general
    assert all("ends now" in words for words in general)
