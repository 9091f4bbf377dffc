"""What is looked at: the settings, our timepiece, and what one check found that another needs."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from app.checks.results import N_, Report
from app.settings.declared import Settings
from desk.timepiece import Timepiece

NOTICED, TOO_FAR = timedelta(seconds=30), timedelta(minutes=5)
"""How far clocks may be apart before it is told, and before receipt times cannot be trusted."""


@dataclass(frozen=True)
class Stored:
    """What the database knows: the highest stored position of each source."""

    positions: Mapping[str, int]


@dataclass
class Subject:
    """What the checks share. `stored` is there when the database check has ended, None when nothing could be read."""

    settings: Settings
    environment: Mapping[str, str]
    timepiece: Timepiece
    seconds: float
    stored: "asyncio.Future[Stored | None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


def check_offset(report: Report, offset: timedelta, whose: str) -> None:
    """Compare our clock with another; `offset` is how far that one is ahead, `whose` a message id."""
    seconds = round(abs(offset.total_seconds()))
    found = N_("This machine's clock is %(seconds)d s behind that of %(whose)s.")
    if offset < timedelta(0):
        found = N_("This machine's clock is %(seconds)d s ahead of that of %(whose)s.")
    do = N_("Set the clock and keep it right: timedatectl set-ntp true (deadlines and receipt times are read from it).")
    if abs(offset) > TOO_FAR:
        report.problem("clock.offset", found, do, seconds=seconds, whose=whose)
    elif abs(offset) > NOTICED:
        report.warning("clock.offset", found, do, seconds=seconds, whose=whose)
    else:
        report.fine("clock.offset", N_("This machine's clock agrees with that of %(whose)s."), whose=whose)
