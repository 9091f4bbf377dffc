"""Every ISO 8601 notation of one instant is one instant; everything else is a sentence."""

import contextlib
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from desk.law import BadInstant, Counting, LawError, count, load_regime, parse_instant
from tests.law.recount import MOSCOW

TEN = datetime(2026, 12, 21, 10, tzinfo=MOSCOW)


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-21T10:00:00+03:00",
        "2026-12-21T10:00",
        "2026-12-21 10:00",
        "2026-12-21t10:00:00",
        "2026-12-21T10",
        "20261221T100000",
        "20261221T1000",
        "20261221T10",
        "20261221T070000Z",
        "2026-12-21T07:00:00z",
        "2026-12-21 07:00Z",
        "2026-12-21 10:00:00 +03:00",
        "2026-12-21T10:00+03",
        "2026-12-21T10:00+0300",
        "20261221T100000+0300",
        "2026-12-21T02:00:00-05:00",
        "2026-12-21T02:00:00\u221205:00",
        "2026-12-21T12:30+05:30",
        "2026-12-21T10:00:00.000000",
        "2026-12-21T10:00:00,0",
        "2026-12-21T09,99999999999999999999999",
        "2026-12-21T10:00.0",
        "2026-W52-1T10:00",
        "2026W521T10",
        "2026-w52-1t10:00",
        "2026-355T10:00",
        "2026355T100000",
        "2026355T070000Z",
        "  2026-12-21T10:00\n",
        "2026-12-20T24:00-07:00",
    ],
)
def test_every_notation_of_an_instant_is_that_instant(text):
    assert abs(parse_instant(text, MOSCOW) - TEN) < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-12-21", "2026-12-21T00:00:00+03:00"),
        ("20261221", "2026-12-21T00:00:00+03:00"),
        ("2026-355", "2026-12-21T00:00:00+03:00"),
        ("2026-W52-1", "2026-12-21T00:00:00+03:00"),
        ("2026-12-21T24:00", "2026-12-22T00:00:00+03:00"),
        ("2026-12-31T24:00:00", "2027-01-01T00:00:00+03:00"),
        ("20261231T24", "2027-01-01T00:00:00+03:00"),
        ("2026-12-31T23:59:60", "2026-12-31T23:59:59.999999+03:00"),
        ("2026-12-31T23:59:59.9999999", "2026-12-31T23:59:59.999999+03:00"),
        ("2026-12-31T10,5", "2026-12-31T10:30:00+03:00"),
        ("2026-12-31T10:15.5", "2026-12-31T10:15:30+03:00"),
        ("2026-12-31T10:15:30,25", "2026-12-31T10:15:30.250000+03:00"),
        ("2024-366", "2024-12-31T00:00:00+03:00"),
        ("2026-W53-7", "2027-01-03T00:00:00+03:00"),
        ("2026-12-31T10:00-00:00", "2026-12-31T10:00:00+00:00"),
        ("2026-12-31T10:00+00", "2026-12-31T10:00:00+00:00"),
        ("2024-02-29T10:00", "2024-02-29T10:00:00+03:00"),
    ],
)
def test_the_corners_of_the_standard_are_decided(text, iso):
    assert parse_instant(text, MOSCOW).isoformat() == iso


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "2026",
        "2026-12",
        "2026-W52",
        "2026-13-01",
        "2026-02-29",
        "2026-366",
        "2026-000",
        "2026-W54-1",
        "2026-W52-0",
        "2026-W52-8",
        "0000-01-01",
        "9999-12-31T24:00",
        "2026-12-21T25:00",
        "2026-12-21T24:01",
        "2026-12-21T24:00:00.5",
        "2026-12-21T10:60",
        "2026-12-21T10:00:61",
        "2026-12-21T10:00+24:00",
        "2026-12-21T10:00+03:60",
        "2026-12-21T",
        "2026-12-21TZ",
        "2026-12-21Z",
        "2026-12-21T10:00.",
        "2026-12-21T10:00+",
        "21.12.2026 10:00",
        "2026/12/21",
        "2026-12-21T10:00[Europe/Moscow]",
        "2026-12-21/2026-12-22",
        "٢٠٢٦-12-21",
        "1766300400",
        "2026-12-21T10:00:00." + "0" * 100,
    ],
)
def test_what_is_not_an_instant_is_refused_with_the_forms_that_are(text):
    with pytest.raises(BadInstant, match="Write it like 2026-12-21T10:00"):
        parse_instant(text, MOSCOW)


def test_the_refusal_is_a_sentence_in_both_languages():
    with pytest.raises(BadInstant) as refusal:
        parse_instant("2026-02-29", MOSCOW)
    assert "'2026-02-29' is not an instant: day is out of range for month" in str(refusal.value)
    assert "не момент времени" in refusal.value.sentence("ru")


@given(st.text(max_size=80))
@example("2026-12-21T10:00\x00")
@example("0001-01-01T00:00")
@example("9999-12-31T23:59")
def test_any_text_is_an_aware_instant_or_a_refusal(text):
    with contextlib.suppress(LawError):
        assert parse_instant(text, MOSCOW).utcoffset() is not None


@given(st.from_regex(r"[0-9]{4}-?(W[0-9]{2}-?[0-9]|[0-9]{3}|[0-9]{2}-?[0-9]{2})T[0-9]{2}(:?[0-9]{2}){0,2}Z?", fullmatch=True))
def test_anything_shaped_like_an_instant_is_one_or_a_refusal(text):
    with contextlib.suppress(LawError):
        assert parse_instant(text, MOSCOW).utcoffset() is not None


def test_an_hour_that_summer_time_repeats_or_skips_is_read_as_the_earlier_instant():
    berlin = ZoneInfo("Europe/Berlin")
    repeated = parse_instant("2026-10-25T02:30", berlin)
    skipped = parse_instant("2026-03-29T02:30", berlin)
    assert repeated.astimezone(UTC) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert skipped.astimezone(UTC) == datetime(2026, 3, 29, 0, 30, tzinfo=UTC)


def notations(moment, offset):
    """Write one instant, whole seconds, in the notations of the standard."""
    local = moment.astimezone(timezone(timedelta(minutes=offset)))
    sign, (hours, minutes) = "-" if offset < 0 else "+", divmod(abs(offset), 60)
    year, week, weekday = local.isocalendar()
    clock, basic = f"{local:%H:%M:%S}", f"{local:%H%M%S}"
    yield f"{local:%Y-%m-%d}T{clock}{sign}{hours:02}:{minutes:02}"
    yield f"{local:%Y%m%d}T{basic}{sign}{hours:02}{minutes:02}"
    yield f"{local:%Y-%m-%d} {clock},000{sign}{hours:02}:{minutes:02}"
    yield f"{local:%Y-%j}t{clock}{sign}{hours:02}:{minutes:02}"
    yield f"{year:04}-W{week:02}-{weekday}T{clock}{sign}{hours:02}{minutes:02}"
    yield f"{moment.astimezone(UTC):%Y%m%dT%H%M%S}Z"
    yield f"{moment.astimezone(MOSCOW):%Y-%m-%dT%H:%M:%S}"


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2027, 9, 1), timezones=st.just(UTC)),
    st.integers(-14 * 60, 14 * 60),
    st.sampled_from(["access_request", "consent_withdrawal", "breach_report", "claim", "distribution_stop"]),
)
def test_a_deadline_does_not_depend_on_the_notation_of_its_receipt(moment, offset, kind):
    counting, regime = Counting(zone=MOSCOW), load_regime("ru-152fz")
    rule = regime.rule(kind, moment.date())
    moment = moment.replace(microsecond=0)
    answers = {count(rule, parse_instant(text, MOSCOW), counting).all() for text in notations(moment, offset)}
    assert answers == {count(rule, moment, counting).all()}
