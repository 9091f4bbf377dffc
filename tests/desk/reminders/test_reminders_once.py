"""Each level exactly once and never in silence: several processes, restarts, downtime, and clocks that jump."""

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from desk import outbox
from desk.flow import delivery
from desk.law import Counting, load_calendar, load_regime
from desk.reminders import digest
from desk.reminders.sweep import recount, sweep
from desk.ticket import clocks, tickets
from models import Clock, Demand, Outbox, OutboxState, Reminder, Ticket
from tests.desk.people import Bench, letter


async def _claim(bench: Bench) -> Clock:
    """A claim of 10.12.2026 11:00: wd5 on 22.12, wd3 on 24.12, half on 25.12, wd1 on 28.12, safe on 30.12, due 09.01."""
    await bench.arrives(letter(bench.now(), kinds=("claim",), subject="Претензия"))
    return await Clock.get()


def _at(bench: Bench, text: str) -> None:
    bench.now.at = datetime.fromisoformat(text).replace(tzinfo=bench.desk.operator.zone).astimezone(UTC)


async def _live(bench: Bench, until: str, *, minutes: int = 30, telegram: bool = True) -> None:
    end = datetime.fromisoformat(until).replace(tzinfo=bench.desk.operator.zone)
    while bench.now() < end:
        bench.now.forward(minutes=minutes)
        await sweep(bench.desk, bench.now())
        if telegram:
            await delivery.drain(bench.desk, bench.out["staff"], bench.now)


async def _said(bench: Bench) -> list[str]:
    zone = bench.desk.operator.zone
    return [f"{one.level} {one.said_at.astimezone(zone):%d.%m %H:%M}" for one in await Reminder.all().order_by("id")]


# -- several processes


async def test_of_several_processes_that_sweep_at_the_same_moment_one_speaks(bench: Bench) -> None:
    await _claim(bench)
    for text in ("2026-12-22T09:00:05", "2026-12-24T09:00:05", "2026-12-30T18:00:05"):
        _at(bench, text)
        await asyncio.gather(*(sweep(bench.desk, bench.now()) for _ in range(4)))
    levels = [one.level for one in await Reminder.all()]
    assert sorted(levels) == sorted(set(levels))
    assert [row.content["level"] for row in await Outbox.filter(errand="reminder").order_by("id")] == ["wd5", "wd3", "due"]


async def test_of_several_processes_that_write_the_digest_at_the_same_moment_one_does(bench: Bench) -> None:
    await _claim(bench)
    _at(bench, "2026-12-14T09:00:05")
    said = await asyncio.gather(*(digest.say(bench.desk, bench.now()) for _ in range(4)))
    assert sorted(said) == [False, False, False, True]
    assert await Outbox.filter(errand="digest").count() == 1
    assert len([row for row in await Outbox.filter(errand="notice") if "🙋" in row.content["words"]]) == 1


async def test_of_several_processes_that_count_what_could_not_be_counted_one_opens_the_clock(bench: Bench) -> None:
    demand = await Demand.get(id=(await _claim(bench)).demand_id)
    await Clock.all().delete()
    await Demand.all().update(uncounted=True)
    helped = await asyncio.gather(*(recount(bench.desk, bench.now()) for _ in range(4)))
    assert sorted(helped) == [0, 0, 0, 1]
    assert await Clock.filter(demand_id=demand.id).count() == 1


# -- restarts


async def test_what_was_written_before_the_process_died_is_sent_once_by_the_next(bench: Bench) -> None:
    await _claim(bench)
    _at(bench, "2026-12-22T09:00:05")
    await sweep(bench.desk, bench.now())
    again = Bench(bench.desk, bench.now)
    await sweep(again.desk, again.now())
    await delivery.drain(again.desk, again.out["staff"], again.now)
    assert [row.content["level"] for row in again.out["staff"].acts("reminder")] == ["wd5"]
    await delivery.drain(again.desk, again.out["staff"], again.now)
    assert len(again.out["staff"].acts("reminder")) == 1


async def test_what_could_not_be_written_is_said_by_the_next_sweep(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    await _claim(bench)
    _at(bench, "2026-12-22T09:00:05")
    put = outbox.put

    async def died(**row: object) -> None:
        raise RuntimeError("The process was killed.")

    monkeypatch.setattr(outbox, "put", died)
    with pytest.raises(RuntimeError):
        await sweep(bench.desk, bench.now())
    assert await Reminder.all().count() == 0
    monkeypatch.setattr(outbox, "put", put)
    assert await sweep(bench.desk, bench.now()) == 1
    assert await _said(bench) == ["wd5 22.12 09:00"]


# -- downtime


async def test_what_was_missed_is_said_once_in_the_order_of_its_time(bench: Bench) -> None:
    await _claim(bench)
    _at(bench, "2026-12-30T12:00")
    assert await sweep(bench.desk, bench.now()) == 1
    content = (await Outbox.get(errand="reminder")).content
    assert content["level"] == "safe_morning"
    assert content["missed"] == ["wd5", "wd3", "half", "wd1"]
    assert content["missed_since"] == "2026-12-22T09:00:00+03:00"
    assert content.get("late") is not None  # three hours after its own moment
    _at(bench, "2026-12-30T16:00:10")
    await sweep(bench.desk, bench.now())
    content = (await Outbox.filter(errand="reminder").order_by("-id").first()).content
    assert (content["level"], content["missed"], content.get("late")) == ("safe_2h", [], None)


async def test_what_was_missed_waits_for_the_morning_of_a_working_day(bench: Bench) -> None:
    await _claim(bench)
    for text in ("2026-12-26T03:00", "2026-12-27T12:00", "2026-12-28T08:59"):  # Saturday, Sunday, early on Monday
        _at(bench, text)
        assert await sweep(bench.desk, bench.now()) == 0
    _at(bench, "2026-12-28T09:00:10")
    assert await sweep(bench.desk, bench.now()) == 1
    content = (await Outbox.get(errand="reminder")).content
    assert content["level"] == "wd1"  # itself in time
    assert content["missed"] == ["wd5", "wd3", "half"]


async def test_what_was_missed_is_said_on_a_day_off_when_the_term_would_be_over_by_the_next_working_day(bench: Bench) -> None:
    await _claim(bench)
    _at(bench, "2027-01-05T03:00")  # the term ends on 09.01., the next working day is 11.01.
    assert await sweep(bench.desk, bench.now()) == 1
    assert (await Outbox.get(errand="reminder")).content["level"] == "due"


async def test_an_overdue_term_is_not_shouted_at_night_after_downtime(bench: Bench) -> None:
    await _claim(bench)
    _at(bench, "2027-01-16T03:00")  # a Saturday
    assert await sweep(bench.desk, bench.now()) == 0
    _at(bench, "2027-01-18T09:00:10")
    await sweep(bench.desk, bench.now())
    content = (await Outbox.get(errand="reminder")).content
    assert content["level"] == "overdue_6"
    assert content["missed"][-6:] == ["due", "overdue_1", "overdue_2", "overdue_3", "overdue_4", "overdue_5"]


async def test_a_breach_alarms_at_night_after_downtime_too(bench: Bench) -> None:
    await bench.arrives(letter(bench.now(), kinds=("breach_report",), subject="Утечка"))
    _at(bench, "2026-12-13T03:00")  # Sunday
    assert await sweep(bench.desk, bench.now()) == 2
    assert await sweep(bench.desk, bench.now()) == 0


async def test_a_sweep_a_little_late_after_closing_still_speaks_today(bench: Bench) -> None:
    await _claim(bench)
    _at(bench, "2026-12-30T18:00:15")
    await sweep(bench.desk, bench.now())
    assert "due 30.12 18:00" in await _said(bench)


# -- clocks that jump


async def test_an_hour_ahead_and_back_repeats_nothing_and_loses_nothing(bench: Bench) -> None:
    await _claim(bench)
    _at(bench, "2026-12-22T08:30")
    await sweep(bench.desk, bench.now())
    _at(bench, "2026-12-22T09:29")
    await sweep(bench.desk, bench.now())
    _at(bench, "2026-12-22T08:30")
    await _live(bench, "2026-12-31T12:00")
    levels = [one.level for one in await Reminder.all().order_by("at")]
    assert levels == ["wd5", "wd3", "half", "wd1", "safe_morning", "safe_2h", "due"]


async def test_weeks_ahead_and_back_no_warning_is_repeated_and_no_end_passes_in_silence(bench: Bench) -> None:
    await _claim(bench)
    _at(bench, "2027-01-20T12:00")
    await sweep(bench.desk, bench.now())
    assert (await Outbox.get(errand="reminder")).content["level"] == "overdue_8"
    _at(bench, "2026-12-11T12:00")
    await _live(bench, "2027-01-13T12:00")
    after = [row.content["level"] for row in await Outbox.filter(errand="reminder").order_by("id")][1:]
    assert after == ["due", "overdue_1", "overdue_2", "overdue_3"]
    [told] = [row for row in await Outbox.filter(errand="notice") if "⏪" in row.content["words"]]
    assert told.content["params"] == {"until": "20.01.2027 12:00", "tickets": "№ 1"}


async def test_a_clock_that_ran_behind_says_at_once_what_is_due(bench: Bench) -> None:
    await _claim(bench)
    _at(bench, "2026-12-01T12:00")
    assert await sweep(bench.desk, bench.now()) == 0
    _at(bench, "2026-12-22T09:10")
    assert await sweep(bench.desk, bench.now()) == 1
    assert await _said(bench) == ["wd5 22.12 09:10"]


# -- terms that move, tickets that close


async def test_a_term_that_moved_says_its_new_levels_once_and_calls_nothing_missed(bench: Bench) -> None:
    await bench.arrives(letter(bench.now(), kinds=("access_request",), subject="Запрос"))
    clock = await Clock.get().select_related("demand")
    await _live(bench, "2026-12-23T12:00")  # of a term that ends on 24.12
    new = next(one for one in clocks.counted(bench.desk, clock.demand, extended=True) if one.key == clock.key)
    await clocks.move(bench.desk, clock, new, bench.now())  # to 11.01
    await _live(bench, "2027-01-12T12:00")
    said = await _said(bench)
    assert said == [
        "wd3 25.12 09:00",
        "half 25.12 18:00",
        "wd1 29.12 09:00",
        "safe_morning 11.01 09:00",
        "safe_2h 11.01 16:00",
        "due 11.01 18:00",
        "overdue_1 12.01 09:00",
    ]
    assert await Reminder.filter(missed=True).count() == 0


async def test_a_closed_ticket_is_silent_and_a_reopened_one_calls_nothing_of_that_time_missed(bench: Bench) -> None:
    await _claim(bench)
    ticket, boris = await Ticket.get(), await bench.boris()
    await tickets.close(bench.desk, ticket, boris, bench.now(), reason="Заявитель передумал")
    await _live(bench, "2026-12-23T12:00")
    await tickets.reopen(bench.desk, ticket, boris, bench.now())
    assert await _said(bench) == []
    await _live(bench, "2026-12-25T12:00")
    assert await _said(bench) == ["wd3 24.12 09:00"]
    assert (await Outbox.get(errand="reminder")).content["missed"] == []  # wd5 was on 22.12


# -- who is called


async def test_the_assignee_then_the_managers_then_everybody_then_the_alert_address(bench: Bench) -> None:
    object.__setattr__(bench.desk, "alert_email", "boss@desk.example")
    await _claim(bench)
    await tickets.take(bench.desk, await Ticket.get(), await bench.boris(), bench.now())
    await _live(bench, "2027-01-12T12:00")
    called = {row.content["level"]: row.content["whom"] for row in await Outbox.filter(errand="reminder").order_by("id")}
    assert {level for level, whom in called.items() if whom == [2]} == {"wd5", "wd3", "half"}
    assert {level for level, whom in called.items() if whom == [2, 3]} == {
        "wd1", "safe_morning", "safe_2h", "due", "overdue_1", "overdue_2",
    }  # fmt: skip
    loud = await Outbox.filter(conversation="general", errand="notice").order_by("id")
    assert ["ends now" in row.content["words"] for row in loud] == [True, False, False]
    letters = await Outbox.filter(errand="alert").order_by("id")
    assert [row.content["to"] for row in letters] == ["boss@desk.example"] * 3
    assert "09.01.2027" in letters[0].content["lines"][0]["params"]["what"]


async def test_what_is_due_at_once_is_called_out_to_everybody_when_nobody_acts(bench: Bench) -> None:
    object.__setattr__(bench.desk, "alert_email", "boss@desk.example")
    await bench.arrives(letter(bench.now(), kinds=("marketing_optout",)))
    await tickets.take(bench.desk, await Ticket.get(), await bench.boris(), bench.now())
    bench.now.forward(hours=5)
    await sweep(bench.desk, bench.now())
    assert (await Outbox.get(errand="reminder")).content["whom"] == [2, 3]
    assert await Outbox.filter(errand="alert").count() == 0
    await delivery.drain(bench.desk, bench.out["staff"], bench.now)
    bench.now.forward(hours=11, minutes=1)
    await sweep(bench.desk, bench.now())
    [row] = await Outbox.filter(conversation="general", errand="notice")
    assert "at once" in row.content["words"]
    assert await Outbox.filter(errand="alert").count() == 1


# -- when Telegram cannot be reached


async def test_reminders_that_telegram_does_not_take_go_to_the_alert_address_once_each(bench: Bench) -> None:
    object.__setattr__(bench.desk, "alert_email", "boss@desk.example")
    await _claim(bench)
    await bench.run()
    await _live(bench, "2026-12-22T08:30")
    await _live(bench, "2026-12-24T10:00", minutes=10, telegram=False)
    alerts = await Outbox.filter(errand="alert").order_by("id")
    assert [len(row.content["lines"]) for row in alerts] == [2, 2]  # a head and one reminder each
    assert alerts[0].content["subject"] == "Telegram недоступен, ждут напоминания: 1"
    assert alerts[0].content["lines"][1]["params"]["number"] == 1
    waiting = await Outbox.filter(errand="reminder", state=OutboxState.WAITING).count()
    assert waiting == 2  # the postings are still to come


async def test_reminders_that_only_wait_for_their_turn_are_no_reason_for_a_letter(bench: Bench) -> None:
    object.__setattr__(bench.desk, "alert_email", "boss@desk.example")
    await _claim(bench)
    await _live(bench, "2026-12-22T09:00", telegram=False)
    bench.now.forward(minutes=20)
    await Outbox.filter(errand="topic").update(state=OutboxState.SENT, done_at=bench.now() - timedelta(minutes=1))
    await sweep(bench.desk, bench.now())
    assert await Outbox.filter(errand="alert").count() == 0


# -- elsewhere


async def test_a_desk_of_another_law_and_zone_is_reminded_in_its_own_hours(bench: Bench) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    object.__setattr__(bench.desk, "regime", load_regime("gdpr"))
    object.__setattr__(bench.desk, "counting", Counting(zone=berlin, calendar=load_calendar("eu")))
    object.__setattr__(bench.desk.operator, "zone", berlin)
    bench.now.at = datetime(2026, 3, 9, 13, tzinfo=UTC)
    await bench.arrives(letter(bench.now(), kinds=("access_request",), subject="Request"))
    await _live(bench, "2026-04-12T12:00")
    rows = await Reminder.all().order_by("at")
    assert [one.level for one in rows][-3:] == ["safe_morning", "safe_2h", "due"] or rows[-1].level.startswith("overdue")
    for one in rows:
        local = one.said_at.astimezone(berlin)
        assert 9 <= local.hour <= 18
        assert bench.desk.counting.calendar.is_working(local.date())
    before, after = (one.said_at.astimezone(berlin).utcoffset() for one in (rows[0], rows[-1]))
    assert before != after  # the change to summer time lies between
