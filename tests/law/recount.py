"""An independent recount of every Russian clock, written from the table of the specification and not from the product.

It walks day by day over the `holidays` package, knows no cache and no TOML, and reads like the rule it checks.
"""

import calendar
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

MOSCOW = ZoneInfo("Europe/Moscow")
DAY = timedelta(days=1)
YEARS = range(2024, 2028)
RUSSIA = holidays.country_holidays("RU", years=YEARS)

# kind -> (key, amount, unit, amount when unlawful processing is alleged, amount of the extension)
CLOCKS = {
    "access_request": [("answer", 10, "wd", 10, 5)],
    "stop_processing": [("stop", 10, "wd", 10, 5)],
    "rkn_request": [("answer", 10, "wd", 10, 5)],
    "consent_withdrawal": [("stop", 0, "now", 0, 0), ("destroy", 30, "cd", 30, 0)],
    "marketing_optout": [("stop", 0, "now", 0, 0)],
    "distribution_stop": [("take_down", 0, "now", 0, 0), ("stop", 3, "wd", 3, 0)],
    "rectification": [("block", 0, "now", 0, 0), ("correct", 7, "wd", 7, 0), ("notify", 7, "wd", 7, 0)],
    "destruction_request": [("destroy", 7, "wd", 7, 0), ("notify", 7, "wd", 7, 0)],
    "blocking_request": [("block", 0, "now", 0, 0), ("result", 7, "wd", 3, 0)],
    "unlawful_processing": [
        ("block", 0, "now", 0, 0),
        ("stop", 3, "wd", 3, 0),
        ("destroy", 10, "wd", 10, 0),
        ("notify", 10, "wd", 10, 0),
    ],
    "rkn_block_request": [
        ("block", 0, "now", 0, 0),
        ("stop", 3, "wd", 3, 0),
        ("correct", 7, "wd", 7, 0),
        ("destroy", 10, "wd", 10, 0),
        ("notify", 10, "wd", 10, 0),
    ],
    "automated_decision_objection": [("answer", 30, "cd", 30, 0)],
    "claim": [("answer", 30, "cd", 30, 0)],
    "consumer_claim": [("answer", 10, "cd", 10, 0)],
    "breach_report": [("notify_authority", 24, "h", 24, 0), ("report_authority", 72, "h", 72, 0)],
    "purpose_reached": [("destroy", 30, "cd", 30, 0)],
    "destruction_impossible": [("destroy", 6, "mo", 6, 0)],
    "rkn_order": [("comply", 0, "doc", 0, 0)],
    "authority_order": [("comply", 0, "doc", 0, 0)],
    "complaint": [("triage", 1, "wd", 1, 0), ("answer", 10, "wd", 10, 0)],
    "question": [("answer", 10, "wd", 10, 0)],
}

SHORT_DAYS = {
    date.fromisoformat(day)
    for day in [
        "2024-02-22",
        "2024-03-07",
        "2024-05-08",
        "2024-06-11",
        "2024-11-02",
        "2025-03-07",
        "2025-04-30",
        "2025-06-11",
        "2025-11-01",
        "2026-04-30",
        "2026-05-08",
        "2026-06-11",
        "2026-11-03",
        "2027-02-20",
        "2027-04-30",
        "2027-06-11",
        "2027-11-03",
    ]
}


class OutOfYears(Exception):
    """A day outside the years the recount knows would decide."""


@cache
def works(day):
    if day.year not in YEARS:
        raise OutOfYears(day)
    return RUSSIA.is_working_day(day)


def recount(kind, received, extended=False, unlawful=False, document_due=None):
    """Return {key: dates} with the same names as the product, or raise OutOfYears."""
    local = received.astimezone(MOSCOW)
    return {
        key: _clock(unit, (if_unlawful if unlawful else amount) + (more if extended else 0), local, document_due)
        for key, amount, unit, if_unlawful, more in CLOCKS[kind]
    }


def _clock(unit, amount, local, document_due):
    day0 = local.date()
    if unit == "now":
        return {"due": day0, "due_at": local, "roll193": day0, "safe": day0, "safe_at": local, "target": day0}
    if unit == "h":
        end = (local.astimezone(ZoneInfo("UTC")) + timedelta(hours=amount)).astimezone(MOSCOW)
        # A breach can be counted in any year; where no calendar tells, the day of receipt is the target.
        known = day0.year in YEARS and end.year in YEARS
        target = _back(end.date() - DAY, day0) if known else day0
        return {
            "due": end.date(), "due_at": end, "roll193": end.date(), "safe": end.date(), "safe_at": end, "target": target,
        }  # fmt: skip
    due = document_due if unit == "doc" else _last(unit, amount, day0)
    roll = _roll(due)
    floor = min(day0, due)
    safe = _back(due, floor)
    due_at = datetime.combine(due + DAY, time(0), MOSCOW)
    hour = 17 if safe in SHORT_DAYS else 18
    safe_at = datetime.combine(safe, time(hour), MOSCOW)
    if safe_at < local:
        safe_at = min(local, due_at)
    target = _back(safe - DAY, floor)
    return {"due": due, "due_at": due_at, "roll193": roll, "safe": safe, "safe_at": safe_at, "target": target}


def _roll(due):
    """The working day that a day off would roll to; None where that lies in a year nobody knows. The last day itself is known."""
    if works(due):
        return due
    try:
        return next(due + n * DAY for n in range(1, 30) if works(due + n * DAY))
    except OutOfYears:
        return None


def _last(unit, amount, day0):
    if unit == "mo":
        year, month = day0.year, day0.month + amount
        while month > 12:
            year, month = year + 1, month - 12
        day = day0.day
        while day > calendar.monthrange(year, month)[1]:
            day -= 1
        return date(year, month, day)
    day = day0
    while amount:
        day += DAY
        if unit == "cd" or works(day):
            amount -= 1
    return day


def _back(day, floor):
    while day > floor and not works(day):
        day -= DAY
    return max(day, floor)
