"""`rightsdesk audit verify`: does everything still say what the desk wrote, and what of which ticket does not."""

import re
from argparse import Namespace
from collections.abc import Sequence
from typing import Final

from app.checks.results import N_
from app.cli import FINDING, FINE, Usage
from app.commands.database import is_new, on_database
from app.commands.terminal import answer_json, moment
from app.settings.declared import Settings, load
from app.speech import said
from desk.context import Desk
from desk.record import anchors, checking
from desk.record.anchors import Anchor, Anchored
from desk.record.checking import Finding, Report

# What a row of each table is called.
NOUNS: Final = {
    "attachment": N_("file %(number)s"),
    "clock": N_("term %(number)s"),
    "contact": N_("address %(number)s"),
    "demand": N_("demand %(number)s"),
    "file": N_("the stored bytes of file %(number)s"),
    "letter": N_("the stored bytes of letter %(number)s"),
    "message": N_("message %(number)s"),
    "outbox": N_("letter %(number)s"),
    "requester": N_("requester %(number)s"),
    "step": N_("step %(number)s"),
    "ticket": N_("ticket %(number)s"),
}
SENTENCES: Final = {
    "broken": N_("The history is broken: entry %(broken)s does not follow from the one before it."),
    "cut": N_("The history was cut or rewritten: entry %(entry)s, which was anchored outside, is gone or another one."),
    "changed": N_("%(tickets)s: %(what)s was changed past the desk."),
    "gone": N_("%(tickets)s: %(what)s is gone, and the desk did not remove it."),
    "added": N_("%(tickets)s: %(what)s was put in past the desk."),
}
_HEAD: Final = re.compile(r"(\d{1,18}):([0-9a-f]{8,64})")


def audit(args: Namespace) -> int:
    """Everything is as the desk left it, or what is not, by ticket."""
    settings = load()
    heads = [_given(one) for one in args.head or ()]
    report, anchored = (
        (Report(), Anchored()) if is_new(settings) else on_database(settings, lambda desk: _looked(desk, settings, heads))
    )
    well = report.whole and not anchored.forged
    if args.json:
        answer_json(_facts(report, anchored))
    else:
        for line in _lines(report, anchored, settings):
            print(line)
    return FINE if well else FINDING


def _given(text: str) -> Anchor:
    """An anchor as the digest or a letter tells it: number and the beginning of the hash."""
    found = _HEAD.fullmatch(text.strip())
    if found is None:
        raise Usage(said("--head wants what the digest says of the history: NUMBER:HASH, such as 120:9f86d081884c7d65."))
    return Anchor(anchors.NONE.at, int(found[1]), found[2])


async def _looked(desk: Desk, settings: Settings, heads: Sequence[Anchor]) -> tuple[Report, Anchored]:
    path = anchors.beside(settings.key_file)
    anchored = anchors.read(path, desk.vault) if settings.key_file.exists() else Anchored()
    report = await checking.check([*anchored.anchors, *heads])
    report.findings += await checking.missing_files(desk.vault)
    return report, anchored


def _facts(report: Report, anchored: Anchored) -> dict[str, object]:
    return {
        "whole": report.whole and not anchored.forged,
        "first_broken": report.first_broken,
        "entries": report.entries,
        "head": {"entry": report.head.entry, "hash": report.head.hash} if report.head else None,
        "covered": report.covered,
        "covered_from": report.covered_from.isoformat() if report.covered_from else None,
        "uncovered": report.uncovered,
        "anchors": {"count": report.anchors, "forged_lines": list(anchored.forged)},
        "findings": [
            {"what": one.what, "table": one.table, "number": one.number, "tickets": list(one.tickets)} for one in report.findings
        ],
    }


def _lines(report: Report, anchored: Anchored, settings: Settings) -> list[str]:
    lines = [_line(one) for one in report.findings]
    lines += [
        said("Line %(number)s of the anchors beside the key was not written by this desk.", number=number)
        for number in anchored.forged
    ]
    if not lines:
        lines.append(said("The history is whole."))
        lines.append(
            said(
                "Entries: %(entries)s; rows it answers for: %(covered)s; anchors outside of the database: %(anchors)s.",
                entries=report.entries,
                covered=report.covered,
                anchors=report.anchors,
            )
        )
    if report.covered_from is not None:
        at = moment(report.covered_from.isoformat(), settings.operator.time_zone)
        lines.append(
            said("It answers for words, files, dates and letters from %(at)s on; what was older is as it was then.", at=at)
        )
    elif report.uncovered:
        lines.append(
            said(
                "Rows that it does not answer for yet: %(count)s. It will from the next start of the service on.",
                count=report.uncovered,
            )
        )
    return lines


def _line(found: Finding) -> str:
    numbers = ", ".join(map(str, found.tickets))
    tickets = said("Ticket %(numbers)s", numbers=numbers) if found.tickets else said("No ticket")
    what = said(NOUNS.get(found.table, N_("row %(number)s")), number=found.number)
    return said(SENTENCES[found.what], broken=found.number, entry=found.number, tickets=tickets, what=what)
