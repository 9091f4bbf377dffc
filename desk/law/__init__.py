"""The law: rules and calendars as dated data, and the pure code that counts by them.

No database, no network, nothing else of the product; it reads only its own packaged TOML files.
"""

from desk.law.calendar import Calendar, CalendarYear, load_calendar, parse_calendar
from desk.law.check import check_rules
from desk.law.counting import Counted, count, extension_for, repeat_allowed_from
from desk.law.dates import ClockDates, Counting
from desk.law.deadlines import ClockJson, DeadlineJson, deadline_json
from desk.law.errors import (
    BadInstant,
    BadLawData,
    DocumentTermMissing,
    ExtensionRefused,
    LawError,
    UnknownKind,
    UnverifiedYear,
)
from desk.law.explain import explain
from desk.law.instants import parse_instant
from desk.law.plan import Reminder, next_overdue, owed, plan, plan_stamp, speaking_moment
from desk.law.regime_file import load_regime, parse_regime
from desk.law.reminder_settings import Reminding, parse_quiet
from desk.law.rules import (
    ClockSpec,
    Cost,
    Extension,
    Ground,
    Regime,
    Repeat,
    Rule,
    Send,
    Step,
)

__all__ = [
    "BadInstant",
    "BadLawData",
    "Calendar",
    "CalendarYear",
    "ClockDates",
    "ClockJson",
    "ClockSpec",
    "Cost",
    "Counted",
    "Counting",
    "DeadlineJson",
    "DocumentTermMissing",
    "Extension",
    "ExtensionRefused",
    "Ground",
    "LawError",
    "Regime",
    "Reminder",
    "Reminding",
    "Repeat",
    "Rule",
    "Send",
    "Step",
    "UnknownKind",
    "UnverifiedYear",
    "check_rules",
    "count",
    "deadline_json",
    "explain",
    "extension_for",
    "load_calendar",
    "load_regime",
    "next_overdue",
    "owed",
    "parse_calendar",
    "parse_instant",
    "parse_quiet",
    "parse_regime",
    "plan",
    "plan_stamp",
    "repeat_allowed_from",
    "speaking_moment",
]
