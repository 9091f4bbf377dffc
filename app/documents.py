"""Files that are not written by hand: the settings table of README, and the pins: `python -m app.documents check | write`."""

import sys
from dataclasses import MISSING
from datetime import time
from pathlib import Path
from typing import Any, Final

from app.reading import Secret, variable, walk
from app.settings import Settings

README: Final = Path(__file__).resolve().parent.parent / "README.md"
BEGIN: Final = "<!-- settings: written by `make fmt` -->"
END: Final = "<!-- end of settings -->"


def settings_table() -> str:
    """Every setting with its variable, default and meaning, as Markdown."""
    lines = ["| Setting | Environment | Default | Meaning |", "|---|---|---|---|"]
    for path, each, _ in walk(Settings):
        name = ".".join(path).replace("mailboxes.0", "mailboxes[]").replace("processors.0", "processors[]")
        name = name.replace("systems.0", "systems[]")
        meaning = each.metadata["meaning"]
        if each.metadata["choices"]:
            meaning += ": " + " or ".join(f"`{choice}`" for choice in each.metadata["choices"])
        lines.append(f"| `{name}` | `{variable(path)}` | {_default(each.default)} | {meaning} |")
    return "\n".join(lines)


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


def written(readme: str) -> str:
    """README with its settings table as it ought to be. Raises ValueError when the place for it is not marked."""
    before, _, rest = readme.partition(BEGIN)
    _, marked, after = rest.partition(END)
    if not marked:
        raise ValueError(f"README.md lacks the marks {BEGIN} and {END}.")
    return f"{before}{BEGIN}\n{settings_table()}\n{END}{after}"


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
    """Check or write README; the exit code."""
    now = README.read_text(encoding="utf-8")
    ought = written(now)
    if arguments == ["write"]:
        README.write_text(ought, encoding="utf-8")
        return 0
    if arguments != ["check"]:
        print("usage: python -m app.documents check|write", file=sys.stderr)
        return 2
    if now != ought:
        print("README.md: the settings table is not that of the code. Run: make fmt", file=sys.stderr)
        return 1
    if found := places_in_pins():
        print("\n".join(found), file=sys.stderr)
        return 1
    print("README.md and the pins are in order.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
