"""Checks of what deadlines are counted by: the years of the calendar and the packaged rules."""

from typing import Any

from app.checks.results import N_, Report
from app.checks.subject import Subject
from app.settings.declared import SettingsError
from app.settings.declared import reminding as settings_reminding


def check_calendar(subject: Subject, report: Report) -> None:
    """Whether the working days of this year, and from October on of the next, are known."""
    from app.settings import lawful

    try:
        calendar = lawful.counting(subject.settings).calendar
    except SettingsError as error:
        do = N_("Correct law.regime, or the hours and the claim term.")
        report.problem("law.calendar", "%(sentence)s", do, sentence=" ".join(error.problems))
        return
    _say_reminders(subject, report)
    today = subject.timepiece().astimezone(subject.settings.operator.time_zone).date()
    missing = calendar.year_to_add(today)
    params: dict[str, Any] = {
        "calendar": calendar.name,
        "first": calendar.verified_years[0],
        "last": calendar.verified_years[-1],
        "year": missing,
    }
    do = N_("Install a newer version of the desk, which has it, or add the year by `rightsdesk calendar import FILE`.")
    if missing is None:
        report.fine("law.calendar", N_("The calendar “%(calendar)s” knows the years %(first)d to %(last)d."), **params)
    elif missing <= today.year:
        report.problem("law.calendar", N_("The calendar “%(calendar)s” does not know the year %(year)d."), do, **params)
    else:
        report.warning("law.calendar", N_("The calendar “%(calendar)s” does not know the year %(year)d yet."), do, **params)


def _say_reminders(subject: Subject, report: Report) -> None:
    """What the settings of reminders come to: which levels, and between which hours."""
    law, operator = subject.settings.law, subject.settings.operator
    reminding = settings_reminding(law)
    days = [f"wd{n}" for n in reminding.working_days]
    levels = ["opened", *(["half"] if reminding.wants("half") else []), *days, "safe_morning"]
    levels += [*(["safe_2h"] if reminding.wants("safe_2h") else []), "due", "overdue"]
    spans = reminding.spans(operator.opening_hour, operator.closing_hour)
    report.fine(
        "law.reminders",
        N_("Reminders of a term in days: %(levels)s; on working days, %(hours)s."),
        levels=", ".join(levels),
        hours=", ".join(f"{first:%H:%M}–{last:%H:%M}" for first, last in spans),
    )


def check_rules(subject: Subject, report: Report) -> None:
    """Whether every packaged rule has its article and its cases, and every case comes out as written."""
    from desk import law

    problems = law.check_rules()
    for sentence in problems:
        report.problem(
            "law.rules", "%(sentence)s", N_("Install the desk anew: its files of the law are not in order."), sentence=sentence
        )
    if not problems:
        report.fine(
            "law.rules", N_("The rules are in order; deadlines are counted by “%(regime)s”."), regime=subject.settings.law.regime
        )
