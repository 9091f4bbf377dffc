"""`rightsdesk classify`: what the desk would make of a letter, without making it."""

import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from app.cli import FINE, Usage
from app.commands.terminal import answer_json, kinds_named, language_named, words
from app.learnt import read_by_or_tell
from app.settings.declared import Settings, load
from app.speech import language, said
from desk.i18n import words as catalogue
from desk.recognising import reasons
from desk.recognising.judging import WHY
from desk.recognising.letter import Recognition, recognise
from mail.automated import automated
from mail.parsing.parse import LARGEST, attached_texts, parse


def classify(args: Namespace) -> int:
    """One letter, or a JSON line for each letter of a folder; with --learn what tickets teach."""
    if args.learn:
        if args.file is not None or args.text is not None:
            raise Usage(said("--learn reads what was corrected in tickets: name no letter and no words with it."))
        from app.commands.learning import learn

        return learn(args)
    if args.export:
        raise Usage(said("--export goes with --learn: it writes what is learnt from."))
    settings = load()
    if (args.file is None) == (args.text is None):
        raise Usage(said("Name a letter (FILE), a folder of letters, or give words with --text: one of them."))
    read_by_or_tell(settings)
    if args.text is not None:
        return _answer(_of_words(args.text), args, settings)
    path = Path(args.file)
    if path.is_dir():
        return _folder(path, settings)
    return _answer(of_letter(sys.stdin.buffer.read() if args.file == "-" else _read(path), settings), args, settings)


def _folder(folder: Path, settings: Settings) -> int:
    """Letters are the .eml files of a folder, or, when it has none, all its files."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    letters = [path for path in files if path.suffix.lower() == ".eml"] or files
    for path in letters:
        answer_json({"file": str(path.relative_to(folder))} | of_letter(_read(path), settings))
    return FINE


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST)
    except OSError as error:
        raise Usage(said("The letter %(path)s cannot be read: %(why)s.", path=path, why=error.strerror or error)) from error


def of_letter(raw: bytes, settings: Settings) -> dict[str, Any]:
    """What the desk would make of a letter, as the command answers it in JSON."""
    mail = parse(raw)
    own = frozenset(one for mailbox in settings.mailboxes for one in (mailbox.address, *mailbox.aliases))
    robot = automated(mail, own_addresses=own)
    found = recognise(
        mail.subject,
        mail.new_text,
        file_names=[file.name for file in mail.files],
        file_texts=attached_texts(mail),
        sender=mail.sender.email if mail.sender else None,
    )
    if robot is None:
        return _facts(found, None)
    return _facts(found, robot.kind) | {
        "kinds": [],
        "candidates": [],
        "why": [WHY.get(name, name) for name in robot.why.split(", ")],
    }


def _of_words(text: str) -> dict[str, Any]:
    return _facts(recognise("", text), None)


def _facts(found: Recognition, robot: str | None) -> dict[str, Any]:
    return {
        "kinds": list(found.kinds),
        "candidates": list(found.candidates),
        "language": found.language,
        "automated": robot,
        "spam": found.spam,
        "confidence": round(found.confidence, 3),
        "why": list(found.why),
    }


def _answer(found: dict[str, Any], args: Namespace, settings: Settings) -> int:
    if args.json:
        answer_json(found)
        return FINE
    from app.commands.outcomes import outcome_named

    lang, _ = language(), words(language())
    shown = {
        "kinds": kinds_named(found["kinds"], lang),
        "candidates": kinds_named(found["candidates"], lang),
        "language": language_named(found["language"], lang),
        "automated": outcome_named(found["automated"] or "", lang),
        "spam": _("yes" if found["spam"] else "no"),
        "confidence": str(found["confidence"]),
    }
    for name, value in shown.items():
        print(f"{_(name)}: {value or '–'}")
    print(f"{_('why')}:" if found["why"] else f"{_('why')}: –")
    for one in found["why"]:
        print(f"  • {_reason(one, lang)}")
    return FINE


def _reason(why: str, lang: str) -> str:
    """A reason in the reader's language: that a program wrote it, or what was read where."""
    if why in WHY.values():
        return catalogue("bot", lang).gettext(why)
    return reasons.told(why, lang, lambda kind: kinds_named([kind], lang))
