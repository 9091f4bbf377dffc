"""`rightsdesk import`: letters of an archive, or of a mailbox before it was watched, brought in with their own receipt times.

Each letter becomes an inbound row, known by its bytes: called again after an interruption, or with an archive that overlaps
another, it goes on where it stopped and brings nothing in twice. The running service takes the rows; nobody is answered by
itself, unless that is asked for.
"""

import asyncio
import os
import sys
from argparse import Namespace
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from app.checks.results import N_
from app.cli import FINE, Finding, Usage
from app.commands.terminal import answer_json, day, table
from app.settings.declared import MailboxSettings, Settings, load
from app.speech import language, said
from app.timepiece import SystemTimepiece
from desk.i18n import words

if TYPE_CHECKING:
    from desk.context import Desk
    from mail.archives import Found

BATCH: Final = 50
"""How many letters are stored in one transaction."""


@dataclass(frozen=True)
class Source:
    """What is brought in: how many letters, each of them, and the mailbox they are counted to."""

    count: int
    letters: "AsyncIterator[Found]"
    mailbox: MailboxSettings
    hosts: tuple[str, ...]


def bring_in(args: Namespace) -> int:
    """Bring the letters in, or only say what they would become."""
    settings = load()
    return asyncio.run(_bring_in(args, settings))


async def _bring_in(args: Namespace, settings: Settings) -> int:
    from app.building import desk_of
    from app.learnt import read_by_or_tell
    from models.store.connect import opened

    if not args.dry_run and not settings.key_file.exists():
        raise Finding(
            said(
                "The key file %(key_file)s is not here: run this where the desk runs, after its first start.",
                key_file=settings.key_file,
            )
        )
    async with opened(settings.database_url, migrate=False):
        desk = desk_of(settings, reading=True)
        read_by_or_tell(settings, desk.vault)
        source = await _source(args, settings, desk)
        try:
            return await (_say if args.dry_run else _store)(args, settings, desk, source)
        finally:
            close = getattr(source.letters, "aclose", None)
            if close is not None:
                await close()


# Where the letters are


async def _source(args: Namespace, settings: Settings, desk: "Desk") -> Source:
    from mail import archives, urls

    named = next((one for one in settings.mailboxes if one.address.casefold() == args.what.casefold()), None)
    told = named or _mailbox(args, settings)
    imap = urls.parse_imap(told.imap_url.reveal(), "imap_url")
    hosts = (imap.host, imap.authserv_id, told.address.rpartition("@")[2])
    if named is None:
        try:
            count, found = await asyncio.to_thread(archives.letters, Path(args.what))
        except archives.NoArchive as error:
            raise Usage(error.sentence) from error
        return Source(count, _each(found), told, hosts)
    zone = settings.operator.time_zone
    since = datetime.combine(_day(args.since, "--since"), time(0), zone) if args.since else None
    before = datetime.combine(_day(args.before, "--before"), time(0), zone) if args.before else await _untaken(desk, told.address)
    many, letters = await archives.of_mailbox(imap, before.astimezone(UTC), since and since.astimezone(UTC))
    return Source(many, letters, told, hosts)


async def _each(found: "Iterator[Found]") -> "AsyncIterator[Found]":
    """Read one letter after another in a thread: a folder may lie on a slow disk."""
    while (letter := await asyncio.to_thread(next, found, None)) is not None:
        yield letter


def _mailbox(args: Namespace, settings: Settings) -> MailboxSettings:
    wanted = (args.mailbox or "").casefold()
    fitting = [one for one in settings.mailboxes if not wanted or one.address.casefold() == wanted]
    if not fitting:
        raise Usage(
            said("There is no mailbox %(address)s in the settings.", address=args.mailbox)
            if wanted
            else said("The settings name no mailbox.")
        )
    return fitting[0]


async def _untaken(desk: "Desk", address: str) -> datetime:
    """Before when letters of a mailbox are not taken by themselves."""
    from mail.numbering import BEFORE_FIRST
    from models import Watched

    mailbox = desk.mailbox(address)
    if mailbox is not None and mailbox.since is not None:
        return mailbox.since
    held = await Watched.get_or_none(address=address.casefold())
    return held.since if held else SystemTimepiece()() - BEFORE_FIRST


def _day(told: str, argument: str) -> date:
    try:
        return date.fromisoformat(told)
    except ValueError:
        raise Usage(
            said("%(argument)s: found “%(told)s”, expected a date such as 2026-11-01.", argument=argument, told=told)
        ) from None


# Bringing in


async def _store(args: Namespace, settings: Settings, desk: "Desk", source: Source) -> int:
    from desk.flow import inbound
    from mail import archives
    from mail.mailbox import IMPORTED, IMPORTED_TO_ANSWER

    _ = words("app", language()).gettext
    prefix = IMPORTED_TO_ANSWER if args.answer else IMPORTED
    name, timepiece = f"{prefix}{source.mailbox.address.casefold()}", SystemTimepiece()
    new = seen = 0
    batch: list[inbound.Item] = []
    with _progress(source.count, _(N_("letters")), shown=not args.json) as bar:
        async for found in source.letters:
            batch.append(archives.item(found, source.hosts, timepiece()))
            seen += 1
            bar.update()
            if len(batch) == BATCH:
                new += await inbound.store_many(desk, "mail", name, batch, timepiece())
                batch.clear()
        new += await inbound.store_many(desk, "mail", name, batch, timepiece())
    if args.json:
        answer_json({"letters": seen, "new": new})
        return FINE
    print(_(N_("%(new)d letters were brought in, %(known)d were there already.")) % {"new": new, "known": seen - new})
    if new:
        print(_(N_("The running service takes them now, or the next time it is started.")))
    return FINE


def _progress(count: int, unit: str, *, shown: bool) -> Any:
    from tqdm import tqdm

    return tqdm(total=count, unit=f" {unit}", disable=not (shown and sys.stderr.isatty()) or "NO_PROGRESS" in os.environ)


# Only saying


async def _say(args: Namespace, settings: Settings, desk: "Desk", source: Source) -> int:
    from app.commands.deadline import Counter
    from mail import archives
    from models import Inbound

    _, counter, timepiece = words("app", language()).gettext, Counter(), SystemTimepiece()
    rows: list[dict[str, Any]] = []
    async for found in source.letters:
        item = archives.item(found, source.hosts, timepiece())
        known = await Inbound.exists(position=item.position, source__startswith="import")
        rows.append(_one(found, item.received_at, settings, counter) | {"known": known})
        if args.json:
            answer_json(rows.pop())
    if args.json:
        return FINE
    headings = [_(one) for one in (N_("letter"), N_("received"), N_("from"), N_("becomes"), N_("due"))]
    table(headings, [_row(row, _, timepiece()) for row in rows])
    late = sum(1 for row in rows if row["due"] and row["due"] < timepiece().date().isoformat() and not row["known"])
    print(_(N_("%(count)d letters, %(known)d of them known; %(late)d would be past their date. Nothing was stored."))
          % {"count": len(rows), "known": sum(row["known"] for row in rows), "late": late})  # fmt: skip
    return FINE


def _one(found: "Found", received_at: datetime, settings: Settings, counter: Any) -> dict[str, Any]:
    """What a letter would become: its demands with the earliest date, or what kind of automatic letter it is."""
    from app.commands.classify import of_letter
    from desk.law import LawError
    from mail.parsing.parse import parse

    mail, made = parse(found.raw), of_letter(found.raw, settings)
    due = []
    for kind in [] if made["automated"] else made["kinds"] or ["question"]:
        try:
            counted = counter.count(kind, received_at.isoformat(), extended=False)
        except LawError:
            continue
        due += [timepiece["due"] for timepiece in counted["clocks"] if timepiece["due"]]
    return {
        "letter": found.name,
        "received_at": received_at.isoformat(),
        "from": mail.sender.email if mail.sender else "",
        "subject": mail.subject,
        "kinds": made["kinds"],
        "automated": made["automated"],
        "due": min(due, default=None),
    }


def _row(row: dict[str, Any], gettext: Any, now: datetime) -> list[str]:
    _ = gettext
    becomes = row["automated"] or ", ".join(row["kinds"]) or "question"
    due = day(row["due"]) + (" " + _(N_("(past)")) if row["due"] and row["due"] < now.date().isoformat() else "")
    return [row["letter"], day(row["received_at"][:10]), row["from"], _(N_("known already")) if row["known"] else becomes, due]
