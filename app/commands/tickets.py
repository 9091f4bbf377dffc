"""`rightsdesk tickets` and `rightsdesk ticket N`: what is open, until when, and everything about one of them."""

import sys
from argparse import Namespace
from datetime import datetime

from app.cli import FINE, Finding, Usage
from app.commands.database import is_new, on_database
from app.commands.terminal import (
    actor_named,
    answer_json,
    day,
    errand_named,
    kinds_named,
    language_named,
    moment,
    named,
    table,
    words,
)
from app.settings.declared import Settings, load
from app.speech import language, said
from desk import history
from desk.context import Desk
from desk.law import LawError, parse_instant
from desk.ticket.stated import stated
from desk.views import listing, shapes


def tickets(args: Namespace) -> int:
    """List the tickets, those due first on top."""
    settings = load()
    before = _instant(args.due_before, settings) if args.due_before else None
    found = [] if is_new(settings) else on_database(settings, lambda desk: _listing(desk, args.open, before))
    if is_new(settings):
        print(said("There is no database yet: nothing has come in."), file=sys.stderr)
    if args.json:
        answer_json(found)
    else:
        _print_listing(found, settings)
    return FINE


async def _listing(desk: Desk, open_only: bool, before: datetime | None) -> list[shapes.Summary]:

    return await listing.listing(desk, open_only=open_only, due_before=before)


def _instant(text: str, settings: Settings) -> datetime:
    try:
        return parse_instant(text, settings.operator.time_zone)
    except LawError as error:
        raise Usage(said("--due-before: %(settings)s", settings=error.sentence(language()))) from error


def _print_listing(found: list[shapes.Summary], settings: Settings) -> None:
    zone, _ = settings.operator.time_zone, words(language())
    if not found:
        print(_("Nothing here."))
        return
    # Without a running clock there is nothing to be late for.
    found.sort(key=lambda one: (one["safe_at"] or "9", one["number"]))
    rows = [
        [
            str(one["number"]),
            _(one["status"]),
            moment(one["safe_at"], zone),
            moment(one["due_at"], zone),
            named(one["channel"], language()),
            kinds_named(one["kinds"], language()),
            one["requester"]["name"] or ", ".join(one["requester"]["emails"]) or "–",
            one["assignee"] or "–",
        ]
        for one in found
    ]
    table([_(h) for h in ("number", "status", "safe", "due", "channel", "kinds", "requester", "assignee")], rows)


def ticket(args: Namespace) -> int:
    """One ticket in full."""
    settings = load()
    if is_new(settings):
        raise Finding(said("There is no ticket %(number)s: nothing has come in yet.", number=args.number))
    found = on_database(settings, lambda desk: _full(desk, args.number))
    if args.json:
        answer_json(found)
    else:
        _print_ticket(found, settings)
    return FINE


async def _full(desk: Desk, number: int) -> shapes.Full:
    from models import Ticket

    row = await Ticket.get_or_none(id=number) if 0 < number < 2**63 else None
    if row is None:
        raise Finding(said("There is no ticket %(number)s.", number=number))
    return await listing.full(desk, row)


def _print_ticket(found: shapes.Full, settings: Settings) -> None:
    from app.commands.outcomes import ending_named

    lang, zone = language(), settings.operator.time_zone
    _ = words(lang)
    who = found["requester"]
    contacts = ", ".join([*who["emails"], *([f"Telegram {who['telegram_id']}"] if who["telegram_id"] else [])])
    print(f"{_('ticket')} {found['number']} · {_(found['status'])} · {kinds_named(found['kinds'], lang)}")
    print(
        f"{_('requester')}: {who['name'] or '–'} ({contacts or '–'}), {_('language')}: {language_named(found['language'], lang)}"
    )
    print(f"{_('received')}: {moment(found['received_at'], zone)}, {_('channel')}: {named(found['channel'], lang)}")
    print(f"{_('assignee')}: {found['assignee'] or '–'}")
    if found["subject"]:
        print(f"{_('subject')}: {found['subject']}")
    if found["merged_into"]:
        print(f"{_('goes on in ticket')}: {found['merged_into']}")
    if len(found["legs"]) > 1:
        for leg in found["legs"]:
            mark = f" ← {_('counts')}" if leg["earliest"] else ""
            print(f"  {named(leg['channel'], lang):8}  № {leg['number']}  {moment(leg['received_at'], zone)}{mark}")
    print()
    table(
        [_(h) for h in ("clock", "safe", "due", "stopped", "article")],
        [
            [
                f"{kinds_named([clock['kind']], lang)}: {clock['names'].get(lang, clock['key'])}",
                moment(clock["safe_at"], zone),
                day(clock["due"]),
                moment(clock["stopped_at"], zone),
                clock["article"],
            ]
            for clock in found["clocks"]
        ],
    )
    print(f"\n{_('demands')}")
    for demand in found["demands"]:
        ended = ", ".join(filter(None, [ending_named(demand["outcome"] or "", lang), demand["ground_cite"]]))
        print(f"  {kinds_named([demand['kind']], lang)}" + (f": {ended}" if ended else ""))
        for step in demand["steps"]:
            done = f"{moment(step['done_at'], zone)}  {step['done_by'] or ''}" if step["done_at"] else ""
            print(
                "    "
                + "  ".join(
                    filter(None, ["[x]" if step["done_at"] else "[ ]", step["name"], done, stated(step["evidence"], lang)])
                )
            )
    print(f"\n{_('messages')}")
    for message in found["messages"]:
        print(f"  {moment(message['at'], zone)}  {named(message['direction'], lang)}  {actor_named(message['author'], lang)}")
        for line in stated(message["text"], lang).splitlines():
            print(f"      {line}")
        for file in message["attachments"]:
            print(f"      [{file['name']}, {file['type']}, {file['size']}]")
    print(f"\n{_('letters as they left')}")
    for letter in found["letters"]:
        sure = "" if letter["sure"] else f"  ({said('may have left: the line broke before the answer')})"
        what = f"{named(letter['channel'], lang)}  {errand_named(letter['channel'], letter['errand'], lang)}"
        print(f"  {moment(letter['at'], zone)}  {what} → {letter['to']}{sure}")
        print(f"      {letter['external_id']}  {letter['answer']}  SHA-256 {letter['sha256']}")
        for line in [letter["subject"], *letter["text"].splitlines()]:
            print(f"      {line}")
    print(f"\n{_('history')}")
    for entry in found["history"]:
        print(f"  {moment(entry['at'], zone)}  {actor_named(entry['actor'], lang):16}  {history.said(entry['action'], lang)}")
