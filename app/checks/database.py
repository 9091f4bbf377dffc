"""Checks of the database: whether it can be reached, fits the program, keeps what it was told, and what waits in it."""

import asyncio
import os
import sqlite3
import stat
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from app.checks.results import N_, Report
from app.checks.subject import Stored, Subject

STUCK: Final = timedelta(minutes=10)
"""How long a row may be overdue before the service is suspected to be down."""
_OLDEST_POSTGRES: Final = 130_000
_OLDEST_SQLITE: Final = (3, 35, 0)


async def check_database(subject: Subject, report: Report) -> None:
    """The database as a whole; whatever happens, those who wait for what is stored are answered."""
    stored: Stored | None = None
    try:
        stored = await _look(subject, report)
    finally:
        if not subject.stored.done():
            subject.stored.set_result(stored)


async def _look(subject: Subject, report: Report) -> Stored | None:
    from models.store.address import StoreError, read
    from models.store.connect import pending_migrations

    url = subject.settings.database_url
    try:
        place = read(url)
        if place.file is not None and not place.file.exists():
            return _not_yet(place.file, report)
        state = await pending_migrations(url)
    except StoreError as error:
        do = N_("Check database.url, and that the database server runs and lets this machine and user in.")
        report.problem("database.open", "%(sentence)s", do, sentence=str(error))
        return None
    if state.unknown:
        report.problem(
            "database.tables",
            N_("The tables were changed by a newer version of the desk (%(names)s)."),
            N_("Start that version, or restore an older backup."),
            names=", ".join(state.unknown),
        )
        return None
    if state.waiting:
        report.warning(
            "database.tables",
            N_("The tables are not up to date: %(names)s to be applied."),
            N_("Make a backup, then run: rightsdesk migrate (starting the service does it, too)."),
            names=", ".join(state.waiting),
        )
        return None
    try:
        return await _look_inside(subject, place, report)
    except StoreError as error:
        report.problem("database.open", "%(sentence)s", N_("Check database.url and the database."), sentence=str(error))
        return None


def _not_yet(file: Path, report: Report) -> Stored | None:
    folder = next(one for one in file.absolute().parents if one.exists())
    if folder.is_dir() and os.access(folder, os.W_OK):
        report.fine("database.open", N_("The database %(file)s will be made at the first start."), file=file)
        return Stored({})
    report.problem(
        "database.open", N_("The database %(file)s does not exist and cannot be made."), N_("Check database.url."), file=file
    )
    return None


async def _look_inside(subject: Subject, place: Any, report: Report) -> Stored:
    from models.store.connect import opened

    async with opened(subject.settings.database_url, migrate=False):
        report.fine("database.tables", N_("The tables are up to date."))
        if place.is_postgres:
            await _check_postgres(place, report)
        else:
            await _check_sqlite(place.file, report)
        await _check_queues(subject.timepiece(), report)
        await _check_retention(subject, report)
        return Stored(await _positions())


async def _rows(sql: str) -> list[dict[str, Any]]:
    from models.store.connect import client

    return [dict(row) for row in await client().execute_query_dict(sql)]


async def _check_sqlite(file: Path, report: Report) -> None:
    version = sqlite3.sqlite_version
    mode = str((await _rows("PRAGMA journal_mode"))[0]["journal_mode"])
    synchronous = int((await _rows("PRAGMA synchronous"))[0]["synchronous"])
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        report.warning(
            "database.open", N_("SQLite %(version)s is older than the desk is tested with."), N_("Update it."), version=version
        )
    else:
        report.fine("database.open", N_("SQLite %(version)s, %(file)s."), version=version, file=file)
    if mode != "wal" or synchronous < 2:
        report.problem(
            "database.safety",
            N_("The database does not wait for the disk (journal_mode %(mode)s, synchronous %(synchronous)d)."),
            N_("Put it on a local disk: what is lost with the power must not have been confirmed before."),
            mode=mode,
            synchronous=synchronous,
        )
    else:
        report.fine("database.safety", N_("Write-ahead log, every transaction on the disk before it counts."))
    await asyncio.to_thread(_check_file, file, report)


def _check_file(file: Path, report: Report) -> None:
    read_only = bool(os.statvfs(file).f_flag & os.ST_RDONLY)
    root_shut_out = os.geteuid() == 0 and not file.stat().st_mode & stat.S_IWUSR
    if read_only or root_shut_out or not os.access(file, os.W_OK) or not os.access(file.parent, os.W_OK):
        report.problem(
            "database.writable",
            N_("The database %(file)s, or its folder, cannot be written."),
            N_("Give both to the account of the service."),
            file=file,
        )
    elif file.stat().st_mode & 0o077:
        report.warning(
            "database.writable",
            N_("The database %(file)s can be read by others (mode %(mode)s)."),
            N_("Run: chmod 600 %(file)s"),
            file=file,
            mode=f"{stat.S_IMODE(file.stat().st_mode):03o}",
        )
    else:
        report.fine("database.writable", N_("It can be written, by its owner only."))


async def _check_postgres(place: Any, report: Report) -> None:
    named = ("server_version", "server_version_num", "fsync", "full_page_writes", "synchronous_commit", "transaction_read_only")
    settings = (await _rows("SELECT " + ", ".join(f"current_setting('{one}') AS {one}" for one in named)))[0]
    if int(settings["server_version_num"]) < _OLDEST_POSTGRES:
        report.warning(
            "database.open",
            N_("PostgreSQL %(version)s is older than the desk is tested with."),
            N_("Update the server."),
            version=settings["server_version"],
        )
    else:
        report.fine(
            "database.open", N_("PostgreSQL %(version)s, %(place)s."), version=settings["server_version"], place=place.shown
        )
    off = [name for name in ("fsync", "full_page_writes", "synchronous_commit") if settings[name] == "off"]
    if off:
        report.problem(
            "database.safety",
            N_("The server does not wait for the disk: %(names)s off."),
            N_("Switch it on: what is lost with the power must not have been confirmed before."),
            names=", ".join(off),
        )
    else:
        report.fine("database.safety", N_("Write-ahead log, every transaction on the disk before it counts."))
    may = (await _rows("SELECT has_table_privilege('inbound', 'INSERT, UPDATE') AS may, pg_is_in_recovery() AS replica"))[0]
    if settings["transaction_read_only"] == "on" or may["replica"] or not may["may"]:
        report.problem(
            "database.writable",
            N_("This database user cannot write (read-only server, replica, or no rights)."),
            N_("Connect to the primary server, as a user who owns the tables."),
        )
    else:
        report.fine("database.writable", N_("It can be written."))


async def _check_queues(now: datetime, report: Report) -> None:
    from models import Inbound, InboundState, Outbox, OutboxState

    parked_in = await Inbound.filter(state=InboundState.PARKED).count()
    parked_out = await Outbox.filter(state=OutboxState.PARKED).count()
    if parked_in or parked_out:
        report.warning(
            "database.parked",
            N_("Parked, to be decided by a person: %(inbound)d incoming, %(outbox)d outgoing."),
            N_("See them: rightsdesk inbound list --state parked, rightsdesk outbox list --state parked"),
            inbound=parked_in,
            outbox=parked_out,
        )
    else:
        report.fine("database.parked", N_("Nothing is parked."))
    oldest_in = await Inbound.filter(state=InboundState.WAITING).order_by("next_try_at").first()
    oldest_out = await Outbox.filter(state=OutboxState.WAITING).order_by("next_try_at").first()
    overdue = max((now - row.next_try_at for row in (oldest_in, oldest_out) if row), default=timedelta(0))
    waiting = await Inbound.filter(state=InboundState.WAITING).count() + await Outbox.filter(state=OutboxState.WAITING).count()
    if overdue > STUCK:
        report.warning(
            "database.waiting",
            N_("%(waiting)d rows wait, the oldest for %(minutes)d minutes longer than it should."),
            N_("Check that the service runs: rightsdesk health; then look into its log."),
            waiting=waiting,
            minutes=int(overdue / timedelta(minutes=1)),
        )
    else:
        report.fine("database.waiting", N_("%(waiting)d rows wait, none too long."), waiting=waiting)


async def _check_retention(subject: Subject, report: Report) -> None:
    """Say, and change nothing, what the erasing of old tickets would find."""
    from desk.deed import retention

    years = subject.settings.retention.closed_ticket_years
    kept = retention.Kept(years, subject.settings.operator.time_zone)
    tickets, acts, following = await retention.looked_at(kept, subject.timepiece())
    if tickets or acts:
        report.warning(
            "database.retention",
            N_("Older than %(years)d years: closed tickets %(tickets)d, acts that may go %(acts)d; erased within the hour."),
            N_("If that is not wanted, stop the service and raise retention.closed_ticket_years first: it cannot be undone."),
            years=years,
            tickets=tickets,
            acts=acts,
        )
    elif following is not None:
        report.fine(
            "database.retention",
            N_("No closed ticket is older than %(years)d years; the next one loses its personal data on %(day)s."),
            years=years,
            day=f"{following:%d.%m.%Y}",
        )
    else:
        report.fine("database.retention", N_("No ticket is closed yet; each is kept %(years)d years."), years=years)


async def _positions() -> dict[str, int]:
    rows = await _rows("SELECT source, max(position) AS position FROM inbound GROUP BY source")
    return {str(row["source"]): int(row["position"]) for row in rows}
