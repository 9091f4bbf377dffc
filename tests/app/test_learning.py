"""`rightsdesk classify --learn`: what is learnt of an operator's own words, where it lies, and what a person reads of it."""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from app.building import desk_of
from app.learnt import file, write
from app.settings.declared import load
from desk.ports import Sender
from desk.recognising.learnt import Learnt, use
from desk.terms import corrections
from desk.vault import Vault
from models import Ticket
from models.store.connect import opened
from tests.app.commanding import alone, answered
from tests.desk.people import Bench, Now, letter

Run = Callable[..., tuple[Any, str, str]]

UNHEARD = (
    "Снимите меня с учёта в вашем клубе гостей.\nАнна Петрова",
    "Здравствуйте! Снимите меня, пожалуйста, с учёта в клубе гостей «Лаванда».\nАнна Петрова\n+7 912 345-67-89",
    "Прошу, снимите меня с учёта в клубе гостей. anna@example.org",
)
NEW = "Добрый вечер! И меня снимите с учёта в клубе гостей."


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Run]:
    """Runs a command in an empty folder; (exit code, stdout, stderr)."""
    alone(monkeypatch, tmp_path)

    def run_command(*words: str) -> tuple[Any, str, str]:
        capsys.readouterr()
        return answered(words, capsys)

    yield run_command
    use(None)


Corrections = tuple[tuple[str | None, str], ...]

QUESTION_AFTER_ALL: Corrections = (("question", "claim"), ("claim", "question"))
WITHDRAWN: Corrections = (("question", "consent_withdrawal"), (None, "stop_processing"))


def started(run: Run, texts: tuple[str, ...] = (), corrected: Sequence[Corrections] = ()) -> None:
    """A desk to which so many people wrote a question; what staff made of each, or a withdrawal and an end of processing."""
    assert run("migrate")[0] == 0
    Vault.open(Path("var/master.key"), Path("var/vault"))

    async def fill() -> None:
        settings = load()
        async with opened(settings.database_url, migrate=False):
            bench = Bench(desk_of(settings), Now())
            for number, text in enumerate(texts):
                sender = Sender("email", f"anna{number}@example.org", name="Анна Петрова")
                more = {"number": number, "sender": sender, "text": text, "new_text": text, "subject": "", "kinds": ("question",)}
                await bench.arrives(letter(bench.now(), **more))
                ticket = await Ticket.all().order_by("-id").first()
                assert ticket is not None
                for old, new in corrected[number] if corrected else WITHDRAWN:
                    await corrections.change_kind(bench.desk, ticket, old, new, await bench.boris(), bench.now())

    asyncio.run(fill())


def test_what_was_corrected_is_learnt_written_sealed_and_read_by(run: Run) -> None:
    started(run, UNHEARD)
    code, before, _ = run("classify", "--text", NEW, "--json")
    code, out, err = run("classify", "--learn", "--json", "--export", "examples.jsonl")
    assert (code, json.loads(out)["corrected"], json.loads(out)["before"], json.loads(out)["after"]) == (0, 3, 0, 3), err
    path = file(load())
    assert (path.stat().st_mode & 0o777, b"weights" in path.read_bytes()) == (0o600, False)
    code, after, _ = run("classify", "--text", NEW, "--json")
    assert "consent_withdrawal" not in json.loads(before)["kinds"]
    assert set(json.loads(after)["kinds"]) == {"consent_withdrawal", "stop_processing"}
    inside = Vault.open(Path("var/master.key"), Path("var/vault")).unseal(path.read_bytes(), "learnt")
    held = json.dumps(list(unpacked_pieces(inside)), ensure_ascii=False)
    assert not [word for word in ("анн", "петр", "912", "anna", "example") if word in held]
    exported = Path("examples.jsonl").read_text(encoding="utf-8")
    assert exported.count("\n") == 3
    assert not [word for word in ("Анн", "Петров", "912", "anna", "example.org") if word in exported]
    path.unlink()
    assert run("classify", "--text", NEW, "--json")[1] == before


def unpacked_pieces(data: bytes) -> list[str]:
    from desk.recognising.learnt import unpacked

    return list(unpacked(data).weights)


def test_without_a_database_there_is_nothing_to_learn_from(run: Run) -> None:
    code, out, err = run("classify", "--learn")
    assert (code, out) == (1, "")
    assert "There is no database yet" in err


def test_where_nobody_corrected_anything_that_is_said_and_what_was_learnt_before_goes(run: Run) -> None:
    started(run)
    settings = load()
    write(settings, desk_of(settings).vault, Learnt({"слово": {"claim": 1.0}}, 1))
    code, _, err = run("classify", "--learn")
    assert code == 1
    assert "Nobody has corrected or confirmed" in err
    assert "has been removed" in err
    assert not file(settings).exists()


def test_nothing_is_written_where_letters_that_are_read_right_would_suffer(run: Run) -> None:
    same = "Добрый вечер! Отпускаю свою карту гостя в лавандовый клуб."
    started(run, (same,) * 5, (QUESTION_AFTER_ALL, QUESTION_AFTER_ALL, WITHDRAWN, WITHDRAWN, WITHDRAWN))
    code, _, err = run("classify", "--learn")
    assert code == 1
    assert "Nothing was written" in err
    assert not file(load()).exists()


def test_a_folder_that_cannot_be_written_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    started(run, UNHEARD)
    Path("var/.learnt.new").mkdir()
    code, _, err = run("classify", "--learn")
    assert code == 1
    assert "learnt cannot be written" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--learn", "--text", "слова"), "name no letter"),
        (("--learn", "letter.eml"), "name no letter"),
        (("--text", "слова", "--export", "x.jsonl"), "--export goes with --learn"),
    ],
)
def test_wrong_usage_is_told(run: Run, words: tuple[str, ...], said: str) -> None:
    code, _, err = run("classify", *words)
    assert code == 2
    assert said in err


def test_a_damaged_file_is_told_and_letters_are_read_without_it(run: Run) -> None:
    started(run)
    file(load()).write_bytes(b"damaged")
    code, out, err = run("classify", "--text", "Отзываю согласие на обработку персональных данных.", "--json")
    assert (code, json.loads(out)["kinds"]) == (0, ["consent_withdrawal"])
    assert "cannot be read, and letters are read without it" in err
    assert "classify --learn" in err
