"""What an operator may choose about reminders, and what no choice can take away."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from desk.law import Counting, LawError, Reminding, count, load_calendar, load_regime, next_overdue, owed, parse_quiet, plan
from desk.law.plan import plan_stamp, reminding_moment, speaking_moment
from desk.law.reminder_settings import FIXED, STANDARD
from tests.law.recount import MOSCOW, works

RU = load_regime("ru-152fz")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
KINDS = sorted(set(RU.kinds) - {"marketing_optout", "breach_report", "destruction_impossible", "rkn_order", "authority_order"})

levels = st.lists(st.sampled_from([*STANDARD, *FIXED, *(f"wd{n}" for n in range(1, 31))]), max_size=8).map(tuple)
times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
received_at = st.datetimes(datetime(2024, 1, 10), datetime(2027, 4, 1), timezones=st.just(UTC))
delays = st.timedeltas(timedelta(0), timedelta(days=45))


@st.composite
def countings(draw):
    """An operator with any hours, levels and quiet hours that the settings allow."""
    opening, closing = sorted((draw(times), draw(times)))
    quiet = draw(st.none() | st.tuples(times, times))
    try:
        return Counting(zone=MOSCOW, opening=opening, closing=closing, reminding=Reminding(draw(levels), quiet))
    except LawError:
        assume(False)


def day_clocks(kind, received, counting):
    dates = count(RU.rule(kind, received.astimezone(MOSCOW).date()), received, counting).all()
    return [d for d in dates if not d.immediate]


def heard(counting, moment):
    """Whether somebody may be reminded then: a working moment that is not quiet. Told minute by minute, not by spans."""
    local = moment.astimezone(MOSCOW)
    if not works(local.date()) or local.time() < counting.opening or local > counting.closing_at(local.date()):
        return False
    if counting.reminding.quiet is None:
        return True
    begin, end = counting.reminding.quiet
    at = local.time()
    return not (begin < at < end if begin < end else at > begin or at < end)


def moment_left(counting, opened, due_at):
    """Whether somebody may still be reminded before the end, looked for quarter by quarter."""
    if heard(counting, opened):
        return True
    moment = opened.astimezone(MOSCOW).replace(minute=opened.minute // 15 * 15, second=0, microsecond=0) + HOUR / 4
    while moment < due_at:
        if heard(counting, moment):
            return True
        moment += HOUR / 4
    return False


@given(countings(), st.sampled_from(KINDS), received_at, delays)
def test_every_moment_of_a_day_clock_disturbs_nobody_unless_none_is_left(counting, kind, received, delay):
    opened = received + delay
    for d in day_clocks(kind, received, counting):
        if opened < d.due_at and moment_left(counting, opened, d.due_at):
            assert [r for r in plan(d, counting, opened) if not heard(counting, r.at)] == []


@given(countings(), st.sampled_from(KINDS), received_at, delays)
def test_a_plan_is_ordered_unique_in_time_and_ends_with_the_end(counting, kind, received, delay):
    opened = received + delay
    for d in day_clocks(kind, received, counting):
        found = plan(d, counting, opened)
        moments, said = [r.at for r in found], [r.level for r in found]
        assert moments == sorted(set(moments))
        assert len(said) == len(set(said))
        assert said[0] == "opened"
        assert all(counting.reminding.wants(level) for level in said)
        for r in found[1:]:
            limit = d.target if r.level.startswith("wd") else d.safe if r.level.startswith("safe") else d.due
            assert r.at.date() <= limit
            assert r.at < d.due_at


@given(countings(), st.sampled_from(KINDS), received_at)
def test_the_morning_of_the_safe_date_and_the_end_are_always_there(counting, kind, received):
    for d in day_clocks(kind, received, counting):
        closing = counting.closing_at(d.safe)
        spans = counting.reminding.spans(counting.opening, closing.time()) if closing.date() == d.safe else ()
        if not works(d.safe) or not spans or spans[0][0] == spans[-1][1]:
            continue
        first, last = (datetime.combine(d.safe, at, MOSCOW) for at in (spans[0][0], spans[-1][1]))
        said = {r.level: r.at for r in plan(d, counting, received)}
        if received < first and said["opened"] < first:
            assert said["safe_morning"] == first
        if received < last and said["opened"] < last:
            assert said["due"] >= last


@given(countings(), st.sampled_from(KINDS), received_at, delays)
def test_overdue_never_ends_whatever_is_chosen(counting, kind, received, delay):
    for d in day_clocks(kind, received, counting):
        first = next_overdue(d, counting, received + delay)
        second = next_overdue(d, counting, first.at)
        assert d.due_at <= first.at < second.at
        assert heard(counting, first.at)


@given(countings(), st.sampled_from(["marketing_optout", "breach_report"]), received_at)
def test_nothing_that_is_chosen_touches_the_alarms_of_hours_and_of_at_once(counting, kind, received):
    plain = Counting(zone=MOSCOW, opening=counting.opening, closing=counting.closing)
    rule = RU.rule(kind, received.astimezone(MOSCOW).date())
    for mine, usual in zip(count(rule, received, counting).all(), count(rule, received, plain).all(), strict=True):
        assert plan(mine, counting, received) == plan(usual, plain, received)
        assert speaking_moment(mine, counting, received) == received


@given(countings(), st.sampled_from(KINDS), received_at, delays)
def test_what_was_missed_is_said_when_nobody_is_disturbed_or_at_once_when_that_would_be_too_late(counting, kind, received, delay):
    now = received + delay
    for d in day_clocks(kind, received, counting):
        moment = speaking_moment(d, counting, now)
        assert moment >= now
        assert heard(counting, moment) or (moment == now < d.due_at and not moment_left(counting, now, d.due_at))


@given(countings(), received_at)
def test_what_has_no_clock_is_said_at_the_first_moment_at_which_somebody_is_heard(counting, now):
    moment = reminding_moment(counting, now)
    assert moment >= now
    assert heard(counting, moment)
    quarter = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0) + HOUR / 4
    within = (quarter + n * HOUR / 4 + HOUR / 60 for n in range((moment - quarter) // (HOUR / 4)))
    assert moment == now or not any(heard(counting, at) for at in within)


def planned(received, **chosen):
    counting = Counting(zone=MOSCOW, reminding=Reminding(**chosen))
    [d] = day_clocks("claim", datetime.fromisoformat(received).replace(tzinfo=MOSCOW), counting)
    return [(f"{r.at:%d.%m %H:%M}", r.level) for r in plan(d, counting, d.start_at)]


def test_the_chosen_levels_are_said_and_no_others():
    assert planned("2026-11-12 10:00", levels=("wd10", "wd2")) == [
        ("12.11 10:00", "opened"),
        ("26.11 09:00", "wd10"),
        ("08.12 09:00", "wd2"),
        ("11.12 09:00", "safe_morning"),
        ("11.12 18:00", "due"),
    ]


def test_quiet_hours_move_a_reminder_and_the_date_stays():
    assert planned("2026-11-12 19:30", quiet=(time(17), time(11))) == [
        ("13.11 11:00", "opened"),
        ("27.11 17:00", "half"),
        ("03.12 11:00", "wd5"),
        ("07.12 11:00", "wd3"),
        ("09.12 11:00", "wd1"),
        ("11.12 11:00", "safe_morning"),
        ("11.12 16:00", "safe_2h"),
        ("11.12 17:00", "due"),
    ]


def test_quiet_hours_in_the_middle_of_the_day_are_kept_too():
    found = {level: at for at, level in planned("2026-11-12 13:10", quiet=(time(13), time(16, 30)))}
    assert found["opened"] == "12.11 16:30"
    assert found["safe_2h"] == "11.12 13:00"


def test_two_hours_before_closing_is_left_out_where_the_day_begins_later_than_that():
    assert [level for _at, level in planned("2026-11-12 10:00", levels=("safe_2h",), quiet=(time(18), time(16)))] == [
        "opened",
        "safe_morning",
        "due",
    ]


@pytest.mark.parametrize("level", ["wd0", "wd31", "wd", "wd01", "half ", "monthly", "", "overdue_1", "safe"])
def test_a_level_that_does_not_exist_is_refused(level):
    with pytest.raises(LawError, match="expected half"):
        Reminding((level,))


@pytest.mark.parametrize("quiet", ["18:00-09:00", "09:00-17:00", "08:59-16:00", "22:00-07:00", "00:00-23:59", "10:00-9:00"])
def test_quiet_hours_that_leave_an_hour_of_every_office_day_are_taken(quiet):
    # Of a short day, until 17:00, "09:00-17:00" and "00:00-23:59" leave nothing.
    hours = Reminding(quiet=parse_quiet(quiet))
    if quiet in {"09:00-17:00", "00:00-23:59"}:
        with pytest.raises(LawError, match="less than an hour"):
            Counting(zone=MOSCOW, reminding=hours)
    else:
        assert Counting(zone=MOSCOW, reminding=hours).reminding is hours


@pytest.mark.parametrize("text", ["19", "19:00", "19:00-", "25:00-09:00", "19:00-19:00", "19:00-10:00-11:00", "7pm-9am", "19-10"])
def test_what_are_no_quiet_hours_is_refused_with_an_example(text):
    with pytest.raises(LawError, match="19:00-10:00"):
        parse_quiet(text)


def test_quiet_hours_are_read_as_people_write_them():
    assert parse_quiet("") is None
    assert parse_quiet(" 19:00-10:00 ") == parse_quiet("19:00 – 10:00") == (time(19), time(10))
    assert parse_quiet("9:30-9:45") == (time(9, 30), time(9, 45))


def test_a_plan_has_another_stamp_when_anything_it_depends_on_is_another():
    usual = Counting(zone=MOSCOW)
    others = [
        Counting(zone=ZoneInfo("Asia/Yekaterinburg")),
        Counting(zone=MOSCOW, opening=time(10)),
        Counting(zone=MOSCOW, closing=time(17)),
        Counting(zone=MOSCOW, reminding=Reminding(("half",))),
        Counting(zone=MOSCOW, reminding=Reminding(quiet=(time(19), time(8)))),
        Counting(zone=MOSCOW, calendar=load_calendar("eu")),
    ]
    stamps = [plan_stamp(one) for one in (usual, *others)]
    assert len(set(stamps)) == len(stamps)
    # The order of levels, and naming what is said anyway, change nothing.
    assert plan_stamp(Counting(zone=MOSCOW, reminding=Reminding((*reversed(STANDARD), "due")))) == stamps[0]
    assert plan_stamp(Counting(zone=MOSCOW, claim_days=20)) == stamps[0]


def test_after_a_change_the_level_of_today_is_owed_and_one_whose_day_is_over_is_not():
    counting = Counting(zone=MOSCOW, reminding=Reminding(("wd10", "wd5")))
    received = datetime(2026, 11, 12, 10, tzinfo=MOSCOW)
    [d] = day_clocks("claim", received, counting)  # wd10 is 26.11, a Thursday

    def at(text, said=()):
        now = datetime.fromisoformat(f"2026-{text}").replace(tzinfo=MOSCOW)
        return [one.level for one in owed(d, counting, received, said, now)]

    assert at("11-26 08:59") == []
    assert at("11-26 12:00") == ["wd10"]
    assert at("11-26 12:00", said={"wd10"}) == []
    assert at("11-27 12:00") == []
    assert at("12-11 19:00") == ["safe_morning", "due"]
    assert at("12-12 10:00") == ["safe_morning", "due"]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Pacific/Apia", "Pacific/Kiritimati", "America/St_Johns", "Asia/Kathmandu"])
def test_the_hours_are_the_operators_own_wherever_it_is(zone):
    counting = Counting(zone=ZoneInfo(zone), calendar=load_calendar("eu"), reminding=Reminding(quiet=(time(18), time(10))))
    rule = load_regime("gdpr").rule("access_request", date(2026, 2, 27))
    for hours in range(0, 24 * 40, 7):  # over the change to summer time
        received = datetime(2026, 2, 27, tzinfo=UTC) + hours * HOUR
        for d in count(rule, received, counting).all():
            for r in plan(d, counting, received):
                assert time(10) <= r.at.astimezone(counting.zone).time() <= time(18)
                assert counting.calendar.is_working(r.at.astimezone(counting.zone).date())
