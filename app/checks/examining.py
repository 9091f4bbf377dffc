"""Runs the checks side by side, each within its time: whatever happens to one, the others are heard."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.checks import configuration, database, mailboxes, service, storage, telegram, terms
from app.checks.results import N_, Report, Result
from app.checks.subject import Subject
from app.settings.declared import Settings, look
from desk.timepiece import Timepiece

SECONDS: Final = 15.0
"""How long one check may take."""

Run = Callable[[Subject, Report], Awaitable[None]]


@dataclass(frozen=True)
class Check:
    """One check: the key under which its own failure is told, and what it does."""

    key: str
    run: Run
    about: str = ""


@dataclass(frozen=True)
class Examined:
    """Every result, in the order of the checks, and the settings as far as they could be read."""

    settings: Settings
    results: list[Result] = field(default_factory=list)


async def examine(environment: Mapping[str, str], timepiece: Timepiece, *, seconds: float = SECONDS) -> Examined:
    """Look at everything that the settings of `environment` name. Nothing is changed, no running service is disturbed."""
    settings, problems = look(environment, for_running=True)
    subject = Subject(settings, environment, timepiece, seconds)
    report = Report()
    configuration.check_settings(environment, problems, report)
    results = list(report)
    for found in await asyncio.gather(*(_bounded(subject, check) for check in checks_of(settings))):
        results += found
    return Examined(settings, results)


def checks_of(settings: Settings) -> Sequence[Check]:
    """The checks that these settings call for."""
    return (
        Check("operator", _at_once(configuration.check_operator)),
        Check("storage.folder", _in_thread(storage.check_folder)),
        Check("storage.key", _in_thread(storage.check_key)),
        Check("database.open", database.check_database),
        Check("law.calendar", _in_thread(terms.check_calendar)),
        Check("law.rules", _in_thread(terms.check_rules)),
        Check("telegram.proxy", telegram.check_proxy),
        Check("telegram.token", telegram.check_telegram),
        *(Check("mailbox.reach", _of_mailbox(mailboxes.check_mailbox, n), m.address) for n, m in enumerate(settings.mailboxes)),
        *(Check("smtp.reach", _of_mailbox(mailboxes.check_smtp, n), m.address) for n, m in enumerate(settings.mailboxes)),
        Check("service.loops", _in_thread(service.check_service)),
    )


async def _bounded(subject: Subject, check: Check) -> list[Result]:
    report = Report(check.about)
    try:
        # The checks with a network have the same patience inside and tell more about its end.
        async with asyncio.timeout(subject.seconds + 2):
            await check.run(subject, report)
    except TimeoutError:
        report.problem(
            check.key,
            N_("It took longer than %(seconds)d s."),
            N_("Try again; if it stays so, look at the machine."),
            seconds=subject.seconds,
        )
    except Exception as error:  # noqa: BLE001 - one check that fails never hides the others
        # The type only: the text may quote anything.
        report.problem(
            check.key,
            N_("The check itself failed (%(kind)s)."),
            N_("This is a fault of the program: please report it with this line."),
            kind=type(error).__name__,
        )
    return list(report)


def _at_once(run: Callable[[Subject, Report], None]) -> Run:
    async def check(subject: Subject, report: Report) -> None:
        run(subject, report)

    return check


def _in_thread(run: Callable[[Subject, Report], None]) -> Run:
    async def check(subject: Subject, report: Report) -> None:
        await asyncio.to_thread(run, subject, report)

    return check


def _of_mailbox(run: Callable[[Subject, int, Report], Awaitable[None]], number: int) -> Run:
    async def check(subject: Subject, report: Report) -> None:
        await run(subject, number, report)

    return check
