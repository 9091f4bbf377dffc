"""`rightsdesk doctor`: looks at everything the desk needs and says what to do about each finding."""

import asyncio
import os
import shutil
import sys
import textwrap
from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from typing import Final

from app.checks.examining import Examined, examine
from app.checks.results import FINDINGS, N_, Result, Verdict
from app.cli import FINDING, FINE
from app.commands.terminal import answer_json
from app.speech import language
from app.timepiece import SystemTimepiece
from desk.i18n import words

HEADINGS: Final = {
    "settings": N_("Settings"),
    "operator": N_("Operator"),
    "storage": N_("Storage"),
    "database": N_("Database"),
    "law": N_("Law"),
    "telegram": N_("Telegram"),
    "mailbox": N_("Mailbox"),
    "smtp": N_("Sending mail"),
    "clock": N_("Clock"),
    "service": N_("Service"),
}
SIGNS: Final = {Verdict.FINE: "✓", Verdict.WARNING: "!", Verdict.PROBLEM: "✗", Verdict.SKIPPED: "–"}
_COLOURS: Final = {Verdict.FINE: "32", Verdict.WARNING: "33", Verdict.PROBLEM: "31", Verdict.SKIPPED: "2"}


def doctor(args: Namespace) -> int:
    """Every check; exit code 1 when there is anything to do."""
    examined = asyncio.run(examine(os.environ, SystemTimepiece()))
    spoken = language()
    if args.json:
        answer_json(as_json(examined, spoken))
    else:
        show(examined.results, spoken)
    return FINDING if any(result.verdict in FINDINGS for result in examined.results) else FINE


def as_json(examined: Examined, spoken: str) -> dict[str, object]:
    """Everything as one object; `found` and `do` are in the reader's language, `key` and `verdict` are fixed words."""
    count = Counter(result.verdict for result in examined.results)
    return {
        "verdict": worst(examined.results),
        "counts": {verdict.value: count[verdict] for verdict in Verdict},
        "checks": [_one(result, spoken) for result in examined.results],
    }


def _one(result: Result, spoken: str) -> dict[str, str]:
    found, do = result.said(spoken)
    return {"key": result.key, "about": result.about, "verdict": result.verdict.value, "found": found, "do": do}


def worst(results: Sequence[Result]) -> str:
    """The verdict over all of them."""
    verdicts = {result.verdict for result in results}
    return next((one.value for one in (Verdict.PROBLEM, Verdict.WARNING) if one in verdicts), Verdict.FINE.value)


def show(results: Sequence[Result], spoken: str) -> None:
    """Print the results under their headings, what to do below each."""
    _ = words("app", spoken).gettext
    width = min(shutil.get_terminal_size((100, 24)).columns, 110) if sys.stdout.isatty() else 100
    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    for (group, about), found in _grouped(results):
        print(_(HEADINGS[group]) + (f" {about}" if about else ""))
        for result in found:
            _print(result, spoken, width, coloured=coloured)
        print()
    count = Counter(result.verdict for result in results)
    if not count[Verdict.PROBLEM] and not count[Verdict.WARNING]:
        print(_(N_("All is well.")))
    else:
        print(
            _(N_("Problems: %(problems)d, warnings: %(warnings)d."))
            % {"problems": count[Verdict.PROBLEM], "warnings": count[Verdict.WARNING]}
        )


def _grouped(results: Sequence[Result]) -> list[tuple[tuple[str, str], list[Result]]]:
    """The results under headings in a fixed order; clocks are told together, whoever compared them."""
    order = list(HEADINGS)
    found: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        about = "" if result.group == "clock" else result.about
        found.setdefault((result.group, about), []).append(result)
    return sorted(found.items(), key=lambda item: order.index(item[0][0]))


def _print(result: Result, spoken: str, width: int, *, coloured: bool) -> None:
    found, do = result.said(spoken)
    sign = SIGNS[result.verdict]
    # An administrator's file name or a server's words must not steer the terminal.
    lines = textwrap.wrap(_printable(found), width - 4) or [""]
    print(f"  {_painted(sign, _COLOURS[result.verdict]) if coloured else sign} {lines[0]}")
    for line in lines[1:]:
        print(f"    {line}")
    for number, line in enumerate(textwrap.wrap(_printable(do), width - 6)):
        print(f"    {'→' if number == 0 else ' '} {line}")


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)


def _painted(text: str, colour: str) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m"
