"""Everything the command line's dialogs say is there in Russian, with the same places for names and numbers."""

import argparse
import ast
import inspect
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from app.cli import QUEUES, parser
from app.commands.outcomes import ENDINGS, OUTCOMES, ending_named, outcome_named
from app.commands.terminal import NAMED, actor_named, named
from app.commands.terminal import RUSSIAN as RUSSIAN_WORDS
from app.settings.declared import look
from app.settings.reader import EXPECTED
from models import Became, Direction, Ending, InboundState, OutboxState, TicketStatus, Way

APP = Path(__file__).resolve().parents[2] / "app"
PLACE = re.compile(r"%\((\w+)\)[.\d]*([sdf])")


# The sentences that are handed to `said` by a name: N_ and said mark their own.
BY_NAME = {("add_argument", "help"), ("setting", "expected")}


def said() -> set[str]:
    """Every sentence of the command line that is translated: marked by N_ or said, or a meaning in `app/cli.py`."""
    found = {*QUEUES.values(), *EXPECTED.values()}
    for path in APP.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if called == "N_":
                assert isinstance(node.args[0], ast.Constant), f"{path}:{node.lineno}"
            marked = (
                node.args[:1] if called in {"N_", "said"} else node.args[2:] if called == "add" and path.name == "cli.py" else []
            )
            marked += [one.value for one in node.keywords if (called, one.arg) in BY_NAME]
            found |= {one.value for one in marked if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    return found


def of_argparse() -> set[str]:
    """The sentences that argparse asks to be translated."""
    calls = (node for node in ast.walk(ast.parse(inspect.getsource(argparse))) if isinstance(node, ast.Call))
    named = (node.args[0] for node in calls if isinstance(node.func, ast.Name) and node.func.id == "_")
    return {one.value for one in named if isinstance(one, ast.Constant)}


def test_every_sentence_is_translated_and_none_is_left_over() -> None:
    with (APP / "locales" / "ru.po").open("rb") as file:
        russian = {message.id: message.string for message in read_po(file, locale="ru") if message.id}
    assert said() - set(russian) == set()
    assert set(russian) - said() <= of_argparse()
    for english, translated in russian.items():
        assert translated
        assert sorted(PLACE.findall(english)) == sorted(PLACE.findall(translated)), english


RUSSIAN = {"LANG": "ru_RU.UTF-8", "LC_ALL": "", "LC_MESSAGES": ""}


@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "en_GB.UTF-8", "de_DE.UTF-8", ""])
def test_on_a_machine_that_is_not_russian_everything_is_english(
    locale: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in {"LC_ALL": "", "LC_MESSAGES": "", "LANG": locale}.items():
        monkeypatch.setenv(name, value)
    told = [parser().format_help(), *problems(tmp_path)]
    assert not any(re.search("[а-яё]", one, re.IGNORECASE) for one in told)


def test_on_a_russian_machine_everything_is_russian(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in RUSSIAN.items():
        monkeypatch.setenv(name, value)
    told = parser().format_help()
    assert "использование: " in told
    assert not re.search(r"\b(the|and|with|show|what)\b", told)
    for one in problems(tmp_path):
        assert re.search("[а-яё]", one), one
        assert not re.search(r"\b(the|is|expected|found)\b", one), one


def problems(tmp_path: Path) -> list[str]:
    """Settings that are wrong in many ways."""
    file = tmp_path / "desk.toml"
    file.write_text(
        '[law]\nclaim_days = "x"\nquiet_hours = "9"\n[http]\nlisten = "x"\n[operator]\nnam = "y"\n[telegram]\napi_url = "z"\n'
    )
    _, found = look({"DESK_CONFIG": str(file), "DESK_TELEGRAM__TOKEN": "?", "DESK_MAILBOXES__0__ADDRESS": "a"}, for_running=True)
    assert len(found) > 6
    return found


def test_listings_name_every_word_of_the_tables_in_the_language_of_whoever_reads() -> None:
    assert set(OUTCOMES) == set(Became)
    assert set(ENDINGS) == set(Ending)
    assert {*InboundState, *OutboxState, *Direction, *Way, "mail", "telegram", "staff"} <= set(NAMED)
    assert set(TicketStatus) <= set(RUSSIAN_WORDS)
    russian = [one.ru for one in (*OUTCOMES.values(), *ENDINGS.values())] + [
        named(word, "ru") for word in {*NAMED} - {"telegram"}
    ]
    assert [one for one in russian if not re.fullmatch(r"[а-яё][а-яё ,:–-]*", one)] == []
    english = [one.en for one in (*OUTCOMES.values(), *ENDINGS.values())] + [named(word, "en") for word in {*NAMED}]
    assert [one for one in english if "_" in one or re.search("[а-яё]", one)] == []
    assert len({one.ru for one in ENDINGS.values()}) == len(ENDINGS)


@pytest.mark.parametrize(
    ("stored", "russian", "english"),
    [
        ("auto_reply", "автоответ", "automatic reply"),
        ("only a question", "только вопрос", "only a question"),
        ("tap release", "нажата кнопка", "button tapped"),
        ("block ask", "блокирование", "blocking"),
        ("code sent", "код отправлен", "code sent"),
        ("code proved", "код пришёл", "code came back"),
        ("done already", "сделано раньше", "done already"),
        ("of_a_newer_release", "of a newer release", "of a newer release"),
        ("", "–", "–"),
    ],
)
def test_an_outcome_is_named_without_the_button_that_it_was(stored: str, russian: str, english: str) -> None:
    assert (outcome_named(stored, "ru"), outcome_named(stored, "en")) == (russian, english)


def test_who_acted_is_named_and_a_demand_that_runs_has_no_ending() -> None:
    assert [actor_named(one, "ru") for one in ("desk", "requester", "staff:77", "import")] == [
        "программа", "заявитель", "сотрудник 77", "import"
    ]  # fmt: skip
    assert [actor_named(one, "en") for one in ("desk", "staff:77")] == ["the desk", "colleague 77"]
    assert (ending_named("", "ru"), ending_named("impossible", "ru")) == ("", "уничтожить сейчас невозможно")


def test_no_sentence_is_printed_or_raised_past_the_catalogue() -> None:
    found = []
    # The demo tells a story in one language a scene; app/documents.py is a tool of developers.
    for path in (one for one in APP.rglob("*.py") if "demo" not in one.parts and one.name not in {"demo.py", "documents.py"}):
        calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
        translated = {id(inner) for call in calls if _called(call) in {"said", "N_", "_", "named"} for inner in ast.walk(call)}
        for call in (one for one in calls if _called(one) in {"print", "Finding", "Usage", "SettingsError"}):
            words = [one.value for one in ast.walk(call) if isinstance(one, ast.Constant) and id(one) not in translated]
            found += [
                (path.name, call.lineno, one)
                for one in words
                if isinstance(one, str) and re.search("[A-Za-z]{3,} [a-z]{2,}", one)
            ]
    assert found == []


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
