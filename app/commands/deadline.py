"""`rightsdesk deadline`: the clocks of a request, with the count explained day by day."""

import sys
from argparse import Namespace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from app.cli import FINDING, FINE, Usage
from app.commands.terminal import answer_json, day, moment, table, words
from app.settings import lawful
from app.settings.declared import load
from app.speech import language, said
from desk.law import BadInstant, ClockJson, Counting, DeadlineJson, LawError, Regime, UnknownKind, deadline_json, parse_instant


class Counter:
    """Counts requests as the settings say, in the reader's language."""

    def __init__(self) -> None:
        settings = load()
        self.regime: Regime = lawful.regime(settings)
        self.counting: Counting = lawful.counting(settings)
        self.lang = language()

    def count(self, kind: str, received_at: str, *, extended: bool, **more: Any) -> DeadlineJson:
        """The clocks as JSON. Raises LawError."""
        return deadline_json(kind, received_at, extended, self.regime, self.counting, lang=self.lang, **more)


def deadline(args: Namespace) -> int:
    """One request from the arguments, or many from stdin."""
    if args.kind == "-" and not args.received_at:
        return _from_stdin(Counter())
    if not args.received_at:
        raise Usage(said("RECEIVED_AT is missing: when was the request received? Example: 2026-12-21T10:00"))
    counter = Counter()
    # A date and a time parted by a space arrive as two words.
    try:
        found = counter.count(args.kind, " ".join(args.received_at), extended=args.extended, **_more(args, counter))
    except (UnknownKind, BadInstant) as error:
        raise Usage(error.sentence(counter.lang)) from error
    except LawError as error:
        print(error.sentence(counter.lang), file=sys.stderr)
        return FINDING
    if args.json:
        answer_json(found)
    else:
        _print(found, counter)
    return FINE


def _more(args: Namespace, counter: Counter) -> dict[str, Any]:
    more: dict[str, Any] = {"unlawful": args.unlawful}
    if args.document_due:
        try:
            more["document_due"] = date.fromisoformat(args.document_due)
        except ValueError as error:
            raise Usage(
                said(
                    "--document-due: found “%(document_due)s”, expected a date such as 2027-01-31.",
                    document_due=args.document_due,
                )
            ) from error
    if args.trigger:
        more["trigger_at"] = parse_instant(args.trigger, counter.counting.zone)
    return more


def _from_stdin(counter: Counter) -> int:
    """A JSON line for each line that is not blank; a bad line is answered with its error, and the next goes on."""
    bad = 0
    for number, line in enumerate(sys.stdin.buffer, start=1):
        text = line.decode("utf-8", "replace").strip()
        if not text:
            continue
        try:
            answer_json(_of_line(text, counter))
        except LawError as error:
            bad += 1
            answer_json({"error": error.sentence(counter.lang), "line": number})
    return FINDING if bad else FINE


def _of_line(text: str, counter: Counter) -> DeadlineJson:
    kind, *rest = text.split()
    extended = bool(rest) and rest[-1] == "extended"
    if extended:
        rest = rest[:-1]
    if not rest:
        raise LawError(
            "The line is not KIND RECEIVED_AT [extended].",
            "Строка не вида «ВИД ДАТА_ПОЛУЧЕНИЯ [extended]».",
        )
    return counter.count(kind, " ".join(rest), extended=extended)


def _print(found: DeadlineJson, counter: Counter) -> None:
    zone, _ = counter.counting.zone, words(counter.lang)
    received = parse_instant(found["received_at"], zone)
    rule = counter.regime.rule(found["kind"], received.astimezone(zone).date())
    named = {clock.key: clock.name.said(counter.lang) for clock in rule.clocks}
    print(f"{rule.name.said(counter.lang)} ({found['kind']}), {_('received')} {moment(received, zone)} {zone.key}\n")
    rows = [
        [
            named[clock["key"]],
            _("at once") if rule.clock(clock["key"]).immediate else moment(clock["safe_at"], zone),
            _due(clock, rule.clock(clock["key"]).unit, zone),
            day(clock["roll193"]) if clock["roll193"] else "?",
            day(clock["target"]),
            rule.clock(clock["key"]).cite.said(counter.lang),
        ]
        for clock in found["clocks"]
    ]
    table([_("clock"), _("safe"), _("due"), _("if rolled"), _("target"), _("article")], rows)
    for clock in found["clocks"]:
        print(f"\n{named[clock['key']]} ({clock['key']})")
        for line in clock["why"]:
            print(f"  {line}")
    for untold in found.get("untold", ()):
        print(f"\n{named[untold['key']]} ({untold['key']}): {_('the date cannot be told yet')}")
        print(f"  {untold['why']}")


def _due(clock: ClockJson, unit: str, zone: ZoneInfo) -> str:
    """A term of days ends with its last day, not with the midnight that begins the next one."""
    return moment(clock["due_at"], zone) if unit in {"h", "immediately"} else f"{day(clock['due'])} 24:00"
