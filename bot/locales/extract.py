"""Finds every sentence the bot shows, its own and the desk's, and what history says was done, and writes the template `bot.pot`.

Not pybabel, which was tried with all these names as its keywords: it takes the argument at a fixed place, so it missed 98 of
1,509 sentences (what `tell` says stands behind the ticket, notices are `words = …`), and it made one sentence, which nobody
says, of both sides of a choice (`Refused("…" if waiting else "…")`). Errors are translated where they are shown, in the bot.
Run `python -m bot.locales.extract`, then translate what is new in `ru.po`.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from models import Action

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
TEMPLATE = HERE / "bot.pot"
# Calls whose first string is shown to people.
Sentence = str | tuple[str, str]

_PLACES = re.compile(r"%\(\w+\)[ds]")

CALLS = frozenset({"N_", "_", "gettext", "ngettext", "tell", "say"})
ERRORS = frozenset({"Refused", "Temporary", "Permanent", "Misconfigured", "TopicGone", "Unreachable", "Paced", "PutOff", "Left"})


def sentences(path: Path, calls: frozenset[str] = CALLS | ERRORS) -> Iterator[tuple[Sentence, int]]:
    """The sentences of a source file with their lines: the first strings of these calls."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and _name(node.func) in calls:
            if _name(node.func) == "ngettext":
                one, many = (str(argument.value) for argument in node.args[:2] if isinstance(argument, ast.Constant))
                yield (one, many), node.lineno
            else:
                yield from _strings(node.args, node.lineno)
        elif calls != ERRORS and isinstance(node, ast.Assign) and any(_name(one) == "words" for one in node.targets):
            yield from _strings([node.value], node.lineno)


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _strings(nodes: list[ast.expr], line: int) -> Iterator[tuple[Sentence, int]]:
    """The first string among arguments; both sides of a choice between two."""
    for node in nodes:
        if isinstance(node, ast.IfExp):
            yield from _strings([node.body], line)
            yield from _strings([node.orelse], line)
            return
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            # What is nothing but places to fill in needs no translation.
            if _PLACES.sub("", node.value).strip():
                yield node.value, line
            return


def is_paper(path: Path) -> bool:
    """Whether what a module says is said by papers: it speaks with their catalogue (`desk.papers.words.spoken_in`)."""
    return "spoken_in" in path.read_text(encoding="utf-8") and path.is_relative_to(ROOT / "desk")


def of_papers() -> Catalog:
    """The sentences of papers, in whichever room each is written."""
    made = Catalog(project="rightsdesk", charset="utf-8", fuzzy=False)
    for path in sorted((ROOT / "desk").rglob("*.py")):
        if is_paper(path):
            for sentence, _line in sentences(path):
                made.add(sentence, locations=[(str(path.relative_to(ROOT)), 0)])
    return made


def catalogue(*packages: str) -> Catalog:
    """The sentences of the bot, of the desk and of errors with mail (or of the folders named), with the places they come from."""
    made = Catalog(project="rightsdesk", charset="utf-8", fuzzy=False)
    for package in packages or ("bot", "desk", "mail"):
        for path in sorted((ROOT / package).rglob("*.py")):
            # Papers have a catalogue of their own, as letters have; the law's words stand in its rules.
            if path.is_relative_to(ROOT / "desk" / "law") or is_paper(path):
                continue
            # What the letters say is in a catalogue of their own; what went wrong with them or in reading, staff read.
            others = package == "mail" and not path.is_relative_to(ROOT / "mail" / "parsing")
            for sentence, _line in sentences(path, ERRORS if others else CALLS | ERRORS):
                made.add(sentence, locations=[(str(path.relative_to(ROOT)), 0)])
    if not packages:
        for action in Action:
            made.add(action.value, locations=[("models/action.py", 0)])
    return made


def main() -> None:
    """Write the template."""
    with TEMPLATE.open("wb") as file:
        write_po(file, catalogue(), width=120, sort_output=True, include_lineno=False, omit_header=True)


if __name__ == "__main__":
    main()
