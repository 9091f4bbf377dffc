"""The command line: `rightsdesk COMMAND`, the same as `python -m app COMMAND`.

Every command imports what it needs when it is called, so that one that talks to nobody answers at once.
Answers go to stdout, everything else to stderr. Exit codes: 0 fine, 1 a finding, 2 wrong usage or settings.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any, Final, NoReturn

from app import __version__
from app.speech import language, said

# Where rich is installed, structlog takes a tenth of a second to load it, and prints tracebacks with the values of all
# local variables: personal data.
sys.modules.setdefault("rich", None)  # type: ignore[arg-type]

FINE: Final = 0
FINDING: Final = 1
USAGE: Final = 2


QUEUES: Final = {
    "inbound": "what came in and is waiting or parked, and act on it",
    "outbox": "what is to leave and is waiting or parked, and act on it",
}


class Usage(Exception):
    """The command was called wrongly; the text says how, in a sentence."""


class Finding(Exception):
    """The command did its work and found what a person has to look at; the text says what."""


class Parser(argparse.ArgumentParser):
    """argparse with its errors as one sentence, and every meaning in the language of the machine."""

    def add_argument(self, *names: Any, **about: Any) -> argparse.Action:
        if "help" in about:
            about["help"] = said(about["help"])
        return super().add_argument(*names, **about)

    def error(self, message: str) -> NoReturn:
        told = said("%(prog)s: %(message)s. See %(prog)s --help.", prog=self.prog, message=f"{message[:1].upper()}{message[1:]}")
        self.exit(USAGE, f"{told}\n")


def parser() -> Parser:
    """Every command with its arguments. `module:function` says where it is done."""
    # argparse's own sentences ("usage: ", "options") come from the one catalogue of the process, and have no other door.
    setattr(argparse, "_", said)  # noqa: B010
    top = Parser(prog="rightsdesk", description=said("A desk for data-subject requests."))
    top.add_argument(
        "--version", action="version", version=f"rightsdesk {__version__}", help="show the version of the program and exit"
    )
    commands = top.add_subparsers(title=said("commands"), metavar="COMMAND", required=True)

    def add(name: str, does: str, meaning: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=said(meaning), description=said(meaning))
        command.set_defaults(does=does)
        return command

    def with_json(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
        command.add_argument("--json", action="store_true", help="answer in JSON on stdout")
        return command

    add("run", "running:run", "run the service; migrates first, stops cleanly on SIGTERM and SIGINT")
    _demo(add("demo", "demo:demo", "the whole desk on this machine, with a local Telegram and mail server"))
    health = with_json(add("health", "running:health", "ask the running service how it is; exit 1 when it is not well"))
    health.add_argument(
        "--alive", action="store_true", help="exit 1 only where a restart helps: a channel in trouble is let pass"
    )
    _backup(with_json(add("backup", "backup:backup", "copy database and vault while the service runs")))
    _restore(with_json(add("restore", "backup:restore", "put a backup in place; the service is stopped")))
    with_json(add("doctor", "doctor:doctor", "check everything the desk needs, and say what to do about each finding"))
    _init(add("init", "init:init", "ask a few questions, try each answer, and write desk.toml"))
    migrate = add("migrate", "running:migrate", "bring the database to this version")
    migrate.add_argument("--to", metavar="NAME", help="to this migration, also back: a name such as 0001_initial")
    _deadline(with_json(add("deadline", "deadline:deadline", "the terms of a request, with the count explained")))
    _classify(with_json(add("classify", "classify:classify", "what the desk would make of a letter")))
    _import(with_json(add("import", "importing:bring_in", "bring in letters of an archive, with their own receipt times")))
    held = with_json(add("contacts", "contacts:contacts", "bring in the contacts you hold of people, to which codes may be sent"))
    held.add_argument("file", metavar="FILE", help="CSV with the columns name, email (or telegram, phone), contract; - for stdin")
    tickets = with_json(add("tickets", "tickets:tickets", "list the tickets, the earliest due first"))
    tickets.add_argument("--open", action="store_true", help="only those that are open")
    tickets.add_argument("--due-before", metavar="D", help="only those due before this date or instant")
    ticket = with_json(add("ticket", "tickets:ticket", "one ticket in full"))
    ticket.add_argument("number", type=int, metavar="N")
    dossier = with_json(add("dossier", "dossier:dossier", "everything about one ticket in one archive"))
    dossier.add_argument("number", type=int, metavar="N")
    dossier.add_argument("--out", metavar="FILE", required=True, help="the archive (ZIP) to write")
    dossier.add_argument("--language", choices=["ru", "en"], help="its language; that of the law's papers otherwise")
    _journal(with_json(add("journal", "journal:journal", "the journal of requests, one line a demand")))
    _open(with_json(add("open", "opening:open_", "open a ticket for what did not come by itself: paper, a visit, a call …")))
    for queue in ("inbound", "outbox"):
        _queue(with_json(add(queue, f"queues:{queue}", QUEUES[queue])), queue)
    calendar = with_json(add("calendar", "law:calendar", "the years whose working days are known; show one, import more"))
    calendar.add_argument("act", nargs="?", choices=["list", "show", "import"], default="list")
    calendar.add_argument("what", nargs="?", metavar="YEAR|FILE", help="the year to show, or the TOML or JSON file to import")
    calendar.add_argument("--replace", action="store_true", help="with import: also years that are known already")
    rules = with_json(add("rules", "law:rules", "check the rules of the law"))
    rules.add_argument("act", choices=["check"])
    audit = with_json(add("audit", "audit:audit", "check that the history, and what it answers for, is as the desk left it"))
    audit.add_argument("act", choices=["verify"])
    audit.add_argument("--head", metavar="N:HASH", action="append", help="an anchor that a digest or a letter told (repeatable)")
    return top


def _init(command: argparse.ArgumentParser) -> None:
    command.add_argument("--language", choices=["ru", "en"], help="language of the questions, of the file, and of staff")
    command.add_argument("--operator-name", metavar="NAME", help="who answers for the data, as letters sign it")
    command.add_argument("--token", metavar="TOKEN|@FILE", help="the bot's token; secrets are better given as @FILE")
    command.add_argument("--staff-chat", metavar="ID", type=int, help="id of the staff group")
    command.add_argument("--manager", metavar="ID", type=int, action="append", help="Telegram id of a manager (repeatable)")
    command.add_argument("--mailbox", metavar="ADDRESS", help="address of the monitored mailbox")
    command.add_argument("--imap-url", metavar="URL|@FILE", help="imaps://user:password@host:993/INBOX")
    command.add_argument("--smtp-url", metavar="URL|@FILE", help="smtps://user:password@host:465")
    command.add_argument("--since", metavar="D", help="which letters that lie there are taken: a date, or everything")
    command.add_argument("--api-url", metavar="URL", help="Bot API server, when it is not Telegram's own")
    command.add_argument("--proxy", metavar="URL|@FILE", help="proxy to reach Telegram")
    command.add_argument("--secrets-dir", metavar="DIR", help="put secrets into files there, named in the settings")
    command.add_argument("--to", metavar="FILE", help="where to write (DESK_CONFIG, or desk.toml)")
    command.add_argument("--force", action="store_true", help="replace a file that is there; it is kept beside as .old")
    command.add_argument("--yes", action="store_true", help="ask nothing: the arguments say everything")


def _open(command: argparse.ArgumentParser) -> None:
    ways = ["paper", "visit", "phone", "portal", "order", "incident", "purpose"]
    command.add_argument(
        "way", metavar="WAY", nargs="?", choices=ways, help="paper, visit, phone, portal, order, incident, purpose"
    )
    command.add_argument("--name", metavar="NAME", help="who it is, by full name; of a purpose reached: whose data")
    command.add_argument("--postal", metavar="ADDRESS", help="the postal address for the answer")
    command.add_argument("--contacts", metavar="A,B", help="an e-mail address, a Telegram name (@name), a phone number")
    command.add_argument("--number", metavar="NO", help="the incoming number under which it was registered")
    command.add_argument("--attempted", metavar="WHEN", help="paper: the first delivery attempt, from which the terms count")
    command.add_argument("--handed-over", metavar="WHEN", help="paper: the hand-over, such as “08.12.2026 11:30”")
    command.add_argument("--came", metavar="WHEN", help="when it came, was detected or reached")
    command.add_argument("--words", metavar="TEXT", help="what it says")
    command.add_argument("--kinds", metavar="KIND,KIND", help="what is demanded; without it the words are read")
    command.add_argument("--issuer", metavar="NAME", help="order: the authority")
    command.add_argument("--document-number", metavar="NO", help="order: the number of the document")
    command.add_argument("--document-date", metavar="DATE", help="order: the date of the document")
    command.add_argument("--document-due", metavar="DATE", help="order: the date that the document sets")
    command.add_argument("--file", metavar="FILE", action="append", help="a scan or another file (repeatable)")
    command.add_argument("--leg", metavar="N", type=int, help="not a new ticket, but one more way by which ticket N came")
    command.add_argument("--key", metavar="WORDS", help="a name of your own for it: the same again opens nothing")
    command.add_argument("--yes", action="store_true", help="ask nothing: the options say everything")


def _demo(command: argparse.ArgumentParser) -> None:
    command.add_argument("--script", action="store_true", help="play one story over the real protocols, print it, and end")
    command.add_argument("--fresh", action="store_true", help="forget what was played before")


def _journal(command: argparse.ArgumentParser) -> None:
    command.add_argument("--from", dest="first", metavar="D", required=True, help="the first day of receipt")
    command.add_argument("--to", dest="last", metavar="D", required=True, help="the last day of receipt")
    command.add_argument("--xlsx", metavar="FILE", help="write it as a workbook")
    command.add_argument("--csv", metavar="FILE", help="write it as a table for spreadsheets")
    command.add_argument("--pdf", metavar="FILE", help="write it as a PDF to be printed")
    command.add_argument("--language", choices=["ru", "en"], help="its language; that of the law's papers otherwise")


def _backup(command: argparse.ArgumentParser) -> None:
    command.add_argument("dir", metavar="DIR", help="where backups are; each is a folder of its own")
    command.add_argument("--with-key", action="store_true", help="with the key file, which is better kept apart")
    command.add_argument("--full", action="store_true", help="copy every file anew, sharing none with earlier backups")
    command.add_argument("--keep", type=int, default=0, metavar="N", help="leave the newest N backups only")


def _restore(command: argparse.ArgumentParser) -> None:
    command.add_argument("dir", metavar="DIR", help="a backup, or a folder of backups: then the newest")
    command.add_argument("--check", action="store_true", help="read the backup whole, restore nothing")
    command.add_argument("--force", action="store_true", help="though something is there: it is set aside")
    command.add_argument("--without-key", action="store_true", help="though the key is missing: what is sealed stays closed")
    command.add_argument("--park-waiting", action="store_true", help="send nothing that waited; a person looks at each message")
    command.add_argument(
        "--skip-numbers", type=int, default=1000, metavar="N", help="begin N later: numbers since the backup were given (1000)"
    )


def _deadline(command: argparse.ArgumentParser) -> None:
    command.usage = "rightsdesk deadline KIND RECEIVED_AT [--extended] [--json]\n       rightsdesk deadline -"
    command.add_argument("kind", metavar="KIND", help="kind of request; - reads 'KIND RECEIVED_AT [extended]' lines from stdin")
    command.add_argument("received_at", metavar="RECEIVED_AT", nargs="*", help="ISO 8601; without an offset, the operator's time")
    command.add_argument("--extended", action="store_true", help="with the extension the law allows")
    command.add_argument("--unlawful", action="store_true", help="unlawful processing is alleged (blocking_request)")
    command.add_argument("--document-due", metavar="DATE", help="the date a document names (rkn_order, authority_order)")
    command.add_argument("--trigger", metavar="INSTANT", help="the original event of a follow-up (destruction_impossible)")


def _classify(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", metavar="FILE", nargs="?", help="a letter (.eml), a folder of letters, or - for stdin")
    command.add_argument("--text", help="words instead of a file")
    command.add_argument("--learn", action="store_true", help="learn your own wording from what was corrected in tickets")
    command.add_argument("--export", metavar="FILE", help="with --learn: write the examples too, depersonalised, as JSON lines")


def _import(command: argparse.ArgumentParser) -> None:
    command.add_argument("what", metavar="PATH|MAILBOX", help=".eml file or folder, mbox, Maildir, or a mailbox's address")
    command.add_argument("--mailbox", metavar="ADDRESS", help="whose letters these are, when there are several mailboxes")
    command.add_argument("--before", metavar="D", help="of a mailbox: received before this date")
    command.add_argument("--since", metavar="D", help="of a mailbox: received on this date or later")
    command.add_argument("--dry-run", action="store_true", help="only say what would open, and by when it was due")
    command.add_argument("--answer", action="store_true", help="acknowledge to the requesters too; without it nobody is answered")


def _queue(command: argparse.ArgumentParser, queue: str) -> None:
    acts = ["list", "show", "retry", "drop"] + (["open"] if queue == "inbound" else [])
    command.add_argument("act", nargs="?", choices=acts, default="list")
    command.add_argument("id", nargs="?", type=int, metavar="ID", help="which row, for everything but list")
    command.add_argument("--state", help="list rows of this state only (waiting, parked, …)")
    command.add_argument("--limit", type=int, default=100, metavar="N", help="list at most so many (100)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    _speak_utf8()
    words = parser().parse_args(arguments)
    module, _, function = words.does.partition(":")
    try:
        code: int = getattr(importlib.import_module(f"app.commands.{module}"), function)(words)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read us has seen enough. Python would complain once more while closing stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except KeyboardInterrupt:
        return 130
    except Usage as error:
        return _say(error, USAGE)
    except Finding as error:
        return _say(error, FINDING)
    except Exception as error:  # noqa: BLE001 - one place tells every error to the person who called
        return _explain(error)
    return code


def _say(error: Exception, code: int) -> int:
    print(error, file=sys.stderr)
    return code


def _explain(error: Exception) -> int:
    """Errors with a sentence of their own are told; anything else is our fault and keeps its traceback."""
    from app.settings.reader import SettingsError
    from desk.errors import DeskError
    from models.store.address import StoreError

    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        # One of several things done at a time failed, and the others were ended for it.
        error = error.exceptions[0]
    match error:
        case SettingsError():
            return _say(error, USAGE)
        case DeskError():
            return _say(Finding(error.said(language())), FINDING)
        case StoreError():
            return _say(error, FINDING)
        case Usage() | Finding():
            return _say(error, USAGE if isinstance(error, Usage) else FINDING)
    raise error


def _speak_utf8() -> None:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
