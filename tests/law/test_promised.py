"""A term that only a policy promises: telling people of an incident."""

from datetime import UTC, datetime, timedelta

from desk.context import MOSCOW
from desk.law import Counting, count, load_regime

AT = datetime(2026, 12, 31, 15, 30, tzinfo=UTC)


def test_the_term_to_tell_people_is_there_only_where_the_policy_promises_it() -> None:
    rule = load_regime("ru-152fz").rule("breach_report", AT.date())
    assert [one.key for one in count(rule, AT, Counting(zone=MOSCOW)).all()] == ["notify_authority", "report_authority"]
    promised = count(rule, AT, Counting(zone=MOSCOW, breach_notice_hours=48)).all()
    assert [one.key for one in promised] == ["notify_authority", "report_authority", "notify_people"]
    assert (promised[-1].due_at - AT, promised[-1].statutory) == (timedelta(hours=48), False)
