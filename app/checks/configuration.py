"""Checks of what the administrator wrote: the settings as a whole, and whether the operator's file is complete."""

import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from app.checks.results import N_, Report, Said
from app.checks.subject import Subject
from app.settings.declared import DEFAULT_FILE


def check_settings(environment: Mapping[str, str], problems: list[str], report: Report) -> None:
    """Every problem at once, unknown keys with the nearest known one; and who can read the file."""
    file = Path(environment.get("DESK_CONFIG", "") or DEFAULT_FILE)
    given = file.is_file()
    for sentence in problems:
        report.problem(
            "settings.values", "%(sentence)s", N_("Correct it in %(file)s or in the environment."), sentence=sentence, file=file
        )
    if not problems and given:
        report.fine("settings.values", N_("The settings of %(file)s and the environment can be used."), file=file)
    elif not problems:
        report.fine("settings.values", N_("There is no %(file)s; the settings of the environment can be used."), file=file)
    elif not given:
        report.problem(
            "settings.file", N_("There is no %(file)s."), N_("Write one by answering some questions: rightsdesk init"), file=file
        )
    if given and file.stat().st_mode & (stat.S_IRWXO | stat.S_IWGRP) and _holds_secrets(file):
        report.problem(
            "settings.file",
            N_("The settings file %(file)s holds secrets and can be read by others (mode %(mode)s)."),
            N_("Run: chmod 600 %(file)s"),
            file=file,
            mode=f"{stat.S_IMODE(file.stat().st_mode):03o}",
        )


def _holds_secrets(file: Path) -> bool:
    """Whether a secret stands in the file itself rather than in a file it names."""
    try:
        data: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        # Told already. A file that is not TOML may hold anything.
        return True
    telegram, boxes = data.get("telegram", {}), data.get("mailboxes", [])
    tables = [telegram, data.get("database", {}), *(boxes if isinstance(boxes, list) else [])]
    names = ("token", "proxy", "webhook_secret", "url", "imap_url", "smtp_url")
    values = [str(table.get(name, "")) for table in tables if isinstance(table, dict) for name in names]
    return any(value and not value.startswith("sqlite:") for value in values)


# What letters and the act of destruction cannot do without, and what happens when it is missing.
_OPERATOR: Final = (
    ("name", N_("letters are signed with a stand-in")),
    ("address", N_("letters and acts bear no postal address")),
    ("policy_url", N_("nobody is shown where the policy can be read")),
)


def check_operator(subject: Subject, report: Report) -> None:
    """Whether everything that letters and acts state about the operator is there."""
    settings = subject.settings
    for name, lack in _OPERATOR:
        if not getattr(settings.operator, name):
            report.warning(
                "operator.file",
                N_("operator.%(name)s is empty: %(lack)s."),
                N_("Fill in operator.%(name)s."),
                name=name,
                lack=Said(lack),
            )
    if not settings.processors:
        report.warning(
            "operator.processors",
            N_("No [[processors]] are named: nobody would be told to stop or destroy."),
            N_("List everybody who processes on your behalf (delivery, mailing, hosting) as in examples/operator-a.toml."),
        )
    for index, processor in enumerate(settings.processors):
        missing = [name for name in ("address", "data_categories") if not getattr(processor, name)]
        if missing:
            report.warning(
                "operator.processors",
                N_("processors.%(index)d lacks %(missing)s."),
                N_("Fill it in: the act of destruction states it."),
                index=index,
                missing=", ".join(missing),
            )
        if not processor.email:
            report.warning(
                "operator.processors",
                N_("processors.%(index)d has no email: no letter can be drafted for it."),
                N_("Fill it in, or tell it on paper and record its confirmation with /processors in the topic."),
                index=index,
            )
    if not settings.systems:
        report.warning(
            "operator.systems",
            N_("No [[systems]] are named: the act of destruction has to say where the data was."),
            N_("List the information systems that hold personal data as in examples/operator-a.toml."),
        )
    for index, system in enumerate(settings.systems):
        if not system.name or not system.data_categories:
            report.warning(
                "operator.systems",
                N_("systems.%(index)d lacks its name or its data_categories."),
                N_("Fill it in: the act of destruction states both."),
                index=index,
            )
    if not settings.staff.managers:
        report.warning(
            "operator.managers",
            N_("No manager is named: nobody is called by name when a deadline comes near."),
            N_("Put the Telegram ids of the managers into staff.managers."),
        )
    if not settings.law.regime.startswith("ru"):
        report.skipped(
            "operator.papers",
            N_("Letters of /t, acts of destruction and notices of incidents are worded for 152-FZ, not for %(regime)s."),
            N_("Put templates of your own into answers.templates, or answer in your own words: /reply."),
            regime=settings.law.regime,
        )
    if not settings.staff.alert_email:
        report.skipped(
            "operator.alert_email",
            N_("No address is named for alerts when Telegram cannot be reached."),
            N_("Better name one: staff.alert_email."),
        )
    if not any(result.verdict == "warning" for result in report):
        report.fine("operator.file", N_("The operator's file is complete."))
