"""`rightsdesk open`: a ticket for what did not come by itself, from options, and from questions for what they do not say."""

import getpass
import mimetypes
import secrets
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli import FINE, Finding, Usage
from app.commands.database import is_new, on_database
from app.commands.terminal import answer_json
from app.settings.declared import load
from app.speech import language, said
from app.timepiece import SystemTimepiece

if TYPE_CHECKING:
    from desk.context import Desk
    from desk.flow.guide import Draft, Question
    from desk.ports import File
    from desk.views import shapes

# A file that is longer comes by the mailbox or the group.
LARGEST = 50_000_000


def open_(args: Namespace) -> int:
    """Open a ticket, or register one more way of it; its number."""
    settings = load()
    if is_new(settings):
        raise Finding(said("There is no database yet: start the desk first, rightsdesk run."))
    found = on_database(settings, lambda desk: _opened(desk, args), acting=True)
    if args.json:
        answer_json(found)
    else:
        print(said("Ticket %(number)s.", number=found["number"]))
        if not found["acknowledged"]:
            print(said("Nothing was acknowledged by itself: see the topic of the ticket."), file=sys.stderr)
    return FINE


async def _opened(desk: "Desk", args: Namespace) -> "shapes.Opened":
    from desk.errors import Refused
    from desk.flow import guide, opening
    from desk.views import listing
    from models import Way
    from models.store.connect import transaction

    now = SystemTimepiece()()
    asking = not args.json and not args.yes and sys.stdin.isatty()
    draft = guide.Draft()
    try:
        draft.begin(Way(args.way or _way(asking)))
        while (question := draft.current) is not None:
            await _answer(desk, draft, question, args, now, asking=asking)
        entered = opening.entry(desk, draft, now)
        by, key = f"command:{getpass.getuser()}"[:64], args.key or secrets.token_hex(12)
        async with transaction():
            if args.leg:
                ticket, over = await opening.add_leg(desk, args.leg, entered, by, key, now), ""
            else:
                opened = await opening.open_ticket(desk, entered, by, key, now)
                ticket, over = opened.ticket, opened.acknowledged
    except Refused as error:
        raise Usage(error.said(language())) from error
    return {**await listing.full(desk, ticket), "acknowledged": over}


def _way(asking: bool) -> str:
    from desk.flow import guide
    from desk.i18n import words
    from models import Way

    _ = words("bot", language()).gettext
    known = ", ".join(way.value for way in Way)
    if not asking:
        raise Usage(said("What came? Name one of: %(ways)s.", ways=known))
    for number, way in enumerate(Way, 1):
        print(f"{number}. {_(guide.CALLED[way])}", file=sys.stderr)
    while True:
        answer = _asked(_(guide.WHAT_CAME))
        if answer.isdecimal() and 0 < int(answer) <= len(Way):
            return list(Way)[int(answer) - 1].value


async def _answer(desk: "Desk", draft: "Draft", question: "Question", args: Namespace, now: Any, *, asking: bool) -> None:
    """One question: answered by an option, else asked for, else left out."""
    from desk.errors import Refused
    from desk.flow import guide
    from desk.i18n import words

    _ = words("bot", language()).gettext
    if question.asks == guide.Asks.FILES:
        draft.files = [(await _file(desk, one)).stored() for one in args.file or ()]
        return draft.on()
    given = getattr(args, question.key, None)
    if given:
        return guide.answered(desk, draft, given, now)
    if question.asks == guide.Asks.KINDS and draft.answers.get("kinds") and not asking:
        return draft.on()
    while asking:
        hint = ", ".join(draft.answers.get("kinds") or guide.offered(desk)) if question.asks == guide.Asks.KINDS else ""
        hint = ", ".join(guide.ORDERS) if question.asks == guide.Asks.ORDER else hint
        if question.skip:
            hint = f"{said('Enter')}: {_(question.skip)}"
        answer = _asked(_(question.ask) + (f" [{hint}]" if hint else ""))
        try:
            if answer:
                return guide.answered(desk, draft, answer, now)
            if question.asks == guide.Asks.KINDS:
                return guide.kinds_done(draft)
            return draft.skip()
        except Refused as error:
            print(error.said(language()), file=sys.stderr)
    if not question.skip:
        raise Usage(said("Missing: %(option)s. %(asks)s", option=f"--{question.key.replace('_', '-')}", asks=_(question.ask)))
    return draft.skip()


def _asked(question: str) -> str:
    """Ask on the terminal. Raises Usage when it is closed."""
    print(question, file=sys.stderr)
    try:
        # What is asked is no answer: only that goes to stdout.
        print("> ", end="", file=sys.stderr, flush=True)
        return input().strip()
    except EOFError:
        raise Usage(said("The questions were not answered: nothing was opened.")) from None


async def _file(desk: "Desk", name: str) -> "File":
    """A file of the registration, kept in the vault."""
    from desk.ports import File

    blob = await desk.vault.write_async(_bytes(Path(name)))
    return File(Path(name).name, mimetypes.guess_type(name)[0] or "application/octet-stream", blob)


def _bytes(path: Path) -> bytes:
    """The bytes of a file. Raises Usage for one that cannot be read, or is too large."""
    try:
        if path.stat().st_size > LARGEST:
            raise Usage(said("%(file)s is too large: at most %(most)s MB.", file=path, most=LARGEST // 1_000_000))
        return path.read_bytes()
    except OSError as error:
        raise Usage(said("%(file)s cannot be read: %(strerror)s.", file=path, strerror=error.strerror)) from error
