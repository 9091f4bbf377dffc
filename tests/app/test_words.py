"""Everything the command line's dialogs say is there in Russian, with the same places for names and numbers."""

import ast
import re
from pathlib import Path

from babel.messages.pofile import read_po

APP = Path(__file__).resolve().parents[2] / "app"
PLACE = re.compile(r"%\((\w+)\)[.\d]*([sdf])")


def said() -> set[str]:
    """Every sentence marked with N_ in app/."""
    found = set()
    for path in APP.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "N_":
                assert isinstance(node.args[0], ast.Constant), f"{path}:{node.lineno}"
                found.add(node.args[0].value)
    return found


def test_every_sentence_is_translated_and_none_is_left_over() -> None:
    with (APP / "locales" / "ru.po").open("rb") as file:
        russian = {message.id: message.string for message in read_po(file, locale="ru") if message.id}
    assert set(russian) == said()
    for english, translated in russian.items():
        assert translated
        assert sorted(PLACE.findall(english)) == sorted(PLACE.findall(translated)), english
