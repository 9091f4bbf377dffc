"""The plan of reminders: right moments, working hours, never late, never twice, never silent."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.law import Counting, Reminder, count, load_calendar, load_regime, next_overdue, plan
from tests.law.recount import MOSCOW, works

RU = load_regime("ru-152fz")
COUNTING = Counting(zone=MOSCOW)
DAY = timedelta(days=1)
DAY_KINDS = sorted(set(RU.kinds) - {"marketing_optout", "breach_report"})


def moscow(text):
    return datetime.fromisoformat(text).replace(tzinfo=MOSCOW)


def clocks(kind, received, counting=COUNTING):
    rule = RU.rule(kind, received.astimezone(MOSCOW).date())
    document = received.astimezone(MOSCOW).date() + 20 * DAY
    return {d.key: d for d in count(rule, received, counting, document_due=document).all()}


def planned(kind, key, received, opened=None, counting=COUNTING):
    start = moscow(received)
    found = plan(clocks(kind, start, counting)[key], counting, moscow(opened) if opened else start)
    return [(f"{r.at:%Y-%m-%d %H:%M}", r.level) for r in found]


def test_a_withdrawal_before_the_new_year_gap_is_reminded_until_the_last_working_day():
    assert planned("consent_withdrawal", "destroy", "2026-12-10 11:00") == [
        ("2026-12-10 11:00", "opened"),
        ("2026-12-22 09:00", "wd5"),
        ("2026-12-24 09:00", "wd3"),
        ("2026-12-25 17:30", "half"),
        ("2026-12-28 09:00", "wd1"),
        ("2026-12-30 09:00", "safe_morning"),
        ("2026-12-30 16:00", "safe_2h"),
        ("2026-12-30 18:00", "due"),
    ]


def test_ten_working_days_over_the_new_year_gap():
    assert planned("access_request", "answer", "2026-12-21 10:00") == [
        ("2026-12-21 10:00", "opened"),
        ("2026-12-25 09:00", "wd5"),
        ("2026-12-29 09:00", "wd3"),
        # Half the term is 2 January, a day off: said on the last working day before it.
        ("2026-12-30 18:00", "half"),
        ("2027-01-11 09:00", "wd1"),
        ("2027-01-13 09:00", "safe_morning"),
        ("2027-01-13 16:00", "safe_2h"),
        ("2027-01-13 18:00", "due"),
    ]


def test_a_short_term_has_few_levels():
    assert planned("complaint", "triage", "2026-03-02 10:00") == [
        ("2026-03-02 10:00", "opened"),
        ("2026-03-02 18:00", "half"),
        ("2026-03-03 09:00", "safe_morning"),
        ("2026-03-03 16:00", "safe_2h"),
        ("2026-03-03 18:00", "due"),
    ]


def test_a_short_day_ends_an_hour_earlier():
    found = planned("distribution_stop", "stop", "2026-06-08 10:00")
    assert found[-2:] == [("2026-06-11 15:00", "safe_2h"), ("2026-06-11 17:00", "due")]


def test_a_request_of_the_night_is_announced_in_the_morning():
    assert planned("claim", "answer", "2026-03-03 02:00")[0] == ("2026-03-03 09:00", "opened")
    assert planned("claim", "answer", "2026-03-06 19:30")[0] == ("2026-03-10 09:00", "opened")


def test_a_term_without_a_working_day_is_announced_at_once_and_on_days_off():
    assert planned("consumer_claim", "answer", "2026-12-31 20:00") == [
        ("2026-12-31 20:00", "opened"),
        ("2027-01-05 18:00", "half"),
        ("2027-01-10 18:00", "due"),
    ]


def test_a_ticket_opened_on_the_last_evening_is_announced_at_once():
    assert planned("complaint", "triage", "2026-03-02 10:00", opened="2026-03-03 21:00") == [("2026-03-03 21:00", "opened")]


def test_a_ticket_opened_after_its_term_is_announced_in_working_hours_and_then_overdue():
    assert planned("complaint", "triage", "2026-03-02 10:00", opened="2026-03-04 03:00") == [("2026-03-04 09:00", "opened")]


def test_moments_before_the_opening_are_left_out():
    found = planned("claim", "answer", "2026-11-12 09:00", opened="2026-12-09 12:00")
    assert found == [
        ("2026-12-09 12:00", "opened"),
        ("2026-12-11 09:00", "safe_morning"),
        ("2026-12-11 16:00", "safe_2h"),
        ("2026-12-11 18:00", "due"),
    ]


def test_a_breach_alarms_at_any_hour_until_its_end():
    assert planned("breach_report", "notify_authority", "2026-12-31 18:30") == [
        ("2026-12-31 18:30", "opened"),
        ("2026-12-31 19:30", "repeat_1"),
        ("2026-12-31 22:30", "repeat_2"),
        ("2027-01-01 06:30", "half"),
        ("2027-01-01 10:30", "repeat_3"),
        ("2027-01-01 16:30", "safe_2h"),
        ("2027-01-01 18:30", "due"),
    ]


def test_an_overdue_breach_alarms_every_twelve_hours():
    d = clocks("breach_report", moscow("2026-12-31 18:30"))["notify_authority"]
    first = next_overdue(d, COUNTING, d.due_at)
    assert first == Reminder(moscow("2027-01-02 06:30"), "overdue_1")
    assert next_overdue(d, COUNTING, first.at) == Reminder(moscow("2027-01-02 18:30"), "overdue_2")


def test_an_immediate_clock_repeats_until_somebody_acts():
    d = clocks("marketing_optout", moscow("2026-12-31 23:10"))["stop"]
    opened = moscow("2026-12-31 23:10")
    first = plan(d, COUNTING, opened)
    assert [(f"{r.at:%d %H:%M}", r.level) for r in first] == [
        ("31 23:10", "opened"),
        ("01 00:10", "repeat_1"),
        ("01 03:10", "repeat_2"),
    ]
    third = next_overdue(d, COUNTING, first[-1].at, opened_at=opened)
    fourth = next_overdue(d, COUNTING, third.at, opened_at=opened)
    assert third == Reminder(moscow("2027-01-01 15:10"), "repeat_3")
    assert fourth == Reminder(moscow("2027-01-02 03:10"), "repeat_4")


def test_an_immediate_clock_opened_late_alarms_from_its_opening():
    d = clocks("marketing_optout", moscow("2026-03-02 10:00"))["stop"]
    found = plan(d, COUNTING, moscow("2026-03-05 04:00"))
    assert [f"{r.at:%d %H:%M}" for r in found] == ["05 04:00", "05 05:00", "05 08:00"]


def test_overdue_is_said_every_working_day_with_a_growing_number():
    d = clocks("claim", moscow("2026-11-12 09:00"))["answer"]
    found, moment = [], d.due_at
    for _ in range(3):
        reminder = next_overdue(d, COUNTING, moment)
        found.append((f"{reminder.at:%Y-%m-%d %H:%M}", reminder.level))
        moment = reminder.at
    assert found == [
        ("2026-12-14 09:00", "overdue_1"),
        ("2026-12-15 09:00", "overdue_2"),
        ("2026-12-16 09:00", "overdue_3"),
    ]


def test_after_downtime_only_the_next_overdue_comes_with_the_number_of_its_day():
    d = clocks("claim", moscow("2026-11-12 09:00"))["answer"]
    assert next_overdue(d, COUNTING, moscow("2026-12-30 12:00")) == Reminder(moscow("2027-01-11 09:00"), "overdue_14")


def test_an_overdue_clock_is_said_even_in_a_year_without_a_calendar():
    d = clocks("access_request", moscow("2027-12-16 10:00"))["answer"]
    reminder = next_overdue(d, COUNTING, moscow("2028-01-01 00:00"))
    assert reminder.at.date() == date(2028, 1, 3)
    assert plan(d, COUNTING, moscow("2028-01-01 10:00")) == (Reminder(moscow("2028-01-03 09:00"), "opened"),)


def test_the_working_hours_are_the_operators():
    hours = Counting(zone=MOSCOW, opening=time(10, 30), closing=time(16, 0))
    found = planned("complaint", "triage", "2026-03-02 08:00", counting=hours)
    assert found == [
        ("2026-03-02 10:30", "opened"),
        ("2026-03-02 16:00", "half"),
        ("2026-03-03 10:30", "safe_morning"),
        ("2026-03-03 14:00", "safe_2h"),
        ("2026-03-03 16:00", "due"),
    ]


def test_repeats_are_real_hours_over_a_change_of_summer_time():
    berlin = Counting(zone=ZoneInfo("Europe/Berlin"), calendar=load_calendar("eu"))
    received = datetime(2026, 3, 28, 22, tzinfo=berlin.zone)
    (d,) = count(load_regime("gdpr").rule("breach_report", date(2026, 3, 28)), received, berlin).all()
    hours = [(r.at.astimezone(UTC) - received.astimezone(UTC)) / timedelta(hours=1) for r in plan(d, berlin, received)]
    assert hours == [0, 1, 4, 16, 28, 36, 40, 52, 64, 70, 72]


def in_working_hours(moment):
    short = COUNTING.closing_at(moment.date())
    return works(moment.date()) and COUNTING.opening <= moment.time() and moment <= short


received_at = st.datetimes(datetime(2024, 1, 10), datetime(2027, 4, 1), timezones=st.just(UTC))
delays = st.timedeltas(timedelta(0), timedelta(days=45))


@given(st.sampled_from(RU.kinds), received_at, delays)
def test_a_plan_is_in_order_without_doubles_and_starts_with_the_opening(kind, received, delay):
    opened = received + delay
    for d in clocks(kind, received).values():
        found = plan(d, COUNTING, opened)
        moments = [r.at for r in found]
        assert found[0].level == "opened"
        assert opened <= moments[0]
        assert moments == sorted(set(moments))
        assert len({r.level for r in found}) == len(found)


@given(st.sampled_from(DAY_KINDS), received_at, delays)
def test_a_day_clock_disturbs_only_in_working_hours_unless_none_is_left(kind, received, delay):
    opened = (received + delay).astimezone(MOSCOW)
    for d in clocks(kind, received).values():
        if d.immediate:
            continue
        moment, left = opened, opened >= d.due_at
        while not left and moment < d.due_at:
            left = in_working_hours(moment)
            moment += timedelta(minutes=1) if delay < timedelta(hours=1) else timedelta(minutes=30)
        if left:
            assert all(in_working_hours(r.at) for r in plan(d, COUNTING, opened))


@given(st.sampled_from(DAY_KINDS), received_at, delays)
def test_no_warning_comes_after_the_date_it_warns_of(kind, received, delay):
    for d in clocks(kind, received).values():
        if d.immediate:
            continue
        for r in plan(d, COUNTING, received + delay)[1:]:
            limit = d.target if r.level.startswith("wd") else d.safe if r.level.startswith("safe") else d.due
            assert r.at.date() <= limit
            assert r.at < d.due_at


@given(st.sampled_from(RU.kinds), received_at)
def test_a_clock_opened_in_time_is_always_announced_before_it_ends(kind, received):
    for d in clocks(kind, received).values():
        first = plan(d, COUNTING, received)[0]
        assert first.at < d.due_at or d.immediate


@given(st.sampled_from(RU.kinds), received_at, delays, delays)
def test_overdue_alarms_never_stop_and_never_repeat_a_number(kind, received, delay, later):
    for d in clocks(kind, received).values():
        first = next_overdue(d, COUNTING, received + delay)
        second = next_overdue(d, COUNTING, first.at)
        assert received + delay < first.at < second.at
        assert int(second.level.split("_")[1]) == int(first.level.split("_")[1]) + 1
        assert next_overdue(d, COUNTING, first.at + (second.at - first.at) / 2) == second
        if d.unit in {"wd", "cd", "mo", "document"}:
            assert in_working_hours(first.at)
            assert first.at >= d.due_at


@pytest.mark.parametrize("kind", RU.kinds)
def test_every_kind_has_a_plan_on_every_day_of_a_year(kind):
    for n in range(365):
        received = datetime.combine(date(2026, 1, 1) + n * DAY, time(n % 24, 7), MOSCOW)
        for d in clocks(kind, received).values():
            levels = [r.level for r in plan(d, COUNTING, received)]
            assert levels[0] == "opened"
            if received < d.safe_at:
                assert levels[-1] == "due"
