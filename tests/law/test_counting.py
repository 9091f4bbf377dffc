"""Counting against an independent recount of every day and kind, and against what must hold for any receipt."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.law import (
    Counting,
    DocumentTermMissing,
    ExtensionRefused,
    LawError,
    UnknownKind,
    UnverifiedYear,
    count,
    extension_for,
    load_calendar,
    load_regime,
    parse_regime,
    repeat_allowed_from,
)
from desk.law.counting import PROMISED
from desk.law.data import read_data
from desk.law.errors import BadLawData
from tests.law.recount import CLOCKS, MOSCOW, SHORT_DAYS, OutOfYears, recount, works

RU = load_regime("ru-152fz")
COUNTING = Counting(zone=MOSCOW)
DAY = timedelta(days=1)
EXTENDABLE = ("access_request", "stop_processing", "rkn_request")
FIELDS = ("due", "due_at", "roll193", "safe", "safe_at", "target")
# In turn over the days, so that every hour that could matter meets every kind of day.
HOURS = (time(0, 0), time(10, 0), time(23, 59, 59), time(18, 0, 1), time(2, 59, 59), time(17, 30))

kinds = st.sampled_from(RU.kinds)
instants = st.datetimes(datetime(2024, 1, 1), datetime(2027, 5, 1), timezones=st.just(UTC))


def counted(kind, received, counting=COUNTING, **options):
    day = counting.local(received).date()
    document = {"document_due": day + 20 * DAY} if kind in {"rkn_order", "authority_order"} else {}
    return count(RU.rule(kind, day), received, counting, **{**document, **options}).all()


def test_the_regime_has_exactly_the_kinds_and_clocks_of_the_specification():
    on = date(2026, 11, 21)
    assert {kind: [c.key for c in RU.rule(kind, on).clocks if c.setting != PROMISED] for kind in RU.kinds} == {
        kind: [row[0] for row in rows] for kind, rows in CLOCKS.items()
    }


@pytest.mark.parametrize("kind", sorted(CLOCKS))
def test_every_day_of_four_years_agrees_with_the_independent_recount(kind):
    options = [{}] + [{"extended": True}] * (kind in EXTENDABLE) + [{"unlawful": True}] * (kind == "blocking_request")
    wrong, refused = [], 0
    for n in range((date(2028, 1, 1) - date(2024, 1, 1)).days):
        received = datetime.combine(date(2024, 1, 1) + n * DAY, HOURS[n % len(HOURS)], MOSCOW)
        document = {"document_due": received.date() + 20 * DAY} if kind in {"rkn_order", "authority_order"} else {}
        for option in options:
            try:
                wanted = recount(kind, received, **option, **document)
            except OutOfYears:
                wanted = None
            try:
                found = {d.key: {f: getattr(d, f) for f in FIELDS} for d in counted(kind, received, **option)}
            except UnverifiedYear:
                found = None
                refused += 1
            if found != wanted:
                wrong.append((received, option, found, wanted))
    assert wrong == []
    # Whatever needs working days is refused near the end of 2027, and nothing else ever is.
    assert (refused > 0) == (kind not in {"marketing_optout", "breach_report"})


@given(kinds, instants)
def test_the_dates_of_a_clock_stand_in_order(kind, received):
    for d in counted(kind, received):
        assert d.start_at.date() <= d.target <= d.safe <= d.due <= d.roll193
        assert d.start_at <= d.safe_at <= d.due_at
        assert d.start_at.tzinfo is d.due_at.tzinfo is MOSCOW


@given(kinds, instants)
def test_safe_is_a_working_day_unless_the_term_has_none(kind, received):
    for d in counted(kind, received):
        if d.unit in {"wd", "cd", "mo", "document"} and not works(d.safe):
            days = [d.start_at.date() + n * DAY for n in range((d.due - d.start_at.date()).days + 1)]
            assert not any(works(day) for day in days)
            assert d.safe == d.start_at.date()


@given(kinds, instants, st.timedeltas(timedelta(0), timedelta(days=40)))
def test_a_later_receipt_never_gives_an_earlier_date(kind, received, later):
    for first, second in zip(counted(kind, received), counted(kind, received + later), strict=True):
        assert all(getattr(first, field) <= getattr(second, field) for field in FIELDS)


@given(st.sampled_from(EXTENDABLE), instants)
def test_an_extension_only_adds(kind, received):
    for plain, longer in zip(counted(kind, received), counted(kind, received, extended=True), strict=True):
        assert longer.extended
        assert plain.due < longer.due
        assert all(getattr(plain, field) <= getattr(longer, field) for field in FIELDS)


@given(kinds, instants, st.integers(-23 * 60, 23 * 60))
def test_the_offset_the_receipt_is_written_in_does_not_matter(kind, received, minutes):
    elsewhere = received.astimezone(timezone(timedelta(minutes=minutes)))
    assert counted(kind, received) == counted(kind, elsewhere)


@given(instants, st.integers(1, 30))
def test_the_claim_setting_only_shortens(received, days):
    (shorter,) = counted("claim", received, Counting(zone=MOSCOW, claim_days=days))
    (policy,) = counted("claim", received)
    assert shorter.due == shorter.start_at.date() + days * DAY
    assert shorter.due <= policy.due


@pytest.mark.parametrize("days", [31, 0, -1])
def test_a_claim_term_longer_than_the_policy_or_empty_is_refused(days):
    with pytest.raises(LawError, match="may only shorten the term of 30 calendar days"):
        Counting(zone=MOSCOW, claim_days=days)


def test_the_claim_setting_touches_no_other_term():
    received = datetime(2026, 3, 2, 10, tzinfo=MOSCOW)
    short = Counting(zone=MOSCOW, claim_days=5)
    for kind in RU.kinds:
        if kind != "claim":
            assert counted(kind, received, short) == counted(kind, received)


def test_a_working_day_that_closes_before_it_opens_is_refused():
    with pytest.raises(LawError, match="cannot close at 08:00"):
        Counting(zone=MOSCOW, closing=time(8, 0))


def test_the_closing_hour_is_the_operators_and_an_hour_earlier_on_short_days():
    early = Counting(zone=MOSCOW, closing=time(16, 45))
    for day in sorted(SHORT_DAYS):
        assert early.closing_at(day).time() == time(15, 45)
    assert early.closing_at(date(2026, 11, 20)).time() == time(16, 45)


@pytest.mark.parametrize("kind", sorted(set(CLOCKS) - set(EXTENDABLE)))
def test_an_extension_the_law_does_not_know_is_refused_with_the_article(kind):
    with pytest.raises(ExtensionRefused) as refusal:
        counted(kind, datetime(2026, 3, 2, 10, tzinfo=MOSCOW), extended=True)
    rule = RU.rule(kind, date(2026, 3, 2))
    assert rule.article in str(refusal.value)
    assert rule.cite["ru"] in refusal.value.sentence("ru")


def test_only_the_three_extendable_kinds_have_an_extension():
    on = date(2026, 3, 2)
    assert {kind for kind in RU.kinds if RU.rule(kind, on).extension} == set(EXTENDABLE)
    assert RU.rule("rkn_request", on).extension.notice_to == "authority"
    assert RU.rule("access_request", on).extension.notice_to == "requester"
    assert {RU.rule(kind, on).extension.times for kind in EXTENDABLE} == {1}


def test_an_extension_is_given_once_and_only_before_the_term_ends():
    rule = RU.rule("access_request", date(2026, 3, 2))
    (d,) = count(rule, datetime(2026, 3, 2, 10, tzinfo=MOSCOW), COUNTING).all()
    last_moment = d.due_at - timedelta(microseconds=1)
    assert extension_for(rule, d, last_moment).amount == 5
    with pytest.raises(ExtensionRefused, match=r"152-FZ Art. 20\(1\) asks for .* it has ended"):
        extension_for(rule, d, d.due_at.astimezone(UTC))
    with pytest.raises(ExtensionRefused, match=r"Art. 20\(1\) allows it once") as refusal:
        extension_for(rule, d, last_moment, times_extended=1)
    assert "ч. 1 ст. 20 152-ФЗ допускает это один раз" in refusal.value.sentence("ru")


def test_an_extension_of_a_clock_without_one_is_refused_with_the_article():
    rule = RU.rule("consent_withdrawal", date(2026, 3, 2))
    received = datetime(2026, 3, 2, 10, tzinfo=MOSCOW)
    for d in count(rule, received, COUNTING).all():
        with pytest.raises(ExtensionRefused, match=r"152-FZ Art. 9\(2\), 21\(5\) allows no extension"):
            extension_for(rule, d, received)


def test_the_day_of_receipt_is_the_operators_wherever_the_request_came_from():
    moment = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
    far_east = Counting(zone=ZoneInfo("Asia/Vladivostok"))
    (moscow,), (vladivostok,) = counted("claim", moment), counted("claim", moment, far_east)
    assert (moscow.due, vladivostok.due) == (date(2026, 4, 1), date(2026, 4, 2))
    assert vladivostok.due_at.isoformat() == "2026-04-03T00:00:00+10:00"


@pytest.mark.parametrize("kind", ["rkn_order", "authority_order"])
def test_a_document_without_its_date_is_asked_for(kind):
    with pytest.raises(DocumentTermMissing, match="give the date from the document"):
        counted(kind, datetime(2026, 3, 2, 10, tzinfo=MOSCOW), document_due=None)
    assert RU.rule(kind, date(2026, 3, 2)).needs_document


def test_a_naive_receipt_is_refused():
    with pytest.raises(LawError, match="no time zone"):
        count(RU.rule("claim", date(2026, 3, 2)), datetime(2026, 3, 2, 10), COUNTING).all()


def test_an_unknown_kind_is_refused_with_the_known_ones():
    with pytest.raises(UnknownKind, match="access_request, stop_processing"):
        RU.rule("withdrawal", date(2026, 3, 2))


def test_hours_and_immediate_clocks_are_counted_in_any_year():
    received = datetime(2031, 12, 31, 23, tzinfo=MOSCOW)
    first, second = counted("breach_report", received)
    assert (first.due_at - received, second.due_at - received) == (timedelta(hours=24), timedelta(hours=72))
    assert second.target == received.date()
    assert counted("marketing_optout", received)[0].due_at == received


@pytest.mark.parametrize("hour", [12, 23])
def test_a_receipt_at_the_end_of_time_is_refused_and_not_a_crash(hour):
    for kind in set(RU.kinds) - {"marketing_optout", "rkn_order", "authority_order"}:
        with pytest.raises(LawError):
            counted(kind, datetime(9999, 12, 31, hour, tzinfo=UTC))


def test_a_document_that_names_the_last_day_of_time_is_refused_and_not_a_crash():
    with pytest.raises(LawError):
        counted("rkn_order", datetime(2026, 3, 2, 10, tzinfo=MOSCOW), document_due=date.max)


def test_the_six_months_run_from_the_original_trigger():
    found = datetime(2026, 12, 20, 12, tzinfo=MOSCOW)
    withdrawn = datetime(2026, 8, 31, 23, 59, tzinfo=MOSCOW)
    (d,) = counted("destruction_impossible", found, trigger_at=withdrawn)
    assert (d.start_at, d.due) == (withdrawn, date(2027, 2, 28))


def test_a_follow_up_found_after_its_six_months_is_overdue_and_not_refused():
    found = datetime(2026, 12, 20, 12, tzinfo=MOSCOW)
    (d,) = counted("destruction_impossible", found, trigger_at=datetime(2026, 6, 1, tzinfo=MOSCOW))
    assert d.due == d.safe == date(2026, 12, 1)


def test_a_trigger_after_the_receipt_is_refused():
    received = datetime(2026, 3, 2, 10, tzinfo=MOSCOW)
    with pytest.raises(LawError, match="cannot be later"):
        counted("destruction_impossible", received, trigger_at=received + DAY)


def test_a_repeat_is_too_early_for_thirty_days_after_the_first_request():
    rule = RU.rule("access_request", date(2026, 3, 2))
    first = datetime(2026, 3, 2, 21, 30, tzinfo=UTC)
    assert repeat_allowed_from(rule, first, COUNTING) == date(2026, 4, 2)
    assert repeat_allowed_from(RU.rule("claim", date(2026, 3, 2)), first, COUNTING) is None


def test_a_change_of_summer_time_does_not_stretch_hours():
    berlin = Counting(zone=ZoneInfo("Europe/Berlin"), calendar=load_calendar("eu"))
    received = datetime(2026, 10, 24, 12, tzinfo=berlin.zone)
    (d,) = count(load_regime("gdpr").rule("breach_report", date(2026, 10, 24)), received, berlin).all()
    assert d.due_at.astimezone(UTC) - received.astimezone(UTC) == timedelta(hours=72)
    assert d.due_at.isoformat() == "2026-10-27T11:00:00+01:00"


SECOND_VERSION = """
[[rule]]
id = "ru-152fz.question"
version = 2
valid_from = 2027-01-01
kinds = ["question"]
source = "152-fz"
article = { ru = "новая статья", en = "a new article" }
name = { ru = "Вопрос", en = "Question" }

[[rule.clock]]
key = "answer"
amount = 5
unit = "wd"
article = { ru = "новая статья", en = "a new article" }
name = { ru = "Ответить", en = "Answer" }
"""


def changed_law():
    text = read_data("regimes", "ru-152fz")
    start = text.index('id = "ru-152fz.question"')
    ended = text[start:].replace("valid_from = 2022-09-01", "valid_from = 2022-09-01\nvalid_to = 2026-12-31", 1)
    return parse_regime(text[:start] + ended + SECOND_VERSION)


def test_a_changed_rule_applies_to_requests_received_after_it():
    law = changed_law()
    assert law.rule("question", date(2026, 12, 31)).version == 1
    assert law.rule("question", date(2027, 1, 1)).version == 2
    assert law.kinds == RU.kinds


def test_an_open_ticket_keeps_the_version_it_was_opened_with():
    law = changed_law()
    received = datetime(2026, 12, 28, 10, tzinfo=MOSCOW)
    (d,) = count(law.rule_version("ru-152fz.question", 1), received, COUNTING).all()
    assert d.amount == 10
    with pytest.raises(LawError, match="no version 3"):
        law.rule_version("ru-152fz.question", 3)


def test_two_versions_in_force_on_one_day_are_refused():
    with pytest.raises(LawError, match="are in force on 2027-01-01"):
        parse_regime(read_data("regimes", "ru-152fz") + SECOND_VERSION)


def test_a_day_before_the_first_version_is_refused_with_its_date():
    with pytest.raises(LawError, match="valid from 2022-09-01"):
        RU.rule("question", date(2022, 8, 31))


def test_the_cost_is_said_by_operator_kind_with_the_date_of_its_edition():
    (fine,) = (c for c in RU.rule("destruction_request", date(2026, 3, 2)).cost if c.id == "13.11-5")
    assert "a fine of up to 90\u00a0000 RUB (edition of 30.05.2025)" in fine.sentence("company", "en")
    assert "штраф до 40\u00a0000 ₽ (редакция от 30.05.2025)" in fine.sentence("entrepreneur", "ru")


def test_a_scale_that_is_not_known_is_not_invented():
    (fine,) = (c for c in RU.rule("marketing_optout", date(2026, 3, 2)).cost if c.id == "14.3")
    assert "RUB" not in fine.sentence("entrepreneur", "en")


def test_every_rule_says_what_to_do_and_which_act_stops_each_clock():
    for rule in RU.rules:
        assert {step.clock for step in rule.steps if step.clock} == {c.key for c in rule.clocks}
        assert rule.link.startswith("http")


def test_grounds_are_offered_where_the_law_has_them():
    on = date(2026, 3, 2)
    refusal = [ground.id for ground in RU.rule("access_request", on).refusal_grounds]
    assert refusal[:5] == ["14-8-1", "14-8-2", "14-8-3", "14-8-4", "14-8-5"]
    assert "6-1-5" in [ground.id for ground in RU.rule("consent_withdrawal", on).continuing_grounds]
    assert RU.rule("marketing_optout", on).continuing_grounds == ()


def test_the_law_imports_nothing_else_of_the_product():
    import subprocess
    import sys

    code = "import sys, desk.law; print(sorted({m.split('.')[0] for m in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for name in ("pydantic", "tortoise", "models", "aiogram", "aiohttp", "asyncio", "app"):
        assert f"'{name}'" not in loaded


def test_every_kind_has_grounds_or_says_why_nothing_of_it_is_refused():
    for name in ("ru-152fz", "gdpr", "uk-gdpr"):
        for rule in load_regime(name).rules:
            assert bool(rule.grounds) != bool(rule.no_refusal), rule.id
            ids = [ground.id for ground in rule.grounds]
            assert len(set(ids)) == len(ids), rule.id
            # A button tells its ground in 64 bytes, beside the number of the demand.
            assert all(len(one) <= 20 and one == one.lower() and " " not in one for one in ids)


def test_marketing_and_distribution_always_stop_and_the_article_says_so():
    on = date(2026, 3, 2)
    assert "Art. 15(2)" in RU.rule("marketing_optout", on).no_refusal["en"]
    assert "Art. 10.1(12)-(14)" in RU.rule("distribution_stop", on).no_refusal["en"]
    assert "/reply" in RU.rule("claim", on).no_refusal["ru"]


@pytest.mark.parametrize(
    ("kind", "refusal", "continuing"),
    [
        ("access_request", {"14-8-1", "14-8-2", "14-8-3", "14-8-4", "14-8-5", "other-law", "14-4", "no-data"}, set()),
        ("rectification", {"not-confirmed", "not-proved", "no-data"}, set()),
        ("unlawful_processing", {"not-unlawful", "no-data"}, set()),
        (
            "consent_withdrawal",
            set(),
            {f"6-1-{n}" for n in ("2", "3", "3.1", "4", "5", "6", "7", "8", "9", "9.1", "11")} | {"10-2", "11-2"},
        ),
    ],
)
def test_the_grounds_are_those_of_the_law(kind, refusal, continuing):
    rule = RU.rule(kind, date(2026, 3, 2))
    assert {ground.id for ground in rule.refusal_grounds} == refusal
    assert {ground.id for ground in rule.continuing_grounds} == continuing
    assert {ground.id for ground in rule.grounds if ground.named} == {"other-law", "10-2", "11-2"} & (refusal | continuing)


@pytest.mark.parametrize("name", ["gdpr", "uk-gdpr"])
def test_each_right_of_the_gdpr_has_grounds_of_its_own(name):
    regime, on = load_regime(name), date(2026, 11, 2)
    common = {ground.id for ground in regime.rule("any_request", on).grounds}
    assert {"12-5", "12-2"} < common
    own = {kind: {g.id for g in regime.rule(kind, on).grounds} - common for kind in regime.kinds}
    assert own["access_request"] == {"15-4"}
    assert own["destruction_request"] == {"17-1"} | {f"17-3-{letter}" for letter in "abcde"}
    assert own["stop_processing"] == {"21-1", "21-6"}
    assert [g.id for g in regime.rule("stop_processing", on).continuing_grounds] == ["21-1", "21-6"]


def test_grounds_of_a_kind_that_the_table_is_not_about_are_refused():
    text = read_data("regimes", "gdpr").replace("portability = [", "telepathy = [")
    with pytest.raises(BadLawData, match="refusal_of names telepathy"):
        parse_regime(text)


def test_a_term_that_ends_on_the_last_known_day_off_is_counted_though_nobody_knows_where_it_would_roll_to():
    """A withdrawal received on 1 December 2027 ends on Friday the 31st, a day off before a year without a decree."""
    counting = Counting(zone=ZoneInfo("Europe/Moscow"))
    rule = load_regime("ru-152fz").rule("consent_withdrawal", date(2027, 12, 1))
    found = {one.key: one for one in count(rule, datetime(2027, 12, 1, 12, tzinfo=ZoneInfo("Europe/Moscow")), counting).all()}
    destroy = found["destroy"]
    assert (destroy.due, destroy.roll193, destroy.safe) == (date(2027, 12, 31), None, date(2027, 12, 30))
    assert any("calendar of 2028" in line for line in destroy.why)
