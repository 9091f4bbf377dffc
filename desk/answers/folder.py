"""The templates there are: those of the desk, over them the operator's folder, over both what the group has edited."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from desk.answers.template import Template, WrongTemplate, read
from desk.contents import Params
from desk.context import Desk
from desk.law import Regime
from desk.ticket.staffing import actor
from models import AnswerTemplate, Staff

SUFFIX = ".txt"
# A template larger than this is none.
LARGEST = 60_000


def kinds_of(regime: Regime) -> Mapping[str, frozenset[str]]:
    """The kinds of a law with the keys of their steps, of all versions."""
    found: dict[str, frozenset[str]] = {}
    for rule in regime.rules:
        found[rule.kind] = found.get(rule.kind, frozenset()) | {step.key for step in rule.steps}
    return found


@lru_cache
def packaged(regime: Regime) -> dict[tuple[str, str], Template]:
    """The templates that come with the desk and suit a law, by key and language."""
    found = {}
    for file in files("desk.answers").joinpath("templates").iterdir():
        key, _, language = file.name.removesuffix(SUFFIX).rpartition(".")
        if file.name.endswith(SUFFIX) and key:
            text = file.read_text(encoding="utf-8")
            if f"\nregime: {regime.name}\n" in text.partition("\n\n")[0] + "\n":
                found[key, language] = read(key, language, text, kinds_of(regime))
    return found


def source(regime: Regime, key: str, language: str) -> str:
    """The words of the file of a template that comes with the desk; empty: there is none."""
    file = files("desk.answers").joinpath("templates", f"{key}.{language}{SUFFIX}")
    return file.read_text(encoding="utf-8") if (key, language) in packaged(regime) else ""


def of_folder(folder: Path, regime: Regime) -> tuple[dict[tuple[str, str], Template], list[tuple[str, str, Params]]]:
    """The templates of the operator's folder, and what is wrong there: file, sentence (English message id) and its values."""
    found, wrong = {}, list[tuple[str, str, Params]]()
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        key, _, language = path.name.removesuffix(SUFFIX).rpartition(".")
        try:
            text = path.read_text(encoding="utf-8")[:LARGEST]
            found[key, language] = read(key, language, text, kinds_of(regime))
        except WrongTemplate as error:
            wrong += [(path.name, words, params) for words, params in error.problems]
        except (OSError, UnicodeDecodeError):
            wrong.append((path.name, "it cannot be read as UTF-8 text", {}))
    return found, wrong


async def all_of(desk: Desk) -> dict[tuple[str, str], Template]:
    """Every template in force, by key and language."""
    found = {**packaged(desk.regime), **desk.templates}
    for row in await AnswerTemplate.all().order_by("id"):
        try:
            found[row.key, row.language] = read(row.key, row.language, row.text, kinds_of(desk.regime))
        except WrongTemplate:
            # It was right when it was edited; the law's kinds have changed since. What stood before is in force.
            continue
    return {at: one for at, one in found.items() if not one.regime or one.regime == desk.regime.name}


async def source_of(desk: Desk, key: str, language: str) -> str:
    """The words of the template in force, as they are edited."""
    row = await AnswerTemplate.filter(key=key, language=language).order_by("-id").first()
    if row is not None:
        return row.text
    template = desk.templates.get((key, language))
    return written(template) if template is not None else source(desk.regime, key, language)


def written(template: Template) -> str:
    """A template as its file has it."""
    heads = {
        "title": template.title,
        "regime": template.regime,
        "kinds": " ".join(template.kinds),
        "with": " ".join(template.beside),
        "proves": " ".join(template.proves),
        "to": template.to,
        "personal": "yes" if template.personal else "",
        "letterhead": "yes" if template.letterhead else "",
        "register": "" if template.register else "no",
        "order": str(template.order),
    }
    return "\n".join(f"{name}: {value}" for name, value in heads.items() if value) + f"\n\n{template.body}"


async def change(desk: Desk, key: str, language: str, text: str, staff: Staff, now: datetime) -> Template:
    """Put other words in force for a template; “-” brings the desk's own back. Raises WrongTemplate, and nothing is changed."""
    words = source(desk.regime, key, language) if text.strip() == "-" else text.strip() + "\n"
    made = read(key, language, words, kinds_of(desk.regime))
    await AnswerTemplate.create(key=key, language=language, text=words, edited_at=now, edited_by=actor(staff))
    return made


def suiting(found: Iterable[Template], kinds: Iterable[str], language: str) -> list[Template]:
    """The templates of a language that answer one of these kinds, the fittest first."""
    asked = set(kinds)
    fit = [one for one in found if one.language == language and asked & set(one.kinds)]
    return sorted(fit, key=lambda one: (one.order, -len(asked & {*one.kinds, *one.beside}), one.key))
