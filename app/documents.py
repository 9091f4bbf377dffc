"""Not written by hand: settings in READMEs, metrics, the outbox's contents, pins. `python -m app.documents check | write`."""

import sys
import tomllib
from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from datetime import time
from pathlib import Path
from typing import Any, Final

from app.settings.declared import Settings
from app.settings.reader import Secret, variable, walk
from app.timepiece import SystemTimepiece
from desk.contents import KINDS

ROOT: Final = Path(__file__).resolve().parent.parent
README: Final = ROOT / "README.md"
README_RU: Final = ROOT / "README.ru.md"
MEANINGS_RU: Final = ROOT / "docs" / "settings.ru.toml"
METRICS: Final = ROOT / "docs" / "operations" / "metrics.md"
BEGIN: Final = "<!-- settings: written by `make fmt` -->"
END: Final = "<!-- end of settings -->"
ARCHITECTURE: Final = ROOT / "docs" / "architecture.md"
METRICS_BEGIN: Final = "<!-- metrics: written by `make fmt` -->"
METRICS_END: Final = "<!-- end of metrics -->"
CONTENTS_BEGIN: Final = "<!-- contents: written by `make fmt` -->"
CONTENTS_END: Final = "<!-- end of contents -->"


def settings_table(
    heading: tuple[str, str, str, str] = ("Setting", "Environment", "Default", "Meaning"),
    meanings: dict[str, str] | None = None,
    joined: str = " or ",
) -> str:
    """Every setting with its variable, default and meaning, as Markdown; with `meanings`, in other words than the code's."""
    lines = [f"| {' | '.join(heading)} |", "|---|---|---|---|"]
    for path, each, _ in walk(Settings):
        name = name_of(path)
        meaning = each.metadata["meaning"] if meanings is None else meanings[name]
        if each.metadata["choices"]:
            meaning += ": " + joined.join(f"`{choice}`" for choice in each.metadata["choices"])
        lines.append(f"| `{name}` | `{variable(path)}` | {_default(each.default)} | {meaning} |")
    return "\n".join(lines)


def name_of(path: tuple[str, ...]) -> str:
    """A setting as people call it: `mailboxes[].address`."""
    return ".".join(path).replace(".0", "[]")


def settings_table_ru() -> str:
    """The same in Russian. Raises ValueError when a setting has no Russian words, or words are left over."""
    meanings = tomllib.loads(MEANINGS_RU.read_text(encoding="utf-8"))
    known = {name_of(path) for path, _, _ in walk(Settings)}
    if wrong := sorted(known ^ meanings.keys()):
        raise ValueError(f"{MEANINGS_RU.name} and the settings differ in: {', '.join(wrong)}.")
    return settings_table(("Настройка", "Переменная", "По умолчанию", "Что это"), meanings, " или ")


def contents_table() -> str:
    """Every errand of the outbox with who carries it out, what it holds and what its postings are, as Markdown."""
    lines = ["| errand | channels · conversation | holds | posted as | what it is |", "|---|---|---|---|---|"]
    for kind in KINDS:
        held = ", ".join(f"`{each.name}`{'' if _always(each) else '?'}" for each in fields(kind)) or "–"
        roles = ", ".join(f"`{role}`" for role in kind.roles) or "–"
        meaning = (kind.__doc__ or "").strip().partition("\n")[0]
        lines.append(f"| `{kind.errand}` | {', '.join(kind.channels)} · {kind.where} | {held} | {roles} | {meaning} |")
    return "\n".join(lines)


def _always(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _default(value: Any) -> str:
    if value is MISSING or value in (None, (), "") or isinstance(value, Secret):
        return ""
    if isinstance(value, tuple):
        return "`" + ", ".join(map(str, value)) + "`"
    if isinstance(value, time):
        return f"`{value:%H:%M}`"
    if isinstance(value, float):
        return f"`{value:g}`"
    return f"`{value}`"


def metrics_of(collector: type) -> dict[str, set[str]]:
    """The names of the desk's own metrics as they stand on the page, with their labels."""
    return {name: labels for name, labels, _, _ in _metrics(collector)}


def _metrics(collector: Any) -> list[tuple[str, set[str], str, str]]:
    made = collector(SystemTimepiece(), lambda: {"any": True})
    made.channels = lambda: {"any": True}
    return [
        (
            family.name + ("_total" if family.type == "counter" else ""),
            set(getattr(family, "_labelnames", ())),
            family.type,
            family.documentation,
        )
        for family in made.collect()
    ]


def metrics_table() -> str:
    """Every metric of the desk's own, as Markdown."""
    from app.metrics import Metrics

    lines = ["| Metric | Labels | Type | Meaning |", "|---|---|---|---|"]
    for name, labels, kind, meaning in _metrics(Metrics):
        lines.append(f"| `{name}` | {', '.join(f'`{label}`' for label in sorted(labels))} | {kind} | {meaning} |")
    return "\n".join(lines)


def written(text: str, table: Callable[[], str] = settings_table, begin: str = BEGIN, end: str = END) -> str:
    """A document with its table as it ought to be. Raises ValueError when the place for it is not marked."""
    before, _, rest = text.partition(begin)
    _, marked, after = rest.partition(end)
    if not marked:
        raise ValueError(f"A document lacks the marks {begin} and {end}.")
    return f"{before}{begin}\n{table()}\n{end}{after}"


PARTS: Final = (
    (README, settings_table, BEGIN, END),
    (README_RU, settings_table_ru, BEGIN, END),
    (METRICS, metrics_table, METRICS_BEGIN, METRICS_END),
    (ARCHITECTURE, contents_table, CONTENTS_BEGIN, CONTENTS_END),
)


def places_in_pins() -> list[str]:
    """Lines of the lock files that say where packages come from: they hold pins and hashes, so that any mirror serves."""
    found = []
    for file in sorted(README.parent.glob("requirements*.txt")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            words = line.split("#")[0]
            if "://" in words or words.lstrip().startswith(("--index", "--extra", "--find", "--trusted", "-i ", "-f ")):
                found.append(f"{file.name}:{number} says where a package comes from. Run: make lock")
    return found


def main(arguments: list[str]) -> int:
    """Check or write the documents; the exit code."""
    if arguments not in (["check"], ["write"]):
        print("usage: python -m app.documents check|write", file=sys.stderr)
        return 2
    problems = []
    for path, table, begin, end in PARTS:
        now = path.read_text(encoding="utf-8")
        try:
            ought = written(now, table, begin, end)
        except ValueError as error:
            problems.append(f"{path.name}: {error}")
            continue
        if now != ought and arguments == ["write"]:
            path.write_text(ought, encoding="utf-8")
        elif now != ought:
            problems.append(f"{path.name}: its table is not that of the code. Run: make fmt")
    problems += places_in_pins()
    if problems:
        print("\n".join(problems), file=sys.stderr)
        return 1
    print("The documents and the pins are in order.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
